"""What happened with a record and what is to be done: its mails, notes and open tasks; notes and tasks made.

Zoho knows no keys. After an attempt whose end nobody knows, what the caller made on this record since, and which says the
same, is that attempt's.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from crm_client.errors import CrmError, FieldProblem, Forbidden, NotFound, Problem, Rejected, Unavailable
from crm_client.records import NOTE_TEXT, OWNER_ID, TASK_TITLE, Activity, Kind, NewTask, Note, Owner, Ref, Task
from crm_client.text import lines, one_line
from crm_client.zoho.answers import Row, day, moment, part, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.mails import emails, record_path
from crm_client.zoho.names import MODULES
from crm_client.zoho.people import People

SHOWN = 20
PAGE = 200
LONGEST_NOTE = 32_000
LONGEST_TITLE = 255
CLOCKS_APART = timedelta(minutes=2)
"""Zoho's clock and ours may differ by so much."""
DONE = "completed"

_NOTE_FIELDS = "Note_Title,Note_Content,Owner,Created_By,Created_Time"
_TASK_FIELDS = "Subject,Due_Date,Status,Owner,Closed_Time,Created_By,Created_Time"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_T = TypeVar("_T")


def activity(api: ZohoApi, ref: Ref) -> Activity:
    """Three calls at the same time.

    One composite call would count as five concurrent ones, give no more than 25 tasks (which Zoho does not sort by due
    date), and whether it may list emails is documented nowhere.
    """
    with ThreadPoolExecutor(2) as pool:
        asked_mails = pool.submit(_attempted, partial(emails, api, ref))
        asked_tasks = pool.submit(_attempted, partial(_open_tasks, api, ref))
        notes = _attempted(partial(_newest_notes, api, ref))
        mails, tasks = asked_mails.result(), asked_tasks.result()
    refused = [answer for answer in (mails, notes, tasks) if isinstance(answer, CrmError)]
    gone = [error for error in refused if isinstance(error, NotFound)]
    if gone or len(refused) == len(Activity.__slots__):
        raise (gone or refused)[0]
    return Activity(_given(mails), _given(notes), _given(tasks))


def add_note(api: ZohoApi, ref: Ref, words: str, tried_at: datetime | None = None) -> Note:
    """Rejected (field "text"), NotFound, Forbidden."""
    words = lines(words)
    _require(_length_problems(NOTE_TEXT, words, LONGEST_NOTE))
    if tried_at is not None:
        for row in _mine_since(api, ref, "Notes", _NOTE_FIELDS, tried_at):
            if _same(string(row.get("Note_Content")), words):
                return _note(row)
    made = _made(api.tell("POST", f"{record_path(ref)}/Notes", {"data": [{"Note_Content": words}]}))
    return Note(string(made.get("id")), words, part(made, "Created_By", "name"), moment(made.get("Created_Time")) or datetime.now(UTC))


def add_task(api: ZohoApi, people: People, ref: Ref, task: NewTask, tried_at: datetime | None = None) -> Task:
    """Rejected (fields "title", "due_on", "owner_id"), NotFound, Forbidden. Its status is what the organisation starts tasks with."""
    title = one_line(task.title)
    path, me = record_path(ref), api.grant.user_id
    owner = Owner(task.owner_id or me, "")
    problems = _length_problems(TASK_TITLE, title, LONGEST_TITLE)
    if owner.id != me:
        found = _colleague(api, people, owner.id)
        owner = found or owner
        problems += () if found else (FieldProblem(OWNER_ID, Problem.NOT_A_CHOICE),)
    _require(problems)
    if tried_at is not None:
        for row in _mine_since(api, ref, "Tasks", _TASK_FIELDS, tried_at):
            there = _task(row)
            if _same(there.title, title) and (there.due_on, there.owner.id) == (task.due_on, owner.id):
                return there
    try:
        made = _made(api.tell("POST", "/Tasks", {"data": [_task_body(ref, title, task.due_on, owner.id)]}))
    except Rejected as refused:
        # To Zoho the record is a value of the task like any other.
        if any(problem.field in ("Who_Id", "What_Id") for problem in refused.fields):
            raise NotFound(path) from refused
        raise
    return Task(string(made.get("id")), title, owner if owner.name else Owner(me, part(made, "Created_By", "name")), task.due_on)


