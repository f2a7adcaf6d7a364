"""Finding people in Zoho: in one go, fresh, exact, whatever the organisation has changed; converted leads as what they became."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from crm_client.errors import AuthExpired, Forbidden, NotFound, Unavailable
from crm_client.port import Crm
from crm_client.records import CITY, COMPANY, EMAIL, LAST_NAME, LEAD_SOURCE, SECONDARY_EMAIL, FieldType, Kind, Match, Record, Ref
from crm_client.zoho.service import Zoho as Service
from i18n import ENGLISH
from outbound import Http
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Logged, Zoho
from tests.zoho.tokens import SCOPES

pytest_plugins = ["tests.zoho.fixtures"]

ANNA = "anna.roy@ateliers-roy.example"


@dataclass
class Office:
    server: Zoho
    organisation: Organisation
    rep: User
    crm: Crm
    rounds: list[list[Logged]] = field(default_factory=list)

    def contact(self, **values: str) -> Ref:
        return Ref(Kind.CONTACT, self.organisation.record("Contacts", self.rep, **values))

    def lead(self, **values: str) -> Ref:
        return Ref(Kind.LEAD, self.organisation.record("Leads", self.rep, **{"Company": "Ateliers Roy", **values}))

    def look_up(self, *addresses: str) -> list[Match]:
        self.server.requests.clear()
        return list(self.crm.lookup(addresses).matches)

    @property
    def trips(self) -> int:
        """How many requests had to wait for the answer to another."""
        ends: list[float] = []
        for one in sorted(self.server.requests, key=lambda one: one.started):
            if not ends or one.started >= ends[-1]:
                ends.append(one.ended)
            else:
                ends[-1] = max(ends[-1], one.ended)
        return len(ends)


def office(server: Zoho, edition: str = "enterprise", scopes: frozenset[str] = SCOPES) -> Office:
    organisation = server.organisation("Northlight", edition=edition)
    rep = organisation.user("Paul Martin", "paul@northlight.example")
    service = Service(Http(), server.tokens(), processes=1, pauses=(0.0, 0.01), budget_seconds=5)
    return Office(server, organisation, rep, service.open(server.grant(rep, scopes), ENGLISH))


@pytest.fixture(params=["enterprise", "standard"])
def northlight(request: pytest.FixtureRequest, zoho_server: Zoho) -> Office:
    return office(zoho_server, request.param)


@pytest.fixture
def large(zoho_server: Zoho) -> Office:
    return office(zoho_server)


# --- look-up


def test_a_look_up_is_one_trip_and_two_before_anything_is_known(northlight: Office) -> None:
    """Requests that take a while show which of them wait for others."""
    account = northlight.organisation.record("Accounts", northlight.rep, Account_Name="Ateliers Roy")
    anna = northlight.contact(Last_Name="Roy", Email=ANNA, Account_Name=account)
    northlight.organisation.record("Deals", northlight.rep, Deal_Name="Hall B", Stage="Qualification", Contact_Name=anna.id)
    northlight.server.faults.always("/crm/v8/", faults.latency(0.05))
    for trips in (2, 1, 1):
        (match,) = northlight.look_up(ANNA, "nobody@mail.example")
        assert (match.record.value(COMPANY), [deal.name for deal in match.record.open_deals]) == ("Ateliers Roy", ["Hall B"])
        assert northlight.trips == trips
    calls = {"enterprise": 1, "standard": 4}[northlight.organisation.edition]
    assert len(northlight.server.requests) == calls


def test_a_record_made_this_moment_is_found(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, {LAST_NAME: "Roy", COMPANY: "Ateliers Roy", EMAIL: ANNA}, "k1")
    assert [match.record for match in northlight.look_up(ANNA)] == [made]


def test_only_the_very_address_counts_in_any_case(northlight: Office) -> None:
    anna = northlight.contact(Last_Name="Roy", Email="Anna.Roy@Ateliers-Roy.example")
    northlight.contact(Last_Name="Other", Email=f"x.{ANNA}")
    second = northlight.lead(Last_Name="Second", Secondary_Email="ANNA.ROY@ateliers-roy.example")
    assert [(match.address, match.field, match.record.ref) for match in northlight.look_up(ANNA)] == [
        (ANNA, EMAIL, anna),
        (ANNA, SECONDARY_EMAIL, second),
    ]


@pytest.mark.parametrize("address", ["o'brien@mail.example", "back\\slash@mail.example", "a'b\\c'd@mail.example"])
def test_an_address_no_query_can_quote_is_found_all_the_same(large: Office, address: str) -> None:
    found = large.contact(Last_Name="O'Brien", Email=address)
    large.contact(Last_Name="Other", Email="brien@mail.example")
    large.organisation.record("Deals", large.rep, Deal_Name="Hall B", Stage="Qualification", Contact_Name=found.id)
    plain = large.contact(Last_Name="Roy", Email=ANNA)
    assert [(match.address, match.record.ref, len(match.record.open_deals)) for match in large.look_up(address, ANNA)] == [
        (address, found, 1),
        (ANNA, plain, 0),
    ]


@pytest.mark.parametrize("edition", ["enterprise", "standard"])
def test_more_addresses_than_one_query_takes(zoho_server: Zoho, edition: str) -> None:
    place = office(zoho_server, edition)
    addresses = [f"person{number}@mail.example" for number in range(70)]
    made = [place.contact(Last_Name=address, Email=address) for address in addresses]
    assert [match.record.ref for match in place.look_up(*addresses)] == made


def test_nothing_is_asked_for_nothing(large: Office) -> None:
    assert large.look_up() == large.look_up("", "a\x00b@mail.example") == []
    assert large.server.requests == []


@pytest.mark.parametrize("how", ["hidden", "deleted"])
def test_a_field_the_organisation_has_not_breaks_nothing(northlight: Office, how: str) -> None:
    northlight.contact(Last_Name="Roy", Email=ANNA)
    assert len(northlight.look_up(ANNA)) == 1
    for module in ("Leads", "Contacts"):
        northlight.organisation.field(module, "Secondary_Email", **{how: True})
        northlight.organisation.field(module, "Phone", **{how: True})
    # Metadata is remembered; Zoho says that it is no longer so.
    assert len(northlight.look_up(ANNA)) == 1
    fresh = Service(Http(), northlight.server.tokens()).open(northlight.server.grant(northlight.rep), ENGLISH)
    assert len(fresh.lookup([ANNA]).matches) == 1


def test_encrypted_addresses_are_found_by_search(northlight: Office) -> None:
    anna = northlight.contact(Last_Name="Roy", Email=ANNA)
    northlight.contact(Last_Name="Other", Email=f"x.{ANNA}")
    northlight.organisation.record("Deals", northlight.rep, Deal_Name="Hall B", Stage="Qualification", Contact_Name=anna.id)
    for module in ("Leads", "Contacts"):
        northlight.organisation.field(module, "Email", encrypted=True)
    for _time in range(2):
        (match,) = northlight.look_up(ANNA)
        assert (match.record.ref, len(match.record.open_deals)) == (anna, 1)
    # What it took to find that out is not done again.
    assert {one.path.removeprefix("/crm/v8") for one in northlight.server.requests} == {"/Leads/search", "/Contacts/search", "/coql"}


def test_many_custom_fields_are_all_read(large: Office) -> None:
    for number in range(60):
        large.organisation.field("Leads", f"Custom_{number}", data_type="text")
    large.lead(Last_Name="Roy", Email=ANNA, **{f"Custom_{number}": str(number) for number in range(60)})
    (match,) = large.look_up(ANNA)
    assert [match.record.value(f"Custom_{number}") for number in range(60)] == [str(number) for number in range(60)]


# --- rights and outages


def test_a_closed_module_gives_nothing_and_two_are_a_no(northlight: Office) -> None:
    lead = northlight.lead(Last_Name="Roy", Email=ANNA)
    northlight.contact(Last_Name="Roy", Email=ANNA)
    northlight.organisation.profile("Standard", Contacts=())
    assert [match.record.ref for match in northlight.look_up(ANNA)] == [lead]
    assert northlight.crm.lookup([ANNA]).hidden == ()
    with pytest.raises(Forbidden):
        northlight.crm.describe(Kind.CONTACT)
    northlight.organisation.profile("Standard", Contacts=(), Leads=())
    with pytest.raises(Forbidden):
        northlight.look_up(ANNA)
    nobody = Service(Http(), northlight.server.tokens()).open(northlight.server.grant(northlight.rep), ENGLISH)
    with pytest.raises(Forbidden):
        nobody.lookup([ANNA])


@pytest.mark.parametrize("closed", ["Deals", "Accounts"])
def test_closed_deals_or_accounts_leave_the_contact(northlight: Office, closed: str) -> None:
    account = northlight.organisation.record("Accounts", northlight.rep, Account_Name="Ateliers Roy")
    anna = northlight.contact(Last_Name="Roy", Email=ANNA, Account_Name=account)
    if closed == "Deals":
        northlight.organisation.profile("Standard", Deals=())
    else:
        northlight.organisation.profile("Standard", Accounts=())
    assert [match.record.ref for match in northlight.look_up(ANNA)] == [anna]
    assert northlight.crm.get(anna).open_deals == ()


def test_without_the_scope_for_deals_there_are_none(zoho_server: Zoho) -> None:
    scopes = {scope for scope in SCOPES if not scope.startswith("ZohoCRM.modules")}
    place = office(zoho_server, scopes=frozenset(scopes | {"ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.contacts.ALL"}))
    anna = place.contact(Last_Name="Roy", Email=ANNA)
    assert [match.record.ref for match in place.look_up(ANNA)] == [anna]


def test_an_outage_of_a_part_is_an_outage(northlight: Office) -> None:
    northlight.contact(Last_Name="Roy", Email=ANNA)
    northlight.look_up(ANNA)
    northlight.server.faults.always("POST /crm/v8/coql", faults.status(503))
    with pytest.raises(Unavailable):
        northlight.look_up(ANNA)
    northlight.server.faults.clear()
    northlight.server.faults.always("/crm/v8/", faults.invalid_token())
    with pytest.raises(AuthExpired):
        northlight.look_up(ANNA)


# --- converted leads


@pytest.mark.parametrize("reads", ["record", "nothing"])
@pytest.mark.parametrize("queried", [True, False])
def test_a_converted_lead_is_the_contact_it_became(northlight: Office, reads: str, queried: bool) -> None:
    northlight.organisation.converted_lead_reads = reads  # type: ignore[assignment]
    northlight.organisation.coql_returns_converted = queried
    lead = northlight.lead(Last_Name="Roy", Email=ANNA)
    contact = Ref(Kind.CONTACT, northlight.organisation.convert(lead.id, deal=True))
    found = northlight.look_up(ANNA)
    assert [match.record.ref for match in found] == [contact]
    assert found[0].record.was == (lead if queried else None)
    got = northlight.crm.get(lead)
    assert (got.ref, got.was, [deal.stage for deal in got.open_deals]) == (contact, lead, ["Qualification"])
    assert [(record.ref, record.was) for record in northlight.crm.get_many([lead])] == [(contact, lead)]


def test_the_contact_is_fetched_where_its_address_has_changed_and_once_known_in_one_trip_less(large: Office) -> None:
    lead = large.lead(Last_Name="Roy", Email=ANNA)
    contact = Ref(Kind.CONTACT, large.organisation.convert(lead.id))
    large.organisation.change(contact.id, large.rep, Email="anna@elsewhere.example")
    large.server.faults.always("/crm/v8/", faults.latency(0.02))
    trips = []
    for _time in range(2):
        (match,) = large.look_up(ANNA)
        assert (match.address, match.field, match.record.ref, match.record.was) == (ANNA, EMAIL, contact, lead)
        trips.append(large.trips)
    assert trips == [4, 2]


def test_a_converted_lead_whose_contact_is_closed_is_nobody(large: Office) -> None:
    lead = large.lead(Last_Name="Roy", Email=ANNA)
    large.organisation.convert(lead.id)
    large.organisation.profile("Standard", Contacts=())
    assert large.look_up(ANNA) == []
    with pytest.raises(Forbidden):
        large.crm.get(lead)


# --- records as they are shown


def test_a_record_says_whose_it_is_where_its_page_is_and_what_it_holds(large: Office) -> None:
    boss = large.organisation.user("Nadia Keller", "nadia@northlight.example", admin=True)
    large.organisation.field("Leads", "Met_On", data_type="date", label="Met on")
    large.organisation.field("Leads", "Budget", data_type="currency")
    large.organisation.field("Leads", "Halls", data_type="multiselectpicklist", picklist=["A", "B", "C"])
    values = {"Met_On": "2026-03-02", "Budget": 1250.5, "Halls": ["A", "B"], "Email_Opt_Out": True, "No_of_Employees": 12}
    lead = large.organisation.record("Leads", boss, Last_Name="Roy", Email=ANNA, Lead_Source="-None-", **values)
    (match,) = large.look_up(ANNA)
    record = match.record
    held = {EMAIL: ANNA, LAST_NAME: "Roy", "Met_On": "2026-03-02", "Budget": "1250.5", "Halls": "A; B"}
    assert record.values == {**held, "Email_Opt_Out": "true", "No_of_Employees": "12"}
    assert (record.owner.name, record.owner.id, record.modified_by) == ("Nadia Keller", boss.id, "Nadia Keller")
    centre = large.server.data_centres.at("eu")
    assert centre is not None
    assert record.url == large.crm.record_url(record.ref) == f"{centre.web}/crm/{large.organisation.domain_name}/tab/Leads/{lead}"
    assert large.crm.get(record.ref) == record
    assert large.crm.get_many([record.ref]) == (record,)


def test_open_deals_are_five_next_closing_first(large: Office) -> None:
    anna = large.contact(Last_Name="Roy", Email=ANNA)
    for month in (9, 3, 7, 1, 8, 2):
        deal = {"Deal_Name": f"{month}", "Closing_Date": f"2027-0{month}-01", "Amount": month + 0.5}
        large.organisation.record("Deals", large.rep, Stage="Qualification", Contact_Name=anna.id, **deal)
    for stage, chance in (("Closed Won", 100), ("Closed Lost", 0), ("Gewonnen", 100)):
        large.organisation.record("Deals", large.rep, Deal_Name=stage, Stage=stage, Contact_Name=anna.id, Probability=chance)
    (match,) = large.look_up(ANNA)
    assert [deal.name for deal in match.record.open_deals] == ["1", "2", "3", "7", "8"]
    assert match.record.open_deals[0].amount == Decimal("1.5")
    assert large.crm.get(anna).open_deals == match.record.open_deals


def test_who_may_not_change_a_record_is_told(large: Office) -> None:
    reader = large.organisation.user("Tom Becker", "tom@northlight.example", profile="Read only")
    anna = large.contact(Last_Name="Roy", Email=ANNA)
    crm = Service(Http(), large.server.tokens()).open(large.server.grant(reader), ENGLISH)
    assert [match.record.may_edit for match in crm.lookup([ANNA]).matches] == [False]
    large.organisation.stored[anna.id].locked = True
    assert not large.crm.get(anna).may_edit


# --- fields


def test_fields_come_as_the_layout_has_them(northlight: Office) -> None:
    northlight.organisation.field("Leads", "City", hidden=True)
    northlight.organisation.field("Leads", "Street", in_layout=False)
    northlight.organisation.field("Leads", "Email", unique=True)
    northlight.organisation.field(
        "Leads", "Met_At", data_type="picklist", label="Met at", required=True, picklist=[("f", "Trade fair"), "Web"]
    )
    northlight.organisation.field("Leads", "Score", data_type="integer", read_only=True)
    layout = northlight.crm.describe(Kind.LEAD)
    names = [field.name for field in layout.fields]
    assert {CITY, "street", "Owner", "Created_Time", "Full_Name", "Converted__s"}.isdisjoint(names)
    assert names[:3] == ["first_name", LAST_NAME, EMAIL]
    assert {field.name for field in layout.fields if field.mandatory} == {LAST_NAME, COMPANY, "Met_At"}
    met, score, email, last = (layout.field(name) for name in ("Met_At", "Score", EMAIL, LAST_NAME))
    assert met is not None
    assert score is not None
    assert email is not None
    assert last is not None
    assert (met.label, [(choice.value, choice.label) for choice in met.choices]) == ("Met at", [("f", "Trade fair"), ("Web", "Web")])
    assert (score.type, score.read_only, email.unique, last.max_length) == (FieldType.NUMBER, True, True, 80)
    source = layout.field(LEAD_SOURCE)
    assert source is not None
    assert "-None-" not in {choice.value for choice in source.choices}


# --- search, get, companies


def test_search_puts_names_that_begin_so_first_and_says_where_there_are_more(northlight: Office) -> None:
    northlight.lead(Last_Name="Blackstone", Email="b@mail.example")
    anna = northlight.contact(Last_Name="Stone", Email=ANNA)
    assert [record.name for record in northlight.crm.search("stone").records] == ["Stone", "Blackstone"]
    assert northlight.crm.search("stone").records[0].ref == anna
    assert northlight.crm.search("s").records == northlight.crm.search(" ").records == ()
    for number in range(30):
        northlight.lead(Last_Name=f"Stone {number:02}")
    page = northlight.crm.search("stone")
    seen: list[Record] = list(page.records)
    while page.next_page:
        page = northlight.crm.search("stone", page.next_page)
        seen += page.records
    assert (len(seen), len({record.ref for record in seen}), page.total) == (26, 26, None)


@pytest.mark.parametrize("number", ["0", "x", "../users", "1?fields=id", "9" * 30])
def test_what_is_no_id_asks_for_no_record(large: Office, number: str) -> None:
    with pytest.raises(NotFound):
        large.crm.get(Ref(Kind.LEAD, number))
    assert large.crm.get_many([Ref(Kind.LEAD, number)]) == ()
    assert not [one for one in large.server.requests if ".." in one.path or "?" in one.path]


def test_get_many_asks_once_for_all(large: Office) -> None:
    refs = [large.lead(Last_Name=f"Lead {number}") for number in range(3)] + [
        large.contact(Last_Name=f"Contact {number}") for number in range(3)
    ]
    large.crm.describe(Kind.LEAD)
    large.server.requests.clear()
    assert [record.ref for record in large.crm.get_many(refs)] == refs
    assert len(large.server.requests) == 1


def test_a_company_is_known_by_name_or_domain(northlight: Office) -> None:
    northlight.organisation.record("Accounts", northlight.rep, Account_Name="Agencement d'Île", Website="https://www.ile.example/fr")
    northlight.organisation.record("Accounts", northlight.rep, Account_Name="Mobile", Website="notile.example")
    crm = northlight.crm
    assert crm.known_company("agencement d'île", "") == "Agencement d'Île"
    assert crm.known_company("", "ile.example") == "Agencement d'Île"
    assert crm.known_company("Nobody", "nobody.example") is None
    assert crm.known_company("", "") is None
    northlight.organisation.profile("Standard", Accounts=())
    assert crm.known_company("Mobile", "notile.example") is None
