"""What became of what was written: drafts, what is on its way, what was sent, and what nobody knows the end of."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from console.mailboxes.boxes import service_of
from console.mailboxes.desk import MailboxDesk
from console.mailboxes.words import Side, Trouble, trouble
from console.pages import see_other
from console.sending_words import failure, filing_failure
from console.writing import DRAFTS, KEY, MAIL, WriteForm, Writer
from db import now
from i18n import Language, later
from salesinbox.composing import Field, NotSendable
from salesinbox.faults import MailboxFault
from salesinbox.outgoing import Outgo, State

_WORDS = {
    State.DRAFT: later("Draft"),
    State.SENDING: later("Being sent"),
    State.SENT: later("Not in Sent yet"),
    State.FILED: later("Sent"),
    State.FAILED: later("Not sent"),
    State.UNCLEAR: later("Unclear"),
}


@dataclass(frozen=True, slots=True)
class Line:
    url: str
    subject: str
    to: str
    state: str
    bad: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DraftsView:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class SentView:
    """`mail_url`: where it stands in the lists. `unclear`: its writer decides. `again_at`: when it is tried again to file it."""

    title: str
    lines: tuple[str, ...]
    subject: str
    to: str
    path: str
    mail_url: str
    unclear: bool
    trouble: Trouble | None
    again_at: datetime | None


def add_draft_pages(console: Blueprint, desk: MailboxDesk) -> None:
    @console.get(DRAFTS)
    def mail_drafts() -> Response:
        owner = desk.owner()
        if isinstance(owner, Response):
            return owner
        language = desk.pages.language()
        lines = tuple(_line(language, item) for item in desk.salesinbox.outgoing.open_ones(owner.person.id))
        return desk.pages.show("drafts.html", DraftsView(language.text("Drafts and mail not sent"), lines))

    @console.get(f"{DRAFTS}/<key>")
    def mail_draft(key: str) -> Response:
        item = _mine(desk, key)
        if isinstance(item, Response):
            return item
        if item.state not in (State.DRAFT, State.FAILED):
            return _outcome(desk, item)
        writer = Writer.at_the_door(desk)
        return writer if isinstance(writer, Response) else _form(desk, writer, item)

    @console.post(f"{DRAFTS}/<key>")
    def mail_draft_send(key: str) -> Response:
        writer, item = Writer.at_the_door(desk), _mine(desk, key)
        if isinstance(writer, Response):
            return writer
        return item if isinstance(item, Response) else writer.take(f"{DRAFTS}/{key}", item.answers_id, key)

    @console.post(f"{DRAFTS}/<key>/drop")
    def mail_draft_drop(key: str) -> Response:
        item = _mine(desk, key)
        if isinstance(item, Response):
            return item
        desk.salesinbox.outgoing.drop(item.person_id, key)
        return see_other(DRAFTS)

    _add_unclear_pages(console, desk)


def _add_unclear_pages(console: Blueprint, desk: MailboxDesk) -> None:
    """What its writer may do about a mail nobody knows the end of."""

    @console.post(f"{DRAFTS}/<key>/again")
    def mail_draft_again(key: str) -> Response:
        writer, item = Writer.at_the_door(desk), _mine(desk, key)
        if isinstance(writer, Response):
            return writer
        if isinstance(item, Response):
            return item
        if not writer.may_send_from(item.draft.sender) or not _sent_again(desk, item):
            language = desk.pages.language()
            told = Trouble(
                language.text("You may not send from {address} any more.", address=item.draft.sender),
                language.text("Prove that address again under Addresses of your mailbox, or write the mail anew."),
                "",
            )
            return _outcome(desk, item, told, status=422)
        return see_other(f"{DRAFTS}/{key}")

    @console.post(f"{DRAFTS}/<key>/look")
    def mail_draft_look(key: str) -> Response:
        item = _mine(desk, key)
        if isinstance(item, Response):
            return item
        try:
            found = desk.salesinbox.outgoing.look_in_sent(item.person_id, key)
        except MailboxFault as fault:
            mailbox = desk.salesinbox.mailboxes.get(item.mailbox_id)
            if mailbox is None:
                raise NotFound from None
            told = trouble(desk.pages.language(), fault.cause, Side.IMAP, mailbox.imap, service_of(mailbox, steps=False), fault.said)
            return _outcome(desk, item, told, status=503)
        return see_other(f"{DRAFTS}/{key}{'' if found.state is not State.UNCLEAR else '?looked=1'}")


def _mine(desk: MailboxDesk, key: str) -> Outgo | Response:
    """What whoever is signed in wrote under this key. NotFound."""
    owner, outgoing = desk.owner(), desk.salesinbox.outgoing
    if isinstance(owner, Response):
        return owner
    if not KEY.fullmatch(key):
        raise NotFound
    try:
        item = outgoing.get(owner.person.id, key)
        if item.state is State.SENDING and item.due_at is not None and item.due_at <= now():
            # Whoever sent it is dead; the page need not wait for a worker to say so.
            outgoing.deliver(item.id)
            item = outgoing.get(owner.person.id, key)
    except LookupError:
        raise NotFound from None
    return item


def _sent_again(desk: MailboxDesk, item: Outgo) -> bool:
    """Or it may not be, from that address."""
    try:
        desk.salesinbox.outgoing.send_again(item.person_id, item.key)
    except NotSendable:
        return False
    return True


def _line(language: Language, item: Outgo) -> Line:
    return Line(
        url=f"{DRAFTS}/{item.key}",
        subject=item.draft.subject.strip() or language.text("(no subject)"),
        to=item.draft.to,
        state=language.text(_WORDS[item.state]),
        bad=item.state in (State.FAILED, State.UNCLEAR),
        changed_at=item.changed_at,
    )


def _form(desk: MailboxDesk, writer: Writer, item: Outgo) -> Response:
    language, mailbox = desk.pages.language(), desk.salesinbox.mailboxes.get(item.mailbox_id)
    # What went wrong is read before anything is changed.
    form = WriteForm(item.draft, item.key, item.answers_id, first="" if item.obstacle else Field.TEXT.value)
    return writer.show(
        form,
        f"{DRAFTS}/{item.key}",
        failure=failure(language, item, mailbox) if mailbox else None,
        refused=tuple((one.address, one.said) for one in item.refused),
        notice=language.text("Saved as a draft.") if "saved" in request.args and item.state is State.DRAFT else "",
        kept=True,
    )


def _outcome(desk: MailboxDesk, item: Outgo, told: Trouble | None = None, status: int = 200) -> Response:
    """What is no draft any more."""
    language, mailbox = desk.pages.language(), desk.salesinbox.mailboxes.get(item.mailbox_id)
    again_at: datetime | None = None
    lines: tuple[str, ...] = ()
    match item.state:
        case State.SENT | State.FILED:
            title = language.text("The mail is sent")
            if item.state is State.SENT and mailbox is not None:
                told = told or filing_failure(language, item, mailbox)
                again_at = item.due_at
                lines = (
                    language.text("It is not in the Sent folder of your mailbox yet. Nothing has to be sent again.")
                    if again_at
                    else language.text("It could not be put into the Sent folder of your mailbox. Nothing has to be sent again."),
                )
        case State.SENDING:
            title = language.text("The mail is being sent")
            lines = (language.text("Wait a moment, then load this page again."),)
        case _:
            title, lines = language.text("Nobody can tell whether this mail was sent"), _unclear(language)
    view = SentView(
        title=title,
        lines=lines,
        subject=item.draft.subject,
        to=", ".join(part for part in (item.draft.to, item.draft.cc) if part),
        path=f"{DRAFTS}/{item.key}",
        mail_url=_mail_url(desk, item),
        unclear=item.state is State.UNCLEAR,
        trouble=told,
        again_at=again_at,
    )
    return desk.pages.show("sent.html", view, status)


def _unclear(language: Language) -> tuple[str, ...]:
    lines = (
        language.text("The connection to the outgoing server ended after the mail was handed over and before the server answered."),
        language.text("It is not sent again by itself, so that nobody gets it twice."),
    )
    if "looked" not in request.args:
        return lines
    return (*lines, language.text("It is not in Sent now. That makes it likely, and does not prove, that it was not sent."))


def _mail_url(desk: MailboxDesk, item: Outgo) -> str:
    if item.state not in (State.SENT, State.FILED):
        return ""
    found = desk.salesinbox.store.find(item.mailbox_id, (item.message_id,)).get(item.message_id)
    return f"{MAIL}/{found}" if found else ""
