"""Certificates over real HTTP: kept as long as the server says, never asked for too often, and down is down."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from outbound import Http
from tenants.google.certificates import Certificates, CertificatesUnavailable
from tests.loopback_server import Asked, LoopbackServer, Reply
from tests.signing import SigningKey


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class CertificateServer:
    """Serves the certificates of `keys`; `reply` instead, if set; breaks off if `down`."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.headers = {"Cache-Control": "public, max-age=20000, must-revalidate"}
        self.reply: Reply | None = None
        self.down = False
        self.seconds = 0.0

    def __call__(self, asked: Asked) -> Reply | None:
        time.sleep(self.seconds)
        if self.down:
            return None
        return self.reply or Reply(body=json.dumps({key.kid: key.pem for key in self.keys}).encode(), headers=self.headers)


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey("first")


@pytest.fixture(scope="module")
def newer_key() -> SigningKey:
    return SigningKey("newer")


@pytest.fixture
def serving(key: SigningKey) -> CertificateServer:
    return CertificateServer(key)


@pytest.fixture
def server(serving: CertificateServer) -> Iterator[LoopbackServer]:
    with LoopbackServer(serving).running() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def certificates(server: LoopbackServer, clock: Clock) -> Certificates:
    return Certificates(Http(), f"{server.url}/oauth2/v1/certs", clock)


def test_fetched_once_until_max_age(certificates: Certificates, server: LoopbackServer, clock: Clock, key: SigningKey) -> None:
    for _ in range(5):
        assert certificates.get("first")["first"] == key.pem
    clock.now += 19_999
    certificates.get("first")
    assert server.hits == 1
    clock.now += 2
    certificates.get("first")
    assert server.hits == 2


def test_age_header_counts(certificates: Certificates, serving: CertificateServer, server: LoopbackServer, clock: Clock) -> None:
    serving.headers["Age"] = "19000"
    certificates.get("first")
    clock.now += 1001
    certificates.get("first")
    assert server.hits == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=0", 60),
        ("no-store", 60),
        ("max-age=-5", 60),
        ("max-age=soon", 60),
        ("", 60),
        ("max-age=99999999", 86_400),
        ("max-age=" + "9" * 400, 86_400),
    ],
)
def test_lifetime_is_clamped(
    certificates: Certificates, serving: CertificateServer, server: LoopbackServer, clock: Clock, header: str, seconds: int
) -> None:
    serving.headers = {"Cache-Control": header}
    certificates.get("first")
    clock.now += seconds - 1
    certificates.get("first")
    assert server.hits == 1
    clock.now += 2
    certificates.get("first")
    assert server.hits == 2


def test_a_new_key_is_found(
    certificates: Certificates, serving: CertificateServer, server: LoopbackServer, clock: Clock, newer_key: SigningKey
) -> None:
    certificates.get("first")
    serving.keys.append(newer_key)
    clock.now += 61
    assert certificates.get("newer")["newer"] == newer_key.pem
    assert server.hits == 2


def test_invented_key_ids_do_not_hammer(certificates: Certificates, server: LoopbackServer, clock: Clock) -> None:
    for minute in range(3):
        for number in range(50):
            assert f"junk{number}" not in certificates.get(f"junk{number}")
        assert server.hits == minute + 1
        clock.now += 61


def test_down_from_the_start_is_not_unknown(certificates: Certificates, serving: CertificateServer, clock: Clock, key: SigningKey) -> None:
    serving.down = True
    with pytest.raises(CertificatesUnavailable):
        certificates.get("first")
    serving.down = False
    clock.now += 6
    assert certificates.get("first")["first"] == key.pem


def test_down_later_old_certificates_do_for_a_day(
    certificates: Certificates, serving: CertificateServer, server: LoopbackServer, clock: Clock, key: SigningKey
) -> None:
    certificates.get("first")
    serving.down = True
    clock.now += 20_001
    for _ in range(20):
        assert certificates.get("first")["first"] == key.pem
    tried = server.hits
    assert tried <= 3, "one attempt (which the pool repeats once), not one for each call"
    clock.now += 61
    certificates.get("first")
    assert server.hits > tried
    clock.now += 86_400
    with pytest.raises(CertificatesUnavailable):
        certificates.get("first")
    serving.down = False
    clock.now += 61
    assert certificates.get("first")["first"] == key.pem


def test_down_an_unknown_key_is_neither_good_nor_forged(
    certificates: Certificates, serving: CertificateServer, server: LoopbackServer, clock: Clock
) -> None:
    certificates.get("first")
    serving.down = True
    clock.now += 61
    tried = server.hits
    for _ in range(10):
        with pytest.raises(CertificatesUnavailable):
            certificates.get("newer")
    assert server.hits - tried <= 2
    assert "first" in certificates.get("first")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500, body=b"{}"),
        Reply(status=404),
        Reply(body=b"<html>"),
        Reply(body=b"[]"),
        Reply(body=b"{}"),
        Reply(body=b'{"first": 5}'),
        Reply(body=b'{"first": "-----BEGIN CERTIFICATE-----\\nno\\n-----END CERTIFICATE-----\\n"}'),
    ],
)
def test_an_unusable_answer_is_an_outage(certificates: Certificates, serving: CertificateServer, reply: Reply) -> None:
    serving.reply = reply
    with pytest.raises(CertificatesUnavailable):
        certificates.get("first")


def test_a_certificate_of_another_kind_is_left_out(certificates: Certificates, serving: CertificateServer) -> None:
    serving.keys.append(SigningKey("curve", ec.generate_private_key(ec.SECP256R1())))
    assert set(certificates.get("first")) == {"first"}


def test_nobody_listens(clock: Clock) -> None:
    with LoopbackServer(lambda asked: None).running() as gone:
        url = gone.url
    with pytest.raises(CertificatesUnavailable):
        Certificates(Http(), url, clock).get("first")


def test_many_threads_one_fetch(certificates: Certificates, serving: CertificateServer, server: LoopbackServer) -> None:
    serving.seconds = 0.2
    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda _: "first" in certificates.get("first"), range(64)))
    assert all(found)
    assert server.hits == 1


def test_nobody_waits_for_a_refresh_while_old_certificates_do(
    certificates: Certificates, serving: CertificateServer, server: LoopbackServer, clock: Clock
) -> None:
    certificates.get("first")
    serving.seconds = 1.0
    clock.now += 20_001
    refreshing = threading.Thread(target=certificates.get, args=("first",))
    refreshing.start()
    while server.hits < 2:
        time.sleep(0.005)
    started = time.monotonic()
    assert "first" in certificates.get("first")
    assert time.monotonic() - started < 0.5
    refreshing.join()
    assert server.hits == 2
