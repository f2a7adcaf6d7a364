"""What has changed among the messages the store has of the open folder: read or unread, removed, missing.

Flags: where the server counts changes (CONDSTORE) it is asked for those since the last count, else for all unread UIDs (UID SEARCH
UNSEEN), which are few. Removals: VANISHED (QRESYNC) is not used. The number of messages tells whether there can be any, and then the
server's UIDs, as ranges where it can write them so (ESEARCH), are compared with the store's: that relies on no memory of what once
vanished, and finds just as well what is missing here.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from db import Database, table
from salesinbox.folders import Folder, FolderState
from salesinbox.gaps import Gaps, Reason
from salesinbox.session import Opened, Refused, Session
from salesinbox.store import MailStore
from salesinbox.tables import MailPlaceRow

_place = table(MailPlaceRow)


@dataclass(frozen=True, slots=True)
class Observed:
    """`gone` is no longer on the server; `missing` is there and neither in the store nor a gap. `opened` says as of when."""

    folder: Folder
    opened: Opened
    unseen: int
    gone: frozenset[int]
    missing: tuple[int, ...]


class Changes:
    """For one session."""

    def __init__(self, database: Database, session: Session, store: MailStore, gaps: Gaps) -> None:
        self._database = database
        self._session = session
        self._store = store
        self._gaps = gaps

    def observe(self, folder: Folder, opened: Opened, unseen: int, arrived: int, unwanted: frozenset[bytes]) -> Observed:
        """Flags are written at once. `unseen`: as the server said; `arrived`: how many have come since the last time; `unwanted`:
        labels of Gmail's. MailboxFault, Refused."""
        low, high = folder.low_uid, folder.next_uid - 1
        welcome: set[int] = set()
        if low <= high:
            if folder.modseq and opened.modseq:
                if opened.modseq != folder.modseq:
                    welcome = self._flags_since(folder, unwanted)
            else:
                self._flags(folder)
        gone, missing = self._compared(folder, opened, arrived)
        return Observed(folder, opened, unseen, frozenset(gone), tuple(sorted({*missing, *welcome}, reverse=True)))

    def _flags_since(self, folder: Folder, unwanted: frozenset[bytes]) -> set[int]:
        """Marks; takes out what has been given an unwanted label, and says what has lost its last."""
        unread: set[int] = set()
        read: set[int] = set()
        labelled: set[int] = set()
        for uid, is_unread, labels in self._session.changed_flags(folder.low_uid, folder.next_uid - 1, folder.modseq):
            (unread if is_unread else read).add(uid)
            if not unwanted.isdisjoint(labels):
                labelled.add(uid)
        self._store.mark(folder.id, unread, read)
        if not self._session.gmail:
            return set()
        left_out = self._gaps.uids(folder.id, Reason.EXCLUDED)
        if labelled - left_out:
            self._gaps.note(folder.mailbox_id, folder.id, labelled - left_out, Reason.EXCLUDED)
        self._store.remove(folder.id, labelled)
        welcome = left_out & ((unread | read) - labelled)
        self._gaps.close(folder.id, welcome)
        return welcome

    def _flags(self, folder: Folder) -> None:
        its = (_place.c.folder_id == folder.id) & _place.c.unread
        with self._database.read() as connection:
            known = set(connection.execute(select(_place.c.uid).where(its)).scalars())
        unread = set(self._session.uids(folder.low_uid, folder.next_uid - 1, "UNSEEN"))
        if unread != known:
            self._store.mark(folder.id, unread - known, known - unread)

    def _compared(self, folder: Folder, opened: Opened, arrived: int) -> tuple[set[int], tuple[int, ...]]:
        gaps = self._gaps.uids(folder.id)
        if folder.state is FolderState.IN_STEP:
            if self._count(folder) + len(gaps) == opened.exists:
                return set(), ()
        elif opened.exists == folder.on_server + arrived:
            return set(), ()
        low, high = folder.low_uid, folder.next_uid - 1
        there = set(self._session.uids(low, high))
        if folder.state is FolderState.IN_STEP and len(there) < opened.exists:
            # Mail is removed by this answer. One that does not hold as many as the server says there are is none.
            raise Refused("fewer messages than there are")
        known = gaps.union(self._store.uids(folder.id))
        return {uid for uid in known - there if low <= uid <= high}, tuple(there - known)

    def _count(self, folder: Folder) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).where(_place.c.folder_id == folder.id)).scalar_one()
