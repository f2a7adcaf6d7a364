"""The embedded CRM's pages: leads, contacts, one record with what happened with it and what is to be done."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, request

from console.crm import CRM, kind_named, open_embedded, record_path
from console.email_list import EmailList, EmailLists
from console.forms import NoteForm, TaskForm, read_note, read_task, send_note, send_task
from console.pages import Pages, Paging, page_number, see_other
from console.visitors import HOME, Visitors
from crm_client.embedded.activity import MAX_SHOWN
from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.listing import list_records
from crm_client.open import CrmKind, Crms
from crm_client.records import COMPANY, Deal, Field, FieldType, Kind, Note, Record, RecordPage, Ref, Task, User
from db import now
from i18n import Language
from tenants.people import Caller

MAX_QUERY = 200


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A line of the list."""

    url: str
    kind: str
    record: Record


@dataclass(frozen=True, slots=True)
class ListView:
    title: str
    tabs: tuple[Tab, ...]
    query: str
    records: tuple[ListedRecord, ...]
    total: int | None
    paging: Paging


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A field as it is read: `href` where it can be followed, `long` where it has lines of its own."""

    label: str
    text: str
    href: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class ShownDeal:
    deal: Deal
    amount: str
    closing: str


@dataclass(frozen=True, slots=True)
class ShownTask:
    task: Task
    due: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class RecordView:
    """`added` is what was just made: "note", "task" or ""."""

    title: str
    path: str
    kind: str
    list_url: str
    list_label: str
    record: Record
    company: str
    values: tuple[ShownValue, ...]
    deals: tuple[ShownDeal, ...]
    tasks: tuple[ShownTask, ...]
    notes: tuple[Note, ...]
    most: int
    users: tuple[User, ...]
    user_id: str
    note_form: NoteForm
    task_form: TaskForm
    added: str
    emails: EmailList


def add_record_pages(console: Blueprint, pages: Pages, visitors: Visitors, crms: Crms, lists: EmailLists) -> None:
    @console.get("/crm")
    def records() -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        return _list(pages, crms, caller)

    def show(caller: Caller, crm: EmbeddedCrm, ref: Ref, note_form: NoteForm, task_form: TaskForm) -> Response:
        language, record = pages.language(), crm.get(ref)
        path = record_path(record.ref)
        emails = lists.of(language, caller, record, crm, path, request.args.get("cursor", ""))
        view = _record_view(crm, language, caller.access.user_id, record, emails, note_form, task_form)
        return pages.show("record.html", view, 422 if note_form.problems or task_form.problems else 200)

    @console.get("/crm/<kind>/<record_id>")
    def record(kind: str, record_id: str) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        return show(caller, open_embedded(crms, caller, pages.language()), Ref(kind_named(kind), record_id), NoteForm(), TaskForm())

    @console.post("/crm/<kind>/<record_id>/notes")
    def add_note(kind: str, record_id: str) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        language = pages.language()
        crm, ref = open_embedded(crms, caller, language), Ref(kind_named(kind), record_id)
        back = send_note(crm, language, ref, read_note(request.form))
        return show(caller, crm, ref, back, TaskForm()) if back else see_other(f"{record_path(ref)}?added=note#notes")

    @console.post("/crm/<kind>/<record_id>/tasks")
    def add_task(kind: str, record_id: str) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        language = pages.language()
        crm, ref = open_embedded(crms, caller, language), Ref(kind_named(kind), record_id)
        back = send_task(crm, language, ref, read_task(request.form))
        return show(caller, crm, ref, NoteForm(), back) if back else see_other(f"{record_path(ref)}?added=task#tasks")


def _list(pages: Pages, crms: Crms, caller: Caller) -> Response:
    if caller.access.target.kind is not CrmKind.EMBEDDED:
        # Any other CRM has pages of its own; links of old lead here.
        return see_other(HOME)
    language = pages.language()
    crm, query = open_embedded(crms, caller, language), request.args.get("q", "").strip()[:MAX_QUERY]
    user = crm.whoami().user
    kinds = tuple(kind for kind in Kind if user.may(kind).view)
    kind = kind_named(request.args["kind"]) if "kind" in request.args else next(iter(kinds), Kind.LEAD)
    found = crm.search(query, page_number()) if query else list_records(crm, kind, page_number())
    return pages.show("records.html", _list_view(language, kinds, None if query else kind, query, found))


def _many(language: Language, kind: Kind) -> str:
    return language.text("Leads") if kind is Kind.LEAD else language.text("Contacts")


def _one(language: Language, kind: Kind) -> str:
    return language.text("Lead") if kind is Kind.LEAD else language.text("Contact")


def _list_view(language: Language, kinds: tuple[Kind, ...], kind: Kind | None, query: str, found: RecordPage) -> ListView:
    """`kinds` are those the user may see; `kind` is None for what a search found."""
    tabs = tuple(Tab(_many(language, entry), f"{CRM}?kind={entry}", entry is kind) for entry in kinds)
    asked = {"q": query} if kind is None else {"kind": kind.value}
    return ListView(
        title=language.text("Search results") if kind is None else _many(language, kind),
        tabs=tabs,
        query=query,
        records=tuple(ListedRecord(record_path(record.ref), _one(language, record.ref.kind), record) for record in found.records),
        total=found.total,
        paging=_paging(CRM, asked, found.page, found.next_page),
    )


def _paging(path: str, asked: dict[str, str], page: int, next_page: int | None) -> Paging:
    def url(number: int) -> str:
        return f"{path}?{urlencode({**asked, 'page': number})}"

    return Paging(page, url(page - 1) if page > 1 else None, url(next_page) if next_page is not None else None)


def _record_view(
    crm: EmbeddedCrm, language: Language, user_id: str, record: Record, emails: EmailList, note_form: NoteForm, task_form: TaskForm
) -> RecordView:
    ref, added, activity = record.ref, request.args.get("added", ""), crm.activity(record.ref)
    return RecordView(
        title=record.name,
        path=record_path(ref),
        kind=_one(language, ref.kind),
        list_url=f"{CRM}?kind={ref.kind}",
        list_label=_many(language, ref.kind),
        record=record,
        company=record.value(COMPANY),
        values=tuple(_shown(language, field, record.value(field.name)) for field in crm.describe(ref.kind).fields),
        deals=tuple(_shown_deal(language, deal) for deal in record.open_deals),
        # None is for CRMs that keep a part to themselves; ours gives all.
        tasks=tuple(_shown_task(language, task) for task in activity.tasks or ()),
        notes=activity.notes or (),
        most=MAX_SHOWN,
        users=crm.users(),
        user_id=user_id,
        note_form=note_form,
        task_form=task_form,
        added=added if added in ("note", "task") else "",
        emails=emails,
    )


def _shown(language: Language, field: Field, value: str) -> ShownValue:
    """What cannot be read as its type says is shown as it is."""
    match field.type:
        case FieldType.EMAIL if "@" in value:
            return ShownValue(field.label, value, f"mailto:{quote(value, safe='@')}")
        case FieldType.PHONE if value:
            dialled = "".join(character for character in value if character in "+0123456789")
            return ShownValue(field.label, value, f"tel:{dialled}" if dialled else "")
        case FieldType.URL if value:
            return ShownValue(field.label, value, value if _is_web_address(value) else "")
        case FieldType.PICKLIST:
            label = next((choice.label for choice in field.choices if choice.value == value), value)
            return ShownValue(field.label, label)
        case FieldType.BOOLEAN if value:
            return ShownValue(field.label, language.text("Yes") if value == "true" else language.text("No"))
        case FieldType.DATE if value:
            return ShownValue(field.label, _day(language, value))
        case FieldType.NUMBER if value:
            return ShownValue(field.label, _number(language, value))
        case _:
            return ShownValue(field.label, value, long=field.type is FieldType.TEXTAREA)


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _day(language: Language, value: str) -> str:
    try:
        return language.day(date.fromisoformat(value))
    except ValueError:
        return value


def _number(language: Language, value: str) -> str:
    try:
        return language.number(Decimal(value))
    except InvalidOperation:
        return value


def _shown_deal(language: Language, deal: Deal) -> ShownDeal:
    return ShownDeal(
        deal,
        language.money(deal.amount, deal.currency) if deal.amount is not None else "",
        language.day(deal.closing_on) if deal.closing_on is not None else "",
    )


def _shown_task(language: Language, task: Task) -> ShownTask:
    today = now().astimezone(language.zone).date()
    return ShownTask(task, language.day(task.due_on) if task.due_on else "", task.due_on is not None and task.due_on < today)
