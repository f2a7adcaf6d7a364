"""Whom is the mail from? The author's address among From, Reply-To and a list's own, and who of the mail he is."""

import re
from dataclasses import dataclass
from enum import StrEnum

from reading.addresses import mailbox
from reading.message import Mailbox, Message
from reading.people import is_machine
from reading.quoting import mailbox_in

_VIA = re.compile(r"\s+v[ií]a\s+(?=\S)", re.IGNORECASE)
_LIST_SERVICE = re.compile(r"-(?:bounces|request|owner|admin|help|subscribe|unsubscribe)$")


class Way(StrEnum):
    """How the mail came to the reader; the lead source says it."""

    DIRECT = "direct"
    REPLY = "reply"
    LIST = "mailing list"
    FORWARD = "forwarded"
    FORM = "web form"


@dataclass(frozen=True, slots=True)
class Contact:
    """`address` may be empty, `display` is the name as headers give it. `second_address` is another of his, from Reply-To."""

    address: str
    display: str
    way: Way
    second_address: str = ""

    @property
    def mailbox(self) -> Mailbox | None:
        return Mailbox(self.address, self.display) if self.address else None


def contact_of(message: Message) -> Contact:
    """The author of the newest text."""
    sender = message.sender
    answers = tuple(box for box in message.reply_to if not _is_list(message, box))
    way = _way(message)
    if sender is None:
        box = mailbox_in(message.author)
        return Contact(box.address if box else "", box.name if box else message.author, way)
    if _is_list(message, sender) or (_VIA.search(sender.name) and came_through_list(message)):
        # the list wrote its own address into From
        display = _VIA.split(sender.name)[0].strip("'\" ") if _VIA.search(sender.name) else sender.name
        author = next((box for box in answers if box.address != sender.address), None)
        if author is None and not sender.name:  # an office that writes by its list's address
            return Contact(sender.address, "", Way.LIST)
        return Contact(author.address if author else "", (author.name if author else "") or display, Way.LIST)
    if is_machine(sender) and answers and not is_machine(answers[0]) and answers[0].domain != sender.domain and not message.bulk:
        # a form or a shop writes for the person to answer to
        return Contact(answers[0].address, answers[0].name, Way.FORM)
    second = next((box.address for box in answers if box.address != sender.address and _is_same_person(sender, box)), "")
    return Contact(sender.address, sender.name, way, second)


def answered_instead(message: Message, address: str) -> Contact | None:
    """Who is at `address`, where answers go to him and not to the sender: a form on a web site writes so."""
    box = next((box for box in message.reply_to if box.address == address), None)
    return Contact(address, box.name, Way.FORM) if box else None


def original_of(message: Message) -> Contact | None:
    """Who wrote the mail that this one forwards."""
    original = message.original
    return Contact(original.sender.address, original.sender.name, Way.FORWARD) if original else None


def _way(message: Message) -> Way:
    if came_through_list(message):
        return Way.LIST
    return Way.REPLY if message.answers or _is_reply(message.subject) else Way.DIRECT


def _is_reply(subject: str) -> bool:
    return re.match(r"\s{0,9}(?:re|aw|sv|antw|réf?|rif|odp)\s?(?:\[\d+\])?\s?:", subject[:40], re.IGNORECASE) is not None


def _list_address(message: Message) -> str:
    name, _, host = message.list_id.partition(".")
    box = mailbox(f"{name}@{host}") if name and "." in host else None
    return box.address if box else ""


def came_through_list(message: Message) -> bool:
    """A discussion list is among the recipients, or behind the answer address."""
    if message.list_post:
        return True
    recipients = {box.address for box in (*message.to, *message.cc)}
    by_id = _list_address(message)
    if by_id and by_id in recipients:
        return True
    if not message.bulk:
        return False
    name = by_id.partition("@")[0]
    answers = {box.address for box in message.reply_to}
    munged = any(_VIA.search(box.name) for box in (message.sender,) if box)
    return munged or any(address.partition("@")[0] == name or address in answers for address in recipients)


def _is_list(message: Message, box: Mailbox) -> bool:
    local, _, domain = box.address.rpartition("@")
    address = f"{_LIST_SERVICE.sub('', local)}@{domain}"
    if address == message.list_post or (address == _list_address(message) and came_through_list(message)):
        return True
    if not message.bulk or not any(box.address == recipient.address for recipient in (*message.to, *message.cc)):
        return False
    # old lists say no more than that answers go to where the mail was sent to; a person may well send to himself, too
    is_sender = message.sender is not None and box.address == message.sender.address
    name, _, host = message.list_id.partition(".")
    return not is_sender or local in {name, *name.split("-")} or domain == host


def _is_same_person(sender: Mailbox, box: Mailbox) -> bool:
    """Does the answer address share a word with the sender's name or address?"""
    local = re.sub(r"[^a-z]+", "", box.address.rpartition("@")[0].lower())
    words = re.findall(r"[a-z]{3,}", f"{sender.name} {sender.address.rpartition('@')[0]}".lower())
    return any(word in local for word in words) and not is_machine(box)
