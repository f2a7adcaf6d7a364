"""How the permissions of a company's people stand, for their administrator. Reads only, and no token."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select

from db import Database, table
from tenants.grants import FAILED
from tenants.tables import ConnectionRow, GrantRow, PersonRow, RecentRecordRow

_grant = table(GrantRow)
_person = table(PersonRow)
_connection = table(ConnectionRow)
_recent = table(RecentRecordRow)


class Standing(StrEnum):
    GOOD = "good"
    FAILING = "failing"
    """The CRM did not renew it when it was last asked; it is asked again with the next card."""
    ENDED = "ended"
    """Taken back by the person, or no longer taken by the CRM: he has to connect again."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What one person allowed, in which organisation. `since` is when it was given, or when it ended; `shared`: it serves others too."""

    name: str
    email: str
    organisation: str
    standing: Standing
    since: datetime
    shared: bool


def permissions_of(database: Database, workspace_id: int) -> tuple[Permission, ...]:
    """Those that need somebody first, then by name."""
    shared = select(_connection.c.shared_grant_id).where(_connection.c.workspace_id == workspace_id).scalar_subquery()
    query = (
        select(_person.c.name, _person.c.email, _grant.c.org_name, _grant.c.granted_at, _grant.c.ended_at, _grant.c.renewing)
        .add_columns((_grant.c.id == shared).label("shared"))
        .join(_person, _person.c.id == _grant.c.person_id)
        .where(_person.c.workspace_id == workspace_id)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    found = [
        Permission(
            name=row.name,
            email=row.email,
            organisation=row.org_name,
            standing=_standing(row.ended_at, row.renewing),
            since=row.ended_at or row.granted_at,
            shared=bool(row.shared),
        )
        for row in rows
    ]
    urgent = (Standing.FAILING, Standing.ENDED, Standing.GOOD)
    return tuple(sorted(found, key=lambda one: (urgent.index(one.standing), one.name.casefold(), one.email)))


def last_seen(database: Database, workspace_id: int) -> dict[str, datetime]:
    """When those who have been here were last, by address: they opened a record, or came for the first time."""
    opened = select(_recent.c.person_id, func.max(_recent.c.opened_at).label("at")).group_by(_recent.c.person_id).subquery()
    query = (
        select(_person.c.email, _person.c.created_at, opened.c.at)
        .outerjoin(opened, opened.c.person_id == _person.c.id)
        .where(_person.c.workspace_id == workspace_id)
    )
    with database.read() as connection:
        return {row.email.lower(): row.at or row.created_at for row in connection.execute(query)}


def _standing(ended_at: datetime | None, renewing: str) -> Standing:
    if ended_at is not None:
        return Standing.ENDED
    return Standing.FAILING if renewing in FAILED else Standing.GOOD
