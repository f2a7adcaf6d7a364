"""What happened with a record and what is to be done: tasks, notes, e-mails; and the forms for a note and for a task."""

from dataclasses import dataclass
from datetime import date

from addon.cards.actions import Action, SaveNote, SaveTask, ShowActivity, ShowNote, ShowReturned, ShowTask
from addon.cards.standing import waiting_sections
from addon.cards.state import outage_section, problem_section
from addon.cards.text import clean, lines, rich, warning
from addon.cards.trouble import Trouble
from addon.cards.widgets import (
    Button,
    Card,
    DatePicker,
    DecoratedText,
    Footer,
    Icon,
    MenuEntry,
    Option,
    Press,
    Section,
    Selection,
    SelectionType,
    TextInput,
    TextParagraph,
    Widget,
)
from crm_client.errors import FieldProblem, Problem
from crm_client.records import DUE_ON, OWNER_ID, TASK_TITLE, Activity, EmailEntry, Note, Ref, Task
from i18n import Language
from linking.outcomes import Entry

NOTE_FIELD = "note"
TITLE_FIELD = "task.title"
DUE_FIELD = "task.due"
OWNER_FIELD = "task.owner"

LONGEST_NOTE = 10_000
LONGEST_TITLE = 255
EMAILS = 10
SHOWN = 3
_NOTE_SHOWN = 240


