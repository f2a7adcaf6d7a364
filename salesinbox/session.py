"""One signed-in connection to an IMAP server, as the sync speaks with it: questions in, values out, nothing ever changed there.

Folders are opened read-only (EXAMINE) and mail is fetched with PEEK. IMAPClient parses what comes back; the commands go through
imaplib, which takes ranges of UIDs, names as bytes and extensions that IMAPClient has no method for. What a message's headers
contain is in literals, so that no length of line there is a line of the protocol.

A command the server says no to, or answers so that nobody can read it, is `Refused`: it concerns what was asked about. Everything
else that goes wrong is a MailboxFault: the connection is of no more use.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any

from imapclient import IMAPClient
from imapclient.datetime_util import parse_to_datetime
from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7
from imapclient.response_parser import parse_response

from db import now
from reading.message import Attachment
from salesinbox.answers import UNREADABLE, cleaned, fault_of, meant_by
from salesinbox.faults import Cause, MailboxFault
from salesinbox.responses import fields_of, pairs, responses
from salesinbox.structure import files_of

CUT = 262_144
"""Bytes fetched of one mail: its text is in there, what follows is attachments."""
MOST_UIDS = 5_000_000
"""In one folder. More is no folder but nonsense."""
MOST_FOLDERS = 10_000

_STATUS = "MESSAGES UIDNEXT UIDVALIDITY UNSEEN"
_OF_ONE_THING = re.compile(
    r"\[(serverbug|unavailable|inuse|noperm|nonexistent|cannot|corruption|contactadmin|expungeissued)\b", re.IGNORECASE
)
"""RFC 5530: it may be about this folder or this message alone, whatever else the words are used for."""
_OF_THE_MAILBOX = frozenset({Cause.THROTTLED, Cause.SIGN_IN, Cause.PERMISSION_ENDED, Cause.PROTOCOL_OFF})
_ALL = re.compile(rb"\bALL ([0-9:,]+)")
_UNREADABLE = (*UNREADABLE, IMAP4.error)


class Refused(Exception):
    """`said`: what the server answered, cleaned."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass(frozen=True, slots=True)
class Status:
    """`modseq` is 0 where the server counts no changes (CONDSTORE)."""

    messages: int
    uidnext: int
    uidvalidity: int
    unseen: int
    modseq: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder one can open. `wire` is its name as the server writes it, `flags` are lower case."""

    name: str
    wire: bytes
    flags: frozenset[str]
    delimiter: str
    status: Status | None


@dataclass(frozen=True, slots=True)
class Listing:
    """`whole` is False where a line could not be read: then nothing is known of what is not in it."""

    folders: tuple[Listed, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Opened:
    exists: int
    uidnext: int
    uidvalidity: int
    modseq: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What a message is, short of its content. `headers`: Message-ID and Date as they stand there, where they were asked for."""

    uid: int
    size: int
    unread: bool
    received_at: datetime
    gmail_id: str = ""
    labels: tuple[bytes, ...] = ()
    headers: bytes = b""


