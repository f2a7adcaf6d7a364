"""The folders of a mailbox: which there are, which of them are synchronised, and how far each has come.

`salesinbox.sync` tells how a folder goes from state to state. What a folder's row says is only ever changed by whoever knows what it
said before (`Overtaken` otherwise), so that two workers at one mailbox cannot undo each other's progress.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from db import Database, now, table
from salesinbox.faults import Cause
from salesinbox.gaps import Gaps, Reason
from salesinbox.mailboxes import Mailboxes
from salesinbox.session import Listed, Opened, Status
from salesinbox.store import MailStore
from salesinbox.tables import FolderRow, MailGapRow, MailPlaceRow
from salesinbox.uses import LEFT_OUT, Use

_folder, _place, _gap = table(FolderRow), table(MailPlaceRow), table(MailGapRow)

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)
_MOST_DOUBLINGS = 8
_ORDER = {Use.INBOX: 0, Use.SENT: 1, Use.ALL: 2, Use.ARCHIVE: 4}


class FolderState(StrEnum):
    NEW = "new"
    """Never opened."""
    FILLING = "filling"
    """What lies in it from before is being fetched, newest first."""
    IN_STEP = "in step"
    """Everything in it is in the store, or a gap."""
    COVERED = "covered"
    """A label of Gmail's: its mail is in All Mail."""
    LEAVING = "leaving"
    """The server has begun to count anew. Its mails stand here until they are found again under their new UIDs."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A row of `mail_folder` (salesinbox/tables.py)."""

    id: int
    mailbox_id: int
    name: str
    use: Use
    excluded: bool
    chosen: bool
    state: FolderState
    uidvalidity: int | None
    next_uid: int
    low_uid: int
    modseq: int
    unseen: int
    on_server: int
    cause: Cause | None
    cause_at: datetime | None
    failures: int
    retry_at: datetime | None
    checked_at: datetime | None

    @property
    def syncs(self) -> bool:
        return not self.excluded and self.state not in {FolderState.COVERED, FolderState.LEAVING}

    @property
    def rests(self) -> bool:
        """It failed, and is left alone for a while."""
        return self.retry_at is not None and self.retry_at > now()


class Overtaken(Exception):
    """Somebody else has brought this folder further meanwhile, or its owner wants it no more. Nothing was changed."""


