"""New mail is noticed: one thread holds a connection to every mailbox in step, and makes due what has changed.

Each connection idles in the INBOX (at Gmail in All Mail), so that new mail there is known at once, and is asked every 40 seconds how
all folders are; servers that cannot IDLE are only asked. Where the answer has another fingerprint than the one that last made the
mailbox due, it is due: `mailbox.due_at` and `mailbox.watch_mark` change together, so whichever worker asks next, after whatever died,
neither misses a change nor takes an old one for new.

Why this is no DBOS schedule, no job for each mailbox, and not IMAPClient's own IDLE: looking at a mailbox where nothing is new may
cost a millisecond of processor a minute. Measured: a workflow's life in the database costs some 25, a synchronisation that finds
nothing 11, signing in 4, asking with IMAPClient 1.7 and so 0.18. So the connections stay, one selector waits for all of them, and
answers are compared as bytes (`watch_line`).

What goes wrong is told to `Mailboxes.failed` and left to it: the mailbox is no longer watched until a synchronisation has worked. A
connection that merely ends is made again after a while that chance decides, so that a server that comes back is not run over.
"""

import logging
import random
import resource
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from db import Database, now, table
from salesinbox.access import MailAccess
from salesinbox.bounded import within
from salesinbox.faults import Cause, MailboxFault, origin
from salesinbox.folders import FolderState
from salesinbox.mailboxes import Mailboxes, State
from salesinbox.tables import FolderRow, MailboxRow
from salesinbox.uses import Use
from salesinbox.watch_line import Line
from salesinbox.watch_lines import Lines
from salesinbox.watch_share import LEASE, Share, Watched

_CONNECTING = 16
_CONNECTING_TO_ONE_HOST = 8
_CONNECTING_SECONDS = 60.0
_FILES_BESIDE = 256
"""What the process has open beside watched connections."""
_FILES_WANTED = 16_384
_UNEXPECTED_PAUSE = 60.0
_NOBODY_PAUSE = 1.0