class Session:
    """For one thread. `connect` gives a signed-in connection, at the start and again where one was lost. MailboxFault."""

    def __init__(self, connect: Callable[[], IMAPClient]) -> None:
        self._connect = connect
        self._opened: bytes | None = None
        self._uidvalidity = 0
        self._join()

    def close(self) -> None:
        # What the server says to a farewell helps nobody.
        with contextlib.suppress(IMAP4.error, OSError):
            self._client.logout()

    def reopen(self) -> None:
        """A new connection with the same folder open. MailboxFault, Refused."""
        folder, uidvalidity = self._opened, self._uidvalidity
        with contextlib.suppress(IMAP4.error, OSError):
            self._client.shutdown()
        self._join()
        if folder is not None and self.examine(folder).uidvalidity != uidvalidity:
            raise MailboxFault(Cause.BROKEN_OFF, "UIDVALIDITY has changed")

    def _join(self) -> None:
        self._client = self._connect()
        self._imap: IMAP4 = self._client._imap  # noqa: SLF001
        self._opened = None
        with _mailbox_faults():
            offered = {word.decode("ascii", "replace").upper() for word in self._client.capabilities()}
        self.gmail = "X-GM-EXT-1" in offered
        self._condstore = "CONDSTORE" in offered or "QRESYNC" in offered
        self._esearch = "ESEARCH" in offered
        self._special_use = "SPECIAL-USE" in offered and "LIST-EXTENDED" in offered
        self._list_status = "LIST-STATUS" in offered

    # folders

    def listing(self) -> Listing:
        """Every folder that can be opened, with its status where the server gives that along. MailboxFault, Refused."""
        wanted = ["SPECIAL-USE"] if self._special_use else []
        if self._list_status:
            wanted.append(f"STATUS ({self._status_items})")
        if wanted:
            with contextlib.suppress(Refused):  # announced and not kept: the plain LIST does
                return self._listing(f'"*" RETURN ({" ".join(wanted)})')
        return self._listing('"*"')

    def _listing(self, pattern: str) -> Listing:
        self._imap.response("STATUS")
        lines = self._command(lambda: self._imap.list('""', pattern))
        statuses = self._statuses(self._imap.response("STATUS")[1])
        found: dict[str, Listed] = {}
        whole = True
        for line in lines:
            try:
                words = parse_response([line]) if line else ()
                if not words:
                    continue
                flags = frozenset(str(flag, "ascii", "replace").lower() for flag in words[0])
                wire = _name(words[2])
                delimiter = words[1].decode("ascii") if words[1] else ""
            except _UNREADABLE:
                whole = False
                continue
            if "\\noselect" in flags or "\\nonexistent" in flags:
                continue
            name = _readable(wire)
            while name in found:
                name += "'"
            found[name] = Listed(name, wire, flags, delimiter, statuses.get(wire))
            if len(found) > MOST_FOLDERS:
                raise MailboxFault(Cause.BROKEN_OFF, "more folders than a mailbox can hold")
        return Listing(tuple(found.values()), whole)

    @property
    def _status_items(self) -> str:
        return f"{_STATUS} HIGHESTMODSEQ" if self._condstore else _STATUS

    def status(self, wire: bytes) -> Status | None:
        """None: the server does not say, or not all of it. MailboxFault, Refused."""
        answer = self._command(lambda: self._imap.status(_quoted(wire), f"({self._status_items})"))  # type: ignore[arg-type]
        return next(iter(self._statuses(answer).values()), None)

    @staticmethod
    def _statuses(answer: Sequence[Any]) -> dict[bytes, Status]:
        statuses = {}
        for line in responses(answer):
            with contextlib.suppress(*_UNREADABLE):
                name, items = parse_response(line)
                said = pairs(items)
                if all(word.encode() in said for word in _STATUS.split()):
                    statuses[_name(name)] = Status(
                        int(said[b"MESSAGES"]),
                        int(said[b"UIDNEXT"]),
                        int(said[b"UIDVALIDITY"]),
                        int(said[b"UNSEEN"]),
                        int(said.get(b"HIGHESTMODSEQ") or 0),
                    )
        return statuses

    def examine(self, wire: bytes) -> Opened:
        """Opens it read-only. MailboxFault, Refused."""
        self._opened = None
        self._command(lambda: self._imap.select(_quoted(wire), readonly=True))  # type: ignore[arg-type]
        self._opened, self._uidvalidity = wire, self._said("UIDVALIDITY")
        exists, modseq = self._said("EXISTS"), self._said("HIGHESTMODSEQ") if self._condstore else 0
        return Opened(exists, self._said("UIDNEXT") or self._uidnext(exists), self._uidvalidity, modseq)

    def _said(self, word: str) -> int:
        found = self._imap.untagged_responses.get(word, [b"0"])[-1]
        return int(found) if isinstance(found, bytes) and found.isdigit() else 0

    def _uidnext(self, exists: int) -> int:
        """Servers need not tell. The last message does."""
        if not exists:
            return 1
        return max((fields[b"UID"] for fields in self._fetch("*", "(UID)")), default=0) + 1

    # messages of the open folder

    def uids(self, low: int, high: int, criterion: str = "") -> list[int]:
        """Those with low <= UID <= high, ascending. MailboxFault, Refused."""
        if low > high:
            return []
        return [uid for uid in self.search(f"UID {low}:{high} {criterion}".rstrip()) if low <= uid <= high]

    def search(self, criteria: str) -> list[int]:
        """UIDs, ascending. MailboxFault, Refused."""
        if not self._esearch:
            return _uids_of(self._command(lambda: self._imap.uid("SEARCH", criteria)))
        self._imap.response("ESEARCH")
        plain = self._command(lambda: self._imap.uid("SEARCH", "RETURN (ALL)", criteria))
        ranges = [match[1] for line in self._imap.response("ESEARCH")[1] if line and (match := _ALL.search(line))]
        return _spread(b",".join(ranges)) if ranges else _uids_of(plain)

    def outlines(self, uids: Sequence[int], *, headers: bool = False) -> dict[int, Outline]:
        """Of those the server knows. MailboxFault, Refused."""
        gmail = " X-GM-MSGID X-GM-LABELS" if self.gmail else ""
        fields = " BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE)]" if headers else ""
        found = (_outline(said) for said in self._fetch(ranges_of(uids), f"(UID RFC822.SIZE FLAGS INTERNALDATE{gmail}{fields})"))
        wanted = set(uids)
        return {outline.uid: outline for outline in found if outline is not None and outline.uid in wanted}

    def beginnings(self, uids: Sequence[int], *, headers_only: bool) -> dict[int, bytes]:
        """The first CUT bytes of each, or of its headers. MailboxFault, Refused."""
        part = "HEADER" if headers_only else ""
        found = {}
        for said in self._fetch(ranges_of(uids), f"(UID BODY.PEEK[{part}]<0.{CUT}>)"):
            content = next((value for key, value in said.items() if key.startswith(b"BODY[")), None)
            if isinstance(content, bytes):
                found[said[b"UID"]] = content[:CUT]
        return {uid: found[uid] for uid in uids if uid in found}

    def files(self, uid: int) -> tuple[Attachment, ...]:
        """The attachments' names and sizes, as the server sees the mail's parts. MailboxFault, Refused."""
        for said in self._fetch(str(uid), "(UID BODYSTRUCTURE)"):
            if said[b"UID"] == uid and isinstance(structure := said.get(b"BODYSTRUCTURE"), tuple):
                try:
                    return files_of(structure)
                except _UNREADABLE:
                    break
        raise Refused("no structure")

    def changed_flags(self, low: int, high: int, since: int) -> Iterator[tuple[int, bool, tuple[bytes, ...]]]:
        """UID, unread, Gmail's labels, of those whose flags changed after `since` (CONDSTORE). MailboxFault, Refused."""
        items = "(UID FLAGS X-GM-LABELS)" if self.gmail else "(UID FLAGS)"
        for said in self._fetch(f"{low}:{high}", items, f"(CHANGEDSINCE {since})"):
            if b"FLAGS" in said and low <= said[b"UID"] <= high:
                yield said[b"UID"], _unread(said), _labels(said)

    def _fetch(self, uids: str, *words: str) -> Iterator[dict[bytes, Any]]:
        """What is said of one message at a time, by name. An answer nobody can read, or about no UID, is passed over."""
        for response in responses(self._command(lambda: self._imap.uid("FETCH", uids, *words))):
            with contextlib.suppress(*_UNREADABLE):
                said = fields_of(response)
                if isinstance(said.get(b"UID"), int):
                    yield said

    def _command(self, run: Callable[[], tuple[str, list[Any]]]) -> list[Any]:
        with _mailbox_faults():
            kind, answer = run()
        if kind != "OK":
            raise _refusal(cleaned(answer[-1] or b"" if isinstance(answer[-1], bytes) else b""))
        return answer


