"""How Google's own libraries send: through the process's connection pool instead of clients of their own.

google-api-python-client brings httplib2, which is neither thread-safe nor pooled; google-auth brings requests.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from google.auth.transport import Request, Response

from outbound import Answer, Http, OutboundError
from tenants.google.apis import GoogleUnavailable

READ_SECONDS = 8.0
SCOPE_REASONS = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions", "insufficient_scope"})
LIMIT_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"})
PASSING_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class _Succeeded:
    """The part of httplib2's response the client looks at."""

    status: int


class ApiTransport:
    """Stands where google-api-python-client expects an httplib2.Http. What is no success becomes the caller's own error, once.

    `until`, on the monotonic clock, is when the answer must be whole; the one a client is built with asks nothing.
    """

    def __init__(
        self, http: Http, unavailable: Callable[[str], Exception], refused: Callable[[Answer], Exception], until: float = 0.0
    ) -> None:
        self._http = http
        self._unavailable = unavailable
        self._refused = refused
        self._until = until

    def request(self, uri: str, method: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[_Succeeded, bytes]:
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._unavailable("no time left to ask")
        try:
            answer = self._http.request(
                method, uri, headers=headers, body=body or None, read_seconds=min(READ_SECONDS, left), total_seconds=left
            )
        except OutboundError as error:
            raise self._unavailable(str(error)) from error
        if answer.status != HTTPStatus.OK:
            raise self._refused(answer)
        return _Succeeded(answer.status), answer.body


@dataclass(frozen=True, slots=True)
class Explained:
    """What a Google error body says; nothing where it is something else."""

    reasons: tuple[str, ...] = ()
    message: str = ""
    googles: bool = False
    """It is an error body of Google's, not a page of some gateway."""

    @property
    def scope_missing(self) -> bool:
        return not SCOPE_REASONS.isdisjoint(self.reasons)

    @property
    def too_many(self) -> bool:
        return not LIMIT_REASONS.isdisjoint(self.reasons)


def explained(body: bytes) -> Explained:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Explained()
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return Explained()
    listed = [entry for name in ("errors", "details") for entry in _list(error.get(name)) if isinstance(entry, dict)]
    message = error.get("message")
    return Explained(
        tuple(entry["reason"] for entry in listed if isinstance(entry.get("reason"), str)),
        message if isinstance(message, str) else "",
        googles=True,
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


class _TokenResponse(Response):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    @property
    def data(self) -> bytes:
        return self._answer.body


class TokenTransport(Request):
    """What google-auth asks for tokens with. GoogleUnavailable here keeps it from waiting and asking again on its own."""

    def __init__(self, http: Http, total_seconds: float) -> None:
        self._http = http
        self._total_seconds = total_seconds

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **kwargs: object,
    ) -> Response:
        try:
            answer = self._http.request(
                method, url, headers=headers, body=body, read_seconds=self._total_seconds, total_seconds=self._total_seconds
            )
        except OutboundError as error:
            raise GoogleUnavailable(f"no answer: {error}") from error
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in PASSING_STATUSES:
            raise GoogleUnavailable(f"status {answer.status}")
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise GoogleUnavailable("not JSON") from error
        if not isinstance(told, dict):
            raise GoogleUnavailable("JSON, but no object")
        return _TokenResponse(answer)
