"""Who writes: a person, an office several people share, a program, or somebody to everybody at once?"""

import re
from enum import StrEnum

from reading.contact import Contact
from reading.message import Message
from reading.names import is_office
from reading.naming import is_person
from reading.people import is_machine


class SenderKind(StrEnum):
    PERSON = "person"
    ROLE = "role"
    """An office: info@, support@, a help desk."""
    AUTO = "auto"
    """A program: notifications, bounces, invoices."""
    BULK = "bulk"
    """Newsletters and mailings."""


_PROGRAMS = frozenset({"bot", "robot", "daemon", "cron", "root", "automated", "automatic", "system", "invoice", "invoices", "rechnung"})
_MAILINGS = frozenset({"newsletter", "news", "mailing", "announce", "announcements", "newsletters", "boletin", "rundbrief", "marketing"})
_OPT_OUT = (
    *(
        "do not want to receive",
        "do not wish to receive",
        "don't want to receive",
        "no longer wish to receive",
        "to unsubscribe",
        "to opt out",
    ),
    *("unsubscribe here", "unsubscribe link", "opt-out of", "ne souhaitez plus recevoir", "ne voulez plus recevoir", "vous désinscrire"),
    *("se désinscrire", "vous désabonner", "se désabonner", "keine weiteren e-mails", "keine weiteren newsletter", "newsletter abmelden"),
    *(
        "vom newsletter",
        'betreff "abmelden',
        "no desea recibir",
        "darse de baja",
        "para no recibir",
        "palabra baja",
        "non desideri ricevere",
    ),
    *("non desideri più ricevere", "cancellare l'iscrizione", "niet meer wilt ontvangen", "não deseja receber", "não deseja mais receber"),
)
_MAX_OPT_OUT = 4_000


def sender_kind(message: Message, contact: Contact, own_text: str, *, via_list: bool, named: bool) -> SenderKind:
    """`own_text` is what the author wrote, `via_list` whether it came through a discussion list, `named` whether a person signs."""
    author = contact.mailbox
    local = contact.address.rpartition("@")[0]
    words = {word for word in re.split(r"[._+-]+", local) if word}
    if not words.isdisjoint(_MAILINGS):
        return SenderKind.BULK
    if message.automatic or (author and is_machine(author)) or not words.isdisjoint(_PROGRAMS) or local.partition("+")[0].endswith("bot"):
        return SenderKind.AUTO
    if _is_mailing(message, contact, via_list=via_list) or _opts_out(own_text):
        return SenderKind.BULK
    if (is_office(local) and not named) or _names_office(contact.display):
        return SenderKind.ROLE
    return SenderKind.PERSON


def _opts_out(own_text: str) -> bool:
    """Does the text itself say how to get no more of it?"""
    lowered = own_text[-_MAX_OPT_OUT:].lower()
    return any(phrase in lowered for phrase in _OPT_OUT)


def _names_office(display: str) -> bool:
    """ "Support Weber GmbH", "CustomerNotices": the words of a display name, camel case taken apart."""
    return not is_person(display) and any(map(is_office, re.findall(r"[^\W\d_][^\W\d_A-Z]+", display)))


def _is_mailing(message: Message, contact: Contact, *, via_list: bool) -> bool:
    """A newsletter's list belongs to who writes it, a discussion list does not."""
    if not message.bulk or via_list or message.answers:
        return False
    author = contact.mailbox
    host = message.list_id.partition(".")[2]
    if not host or author is None:
        return not message.list_id
    return host == author.domain or host.endswith(f".{author.domain}") or author.domain.endswith(f".{host}")
