"""Finding records: by address through the primary key of `embedded_address`, by words, page by page."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select

from crm_client.embedded.access import Access
from crm_client.embedded.rows import RECORDS, to_records
from crm_client.embedded.tables import AddressRow, RecordRow
from crm_client.errors import Forbidden
from crm_client.records import EMAIL, Hidden, Kind, Lookup, Match, RecordPage
from crm_client.text import fold
from db import table
from i18n import Language

SEARCH_PAGE = 10
LONGEST_SEARCH = 200
LAST_PAGE = 100_000
_ALL_KINDS = [kind.value for kind in Kind]

_address, _record = table(AddressRow), table(RecordRow)

_BY_ADDRESS = RECORDS.add_columns(_address.c.address, _address.c.field).join(
    _address,
    (_address.c.record_id == _record.c.id)
    & (_address.c.org_id == bindparam("org_id"))
    & _address.c.kind.in_(bindparam("kinds", expanding=True))
    & _address.c.address.in_(bindparam("addresses", expanding=True)),
)


def look_up(connection: Connection, access: Access, language: Language, addresses: Sequence[str]) -> Lookup:
    """One query, and one for open deals if a contact matched."""
    # No kept address has unprintable characters, and PostgreSQL cannot even be asked for some of them.
    place = {address: index for index, address in enumerate(dict.fromkeys(addresses)) if address.isprintable()}
    if not place:
        return Lookup()
    rows = connection.execute(_BY_ADDRESS, {"org_id": access.org_id, "kinds": _ALL_KINDS, "addresses": list(place)}).all()
    rows = sorted(rows, key=lambda row: (row.kind != Kind.CONTACT, row.field != EMAIL, place[row.address], row.id))
    seen = [row for row in rows if access.may(Kind(row.kind)).view]
    records = to_records(connection, access, language, seen)
    return Lookup(
        matches=tuple(Match(row.address, row.field, record) for row, record in zip(seen, records, strict=True)),
        hidden=tuple(Hidden(row.address, Kind(row.kind)) for row in rows if not access.may(Kind(row.kind)).view),
    )


def search_records(connection: Connection, access: Access, language: Language, text: str, page: int) -> RecordPage:
    """All words must occur in name, company or addresses. First those whose name begins with the text, then by name. Forbidden."""
    if not access.viewable:
        raise Forbidden(f"user {access.user_id} may view no records")
    sought = fold(text[:LONGEST_SEARCH])
    if not sought:
        return RecordPage((), 1, None, 0)
    conditions: list[ColumnElement[bool]] = [_record.c.kind.in_([kind.value for kind in access.viewable])]
    conditions += [_record.c.search_text.contains(word, autoescape=True) for word in sought.split()]
    starts = _record.c.search_text.startswith(sought, autoescape=True) | _record.c.sort_name.startswith(sought, autoescape=True)
    query = RECORDS.where(*conditions).order_by(case((starts, 0), else_=1), _record.c.sort_name, _record.c.id)
    count = select(func.count()).select_from(_record).where(_record.c.org_id == bindparam("org_id"), *conditions)
    page = min(max(page, 1), LAST_PAGE)
    total = connection.execute(count, {"org_id": access.org_id}).scalar_one()
    rows = connection.execute(query.limit(SEARCH_PAGE).offset((page - 1) * SEARCH_PAGE), {"org_id": access.org_id}).all()
    return RecordPage(to_records(connection, access, language, rows), page, page + 1 if page * SEARCH_PAGE < total else None, total)
