"""The list page of the console: all records of a kind by name. The port has no such verb, since no card needs it."""

from sqlalchemy import bindparam, func, select

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.lookup import LAST_PAGE
from crm_client.embedded.rows import RECORDS, to_records
from crm_client.embedded.tables import RecordRow
from crm_client.records import Kind, RecordPage
from db import table

LIST_PAGE = 25

_record = table(RecordRow)
_LIST = (
    RECORDS.where(_record.c.kind == bindparam("kind"))
    .order_by(_record.c.sort_name, _record.c.id)
    .limit(LIST_PAGE)
    .offset(bindparam("skipped"))
)
_COUNT = select(func.count()).select_from(_record).where(_record.c.org_id == bindparam("org_id"), _record.c.kind == bindparam("kind"))


def list_records(crm: EmbeddedCrm, kind: Kind, page: int = 1) -> RecordPage:
    """25 a page, by last name. Forbidden and whatever every call of the port may raise."""
    page = min(max(page, 1), LAST_PAGE)
    with crm.entered() as (connection, access):
        access.require_view(kind)
        asked = {"org_id": access.org_id, "kind": kind.value}
        total = connection.execute(_COUNT, asked).scalar_one()
        rows = connection.execute(_LIST, {**asked, "skipped": (page - 1) * LIST_PAGE}).all()
        records = to_records(connection, access, crm.language, rows)
    return RecordPage(records, page, page + 1 if page * LIST_PAGE < total else None, total)
