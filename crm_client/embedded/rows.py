"""Records read from the tables. Every statement is built once, and filtered by organisation."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.engine import Row

from crm_client.embedded.access import Access
from crm_client.embedded.tables import DealRow, RecordRow, UserRow
from crm_client.errors import NotFound
from crm_client.records import Deal, Kind, Owner, Record, Ref
from db import table
from i18n import Language

MAX_DEALS = 5
_LONGEST_ID = 18  # digits of a 64-bit number

_record, _deal = table(RecordRow), table(DealRow)
_owner, _modifier = (table(UserRow).alias(name) for name in ("owner", "modifier"))

RECORDS: Select[Any] = (
    select(
        _record.c.id,
        _record.c.kind,
        _record.c.version,
        _record.c["values"].label("held"),
        _record.c.modified_at,
        _record.c.owner_id,
        _owner.c.name.label("owner_name"),
        _modifier.c.name.label("modifier_name"),
    )
    .join(_owner, _owner.c.id == _record.c.owner_id)
    .join(_modifier, _modifier.c.id == _record.c.modified_by)
    .where(_record.c.org_id == bindparam("org_id"))
)
_BY_ID = RECORDS.where(_record.c.id.in_(bindparam("ids", expanding=True)), _record.c.kind.in_(bindparam("kinds", expanding=True)))
_BY_KEY = RECORDS.where(_record.c.create_key == bindparam("key"))
_EXISTS = select(_record.c.id).where(
    _record.c.org_id == bindparam("org_id"), _record.c.id == bindparam("id"), _record.c.kind == bindparam("kind")
)
_OPEN_DEALS = (
    select(_deal.c.id, _deal.c.contact_id, _deal.c.name, _deal.c.stage, _deal.c.amount, _deal.c.currency, _deal.c.closing_on)
    .where(
        _deal.c.contact_id.in_(bindparam("contacts", expanding=True)),
        _deal.c.org_id == bindparam("org_id"),
        _deal.c.open.is_(True),
    )
    # Databases differ in where they put NULL: say it.
    .order_by(_deal.c.closing_on.is_(None), _deal.c.closing_on, _deal.c.id)
)


def number_of(text: str) -> int | None:
    """The number behind an id of ours; None for anything we never gave out."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID) or str(int(text)) != text:
        return None
    return int(text)


def row_id(ref: Ref) -> int | None:
    return number_of(ref.id)


def to_records(connection: Connection, access: Access, language: Language, rows: Sequence[Row[Any]]) -> tuple[Record, ...]:
    """Rows of `RECORDS`, in their order, as records with their open deals: one more query if there are contacts among them."""
    deals = _open_deals(connection, access, language, {row.id for row in rows if row.kind == Kind.CONTACT})
    return tuple(_to_record(row, access, tuple(deals.get(row.id, ())[:MAX_DEALS])) for row in rows)


def get_record(connection: Connection, access: Access, language: Language, ref: Ref) -> Record:
    """Forbidden, NotFound."""
    access.require_view(ref.kind)
    found = get_records(connection, access, language, (ref,))
    if not found:
        raise NotFound(str(ref))
    return found[0]


def get_records(connection: Connection, access: Access, language: Language, refs: Iterable[Ref]) -> tuple[Record, ...]:
    """Those that exist and may be seen, in the order asked for, each once."""
    asked = {ref: number for ref in refs if ref.kind in access.viewable and (number := row_id(ref)) is not None}
    if not asked:
        return ()
    rows = connection.execute(
        _BY_ID, {"org_id": access.org_id, "ids": list(asked.values()), "kinds": [kind.value for kind in access.viewable]}
    ).all()
    found = {record.ref: record for record in to_records(connection, access, language, rows)}
    return tuple(found[ref] for ref in asked if ref in found)


def record_of_key(connection: Connection, access: Access, language: Language, key: str) -> Record | None:
    """The record that was created with this key."""
    rows = connection.execute(_BY_KEY, {"org_id": access.org_id, "key": key}).all()
    return to_records(connection, access, language, rows)[0] if rows else None


def require_record(connection: Connection, access: Access, ref: Ref) -> int:
    """The number of a record the caller may see. Forbidden, NotFound."""
    access.require_view(ref.kind)
    number = row_id(ref)
    found = (
        None
        if number is None
        else connection.execute(_EXISTS, {"org_id": access.org_id, "id": number, "kind": ref.kind.value}).scalar_one_or_none()
    )
    if found is None:
        raise NotFound(str(ref))
    return int(found)


def _to_record(row: Row[Any], access: Access, deals: tuple[Deal, ...]) -> Record:
    kind = Kind(row.kind)
    return Record(
        ref=Ref(kind, str(row.id)),
        version=str(row.version),
        values=row.held,
        owner=Owner(str(row.owner_id), row.owner_name),
        modified_at=row.modified_at,
        modified_by=row.modifier_name,
        may_edit=access.may(kind).edit,
        open_deals=deals,
    )


def _open_deals(connection: Connection, access: Access, language: Language, contacts: set[int]) -> dict[int, list[Deal]]:
    deals: dict[int, list[Deal]] = defaultdict(list)
    if not contacts:
        return deals
    for row in connection.execute(_OPEN_DEALS, {"contacts": sorted(contacts), "org_id": access.org_id}):
        deals[row.contact_id].append(
            Deal(
                id=str(row.id),
                name=row.name,
                stage=language.text(row.stage) if row.stage else "",
                amount=row.amount,
                currency=row.currency,
                closing_on=row.closing_on,
            )
        )
    return deals
