"""Somebody leaves: what he had asked for and is not done goes to a colleague, who sees it through by his own rights."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update

from crm_client.open import Target
from db import Database, now, table
from linking.lanes import State
from linking.tables import OutboxRow
from tenants.audit import Action, Audit
from tenants.people import Person, Workspace
from tenants.tables import PersonRow

_item, _person = table(OutboxRow), table(PersonRow)
_OPEN = (State.WAITING.value, State.RETURNED.value)
"""What is being delivered at this moment is about to be done in his name."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """`delivering`: was under way, and stays his."""

    items: int
    delivering: int


class Handover:
    """Links stay as they are: who linked a mail was he, and colleagues read his name there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = Audit(database)

    def people(self, workspace: Workspace) -> tuple[Person, ...]:
        """Everybody of the company who was ever here, by name."""
        of_company = select(_person).where(_person.c.workspace_id == workspace.id)
        with self._database.read() as connection:
            people = (Person(row.id, row.google_sub, row.email, row.name, tuple(row.aliases)) for row in connection.execute(of_company))
            return tuple(sorted(people, key=lambda person: (person.name.casefold(), person.email)))

    def waiting(self, target: Target, leaver: Person) -> int:
        """How much there is to hand over."""
        open_ones = select(func.count()).select_from(_item).where(*_his(target, leaver), _item.c.state.in_(_OPEN))
        with self._database.read() as connection:
            return int(connection.execute(open_ones).scalar_one())

    def hand_over(self, workspace: Workspace, target: Target, leaver: Person, colleague: Person, by: Person) -> HandedOver:
        """All at once. What waits is due now: the colleague's permission may be better than the leaver's was."""
        if leaver.id == colleague.id:
            raise ValueError("nobody hands over to himself")
        with self._database.write() as connection:
            his = _his(target, leaver)
            to_him = {"person_id": colleague.id}
            waiting = update(_item).where(*his, _item.c.state == State.WAITING.value)
            count = connection.execute(waiting.values(**to_him, reason="", due_at=now())).rowcount
            count += connection.execute(update(_item).where(*his, _item.c.state == State.RETURNED.value).values(**to_him)).rowcount
            under_way = select(func.count()).select_from(_item).where(*his, _item.c.state == State.DELIVERING.value)
            delivering = connection.execute(under_way).scalar_one()
            detail = f"{count} to {colleague.name} <{colleague.email}>"
            self._audit.note(workspace.id, by, Action.HANDED_OVER, f"{leaver.name} <{leaver.email}>", detail, connection)
        return HandedOver(count, int(delivering))


def _his(target: Target, leaver: Person) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _item.c.org == str(target), _item.c.person_id == leaver.id
