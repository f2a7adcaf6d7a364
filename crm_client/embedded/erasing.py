"""Taking out of the embedded CRM: a whole organisation, somebody who was its user, one record."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from crm_client.embedded.tables import (
    AccountRow,
    AddressRow,
    DealRow,
    EmailRow,
    FieldRow,
    FileRow,
    NoteRow,
    OrgRow,
    ProfileRow,
    RecordRow,
    RoleRow,
    TaskRow,
    UserRow,
)
from db import table

_file, _email, _record, _user, _org = (table(row) for row in (FileRow, EmailRow, RecordRow, UserRow, OrgRow))
_OF_RECORDS = tuple(table(row) for row in (EmailRow, NoteRow, TaskRow, AddressRow))
_deal = table(DealRow)
# What refers to others goes before them.
_OF_ORGANISATION = (*_OF_RECORDS, _deal, _record, *(table(row) for row in (AccountRow, FieldRow, UserRow, RoleRow, ProfileRow)))
TABLES = (_file.name, *(one.name for one in _OF_ORGANISATION), _org.name)


def erase_organisation(connection: Connection, org_id: int) -> Mapping[str, int]:
    """Everything of it. How many rows went, by table."""
    mails = select(_email.c.id).where(_email.c.org_id == org_id)
    counts = {_file.name: _gone(connection, _file, _file.c.email_id.in_(mails))}
    for one in _OF_ORGANISATION:
        counts[one.name] = _gone(connection, one, one.c.org_id == org_id)
    counts[_org.name] = _gone(connection, _org, _org.c.id == org_id)
    return counts


def retire_user(connection: Connection, org_id: int, email: str, pseudonym: str) -> int:
    """A user without name and address, who cannot come in; what he owned and wrote is the organisation's and stays."""
    his = (_user.c.org_id == org_id, _user.c.email == email.lower())
    values = {"name": "", "email": f"{pseudonym}@erased.invalid", "active": False}
    return connection.execute(update(_user).where(*his).values(values)).rowcount


def erase_record(connection: Connection, org_id: int, record_id: int) -> Mapping[str, int]:
    """A lead or contact with its mails, notes, tasks and deals. How many rows went, by table."""
    if connection.execute(select(_record.c.id).where(_record.c.id == record_id, _record.c.org_id == org_id)).one_or_none() is None:
        return {}
    mails = select(_email.c.id).where(_email.c.record_id == record_id)
    counts = {_file.name: _gone(connection, _file, _file.c.email_id.in_(mails))}
    for one in _OF_RECORDS:
        counts[one.name] = _gone(connection, one, one.c.record_id == record_id)
    counts[_deal.name] = _gone(connection, _deal, _deal.c.contact_id == record_id)
    counts[_record.name] = _gone(connection, _record, _record.c.id == record_id)
    return counts


def _gone(connection: Connection, which: Table, where: ColumnElement[bool]) -> int:
    return connection.execute(delete(which).where(where)).rowcount
