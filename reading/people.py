"""Who is the other person of a mail? Pure: a message and the rep's own addresses in, people out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from reading.message import Mailbox, Message


class Role(StrEnum):
    """Why a person is offered; the card's "why it matched" line is made from it."""

    SENDER = "sender"
    REPLY_TO = "reply-to"
    RECIPIENT = "recipient"
    COPY = "copy"
    ORIGINAL_SENDER = "original sender"


class MailKind(StrEnum):
    PERSON = "person"
    MAILING_LIST = "mailing list"
    """A person's mail through a discussion list."""
    NOTIFICATION = "notification"
    """A program's: orders, parcels, no-reply senders."""
    BOUNCE = "bounce"
    AUTO_REPLY = "auto-reply"
    """Somebody's out-of-office answer."""
    NEWSLETTER = "newsletter"

    @property
    def automated(self) -> bool:
        """Nobody wrote this mail to its reader."""
        return self not in (MailKind.PERSON, MailKind.MAILING_LIST)


class Direction(StrEnum):
    RECEIVED = "received"
    SENT = "sent"
    INTERNAL = "internal"
    """From a colleague, and nobody from outside is to be found in it."""
    UNREADABLE = "unreadable"
    """No usable From."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is ours: the rep's addresses and aliases, and the domains whose people are colleagues (lower case). A domain
    everybody may have an address at, such as a free mail provider's, is no domain of ours."""

    addresses: frozenset[str]
    domains: frozenset[str]

    def is_me(self, address: str) -> bool:
        """Plus-addresses of an own address are own too."""
        local, _, domain = address.rpartition("@")
        return address in self.addresses or f"{local.partition('+')[0]}@{domain}" in self.addresses

    def is_colleague(self, mailbox: Mailbox) -> bool:
        """At one of our domains or below one."""
        domain = mailbox.domain
        ours = domain in self.domains or any(domain.endswith(f".{own}") for own in self.domains)
        return ours and not self.is_me(mailbox.address)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody from outside, with the reason he is offered. `name` may be empty."""

    address: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class People:
    """`others`: from outside, most relevant first, each address once, never one's own nor a colleague's, at most MAX_PEOPLE.
    `forwarded_by`: the colleague who forwarded the mail, where the first of `others` is its original sender."""

    direction: Direction
    kind: MailKind
    others: tuple[Person, ...] = ()
    colleagues: tuple[Mailbox, ...] = ()
    forwarded_by: Mailbox | None = None


MAX_PEOPLE = 20

# Local parts nobody reads, anywhere in the address: noreply, no-reply-orders, shop.noreply …
_NOT_ANSWERED = (
    "noreply",
    "donotreply",
    "dontreply",
    "nepasrepondre",
    "nepasrépondre",
    "sansreponse",
    "nichtantworten",
    "keineantwort",
    "noantwort",
    "noresponder",
    "noresponda",
    "nocontestar",
    "sinrespuesta",
    "nonrispondere",
    "naoresponder",
    "naoresponda",
    "nietantwoorden",
    "nietbeantwoorden",
    "geenantwoord",
    "mailerdaemon",
)
# Words that say so as the first or last of a local part: bounces+123, github-notifications …
_MACHINES = frozenset(
    {"postmaster", "bounce", "bounces", "notification", "notifications", "notify", "alert", "alerts", "autoreply", "autoresponder"}
    | {"mailer", "newsletter", "newsletters", "reminder", "reminders", "unsubscribe", "benachrichtigung", "benachrichtigungen"}
    | {"notificacion", "notificaciones", "notifica", "notifiche", "notificacao", "notificacoes", "melding", "meldingen"}
)
# dev-bounces@ and dev-request@ are the list dev@ too.
_LIST_SERVICE = re.compile(r"-(?:bounces|request|owner|admin|help|subscribe|unsubscribe)(?:\+.*)?$")
_POSTMASTER = re.compile(r"(?:mailer-daemon|postmaster)(?:\+[^@]*)?@")
_SEPARATORS = re.compile(r"[._+=-]+")
_VIA = re.compile(r"\s+via\s+", re.IGNORECASE)


def people_of(message: Message, own: Own) -> People:
    """Who is offered for this mail and why, and whether a person wrote it."""
    circle = _Circle(message, own)
    sender = message.sender
    if sender is None:
        circle.offer(circle.answering(), Role.REPLY_TO)
        circle.offer_recipients()
        return circle.people(Direction.UNREADABLE, circle.kind(None))
    if circle.list_speaks_as(sender):
        return _from_list(circle, sender)
    if own.is_me(sender.address):
        circle.offer_recipients()
        return circle.people(Direction.SENT, MailKind.MAILING_LIST if circle.is_discussion else MailKind.PERSON)
    if own.is_colleague(sender):
        return _from_colleague(circle, sender)
    return _from_outside(circle, sender)


def _from_list(circle: "_Circle", sender: Mailbox) -> People:
    """ "Anna Roy via Sales <sales@...>": the list wrote its own address into From, the author is in Reply-To."""
    author_name = _VIA.split(sender.name)[0].strip("'\" ") if _VIA.search(sender.name) else ""
    authors = circle.answering()[:1]
    circle.offer((replace(author, name=author.name or author_name) for author in authors), Role.REPLY_TO)
    circle.offer_recipients()
    direction = Direction.RECEIVED if circle.others else Direction.INTERNAL if circle.is_answered_inside() else Direction.UNREADABLE
    return circle.people(direction, circle.kind(None))


def _from_outside(circle: "_Circle", sender: Mailbox) -> People:
    message = circle.message
    answering = circle.answering()
    # a no-reply address with a person to answer to is a form or a shop writing for that person
    writes_for_another = bool(answering) and is_machine(sender) and not message.bulk
    kind = circle.kind(None if writes_for_another else sender)
    if kind.automated:
        circle.offer((sender,), Role.SENDER)
        return circle.people(Direction.RECEIVED, kind)
    if any(box.address == sender.address for box in message.reply_to):
        circle.offer((sender,), Role.SENDER)
    circle.offer(answering, Role.REPLY_TO)
    if not writes_for_another:
        circle.offer((sender,), Role.SENDER)
    if message.original:
        circle.offer((message.original.sender,), Role.ORIGINAL_SENDER)
    circle.offer_recipients()
    return circle.people(Direction.RECEIVED, kind)


def _from_colleague(circle: "_Circle", sender: Mailbox) -> People:
    original = circle.message.original.sender if circle.message.original else None
    forwarded_by = sender if original and circle.is_outside(original) else None
    answering = circle.answering()
    if original and forwarded_by:
        circle.offer((original,), Role.ORIGINAL_SENDER)
        kind = MailKind.NOTIFICATION if is_machine(original) else MailKind.PERSON
    else:
        kind = circle.kind(None if answering else sender)
    # a form on our own web site writes in our name, with the visitor to answer to
    circle.offer(answering, Role.REPLY_TO)
    circle.offer_recipients()
    return circle.people(Direction.RECEIVED if circle.others else Direction.INTERNAL, kind, forwarded_by)


def is_machine(mailbox: Mailbox) -> bool:
    """Does the address itself say that nobody reads it?"""
    local = mailbox.address.rpartition("@")[0]
    words = [word for word in _SEPARATORS.split(local) if word]
    joined = "".join(words)
    if len(words) > 1 and words[0] == "reply":  # reply+1a2b3c@…, where an answer is read by a program
        return True
    return any(word in joined for word in _NOT_ANSWERED) or not _MACHINES.isdisjoint(words[:1] + words[-1:])


class _Circle:
    """Everybody in one mail, sorted into outside, ours, and the mailing list."""

    def __init__(self, message: Message, own: Own) -> None:
        self.message = message
        self.own = own
        self.others: dict[str, Person] = {}
        self.list_hosts, self.list_addresses = _list_of(message)
        self.is_discussion = bool(self.list_addresses or message.list_post)

    def is_list(self, mailbox: Mailbox) -> bool:
        local, _, domain = mailbox.address.rpartition("@")
        return mailbox.address in self.list_addresses or f"{_LIST_SERVICE.sub('', local)}@{domain}" in self.list_addresses

    def list_speaks_as(self, sender: Mailbox) -> bool:
        return self.is_list(sender) or (self.is_discussion and sender.domain in self.list_hosts and bool(_VIA.search(sender.name)))

    def is_outside(self, mailbox: Mailbox) -> bool:
        return not (self.own.is_me(mailbox.address) or self.own.is_colleague(mailbox) or self.is_list(mailbox))

    def answering(self) -> tuple[Mailbox, ...]:
        """Whom an answer would reach, where that is somebody else than the sender."""
        sender = self.message.sender
        return tuple(
            box
            for box in self.message.reply_to
            if self.is_outside(box) and not is_machine(box) and not (sender and box.address == sender.address)
        )

    def is_answered_inside(self) -> bool:
        return any(self.own.is_me(box.address) or self.own.is_colleague(box) for box in self.message.reply_to if not self.is_list(box))

    def kind(self, author: Mailbox | None) -> MailKind:
        message = self.message
        if author and _POSTMASTER.match(author.address):
            return MailKind.BOUNCE
        if author and is_machine(author):
            return MailKind.NEWSLETTER if message.bulk else MailKind.NOTIFICATION
        if message.automatic:
            return MailKind.AUTO_REPLY if message.answers else MailKind.NOTIFICATION
        if self.is_discussion:
            return MailKind.MAILING_LIST
        return MailKind.NEWSLETTER if message.bulk else MailKind.PERSON

    def offer(self, mailboxes: Iterable[Mailbox], role: Role) -> None:
        """Adds those from outside; who was offered before keeps that role, which is the stronger."""
        for box in mailboxes:
            known = self.others.get(box.address)
            if known is None and len(self.others) < MAX_PEOPLE and self.is_outside(box):
                self.others[box.address] = Person(box.address, box.name, role)
            elif known is not None and not known.name:
                self.others[box.address] = replace(known, name=box.name)

    def offer_recipients(self) -> None:
        self.offer(self.message.to, Role.RECIPIENT)
        self.offer(self.message.cc, Role.COPY)

    def people(self, direction: Direction, kind: MailKind, forwarded_by: Mailbox | None = None) -> People:
        message = self.message
        everybody = (*((message.sender,) if message.sender else ()), *message.reply_to, *message.to, *message.cc)
        colleagues = {box.address: box for box in reversed(everybody) if self.own.is_colleague(box) and not self.is_list(box)}
        return People(direction, kind, tuple(self.others.values()), tuple(reversed(colleagues.values())), forwarded_by)


def _list_of(message: Message) -> tuple[frozenset[str], frozenset[str]]:
    """Hosts and addresses of the discussion list this mail came through, both empty where it came through none.

    A list-id alone is also what newsletters carry; those do not write to their own address."""
    recipients = {box.address for box in (*message.to, *message.cc)}
    addresses = set()
    if "@" in message.list_post:
        addresses.add(message.list_post)
    name, _, host = message.list_id.partition(".")
    by_id = f"{name}@{host}"
    if name and "." in host and (addresses or message.list_post or by_id in recipients):
        addresses.add(by_id)
    if message.bulk:  # old lists say no more than that answers go to where the mail was sent to
        addresses |= recipients.intersection(box.address for box in message.reply_to)
    return frozenset(address.rpartition("@")[2] for address in addresses), frozenset(addresses)
