"""Who did what to which record: for the administrator to search and take along. Never a mail's content, never a field's value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal, or_, select
from sqlalchemy.engine import Row

from crm_client.records import Ref
from db import Database, now, table
from tenants.people import Person
from tenants.tables import AuditRow, ConnectionRow, IndividualInstallRow, PersonRow

PAGE = 50
_STREAMED_AT_ONCE = 500

_entry = table(AuditRow)
_person = table(PersonRow)
_connection = table(ConnectionRow)
_individual = table(IndividualInstallRow)


class Action(StrEnum):
    SIGNED_IN = "signed in"
    INSTALLED = "installed"
    UNINSTALLED = "uninstalled"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SHARED_CONNECTION = "shared connection set"
    ADDED = "record added"
    UPDATED = "record changed"
    LINKED = "mail linked"
    NOTED = "note added"
    TASKED = "task added"
    POLICY_CHANGED = "policy changed"
    PERSON_MATCHED = "person matched"
    EXPORTED = "exported"
    ERASED = "erased"
    HANDED_OVER = "handed over"
    ADMINISTRATOR_PROVEN = "administrator proven"
    MAILBOX_CONNECTED = "mailbox connected"
    MAILBOX_REMOVED = "mailbox removed"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """`detail` names what was touched (fields, settings), not what they hold. `actor` is "" for Sidecard itself."""

    id: int
    at: datetime
    actor: str
    action: Action
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Newest first. `next_before` asks for the next page; None on the last."""

    lines: tuple[AuditLine, ...]
    next_before: int | None


def _tied(workspace: Any) -> Any:
    """The workspace, if it is connected to the organisation the errand went to."""
    return (
        select(_connection.c.workspace_id)
        .where(_connection.c.workspace_id == workspace, _connection.c.kind + ":" + _connection.c.org_id == bindparam("org"))
        .scalar_subquery()
    )


_AT = bindparam("at", type_=_entry.c.at.type)
# In the transaction that marks an errand done: one statement. Work in somebody's own organisation is his own log's, not his company's.
_DONE = _entry.insert().from_select(
    ["workspace_id", "at", "actor_id", "actor", "action", "subject", "detail"],
    select(
        func.coalesce(_tied(_person.c.workspace_id), _tied(_individual.c.workspace_id), _person.c.workspace_id),
        _AT,
        _person.c.id,
        _person.c.name + " <" + _person.c.email + ">",
        bindparam("action", type_=_entry.c.action.type),
        bindparam("subject", type_=_entry.c.subject.type),
        bindparam("detail", type_=_entry.c.detail.type),
    )
    .outerjoin(_individual, _individual.c.person_id == _person.c.id)
    .where(_person.c.id == bindparam("person_id")),
)


class Audit:
    """The log of all companies. Every reading is of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        workspace_id: int,
        by: Person | None,
        action: Action,
        subject: Ref | str = "",
        detail: str = "",
        connection: Connection | None = None,
    ) -> None:
        """Write one line, in the caller's transaction where he has one. `by` None: Sidecard itself."""
        line = _entry.insert().values(
            workspace_id=workspace_id,
            at=now(),
            actor_id=by.id if by else None,
            actor=f"{by.name} <{by.email}>" if by else "",
            action=action.value,
            subject=str(subject),
            detail=detail,
        )
        if connection is not None:
            connection.execute(line)
            return
        with self._database.write() as own:
            own.execute(line)

    def note_done(self, connection: Connection, org: str, person_id: int, action: Action, ref: Ref, fields: Sequence[str] = ()) -> None:
        """An errand of this person has been done in this CRM organisation (`str(Target)`)."""
        values = {"org": org, "person_id": person_id, "at": now(), "action": action.value, "subject": str(ref), "detail": ", ".join(fields)}
        connection.execute(_DONE, values)

    def search(self, workspace_id: int, text: str = "", action: Action | None = None, before: int | None = None) -> AuditPage:
        """Fifty lines whose actor, subject or detail contains the text."""
        query = _of(workspace_id, text, action).order_by(_entry.c.id.desc()).limit(PAGE + 1)
        if before is not None:
            query = query.where(_entry.c.id < before)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        lines = tuple(_read(row) for row in rows[:PAGE])
        return AuditPage(lines, lines[-1].id if len(rows) > PAGE else None)

    def rows(self, workspace_id: int, text: str = "", action: Action | None = None, since: datetime | None = None) -> Iterator[AuditLine]:
        """All of them, oldest first, a few hundred at a time: however long the log is, it never stands in memory as a whole."""
        after = 0
        query = _of(workspace_id, text, action).order_by(_entry.c.id).limit(_STREAMED_AT_ONCE)
        if since is not None:
            query = query.where(_entry.c.at >= since)
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(_entry.c.id > after)).all()
            yield from (_read(row) for row in rows)
            if len(rows) < _STREAMED_AT_ONCE:
                return
            after = rows[-1].id


def _of(workspace_id: int, text: str, action: Action | None) -> Select[Any]:
    query = select(_entry).where(_entry.c.workspace_id == workspace_id)
    if text:
        query = query.where(
            or_(*(column.icontains(text, autoescape=True) for column in (_entry.c.actor, _entry.c.subject, _entry.c.detail)))
        )
    if action is not None:
        query = query.where(_entry.c.action == literal(action.value))
    return query


def _read(row: Row[Any]) -> AuditLine:
    return AuditLine(id=row.id, at=row.at, actor=row.actor, action=Action(row.action), subject=row.subject, detail=row.detail)
