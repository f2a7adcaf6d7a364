"""What the API can be asked: method, path, the scopes it takes, and which subject answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.zoho import settings
from tests.zoho.composite import MOST_RECORDS
from tests.zoho.coql import MOST_ROWS, answer_query
from tests.zoho.emails import Emails
from tests.zoho.organisation import Organisation, User
from tests.zoho.records import Records
from tests.zoho.wire import Answer, Refused, Request, lacks_parameter
from tests.zoho.writing import Writing

BASE = "/crm/v8"


@dataclass(frozen=True)
class Visit:
    """A request that was let in. `visit["m"]` is a part of its path."""

    organisation: Organisation
    user: User
    request: Request
    path: re.Match[str]

    def __getitem__(self, name: str) -> str:
        return self.path[name]

    @property
    def records(self) -> Records:
        return Records(self.organisation, self.user)

    @property
    def writing(self) -> Writing:
        return Writing(self.organisation, self.user)

    @property
    def emails(self) -> Emails:
        return Emails(self.organisation, self.user)


Handler = Callable[[Visit], Answer]


@dataclass(frozen=True)
class Route:
    """All of `scopes` are needed; {m} in them is the module. `envelope`: the list an error may be wrapped in."""

    method: str
    pattern: re.Pattern[str]
    scopes: tuple[str, ...]
    handler: Handler
    envelope: str = ""


def _route(method: str, pattern: str, scopes: str, handler: Handler, envelope: str = "") -> Route:
    whole = pattern.replace("{m}", r"(?P<m>(?!settings|users|org|coql|files|actions)[A-Za-z]\w*)").replace("{id}", r"(?P<id>\d+)")
    return Route(method, re.compile(whole), tuple(scopes.split()), handler, envelope)


def _set_up(handler: Callable[[Organisation, User, Request], Answer]) -> Handler:
    return lambda visit: handler(visit.organisation, visit.user, visit.request)


def _coql(visit: Visit) -> Answer:
    most = MOST_RECORDS if visit.request.in_composite else MOST_ROWS
    return answer_query(visit.organisation, visit.user, visit.request.json(), most=most)


def _available(visit: Visit) -> Answer:
    name = "orginal_message_id"  # so Zoho spells it
    if name not in visit.request.query:
        raise lacks_parameter(name)
    return visit.emails.available(visit.request.query[name])


SETTINGS, MODULES = "ZohoCRM.settings", "ZohoCRM.modules.{m}"
EMAILS = f"ZohoCRM.modules.emails.READ {MODULES}.READ"
# The specification says modules.emails.CREATE alone, the documentation these two: unverified, so both.
ASSOCIATE = f"ZohoCRM.modules.emails.ALL {MODULES}.ALL"

ROUTES = (
    _route("GET", "/users", "ZohoCRM.users.READ", _set_up(settings.users)),
    _route("GET", "/org", "ZohoCRM.org.READ", _set_up(settings.org)),
    _route("GET", "/settings/modules", f"{SETTINGS}.modules.READ", _set_up(settings.modules)),
    _route("GET", "/settings/fields", f"{SETTINGS}.fields.READ", _set_up(settings.fields)),
    _route("GET", "/settings/layouts", f"{SETTINGS}.layouts.READ", _set_up(settings.layouts)),
    _route("GET", "/settings/roles", f"{SETTINGS}.roles.READ", _set_up(settings.roles)),
    _route("GET", "/settings/profiles", f"{SETTINGS}.profiles.READ", _set_up(settings.profiles)),
    _route("GET", "/settings/profiles/{id}", f"{SETTINGS}.profiles.READ", lambda v: settings.profile(v.organisation, v.user, v["id"])),
    _route("GET", "/settings/emails/actions/from_addresses", f"{SETTINGS}.emails.READ", _set_up(settings.from_addresses)),
    _route("POST", "/coql", "ZohoCRM.coql.READ", _coql),
    _route("POST", "/files", "ZohoCRM.Files.CREATE", lambda v: v.emails.upload(v.request)),
    _route("GET", "/actions/email_available", "ZohoCRM.modules.emails.READ", _available),
    _route("GET", "/{m}/search", f"ZohoSearch.securesearch.READ {MODULES}.READ", lambda v: v.records.search(v["m"], v.request)),
    _route("GET", "/{m}", f"{MODULES}.READ", lambda v: v.records.listing(v["m"], v.request), "data"),
    _route("GET", "/{m}/{id}", f"{MODULES}.READ", lambda v: v.records.get(v["m"], v["id"], v.request), "data"),
    _route("POST", "/{m}", f"{MODULES}.CREATE", lambda v: v.writing.create(v["m"], v.request.json()), "data"),
    _route("PUT", "/{m}", f"{MODULES}.UPDATE", lambda v: v.writing.update(v["m"], v.request), "data"),
    _route("PUT", "/{m}/{id}", f"{MODULES}.UPDATE", lambda v: v.writing.update(v["m"], v.request, v["id"]), "data"),
    _route("POST", "/{m}/upsert", f"{MODULES}.CREATE {MODULES}.UPDATE", lambda v: v.writing.upsert(v["m"], v.request), "data"),
    _route(
        "GET",
        "/{m}/{id}/(?P<list>Notes|Tasks)",
        f"{MODULES}.READ ZohoCRM.modules.{{list}}.READ",
        lambda v: v.records.related(v["m"], v["id"], v["list"], v.request),
        "data",
    ),
    _route(
        "POST",
        "/{m}/{id}/Notes",
        f"{MODULES}.READ ZohoCRM.modules.notes.CREATE",
        lambda v: v.writing.add_note(v["m"], v["id"], v.request.json()),
        "data",
    ),
    _route("GET", "/{m}/{id}/Emails", EMAILS, lambda v: v.emails.listing(v["m"], v["id"], v.request)),
    _route("GET", "/{m}/{id}/Emails/(?P<mail>[0-9a-f]+)", EMAILS, lambda v: v.emails.detail(v["m"], v["id"], v["mail"])),
    _route(
        "POST", "/{m}/{id}/actions/associate_email", ASSOCIATE, lambda v: v.emails.associate(v["m"], v["id"], v.request.json()), "Emails"
    ),
)


def routed(request: Request) -> tuple[Route, re.Match[str]]:
    if request.path.startswith(BASE):
        for route in ROUTES:
            path = route.pattern.fullmatch(request.path[len(BASE) :])
            if path is not None and route.method == request.method:
                return route, path
    raise Refused(404, "INVALID_URL_PATTERN", {}, "Please check if the URL trying to access is a correct one")
