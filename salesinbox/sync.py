"""The synchronisation of a mailbox with its server: one slice at a time, each bounded in length, each killed at any point and begun
again without harm.

A folder goes from state to state like this (`folders.FolderState`):

                      the server lists it
                              │
                              ▼
        excluded ◄────────── NEW ◄─────────── another row takes its name ──────────┐
        (nothing of it       │                                                     │
        is in the store)     │ opened: next_uid = low_uid = UIDNEXT                │
                              ▼                                                     │
                          FILLING   low_uid goes down, next_uid goes up            │
                              │                                                     │
                              │ low_uid = 1                                         │
                              ▼                                                     │
                          IN STEP   next_uid goes up; flags and removals follow    │
                              │                                                     │
                              │ UIDVALIDITY is another (from FILLING, too)          │
                              ▼                                                     │
                          LEAVING ─────────────────────────────────────────────────┘
                              │ the row that has its name now is in step
                              ▼
                      gone, and with it what was not found again

Gmail's labels are COVERED instead (`salesinbox.gmail`). A folder that appears when others are known already is in step at once and
all its mail is new mail. One that is no longer listed goes, one that was renamed keeps its row (`salesinbox.renames`). One that the
server refuses keeps its state, with a cause and a time at which it is tried again.

At any moment everything with low_uid <= UID < next_uid is in the store or is a gap with a reason (`salesinbox.gaps`), or was on the
server when that was last looked at. Progress is written in this order: mails and their places, or a gap; then next_uid or low_uid.
Whoever dies in between has the same messages fetched once more, and a place is the same whoever writes it. Two workers at one
mailbox do the same work twice; the one whose row was changed under his hands stops (`folders.Overtaken`).

A slice is one round (`salesinbox.rounds`):

1. The folders are listed, with what each counts. Only those whose counts have changed are opened.
2. New mail, of all folders in turn, the INBOX first. However much old mail is still to come, this is before it.
3. Flags, and what is gone, are observed in each folder when its new mail is in (`salesinbox.changes`).
4. Before anything is removed, the folders are looked at a second time and their new mail is taken: what was moved lies where it
   went before it goes from where it was.
5. Gaps whose time has come are tried again.
6. Mail of before, newest first, folder by folder.
7. When all are in step: what is LEAVING goes.

A moved or newly counted mail is recognised by Gmail's own id, or by Message-ID, size and date, and is not fetched again
(`salesinbox.known`); all other mail is, and the store knows it by what it says.
"""

import time
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import case, func, select, update
from sqlalchemy.exc import IntegrityError

from db import Database, now, table
from salesinbox.access import MailAccess
from salesinbox.bounded import within
from salesinbox.faults import MailboxFault
from salesinbox.folders import Folders, Overtaken
from salesinbox.from_addresses import own_addresses
from salesinbox.mailboxes import Mailbox, Mailboxes, State
from salesinbox.rounds import Round
from salesinbox.session import Session
from salesinbox.store import MailStore
from salesinbox.tables import FolderRow, MailboxRow, MailGapRow
from tenants.policies import Policies

_mailbox, _folder, _gap = table(MailboxRow), table(FolderRow), table(MailGapRow)

LONGEST_SECONDS = 600.0
"""A server that answers everything at the last moment keeps a worker from others' mail for so long at most."""

_AT_WORK = frozenset({State.FIRST_SYNC, State.IN_STEP})


class Progress(StrEnum):
    MORE = "more"
    """Call again."""
    DONE = "done"
    """All folders are in step, but those that fail for a reason of their own."""
    FAULT = "fault"
    """`Mailbox.cause` says which; it is due again by itself, or needs its owner."""
    RESTING = "resting"
    """It is paused, needs its owner, or is being removed: nothing was tried."""


class Sync:
    """Safe to use from many threads and processes, though two at one mailbox do everything twice."""

    def __init__(self, mailboxes: Mailboxes, access: MailAccess, store: MailStore, database: Database, policies: Policies) -> None:
        self._mailboxes = mailboxes
        self._access = access
        self._store = store
        self._database = database
        self._policies = policies
        self._folders = Folders(database, store, mailboxes)

    def run(self, mailbox_id: int, seconds: float) -> Progress:
        """One slice. It ends at the next durable point after so many seconds, some megabytes later at most."""
        until = time.monotonic() + seconds
        mailbox = self._mailboxes.get(mailbox_id)
        if mailbox is None or mailbox.state not in _AT_WORK:
            return Progress.RESTING
        try:
            with within(LONGEST_SECONDS):
                more = self._round(mailbox, until)
        except MailboxFault as fault:
            self._mailboxes.failed(mailbox_id, fault.cause)
            return Progress.FAULT
        except Overtaken:
            return Progress.MORE
        except IntegrityError:
            # A folder or the whole mailbox was removed under our hands; anything else is a mistake of ours.
            if self._is_as_it_was(mailbox):
                raise
            return Progress.MORE
        self._mailboxes.worked(mailbox_id)
        if more:
            return Progress.MORE
        self._in_step(mailbox_id)
        return Progress.DONE

    def _round(self, mailbox: Mailbox, until: float) -> bool:
        policy = self._policies.of(mailbox.workspace_id)
        own = own_addresses(self._database, mailbox.person_id)
        not_before = now() - timedelta(days=policy.mail_days) if policy.mail_days else None
        session = Session(partial(self._access.imap, mailbox))
        try:
            return Round(
                self._database,
                self._store,
                self._folders,
                session,
                mailbox,
                own,
                until,
                headers_only=policy.headers_only,
                not_before=not_before,
            ).run()
        finally:
            session.close()

    def _is_as_it_was(self, mailbox: Mailbox) -> bool:
        return self._mailboxes.get(mailbox.id) is not None

    def _in_step(self, mailbox_id: int) -> None:
        moment = now()
        mine = _mailbox.c.id == mailbox_id
        again = self._next_try(mailbox_id)
        with self._database.write() as connection:
            first = case((_mailbox.c.state == State.FIRST_SYNC.value, State.IN_STEP.value), else_=_mailbox.c.state)
            done = func.coalesce(_mailbox.c.first_done_at, moment)
            connection.execute(update(_mailbox).where(mine).values(synced_at=moment, first_done_at=done, state=first))
            if again is not None:
                later = _mailbox.c.due_at.is_(None) | (_mailbox.c.due_at > again)
                connection.execute(update(_mailbox).where(mine, later).values(due_at=again))

    def _next_try(self, mailbox_id: int) -> datetime | None:
        """Of a gap, or of a folder that failed."""
        with self._database.read() as connection:
            times = [
                connection.execute(select(func.min(rows.c.retry_at)).where(rows.c.mailbox_id == mailbox_id)).scalar_one()
                for rows in (_gap, _folder)
            ]
        return min((moment for moment in times if moment is not None), default=None)
