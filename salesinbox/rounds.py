"""One round through the folders of a mailbox, over one session. What is done in which order, and why, is told in `salesinbox.sync`."""

import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from db import Database
from salesinbox import gmail
from salesinbox.changes import Changes, Observed
from salesinbox.faults import Cause, MailboxFault
from salesinbox.folders import Folder, Folders, FolderState, Overtaken
from salesinbox.gaps import Gaps, Reason
from salesinbox.intake import WINDOW, Intake, Wanted
from salesinbox.known import KnownMails
from salesinbox.mailboxes import Mailbox
from salesinbox.renames import Renames
from salesinbox.session import Listed, Listing, Opened, Refused, Session, Status
from salesinbox.store import MailStore
from salesinbox.uses import uses_of

_MORE, _DONE = True, False


class Round:
    """`until`: of the monotonic clock; whatever is begun then is brought to its next durable point."""

    def __init__(
        self,
        database: Database,
        store: MailStore,
        folders: Folders,
        session: Session,
        mailbox: Mailbox,
        own: frozenset[str],
        until: float,
        *,
        headers_only: bool,
        not_before: datetime | None,
    ) -> None:
        self._store = store
        self._folders = folders
        self._session = session
        self._mailbox = mailbox
        self._until = until
        self._gaps = Gaps(database)
        self._intake = Intake(session, store, self._gaps, KnownMails(database, store, mailbox.id), mailbox)
        self._wanted = Wanted(own, headers_only, not_before)
        self._changes = Changes(database, session, store, self._gaps)
        self._renames = Renames(folders, session, store)
        self._listed: dict[str, Listed] = {}
        self._status: dict[str, Status | None] = {}
        self._vanished: tuple[Folder, ...] = ()
        self._all_mail: Folder | None = None

    def run(self) -> bool:
        """Whether there is more to do. MailboxFault, Overtaken."""
        self._look_around()
        self._relabel()
        due = self._gaps.due(self._mailbox.id)
        changed = [folder for folder in self._mine() if self._changed(folder)]
        observed = self._observe(changed)
        if observed is None:
            return _MORE
        if self._vanished or any(one.gone for one in observed):
            # What was moved while we looked is taken where it went before it goes from where it was.
            self._look_around()
            if self._arrive([folder for folder in self._mine() if self._arrivals(folder)]) is _MORE:
                return _MORE
            self._remove(observed)
        if self._retry(due) is _MORE or self._fill() is _MORE:
            return _MORE
        return self._tidy_up()

    # folders

    def _look_around(self) -> None:
        listing = self._listing()
        rows = self._folders.rows(self._mailbox.id)
        uses = uses_of(listing.folders)
        self._listed = {folder.name: folder for folder in listing.folders}
        self._status = {folder.name: folder.status for folder in listing.folders}
        if listing.whole:
            vanished = [row for row in rows if row.name not in self._listed and row.state is not FolderState.LEAVING]
            new = [folder for folder in listing.folders if folder.name not in {row.name for row in rows}]
            renamed = self._renames.follow(vanished, new)
            self._vanished = tuple(row for row in vanished if row.id not in renamed)
        is_gmail = self._session.gmail
        for row in rows:
            if row.name in uses and uses[row.name] is not row.use:
                self._folders.used(row, uses[row.name], gmail=is_gmail)
                continue
            status = self._status.get(row.name) if row.excluded else None
            if status is not None and (status.uidvalidity, status.messages) != (row.uidvalidity, row.on_server):
                self._folders.noticed(row, status)
        known = {row.name for row in self._folders.rows(self._mailbox.id)}
        appeared = [(folder, uses[folder.name]) for folder in listing.folders if folder.name not in known]
        if appeared:
            self._folders.appeared(self._mailbox.id, appeared, gmail=is_gmail, later=bool(rows))
        self._cover()

    def _listing(self) -> Listing:
        try:
            listing = self._session.listing()
        except Refused as refused:
            raise MailboxFault(Cause.REFUSED, refused.said) from None
        if not listing.folders:
            # Every mailbox has an INBOX. To believe this would be to throw away all mail.
            raise MailboxFault(Cause.BROKEN_OFF, "no folders")
        return listing

    def _cover(self) -> None:
        """At Gmail: what All Mail has, and which of its mail is not wanted."""
        rows = self._folders.of(self._mailbox.id)
        self._all_mail = gmail.all_mail(rows) if self._session.gmail else None
        for row in rows:
            if self._all_mail is None and row.state is FolderState.COVERED:
                self._folders.covered(row, covered=False)
            elif self._all_mail is not None and gmail.is_covered(row) and not row.chosen and row.state is not FolderState.COVERED:
                self._folders.covered(row, covered=True)
        unwanted = gmail.unwanted(rows, self._listed) if self._all_mail else frozenset()
        self._intake.wanted = replace(self._wanted, unwanted=unwanted)

    def _relabel(self) -> None:
        """At Gmail: a label its owner has excluded or included since the last time."""
        if self._all_mail is None:
            return
        for row in self._folders.of(self._mailbox.id):
            if not (row.chosen and gmail.is_covered(row)) or row.state is FolderState.COVERED or row.name not in self._listed:
                continue
            if not row.excluded:
                self._folders.excluded_again(self._all_mail)
            elif self._all_mail.state is not FolderState.NEW:
                self._open(self._all_mail)
                label = gmail.label_of(row, self._listed[row.name]).replace(b"\\", b"\\\\").replace(b'"', b'\\"').decode("ascii", "replace")
                labelled = set(self._session.search(f'X-GM-LABELS "{label}"')) & set(self._store.uids(self._all_mail.id))
                self._gaps.note(self._mailbox.id, self._all_mail.id, labelled, Reason.EXCLUDED)
                self._store.remove(self._all_mail.id, labelled)
            self._folders.covered(row, covered=True)

    def _mine(self) -> list[Folder]:
        """Those to be synchronised now: the INBOX first; not those that are left alone for a while because they failed."""
        rows = self._folders.rows(self._mailbox.id)
        return [row for row in rows if row.syncs and row.name in self._listed and not row.rests]

    def _changed(self, folder: Folder) -> bool:
        status = self._said(folder)
        if status is None or folder.state is FolderState.NEW or folder.checked_at is None or folder.cause is not None:
            return True
        return (status.uidvalidity, status.uidnext, status.messages, status.modseq, status.unseen) != (
            folder.uidvalidity,
            folder.next_uid,
            folder.on_server,
            folder.modseq,
            folder.unseen,
        )

    def _arrivals(self, folder: Folder) -> bool:
        status = self._said(folder)
        return status is None or folder.state is FolderState.NEW or status.uidnext != folder.next_uid

    def _said(self, folder: Folder) -> Status | None:
        """Asked for folder by folder where the list does not bring it along."""
        if self._status[folder.name] is None:
            try:
                self._status[folder.name] = self._session.status(self._listed[folder.name].wire)
            except Refused:
                return None
        return self._status[folder.name]

    def _open(self, folder: Folder) -> tuple[Folder, Opened]:
        """MailboxFault, Refused, Overtaken."""
        opened = self._session.examine(self._listed[folder.name].wire)
        if folder.state is not FolderState.NEW and folder.uidvalidity != opened.uidvalidity:
            self._folders.counted_anew(folder)
            folder = next(row for row in self._folders.rows(self._mailbox.id) if row.name == folder.name)
        if folder.state is FolderState.NEW:
            folder = self._folders.begun(folder, opened)
        return folder, opened

    # what is new

    def _observe(self, folders: Iterable[Folder]) -> list[Observed] | None:
        """New mail of these, a window of each in turn; then what else has changed there. None: time is up."""
        observed: list[Observed] = []
        pending = deque((folder, 0) for folder in folders)
        while pending:
            folder, before = pending.popleft()
            try:
                folder, opened = self._open(folder)
                folder, arrived, more = self._take_new(folder, opened)
                if more:
                    pending.append((folder, before + arrived))
                else:
                    observed.append(self._look_at(folder, opened, before + arrived))
            except Refused:
                self._folders.failed(folder, Cause.REFUSED)
            if pending and self._late():
                return None
        return observed

    def _arrive(self, folders: Iterable[Folder]) -> bool:
        """New mail of these alone."""
        pending = deque(folders)
        while pending:
            folder = pending.popleft()
            try:
                folder, opened = self._open(folder)
                folder, _, more = self._take_new(folder, opened)
                if more:
                    pending.append(folder)
            except Refused:
                self._folders.failed(folder, Cause.REFUSED)
            if pending and self._late():
                return _MORE
        return _DONE

    def _take_new(self, folder: Folder, opened: Opened) -> tuple[Folder, int, bool]:
        """How many have come, and whether there are more."""
        if folder.next_uid >= opened.uidnext:
            return folder, 0, False
        uids = self._session.uids(folder.next_uid, opened.uidnext - 1)
        window = uids[:WINDOW]
        for done in self._intake.take(folder, window):
            folder = self._folders.reached(folder, next_uid=done + 1)
        if len(uids) > len(window):
            return folder, len(window), True
        return self._folders.reached(folder, next_uid=opened.uidnext), len(window), False

    def _look_at(self, folder: Folder, opened: Opened, arrived: int) -> Observed:
        status = self._said(folder)
        seen = self._changes.observe(folder, opened, status.unseen if status else 0, arrived, self._intake.wanted.unwanted)
        for _ in self._intake.take(folder, seen.missing):
            pass
        if not seen.gone:
            self._settle(seen)
        return seen

    def _settle(self, seen: Observed) -> None:
        self._folders.settled(seen.folder, seen.opened.modseq, seen.unseen, seen.opened.exists)

    def _remove(self, observed: Iterable[Observed]) -> None:
        for seen in observed:
            if seen.gone:
                self._store.remove(seen.folder.id, seen.gone)
                self._gaps.close(seen.folder.id, seen.gone)
                with suppress(Overtaken):  # the second look has brought new mail in: the next round settles it
                    self._settle(seen)
        for folder in self._vanished:
            if folder.name not in self._listed:
                self._folders.vanished(folder)

    # what was there before

    def _retry(self, due: dict[int, list[int]]) -> bool:
        for folder in self._mine():
            if folder.id not in due or folder.state is FolderState.NEW:
                continue
            try:
                opened, _ = self._open(folder)
                uids = due[folder.id] if opened.id == folder.id else []
                for _ in self._intake.take(folder, uids, retry=True):
                    if self._late():
                        return _MORE
            except Refused:
                self._folders.failed(folder, Cause.REFUSED)
        return _DONE

    def _fill(self) -> bool:
        """Newest first, one folder after the other."""
        for folder in self._mine():
            if folder.state is not FolderState.FILLING:
                continue
            try:
                reached, _ = self._open(folder)
                stored = set(self._store.uids(reached.id))
                uids = [uid for uid in reversed(self._session.uids(1, reached.low_uid - 1)) if uid not in stored]
                for done in self._intake.take(reached, uids, look_for_known=self._had_before()):
                    reached = self._folders.reached(reached, low_uid=done)
                    if self._late():
                        return _MORE
                self._folders.reached(reached, low_uid=1)
            except Refused:
                self._folders.failed(folder, Cause.REFUSED)
        return _DONE

    def _had_before(self) -> bool:
        """Whether mail that is there from before can be in the store already."""
        leaving = any(row.state is FolderState.LEAVING for row in self._folders.rows(self._mailbox.id))
        return leaving or self._mailbox.first_done_at is not None or (self._session.gmail and self._all_mail is None)

    def _tidy_up(self) -> bool:
        """Whether there is more to do; if not, nothing is kept any more of what is not where it was."""
        rows = self._folders.rows(self._mailbox.id)
        if any(row.syncs and row.cause is None and row.state is not FolderState.IN_STEP for row in rows):
            return _MORE
        by_name = {row.name: row for row in rows}
        for row in rows:
            if row.state is FolderState.LEAVING:
                heir = by_name.get(row.name.rpartition("\n")[0])
                if heir is None or not heir.syncs or heir.state is FolderState.IN_STEP:
                    self._folders.vanished(row)
        for folder_id in self._folders.strays(self._mailbox.id):
            self._store.remove_folder(folder_id)
        return _DONE

    def _late(self) -> bool:
        return time.monotonic() >= self._until
