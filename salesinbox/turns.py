"""Whose turn it is: which mailboxes are to be synchronised or compared now, and when each is again.

Whoever begins pushes `mailbox.due_at` to the end of a lease. What becomes due meanwhile puts another time there, and then it is due
again whatever he finds: nobody clears what he has not seen. Who dies over it leaves a lease that ends.
"""

import random
from datetime import datetime, timedelta

from sqlalchemy import case, func, literal, or_, select, update

from db import Database, UtcDateTime, now, table
from salesinbox.mailboxes import State
from salesinbox.tables import MailboxRow

LEASE = timedelta(minutes=3)
"""A slice, and the longest silence of a server in it."""
UNWATCHED = timedelta(minutes=15)
"""Between two synchronisations of a mailbox that nobody watches."""
WATCHED = timedelta(hours=6)
"""Of a mailbox whose folders are asked every minute anyway. Signing in to a thousand mailboxes every quarter of an hour would cost
several times what watching them does."""
COMPARED_EVERY = timedelta(days=1)

_mailbox = table(MailboxRow)


class Turns:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, state: State, limit: int) -> tuple[int, ...]:
        """Those to be synchronised now: whose last time is the longest ago first, so that who has news all the time gets his turn
        and no more. During the first synchronisation who has waited longest."""
        its = (_mailbox.c.state == state.value, _mailbox.c.due_at <= now(), ~_mailbox.c.barred)
        order = (_mailbox.c.due_at,) if state is State.FIRST_SYNC else (_mailbox.c.synced_at, _mailbox.c.due_at)
        with self._database.read() as connection:
            return tuple(connection.execute(select(_mailbox.c.id).where(*its).order_by(*order).limit(limit)).scalars())

    def begin(self, mailbox_id: int, worker: str) -> datetime | None:
        """What to `end` it with. None: it is not due any more, somebody else was faster. One alone begins."""
        lease = now() + LEASE
        at_work = _mailbox.c.state.in_((State.FIRST_SYNC.value, State.IN_STEP.value)) & ~_mailbox.c.barred
        with self._database.write() as connection:
            due = update(_mailbox).where(_mailbox.c.id == mailbox_id, at_work, _mailbox.c.due_at <= now())
            return lease if connection.execute(due.values(due_at=lease, synchroniser=worker)).rowcount == 1 else None

    def end(self, mailbox_id: int, lease: datetime, *, more: bool) -> None:
        """`more`: at once again, behind those who wait. Else when its server is to be asked again though nothing is heard of it."""
        mine = (_mailbox.c.id == mailbox_id, _mailbox.c.due_at == lease)
        moment = now()
        spread = random.uniform(0.8, 1.0)  # noqa: S311
        watched, unwatched = (literal(moment + pause * spread, UtcDateTime) for pause in (WATCHED, UNWATCHED))
        again = case((_mailbox.c.watched_until > moment, watched), else_=unwatched)
        with self._database.write() as connection:
            connection.execute(update(_mailbox).where(*mine).values(due_at=moment if more else again, synchroniser=""))

    def give_up(self, worker: str) -> None:
        """This one is dead: what it had begun is due at once."""
        leased = (_mailbox.c.due_at > now(), _mailbox.c.state.in_((State.FIRST_SYNC.value, State.IN_STEP.value)), _mailbox.c.cause == "")
        with self._database.write() as connection:
            connection.execute(update(_mailbox).where(_mailbox.c.synchroniser == worker, *leased).values(due_at=now(), synchroniser=""))

    def to_compare(self, limit: int) -> tuple[int, ...]:
        """In step, and not compared for a day. Where many are, the longest ago first, so many at a look: that spreads them."""
        old = or_(_mailbox.c.compared_at.is_(None), _mailbox.c.compared_at < now() - COMPARED_EVERY)
        query = select(_mailbox.c.id).where(_mailbox.c.state == State.IN_STEP.value, _mailbox.c.cause == "", ~_mailbox.c.barred, old)
        first = func.coalesce(_mailbox.c.compared_at, _mailbox.c.connected_at)
        with self._database.read() as connection:
            return tuple(connection.execute(query.order_by(first).limit(limit)).scalars())
