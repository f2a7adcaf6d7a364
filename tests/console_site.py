"""The console alone, over a real database: what the console's tests open pages of."""

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from sqlalchemy import insert, update
from sqlmodel import col
from werkzeug.serving import make_server

from console.routes import create_console
from console.services import ConsoleServices, GoogleDoor
from console.session import configure_sessions
from console.visitors import ActAs
from console.zoho import CALLBACK, ZohoDoor
from crm_client.embedded.organisation import Condition, add_user, create_organisation, insert_profile, set_condition
from crm_client.embedded.tables import DealRow, NoteRow, RecordRow, UserRow
from crm_client.memory import LastKnown
from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.records import AttachmentNote, Correspondent, Kind, MailCopy, Record, Ref, Values
from crm_client.zoho.oauth import ClientSecrets, ZohoOAuth
from crm_client.zoho.service import Zoho as ZohoCrms
from db import Database
from i18n import ENGLISH, Languages
from outbound import Http
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.providers import PROVIDERS, Provider
from tenants.connect_links import ConnectLinks
from tenants.connections import Connections, NewOrganisation
from tenants.consents import Consents
from tenants.directory import Directory
from tenants.google.delegation import Delegation
from tenants.grants import Grants
from tenants.installs import Installs
from tenants.people import Caller, GoogleIdentity, NotConnected, Person
from tenants.sign_in import SignInCodes
from tenants.vault import Vault
from tests.zoho.server import Zoho

