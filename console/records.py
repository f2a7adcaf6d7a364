"""The embedded CRM's pages: leads, contacts, one record with its Emails list, one mail."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound as NoSuchPage

from console.pages import Pages, Paging, page_number
from console.visitors import HOME, Visitors
from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.listing import list_records
from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.records import COMPANY, Deal, EmailEntry, EmailPage, Field, FieldType, Kind, Note, Record, RecordPage, Ref
from i18n import Language
from tenants.people import Caller

MAX_QUERY = 200
SHOWN_RECIPIENTS = 3


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
class ShownAttachment:
    name: str
    size: str


@dataclass(frozen=True, slots=True)
class ListedMail:
    """A line of the Emails list. `recipients` are the first few, `more` counts the rest."""

    url: str
    entry: EmailEntry
    sender: str
    recipients: tuple[str, ...]
    more: int
    attachments: tuple[ShownAttachment, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    title: str
    kind: str
    list_url: str
    list_label: str
    record: Record
    company: str
    values: tuple[ShownValue, ...]
    deals: tuple[ShownDeal, ...]
    notes: tuple[Note, ...]
    mails: tuple[ListedMail, ...]
    mail_total: int | None
    paging: Paging


@dataclass(frozen=True, slots=True)
class MailView:
    """`to` and `cc` are complete here."""

    title: str
    record_url: str
    record_name: str
    entry: EmailEntry
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    attachments: tuple[ShownAttachment, ...]


def add_record_pages(console: Blueprint, pages: Pages, visitors: Visitors, crms: Crms) -> None:
    def open_crm(caller: Caller) -> EmbeddedCrm:
        crm = crms.open(caller.target, caller.crm_user_id, pages.language())
        # Any other CRM has record pages of its own.
        if not isinstance(crm, EmbeddedCrm):
            raise NoSuchPage
        return crm

    @console.get("/crm")
    def records() -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        crm, language = open_crm(caller), pages.language()
        query = request.args.get("q", "").strip()[:MAX_QUERY]
        user = crm.whoami().user
        kinds = tuple(kind for kind in Kind if user.may(kind).view)
        kind = _kind(request.args["kind"]) if "kind" in request.args else next(iter(kinds), Kind.LEAD)
        found = crm.search(query, page_number()) if query else list_records(crm, kind, page_number())
        return pages.show("records.html", _list_view(language, kinds, None if query else kind, query, found))

    @console.get("/crm/<kind>/<record_id>")
    def record(kind: str, record_id: str) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        crm, language = open_crm(caller), pages.language()
        ref = Ref(_kind(kind), record_id)
        return pages.show("record.html", _record_view(crm, language, crm.get(ref), crm.emails(ref, page_number())))

    @console.get("/crm/<kind>/<record_id>/emails/<email_id>")
    def mail(kind: str, record_id: str, email_id: str) -> Response:
        caller = visitors.caller()
        if isinstance(caller, Response):
            return caller
        crm, language = open_crm(caller), pages.language()
        record = crm.get(Ref(_kind(kind), record_id))
        return pages.show("mail.html", _mail_view(language, record, _find_mail(crm, record.ref, email_id)))


def record_path(ref: Ref) -> str:
    return f"{HOME}/{ref.kind}/{quote(ref.id, safe='')}"


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError as error:
        raise NoSuchPage from error


def _many(language: Language, kind: Kind) -> str:
    return language.text("Leads") if kind is Kind.LEAD else language.text("Contacts")


def _one(language: Language, kind: Kind) -> str:
    return language.text("Lead") if kind is Kind.LEAD else language.text("Contact")


def _list_view(language: Language, kinds: tuple[Kind, ...], kind: Kind | None, query: str, found: RecordPage) -> ListView:
    """`kinds` are those the user may see; `kind` is None for what a search found."""
    tabs = tuple(Tab(_many(language, entry), f"{HOME}?kind={entry}", entry is kind) for entry in kinds)
    asked = {"q": query} if kind is None else {"kind": kind.value}
    return ListView(
        title=language.text("Search results") if kind is None else _many(language, kind),
        tabs=tabs,
        query=query,
        records=tuple(ListedRecord(record_path(record.ref), _one(language, record.ref.kind), record) for record in found.records),
        total=found.total,
        paging=_paging(HOME, asked, found.page, found.next_page),
    )


def _paging(path: str, asked: dict[str, str], page: int, next_page: int | None, anchor: str = "") -> Paging:
    def url(number: int) -> str:
        return f"{path}?{urlencode({**asked, 'page': number})}{anchor}"

    return Paging(page, url(page - 1) if page > 1 else None, url(next_page) if next_page is not None else None)


def _record_view(crm: Crm, language: Language, record: Record, mails: EmailPage) -> RecordView:
    layout = crm.describe(record.ref.kind)
    path = record_path(record.ref)
    return RecordView(
        title=record.name,
        kind=_one(language, record.ref.kind),
        list_url=f"{HOME}?kind={record.ref.kind}",
        list_label=_many(language, record.ref.kind),
        record=record,
        company=record.value(COMPANY),
        values=tuple(_shown(language, field, record.value(field.name)) for field in layout.fields),
        deals=tuple(_shown_deal(language, deal) for deal in record.open_deals),
        notes=crm.notes(record.ref),
        mails=tuple(_listed_mail(language, path, mails.page, entry) for entry in mails.entries),
        mail_total=mails.total,
        paging=_paging(path, {}, mails.page, mails.next_page, "#emails"),
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


def _listed_mail(language: Language, path: str, page: int, entry: EmailEntry) -> ListedMail:
    mail = entry.mail
    recipients = tuple(person.name or person.address for person in (*mail.to, *mail.cc))
    return ListedMail(
        # The page is a hint where to look first; a mail is found without it too.
        url=f"{path}/emails/{quote(entry.id, safe='')}" + (f"?page={page}" if page > 1 else ""),
        entry=entry,
        sender=mail.sender.name or mail.sender.address,
        recipients=recipients[:SHOWN_RECIPIENTS],
        more=len(recipients[SHOWN_RECIPIENTS:]),
        attachments=_attachments(language, entry),
    )


def _find_mail(crm: Crm, ref: Ref, email_id: str) -> EmailEntry:
    """Looked for on the page the link came from, then on all from the first."""
    listed = crm.emails(ref, page_number())
    found = _on_page(listed, email_id)
    next_page: int | None = 1
    while found is None and next_page is not None:
        listed = crm.emails(ref, next_page)
        found, next_page = _on_page(listed, email_id), listed.next_page
    if found is None:
        raise NoSuchPage
    return found


def _on_page(listed: EmailPage, email_id: str) -> EmailEntry | None:
    return next((entry for entry in listed.entries if entry.id == email_id), None)


def _mail_view(language: Language, record: Record, entry: EmailEntry) -> MailView:
    mail = entry.mail
    return MailView(
        title=mail.subject or language.text("(no subject)"),
        record_url=record_path(record.ref),
        record_name=record.name,
        entry=entry,
        sender=_correspondent(mail.sender.name, mail.sender.address),
        to=tuple(_correspondent(person.name, person.address) for person in mail.to),
        cc=tuple(_correspondent(person.name, person.address) for person in mail.cc),
        attachments=_attachments(language, entry),
    )


def _correspondent(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address else name or address


def _attachments(language: Language, entry: EmailEntry) -> tuple[ShownAttachment, ...]:
    return tuple(ShownAttachment(part.name, _size(language, part.size)) for part in entry.mail.attachments)


def _size(language: Language, size: int) -> str:
    if size < 1000:  # noqa: PLR2004
        return language.plural("{count} byte", "{count} bytes", size)
    if size < 1_000_000:  # noqa: PLR2004
        return language.text("{size} kB", size=language.number(round(size / 1000)))
    return language.text("{size} MB", size=language.number(round(Decimal(size) / 1_000_000, 1)))
