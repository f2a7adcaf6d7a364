"""Link once and add once, on a real CRM in a real database, with many at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import func, select, update

from crm_client.embedded.organisation import Condition, set_condition
from crm_client.embedded.sample import load_sample
from crm_client.embedded.tables import AddressRow, EmailRow, RecordRow
from crm_client.errors import NotFound, Rejected
from crm_client.open import CrmKind, Crms, Target
from crm_client.port import Crm
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, Correspondent, Kind, MailCopy, Record, Ref
from db import Database, now, table
from i18n import ENGLISH
from linking.adding import Added, Adding, AlreadyThere, BeingAdded
from linking.ledger import LONGEST_DELIVERY, Kept, Ledger, Linked, LinkedElsewhere, LinkState, UnderWay
from linking.tables import AddClaimRow, MailLinkRow
from tenants.people import Person
from tenants.tables import PersonRow, WorkspaceRow

T = TypeVar("T")


@dataclass(frozen=True)
class Office:
    database: Database
    org_id: int
    crms: Crms
    org: str
    people: tuple[Person, ...]

    def crm(self, person: Person) -> Crm:
        target = Target(CrmKind.EMBEDDED, str(self.org_id))
        user = self.crms.find_user(target, person.email)
        assert user is not None
        return self.crms.open(target, user, ENGLISH)


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    org_id = load_sample(database)
    people = []
    with database.write() as connection:
        workspace = connection.execute(
            table(WorkspaceRow).insert().values(domain="northlight.example", name="Northlight", created_at=now())
        ).inserted_primary_key[0]
        for number, name in enumerate(("Paul Martin", "Claire Dubois"), start=1):
            email = name.lower().replace(" ", ".") + "@northlight.example"
            row = connection.execute(
                table(PersonRow)
                .insert()
                .values(workspace_id=workspace, google_sub=str(number), email=email, name=name, aliases=[], created_at=now())
            )
            people.append(Person(row.inserted_primary_key[0], str(number), email, name))
    crms = Crms(database, "https://sidecard.example")
    yield Office(database, org_id, crms, f"embedded:{org_id}", tuple(people))


def mail(key: str = "one@mail.example") -> MailCopy:
    return MailCopy(
        message_id=key,
        subject="Quote",
        sender=Correspondent("anna.roy@ateliers-roy.example", "Anna Roy"),
        to=(Correspondent("paul.martin@northlight.example"),),
        cc=(),
        sent_at=datetime(2026, 5, 3, tzinfo=UTC),
        incoming=True,
        text="Hello",
    )


def known(office: Office, address: str) -> Record:
    return office.crm(office.people[0]).lookup([address]).matches[0].record


def at_once(jobs: list[Callable[[], T]]) -> list[T]:
    """All jobs start together."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_a_mail_is_linked_once_and_everybody_sees_it(office: Office) -> None:
    ledger, (paul, claire) = Ledger(office.database), office.people
    anna, jonas = known(office, "anna.roy@ateliers-roy.example"), known(office, "jonas.weber@weber-metallbau.example")
    first = ledger.link_once(office.crm(paul), office.org, mail(), anna, paul)
    assert isinstance(first, Linked) and first.fresh
    again = ledger.link_once(office.crm(claire), office.org, mail(), anna, claire)
    assert isinstance(again, Linked) and not again.fresh and again.link.person_name == "Paul Martin"
    other = ledger.link_once(office.crm(claire), office.org, mail(), jonas, claire)
    assert isinstance(other, LinkedElsewhere) and other.link.record_name == "Anna Roy"
    assert [entry.mail.message_id for entry in office.crm(paul).emails(anna.ref).entries].count("one@mail.example") == 1
    assert "one@mail.example" not in [entry.mail.message_id for entry in office.crm(paul).emails(jonas.ref).entries]


def test_another_organisation_has_its_own_link(office: Office) -> None:
    ledger, paul = Ledger(office.database), office.people[0]
    ledger.link_once(office.crm(paul), office.org, mail(), known(office, "anna.roy@ateliers-roy.example"), paul)
    assert ledger.find("embedded:999", "one@mail.example") is None


