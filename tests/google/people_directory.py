"""admin.googleapis.com, the Directory API's users: for administrators with the right scope, of their own company."""

import base64
from typing import Any

from tenants.google.directory_api import DIRECTORY_SCOPE
from tests.google.answers import Request, api_refusal, authorised
from tests.google.state import GooglePerson, State
from tests.zoho.wire import Answer

PREFIX = "/admin/directory/v1/users"
WRITABLE_SCOPE = "https://www.googleapis.com/auth/admin.directory.user"


def users(state: State, request: Request) -> Answer:
    caller = authorised(state, request, DIRECTORY_SCOPE, WRITABLE_SCOPE).person
    if caller is None or caller.suspended or not (caller.admin or caller.delegated_admin):
        raise api_refusal(403, "forbidden", "Not Authorized to access this resource/api")
    key = request.path.removeprefix(PREFIX).strip("/")
    return Answer(200, _one(state, caller, key) if key else _page(state, caller, request))


def _one(state: State, caller: GooglePerson, key: str) -> dict[str, Any]:
    person = next((one for one in state.people.values() if key.lower() in (one.email.lower(), one.sub)), None)
    if person is None or person.hd != caller.hd:
        raise api_refusal(404, "notFound", "Resource Not Found: userKey")
    return _told(person)


def _page(state: State, caller: GooglePerson, request: Request) -> dict[str, Any]:
    domain, size = request.query.get("domain", ""), int(request.query.get("maxResults", "100"))
    if not domain:
        raise api_refusal(400, "badRequest", "Bad Request")
    if not 1 <= size <= 500:
        raise api_refusal(400, "invalid", "Invalid Input: maxResults")
    if domain != caller.hd:
        raise api_refusal(404, "notFound", "Domain not found.")
    everybody = state.in_domain(domain)
    token = request.query.get("pageToken", "")
    start = int(base64.urlsafe_b64decode(token)) if token else 0
    told: dict[str, Any] = {"kind": "admin#directory#users", "users": [_told(one) for one in everybody[start : start + size]]}
    if start + size < len(everybody):
        told["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return told


def _told(person: GooglePerson) -> dict[str, Any]:
    given, _, family = person.name.partition(" ")
    return {
        "kind": "admin#directory#user",
        "id": person.sub,
        "primaryEmail": person.email,
        "name": {"givenName": given, "familyName": family, "fullName": person.name},
        "isAdmin": person.admin,
        "isDelegatedAdmin": person.delegated_admin,
        "suspended": person.suspended,
        "archived": False,
        "customerId": person.customer_id,
        "orgUnitPath": person.org_unit,
        "isMailboxSetup": True,
    }
