"""Who may call Zoho when: an organisation has only so many calls at once and so many a day, for all its people together.

The concurrent calls of an edition are divided among our processes, because processes do not know of each other's calls.
Those who wait are served in the order they came.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition, Lock
from typing import TypeVar

from cachetools import LRUCache

from crm_client.errors import RateLimited
from crm_client.zoho.tokens import Grant

COMPOSITE_COST = 5
"""Zoho counts a composite call as so many, whatever is in it."""

_CONCURRENT_CALLS = {
    "free": 5,
    "standard": 10,
    "starter": 10,
    "professional": 15,
    "enterprise": 20,
    "zohoone": 20,
    "ultimate": 25,
    "crmplus": 25,
}
_LEAST = 5
FEWEST = 2
"""Of the smallest edition, too: one call after the other would make every card slow for three users who rarely meet."""
PAUSES = (0.5, 4.0)
"""The shortest and the longest wait before something is asked again, in seconds."""
_CREDITS_GONE_SECONDS = 60.0
"""Credits come back little by little: after so long, one call asks again."""
_CREDITS = "x-api-credits-remaining"
_ORGANISATIONS = 10_000
_THREADS = 64
"""Shared by all organisations: one that is slow must not take them all."""

_T = TypeVar("_T")


def concurrent_calls(edition: str) -> int:
    """How many calls Zoho takes at once of one organisation; of an edition we do not know, as many as of the smallest."""
    return _CONCURRENT_CALLS.get("".join(sign for sign in edition.lower() if sign.isalnum()), _LEAST)


class CreditsGone(RateLimited):
    """The organisation has used up its calls of the day: asking again in a second is no use."""


class _Queue:
    """The calls of one organisation in this process."""

    def __init__(self, share: int) -> None:
        self.share = share
        self.credits: int | None = None
        self.blocked_until = 0.0
        self.composite = True
        """Until Zoho says that this organisation, or this permission, has no composite calls."""
        self._free = share
        self._waiting: deque[object] = deque()
        self._changed = Condition()

    @contextmanager
    def turn(self, cost: int, deadline: float) -> Iterator[None]:
        me = object()
        with self._changed:
            self._waiting.append(me)
            ours = self._changed.wait_for(lambda: self._waiting[0] is me and self._free >= cost, max(deadline - time.monotonic(), 0.0))
            self._waiting.remove(me)
            if ours:
                self._free -= cost
            self._changed.notify_all()
        if not ours:
            raise RateLimited
        try:
            yield
        finally:
            with self._changed:
                self._free += cost
                self._changed.notify_all()


class Turns:
    """One per process."""

    def __init__(self, processes: int = 2, pauses: tuple[float, float] = PAUSES) -> None:
        self._processes = processes
        self._pauses = pauses
        self._queues: LRUCache[tuple[str, str], _Queue] = LRUCache(_ORGANISATIONS)
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="zoho")

    @contextmanager
    def turn(self, grant: Grant, deadline: float, cost: int = 1) -> Iterator[None]:
        """Wait for a free place until `deadline`, and hold it. RateLimited, CreditsGone."""
        queue = self._queue(grant)
        if time.monotonic() < queue.blocked_until:
            raise CreditsGone
        with queue.turn(min(cost, queue.share), deadline):
            yield

    def heard(self, grant: Grant, headers: Mapping[str, str]) -> None:
        """Remember how many credits the organisation has left. Zoho says so once half of them are used."""
        left = headers.get(_CREDITS, "")
        if left.isascii() and left.isdecimal():
            queue = self._queue(grant)
            queue.credits = int(left)
            queue.blocked_until = time.monotonic() + _CREDITS_GONE_SECONDS if queue.credits == 0 else 0.0

    def credits_left(self, grant: Grant) -> int | None:
        """Calls the organisation has left today, as last heard; None while more than half are."""
        return self._queue(grant).credits

    def composite(self, grant: Grant) -> bool:
        """Whether several questions go better in one composite call: it costs one credit, but five of the concurrent calls."""
        queue = self._queue(grant)
        return queue.composite and concurrent_calls(grant.edition) >= 4 * COMPOSITE_COST and queue.share >= COMPOSITE_COST

    def no_composite(self, grant: Grant) -> None:
        self._queue(grant).composite = False

    def pause(self, attempt: int) -> float:
        """How long to wait before asking again, longer after each attempt, never twice the same."""
        shortest, longest = self._pauses
        return random.uniform(shortest, min(shortest * 4**attempt, longest))  # noqa: S311  # spreads load, guards nothing

    def together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        """All at the same time, the first on the calling thread. The calls themselves must not call this."""
        later = [self._threads.submit(call) for call in calls[1:]]
        first = [call() for call in calls[:1]]
        return first + [future.result() for future in later]

    def _queue(self, grant: Grant) -> _Queue:
        key = (grant.api, grant.org_id)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                queue = self._queues[key] = _Queue(max(FEWEST, concurrent_calls(grant.edition) // self._processes))
            return queue
