"""What the company's policy says of a mail, of a record, and of a form. Pure."""

from collections.abc import Iterable

from addon.cards.barred import Bar
from crm_client.records import Field, FieldType, Kind
from reading.message import Mailbox, Message
from reading.people import Own
from tenants.policy import Policy


class Barred(Exception):
    """The company does not allow it, or this person cannot. `name` as in `barred_card`."""

    def __init__(self, bar: Bar, name: str = "") -> None:
        super().__init__(bar.value)
        self.bar = bar
        self.name = name


def admit(message: Message, policy: Policy, own: Own) -> None:
    """Barred, if anybody in the mail has an address of an excluded domain, or of one below it.

    The reader's own addresses do not count, and neither does his company's domain by itself: every mail has one of them.
    """
    excluded = policy.excluded_domains - own.domains
    if not excluded:
        return
    for mailbox in _everybody(message):
        domain = mailbox.domain
        if own.is_me(mailbox.address):
            continue
        found = next((one for one in excluded if domain == one or domain.endswith(f".{one}")), None)
        if found is not None:
            raise Barred(Bar.EXCLUDED, found)


def ordered(kinds: Iterable[Kind], policy: Policy) -> tuple[Kind, ...]:
    """The company's usual kind first."""
    return tuple(sorted(kinds, key=lambda kind: kind is not policy.default_kind))


def takes_source(field: Field | None, source: str) -> bool:
    """Whether the CRM's list has this lead source."""
    listed = field is not None and field.type is FieldType.PICKLIST and not field.read_only
    return field is not None and listed and any(choice.value == source for choice in field.choices)


def _everybody(message: Message) -> Iterable[Mailbox]:
    if message.sender is not None:
        yield message.sender
    yield from message.reply_to
    yield from message.to
    yield from message.cc
    if message.original is not None:
        yield message.original.sender
