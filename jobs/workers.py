"""Who is alive. A worker that is killed keeps what it had begun; another one has to notice and take it over.

Every worker says every few seconds that it is there. Whoever sees that another has been silent for long puts a new time
into its row; one alone succeeds in that, takes over, and deletes the row. If he dies over it, the row is silent again.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from db import Database, now, table
from jobs.tables import WorkerRow

SILENCE = timedelta(seconds=30)

_worker = table(WorkerRow)


def last_sign(database: Database) -> datetime | None:
    """When any worker last said that it is there; None if none ever did."""
    with database.read() as connection:
        at: datetime | None = connection.execute(select(_worker.c.seen_at).order_by(_worker.c.seen_at.desc()).limit(1)).scalar_one_or_none()
    return at


class Workers:
    """The living, as this one of them sees them."""

    def __init__(self, database: Database, executor_id: str, silence: timedelta = SILENCE) -> None:
        self._database = database
        self._own = executor_id
        self._silence = silence

    def say(self) -> None:
        """That this one is there; also after somebody took it for dead."""
        seen = {"seen_at": now()}
        with self._database.write() as connection:
            if connection.execute(update(_worker).where(_worker.c.executor_id == self._own).values(seen)).rowcount == 0:
                connection.execute(self._database.insert_or_ignore(_worker, {"executor_id": self._own, **seen}))

    def alive(self) -> int:
        """How many there are, this one among them."""
        with self._database.read() as connection:
            speaking = select(func.count()).where(_worker.c.seen_at >= now() - self._silence, _worker.c.executor_id != self._own)
            return 1 + int(connection.execute(speaking).scalar_one())

    def take_dead(self) -> tuple[str, ...]:
        """The executor ids of silent ones, each told to one worker only; `bury` them when they are taken over."""
        silent_since = now() - self._silence
        with self._database.read() as connection:
            silent = connection.execute(select(_worker.c.executor_id).where(_worker.c.seen_at < silent_since)).scalars().all()
        return tuple(executor_id for executor_id in silent if executor_id != self._own and self._take(executor_id, silent_since))

    def bury(self, executor_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(_worker).where(_worker.c.executor_id == executor_id))

    def _take(self, executor_id: str, silent_since: datetime) -> bool:
        still = (_worker.c.executor_id == executor_id, _worker.c.seen_at < silent_since)
        with self._database.write() as connection:
            return connection.execute(update(_worker).where(*still).values(seen_at=now())).rowcount == 1
