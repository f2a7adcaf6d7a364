"""What a person last saw of an address, kept for the time the CRM does not answer."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

from cachetools import TTLCache
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, delete, select, tuple_, update

from crm_client.records import EMAIL, Kind, Lookup
from crm_client.tables import LastKnownRow
from db import Database, now, table

KEPT = timedelta(days=7)
REFRESHED_SECONDS = 3600
_REMEMBERED_WRITES = 20_000

_log = logging.getLogger(__name__)
_table = table(LastKnownRow)
_lookups = TypeAdapter(Lookup)

_RECALL = select(_table.c.address, _table.c.lookup, _table.c.seen_at).where(
    _table.c.viewer == bindparam("viewer"),
    _table.c.address.in_(bindparam("addresses", expanding=True)),
    _table.c.seen_at > bindparam("oldest"),
)


class LastKnown:
    """`viewer` is organisation and CRM user: nobody is shown what another was allowed to see."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written: TTLCache[tuple[str, str], str] = TTLCache(maxsize=_REMEMBERED_WRITES, ttl=REFRESHED_SECONDS)
        self._lock = Lock()

    def remember(self, viewer: str, lookup_by_address: Mapping[str, Lookup]) -> None:
        """Keep what was just seen of each address. What this process wrote within the hour, and is the same, is not written again."""
        seen = {address: _text(lookup) for address, lookup in lookup_by_address.items()}
        with self._lock:
            fresh = {address: text for address, text in sorted(seen.items()) if self._written.get((viewer, address)) != text}
        if not fresh:
            return
        moment = now()
        with self._database.write() as connection:
            # In the order of the addresses: two writers can wait for each other, never in a circle.
            for address, text in fresh.items():
                change = update(_table).where(_table.c.viewer == viewer, _table.c.address == address).values(lookup=text, seen_at=moment)
                if connection.execute(change).rowcount == 0:
                    row = {"viewer": viewer, "address": address, "lookup": text, "seen_at": moment}
                    connection.execute(self._database.insert_or_ignore(_table, row))
            # Rows another writer holds are left to him.
            old = select(_table.c.viewer, _table.c.address).where(_table.c.seen_at <= moment - KEPT).with_for_update(skip_locked=True)
            connection.execute(delete(_table).where(tuple_(_table.c.viewer, _table.c.address).in_(old)))
        with self._lock:
            self._written.update({(viewer, address): text for address, text in fresh.items()})

    def recall(self, viewer: str, addresses: Sequence[str]) -> tuple[Lookup, datetime] | None:
        """What was last known of these addresses together, and when the oldest part of it was seen.

        None unless every one of them is known and no older than seven days.
        """
        asked = tuple(dict.fromkeys(addresses))
        if not asked:
            return None
        with self._database.read() as connection:
            rows = connection.execute(_RECALL, {"viewer": viewer, "addresses": asked, "oldest": now() - KEPT}).all()
        if len(rows) != len(asked):
            return None
        try:
            known = {row.address: _lookups.validate_json(row.lookup, strict=True) for row in rows}
        except ValidationError as error:
            # Written by another version of Sidecard: not known, and overwritten at the next look-up.
            _log.warning("a last known look-up cannot be read: %d problems", error.error_count())
            return None
        matches = [match for address in asked for match in known[address].matches]
        hidden = [entry for address in asked for entry in known[address].hidden]
        together = Lookup(
            matches=tuple(sorted(matches, key=lambda match: (match.record.ref.kind is not Kind.CONTACT, match.field != EMAIL))),
            hidden=tuple(sorted(hidden, key=lambda entry: entry.kind is not Kind.CONTACT)),
        )
        return together, min(row.seen_at for row in rows)

    def forget(self, viewer: str) -> None:
        """Nothing of what this viewer saw stays."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.viewer == viewer))
        with self._lock:
            for key in [key for key in self._written if key[0] == viewer]:
                del self._written[key]


def _text(lookup: Lookup) -> str:
    # Silent about mappings that are no dict: an adapter may hand out values as any mapping. Reading back is strict.
    return _lookups.dump_json(lookup, fallback=_plain, warnings=False).decode()


def _plain(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError(f"a look-up holds a {type(value).__name__}")
    return dict(value)