def test_64_links_to_different_records_at_once_make_one(office: Office) -> None:
    ledger, paul = Ledger(office.database), office.people[0]
    crm = office.crm(paul)
    records = [
        crm.create(Kind.CONTACT, {LAST_NAME: f"Person {number}", EMAIL: f"p{number}@many.example"}, f"key-{number}") for number in range(64)
    ]
    outcomes = at_once([lambda record=record: ledger.link_once(office.crm(paul), office.org, mail(), record, paul) for record in records])
    assert Counter(type(outcome) for outcome in outcomes) == {Linked: 1, LinkedElsewhere: 63}
    with office.database.read() as connection:
        links = connection.execute(select(func.count()).select_from(table(MailLinkRow))).scalar_one()
        copies = connection.execute(select(func.count()).where(table(EmailRow).c.message_id == "one@mail.example")).scalar_one()
    assert (links, copies) == (1, 1)


def test_64_links_to_one_record_at_once_make_one(office: Office) -> None:
    ledger, paul = Ledger(office.database), office.people[0]
    anna = known(office, "anna.roy@ateliers-roy.example")
    outcomes = at_once([lambda: ledger.link_once(office.crm(paul), office.org, mail(), anna, paul)] * 64)
    assert sum(isinstance(outcome, Linked) and outcome.fresh for outcome in outcomes) == 1
    assert all(isinstance(outcome, Linked | UnderWay) for outcome in outcomes)


def test_an_outage_keeps_the_link_until_it_is_delivered(office: Office) -> None:
    ledger, (paul, claire) = Ledger(office.database), office.people
    anna, jonas = known(office, "anna.roy@ateliers-roy.example"), known(office, "jonas.weber@weber-metallbau.example")
    set_condition(office.database, office.org_id, Condition.DOWN)
    kept = ledger.link_once(office.crm(paul), office.org, mail(), anna, paul)
    assert isinstance(kept, Kept) and kept.link.state is LinkState.WAITING
    set_condition(office.database, office.org_id, Condition.UP)
    assert isinstance(ledger.link_once(office.crm(claire), office.org, mail(), jonas, claire), LinkedElsewhere)
    delivered = ledger.link_once(office.crm(claire), office.org, mail(), anna, claire)
    assert isinstance(delivered, Linked) and delivered.fresh and delivered.link.person_name == "Paul Martin"
    assert ledger.find(office.org, "one@mail.example").state is LinkState.DONE


def test_what_the_crm_refuses_for_good_leaves_the_mail_free(office: Office) -> None:
    ledger, paul = Ledger(office.database), office.people[0]
    anna = known(office, "anna.roy@ateliers-roy.example")
    gone = replace(anna, ref=Ref(Kind.CONTACT, "999999"))
    with pytest.raises(NotFound):
        ledger.link_once(office.crm(paul), office.org, mail(), gone, paul)
    assert ledger.find(office.org, "one@mail.example") is None
    assert isinstance(ledger.link_once(office.crm(paul), office.org, mail(), anna, paul), Linked)


@pytest.mark.parametrize("attached_before_the_crash", [False, True])
def test_a_process_that_died_while_delivering_is_taken_over(office: Office, attached_before_the_crash: bool) -> None:
    ledger, paul = Ledger(office.database), office.people[0]
    anna = known(office, "anna.roy@ateliers-roy.example")
    crm = office.crm(paul)
    if attached_before_the_crash:
        crm.attach_email(anna.ref, mail())
    with office.database.write() as connection:
        connection.execute(
            table(MailLinkRow)
            .insert()
            .values(
                org=office.org,
                message_key="one@mail.example",
                kind="contact",
                record_id=anna.ref.id,
                record_name="Anna Roy",
                person_id=paul.id,
                person_name=paul.name,
                state="delivering",
                attempt="dead",
                made_at=now(),
                tried_at=now(),
            )
        )
    assert isinstance(ledger.link_once(crm, office.org, mail(), anna, paul), UnderWay)
    with office.database.write() as connection:
        connection.execute(update(table(MailLinkRow)).values(tried_at=now() - LONGEST_DELIVERY - timedelta(seconds=1)))
    outcomes = at_once([lambda: ledger.link_once(office.crm(paul), office.org, mail(), anna, paul)] * 8)
    assert sum(isinstance(outcome, Linked) and outcome.fresh for outcome in outcomes) == 1
    assert [entry.mail.message_id for entry in crm.emails(anna.ref).entries].count("one@mail.example") == 1


