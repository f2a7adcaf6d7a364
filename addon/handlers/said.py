"""What the open mail says of one of its people, as views: read with the reader's own company and country in mind."""

from addon.cards.news import NewsView
from addon.context import Context
from addon.news import News, news
from crm_client.records import EMAIL, SECONDARY_EMAIL, Layout, Record
from reading.message import Message
from reading.people import Person, Role, people_of
from reading.reading import Reading

WRITERS = frozenset({Role.SENDER, Role.REPLY_TO, Role.ORIGINAL_SENDER})
"""Only who wrote has signed; of the others a mail has no more than the header."""


def read(context: Context, message: Message, address: str) -> Reading:
    region = context.language.locale.territory or ""
    reader = context.caller.person.sub
    return context.services.readings.read(reader, context.message_id, message, address, context.own.domains, region)


def differences(context: Context, message: Message, address: str, record: Record) -> tuple[News, ...]:
    """What is new and what the CRM has a field for."""
    found = news(record, read(context, message, address).proposals, context.language.locale)
    if not found:
        return ()
    layout = context.crm.describe(record.ref.kind)
    return tuple(one for one in found if takes(layout, one.field, one.value))


def takes(layout: Layout, name: str, value: str) -> bool:
    """Whether this kind of record has the field, may be written, and has room for the value."""
    field = layout.field(name)
    return field is not None and not field.read_only and len(value) <= field.max_length


def said_of(context: Context, record: Record) -> tuple[News, ...]:
    """What the open mail says of this record that it does not hold, if its person wrote the mail."""
    if not context.message_id:
        return ()
    message = context.message()
    held = (record.value(EMAIL), record.value(SECONDARY_EMAIL))
    writer = next((one for one in people_of(message, context.own).others if one.address in held and one.role in WRITERS), None)
    return () if writer is None else differences(context, message, writer.address, record)


def news_of(context: Context, message: Message, person: Person, record: Record) -> tuple[NewsView, ...]:
    """Nothing for somebody who did not write the mail."""
    if person.role not in WRITERS or not record.may_edit:
        return ()
    return tuple(as_view(one) for one in differences(context, message, person.address, record))


def as_view(one: News, *, ticked: bool | None = None) -> NewsView:
    shown = one.ticked if ticked is None else ticked
    return NewsView(one.field, one.old, one.value, one.proposal.source, one.proposal.evidence.strip(), one.mark, shown)
