"""How the embedded CRM judges and keeps values, type by type."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.organisation import create_organisation, insert_field
from crm_client.embedded.tables import FieldRow
from crm_client.errors import Problem, Rejected
from crm_client.records import (
    CITY,
    COMPANY,
    DESCRIPTION,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    MOBILE,
    PHONE,
    WEBSITE,
    Correspondent,
    Field,
    FieldType,
    Kind,
    MailCopy,
)
from db import Database, table
from i18n import ENGLISH

BASE_URL = "https://crm.example"


@pytest.fixture
def empty(database: Database) -> EmbeddedCrm:
    """Seen by the administrator of a new organisation."""
    return EmbeddedCrm(database, BASE_URL, *create_organisation(database, "Empty", "Ada", "ada@empty.example"), ENGLISH)


@pytest.fixture
def typed(database: Database, empty: EmbeddedCrm) -> EmbeddedCrm:
    """An organisation with a field of every type on its contacts."""
    fields = [
        Field("visit_on", "Visit on", FieldType.DATE),
        Field("budget", "Budget", FieldType.NUMBER, max_length=12),
        Field("newsletter", "Newsletter", FieldType.BOOLEAN),
        Field("customer_number", "Customer number", FieldType.TEXT, read_only=True),
        Field(WEBSITE, "Website", FieldType.URL),
    ]
    with database.write() as connection:
        for position, field in enumerate(fields):
            insert_field(connection, int(empty.whoami().organisation.id), Kind.CONTACT, field, 1000 + position)
    return empty


CASES: tuple[tuple[str, str, str | Problem], ...] = (
    ("visit_on", "2026-05-03", "2026-05-03"),
    ("visit_on", "20260503", "2026-05-03"),
    ("visit_on", "2026-02-30", Problem.NOT_A_DATE),
    ("visit_on", "3.5.2026", Problem.NOT_A_DATE),
    ("budget", "-1200.50", "-1200.50"),
    ("budget", "1e5", Problem.NOT_A_NUMBER),
    ("budget", "NaN", Problem.NOT_A_NUMBER),
    ("budget", "1,5", Problem.NOT_A_NUMBER),
    ("budget", "1234567890123", Problem.TOO_LONG),
    ("newsletter", "true", "true"),
    ("newsletter", "false", ""),
    ("newsletter", "yes", Problem.INVALID),
    ("customer_number", "C-1", Problem.READ_ONLY),
    (WEBSITE, "www.roy.example/shop?a=b", "www.roy.example/shop?a=b"),
    (WEBSITE, "HTTPS://roy.example:8443", "HTTPS://roy.example:8443"),
    (WEBSITE, "javascript:alert(1)", Problem.INVALID),
    (WEBSITE, "ftp://roy.example", Problem.INVALID),
    (PHONE, "+33 4 65 71 00 12 (ext. 3)", "+33 4 65 71 00 12 (ext. 3)"),
    (PHONE, "ask Henri", Problem.INVALID),
    (PHONE, "1" * 41, Problem.TOO_LONG),
    (EMAIL, "Zoë@müller-søn.example", "zoë@müller-søn.example"),
    (EMAIL, "o'hara+list@mail.example", "o'hara+list@mail.example"),
    (EMAIL, "two@at@mail.example", Problem.NOT_AN_ADDRESS),
    (EMAIL, "a b@mail.example", Problem.NOT_AN_ADDRESS),
    (EMAIL, "ro\u202ey@mail.example", Problem.NOT_AN_ADDRESS),
    (EMAIL, "x" * 65 + "@mail.example", Problem.NOT_AN_ADDRESS),
    (EMAIL, "roy@-mail.example", Problem.NOT_AN_ADDRESS),
    (CITY, "  Saint-\tÉtienne\n", "Saint- Étienne"),
    (CITY, "Ly\x00on", "Ly on"),
    (DESCRIPTION, "one\r\ntwo\x00\x1b\tthree\n", "one\ntwo\tthree"),
    (DESCRIPTION, "half \ud83d surrogate", "half  surrogate"),
    (FIRST_NAME, "\x00\n", ""),
)


def test_values_are_kept_or_refused_by_their_type(typed: EmbeddedCrm) -> None:
    outcomes = [(field, given, _created(typed, field, given)) for field, given, _expected in CASES]
    assert outcomes == list(CASES)


def test_a_change_is_judged_like_a_new_value(typed: EmbeddedCrm) -> None:
    outcomes = [(field, given, _changed(typed, field, given)) for field, given, _expected in CASES]
    assert outcomes == list(CASES)


def _created(crm: EmbeddedCrm, field: str, given: str) -> str | Problem:
    try:
        return crm.create(Kind.CONTACT, {LAST_NAME: "Roy", field: given}, f"{field} {given!r}").value(field)
    except Rejected as refused:
        return _only_problem(refused, field)


def _changed(crm: EmbeddedCrm, field: str, given: str) -> str | Problem:
    made = crm.create(Kind.CONTACT, {LAST_NAME: "Roy"}, f"{field} {given!r}")
    try:
        return crm.update(made.ref, {field: given}, made.version).value(field)
    except Rejected as refused:
        assert crm.get(made.ref) == made
        return _only_problem(refused, field)


def _only_problem(refused: Rejected, field: str) -> Problem:
    (entry,) = refused.fields
    assert entry.field == field
    assert (entry.limit is not None) == (entry.problem is Problem.TOO_LONG)
    return entry.problem


def test_problems_come_in_the_order_of_the_form(typed: EmbeddedCrm) -> None:
    with pytest.raises(Rejected) as refused:
        typed.create(Kind.CONTACT, {"zzz": "1", "budget": "x", PHONE: "x", EMAIL: "x"}, "key")
    assert [entry.field for entry in refused.value.fields] == [LAST_NAME, EMAIL, PHONE, "budget", "zzz"]


def test_a_record_older_than_a_rule_can_still_be_changed(database: Database, empty: EmbeddedCrm) -> None:
    made = empty.create(Kind.CONTACT, {LAST_NAME: "Roy"}, "key")
    field = table(FieldRow)
    with database.write() as connection:
        connection.execute(update(field).where(field.c.kind == "contact", field.c.name == MOBILE).values(mandatory=True))
    assert empty.update(made.ref, {CITY: "Lyon"}, made.version).value(CITY) == "Lyon"
    with pytest.raises(Rejected):
        empty.create(Kind.CONTACT, {LAST_NAME: "Blanc"}, "key 2")


def test_an_update_that_changes_nothing_leaves_the_version(empty: EmbeddedCrm) -> None:
    made = empty.create(Kind.CONTACT, {LAST_NAME: "Roy", EMAIL: "roy@mail.example"}, "key")
    assert empty.update(made.ref, {LAST_NAME: " Roy ", EMAIL: "ROY@mail.example", CITY: ""}, made.version) == made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_is_kept_found_or_refused_but_never_breaks_the_database(empty: EmbeddedCrm, text: str) -> None:
    empty.search(text)
    empty.lookup([text])
    try:
        made = empty.create(Kind.LEAD, {LAST_NAME: text, COMPANY: text, DESCRIPTION: text}, f"key of {text!r}")
    except Rejected as refused:
        assert {entry.problem for entry in refused.fields} == {Problem.MISSING}
        return
    sender = Correspondent("a@b.example", text)
    empty.attach_email(made.ref, MailCopy("m@x.example", text, sender, to=(sender,), cc=(), sent_at=None, incoming=True, text=text))
    assert empty.get(made.ref) == made
    assert empty.emails(made.ref).total == 1
