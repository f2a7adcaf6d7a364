"""The rows of the outbox: who may deliver which errand when, and what its end does to the row.

    ──commit──▶ delivering ──the CRM did it──▶ done ──seen, and a day old──▶ gone
                  │    ▲
     no answer,   ▼    │ due again, or whoever delivered it must be dead
     limit,     waiting
     its turn     │
                  ▼ the CRM refuses for good, or a week has passed
                returned ──done again by hand, or dropped──▶ gone

Only the oldest unfinished errand of a lane is ever delivered, by one process at a time. Every step is one short
transaction in which those of the same lane take turns; an end counts only while the attempt is still the row's own.
"""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, select, update
from sqlalchemy.engine import Row

from crm_client.errors import FieldProblem
from crm_client.records import AttachedFile, Kind, Ref
from db import Database, now, table
from linking.errands import Work
from linking.outcomes import Entry, EntryState, Reason
from linking.payloads import read_problems, write_problems
from linking.tables import OutboxFileRow, OutboxRow
from tenants.vault import Vault

LONGEST_DELIVERY = timedelta(seconds=60)
"""After this a delivery under way is taken for dead; a request lives 30 seconds at most."""
DONE_KEPT = timedelta(days=1)
"""So long the same click is known to be done."""
UNSEEN_KEPT = timedelta(days=30)
"""So long an end waits for its person to look at it."""
_DUE_AT_ONCE = 100
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 600.0
_RECONNECT = "reconnect"
FILE_PURPOSE = "outbox file"

_item = table(OutboxRow)
_file = table(OutboxFileRow)
_older = _item.alias()


class State(StrEnum):
    DELIVERING = "delivering"
    WAITING = "waiting"
    DONE = "done"
    RETURNED = "returned"


UNFINISHED = (State.DELIVERING.value, State.WAITING.value)

