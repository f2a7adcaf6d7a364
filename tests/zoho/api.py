"""The API's doors: who may come in (token, scopes, profile, limits), and in what envelope an error goes out."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from tests.zoho.accounts import Access, Accounts
from tests.zoho.composite import answer_composite
from tests.zoho.faults import Faults
from tests.zoho.limits import COMPOSITE_COST
from tests.zoho.organisation import no_permission
from tests.zoho.routes import BASE, Route, Visit, routed
from tests.zoho.wire import Answer, Refused, Request


@dataclass
class Switches:
    """What nobody knows of Zoho, or what differs between organisations, for a test to choose."""

    envelope: Literal["random", "list", "plain"] = "random"
    """Where errors of records and mails stand: in the list, or at the top."""
    email_available: bool = True
    composite_emails: bool = False
    emails_scope: Literal["all", "create"] = "all"
    random: Random = field(default_factory=lambda: Random(8))


class Api:
    """`check` sees every request with its answer, parts of a composite too."""

    def __init__(self, accounts: Accounts, faults: Faults, switches: Switches, check: Callable[[Request, Answer], None]) -> None:
        self._check = check
        self._accounts = accounts
        self._faults = faults
        self._switches = switches

    def answer(self, request: Request, under_way: Callable[[], None]) -> Answer:
        """`under_way` is called while the request counts against the limits, before anything happens."""
        access = self._holder(request)
        if access is None:
            return Answer(401, Refused(401, "INVALID_TOKEN", {}, "invalid oauth token").item())
        limits = access.user.organisation.limits
        composite = request.path == f"{BASE}/__composite_requests"
        try:
            with limits.call(cost=COMPOSITE_COST if composite else 1, query=request.path == f"{BASE}/coql"):
                under_way()
                answer = self._composite(request, access) if composite else self.one(request, access)
        except Refused as refused:
            answer = Answer(refused.status, refused.item())
        self._check(request, answer)
        return Answer(answer.status, answer.body, {**answer.headers, **limits.headers()})

    def one(self, request: Request, access: Access) -> Answer:
        """One request, or one part of a composite."""
        envelope = ""
        try:
            route, path = routed(request)
            envelope = route.envelope
            self._admit(route, path, access)
            organisation = access.user.organisation
            with organisation.lock:
                return route.handler(Visit(organisation, access.user, request, path))
        except Refused as refused:
            listed = self._switches.envelope == "list" or (self._switches.envelope == "random" and self._switches.random.random() < 0.5)
            return Answer(refused.status, {envelope: [refused.item()]} if envelope and listed else refused.item())

    def _composite(self, request: Request, access: Access) -> Answer:
        _demand_scope(access, "ZohoCRM.composite_requests.CUSTOM")

        def ask(part: Request) -> Answer:
            fault = self._faults.take(f"SUB {part.method} {part.path}", api=False)
            if fault is not None and fault.answer is not None:
                return fault.answer
            answer = self.one(part, access)
            self._check(part, answer)
            return answer

        return answer_composite(request, ask, emails=self._switches.composite_emails)

    def _holder(self, request: Request) -> Access | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        # Unverified whether Bearer is taken as well.
        return self._accounts.holder(token, request.location) if scheme == "Zoho-oauthtoken" else None

    def _admit(self, route: Route, path: re.Match[str], access: Access) -> None:
        user = access.user
        if path[0] == "/actions/email_available" and not self._switches.email_available:
            raise Refused(404, "INVALID_URL_PATTERN", {}, "Please check if the URL trying to access is a correct one")
        if user.status != "active":
            raise Refused(403, "INACTIVE_USER", {}, "the user is inactive")
        if not user.profile.api:
            raise no_permission("Crm_Implied_Api_Access")
        for scope in route.scopes:
            wanted = scope.format(**path.groupdict())
            if self._switches.emails_scope == "create" and "associate_email" in path[0]:
                wanted = "ZohoCRM.modules.emails.CREATE"
            _demand_scope(access, wanted)


def _demand_scope(access: Access, wanted: str) -> None:
    """Unverified whether case counts in scopes; here it does not. ALL holds every operation, WRITE creating and updating."""
    *place, operation = wanted.lower().split(".")
    for given in access.scopes:
        *held, may = given.lower().split(".")
        if place[: len(held)] == held and (may in ("all", operation) or (may == "write" and operation in ("create", "update"))):
            return
    raise Refused(401, "OAUTH_SCOPE_MISMATCH", {}, f"invalid oauth scope to access this URL: {wanted}")
