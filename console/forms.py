"""The two forms of a record's page: add a note, add a task. What was typed comes back with what is wrong with it."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from werkzeug.datastructures import MultiDict

from crm_client.errors import FieldProblem, Problem, Rejected
from crm_client.port import Crm
from crm_client.records import DUE_ON, NOTE_TEXT, OWNER_ID, TASK_TITLE, NewTask, Ref
from i18n import Language

_KEY = re.compile(r"[0-9a-f]{32}")

Typed = MultiDict[str, str]


def _new_key() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class NoteForm:
    """What stands in the form. `key` names this drawing of it; `problems` are words by field."""

    key: str = field(default_factory=_new_key)
    text: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskForm:
    """As `NoteForm`. `due_on` is as the browser sends a date; "" for `owner_id` is the caller."""

    key: str = field(default_factory=_new_key)
    title: str = ""
    due_on: str = ""
    owner_id: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


def read_note(typed: Typed) -> NoteForm:
    return NoteForm(_key(typed), typed.get(NOTE_TEXT, ""))


def read_task(typed: Typed) -> TaskForm:
    return TaskForm(_key(typed), typed.get(TASK_TITLE, ""), typed.get(DUE_ON, "").strip(), typed.get(OWNER_ID, ""))


def send_note(crm: Crm, language: Language, ref: Ref, form: NoteForm) -> NoteForm | None:
    """None: the note is made. Else the form as it goes back. CrmError."""
    try:
        crm.add_note(ref, form.text, _click(form.key, ref, form.text))
    except Rejected as refused:
        return replace(form, problems=_in_words(language, refused.fields))
    return None


def send_task(crm: Crm, language: Language, ref: Ref, form: TaskForm) -> TaskForm | None:
    """None: the task is made. Else the form as it goes back. CrmError."""
    try:
        due_on = date.fromisoformat(form.due_on) if form.due_on else None
    except ValueError:
        return replace(form, problems=_in_words(language, (FieldProblem(DUE_ON, Problem.NOT_A_DATE),)))
    try:
        crm.add_task(ref, NewTask(form.title, due_on, form.owner_id), _click(form.key, ref, form.title, form.due_on, form.owner_id))
    except Rejected as refused:
        return replace(form, problems=_in_words(language, refused.fields))
    return None


def _key(typed: Typed) -> str:
    """A form without the key of its drawing is a click of its own."""
    given = typed.get("key", "")
    return given if _KEY.fullmatch(given) else _new_key()


def _click(key: str, *typed: object) -> str:
    """Sent twice, a form counts once; gone back to and filled in differently, it is another click."""
    written = "\0".join(str(part) for part in typed)
    return f"{key}:{hashlib.sha256(written.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _in_words(language: Language, problems: tuple[FieldProblem, ...]) -> dict[str, str]:
    return {problem.field: _words(language, problem) for problem in problems}


def _words(language: Language, problem: FieldProblem) -> str:
    match problem.problem:
        case Problem.MISSING:
            return language.text("A task needs a title.") if problem.field == TASK_TITLE else language.text("Write something first.")
        case Problem.TOO_LONG if problem.limit is not None:
            return language.text("At most {limit} characters are possible.", limit=language.number(problem.limit))
        case Problem.NOT_A_DATE:
            return language.text("This is not a date.")
        case Problem.NOT_A_CHOICE:
            return language.text("Choose somebody from the list.")
        case _:
            return language.text("The CRM does not take this.")