_OF_LANE = (
    select(_item)
    .where(_item.c.org == bindparam("org"), _item.c.lane == bindparam("lane"), _item.c.state.in_(UNFINISHED))
    .order_by(_item.c.id)
    .limit(1)
)
_DUE = (
    select(_item.c.org, _item.c.lane)
    .where(
        _item.c.state.in_(UNFINISHED),
        _item.c.due_at <= bindparam("moment"),
        ~exists().where(
            _older.c.org == _item.c.org, _older.c.lane == _item.c.lane, _older.c.id < _item.c.id, _older.c.state.in_(UNFINISHED)
        ),
    )
    .order_by(_item.c.due_at)
    .limit(_DUE_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class Promise:
    """An errand about to be committed. `payload` and `files` are sealed."""

    org: str
    key: str
    lane: str
    person_id: int
    work: Work
    name: str
    message_key: str
    payload: str
    files: tuple[AttachedFile, ...]
    ref: Ref | None


@dataclass(frozen=True, slots=True)
class Item:
    """An errand claimed for delivery: nobody else touches it for LONGEST_DELIVERY.

    `tried_at`: the start of the earliest attempt whose end nobody knows.
    """

    id: int
    org: str
    key: str
    person_id: int
    work: Work
    message_key: str
    payload: str
    attempt: str
    attempts: int
    made_at: datetime
    started_at: datetime
    tried_at: datetime | None


class Lanes:
    """All lanes of all organisations."""

    def __init__(self, database: Database, vault: Vault, longest: timedelta = LONGEST_DELIVERY) -> None:
        self._database = database
        self._vault = vault
        self._longest = longest

    def enter(self, connection: Connection, promise: Promise, patience: timedelta) -> int | None:
        """Write the promise, delivering if the lane is free, else waiting. None: its key is known.

        One that waits is left to whoever committed it for `patience`, then anybody may deliver it.
        """
        self._database.take_turns(connection, f"{promise.org} {promise.lane}")
        busy = connection.execute(_OF_LANE, {"org": promise.org, "lane": promise.lane}).first() is not None
        moment = now()
        written = connection.execute(
            self._database.insert_or_ignore(
                _item,
                {
                    "org": promise.org,
                    "key": promise.key,
                    "lane": promise.lane,
                    "person_id": promise.person_id,
                    "work": promise.work.value,
                    "name": promise.name,
                    "message_key": promise.message_key,
                    "payload": promise.payload,
                    "state": (State.WAITING if busy else State.DELIVERING).value,
                    "reason": "",
                    "problems": [],
                    "attempt": "" if busy else promise.key,
                    "attempts": 0 if busy else 1,
                    "made_at": moment,
                    "tried_at": None if busy else moment,
                    "due_at": moment + (patience if busy else self._longest),
                    "seen": False,
                    "ref_kind": promise.ref.kind.value if promise.ref else "",
                    "ref_id": promise.ref.id if promise.ref else "",
                },
            ).returning(_item.c.id)
        ).scalar_one_or_none()
        if written is None:
            return None
        for one in promise.files:
            row = {"item_id": written, "place": one.place, "name": one.name, "mime_type": one.mime_type, "content": one.content}
            connection.execute(_file.insert().values(row))
        return int(written)

    def known(self, connection: Connection, org: str, key: str) -> Row[Any] | None:
        return connection.execute(select(_item).where(_item.c.org == org, _item.c.key == key)).one_or_none()

    def first(self, connection: Connection, org: str, lane: str) -> Row[Any] | None:
        """The oldest unfinished one."""
        return connection.execute(_OF_LANE, {"org": org, "lane": lane}).one_or_none()

    def linking(self, connection: Connection, org: str, message_key: str) -> Row[Any] | None:
        """The unfinished errand that puts this mail on a record."""
        return connection.execute(
            select(_item).where(
                _item.c.org == org, _item.c.work == Work.LINK.value, _item.c.message_key == message_key, _item.c.state.in_(UNFINISHED)
            )
        ).first()

    def claim(self, org: str, lane: str, only: int | None = None) -> Item | None:
        """Make the oldest unfinished errand of the lane ours, if nobody is at it. `only`: this one, due or not."""
        attempt = uuid.uuid4().hex
        with self._database.write() as connection:
            self._database.take_turns(connection, f"{org} {lane}")
            row = self.first(connection, org, lane)
            if row is None or (only is not None and row.id != only):
                return None
            moment = now()
            if row.due_at > moment and (only is None or row.state == State.DELIVERING):
                return None
            died = row.state == State.DELIVERING
            tried_at = row.first_tried_at or (row.tried_at if died else None)
            connection.execute(
                update(_item)
                .where(_item.c.id == row.id)
                .values(
                    state=State.DELIVERING.value,
                    reason="",
                    attempt=attempt,
                    attempts=row.attempts + 1,
                    first_tried_at=tried_at,
                    tried_at=moment,
                    due_at=moment + self._longest,
                )
            )
            return read_item(connection.execute(select(_item).where(_item.c.id == row.id)).one())

    def files(self, item_id: int) -> tuple[AttachedFile, ...]:
        """Opened again."""
        with self._database.read() as connection:
            rows = connection.execute(select(_file).where(_file.c.item_id == item_id).order_by(_file.c.place)).all()
        return tuple(AttachedFile(row.place, row.name, row.mime_type, self._vault.open_bytes(FILE_PURPOSE, row.content)) for row in rows)

    def keep(self, connection: Connection, item: Item, pause: float | None, *, unknown: bool, reconnect: bool) -> bool:
        """Put it back. `unknown`: the CRM may have done it nevertheless."""
        values = {
            "state": State.WAITING.value,
            "reason": _RECONNECT if reconnect else "",
            "due_at": now() + timedelta(seconds=_pause(item.attempts) if pause is None else pause),
            "first_tried_at": item.tried_at or (item.started_at if unknown else None),
        }
        return self._end(connection, item, values)

    def done(self, connection: Connection, item: Item, ref: Ref, *, seen: bool) -> bool:
        values = {
            "state": State.DONE.value,
            "payload": "",
            "ended_at": now(),
            "seen": seen,
            "ref_kind": ref.kind.value,
            "ref_id": ref.id,
        }
        if not self._end(connection, item, values):
            return False
        self._drop_files(connection, (item.id,))
        return True

    def give_back(
        self, connection: Connection, item: Item, reason: Reason, problems: tuple[FieldProblem, ...] = (), ref: Ref | None = None
    ) -> bool:
        values: dict[str, object] = {
            "state": State.RETURNED.value,
            "reason": reason.value,
            "problems": write_problems(problems),
            "ended_at": now(),
        }
        if ref is not None:
            values |= {"ref_kind": ref.kind.value, "ref_id": ref.id}
        return self._end(connection, item, values)

    def remove(self, connection: Connection, item: Item) -> bool:
        """The row goes: the person has it all in front of him still."""
        return self.forget(connection, item.id, _item.c.attempt == item.attempt, _item.c.state == State.DELIVERING.value)

    def forget(self, connection: Connection, item_id: int, *where: ColumnElement[bool]) -> bool:
        found = connection.execute(select(_item.c.id).where(_item.c.id == item_id, *where).with_for_update()).one_or_none()
        if found is None:
            return False
        self._drop_files(connection, (item_id,))
        connection.execute(delete(_item).where(_item.c.id == item_id))
        return True

    def due(self) -> tuple[tuple[str, str], ...]:
        """The lanes whose oldest unfinished errand may be delivered now, the longest overdue first."""
        with self._database.read() as connection:
            return tuple((row.org, row.lane) for row in connection.execute(_DUE, {"moment": now()}))

    def make_due(self, item_id: int) -> None:
        """A waiting one need wait no longer."""
        with self._database.write() as connection:
            connection.execute(update(_item).where(_item.c.id == item_id, _item.c.state == State.WAITING.value).values(due_at=now()))

    def connected_again(self, org: str, person_id: int) -> None:
        """What waited for this person's permission need wait no longer."""
        his = (_item.c.org == org, _item.c.person_id == person_id, _item.c.state == State.WAITING.value, _item.c.reason == _RECONNECT)
        with self._database.write() as connection:
            connection.execute(update(_item).where(*his).values(reason="", due_at=now()))

    def clear_old(self) -> None:
        """What is done and was seen goes after a day; an end nobody came to see after a month."""
        moment = now()
        ended = _item.c.state.in_((State.DONE.value, State.RETURNED.value))
        old = (_item.c.seen.is_(True) & (_item.c.ended_at < moment - DONE_KEPT)) | (_item.c.ended_at < moment - UNSEEN_KEPT)
        with self._database.write() as connection:
            ids = tuple(connection.execute(select(_item.c.id).where(ended, old)).scalars())
            self._drop_files(connection, ids)
            connection.execute(delete(_item).where(_item.c.id.in_(ids)))

    def _end(self, connection: Connection, item: Item, values: dict[str, object]) -> bool:
        """Whether the attempt was still ours: a slow one must not undo the mark of the one that took over."""
        ours = (_item.c.id == item.id, _item.c.attempt == item.attempt, _item.c.state == State.DELIVERING.value)
        return connection.execute(update(_item).where(*ours).values(values)).rowcount == 1

    def _drop_files(self, connection: Connection, ids: Sequence[int]) -> None:
        connection.execute(delete(_file).where(_file.c.item_id.in_(ids)))


def read_item(row: Row[Any]) -> Item:
    """Of a row that is being delivered."""
    return Item(
        id=row.id,
        org=row.org,
        key=row.key,
        person_id=row.person_id,
        work=Work(row.work),
        message_key=row.message_key,
        payload=row.payload,
        attempt=row.attempt,
        attempts=row.attempts,
        made_at=row.made_at,
        started_at=row.tried_at,
        tried_at=row.first_tried_at,
    )


def read_entry(row: Row[Any]) -> Entry:
    state = {State.DONE: EntryState.DELIVERED, State.RETURNED: EntryState.RETURNED}.get(State(row.state), EntryState.WAITING)
    return Entry(
        id=row.id,
        work=Work(row.work),
        name=row.name,
        state=state,
        made_at=row.made_at,
        message_key=row.message_key,
        ref=ref_of(row),
        reason=Reason(row.reason) if state is EntryState.RETURNED else None,
        problems=read_problems(row.problems),
        reconnect=state is EntryState.WAITING and row.reason == _RECONNECT,
    )


def ref_of(row: Row[Any]) -> Ref | None:
    return Ref(Kind(row.ref_kind), row.ref_id) if row.ref_kind else None


def _pause(attempts: int) -> float:
    """Two seconds, then three times as long each time, at most ten minutes; not all at the same moment."""
    pause: float = min(_FIRST_PAUSE * 3.0 ** min(attempts - 1, 8), _LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311
