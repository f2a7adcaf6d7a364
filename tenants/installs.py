"""What is installed, for whom: companies' installs and people's own, each with its own beginning and end.

Nothing in what Gmail sends says so. Google's Marketplace is asked when somebody is seen for the first time, and daily; the
answers stand in rows. The operator's word counts without asking. What ends is kept for the retention time and comes back
whole if the install does; at `erase_at` its data goes (`tenants.erasure`).
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cachetools import TTLCache
from sqlalchemy import ColumnElement, Connection, Row, Select, String, Table, Update, cast, literal, or_, select, update

from db import Database, now, table
from tenants.audit import Action, Audit
from tenants.google.apis import GoogleError
from tenants.google.licences import Licences, LicenceState
from tenants.people import CONSUMER_DOMAINS, GoogleIdentity, Person
from tenants.tables import DomainInstallRow, ErasureRow, IndividualInstallRow, PersonRow, WorkspaceRow
from tenants.tombstones import Tombstones

RETENTION = timedelta(days=30)
ASKED_AGAIN_AFTER = timedelta(days=1)
PAUSE_SECONDS = 60.0
"""Somebody for whom nothing is installed is not asked about more often."""
_MOST_PAUSED = 10_000

_log = logging.getLogger(__name__)
_workspace = table(WorkspaceRow)
_person = table(PersonRow)
_domain = table(DomainInstallRow)
_own = table(IndividualInstallRow)
_erasure = table(ErasureRow)


class Source(StrEnum):
    """By whose word a company's install counts."""

    OPERATOR = "operator"
    MARKETPLACE = "marketplace"


