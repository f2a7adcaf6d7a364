"""Tying a workspace to a CRM organisation, and a person to his user there: in one transaction, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from crm_client.open import CrmKind, Target
from db import Database, now, table
from tenants.administrators import GOOD_FOR
from tenants.audit import Action, Audit
from tenants.consents import Held
from tenants.grants import Grants
from tenants.installs import Source
from tenants.people import Person, Workspace
from tenants.policies import read_policy
from tenants.tables import AdministratorRow, ConnectionRow, DomainInstallRow, GrantRow, IndividualInstallRow, PersonRow, PolicyRow

_connection = table(ConnectionRow)
_grant = table(GrantRow)
_person = table(PersonRow)
_sharer = _person.alias("sharer")
_install = table(DomainInstallRow)
_own = table(IndividualInstallRow)
_administrator = table(AdministratorRow)
_policy = table(PolicyRow)


@dataclass(frozen=True, slots=True)
class Connected:
    """To what a workspace is connected, by whom, and when.

    `by` is empty where nobody did it by hand, `organisation` where nobody of the workspace has been a user of it yet.
    `shared_by` names whose permission serves those without one of their own; empty where none does, or where it has ended.
    """

    target: Target
    organisation: str
    by: str
    at: datetime
    shared_by: str = ""


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """A CRM organisation just made, and its first user."""

    org_id: str
    user_id: str


class OtherOrganisation(Exception):
    """The workspace is connected to another organisation. Nothing was changed."""


class AdministratorFirst(Exception):
    """The company's administrator has to connect its CRM before its people can. Nothing was changed."""


class Connections:
    """Safe to use from many threads and processes: the unique key on the workspace decides who is first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = Audit(database)

    def of(self, workspace: Workspace) -> Connected | None:
        same = (_grant.c.kind == _connection.c.kind) & (_grant.c.org_id == _connection.c.org_id)
        organisation = select(_grant.c.org_name).where(same).order_by(_grant.c.granted_at.desc()).limit(1).scalar_subquery()
        shared = (_grant.c.id == _connection.c.shared_grant_id) & same & _grant.c.ended_at.is_(None)
        shared_by = select(_sharer.c.name).join(_grant, _grant.c.person_id == _sharer.c.id).where(shared).scalar_subquery()
        query = (
            select(_connection.c.kind, _connection.c.org_id, _connection.c.connected_at, _person.c.name)
            .add_columns(organisation.label("organisation"), shared_by.label("shared_by"))
            .outerjoin(_person, _person.c.id == _connection.c.connected_by)
            .where(_connection.c.workspace_id == workspace.id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        target = Target(CrmKind(row.kind), row.org_id)
        return Connected(
            target=target, organisation=row.organisation or "", by=row.name or "", at=row.connected_at, shared_by=row.shared_by or ""
        )

    def connect_embedded(self, person: Person, workspace: Workspace, make: Callable[[Connection], NewOrganisation]) -> bool:
        """Make an organisation of the embedded CRM with `make`, inside the transaction that ties the workspace to it.

        False if the workspace was tied already: then nothing was made. AdministratorFirst.
        """
        try:
            with self._database.write() as connection:
                self._require_first_by_administrator(connection, person, workspace)
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
                user = {"crm_user_id": made.user_id}
                his = (_own.c.person_id == person.id, _own.c.workspace_id == workspace.id)
                if connection.execute(update(_own).where(*his).values(user)).rowcount == 0:
                    connection.execute(update(_person).where(_person.c.id == person.id).values(user))
                target = Target(CrmKind.EMBEDDED, made.org_id)
                self._audit.note(workspace.id, person, Action.CONNECTED, str(target), connection=connection)
        except IntegrityError:
            if self.of(workspace) is None:
                raise
            return False
        return True

    def connect_zoho(self, person: Person, workspace: Workspace, held: Held, grants: Grants, spend: Callable[[Connection], bool]) -> bool:
        """Keep what the person permitted; the first person of a workspace decides its organisation. Where the company allows it,
        he may connect another one for himself.

        `spend` makes sure inside the transaction that a consent is used once; False if it was used before. OtherOrganisation,
        AdministratorFirst.
        """
        target = target_of(held)
        with self._database.write() as connection:
            if not spend(connection):
                return False
            self._require_first_by_administrator(connection, person, workspace)
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
            if Target(CrmKind(row.kind), row.org_id) != target and not self._others_allowed(connection, workspace):
                raise OtherOrganisation
            grants.keep(connection, person.id, target, held)
            connection.execute(update(_person).where(_person.c.id == person.id).values(name=held.introduction.user_name))
            self._audit.note(workspace.id, person, Action.CONNECTED, str(target), connection=connection)
        return True

    def _others_allowed(self, connection: Connection, workspace: Workspace) -> bool:
        settings = select(_policy.c.settings).where(_policy.c.workspace_id == workspace.id)
        return read_policy(connection.execute(settings).scalar_one_or_none()).other_organisations

    def share(self, workspace_id: int, grant_id: int) -> bool:
        """This permission of one of its people serves all of the company who have given none of their own. False if it is
        not of one of its people, not for the company's organisation, or has ended."""
        of_company = (
            select(_grant.c.id)
            .join(_person, _person.c.id == _grant.c.person_id)
            .where(_grant.c.id == grant_id, _grant.c.ended_at.is_(None), _person.c.workspace_id == workspace_id)
            .where(_grant.c.kind == _connection.c.kind, _grant.c.org_id == _connection.c.org_id)
        )
        company = update(_connection).where(_connection.c.workspace_id == workspace_id, of_company.correlate(_connection).exists())
        with self._database.write() as connection:
            return connection.execute(company.values(shared_grant_id=grant_id)).rowcount == 1

    def unshare(self, workspace_id: int) -> bool:
        """Everybody needs a permission of his own again. False if nothing was shared."""
        shared = update(_connection).where(_connection.c.workspace_id == workspace_id, _connection.c.shared_grant_id.is_not(None))
        with self._database.write() as connection:
            return connection.execute(shared.values(shared_grant_id=None)).rowcount == 1

    def _require_first_by_administrator(self, connection: Connection, person: Person, workspace: Workspace) -> None:
        """The first connection of a company that installed by the Marketplace is its administrator's to make. AdministratorFirst."""
        marketplace = select(_install.c.workspace_id).where(
            _install.c.workspace_id == workspace.id, _install.c.source == Source.MARKETPLACE.value
        )
        connected = select(_connection.c.id).where(_connection.c.workspace_id == workspace.id)
        proven = select(_administrator.c.person_id).where(
            _administrator.c.workspace_id == workspace.id,
            _administrator.c.person_id == person.id,
            _administrator.c.proven_at > now() - GOOD_FOR,
        )
        asked = select(marketplace.exists() & ~connected.exists() & ~proven.exists())
        if connection.execute(asked).scalar_one():
            raise AdministratorFirst


def target_of(held: Held) -> Target:
    """Zoho's number of an organisation means something in its own data centre only."""
    return Target(CrmKind.ZOHO, f"{held.granted.data_centre.location}.{held.introduction.org_id}")
