"""Google sign-in for the console against the stand-in: what is asked, what is believed, and what every refusal becomes."""

import base64
import hashlib
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from outbound import Http
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.directory_api import DIRECTORY_SCOPE
from tenants.google.oidc import SIGN_IN_SCOPES, GoogleSignIn
from tenants.people import GoogleIdentity
from tests.google.server import Google
from tests.signing import SigningKey
from tests.zoho.faults import drop_before, html_page, status, truncated

REDIRECT = "https://sidecard.example/console/google/callback"
VERIFIER, NONCE = "v" * 64, "the-nonce"


@pytest.fixture
def sign_in(google_server: Google) -> GoogleSignIn:
    google_server.signs_in(google_server.person("Anna.Roy@northlight.example", "Anna Roy", sub="1001", admin=True))
    return GoogleSignIn(Http(), google_server.apis, google_server.client_id, google_server.client_secret, REDIRECT)


def back(url: str) -> dict[str, str]:
    """The person opens Google's page: what the address of the way back says."""
    answer = urllib3.request("GET", url, redirect=False)
    assert answer.status == 302, answer.data
    to = urlsplit(answer.headers["Location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(to.query).items()}


def code(sign_in: GoogleSignIn, *more: str) -> str:
    return back(sign_in.authorize_url("the-state", NONCE, VERIFIER, (*SIGN_IN_SCOPES, *more)))["code"]


def test_the_page_is_asked_for_no_more_than_needed(sign_in: GoogleSignIn, google_server: Google) -> None:
    asked = urlsplit(sign_in.authorize_url("the-state", NONCE, VERIFIER, login_hint="anna.roy@northlight.example"))
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert query == {
        "response_type": "code",
        "client_id": google_server.client_id,
        "redirect_uri": REDIRECT,
        "scope": "openid email profile",
        "state": "the-state",
        "nonce": NONCE,
        "prompt": "select_account",
        "login_hint": "anna.roy@northlight.example",
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert f"{asked.scheme}://{asked.netloc}{asked.path}" == f"{google_server.apis.accounts}/o/oauth2/v2/auth"


def test_a_code_becomes_a_proven_person(sign_in: GoogleSignIn, google_server: Google) -> None:
    came = back(sign_in.authorize_url("the-state", NONCE, VERIFIER))
    assert came["state"] == "the-state"
    got = sign_in.exchange(came["code"], NONCE, VERIFIER)
    assert got.identity == GoogleIdentity("1001", "anna.roy@northlight.example", "northlight.example")
    assert got.name == "Anna Roy"
    assert DIRECTORY_SCOPE not in got.scopes
    assert got.access_token not in repr(got)
    # Secret, code and token travel in bodies only.
    (asked,) = google_server.asked("POST", "/token")
    assert asked.request.query == {}
    assert google_server.client_secret not in str(asked.request.headers)


def test_consumers_have_no_domain(sign_in: GoogleSignIn, google_server: Google) -> None:
    google_server.signs_in(google_server.person("zoe@gmail.com", "Zoe"))
    assert sign_in.exchange(code(sign_in), NONCE, VERIFIER).identity.hosted_domain is None


def test_what_was_unticked_is_not_granted(sign_in: GoogleSignIn, google_server: Google) -> None:
    assert DIRECTORY_SCOPE in sign_in.exchange(code(sign_in, DIRECTORY_SCOPE), NONCE, VERIFIER).scopes
    google_server.signs_in(google_server.sign_in.signed_in, unticks=[DIRECTORY_SCOPE])
    assert DIRECTORY_SCOPE not in sign_in.exchange(code(sign_in, DIRECTORY_SCOPE), NONCE, VERIFIER).scopes


def test_cancel_comes_back_as_an_error(sign_in: GoogleSignIn, google_server: Google) -> None:
    google_server.signs_in(google_server.sign_in.signed_in, refuses=True)
    assert back(sign_in.authorize_url("the-state", NONCE, VERIFIER)) == {"error": "access_denied", "state": "the-state"}


def test_a_code_is_good_once_and_with_its_verifier(sign_in: GoogleSignIn) -> None:
    used = code(sign_in)
    sign_in.exchange(used, NONCE, VERIFIER)
    for stale, verifier in ((used, VERIFIER), (code(sign_in), "w" * 64)):
        with pytest.raises(GoogleRefused) as refused:
            sign_in.exchange(stale, NONCE, verifier)
        assert refused.value.reason == "invalid_grant"


def test_another_client_is_refused(sign_in: GoogleSignIn, google_server: Google) -> None:
    other = GoogleSignIn(Http(), google_server.apis, google_server.client_id, "wrong", REDIRECT)
    elsewhere = GoogleSignIn(Http(), google_server.apis, google_server.client_id, google_server.client_secret, f"{REDIRECT}/2")
    for client, reason in ((other, "invalid_client"), (elsewhere, "redirect_uri_mismatch")):
        with pytest.raises(GoogleRefused) as refused:
            client.exchange(code(sign_in), NONCE, VERIFIER)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another-client.apps.example"}, "another audience"),
        ({"iss": "https://accounts.evil.example"}, "another issuer"),
        ({"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}, "expired or not yet valid"),
        ({"nonce": "another"}, "another nonce"),
        ({"nonce": None}, "another nonce"),
        ({"nonce": "ünknown"}, "another nonce"),
        ({"email_verified": False}, "no verified address"),
        ({"email_verified": "true"}, "no verified address"),
        ({"email": None}, "no verified address"),
        ({"sub": None}, "no subject"),
    ],
)
def test_an_id_token_that_says_otherwise_signs_nobody_in(
    sign_in: GoogleSignIn, google_server: Google, claims: dict[str, Any], reason: str
) -> None:
    google_server.sign_in.claims = claims
    with pytest.raises(GoogleRefused) as refused:
        sign_in.exchange(code(sign_in), NONCE, VERIFIER)
    assert refused.value.reason == f"id token: {reason}"


def test_a_forged_signature_signs_nobody_in(sign_in: GoogleSignIn, google_server: Google) -> None:
    google_server.sign_in.signs_with = SigningKey(google_server.state.key.kid)
    with pytest.raises(GoogleRefused) as refused:
        sign_in.exchange(code(sign_in), NONCE, VERIFIER)
    assert refused.value.reason == "id token: forged"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("fault", [status(503), status(429), html_page(502), html_page(404), truncated(), drop_before(), status(200, [])])
def test_bad_weather_is_no_refusal(sign_in: GoogleSignIn, google_server: Google, fault: Any) -> None:
    google_server.faults.next("POST /token", fault)
    with pytest.raises(GoogleUnavailable):
        sign_in.exchange(code(sign_in), NONCE, VERIFIER)


def test_without_certificates_nobody_is_a_forger(sign_in: GoogleSignIn, google_server: Google) -> None:
    google_server.faults.next("/oauth2/v1/certs", status(503))
    with pytest.raises(GoogleUnavailable):
        sign_in.exchange(code(sign_in), NONCE, VERIFIER)


def test_an_unset_client_is_found_at_the_start(google_server: Google) -> None:
    with pytest.raises(ValueError, match="must be set"):
        GoogleSignIn(Http(), google_server.apis, "", "secret", REDIRECT)