@contextlib.contextmanager
def _mailbox_faults() -> Iterator[None]:
    try:
        yield
    except (IMAP4.abort, OSError, MemoryError, OverflowError) as error:
        raise fault_of(error) from None
    except IMAP4.error as error:
        # imaplib makes one error of a BAD and of an answer it cannot follow.
        said = str(error)
        if "command error: BAD" not in said:
            raise MailboxFault(Cause.BROKEN_OFF, cleaned(said)) from None
        raise _refusal(cleaned(said)) from None


def _refusal(said: str) -> Refused | MailboxFault:
    cause = meant_by(said)
    if cause in _OF_THE_MAILBOX and not _OF_ONE_THING.search(said):
        return MailboxFault(cause, said)
    return Refused(said)


def _outline(said: dict[bytes, Any]) -> Outline | None:
    if not isinstance(size := said.get(b"RFC822.SIZE"), int) or b"FLAGS" not in said:
        return None
    gmail_id = said.get(b"X-GM-MSGID")
    headers = next((value for key, value in said.items() if key.startswith(b"BODY[HEADER.FIELDS")), None)
    return Outline(
        said[b"UID"],
        size,
        _unread(said),
        _received_at(said.get(b"INTERNALDATE")),
        f"{gmail_id:x}" if isinstance(gmail_id, int) else "",
        _labels(said),
        headers if isinstance(headers, bytes) else b"",
    )


