"""The one way out: a thread-safe pool of kept connections with time-outs, shared by all rooms of a process.

Refuses to work while the calling thread holds a write transaction (see `db.engine`).
A request that finds its kept connection closed is sent again once, on a fresh one, if it reads only.
An answer must be whole by a deadline, however steadily its bytes drip in.
"""

import http.client
import io
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError

from db.engine import writing

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 25.0
"""Google gives up on us after 30."""
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


class _Deadline(threading.local):
    """When the answer the calling thread waits for must be whole, on the monotonic clock."""

    at = 0.0


_deadline = _Deadline()


class _UntilDeadline(io.RawIOBase):
    """What comes in on a socket. A socket's own time-out counts anew with every byte; here it never reaches past the deadline."""

    def __init__(self, incoming: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._incoming = incoming
        self._socket = sock
        self._deadline = deadline
        self._silence = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._socket.settimeout(left if self._silence is None else min(self._silence, left))
        return self._incoming.readinto(buffer)

    def close(self) -> None:
        self._incoming.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """Reads status line, headers and body with the deadline of the thread that asked."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        incoming: Any = self.fp
        self.fp = io.BufferedReader(_UntilDeadline(incoming.detach(), sock, _deadline.at))


class _PlainConnection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Http:
    """One per process, made by the composition root."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(num_pools=16, maxsize=64, block=False, retries=False)
        self._pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> Answer:
        """Send and read whole. `read_seconds` of silence end it, `total_seconds` in any case. No redirect is followed. OutboundError."""
        if writing():
            raise NetworkInsideWrite(f"{method} {url.split('?', 1)[0]} inside a write transaction")
        _deadline.at = time.monotonic() + total_seconds
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
        left = max(_deadline.at - time.monotonic(), 0.001)
        response = self._pool.request(
            method,
            url,
            headers=dict(headers or {}),
            body=body,
            timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(read_seconds, left)),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            data = response.read(MAX_ANSWER_BYTES + 1, decode_content=True)
        finally:
            response.release_conn()
        return response.status, {name.lower(): value for name, value in response.headers.items()}, data
