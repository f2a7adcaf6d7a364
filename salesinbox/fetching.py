"""The mail as it lies on its server, fetched again when somebody wants what is not stored: an attachment, the source."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from db import Database, table
from reading.message import Attachment
from reading.raw import read_raw
from salesinbox.access import MailAccess
from salesinbox.answers import faults
from salesinbox.bounded import within
from salesinbox.emails import Reader
from salesinbox.faults import MailboxFault
from salesinbox.mailboxes import Mailbox, Mailboxes
from salesinbox.sharing import open_to
from salesinbox.tables import FolderRow, MailboxRow, MailFileRow, MailPlaceRow, MailRow

LARGEST = 40_000_000
"""Bytes of a whole mail."""
SECONDS = 20.0
"""For all mailboxes that are asked: somebody waits for the page."""
MOST_PLACES = 3

_mail, _file, _place, _folder, _mailbox = table(MailRow), table(MailFileRow), table(MailPlaceRow), table(FolderRow), table(MailboxRow)


class NotThere(Exception):
    """The mail, or the file in it, is not on the server any more, or was never in this reader's reach."""


class TooLarge(Exception):
    """More than is fetched at once."""


@dataclass(frozen=True, slots=True)
class _Place:
    mailbox_id: int
    folder: str
    uidvalidity: int | None
    uid: int


class Originals:
    """One per process, thread-safe. A connection of its own for each mail: the watch's stay with the watch."""

    def __init__(self, database: Database, mailboxes: Mailboxes, access: MailAccess, seconds: float = SECONDS) -> None:
        self._database = database
        self._mailboxes = mailboxes
        self._access = access
        self._seconds = seconds

    def file(self, reader: Reader, mail_id: int, place: int) -> Attachment:
        """The attachment at this place, with its content. NotThere, TooLarge, MailboxFault."""
        with self._database.read() as connection:
            name = connection.execute(select(_file.c.name).where(_file.c.mail_id == mail_id, _file.c.place == place)).scalar_one_or_none()
        if name is None:
            raise NotThere(f"file {place} of mail {mail_id}")
        files = read_raw(self.raw(reader, mail_id), with_contents=True).attachments
        # What is attached to a very large mail was listed by its server, which may see it a little differently.
        here = files[place : place + 1]
        found = next((one for one in (*here, *files) if one.name == name and one.content is not None), None)
        if found is None:
            raise NotThere(f"file {place} of mail {mail_id}")
        return found

    def raw(self, reader: Reader, mail_id: int) -> bytes:
        """The reader's own mailbox first. NotThere, TooLarge, MailboxFault: of the last mailbox that was asked."""
        with within(self._seconds):
            return self._raw(reader, mail_id)

    def _raw(self, reader: Reader, mail_id: int) -> bytes:
        message_id, places = self._places(reader, mail_id)
        fault: MailboxFault | None = None
        for place in places:
            mailbox = self._mailboxes.get(place.mailbox_id)
            if mailbox is None:
                continue
            try:
                raw = self._fetched(mailbox, place)
            except MailboxFault as one:
                fault = one
                continue
            # Under another validity a UID is another mail; and a server may not tell that its UIDs have begun anew.
            if raw is not None and read_raw(raw).key == message_id:
                return raw
        if fault is not None:
            raise fault
        raise NotThere(f"mail {mail_id}")

    def _places(self, reader: Reader, mail_id: int) -> tuple[str, list[_Place]]:
        query = (
            select(_mail.c.message_id, _mail.c.size, _place.c.mailbox_id, _place.c.uid, _folder.c.name, _folder.c.uidvalidity)
            .join(_place, _place.c.mail_id == _mail.c.id)
            .join(_folder, _folder.c.id == _place.c.folder_id)
            .join(_mailbox, _mailbox.c.id == _place.c.mailbox_id)
            .where(_mail.c.id == mail_id, _mail.c.workspace_id == reader.workspace_id, open_to(reader.person_id))
            .order_by(_mailbox.c.person_id != reader.person_id, _place.c.id)
            .limit(MOST_PLACES)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        if not rows:
            raise NotThere(f"mail {mail_id}")
        if rows[0].size > LARGEST:
            raise TooLarge(f"mail {mail_id}: {rows[0].size} bytes")
        return rows[0].message_id, [_Place(row.mailbox_id, row.name, row.uidvalidity, row.uid) for row in rows]

    def _fetched(self, mailbox: Mailbox, place: _Place) -> bytes | None:
        """None: it is not there."""
        client = self._access.imap(mailbox)
        try:
            with faults():
                chosen = client.select_folder(place.folder, readonly=True)
                if place.uidvalidity is not None and chosen.get(b"UIDVALIDITY") != place.uidvalidity:
                    return None
                raw: bytes | None = client.fetch([place.uid], ["BODY.PEEK[]"]).get(place.uid, {}).get(b"BODY[]")
                return raw
        finally:
            with suppress(OSError):
                client.shutdown()
