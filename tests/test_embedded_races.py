"""Accounts and addresses of the embedded CRM, above all when many write at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import SQLModel

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.defaults import SALES_REPRESENTATIVE, STANDARD
from crm_client.embedded.organisation import add_user, create_organisation
from crm_client.embedded.tables import AccountRow, ProfileRow, RecordRow
from crm_client.errors import CrmError, Duplicate, Forbidden
from crm_client.records import (
    COMPANY,
    EMAIL,
    LAST_NAME,
    SECONDARY_EMAIL,
    Kind,
    Ref,
)
from db import Database, table
from i18n import ENGLISH

BASE_URL = "https://crm.example"


@pytest.fixture
def empty(database: Database) -> EmbeddedCrm:
    """Seen by the administrator of a new organisation."""
    return EmbeddedCrm(database, BASE_URL, *create_organisation(database, "Empty", "Ada", "ada@empty.example"), ENGLISH)


def rows(database: Database, name: str) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(SQLModel.metadata.tables[name])).scalar_one())


# --- accounts


def _accounts(database: Database) -> list[tuple[str, int]]:
    account, record = table(AccountRow), table(RecordRow)
    query = select(account.c.name, func.count(record.c.id)).outerjoin(record, record.c.account_id == account.c.id).group_by(account.c.name)
    with database.read() as connection:
        return sorted((row[0], row[1]) for row in connection.execute(query))


def test_contacts_share_the_account_of_their_company_and_leads_have_none(database: Database, empty: EmbeddedCrm) -> None:
    anna = empty.create(Kind.CONTACT, {LAST_NAME: "Roy", COMPANY: "Ateliers  Roy"}, "k1")
    empty.create(Kind.CONTACT, {LAST_NAME: "Blanc", COMPANY: "Ateliers Roy"}, "k2")
    empty.create(Kind.LEAD, {LAST_NAME: "Petit", COMPANY: "Menuiserie Petit"}, "k3")
    assert _accounts(database) == [("Ateliers Roy", 2)]
    moved = empty.update(anna.ref, {COMPANY: "Roy & Filles"}, anna.version)
    assert _accounts(database) == [("Ateliers Roy", 1), ("Roy & Filles", 1)]
    empty.update(anna.ref, {COMPANY: ""}, moved.version)
    assert _accounts(database) == [("Ateliers Roy", 1), ("Roy & Filles", 0)]


def test_32_contacts_of_a_new_company_make_one_account(database: Database, empty: EmbeddedCrm) -> None:
    together = threading.Barrier(32)

    def add(number: int) -> None:
        together.wait()
        empty.create(Kind.CONTACT, {LAST_NAME: f"Person {number}", COMPANY: "Ateliers Roy"}, f"k{number}")

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(add, range(32)))
    assert _accounts(database) == [("Ateliers Roy", 32)]


# --- addresses


def test_a_duplicate_of_what_one_may_not_see_tells_nothing(database: Database) -> None:
    org_id, first = create_organisation(database, "Empty", "Ada", "ada@empty.example")
    profile = table(ProfileRow)
    with database.write() as connection:
        rights = {"contact": ["create"], "lead": ["view"]}
        connection.execute(update(profile).where(profile.c.org_id == org_id, profile.c.name == STANDARD).values(rights=rights))
    blind = EmbeddedCrm(
        database,
        BASE_URL,
        org_id,
        add_user(database, org_id, name="Bea", email="bea@empty.example", role=SALES_REPRESENTATIVE, profile=STANDARD),
        ENGLISH,
    )
    EmbeddedCrm(database, BASE_URL, org_id, first, ENGLISH).create(Kind.CONTACT, {LAST_NAME: "Secret", EMAIL: "s@mail.example"}, "k1")
    with pytest.raises(Duplicate) as duplicate:
        blind.create(Kind.CONTACT, {LAST_NAME: "Roy", EMAIL: "s@mail.example"}, "k2")
    assert (duplicate.value.field, duplicate.value.ref, duplicate.value.name) == (EMAIL, None, "")
    assert blind.create(Kind.CONTACT, {LAST_NAME: "Roy"}, "k3").name == "Roy"
    with pytest.raises(Forbidden):
        blind.update(Ref(Kind.CONTACT, "1"), {LAST_NAME: "x"}, "1")


def test_crossed_addresses_at_once_end_in_one_record_and_no_deadlock(database: Database, empty: EmbeddedCrm) -> None:
    pair = ("a@mail.example", "b@mail.example")
    for turn in range(6):
        together = threading.Barrier(16)

        def add(number: int, turn: int = turn, together: threading.Barrier = together) -> bool:
            one, two = pair if number % 2 else reversed(pair)
            values = {LAST_NAME: "Roy", COMPANY: f"C{number}", EMAIL: f"{turn}{one}", SECONDARY_EMAIL: f"{turn}{two}"}
            together.wait()
            try:
                empty.create(Kind.CONTACT, values, f"{turn} {number}")
            except Duplicate:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(add, range(16))).count(True) == 1
    assert (rows(database, "embedded_record"), rows(database, "embedded_address")) == (6, 12)


def test_two_records_that_trade_addresses_at_once_do_not_deadlock(database: Database, empty: EmbeddedCrm) -> None:
    for turn in range(10):
        emails = [f"{turn}a@mail.example", f"{turn}b@mail.example"]
        pair = [empty.create(Kind.CONTACT, {LAST_NAME: "Roy", EMAIL: email}, email) for email in emails]
        together = threading.Barrier(2)

        def swap(
            number: int, emails: list[str] = emails, pair: list[Any] = pair, together: threading.Barrier = together
        ) -> type[CrmError] | None:
            together.wait()
            try:
                empty.update(pair[number].ref, {EMAIL: emails[1 - number]}, pair[number].version)
            except CrmError as error:
                return type(error)
            return None

        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(swap, range(2))) <= {None, Duplicate}
        found = empty.lookup(emails)
        assert [match.address for match in found.matches] == [match.record.value(EMAIL) for match in found.matches]
        assert len(found.matches) == 2