KEY = "k" * 40
PAUL = GoogleIdentity("100000000000000000001", "paul.martin@northlight.example", "northlight.example")
CLAIRE = GoogleIdentity("100000000000000000002", "claire.dubois@northlight.example", "northlight.example")
SAM = GoogleIdentity("100000000000000000006", "sam.reed@harbour.example", "harbour.example")
ROBIN = GoogleIdentity("100000000000000000009", "robin.shaw@harbour.example", "harbour.example")
NOON = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class ConsoleSite:
    """An app of the console's blueprint only. `connect` gives a workspace its CRM; `zoho` is where Zoho can be connected."""

    def __init__(
        self,
        database: Database,
        act_as: ActAs | None = None,
        base_url: str = "http://127.0.0.1:8080",
        zoho: Zoho | None = None,
        google: GoogleDoor | None = None,
        installs: Installs | None = None,
        delegation: Delegation | None = None,
        salesinbox: SalesInbox | None = None,
        providers: tuple[Provider, ...] = PROVIDERS,
    ) -> None:
        self.database = database
        self.base_url = base_url
        door = None if zoho is None else _door(database, base_url, zoho)
        self.crms = Crms(database, base_url, ZohoCrms(door.http, door.grants) if door else None)
        self.last_known = LastKnown(database)
        self.installs = installs or Installs(database, None, ("northlight.example", "harbour.example"))
        self.directory = Directory(database, self.crms, installs=self.installs)
        self.codes = SignInCodes(database)
        self.links = ConnectLinks((KEY,))
        self.salesinbox = salesinbox or build_salesinbox(database, Vault((KEY,)), "", "")
        self.app = Flask("console-test")
        configure_sessions(self.app, (KEY,), base_url)
        CSRFProtect(self.app)
        self.app.register_blueprint(
            create_console(
                ConsoleServices(
                    database=database,
                    directory=self.directory,
                    codes=self.codes,
                    connect_links=self.links,
                    crms=self.crms,
                    languages=Languages(),
                    vault=Vault((KEY,)),
                    installs=self.installs,
                    salesinbox=self.salesinbox,
                    providers=providers,
                    google=google,
                    zoho=door,
                    delegation=delegation,
                    act_as=act_as,
                    forget=lambda access: self.last_known.forget(str(access)),
                )
            )
        )

    def person(self, identity: GoogleIdentity) -> Person:
        who = self.directory.resolve(identity)
        assert isinstance(who, Caller | NotConnected)
        return who.person

    def connect(self, identity: GoogleIdentity, name: str) -> Crm:
        """A new organisation for this person's workspace, as its first user sees it."""
        who = self.directory.resolve(identity)
        assert isinstance(who, NotConnected)
        org_id, user_id = create_organisation(self.database, name, who.person.name, who.person.email)
        made = NewOrganisation(str(org_id), str(user_id))
        assert Connections(self.database).connect_embedded(who.person, who.workspace, lambda _connection: made)
        return self.crm(identity)

    def crm(self, identity: GoogleIdentity) -> Crm:
        caller = self.caller(identity)
        return self.crms.open(caller.access, ENGLISH)

    def caller(self, identity: GoogleIdentity) -> Caller:
        who = self.directory.resolve(identity)
        assert isinstance(who, Caller)
        return who

    def add_user(self, of: GoogleIdentity, name: str, email: str, rights: dict[Kind, tuple[str, ...]]) -> None:
        """One more user in the organisation of `of`, with a profile of his own."""
        org_id = int(self.caller(of).access.target.org_id)
        with self.database.write() as connection:
            insert_profile(connection, org_id, f"Profile of {name}", admin=False, rights=rights)
        add_user(self.database, org_id, name=name, email=email, role="Sales representative", profile=f"Profile of {name}")

    def set_condition(self, of: GoogleIdentity, condition: Condition) -> None:
        set_condition(self.database, int(self.caller(of).access.target.org_id), condition)

    def deactivate(self, of: GoogleIdentity) -> None:
        with self.database.write() as connection:
            connection.execute(update(UserRow).where(col(UserRow.email) == of.email).values(active=False))

    def add_deal_and_note(self, of: GoogleIdentity, contact: Ref, deal: str, note: str) -> None:
        caller = self.caller(of)
        org_id, user_id = int(caller.access.target.org_id), int(caller.access.user_id)
        with self.database.write() as connection:
            connection.execute(
                insert(DealRow).values(
                    org_id=org_id,
                    contact_id=int(contact.id),
                    owner_id=user_id,
                    name=deal,
                    stage="Proposal",
                    open=True,
                    amount=Decimal("12500.00"),
                    currency="EUR",
                    closing_on=NOON.date(),
                )
            )
            connection.execute(
                insert(NoteRow).values(org_id=org_id, record_id=int(contact.id), author_id=user_id, text=note, written_at=NOON)
            )

    def overwrite(self, record: Record, **values: str) -> None:
        """Put values into the table past the CRM's own checks."""
        with self.database.write() as connection:
            kept = {**record.values, **values}
            connection.execute(update(RecordRow).where(col(RecordRow.id) == int(record.ref.id)).values({"values": kept}))

    def browser(self) -> FlaskClient:
        """A browser that is not signed in."""
        return self.app.test_client()

    def signed_in(self, identity: GoogleIdentity) -> FlaskClient:
        browser = self.browser()
        answer = browser.get("/signin/" + self.codes.issue(self.person(identity).id, "/crm"))
        assert answer.status_code == 303
        return browser

    @contextmanager
    def served(self, port: int = 0) -> Iterator[str]:
        """The app on a port of its own, for real browsers."""
        server = make_server("127.0.0.1", port, self.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _door(database: Database, base_url: str, zoho: Zoho) -> ZohoDoor:
    http, vault = Http(), Vault((KEY,))
    oauth = ZohoOAuth(http, zoho.client_id, ClientSecrets.parse(zoho.client_secret), base_url + CALLBACK, zoho.data_centres)
    return ZohoDoor(http, zoho.data_centres, oauth, Grants(database, vault, oauth, zoho.data_centres), Consents(database, vault, oauth))


def csrf_token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, "the page has no form"
    return html.unescape(found.group(1))


def add_contact(crm: Crm, last_name: str, email: str, **values: str) -> Record:
    return add_record(crm, Kind.CONTACT, {"last_name": last_name, "email": email, **values})


def add_record(crm: Crm, kind: Kind, values: Values) -> Record:
    return crm.create(kind, values, f"test-{values.get('email')}-{kind}")


def mail_copy(number: int, subject: str = "", text: str = "", attachments: tuple[AttachmentNote, ...] = ()) -> MailCopy:
    """A received mail; the higher the number the newer, one a minute."""
    return MailCopy(
        message_id=f"mail-{number}@roy.example",
        subject=subject or f"Mail number {number}",
        sender=Correspondent("anna.roy@ateliers-roy.example", "Anna Roy"),
        to=(Correspondent("paul.martin@northlight.example", "Paul Martin"),),
        cc=(),
        sent_at=NOON.replace(minute=number % 60, hour=NOON.hour + number // 60),
        incoming=True,
        text=text or f"Text of mail {number}",
        attachments=attachments,
    )
