"""Which mailboxes this worker watches: its fair share, kept by a lease that it renews as long as it lives.

A worker that dies renews nothing; within a lease its mailboxes are free, and the others' shares have grown. For a moment two may
watch the same mailbox, which costs a connection and nothing else: what they find is the same row made due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, func, or_, select, update

from db import Database, now, table
from salesinbox.mailboxes import State
from salesinbox.tables import MailboxRow

LEASE = timedelta(seconds=45)

_mailbox = table(MailboxRow)
_WATCHABLE = (_mailbox.c.state == State.IN_STEP.value) & (_mailbox.c.cause == "") & ~_mailbox.c.barred
"""Not during the first synchronisation, which looks by itself, nor while something is wrong: then the pauses of `Mailboxes.failed`
decide when it is tried, and one attempt at a time."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Another server, or another user there, wants another connection."""

    mailbox_id: int
    host: str
    port: int
    user: str


class Share:
    """One worker's. `alive` tells how many workers there are, `most` how many mailboxes this one can watch."""

    def __init__(self, database: Database, worker: str, alive: Callable[[], int], most: int, lease: timedelta = LEASE) -> None:
        self._database = database
        self._worker = worker
        self._alive = alive
        self._most = most
        self._lease = lease

    def renew(self) -> frozenset[Watched]:
        """What is this worker's until the lease ends: what it had, more where its share is larger, less where it is smaller."""
        workers = max(self._alive(), 1)
        mine = _mailbox.c.watcher == self._worker
        until = {"watcher": self._worker, "watched_until": now() + self._lease}
        with self._database.write() as connection:
            # One after the other: else two that take the same rows in another order each wait for the other.
            self._database.take_turns(connection, "watch share")
            connection.execute(update(_mailbox).where(mine, ~_WATCHABLE).values(watcher="", watched_until=None))
            had = connection.execute(update(_mailbox).where(mine).values(until)).rowcount
            share = min(-(-_count(connection) // workers), self._most)
            if had < share:
                free = or_(_mailbox.c.watched_until.is_(None), _mailbox.c.watched_until < now())
                some = select(_mailbox.c.id).where(_WATCHABLE, free).order_by(_mailbox.c.id).limit(share - had)
                connection.execute(update(_mailbox).where(_mailbox.c.id.in_(some)).values(until))
            elif had > share:
                surplus = select(_mailbox.c.id).where(mine).order_by(_mailbox.c.id.desc()).limit(had - share)
                connection.execute(update(_mailbox).where(_mailbox.c.id.in_(surplus)).values(watcher="", watched_until=None))
            columns = (_mailbox.c.id, _mailbox.c.imap_host, _mailbox.c.imap_port, _mailbox.c.imap_user)
            return frozenset(Watched(*row) for row in connection.execute(select(*columns).where(mine)))

    def give_back(self) -> None:
        """All of it, for the others to take at once."""
        with self._database.write() as connection:
            mine = update(_mailbox).where(_mailbox.c.watcher == self._worker)
            connection.execute(mine.values(watcher="", watched_until=None))


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).where(_WATCHABLE)).scalar_one())
