"""A mail as its writer typed it made into the bytes that go out. Pure: nothing here does input or output.

What can be wrong with what was typed is found before anything is sent, every problem at its field.
"""

import re
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from enum import StrEnum
from itertools import islice
from typing import Any

from i18n import Language
from reading.addresses import mailboxes
from reading.message import Mailbox
from salesinbox.matching import address_key

MAX_SUBJECT = 500
MAX_TEXT = 100_000
"""With this much in any script a form stays below what Flask takes, half a million bytes."""
MAX_RECIPIENTS = 100
"""To and copies together."""
MAX_TYPED = 20_000
"""Characters of an address field."""
MAX_QUOTED = 50_000
"""Characters quoted of the mail that is answered."""
MAX_REFERENCES = 30
"""Message-IDs of the thread that are named: the first, and the newest."""

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
# The base subject of RFC 5256, in the languages mail programs write it in; "[list]" before it stays.
_PREFIXES = re.compile(
    r"\s*(?P<lists>(?:\[[^\[\]]{1,60}\]\s*)*)"
    r"(?:(?:re|ré|rép|aw|antw|sv|vs|rif|r|odp|res|fwd?|tr|wg|rv|enc|i|doorst)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:\uff1a]\s*)+",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"[\r\n\x00\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# A quote that does not end takes the rest: to begin anew behind it would cost a second for a field of nothing else.
_SEPARATED = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^",;]+|[",;]', re.DOTALL)

# An address alone, or behind a name; an @ in a name has to be quoted, else two addresses without a comma would be one.
_ONE_ADDRESS = re.compile(r'\S+|(?:"(?:[^"\\]|\\.)*+"|[^"<>@])*<[^<>]+>', re.DOTALL)


class Field(StrEnum):
    SENDER = "sender"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    TEXT = "text"


class Flaw(StrEnum):
    MISSING = "missing"
    NOT_YOURS = "not yours"
    """A sender who is not one of one's proven addresses."""
    NO_ADDRESS = "no address"
    NOT_ASCII = "not ascii"
    """Letters before the @ that mail servers do not take in general."""
    TOO_MANY = "too many"
    TOO_LONG = "too long"
    LINE_BREAK = "line break"
    """Somebody is trying to write a header of his own."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`value` is the part that is wrong, `limit` what would be possible."""

    field: Field
    flaw: Flaw
    value: str = ""
    limit: int = 0


class NotSendable(Exception):
    """What was typed cannot go out as it is."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{problem.field} {problem.flaw}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form, as it was typed. `sender` is an address."""

    sender: str = ""
    to: str = ""
    cc: str = ""
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What of a mail an answer to it needs. `thread` are the Message-IDs of the mails before it; `text` is "" where none is kept."""

    message_id: str
    thread: tuple[str, ...]
    subject: str
    at: datetime
    sender: Mailbox | None
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft nothing is wrong with."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    text: str

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(box.address for box in (*self.to, *self.cc))


def answer_to(mail: Answered, own: Collection[str], sender: str, language: Language, *, everybody: bool) -> Draft:
    """The form an answer starts with. `own` are the writer's addresses; `everybody`: all who had the mail get the answer."""
    mine = frozenset(address_key(address) for address in own)
    if mail.sender is not None and address_key(mail.sender.address) in mine:
        first = mail.to
    else:
        first = _others(mail.reply_to, mine) or _distinct([mail.sender] if mail.sender else [])
    to = _others(first, mine) or _distinct(first)
    copies = _others((*mail.to, *mail.cc), mine | {address_key(box.address) for box in to}) if everybody else ()
    quoted = quote(mail, language)
    return Draft(sender, as_typed(to), as_typed(copies), answering_subject(mail.subject), f"\n\n{quoted}" if quoted else "")


def answering_subject(subject: str) -> str:
    """With one "Re: ", whatever stood there in whatever language."""
    prefixed = _PREFIXES.match(subject)
    bare = f"{prefixed['lists']}{subject[prefixed.end() :]}" if prefixed else subject
    return f"Re: {bare.strip()}"[:MAX_SUBJECT].rstrip()


