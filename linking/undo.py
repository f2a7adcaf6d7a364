"""Taking a change of a record back, as long as nobody has changed those fields since."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from crm_client.records import Kind, Record, Ref, Values
from db import Database, now, table
from linking.errands import UpdateErrand, fingerprint
from linking.tables import RecordChangeRow

KEPT = timedelta(days=1)

_change = table(RecordChangeRow)


@dataclass(frozen=True, slots=True)
class Change:
    """What one save changed: field -> value before and after, "" for an empty field."""

    id: str
    ref: Ref
    old: Values
    new: Values


class Changes:
    """The changes of the last day; `org` is `str(Target)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, org: str, person_id: int, ref: Ref, old: Values, new: Values) -> Change:
        """Remember what a save changed."""
        change = Change(uuid.uuid4().hex, ref, dict(old), dict(new))
        with self._database.write() as connection:
            connection.execute(
                _change.insert().values(
                    id=change.id,
                    org=org,
                    kind=ref.kind.value,
                    record_id=ref.id,
                    person_id=person_id,
                    old=dict(old),
                    new=dict(new),
                    made_at=now(),
                )
            )
            connection.execute(delete(_change).where(_change.c.made_at < now() - KEPT))
        return change

    def find(self, org: str, person_id: int, change_id: str) -> Change | None:
        """A change of this person's own, of the last day."""
        mine = (_change.c.id == change_id, _change.c.org == org, _change.c.person_id == person_id, _change.c.made_at >= now() - KEPT)
        with self._database.read() as connection:
            row = connection.execute(select(_change).where(*mine)).one_or_none()
        return None if row is None else Change(row.id, Ref(Kind(row.kind), row.record_id), row.old, row.new)


def taking_back(change: Change, current: Record | None = None) -> UpdateErrand:
    """Puts the old values back. With the record as it is now: only where the new ones still stand; no changes where none does."""
    fields = [name for name, value in change.new.items() if current is None or current.value(name) == value]
    return UpdateErrand(
        change.ref, {name: change.old.get(name, "") for name in fields}, {name: fingerprint(change.new[name]) for name in fields}
    )
