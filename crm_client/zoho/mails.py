"""A record's Emails list: putting a mail there by associate_email, and reading it."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from crm_client.errors import Duplicate, Forbidden, NotFound, Rejected
from crm_client.records import AttachedFile, Correspondent, EmailEntry, EmailPage, FileVerdict, MailCopy, Ref
from crm_client.text import lines, one_line
from crm_client.zoho.answers import Row, has_more, info, moment, part, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.errors import ScopeMissing
from crm_client.zoho.names import MODULES
from db import now

LONGEST_TEXT = 32_000
LONGEST_SUBJECT = 250
LONGEST_ID = 255
LONGEST_ADDRESS = 255
MOST_RECIPIENTS = 50
MOST_FILES = 20
MOST_BYTES = 10_000_000
"""Zoho says 10 MB in all and not which kind of MB; this is the smaller one."""
UPLOADS_AT_ONCE = 3

CUT = "\n[…]"
"""The last line of a text that was too long, in every language."""
NOTHING = "—"
"""Zoho wants a subject and a text; some mails have none."""
UNREADABLE_SENDER = "sender@unreadable.invalid"
"""Stands where a mail names no address Zoho takes; what the mail did say is beside it, as the name. `.invalid` is nobody's."""
UNNAMED_RECIPIENTS = Correspondent("recipients@undisclosed.invalid")
UNNAMED_FILE = "attachment"
UNKNOWN_TYPE = "application/octet-stream"

_LOCAL = r"[A-Za-z0-9_+\-][A-Za-z0-9_!#$%&'*+\-/=?^`{|}~.]*"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,22}"
_ADDRESS = re.compile(f"{_LOCAL}@{_DOMAIN}")
"""Which addresses Zoho takes in a mail is documented nowhere; these, it will."""
_REFUSALS = (Rejected, Forbidden, NotFound)
"""Zoho's word on what it was given. Any other error is no answer, and is raised for another attempt."""


def attach_email(api: ZohoApi, ref: Ref, mail: MailCopy, files: Sequence[AttachedFile] = ()) -> tuple[FileVerdict, ...]:
    """Files first, since the mail names them; a file that is not taken stays behind. See `crm_client.port.Crm.attach_email`.

    An outage while uploading is raised: the mail is not there yet, and a second attempt makes nothing twice. Zoho knows a
    mail by its Message-ID, on each record apart.
    """
    fitting = _fitting(files)
    verdicts = {file.place: FileVerdict.TOO_LARGE for file in files} | {file.place: FileVerdict.STORED for file in fitting}
    if not fitting or not _is_there(api, ref, mail):
        uploaded = _upload(api, fitting)
        ids = {place: file_id for place, file_id in uploaded.items() if file_id is not None}
        verdicts |= dict.fromkeys(uploaded.keys() - ids.keys(), FileVerdict.REFUSED)
        verdicts |= dict.fromkeys(ids, _put(api, ref, mail, tuple(ids.values())))
    return tuple(verdicts.get(place, FileVerdict.NOT_READ) for place in range(len(mail.attachments)))


def emails(api: ZohoApi, ref: Ref, cursor: str = "") -> EmailPage:
    """Ten a page. Zoho lists mails without text, and neither their Message-ID nor when they were put there."""
    answer = api.ask(Read(f"{record_path(ref)}/Emails", (("index", cursor),) if cursor else ()))
    following = string(info(answer).get("next_index"))
    entries = tuple(_entry(row) for row in rows(answer, "Emails"))
    return EmailPage(entries, following if has_more(answer) and following else None)


def record_path(ref: Ref) -> str:
    """Where the API has the record. NotFound for what cannot be a record's id: it must not shape an address."""
    if not (ref.id.isascii() and ref.id.isdecimal()):
        raise NotFound(f"no id of Zoho's: {ref.id[:40]!r}")
    return f"/{MODULES[ref.kind]}/{ref.id}"


def within(words: str, limit: int, ending: str = "") -> str:
    """At most this long as Zoho may count: in UTF-16, as Java does. No character is cut in two; `ending` stands for what is cut."""
    units = words.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return words
    room = limit - len(ending.encode("utf-16-le")) // 2
    return units[: 2 * room].decode("utf-16-le", "ignore") + ending


def _fitting(files: Sequence[AttachedFile]) -> tuple[AttachedFile, ...]:
    """In the order of the mail, those there is still room for."""
    kept: list[AttachedFile] = []
    room = MOST_BYTES
    for file in sorted(files, key=lambda file: file.place):
        if len(kept) < MOST_FILES and len(file.content) <= room:
            kept.append(file)
            room -= len(file.content)
    return tuple(kept)


def _is_there(api: ZohoApi, ref: Ref, mail: MailCopy) -> bool:
    """Whether the record has this mail already: then nothing need be uploaded.

    Only one generation of Zoho's specification knows this question (with its misspelt parameter), and not what
    "available" means in the answer; so the record it names counts, and without an answer the mail goes its usual way.
    """
    try:
        answer = api.ask(Read("/actions/email_available", (("orginal_message_id", _message_id(mail)),)))
    except (*_REFUSALS, ScopeMissing):
        return False
    return isinstance(answer, dict) and part(answer, "record", "id") == ref.id


