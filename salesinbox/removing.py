"""What goes with what: the last place of a copy takes the copy along, the last copy of a mail takes the mail.

Whoever adds or removes mail of a workspace does so in turn (`in_turn`), so that nobody gives a mail a new copy while somebody
else finds that it has none left.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, insert, select, tuple_, update

from db import Database, now, table
from salesinbox.gaps import Reason
from salesinbox.mailboxes import State
from salesinbox.tables import (
    FolderRow,
    FromAddressRow,
    MailboxRow,
    MailCopyRow,
    MailFileRow,
    MailGapRow,
    MailPersonRow,
    MailPlaceRow,
    MailRow,
    MailTextRow,
    OutgoingRow,
)
from tenants.tables import PersonRow

BATCH = 500
"""Mails a transaction: others get their turn in between."""

_mail, _mailer, _file, _text = table(MailRow), table(MailPersonRow), table(MailFileRow), table(MailTextRow)
_copy, _place, _gap, _folder = table(MailCopyRow), table(MailPlaceRow), table(MailGapRow), table(FolderRow)
_mailbox, _from, _outgoing, _person = table(MailboxRow), table(FromAddressRow), table(OutgoingRow), table(PersonRow)


def in_turn(database: Database, connection: Connection, workspace_id: int) -> None:
    """In a write, before anything is looked at."""
    database.take_turns(connection, f"mail {workspace_id}")


def in_batches(ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    rest = iter(ids)
    while batch := tuple(islice(rest, BATCH)):
        yield batch


def drop_copies(connection: Connection, mailbox_id: int, mail_ids: Sequence[int]) -> None:
    """Those that lie in no folder any more; and the mails that are in no mailbox any more. In turn."""
    lies = exists(select(_place.c.id).where(_place.c.mail_id == _copy.c.mail_id, _place.c.mailbox_id == _copy.c.mailbox_id))
    gone = delete(_copy).where(_copy.c.mailbox_id == mailbox_id, _copy.c.mail_id.in_(mail_ids), ~lies)
    dropped = connection.execute(gone.returning(_copy.c.mail_id)).scalars().all()
    if not dropped:
        return
    connection.execute(delete(_mailer).where(_mailer.c.mail_id.in_(dropped), _mailer.c.mailbox_id == mailbox_id))
    has_copy = exists(select(_copy.c.mail_id).where(_copy.c.mail_id == _mail.c.id))
    nobodys = connection.execute(select(_mail.c.id).where(_mail.c.id.in_(dropped), ~has_copy)).scalars().all()
    for rows, its in ((_mailer, _mailer.c.mail_id), (_file, _file.c.mail_id), (_text, _text.c.mail_id), (_mail, _mail.c.id)):
        connection.execute(delete(rows).where(its.in_(nobodys)))


def take_out(connection: Connection, mail_ids: Sequence[int], reason: Reason) -> Counter[str]:
    """These mails leave every mailbox of the workspace, and are not fetched again: a gap with this reason stands where they lay.
    How many rows of which table went. In turn."""
    gone: Counter[str] = Counter()
    for start in range(0, len(mail_ids), BATCH):
        batch = mail_ids[start : start + BATCH]
        where = select(_place.c.folder_id, _place.c.uid, _place.c.mailbox_id).where(_place.c.mail_id.in_(batch))
        lay, moment = connection.execute(where).all(), now()
        gaps = [gap_row(row.mailbox_id, row.folder_id, row.uid, reason, moment) for row in lay]
        for rows in (_place, _copy, _mailer, _file, _text):
            gone[rows.name] += _delete(connection, rows, rows.c.mail_id.in_(batch))
        gone[_mail.name] += _delete(connection, _mail, _mail.c.id.in_(batch))
        if gaps:
            _delete(connection, _gap, tuple_(_gap.c.folder_id, _gap.c.uid).in_([(row.folder_id, row.uid) for row in lay]))
            connection.execute(insert(_gap), gaps)
    return gone


def gap_row(mailbox_id: int, folder_id: int, uid: int, reason: Reason, moment: datetime) -> dict[str, object]:
    """Of a message that is not wanted: nothing tries again by itself."""
    its = {"folder_id": folder_id, "uid": uid, "mailbox_id": mailbox_id}
    return {**its, "reason": reason.value, "tries": 1, "since": moment, "retry_at": None}


class MailboxRemoval:
    """Disconnecting one mailbox: everything of it goes, what colleagues have in theirs stays. A process may die anywhere: the
    mailbox is in state REMOVING from the beginning, and whoever calls `finish` goes on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, mailbox_id: int) -> None:
        """From now on nothing is added to it, nobody signs in to it, and its secrets are gone. What was consented to has to be given
        back before (`SignIns.give_back`)."""
        ended = {"state": State.REMOVING.value, "secrets": "", "due_at": None, "watcher": "", "watched_until": None}
        with self._database.write() as connection:
            connection.execute(update(_mailbox).where(_mailbox.c.id == mailbox_id).values(**ended))

    def pending(self) -> tuple[int, ...]:
        """Begun, and not finished."""
        query = select(_mailbox.c.id).where(_mailbox.c.state == State.REMOVING.value).order_by(_mailbox.c.id)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def finish(self, mailbox_id: int) -> None:
        """Some seconds for ten thousand mails. Done twice, or by two at once, it is done once."""
        with self._database.read() as connection:
            its = (_mailbox.c.id == mailbox_id) & (_mailbox.c.state == State.REMOVING.value)
            row = connection.execute(select(_mailbox.c.workspace_id, _mailbox.c.person_id).where(its)).one_or_none()
        if row is None:
            return
        while self._some(mailbox_id, row.workspace_id):
            pass
        with self._database.write() as connection:
            in_turn(self._database, connection, row.workspace_id)
            for rows in (_mailer, _place, _gap, _folder, _from, _outgoing):
                _delete(connection, rows, rows.c.mailbox_id == mailbox_id)
            _delete(connection, _mailbox, _mailbox.c.id == mailbox_id)
            connection.execute(update(_person).where(_person.c.id == row.person_id).values(mailboxes=mailboxes_of_person()))

    def remove(self, mailbox_id: int) -> None:
        self.begin(mailbox_id)
        self.finish(mailbox_id)

    def _some(self, mailbox_id: int, workspace_id: int) -> bool:
        """Whether there was anything to remove."""
        with self._database.write() as connection:
            in_turn(self._database, connection, workspace_id)
            query = select(_copy.c.mail_id).where(_copy.c.mailbox_id == mailbox_id).limit(BATCH)
            mail_ids = connection.execute(query).scalars().all()
            _delete(connection, _place, (_place.c.mailbox_id == mailbox_id) & _place.c.mail_id.in_(mail_ids))
            drop_copies(connection, mailbox_id, mail_ids)
        return bool(mail_ids)


def mailboxes_of_person() -> ColumnElement[int]:
    """What `person.mailboxes` says, counted."""
    return select(func.count()).select_from(_mailbox).where(_mailbox.c.person_id == _person.c.id).scalar_subquery()


def _delete(connection: Connection, rows: Table, where: ColumnElement[bool]) -> int:
    return connection.execute(delete(rows).where(where)).rowcount
