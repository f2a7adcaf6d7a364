"""Whom an erasure concerns: which people go wholly, who stays on his own, and which CRM organisations nobody is left in.

A company's install and a person's own are two things: what goes with the one leaves the other working.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from crm_client.open import Access, CrmKind, Target
from db import table
from linking.erasure_registry import Scope
from tenants.erasure import Erasure, ErasureKind
from tenants.installs import InstallState
from tenants.people import Person
from tenants.tables import ConnectionRow, GrantRow, IndividualInstallRow, PersonRow, RosterRow, WorkspaceRow
from tenants.tombstones import Buried, Tombstones

PSEUDONYM = 16
"""So much of his keyed hash stands where his name was."""

_person, _individual, _grant = table(PersonRow), table(IndividualInstallRow), table(GrantRow)
_connection, _workspace, _roster = table(ConnectionRow), table(WorkspaceRow), table(RosterRow)


@dataclass(frozen=True, slots=True)
class Found:
    """`people`: whose names are taken out of logs that stay, but for those of `own` workspaces, and what stands there instead.
    `users`: who they were in organisations that stay. `moved`: who stays by his own install, and his own workspace. `buried`:
    what must not come back by itself."""

    scope: Scope
    people: tuple[tuple[Person, str], ...]
    own: tuple[int, ...]
    users: tuple[tuple[Target, str, str], ...]
    moved: tuple[tuple[int, int], ...]
    buried: tuple[tuple[Buried, str], ...]


def target_of(org: str) -> Target:
    kind, _, org_id = org.partition(":")
    return Target(CrmKind(kind), org_id)


def find_scope(connection: Connection, erasure: Erasure, tombstones: Tombstones) -> Found:
    """As it is now."""
    rows = _people(connection, erasure)
    staying = tuple(row for row in rows if _stays(erasure, row))
    going = tuple(row for row in rows if row not in staying)
    workspaces = _workspaces(connection, erasure, going)
    left = _left(connection, erasure, staying)
    grants = connection.execute(select(_grant).where(_grant.c.person_id.in_([row.id for row in rows]))).all()
    tied = _orgs(connection, {one for row in rows for one in (row.workspace_id, row.own_workspace_id)} | set(workspaces))
    people = tuple((_read(row), tombstones.hash(Buried.SUB, row.google_sub)[:PSEUDONYM]) for row in going)
    going_ids = {row.id for row in going}
    his = {f"{grant.kind}:{grant.org_id}" for grant in grants if grant.person_id in going_ids}
    orgs = _nobody_left(connection, {*his, *(tied[one] for one in workspaces if one in tied)}, workspaces, going_ids, left)
    scope = Scope(
        people=tuple(going_ids),
        workspaces=workspaces,
        orgs=orgs,
        left=left,
        members=tuple((row.workspace_id, row.id, row.email) for row in staying) if erasure.kind is ErasureKind.PERSON else (),
        viewers=_viewers(connection, rows, grants, tied, {**dict.fromkeys(going_ids, None), **dict(left)}),
        addresses=tuple(row.email for row in going),
    )
    buried = [pair for person, _hash in people for pair in ((Buried.SUB, person.sub), (Buried.ADDRESS, person.email))]
    if erasure.kind is ErasureKind.WORKSPACE:
        domains = connection.execute(select(_workspace.c.domain).where(_workspace.c.id == erasure.workspace_id)).scalars()
        buried += [(Buried.DOMAIN, domain) for domain in domains]
    moved = tuple((row.id, row.own_workspace_id) for row in staying) if erasure.kind is not ErasureKind.INDIVIDUAL else ()
    named = [row for row in staying if erasure.kind is ErasureKind.PERSON]
    people += tuple((_read(row), tombstones.hash(Buried.SUB, row.google_sub)[:PSEUDONYM]) for row in named)
    own = tuple(row.own_workspace_id for row in named)
    users = tuple(
        (target_of(org), row.email, pseudonym)
        for row, (_who, pseudonym) in zip((*going, *named), people, strict=True)
        for org in _organisations_left(row, tied, going=row.id in going_ids)
        if org not in orgs
    )
    return Found(scope, people, own, users, moved, tuple(buried))


def _organisations_left(row: Row[Any], tied: dict[int, str], *, going: bool) -> set[str]:
    """In which he is no user any more."""
    company, own = tied.get(row.workspace_id), tied.get(row.own_workspace_id)
    return {org for org in (company, own if going else None) if org is not None and (going or org != own)}


def _people(connection: Connection, erasure: Erasure) -> Sequence[Row[Any]]:
    his = tuple(_individual.c[name].label(f"own_{name}") for name in ("workspace_id", "state", "crm_user_id"))
    query = select(_person, *his).outerjoin(_individual, _individual.c.person_id == _person.c.id).order_by(_person.c.id)
    concerned = (
        _person.c.workspace_id == erasure.workspace_id if erasure.kind is ErasureKind.WORKSPACE else _person.c.id == erasure.person_id
    )
    return connection.execute(query.where(concerned)).all()


def _stays(erasure: Erasure, row: Row[Any]) -> bool:
    """He has Sidecard otherwise too."""
    if erasure.kind is ErasureKind.INDIVIDUAL:
        return bool(row.workspace_id != row.own_workspace_id)
    return bool(row.own_state == InstallState.ACTIVE.value)


def _workspaces(connection: Connection, erasure: Erasure, going: Iterable[Row[Any]]) -> tuple[int, ...]:
    """The company's, and the personal ones of those who go."""
    own = {row.own_workspace_id for row in going if row.own_workspace_id is not None}
    if erasure.kind is not ErasureKind.PERSON and erasure.workspace_id is not None:
        own.add(erasure.workspace_id)
    # Of somebody who had an install of his own once.
    at = connection.execute(
        select(_workspace.c.id).where(_workspace.c.id.in_([row.workspace_id for row in going]), _workspace.c.domain.contains("@"))
    )
    return tuple(sorted(own | set(at.scalars())))


