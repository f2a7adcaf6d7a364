"""The console with the stand-in Google behind its sign-in: what a person does in a browser, step by step."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import urllib3
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from console.google_sign_in import CALLBACK
from console.services import GoogleDoor
from db import Database, table
from outbound import Http
from tenants.audit import Action, Audit
from tenants.google.delegation import Delegation
from tenants.google.directory_api import DirectoryApi
from tenants.google.licences import Licences
from tenants.google.oidc import GoogleSignIn
from tenants.google.service_account import ServiceAccount
from tenants.installs import Installs
from tenants.people import Caller, NotConnected, Person
from tenants.tables import AdministratorRow, PersonRow, WorkspaceRow
from tests.console_site import ConsoleSite, csrf_token
from tests.google.server import Google
from tests.google.state import GooglePerson
from tests.zoho.server import Zoho

BASE = "http://127.0.0.1:8080"
OLD_ENOUGH = 600
"""Seconds after which Google is asked again."""
_REFRESH = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')
_person, _workspace, _administrator = table(PersonRow), table(WorkspaceRow), table(AdministratorRow)


class GoogleConsole(ConsoleSite):
    """`marketplace`: whoever has a licence may use it; else the operator's two domains. The worker's and card's sides are not here."""

    def __init__(
        self, database: Database, google: Google, *, marketplace: bool = False, zoho: Zoho | None = None, base_url: str = BASE
    ) -> None:
        http, apis, account = Http(), google.apis, ServiceAccount.parse(google.account_json)
        sign_in = GoogleSignIn(http, apis, google.client_id, google.client_secret, base_url + CALLBACK)
        licences = Licences(http, apis, account, google.application_id) if marketplace else None
        domains = () if marketplace else ("northlight.example", "harbour.example")
        super().__init__(
            database,
            base_url=base_url,
            zoho=zoho,
            google=GoogleDoor(sign_in, DirectoryApi(http, apis)),
            installs=Installs(database, licences, domains),
            delegation=Delegation(account, apis, http),
        )
        self.google = google
        self.audit = Audit(database)

    # -- what people do

    def set_out(self, browser: FlaskClient, page: str = "/signin", action: str = "/signin/google") -> str:
        """Press the button to Google on a page; where it leads."""
        shown = browser.get(page).text
        assert f'action="{action}"' in shown, shown
        target = re.search(r'name="target" value="([^"]*)"', shown)
        answer = browser.post(action, data={"csrf_token": csrf_token(shown), "target": html.unescape(target[1]) if target else ""})
        found = _REFRESH.search(answer.text)
        assert found, answer.text
        return html.unescape(found[1])

    def at_google(self, address: str, person: GooglePerson | None, **says: bool | tuple[str, ...]) -> str:
        """What this person does there; the path he comes back to."""
        self.google.signs_in(person, **says)  # type: ignore[arg-type]
        answer = urllib3.request("GET", address, redirect=False, retries=False)
        assert answer.status == 302, answer.data
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}" == self.base_url
        return f"{back.path}?{back.query}"

    def sign_in(self, browser: FlaskClient, person: GooglePerson, page: str = "/signin") -> TestResponse:
        return browser.get(self.at_google(self.set_out(browser, page), person))

    def prove(self, browser: FlaskClient, person: GooglePerson, page: str = "/setup", **says: bool | tuple[str, ...]) -> TestResponse:
        return browser.get(self.at_google(self.set_out(browser, page, "/setup/proof"), person, **says))

    def administrator(self, person: GooglePerson) -> FlaskClient:
        """A browser in which this person is signed in and proven."""
        browser = self.browser()
        assert self.sign_in(browser, person).status_code == 303
        assert self.prove(browser, person).headers["Location"] == "/setup"
        return browser

    def post(self, browser: FlaskClient, page: str, action: str, **form: object) -> TestResponse:
        """Send a form of a page."""
        return browser.post(action, data={"csrf_token": csrf_token(browser.get(page).text), **form})

    # -- what is so afterwards

    def age_proof(self, seconds: int = OLD_ENOUGH) -> None:
        """So long ago Google was last asked."""
        with self.database.write() as connection:
            for row in connection.execute(select(_administrator)).all():
                earlier = {"proven_at": row.proven_at - timedelta(seconds=seconds)}
                connection.execute(update(_administrator).where(_administrator.c.person_id == row.person_id).values(earlier))

    def proven(self) -> list[str]:
        """Addresses of those who are."""
        query = select(_person.c.email).join(_administrator, _administrator.c.person_id == _person.c.id).order_by(_person.c.email)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())

    def person_of(self, email: str) -> Person:
        with self.database.read() as connection:
            person_id = connection.execute(select(_person.c.id).where(_person.c.email == email)).scalar_one()
        who = self.directory.by_person(person_id)
        assert isinstance(who, Caller | NotConnected)
        return who.person

    def people(self) -> list[str]:
        with self.database.read() as connection:
            return sorted(connection.execute(select(_person.c.email)).scalars())

    def workspace_id(self, domain: str) -> int:
        with self.database.read() as connection:
            return int(connection.execute(select(_workspace.c.id).where(_workspace.c.domain == domain)).scalar_one())

    def noted(self, domain: str, action: Action) -> list[tuple[str, str]]:
        """Subject and detail of what the audit log of a company says, newest first."""
        return [(line.subject, line.detail) for line in self.audit.search(self.workspace_id(domain), action=action).lines]


def asked_for(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
