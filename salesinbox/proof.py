"""Proof of completeness: the server's folders and UIDs beside the store's, message by message.

What the store has and the server no longer has goes. What the server has and the store lacks without a reason is fetched: the folder
is wound back to above it, and the synchronisation walks down from there once more. In memory there are only numbers, eight bytes for
every message of one folder on either side, however large the mails are.
"""

from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from db import Database, now, table
from salesinbox.access import MailAccess
from salesinbox.bounded import within
from salesinbox.filing import FILE_BY_THEMSELVES
from salesinbox.folders import Folder, Folders, FolderState, Overtaken
from salesinbox.gaps import Gaps
from salesinbox.mailboxes import Mailbox, Mailboxes, State
from salesinbox.session import Listed, Opened, Refused, Session
from salesinbox.standing import FolderStanding, GapCount, Standing, standing
from salesinbox.store import MailStore
from salesinbox.tables import MailboxRow

__all__ = ["Comparison", "FolderStanding", "GapCount", "Proof", "Standing"]

_mailbox = table(MailboxRow)

_WINDOW = 20_000
"""Messages asked for at once."""
LONGEST_SECONDS = 1_800.0
"""As in `salesinbox.sync`."""
_FILED_BY_THEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found. `on_server` = `stored` + `reasons` + `waiting` + `lost`, over the folders that were compared. `waiting`: not
    fetched yet; `lost`: should have been in the store, and is being fetched; `gone`: was in the store and not on the server, and is
    removed. `skipped`: folders that could not be compared, because the server refuses them or counts anew: they are the sync's."""

    on_server: int
    stored: int
    reasons: int
    waiting: int
    lost: int
    gone: int
    skipped: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Everything on the server is in the store or has a reason, and nothing else is in the store."""
        return not (self.waiting or self.lost or self.gone or self.skipped)


@dataclass(slots=True)
class _Tally:
    on_server: int = 0
    stored: int = 0
    reasons: int = 0
    waiting: int = 0
    lost: int = 0
    gone: int = 0


class Proof:
    """Safe to use from many threads and processes, and while the mailbox is being synchronised."""

    def __init__(self, database: Database, mailboxes: Mailboxes, access: MailAccess, store: MailStore, folders: Folders) -> None:
        self._database = database
        self._mailboxes = mailboxes
        self._access = access
        self._store = store
        self._folders = folders
        self._gaps = Gaps(database)

    def standing(self, mailbox_id: int) -> Standing:
        """From the database alone. LookupError: there is no such mailbox."""
        return standing(self._database, mailbox_id)

    def compare(self, mailbox_id: int) -> Comparison | None:
        """Mends what it finds, and asks for a synchronisation where there is something to fetch. None: the mailbox is gone, paused
        or waiting for its owner, and no server was asked. MailboxFault."""
        mailbox = self._mailboxes.get(mailbox_id)
        if mailbox is None or mailbox.state in {State.PAUSED, State.NEEDS_OWNER}:
            return None
        with within(LONGEST_SECONDS):
            return self._compare(mailbox)

    def _compare(self, mailbox: Mailbox) -> Comparison:
        mailbox_id = mailbox.id
        session = Session(lambda: self._access.imap(mailbox))
        try:
            listing = session.listing()
            listed = {one.name: one for one in listing.folders}
            mine = {folder.name: folder for folder in self._folders.of(mailbox_id)}
            tally = _Tally()
            skipped = sorted(listed.keys() - mine.keys())
            for name, folder in mine.items():
                if not folder.syncs:
                    self._count(session, folder, listed.get(name))
                elif name not in listed or not self._compared(session, folder, listed[name], tally):
                    skipped.append(name)
        finally:
            session.close()
        if mailbox.provider in FILE_BY_THEMSELVES:
            # Some write a Message-ID of their own into what they file: then what we kept is a second one of the same mail.
            self._store.drop_unplaced(mailbox_id, now() - _FILED_BY_THEN)
        found = Comparison(tally.on_server, tally.stored, tally.reasons, tally.waiting, tally.lost, tally.gone, tuple(skipped))
        with self._database.write() as connection:
            connection.execute(update(_mailbox).where(_mailbox.c.id == mailbox_id).values(compared_at=now()))
        if found.waiting or found.lost or found.skipped:
            self._mailboxes.ask_for_sync(mailbox_id)
        return found

    def _count(self, session: Session, folder: Folder, listed: Listed | None) -> None:
        """How much its owner leaves out."""
        if listed is None or not folder.excluded:
            return
        with suppress(Refused):
            status = listed.status or session.status(listed.wire)
            if status is not None:
                self._folders.noticed(folder, status)

    def _compared(self, session: Session, folder: Folder, listed: Listed, tally: _Tally) -> bool:
        """False: nothing can be said of this folder now.

        The order matters: what the folder's row promises is read first, then the server, then the store. What the synchronisation
        fetches meanwhile is then more than was promised, never less.
        """
        if folder.state is FolderState.NEW:
            return False
        try:
            opened = session.examine(listed.wire)
            if opened.uidvalidity != folder.uidvalidity:
                return False
            theirs = _uids_on_server(session, opened)
            # Mail is removed by this answer. One that does not hold as many as the server says there are is none.
            if len(theirs) < opened.exists and len(theirs) < session.examine(listed.wire).exists:
                return False
        except Refused:
            return False
        ours = self._store.uids(folder.id)
        reasons = array("q", sorted(self._gaps.uids(folder.id)))
        # above UIDNEXT is what came after the server was asked
        gone = [uid for uid in _only_in_first(ours, theirs) if uid < opened.uidnext]
        self._store.remove(folder.id, gone)
        self._gaps.close(folder.id, [*_only_in_first(reasons, theirs), *_in_both(reasons, ours)])
        unfounded = array("q", _only_in_first(array("q", _only_in_first(theirs, ours)), reasons))
        lost = [uid for uid in unfounded if folder.low_uid <= uid < folder.next_uid]
        if lost:
            self._wind_back(folder, lost[-1])
        tally.on_server += len(theirs)
        tally.stored += len(theirs) - sum(1 for _ in _only_in_first(theirs, ours))
        tally.waiting += len(unfounded) - len(lost)
        tally.lost += len(lost)
        tally.gone += len(gone)
        tally.reasons = tally.on_server - tally.stored - tally.waiting - tally.lost
        return True

    def _wind_back(self, folder: Folder, highest: int) -> None:
        try:
            self._folders.reached(folder, low_uid=highest + 1)
        except Overtaken:
            # It has moved under our eyes: the comparison after this one sees what is so.
            return


def _uids_on_server(session: Session, opened: Opened) -> "array[int]":
    """Ascending, asked for in stretches that hold about so many messages each. Refused, MailboxFault."""
    step = _WINDOW * max(1, opened.uidnext // max(1, opened.exists))
    together = array("q")
    for low in range(1, opened.uidnext, step):
        together.extend(session.uids(low, min(low + step, opened.uidnext) - 1))
    return together


def _only_in_first(first: "array[int]", second: "array[int]") -> Iterator[int]:
    """Of two ascending ones."""
    others = iter(second)
    other = next(others, None)
    for one in first:
        while other is not None and other < one:
            other = next(others, None)
        if other != one:
            yield one


def _in_both(first: "array[int]", second: "array[int]") -> Iterator[int]:
    without = set(_only_in_first(first, second))
    return (one for one in first if one not in without)
