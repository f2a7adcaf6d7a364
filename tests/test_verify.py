"""Who may call: every forged kind of token is refused, an outage of the certificate server is not a forgery."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from addon.verify import NotGoogle, Verifier
from outbound import Http
from tenants.google.certificates import Certificates, CertificatesUnavailable
from tenants.people import GoogleIdentity
from tests.loopback_server import LoopbackServer, Reply
from tests.signing import CLIENT_ID, SERVICE_ACCOUNT, URL, SigningKey, encoded, system_claims, user_claims


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey("google-key")


@pytest.fixture(scope="module")
def foreign_key() -> SigningKey:
    return SigningKey("google-key")


@pytest.fixture
def server(key: SigningKey) -> Iterator[LoopbackServer]:
    body = json.dumps({key.kid: key.pem}).encode()
    with LoopbackServer(lambda asked: Reply(body=body, headers={"Cache-Control": "max-age=3600"})).running() as running:
        yield running


@pytest.fixture
def verifier(server: LoopbackServer) -> Verifier:
    return Verifier(Certificates(Http(), server.url), SERVICE_ACCOUNT, CLIENT_ID)


def refused(verifier: Verifier, system: str | None, user: str | None = None, url: str = URL) -> str:
    with pytest.raises(NotGoogle) as caught:
        verifier.verify(system, user, url)
    for token in (system, user):
        assert not (token or "").strip() or str(token) not in str(caught.value)
    return caught.value.reason


def test_both_tokens(verifier: Verifier, key: SigningKey, server: LoopbackServer) -> None:
    verified = verifier.verify(key.sign(system_claims()), key.sign(user_claims()), URL)
    assert verified.identity == GoogleIdentity("100000000000000000001", "paul.martin@northlight.example", "northlight.example")
    assert server.hits == 1


def test_either_form_of_the_issuer(verifier: Verifier, key: SigningKey) -> None:
    verifier.verify(key.sign(system_claims(iss="accounts.google.com")), None, URL)


def test_without_user_token_nobody_is_known(verifier: Verifier, key: SigningKey) -> None:
    assert verifier.verify(key.sign(system_claims()), None, URL).identity is None
    assert verifier.verify(key.sign(system_claims()), "", URL).identity is None


def test_consumer_account_has_no_hosted_domain(verifier: Verifier, key: SigningKey) -> None:
    token = key.sign(user_claims(hd=None, email="someone@post.example"))
    identity = verifier.verify(key.sign(system_claims()), token, URL).identity
    assert identity == GoogleIdentity("100000000000000000001", "someone@post.example", None)


@pytest.mark.parametrize(("seconds", "accepted"), [(-20, True), (20, True), (-60, False), (60, False)])
def test_clock_skew(verifier: Verifier, key: SigningKey, seconds: int, accepted: bool) -> None:
    now = int(time.time())
    late = {"iat": now + seconds, "exp": now + 3600} if seconds > 0 else {"iat": now - 3600, "exp": now + seconds}
    token = key.sign(system_claims(**late))
    if accepted:
        verifier.verify(token, None, URL)
    else:
        assert refused(verifier, token) == "system token: expired or not yet valid"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": URL + "/"}, "another audience"),
        ({"aud": URL.replace("https:", "http:")}, "another audience"),
        ({"aud": [URL, "https://other.example/"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"iss": "https://accounts.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"iss": ["https://accounts.google.com"]}, "another issuer"),
        ({"email": "intruder@project.iam.example"}, "another service account"),
        ({"email": None}, "another service account"),
        ({"email": [SERVICE_ACCOUNT]}, "another service account"),
        ({"email_verified": False}, "address not verified"),
        ({"email_verified": "true"}, "address not verified"),
        ({"email_verified": None}, "address not verified"),
        ({"exp": None}, "forged"),
        ({"iat": None}, "forged"),
        ({"exp": "tomorrow"}, "malformed"),
        ({"exp": float("nan")}, "malformed"),
        ({"exp": float("inf")}, "malformed"),
        ({"exp": 10**400}, "malformed"),
    ],
)
def test_system_token_that_says_the_wrong_thing(verifier: Verifier, key: SigningKey, changes: dict[str, Any], reason: str) -> None:
    assert refused(verifier, key.sign(system_claims(**changes))).endswith(reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "other.apps.example"}, "another audience"),
        ({"aud": URL}, "another audience"),
        ({"iss": "https://accounts.example"}, "another issuer"),
        ({"sub": ""}, "no subject"),
        ({"sub": None}, "no subject"),
        ({"sub": 5}, "no subject"),
        ({"email": None}, "no verified address"),
        ({"email": "nobody"}, "no verified address"),
        ({"email_verified": False}, "no verified address"),
        ({"iat": 1000, "exp": 2000}, "expired or not yet valid"),
    ],
)
def test_user_token_that_says_the_wrong_thing(verifier: Verifier, key: SigningKey, changes: dict[str, Any], reason: str) -> None:
    assert refused(verifier, key.sign(system_claims()), key.sign(user_claims(**changes))) == f"user token: {reason}"


def test_tokens_cannot_stand_in_for_each_other(verifier: Verifier, key: SigningKey) -> None:
    system, user = key.sign(system_claims()), key.sign(user_claims())
    assert refused(verifier, user) == "system token: another audience"
    assert refused(verifier, system, system) == "user token: another audience"


def test_missing_system_token(verifier: Verifier, key: SigningKey) -> None:
    assert refused(verifier, None, key.sign(user_claims())) == "no system token"
    assert refused(verifier, "", None) == "no system token"


def test_signed_by_somebody_else(verifier: Verifier, foreign_key: SigningKey) -> None:
    assert refused(verifier, foreign_key.sign(system_claims())) == "system token: forged"


def test_key_id_unknown_or_missing(verifier: Verifier, key: SigningKey) -> None:
    assert refused(verifier, key.sign(system_claims(), kid="other")) == "system token: unknown key"
    unusable: list[object] = [None, "", 5, ["google-key"], {}]
    for kid in unusable:
        assert "named key" in refused(verifier, key.sign(system_claims(), kid=kid))


@pytest.mark.parametrize("algorithm", ["none", "None", "", None, "HS256", "ES256", "RS512", ["RS256"], {}])
def test_other_algorithms(verifier: Verifier, key: SigningKey, algorithm: object) -> None:
    assert "RS256" in refused(verifier, key.sign(system_claims(), alg=algorithm))


def test_unsigned(verifier: Verifier, key: SigningKey) -> None:
    head = encoded({"alg": "none", "kid": key.kid})
    assert "RS256" in refused(verifier, f"{head}.{encoded(system_claims())}.")


def test_claims_changed_after_signing(verifier: Verifier, key: SigningKey) -> None:
    head, _, signature = key.sign(system_claims()).split(".")
    assert refused(verifier, f"{head}.{encoded(system_claims(sub='1'))}.{signature}") == "system token: forged"


@pytest.mark.parametrize(
    "token",
    [
        "ya29...",
        "eyJhbGc...",
        "a.b",
        "a.b.c.d",
        "..",
        " ",
        "é.é.é",
        "\ud800.a.b",
        "x" * 100_000,
        f"{encoded([])}.{encoded({})}.a",
        f"{encoded({'alg': 'RS256'})}.{encoded('text')}.a",
        f"{'W1tb' * 1500}.e30.a",
        f"{'W1tb' * 600}.{'W1tb' * 600}.a",
        f"{encoded({'alg': 'RS256', 'kid': 'google-key'})}.{encoded({})}.A",
    ],
)
def test_no_token_at_all(verifier: Verifier, key: SigningKey, token: str) -> None:
    assert refused(verifier, token).startswith("system token:")
    assert refused(verifier, key.sign(system_claims()), token).startswith("user token:")


def test_certificate_server_down_is_no_forgery(server: LoopbackServer, key: SigningKey, foreign_key: SigningKey) -> None:
    verifier = Verifier(Certificates(Http(), server.url), SERVICE_ACCOUNT, CLIENT_ID)
    server.answering = lambda asked: None
    for signer in (key, foreign_key):
        with pytest.raises(CertificatesUnavailable):
            verifier.verify(signer.sign(system_claims()), None, URL)


def test_a_remembered_token_holds_for_its_audience_only(verifier: Verifier, key: SigningKey) -> None:
    token = key.sign(system_claims())
    verifier.verify(token, None, URL)
    assert refused(verifier, token, None, URL.replace("/message", "/home")) == "system token: another audience"
    verifier.verify(token, None, URL)


def test_a_remembered_token_expires(verifier: Verifier, key: SigningKey) -> None:
    # Five seconds before the end of the tolerance of thirty: the second look must not be answered from memory.
    now = int(time.time())
    token = key.sign(system_claims(iat=now - 3600, exp=now - 28))
    verifier.verify(token, None, URL)
    time.sleep(3.5)
    assert refused(verifier, token) == "system token: expired or not yet valid"


def test_a_remembered_token_is_quick(verifier: Verifier, key: SigningKey) -> None:
    system, user = key.sign(system_claims()), key.sign(user_claims())
    fresh = [key.sign(system_claims(n=number)) for number in range(100)]
    verifier.verify(system, user, URL)
    started = time.process_time()
    for token in fresh:
        verifier.verify(token, None, URL)
    verifying = time.process_time() - started
    started = time.process_time()
    for _ in fresh:
        verifier.verify(system, None, URL)
    assert time.process_time() - started < verifying / 3


def test_many_threads(verifier: Verifier, key: SigningKey, server: LoopbackServer) -> None:
    tokens = [(key.sign(system_claims(n=number)), key.sign(user_claims(sub=str(number)))) for number in range(50)]

    def subject(number: int) -> str:
        system, user = tokens[number % 50]
        identity = verifier.verify(system, user, URL).identity
        assert identity is not None
        return identity.sub

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(subject, range(400))) == [str(number % 50) for number in range(400)]
    assert server.hits == 1


@pytest.mark.parametrize(("account", "client"), [("", CLIENT_ID), (SERVICE_ACCOUNT, "")])
def test_refuses_to_believe_everybody(server: LoopbackServer, account: str, client: str) -> None:
    with pytest.raises(ValueError, match="must be set"):
        Verifier(Certificates(Http(), server.url), account, client)