class InstallState(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"
    """Google says it is gone. It comes back by itself when Google says it is there again."""
    LEFT = "left"
    """Ended here on request. Google may still say it is there: it comes back on request, or when it was gone there too."""


@dataclass(frozen=True, slots=True)
class Install:
    """`ended_at` and `erase_at`, when its data goes, are None while it is active."""

    workspace_id: int
    source: Source
    state: InstallState
    installed_at: datetime
    checked_at: datetime
    ended_at: datetime | None
    erase_at: datetime | None


class CannotTell(Exception):
    """Google does not say now what is installed."""


@dataclass(frozen=True, slots=True)
class _Told:
    """`company`: by whose word his company's install counts, None if there is none; `covered`: whether it is for him.
    `own`: whether he has one of his own, None where that cannot be told: Google names one install a person."""

    company: Source | None
    covered: bool
    own: bool | None


class Installs:
    """Safe to use from many threads and processes. `licences` None: the operator's word and what is on record count."""

    def __init__(
        self,
        database: Database,
        licences: Licences | None,
        operator_domains: Iterable[str] = (),
        retention: timedelta = RETENTION,
        pause_seconds: float = PAUSE_SECONDS,
        tombstones: Tombstones | None = None,
    ) -> None:
        self._database = database
        self._licences = licences
        self._operator_domains = frozenset(operator_domains) - CONSUMER_DOMAINS
        self._retention = retention
        self._tombstones = tombstones
        self._audit = Audit(database)
        self._paused: TTLCache[GoogleIdentity, None] = TTLCache(_MOST_PAUSED, pause_seconds)
        self._lock = threading.Lock()

    @property
    def retention(self) -> timedelta:
        """Between the end of an install and the erasing of its data."""
        return self._retention

    def recognise(self, identity: GoogleIdentity) -> bool:
        """Somebody seen for the first time, under another address, or with nothing installed: make or move his rows. False if
        nothing is installed for him. CannotTell."""
        with self._lock:
            if identity in self._paused:
                return False
        told = self._ask_of_person(identity, self._ask_company(identity.domain))
        with self._database.write() as connection:
            installed = self._settle(connection, identity, told)
        if not installed:
            with self._lock:
                self._paused[identity] = None
        return installed

    def check(self, limit: int = 500) -> int:
        """Ask about companies and people not asked about for a day, at most so many of each; how many were. CannotTell."""
        with self._database.read() as connection:
            companies = connection.execute(_companies_due(limit)).all()
            people = connection.execute(_people_due(limit)).all()
        answers: dict[str, Source | None] = {}
        for row in companies:
            answers[row.domain] = self._ask_company(row.domain)
            with self._database.write() as connection:
                self._settle_company(connection, row.domain, answers[row.domain])
        for row in people:
            identity = GoogleIdentity(row.google_sub, row.email, None if "@" in row.domain else row.domain)
            if identity.domain not in answers:
                answers[identity.domain] = self._ask_company(identity.domain)
            told = self._ask_of_person(identity, answers[identity.domain])
            with self._database.write() as connection:
                self._settle(connection, identity, told)
        return len(companies) + len(people)

    def of_domain(self, workspace_id: int) -> Install | None:
        """A company's install, an ended one too."""
        with self._database.read() as connection:
            row = connection.execute(select(_domain).where(_domain.c.workspace_id == workspace_id)).one_or_none()
        return None if row is None else _install(row, Source(row.source))

    def of_person(self, person_id: int) -> Install | None:
        """A person's own install, an ended one too; `workspace_id` is his personal workspace."""
        with self._database.read() as connection:
            row = connection.execute(select(_own).where(_own.c.person_id == person_id)).one_or_none()
        return None if row is None else _install(row, Source.MARKETPLACE)

    def end_domain(self, workspace_id: int) -> datetime | None:
        """On request: nobody works by the company's install from now on; people's own installs stay. When its data goes, None
        if there is none."""
        return self._leave(_domain, "workspace_id", workspace_id)

    def end_individual(self, person_id: int) -> datetime | None:
        """On request: the person's own install ends, his company's stays. When its data goes, None if there is none."""
        return self._leave(_own, "person_id", person_id)

    def resume_domain(self, workspace_id: int) -> bool:
        """On request, while the data is there: the company's install is active again. False if there was nothing to resume."""
        return self._resume(_domain, "workspace_id", workspace_id)

    def resume_individual(self, person_id: int) -> bool:
        """The same for a person's own install."""
        return self._resume(_own, "person_id", person_id)

    def install_individual(self, person: Person) -> int:
        """The person has an install of his own from now on. The id of his personal workspace."""
        with self._database.write() as connection:
            self._settle_own(connection, person.id, person.email, own=True)
            return int(connection.execute(select(_own.c.workspace_id).where(_own.c.person_id == person.id)).scalar_one())

    # --- what Google says

    def _ask_of_person(self, identity: GoogleIdentity, company: Source | None) -> _Told:
        """CannotTell."""
        if company is Source.OPERATOR or self._licences is None:
            return _Told(company, covered=company is not None, own=None)
        try:
            licence = self._licences.of_person(identity.email)
        except GoogleError as error:
            raise _unknown("somebody's licence", error) from error
        if company is None:
            return _Told(None, covered=False, own=licence.access)
        if licence.access and not licence.individual:
            return _Told(company, covered=True, own=None)
        return _Told(company, covered=False, own=licence.access)

    def _ask_company(self, domain: str) -> Source | None:
        """CannotTell."""
        if domain in CONSUMER_DOMAINS or "@" in domain:
            return None
        if domain in self._operator_domains:
            return Source.OPERATOR
        if self._licences is None:
            return self._on_record(domain)
        try:
            state = self._licences.of_domain(domain)
        except GoogleError as error:
            raise _unknown(f"the licence of {domain}", error) from error
        return Source.MARKETPLACE if state is LicenceState.ACTIVE else None

    def _on_record(self, domain: str) -> Source | None:
        query = select(_domain.c.source).join(_workspace, _workspace.c.id == _domain.c.workspace_id)
        active = (_workspace.c.domain == domain, _domain.c.state == InstallState.ACTIVE.value)
        with self._database.read() as connection:
            source = connection.execute(query.where(*active)).scalar_one_or_none()
        return None if source is None else Source(source)

    # --- what becomes of it

    def _settle(self, connection: Connection, identity: GoogleIdentity, told: _Told) -> bool:
        """Whether anything is installed for him."""
        # Two requests may see him first at the same moment.
        self._database.take_turns(connection, f"person {identity.sub}")
        company_id = self._settle_company(connection, identity.domain, told.company)
        covered = company_id is not None and told.covered
        known = connection.execute(select(_person).where(_person.c.google_sub == identity.sub)).one_or_none()
        if known is None:
            if not covered and not told.own:
                return False
            personal_id = None if company_id else self._personal_workspace(connection, identity.email)
            known = self._new_person(connection, identity, company_id or personal_id)
            if personal_id is not None:
                self._begin(connection, _own, {"person_id": known.id, "workspace_id": personal_id})
            if self._tombstones is not None:
                self._tombstones.come_back(connection, identity)
        covered = covered and not _leaving(connection, known.id)
        own_id = self._settle_own(connection, known.id, identity.email, own=told.own)
        workspace_id = company_id or own_id or known.workspace_id
        changes = {"workspace_id": workspace_id, "email": identity.email, "covered": covered, "licence_at": now()}
        if workspace_id != known.workspace_id or identity.email != known.email:
            # Another address or company: whoever he was in its CRM, he has to be matched again.
            changes["crm_user_id"] = None
        connection.execute(update(_person).where(_person.c.id == known.id).values(changes))
        return covered or own_id is not None

    def _settle_company(self, connection: Connection, domain: str, source: Source | None) -> int | None:
        """The company's workspace, if its install counts."""
        with_install = select(_workspace.c.id, _domain.c.state).outerjoin(_domain, _domain.c.workspace_id == _workspace.c.id)
        query = with_install.where(_workspace.c.domain == domain)
        row = connection.execute(query).one_or_none()
        if source is None:
            if row is not None and row.state is not None:
                self._gone(connection, _domain, _domain.c.workspace_id == row.id)
            return None
        if row is None:
            made = self._database.insert_or_ignore(_workspace, {"domain": domain, "name": domain, "created_at": now()})
            connection.execute(made)
            row = connection.execute(query).one()
        if row.state is None:
            self._begin(connection, _domain, {"workspace_id": row.id, "source": source.value})
            return int(row.id)
        there = self._there(connection, _domain, _domain.c.workspace_id == row.id, {"source": source.value})
        return int(row.id) if there else None

    def _settle_own(self, connection: Connection, person_id: int, email: str, *, own: bool | None) -> int | None:
        """His personal workspace, if his own install counts."""
        his = _own.c.person_id == person_id
        row = connection.execute(select(_own.c.workspace_id, _own.c.state).where(his)).one_or_none()
        if row is None:
            if not own:
                return None
            workspace_id = self._personal_workspace(connection, email)
            self._begin(connection, _own, {"person_id": person_id, "workspace_id": workspace_id})
            return workspace_id
        if own:
            there = self._there(connection, _own, his, {})
        elif own is None:
            connection.execute(update(_own).where(his).values(checked_at=now()))
            there = row.state == InstallState.ACTIVE.value
        else:
            self._gone(connection, _own, his)
            there = False
        if there:
            self._name_personal_workspace(connection, row.workspace_id, email)
        return int(row.workspace_id) if there else None

    def _begin(self, connection: Connection, installs: Table, key: dict[str, object]) -> None:
        moment = now()
        row = {**key, "state": InstallState.ACTIVE.value, "installed_at": moment, "checked_at": moment}
        if connection.execute(self._database.insert_or_ignore(installs, row)).rowcount == 1:
            self._audit.note(int(str(key["workspace_id"])), None, Action.INSTALLED, connection=connection)

    def _there(self, connection: Connection, installs: Table, which: ColumnElement[bool], values: dict[str, object]) -> bool:
        """Google says it is there. False if its people have left all the same."""
        alive = {"state": InstallState.ACTIVE.value, "ended_at": None, "erase_at": None, "checked_at": now(), **values}
        not_left = installs.c.state != InstallState.LEFT.value
        if connection.execute(update(installs).where(which, not_left).values(alive)).rowcount == 1:
            return True
        connection.execute(update(installs).where(which).values(checked_at=now()))
        return False

    def _gone(self, connection: Connection, installs: Table, which: ColumnElement[bool]) -> None:
        """Google says it is gone. What had ended before keeps its dates."""
        moment = now()
        ended = {"state": InstallState.ENDED.value, "ended_at": moment, "erase_at": moment + self._retention}
        active = installs.c.state == InstallState.ACTIVE.value
        self._note(connection, Action.UNINSTALLED, update(installs).where(which, active).values(ended), installs)
        connection.execute(update(installs).where(which).values(state=InstallState.ENDED.value, checked_at=moment))

    def _personal_workspace(self, connection: Connection, email: str) -> int:
        """A new one. Its name may be another's who had this address before him."""
        self._free_address(connection, email)
        row = {"domain": email, "name": email, "created_at": now()}
        return int(connection.execute(_workspace.insert().values(row).returning(_workspace.c.id)).scalar_one())

    def _name_personal_workspace(self, connection: Connection, workspace_id: int, email: str) -> None:
        """After his address, which may have changed."""
        here = _workspace.c.id == workspace_id
        if connection.execute(select(_workspace.c.domain).where(here)).scalar_one() != email:
            self._free_address(connection, email)
            connection.execute(update(_workspace).where(here).values(domain=email, name=email))

    def _free_address(self, connection: Connection, email: str) -> None:
        """Google gives an address to one person at a time, so whoever has it here has it no more."""
        former = update(_workspace).where(_workspace.c.domain == email)
        connection.execute(former.values(domain=literal(email + "#") + cast(_workspace.c.id, String)))

    def _new_person(self, connection: Connection, identity: GoogleIdentity, workspace_id: int | None) -> Row[tuple[object, ...]]:
        row: dict[str, object] = {
            "workspace_id": workspace_id,
            "google_sub": identity.sub,
            "email": identity.email,
            "name": _name_from(identity.email),
            "aliases": [],
            "created_at": now(),
        }
        connection.execute(_person.insert().values(row))
        return connection.execute(select(_person).where(_person.c.google_sub == identity.sub)).one()

    # --- on request

    def _leave(self, installs: Table, key: str, value: int) -> datetime | None:
        moment, which = now(), installs.c[key] == value
        left = {"state": InstallState.LEFT.value, "ended_at": moment, "erase_at": moment + self._retention}
        with self._database.write() as connection:
            leaving = update(installs).where(which, installs.c.state == InstallState.ACTIVE.value).values(left)
            self._note(connection, Action.UNINSTALLED, leaving, installs)
            at: datetime | None = connection.execute(select(installs.c.erase_at).where(which)).scalar_one_or_none()
        return at

    def _resume(self, installs: Table, key: str, value: int) -> bool:
        alive = {"state": InstallState.ACTIVE.value, "ended_at": None, "erase_at": None}
        ended = (installs.c[key] == value, installs.c.state != InstallState.ACTIVE.value)
        with self._database.write() as connection:
            resumed = self._note(connection, Action.INSTALLED, update(installs).where(*ended).values(alive), installs)
        with self._lock:
            self._paused.clear()
        return resumed

    def _note(self, connection: Connection, action: Action, change: Update, installs: Table) -> bool:
        """Make the change, and a line in the log of each workspace it is about. Whether there was any."""
        changed = tuple(connection.execute(change.returning(installs.c.workspace_id)).scalars())
        for workspace_id in changed:
            self._audit.note(workspace_id, None, action, connection=connection)
        return bool(changed)


def _install(row: Row[tuple[object, ...]], source: Source) -> Install:
    state = InstallState(row.state)
    return Install(row.workspace_id, source, state, row.installed_at, row.checked_at, row.ended_at, row.erase_at)


def _leaving(connection: Connection, person_id: int) -> bool:
    """All of him is to be erased, and is not yet."""
    asked = (_erasure.c.person_id == person_id, _erasure.c.kind == "person", _erasure.c.done_at.is_(None))
    return connection.execute(select(_erasure.c.id).where(*asked)).first() is not None


def _companies_due(limit: int) -> Select[tuple[object, ...]]:
    """Those of the Marketplace, and those the operator named before: while he names them his word is as good as Google's."""
    return (
        select(_workspace.c.domain)
        .join(_domain, _domain.c.workspace_id == _workspace.c.id)
        .where(_domain.c.checked_at < now() - ASKED_AGAIN_AFTER)
        .order_by(_domain.c.checked_at)
        .limit(limit)
    )


def _people_due(limit: int) -> Select[tuple[object, ...]]:
    """Everybody with an install of his own, and the people of companies that installed by the Marketplace."""
    by_marketplace = (_domain.c.source == Source.MARKETPLACE.value) & (_domain.c.state == InstallState.ACTIVE.value)
    return (
        select(_person.c.google_sub, _person.c.email, _workspace.c.domain)
        .join(_workspace, _workspace.c.id == _person.c.workspace_id)
        .outerjoin(_domain, _domain.c.workspace_id == _person.c.workspace_id)
        .outerjoin(_own, _own.c.person_id == _person.c.id)
        .where(by_marketplace | _own.c.person_id.is_not(None))
        .where(or_(_person.c.licence_at.is_(None), _person.c.licence_at < now() - ASKED_AGAIN_AFTER))
        .order_by(_person.c.licence_at, _person.c.id)
        .limit(limit)
    )


def _unknown(what: str, error: GoogleError) -> CannotTell:
    _log.warning("Google does not tell %s: %s", what, error)
    return CannotTell(what)


def _name_from(email: str) -> str:
    """A name to show until the CRM tells a better one."""
    local = email.partition("@")[0].partition("+")[0]
    return " ".join(part.capitalize() for part in local.replace("_", ".").split(".") if part) or email