def _task_body(ref: Ref, title: str, due_on: date | None, owner_id: str) -> dict[str, Any]:
    # Who_Id is for contacts alone; whatever else a task is about is What_Id, with its module named.
    about: dict[str, Any] = (
        {"Who_Id": {"id": ref.id}} if ref.kind is Kind.CONTACT else {"What_Id": {"id": ref.id}, "$se_module": MODULES[ref.kind]}
    )
    due = {"Due_Date": due_on.isoformat()} if due_on else {}
    return {"Subject": title, "Owner": {"id": owner_id}, **due, **about}


def _newest_notes(api: ZohoApi, ref: Ref) -> tuple[Note, ...]:
    notes = [_note(row) for row in _listed(api, ref, "Notes", _NOTE_FIELDS)]
    return tuple(sorted(notes, key=lambda note: note.written_at, reverse=True)[:SHOWN])


def _open_tasks(api: ZohoApi, ref: Ref) -> tuple[Task, ...]:
    """Organisations may call their states what they like; a task that was closed has a time when."""
    tasks = [
        _task(row)
        for row in _listed(api, ref, "Tasks", _TASK_FIELDS)
        if string(row.get("Status")).casefold() != DONE and not string(row.get("Closed_Time"))
    ]
    return tuple(sorted(tasks, key=lambda task: (task.due_on or date.max, task.id))[:SHOWN])


def _listed(api: ZohoApi, ref: Ref, related: str, fields: str) -> tuple[Row, ...]:
    return rows(api.ask(Read(f"{record_path(ref)}/{related}", (("fields", fields), ("per_page", str(PAGE))))), "data")


def _mine_since(api: ZohoApi, ref: Ref, related: str, fields: str, tried_at: datetime) -> Iterator[Row]:
    me, since = api.grant.user_id, tried_at - CLOCKS_APART
    for row in _listed(api, ref, related, fields):
        if part(row, "Created_By", "id") == me and (moment(row.get("Created_Time")) or _LONG_AGO) >= since:
            yield row


def _colleague(api: ZohoApi, people: People, user_id: str) -> Owner | None:
    """Where colleagues may not be asked for, Zoho is left to refuse; so it is with one who left in these ten minutes."""
    try:
        return next((Owner(user.id, user.name) for user in people.users(api) if user.id == user_id), None)
    except Forbidden:
        return Owner(user_id, "")


def _note(row: Row) -> Note:
    said = "\n".join(line for line in (string(row.get("Note_Title")), string(row.get("Note_Content"))) if line)
    author = part(row, "Created_By", "name") or part(row, "Owner", "name")
    return Note(string(row.get("id")), said, author, moment(row.get("Created_Time")) or _LONG_AGO)


def _task(row: Row) -> Task:
    owner = Owner(part(row, "Owner", "id"), part(row, "Owner", "name"))
    return Task(string(row.get("id")), string(row.get("Subject")), owner, day(row.get("Due_Date")))


def _made(answer: Any) -> Row:
    """The details of the one thing made. Unavailable: it may have been made, or not."""
    for row in rows(answer, "data"):
        details = row.get("details")
        if isinstance(details, dict) and string(details.get("id")):
            return details
    raise Unavailable("Zoho does not say what it made")


def _length_problems(field: str, words: str, limit: int) -> tuple[FieldProblem, ...]:
    if not words:
        return (FieldProblem(field, Problem.MISSING),)
    # Zoho may count in UTF-16, as Java does.
    return (FieldProblem(field, Problem.TOO_LONG, limit),) if len(words.encode("utf-16-le")) > 2 * limit else ()


def _require(problems: tuple[FieldProblem, ...]) -> None:
    if problems:
        raise Rejected(problems)


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _attempted(call: Callable[[], _T]) -> _T | CrmError:
    try:
        return call()
    except CrmError as error:
        return error


def _given(answer: _T | CrmError) -> _T | None:
    return None if isinstance(answer, CrmError) else answer