def _upload(api: ZohoApi, files: Sequence[AttachedFile]) -> Mapping[int, str | None]:
    """Place -> id, or None for a file Zoho does not take."""

    def put(file: AttachedFile) -> str | None:
        try:
            return api.upload(one_line(file.name) or UNNAMED_FILE, one_line(file.mime_type) or UNKNOWN_TYPE, file.content)
        except _REFUSALS:
            return None

    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        return dict(zip((file.place for file in files), pool.map(put, files), strict=True))


def _put(api: ZohoApi, ref: Ref, mail: MailCopy, file_ids: Sequence[str]) -> FileVerdict:
    """The mail with these files; without, where it is refused with them: a mail without its files is better than none."""
    try:
        _associate(api, ref, mail, file_ids)
    except _REFUSALS as refused:
        if not file_ids:
            raise
        _associate(api, ref, mail, ())
        # NotFound: one of the files. All else is about how much there is: too large together, no room left.
        return FileVerdict.REFUSED if isinstance(refused, NotFound) else FileVerdict.TOO_LARGE
    return FileVerdict.STORED


def _associate(api: ZohoApi, ref: Ref, mail: MailCopy, file_ids: Sequence[str]) -> None:
    # Duplicate: the record has this Message-ID already, from an attempt whose answer was lost or from a colleague.
    with suppress(Duplicate):
        api.tell("POST", f"{record_path(ref)}/actions/associate_email", {"Emails": [_body(mail, file_ids)]})


def _body(mail: MailCopy, file_ids: Sequence[str]) -> Mapping[str, Any]:
    attachments = [{"id": file_id} for file_id in file_ids]
    copies = _recipients(mail.cc)
    return {
        "from": _sender(mail.sender),
        "to": _recipients(mail.to) or [_correspondent(UNNAMED_RECIPIENTS)],
        "subject": within(one_line(mail.subject), LONGEST_SUBJECT, "…") or NOTHING,
        "content": within(lines(mail.text), LONGEST_TEXT, CUT) or NOTHING,
        "mail_format": "text",
        "date_time": (mail.sent_at or now()).isoformat(timespec="seconds"),
        "sent": not mail.incoming,
        "original_message_id": _message_id(mail),
    } | {name: value for name, value in (("cc", copies), ("attachments", attachments)) if value}


def _message_id(mail: MailCopy) -> str:
    """In angle brackets, as its header has it. One that is too long is known by its hash."""
    bare = one_line(mail.message_id)
    whole = f"<{bare}>" if "@" in bare else bare
    if whole and len(whole.encode("utf-16-le")) <= 2 * LONGEST_ID:
        return whole
    return f"<{hashlib.sha256(mail.message_id.encode('utf-8', 'replace')).hexdigest()}@message-id.invalid>"


def _sender(sender: Correspondent) -> Mapping[str, str]:
    if address := _address(sender.address):
        return _correspondent(Correspondent(address, sender.name))
    return _correspondent(Correspondent(UNREADABLE_SENDER, f"{sender.name} {sender.address}"))


def _recipients(people: Iterable[Correspondent]) -> list[Mapping[str, str]]:
    readable = ((_address(person.address), person.name) for person in people)
    return [_correspondent(Correspondent(address, name)) for address, name in readable if address][:MOST_RECIPIENTS]


def _correspondent(person: Correspondent) -> Mapping[str, str]:
    name = within(one_line(person.name), LONGEST_ADDRESS)
    return {"user_name": name, "email": person.address} if name else {"email": person.address}


def _address(address: str) -> str:
    """In ASCII; "" for what Zoho might refuse the whole mail for."""
    local, _, domain = address.strip().rpartition("@")
    whole = f"{local}@{domain if domain.isascii() else _in_ascii(domain)}"
    return whole if len(whole) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(whole) else ""


def _in_ascii(domain: str) -> str:
    """The way the name servers know it; "" where that is another domain: Python follows a standard that takes "ß" for "ss"."""
    try:
        plain = domain.encode("idna")
        return plain.decode("ascii") if plain.decode("idna") == domain.lower() else ""
    except UnicodeError:
        return ""


def _entry(row: Row) -> EmailEntry:
    mail = MailCopy(
        message_id="",
        subject=string(row.get("subject")),
        sender=_read(row.get("from")),
        to=_all(row.get("to")),
        cc=_all(row.get("cc")),
        sent_at=moment(row.get("time")),
        incoming=row.get("sent") is not True,
        text="",
    )
    return EmailEntry(
        id=string(row.get("message_id")),
        mail=mail,
        attached_by=part(row, "owner", "name"),
        attached_at=None,
        has_attachments=row.get("has_attachment") is True,
    )


def _read(said: Any) -> Correspondent:
    return Correspondent(string(said.get("email")), string(said.get("user_name"))) if isinstance(said, dict) else Correspondent("")


def _all(said: Any) -> tuple[Correspondent, ...]:
    return tuple(_read(one) for one in said) if isinstance(said, list) else ()
