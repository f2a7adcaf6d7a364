"""Records over the API: one, a list, a search, and the notes and tasks of a record."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.zoho.organisation import Organisation, Right, Stored, User
from tests.zoho.shown import with_marks
from tests.zoho.wire import NOTHING, Answer, Json, Refused, Request, lacks_parameter

PAGE = 200
MOST_FIELDS = 50


class Records:
    """What one user of an organisation reads of its records."""

    def __init__(self, organisation: Organisation, user: User) -> None:
        self._organisation = organisation
        self._user = user

    # -- reading

    def get(self, module: str, record_id: str, request: Request) -> Answer:
        self._demand("view", module)
        one = standing(self._organisation, self._user, module, record_id)
        if one is None:
            return NOTHING
        if one.converted is not None and self._organisation.converted_lead_reads == "nothing":
            return NOTHING
        return Answer(200, {"data": [with_marks(self._organisation, one, self._user, _names(request))]})

    def listing(self, module: str, request: Request) -> Answer:
        self._demand("view", module)
        names = _names(request)
        if not names:
            raise lacks_parameter("fields")
        wanted = request.query.get("ids")
        found = [
            one
            for one in self._organisation.visible(module, self._user)
            if (one.id in wanted.split(",") if wanted else _converted_wanted(one, request))
        ]
        return self._page(found, request, names)

    def search(self, module: str, request: Request) -> Answer:
        """By the first of criteria, email, phone, word. What was written a moment ago is not in the index yet."""
        self._demand("view", module)
        holds = self._search_test(module, request)
        delay = self._organisation.search_delay
        now = self._organisation.clock.now()
        found = [
            one
            for one in self._organisation.visible(module, self._user)
            if (now - one.touched).total_seconds() >= delay and _converted_wanted(one, request) and holds(one)
        ]
        return self._page(found, request, _names(request))

    def _search_test(self, module: str, request: Request) -> Callable[[Stored], bool]:
        fields = self._organisation.modules[module]
        asked = request.query
        if asked.get("criteria"):
            return _criteria(asked["criteria"])
        if asked.get("email"):
            names = [one.api_name for one in fields.of_type("email")]
            # Partial matches are among Zoho's own examples.
            return lambda one: any(_alike(asked["email"], one.values.get(name)) for name in names)
        if asked.get("phone"):
            names, digits = [one.api_name for one in fields.of_type("phone")], re.sub(r"\D", "", asked["phone"])
            return lambda one: any(len(digits) > 2 and digits in re.sub(r"\D", "", one.values.get(name) or "") for name in names)
        if len(asked.get("word", "")) > 1:
            names = [one.api_name for one in fields.of_type("text", "email", "phone", "website", "picklist")]
            return lambda one: any(_alike(asked["word"], one.values.get(name)) for name in names)
        names = ["criteria", "email", "phone", "word"]
        raise Refused(400, "EXPECTED_PARAM_MISSING", {"param_names": names}, "One of the expected parameter is missing")

    def _page(self, found: Iterable[Stored], request: Request, names: list[str] | None) -> Answer:
        per_page, page = _number(request, "per_page", PAGE), _number(request, "page", 1)
        found = sorted(found, key=lambda one: int(one.id), reverse=request.query.get("sort_order", "desc") == "desc")
        part = found[(page - 1) * per_page : page * per_page]
        if not part:
            return NOTHING
        info: Json = {"per_page": per_page, "count": len(part), "page": page, "more_records": len(found) > page * per_page}
        info |= {"sort_by": "id", "sort_order": request.query.get("sort_order", "desc")}
        return Answer(200, {"data": [with_marks(self._organisation, one, self._user, names) for one in part], "info": info})

    # -- what belongs to a record

    def related(self, module: str, record_id: str, related: str, request: Request) -> Answer:
        """Notes and Tasks of a record, newest first. Unverified for related lists: `fields` is mandatory there too."""
        self._demand("view", module)
        self._demand("view", related)
        self._standing(module, record_id)
        names = _names(request)
        if not names:
            raise lacks_parameter("fields")
        links = ("Parent_Id",) if related == "Notes" else ("Who_Id", "What_Id")
        found = [one for one in self._organisation.visible(related, self._user) if record_id in map(one.values.get, links)]
        return self._page(found, request, names)

    def _standing(self, module: str, record_id: str) -> None:
        if standing(self._organisation, self._user, module, record_id) is None:
            raise Refused(400, "INVALID_DATA", {"resource_path_index": 1}, "the id given seems to be invalid")

    def _demand(self, right: Right, module: str) -> None:
        demand(self._organisation, self._user, right, module)


def demand(organisation: Organisation, user: User, right: Right, module: str) -> None:
    if module not in organisation.modules:
        raise Refused(400, "INVALID_MODULE", {"resource_path_index": 0}, "the module name given seems to be invalid")
    user.demand(right, module)


def standing(organisation: Organisation, user: User, module: str, record_id: Any) -> Stored | None:
    """The record, if this user may know of it."""
    one = organisation.stored.get(record_id) if isinstance(record_id, str) else None
    return one if one is not None and one.module == module and organisation.sees(user, one) else None


def _names(request: Request) -> list[str] | None:
    said = request.query.get("fields")
    names = [one.strip() for one in said.split(",") if one.strip()] if said else None
    if names and len(names) > MOST_FIELDS:
        raise Refused(400, "LIMIT_EXCEEDED", {"param_name": "fields", "limit": MOST_FIELDS}, "limit exceeded")
    return names


def _number(request: Request, name: str, otherwise: int) -> int:
    said = request.query.get(name, str(otherwise))
    if not said.isdigit() or not 1 <= int(said) <= (PAGE if name == "per_page" else 10_000):
        raise Refused(400, "INVALID_DATA", {"param_name": name}, "invalid data")
    return int(said)


def _converted_wanted(one: Stored, request: Request) -> bool:
    wanted = request.query.get("converted", "false")
    return wanted == "both" or (wanted == "true") is (one.converted is not None)


def _alike(wanted: str, value: Any) -> bool:
    """Zoho's search: a part is enough, and signs are as good as spaces."""
    return isinstance(value, str) and _smoothed(wanted) in _smoothed(value)


def _smoothed(text: str) -> str:
    return re.sub(r"[{}\[\]^:\-/!?*_@\s]+", " ", text.lower()).strip()


_CRITERION = re.compile(r"(\w+):(equals|not_equal|starts_with|contains|in):((?:\\.|[^()\\])*)")


def _criteria(text: str) -> Callable[[Stored], bool]:
    """Conditions joined by one word: all by `and`, or all by `or`."""
    parts = [(name, how, re.sub(r"\\(.)", r"\1", value)) for name, how, value in _CRITERION.findall(text)]
    if not parts:
        raise Refused(400, "INVALID_QUERY", {}, "Invalid query formed")
    joined = any if re.search(r"\)\s*or\s*\(", text) else all
    tests: dict[str, Callable[[str, Any], bool]] = {
        "equals": _alike,
        "contains": _alike,
        "not_equal": lambda wanted, value: not _alike(wanted, value),
        "starts_with": lambda wanted, value: isinstance(value, str) and value.lower().startswith(wanted.lower()),
        "in": lambda wanted, value: any(_alike(one, value) for one in wanted.split(",")),
    }
    return lambda one: joined(tests[how](value, one.values.get(name)) for name, how, value in parts)