class Folders:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database, store: MailStore, mailboxes: Mailboxes) -> None:
        self._database = database
        self._store = store
        self._mailboxes = mailboxes
        self._gaps = Gaps(database)

    def of(self, mailbox_id: int) -> tuple[Folder, ...]:
        """INBOX and Sent first, then by name."""
        return tuple(folder for folder in self.rows(mailbox_id) if folder.state is not FolderState.LEAVING)

    def choose(self, mailbox_id: int, excluded: Mapping[int, bool]) -> None:
        """Its owner says which folders he wants to have synchronised. What he excludes leaves the store at once."""
        for folder in self.of(mailbox_id):
            if folder.id not in excluded:
                continue
            changed = excluded[folder.id] != folder.excluded
            again = self._fresh() if changed else {}
            self._set(folder.id, excluded=excluded[folder.id], chosen=True, **again)
            if changed and excluded[folder.id]:
                self._store.remove_folder(folder.id)
        self._mailboxes.ask_for_sync(mailbox_id)

    # for the synchronisation

    def rows(self, mailbox_id: int) -> tuple[Folder, ...]:
        """With those that are leaving."""
        with self._database.read() as connection:
            found = [_read(row) for row in connection.execute(select(_folder).where(_folder.c.mailbox_id == mailbox_id))]
        return tuple(sorted(found, key=lambda folder: (_ORDER.get(folder.use, 3), folder.name)))

    def strays(self, mailbox_id: int) -> tuple[int, ...]:
        """Folders that are not synchronised and hold mail: it was on its way when they were excluded."""
        holds = select(_place.c.id).where(_place.c.folder_id == _folder.c.id).exists()
        out = _folder.c.excluded | (_folder.c.state == FolderState.COVERED)
        query = select(_folder.c.id).where(_folder.c.mailbox_id == mailbox_id, out, _folder.c.state != FolderState.LEAVING, holds)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def appeared(self, mailbox_id: int, listed: Sequence[tuple[Listed, Use]], *, gmail: bool, later: bool) -> None:
        """Rows for folders that have none. At Gmail All Mail is not left out. In one that appears `later` everything counts as new:
        mail may have been moved there, and must be found before it goes from where it was."""
        with self._database.write() as connection:
            # In one order, lest two workers wait for each other.
            for folder, use in sorted(listed, key=lambda one: one[0].name):
                left_out = use in LEFT_OUT and not (gmail and use is Use.ALL)
                row = {
                    "mailbox_id": mailbox_id,
                    "name": folder.name,
                    "use": use.value,
                    "excluded": left_out,
                    "chosen": False,
                    "state": FolderState.NEW.value,
                    **_COUNTS,
                    **({"next_uid": 1, "low_uid": 1} if later else {}),
                }
                connection.execute(self._database.insert_or_ignore(_folder, row))

    def used(self, folder: Folder, use: Use, *, gmail: bool) -> None:
        """The server, or a newer list of names, says something else of its use now. What its owner chose stays."""
        left_out = use in LEFT_OUT and not (gmail and use is Use.ALL)
        changed = not folder.chosen and left_out != folder.excluded
        self._set(folder.id, use=use.value, **({"excluded": left_out, **self._fresh()} if changed else {}))

    def noticed(self, folder: Folder, status: Status) -> None:
        """Of an excluded one: so that it is known again under another name, and its owner sees how much he leaves out."""
        self._set(folder.id, uidvalidity=status.uidvalidity, on_server=status.messages)

    def renamed(self, folder: Folder, name: str) -> None:
        """Overtaken."""
        self._change(folder, _folder.c.name == folder.name, name=name)

    def vanished(self, folder: Folder) -> None:
        """It is no longer on the server: what lay there alone goes."""
        self._store.remove_folder(folder.id)
        with self._database.write() as connection:
            holds = select(_place.c.id).where(_place.c.folder_id == folder.id).exists()
            connection.execute(delete(_gap).where(_gap.c.folder_id == folder.id))
            connection.execute(delete(_folder).where(_folder.c.id == folder.id, ~holds))

    def covered(self, folder: Folder, *, covered: bool) -> None:
        """Whether All Mail has what it has."""
        self._set(folder.id, **{**self._fresh(), **({"state": FolderState.COVERED.value} if covered else {})})

    def begun(self, folder: Folder, opened: Opened) -> Folder:
        """Opened for the first time: what comes from now on is new, what was there before is fetched downwards. Overtaken."""
        fills = opened.exists > 0 and folder.low_uid == 0
        return self._change(
            folder,
            state=(FolderState.FILLING if fills else FolderState.IN_STEP).value,
            uidvalidity=opened.uidvalidity,
            next_uid=folder.next_uid or opened.uidnext,
            low_uid=opened.uidnext if fills else 1,
            modseq=opened.modseq,
        )

    def counted_anew(self, folder: Folder) -> None:
        """UIDVALIDITY has changed: the row steps aside with all its mails, and another takes its name. Overtaken."""
        fresh = {
            "mailbox_id": folder.mailbox_id,
            "name": folder.name,
            "use": folder.use.value,
            "excluded": folder.excluded,
            "chosen": folder.chosen,
            "state": FolderState.NEW.value,
            **_COUNTS,
        }
        with self._database.write() as connection:
            aside = {"name": f"{folder.name}\n{folder.id}", "state": FolderState.LEAVING.value}
            mine = _is(folder) & (_folder.c.name == folder.name)
            if not connection.execute(update(_folder).where(mine).values(aside)).rowcount:
                raise Overtaken
            connection.execute(delete(_gap).where(_gap.c.folder_id == folder.id))
            connection.execute(insert(_folder).values(fresh))

    def reached(self, folder: Folder, *, next_uid: int | None = None, low_uid: int | None = None) -> Folder:
        """Everything between is in the store, or a gap. Overtaken."""
        low = folder.low_uid if low_uid is None else low_uid
        return self._change(
            folder,
            state=(FolderState.IN_STEP if low <= 1 else FolderState.FILLING).value,
            next_uid=folder.next_uid if next_uid is None else next_uid,
            low_uid=low,
        )

    def settled(self, folder: Folder, modseq: int, unseen: int, on_server: int) -> Folder:
        """Flags and removals are known up to what the server said then; it works. Overtaken."""
        works = {"cause": "", "cause_at": None, "failures": 0, "retry_at": None}
        return self._change(folder, modseq=modseq, unseen=unseen, on_server=on_server, checked_at=now(), **works)

    def failed(self, folder: Folder, cause: Cause) -> None:
        """It alone; tried again later and later."""
        pause = min(_FIRST_PAUSE * 2 ** min(folder.failures, _MOST_DOUBLINGS), _LONGEST_PAUSE)
        since = folder.cause_at if folder.cause is cause else now()
        self._set(folder.id, cause=cause.value, cause_at=since, failures=folder.failures + 1, retry_at=now() + pause)

    def excluded_again(self, folder: Folder) -> None:
        """What was left out of it for its labels is looked at once more."""
        with self._database.write() as connection:
            mine = (_gap.c.folder_id == folder.id) & (_gap.c.reason == Reason.EXCLUDED)
            connection.execute(update(_gap).where(mine).values(retry_at=now()))

    @staticmethod
    def _fresh() -> dict[str, object]:
        return {"state": FolderState.NEW.value, **_COUNTS}

    def _change(self, folder: Folder, *conditions: ColumnElement[bool], **values: object) -> Folder:
        with self._database.write() as connection:
            if not connection.execute(update(_folder).where(_is(folder), *conditions).values(values)).rowcount:
                raise Overtaken
        return replace(folder, **{name: _typed(name, value) for name, value in values.items()})

    def _set(self, folder_id: int, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(update(_folder).where(_folder.c.id == folder_id).values(values))


_COUNTS: dict[str, object] = {"uidvalidity": None, "next_uid": 0, "low_uid": 0, "modseq": 0, "unseen": 0, "on_server": 0, "failures": 0}
_COUNTS |= {"cause": "", "cause_at": None, "retry_at": None, "checked_at": None}
_NAMES = tuple(one.name for one in fields(Folder))


def _is(folder: Folder) -> ColumnElement[bool]:
    """The row as it was read: same count, same progress, still wanted."""
    return (
        (_folder.c.id == folder.id)
        & _folder.c.uidvalidity.is_not_distinct_from(folder.uidvalidity)
        & (_folder.c.next_uid == folder.next_uid)
        & (_folder.c.low_uid == folder.low_uid)
        & (_folder.c.excluded == folder.excluded)
        & (_folder.c.state == folder.state)
    )


def _read(row: Row[Any]) -> Folder:
    return Folder(**{name: _typed(name, getattr(row, name)) for name in _NAMES})


def _typed(name: str, value: Any) -> Any:
    match name:
        case "use":
            return Use(value)
        case "state":
            return FolderState(value)
        case "cause":
            return Cause(value) if value else None
        case _:
            return value
