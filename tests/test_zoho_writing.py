"""Creating and changing records in Zoho: judged twice, made once, never over somebody else's change."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm_client.errors import Duplicate, FieldProblem, Forbidden, NotFound, Problem, Rejected, Stale, Unavailable
from crm_client.port import Crm
from crm_client.records import (
    CITY,
    COMPANY,
    DESCRIPTION,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LEAD_SOURCE,
    PHONE,
    POSTCODE,
    STREET,
    TITLE,
    WEBSITE,
    Kind,
    Ref,
)
from crm_client.zoho.service import Zoho as Service
from i18n import ENGLISH
from outbound import Http
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

ANNA = {FIRST_NAME: "Anna", LAST_NAME: "Roy", COMPANY: "Ateliers Roy", EMAIL: "anna.roy@ateliers-roy.example"}


@dataclass
class Office:
    server: Zoho
    organisation: Organisation
    rep: User
    crm: Crm

    def asked(self) -> list[tuple[str, str]]:
        """Since the last time."""
        seen = [(one.method, one.path.removeprefix("/crm/v8")) for one in self.server.requests]
        self.server.requests.clear()
        return seen

    def names(self, module: str) -> list[str]:
        return [one.get("Last_Name") or one.get("Account_Name") for one in self.organisation.records(module)]


@pytest.fixture
def northlight(zoho_server: Zoho) -> Office:
    organisation = zoho_server.organisation("Northlight")
    rep = organisation.user("Paul Martin", "paul@northlight.example")
    service = Service(Http(), zoho_server.tokens(), processes=1, pauses=(0.0, 0.01), budget_seconds=5)
    place = Office(zoho_server, organisation, rep, service.open(zoho_server.grant(rep), ENGLISH))
    place.crm.describe(Kind.LEAD)
    place.asked()
    return place


# --- creating


def test_a_new_lead_is_one_write_in_zohos_own_words(northlight: Office) -> None:
    northlight.organisation.field("Leads", "Budget", data_type="currency")
    northlight.crm = fresh(northlight)
    values = {**ANNA, TITLE: "Head", STREET: "1 rue", POSTCODE: "01000", WEBSITE: "ateliers-roy.example", LEAD_SOURCE: "Partner"}
    values |= {"No_of_Employees": "12", "Budget": "1250.50", "Email_Opt_Out": "true", DESCRIPTION: "One\nTwo"}
    made = northlight.crm.create(Kind.LEAD, values, "k1")
    (held,) = northlight.organisation.records("Leads")
    assert {name: held.get(name) for name in ("Designation", "Street", "Zip_Code", "No_of_Employees", "Budget", "Email_Opt_Out")} == {
        "Designation": "Head", "Street": "1 rue", "Zip_Code": "01000", "No_of_Employees": 12, "Budget": 1250.5, "Email_Opt_Out": True
    }  # fmt: skip
    assert (made.ref.id, held["Owner"]) == (held["id"], northlight.rep.id)
    assert northlight.asked()[-1] == ("POST", "/Leads")
    assert northlight.crm.get(made.ref).values == {**made.values, "Budget": "1250.5"}


def fresh(place: Office) -> Crm:
    """Another process: nothing is remembered."""
    service = Service(Http(), place.server.tokens(), processes=1, pauses=(0.0, 0.01), budget_seconds=5)
    crm = service.open(place.server.grant(place.rep), ENGLISH)
    crm.describe(Kind.LEAD)
    place.asked()
    return crm


def test_a_contacts_company_is_an_account_made_once(northlight: Office) -> None:
    first = northlight.crm.create(Kind.CONTACT, {**ANNA, COMPANY: "Agencement d'Île"}, "k1")
    northlight.crm.create(Kind.CONTACT, {LAST_NAME: "Blanc", COMPANY: "agencement d'île"}, "k2")
    northlight.crm.create(Kind.CONTACT, {LAST_NAME: "Alone"}, "k3")
    assert northlight.names("Accounts") == ["Agencement d'Île"]
    account = northlight.organisation.records("Accounts")[0]["id"]
    assert [one.get("Account_Name") for one in northlight.organisation.records("Contacts")] == [account, account, None]
    assert northlight.crm.get(first.ref) == first


def test_who_has_no_right_to_accounts_can_still_make_a_contact(northlight: Office) -> None:
    northlight.organisation.profile("Standard", Accounts=())
    with pytest.raises(Rejected) as refused:
        northlight.crm.create(Kind.CONTACT, ANNA, "k1")
    assert refused.value.fields == (FieldProblem(COMPANY, Problem.READ_ONLY),)
    assert northlight.crm.create(Kind.CONTACT, {**ANNA, COMPANY: ""}, "k2").name == "Anna Roy"


def test_an_account_made_by_an_attempt_that_broke_off_is_not_made_again(northlight: Office) -> None:
    northlight.server.faults.next("POST /crm/v8/Contacts$", faults.drop_before())
    tried_at = datetime.now(UTC)
    with pytest.raises(Unavailable):
        northlight.crm.create(Kind.CONTACT, ANNA, "k1")
    northlight.crm.create(Kind.CONTACT, ANNA, "k1", tried_at)
    assert (northlight.names("Accounts"), northlight.names("Contacts")) == (["Ateliers Roy"], ["Roy"])


def test_an_account_somebody_made_the_same_moment_is_taken(northlight: Office) -> None:
    northlight.organisation.field("Accounts", "Account_Name", unique=True)
    northlight.organisation.record("Accounts", northlight.rep, Account_Name="Ateliers Roy")
    northlight.server.faults.next("POST /crm/v8/coql", faults.no_content())
    northlight.crm.create(Kind.CONTACT, ANNA, "k1")
    assert northlight.names("Accounts") == ["Ateliers Roy"]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    ("hiccup", "made"),
    [
        (faults.drop_after(), True),
        (faults.truncated(), True),
        (faults.empty(), True),
        (faults.drop_before(), False),
        (faults.status(500), False),
    ],
    ids=["answer lost", "truncated", "empty", "not asked", "500"],
)
def test_a_lost_answer_makes_nothing_twice(northlight: Office, kind: Kind, hiccup: faults.Fault, made: bool) -> None:
    module = {Kind.LEAD: "Leads", Kind.CONTACT: "Contacts"}[kind]
    tried_at = datetime.now(UTC)
    northlight.server.faults.next(f"POST /crm/v8/{module}$", hiccup)
    with pytest.raises(Unavailable):
        northlight.crm.create(kind, ANNA, "k1")
    assert len(northlight.organisation.records(module)) == made
    record = fresh(northlight).create(kind, ANNA, "k1", tried_at)
    assert northlight.names(module) == ["Roy"]
    assert northlight.crm.get(record.ref) == record


def test_only_the_callers_own_since_then_with_the_same_values_is_that_attempt(northlight: Office) -> None:
    """Without an address nothing else could tell."""
    other = northlight.organisation.user("Claire Dubois", "claire@northlight.example")
    roy = {LAST_NAME: "Roy", COMPANY: "Ateliers Roy"}
    northlight.organisation.record("Leads", other, Last_Name="Roy", Company="Ateliers Roy")
    northlight.organisation.record("Leads", northlight.rep, Last_Name="Roy", Company="Elsewhere")
    northlight.crm.create(Kind.LEAD, roy, "k1", datetime.now(UTC))
    assert len(northlight.organisation.records("Leads")) == 3
    northlight.server.clock.advance(600)
    northlight.crm.create(Kind.LEAD, roy, "k2", datetime.now(UTC) + timedelta(seconds=600))
    assert len(northlight.organisation.records("Leads")) == 4


def test_after_a_lost_answer_somebody_elses_record_with_the_address_is_a_duplicate(northlight: Office) -> None:
    other = northlight.organisation.user("Claire Dubois", "claire@northlight.example")
    theirs = northlight.organisation.record("Leads", other, Last_Name="Roy", Company="Ateliers Roy", Email=ANNA[EMAIL])
    with pytest.raises(Duplicate) as taken:
        northlight.crm.create(Kind.LEAD, ANNA, "k1", datetime.now(UTC))
    assert taken.value.ref == Ref(Kind.LEAD, theirs)
    assert len(northlight.organisation.records("Leads")) == 1


def test_a_change_right_after_a_look_reads_once(northlight: Office) -> None:
    number = northlight.organisation.record("Leads", northlight.rep, Last_Name="Roy", Company="Ateliers Roy")
    record = northlight.crm.get(Ref(Kind.LEAD, number))
    northlight.asked()
    northlight.crm.update(record.ref, {CITY: "Lyon"}, record.version)
    assert [method for method, _path in northlight.asked()] == ["PUT"]


def test_the_layouts_mandatory_fields_count(northlight: Office) -> None:
    """Also those set since we last looked: Zoho enforces them because the layout is named."""
    northlight.organisation.field("Leads", "City", required=True)
    with pytest.raises(Rejected) as refused:
        northlight.crm.create(Kind.LEAD, ANNA, "k1")
    assert refused.value.fields == (FieldProblem(CITY, Problem.MISSING),)
    northlight.asked()
    with pytest.raises(Rejected) as judged:
        fresh(northlight).create(Kind.LEAD, ANNA, "k2")
    assert judged.value.fields == refused.value.fields
    assert not [path for method, path in northlight.asked() if path == "/Leads"]


def test_what_zoho_does_not_take_comes_back_by_our_name(northlight: Office) -> None:
    with pytest.raises(Rejected) as refused:
        northlight.crm.create(Kind.LEAD, {**ANNA, PHONE: "030/1234"}, "k1")
    assert refused.value.fields == (FieldProblem(PHONE, Problem.INVALID),)
    with pytest.raises(Rejected) as number:
        northlight.crm.create(Kind.LEAD, {**ANNA, "No_of_Employees": "3.5"}, "k1")
    assert number.value.fields == (FieldProblem("No_of_Employees", Problem.NOT_A_NUMBER),)
    assert northlight.organisation.records("Leads") == []


def test_a_duplicate_of_a_unique_field_names_the_record(northlight: Office) -> None:
    northlight.organisation.field("Leads", "Email", unique=True)
    first = northlight.crm.create(Kind.LEAD, ANNA, "k1")
    with pytest.raises(Duplicate) as duplicate:
        northlight.crm.create(Kind.LEAD, {**ANNA, FIRST_NAME: "Other"}, "k2")
    assert (duplicate.value.field, duplicate.value.ref, duplicate.value.name) == (EMAIL, first.ref, "Anna Roy")
    second = northlight.crm.create(Kind.LEAD, {LAST_NAME: "B", COMPANY: "B"}, "k3")
    with pytest.raises(Duplicate) as changed:
        northlight.crm.update(second.ref, {EMAIL: ANNA[EMAIL]}, second.version)
    assert changed.value.ref == first.ref


def test_a_duplicate_the_caller_may_not_see_has_no_name(northlight: Office) -> None:
    boss = northlight.organisation.user("Nadia Keller", "nadia@northlight.example", admin=True)
    northlight.organisation.field("Leads", "Email", unique=True)
    northlight.organisation.private.add("Leads")
    northlight.organisation.record("Leads", boss, Last_Name="Roy", Company="X", Email=ANNA[EMAIL])
    with pytest.raises(Duplicate) as duplicate:
        northlight.crm.create(Kind.LEAD, ANNA, "k1")
    assert (duplicate.value.ref, duplicate.value.name) == (None, "")


# --- changing


def test_a_change_is_one_read_and_one_write_of_what_changed(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, {**ANNA, CITY: "Lyon", PHONE: "1", "Email_Opt_Out": "true"}, "k1")
    northlight.server.clock.advance(1)
    northlight.asked()
    changed = northlight.crm.update(made.ref, {CITY: "", PHONE: "1", TITLE: "Head", "Email_Opt_Out": "false"}, made.version)
    body = northlight.server.requests[-1].body["data"]
    assert body == [{"City": None, "Designation": "Head", "Email_Opt_Out": False}]
    assert [method for method, _path in northlight.asked()] == ["GET", "PUT"]
    assert northlight.crm.get(made.ref) == changed
    assert changed.values == {**ANNA, PHONE: "1", TITLE: "Head"}


def test_what_changes_nothing_writes_nothing(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, ANNA, "k1")
    northlight.asked()
    assert northlight.crm.update(made.ref, {FIRST_NAME: "Anna", CITY: " "}, made.version) == made
    assert [method for method, _path in northlight.asked()] == ["GET"]


def test_a_change_in_between_is_kept_whenever_it_comes(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, ANNA, "k1")
    northlight.server.clock.advance(1)
    northlight.organisation.change(made.ref.id, northlight.rep, City="Lyon")
    with pytest.raises(Stale) as stale:
        northlight.crm.update(made.ref, {CITY: "Paris"}, made.version)
    assert stale.value.current.value(CITY) == "Lyon"
    # Between our reading and our writing: Zoho itself refuses.
    held = northlight.server.faults.hold("PUT /crm/v8/Leads")
    northlight.server.clock.advance(1)

    def meanwhile() -> None:
        held.reached.wait(5)
        northlight.organisation.change(made.ref.id, northlight.rep, City="Nice")
        held.release()

    colleague = threading.Thread(target=meanwhile)
    colleague.start()
    with pytest.raises(Stale) as again:
        northlight.crm.update(made.ref, {CITY: "Paris"}, stale.value.current.version)
    colleague.join()
    assert again.value.current.value(CITY) == "Nice"
    assert northlight.organisation.records("Leads")[0]["City"] == "Nice"


def test_a_version_is_a_moment_in_whatever_zone(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, ANNA, "k1")
    elsewhere = datetime.fromisoformat(made.version).astimezone(UTC).isoformat()
    assert elsewhere != made.version
    assert northlight.crm.update(made.ref, {CITY: "Lyon"}, elsewhere).value(CITY) == "Lyon"


def test_a_lead_converted_since_is_stale_and_shown_as_its_contact(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, ANNA, "k1")
    contact = northlight.organisation.convert(made.ref.id)
    with pytest.raises(Stale) as stale:
        northlight.crm.update(made.ref, {CITY: "Lyon"}, made.version)
    assert (stale.value.current.ref, stale.value.current.was) == (Ref(Kind.CONTACT, contact), made.ref)


def test_a_contact_changes_its_company_or_loses_it(northlight: Office) -> None:
    made = northlight.crm.create(Kind.CONTACT, ANNA, "k1")
    moved = northlight.crm.update(made.ref, {COMPANY: "Harbour"}, made.version)
    assert northlight.names("Accounts") == ["Ateliers Roy", "Harbour"]
    assert northlight.crm.get(made.ref).value(COMPANY) == moved.value(COMPANY) == "Harbour"
    assert COMPANY not in northlight.crm.update(made.ref, {COMPANY: ""}, moved.version).values
    assert COMPANY not in northlight.crm.get(made.ref).values


def test_a_locked_record_and_one_that_is_gone_say_so(northlight: Office) -> None:
    made = northlight.crm.create(Kind.LEAD, ANNA, "k1")
    northlight.organisation.stored[made.ref.id].locked = True
    with pytest.raises(Forbidden):
        northlight.crm.update(made.ref, {CITY: "Lyon"}, made.version)
    northlight.organisation.delete(made.ref.id)
    with pytest.raises(NotFound):
        northlight.crm.update(made.ref, {CITY: "Lyon"}, made.version)
