"""Mails read into rows: which are new to the workspace, which only to this mailbox. Always in turn, so nobody else adds the same."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, Table, select, update

from db import Database, now, table
from reading.headers import one_line
from reading.message import Attachment
from salesinbox.incoming import MAX_BYTES, Incoming, Somebody
from salesinbox.mailboxes import Mailbox
from salesinbox.tables import MailCopyRow, MailFileRow, MailPersonRow, MailRow, MailTextRow

_MAX_NAME = 255

_mail, _person, _file, _text = table(MailRow), table(MailPersonRow), table(MailFileRow), table(MailTextRow)
_copy = table(MailCopyRow)


def known_mails(connection: Connection, workspace_id: int, keys: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """Id and date by key.

    Looked up by the key alone: a database that has not counted its rows yet takes the workspace to be the better index.
    """
    query = select(_mail.c.id, _mail.c.key, _mail.c.at, _mail.c.workspace_id).where(_mail.c.key.in_(keys))
    return {row.key: (row.id, row.at) for row in connection.execute(query) if row.workspace_id == workspace_id} if keys else {}


class MailWriter:
    """For one transaction and one mailbox."""

    def __init__(self, database: Database, connection: Connection, mailbox: Mailbox) -> None:
        self._database = database
        self._connection = connection
        self._mailbox = mailbox
        self._workspace_id = mailbox.workspace_id

    def write(self, mails: Mapping[str, Incoming], texts: Mapping[str, bytes] | None) -> dict[str, int]:
        """By key, with the sealed texts of those that may be new; None where only headers are kept. Their ids."""
        if not mails:
            return {}
        known = known_mails(self._connection, self._workspace_id, mails)
        new = {key: one for key, one in mails.items() if key not in known}
        made = self._make(new, headers_only=texts is None)
        if texts is not None:
            self._insert(_text, [{"mail_id": made[key], "content": texts[key]} for key in new])
        ids = {key: mail_id for key, (mail_id, _at) in known.items()} | made
        self._copy({ids[key]: one for key, one in mails.items()}, dict(known.values()))
        return ids

    def _insert(self, into: Table, rows: list[dict[str, object]]) -> None:
        self._database.insert_many(self._connection, into, rows)

    def _make(self, new: Mapping[str, Incoming], *, headers_only: bool) -> dict[str, int]:
        if not new:
            return {}
        moment = now()
        self._insert(_mail, [_mail_row(self._workspace_id, one, moment, headers_only=headers_only) for one in new.values()])
        made = {key: mail_id for key, (mail_id, _at) in known_mails(self._connection, self._workspace_id, new).items()}
        people = [_person_row(made[key], self._workspace_id, one.at, somebody) for key, one in new.items() for somebody in one.people]
        self._insert(_person, people)
        self._insert(_file, [_file_row(made[key], place, file) for key, one in new.items() for place, file in enumerate(one.files)])
        return made

    def _copy(self, mails: Mapping[int, Incoming], known: Mapping[int, datetime]) -> None:
        """`known`: by when those are sorted that were there before."""
        mailbox_id = self._mailbox.id
        had: dict[int, str] = {}
        if known:
            query = select(_copy.c.mail_id, _copy.c.mailbox_id, _copy.c.gmail_id).where(_copy.c.mail_id.in_(known))
            had = {row.mail_id: row.gmail_id for row in self._connection.execute(query) if row.mailbox_id == mailbox_id}
        fresh = {mail_id: one for mail_id, one in mails.items() if mail_id not in had}
        self._insert(_copy, [_copy_row(mail_id, mailbox_id, known.get(mail_id, one.at), one) for mail_id, one in fresh.items()])
        blind = [
            _person_row(mail_id, self._workspace_id, known.get(mail_id, one.at), somebody, mailbox_id)
            for mail_id, one in fresh.items()
            for somebody in one.blind
        ]
        self._insert(_person, blind)
        for mail_id, gmail_id in had.items():
            if not gmail_id and mails[mail_id].fetched.gmail_id:  # kept when it was sent, before Gmail had named it
                its = (_copy.c.mail_id == mail_id) & (_copy.c.mailbox_id == mailbox_id)
                self._connection.execute(update(_copy).where(its).values(gmail_id=mails[mail_id].fetched.gmail_id))


def _mail_row(workspace_id: int, one: Incoming, moment: datetime, *, headers_only: bool) -> dict[str, object]:
    sender = one.message.sender
    return {
        "workspace_id": workspace_id,
        "key": one.key,
        "message_id": one.message.key,
        "subject": one.message.subject,
        "sender": sender.address if sender else "",
        "sender_name": sender.name if sender else one.message.author,
        "at": one.at,
        "snippet": "" if headers_only else one.snippet,
        "kind": one.kind.value,
        "size": min(one.fetched.size, MAX_BYTES),
        "files": len(one.files),
        "thread": one.thread,
        "made_at": moment,
    }


def _person_row(mail_id: int, workspace_id: int, at: datetime, somebody: Somebody, mailbox_id: int | None = None) -> dict[str, object]:
    return {
        "mail_id": mail_id,
        "workspace_id": workspace_id,
        "at": at,
        "role": somebody.role,
        "place": somebody.place,
        "address": somebody.box.address,
        "address_key": somebody.key,
        "name": somebody.box.name,
        "mailbox_id": mailbox_id,
    }


def _copy_row(mail_id: int, mailbox_id: int, at: datetime, one: Incoming) -> dict[str, object]:
    return {"mail_id": mail_id, "mailbox_id": mailbox_id, "at": at, "outgoing": one.outgoing, "gmail_id": one.fetched.gmail_id}


def _file_row(mail_id: int, place: int, file: Attachment) -> dict[str, object]:
    return {
        "mail_id": mail_id,
        "place": place,
        "name": one_line(file.name, _MAX_NAME),
        "mime_type": one_line(file.mime_type, _MAX_NAME),
        "size": max(0, min(file.size, MAX_BYTES)),
    }
