"""Erasing: everything of whom it is asked for, nothing of anybody else's, whatever dies meanwhile, and proof of it."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import SQLModel

import jobs.tables
from crm_client.embedded.organisation import Condition, create_organisation
from crm_client.embedded.tables import UserRow
from crm_client.memory import LastKnown
from crm_client.open import Access, CrmKind, Target
from crm_client.records import EMAIL, LAST_NAME, Kind, Lookup, NewTask
from db import Database, now, table
from linking.contact_erasure import ContactErasure
from linking.erasing import QUIET, Erasing, Step, go_on
from linking.errands import AddErrand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand, fingerprint
from linking.handover import Handover
from linking.ledger import Ledger
from linking.tables import MailLinkRow, OutboxRow
from linking.undo import Changes
from salesinbox.erasing import FULL_REGISTRY, MailBeside, forget_contact
from salesinbox.mailboxes import Mailbox, Mailboxes
from tenants.audit import Action, Audit
from tenants.erasure import Erasure, ErasureKind, Erasures
from tenants.installs import Installs, InstallState
from tenants.people import GoogleIdentity, Person, Workspace
from tenants.receipts import Receipts, verify
from tenants.recent import RecentRecords
from tenants.sign_in import SignInCodes
from tenants.tables import (
    AdministratorRow,
    ConnectionRow,
    DomainInstallRow,
    ErasureRow,
    IndividualInstallRow,
    PersonRow,
    PolicyRow,
    RosterRow,
    WorkspaceRow,
)
from tenants.tombstones import Buried, Tombstones
from tenants.vault import Vault
from tests.office import ANNA, NEW, VAULT_KEY, Office, mail, open_office
from tests.office_mail import OfficeMail, connect_mailboxes
from tests.test_jobs import until, worker

DIED = 9
ROOT = Path(__file__).parent.parent
CLAIRE = "claire.dubois@northlight.example"
OWN = "Claire's own CRM"


@dataclass(frozen=True)
class Everything:
    """A company of two, one of whom has Sidecard of her own besides, and something of them in every table."""

    office: Office
    erasures: Erasures
    company: Workspace
    own: Workspace
    own_target: Target
    mail: OfficeMail

    @property
    def paul(self) -> Person:
        return self.office.people[0]

    @property
    def claire(self) -> Person:
        return self.office.people[1]

    def erasing(self, at: Callable[[Step], None] = go_on, quiet: timedelta = timedelta()) -> Erasing:
        return erasing_of(self.office.database, self.erasures, at, quiet)

    def erase(self, erasure: Erasure) -> dict[str, Any]:
        """Now. What the receipt says."""
        self.erasures.hurry(erasure.id)
        assert self.erasing().run(erasure.id)
        done = self.erasures.find(erasure.id)
        assert done is not None and done.done_at is not None
        return dict(verify(done.receipt, Receipts(Vault([VAULT_KEY])).keys))

    def count(self, row: type[SQLModel]) -> int:
        with self.office.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table(row))).scalar_one())


def erasing_of(database: Database, erasures: Erasures, at: Callable[[Step], None], quiet: timedelta = timedelta()) -> Erasing:
    vault = Vault([VAULT_KEY])
    beside = MailBeside(database, Mailboxes(database, vault), nobody_consented)
    return Erasing(database, erasures, Receipts(vault), None, at, quiet, FULL_REGISTRY, beside)


def nobody_consented(mailbox: Mailbox) -> None:
    raise AssertionError(mailbox)


@pytest.fixture
def all_of_it(database: Database) -> Everything:
    return fill(open_office(database))


def fill(office: Office) -> Everything:
    database, (paul, claire) = office.database, office.people
    anna = office.known(ANNA)
    own_org, own_user = create_organisation(database, OWN, "Claire Dubois", CLAIRE)
    moment = now()
    with database.write() as connection:
        company = connection.execute(select(table(WorkspaceRow))).one()
        own = connection.execute(
            table(WorkspaceRow).insert().values(domain=CLAIRE, name=CLAIRE, created_at=moment).returning(table(WorkspaceRow).c.id)
        ).scalar_one()
        active = {"state": InstallState.ACTIVE.value, "installed_at": moment, "checked_at": moment}
        connection.execute(table(IndividualInstallRow).insert().values(person_id=claire.id, workspace_id=own, **active))
        connection.execute(
            table(ConnectionRow)
            .insert()
            .values(workspace_id=own, kind="embedded", org_id=str(own_org), connected_by=claire.id, connected_at=moment)
        )
        connection.execute(
            update(table(ConnectionRow)).where(table(ConnectionRow).c.workspace_id == company.id).values(connected_by=paul.id)
        )
        connection.execute(table(PolicyRow).insert().values(workspace_id=company.id, settings="{}", changed_at=moment))
        for person in office.people:
            connection.execute(table(AdministratorRow).insert().values(workspace_id=company.id, person_id=person.id, proven_at=moment))
            user = user_id(office, person.email)
            connection.execute(
                table(RosterRow)
                .insert()
                .values(workspace_id=company.id, email=person.email, name=person.name, crm_user_id=user, listed_at=moment)
            )
            connection.execute(update(table(PersonRow)).where(table(PersonRow).c.id == person.id).values(crm_user_id=user))
    audit = Audit(database)
    audit.note(company.id, paul, Action.PERSON_MATCHED, claire.email)
    audit.note(company.id, claire, Action.PERSON_MATCHED, paul.email)
    audit.note(own, claire, Action.CONNECTED)
    for number, person in enumerate(office.people):
        record = office.crm().create(Kind.CONTACT, {LAST_NAME: "Plain", EMAIL: f"plain{number}@mail.example"}, f"record {number}")
        office.carry_out(LinkErrand(record.ref, mail(f"done-{number}@mail.example"), ()), f"done {number}", person)
        RecentRecords(database).opened(person.id, record.ref)
        SignInCodes(database).issue(person.id, "/crm")
        Changes(database).note(office.org, person.id, record.ref, {"phone": "1"}, {"phone": "2"})
        user = user_id(office, person.email)
        LastKnown(database).remember(str(Access(office.target, user)), {ANNA: Lookup()})
    LastKnown(database).remember(f"embedded:{own_org}/{own_user}", {ANNA: Lookup()})
    office.weather(Condition.DOWN)
    for number, person in enumerate(office.people):
        office.carry_out(NoteErrand(anna.ref, "a note"), f"waits {number}", person)
        office.carry_out(LinkErrand(anna.ref, mail(f"waits-{number}@mail.example"), ()), f"waiting link {number}", person)
    office.carry_out(AddErrand(Kind.CONTACT, NEW), "add", paul)
    office.weather(Condition.UP)
    erasures = Erasures(database, Tombstones(database, Vault([VAULT_KEY])))
    workspace = Workspace(company.id, company.domain, company.name)
    boxes = connect_mailboxes(office, company.id, own)
    return Everything(office, erasures, workspace, Workspace(own, CLAIRE, CLAIRE), Target(CrmKind.EMBEDDED, str(own_org)), boxes)


def user_id(office: Office, email: str, target: Target | None = None) -> str:
    user, org_id = table(UserRow), int((target or office.target).org_id)
    with office.database.read() as connection:
        return str(connection.execute(select(user.c.id).where(user.c.org_id == org_id, user.c.email == email)).scalar_one())


def dump(database: Database) -> str:
    """Every cell of every table, as text."""
    with database.read() as connection:
        return "\n".join(
            f"{name}: {tuple(row)!r}" for name, rows in SQLModel.metadata.tables.items() for row in connection.execute(select(rows))
        )


def found(database: Database, *marks: str) -> list[str]:
    return [line[:300] for line in dump(database).splitlines() if any(mark in line for mark in marks)]


# --- the list of all tables


def test_every_table_is_on_the_list() -> None:
    assert jobs.tables.WorkerRow.__tablename__ == "worker"
    listed = [rule.table for rule in FULL_REGISTRY]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(SQLModel.metadata.tables)


def test_the_page_about_security_shows_the_list() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    embedded = [rule for rule in FULL_REGISTRY if rule.table.startswith("embedded_")]
    missing = [
        line
        for rule in FULL_REGISTRY
        if rule not in embedded and (line := f"| `{rule.table}` | {rule.holds} | {rule.stays} | {rule.goes} |") not in page
    ]
    assert missing == []


# --- a person


def test_a_person_goes_from_everywhere(all_of_it: Everything) -> None:
    paul, company, office = all_of_it.paul, all_of_it.company, all_of_it.office
    assert found(office.database, "Paul Martin", paul.email)
    anna = office.known(ANNA)
    receipt = all_of_it.erase(all_of_it.erasures.ask_person(paul, company.id, paul))
    kept = [
        line
        for line in found(office.database, "Paul Martin", paul.email, "'1'")
        if not line.startswith(("embedded_email", "embedded_note"))
    ]
    assert [line for line in kept if "Paul Martin" in line or paul.email in line] == []
    assert receipt["deleted"]["person"] == 1 and receipt["deleted"]["outbox_item"] == 4
    assert all_of_it.count(PersonRow) == 1 and {row.person_id for row in office.rows()} == {all_of_it.claire.id}
    link = Ledger(office.database).find(office.org, "done-0@mail.example")
    assert link is not None and (link.person_id, link.person_name) == (None, ""), "linked once, by somebody who is no more"
    assert Ledger(office.database).find(office.org, "waits-0@mail.example") is None, "promised by him and never done"
    assert office.crm(all_of_it.claire).get(anna.ref).ref == anna.ref
    assert all_of_it.erasures.tombstones.lies(Buried.SUB, paul.sub)
    assert all_of_it.erasures.tombstones.lies(Buried.ADDRESS, paul.email.upper())
    assert not all_of_it.erasures.tombstones.lies(Buried.SUB, all_of_it.claire.sub)


def test_the_log_stays_readable_without_his_name(all_of_it: Everything) -> None:
    paul, company = all_of_it.paul, all_of_it.company
    all_of_it.erase(all_of_it.erasures.ask_person(paul, company.id, paul))
    pseudonym = all_of_it.erasures.tombstones.hash(Buried.SUB, paul.sub)[:16]
    lines = Audit(all_of_it.office.database).search(company.id).lines
    assert {(line.action, line.subject) for line in lines if line.actor == pseudonym} >= {(Action.PERSON_MATCHED, CLAIRE)}
    assert (Action.PERSON_MATCHED, pseudonym) in {(line.action, line.subject) for line in lines if line.actor.startswith("Claire")}
    assert (lines[0].action, lines[0].actor, lines[0].detail) == (Action.ERASED, "", "person")


def test_it_can_be_called_off_until_its_day(all_of_it: Everything) -> None:
    asked = all_of_it.erasures.ask_person(all_of_it.paul, all_of_it.company.id, all_of_it.paul)
    assert not covered(all_of_it, all_of_it.paul)
    assert all_of_it.erasures.ask_person(all_of_it.paul, all_of_it.company.id, all_of_it.claire) == asked, "asked for twice is once"
    assert all_of_it.erasures.due() == ()
    before = dump(all_of_it.office.database)
    assert all_of_it.erasing().run(asked.id) and dump(all_of_it.office.database) == before, "nothing to do yet"
    assert all_of_it.erasures.call_off(asked.id) == asked
    assert covered(all_of_it, all_of_it.paul) and all_of_it.erasures.find(asked.id) is None
    again = all_of_it.erasures.ask_person(all_of_it.paul, all_of_it.company.id, all_of_it.paul)
    all_of_it.erasures.hurry(again.id)
    assert all_of_it.erasures.due() == (again.id,)
    assert all_of_it.erasures.call_off(again.id) is None, "too late"


def covered(all_of_it: Everything, person: Person) -> bool:
    with all_of_it.office.database.read() as connection:
        return bool(connection.execute(select(table(PersonRow).c.covered).where(table(PersonRow).c.id == person.id)).scalar_one())


def test_no_list_brings_him_back_only_he_himself(all_of_it: Everything) -> None:
    database, paul, stones = all_of_it.office.database, all_of_it.paul, all_of_it.erasures.tombstones
    identity = GoogleIdentity(paul.sub, paul.email, all_of_it.company.domain)
    installs = Installs(database, None, (all_of_it.company.domain,), pause_seconds=0, tombstones=stones)
    assert installs.recognise(identity)
    asked = all_of_it.erasures.ask_person(paul, all_of_it.company.id, paul)
    assert not installs.recognise(identity) and not covered(all_of_it, paul), "while it is asked for nobody works"
    assert stones.without_erased([paul.email, CLAIRE]) == {paul.email, CLAIRE}, "his day has not come"
    all_of_it.erase(asked)
    assert stones.without_erased([paul.email.upper(), CLAIRE]) == {CLAIRE}
    assert installs.recognise(identity)
    assert stones.without_erased([paul.email]) == {paul.email} and not stones.lies(Buried.SUB, paul.sub)
    with database.read() as connection:
        again = connection.execute(select(table(PersonRow)).where(table(PersonRow).c.google_sub == paul.sub)).one()
    assert again.crm_user_id is None and {row.person_id for row in all_of_it.office.rows()} == {all_of_it.claire.id}, "somebody new"


# --- two kinds of install


def test_what_is_her_own_goes_and_the_companys_stays(all_of_it: Everything) -> None:
    office, claire = all_of_it.office, all_of_it.claire
    before = {row.id for row in office.rows()}
    end_install(office.database, IndividualInstallRow)
    all_of_it.erase(all_of_it.erasures.ask_individual(claire, all_of_it.own.id))
    assert found(office.database, OWN, f"'{all_of_it.own_target}") == []
    assert {row.id for row in office.rows()} == before, "what she does for her company"
    assert office.crm(claire).get(office.known(ANNA).ref)
    assert (all_of_it.count(PersonRow), all_of_it.count(WorkspaceRow), all_of_it.count(IndividualInstallRow)) == (2, 1, 0)
    assert not all_of_it.erasures.tombstones.lies(Buried.SUB, claire.sub)


def test_she_leaves_the_company_and_keeps_her_own(all_of_it: Everything) -> None:
    office, claire, company = all_of_it.office, all_of_it.claire, all_of_it.company
    all_of_it.erase(all_of_it.erasures.ask_person(claire, company.id, all_of_it.paul))
    with office.database.read() as connection:
        row = connection.execute(select(table(PersonRow)).where(table(PersonRow).c.id == claire.id)).one()
        listed = connection.execute(select(table(RosterRow).c.email)).scalars().all()
    assert (row.workspace_id, row.covered) == (all_of_it.own.id, False) and listed == [all_of_it.paul.email]
    assert {item.person_id for item in office.rows()} == {all_of_it.paul.id}
    assert user_id(office, CLAIRE, all_of_it.own_target) and all_of_it.count(AdministratorRow) == 1
    assert [
        line for line in found(office.database, CLAIRE) if line.startswith("embedded_user: ") and f", {office.org_id}, " in line[:24]
    ] == []
    log = Audit(office.database)
    assert log.search(company.id, "claire").lines == () and log.search(all_of_it.own.id, "claire").lines != ()


def test_a_company_goes_and_her_own_stays(all_of_it: Everything) -> None:
    office, claire = all_of_it.office, all_of_it.claire
    end_install(office.database, DomainInstallRow)
    receipt = all_of_it.erase(all_of_it.erasures.ask_workspace(all_of_it.company, all_of_it.paul))
    assert found(office.database, "Paul Martin", all_of_it.paul.email, "Northlight", "done-", "waits-", f"'{office.org}", ANNA) == [
        line for line in found(office.database, ANNA) if str(all_of_it.own_target) in line
    ]
    assert receipt["deleted"]["workspace"] == 1 and receipt["deleted"]["embedded_org"] == 1
    with office.database.read() as connection:
        (row,) = connection.execute(select(table(PersonRow)))
        (connected,) = connection.execute(select(table(ConnectionRow)))
    assert (row.id, row.workspace_id, row.crm_user_id) == (claire.id, all_of_it.own.id, None)
    assert (connected.workspace_id, connected.org_id) == (all_of_it.own.id, all_of_it.own_target.org_id)
    assert user_id(office, CLAIRE, all_of_it.own_target)
    assert all_of_it.erasures.tombstones.lies(Buried.DOMAIN, all_of_it.company.domain)


def end_install(database: Database, row: type[DomainInstallRow | IndividualInstallRow], erase_at: object = None) -> None:
    with database.write() as connection:
        connection.execute(update(table(row)).values(state=InstallState.LEFT.value, ended_at=now(), erase_at=erase_at))


def test_an_install_found_ended_goes_on_its_day_unless_it_comes_back(all_of_it: Everything) -> None:
    erasures, database = all_of_it.erasures, all_of_it.office.database
    end_install(database, IndividualInstallRow, now() + timedelta(days=1))
    assert erasures.due() == ()
    end_install(database, IndividualInstallRow, now() - timedelta(seconds=1))
    (due,) = erasures.due()
    assert erasures.due() == (due,)
    with database.write() as connection:
        connection.execute(update(table(IndividualInstallRow)).values(state=InstallState.ACTIVE.value, erase_at=None))
    assert erasures.due() == () and all_of_it.count(ErasureRow) == 0, "installed again"
    end_install(database, IndividualInstallRow, now() - timedelta(seconds=1))
    (again,) = erasures.due()
    assert all_of_it.erasing().run(again)
    assert erasures.due() == () and found(database, OWN) == []


# --- dying over it


@pytest.mark.parametrize("step", list(Step))
def test_it_dies_and_another_goes_on(database: Database, database_url: str, step: Step) -> None:
    all_of_it = fill(open_office(database))
    end_install(database, DomainInstallRow)
    erasure = all_of_it.erasures.ask_workspace(all_of_it.company, all_of_it.paul)
    all_of_it.erasures.hurry(erasure.id)
    child = os.fork()
    if child == 0:
        try:
            other = Database(database_url)
            erasures = Erasures(other, Tombstones(other, Vault([VAULT_KEY])))
            erasing_of(other, erasures, lambda reached: os._exit(DIED) if reached is step else None).run(erasure.id)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DIED
    assert all_of_it.count(PersonRow) == (1 if step is Step.DONE else 2), "all or nothing"
    assert all_of_it.erasing().run(erasure.id) and all_of_it.erasing().run(erasure.id)
    done = all_of_it.erasures.find(erasure.id)
    assert done is not None
    counts = verify(done.receipt, Receipts(Vault([VAULT_KEY])).keys)["deleted"]
    assert isinstance(counts, dict) and counts["person"] == 1 and counts["outbox_item"] == 7
    assert found(database, "Northlight", all_of_it.paul.email) == []


def test_what_is_under_way_may_end_before_it_goes(all_of_it: Everything) -> None:
    erasure = all_of_it.erasures.ask_person(all_of_it.paul, all_of_it.company.id, all_of_it.paul)
    all_of_it.erasures.hurry(erasure.id)
    assert not all_of_it.erasing(quiet=timedelta(minutes=1)).run(erasure.id)
    begun = all_of_it.erasures.find(erasure.id)
    assert begun is not None and begun.begun_at is not None and timedelta(seconds=50) < begun.due_at - now() < timedelta(seconds=61)
    assert all_of_it.count(PersonRow) == 2 and all_of_it.erasures.tombstones.lies(Buried.SUB, all_of_it.paul.sub)
    assert all_of_it.erasures.call_off(erasure.id) is None, "begun is begun"


def test_a_worker_does_it(all_of_it: Everything, database_url: str) -> None:
    erasure = all_of_it.erasures.ask_person(all_of_it.paul, all_of_it.company.id, all_of_it.paul)
    moment = now()
    with all_of_it.office.database.write() as connection:
        connection.execute(update(table(ErasureRow)).values(due_at=moment, begun_at=moment - 2 * QUIET))
    with worker(database_url, "jobs"):
        until(lambda: (found := all_of_it.erasures.find(erasure.id)) is not None and found.done_at is not None, "not erased")
    assert all_of_it.count(PersonRow) == 1


# --- one contact


def test_a_contact_is_forgotten_here(all_of_it: Everything) -> None:
    office, paul = all_of_it.office, all_of_it.paul
    anna = office.known(ANNA)
    LastKnown(office.database).remember(f"{office.org}/9", {"other@mail.example": office.crm().lookup([ANNA])})
    LastKnown(office.database).remember(f"{office.org}/9", {"nobody@mail.example": Lookup()})
    other = office.crm().create(Kind.CONTACT, {LAST_NAME: "Other", EMAIL: "other@mail.example"}, "other")
    office.deliver()
    office.carry_out(LinkErrand(anna.ref, mail("annas@mail.example"), ()), "annas", paul)
    office.weather(Condition.DOWN)
    office.carry_out(UpdateErrand(anna.ref, {"phone": "77"}, {"phone": fingerprint(anna.value("phone"))}), "phone", paul)
    office.carry_out(NoteErrand(other.ref, f"Knows {ANNA}"), "names her", paul)
    office.carry_out(LinkErrand(anna.ref, mail("promised@mail.example"), ()), "promised", paul)
    office.carry_out(TaskErrand(other.ref, NewTask("Call the other")), "does not name her", paul)
    office.weather(Condition.UP)
    Changes(office.database).note(office.org, paul.id, anna.ref, {"phone": "1"}, {"phone": "77"})
    RecentRecords(office.database).opened(paul.id, anna.ref)
    vault = Vault([VAULT_KEY])
    contacts = ContactErasure(office.database, vault, all_of_it.erasures, Receipts(vault), forget_contact(office.database, vault))
    done = contacts.erase(all_of_it.company, office.target, f" {ANNA.upper()} ", (anna.ref,), paul)
    lines = [line for line in found(office.database, ANNA, anna.name) if not line.startswith("embedded_")]
    assert lines == [line for line in lines if str(all_of_it.own_target) in line], "another's own is another's"
    assert [row.key for row in office.rows() if row.payload] == ["does not name her"]
    assert RecentRecords(office.database).of(paul.id)[0] != anna.ref
    of_her = {row.message_key: row.record_name for row in links(office) if row.record_id == anna.ref.id}
    assert of_her == dict.fromkeys(("waits-0@mail.example", "waits-1@mail.example", "annas@mail.example"), ""), "linked, without the name"
    receipt = verify(found_erasure(all_of_it, done).receipt, Receipts(vault).keys)
    assert ANNA not in json.dumps(receipt) and receipt["deleted"]["record_change"] == 1  # type: ignore[call-overload]
    assert office.known(ANNA).ref == anna.ref, "the CRM's own record is the CRM's"
    contacts.erase(all_of_it.company, office.target, ANNA, (anna.ref,), paul, records_too=True)
    assert [line for line in found(office.database, anna.name, ANNA) if line.startswith(("embedded_record", "embedded_address"))] == []


def found_erasure(all_of_it: Everything, erasure: Erasure) -> Erasure:
    again = all_of_it.erasures.find(erasure.id)
    assert again is not None and again.kind is ErasureKind.CONTACT
    return again


def links(office: Office) -> list[Any]:
    with office.database.read() as connection:
        return list(connection.execute(select(table(MailLinkRow))))


# --- somebody leaves


def test_what_the_leaver_had_asked_for_is_done_by_a_colleague(all_of_it: Everything) -> None:
    office, (paul, claire) = all_of_it.office, all_of_it.office.people
    handover = Handover(office.database)
    assert handover.waiting(office.target, paul) == 3
    handed = handover.hand_over(all_of_it.company, office.target, paul, claire, by=claire)
    assert (handed.items, handed.delivering, handover.waiting(office.target, paul)) == (3, 0, 0)
    office.deliver()
    office.deliver()
    assert set(office.states()) == {"done"}
    with office.database.read() as connection:
        his = connection.execute(select(table(OutboxRow).c.key).where(table(OutboxRow).c.person_id == paul.id)).scalars().all()
    assert his == ["done 0"]
    link = Ledger(office.database).find(office.org, "waits-0@mail.example")
    assert link is not None and link.person_name == "Paul Martin", "who linked it was he"
    line = next(line for line in Audit(office.database).search(all_of_it.company.id).lines if line.action is Action.HANDED_OVER)
    assert "Paul Martin" in line.subject and line.detail.startswith("3 to Claire")
