"""The records a person had open, for his home card."""

import threading

from cachetools import TTLCache
from sqlalchemy import delete, desc, select

from crm_client.records import Kind, Ref
from db import Database, now, table
from tenants.tables import RecentRecordRow

KEPT = 12
"""Remembered a person; the home card shows fewer, since some may be gone or hidden by now."""

_recent = table(RecentRecordRow)


class RecentRecords:
    """Only which records, never what was in them: what a card shows is asked of the CRM again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Reading on in one conversation opens the same record again and again: one row is enough.
        self._latest: TTLCache[int, Ref] = TTLCache(maxsize=4096, ttl=600)
        self._lock = threading.Lock()

    def opened(self, person_id: int, ref: Ref) -> None:
        """Put the record on top of the person's list."""
        with self._lock:
            if self._latest.get(person_id) == ref:
                return
            self._latest[person_id] = ref
        here = (_recent.c.person_id == person_id, _recent.c.kind == ref.kind.value, _recent.c.record_id == ref.id)
        with self._database.write() as connection:
            if connection.execute(_recent.update().where(*here).values(opened_at=now())).rowcount:
                return
            connection.execute(
                self._database.insert_or_ignore(
                    _recent, {"person_id": person_id, "kind": ref.kind.value, "record_id": ref.id, "opened_at": now()}
                )
            )
            newest = select(_recent.c.id).where(_recent.c.person_id == person_id).order_by(desc(_recent.c.opened_at)).limit(KEPT)
            connection.execute(delete(_recent).where(_recent.c.person_id == person_id, _recent.c.id.not_in(newest)))

    def of(self, person_id: int) -> tuple[Ref, ...]:
        """Newest first."""
        query = select(_recent.c.kind, _recent.c.record_id).where(_recent.c.person_id == person_id).order_by(desc(_recent.c.opened_at))
        with self._database.read() as connection:
            return tuple(Ref(Kind(row.kind), row.record_id) for row in connection.execute(query.limit(KEPT)))
