"""Mails of a record, the latest with somebody, one mail: who sees which, in what order, at what cost."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.engine import Engine

from crm_client.records import EMAIL, SECONDARY_EMAIL, Kind, Owner, Record, Ref
from db import Database, now, table
from salesinbox.emails import MOST_COUNTED, About, Emails, Position, Reader
from salesinbox.record_addresses import RecordAddresses, addresses_of
from salesinbox.tables import MailCopyRow, MailPersonRow, MailRow, RecordAddressRow
from tenants.tables import PersonRow, WorkspaceRow
from tenants.vault import Vault
from tests.stored_mail import MORNING, StoredMailbox, raw_mail, stored_mailbox

ORG = "embedded:1"
ANNA = Ref(Kind.CONTACT, "7")
ANNAS = "anna.roy@ateliers-roy.example"
ABOUT = About(ORG, ANNA, (ANNAS,))


@dataclass
class Office:
    """Two colleagues with a mailbox each."""

    database: Database
    vault: Vault
    emails: Emails
    addresses: RecordAddresses
    paul: Reader
    claire: Reader
    pauls: StoredMailbox
    claires: StoredMailbox

    def subjects(self, reader: Reader | None = None, about: About = ABOUT, **asked: Any) -> list[str]:
        return [line.subject for line in self.emails.of_record(reader or self.paul, about, **asked).lines]


@pytest.fixture
def office(database: Database) -> Office:
    vault = Vault(("k" * 40,))
    with database.write() as connection:
        workspace = connection.execute(
            insert(table(WorkspaceRow))
            .values(domain="northlight.example", name="Northlight", created_at=now())
            .returning(table(WorkspaceRow).c.id)
        ).scalar_one()
        people = [
            connection.execute(
                insert(table(PersonRow))
                .values(
                    workspace_id=workspace,
                    google_sub=email,
                    email=email,
                    name=name,
                    aliases=[],
                    created_at=now(),
                    covered=True,
                    mailboxes=0,
                )
                .returning(table(PersonRow).c.id)
            ).scalar_one()
            for email, name in (("paul.martin@northlight.example", "Paul Martin"), ("claire.dubois@northlight.example", "Claire Dubois"))
        ]
    addresses = RecordAddresses(database)
    return Office(
        database,
        vault,
        Emails(database, vault, addresses),
        addresses,
        Reader(people[0], workspace),
        Reader(people[1], workspace),
        stored_mailbox(database, vault, people[0], workspace, "paul.martin@northlight.example"),
        stored_mailbox(database, vault, people[1], workspace, "claire.dubois@northlight.example"),
    )


def test_received_and_sent_mail_stands_newest_first_and_pages_meet(office: Office) -> None:
    office.pauls.put(*(raw_mail(f"Mail {number}", minutes=number // 2) for number in range(9)))
    office.pauls.put(raw_mail("Mine", "paul.martin@northlight.example", ANNAS, minutes=60))
    office.pauls.put(raw_mail("Of somebody else", "jonas@weber.example"), raw_mail("In copy", "jonas@weber.example", Cc=ANNAS, minutes=70))
    first = office.emails.of_record(office.paul, ABOUT, size=5)
    assert [line.subject for line in first.lines] == ["In copy", "Mine", "Mail 8", "Mail 7", "Mail 6"]
    assert [line.outgoing for line in first.lines] == [False, True, False, False, False]
    assert (first.total, first.more, [owner.name for owner in first.owners]) == (11, True, ["Paul Martin"])
    position = Position.read(str(first.lines[-1].position))
    rest = office.emails.of_record(office.paul, ABOUT, size=5, after=position)
    last = office.emails.of_record(office.paul, ABOUT, size=5, after=rest.lines[-1].position)
    assert [line.subject for line in (*rest.lines, *last.lines)] == [f"Mail {number}" for number in range(5, -1, -1)]
    assert (rest.more, last.more) == (True, False)
    mine = first.lines[1]
    assert (mine.sender.address, [box.address for box in mine.recipients]) == ("paul.martin@northlight.example", [ANNAS])
    assert mine.snippet == "Good morning"


def test_only_ones_own_mail_is_seen(office: Office) -> None:
    (hers,) = office.claires.put(raw_mail("For Claire", to="claire.dubois@northlight.example", files=(("a.pdf", b"1"),)))
    assert office.subjects(office.claire) == ["For Claire"]
    page = office.emails.of_record(office.paul, ABOUT)
    assert (page.lines, page.total, page.owners) == ((), 0, ())
    assert office.emails.open(office.paul, hers) is None and office.emails.open(office.claire, hers) is not None
    assert office.emails.recent(office.paul, (ANNAS,), 3) == ()
    assert office.emails.listed(office.paul, ABOUT, ["for-claire@mail.example"]) == frozenset()
    other = replace(office.claire, workspace_id=office.claire.workspace_id + 1)
    assert office.emails.open(other, hers) is None and office.subjects(other) == []


def test_one_mail_in_two_mailboxes_is_one_line(office: Office) -> None:
    raw = raw_mail("To both", to="paul.martin@northlight.example, claire.dubois@northlight.example")
    (one,), (two,) = office.pauls.put(raw), office.claires.put(raw)
    assert one == two and office.subjects() == ["To both"] == office.subjects(office.claire)
    # That his colleague has it too is her business.
    assert [owner.name for owner in office.emails.of_record(office.paul, ABOUT).lines[0].owners] == ["Paul Martin"]
    opened = office.emails.open(office.paul, one)
    assert opened is not None and [holder.address for holder in opened.holders] == ["paul.martin@northlight.example"]
    # Two mailboxes of one person: one line still.
    second = stored_mailbox(office.database, office.vault, office.paul.person_id, office.paul.workspace_id, "info@northlight.example")
    second.put(raw)
    page = office.emails.of_record(office.paul, ABOUT)
    assert (len(page.lines), page.total, len(page.owners)) == (1, 1, 1)
    assert office.subjects(owner=office.paul.person_id) == ["To both"] and office.subjects(owner=office.claire.person_id) == []


def test_an_address_written_twice_or_two_addresses_of_one_record_make_no_double(office: Office) -> None:
    both = replace(ABOUT, addresses=(ANNAS, "anna@home.example"))
    office.pauls.put(*(raw_mail(f"Mail {n}", to=f"{ANNAS}, anna@home.example", Cc="anna@home.example", minutes=n) for n in range(4)))
    page = office.emails.of_record(office.paul, both, size=3)
    assert ([line.subject for line in page.lines], page.more, page.total) == (["Mail 3", "Mail 2", "Mail 1"], True, 4)
    assert [one.subject for one in office.emails.recent(office.paul, both.addresses, 3)] == ["Mail 3", "Mail 2", "Mail 1"]


def test_blind_copies_are_the_senders_alone(office: Office) -> None:
    head: Any = {
        "sender": "paul.martin@northlight.example",
        "to": "claire.dubois@northlight.example",
        "message_id": "<secret@mail.example>",
    }
    (his,) = office.pauls.put(raw_mail("Quietly", **head, Bcc=ANNAS))
    (hers,) = office.claires.put(raw_mail("Quietly", **head))
    assert his == hers, "one mail, two copies"
    assert office.subjects() == ["Quietly"] and office.subjects(office.claire) == []
    for reader, blind in ((office.paul, [ANNAS]), (office.claire, [])):
        opened = office.emails.open(reader, his)
        assert opened is not None and [box.address for box in opened.bcc] == blind
        assert opened.message is not None and opened.message.bcc == ()


def record(primary: str, secondary: str = "") -> Record:
    values = {name: value for name, value in ((EMAIL, primary), (SECONDARY_EMAIL, secondary)) if value}
    return Record(ANNA, "1", values, Owner("1", "Paul Martin"), MORNING, "Paul Martin")


def test_mail_stays_under_a_record_whose_address_changes(office: Office) -> None:
    office.addresses.note(ORG, (record(ANNAS, "Anna@Home.example"),))
    office.pauls.put(raw_mail("Of old"), raw_mail("From home", "anna@home.example", minutes=1))
    moved = record("anna@new.example", "anna@home.example")
    office.addresses.note(ORG, (moved,))
    about = replace(ABOUT, addresses=addresses_of(moved))
    assert office.subjects(about=about) == ["From home", "Of old"]
    assert office.emails.listed(office.paul, about, ["of-old@mail.example", "unknown"]) == {"of-old@mail.example"}
    # Whoever has the old address now is somebody else.
    with office.database.write() as connection:
        connection.execute(
            update(table(RecordAddressRow)).where(table(RecordAddressRow).c.until.is_not(None)).values(until=MORNING - timedelta(days=1))
        )
    assert office.subjects(about=about) == ["From home"]
    # And an address that comes back is the record's again.
    office.addresses.note(ORG, (record(ANNAS),))
    assert [one.key for one in office.addresses.former(ORG, ANNA)] == ["anna@home.example", "anna@new.example"]
    assert office.addresses.former(ORG, Ref(Kind.LEAD, "7")) == ()


def test_a_record_made_later_has_its_mail_at_once_whatever_the_dots(office: Office) -> None:
    office.pauls.put(raw_mail("Hello", "Lucy <lucy.g.fern+shop@gmail.com>"))
    assert office.subjects(about=About(ORG, Ref(Kind.LEAD, "new"), ("lucygfern@googlemail.com",))) == ["Hello"]
    assert office.subjects(about=About(ORG, Ref(Kind.LEAD, "new"), ())) == []


def test_a_mail_open_in_gmail_is_recognised_for_its_owner_alone(office: Office) -> None:
    office.pauls.put(raw_mail("Known", text="All of it"), gmail_id="18c2f3a4b5d6e7f8")
    office.pauls.put(raw_mail("Headers", text="Not stored"), gmail_id="18c2f3a4b5d6e7f9", headers_only=True)
    found = office.emails.by_gmail_id(office.paul.person_id, "18c2f3a4b5d6e7f8")
    assert found is not None and (found.subject, found.text.strip()) == ("Known", "All of it")
    assert office.emails.by_gmail_id(office.claire.person_id, "18c2f3a4b5d6e7f8") is None
    assert office.emails.by_gmail_id(office.paul.person_id, "18c2f3a4b5d6e7f9") is None
    assert office.emails.by_gmail_id(office.paul.person_id, "") is None


def test_any_text_may_come_as_a_position(office: Office) -> None:
    office.pauls.put(raw_mail("Mail"))
    for text in ("", "1", "-", "a-1", "1-a", "9" * 39, "9" * 30 + "-1", "٣-1", "1-" + "9" * 30, "--1", "-5-5"):
        office.emails.of_record(office.paul, ABOUT, after=Position.read(text))


def test_a_page_reads_its_index_from_the_top_however_many_mails_there_are(office: Office) -> None:
    many(office, 3000)
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        page = office.emails.of_record(office.paul, ABOUT)
        paged = office.emails.of_record(office.paul, ABOUT, after=page.lines[-1].position)
        asked = len(statements)
        office.emails.recent(office.paul, (ANNAS,), 3)
        assert len(statements) == asked + 1, "the sidebar waits for one query"
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert (len(page.lines), page.total, paged.lines[0].position < page.lines[-1].position) == (20, None, True)
    lists = [one for one in statements if "ORDER BY mail_person.at DESC" in one[0] and "count(" not in one[0]]
    assert len(lists) == 3 and MOST_COUNTED < 3000
    for statement, parameters in lists:
        plan = explained(office.database, statement, parameters)
        assert "ix_mail_person_address" in plan, plan
        assert not re.search(r"Seq Scan on mail_person|SCAN mail_person|Bitmap", plan), plan
        if office.database.is_sqlite:
            assert "ORDER BY" not in plan.partition("MATERIALIZE")[0], plan
        else:
            assert "Sort Key: mail_person.at" not in plan, plan


def explained(database: Database, statement: str, parameters: Any) -> str:
    with database.read() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(("EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN ") + statement, parameters)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def many(office: Office, count: int) -> None:
    """Mails with Anna, and four times as many with others."""
    workspace, mailbox = office.paul.workspace_id, office.pauls.mailbox.id
    mail = {"workspace_id": workspace, "subject": "One of many", "sender": ANNAS, "sender_name": "", "snippet": "", "kind": "person"}
    mail |= {"size": 1, "files": 0, "thread": "", "made_at": MORNING}
    who = {"workspace_id": workspace, "role": "from", "place": 0, "name": "", "mailbox_id": None}
    numbers = [(number, MORNING + timedelta(minutes=number)) for number in range(1, count * 5 + 1)]

    def address(number: int) -> str:
        return ANNAS if number % 5 == 0 else f"other{number % 50}@else.example"

    rows: dict[Any, list[dict[str, object]]] = {
        MailRow: [{**mail, "id": n, "key": f"k{n}", "message_id": f"m{n}", "at": at} for n, at in numbers],
        MailPersonRow: [{**who, "mail_id": n, "at": at, "address": address(n), "address_key": address(n)} for n, at in numbers],
        MailCopyRow: [{"mailbox_id": mailbox, "outgoing": False, "gmail_id": "", "mail_id": n, "at": at} for n, at in numbers],
    }
    with office.database.write() as connection:
        for row, values in rows.items():
            connection.execute(insert(table(row)), values)
    if not office.database.is_sqlite:
        with office.database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
