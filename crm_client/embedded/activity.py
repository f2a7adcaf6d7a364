"""Notes and tasks of a record. The unique key of the click decides every race."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select
from sqlalchemy.engine import Row

from crm_client.embedded.access import Access
from crm_client.embedded.mails import LONGEST_TEXT, emails_of
from crm_client.embedded.rows import number_of, require_record
from crm_client.embedded.store import reading, writing
from crm_client.embedded.tables import NoteRow, TaskRow, UserRow
from crm_client.errors import FieldProblem, Problem, Rejected, Unavailable
from crm_client.records import NOTE_TEXT, OWNER_ID, TASK_TITLE, Activity, NewTask, Note, Owner, Ref, Task
from crm_client.text import lines, one_line
from db import Database, now, table

MAX_SHOWN = 20
LONGEST_TITLE = 255

_note = table(NoteRow)
_task = table(TaskRow)
_user = table(UserRow)

_NOTES: Select[Any] = select(_note.c.id, _note.c.text, _note.c.written_at, _user.c.name.label("author")).join(
    _user, _user.c.id == _note.c.author_id
)
_TASKS: Select[Any] = select(_task.c.id, _task.c.title, _task.c.due_on, _task.c.owner_id, _user.c.name.label("owner_name")).join(
    _user, _user.c.id == _task.c.owner_id
)
_NEWEST_NOTES = (
    _NOTES.where(_note.c.record_id == bindparam("record")).order_by(_note.c.written_at.desc(), _note.c.id.desc()).limit(MAX_SHOWN)
)
_OPEN_TASKS = (
    _TASKS.where(_task.c.record_id == bindparam("record"), _task.c.done.is_(False))
    # Databases differ in where they put NULL: say it.
    .order_by(_task.c.due_on.is_(None), _task.c.due_on, _task.c.id)
    .limit(MAX_SHOWN)
)
_NOTE_OF_KEY = _NOTES.where(_note.c.org_id == bindparam("org_id"), _note.c.create_key == bindparam("key"))
_TASK_OF_KEY = _TASKS.where(_task.c.org_id == bindparam("org_id"), _task.c.create_key == bindparam("key"))
_ACTIVE = select(_user.c.id).where(_user.c.org_id == bindparam("org_id"), _user.c.id == bindparam("id"), _user.c.active.is_(True))


def activity_of(connection: Connection, access: Access, ref: Ref) -> Activity:
    """Forbidden, NotFound."""
    record = require_record(connection, access, ref)
    return Activity(
        emails=emails_of(connection, record),
        notes=tuple(_to_note(row) for row in connection.execute(_NEWEST_NOTES, {"record": record})),
        tasks=tuple(_to_task(row) for row in connection.execute(_OPEN_TASKS, {"record": record})),
    )


def note_of_key(connection: Connection, access: Access, key: str) -> Note | None:
    """The note that was made with this key."""
    row = connection.execute(_NOTE_OF_KEY, {"org_id": access.org_id, "key": key}).one_or_none()
    return None if row is None else _to_note(row)


def task_of_key(connection: Connection, access: Access, key: str) -> Task | None:
    """The task that was made with this key, done or not."""
    row = connection.execute(_TASK_OF_KEY, {"org_id": access.org_id, "key": key}).one_or_none()
    return None if row is None else _to_task(row)


def checked_text(text: str) -> str:
    """A note's text as it is kept. Rejected."""
    kept = lines(text)
    if problem := _length_problem(NOTE_TEXT, kept, LONGEST_TEXT):
        raise Rejected((problem,))
    return kept


def checked_owner(connection: Connection, access: Access, owner_id: str) -> int:
    """Whose it is to be; "" is the caller. Rejected (field "owner_id"): no active user."""
    owner = number_of(owner_id) if owner_id else access.user_id
    if owner is None or connection.execute(_ACTIVE, {"org_id": access.org_id, "id": owner}).one_or_none() is None:
        raise Rejected((FieldProblem(OWNER_ID, Problem.NOT_A_CHOICE),))
    return owner


def checked_task(connection: Connection, access: Access, task: NewTask) -> NewTask:
    """As it is kept, with its owner. Rejected, with all problems at once."""
    kept = replace(task, title=one_line(task.title), owner_id=task.owner_id or str(access.user_id))
    problems = [problem] if (problem := _length_problem(TASK_TITLE, kept.title, LONGEST_TITLE)) else []
    owner = number_of(kept.owner_id)
    if owner is None or connection.execute(_ACTIVE, {"org_id": access.org_id, "id": owner}).one_or_none() is None:
        problems.append(FieldProblem(OWNER_ID, Problem.NOT_A_CHOICE))
    if problems:
        raise Rejected(tuple(problems))
    return kept


def make_note(database: Database, access: Access, record_id: int, text: str, key: str) -> Note:
    """`text` is checked. A key that was used gives the note it made."""
    values = {"record_id": record_id, "author_id": access.user_id, "text": text, "written_at": now()}
    _insert(database, access, _note, values, key)
    with reading(database) as connection:
        made = note_of_key(connection, access, key)
    if made is None:
        raise Unavailable("a note went away while it was made")
    return made


def make_task(database: Database, access: Access, record_id: int, task: NewTask, key: str) -> Task:
    """`task` is checked. A key that was used gives the task it made."""
    values = {"record_id": record_id, "owner_id": int(task.owner_id), "title": task.title, "due_on": task.due_on, "done": False}
    _insert(database, access, _task, {**values, "created_at": now()}, key)
    with reading(database) as connection:
        made = task_of_key(connection, access, key)
    if made is None:
        raise Unavailable("a task went away while it was made")
    return made


def _insert(database: Database, access: Access, into: Table, values: dict[str, object], key: str) -> None:
    with writing(database) as connection:
        connection.execute(database.insert_or_ignore(into, {"org_id": access.org_id, "create_key": key, **values}))


def _length_problem(field: str, text: str, longest: int) -> FieldProblem | None:
    if not text:
        return FieldProblem(field, Problem.MISSING)
    return FieldProblem(field, Problem.TOO_LONG, longest) if len(text) > longest else None


def _to_note(row: Row[Any]) -> Note:
    return Note(str(row.id), row.text, row.author, row.written_at)


def _to_task(row: Row[Any]) -> Task:
    return Task(str(row.id), row.title, Owner(str(row.owner_id), row.owner_name), row.due_on)
