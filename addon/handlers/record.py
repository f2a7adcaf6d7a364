"""A record: shown, opened in the CRM, given a second address, given the open mail."""

from dataclasses import replace

from addon.cards.actions import AddAddress, Connect, LinkMail, OpenInCrm, ShowRecord, ref_of
from addon.cards.message import message_card
from addon.cards.record import RecordView, record_card
from addon.cards.replies import Answer, Move, Reply
from addon.context import Context
from addon.handlers.message import look_at
from addon.signing import StaleButton
from crm_client.errors import Duplicate, Forbidden, Stale
from crm_client.records import EMAIL, SECONDARY_EMAIL, AttachmentNote, Correspondent, MailCopy, Record
from linking.ledger import Kept, Linked, LinkedElsewhere, LinkOutcome
from reading.message import Mailbox, Message
from reading.people import Direction, people_of


def show_record(context: Context, press: ShowRecord) -> Answer:
    record = context.crm.get(ref_of(press))
    context.opened(record.ref)
    mail = context.mail_view(context.message()) if context.message_id else None
    view = RecordView(record, mail, press.address)
    return Reply(record_card(view, context.language), Move.REPLACE if press.again else Move.PUSH)


def open_in_crm(context: Context, press: OpenInCrm) -> Answer:
    """The record's page, through a door that is good for one use and two minutes: links travel, sessions must not."""
    record = context.crm.get(ref_of(press))
    context.opened(record.ref)
    path = context.crm.record_url(record.ref).removeprefix(context.services.base_url)
    code = context.services.codes.issue(context.caller.person.id, path)
    return Reply(url=f"{context.services.base_url}/signin/{code}")


def connect(context: Context, _press: Connect) -> Answer:
    """Somebody connected the workspace since the card was drawn: nothing left to connect."""
    return first_card(context, context.language.text("Your company is connected already."))


def add_address(context: Context, press: AddAddress) -> Answer:
    """Keep the address as the record's secondary one. Pressing twice changes nothing more."""
    language = context.language
    record = context.crm.get(ref_of(press))
    if press.address in (record.value(EMAIL), record.value(SECONDARY_EMAIL)):
        return first_card(context, language.text("{name} has this address already.", name=record.name))
    if not record.may_edit:
        raise Forbidden(str(record.ref))
    if record.value(SECONDARY_EMAIL):
        return Reply(notice=language.text("{name} has another secondary address. Change it with “Change fields”.", name=record.name))
    try:
        context.crm.update(record.ref, {SECONDARY_EMAIL: press.address}, record.version)
    except Duplicate as taken:
        return Reply(notice=_taken(context, taken))
    except Stale:
        return Reply(notice=language.text("{name} was changed at this moment. Press again.", name=record.name))
    return first_card(context, language.text("{address} is now the secondary address of {name}.", address=press.address, name=record.name))


def link_mail(context: Context, press: LinkMail) -> Answer:
    """Put the open mail on the record, once for the whole organisation. One look-up, one write."""
    if not context.message_id:
        raise StaleButton("no mail is open")
    message = context.message()
    view = look_at(context, message)
    ref = ref_of(press)
    known = (match.record for person in view.people for match in person.matches)
    record = next((one for one in known if one.ref == ref), None) or context.crm.get(ref)
    if not record.may_edit:
        raise Forbidden(str(record.ref))
    outcome = context.services.ledger.link_once(context.crm, context.org, _copy(message, context), record, context.caller.person)
    card = message_card(replace(view, mail=context.mail_view(message)), context.language)
    return Reply(card, Move.ROOT, notice=_notice(outcome, record, context), changed=True)


def first_card(context: Context, notice: str) -> Reply:
    """Back to the mail's card, drawn anew, with a line of what was done."""
    if not context.message_id:
        return Reply(notice=notice, changed=True)
    view = look_at(context, context.message())
    return Reply(message_card(view, context.language), Move.ROOT, notice=notice, changed=True)


def _notice(outcome: LinkOutcome, record: Record, context: Context) -> str:
    language = context.language
    if isinstance(outcome, Linked):
        if outcome.fresh:
            return language.text("Linked to {name}", name=record.name)
        return language.text("The mail was linked to {name} already.", name=record.name)
    if isinstance(outcome, LinkedElsewhere):
        return language.text(
            "Not linked: this mail belongs to {name} already, by {person}.", name=outcome.link.record_name, person=outcome.link.person_name
        )
    if isinstance(outcome, Kept):
        return language.text("The CRM did not take the mail. Its link to {name} is kept: press “Deliver now” later.", name=record.name)
    return language.text("The mail is being linked to {name} at this moment.", name=record.name)


def _taken(context: Context, taken: Duplicate) -> str:
    if taken.name:
        return context.language.text("Not saved: {name} has this address already.", name=taken.name)
    return context.language.text("Not saved: a record you may not see has this address.")


def _copy(message: Message, context: Context) -> MailCopy:
    """What goes into the CRM: the mail as everybody who took part knows it. No Bcc."""
    sender = message.sender or Mailbox("")
    return MailCopy(
        message_id=message.key,
        subject=message.subject,
        sender=_correspondent(sender),
        to=tuple(_correspondent(mailbox) for mailbox in message.to),
        cc=tuple(_correspondent(mailbox) for mailbox in message.cc),
        sent_at=message.sent_at,
        incoming=people_of(message, context.own).direction is not Direction.SENT,
        text=message.text,
        attachments=tuple(AttachmentNote(one.name, one.mime_type, one.size) for one in message.attachments),
    )


def _correspondent(mailbox: Mailbox) -> Correspondent:
    return Correspondent(mailbox.address, mailbox.name)
