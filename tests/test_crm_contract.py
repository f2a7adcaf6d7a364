"""What every adapter of the CRM port promises, asked of each of them through the port alone: who we are, creating, changing.

A new adapter makes a `Company` in tests/crm_companies.py and says there what it cannot promise; the tests stay as they are.
The rest is in test_crm_contract_finding.py.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from crm_client.errors import Duplicate, FieldProblem, Problem, Rejected, Stale
from crm_client.records import (
    CITY,
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LEAD_SOURCE,
    PHONE,
    SECONDARY_EMAIL,
    FieldType,
    Kind,
    Ref,
    Rights,
)
from tests.crm_companies import A_SOURCE, ALL, ANNA, EACH_CRM, Company, problems

pytestmark = EACH_CRM


@pytest.fixture
def one_record_an_address(company: Company) -> Company:
    if not company.promises.one_record_an_address:
        pytest.skip("this CRM takes an address twice; linking sees to it")
    return company


# --- who and what


def test_whoami_tells_user_rights_and_organisation(company: Company) -> None:
    rep, reader, leads_only = (crm.whoami() for crm in (company.rep, company.reader, company.leads_only))
    assert (rep.user.name, rep.user.email, rep.organisation.name) == ("Paul Martin", "paul.martin@northlight.example", "Northlight")
    assert (rep.user.role, rep.user.profile, rep.user.admin) == ("Sales representative", "Standard", False)
    assert rep.user.may(Kind.LEAD) == rep.user.may(Kind.CONTACT) == ALL
    assert reader.user.may(Kind.CONTACT) == Rights(view=True)
    assert (leads_only.user.may(Kind.LEAD), leads_only.user.may(Kind.CONTACT)) == (ALL, Rights())
    assert company.administrator.whoami().user.admin


def test_users_come_by_name_and_roles_from_the_top(company: Company) -> None:
    assert [user.name for user in company.rep.users()] == ["Claire Dubois", "Mia Brandt", "Nadia Keller", "Paul Martin", "Tom Becker"]
    assert [user.name for user in company.stranger.users()] == ["Sam Reed"]
    roles = company.rep.roles()
    assert roles[0].reports_to is None
    known: set[str] = set()
    for role in roles:
        assert role.reports_to is None or role.reports_to in known
        known.add(role.id)


def test_describe_says_what_is_mandatory_and_what_can_be_chosen(company: Company) -> None:
    lead, contact = company.rep.describe(Kind.LEAD), company.rep.describe(Kind.CONTACT)
    assert {field.name for field in lead.fields if field.mandatory} == {LAST_NAME, COMPANY}
    assert {field.name for field in contact.fields if field.mandatory} == {LAST_NAME}
    source = lead.field(LEAD_SOURCE)
    assert source is not None
    assert source.type is FieldType.PICKLIST
    assert A_SOURCE in {choice.value for choice in source.choices}
    email = contact.field(EMAIL)
    assert email is not None
    assert (email.type, email.unique, email.label) == (FieldType.EMAIL, company.promises.one_record_an_address, "E-mail")
    assert len({field.name for field in lead.fields}) == len(lead.fields)


# --- create


def test_a_created_record_is_the_callers_and_can_be_read_back(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, {**ANNA, PHONE: "+33 4 65 71 00 12"}, "k1")
    assert made.values == {**ANNA, PHONE: "+33 4 65 71 00 12"}
    assert (made.name, made.ref.kind) == ("Anna Roy", Kind.CONTACT)
    assert (made.owner.name, made.modified_by, made.may_edit) == ("Paul Martin", "Paul Martin", True)
    assert abs(made.modified_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert company.rep.get(made.ref) == made
    assert company.colleague.get(made.ref) == made
    assert company.rep.record_url(made.ref).endswith(made.ref.id)


def test_addresses_are_kept_in_lower_case_and_blank_values_not_at_all(company: Company) -> None:
    values = {**ANNA, EMAIL: " Anna.ROY@Ateliers-Roy.example ", SECONDARY_EMAIL: "A.Roy@COURRIER.example", PHONE: "  "}
    made = company.rep.create(Kind.CONTACT, values, "k1")
    assert made.value(EMAIL) == "anna.roy@ateliers-roy.example"
    assert made.value(SECONDARY_EMAIL) == "a.roy@courrier.example"
    assert PHONE not in made.values


def test_what_was_tried_is_not_made_again(company: Company) -> None:
    tried_at = datetime.now(UTC)
    for kind in Kind:
        first = company.rep.create(kind, ANNA, f"{kind} k1")
        assert company.rep.create(kind, ANNA, f"{kind} k1", tried_at) == first
    assert len(company.rep.lookup([ANNA[EMAIL]]).matches) == 2


def test_what_was_tried_and_not_made_is_made(company: Company) -> None:
    assert company.rep.create(Kind.CONTACT, ANNA, "k1", datetime.now(UTC)).values == ANNA


def test_the_same_key_gives_the_same_record_again(company: Company) -> None:
    if not company.promises.keys_alone:
        pytest.skip("this CRM knows no keys")
    first = company.rep.create(Kind.LEAD, ANNA, "k1")
    assert company.rep.create(Kind.LEAD, ANNA, "k1") == first
    assert company.rep.search("roy").total == 1


def test_all_problems_come_at_once_and_nothing_is_written(company: Company) -> None:
    values = {
        FIRST_NAME: "x" * 5_000,
        EMAIL: "not an address",
        SECONDARY_EMAIL: "also@not",
        LEAD_SOURCE: "Telepathy",
        "no_such_field": "x",
        CITY: "Lyon",
    }
    with pytest.raises(Rejected) as refused:
        company.rep.create(Kind.LEAD, values, "k1")
    assert problems(refused) == {
        FIRST_NAME: Problem.TOO_LONG,
        LAST_NAME: Problem.MISSING,
        COMPANY: Problem.MISSING,
        EMAIL: Problem.NOT_AN_ADDRESS,
        SECONDARY_EMAIL: Problem.NOT_AN_ADDRESS,
        LEAD_SOURCE: Problem.NOT_A_CHOICE,
        "no_such_field": Problem.UNKNOWN_FIELD,
    }
    field = company.rep.describe(Kind.LEAD).field(FIRST_NAME)
    assert field is not None
    assert FieldProblem(FIRST_NAME, Problem.TOO_LONG, field.max_length) in refused.value.fields
    assert company.rep.search("lyon").total == 0
    assert company.rep.create(Kind.LEAD, ANNA, "k1").name == "Anna Roy"


def test_the_secondary_address_must_be_another(company: Company) -> None:
    with pytest.raises(Rejected) as refused:
        company.rep.create(Kind.CONTACT, {**ANNA, SECONDARY_EMAIL: ANNA[EMAIL].upper()}, "k1")
    assert problems(refused) == {SECONDARY_EMAIL: Problem.INVALID}


@pytest.mark.parametrize("field", [EMAIL, SECONDARY_EMAIL])
@pytest.mark.parametrize("held", [EMAIL, SECONDARY_EMAIL])
def test_an_address_belongs_to_one_record_of_a_kind(one_record_an_address: Company, field: str, held: str) -> None:
    company = one_record_an_address
    address = "shared@ateliers-roy.example"
    first = company.rep.create(Kind.CONTACT, {LAST_NAME: "Roy", held: address}, "k1")
    with pytest.raises(Duplicate) as duplicate:
        company.colleague.create(Kind.CONTACT, {LAST_NAME: "Other", field: address}, "k2")
    assert (duplicate.value.field, duplicate.value.ref, duplicate.value.name) == (field, first.ref, "Roy")
    assert company.rep.search("other").total == 0
    lead = company.colleague.create(Kind.LEAD, {LAST_NAME: "Other", COMPANY: "Roy", field: address}, "k3")
    assert {match.record.ref for match in company.rep.lookup([address]).of(address)} == {first.ref, lead.ref}
    assert company.stranger.create(Kind.CONTACT, {LAST_NAME: "Else", field: address}, "k1").name == "Else"


def test_64_clicks_at_once_make_one_record(one_record_an_address: Company) -> None:
    company = one_record_an_address
    together = threading.Barrier(64)

    def click(number: int) -> object:
        together.wait()
        try:
            return (company.rep, company.colleague)[number % 2].create(Kind.CONTACT, ANNA, f"click {number}").ref
        except Duplicate as duplicate:
            return duplicate

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(click, range(64)))
    made = {answer for answer in answers if isinstance(answer, Ref)}
    duplicates = [answer for answer in answers if isinstance(answer, Duplicate)]
    assert (len(made), len(duplicates)) == (1, 63)
    assert {(answer.field, answer.ref, answer.name) for answer in duplicates} == {(EMAIL, *made, "Anna Roy")}
    assert company.rep.search("roy").total == 1


def test_64_deliveries_of_one_click_give_one_record(company: Company) -> None:
    if not company.promises.keys_alone:
        pytest.skip("this CRM knows no keys")
    together = threading.Barrier(64)

    def click(_number: int) -> Ref:
        together.wait()
        return company.rep.create(Kind.LEAD, ANNA, "one click").ref

    with ThreadPoolExecutor(64) as pool:
        assert len(set(pool.map(click, range(64)))) == 1
    assert company.rep.search("roy").total == 1


# --- update


def test_an_update_changes_what_it_names_and_the_version(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, {**ANNA, PHONE: "1", CITY: "Lyon"}, "k1")
    company.a_second_later()
    changed = company.colleague.update(made.ref, {PHONE: "+33 4 65 71 00 99", CITY: ""}, made.version)
    assert changed.values == {**ANNA, PHONE: "+33 4 65 71 00 99"}
    assert changed.version != made.version
    assert (changed.owner.name, changed.modified_by) == ("Paul Martin", "Claire Dubois")
    assert changed.modified_at > made.modified_at
    assert company.rep.get(made.ref) == changed


def test_a_changed_record_is_not_overwritten_blindly(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    company.a_second_later()
    current = company.colleague.update(made.ref, {CITY: "Lyon"}, made.version)
    with pytest.raises(Stale) as stale:
        company.rep.update(made.ref, {CITY: "Paris"}, made.version)
    assert stale.value.current == current
    assert company.rep.get(made.ref) == current
    with pytest.raises(Stale):
        company.rep.update(made.ref, {CITY: "Paris"}, "no version at all")
    assert company.rep.update(made.ref, {CITY: "Paris"}, stale.value.current.version).value(CITY) == "Paris"


def test_of_32_updates_at_once_one_wins(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    company.a_second_later()
    together = threading.Barrier(32)

    def change(number: int) -> str | None:
        together.wait()
        try:
            return company.rep.update(made.ref, {CITY: f"City {number}"}, made.version).value(CITY)
        except Stale:
            return None

    with ThreadPoolExecutor(32) as pool:
        won = [city for city in pool.map(change, range(32)) if city]
    assert [company.rep.get(made.ref).value(CITY)] == won


def test_mandatory_fields_cannot_be_cleared(company: Company) -> None:
    made = company.rep.create(Kind.LEAD, ANNA, "k1")
    with pytest.raises(Rejected) as refused:
        company.rep.update(made.ref, {LAST_NAME: " ", COMPANY: "", EMAIL: "x", "no_such_field": ""}, made.version)
    assert problems(refused) == {
        LAST_NAME: Problem.MISSING,
        COMPANY: Problem.MISSING,
        EMAIL: Problem.NOT_AN_ADDRESS,
        "no_such_field": Problem.UNKNOWN_FIELD,
    }
    assert company.rep.get(made.ref) == made


def test_a_changed_address_is_found(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, {**ANNA, SECONDARY_EMAIL: "old@courrier.example"}, "k1")
    changed = company.rep.update(made.ref, {SECONDARY_EMAIL: "New@courrier.example"}, made.version)
    found = company.rep.lookup(["new@courrier.example", "old@courrier.example"])
    assert [(match.address, match.field, match.record) for match in found.matches] == [("new@courrier.example", SECONDARY_EMAIL, changed)]
    swapped = company.rep.update(made.ref, {EMAIL: "new@courrier.example", SECONDARY_EMAIL: ANNA[EMAIL]}, changed.version)
    fields = {match.address: match.field for match in company.rep.lookup(["new@courrier.example", ANNA[EMAIL]]).matches}
    assert fields == {"new@courrier.example": EMAIL, ANNA[EMAIL]: SECONDARY_EMAIL}
    with pytest.raises(Rejected) as refused:
        company.rep.update(made.ref, {SECONDARY_EMAIL: "new@courrier.example"}, swapped.version)
    assert problems(refused) == {SECONDARY_EMAIL: Problem.INVALID}


def test_an_address_given_up_is_free_for_another_and_then_taken(one_record_an_address: Company) -> None:
    company = one_record_an_address
    made = company.rep.create(Kind.CONTACT, {**ANNA, SECONDARY_EMAIL: "old@courrier.example"}, "k1")
    changed = company.rep.update(made.ref, {SECONDARY_EMAIL: "new@courrier.example"}, made.version)
    other = company.rep.create(Kind.CONTACT, {LAST_NAME: "Other", EMAIL: "old@courrier.example"}, "k2")
    with pytest.raises(Duplicate) as duplicate:
        company.rep.update(made.ref, {CITY: "Lyon", EMAIL: "old@courrier.example"}, changed.version)
    assert (duplicate.value.field, duplicate.value.ref) == (EMAIL, other.ref)
    assert company.rep.get(made.ref) == changed