def quote(mail: Answered, language: Language) -> str:
    """The mail that is answered, line by line behind ">"; "" where no text is kept."""
    text = _plain(mail.text).strip("\n")
    if not text.strip():
        return ""
    shown = text[:MAX_QUOTED].split("\n")
    if len(text) > MAX_QUOTED:
        shown.append("[…]")
    moment = language.moment(mail.at)
    if mail.sender is None:
        opening = language.text("On {moment}, somebody wrote:", moment=moment)
    else:
        opening = language.text("On {moment}, {name} wrote:", moment=moment, name=mail.sender.name or mail.sender.address)
    # A quote of a quote is ">>", as mail programs expect it.
    return "\n".join([opening, *(f">{'' if line.startswith('>') else ' '}{line}".rstrip() for line in shown)])


def as_typed(boxes: Iterable[Mailbox]) -> str:
    """Addresses as they stand in the form, and are read again."""
    return ", ".join(_phrase(box) for box in boxes)


def check(draft: Draft, senders: Iterable[Mailbox]) -> Ready:
    """NotSendable, with everything that is wrong. `senders`: the addresses this person may send from."""
    sender = next((one for one in senders if one.address == draft.sender), None)
    problems = [] if sender else [Problem(Field.SENDER, Flaw.NOT_YOURS)]
    address = in_ascii(sender.address) if sender else ""
    if address is None:
        problems.append(Problem(Field.SENDER, Flaw.NOT_ASCII, draft.sender))
    to, wrong = _recipients(Field.TO, draft.to)
    cc, wrong_copies = _recipients(Field.CC, draft.cc)
    problems += [*wrong, *wrong_copies]
    if not to and not wrong:
        problems.append(Problem(Field.TO, Flaw.MISSING))
    elif len(to) + len(cc) > MAX_RECIPIENTS:
        problems.append(Problem(Field.TO, Flaw.TOO_MANY, limit=MAX_RECIPIENTS))
    if _BREAKS.search(draft.subject):
        problems.append(Problem(Field.SUBJECT, Flaw.LINE_BREAK))
    elif len(draft.subject) > MAX_SUBJECT:
        problems.append(Problem(Field.SUBJECT, Flaw.TOO_LONG, limit=MAX_SUBJECT))
    text = _plain(draft.text)
    if not text.strip():
        problems.append(Problem(Field.TEXT, Flaw.MISSING))
    elif len(text) > MAX_TEXT:
        problems.append(Problem(Field.TEXT, Flaw.TOO_LONG, limit=MAX_TEXT))
    if problems or sender is None or address is None:
        raise NotSendable(tuple(problems))
    addressed = {box.address for box in to}
    copies = tuple(box for box in cc if box.address not in addressed)
    return Ready(Mailbox(address, sender.name), to, copies, _CONTROLS.sub("", draft.subject).strip(), text)


def new_message_id(sender: str) -> str:
    """Of the sender's domain, without brackets."""
    return f"{uuid.uuid4().hex}@{sender.rpartition('@')[2]}"


def compose(ready: Ready, message_id: str, at: datetime, answers: Answered | None = None) -> EmailMessage:
    """The mail. The same values always give the same bytes."""
    mail = EmailMessage(policy=_WIRE)
    mail["From"] = _address(ready.sender)
    mail["To"] = tuple(_address(box) for box in ready.to)
    if ready.cc:
        mail["Cc"] = tuple(_address(box) for box in ready.cc)
    mail["Subject"] = ready.subject
    mail["Date"] = at
    mail["Message-ID"] = f"<{message_id}>"
    if answers is not None:
        own = _MESSAGE_ID.fullmatch(f"<{answers.message_id}>")
        if own:
            mail["In-Reply-To"] = own[0]
        named = [one for one in answers.thread if _MESSAGE_ID.fullmatch(one)] + ([own[0]] if own else [])
        distinct = tuple(dict.fromkeys(named))
        if len(distinct) > MAX_REFERENCES:
            distinct = (distinct[0], *distinct[1 - MAX_REFERENCES :])
        if distinct:
            mail["References"] = " ".join(distinct)
    mail.set_content(ready.text)
    return mail


