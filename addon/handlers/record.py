"""A record: shown, opened in the CRM, given a second address, given the open mail."""

import uuid

from addon.cards.actions import AddAddress, Connect, LinkMail, OpenInCrm, ShowRecord, ref_of
from addon.cards.barred import Bar
from addon.cards.record import FileView, RecordView, record_card
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context
from addon.gmail import MAX_FILES_BYTES
from addon.handlers.done import first_card, kept_card
from addon.handlers.entrance import connect_page, signed_in
from addon.handlers.mails import recent_mails
from addon.handlers.update import record_or_last_seen
from addon.rules import Barred
from addon.signing import StaleButton
from crm_client.errors import AuthExpired, Duplicate
from crm_client.records import SECONDARY_EMAIL, AttachmentNote, Correspondent, FileVerdict, MailCopy, Ref
from i18n import Language
from linking.errands import LinkErrand, UpdateErrand, fingerprint
from linking.outcomes import Carried, Changed, Kept, LinkedElsewhere
from reading.message import Mailbox, Message
from reading.people import Direction, people_of
from tenants.people import Via
from tenants.policy import WhoMayLink


def show_record(context: Context, press: ShowRecord) -> Answer:
    asked = ref_of(press)
    record = context.crm.get(asked)
    context.opened(record.ref)
    context.follow(asked, record)
    message = context.shown_message()
    mail, entries = context.standing(message)
    own = tuple(entry for entry in entries if entry.ref in (asked, record.ref))
    context.told(own)
    context.noted((record,))
    view = RecordView(
        record,
        mail if message is not None else None,
        press.address,
        entries=own,
        look_only=not context.may_write,
        recent=recent_mails(context, record),
    )
    return Reply(record_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def open_in_crm(context: Context, press: OpenInCrm) -> Answer:
    """The record's page."""
    record = context.crm.get(ref_of(press))
    context.opened(record.ref)
    path = context.crm.record_url(record.ref).removeprefix(context.services.base_url)
    return signed_in(context.services, context.caller.person, path)


def connect(context: Context, _press: Connect) -> Answer:
    """He works by the company's permission and gives his own; or somebody connected since the card was drawn, unless the CRM no
    longer takes this person's permission."""
    if context.caller.via is Via.SHARED:
        return connect_page(context.services, context.caller.person)
    try:
        context.crm.whoami()
    except AuthExpired:
        return connect_page(context.services, context.caller.person)
    return first_card(context, context.language.text("You are connected already."))


def add_address(context: Context, press: AddAddress) -> Answer:
    """Keep the address as the record's secondary one, if it has none. Pressing twice changes nothing more."""
    language = context.language
    errand = UpdateErrand(ref_of(press), {SECONDARY_EMAIL: press.address}, {SECONDARY_EMAIL: fingerprint("")})
    try:
        outcome = context.carry_out(errand, uuid.uuid4().hex, press.name)
    except Duplicate as taken:
        return Reply(notice=_taken(language, taken))
    match outcome:
        case Kept():
            return kept_card(context, outcome)
        case Changed(current):
            notice = language.text("{name} has another secondary address. Change it with “Change fields”.", name=current.name)
            return Reply(notice=notice)
        case Carried(record):
            name = press.name if record is None else record.name
            notice = language.text("{address} is now the secondary address of {name}.", address=press.address, name=name)
            return first_card(context, notice, record=record)
        case _:
            return Reply(notice=language.text("The record was changed at this moment. Press again."))


def link_mail(context: Context, press: LinkMail) -> Answer:
    """Put the open mail on the record, once for the whole organisation. One write; whether the caller may is the company's and
    the CRM's to say."""
    if not context.message_id:
        raise StaleButton("no mail is open")
    message = context.message(contents=True)
    _demand_link(context, ref_of(press))
    copy = _copy(message, context)
    whole = not context.caller.policy.headers_only
    files = context.services.gmail.files(context.raw_message_id, context.common.tokens, message) if whole else ()
    outcome = context.carry_out(LinkErrand(ref_of(press), copy, files), uuid.uuid4().hex, press.name)
    match outcome:
        case Kept():
            return kept_card(context, outcome)
        case Carried(verdicts=verdicts):
            views = _judged(copy.attachments, verdicts)
            notice = _linked(press.name, views, context.language, fresh=outcome.fresh)
            if outcome.fresh and not whole:
                notice = context.language.text("Linked to {name}, with people and subject only", name=press.name)
            return first_card(context, notice, files=views if _untold(views) else ())
        case LinkedElsewhere(link):
            name, person = (
                link.record_name or context.language.text("a record"),
                link.person_name or context.language.text("a former colleague"),
            )
            said = context.language.text("Not linked: this mail belongs to {name} already, by {person}.", name=name, person=person)
            return first_card(context, said)
        case _:
            return first_card(context, context.language.text("The mail is being linked to {name} at this moment.", name=press.name))


def _demand_link(context: Context, ref: Ref) -> None:
    """Barred, if the company does not let this person link mails to the record. CrmError."""
    context.demand_user()
    who = context.caller.policy.who_may_link
    if who is WhoMayLink.NOBODY:
        raise Barred(Bar.NO_LINKS)
    if who is WhoMayLink.OWNERS:
        record = record_or_last_seen(context, ref)
        if not context.linking.allowed(record):
            raise Barred(Bar.NOT_OWNER, record.owner.name)


def _judged(attachments: tuple[AttachmentNote, ...], verdicts: tuple[FileVerdict, ...]) -> tuple[FileView, ...]:
    """What is left out for its size is not even fetched from Gmail: the person is told it is too large, as it is."""
    pairs = tuple(zip(attachments, verdicts, strict=False))
    left = MAX_FILES_BYTES - sum(one.size for one, verdict in pairs if verdict is FileVerdict.STORED)

    def judged(one: AttachmentNote, verdict: FileVerdict) -> FileVerdict:
        return FileVerdict.TOO_LARGE if verdict is FileVerdict.NOT_READ and one.size > left else verdict

    return tuple(FileView(one.name, judged(one, verdict)) for one, verdict in pairs)


def _linked(name: str, files: tuple[FileView, ...], language: Language, *, fresh: bool) -> str:
    """That it is linked, and what became of the attachments where not all of them are in the CRM."""
    if not fresh:
        return language.text("The mail was linked to {name} already.", name=name)
    linked = language.text("Linked to {name}", name=name)
    missing = [one for one in files if one.verdict is not FileVerdict.STORED]
    if not missing:
        return linked
    stored = language.plural(
        "{stored} of {count} attachment is in the CRM",
        "{stored} of {count} attachments are in the CRM",
        len(files),
        stored=language.number(len(files) - len(missing)),
    )
    if len(missing) > 1:
        return f"{linked}. {stored}."
    return f"{linked}. {stored}; {_why_missing(missing[0], language)}."


def _untold(files: tuple[FileView, ...]) -> bool:
    """Whether more files are missing than a notice can name."""
    return sum(one.verdict is not FileVerdict.STORED for one in files) > 1


def _why_missing(one: FileView, language: Language) -> str:
    name = one.name or language.text("(no name)")
    if one.verdict is FileVerdict.TOO_LARGE:
        return language.text("{file} is too large", file=name)
    if one.verdict is FileVerdict.REFUSED:
        return language.text("{file} is not taken by the CRM", file=name)
    return language.text("{file} was not handed over by Gmail", file=name)


def _taken(language: Language, taken: Duplicate) -> str:
    if taken.name:
        return language.text("Not saved: {name} has this address already.", name=taken.name)
    return language.text("Not saved: a record you may not see has this address.")


def _copy(message: Message, context: Context) -> MailCopy:
    """What goes into the CRM: the mail as everybody who took part knows it. No Bcc. Read by its headers alone it has no text, and
    nobody knows its attachments."""
    sender = message.sender or Mailbox("")
    return MailCopy(
        message_id=message.key,
        subject=message.subject,
        sender=_correspondent(sender),
        to=tuple(_correspondent(mailbox) for mailbox in message.to),
        cc=tuple(_correspondent(mailbox) for mailbox in message.cc),
        sent_at=message.sent_at,
        incoming=people_of(message, context.own).direction is not Direction.SENT,
        text="" if context.caller.policy.headers_only else message.text,
        attachments=()
        if context.caller.policy.headers_only
        else tuple(AttachmentNote(one.name, one.mime_type, one.size) for one in message.attachments),
    )


def _correspondent(mailbox: Mailbox) -> Correspondent:
    return Correspondent(mailbox.address, mailbox.name)
