"""What a colleague may do in Zoho, by what Zoho tells of him: his profile, his role, the fields his profile sees.

Zoho has no call that answers "may this user see this record". Whose records he sees follows from the roles: his own, those of
everybody whose role is below his, of his peers where the role shares with peers; an administrator sees all. Sharing rules, the
organisation's default sharing, territories and single records shared with him are not told, so they give him nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from crm_client.errors import CrmError, Forbidden
from crm_client.records import NO_RIGHTS, Kind, Rights, User
from crm_client.standing import IDENTIFYING, Standing
from crm_client.zoho.answers import Row, part, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.names import ACCOUNTS, DEALS, MODULES, our_name
from crm_client.zoho.people import People, active_users, administrator_ids, user_of

NOTES = "Notes"
TASKS = ("Tasks", "Activities")
"""Under which of these names Zoho lists the right is not documented."""
API_ACCESS = "Crm_Implied_Api_Access"
HIDDEN = "hidden"
READ_WRITE = "read_write"


@dataclass(frozen=True, slots=True)
class _Member:
    """A colleague, and where his rights come from."""

    user: User
    role_id: str
    profile_id: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A role. `peers`: who has it sees the records of all who have it."""

    reports_to: str
    peers: bool


def standing_of(api: ZohoApi, people: People, user_id: str) -> Standing | None:
    """See `crm_client.standing.Shareable`; ten minutes old at most. None: no active user."""
    staff = people.once(api, "staff", _staff)
    member = next((member for member in staff if member.user.id == user_id), None)
    if member is None:
        return None
    places = people.once(api, "places", _places)
    permissions = people.once(api, f"profile {member.profile_id}", lambda asked: _permissions(asked, member.profile_id))
    fields = people.once(api, f"fields of {member.profile_id}", lambda asked: _fields(asked, member.profile_id))
    if permissions.get(API_ACCESS) is False:
        permissions = MappingProxyType({})
    admin = member.user.admin
    return Standing(
        user=replace(member.user, rights=MappingProxyType({kind: _rights(permissions, MODULES[kind]) for kind in Kind})),
        owners=None if admin else _owners(member, staff, places),
        fields=fields,
        notes=_rights(permissions, NOTES),
        tasks=next((rights for name in TASKS if (rights := _rights(permissions, name)) != NO_RIGHTS), NO_RIGHTS),
        # Mailboxes are private, shared, or shared by record; which, Zoho does not tell.
        mails=False,
        deals=admin and _rights(permissions, DEALS).view,
        companies=admin and _rights(permissions, ACCOUNTS).view,
    )


def _staff(api: ZohoApi) -> tuple[_Member, ...]:
    """Who is an administrator is not told to everybody; then nobody counts as one."""
    admins = administrator_ids(api) or frozenset()
    return tuple(_Member(user_of(row, admins, {}), part(row, "role", "id"), part(row, "profile", "id")) for row in active_users(api))


def _places(api: ZohoApi) -> Mapping[str, _Place]:
    """By the role's id; none where this user may not know them."""
    try:
        listed = rows(api.ask(Read("/settings/roles")), "roles")
    except Forbidden:
        return MappingProxyType({})
    return {string(row.get("id")): _Place(part(row, "reporting_to", "id"), row.get("share_with_peers") is True) for row in listed}


def _permissions(api: ZohoApi, profile_id: str) -> Mapping[str, bool]:
    """By Zoho's name for them; none where this user may not know them."""
    if not profile_id:
        return MappingProxyType({})
    try:
        found = rows(api.ask(Read(f"/settings/profiles/{profile_id}")), "profiles")
    except Forbidden:
        return MappingProxyType({})
    details = [row.get("permissions_details") for row in found if string(row.get("id")) == profile_id]
    listed = [entry for one in details if isinstance(one, list) for entry in one if isinstance(entry, dict)]
    return {string(entry.get("name")): entry.get("enabled") is True for entry in listed}


def _rights(permissions: Mapping[str, bool], module: str) -> Rights:
    view, create, edit = (permissions.get(f"Crm_Implied_{right}_{module}", False) for right in ("View", "Create", "Edit"))
    return Rights(view=view, create=view and create, edit=view and edit)


def _fields(api: ZohoApi, profile_id: str) -> Mapping[Kind, Mapping[str, bool]]:
    """The fields a profile sees, and whether it may change them. Where Zoho does not tell, those that say whose record it is."""
    asked = [Read("/settings/fields", (("module", MODULES[kind]),)) for kind in Kind]
    return {kind: _of_kind(answer, kind, profile_id) for kind, answer in zip(Kind, api.ask_all(asked), strict=True)}


def _of_kind(answer: Any | CrmError | None, kind: Kind, profile_id: str) -> Mapping[str, bool]:
    if isinstance(answer, Forbidden):
        return MappingProxyType({})
    if isinstance(answer, CrmError):
        raise answer
    seen = {}
    for row in rows(answer, "fields"):
        name, permission = our_name(MODULES[kind], string(row.get("api_name"))), _permission(row, profile_id)
        if (permission or name in IDENTIFYING) and permission != HIDDEN:
            seen[name] = permission in ("", READ_WRITE)
    return seen


def _permission(row: Row, profile_id: str) -> str:
    """ "" where Zoho does not tell."""
    listed = row.get("profiles")
    entries = [entry for entry in (listed if isinstance(listed, list) else ()) if isinstance(entry, dict)]
    return next((string(entry.get("permission_type")) for entry in entries if string(entry.get("id")) == profile_id), "")


def _owners(member: _Member, staff: tuple[_Member, ...], places: Mapping[str, _Place]) -> frozenset[str]:
    """Whose records he sees."""
    own = places.get(member.role_id)
    peers = own is not None and own.peers
    below = {role_id for role_id in places if member.role_id in _above(role_id, places)}
    return frozenset(
        one.user.id for one in staff if one.user.id == member.user.id or one.role_id in below or (peers and one.role_id == member.role_id)
    )


def _above(role_id: str, places: Mapping[str, _Place]) -> set[str]:
    found: set[str] = set()
    upper = places[role_id].reports_to
    while upper in places and upper not in found:
        found.add(upper)
        upper = places[upper].reports_to
    return found - {role_id}
