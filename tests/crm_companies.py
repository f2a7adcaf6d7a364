"""A company in each CRM there is, for the tests of what every adapter promises. `company` gives it to a test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.defaults import READ_ONLY, SALES_REPRESENTATIVE, STANDARD
from crm_client.embedded.organisation import add_user, create_organisation, insert_profile
from crm_client.errors import Problem, Rejected
from crm_client.port import Crm
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, AttachmentNote, Correspondent, Kind, MailCopy, Rights
from crm_client.zoho.service import Zoho
from db import Database
from i18n import ENGLISH
from outbound import Http
from tests.zoho.server import zoho

ANNA = {FIRST_NAME: "Anna", LAST_NAME: "Roy", COMPANY: "Ateliers Roy", EMAIL: "anna.roy@ateliers-roy.example"}
ALL = Rights(view=True, create=True, edit=True)
A_SOURCE = "Trade fair"


EACH_CRM = pytest.mark.parametrize(
    ("adapter", "database_url"),
    [("embedded", "sqlite"), ("embedded", "postgresql"), ("zoho", "sqlite")],
    indirect=True,
    ids=["embedded-sqlite", "embedded-postgresql", "zoho"],
)
"""For a module of tests that take `company`: the embedded CRM on both databases; the others keep nothing in ours."""


@dataclass(frozen=True)
class Promises:
    """Where CRMs differ in what they can promise. All else is the same for each of them."""

    one_record_an_address: bool
    """Itself, of a kind. For a CRM that cannot, `linking.adding` sees to it."""
    keys_alone: bool
    """The same key makes nothing twice, without `tried_at`, and at the same moment."""
    tells_of_hidden: bool
    """That there is a record the caller may not see."""
    searches_every_word: bool
    """Without accents too; others have a search of their own."""
    lists_whole_mails: bool
    """With text and Message-ID, and how many there are."""
    emails_a_page: int


@dataclass(frozen=True)
class Company:
    """One empty organisation with the default fields, seen by its users; `stranger` belongs to another organisation.

    `reader` may view only; `leads_only` has every right on leads and none on contacts.
    """

    promises: Promises
    administrator: Crm
    rep: Crm
    colleague: Crm
    reader: Crm
    leads_only: Crm
    stranger: Crm
    a_second_later: Callable[[], None] = lambda: None
    """For CRMs that tell changes apart by the second."""


def embedded(database: Database) -> Company:
    org_id, administrator = create_organisation(database, "Northlight", "Nadia Keller", "nadia.keller@northlight.example")
    other_org, stranger = create_organisation(database, "Harbour", "Sam Reed", "sam.reed@harbour.example")
    with database.write() as connection:
        insert_profile(connection, org_id, "Leads only", admin=False, rights={Kind.LEAD: ("view", "create", "edit")})

    def crm(org: int, user: int) -> EmbeddedCrm:
        return EmbeddedCrm(database, "https://crm.example", org, user, ENGLISH)

    def user(name: str, profile: str) -> EmbeddedCrm:
        email = name.lower().replace(" ", ".") + "@northlight.example"
        return crm(org_id, add_user(database, org_id, name=name, email=email, role=SALES_REPRESENTATIVE, profile=profile))

    return Company(
        Promises(
            one_record_an_address=True,
            keys_alone=True,
            tells_of_hidden=True,
            searches_every_word=True,
            lists_whole_mails=True,
            emails_a_page=20,
        ),
        administrator=crm(org_id, administrator),
        rep=user("Paul Martin", STANDARD),
        colleague=user("Claire Dubois", STANDARD),
        reader=user("Tom Becker", READ_ONLY),
        leads_only=user("Mia Brandt", "Leads only"),
        stranger=crm(other_org, stranger),
    )


@pytest.fixture
def adapter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def company(adapter: str, database: Database) -> Iterator[Company]:
    if adapter == "embedded":
        yield embedded(database)
        return
    with zoho() as server:
        northlight, harbour = server.organisation("Northlight"), server.organisation("Harbour", location="us")
        northlight.profile("Leads only", Contacts=())
        # The organisation has its own labels and sources; its search is as quick as ours.
        for module in ("Leads", "Contacts"):
            northlight.field(module, "Email", label="E-mail")
            northlight.field(module, "Lead_Source", picklist=["Web site", A_SOURCE])
        northlight.search_delay = harbour.search_delay = 0.0
        # One `Zoho` for all, as in a process.
        service = Zoho(Http(), server.tokens(), processes=1, pauses=(0.0, 0.01))

        def crm(name: str, profile: str = "Standard", *, admin: bool = False) -> Crm:
            email = name.lower().replace(" ", ".") + "@northlight.example"
            return service.open(server.grant(northlight.user(name, email, profile=profile, admin=admin)), ENGLISH)

        yield Company(
            Promises(
                one_record_an_address=False,
                keys_alone=False,
                tells_of_hidden=False,
                searches_every_word=False,
                lists_whole_mails=False,
                emails_a_page=10,
            ),
            administrator=crm("Nadia Keller", admin=True),
            rep=crm("Paul Martin"),
            colleague=crm("Claire Dubois"),
            reader=crm("Tom Becker", "Read only"),
            leads_only=crm("Mia Brandt", "Leads only"),
            stranger=service.open(server.grant(harbour.user("Sam Reed", "sam.reed@harbour.example", admin=True)), ENGLISH),
            a_second_later=lambda: server.clock.advance(1),
        )
    assert server.problems == []


def mail(message_id: str = "one@ateliers-roy.example", **changes: object) -> MailCopy:
    values: dict[str, object] = {
        "message_id": message_id,
        "subject": "Halle B",
        "sender": Correspondent("anna.roy@ateliers-roy.example", "Anna Roy"),
        "to": (Correspondent("paul.martin@northlight.example", "Paul Martin"),),
        "cc": (Correspondent("henri.blanc@ateliers-roy.example"),),
        "sent_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        "incoming": True,
        "text": "Bonjour Paul,\n\nvoici les plans.",
        "attachments": (AttachmentNote("plans.pdf", "application/pdf", 90_210),),
    }
    return MailCopy(**{**values, **changes})  # type: ignore[arg-type]


def problems(refused: pytest.ExceptionInfo[Rejected]) -> dict[str, Problem]:
    return {entry.field: entry.problem for entry in refused.value.fields}
