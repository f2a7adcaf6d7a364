"""Creating and changing records. Each is one short transaction; unique keys, not look-ups, decide every race.

Rows are touched in one order (account, record, addresses by name), so that two writers can wait for each other, never in a circle.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from crm_client.checking import ADDRESSES, addresses_of
from crm_client.embedded.access import Access
from crm_client.embedded.rows import get_record, get_records, record_of_key, row_id
from crm_client.embedded.store import reading, writing
from crm_client.embedded.tables import AccountRow, AddressRow, RecordRow
from crm_client.errors import Duplicate, NotFound, Stale, Unavailable
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, Kind, Record, Ref, Values
from crm_client.text import fold
from db import Database, now, table
from i18n import Language

ATTEMPTS = 3
LONGEST_SORT_NAME = 200  # PostgreSQL indexes no more than 2,700 bytes

_record = table(RecordRow)
_address = table(AddressRow)
_account = table(AccountRow)

_ACCOUNT = select(_account.c.id).where(_account.c.org_id == bindparam("org_id"), _account.c.name == bindparam("name"))
_HOLDERS = select(_address.c.address, _address.c.record_id).where(
    _address.c.org_id == bindparam("org_id"),
    _address.c.kind == bindparam("kind"),
    _address.c.address.in_(bindparam("addresses", expanding=True)),
)


class AddressTaken(Exception):
    """Rolls back: another record holds one of the addresses."""


class KeyTaken(Exception):
    """Rolls back: the create key has made its record already."""


class _Changed(Exception):
    """Rolls back: the record is not at the version it was read at."""


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record about to be written; `values` are checked."""

    org_id: int
    kind: Kind
    values: Values
    owner_id: int
    create_key: str
    created_at: datetime
    modified_at: datetime


def create_record(database: Database, access: Access, language: Language, kind: Kind, values: Values, key: str, owner_id: int) -> Record:
    """`values` are checked. A key that was used gives the record it made. Duplicate."""
    moment = now()
    new = NewRecord(access.org_id, kind, values, owner_id, key, moment, moment)
    for _attempt in range(ATTEMPTS):
        try:
            with writing(database) as connection:
                insert_record(database, connection, new)
        except AddressTaken:
            with reading(database) as connection:
                duplicate = _duplicate(connection, access, language, kind, values, own=None)
            if duplicate is None:
                continue  # the other one gave the address up this moment
            raise duplicate from None
        except KeyTaken:
            pass
        with reading(database) as connection:
            made = record_of_key(connection, access, language, key)
        if made is not None:
            return made
    raise Unavailable("an address changed hands again and again")


def change_record(database: Database, access: Access, language: Language, seen: Record, values: Values) -> Record:
    """`values` are all values after the change, checked; `seen` is the record as it was read. Stale, Duplicate, NotFound."""
    for _attempt in range(ATTEMPTS):
        try:
            with writing(database) as connection:
                _update(database, connection, access, seen, values)
                return get_record(connection, access, language, seen.ref)
        except _Changed:
            with reading(database) as connection:
                current = get_record(connection, access, language, seen.ref)
            raise Stale(current) from None
        except AddressTaken:
            with reading(database) as connection:
                duplicate = _duplicate(connection, access, language, seen.ref.kind, values, own=seen.ref)
            if duplicate is not None:
                raise duplicate from None
    raise Unavailable("an address changed hands again and again")


def insert_record(database: Database, connection: Connection, new: NewRecord) -> int:
    """Its id. AddressTaken, KeyTaken: the caller's transaction must not be committed then."""
    number = connection.execute(
        database.insert_or_ignore(
            _record,
            {
                "org_id": new.org_id,
                "kind": new.kind.value,
                "version": 1,
                "values": dict(new.values),
                "sort_name": _sort_name(new.values),
                "search_text": _search_text(new.values),
                "owner_id": new.owner_id,
                "account_id": _account_id(database, connection, new.org_id, new.kind, new.values),
                "create_key": new.create_key,
                "created_at": new.created_at,
                "modified_at": new.modified_at,
                "modified_by": new.owner_id,
            },
        ).returning(_record.c.id)
    ).scalar_one_or_none()
    if number is None:
        raise KeyTaken
    _move_addresses(database, connection, new.org_id, new.kind, int(number), {}, addresses_of(new.values))
    return int(number)


