"""What comes from a server, read: which mail it is, by when it is sorted, what a list shows of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from reading.headers import one_line
from reading.message import Attachment, Mailbox, Message
from reading.people import MailKind, Own, is_machine, people_of
from reading.quoting import introduces_reply, is_forward_marker, is_original_marker
from reading.raw import read_raw
from salesinbox.matching import address_key

SNIPPET = 200
MOST_PEOPLE = 500
"""In one header of a mail. A stranger may write ten thousand, and every list with his mail would have to read them."""
MAX_BYTES = 2**31 - 1
"""What an integer column of PostgreSQL holds."""
_BLANKS = b" \t\n\v\f\r"
"""Servers break lines anew and take blanks off their ends."""
_IDENTIFYING_TEXT = 16_000
"""Bytes. A mail of which only the beginning was fetched must be the same as the whole one."""
_SNIPPET_TEXT = 6_000
_SNIPPET_LINES = 60
AHEAD = timedelta(days=1)
"""So far a Date may lie after the moment the server got the mail."""
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as the server gave it. `raw` may be its beginning only (`cut`): then `files` are what the server said of its parts.

    `received_at` and `size` are the server's (INTERNALDATE, RFC822.SIZE); `gmail_id` is X-GM-MSGID in hexadecimal.
    """

    uid: int
    received_at: datetime
    size: int
    unread: bool
    raw: bytes
    cut: bool = False
    gmail_id: str = ""
    files: tuple[Attachment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Somebody:
    """An address in a mail's headers."""

    role: str
    place: int
    box: Mailbox
    key: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message, read. `people` without blind copies: those are `blind`."""

    fetched: Fetched
    message: Message
    key: str
    at: datetime
    outgoing: bool
    kind: MailKind
    snippet: str
    thread: str
    people: tuple[Somebody, ...]
    blind: tuple[Somebody, ...]
    files: tuple[Attachment, ...]


def read_fetched(fetched: Fetched, own: frozenset[str], *, headers_only: bool = False) -> Incoming:
    """`own`: the addresses of the mailbox's owner, lower case. Never raises, whatever the bytes are."""
    message = read_raw(fetched.raw)
    if fetched.files is not None:
        message = replace(message, attachments=fetched.files)
    outgoing = message.sender is not None and address_key(message.sender.address) in {address_key(one) for one in own}
    return Incoming(
        fetched,
        message,
        identity(message, headers_only=headers_only),
        sorted_at(message.sent_at, fetched.received_at),
        outgoing,
        kind_of(message, own),
        snippet_of(message.text),
        thread_of(message),
        somebodies(message),
        _as("bcc", message.bcc) if outgoing else (),
        message.attachments,
    )


def kind_of(message: Message, own: frozenset[str]) -> MailKind:
    """Who offers whom is looked at only where something speaks of a machine or a list: most mail is a person's."""
    unmarked = not (message.bulk or message.automatic or message.list_id or message.list_post)
    if unmarked and (message.sender is None or not is_machine(message.sender)):
        return MailKind.PERSON
    return people_of(message, Own(own, frozenset())).kind


def identity(message: Message, *, headers_only: bool = False) -> str:
    """The same for every copy of one mail, and for no other mail: a copied Message-ID over another text is another mail, and so is
    one that others shall be written to, or that looks otherwise. Who has a copy sees all of the mail as it came first, so nobody may
    come by one who has not got it, nor put his own in a colleague's place. Where only headers are fetched, the text is not known of
    any copy."""
    said = hashlib.sha256()
    sent_at = message.sent_at.isoformat() if message.sent_at else ""
    people = (" ".join(box.address for box in boxes) for boxes in (message.reply_to, message.to, message.cc))
    for part in (message.key, message.sender.address if message.sender else "", sent_at, message.subject, *people):
        said.update(part.encode("utf-8", "replace") + b"\0")
    for text in () if headers_only else (message.text, message.html):
        said.update(text.encode("utf-8", "replace").translate(None, _BLANKS)[:_IDENTIFYING_TEXT] + b"\0")
    return said.hexdigest()


def sorted_at(sent_at: datetime | None, received_at: datetime) -> datetime:
    """Date where it is believable, else when it reached the server."""
    believable = sent_at is not None and _EPOCH <= sent_at <= received_at + AHEAD
    return sent_at if believable and sent_at is not None else received_at


def snippet_of(text: str) -> str:
    """The beginning of what the author wrote himself; of a mail that only quotes, of that."""
    lines = text[:_SNIPPET_TEXT].split("\n", _SNIPPET_LINES)[:_SNIPPET_LINES]
    kept: list[str] = []
    length = 0
    for number, line in enumerate(lines):
        bare = line.strip()
        if not bare or bare[0] == ">":
            continue
        if is_original_marker(bare) or is_forward_marker(bare) or introduces_reply(lines, number):
            break
        kept.append(bare)
        length += len(bare)
        if length > SNIPPET * 2:
            break
    return one_line(" ".join(kept or lines), SNIPPET)


def thread_of(message: Message) -> str:
    ids = dict.fromkeys((*message.references, *message.in_reply_to))
    ids.pop(message.message_id, None)
    return " ".join(ids)


def somebodies(message: Message) -> tuple[Somebody, ...]:
    return (
        *_as("from", (message.sender,) if message.sender else ()),
        *_as("reply-to", message.reply_to),
        *_as("to", message.to),
        *_as("cc", message.cc),
    )


def _as(role: str, boxes: Sequence[Mailbox]) -> tuple[Somebody, ...]:
    """Each address once. Of more than MOST_PEOPLE the rest stands in the mail alone: it is under nobody's record."""
    once: dict[str, Mailbox] = {}
    for box in boxes[:MOST_PEOPLE]:
        once.setdefault(box.address, box)
    return tuple(Somebody(role, place, box, address_key(box.address)) for place, box in enumerate(once.values()))
