"""Who is calling? From a verified Google identity, or a console session, to a `Who`. One query for everybody known.

What stands in the rows is put before `precedence.decide`; what it decides is carried out here.
"""

from dataclasses import dataclass, replace

from sqlalchemy import Row, Select, bindparam, or_, select, update

from crm_client.open import Access, CrmKind, Crms, Target
from db import Database, table
from tenants.installs import CannotTell, Installs, InstallState, Source
from tenants.people import Caller, GoogleIdentity, Known, Missing, NotConnected, NotInstalled, NotTold, Person, Via, Who, Workspace
from tenants.policies import read_policy
from tenants.policy import Policy
from tenants.precedence import Card, CompanyCrm, CompanyInstall, Crm, Decision, OwnInstall, Rights, Situation, decide
from tenants.tables import (
    ConnectionRow,
    DomainInstallRow,
    GrantRow,
    IndividualInstallRow,
    PersonRow,
    PolicyRow,
    RosterRow,
    WorkspaceRow,
)

_person = table(PersonRow)
_workspace = table(WorkspaceRow)
_install = table(DomainInstallRow)
_policy = table(PolicyRow)
_roster = table(RosterRow)
_connection = table(ConnectionRow)
_grant = table(GrantRow)
_shared = _grant.alias("shared_grant")
_own_install = table(IndividualInstallRow)
_own_workspace = _workspace.alias("own_workspace")
_own_connection = _connection.alias("own_connection")
_own_grant = _grant.alias("own_grant")
_other_grant = _grant.alias("other_grant")
_newest = _grant.alias("newest_grant")
_home = _workspace.alias("home")
_home_install = _install.alias("home_install")

_NEWEST_OTHER = (
    select(_newest.c.id)
    .where(_newest.c.person_id == _person.c.id, _newest.c.ended_at.is_(None))
    .where(or_(_connection.c.kind.is_(None), _newest.c.kind != _connection.c.kind, _newest.c.org_id != _connection.c.org_id))
    .order_by(_newest.c.granted_at.desc())
    .limit(1)
    .scalar_subquery()
)

# On the path of every request: built once. `domain` is his as Google says it now; with a company there he may belong to it.
_EVERYTHING = (
    select(
        _person.c.id,
        _person.c.google_sub,
        _person.c.email,
        _person.c.name,
        _person.c.aliases,
        _person.c.crm_user_id,
        _person.c.covered,
        _person.c.mailboxes,
        _workspace.c.id.label("workspace_id"),
        _workspace.c.domain,
        _workspace.c.name.label("workspace_name"),
        _install.c.source,
        _install.c.state,
        _policy.c.settings,
        _roster.c.crm_user_id.label("roster_user_id"),
        _roster.c.by_hand,
        _connection.c.kind,
        _connection.c.org_id,
        _grant.c.id.label("grant_id"),
        _grant.c.user_id.label("grant_user_id"),
        _shared.c.id.label("shared_id"),
        _own_install.c.state.label("own_state"),
        _own_install.c.crm_user_id.label("own_user_id"),
        _own_workspace.c.id.label("own_workspace_id"),
        _own_workspace.c.domain.label("own_domain"),
        _own_workspace.c.name.label("own_name"),
        _own_connection.c.kind.label("own_kind"),
        _own_connection.c.org_id.label("own_org_id"),
        _own_grant.c.id.label("own_grant_id"),
        _own_grant.c.user_id.label("own_grant_user_id"),
        _own_grant.c.org_name.label("own_org_name"),
        _other_grant.c.id.label("other_id"),
        _other_grant.c.kind.label("other_kind"),
        _other_grant.c.org_id.label("other_org_id"),
        _other_grant.c.user_id.label("other_user_id"),
        _other_grant.c.org_name.label("other_org_name"),
        _home_install.c.workspace_id.label("home_id"),
    )
    .join(_workspace, _workspace.c.id == _person.c.workspace_id)
    .outerjoin(_install, _install.c.workspace_id == _workspace.c.id)
    .outerjoin(_policy, _policy.c.workspace_id == _workspace.c.id)
    .outerjoin(_roster, (_roster.c.workspace_id == _workspace.c.id) & (_roster.c.email == _person.c.email))
    .outerjoin(_connection, _connection.c.workspace_id == _workspace.c.id)
    .outerjoin(
        _grant,
        (_grant.c.person_id == _person.c.id)
        & (_grant.c.kind == _connection.c.kind)
        & (_grant.c.org_id == _connection.c.org_id)
        & _grant.c.ended_at.is_(None),
    )
    .outerjoin(
        _shared,
        (_shared.c.id == _connection.c.shared_grant_id)
        & (_shared.c.kind == _connection.c.kind)
        & (_shared.c.org_id == _connection.c.org_id)
        & _shared.c.ended_at.is_(None),
    )
    .outerjoin(_own_install, _own_install.c.person_id == _person.c.id)
    .outerjoin(_own_workspace, _own_workspace.c.id == _own_install.c.workspace_id)
    .outerjoin(_own_connection, _own_connection.c.workspace_id == _own_install.c.workspace_id)
    .outerjoin(
        _own_grant,
        (_own_grant.c.person_id == _person.c.id)
        & (_own_grant.c.kind == _own_connection.c.kind)
        & (_own_grant.c.org_id == _own_connection.c.org_id)
        & _own_grant.c.ended_at.is_(None),
    )
    .outerjoin(_other_grant, _other_grant.c.id == _NEWEST_OTHER)
    .outerjoin(_home, _home.c.domain == bindparam("domain"))
    .outerjoin(_home_install, (_home_install.c.workspace_id == _home.c.id) & (_home_install.c.state == InstallState.ACTIVE.value))
)
_BY_SUB = _EVERYTHING.where(_person.c.google_sub == bindparam("key"))
_BY_ID = _EVERYTHING.where(_person.c.id == bindparam("key"))


