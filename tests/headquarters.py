"""Sidecard with a stand-in Google that knows what is installed and a stand-in Zoho: what tests of installs and of the directory share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import event, select, update

from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.zoho.introduction import introduce
from crm_client.zoho.oauth import SCOPES, ClientSecrets, Granted, ZohoOAuth
from crm_client.zoho.service import Zoho as ZohoCrms
from db import Database, now, table
from i18n import ENGLISH
from outbound import Http
from tenants.administrators import Administrators
from tenants.connections import Connections
from tenants.consents import Held
from tenants.directory import Directory
from tenants.google.licences import Licences
from tenants.google.service_account import ServiceAccount
from tenants.grants import Grants
from tenants.installs import Installs
from tenants.people import Caller, GoogleIdentity, NotConnected, Person, Workspace
from tenants.tables import DomainInstallRow, IndividualInstallRow, PersonRow
from tenants.vault import Vault
from tests.google.server import Google
from tests.zoho.organisation import User
from tests.zoho.server import Zoho

OPERATED = "northlight.example"
"""Named by the operator. All other companies are Google's to tell."""
KEY = "k" * 40


@dataclass
class Headquarters:
    database: Database
    google: Google
    zoho: Zoho
    installs: Installs
    directory: Directory
    crms: Crms
    grants: Grants

    def identity(self, email: str) -> GoogleIdentity:
        """Of somebody Google knows, or comes to know now."""
        known = self.google.state.people.get(email) or self.google.person(email, email.partition("@")[0].replace(".", " ").title())
        return GoogleIdentity(known.sub, known.email, known.hd)

    def who(self, email: str) -> object:
        return self.directory.resolve(self.identity(email))

    def caller(self, email: str) -> Caller:
        who = self.who(email)
        assert isinstance(who, Caller), who
        return who

    def unconnected(self, email: str) -> NotConnected:
        who = self.who(email)
        assert isinstance(who, NotConnected), who
        return who

    def crm(self, email: str) -> Crm:
        return self.crms.open(self.caller(email).access, ENGLISH)

    def connect(self, email: str, user: User) -> int:
        """He gives permission as this user, for the workspace he is in. The id of the grant."""
        person, workspace = self.somebody(email)
        Administrators(self.database).prove(workspace.id, person.id)
        held = self.held(person, user)
        assert Connections(self.database).connect_zoho(person, workspace, held, self.grants, lambda _connection: True)
        return self.caller(email).access.grant_id or 0

    def somebody(self, email: str) -> tuple[Person, Workspace]:
        who = self.who(email)
        assert isinstance(who, Caller | NotConnected), who
        return who.person, who.workspace

    def held(self, person: Person, user: User) -> Held:
        refresh = self.zoho.accounts.refresh_token(user, frozenset(SCOPES))
        access = self.zoho.accounts.access_token(refresh)
        home = self.zoho.data_centres.at(user.organisation.location)
        assert access is not None
        assert home is not None
        granted = Granted(refresh.token, access.token, access.ends, home.api, home, ",".join(SCOPES))
        return Held(person.id, granted, introduce(Http(), home.api, access.token))

    def a_day_later(self) -> None:
        """All was asked long ago."""
        long_ago = now() - timedelta(hours=25)
        with self.database.write() as connection:
            for row in (DomainInstallRow, IndividualInstallRow):
                connection.execute(update(table(row)).values(checked_at=long_ago))
            connection.execute(update(table(PersonRow)).values(licence_at=long_ago))

    def covered(self, email: str) -> bool:
        person = table(PersonRow)
        with self.database.read() as connection:
            return bool(connection.execute(select(person.c.covered).where(person.c.email == email)).scalar_one())

    @contextmanager
    def queries(self) -> Iterator[list[tuple[str, object]]]:
        """What the database is asked meanwhile."""
        asked: list[tuple[str, object]] = []

        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
            asked.append((statement, parameters))

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)


def open_headquarters(
    database: Database, google: Google, zoho: Zoho, *, pause_seconds: float = 0.0, operated: tuple[str, ...] = (OPERATED,)
) -> Headquarters:
    http = Http()
    licences = Licences(http, google.apis, ServiceAccount.parse(google.account_json), google.application_id)
    installs = Installs(database, licences, operated, pause_seconds=pause_seconds)
    oauth = ZohoOAuth(http, zoho.client_id, ClientSecrets.parse(zoho.client_secret), "https://s.example/back", zoho.data_centres)
    grants = Grants(database, Vault((KEY,)), oauth, zoho.data_centres)
    crms = Crms(database, "https://s.example", ZohoCrms(http, grants, 1, pauses=(0.0, 0.01)))
    return Headquarters(database, google, zoho, installs, Directory(database, crms, installs=installs), crms, grants)
