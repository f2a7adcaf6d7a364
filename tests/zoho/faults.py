"""Bad weather on order: what goes wrong with the next requests that match a pattern.

A pattern is a regular expression looked for in "METHOD /path", e.g. "POST /crm/v8/Leads$" or "/oauth/v2/token". Parts of a
composite request are asked for as "SUB GET /crm/v8/...".
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.zoho.wire import Answer, html

HOLD_SECONDS = 30
"""Nobody is held for ever: a test that forgets to release fails, it does not hang."""


@dataclass(frozen=True)
class Fault:
    """`seconds` goes by first. Where `handled`, the request takes effect although its answer is `answer`, lost or spoilt."""

    seconds: float = 0.0
    handled: bool = True
    answer: Answer | None = None
    lost: bool = False
    """The connection breaks off where the answer should come."""
    keep: float = 1.0
    """This much of the answer's body is sent."""
    byte_seconds: float = 0.0
    """Pause after each byte of the body."""


def latency(seconds: float) -> Fault:
    return Fault(seconds=seconds)


def status(code: int, body: Any = None, *, handled: bool = False, headers: Mapping[str, str] | None = None) -> Fault:
    """An error of this status; without a body Zoho's usual one."""
    names = {401: "AUTHENTICATION_FAILURE", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL_ERROR", 503: "SERVICE_UNAVAILABLE"}
    usual = {"code": names.get(code, "INTERNAL_SERVER_ERROR"), "details": {}, "message": "injected", "status": "error"}
    return Fault(handled=handled, answer=Answer(code, usual if body is None else body, headers or {}))


def invalid_token() -> Fault:
    """Zoho takes no notice of a good token."""
    return status(401, {"code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"})


def rate_limited() -> Fault:
    return status(429)


def html_page(code: int = 502) -> Fault:
    return Fault(handled=False, answer=html(code, "Bad Gateway"))


def no_content() -> Fault:
    return Fault(handled=False, answer=Answer(204))


def empty() -> Fault:
    """200 and no body."""
    return Fault(keep=0.0, answer=None)


def truncated() -> Fault:
    return Fault(keep=0.6)


def drop_before() -> Fault:
    """The connection breaks off and nothing has happened."""
    return Fault(handled=False, lost=True)


def drop_after() -> Fault:
    """It took effect; the answer is lost."""
    return Fault(lost=True)


def slow_loris(byte_seconds: float = 0.2) -> Fault:
    """The answer trickles in, byte by byte."""
    return Fault(byte_seconds=byte_seconds)


@dataclass
class Hold:
    """Requests under way that wait for `release`; `reached` is set once the first is there."""

    pattern: re.Pattern[str]
    after: bool
    reached: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        self._released.set()

    def wait(self, asked: str, *, after: bool) -> None:
        if after == self.after and not self._released.is_set() and self.pattern.search(asked):
            self.reached.set()
            self._released.wait(HOLD_SECONDS)


class Faults:
    """Safe to use while requests are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: list[tuple[re.Pattern[str], Fault, int]] = []
        self._holds: list[Hold] = []
        self._down: Fault | None = None

    def next(self, pattern: str, fault: Fault, times: int = 1) -> None:
        """The next `times` requests that match meet this fault. Faults of one pattern come in the order they were asked for."""
        with self._lock:
            self._coming.append((re.compile(pattern), fault, times))

    def always(self, pattern: str, fault: Fault) -> None:
        self.next(pattern, fault, 1_000_000)

    def hold(self, pattern: str, *, after: bool = False) -> Hold:
        """Requests that match wait until released: before they take effect, or after."""
        held = Hold(re.compile(pattern), after)
        with self._lock:
            self._holds.append(held)
        return held

    def down(self, down: bool = True, *, answer: int | None = None) -> None:
        """Every API call fails: its connection breaks off, or `answer` (say 503) is all it gets. The accounts servers stay up."""
        self._down = None if not down else drop_before() if answer is None else status(answer)

    def clear(self) -> None:
        with self._lock:
            self._coming.clear()
            holds, self._holds = self._holds, []
            self._down = None
        for hold in holds:
            hold.release()

    def take(self, asked: str, *, api: bool) -> Fault | None:
        if api and self._down is not None:
            return self._down
        with self._lock:
            for place, (pattern, fault, times) in enumerate(self._coming):
                if pattern.search(asked):
                    if times > 1:
                        self._coming[place] = (pattern, fault, times - 1)
                    else:
                        del self._coming[place]
                    return fault
        return None

    def wait(self, asked: str, *, after: bool) -> None:
        for hold in tuple(self._holds):
            hold.wait(asked, after=after)


def spoilt(payload: bytes, fault: Fault) -> bytes:
    """So much of a body as this fault lets through, and certainly no JSON."""
    kept = payload[: int(len(payload) * fault.keep)]
    if kept and fault.keep < 1:
        try:
            json.loads(kept)
        except ValueError:
            return kept
        return kept[:-1]
    return kept
