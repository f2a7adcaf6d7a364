"""The people of a Workspace domain, by the Admin SDK's Directory API, with an administrator's own access token."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from outbound import Http
from tenants.google.apis import GoogleApis, GoogleUnavailable
from tenants.google.rest import RestApi

DIRECTORY_SCOPE = "https://www.googleapis.com/auth/admin.directory.user.readonly"
PAGE = 500
"""As many as Google gives at once."""
MAX_PEOPLE = 50_000
MAX_PAGES = 2 * MAX_PEOPLE // PAGE
"""Google may give less than a full page. Tokens that lead round in a circle end here."""
FIELDS = "primaryEmail,name/fullName,isAdmin,isDelegatedAdmin,customerId,orgUnitPath,suspended"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """`email` is lower case. `org_unit` is a path, "/" the whole company. Google says who is an administrator to administrators only."""

    email: str
    name: str
    is_admin: bool
    is_delegated_admin: bool
    customer_id: str
    org_unit: str
    suspended: bool


class DirectoryApi:
    """One per process. Thread-safe."""

    def __init__(self, http: Http, apis: GoogleApis) -> None:
        self._api = RestApi(http, "admin", "directory_v1", apis.directory)
        self._users: Any = self._api.service.users()

    def person(self, access_token: str, email: str) -> DirectoryPerson:
        """GoogleRefused: `notFound`, `forbidden` (he is no administrator), `insufficientPermissions` (the scope was not granted),
        `authError` (the token has ended). GoogleUnavailable."""
        return _person(self._api.ask(self._users.get(userKey=email, fields=FIELDS), access_token))

    def people(self, access_token: str, domain: str) -> Iterator[DirectoryPerson]:
        """All people of a domain, page by page as they are taken, MAX_PEOPLE at most. GoogleRefused, GoogleUnavailable, at any page."""
        given, page_token = 0, None
        for _ in range(MAX_PAGES):
            asked = self._users.list(
                domain=domain, maxResults=PAGE, pageToken=page_token, orderBy="email", fields=f"nextPageToken,users({FIELDS})"
            )
            page = self._api.ask(asked, access_token)
            for person in _people(page)[: MAX_PEOPLE - given]:
                given += 1
                yield person
            page_token = page.get("nextPageToken")
            if not page_token:
                return
            if given >= MAX_PEOPLE:
                break
        _log.warning("the directory of %s has more people than are read: %d", domain, given)


def _people(page: Mapping[str, Any]) -> list[DirectoryPerson]:
    users = page.get("users", [])
    if not isinstance(users, list):
        raise GoogleUnavailable("a page of people that is no list")
    return [_person(user) for user in users]


def _person(user: Any) -> DirectoryPerson:
    email = user.get("primaryEmail") if isinstance(user, dict) else None
    if not isinstance(email, str) or "@" not in email:
        raise GoogleUnavailable("a person without an address")
    name = user.get("name")
    return DirectoryPerson(
        email=email.lower(),
        name=_text(name.get("fullName")) if isinstance(name, dict) else "",
        is_admin=user.get("isAdmin") is True,
        is_delegated_admin=user.get("isDelegatedAdmin") is True,
        customer_id=_text(user.get("customerId")),
        org_unit=_text(user.get("orgUnitPath")) or "/",
        suspended=user.get("suspended") is True,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
