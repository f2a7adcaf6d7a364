"""Mail of the reader's own mailboxes: the Emails list of a record of any CRM, one mail, its HTML in a frame, its files."""

from dataclasses import dataclass

from flask import Blueprint, Response, request
from markupsafe import Markup

from console.attachments import ShownAttachment, saved, size_of
from console.crm import kind_named, record_path
from console.email_list import MAIL, EmailList, EmailLists, mails_path
from console.mailboxes.boxes import service_of
from console.mailboxes.words import Side, trouble
from console.mails import correspondent
from console.pages import POLICY, MessageView, Pages, readable
from console.visitors import HOME, Visitors
from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.errors import CrmError
from crm_client.open import Crms
from crm_client.records import Kind, Record, Ref
from i18n import Language
from reading.message import Mailbox, Message
from reading.people import Own, people_of
from salesinbox.compose import SalesInbox
from salesinbox.emails import Opened, Reader
from salesinbox.faults import MailboxFault
from salesinbox.fetching import LARGEST, NotThere, TooLarge
from salesinbox.record_addresses import addresses_of
from salesinbox.rendering import show_html
from tenants.people import Caller, NotConnected
from tenants.policies import Policies

MOST_ASKED = 20
"""People of a mail the CRM is asked about."""
BRIEF = 800
"""Characters: a mail with fewer takes no tall frame."""
_LARGEST_ID = 2**63 - 1
_FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True, slots=True)
class EmailDesk:
    """What these pages share; made once by `create_console`."""

    pages: Pages
    visitors: Visitors
    crms: Crms
    policies: Policies
    salesinbox: SalesInbox
    lists: EmailLists


@dataclass(frozen=True, slots=True)
class EmailsView:
    """`write_to` is where a mail to this person is written, "" for whoever has no mailbox to send from."""

    title: str
    kind: str
    record: Record
    record_url: str
    write_to: str
    emails: EmailList


@dataclass(frozen=True, slots=True)
class ShownRecord:
    name: str
    kind: str
    url: str
    mails_url: str


@dataclass(frozen=True, slots=True)
class EmailView:
    """`body_url` is the mail as its author laid it out, "" where there is only text. `records` is None where the CRM cannot be
    asked. `headers_only`: the company has no text kept."""

    title: str
    opened: Opened
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    mailboxes: tuple[str, ...]
    attachments: tuple[ShownAttachment, ...]
    records: tuple[ShownRecord, ...] | None
    reply_url: str
    to_all: bool
    text: str
    body_url: str
    text_url: str
    brief: bool
    headers_only: bool


@dataclass(frozen=True, slots=True)
class BodyView:
    title: str
    html: Markup
    images: int


def add_email_pages(console: Blueprint, desk: EmailDesk) -> None:
    @console.get(f"{MAIL}/of/<kind>/<record_id>")
    def emails_of_record(kind: str, record_id: str) -> Response:
        caller = desk.visitors.caller()
        return caller if isinstance(caller, Response) else _list(desk, caller, Ref(kind_named(kind), record_id))

    @console.get(f"{MAIL}/<int:mail_id>")
    def email(mail_id: int) -> Response:
        found = _found(desk, mail_id)
        return found if isinstance(found, Response) else _page(desk, *found)

    @console.get(f"{MAIL}/<int:mail_id>/body")
    def email_body(mail_id: int) -> Response:
        found = _found(desk, mail_id)
        return found if isinstance(found, Response) else _body(desk, found[1])

    @console.get(f"{MAIL}/<int:mail_id>/files/<int:place>")
    def email_file(mail_id: int, place: int) -> Response:
        found = _found(desk, mail_id)
        return found if isinstance(found, Response) else _file(desk, *found, place)


def _list(desk: EmailDesk, caller: Caller, ref: Ref) -> Response:
    language = desk.pages.language()
    crm = desk.crms.open(caller.access, language)
    record = crm.get(ref)
    asked = request.args.get("of", "")
    owner = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None  # noqa: PLR2004
    own_crm = crm if isinstance(crm, EmbeddedCrm) else None
    emails = desk.lists.of(language, caller, record, own_crm, mails_path(record.ref), request.args.get("cursor", ""), owner)
    to = next(iter(addresses_of(record)), "") if caller.person.mailboxes else ""
    view = EmailsView(
        title=language.text("Emails with {name}", name=record.name),
        kind=_kind(language, record.ref.kind),
        record=record,
        record_url=record.url or record_path(record.ref),
        write_to=to,
        emails=emails,
    )
    return desk.pages.show("emails.html", view)


def _found(desk: EmailDesk, mail_id: int) -> tuple[Caller | NotConnected, Opened] | Response:
    """A mail that is not his is a mail that is not there."""
    who = desk.visitors.person()
    if isinstance(who, Response):
        return who
    reader = Reader(who.person.id, who.workspace.id)
    opened = desk.salesinbox.emails.open(reader, mail_id) if mail_id <= _LARGEST_ID else None
    if opened is None:
        language = desk.pages.language()
        line = language.text("It was deleted from its mailbox, or it is not in one of yours.")
        back = (HOME, language.text("To the start page"))
        return desk.pages.message(MessageView(language.text("There is no such mail"), (line,), back), 404)
    if desk.policies.of(who.workspace.id).headers_only:
        # Also of mails that came while the company had texts kept.
        opened = opened.without_text()
    return who, opened


