"""A company's policy: kept as it was decided, and never read as more than was decided."""

import pytest
from sqlalchemy import select, update

from crm_client.records import Kind
from db import Database, now, table
from tenants.audit import Action, Audit
from tenants.people import Person
from tenants.policies import Policies, read_policy, written
from tenants.policy import DEFAULT, Policy, WhoMayConnect, WhoMayLink
from tenants.tables import PersonRow, PolicyRow, WorkspaceRow

STRICT = Policy(
    default_kind=Kind.CONTACT,
    default_source="Trade fair",
    headers_only=True,
    other_organisations=True,
    who_may_link=WhoMayLink.OWNERS,
    excluded_domains=frozenset({"bank.example", "law.example"}),
    languages=("fr", "en"),
    delegation=True,
    who_may_connect=WhoMayConnect.CRM_USERS,
    mail_days=365,
)


@pytest.fixture
def nadia(database: Database) -> Person:
    """Of workspace 1."""
    with database.write() as connection:
        for domain in ("northlight.example", "harbour.example"):
            connection.execute(table(WorkspaceRow).insert().values(domain=domain, name=domain, created_at=now()))
        person = {"workspace_id": 1, "google_sub": "3", "email": "nadia@northlight.example", "name": "Nadia Keller", "aliases": []}
        connection.execute(table(PersonRow).insert().values(**person, created_at=now()))
    return Person(1, "3", "nadia@northlight.example", "Nadia Keller")


def test_what_was_saved_is_read_by_its_company_alone(database: Database, nadia: Person) -> None:
    policies = Policies(database)
    assert policies.of(1) == DEFAULT
    assert not policies.looked_at(1)
    assert len(policies.save(1, STRICT, nadia)) == len(Policy.__slots__)
    assert policies.of(1) == STRICT
    assert policies.of(2) == DEFAULT
    assert policies.looked_at(1)
    assert policies.save(1, Policy(headers_only=True), nadia)
    assert policies.of(1) == Policy(headers_only=True)


def test_a_change_stands_in_the_audit_log_without_its_values(database: Database, nadia: Person) -> None:
    policies = Policies(database)
    assert set(policies.save(1, Policy(excluded_domains=frozenset({"bank.example"}), headers_only=True), nadia)) == {
        "excluded_domains",
        "headers_only",
    }
    assert policies.save(1, policies.of(1), nadia) == ()
    lines = Audit(database).search(1).lines
    assert [(line.action, line.actor) for line in lines] == [(Action.POLICY_CHANGED, "Nadia Keller <nadia@northlight.example>")]
    assert "headers_only" in lines[0].detail
    assert "bank.example" not in lines[0].detail


def test_what_cannot_be_read_is_not_the_defaults(database: Database, nadia: Person) -> None:
    Policies(database).save(1, STRICT, nadia)
    with database.write() as connection:
        connection.execute(update(table(PolicyRow)).values(settings='{"headers_only": "perhaps"}'))
    with pytest.raises(ValueError, match="headers_only"):
        Policies(database).of(1)


def test_a_policy_of_before_has_the_new_settings_by_default() -> None:
    assert read_policy('{"headers_only": true}') == Policy(headers_only=True)
    assert read_policy(written(STRICT)) == STRICT
    assert read_policy(None) == DEFAULT


def test_the_text_holds_no_more_than_the_policy(database: Database, nadia: Person) -> None:
    Policies(database).save(1, DEFAULT, nadia)
    with database.read() as connection:
        assert read_policy(connection.execute(select(table(PolicyRow).c.settings)).scalar_one()) == DEFAULT
