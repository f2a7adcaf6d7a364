"""A record's Emails list, with the files of its mails."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.engine import Row

from crm_client.embedded.access import Access
from crm_client.embedded.lookup import LAST_PAGE
from crm_client.embedded.rows import number_of, require_record
from crm_client.embedded.store import writing
from crm_client.embedded.tables import EmailRow, FileRow, UserRow
from crm_client.errors import NotFound
from crm_client.records import AttachedFile, AttachmentNote, Correspondent, EmailEntry, EmailPage, FileVerdict, MailCopy, Ref
from crm_client.text import lines, one_line
from db import Database, now, table

EMAILS_PAGE = 20
LONGEST_TEXT = 32_000
LONGEST_SUBJECT = 1_000
MAX_FILES_BYTES = 10_000_000
"""Of all files of a mail together."""

_email = table(EmailRow)
_file = table(FileRow)
_user = table(UserRow)

_ENTRIES = (
    select(_email, _user.c.name.label("attached_by_name"))
    .join(_user, _user.c.id == _email.c.attached_by)
    .where(_email.c.record_id == bindparam("record"))
)
_EMAILS = _ENTRIES.order_by(_email.c.sort_at.desc(), _email.c.id.desc()).limit(EMAILS_PAGE).offset(bindparam("skipped"))
_ONE = _ENTRIES.where(_email.c.id == bindparam("email"))
_COUNT = select(func.count()).select_from(_email).where(_email.c.record_id == bindparam("record"))
_ATTACHMENTS = select(_email.c.attachments).where(_email.c.record_id == bindparam("record"), _email.c.message_id == bindparam("message_id"))
_CONTENT = select(_file.c.content).where(_file.c.email_id == bindparam("email"), _file.c.place == bindparam("place"))


def put_mail(database: Database, access: Access, record_id: int, mail: MailCopy, files: Sequence[AttachedFile]) -> tuple[FileVerdict, ...]:
    """Unless the record has a mail of this Message-ID: the unique key decides, so a race ends in one row, and one set of verdicts."""
    moment = now()
    contents = {file.place: file.content for file in reversed(files)}
    verdicts = _judged(len(mail.attachments), contents)
    row = {
        "org_id": access.org_id,
        "record_id": record_id,
        "message_id": one_line(mail.message_id),
        "subject": one_line(mail.subject)[:LONGEST_SUBJECT],
        "sender": _stored(mail.sender),
        "recipients": [_stored(entry) for entry in mail.to],
        "copies": [_stored(entry) for entry in mail.cc],
        "sent_at": mail.sent_at,
        "sort_at": mail.sent_at or moment,
        "incoming": mail.incoming,
        "text": lines(mail.text)[:LONGEST_TEXT],
        "attachments": [
            {"name": one_line(entry.name), "mime_type": one_line(entry.mime_type), "size": entry.size, "verdict": verdict.value}
            for entry, verdict in zip(mail.attachments, verdicts, strict=True)
        ],
        "attached_by": access.user_id,
        "attached_at": moment,
    }
    with writing(database) as connection:
        email = connection.execute(database.insert_or_ignore(_email, row).returning(_email.c.id)).scalar_one_or_none()
        if email is None:
            standing = connection.execute(_ATTACHMENTS, {"record": record_id, "message_id": row["message_id"]}).scalar_one()
            return tuple(_verdict(entry) for entry in standing)
        for place, verdict in enumerate(verdicts):
            if verdict is FileVerdict.STORED:
                connection.execute(_file.insert().values(email_id=email, place=place, content=contents[place]))
    return verdicts


def list_emails(connection: Connection, access: Access, ref: Ref, cursor: str) -> EmailPage:
    """The cursor is the number of the page; anything else is the first one. Forbidden, NotFound."""
    return emails_of(connection, require_record(connection, access, ref), _page(cursor))


def emails_of(connection: Connection, record_id: int, page: int = 1) -> EmailPage:
    total = connection.execute(_COUNT, {"record": record_id}).scalar_one()
    rows = connection.execute(_EMAILS, {"record": record_id, "skipped": (page - 1) * EMAILS_PAGE})
    return EmailPage(tuple(_entry(row) for row in rows), str(page + 1) if page * EMAILS_PAGE < total else None, total)


def get_email(connection: Connection, access: Access, ref: Ref, email_id: str) -> EmailEntry:
    """One mail of the record's Emails list. Forbidden, NotFound."""
    record, number = require_record(connection, access, ref), number_of(email_id)
    row = None if number is None else connection.execute(_ONE, {"record": record, "email": number}).one_or_none()
    if row is None:
        raise NotFound(f"email {email_id} of {ref}")
    return _entry(row)


def get_file(connection: Connection, access: Access, ref: Ref, email_id: str, place: int) -> AttachedFile:
    """An attachment of a mail of the record's Emails list. Forbidden, NotFound: also where the CRM has its name only."""
    entry = get_email(connection, access, ref, email_id)
    if not (0 <= place < len(entry.verdicts) and entry.verdicts[place] is FileVerdict.STORED):
        raise NotFound(f"file {place} of email {email_id}")
    kept = entry.mail.attachments[place]
    content = connection.execute(_CONTENT, {"email": int(entry.id), "place": place}).scalar_one()
    return AttachedFile(place, kept.name, kept.mime_type, content)


def _page(cursor: str) -> int:
    return min(max(number_of(cursor) or 1, 1), LAST_PAGE)


def _judged(count: int, contents: Mapping[int, bytes]) -> tuple[FileVerdict, ...]:
    """In order: what no longer fits is left out, and what comes after it may fit again."""
    verdicts, left = [], MAX_FILES_BYTES
    for place in range(count):
        if place not in contents:
            verdicts.append(FileVerdict.NOT_READ)
        elif len(contents[place]) > left:
            verdicts.append(FileVerdict.TOO_LARGE)
        else:
            left -= len(contents[place])
            verdicts.append(FileVerdict.STORED)
    return tuple(verdicts)


def _verdict(attachment: Mapping[str, str | int]) -> FileVerdict:
    """Mails kept before contents were have none."""
    return FileVerdict(str(attachment.get("verdict", FileVerdict.NOT_READ)))


def _stored(entry: Correspondent) -> dict[str, str]:
    return {"address": one_line(entry.address), "name": one_line(entry.name)}


def _correspondent(stored: dict[str, str]) -> Correspondent:
    return Correspondent(stored["address"], stored["name"])


def _entry(row: Row[Any]) -> EmailEntry:
    return EmailEntry(
        id=str(row.id),
        mail=MailCopy(
            message_id=row.message_id,
            subject=row.subject,
            sender=_correspondent(row.sender),
            to=tuple(_correspondent(entry) for entry in row.recipients),
            cc=tuple(_correspondent(entry) for entry in row.copies),
            sent_at=row.sent_at,
            incoming=row.incoming,
            text=row.text,
            attachments=tuple(AttachmentNote(entry["name"], entry["mime_type"], entry["size"]) for entry in row.attachments),
        ),
        attached_by=row.attached_by_name,
        attached_at=row.attached_at,
        verdicts=tuple(_verdict(entry) for entry in row.attachments),
    )
