"""The embedded CRM beyond the port: what it costs, its conditions, its field types, accounts, texts, list page and sample."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update
from sqlmodel import SQLModel

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.defaults import ADMINISTRATOR, DEAL_STAGES, READ_ONLY, SALES_REPRESENTATIVE, STANDARD
from crm_client.embedded.listing import list_records
from crm_client.embedded.organisation import Condition, add_user, create_organisation, find_user, set_condition
from crm_client.embedded.sample import PROJECT_TYPE, load_sample
from crm_client.embedded.tables import AddressRow, DealRow, RecordRow, UserRow
from crm_client.errors import CrmError, Forbidden, NotFound, RateLimited, Rejected, Unavailable
from crm_client.records import (
    CITY,
    COMPANY,
    EMAIL,
    LAST_NAME,
    Correspondent,
    Kind,
    MailCopy,
    NewTask,
    Ref,
)
from db import Database, table
from i18n import ENGLISH, Languages

BASE_URL = "https://crm.example"


@dataclass(frozen=True)
class Northlight:
    """The loaded sample."""

    database: Database
    org_id: int

    def crm(self, first_name: str) -> EmbeddedCrm:
        names = {"paul": "martin", "claire": "dubois", "nadia": "keller", "tom": "becker", "mia": "brandt"}
        user = find_user(self.database, self.org_id, f"{first_name}.{names[first_name]}@northlight.example")
        assert user is not None
        return EmbeddedCrm(self.database, BASE_URL, self.org_id, int(user), ENGLISH)


@pytest.fixture
def northlight(database: Database) -> Northlight:
    return Northlight(database, load_sample(database))


@pytest.fixture
def empty(database: Database) -> EmbeddedCrm:
    """Seen by the administrator of a new organisation."""
    return EmbeddedCrm(database, BASE_URL, *create_organisation(database, "Empty", "Ada", "ada@empty.example"), ENGLISH)


def mail(text: str) -> MailCopy:
    sender = Correspondent("anna.roy@ateliers-roy.example", text)
    return MailCopy("m@roy.example", text, sender, to=(sender,), cc=(), sent_at=None, incoming=True, text=text)


def rows(database: Database, name: str) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(SQLModel.metadata.tables[name])).scalar_one())


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What goes to the database, as it goes there."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


# --- what it costs


@pytest.mark.parametrize(
    ("addresses", "queries"),
    [
        (["anna.roy@courrier.example", "jonas.weber@weber-metallbau.example", "nobody@mail.example"], 3),
        (["lucia.fernandez@talleres-fernandez.example"], 2),
        (["nobody@mail.example"], 2),
    ],
)
def test_a_lookup_is_three_queries_at_most(northlight: Northlight, addresses: list[str], queries: int) -> None:
    crm = northlight.crm("paul")
    with statements(northlight.database) as seen:
        crm.lookup(addresses)
    assert len(seen) == queries


def test_lookups_read_by_index_only(northlight: Northlight) -> None:
    crm, database = northlight.crm("claire"), northlight.database
    _fill(database, northlight.org_id, 3_000)
    ref = crm.lookup(["anna.roy@ateliers-roy.example"]).matches[0].record.ref
    with statements(database) as seen:
        crm.lookup(["anna.roy@courrier.example", "emily.carter@brightworks.example", "filler7@mail.example"])
        crm.get(ref)
        crm.emails(ref)
        crm.activity(ref)
        crm.add_note(ref, "text", "key")
        crm.add_task(ref, NewTask("title"), "key")
        find_user(database, northlight.org_id, "paul.martin@northlight.example")
        crm.create(Kind.LEAD, {LAST_NAME: "New", COMPANY: "X"}, "key")
        list_records(crm, Kind.CONTACT)
    queries = [entry for entry in seen if entry[0].startswith("SELECT") and "count(" not in entry[0]]
    assert len(queries) >= 14
    for statement, parameters in queries:
        plan = _plan(database, statement, parameters)
        assert "Seq Scan" not in plan, plan
        assert "SCAN" not in plan, plan


def _plan(database: Database, statement: str, parameters: Any) -> str:
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.read() as connection:
        return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))


def _fill(database: Database, org_id: int, count: int) -> None:
    """Enough rows, and statistics of them, for the planner to choose as in real use."""
    with database.write() as connection:
        record, address = table(RecordRow), table(AddressRow)
        like = dict(connection.execute(select(record).limit(1)).mappings().one())
        ids = range(10_000, 10_000 + count)
        connection.execute(record.insert(), [{**like, "id": number, "create_key": f"filler {number}"} for number in ids])
        connection.execute(
            address.insert(),
            [
                {"org_id": org_id, "kind": "contact", "address": f"filler{n - 10_000}@mail.example", "record_id": n, "field": EMAIL}
                for n in ids
            ],
        )
        for name in ("deal", "note", "task", "email"):
            own = SQLModel.metadata.tables[f"embedded_{name}"]
            base = dict(connection.execute(select(own).limit(1)).mappings().one())
            column = "contact_id" if name == "deal" else "record_id"
            keys = ({"create_key": f"filler {n}"} if "create_key" in own.c else {} for n in ids)
            connection.execute(own.insert(), [{**base, "id": n, column: n, **key} for n, key in zip(ids, keys, strict=True)])
        for name, unique in (("org", "name"), ("role", "name"), ("profile", "name"), ("user", "email"), ("field", "name")):
            own = SQLModel.metadata.tables[f"embedded_{name}"]
            base = dict(connection.execute(select(own).limit(1)).mappings().one())
            others = {} if name == "org" else {"org_id": 10_000}
            connection.execute(own.insert(), [{**base, **others, "id": n, unique: f"filler {n}"} for n in ids])
    with database.read() as connection:
        connection.exec_driver_sql("ANALYZE")


# --- conditions and users

CALLS: dict[str, Callable[[EmbeddedCrm], object]] = {
    "whoami": lambda crm: crm.whoami(),
    "describe": lambda crm: crm.describe(Kind.LEAD),
    "lookup": lambda crm: crm.lookup([]),
    "search": lambda crm: crm.search("roy"),
    "get": lambda crm: crm.get(Ref(Kind.CONTACT, "1")),
    "get_many": lambda crm: crm.get_many([]),
    "create": lambda crm: crm.create(Kind.CONTACT, {LAST_NAME: "Zoe"}, "key"),
    "update": lambda crm: crm.update(Ref(Kind.CONTACT, "1"), {CITY: "x"}, "1"),
    "attach_email": lambda crm: crm.attach_email(Ref(Kind.CONTACT, "1"), mail("")),
    "emails": lambda crm: crm.emails(Ref(Kind.CONTACT, "1")),
    "email": lambda crm: crm.email(Ref(Kind.CONTACT, "1"), "1"),
    "activity": lambda crm: crm.activity(Ref(Kind.CONTACT, "1")),
    "add_note": lambda crm: crm.add_note(Ref(Kind.CONTACT, "1"), "text", "key"),
    "add_task": lambda crm: crm.add_task(Ref(Kind.CONTACT, "1"), NewTask("title"), "key"),
    "users": lambda crm: crm.users(),
    "roles": lambda crm: crm.roles(),
    "list": lambda crm: list_records(crm, Kind.CONTACT),
}


def _outcomes(crm: EmbeddedCrm) -> dict[str, str]:
    def outcome(call: Callable[[EmbeddedCrm], object]) -> str:
        try:
            call(crm)
        except CrmError as error:
            return type(error).__name__
        return "answered"

    return {name: outcome(call) for name, call in CALLS.items()}


def test_every_call_tells_the_condition(northlight: Northlight) -> None:
    crm = northlight.crm("paul")
    emails = rows(northlight.database, "embedded_email")
    set_condition(northlight.database, northlight.org_id, Condition.DOWN)
    assert _outcomes(crm) == dict.fromkeys(CALLS, "Unavailable")
    set_condition(northlight.database, northlight.org_id, Condition.LIMITING)
    assert _outcomes(crm) == dict.fromkeys(CALLS, "RateLimited")
    with pytest.raises(RateLimited) as limited:
        crm.whoami()
    assert limited.value.retry_after == 30
    assert rows(northlight.database, "embedded_email") == emails
    set_condition(northlight.database, northlight.org_id, Condition.UP)
    assert _outcomes(crm) == dict.fromkeys(CALLS, "answered")


def test_a_condition_is_one_organisations_own(database: Database, empty: EmbeddedCrm) -> None:
    set_condition(database, load_sample(database), Condition.DOWN)
    assert empty.whoami().organisation.name == "Empty"
    with pytest.raises(NotFound):
        set_condition(database, 10_000, Condition.UP)


def test_a_user_put_out_is_out_at_once(northlight: Northlight) -> None:
    crm = northlight.crm("paul")
    users = table(UserRow)
    with northlight.database.write() as connection:
        connection.execute(update(users).where(users.c.email == "paul.martin@northlight.example").values(active=False))
    assert _outcomes(crm) == dict.fromkeys(CALLS, "Forbidden")
    assert find_user(northlight.database, northlight.org_id, "paul.martin@northlight.example") is None
    assert "Paul Martin" not in [user.name for user in northlight.crm("claire").users()]


@pytest.mark.parametrize(("org_offset", "user_offset"), [(1, 0), (0, 1000)])
def test_a_user_nobody_knows_is_refused(database: Database, org_offset: int, user_offset: int) -> None:
    org_id, user_id = create_organisation(database, "Empty", "Ada", "ada@empty.example")
    create_organisation(database, "Another", "Bea", "bea@another.example")
    crm = EmbeddedCrm(database, BASE_URL, org_id + org_offset, user_id + user_offset, ENGLISH)
    assert _outcomes(crm) == dict.fromkeys(CALLS, "Forbidden")


def test_users_are_found_by_address_in_their_organisation(northlight: Northlight) -> None:
    database, org_id = northlight.database, northlight.org_id
    other, first = create_organisation(database, "Other", "Ada Lund", "Ada@Other.example")
    assert find_user(database, other, "ADA@other.example") == str(first)
    assert find_user(database, org_id, "ada@other.example") is None
    assert find_user(database, org_id, "fabien.caron@northlight.example") is None
    assert find_user(database, org_id, "ines.costa@northlight.example") is None
    identity = EmbeddedCrm(database, BASE_URL, other, first, ENGLISH).whoami()
    assert (identity.user.profile, identity.user.admin, identity.user.email) == (ADMINISTRATOR, True, "ada@other.example")


def test_adding_a_user_says_what_is_wrong(database: Database) -> None:
    org_id, _first = create_organisation(database, "Empty", "Ada", "ada@empty.example")
    with pytest.raises(Rejected):
        add_user(database, org_id, name="Ada again", email="ADA@empty.example", role=SALES_REPRESENTATIVE, profile=STANDARD)
    with pytest.raises(NotFound):
        add_user(database, org_id, name="Bea", email="bea@empty.example", role="Astronaut", profile=STANDARD)
    with pytest.raises(NotFound):
        add_user(database, org_id, name="Bea", email="bea@empty.example", role=SALES_REPRESENTATIVE, profile="God")
    assert rows(database, "embedded_user") == 1
    bea = add_user(database, org_id, name="Bea", email="bea@empty.example", role=SALES_REPRESENTATIVE, profile=READ_ONLY)
    assert find_user(database, org_id, "bea@empty.example") == str(bea)


def test_a_database_that_does_not_answer_is_an_outage(tmp_path: Any) -> None:
    database = Database(f"sqlite:///{tmp_path}/never-migrated.sqlite")
    crm = EmbeddedCrm(database, BASE_URL, 1, 1, ENGLISH)
    assert _outcomes(crm) == dict.fromkeys(CALLS, "Unavailable")
    with pytest.raises(Unavailable):
        find_user(database, 1, "ada@empty.example")
    with pytest.raises(Unavailable):
        load_sample(database)
    database.close()


# --- labels and pages


def test_labels_are_in_the_readers_language(northlight: Northlight) -> None:
    languages = Languages()
    user = northlight.crm("paul").whoami().user
    for tag in languages.tags:
        language = languages.pick(tag)
        layout = EmbeddedCrm(northlight.database, BASE_URL, northlight.org_id, int(user.id), language).describe(Kind.LEAD)
        email, source = layout.field(EMAIL), layout.field("lead_source")
        assert email is not None
        assert email.label == language.text("E-mail")
        assert source is not None
        assert [(choice.value, choice.label) for choice in source.choices][3] == ("Trade fair", language.text("Trade fair"))


def test_pages_out_of_range_are_empty(northlight: Northlight) -> None:
    crm = northlight.crm("paul")
    ref = crm.lookup(["anna.roy@ateliers-roy.example"]).matches[0].record.ref
    assert crm.search("e", 10**30).records == ()
    assert crm.emails(ref, str(10**15)).entries == ()
    assert list_records(crm, Kind.LEAD, 10**30).records == ()
    assert list_records(crm, Kind.LEAD, -3).page == 1


# --- list page


def test_the_list_goes_by_last_name_25_a_page(northlight: Northlight) -> None:
    pages = [list_records(northlight.crm("tom"), Kind.LEAD, page) for page in (1, 2)]
    assert [(len(page.records), page.page, page.next_page, page.total) for page in pages] == [(25, 1, 2, 34), (9, 2, None, 34)]
    names = [record.value(LAST_NAME) for page in pages for record in page.records]
    assert names[:4] == ["Baumann", "Björk", "Boyd", "Caduff"]
    assert len(set(names)) == 34
    assert {record.may_edit for record in pages[0].records} == {False}
    with pytest.raises(Forbidden):
        list_records(northlight.crm("mia"), Kind.CONTACT)


# --- sample


def test_the_sample_is_loaded_once_even_by_many_at_once(database: Database) -> None:
    together = threading.Barrier(4)

    def load(_number: int) -> int:
        together.wait()
        return load_sample(database)

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(load, range(4)))
    assert len(ids) == 1
    assert load_sample(database) in ids
    assert (rows(database, "embedded_org"), rows(database, "embedded_record")) == (1, 61)


def test_the_sample_is_the_company_the_sample_mails_speak_of(northlight: Northlight) -> None:
    paul, mia = northlight.crm("paul"), northlight.crm("mia")
    anna = paul.lookup(["anna.roy@courrier.example"]).matches[0].record
    assert (anna.name, anna.owner.name, [deal.name for deal in anna.open_deals]) == (
        "Anna Roy",
        "Paul Martin",
        ["Hall B: 120 high-bay lights", "Showroom track lighting"],
    )
    assert {deal.stage for deal in anna.open_deals} <= set(DEAL_STAGES)
    assert len(paul.activity(anna.ref).notes or ()) == 3
    assert [entry.mail.incoming for entry in paul.emails(anna.ref).entries] == [False, True]
    emily = paul.lookup(["emily.carter@brightworks.example"]).matches
    assert [(match.record.ref.kind, match.record.owner.name) for match in emily] == [
        (Kind.CONTACT, "Claire Dubois"),
        (Kind.LEAD, "Paul Martin"),
    ]
    assert [entry.kind for entry in mia.lookup(["emily.carter@brightworks.example"]).hidden] == [Kind.CONTACT]
    assert paul.lookup(["julien.petit@menuiserie-petit.example"]).matches == ()
    project_type = paul.describe(Kind.LEAD).field(PROJECT_TYPE)
    assert project_type is not None
    assert len(project_type.choices) == 4


def test_no_more_than_five_open_deals_next_closing_first(northlight: Northlight) -> None:
    crm = northlight.crm("paul")
    anna = crm.lookup(["anna.roy@ateliers-roy.example"]).matches[0].record
    deal = table(DealRow)
    with northlight.database.write() as connection:
        base = dict(connection.execute(select(deal).where(deal.c.name == "Showroom track lighting")).mappings().one())
        del base["id"]
        connection.execute(deal.insert(), [{**base, "closing_on": None, "name": f"Some day {number}"} for number in range(6)])
    names = [entry.name for entry in crm.get(anna.ref).open_deals]
    assert names == ["Hall B: 120 high-bay lights", "Showroom track lighting", "Some day 0", "Some day 1", "Some day 2"]


def test_the_operator_adds_a_user(database_url: str) -> None:
    database = Database(database_url)
    org_id, _ = create_organisation(database, "Shell", "Ada", "ada@shell.example")
    environment = {**os.environ, "SIDECARD_TRUST_ROOT": "development", "SIDECARD_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "crm_client.embedded"]

    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)

    assert f"{org_id} Shell" in ran("organisations").stdout
    added = ("add-user", "--org", str(org_id), "--email", "Bea@shell.example", "--name", "Bea")
    assert ran(*added).returncode == 0
    assert find_user(database, org_id, "bea@shell.example") is not None
    again = ran(*added)
    assert again.returncode == 1
    assert "already" in again.stderr
    database.close()
