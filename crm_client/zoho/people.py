"""Who works in an organisation: the person himself and his rights, his colleagues, the hierarchy. Kept for ten minutes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from cachetools import TTLCache

from crm_client.errors import CrmError, Forbidden, Unavailable
from crm_client.records import Identity, Kind, Organisation, Rights, Role, User
from crm_client.text import fold
from crm_client.zoho.answers import Row, has_more, part, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.names import kind_of

KEPT = 4096
KEPT_SECONDS = 600
PAGE = 200
"""The most users Zoho gives at once."""
COMPOSITE_PAGE = 25
"""The most it gives as part of a composite call."""
MOST_PAGES = 50

ADMINISTRATOR = "Administrator"
"""The profile every organisation starts with. It can be renamed, so it counts only where the list of administrators is refused."""
ALL_RIGHTS = Rights(view=True, create=True, edit=True)
_SETTINGS = Read("/settings/modules")
_NO_COLLEAGUES = frozenset({"Client Portal User", "System User", "Support User"})

_T = TypeVar("_T")


class People:
    """One per process, safe to use from many threads. What failed is not kept."""

    def __init__(self, seconds: float = KEPT_SECONDS) -> None:
        self._kept: TTLCache[tuple[str, ...], Any] = TTLCache(KEPT, seconds)
        self._lock = threading.Lock()

    def whoami(self, api: ZohoApi) -> Identity:
        return self.once(api, "whoami", whoami)

    def users(self, api: ZohoApi) -> tuple[User, ...]:
        return self.once(api, "users", users)

    def roles(self, api: ZohoApi) -> tuple[Role, ...]:
        return self.once(api, "roles", roles)

    def once(self, api: ZohoApi, what: str, ask: Callable[[ZohoApi], _T]) -> _T:
        """What was asked under this name, or is asked now; for this package."""
        grant = api.grant
        # Each person's own: what one may know of the organisation is not for the other.
        key = (what, grant.data_centre.location, grant.org_id, grant.user_id)
        with self._lock:
            kept: _T | None = self._kept.get(key)
        if kept is None:
            kept = ask(api)
            with self._lock:
                self._kept[key] = kept
        return kept


def whoami(api: ZohoApi) -> Identity:
    """Three questions in one go.

    Whether the flags of settings/modules are this user's or the organisation's is not documented, and reading them can
    be refused: then he is taken to have every right, and Zoho itself refuses what he may not do.
    """
    current, administrators, modules = api.ask_all((_users_of("CurrentUser", 1, 1), _users_of("AdminUsers", 1, COMPOSITE_PAGE), _SETTINGS))
    if isinstance(current, CrmError):
        raise current
    found = rows(current, "users")
    if not found:
        raise Unavailable("Zoho does not say who the current user is")
    row, grant = found[0], api.grant
    user_id = string(row.get("id"))
    admins = _named(administrators)
    if admins is not None and user_id not in admins and has_more(administrators):
        admins = administrator_ids(api)
    return Identity(user_of(row, admins, _rights(modules)), Organisation(grant.org_id, grant.org_name))


def users(api: ZohoApi) -> tuple[User, ...]:
    """The active ones, by name."""
    admins = administrator_ids(api)
    found = [user_of(row, admins, {}) for row in active_users(api)]
    return tuple(sorted(found, key=lambda user: (fold(user.name), user.id)))


def roles(api: ZohoApi) -> tuple[Role, ...]:
    """Everybody after whom he reports to. Forbidden."""
    listed = rows(api.ask(Read("/settings/roles")), "roles")
    known = {string(row.get("id")) for row in listed}
    waiting = [_role(row, known) for row in listed]
    ordered: list[Role] = []
    placed: set[str | None] = {None}
    while waiting:
        # A circle cannot be; should Zoho tell of one, its first role is as good a top as any.
        ready = [role for role in waiting if role.reports_to in placed] or waiting[:1]
        ordered += ready
        placed |= {role.id for role in ready}
        waiting = [role for role in waiting if role not in ready]
    return tuple(ordered)


def active_users(api: ZohoApi) -> Iterator[Row]:
    """As Zoho says them."""
    return (row for row in _listed(api, "ActiveUsers") if row.get("type__s") not in _NO_COLLEAGUES)


def _users_of(kind: str, page: int, per_page: int) -> Read:
    return Read("/users", (("type", kind), ("page", str(page)), ("per_page", str(per_page))))


def _listed(api: ZohoApi, kind: str) -> Iterator[Row]:
    for page in range(1, MOST_PAGES + 1):
        answer = api.ask(_users_of(kind, page, PAGE))
        yield from rows(answer, "users")
        if not has_more(answer):
            return


def administrator_ids(api: ZohoApi) -> frozenset[str] | None:
    """Their ids; None where this user may not know them."""
    try:
        return frozenset(string(row.get("id")) for row in _listed(api, "AdminUsers"))
    except Forbidden:
        return None


def _named(answer: Any | CrmError | None) -> frozenset[str] | None:
    if isinstance(answer, Forbidden):
        return None
    if isinstance(answer, CrmError):
        raise answer
    return frozenset(string(row.get("id")) for row in rows(answer, "users"))


def _rights(modules: Any | CrmError | None) -> Mapping[Kind, Rights]:
    """A module that is not in the list does not exist for this user."""
    if isinstance(modules, Forbidden):
        return dict.fromkeys(Kind, ALL_RIGHTS)
    if isinstance(modules, CrmError):
        raise modules
    rights = {}
    for row in rows(modules, "modules"):
        kind = kind_of(string(row.get("api_name")))
        if kind is not None and row.get("api_supported") is not False:
            view, create, edit = (row.get(flag) is not False for flag in ("viewable", "creatable", "editable"))
            rights[kind] = Rights(view=view, create=view and create, edit=view and edit)
    return rights


def user_of(row: Row, admins: frozenset[str] | None, rights: Mapping[Kind, Rights]) -> User:
    user_id, profile = string(row.get("id")), part(row, "profile", "name")
    email = string(row.get("email"))
    return User(
        id=user_id,
        name=string(row.get("full_name")) or f"{string(row.get('first_name'))} {string(row.get('last_name'))}".strip() or email,
        email=email.lower(),
        role=part(row, "role", "name"),
        profile=profile,
        admin=profile == ADMINISTRATOR if admins is None else user_id in admins,
        active=row.get("status") == "active",
        rights=MappingProxyType(dict(rights)),
    )


def _role(row: Row, known: set[str]) -> Role:
    role_id, reports_to = string(row.get("id")), part(row, "reporting_to", "id")
    return Role(
        role_id, string(row.get("display_label")) or string(row.get("name")), reports_to if reports_to in known - {role_id} else None
    )
