"""How the errands of a company's people stand, for their administrator: how many wait, what came back. Never what is in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row

from db import Database, table
from linking.errands import Work
from linking.lanes import UNFINISHED, State
from linking.outcomes import Reason
from linking.tables import OutboxRow
from tenants.tables import PersonRow

MOST_SHOWN = 20

_item = table(OutboxRow)
_person = table(PersonRow)


@dataclass(frozen=True, slots=True)
class ReturnedErrand:
    """`number` is what people can name it by. `reason` None: nobody wrote down why."""

    number: int
    by: str
    work: Work
    reason: Reason | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest` is when the longest waiting was asked for; `returned` are the newest of `came_back`."""

    waiting: int
    oldest: datetime | None
    came_back: int
    returned: tuple[ReturnedErrand, ...]


def waiting_of(database: Database, workspace_id: int) -> Waiting:
    with database.read() as connection:
        standing = connection.execute(_of(workspace_id, func.count(), func.min(_item.c.made_at)).where(_item.c.state.in_(UNFINISHED))).one()
        back = _item.c.state == State.RETURNED.value
        came_back = connection.execute(_of(workspace_id, func.count()).where(back)).scalar_one()
        columns = (_item.c.id, _item.c.work, _item.c.reason, _item.c.ended_at, _item.c.made_at, _person.c.name)
        rows = connection.execute(_of(workspace_id, *columns).where(back).order_by(_item.c.id.desc()).limit(MOST_SHOWN)).all()
    return Waiting(standing[0], standing[1], came_back, tuple(_read(row) for row in rows))


def _of(workspace_id: int, *columns: Any) -> Select[Any]:
    joined = _item.join(_person, _person.c.id == _item.c.person_id)
    return select(*columns).select_from(joined).where(_person.c.workspace_id == workspace_id)


def _read(row: Row[Any]) -> ReturnedErrand:
    known = {reason.value for reason in Reason}
    reason = Reason(row.reason) if row.reason in known else None
    return ReturnedErrand(row.id, row.name, Work(row.work), reason, row.ended_at or row.made_at)
