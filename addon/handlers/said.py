"""What the open mail says of one of its people, as views: read with the reader's own company and country in mind."""

import uuid
from collections.abc import Mapping

from addon.cards.news import NewsView
from addon.context import Context
from addon.news import News, field_values, news, value_mark
from crm_client.records import EMAIL, SECONDARY_EMAIL, Layout, Record
from linking.errands import fingerprint
from reading.message import Message
from reading.people import Person, Role, people_of
from reading.reading import Reading

WRITERS = frozenset({Role.SENDER, Role.REPLY_TO, Role.ORIGINAL_SENDER})
"""Only who wrote has signed; of the others a mail has no more than the header."""


def read(context: Context, message: Message, address: str) -> Reading:
    reader = context.caller.person.sub
    return context.services.readings.read(reader, context.message_id, message, address, context.own.domains, context.region)


def differences(context: Context, message: Message, address: str, record: Record) -> tuple[News, ...]:
    """What is new and what the CRM has a field for."""
    found = news(record, read(context, message, address).proposals, context.language.locale)
    if not found:
        return ()
    layout = context.layout(record.ref.kind)
    return tuple(one for one in found if takes(layout, one.field, one.value))


def takes(layout: Layout, name: str, value: str) -> bool:
    """Whether this kind of record has the field, may be written, and has room for the value."""
    field = layout.field(name)
    return field is not None and not field.read_only and len(value) <= field.max_length


def writer_of(context: Context, record: Record) -> str:
    """The address under which the person of this record wrote the open mail, or ""."""
    message = context.shown_message()
    if message is None:
        return ""
    held = (record.value(EMAIL), record.value(SECONDARY_EMAIL))
    others = people_of(message, context.own).others
    return next((one.address for one in others if one.address in held and one.role in WRITERS), "")


def offered_again(context: Context, address: str, offered: Mapping[str, str]) -> tuple[NewsView, ...]:
    """What a card offered of this person of the open mail (field -> mark), as far as the mail says it still. No old values: what
    stands in the record is told by the CRM alone."""
    if not (offered and address and context.message_id):
        return ()
    found = field_values(read(context, context.message(), address).proposals, context.language.locale)
    return tuple(
        NewsView(name, "", value, proposal.source, proposal.evidence.strip(), offered[name], ticked=False)
        for name, (value, proposal) in found.items()
        if name in offered and value_mark(name, value) == offered[name]
    )


def news_of(context: Context, message: Message, person: Person, record: Record) -> tuple[NewsView, ...]:
    """Nothing for somebody who did not write the mail."""
    if person.role not in WRITERS or not record.may_edit:
        return ()
    return tuple(as_view(one) for one in differences(context, message, person.address, record))


def as_view(one: News) -> NewsView:
    seen = fingerprint(one.old)
    return NewsView(
        one.field, one.old, one.value, one.proposal.source, one.proposal.evidence.strip(), one.mark, one.ticked, seen, uuid.uuid4().hex
    )
