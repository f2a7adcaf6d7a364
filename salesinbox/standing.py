"""How far a mailbox has come, from what the store holds and the server last said: no network, one look at the database.

Of every folder that is synchronised: messages on the server = messages in the store + messages with a reason + what remains. Once
nothing remains, the numbers stand for completeness; `salesinbox.proof` is what keeps them true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from db import Database, now, table
from salesinbox.faults import Cause
from salesinbox.folders import FolderState
from salesinbox.gaps import Reason
from salesinbox.tables import FolderRow, MailboxRow, MailGapRow, MailPlaceRow
from salesinbox.uses import Use

_mailbox, _folder, _place, _gap = table(MailboxRow), table(FolderRow), table(MailPlaceRow), table(MailGapRow)

_ENOUGH = 20
"""Messages, before a rate is worth anything."""


@dataclass(frozen=True, slots=True)
class GapCount:
    reason: Reason
    count: int


@dataclass(frozen=True, slots=True)
class FolderStanding:
    """A folder's line. `excluded`: by its use, or, where `chosen`, because its owner said so; `covered`: its mail is in All Mail (Gmail).
    `cause`: why this folder does not work at the moment."""

    id: int
    name: str
    use: Use
    excluded: bool
    chosen: bool
    covered: bool
    on_server: int
    stored: int
    gaps: tuple[GapCount, ...]
    cause: Cause | None
    cause_at: datetime | None
    checked_at: datetime | None

    @property
    def syncs(self) -> bool:
        return not (self.excluded or self.covered)

    @property
    def missing(self) -> int:
        return sum(one.count for one in self.gaps)

    @property
    def remaining(self) -> int:
        """More may be in the store than the server last told of: the difference is no debt."""
        return max(0, self.on_server - self.stored - self.missing) if self.syncs else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts are messages in folders: a mail in two folders counts twice, there as here. `folders` are those that are
    synchronised, `excluded` those that are not. `estimate`: how long the rest of the first synchronisation takes at the pace so
    far; None where it is done, or too young to say."""

    on_server: int
    stored: int
    missing: int
    remaining: int
    folders: tuple[FolderStanding, ...]
    excluded: tuple[FolderStanding, ...]
    synced_at: datetime | None
    compared_at: datetime | None
    estimate: timedelta | None

    @property
    def gaps(self) -> tuple[tuple[FolderStanding, GapCount], ...]:
        """Every reason in every folder."""
        return tuple((folder, gap) for folder in self.folders for gap in folder.gaps)

    @property
    def share(self) -> float:
        """Of what is to be had: 0 to 1. An empty mailbox is complete."""
        return 1.0 if not self.on_server else max(0.0, 1 - self.remaining / self.on_server)


def standing(database: Database, mailbox_id: int) -> Standing:
    """LookupError: there is no such mailbox."""
    with database.read() as connection:
        mailbox = connection.execute(select(_mailbox).where(_mailbox.c.id == mailbox_id)).one_or_none()
        if mailbox is None:
            raise LookupError(f"no mailbox {mailbox_id}")
        rows = connection.execute(select(_folder).where(_folder.c.mailbox_id == mailbox_id).order_by(_folder.c.name)).all()
        # by folder and not by mailbox: the index that makes (folder, UID) unique answers it
        count = select(func.count()).where(_place.c.folder_id == _folder.c.id).scalar_subquery()
        counts = connection.execute(select(_folder.c.id, count.label("stored")).where(_folder.c.mailbox_id == mailbox_id))
        stored = {row.id: row.stored for row in counts}
        gaps: dict[int, list[GapCount]] = {}
        reasons = select(_gap.c.folder_id, _gap.c.reason, func.count()).where(_gap.c.mailbox_id == mailbox_id)
        for folder_id, reason, number in connection.execute(reasons.group_by(_gap.c.folder_id, _gap.c.reason).order_by(_gap.c.reason)):
            gaps.setdefault(folder_id, []).append(GapCount(Reason(reason), number))
    lines = [
        FolderStanding(
            id=row.id,
            name=row.name,
            use=Use(row.use),
            excluded=row.excluded,
            chosen=row.chosen,
            covered=row.state == FolderState.COVERED,
            on_server=row.on_server,
            stored=stored[row.id],
            gaps=tuple(gaps.get(row.id, ())),
            cause=Cause(row.cause) if row.cause else None,
            cause_at=row.cause_at,
            checked_at=row.checked_at,
        )
        for row in rows
        if row.state != FolderState.LEAVING
    ]
    folders = tuple(line for line in lines if line.syncs)
    since = None if mailbox.first_done_at else mailbox.connected_at
    return Standing(
        on_server=sum(line.on_server for line in folders),
        stored=sum(line.stored for line in folders),
        missing=sum(line.missing for line in folders),
        remaining=sum(line.remaining for line in folders),
        folders=folders,
        excluded=tuple(line for line in lines if not line.syncs),
        synced_at=mailbox.synced_at,
        compared_at=mailbox.compared_at,
        estimate=_estimate(folders, since),
    )


def _estimate(folders: Sequence[FolderStanding], since: datetime | None) -> timedelta | None:
    done = sum(line.stored + line.missing for line in folders)
    remaining = sum(line.remaining for line in folders)
    if since is None or done < _ENOUGH or not remaining:
        return None
    return (now() - since) / done * remaining
