"""The addresses a record has and had, learned wherever a record is seen: nobody tells us when one changes in the CRM.

A mail stands under a record by the addresses it has now; by one it had, up to the day it was found gone.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cachetools import TTLCache
from sqlalchemy import ColumnElement, and_, select, update

from crm_client.records import EMAIL, SECONDARY_EMAIL, Record, Ref
from db import Database, now, table
from salesinbox.matching import address_key
from salesinbox.tables import RecordAddressRow

NOTED = 10_000
NOTED_SECONDS = 600

_row = table(RecordAddressRow)


@dataclass(frozen=True, slots=True)
class Former:
    """An address a record had `until` then, as the key it is compared by."""

    key: str
    until: datetime


def addresses_of(record: Record) -> tuple[str, ...]:
    """Primary, then secondary."""
    return tuple(record.value(name) for name in (EMAIL, SECONDARY_EMAIL) if record.value(name))


class RecordAddresses:
    """`org` is the key of the CRM organisation, as in the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: TTLCache[tuple[str, Ref], frozenset[str]] = TTLCache(NOTED, NOTED_SECONDS)
        """What this process has seen in place lately."""
        self._lock = threading.Lock()

    def note(self, org: str, records: Sequence[Record]) -> None:
        """The records as they were just seen. At most one query; writes only where that is news."""
        seen = {record.ref: frozenset(address_key(address) for address in addresses_of(record)) for record in records}
        with self._lock:
            seen = {ref: keys for ref, keys in seen.items() if self._noted.get((org, ref)) != keys}
        if not seen:
            return
        query = select(_row).where(_row.c.org == org, _row.c.record_id.in_([ref.id for ref in seen]))
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        for ref, keys in seen.items():
            known = {row.address_key: row.until for row in rows if (row.kind, row.record_id) == (ref.kind.value, ref.id)}
            there = frozenset(key for key, until in known.items() if until is None)
            if there != keys:
                self._write(org, ref, keys, frozenset(known), there)
        with self._lock:
            self._noted.update({(org, ref): keys for ref, keys in seen.items()})

    def former(self, org: str, ref: Ref) -> tuple[Former, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(_row.c.address_key, _row.c.until).where(_of(org, ref), _row.c.until.is_not(None)))
            return tuple(Former(row.address_key, row.until) for row in rows)

    def _write(self, org: str, ref: Ref, keys: frozenset[str], known: frozenset[str], there: frozenset[str]) -> None:
        moment = now()
        with self._database.write() as connection:
            for key in keys - known:
                row = {"org": org, "kind": ref.kind.value, "record_id": ref.id, "address_key": key, "seen_at": moment, "until": None}
                connection.execute(self._database.insert_or_ignore(_row, row))
            back, gone = keys & (known - there), there - keys
            if back:
                connection.execute(update(_row).where(_of(org, ref), _row.c.address_key.in_(back)).values(until=None))
            if gone:
                connection.execute(
                    update(_row).where(_of(org, ref), _row.c.address_key.in_(gone), _row.c.until.is_(None)).values(until=moment)
                )


def _of(org: str, ref: Ref) -> ColumnElement[bool]:
    return and_(_row.c.org == org, _row.c.kind == ref.kind.value, _row.c.record_id == ref.id)
