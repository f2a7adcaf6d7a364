"""The sample mails, as they lie in each person's mailbox.

`mailbox/<owner>/*.eml` are real mails; one more is made in `newsletter.py`. People without a folder look into Paul's
mailbox, as Gmail's delegates do. A mail dropped from a file lies in a directory beside the signing key.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import cache, cached_property
from pathlib import Path

from playground import mime
from playground.newsletter import NEWSLETTER_NAME, newsletter
from playground.people import ACTORS, CLAIRE, NADIA, PAUL, Actor, actor

FOLDERS = {PAUL.email: "paul", CLAIRE.email: "claire", NADIA.email: "nadia"}
DROPPED = "dropped"
"""The directory beside the signing key for mails that are not of the samples."""
SAMPLES = Path(__file__).parent / "mailbox"
UNREAD_MAILS = 6
SNIPPET_CHARACTERS = 160

_UNDATED = datetime(2026, 11, 1, tzinfo=UTC)
_FIRST_ID = 0x1A00 << 48
"""Gmail's ids are 64 bits; those of these years begin so."""
_REST_ID = re.compile(r"[0-9a-f]{16}")
_EVENT_ID = re.compile(r"(?:msg|thread)-f:([0-9]{1,20})")


def rest_id(identifier: str) -> str:
    """The hexadecimal id of Gmail's REST API for `msg-f:<decimal>` or `thread-f:<decimal>`; anything else unchanged."""
    match = _EVENT_ID.fullmatch(identifier)
    return f"{int(match[1]):x}" if match else identifier


@dataclass(frozen=True, slots=True)
class SampleMail:
    """One mail in one mailbox. `subject`, `sender` and `recipients` are decoded and safe to lay out, not escaped."""

    owner_email: str
    name: str
    """File name, e.g. "01-anna-quote-request.eml"."""
    message_id: str
    """Gmail's id as events carry it, "msg-f:<decimal>"; the same for this owner and file at every start."""
    thread_id: str
    raw: bytes = field(repr=False)
    """The MIME source, lines ended by CRLF."""
    subject: str
    sender: str
    sender_address: str
    recipients: str
    date: datetime
    """When it arrived, or was sent."""
    snippet: str = field(repr=False)
    sent: bool
    """Written by the owner of the mailbox."""
    unread: bool
    thread_root: str
    """The file name of the first mail of the conversation."""

    @property
    def rest_id(self) -> str:
        return rest_id(self.message_id)

    @property
    def text(self) -> str:
        """The text of the mail for showing."""
        return mime.body_text(mime.parse(self.raw))


@dataclass(frozen=True)
class Mailbox:
    """`mails`: newest first."""

    owner_email: str
    mails: tuple[SampleMail, ...]

    def named(self, name: str) -> SampleMail | None:
        """By file name, with or without ".eml"."""
        return next((mail for mail in self.mails if name in (mail.name, mail.name.removesuffix(".eml"))), None)

    def find(self, identifier: str) -> SampleMail | None:
        """By Gmail's id in either form."""
        return self._by_rest_id.get(rest_id(identifier))

    @cached_property
    def _by_rest_id(self) -> dict[str, SampleMail]:
        return {mail.rest_id: mail for mail in self.mails}


