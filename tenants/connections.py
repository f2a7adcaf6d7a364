"""Tying a workspace to a CRM organisation that does not exist yet: both are made in one transaction, or neither."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from crm_client.open import CrmKind
from db import Database, now, table
from tenants.people import Person, Workspace
from tenants.tables import ConnectionRow, PersonRow

_connection = table(ConnectionRow)
_person = table(PersonRow)


@dataclass(frozen=True, slots=True)
class Connected:
    """Who connected a workspace, and when. `by` is empty where nobody did it by hand."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """A CRM organisation just made, and its first user."""

    org_id: str
    user_id: str


class Connections:
    """Safe to use from many threads and processes: the unique key on the workspace decides who is first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, workspace: Workspace) -> Connected | None:
        query = (
            select(_connection.c.connected_at, _person.c.name)
            .outerjoin(_person, _person.c.id == _connection.c.connected_by)
            .where(_connection.c.workspace_id == workspace.id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Connected(by=row.name or "", at=row.connected_at)

    def connect_embedded(self, person: Person, workspace: Workspace, make: Callable[[Connection], NewOrganisation]) -> bool:
        """Make an organisation of the embedded CRM with `make`, inside the transaction that ties the workspace to it.

        False if the workspace was tied already: then nothing was made.
        """
        try:
            with self._database.write() as connection:
                made = make(connection)
                connection.execute(
                    _connection.insert().values(
                        workspace_id=workspace.id,
                        kind=CrmKind.EMBEDDED.value,
                        org_id=made.org_id,
                        connected_by=person.id,
                        connected_at=now(),
                    )
                )
                connection.execute(update(_person).where(_person.c.id == person.id).values(crm_user_id=made.user_id))
        except IntegrityError:
            if self.of(workspace) is None:
                raise
            return False
        return True