@dataclass(frozen=True, slots=True)
class ActivityView:
    """`today` is the reader's day. `activity` is None where the CRM could not be asked: `trouble` says why, if it was asked.
    `entries`: what waits to be delivered to this record. `shared`: the reader works by his company's permission, which shows him less."""

    ref: Ref
    name: str
    activity: Activity | None
    today: date
    entries: tuple[Entry, ...] = ()
    trouble: Trouble | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class NoteView:
    """`reason`: why the note came back, see `cards.returned`."""

    ref: Ref
    name: str
    key: str
    text: str = ""
    problems: tuple[FieldProblem, ...] = ()
    reason: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who may own a task. The caller's own `id` is ""."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """`owners`: the caller first; `owner` is the chosen one's id."""

    ref: Ref
    name: str
    key: str
    owners: tuple[Colleague, ...]
    title: str = ""
    due_on: date | None = None
    owner: str = ""
    problems: tuple[FieldProblem, ...] = ()
    reason: str = ""
    entry: int = 0


def activity_card(view: ActivityView, language: Language) -> Card:
    sections = [] if view.trouble is None else [outage_section(view.trouble, language)]
    sections += waiting_sections(view.entries, language)
    activity = view.activity or Activity(None, None, None)
    ref = view.ref
    tasks = None if activity.tasks is None else [_task(task, view.today, language) for task in activity.tasks]
    notes = None if activity.notes is None else [_note(note, language) for note in activity.notes]
    emails = None if activity.emails is None else [_email(entry, language) for entry in activity.emails.entries[:EMAILS]]
    missing = language.text("Not shown through your company's connection.") if view.shared else language.text("Not available now.")
    sections.append(_section(language.text("Open tasks"), tasks, language.text("No open tasks."), missing))
    sections.append(_section(language.text("Notes"), notes, language.text("No notes yet."), missing))
    sections.append(_section(language.text("E-mails"), emails, language.text("No e-mails yet."), missing))
    return Card(
        title=language.text("Activity"),
        subtitle=view.name,
        sections=tuple(sections),
        footer=Footer(
            Button(language.text("Add note"), Press(ShowNote(ref.kind, ref.id, clean(view.name)))),
            Button(language.text("Add task"), Press(ShowTask(ref.kind, ref.id, clean(view.name)))),
        ),
        menu=(MenuEntry(language.text("Refresh"), Press(ShowActivity(ref.kind, ref.id, clean(view.name), again=True))),),
    )


def note_card(view: NoteView, language: Language) -> Card:
    ref, name = view.ref, clean(view.name)
    widgets: list[Widget] = [TextParagraph(warning(_note_problem(problem, language))) for problem in view.problems]
    widgets.append(TextInput(NOTE_FIELD, language.text("Note"), value=view.text, multiline=True, max_length=LONGEST_NOTE))
    save = SaveNote(ref.kind, ref.id, name, view.key, view.entry)
    return Card(
        title=language.text("Add note"),
        subtitle=view.name,
        sections=(*_came_back(view.reason, language), Section(tuple(widgets))),
        footer=Footer(Button(language.text("Save"), Press(save))),
        menu=(MenuEntry(language.text("Refresh"), Press(_refresh(view, ShowNote(ref.kind, ref.id, name, again=True)))),),
    )


def task_card(view: TaskView, language: Language) -> Card:
    ref, name = view.ref, clean(view.name)
    problems = {problem.field: problem for problem in view.problems}
    fields: list[tuple[str, Widget]] = [
        (TASK_TITLE, TextInput(TITLE_FIELD, language.text("What is to be done *"), value=view.title, max_length=LONGEST_TITLE)),
        (DUE_ON, DatePicker(DUE_FIELD, language.text("Due"), view.due_on)),
        (OWNER_ID, Selection(OWNER_FIELD, language.text("Owner"), SelectionType.DROPDOWN, _owners(view))),
    ]
    widgets: list[Widget] = []
    for field, widget in fields:
        if field in problems:
            widgets.append(TextParagraph(warning(_task_problem(problems[field], language))))
        widgets.append(widget)
    save = SaveTask(ref.kind, ref.id, name, view.key, view.entry)
    return Card(
        title=language.text("Add task"),
        subtitle=view.name,
        sections=(*_came_back(view.reason, language), Section(tuple(widgets))),
        footer=Footer(Button(language.text("Save"), Press(save))),
        menu=(MenuEntry(language.text("Refresh"), Press(_refresh(view, ShowTask(ref.kind, ref.id, name, again=True)))),),
    )


def _refresh(view: NoteView | TaskView, new: Action) -> Action:
    return ShowReturned(view.entry, again=True) if view.entry else new


def _came_back(reason: str, language: Language) -> tuple[Section, ...]:
    if not reason:
        return ()
    return (problem_section(reason, language.text("Everything you typed is still here. Change it and save again.")),)


def _section(header: str, rows: list[Widget] | None, empty: str, missing: str) -> Section:
    if rows is None:
        return Section((TextParagraph(rich(missing)),), header=header)
    return Section(tuple(rows) or (TextParagraph(rich(empty)),), header=header, shown=SHOWN)


def _task(task: Task, today: date, language: Language) -> Widget:
    title, due = rich(task.title), ""
    if task.due_on is not None and task.due_on < today:
        title = lines(title, warning(language.text("Overdue since {day}", day=language.day(task.due_on))))
    elif task.due_on is not None:
        due = language.text("Due today") if task.due_on == today else language.text("Due {day}", day=language.day(task.due_on))
    return DecoratedText(title, icon=Icon.BOOKMARK, label=due, below=task.owner.name)


def _note(note: Note, language: Language) -> Widget:
    return DecoratedText(rich(note.text, _NOTE_SHOWN), icon=Icon.DOCUMENT, label=f"{note.author} · {language.day(note.written_at)}")


def _email(entry: EmailEntry, language: Language) -> Widget:
    mail = entry.mail
    people = mail.sender.name or mail.sender.address if mail.incoming else ", ".join(to.name or to.address for to in mail.to)
    if people:
        label = language.text("From {name}", name=people) if mail.incoming else language.text("To {name}", name=people)
    else:
        label = language.text("Received") if mail.incoming else language.text("Sent")
    subject = rich(mail.subject) or rich(language.text("(no subject)"))
    moment = mail.sent_at or entry.attached_at
    return DecoratedText(subject, icon=Icon.EMAIL, label=label, below=language.day(moment) if moment else "")


def _owners(view: TaskView) -> tuple[Option, ...]:
    return tuple(Option(one.name, one.id, selected=one.id == view.owner) for one in view.owners)


def _note_problem(problem: FieldProblem, language: Language) -> str:
    if problem.problem is Problem.MISSING:
        return language.text("Type the note first.")
    if problem.problem is Problem.TOO_LONG:
        return _too_long(language.text("Note"), problem.limit or LONGEST_NOTE, language)
    return language.text("The CRM does not take this note.")


def _task_problem(problem: FieldProblem, language: Language) -> str:
    if problem.field == OWNER_ID:
        return language.text("The CRM does not take this owner.")
    if problem.field == DUE_ON:
        return language.text("The CRM does not take this day.")
    if problem.problem is Problem.MISSING:
        return language.text("Say what is to be done.")
    if problem.problem is Problem.TOO_LONG:
        return _too_long(language.text("Task"), problem.limit or LONGEST_TITLE, language)
    return language.text("The CRM does not take this task.")


def _too_long(field: str, limit: int, language: Language) -> str:
    return language.plural("{field}: at most {count} character.", "{field}: at most {count} characters.", limit, field=field)