@dataclass(frozen=True, slots=True)
class _Crm:
    """A CRM somebody can work in. `name` is what a card may call it."""

    access: Access
    name: str


class Directory:
    """Workspaces, their people, what is installed for them and which CRM they work in."""

    def __init__(self, database: Database, crms: Crms, domains: tuple[str, ...] = (), installs: Installs | None = None) -> None:
        """Without `installs` the operator's `domains` and what is on record count, and Google is asked nothing."""
        self._database = database
        self._crms = crms
        self._installs = installs or Installs(database, None, domains)

    def resolve(self, identity: GoogleIdentity) -> Who:
        """The caller behind a verified token; somebody seen for the first time is taken in if anything is installed for him."""
        row = self._load(_BY_SUB, identity.sub, identity.domain)
        if row is not None and _unmoved(row, identity):
            who = self._who(row)
            if not isinstance(who, NotInstalled):
                return who
        try:
            if not self._installs.recognise(identity):
                return NotInstalled(identity)
        except CannotTell:
            return NotTold(identity)
        row = self._load(_BY_SUB, identity.sub, identity.domain)
        return NotInstalled(identity) if row is None else self._who(row)

    def by_person(self, person_id: int) -> Known | None:
        """The same for a console session; None if that person is gone."""
        row = self._load(_BY_ID, person_id, "")
        return None if row is None else self._who(row)

    def set_aliases(self, person_id: int, aliases: tuple[str, ...]) -> None:
        """Replace a person's further addresses."""
        with self._database.write() as connection:
            connection.execute(update(_person).where(_person.c.id == person_id).values(aliases=list(aliases)))

    def _load(self, query: Select[tuple[object, ...]], key: str | int, domain: str) -> Row[tuple[object, ...]] | None:
        with self._database.read() as connection:
            return connection.execute(query, {"key": key, "domain": domain}).one_or_none()

    def _who(self, row: Row[tuple[object, ...]]) -> Known:
        person = Person(row.id, row.google_sub, row.email, row.name, tuple(row.aliases), row.mailboxes)
        policy = read_policy(row.settings)
        company = _company_install(row)
        target = None if row.kind is None else Target(CrmKind(row.kind), row.org_id)
        user_id = ""
        if company is CompanyInstall.ACTIVE and target is not None and row.grant_id is None:
            person, user_id = self._matched(row, person, target)
        permitted = _permitted(row, target, user_id)
        own = _own_crm(row, in_company=company is CompanyInstall.ACTIVE)
        situation = Situation(
            company=company,
            own=OwnInstall.NONE if row.own_state is None else OwnInstall.ACTIVE if _active(row.own_state) else OwnInstall.ENDED,
            crm=_company_crm(row),
            permitted=permitted is not None,
            own_crm=own is not None,
            others_allowed=policy.other_organisations,
            matched=bool(user_id),
        )
        decision = decide(situation)
        refused = own.name if own is not None and decision.refused else ""
        if decision.card is Card.NOT_INSTALLED:
            return NotInstalled(GoogleIdentity(person.sub, person.email))
        workspace = _workspace_of(row, company)
        if company is not CompanyInstall.ACTIVE:
            policy, target = Policy(), None if row.own_kind is None else Target(CrmKind(row.own_kind), row.own_org_id)
        access = _access(decision, permitted, own, target, user_id, row.shared_id)
        if access is None:
            return NotConnected(person, workspace, _missing(decision, target, row.source), target, refused)
        via = Via.SHARED if access.shared else Via.OWN
        return Caller(person, workspace, access, policy, via, refused)

    def _matched(self, row: Row[tuple[object, ...]], person: Person, target: Target) -> tuple[Person, str]:
        """Who he is in the company's CRM, "" if nobody, and the person under his name there. What an administrator said
        counts, then what was found before; what is found by his address is kept."""
        if target.kind is CrmKind.ZOHO and row.shared_id is None:
            return person, ""
        if row.by_hand or row.roster_user_id is not None:
            return person, row.roster_user_id or ""
        if row.crm_user_id is not None:
            return person, row.crm_user_id
        user = self._crms.user_at(target, person.email, row.shared_id)
        if user is None:
            return person, ""
        with self._database.write() as connection:
            connection.execute(update(_person).where(_person.c.id == person.id).values(crm_user_id=user.id, name=user.name))
        return replace(person, name=user.name), user.id


