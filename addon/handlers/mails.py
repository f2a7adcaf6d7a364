"""The reader's own synchronised mails: the latest with somebody on a card, the rest on our pages."""

from urllib.parse import quote

from addon.cards.actions import OpenMail, OpenMails, ref_of
from addon.cards.mails import RECENT_SHOWN, RecentMail
from addon.cards.replies import Answer
from addon.context import Context
from addon.handlers.entrance import signed_in
from crm_client.records import Record
from salesinbox.emails import Reader
from salesinbox.mailboxes import State
from salesinbox.record_addresses import addresses_of


def recent_mails(context: Context, record: Record) -> tuple[RecentMail, ...]:
    """One query; none for whoever has connected no mailbox."""
    caller = context.caller
    if not caller.person.mailboxes:
        return ()
    reader = Reader(caller.person.id, caller.workspace.id)
    found = context.services.salesinbox.emails.recent(reader, addresses_of(record), RECENT_SHOWN)
    return tuple(RecentMail(one.mail_id, one.subject, one.at, one.outgoing) for one in found)


def mailbox_needs_him(context: Context) -> bool:
    """Whether a mailbox of the caller's is not synchronised until he does something. One query, as above."""
    person = context.caller.person
    if not person.mailboxes:
        return False
    return any(mailbox.state is State.NEEDS_OWNER for mailbox in context.services.salesinbox.mailboxes.of_person(person.id))


def open_mails(context: Context, press: OpenMails) -> Answer:
    """The page asks the CRM whether he may see the record."""
    ref = ref_of(press)
    return signed_in(context.services, context.caller.person, f"/mail/of/{ref.kind}/{quote(ref.id, safe='')}")


def open_mail(context: Context, press: OpenMail) -> Answer:
    return signed_in(context.services, context.caller.person, f"/mail/{press.id}")
