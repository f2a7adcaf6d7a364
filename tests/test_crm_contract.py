"""What every adapter of the CRM port promises, asked of each of them through the port alone.

A new adapter adds its name to ADAPTERS and a way to make a `Company`; the tests stay as they are.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.defaults import READ_ONLY, SALES_REPRESENTATIVE, STANDARD
from crm_client.embedded.organisation import add_user, create_organisation, insert_profile
from crm_client.errors import Duplicate, FieldProblem, Forbidden, NotFound, Problem, Rejected, Stale
from crm_client.port import Crm
from crm_client.records import (
    CITY,
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    LEAD_SOURCE,
    PHONE,
    SECONDARY_EMAIL,
    AttachmentNote,
    Correspondent,
    FieldType,
    Hidden,
    Kind,
    MailCopy,
    Ref,
    Rights,
)
from db import Database
from i18n import ENGLISH

ANNA = {FIRST_NAME: "Anna", LAST_NAME: "Roy", COMPANY: "Ateliers Roy", EMAIL: "anna.roy@ateliers-roy.example"}
ALL = Rights(view=True, create=True, edit=True)


@dataclass(frozen=True)
class Company:
    """One empty organisation with the default fields, seen by its users; `stranger` belongs to another organisation.

    `reader` may view only; `leads_only` has every right on leads and none on contacts.
    """

    administrator: Crm
    rep: Crm
    colleague: Crm
    reader: Crm
    leads_only: Crm
    stranger: Crm


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
        administrator=crm(org_id, administrator),
        rep=user("Paul Martin", STANDARD),
        colleague=user("Claire Dubois", STANDARD),
        reader=user("Tom Becker", READ_ONLY),
        leads_only=user("Mia Brandt", "Leads only"),
        stranger=crm(other_org, stranger),
    )


ADAPTERS: dict[str, Callable[[Database], Company]] = {"embedded": embedded}


@pytest.fixture(params=sorted(ADAPTERS))
def company(request: pytest.FixtureRequest, database: Database) -> Iterator[Company]:
    yield ADAPTERS[request.param](database)


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
    assert "Trade fair" in {choice.value for choice in source.choices}
    email = contact.field(EMAIL)
    assert email is not None
    assert (email.type, email.unique, email.label) == (FieldType.EMAIL, True, "E-mail")
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
    assert company.rep.record_url(made.ref).startswith("https://")


def test_addresses_are_kept_in_lower_case_and_blank_values_not_at_all(company: Company) -> None:
    values = {**ANNA, EMAIL: " Anna.ROY@Ateliers-Roy.example ", SECONDARY_EMAIL: "A.Roy@COURRIER.example", PHONE: "  "}
    made = company.rep.create(Kind.CONTACT, values, "k1")
    assert made.value(EMAIL) == "anna.roy@ateliers-roy.example"
    assert made.value(SECONDARY_EMAIL) == "a.roy@courrier.example"
    assert PHONE not in made.values


def test_the_same_key_gives_the_same_record_again(company: Company) -> None:
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
def test_an_address_belongs_to_one_record_of_a_kind(company: Company, field: str, held: str) -> None:
    address = "shared@ateliers-roy.example"
    first = company.rep.create(Kind.CONTACT, {LAST_NAME: "Roy", held: address}, "k1")
    with pytest.raises(Duplicate) as duplicate:
        company.colleague.create(Kind.CONTACT, {LAST_NAME: "Other", field: address}, "k2")
    assert (duplicate.value.field, duplicate.value.ref, duplicate.value.name) == (field, first.ref, "Roy")
    assert company.rep.search("other").total == 0
    lead = company.colleague.create(Kind.LEAD, {LAST_NAME: "Other", COMPANY: "Roy", field: address}, "k3")
    assert {match.record.ref for match in company.rep.lookup([address]).of(address)} == {first.ref, lead.ref}
    assert company.stranger.create(Kind.CONTACT, {LAST_NAME: "Else", field: address}, "k1").name == "Else"


def test_64_clicks_at_once_make_one_record(company: Company) -> None:
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
    changed = company.colleague.update(made.ref, {PHONE: "+33 4 65 71 00 99", CITY: ""}, made.version)
    assert changed.values == {**ANNA, PHONE: "+33 4 65 71 00 99"}
    assert changed.version != made.version
    assert (changed.owner.name, changed.modified_by) == ("Paul Martin", "Claire Dubois")
    assert changed.modified_at > made.modified_at
    assert company.rep.get(made.ref) == changed


def test_a_changed_record_is_not_overwritten_blindly(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
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


def test_a_changed_address_is_found_and_the_old_one_is_free(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, {**ANNA, SECONDARY_EMAIL: "old@courrier.example"}, "k1")
    changed = company.rep.update(made.ref, {SECONDARY_EMAIL: "New@courrier.example"}, made.version)
    found = company.rep.lookup(["new@courrier.example", "old@courrier.example"])
    assert [(match.address, match.field, match.record) for match in found.matches] == [("new@courrier.example", SECONDARY_EMAIL, changed)]
    other = company.rep.create(Kind.CONTACT, {LAST_NAME: "Other", EMAIL: "old@courrier.example"}, "k2")
    swapped = company.rep.update(made.ref, {EMAIL: "new@courrier.example", SECONDARY_EMAIL: ANNA[EMAIL]}, changed.version)
    fields = {match.address: match.field for match in company.rep.lookup(["new@courrier.example", ANNA[EMAIL]]).matches}
    assert fields == {"new@courrier.example": EMAIL, ANNA[EMAIL]: SECONDARY_EMAIL}
    with pytest.raises(Duplicate) as duplicate:
        company.rep.update(made.ref, {CITY: "Lyon", EMAIL: "old@courrier.example"}, swapped.version)
    assert (duplicate.value.field, duplicate.value.ref) == (EMAIL, other.ref)
    assert company.rep.get(made.ref) == swapped
    with pytest.raises(Rejected) as refused:
        company.rep.update(made.ref, {SECONDARY_EMAIL: "new@courrier.example"}, swapped.version)
    assert problems(refused) == {SECONDARY_EMAIL: Problem.INVALID}


# --- finding


def test_lookup_gives_contacts_first_and_primary_first(company: Company) -> None:
    one, two = "one@mail.example", "two@mail.example"
    lead = company.rep.create(Kind.LEAD, {LAST_NAME: "Lead", COMPANY: "X", EMAIL: one}, "k1")
    second = company.rep.create(Kind.CONTACT, {LAST_NAME: "Second", SECONDARY_EMAIL: one}, "k2")
    first = company.rep.create(Kind.CONTACT, {LAST_NAME: "First", EMAIL: two}, "k3")
    found = company.rep.lookup([one, two, "nobody@mail.example"])
    assert [(match.address, match.field, match.record) for match in found.matches] == [
        (two, EMAIL, first),
        (one, SECONDARY_EMAIL, second),
        (one, EMAIL, lead),
    ]
    assert found.hidden == ()
    assert [match.record for match in found.of(one)] == [second, lead]
    assert company.rep.lookup([]).matches == company.rep.lookup(["nobody@mail.example"]).matches == ()
    assert company.stranger.lookup([one, two]).matches == ()


def test_search_finds_every_word_without_case_and_accents(company: Company) -> None:
    marc = company.rep.create(Kind.LEAD, {FIRST_NAME: "Marc", LAST_NAME: "Lefèvre", COMPANY: "Agencement d'Île"}, "k1")
    anna = company.rep.create(Kind.CONTACT, ANNA, "k2")
    for text in ("lefevre", "LEFÈVRE", "marc ile", "lef agen"):
        assert [record.ref for record in company.rep.search(text).records] == [marc.ref]
    assert [record.ref for record in company.rep.search("roy@ateliers").records] == [anna.ref]
    for text in ("marc roy", "%", "_", "\\", "100%"):
        assert company.rep.search(text).total == 0
    assert company.stranger.search("roy").records == ()


def test_search_gives_ten_a_page(company: Company) -> None:
    made = [company.rep.create(Kind.LEAD, {LAST_NAME: f"Stone {number:02}", COMPANY: "X"}, f"k{number}").ref for number in range(23)]
    pages = [company.rep.search("stone", page) for page in (1, 2, 3)]
    assert [ref for page in pages for ref in (record.ref for record in page.records)] == made
    assert [(len(page.records), page.page, page.next_page, page.total) for page in pages] == [
        (10, 1, 2, 23),
        (10, 2, 3, 23),
        (3, 3, None, 23),
    ]
    assert company.rep.search("stone", 9).records == ()


def test_what_does_not_exist_is_not_found(company: Company) -> None:
    for made_up in ("0", "999999", "x", "", "1 OR 1=1", "-1", "9" * 30, "²", "a\x00b"):
        ref = Ref(Kind.CONTACT, made_up)
        for call in (company.rep.get, company.rep.emails, company.rep.notes):
            with pytest.raises(NotFound):
                call(ref)
        with pytest.raises(NotFound):
            company.rep.update(ref, {CITY: "x"}, "1")
        with pytest.raises(NotFound):
            company.rep.attach_email(ref, mail())
        assert company.rep.get_many([ref]) == ()


def test_a_record_is_not_found_under_the_other_kind_nor_in_the_other_organisation(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    for crm, ref in ((company.rep, Ref(Kind.LEAD, made.ref.id)), (company.stranger, made.ref)):
        with pytest.raises(NotFound):
            crm.get(ref)
        with pytest.raises(NotFound):
            crm.update(ref, {CITY: "x"}, made.version)
        with pytest.raises(NotFound):
            crm.attach_email(ref, mail())
        assert crm.get_many([ref]) == ()


def test_get_many_keeps_the_order_asked_for(company: Company) -> None:
    refs = [company.rep.create(Kind.LEAD, {LAST_NAME: name, COMPANY: "X"}, name).ref for name in ("C", "A", "B")]
    contact = company.rep.create(Kind.CONTACT, ANNA, "k").ref
    asked = [refs[2], contact, Ref(Kind.LEAD, "999999"), refs[0], refs[1]]
    assert [record.ref for record in company.rep.get_many(asked)] == [refs[2], contact, refs[0], refs[1]]
    assert [record.ref for record in company.leads_only.get_many(asked)] == [refs[2], refs[0], refs[1]]
    assert company.rep.get_many([]) == ()


# --- rights


def test_who_may_not_view_learns_of_existence_only(company: Company) -> None:
    contact = company.rep.create(Kind.CONTACT, ANNA, "k1")
    lead = company.rep.create(Kind.LEAD, ANNA, "k2")
    found = company.leads_only.lookup([ANNA[EMAIL]])
    assert [match.record.ref for match in found.matches] == [lead.ref]
    assert found.hidden == (Hidden(ANNA[EMAIL], Kind.CONTACT),)
    assert [record.ref for record in company.leads_only.search("roy").records] == [lead.ref]
    assert company.leads_only.search("roy").total == 1
    for call in (company.leads_only.get, company.leads_only.emails, company.leads_only.notes):
        with pytest.raises(Forbidden):
            call(contact.ref)
    with pytest.raises(Forbidden):
        company.leads_only.get(Ref(Kind.CONTACT, "999999"))


def test_who_may_only_view_changes_nothing(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    seen = company.reader.get(made.ref)
    assert (seen.may_edit, seen.values) == (False, made.values)
    assert [match.record.may_edit for match in company.reader.lookup([ANNA[EMAIL]]).matches] == [False]
    with pytest.raises(Forbidden):
        company.reader.create(Kind.LEAD, ANNA, "k2")
    with pytest.raises(Forbidden):
        company.reader.update(made.ref, {CITY: "Lyon"}, made.version)
    with pytest.raises(Forbidden):
        company.reader.attach_email(made.ref, mail())
    with pytest.raises(Forbidden):
        company.leads_only.update(made.ref, {CITY: "Lyon"}, made.version)
    assert company.rep.get(made.ref) == made
    assert company.rep.emails(made.ref).total == 0


# --- mails


def test_an_attached_mail_stands_in_the_list_as_it_was(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    company.rep.attach_email(made.ref, mail())
    (entry,) = company.colleague.emails(made.ref).entries
    assert entry.mail == mail()
    assert entry.attached_by == "Paul Martin"
    assert company.rep.get(made.ref).version == made.version


def test_a_mail_is_attached_once_to_a_record(company: Company) -> None:
    anna, lead = company.rep.create(Kind.CONTACT, ANNA, "k1"), company.rep.create(Kind.LEAD, ANNA, "k2")
    together = threading.Barrier(32)

    def attach(number: int) -> None:
        together.wait()
        (company.rep, company.colleague)[number % 2].attach_email(anna.ref, mail())

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(attach, range(32)))
    company.rep.attach_email(anna.ref, mail(subject="again"))
    company.rep.attach_email(lead.ref, mail())
    assert [entry.mail.subject for entry in company.rep.emails(anna.ref).entries] == ["Halle B"]
    assert company.rep.emails(lead.ref).total == 1


def test_a_long_text_is_cut(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    company.rep.attach_email(made.ref, mail(text="é" * 40_000))
    assert company.rep.emails(made.ref).entries[0].mail.text == "é" * 32_000


def test_emails_come_newest_first_twenty_a_page(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    order = [7, *range(7), *range(8, 44)]
    for day in order:
        company.rep.attach_email(made.ref, mail(f"{day}@x.example", sent_at=start + timedelta(days=day)))
    company.rep.attach_email(made.ref, mail("undated@x.example", sent_at=None))
    pages = [company.rep.emails(made.ref, page) for page in (1, 2, 3)]
    ids = [entry.mail.message_id for page in pages for entry in page.entries]
    assert ids == ["undated@x.example", *(f"{day}@x.example" for day in reversed(range(44)))]
    assert [(len(page.entries), page.next_page, page.total) for page in pages] == [(20, 2, 45), (20, 3, 45), (5, None, 45)]
    assert pages[0].entries[0].mail.sent_at is None
