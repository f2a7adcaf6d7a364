"""Google's signing certificates, kept as long as Google says they are good.

One fetch at a time, whatever the number of threads. A key id that is not among them is asked for again at most once a
minute, so that invented ids cannot make us a burden to Google. While Google's server is down, certificates past their
time go on being used for a day: an outage is no forgery.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import parse_age, parse_cache_control_header

from outbound import Answer, Http, OutboundError

GOOGLE_CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
MIN_FRESH_SECONDS = 60.0
MAX_FRESH_SECONDS = 24 * 3600.0
GRACE_SECONDS = 24 * 3600.0
FETCH_PAUSE_SECONDS = 60.0
"""Between two fetches, failed or not."""
EMPTY_PAUSE_SECONDS = 5.0
"""The same where nothing was ever fetched: nobody can work until it is."""
READ_SECONDS = 3.0


class CertificatesUnavailable(Exception):
    """The certificate server gave no usable answer, so a token can be called neither good nor forged."""


@dataclass(frozen=True, slots=True)
class _Held:
    """Certificates (PEM by key id) and when they were, or are, to be asked for again. Seconds of the clock."""

    pems: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fresh_until: float = -math.inf
    next_fetch: float = -math.inf
    failure: str | None = None
    """What went wrong with the last fetch."""


class Certificates:
    """One per process. Thread-safe."""

    def __init__(self, http: Http, url: str = GOOGLE_CERTIFICATES, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._held = _Held()
        self._fetching = threading.Lock()

    def get(self, kid: str) -> Mapping[str, str]:
        """PEM certificates by key id. If `kid` is not among them, no key of that name exists. CertificatesUnavailable."""
        held, now = self._held, self._clock()
        if kid in held.pems and now < held.fresh_until:
            return held.pems
        # Who holds certificates that will do need not wait for somebody else's fetch.
        if not self._fetching.acquire(blocking=not _will_do(held, kid, now)):
            return held.pems
        try:
            held, now = self._held, self._clock()
            if not (kid in held.pems and now < held.fresh_until) and now >= held.next_fetch:
                held = self._held = self._fetch(held)
                now = self._clock()
        finally:
            self._fetching.release()
        if _will_do(held, kid, now) or (held.failure is None and now < held.fresh_until):
            return held.pems
        raise CertificatesUnavailable(held.failure or "the certificates are out of date")

    def _fetch(self, held: _Held) -> _Held:
        try:
            answer = self._http.request("GET", self._url, headers={"Accept": "application/json"}, read_seconds=READ_SECONDS)
            pems = _pems(answer)
        except (OutboundError, CertificatesUnavailable) as error:
            pause = FETCH_PAUSE_SECONDS if held.pems else EMPTY_PAUSE_SECONDS
            return _Held(held.pems, held.fresh_until, self._clock() + pause, str(error))
        now = self._clock()
        return _Held(pems, now + _fresh_seconds(answer.headers), now + FETCH_PAUSE_SECONDS)


def _will_do(held: _Held, kid: str, now: float) -> bool:
    return kid in held.pems and now < held.fresh_until + GRACE_SECONDS


def _pems(answer: Answer) -> Mapping[str, str]:
    if answer.status != HTTPStatus.OK:
        raise CertificatesUnavailable(f"status {answer.status}")
    try:
        parsed = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise CertificatesUnavailable("not JSON") from error
    pems = {kid: pem for kid, pem in parsed.items() if isinstance(pem, str) and _is_rsa(pem)} if isinstance(parsed, dict) else {}
    if not pems:
        raise CertificatesUnavailable("no certificates in the answer")
    return MappingProxyType(pems)


def _is_rsa(pem: str) -> bool:
    """Found out here, once: a broken certificate met while verifying would look like a forged token."""
    try:
        return isinstance(x509.load_pem_x509_certificate(pem.encode()).public_key(), RSAPublicKey)
    except ValueError:
        return False


def _fresh_seconds(headers: Mapping[str, str]) -> float:
    max_age = parse_cache_control_header(headers.get("cache-control"), cls=ResponseCacheControl).max_age or 0
    age = parse_age(headers.get("age"))
    return min(max(max_age - (age.total_seconds() if age else 0), MIN_FRESH_SECONDS), MAX_FRESH_SECONDS)