def _left(connection: Connection, erasure: Erasure, staying: Iterable[Row[Any]]) -> tuple[tuple[int, str], ...]:
    """Who leaves which organisation, because he had it by what goes and not by what stays."""
    left = []
    for row in staying:
        tied = _orgs(connection, {row.workspace_id, row.own_workspace_id})
        goes, stays = row.own_workspace_id, row.workspace_id
        if erasure.kind is not ErasureKind.INDIVIDUAL:
            goes, stays = stays, goes
        if goes in tied and tied.get(goes) != tied.get(stays):
            left.append((int(row.id), tied[goes]))
    return tuple(left)


def _orgs(connection: Connection, workspaces: Iterable[int | None]) -> dict[int, str]:
    """The organisation each is connected to."""
    wanted = [one for one in workspaces if one is not None]
    rows = connection.execute(
        select(_connection.c.workspace_id, _connection.c.kind, _connection.c.org_id).where(_connection.c.workspace_id.in_(wanted))
    )
    return {row.workspace_id: f"{row.kind}:{row.org_id}" for row in rows}


def _nobody_left(
    connection: Connection, orgs: set[str], workspaces: Sequence[int], going: set[int], left: Sequence[tuple[int, str]]
) -> tuple[str, ...]:
    """Those to which no other workspace is connected and nobody else has permission."""
    connected, granted = (one.c.kind + ":" + one.c.org_id for one in (_connection, _grant))
    others = connection.execute(select(connected).where(connected.in_(orgs), _connection.c.workspace_id.not_in(workspaces))).scalars()
    live = select(_grant.c.person_id, granted.label("org")).where(granted.in_(orgs), _grant.c.ended_at.is_(None))
    permitted = {row.org for row in connection.execute(live) if row.person_id not in going and (row.person_id, row.org) not in left}
    return tuple(sorted(orgs - set(others) - permitted))


def _viewers(
    connection: Connection, rows: Sequence[Row[Any]], grants: Sequence[Row[Any]], tied: dict[int, str], whose: dict[int, str | None]
) -> tuple[str, ...]:
    """As whom they saw something. `whose`: of which organisation only; None for all."""
    listed = connection.execute(
        select(_roster.c.email, _roster.c.workspace_id, _roster.c.crm_user_id).where(
            _roster.c.email.in_([row.email for row in rows]), _roster.c.crm_user_id.is_not(None)
        )
    ).all()
    ids = {row.email: row.id for row in rows}
    seen = [(row.id, tied.get(row.workspace_id), row.crm_user_id) for row in rows if row.crm_user_id]
    seen += [(row.id, tied.get(row.own_workspace_id), row.own_crm_user_id) for row in rows if row.own_crm_user_id]
    seen += [(ids[row.email], tied.get(row.workspace_id), row.crm_user_id) for row in listed]
    seen += [(grant.person_id, f"{grant.kind}:{grant.org_id}", grant.user_id) for grant in grants]
    return tuple(
        sorted(
            {
                str(Access(target_of(org), user_id, shared=shared))
                for person_id, org, user_id in seen
                for shared in (False, True)
                if org is not None and person_id in whose and whose[person_id] in (None, org)
            }
        )
    )


def _read(row: Row[Any]) -> Person:
    return Person(id=row.id, sub=row.google_sub, email=row.email, name=row.name, aliases=tuple(row.aliases))
