"""A record's Emails list and its notes."""

from typing import Any

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.engine import Row

from crm_client.embedded.access import Access
from crm_client.embedded.lookup import LAST_PAGE
from crm_client.embedded.rows import require_record
from crm_client.embedded.store import writing
from crm_client.embedded.tables import EmailRow, NoteRow, UserRow
from crm_client.embedded.text import lines, one_line
from crm_client.records import AttachmentNote, Correspondent, EmailEntry, EmailPage, MailCopy, Note, Ref
from db import Database, now, table

EMAILS_PAGE = 20
LONGEST_TEXT = 32_000
LONGEST_SUBJECT = 1_000

_email = table(EmailRow)
_note = table(NoteRow)
_user = table(UserRow)

_EMAILS = (
    select(_email, _user.c.name.label("attached_by_name"))
    .join(_user, _user.c.id == _email.c.attached_by)
    .where(_email.c.record_id == bindparam("record"))
    .order_by(_email.c.sort_at.desc(), _email.c.id.desc())
    .limit(EMAILS_PAGE)
    .offset(bindparam("skipped"))
)
_COUNT = select(func.count()).select_from(_email).where(_email.c.record_id == bindparam("record"))
_NOTES = (
    select(_note.c.id, _note.c.text, _note.c.written_at, _user.c.name.label("author"))
    .join(_user, _user.c.id == _note.c.author_id)
    .where(_note.c.record_id == bindparam("record"))
    .order_by(_note.c.written_at.desc(), _note.c.id.desc())
)


def put_mail(database: Database, access: Access, record_id: int, mail: MailCopy) -> None:
    """Unless the record has a mail of this Message-ID: the unique key decides, so a race ends in one row."""
    moment = now()
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
            {"name": one_line(entry.name), "mime_type": one_line(entry.mime_type), "size": entry.size} for entry in mail.attachments
        ],
        "attached_by": access.user_id,
        "attached_at": moment,
    }
    with writing(database) as connection:
        connection.execute(database.insert_or_ignore(_email, row))


def list_emails(connection: Connection, access: Access, ref: Ref, page: int) -> EmailPage:
    """Forbidden, NotFound."""
    record = require_record(connection, access, ref)
    page = min(max(page, 1), LAST_PAGE)
    total = connection.execute(_COUNT, {"record": record}).scalar_one()
    rows = connection.execute(_EMAILS, {"record": record, "skipped": (page - 1) * EMAILS_PAGE})
    return EmailPage(tuple(_entry(row) for row in rows), page, page + 1 if page * EMAILS_PAGE < total else None, total)


def list_notes(connection: Connection, access: Access, ref: Ref) -> tuple[Note, ...]:
    """Forbidden, NotFound."""
    record = require_record(connection, access, ref)
    rows = connection.execute(_NOTES, {"record": record})
    return tuple(Note(str(row.id), row.text, row.author, row.written_at) for row in rows)


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
    )