def in_ascii(address: str) -> str | None:
    """The address as every mail server takes it: an international domain in its ASCII form; None where there is no such form.

    Letters beyond ASCII before the @ need SMTPUTF8 of every server on the way, and to be filed UTF8=ACCEPT of one's own.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        return None
    if domain.isascii():
        return address
    try:
        encoded = domain.encode("idna")
    except UnicodeError:
        return None
    # The codec is of 2003 and writes "ß" as "ss", which is another domain by now.
    return f"{local}@{encoded.decode('ascii')}" if encoded.decode("idna") == domain else None


def _plain(text: str) -> str:
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _distinct(boxes: Iterable[Mailbox]) -> tuple[Mailbox, ...]:
    return tuple({box.address: box for box in reversed(tuple(boxes))}.values())[::-1]


def _others(boxes: Iterable[Mailbox], keys: Collection[str]) -> tuple[Mailbox, ...]:
    return tuple(box for box in _distinct(boxes) if address_key(box.address) not in keys)


def _recipients(field: Field, typed: str) -> tuple[tuple[Mailbox, ...], list[Problem]]:
    if _BREAKS.search(typed):
        return (), [Problem(field, Flaw.LINE_BREAK)]
    if len(typed) > MAX_TYPED:
        return (), [Problem(field, Flaw.TOO_LONG, limit=MAX_TYPED)]
    boxes: list[Mailbox] = []
    problems: list[Problem] = []
    for piece in islice(_pieces(typed), MAX_RECIPIENTS * 2):
        found = mailboxes(piece)
        if len(found) != 1 or not _ONE_ADDRESS.fullmatch(piece):
            problems.append(Problem(field, Flaw.NO_ADDRESS, piece[:100]))
        elif (address := in_ascii(found[0].address)) is None:
            problems.append(Problem(field, Flaw.NOT_ASCII, found[0].address[:100]))
        elif not _stands(address):
            problems.append(Problem(field, Flaw.NO_ADDRESS, piece[:100]))
        else:
            boxes.append(Mailbox(address, found[0].name))
    return _distinct(boxes), problems


def _stands(address: str) -> bool:
    """By the rules of the header it goes into; and nothing on the internet is called by one word."""
    try:
        Address(addr_spec=address)
    except (ValueError, MessageError):
        return False
    return "." in address.rpartition("@")[2]


def _pieces(typed: str) -> Iterator[str]:
    """One address each, parted by commas or semicolons outside of quotes. "Doe, John <j@x.example>" is one."""
    held = piece = ""
    for part in (*(found[0] for found in _SEPARATED.finditer(typed)), ";"):
        if part not in (",", ";"):
            piece += part
            continue
        if "@" in piece:
            if held and "<" not in piece:
                yield held
                held = ""
            yield f"{held}, {piece.strip()}" if held else piece.strip()
            held = ""
        elif piece.strip():
            held = f"{held}, {piece.strip()}" if held else piece.strip()
        piece = ""
        if part == ";" and held:
            yield held
            held = ""


def _phrase(box: Mailbox) -> str:
    if not box.name or _BREAKS.search(box.name):
        return box.address
    name = box.name
    if any(mark in name for mark in '()<>[]:;@\\,."'):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{box.address}>"


def _address(box: Mailbox) -> Address:
    return Address(box.name, addr_spec=box.address)


class _Wire(EmailPolicy):
    """The library's own folding drops the quotes around a long "Doe, John", loses blanks between encoded words and encodes
    Message-IDs longer than a line: these headers are folded here."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """A subject is kept as it was typed: the library would decode what looks encoded in it."""
        if name != "Subject":
            return super().header_store_parse(name, value)
        if _BREAKS.search(value):
            raise ValueError("a line break in a subject")
        return name, value

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")

    def fold(self, name: str, value: Any) -> str:
        match name:
            case "From" | "To" | "Cc":
                folded = ",\r\n ".join(_encoded(one) for one in value.addresses)
            case "Message-ID" | "In-Reply-To" | "References":
                folded = "\r\n ".join(str(value).split())
            case "Subject":
                folded = _words(str(value), name)
            case _:
                return str(super().fold(name, value))
        return f"{name}: {folded}\r\n"


def _encoded(address: Address) -> str:
    name = address.display_name
    if not name:
        return address.addr_spec
    if name.isascii() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address.addr_spec}>'
    return f"{_words(name, 'To')} <{address.addr_spec}>"


def _words(text: str, header: str) -> str:
    plain = text.isascii() and "=?" not in text
    return Header(text, "us-ascii" if plain else "utf-8", header_name=header).encode(linesep="\r\n")


_WIRE = _Wire(cte_type="7bit", linesep="\r\n")