NEW = {FIRST_NAME: "Julien", LAST_NAME: "Petit", EMAIL: "julien.petit@menuiserie-petit.example", COMPANY: "Menuiserie Petit"}


def records_with(office: Office, address: str) -> int:
    with office.database.read() as connection:
        return connection.execute(select(func.count()).where(table(AddressRow).c.address == address)).scalar_one()


@pytest.mark.parametrize("one_click", [True, False], ids=["one click sent 64 times", "64 clicks"])
def test_64_adds_of_one_person_at_once_make_one_record(office: Office, one_click: bool) -> None:
    adding, (paul, claire) = Adding(office.database), office.people
    kinds = (Kind.LEAD, Kind.CONTACT)

    def add(number: int) -> object:
        person = (paul, claire)[number % 2]
        key = "k" if one_click else f"k{number}"
        kind = Kind.LEAD if one_click else kinds[number // 2 % 2]
        return adding.add_once(office.crm(person), office.org, kind, NEW, key, person)

    outcomes = at_once([lambda number=number: add(number) for number in range(64)])
    assert records_with(office, NEW[EMAIL]) == 1
    made = {outcome.record.ref for outcome in outcomes if isinstance(outcome, Added)}
    assert len(made) == 1
    if not one_click:
        assert sum(isinstance(outcome, Added) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Added | AlreadyThere | BeingAdded) for outcome in outcomes)


def test_the_same_click_later_gives_the_same_record(office: Office) -> None:
    adding, paul = Adding(office.database), office.people[0]
    first = adding.add_once(office.crm(paul), office.org, Kind.CONTACT, NEW, "click", paul)
    again = adding.add_once(office.crm(paul), office.org, Kind.CONTACT, NEW, "click", paul)
    assert isinstance(first, Added) and isinstance(again, Added) and first.record.ref == again.record.ref
    other = adding.add_once(office.crm(paul), office.org, Kind.LEAD, NEW, "another click", paul)
    assert isinstance(other, AlreadyThere) and other.matches[0].record.ref == first.record.ref


def test_a_refused_add_frees_its_addresses(office: Office) -> None:
    adding, (paul, claire) = Adding(office.database), office.people
    with pytest.raises(Rejected):
        adding.add_once(office.crm(paul), office.org, Kind.LEAD, {EMAIL: NEW[EMAIL]}, "click", paul)
    assert isinstance(adding.add_once(office.crm(claire), office.org, Kind.LEAD, NEW, "other", claire), Added)


def test_a_claim_of_a_dead_process_is_taken_over(office: Office) -> None:
    adding, paul = Adding(office.database), office.people[0]
    with office.database.write() as connection:
        connection.execute(
            table(AddClaimRow)
            .insert()
            .values(org=office.org, address=NEW[EMAIL], attempt="dead", person_name="Claire", claimed_at=now() - timedelta(minutes=5))
        )
    assert isinstance(adding.add_once(office.crm(paul), office.org, Kind.LEAD, NEW, "click", paul), Added)


def test_somebody_still_adding_is_named(office: Office) -> None:
    adding, paul = Adding(office.database), office.people[0]
    with office.database.write() as connection:
        connection.execute(
            table(AddClaimRow)
            .insert()
            .values(org=office.org, address=NEW[EMAIL], attempt="live", person_name="Claire Dubois", claimed_at=now())
        )
    assert adding.add_once(office.crm(paul), office.org, Kind.LEAD, NEW, "click", paul) == BeingAdded("Claire Dubois")
    assert records_with(office, NEW[EMAIL]) == 0


def test_no_address_no_claim(office: Office) -> None:
    adding, paul = Adding(office.database), office.people[0]
    values = {LAST_NAME: "Nameless"}
    first = adding.add_once(office.crm(paul), office.org, Kind.CONTACT, values, "click", paul)
    again = adding.add_once(office.crm(paul), office.org, Kind.CONTACT, values, "click", paul)
    assert isinstance(first, Added) and isinstance(again, Added) and first.record.ref == again.record.ref
    with office.database.read() as connection:
        assert connection.execute(select(func.count()).where(table(RecordRow).c.sort_name.like("%nameless%"))).scalar_one() <= 1
