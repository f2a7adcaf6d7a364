"""Who calls the embedded CRM and what he may do: one query at the start of every call."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, select

from crm_client.embedded.tables import OrgRow, ProfileRow, RoleRow, UserRow
from crm_client.errors import Forbidden, RateLimited, Unavailable
from crm_client.records import Kind, Organisation, Rights, User
from db import table

RETRY_SECONDS = 30

_org = table(OrgRow)
_user = table(UserRow)
_profile = table(ProfileRow)
_role = table(RoleRow)


class Condition(StrEnum):
    """How an organisation's CRM answers; the playground and the tests set it."""

    UP = "up"
    DOWN = "down"
    LIMITING = "limiting"


@dataclass(frozen=True, slots=True)
class Access:
    """One user of one organisation, with his rights as they are at this moment."""

    org_id: int
    user_id: int
    organisation: Organisation
    user: User

    def may(self, kind: Kind) -> Rights:
        return self.user.may(kind)

    @property
    def viewable(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in Kind if self.may(kind).view)

    def require_view(self, kind: Kind) -> None:
        """Forbidden."""
        if not self.may(kind).view:
            raise Forbidden(f"user {self.user_id} may not view a {kind}")

    def require_create(self, kind: Kind) -> None:
        """Forbidden."""
        if not self.may(kind).create:
            raise Forbidden(f"user {self.user_id} may not create a {kind}")

    def require_edit(self, kind: Kind) -> None:
        """Who may not see a record may not change it either. Forbidden."""
        if not (self.may(kind).view and self.may(kind).edit):
            raise Forbidden(f"user {self.user_id} may not edit a {kind}")


_ACCESS = (
    select(
        _org.c.name.label("org_name"),
        _org.c.condition,
        _user.c.active,
        _user.c.name,
        _user.c.email,
        _role.c.name.label("role_name"),
        _profile.c.name.label("profile_name"),
        _profile.c.admin,
        _profile.c.rights,
    )
    .select_from(_org)
    # Outer joins: an organisation that is down says so before it can tell whether there is such a user.
    .outerjoin(_user, and_(_user.c.org_id == _org.c.id, _user.c.id == bindparam("user_id")))
    .outerjoin(_role, _role.c.id == _user.c.role_id)
    .outerjoin(_profile, _profile.c.id == _user.c.profile_id)
    .where(_org.c.id == bindparam("org_id"))
)


def load_access(connection: Connection, org_id: int, user_id: int) -> Access:
    """Unavailable, RateLimited, Forbidden (no such organisation, no such user, not active)."""
    row = connection.execute(_ACCESS, {"org_id": org_id, "user_id": user_id}).one_or_none()
    if row is None:
        raise Forbidden(f"no organisation {org_id}")
    condition = Condition(row.condition)
    if condition is Condition.DOWN:
        raise Unavailable(f"organisation {org_id} is down")
    if condition is Condition.LIMITING:
        raise RateLimited(RETRY_SECONDS)
    if not row.active:
        raise Forbidden(f"no active user {user_id} in organisation {org_id}")
    user = User(
        id=str(user_id),
        name=row.name,
        email=row.email,
        role=row.role_name,
        profile=row.profile_name,
        admin=row.admin,
        rights=read_rights(row.rights),
    )
    return Access(org_id, user_id, Organisation(str(org_id), row.org_name), user)


def read_rights(stored: Mapping[str, list[str]]) -> dict[Kind, Rights]:
    """A profile's rights as `embedded_profile` keeps them."""
    return {
        Kind(kind): Rights(view="view" in allowed, create="create" in allowed, edit="edit" in allowed) for kind, allowed in stored.items()
    }
