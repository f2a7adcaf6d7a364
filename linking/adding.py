"""Adding a person once, though a CRM may know no idempotency key and two reps may press at the same moment.

With the errand that adds a person, his addresses are claimed: rows under a unique key, in the same transaction. A claim
lives as long as its errand is unfinished, be it a second or a week; nobody else adds these addresses meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, select, update

from crm_client.errors import Duplicate
from crm_client.port import Crm
from crm_client.records import EMAIL, SECONDARY_EMAIL, Kind, Lookup, Record, Values
from db import Database, table
from linking.errands import fingerprint
from linking.lanes import UNFINISHED
from linking.outcomes import AlreadyThere
from linking.tables import AddClaimRow, OutboxRow
from tenants.people import Person

_claim = table(AddClaimRow)
_item = table(OutboxRow)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose errand, by its key, adds an address."""

    key: str
    person_name: str


class Adding:
    """The claims of all organisations; `org` is `str(Target)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, connection: Connection, org: str, addresses: Sequence[str], key: str, by: Person) -> Holder | None:
        """None: all are the errand's of this key now. A Holder: one is somebody else's, and nothing of this may be committed."""
        mine = {"key": key, "person_name": by.name}
        # In the order of the addresses, one statement each: two writers can wait for each other, never in a circle.
        for address in sorted(addresses):
            if connection.execute(self._database.insert_or_ignore(_claim, {"org": org, "address": address, **mine})).rowcount == 1:
                continue
            here = (_claim.c.org == org, _claim.c.address == address)
            held = connection.execute(select(_claim.c.key, _claim.c.person_name).where(*here).with_for_update()).one_or_none()
            if held is None:
                return Holder("", by.name)  # given up this moment: come again
            if connection.execute(
                select(exists().where(_item.c.org == org, _item.c.key == held.key, _item.c.state.in_(UNFINISHED)))
            ).scalar():
                return Holder(held.key, held.person_name)
            connection.execute(update(_claim).where(*here).values(mine))
        return None

    def release(self, connection: Connection, org: str, key: str) -> None:
        connection.execute(delete(_claim).where(_claim.c.org == org, _claim.c.key == key))


def addresses_of(values: Values) -> tuple[str, ...]:
    """What is looked up and claimed, the primary address first."""
    given = (values.get(name, "").strip().lower() for name in (EMAIL, SECONDARY_EMAIL))
    return tuple(dict.fromkeys(address for address in given if address))


def add_once(crm: Crm, kind: Kind, values: Values, key: str, tried_at: datetime | None, begin: Callable[[], None]) -> Record | AlreadyThere:
    """Make the record unless one with its address is there. `begin` is called before the CRM is asked to make it.

    After an attempt whose end nobody knows, what is there may be what that attempt made: only the CRM can tell.
    It gives us that record, or says Duplicate.
    """
    addresses = addresses_of(values)
    found = crm.lookup(addresses) if addresses else Lookup()
    if (found.matches or found.hidden) and (tried_at is None or not _may_be_ours(found, kind, values)):
        return AlreadyThere(found.matches, bool(found.hidden))
    begin()
    try:
        return crm.create(kind, values, key, tried_at)
    except Duplicate:
        if found.matches or found.hidden:
            return AlreadyThere(found.matches, bool(found.hidden))
        raise


def _may_be_ours(found: Lookup, kind: Kind, values: Values) -> bool:
    """Of this kind, and with all that was to be written; or one the caller may make but not see."""
    return any(entry.kind is kind for entry in found.hidden) or any(
        kind in (match.record.ref.kind, match.record.was.kind if match.record.was else None)
        and all(fingerprint(match.record.value(name).casefold()) == fingerprint(text.casefold()) for name, text in values.items())
        for match in found.matches
    )