class Mailboxes:
    """All of them, read once. `dropped` is where mails from files are put; every process that knows it serves them."""

    def __init__(self, dropped: Path) -> None:
        self._dropped = dropped
        self._mailboxes = {owner: Mailbox(owner, _read_folder(owner, folder)) for owner, folder in FOLDERS.items()}
        for other in ACTORS:
            if other.email not in FOLDERS:
                self._mailboxes[other.email] = self._delegated(other)

    def of(self, email: str) -> Mailbox:
        """The mailbox a person sees. ValueError where `email` is no address."""
        person = actor(email)
        return self._mailboxes.get(person.email) or self._delegated(person)

    def find(self, email: str, identifier: str) -> SampleMail | None:
        """A mail of this person, by Gmail's id in either form; also a dropped one."""
        person = actor(email)
        mail = self.of(person.email).find(identifier)
        if mail is None and _REST_ID.fullmatch(rest_id(identifier)):
            path = self._dropped / person.email / f"{rest_id(identifier)}.eml"
            if path.is_file():
                mail = _mail(person.email, path.name, path.read_bytes(), number=int(rest_id(identifier), 16))
        return mail

    def drop(self, email: str, raw: bytes) -> SampleMail:
        """Puts a mail into this person's mailbox, where the stand-in Gmail finds it by its id; one that lies there already
        stays as it is. OSError."""
        person = actor(email)
        raw = _with_crlf(raw)
        there = next((mail for mail in self.of(person.email).mails if mail.raw == raw), None)
        if there:
            return there
        number = _number(person.email, hashlib.sha256(raw).hexdigest())
        directory = self._dropped / person.email
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{number:x}.eml"
        if not path.exists():
            arriving = path.with_suffix(".arriving")
            arriving.write_bytes(raw)
            arriving.replace(path)
        return _mail(person.email, path.name, raw, number=number)

    def _delegated(self, person: Actor) -> Mailbox:
        """Paul's mails under ids of this person's own."""
        mails = self._mailboxes[PAUL.email].mails
        return Mailbox(
            person.email,
            tuple(
                replace(
                    mail,
                    owner_email=person.email,
                    message_id=f"msg-f:{_number(person.email, mail.name)}",
                    thread_id=f"thread-f:{_number(person.email, mail.thread_root)}",
                )
                for mail in mails
            ),
        )


def load_mailboxes(dropped: Path) -> Mailboxes:
    """Reads all sample mails, once a process: about a tenth of a second."""
    return Mailboxes(dropped)


@cache
def _read_folder(owner: str, folder: str) -> tuple[SampleMail, ...]:
    sources = {path.name: path.read_bytes() for path in sorted((SAMPLES / folder).glob("*.eml"))}
    if owner == PAUL.email:
        sources[NEWSLETTER_NAME] = newsletter()
    roots = _thread_roots(sources)
    mails = sorted((_mail(owner, name, raw, root=roots[name]) for name, raw in sources.items()), key=lambda mail: mail.date, reverse=True)
    received = [mail.name for mail in mails if not mail.sent]
    return tuple(replace(mail, unread=mail.name in received[:UNREAD_MAILS]) for mail in mails)


def _thread_roots(sources: dict[str, bytes]) -> dict[str, str]:
    """Name -> name of the mail it answers, by References and In-Reply-To; its own where there is none."""
    parsed = {name: mime.parse(raw) for name, raw in sources.items()}
    by_message_id = {mime.header(message, "Message-ID"): name for name, message in parsed.items()}
    roots = {}
    for name, message in parsed.items():
        earlier = f"{mime.header(message, 'References')} {mime.header(message, 'In-Reply-To')}".split()
        roots[name] = next((by_message_id[one] for one in earlier if one in by_message_id), name)
    return roots


def _mail(owner: str, name: str, raw: bytes, *, root: str = "", number: int | None = None) -> SampleMail:
    raw = _with_crlf(raw)
    message = mime.parse(raw)
    sender = mime.header(message, "From")
    own = number if number is not None else _number(owner, name)
    return SampleMail(
        owner_email=owner,
        name=name,
        message_id=f"msg-f:{own}",
        thread_id=f"thread-f:{own if number is not None else _number(owner, root or name)}",
        raw=raw,
        subject=mime.header(message, "Subject"),
        sender=mime.person_shown(sender),
        sender_address=parseaddr(sender)[1].lower(),
        recipients=_listed(mime.header(message, "To")),
        date=mime.first_date(message, "Received", "Date") or _UNDATED,
        snippet=mime.shown(mime.body_text(message))[:SNIPPET_CHARACTERS],
        sent=parseaddr(sender)[1].partition("@")[2] == owner.partition("@")[2] and "Received" not in message,
        unread=False,
        thread_root=root or name,
    )


def _listed(recipients: str) -> str:
    return ", ".join(_names(recipients.split(",")))


def _names(addresses: Iterable[str]) -> Iterable[str]:
    return (mime.person_shown(address.strip()) for address in addresses if address.strip())


def _number(owner: str, name: str) -> int:
    return _FIRST_ID | int.from_bytes(hashlib.sha256(f"{owner}/{name}".encode()).digest()[:6])


def _with_crlf(raw: bytes) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", raw)