def _page(desk: EmailDesk, who: Caller | NotConnected, opened: Opened) -> Response:
    language = desk.pages.language()
    message, path = opened.message, f"{MAIL}/{opened.mail_id}"
    as_text = "text" in request.args
    html = bool(message and message.html and not as_text)
    others = {box.address for box in (opened.sender, *opened.to, *opened.cc)} - {holder.address for holder in opened.holders}
    view = EmailView(
        title=opened.subject or language.text("(no subject)"),
        opened=opened,
        sender=_named(opened.sender) or language.text("(no readable sender)"),
        to=tuple(map(_named, opened.to)),
        cc=tuple(map(_named, opened.cc)),
        bcc=tuple(map(_named, opened.bcc)),
        mailboxes=tuple(dict.fromkeys(holder.address for holder in opened.holders)),
        attachments=tuple(
            ShownAttachment(one.name or language.text("attachment"), size_of(language, one.size), f"{path}/files/{place}", "")
            for place, one in enumerate(opened.files)
        ),
        records=_records(desk, language, who, opened),
        reply_url=f"{path}/reply" if who.person.mailboxes else "",
        to_all=len(others) > 1,
        text="" if message is None or html else message.text,
        body_url=f"{path}/body" if html else "",
        text_url=f"{path}?text=1" if html else path if as_text and message and message.html else "",
        brief=message is not None and len(message.text) < BRIEF,
        headers_only=message is None,
    )
    answer = desk.pages.show("email.html", view)
    answer.headers[POLICY] += "; frame-src 'self'"
    return answer


def _records(desk: EmailDesk, language: Language, who: Caller | NotConnected, opened: Opened) -> tuple[ShownRecord, ...] | None:
    """Those of the people in the mail whom this reader may see in his CRM."""
    if isinstance(who, NotConnected):
        return ()
    own = Own(frozenset({who.person.email, *who.person.aliases, *(holder.address for holder in opened.holders)}), who.own_domains)
    people = people_of(opened.message or _headers(opened), own).others
    addresses = [person.address for person in people][:MOST_ASKED]
    if not addresses:
        return ()
    try:
        matches = desk.crms.open(who.access, language).lookup(addresses).matches
    except CrmError:
        return None
    records = {match.record.ref: match.record for match in matches}.values()
    return tuple(
        ShownRecord(record.name, _kind(language, record.ref.kind), record.url or record_path(record.ref), mails_path(record.ref))
        for record in records
    )


def _body(desk: EmailDesk, opened: Opened) -> Response:
    """In the frame of the mail's page, and as harmless by itself."""
    language, html = desk.pages.language(), opened.message.html if opened.message else ""
    shown = show_html(readable(html))
    if shown is None:
        view = BodyView(opened.subject, Markup("<p>{}</p>").format(language.text("The layout of this mail is too tangled to be shown.")), 0)
    else:
        # Once more: what was written as a character reference is a character now.
        view = BodyView(opened.subject, Markup(readable(shown.html)), shown.images)  # noqa: S704  # what show_html is for
    answer = desk.pages.show("email_body.html", view)
    answer.headers[POLICY] = _FRAME
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-DNS-Prefetch-Control"] = "off"
    return answer


def _file(desk: EmailDesk, who: Caller | NotConnected, opened: Opened, place: int) -> Response:
    language = desk.pages.language()
    back = (f"{MAIL}/{opened.mail_id}", language.text("Back to the mail"))
    title, status = language.text("This file cannot be had now"), 503
    try:
        return saved(language, *_content(desk, Reader(who.person.id, who.workspace.id), opened, place))
    except NotThere:
        title, status = language.text("The file is not there any more"), 404
        lines: tuple[str, ...] = (
            language.text("Files are fetched from the mail server, and it has no such file in this mail (any more)."),
        )
    except TooLarge:
        status = 413
        size = size_of(language, LARGEST)
        lines = (language.text("Mails of more than {size} are not fetched. Open it in your mail program.", size=size),)
    except MailboxFault as fault:
        mailbox = desk.salesinbox.mailboxes.get(opened.holders[0].mailbox_id) if opened.holders else None
        if mailbox is None:
            lines = (language.text("The mailbox was removed."),)
        else:
            told = trouble(language, fault.cause, Side.IMAP, mailbox.imap, service_of(mailbox), fault.said)
            lines = (told.line, told.advice)
            if fault.needs_owner:
                back = (f"/mailboxes/{mailbox.id}", language.text("To the mailbox"))
    return desk.pages.message(MessageView(title, lines, back), status)


def _content(desk: EmailDesk, reader: Reader, opened: Opened, place: int) -> tuple[str, bytes]:
    """Name and content. NotThere, TooLarge, MailboxFault."""
    if place >= len(opened.files):
        raise NotThere
    file = desk.salesinbox.originals.file(reader, opened.mail_id, place)
    return file.name, file.content or b""


def _headers(opened: Opened) -> Message:
    sender = opened.sender if opened.sender.address else None
    return Message(opened.message_id, opened.subject, opened.at, sender, opened.reply_to, opened.to, opened.cc)


def _named(box: Mailbox) -> str:
    return correspondent(box.name, box.address)


def _kind(language: Language, kind: Kind) -> str:
    return language.text("Lead") if kind is Kind.LEAD else language.text("Contact")