def _unread(said: dict[bytes, Any]) -> bool:
    return b"\\seen" not in {bytes(flag).lower() for flag in said[b"FLAGS"] if isinstance(flag, bytes)}


def _labels(said: dict[bytes, Any]) -> tuple[bytes, ...]:
    labels = said.get(b"X-GM-LABELS")
    return tuple(_name(label) for label in labels) if isinstance(labels, tuple) else ()


def _received_at(date: Any) -> datetime:
    """When it reached the server; now, where that cannot be read."""
    try:
        read: datetime = parse_to_datetime(date, normalise=False)
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except (*_UNREADABLE, OverflowError):
        return now()


def _name(word: Any) -> bytes:
    """Digits without quotes are parsed to a number."""
    return word if isinstance(word, bytes) else str(word).encode()


def _readable(wire: bytes) -> str:
    """Names are in modified UTF-7; one that is not, or that no database takes, stays as the server writes it."""
    with contextlib.suppress(ValueError):
        name: str = decode_utf7(wire)
        if encode_utf7(name) == wire and name.isprintable():
            name.encode()
            return name
    return wire.decode("latin-1").replace("\0", "?")


def _quoted(wire: bytes) -> bytes:
    return b'"' + wire.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _uids_of(answer: Iterable[Any]) -> list[int]:
    return sorted({int(word) for line in answer if line for word in line.split() if word.isdigit()})


def _spread(ranges: bytes) -> list[int]:
    found: set[int] = set()
    for one in ranges.split(b","):
        first, _, last = one.partition(b":")
        if not first:
            continue
        low, high = sorted((int(first), int(last or first)))
        if high - low + len(found) > MOST_UIDS:
            raise Refused("more messages than a folder can hold")
        found.update(range(low, high + 1))
    return sorted(found)


def ranges_of(uids: Iterable[int]) -> str:
    """As IMAP writes sets: 3:5,8."""
    written: list[str] = []
    start = end = None
    for uid in sorted(uids):
        if end is not None and uid == end + 1:
            end = uid
            continue
        if start is not None:
            written.append(f"{start}" if start == end else f"{start}:{end}")
        start = end = uid
    if start is not None:
        written.append(f"{start}" if start == end else f"{start}:{end}")
    return ",".join(written)
