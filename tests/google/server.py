"""Starts and stops the stand-in Google: one port of this machine for all its services."""

import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from salesinbox.oauth import GOOGLE_MAIL_SCOPE
from tenants.google.apis import GoogleApis
from tests.google import marketplace, people_directory
from tests.google.answers import Refused, Request, oauth_refusal
from tests.google.service_accounts import account_token
from tests.google.sign_in import SignIn
from tests.google.state import CONSUMER, DomainLicence, GooglePerson, PersonLicence, State
from tests.loopback_server import Asked, LoopbackServer, Reply
from tests.zoho.faults import Faults, spoilt
from tests.zoho.wire import Answer, html

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class Logged:
    """`status` 0: no answer was given."""

    request: Request = field(repr=False)
    method: str
    path: str
    status: int = 0


class Google:
    """Everybody's people and installs, `faults` for the weather, `requests` for what came."""

    def __init__(self) -> None:
        self.state = State()
        self.sign_in = SignIn(self.state)
        self.faults = Faults()
        self.requests: list[Logged] = []
        self.problems: list[str] = []
        self.server = LoopbackServer(self._answering)
        url = self.server.url
        self.apis = GoogleApis(
            accounts=url, token=f"{url}/token", revoke=f"{url}/revoke", certificates=f"{url}/oauth2/v1/certs", appsmarket=url, directory=url
        )
        self.client_id = self.state.client_id
        self.client_secret = self.state.client_secret
        self.application_id = self.state.application_id
        self.account_json = self.state.account_json

    # -- what a test sets up

    def person(
        self, email: str, name: str, sub: str = "", hd: str | None = "", *, admin: bool = False, org_unit: str = "/"
    ) -> GooglePerson:
        """`hd` "": by the address; a consumer's has none."""
        domain = email.rpartition("@")[2].lower()
        hosted = hd if hd != "" else None if domain in CONSUMER else domain
        person = GooglePerson(email, name, sub or f"1000000000{len(self.state.people):011d}", hosted, admin=admin, org_unit=org_unit)
        self.state.people[email] = person
        return person

    def signs_in(self, person: GooglePerson | None, *, refuses: bool = False, unticks: Sequence[str] = ()) -> None:
        """Who sits in front of the browser, and what he says to what he is asked."""
        self.sign_in.signed_in, self.sign_in.refuses, self.sign_in.unticked = person, refuses, frozenset(unticks)

    def licence_domain(self, domain: str, state: str = "ACTIVE", *, org_units: Sequence[str] = ()) -> None:
        """An administrator installed (for these organisational units only), or took it away: "UNLICENSED"."""
        self.state.domain_licences[domain] = DomainLicence(state, tuple(org_units))

    def licence_person(self, email: str, enabled: bool = True, state: str = "ACTIVE", customer: str = "") -> None:
        """What is said of this person, whatever his domain has. `customer` "": his own address, as of individual installs."""
        self.state.person_licences[email] = PersonLicence(enabled, state, customer or email)

    def unlicence_person(self, email: str) -> None:
        """His own install is gone; what his domain has counts again."""
        self.state.person_licences.pop(email, None)

    def allow_delegation(self, scopes: Sequence[str], domain: str = "*") -> None:
        """What an administrator enters in the Admin console for our client id; no scopes: he takes the entry out."""
        self.state.delegated[domain] = frozenset(scopes)

    def end_tokens(self) -> None:
        """All access tokens have ended."""
        self.state.accesses.clear()

    def asked(self, method: str, path: str) -> list[Logged]:
        """The requests of this method to paths that begin so."""
        return [one for one in self.requests if one.method == method and one.path.startswith(path)]

    # -- answering

    def _answering(self, asked: Asked) -> Reply | None:
        request = Request.of(asked)
        log = Logged(request, request.method, request.path)
        self.requests.append(log)
        told = f"{request.method} {request.path}"
        fault = self.faults.take(told, api=False)
        self.faults.wait(told, after=False)
        if fault is not None and fault.seconds:
            time.sleep(fault.seconds)
        answer: Answer | None = None
        if fault is None or fault.handled:
            answer = self._handled(request)
            self.faults.wait(told, after=True)
        if fault is not None:
            answer = None if fault.lost else fault.answer or answer
        if answer is None:
            return None
        log.status = answer.status
        payload = answer.payload() if fault is None else spoilt(answer.payload(), fault)
        return Reply(answer.status, payload, {"Content-Type": answer.content_type, **answer.headers})

    def _handled(self, request: Request) -> Answer:
        try:
            with self.state.lock:
                return self._service(request)
        except Refused as refused:
            return refused.answer
        except Exception:  # noqa: BLE001  # the stand-in itself failed: the test hears of it
            self.problems.append(f"{request.method} {request.path}: {traceback.format_exc(limit=-3)}")
            return html(500, "the stand-in failed")

    def _service(self, request: Request) -> Answer:
        match request.method, request.path:
            case "GET", "/o/oauth2/v2/auth":
                return self.sign_in.page(request)
            case "POST", "/token":
                return self._token(request)
            case "POST", "/revoke":
                return self._revoke(request)
            case "GET", "/oauth2/v1/certs":
                return Answer(200, {self.state.key.kid: self.state.key.pem}, {"Cache-Control": "public, max-age=20000"})
            case "GET", "/introspect":
                return self._introspected(request)
            case "GET", path if path.startswith(marketplace.PREFIX):
                return marketplace.licence(self.state, request)
            case "GET", path if path.startswith(people_directory.PREFIX):
                return people_directory.users(self.state, request)
            case _:
                return html(404, "Error 404 (Not Found)!!1")

    def _token(self, request: Request) -> Answer:
        match request.form.get("grant_type"):
            case "authorization_code":
                return self.sign_in.tokens(request)
            case grant if grant == JWT_GRANT:
                return account_token(self.state, request)
            case "refresh_token":
                return self.sign_in.renewed(request)
            case _:
                raise oauth_refusal(400, "unsupported_grant_type", "Invalid grant_type")

    def _revoke(self, request: Request) -> Answer:
        asked = request.form.get("token", "")
        ended = self.state.accesses.get(asked) or self.state.refreshes.get(asked)
        if ended is None:
            raise oauth_refusal(400, "invalid_token", "Token expired or revoked")
        for held in (self.state.accesses, self.state.refreshes):
            for token in [one.token for one in held.values() if one.consent == ended.consent]:
                del held[token]
        return Answer(200, {})

    def _introspected(self, request: Request) -> Answer:
        """No service of Google's: what a mail server of the tests asks instead of being Google's."""
        access = self.state.accesses.get(request.query.get("token", ""))
        good = access is not None and access.person is not None and GOOGLE_MAIL_SCOPE in access.scopes
        return Answer(200, {"active": good, "email": access.person.email if good and access and access.person else ""})


@contextmanager
def google() -> Iterator[Google]:
    """A Google that knows nobody yet."""
    standing = Google()
    with standing.server.running():
        try:
            yield standing
        finally:
            standing.faults.clear()
