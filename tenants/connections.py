"""Tying a workspace to a CRM organisation, and a person to his user there: in one transaction, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from crm_client.open import CrmKind, Target
from db import Database, now, table
from tenants.consents import Held
from tenants.grants import Grants
from tenants.people import Person, Workspace
from tenants.tables import ConnectionRow, GrantRow, PersonRow

_connection = table(ConnectionRow)
_grant = table(GrantRow)
_person = table(PersonRow)


@dataclass(frozen=True, slots=True)
class Connected:
    """To what a workspace is connected, by whom, and when.

    `by` is empty where nobody did it by hand, `organisation` where nobody of the workspace has been a user of it yet.
    """

    target: Target
    organisation: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """A CRM organisation just made, and its first user."""

    org_id: str
    user_id: str


class OtherOrganisation(Exception):
    """The workspace is connected to another organisation. Nothing was changed."""


class Connections:
    """Safe to use from many threads and processes: the unique key on the workspace decides who is first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, workspace: Workspace) -> Connected | None:
        same = (_grant.c.kind == _connection.c.kind) & (_grant.c.org_id == _connection.c.org_id)
        organisation = select(_grant.c.org_name).where(same).order_by(_grant.c.granted_at.desc()).limit(1).scalar_subquery()
        query = (
            select(_connection.c.kind, _connection.c.org_id, _connection.c.connected_at, _person.c.name, organisation.label("organisation"))
            .outerjoin(_person, _person.c.id == _connection.c.connected_by)
            .where(_connection.c.workspace_id == workspace.id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        target = Target(CrmKind(row.kind), row.org_id)
        return Connected(target=target, organisation=row.organisation or "", by=row.name or "", at=row.connected_at)

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

    def connect_zoho(self, person: Person, workspace: Workspace, held: Held, grants: Grants, spend: Callable[[Connection], bool]) -> bool:
        """Keep what the person permitted; the first person of a workspace decides its organisation.

        `spend` makes sure inside the transaction that a consent is used once; False if it was used before. OtherOrganisation.
        """
        target = target_of(held)
        with self._database.write() as connection:
            if not spend(connection):
                return False
            first = {
                "workspace_id": workspace.id,
                "kind": target.kind.value,
                "org_id": target.org_id,
                "connected_by": person.id,
                "connected_at": now(),
            }
            connection.execute(self._database.insert_or_ignore(_connection, first))
            standing = select(_connection.c.kind, _connection.c.org_id).where(_connection.c.workspace_id == workspace.id)
            row = connection.execute(standing).one()
            if Target(CrmKind(row.kind), row.org_id) != target:
                raise OtherOrganisation
            grants.keep(connection, person.id, target, held)
            connection.execute(update(_person).where(_person.c.id == person.id).values(name=held.introduction.user_name))
        return True


def target_of(held: Held) -> Target:
    """Zoho's number of an organisation means something in its own data centre only."""
    return Target(CrmKind.ZOHO, f"{held.granted.data_centre.location}.{held.introduction.org_id}")
