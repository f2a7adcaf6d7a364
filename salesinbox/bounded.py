"""Sockets to mail servers nobody knows: an answer is whole in time and is not endless.

A socket's own time-out counts anew with every byte, so that one byte every now and then would hold a thread for ever.
"""

import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Latest(threading.local):
    """On the monotonic clock, for all the calling thread hears from mail servers."""

    at = math.inf


_latest = _Latest()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever this thread asks of mail servers meanwhile, answers that are not there by then are a TimeoutError."""
    before = _latest.at
    _latest.at = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _latest.at = before


class Bounded(socket.socket):
    """What is read through `makefile`, as imaplib and smtplib read, ends in time and in size. OSError."""

    _until = math.inf
    _left = math.inf

    def expect(self, seconds: float, most: float) -> None:
        """An answer: so long for the whole of it, and so many bytes."""
        self._until, self._left = time.monotonic() + seconds, most

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        left = min(self._until, _latest.at) - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        if self._left <= 0:
            raise OSError("the answer is too long")
        silence = self.gettimeout()
        self.settimeout(left if silence is None else min(silence, left))
        try:
            received = super().recv_into(*args, **kwargs)
        finally:
            self.settimeout(silence)
        self._left -= received
        return received


class BoundedTls(Bounded, ssl.SSLSocket):
    """The same once TLS is spoken; a context's `sslsocket_class`."""
