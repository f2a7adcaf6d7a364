"""The store of mails: every mail once per workspace, with whose mailbox and which folder it is in.

Reading mails and sealing their texts happens before the transaction, writing a batch in one. All of it may be done twice: a place
is named by folder and UID, a mail by what it is (`incoming.identity`).
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from db import Database, now, table
from reading.message import Attachment, Message
from reading.message import Mailbox as Box
from salesinbox.gaps import Reason
from salesinbox.incoming import Fetched, Incoming, read_fetched
from salesinbox.mailboxes import Mailbox, State
from salesinbox.removing import BATCH, drop_copies, gap_row, in_batches, in_turn
from salesinbox.stored import pack, unpack
from salesinbox.tables import (
    FolderRow,
    MailboxRow,
    MailCopyRow,
    MailFileRow,
    MailGapRow,
    MailPersonRow,
    MailPlaceRow,
    MailRow,
    MailTextRow,
)
from salesinbox.writing import MailWriter, known_mails
from tenants.tombstones import Buried, Tombstones
from tenants.vault import Vault

__all__ = ["Fetched", "Known", "MailStore"]

_mail, _person, _file, _text = table(MailRow), table(MailPersonRow), table(MailFileRow), table(MailTextRow)
_copy, _place, _gap = table(MailCopyRow), table(MailPlaceRow), table(MailGapRow)
_folder, _mailbox = table(FolderRow), table(MailboxRow)
_PAGE = 5_000
_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Known:
    """A message on the server that is a mail the mailbox has already."""

    uid: int
    mail_id: int
    unread: bool


class MailStore:
    """Safe to use from many threads and processes, for the same mailbox too."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._tombstones = Tombstones(database, vault)

    def add(
        self,
        mailbox: Mailbox,
        own: frozenset[str],
        folder_id: int,
        fetched: Sequence[Fetched],
        *,
        headers_only: bool,
        not_before: datetime | None = None,
    ) -> int:
        """One transaction. How many lie in the store now that did not. `own`: the addresses of the mailbox's owner, lower case.

        Of what is older than `not_before`, and of what is from or to somebody erased, a gap says why it is not there.
        """
        incoming = [read_fetched(one, own, headers_only=headers_only) for one in fetched]
        texts = self._texts(mailbox.workspace_id, incoming, headers_only=headers_only)
        with self._database.write() as connection:
            in_turn(self._database, connection, mailbox.workspace_id)
            if not _takes_mail(connection, mailbox.id):
                return 0
            uids = [one.fetched.uid for one in incoming]
            placed = _placed(connection, folder_id, uids)
            fresh = {one.fetched.uid: one for one in incoming if one.fetched.uid not in placed}
            unwanted = self._unwanted(connection, mailbox.workspace_id, fresh, not_before)
            wanted = {uid: one for uid, one in fresh.items() if uid not in unwanted}
            mails = self._write(connection, mailbox, wanted.values(), texts)
            self._database.insert_many(
                connection,
                _place,
                [_place_row(mailbox.id, folder_id, uid, mails[one.key], one.fetched.unread) for uid, one in wanted.items()],
            )
            connection.execute(delete(_gap).where(_gap.c.folder_id == folder_id, _gap.c.uid.in_(uids)))
            moment = now()
            self._database.insert_many(
                connection, _gap, [gap_row(mailbox.id, folder_id, uid, reason, moment) for uid, reason in unwanted.items()]
            )
        return len(wanted)

    def keep_sent(self, mailbox: Mailbox, own: frozenset[str], raw: bytes, *, headers_only: bool = False) -> int:
        """What was just sent is in the lists at once, though in no folder until the synchronisation finds it there. The mail's id;
        0 where it is not kept, because somebody it is to was erased or the mailbox is being removed."""
        one = read_fetched(Fetched(0, now(), len(raw), unread=False, raw=raw), own, headers_only=headers_only)
        texts = self._texts(mailbox.workspace_id, [one], headers_only=headers_only)
        with self._database.write() as connection:
            in_turn(self._database, connection, mailbox.workspace_id)
            if not _takes_mail(connection, mailbox.id) or self._unwanted(connection, mailbox.workspace_id, {0: one}, None):
                return 0
            return self._write(connection, mailbox, [one], texts)[one.key]

    def read(self, mail_id: int, mailbox_ids: Collection[int] = ()) -> Message | None:
        """As it was read, with the blind copies these mailboxes know of. Without text where only headers are kept. VaultDamaged."""
        with self._database.read() as connection:
            mail = connection.execute(select(_mail).where(_mail.c.id == mail_id)).one_or_none()
            if mail is None:
                return None
            content = connection.execute(select(_text.c.content).where(_text.c.mail_id == mail_id)).scalar_one_or_none()
            people = connection.execute(select(_person).where(_person.c.mail_id == mail_id).order_by(_person.c.place)).all()
            files = connection.execute(select(_file).where(_file.c.mail_id == mail_id).order_by(_file.c.place)).all()
        message = _from_rows(mail, people, files) if content is None else unpack(self._vault, content)
        return replace(message, bcc=_boxes([row for row in people if row.mailbox_id in mailbox_ids], "bcc"))

    def uids(self, folder_id: int) -> "array[int]":
        """What lies in the store of this folder, in order. Eight bytes each, however many there are."""
        found = array("q")
        for rows in self._pages(select(_place.c.uid).where(_place.c.folder_id == folder_id)):
            found.extend(row.uid for row in rows)
        return found

    def message_ids(self, folder_id: int) -> Iterator[tuple[int, str]]:
        """UID and Message-ID (`reading.Message.key`) of what lies in this folder, in order."""
        query = select(_place.c.uid, _mail.c.message_id).join(_mail, _mail.c.id == _place.c.mail_id)
        for rows in self._pages(query.where(_place.c.folder_id == folder_id)):
            yield from ((row.uid, row.message_id) for row in rows)

    def _pages(self, query: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        last = -1
        while True:
            page = query.where(_place.c.uid > last).order_by(_place.c.uid).limit(_PAGE)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            if rows:
                last = rows[-1].uid
                yield rows
            if len(rows) < _PAGE:
                return

    def find(self, mailbox_id: int, message_ids: Collection[str]) -> dict[str, int]:
        """The mails of this mailbox with these Message-IDs (`reading.Message.key`). Not those that are in it more than once: which
        of them is meant only the text tells."""
        return self._find(mailbox_id, message_ids, _mail.c.message_id)

    def find_gmail(self, mailbox_id: int, gmail_ids: Collection[str]) -> dict[str, int]:
        """The same by X-GM-MSGID, in hexadecimal."""
        return self._find(mailbox_id, gmail_ids, _copy.c.gmail_id)

    def _find(self, mailbox_id: int, names: Collection[str], column: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        with self._database.read() as connection:
            workspace = select(_mailbox.c.workspace_id).where(_mailbox.c.id == mailbox_id).scalar_subquery()
            mails = select(column, func.max(_mail.c.id)).join(_copy, _copy.c.mail_id == _mail.c.id)
            mails = mails.where(_mail.c.workspace_id == workspace, _copy.c.mailbox_id == mailbox_id)
            mails = mails.group_by(column).having(func.count() == 1)
            for batch in _parts([one for one in names if one]):
                found.update((name, mail_id) for name, mail_id in connection.execute(mails.where(column.in_(batch))))
        return found

    def place(self, folder_id: int, uid: int, mail_id: int, unread: bool) -> bool:
        """Whether it could be: not if the mailbox has lost that mail meanwhile."""
        return uid in self.place_known(folder_id, (Known(uid, mail_id, unread),))

    def place_known(self, folder_id: int, known: Sequence[Known]) -> frozenset[int]:
        """Mails of this mailbox lie in this folder too. The UIDs of those it has still; others are to be fetched."""
        placed: set[int] = set()
        with self._database.write() as connection:
            mailbox = _mailbox_of(connection, folder_id)
            if mailbox is None:
                return frozenset()
            in_turn(self._database, connection, mailbox.workspace_id)
            if not _takes_mail(connection, mailbox.id):
                return frozenset()
            for batch in _parts(known):
                copies = select(_copy.c.mail_id).where(
                    _copy.c.mailbox_id == mailbox.id, _copy.c.mail_id.in_({one.mail_id for one in batch})
                )
                there = set(connection.execute(copies).scalars())
                uids = [one.uid for one in batch]
                taken = _placed(connection, folder_id, uids)
                fresh = {one.uid: one for one in batch if one.mail_id in there and one.uid not in taken}
                self._database.insert_many(
                    connection, _place, [_place_row(mailbox.id, folder_id, one.uid, one.mail_id, one.unread) for one in fresh.values()]
                )
                placed |= {*fresh, *taken}
                connection.execute(delete(_gap).where(_gap.c.folder_id == folder_id, _gap.c.uid.in_({*fresh, *taken})))
        return frozenset(placed)

    def mark(self, folder_id: int, unread: Collection[int], read: Collection[int]) -> None:
        with self._database.write() as connection:
            for uids, value in ((unread, True), (read, False)):
                for batch in _parts(sorted(uids)):
                    its = (_place.c.folder_id == folder_id) & _place.c.uid.in_(batch) & (_place.c.unread != value)
                    connection.execute(update(_place).where(its).values(unread=value))

    def remove(self, folder_id: int, uids: Collection[int]) -> None:
        """They are no longer in this folder: what was nowhere else goes."""
        for batch in in_batches(sorted(uids)):
            with self._database.write() as connection:
                self._remove(connection, folder_id, batch)

    def remove_folder(self, folder_id: int) -> None:
        """Everything in it, and what was missing of it. The folder's own row stays."""
        self.remove(folder_id, self.uids(folder_id))
        with self._database.write() as connection:
            connection.execute(delete(_gap).where(_gap.c.folder_id == folder_id))

    def drop_unplaced(self, mailbox_id: int, before: datetime) -> int:
        """Mails kept as sent before then that no folder of the mailbox has: whoever filed them has taken them away again."""
        lies = select(_place.c.id).where(_place.c.mail_id == _copy.c.mail_id, _place.c.mailbox_id == mailbox_id).exists()
        lost = select(_copy.c.mail_id).join(_mail, _mail.c.id == _copy.c.mail_id)
        lost = lost.where(_copy.c.mailbox_id == mailbox_id, _copy.c.outgoing, _mail.c.made_at < before, ~lies)
        with self._database.read() as connection:
            mail_ids = connection.execute(lost).scalars().all()
            workspace_id = connection.execute(select(_mailbox.c.workspace_id).where(_mailbox.c.id == mailbox_id)).scalar_one_or_none()
        if workspace_id is None:
            return 0
        for batch in in_batches(mail_ids):
            with self._database.write() as connection:
                in_turn(self._database, connection, workspace_id)
                drop_copies(connection, mailbox_id, batch)
        return len(mail_ids)

    def _remove(self, connection: Connection, folder_id: int, uids: Sequence[int]) -> None:
        mailbox = _mailbox_of(connection, folder_id)
        if mailbox is None:
            return
        in_turn(self._database, connection, mailbox.workspace_id)
        places = delete(_place).where(_place.c.folder_id == folder_id, _place.c.uid.in_(uids))
        mail_ids = set(connection.execute(places.returning(_place.c.mail_id)).scalars())
        drop_copies(connection, mailbox.id, sorted(mail_ids))

    def _texts(self, workspace_id: int, incoming: Sequence[Incoming], *, headers_only: bool) -> dict[str, bytes] | None:
        """Sealed, of those the workspace does not have as far as can be told by now: most mail of a second mailbox it has."""
        if headers_only:
            return None
        with self._database.read() as connection:
            known = known_mails(connection, workspace_id, {one.key for one in incoming})
        return {one.key: pack(self._vault, one.message) for one in incoming if one.key not in known}

    def _write(
        self, connection: Connection, mailbox: Mailbox, incoming: Iterable[Incoming], texts: Mapping[str, bytes] | None
    ) -> dict[str, int]:
        mails = {one.key: one for one in incoming}
        writer = MailWriter(self._database, connection, mailbox)
        if texts is None:
            return writer.write(mails, None)
        # of one that went between the look at what is there and now, the text is sealed here
        unsealed = mails.keys() - texts.keys()
        gone = unsealed - known_mails(connection, mailbox.workspace_id, unsealed).keys()
        return writer.write(mails, {**texts, **{key: pack(self._vault, mails[key].message) for key in gone}})

    def _unwanted(
        self, connection: Connection, workspace_id: int, fresh: Mapping[int, Incoming], not_before: datetime | None
    ) -> dict[int, Reason]:
        people = {uid: {tombstone_text(workspace_id, somebody.key) for somebody in (*one.people, *one.blind)} for uid, one in fresh.items()}
        erased = self._tombstones.among(connection, Buried.CONTACT, frozenset().union(*people.values()))
        old = {uid: Reason.TOO_OLD for uid, one in fresh.items() if not_before is not None and one.at < not_before}
        return old | {uid: Reason.ERASED for uid, named in people.items() if not erased.isdisjoint(named)}


def tombstone_text(workspace_id: int, address_key: str) -> str:
    """A contact is erased from one company's mail; another's is its own."""
    return f"{workspace_id} {address_key}"


def _from_rows(mail: Row[Any], people: Sequence[Row[Any]], files: Sequence[Row[Any]]) -> Message:
    """What is known of a mail of which only the headers are kept."""
    thread = tuple(mail.thread.split())
    return Message(
        mail.message_id,
        mail.subject,
        mail.at,
        Box(mail.sender, mail.sender_name) if mail.sender else None,
        _boxes(people, "reply-to"),
        _boxes(people, "to"),
        _boxes(people, "cc"),
        author="" if mail.sender else mail.sender_name,
        answers=bool(thread),
        in_reply_to=thread[-1:],
        references=thread,
        attachments=tuple(Attachment(row.name, row.mime_type, row.size) for row in files),
    )


def _boxes(people: Sequence[Row[Any]], role: str) -> tuple[Box, ...]:
    return tuple(Box(row.address, row.name) for row in people if row.role == role)


def _place_row(mailbox_id: int, folder_id: int, uid: int, mail_id: int, unread: bool) -> dict[str, object]:
    return {"mailbox_id": mailbox_id, "folder_id": folder_id, "uid": uid, "mail_id": mail_id, "unread": unread}


def _placed(connection: Connection, folder_id: int, uids: Collection[int]) -> set[int]:
    return set(connection.execute(select(_place.c.uid).where(_place.c.folder_id == folder_id, _place.c.uid.in_(uids))).scalars())


def _takes_mail(connection: Connection, mailbox_id: int) -> bool:
    state = connection.execute(select(_mailbox.c.state).where(_mailbox.c.id == mailbox_id)).scalar_one_or_none()
    return state not in {None, State.REMOVING.value}


def _mailbox_of(connection: Connection, folder_id: int) -> Row[Any, Any] | None:
    query = select(_mailbox.c.id, _mailbox.c.workspace_id).join(_folder, _folder.c.mailbox_id == _mailbox.c.id)
    return connection.execute(query.where(_folder.c.id == folder_id)).one_or_none()


def _parts(ones: Sequence[_One]) -> Iterator[Sequence[_One]]:
    for start in range(0, len(ones), BATCH):
        yield ones[start : start + BATCH]
