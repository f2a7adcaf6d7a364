"""The one way out: a thread-safe pool of kept connections with time-outs, shared by all rooms of a process.

Refuses to work while the calling thread holds a write transaction (see `db.engine`).
A request that finds its kept connection closed is sent again once, on a fresh one, if it reads only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from db.engine import writing

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
MAX_ANSWER_BYTES = 40 * 1024 * 1024


class OutboundError(Exception):
    """No usable answer came: refused, timed out, broken off, too large."""


class NetworkInsideWrite(RuntimeError):
    """A programming error: network while a transaction is open."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """One per process, made by the composition root."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=16, maxsize=64, block=False, retries=False)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """Send and read whole. No redirect is followed. OutboundError."""
        if writing():
            raise NetworkInsideWrite(f"{method} {url.split('?', 1)[0]} inside a write transaction")
        try:
            try:
                status, answered, data = self._exchange(method, url, headers, body, read_seconds)
            except ProtocolError:
                # The other side closed the kept connection. What only reads is sent again, on a fresh one.
                if method not in ("GET", "HEAD"):
                    raise
                status, answered, data = self._exchange(method, url, headers, body, read_seconds)
        except HTTPError as error:
            raise OutboundError(type(error).__name__) from error
        if len(data) > MAX_ANSWER_BYTES:
            raise OutboundError("answer too large")
        return Answer(status, answered, data)

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None, read_seconds: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, and the body. urllib3's HTTPError."""
        response = self._pool.request(
            method,
            url,
            headers=dict(headers or {}),
            body=body,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            data = response.read(MAX_ANSWER_BYTES + 1, decode_content=True)
        finally:
            response.release_conn()
        return response.status, {name.lower(): value for name, value in response.headers.items()}, data