_mailbox, _folder = table(MailboxRow), table(FolderRow)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds: between two questions on one connection, for an answer, between renewals of the lease, between looks at what folders
    there are; `apart`: within which a connection that ended is made again; `breath`: what comes in meanwhile is read together."""

    ask: float = 40.0
    patience: float = 60.0
    renew: float = 15.0
    folders: float = 300.0
    apart: float = 20.0
    breath: float = 0.2
    lease: timedelta = LEASE

    @classmethod
    def after(cls, silence: timedelta) -> "Rhythm":
        """Where a worker that says nothing for so long is dead."""
        return cls(renew=silence.total_seconds() / 2, lease=silence * 1.5)


@dataclass(frozen=True, slots=True)
class _Connected:
    line: Line
    mark: str


@dataclass(slots=True)
class _Folders:
    """Of one mailbox. `newest` is where new mail comes in."""

    counting: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    newest: str = "INBOX"

    def add(self, name: str, use: str, excluded: bool, state: str) -> None:
        if state == FolderState.LEAVING:
            return
        counts = not excluded and state != FolderState.COVERED
        (self.counting if counts else self.others).append(name)
        if counts and use == Use.ALL:
            self.newest = name

    def tell(self, line: Line) -> None:
        line.know(self.counting, self.others)


class Watch:
    """One per worker process. `worker` names it, `alive` tells how many there are."""

    def __init__(
        self,
        database: Database,
        mailboxes: Mailboxes,
        access: MailAccess,
        worker: str,
        alive: Callable[[], int],
        rhythm: Rhythm | None = None,
    ) -> None:
        self._database = database
        self._mailboxes = mailboxes
        self._access = access
        self._worker = worker
        self._rhythm = rhythm or Rhythm()
        self._share = Share(database, worker, alive, _connections_allowed(), self._rhythm.lease)
        self._lines = Lines(self._rhythm.ask, self._rhythm.patience)
        self._wanted: dict[Watched, float] = {}
        """To be connected, and not before when."""
        self._connecting: set[Watched] = set()
        self._arrived: SimpleQueue[tuple[Watched, Future[_Connected]]] = SimpleQueue()
        self._pool = ThreadPoolExecutor(_CONNECTING, "mail-connect")
        self._thread = threading.Thread(target=self._run, name="mail-watch", daemon=True)
        self._stopped = threading.Event()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Its mailboxes are free for other workers at once."""
        self._stopped.set()
        self._thread.join()

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._lines)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch()
            except Exception as error:  # noqa: BLE001 - a mistake of ours with one mailbox must not stop the others
                _log.error("the watch stumbled and begins anew: %s", origin(error))
                self._lines.clear()
                self._stopped.wait(self._rhythm.renew)
        self._lines.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)
        try:
            self._share.give_back()
        except SQLAlchemyError as error:
            _log.warning("watched mailboxes stay leased for a moment: %s", type(error).__name__)

    def _watch(self) -> None:
        renew_at = folders_at = 0.0
        while not self._stopped.is_set():
            moment = time.monotonic()
            try:
                if moment >= renew_at:
                    renew_at = moment + self._rhythm.renew
                    self._renew(moment)
                if moment >= folders_at:
                    folders_at = moment + self._rhythm.folders
                    self._look_at_folders()
                self._take_arrived(moment)
                self._connect(moment)
                for watched, line in (*self._lines.ask(), *self._lines.hear()):
                    self._ended(watched, line, moment)
                self._tell()
            except SQLAlchemyError as error:
                _log.warning("the database does not answer the watch: %s", type(error).__name__)
            busy = self._lines or self._wanted or self._connecting
            self._stopped.wait(self._rhythm.breath if busy else _NOBODY_PAUSE)

    def _renew(self, moment: float) -> None:
        mine = self._share.renew()
        for watched, _ in self._lines:
            if watched not in mine:
                self._lines.drop(watched)
        known = {watched for watched, _ in self._lines} | self._connecting
        self._wanted = {watched: self._wanted.get(watched, moment) for watched in mine - known}

    def _look_at_folders(self) -> None:
        """Owners include and exclude folders, and make new ones."""
        known = self._folders(_mailbox.c.watcher == self._worker)
        for watched, line in self._lines:
            known[watched.mailbox_id].tell(line)

    def _folders(self, mailboxes: ColumnElement[bool]) -> Mapping[int, _Folders]:
        query = select(_folder.c.mailbox_id, _folder.c.name, _folder.c.use, _folder.c.excluded, _folder.c.state)
        known = defaultdict[int, _Folders](_Folders)
        with self._database.read() as connection:
            for row in connection.execute(query.join(_mailbox, _mailbox.c.id == _folder.c.mailbox_id).where(mailboxes)):
                known[row.mailbox_id].add(row.name, row.use, row.excluded, row.state)
        return known

    def _connect(self, moment: float) -> None:
        if not self._wanted or len(self._connecting) >= _CONNECTING:
            return
        busy = Counter(watched.host for watched in self._connecting)
        for watched in [watched for watched, at in self._wanted.items() if at <= moment]:
            if len(self._connecting) >= _CONNECTING:
                return
            if busy[watched.host] < _CONNECTING_TO_ONE_HOST:
                busy[watched.host] += 1
                del self._wanted[watched]
                self._connecting.add(watched)
                self._pool.submit(self._connected, watched).add_done_callback(partial(self._arrive, watched))

    def _arrive(self, watched: Watched, done: Future[_Connected]) -> None:
        self._arrived.put((watched, done))

    def _connected(self, watched: Watched) -> _Connected:
        """In a thread of the pool. MailboxFault."""
        mailbox = self._mailboxes.get(watched.mailbox_id)
        with self._database.read() as connection:
            mark = connection.execute(select(_mailbox.c.watch_mark).where(_mailbox.c.id == watched.mailbox_id)).scalar_one_or_none()
        if mailbox is None or mark is None:
            raise LookupError("removed in the meantime")
        folders = self._folders(_mailbox.c.id == watched.mailbox_id)[watched.mailbox_id]
        with within(_CONNECTING_SECONDS):
            client = self._access.imap(mailbox)
            try:
                line = Line.take_over(client, folders.newest)
            except MailboxFault:
                with suppress(OSError):
                    client.shutdown()
                raise
        folders.tell(line)
        return _Connected(line, mark)

    def _take_arrived(self, moment: float) -> None:
        with suppress(Empty):
            while True:
                watched, done = self._arrived.get_nowait()
                self._connecting.discard(watched)
                match done.exception():
                    case None:
                        # It may be another worker's by now; the next renewal drops it then.
                        self._lines.add(watched, done.result().line, done.result().mark)
                    case MailboxFault() as fault:
                        self._mailboxes.failed(watched.mailbox_id, fault.cause)
                    case error:
                        _log.warning("mailbox %d cannot be watched: %s", watched.mailbox_id, origin(error))
                        self._wanted[watched] = moment + _UNEXPECTED_PAUSE

    def _ended(self, watched: Watched, line: Line, moment: float) -> None:
        self._lines.drop(watched)
        if line.fingerprint:
            self._wanted[watched] = moment + random.uniform(0, self._rhythm.apart)  # noqa: S311
        else:
            # It let us in and then answered nothing at all.
            self._mailboxes.failed(watched.mailbox_id, Cause.BROKEN_OFF)

    def _tell(self) -> None:
        if not self._lines.news:
            return
        still = (_mailbox.c.id == bindparam("watched"), _mailbox.c.state == State.IN_STEP.value)
        due = update(_mailbox).where(*still).values(due_at=now(), watch_mark=bindparam("mark"))
        news = dict(self._lines.news)
        with self._database.write() as connection:
            # In order: so nobody who changes the same rows waits for us while we wait for him.
            connection.execute(due, [{"watched": mailbox_id, "mark": mark} for mailbox_id, mark in sorted(news.items())])
        self._lines.told(news)


def _connections_allowed() -> int:
    """How many this process may hold. Many systems begin with 1,024 files and allow far more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _FILES_WANTED
    wanted = _FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, _FILES_WANTED)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        _log.warning("this process may have %d files open now instead of %d: it holds a connection for each mailbox", wanted, soft)
        soft = wanted
    return max(soft - _FILES_BESIDE, 1)
