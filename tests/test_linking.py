"""Link once and add once, on a real CRM in a real database, with many at the same moment."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from crm_client.embedded.organisation import Condition
from crm_client.embedded.tables import AddressRow, EmailRow, RecordRow
from crm_client.errors import NotFound, Rejected
from crm_client.records import EMAIL, LAST_NAME, SECONDARY_EMAIL, Kind, Ref
from db import Database, table
from linking.errands import AddErrand, LinkErrand
from linking.ledger import Ledger, LinkState
from linking.outbox import AlreadyThere, BeingAdded, Carried, Kept, LinkedElsewhere
from linking.tables import AddClaimRow, MailLinkRow
from tests.office import ANNA, JONAS, NEW, Office, at_once, mail, open_office


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database)


def test_a_mail_is_linked_once_and_everybody_sees_it(office: Office) -> None:
    (_paul, claire), anna, jonas = office.people, office.known(ANNA), office.known(JONAS)
    first = office.carry_out(LinkErrand(anna.ref, mail()), "1")
    assert isinstance(first, Carried) and first.fresh
    again = office.carry_out(LinkErrand(anna.ref, mail()), "2", claire)
    assert isinstance(again, Carried) and not again.fresh
    other = office.carry_out(LinkErrand(jonas.ref, mail()), "3", claire)
    assert isinstance(other, LinkedElsewhere) and (other.link.ref, other.link.person_name) == (anna.ref, "Paul Martin")
    assert [entry.mail.message_id for entry in office.crm().emails(anna.ref).entries].count("one@mail.example") == 1
    assert "one@mail.example" not in [entry.mail.message_id for entry in office.crm().emails(jonas.ref).entries]


def test_another_organisation_has_its_own_link(office: Office) -> None:
    office.carry_out(LinkErrand(office.known(ANNA).ref, mail()))
    assert Ledger(office.database).find(office.org, "one@mail.example") is not None
    assert Ledger(office.database).find("embedded:999", "one@mail.example") is None


def test_32_links_to_different_records_at_once_make_one(office: Office) -> None:
    crm = office.crm()
    records = [
        crm.create(Kind.CONTACT, {LAST_NAME: f"Person {number}", EMAIL: f"p{number}@many.example"}, f"key-{number}") for number in range(32)
    ]
    outcomes = at_once([lambda record=record: office.carry_out(LinkErrand(record.ref, mail()), record.ref.id) for record in records])
    assert Counter(type(outcome) for outcome in outcomes) == {Carried: 1, LinkedElsewhere: 31}
    with office.database.read() as connection:
        links = connection.execute(select(func.count()).select_from(table(MailLinkRow))).scalar_one()
        copies = connection.execute(select(func.count()).where(table(EmailRow).c.message_id == "one@mail.example")).scalar_one()
    assert (links, copies) == (1, 1)


@pytest.mark.parametrize("one_click", [True, False], ids=["one click sent 32 times", "32 clicks"])
def test_32_links_to_one_record_at_once_make_one(office: Office, one_click: bool) -> None:
    anna = office.known(ANNA)
    outcomes = at_once(
        [lambda number=number: office.carry_out(LinkErrand(anna.ref, mail()), "k" if one_click else f"k{number}") for number in range(32)]
    )
    assert sum(isinstance(outcome, Carried) and outcome.fresh for outcome in outcomes) == 1
    assert all(isinstance(outcome, Carried) for outcome in outcomes), "those who came second waited for its end"


def test_what_the_crm_refuses_for_good_leaves_the_mail_free(office: Office) -> None:
    anna = office.known(ANNA)
    with pytest.raises(NotFound):
        office.carry_out(LinkErrand(Ref(Kind.CONTACT, "999999"), mail()), "1")
    assert Ledger(office.database).find(office.org, "one@mail.example") is None
    assert office.rows() == []
    assert isinstance(office.carry_out(LinkErrand(anna.ref, mail()), "2"), Carried)


def test_a_promised_mail_is_nobody_elses(office: Office) -> None:
    anna, jonas, claire = office.known(ANNA), office.known(JONAS), office.people[1]
    office.weather(Condition.DOWN)
    assert isinstance(office.carry_out(LinkErrand(anna.ref, mail()), "1"), Kept)
    assert isinstance(office.carry_out(LinkErrand(anna.ref, mail()), "2", claire), Kept)
    assert isinstance(office.carry_out(LinkErrand(jonas.ref, mail()), "3", claire), LinkedElsewhere)
    link = Ledger(office.database).find(office.org, "one@mail.example")
    assert link is not None and link.state is LinkState.WAITING
    office.weather(Condition.UP)
    office.deliver()
    link = Ledger(office.database).find(office.org, "one@mail.example")
    assert link is not None and (link.state, link.person_name) == (LinkState.DONE, "Paul Martin")
    assert len(office.rows()) == 1


def test_the_mails_of_a_converted_lead_are_the_contacts(office: Office) -> None:
    anna = office.known(ANNA)
    lead = office.crm().create(Kind.LEAD, NEW, "lead")
    office.carry_out(LinkErrand(lead.ref, mail()), "1")
    office.carry_out(LinkErrand(anna.ref, mail("two@mail.example")), "2")
    ledger = Ledger(office.database)
    ledger.follow(office.org, lead.ref, Ref(Kind.CONTACT, "77"))
    assert ledger.find(office.org, "one@mail.example").ref == Ref(Kind.CONTACT, "77")
    assert ledger.find(office.org, "two@mail.example").ref == anna.ref


def records_with(office: Office, address: str) -> int:
    with office.database.read() as connection:
        return connection.execute(select(func.count()).where(table(AddressRow).c.address == address)).scalar_one()


def claims(office: Office) -> int:
    with office.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table(AddClaimRow))).scalar_one()


@pytest.mark.parametrize("one_click", [True, False], ids=["one click sent 32 times", "32 clicks"])
def test_32_adds_of_one_person_at_once_make_one_record(office: Office, one_click: bool) -> None:
    kinds = (Kind.LEAD, Kind.CONTACT)

    def add(number: int) -> object:
        kind = Kind.LEAD if one_click else kinds[number // 2 % 2]
        return office.carry_out(AddErrand(kind, NEW), "k" if one_click else f"k{number}", office.people[number % 2])

    outcomes = at_once([lambda number=number: add(number) for number in range(32)])
    assert records_with(office, NEW[EMAIL]) == 1
    made = {outcome.record.ref for outcome in outcomes if isinstance(outcome, Carried)}
    assert len(made) == 1
    if not one_click:
        assert sum(isinstance(outcome, Carried) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Carried | AlreadyThere | BeingAdded) for outcome in outcomes)
    assert claims(office) == 0


def test_the_same_click_later_gives_the_same_record(office: Office) -> None:
    first = office.carry_out(AddErrand(Kind.CONTACT, NEW))
    again = office.carry_out(AddErrand(Kind.CONTACT, NEW))
    assert isinstance(first, Carried) and isinstance(again, Carried)
    assert (first.record.ref, first.fresh, again.fresh) == (again.record.ref, True, False)
    other = office.carry_out(AddErrand(Kind.LEAD, NEW), "another click")
    assert isinstance(other, AlreadyThere) and other.matches[0].record.ref == first.record.ref


def test_a_refused_add_frees_its_addresses(office: Office) -> None:
    with pytest.raises(Rejected):
        office.carry_out(AddErrand(Kind.LEAD, {EMAIL: NEW[EMAIL]}))
    assert isinstance(office.carry_out(AddErrand(Kind.LEAD, NEW), "other", office.people[1]), Carried)


def test_while_an_add_waits_nobody_adds_any_of_its_addresses(office: Office) -> None:
    both = {**NEW, SECONDARY_EMAIL: "julien@petit.example"}
    office.weather(Condition.DOWN)
    assert isinstance(office.carry_out(AddErrand(Kind.CONTACT, both)), Kept)
    office.weather(Condition.UP)
    second = {**NEW, EMAIL: "julien@petit.example"}
    assert office.carry_out(AddErrand(Kind.LEAD, second), "other", office.people[1]) == BeingAdded("Paul Martin")
    office.deliver()
    assert isinstance(office.carry_out(AddErrand(Kind.LEAD, second), "third", office.people[1]), AlreadyThere)
    assert (records_with(office, NEW[EMAIL]), claims(office)) == (1, 0)


def test_without_an_address_the_click_alone_counts(office: Office) -> None:
    nameless = AddErrand(Kind.CONTACT, {LAST_NAME: "Nameless"})
    first, again = office.carry_out(nameless), office.carry_out(replace(nameless))
    assert isinstance(first, Carried) and isinstance(again, Carried) and first.record.ref == again.record.ref
    with office.database.read() as connection:
        assert connection.execute(select(func.count()).where(table(RecordRow).c.sort_name.like("%nameless%"))).scalar_one() == 1