def _unmoved(row: Row[tuple[object, ...]], identity: GoogleIdentity) -> bool:
    """He has the address and the company he had, and no company has come for him."""
    same = row.email == identity.email and row.domain in (identity.domain, row.own_domain)
    return same and row.home_id in (None, row.workspace_id)


def _active(state: str) -> bool:
    return state == InstallState.ACTIVE.value


def _company_install(row: Row[tuple[object, ...]]) -> CompanyInstall:
    if row.state is None:
        return CompanyInstall.NONE
    if not _active(row.state):
        return CompanyInstall.ENDED
    return CompanyInstall.ACTIVE if row.covered else CompanyInstall.NOT_FOR_HIM


def _company_crm(row: Row[tuple[object, ...]]) -> CompanyCrm:
    if row.kind is None:
        return CompanyCrm.NONE
    return CompanyCrm.CONNECTED if row.shared_id is None else CompanyCrm.SHARED


def _permitted(row: Row[tuple[object, ...]], target: Target | None, user_id: str) -> Access | None:
    """His own way into the company's CRM: his grant, or, in the embedded CRM, being a user of it."""
    if target is None:
        return None
    if row.grant_id is not None:
        return Access(target, row.grant_user_id, row.grant_id)
    return Access(target, user_id) if target.kind is CrmKind.EMBEDDED and user_id else None


def _own_crm(row: Row[tuple[object, ...]], *, in_company: bool) -> _Crm | None:
    """The CRM of his own install; in a company also any other he has given permission for."""
    if row.own_state is not None and _active(row.own_state) and row.own_kind is not None:
        target = Target(CrmKind(row.own_kind), row.own_org_id)
        if row.own_grant_id is not None and (not in_company or row.own_grant_id != row.grant_id):
            return _Crm(Access(target, row.own_grant_user_id, row.own_grant_id), row.own_org_name)
        if target.kind is CrmKind.EMBEDDED and row.own_user_id is not None:
            return _Crm(Access(target, row.own_user_id), row.own_name)
    if in_company and row.other_id is not None:
        return _Crm(Access(Target(CrmKind(row.other_kind), row.other_org_id), row.other_user_id, row.other_id), row.other_org_name)
    return None


def _workspace_of(row: Row[tuple[object, ...]], company: CompanyInstall) -> Workspace:
    if company is CompanyInstall.ACTIVE:
        return Workspace(id=row.workspace_id, domain=row.domain, name=row.workspace_name)
    return Workspace(id=row.own_workspace_id, domain=row.own_domain, name=row.own_name)


def _access(
    decision: Decision, permitted: Access | None, own: _Crm | None, target: Target | None, user_id: str, shared_id: int | None
) -> Access | None:
    """None: he cannot work."""
    if decision.crm is Crm.OWN:
        return None if own is None else own.access
    if decision.rights is Rights.OWN:
        return permitted
    if decision.rights is None or target is None:
        return None
    return Access(target, user_id if decision.rights is Rights.MATCHED else "", shared_id, shared=True)


def _missing(decision: Decision, target: Target | None, source: str | None) -> Missing:
    if decision.card is Card.NO_CRM and source == Source.MARKETPLACE.value:
        return Missing.ADMINISTRATOR
    if target is None:
        return Missing.CONNECTION
    return Missing.GRANT if target.kind is CrmKind.ZOHO else Missing.CRM_USER
