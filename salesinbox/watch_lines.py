"""All connections of one watch: whose turn it is to be asked, who has something to say, where there is news."""

import heapq
import random
import selectors
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from salesinbox.watch_line import Ended, Line
from salesinbox.watch_share import Watched

_PAUSE = 2.0
"""Seconds between two questions on one line: a thousand mails moved at once are one piece of news."""


@dataclass(slots=True)
class _Held:
    """`mark` is `mailbox.watch_mark`, what the owner's folders were like when he was last made due. Times are monotonic."""

    watched: Watched
    line: Line
    mark: str
    asked_at: float
    ask_at: float


class Lines:
    """Used by one thread. Seconds: each is asked `every` so many, an answer may take `patience`. `news`: mailbox and fingerprint, until
    it is told."""

    def __init__(self, every: float, patience: float) -> None:
        self._every = every
        self._patience = patience
        self._selector = selectors.DefaultSelector()
        self._held: dict[int, _Held] = {}
        self._turns: list[tuple[float, int]] = []
        self.news: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[tuple[Watched, Line]]:
        return ((held.watched, held.line) for held in tuple(self._held.values()))

    def add(self, watched: Watched, line: Line, mark: str) -> None:
        """It is asked at the next turn. One mailbox has one line: a second, to another server, has to wait until the first is dropped."""
        if watched.mailbox_id in self._held:
            line.leave()
            return
        held = _Held(watched, line, mark, 0.0, 0.0)
        self._held[watched.mailbox_id] = held
        self._selector.register(line.socket, selectors.EVENT_READ, held)
        self._ask_at(held, time.monotonic())

    def drop(self, watched: Watched) -> None:
        held = self._held.pop(watched.mailbox_id)
        self._selector.unregister(held.line.socket)
        held.line.leave()

    def clear(self) -> None:
        for watched, _ in self:
            self.drop(watched)
        self._turns.clear()

    def ask(self) -> Iterator[tuple[Watched, Line]]:
        """Those whose turn it is; gives those that have ended, or have not answered for too long."""
        moment = time.monotonic()
        while self._turns and self._turns[0][0] <= moment:
            at, mailbox_id = heapq.heappop(self._turns)
            held = self._held.get(mailbox_id)
            if held is None or held.ask_at != at:
                continue
            if not held.line.quiet and moment < held.asked_at + self._patience:
                self._ask_at(held, min(moment + self._every, held.asked_at + self._patience))
                continue
            try:
                held.line.ask()
            except Ended:
                yield held.watched, held.line
            else:
                # Somewhat early the first time: those connected together are not asked together for ever.
                early = random.random() / 2 if not held.asked_at else 0.0  # noqa: S311
                held.asked_at = moment
                self._ask_at(held, moment + self._every * (1 - early))

    def hear(self) -> Iterator[tuple[Watched, Line]]:
        """Takes what has come in; gives those that have ended."""
        for key, _ in self._selector.select(0):
            held: _Held = key.data
            try:
                whole = held.line.hear()
            except Ended:
                yield held.watched, held.line
                continue
            if whole and (held.line.certain or held.line.fingerprint != held.mark):
                self.news[held.watched.mailbox_id] = held.line.fingerprint
            if held.line.stirred and held.line.quiet and held.ask_at > held.asked_at + _PAUSE:
                self._ask_at(held, held.asked_at + _PAUSE)

    def told(self, mailboxes: Iterable[int]) -> None:
        """The news of these is written down."""
        for mailbox_id in tuple(mailboxes):
            fingerprint = self.news.pop(mailbox_id)
            if held := self._held.get(mailbox_id):
                held.mark = fingerprint

    def _ask_at(self, held: _Held, at: float) -> None:
        held.ask_at = at
        heapq.heappush(self._turns, (at, held.watched.mailbox_id))
