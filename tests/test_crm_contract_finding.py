"""What every adapter of the CRM port promises: finding records, rights, mails, notes and tasks. See test_crm_contract.py."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from crm_client.errors import Forbidden, NotFound
from crm_client.records import (
    CITY,
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    SECONDARY_EMAIL,
    FileVerdict,
    Hidden,
    Kind,
    Ref,
)
from tests.crm_companies import ANNA, EACH_CRM, Company, mail

pytestmark = EACH_CRM

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
    if not company.promises.searches_every_word:
        pytest.skip("this CRM has a search of its own")
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
        for call in (company.rep.get, company.rep.emails, company.rep.activity):
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
    assert found.hidden == ((Hidden(ANNA[EMAIL], Kind.CONTACT),) if company.promises.tells_of_hidden else ())
    assert [record.ref for record in company.leads_only.search("roy").records] == [lead.ref]
    assert company.leads_only.search("roy").total == 1
    for call in (company.leads_only.get, company.leads_only.emails, company.leads_only.activity):
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
    assert company.rep.emails(made.ref).entries == ()


# --- mails


def test_an_attached_mail_stands_in_the_list_as_it_was(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    verdicts = company.rep.attach_email(made.ref, mail())
    (entry,) = company.colleague.emails(made.ref).entries
    held = entry.mail
    if company.promises.lists_whole_mails:
        assert held == mail()
    assert (held.subject, held.sender, held.to) == (mail().subject, mail().sender, mail().to)
    assert [person.address for person in held.cc] == ["henri.blanc@ateliers-roy.example"]
    assert (held.sent_at, held.incoming) == (mail().sent_at, True)
    assert entry.attached_by == "Paul Martin"
    assert verdicts == (FileVerdict.NOT_READ,)
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
    assert len(company.rep.emails(lead.ref).entries) == 1


def test_a_long_text_is_cut(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    company.rep.attach_email(made.ref, mail(text="é" * 40_000))
    (entry,) = company.rep.emails(made.ref).entries
    if company.promises.lists_whole_mails:
        assert entry.mail.text == "é" * 32_000


def test_emails_come_newest_first_page_by_page(company: Company) -> None:
    made = company.rep.create(Kind.CONTACT, ANNA, "k1")
    start, size = datetime(2026, 1, 1, tzinfo=UTC), company.promises.emails_a_page
    days = 2 * size + 3
    for day in [7, *range(7), *range(8, days)]:
        company.rep.attach_email(made.ref, mail(f"{day}@x.example", subject=f"day {day}", sent_at=start + timedelta(days=day)))
    pages = [company.rep.emails(made.ref)]
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(company.rep.emails(made.ref, cursor))
    assert [entry.mail.subject for page in pages for entry in page.entries] == [f"day {day}" for day in reversed(range(days))]
    assert [(len(page.entries), page.total) for page in pages] == [
        (length, days if company.promises.lists_whole_mails else None) for length in (size, size, 3)
    ]