def _update(database: Database, connection: Connection, access: Access, seen: Record, values: Values) -> None:
    number, kind = row_id(seen.ref), seen.ref.kind
    if number is None:
        raise NotFound(str(seen.ref))
    done = connection.execute(
        update(_record)
        .where(_record.c.id == number, _record.c.org_id == access.org_id, _record.c.version == int(seen.version))
        .values(
            {
                _record.c.version: int(seen.version) + 1,
                _record.c["values"]: dict(values),
                _record.c.sort_name: _sort_name(values),
                _record.c.search_text: _search_text(values),
                _record.c.account_id: _account_id(database, connection, access.org_id, kind, values),
                _record.c.modified_at: now(),
                _record.c.modified_by: access.user_id,
            }
        )
    )
    if done.rowcount != 1:
        raise _Changed
    _move_addresses(database, connection, access.org_id, kind, number, addresses_of(seen.values), addresses_of(values))


def _account_id(database: Database, connection: Connection, org_id: int, kind: Kind, values: Values) -> int | None:
    """The account of a contact's company, made if it is new. A lead's company is text only."""
    name = values.get(COMPANY)
    if kind is not Kind.CONTACT or not name:
        return None
    asked = {"org_id": org_id, "name": name}
    found = connection.execute(_ACCOUNT, asked).scalar_one_or_none()
    if found is None:
        connection.execute(database.insert_or_ignore(_account, {**asked, "website": "", "phone": "", "city": "", "country": ""}))
        found = connection.execute(_ACCOUNT, asked).scalar_one()
    return int(found)


def _move_addresses(
    database: Database, connection: Connection, org_id: int, kind: Kind, record_id: int, before: dict[str, str], after: dict[str, str]
) -> None:
    """AddressTaken."""
    for address in sorted(before.keys() | after.keys()):
        if before.get(address) == after.get(address):
            continue
        here = (_address.c.org_id == org_id, _address.c.kind == kind.value, _address.c.address == address)
        if address not in after:
            connection.execute(delete(_address).where(*here, _address.c.record_id == record_id))
        elif address in before:
            connection.execute(update(_address).where(*here, _address.c.record_id == record_id).values(field=after[address]))
        else:
            row = {"org_id": org_id, "kind": kind.value, "address": address, "record_id": record_id, "field": after[address]}
            if connection.execute(database.insert_or_ignore(_address, row)).rowcount != 1:
                raise AddressTaken


def _duplicate(connection: Connection, access: Access, language: Language, kind: Kind, values: Values, own: Ref | None) -> Duplicate | None:
    """Who holds one of these addresses, the primary one first; None if nobody does any more."""
    wanted = addresses_of(values)
    rows = connection.execute(_HOLDERS, {"org_id": access.org_id, "kind": kind.value, "addresses": list(wanted)})
    held = {wanted[row.address]: Ref(kind, str(row.record_id)) for row in rows}
    for field in ADDRESSES:
        if field in held and held[field] != own:
            seen = get_records(connection, access, language, (held[field],))
            return Duplicate(field, seen[0].ref, seen[0].name) if seen else Duplicate(field, None)
    return None


def _sort_name(values: Values) -> str:
    names = f"{values.get(LAST_NAME, '')} {values.get(FIRST_NAME, '')}"
    return (fold(names) or fold(values.get(EMAIL, "")))[:LONGEST_SORT_NAME]


def _search_text(values: Values) -> str:
    sought = (FIRST_NAME, LAST_NAME, COMPANY, *ADDRESSES)
    return fold(" ".join(values[name] for name in sought if values.get(name)))
