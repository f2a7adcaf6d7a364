"""Who is calling? From a verified Google identity, or a console session, to a `Who`. One query for everybody known."""

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from crm_client.open import Access, CrmKind, Crms, Target
from db import Database, now, table
from i18n import ENGLISH
from tenants.people import Caller, GoogleIdentity, Missing, NotConnected, NotInstalled, Person, Who, Workspace
from tenants.tables import ConnectionRow, GrantRow, PersonRow, WorkspaceRow

CONSUMER_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
"""Addresses of these say nothing about a company."""

_workspace = table(WorkspaceRow)
_person = table(PersonRow)
_connection = table(ConnectionRow)
_grant = table(GrantRow)

# On the path of every request: built once.
_EVERYTHING = (
    select(
        _person.c.id,
        _person.c.google_sub,
        _person.c.email,
        _person.c.name,
        _person.c.aliases,
        _person.c.crm_user_id,
        _workspace.c.id.label("workspace_id"),
        _workspace.c.domain,
        _workspace.c.name.label("workspace_name"),
        _connection.c.kind,
        _connection.c.org_id,
        _grant.c.id.label("grant_id"),
        _grant.c.user_id.label("grant_user_id"),
    )
    .join(_workspace, _workspace.c.id == _person.c.workspace_id)
    .outerjoin(_connection, _connection.c.workspace_id == _workspace.c.id)
    .outerjoin(
        _grant,
        (_grant.c.person_id == _person.c.id)
        & (_grant.c.kind == _connection.c.kind)
        & (_grant.c.org_id == _connection.c.org_id)
        & _grant.c.ended_at.is_(None),
    )
)
_BY_SUB = _EVERYTHING.where(_person.c.google_sub == bindparam("key"))
_BY_ID = _EVERYTHING.where(_person.c.id == bindparam("key"))


class Directory:
    """Workspaces, their people and their one CRM connection. `domains` may use the service without being set up first."""

    def __init__(self, database: Database, crms: Crms, domains: tuple[str, ...] = ()) -> None:
        self._database = database
        self._crms = crms
        self._domains = frozenset(domains) - CONSUMER_DOMAINS

    def resolve(self, identity: GoogleIdentity) -> Who:
        """The caller behind a verified token; a colleague seen for the first time is taken in."""
        row = self._load(_BY_SUB, identity.sub)
        if row is None or row.domain != identity.domain or row.email != identity.email:
            try:
                welcome = self._take_in(identity)
            except IntegrityError:
                # Two requests saw him first at the same moment; the other one has made the row.
                welcome = True
            if not welcome:
                return NotInstalled(identity)
            row = self._load(_BY_SUB, identity.sub)
        return NotInstalled(identity) if row is None else self._who(row)

    def by_person(self, person_id: int) -> Who | None:
        """The same for a console session; None if that person is gone."""
        row = self._load(_BY_ID, person_id)
        return None if row is None else self._who(row)

    def set_aliases(self, person_id: int, aliases: tuple[str, ...]) -> None:
        """Replace a person's further addresses."""
        with self._database.write() as connection:
            connection.execute(update(_person).where(_person.c.id == person_id).values(aliases=list(aliases)))

    def _load(self, query: Select[tuple[object, ...]], key: str | int) -> Row[tuple[object, ...]] | None:
        with self._database.read() as connection:
            return connection.execute(query, {"key": key}).one_or_none()

    def _take_in(self, identity: GoogleIdentity) -> bool:
        """Make or move the person's row. False if his domain has not installed Sidecard."""
        domain = identity.domain
        if domain in CONSUMER_DOMAINS:
            return False
        with self._database.write() as connection:
            workspace_id = connection.execute(select(_workspace.c.id).where(_workspace.c.domain == domain)).scalar_one_or_none()
            if workspace_id is None:
                if domain not in self._domains:
                    return False
                workspace_id = connection.execute(
                    _workspace.insert().values(domain=domain, name=domain, created_at=now()).returning(_workspace.c.id)
                ).scalar_one()
            known = connection.execute(select(_person.c.id).where(_person.c.google_sub == identity.sub)).scalar_one_or_none()
            if known is None:
                connection.execute(
                    _person.insert().values(
                        workspace_id=workspace_id,
                        google_sub=identity.sub,
                        email=identity.email,
                        name=_name_from(identity.email),
                        aliases=[],
                        created_at=now(),
                    )
                )
            else:
                # Another address or company: whoever he was in the CRM, he has to be matched again.
                moved = update(_person).where(_person.c.id == known)
                connection.execute(moved.values(workspace_id=workspace_id, email=identity.email, crm_user_id=None))
        return True

    def _who(self, row: Row[tuple[object, ...]]) -> Who:
        workspace = Workspace(id=row.workspace_id, domain=row.domain, name=row.workspace_name)
        person = Person(id=row.id, sub=row.google_sub, email=row.email, name=row.name, aliases=tuple(row.aliases))
        if row.kind is None:
            return NotConnected(person, workspace, Missing.CONNECTION)
        target = Target(CrmKind(row.kind), row.org_id)
        if target.kind is CrmKind.ZOHO:
            # Nobody works with what a colleague permitted: Zoho must know who did what.
            if row.grant_id is None:
                return NotConnected(person, workspace, Missing.GRANT, target)
            return Caller(person, workspace, Access(target, row.grant_user_id, row.grant_id))
        if row.crm_user_id is not None:
            return Caller(person, workspace, Access(target, row.crm_user_id))
        return self._match(person, workspace, target)

    def _match(self, person: Person, workspace: Workspace, target: Target) -> Caller | NotConnected:
        """Find the CRM user by address and keep what was found."""
        user_id = self._crms.find_user(target, person.email)
        if user_id is None:
            return NotConnected(person, workspace, Missing.CRM_USER, target)
        name = self._crms.open(Access(target, user_id), ENGLISH).whoami().user.name
        with self._database.write() as connection:
            connection.execute(update(_person).where(_person.c.id == person.id).values(crm_user_id=user_id, name=name))
        named = Person(id=person.id, sub=person.sub, email=person.email, name=name, aliases=person.aliases)
        return Caller(named, workspace, Access(target, user_id))


def _name_from(email: str) -> str:
    """A name to show until the CRM tells a better one."""
    local = email.partition("@")[0].partition("+")[0]
    return " ".join(part.capitalize() for part in local.replace("_", ".").split(".") if part) or email
