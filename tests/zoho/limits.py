"""How much an organisation may ask of the API: calls at the same time, and credits a day."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.zoho.wire import Refused

CONCURRENT = {"free": 5, "standard": 10, "professional": 15, "enterprise": 20, "ultimate": 25}
SUB_CONCURRENT = 10
COMPOSITE_COST = 5


class Limits:
    """`credits` None is no end of them; else `day` is the day's allowance and `credits` what is left of it."""

    def __init__(self, edition: str) -> None:
        self.concurrent = CONCURRENT.get(edition, CONCURRENT["enterprise"])
        self.day = 0
        self.credits: int | None = None
        self.most = 0
        """The most that ever ran at the same time, a composite counted as five."""
        self.refusals = 0
        self._running = 0
        self._queries = 0
        self._lock = threading.Lock()

    def allow(self, left: int, *, day: int = 0) -> None:
        self.credits, self.day = left, day or max(left, 1)

    @contextmanager
    def call(self, *, cost: int, query: bool) -> Iterator[None]:
        """One call under way. Refused with 429 over either limit."""
        with self._lock:
            over = self._running + cost > self.concurrent or (query and self._queries + 1 > SUB_CONCURRENT)
            if over or (self.credits is not None and self.credits <= 0):
                self.refusals += 1
                # Unverified which code it is, and no Retry-After is documented.
                raise Refused(429, "TOO_MANY_REQUESTS" if self.refusals % 2 else "RATE_LIMIT_EXCEEDED", {}, "too many requests")
            if self.credits is not None:
                self.credits -= 1
            self._running += cost
            self._queries += query
            self.most = max(self.most, self._running)
        try:
            yield
        finally:
            with self._lock:
                self._running -= cost
                self._queries -= query

    def headers(self) -> dict[str, str]:
        """Zoho tells what is left once half is used."""
        if self.credits is None or self.credits * 2 > self.day:
            return {}
        return {"X-API-CREDITS-REMAINING": str(self.credits)}
