"""Which messages of the server are mails the mailbox has already: what was moved, or is counted anew, is not fetched again.

A Message-ID alone proves nothing, since some programs write the same into all they send: size and date must be the same too.
"""

from collections.abc import Sequence

from sqlalchemy import select

from db import Database, table
from reading.raw import read_raw
from salesinbox.incoming import MAX_BYTES, sorted_at
from salesinbox.session import Outline
from salesinbox.store import Known, MailStore
from salesinbox.tables import MailRow

_mail = table(MailRow)
_NO_MESSAGE_ID = "sha256:"


class KnownMails:
    """Of one mailbox."""

    def __init__(self, database: Database, store: MailStore, mailbox_id: int) -> None:
        self._database = database
        self._store = store
        self._mailbox_id = mailbox_id

    def among(self, outlines: Sequence[Outline]) -> list[Known]:
        """`outlines` with their headers, or Gmail's."""
        by_gmail = self._store.find_gmail(self._mailbox_id, {one.gmail_id for one in outlines if one.gmail_id})
        known = [Known(one.uid, by_gmail[one.gmail_id], one.unread) for one in outlines if one.gmail_id in by_gmail]
        read = {one: read_raw(one.headers) for one in outlines if one.gmail_id not in by_gmail and one.headers}
        keys = {message.key for message in read.values() if not message.key.startswith(_NO_MESSAGE_ID)}
        ids = self._store.find(self._mailbox_id, keys) if keys else {}
        query = select(_mail.c.id, _mail.c.size, _mail.c.at).where(_mail.c.id.in_(ids.values()))
        with self._database.read() as connection:
            rows = {row.id: (row.size, row.at) for row in connection.execute(query)} if ids else {}
        for one, message in read.items():
            said = (min(one.size, MAX_BYTES), sorted_at(message.sent_at, one.received_at))
            if message.key in ids and rows.get(ids[message.key]) == said:
                known.append(Known(one.uid, ids[message.key], one.unread))
        return known
