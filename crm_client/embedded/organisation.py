"""Organisations of the embedded CRM and their users."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from crm_client.embedded.access import Condition, read_rights
from crm_client.embedded.defaults import ADMINISTRATOR, FIELDS, MANAGING_DIRECTOR, PROFILES, ROLES
from crm_client.embedded.store import reading, writing
from crm_client.embedded.tables import FieldRow, OrgRow, ProfileRow, RoleRow, UserRow
from crm_client.errors import FieldProblem, NotFound, Problem, Rejected
from crm_client.records import EMAIL, Field, Kind, Role, User
from crm_client.text import fold, one_line
from db import Database, now, table

__all__ = ["Condition", "add_user", "create_organisation", "find_user", "set_condition"]

_FIELD_STEP = 10  # leaves room between the default fields

_org = table(OrgRow)
_user = table(UserRow)
_profile = table(ProfileRow)
_role = table(RoleRow)
_field = table(FieldRow)

_FIND = select(_user.c.id).where(_user.c.org_id == bindparam("org_id"), _user.c.email == bindparam("email"), _user.c.active.is_(True))
_USERS = (
    select(_user.c.id, _user.c.name, _user.c.email, _role.c.name.label("role"), _profile.c.name.label("profile"), _profile.c.admin)
    .add_columns(_profile.c.rights)
    .join(_role, _role.c.id == _user.c.role_id)
    .join(_profile, _profile.c.id == _user.c.profile_id)
    .where(_user.c.org_id == bindparam("org_id"), _user.c.active.is_(True))
)
_ROLES = select(_role.c.id, _role.c.name, _role.c.reports_to).where(_role.c.org_id == bindparam("org_id"))


def find_user(database: Database, org_id: int, email: str) -> str | None:
    """The id of the active user with this address. Unavailable."""
    with reading(database) as connection:
        found = connection.execute(_FIND, {"org_id": org_id, "email": email.lower()}).scalar_one_or_none()
    return None if found is None else str(found)


def create_organisation(database: Database, name: str, first_user_name: str, first_user_email: str) -> tuple[int, int]:
    """Ids of a new organisation with default profiles, roles and fields, and of its first user, an administrator. Unavailable."""
    with writing(database) as connection:
        org_id = insert_organisation(connection, name)
        return org_id, insert_user(
            connection, org_id, name=first_user_name, email=first_user_email, role=MANAGING_DIRECTOR, profile=ADMINISTRATOR
        )


def add_user(database: Database, org_id: int, *, name: str, email: str, role: str, profile: str) -> int:
    """The id of a new active user. NotFound: no such role or profile. Rejected: a user has this address. Unavailable."""
    try:
        with writing(database) as connection:
            return insert_user(connection, org_id, name=name, email=email, role=role, profile=profile)
    except IntegrityError as error:
        raise Rejected((FieldProblem(EMAIL, Problem.INVALID),)) from error


def set_condition(database: Database, org_id: int, condition: Condition) -> None:
    """How the organisation's CRM answers from now on. NotFound, Unavailable."""
    with writing(database) as connection:
        if connection.execute(update(_org).where(_org.c.id == org_id).values(condition=condition.value)).rowcount != 1:
            raise NotFound(f"organisation {org_id}")


def list_users(connection: Connection, org_id: int) -> tuple[User, ...]:
    """The active ones, by name."""
    users = (
        User(str(row.id), row.name, row.email, row.role, row.profile, row.admin, rights=read_rights(row.rights))
        for row in connection.execute(_USERS, {"org_id": org_id})
    )
    # Databases sort by rules of their own; ours is the same on both.
    return tuple(sorted(users, key=lambda user: (fold(user.name), int(user.id))))


def list_roles(connection: Connection, org_id: int) -> tuple[Role, ...]:
    """Top first: each after the one it reports to; those of one level by name."""
    rows = connection.execute(_ROLES, {"org_id": org_id}).all()
    above = {row.id: row.reports_to for row in rows}

    def depth(role_id: int) -> int:
        steps, upper = 0, above[role_id]
        while upper is not None and steps < len(above):
            steps, upper = steps + 1, above[upper]
        return steps

    ordered = sorted(rows, key=lambda row: (depth(row.id), fold(row.name)))
    return tuple(Role(str(row.id), row.name, None if row.reports_to is None else str(row.reports_to)) for row in ordered)


def insert_organisation(connection: Connection, name: str) -> int:
    """With default profiles, roles and fields; no user yet."""
    values = {"name": one_line(name), "condition": Condition.UP.value, "created_at": now()}
    org_id = int(connection.execute(_org.insert().values(values).returning(_org.c.id)).scalar_one())
    for profile in PROFILES:
        insert_profile(connection, org_id, profile.name, admin=profile.admin, rights=dict.fromkeys(Kind, profile.rights))
    for upper, role in zip((None, *ROLES), ROLES, strict=False):
        insert_role(connection, org_id, role, reports_to=upper)
    for kind, fields in FIELDS.items():
        for place, field in enumerate(fields):
            insert_field(connection, org_id, kind, field, place * _FIELD_STEP)
    return org_id


def insert_role(connection: Connection, org_id: int, name: str, *, reports_to: str | None) -> None:
    """NotFound: no such role to report to."""
    upper = None if reports_to is None else _id_of(connection, _role, org_id, reports_to)
    connection.execute(_role.insert().values(org_id=org_id, name=name, reports_to=upper))


def insert_profile(connection: Connection, org_id: int, name: str, *, admin: bool, rights: Mapping[Kind, tuple[str, ...]]) -> None:
    stored = {kind.value: list(allowed) for kind, allowed in rights.items()}
    connection.execute(_profile.insert().values(org_id=org_id, name=name, admin=admin, rights=stored))


def position_after(kind: Kind, default_field: str) -> int:
    """The place between a default field and the next one."""
    return [field.name for field in FIELDS[kind]].index(default_field) * _FIELD_STEP + 1


def insert_field(connection: Connection, org_id: int, kind: Kind, field: Field, position: int) -> None:
    """`position` orders the fields of a kind."""
    connection.execute(
        _field.insert().values(
            org_id=org_id,
            kind=kind.value,
            name=field.name,
            label=field.label,
            type=field.type.value,
            position=position,
            mandatory=field.mandatory,
            read_only=field.read_only,
            max_length=field.max_length,
            choices=[choice.value for choice in field.choices],
        )
    )


def insert_user(connection: Connection, org_id: int, *, name: str, email: str, role: str, profile: str, active: bool = True) -> int:
    """NotFound: no such role or profile. IntegrityError: a user has this address."""
    values = {
        "org_id": org_id,
        "name": one_line(name),
        "email": one_line(email).lower(),
        "role_id": _id_of(connection, _role, org_id, role),
        "profile_id": _id_of(connection, _profile, org_id, profile),
        "active": active,
    }
    return int(connection.execute(_user.insert().values(values).returning(_user.c.id)).scalar_one())


def _id_of(connection: Connection, table: Table, org_id: int, name: str) -> int:
    found = connection.execute(select(table.c.id).where(table.c.org_id == org_id, table.c.name == name)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"{table.name} {name}")
    return int(found)
