"""The audit log: every errand leaves a line in the transaction that ends it, and nobody reads another company's."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_client.embedded.organisation import Condition, create_organisation
from crm_client.records import Kind, Ref
from db import Database, now, table
from linking.errands import NoteErrand, Work
from tenants.audit import PAGE, Action, Audit
from tenants.tables import ConnectionRow, IndividualInstallRow, WorkspaceRow
from tests.office import ANNA, NEW_PHONE, Office, errands, open_office

WORKSPACE = 1
DONE = {Work.ADD: Action.ADDED, Work.UPDATE: Action.UPDATED, Work.LINK: Action.LINKED, Work.NOTE: Action.NOTED, Work.TASK: Action.TASKED}


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database)


def test_every_errand_done_is_a_line_without_values(office: Office) -> None:
    anna = office.known(ANNA)
    for work, errand in errands(anna).items():
        office.carry_out(errand, f"click {work}")
        office.carry_out(errand, f"click {work}")
    lines = Audit(office.database).search(WORKSPACE).lines
    assert [line.action for line in reversed(lines)] == [DONE[work] for work in errands(anna)]
    assert {line.actor for line in lines} == {"Paul Martin <paul.martin@northlight.example>"}
    by_action = {line.action: line for line in lines}
    assert by_action[Action.UPDATED].subject == str(anna.ref) and by_action[Action.UPDATED].detail == "phone"
    assert by_action[Action.ADDED].subject.startswith("contact:")
    assert by_action[Action.ADDED].detail == "company, email, first_name, last_name"
    assert [line.detail for action, line in by_action.items() if action not in (Action.ADDED, Action.UPDATED)] == [""] * 3
    for value in (NEW_PHONE, "Julien", "Called back", "Send the quote", "Quote", "one@mail.example", ANNA):
        assert Audit(office.database).search(WORKSPACE, value).lines == (), value


def test_what_waits_is_a_line_only_when_it_is_done(office: Office) -> None:
    anna = office.known(ANNA)
    office.weather(Condition.DOWN)
    office.carry_out(NoteErrand(anna.ref, "Called back"))
    assert Audit(office.database).search(WORKSPACE).lines == ()
    office.weather(Condition.UP)
    office.deliver()
    office.deliver()
    assert [line.action for line in Audit(office.database).search(WORKSPACE).lines] == [Action.NOTED]


def test_work_in_ones_own_organisation_is_in_ones_own_log(office: Office) -> None:
    paul, database = office.people[0], office.database
    org_id, _user = create_organisation(database, "Paul's", paul.name, paul.email)
    with database.write() as connection:
        rows = table(WorkspaceRow)
        own = connection.execute(
            rows.insert().values(domain=paul.email, name=paul.email, created_at=now()).returning(rows.c.id)
        ).scalar_one()
        install = {"person_id": paul.id, "workspace_id": own, "state": "active", "installed_at": now(), "checked_at": now()}
        connection.execute(table(IndividualInstallRow).insert().values(install))
        connected = {"workspace_id": own, "kind": "embedded", "org_id": str(org_id), "connected_at": now()}
        connection.execute(table(ConnectionRow).insert().values(connected))
        audit = Audit(database)
        audit.note_done(connection, f"embedded:{org_id}", paul.id, Action.NOTED, Ref(Kind.LEAD, "1"))
        audit.note_done(connection, office.org, paul.id, Action.LINKED, Ref(Kind.LEAD, "2"))
        audit.note_done(connection, office.org, 999, Action.LINKED, Ref(Kind.LEAD, "3"))
    assert [line.subject for line in audit.search(own).lines] == ["lead:1"]
    assert [line.subject for line in audit.search(WORKSPACE).lines] == ["lead:2"], "and of somebody who is gone, nothing"


def test_a_line_in_somebodys_transaction_goes_with_it(office: Office) -> None:
    audit = Audit(office.database)
    with pytest.raises(RuntimeError), office.database.write() as connection:
        audit.note(WORKSPACE, None, Action.POLICY_CHANGED, "", "languages", connection)
        raise RuntimeError
    assert audit.search(WORKSPACE).lines == ()


def test_search_filter_and_pages(office: Office) -> None:
    audit, (paul, claire) = Audit(office.database), office.people
    with office.database.write() as connection:
        for number in range(PAGE + 5):
            audit.note(WORKSPACE, paul, Action.NOTED, Ref(Kind.CONTACT, str(number)), connection=connection)
        other = connection.execute(
            table(WorkspaceRow).insert().values(domain="other.example", name="Other", created_at=now()).returning(table(WorkspaceRow).c.id)
        ).scalar_one()
    audit.note(WORKSPACE, claire, Action.POLICY_CHANGED, "", "100% of_it")
    audit.note(other, None, Action.INSTALLED)
    first = audit.search(WORKSPACE)
    assert (first.lines[0].actor, len(first.lines)) == ("Claire Dubois <claire.dubois@northlight.example>", PAGE)
    second = audit.search(WORKSPACE, before=first.next_before)
    assert len(second.lines) == 6 and second.next_before is None
    assert [line.subject for line in audit.search(WORKSPACE, "TACT:12").lines] == ["contact:12"]
    assert [line.action for line in audit.search(WORKSPACE, "claire").lines] == [Action.POLICY_CHANGED]
    assert len(audit.search(WORKSPACE, "0% of_").lines) == 1 and audit.search(WORKSPACE, "0_ of%").lines == ()
    assert audit.search(WORKSPACE, "paul", Action.POLICY_CHANGED).lines == ()
    assert [line.actor for line in audit.search(other).lines] == [""]


def test_all_of_it_comes_in_order_however_long(office: Office) -> None:
    audit, paul = Audit(office.database), office.people[0]
    with office.database.write() as connection:
        for number in range(1203):
            audit.note(WORKSPACE, paul, Action.NOTED, str(number), connection=connection)
    assert [line.subject for line in audit.rows(WORKSPACE)] == [str(number) for number in range(1203)]
    assert list(audit.rows(WORKSPACE, since=now() + timedelta(minutes=1))) == []
    with office.database.read() as connection:
        assert connection.execute(select(table(WorkspaceRow).c.id)).scalars().all() == [WORKSPACE]
