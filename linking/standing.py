"""What a first card needs to know of links and errands, in one query: it is on the path of every open mail."""

from sqlalchemy import bindparam, literal, select, union_all

from db import Database, table
from linking.lanes import read_entry
from linking.ledger import read_link
from linking.outcomes import Standing
from linking.tables import MailLinkRow, OutboxRow

MOST_ENTRIES = 10

_link = table(MailLinkRow)
_item = table(OutboxRow)

_ENTRIES = (
    select(_item)
    .where(_item.c.org == bindparam("org"), _item.c.person_id == bindparam("person_id"), _item.c.seen.is_(False))
    .order_by(_item.c.id)
    .limit(MOST_ENTRIES)
    .subquery()
)
# The two halves have the same columns: those of the one, under the names of the other.
STANDING = union_all(
    select(
        literal(1).label("is_link"),
        _link.c.id,
        literal("").label("work"),
        _link.c.record_name.label("name"),
        _link.c.state,
        _link.c.made_at,
        _link.c.message_key,
        _link.c.kind.label("ref_kind"),
        _link.c.record_id.label("ref_id"),
        literal("").label("reason"),
        literal([], _item.c.problems.type).label("problems"),
        _link.c.person_id,
        _link.c.person_name,
    ).where(_link.c.org == bindparam("org"), _link.c.message_key == bindparam("message_key")),
    select(
        literal(0),
        _ENTRIES.c.id,
        _ENTRIES.c.work,
        _ENTRIES.c.name,
        _ENTRIES.c.state,
        _ENTRIES.c.made_at,
        _ENTRIES.c.message_key,
        _ENTRIES.c.ref_kind,
        _ENTRIES.c.ref_id,
        _ENTRIES.c.reason,
        _ENTRIES.c.problems,
        _ENTRIES.c.person_id,
        literal(""),
    ),
)


def find_standing(database: Database, org: str, person_id: int, message_key: str) -> Standing:
    with database.read() as connection:
        rows = connection.execute(STANDING, {"org": org, "person_id": person_id, "message_key": message_key}).all()
    link = next((read_link(row) for row in rows if row.is_link), None)
    return Standing(link, tuple(read_entry(row) for row in sorted(rows, key=lambda row: row.id) if not row.is_link))
