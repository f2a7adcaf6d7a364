"""Which CRM a person works in, by whose permission, as the rows say it: in one query, which finds its rows by indexes."""

import pytest
from sqlalchemy import text, update

from crm_client.embedded.organisation import add_user, create_organisation
from crm_client.open import CrmKind
from db import Database, table
from tenants.connections import AdministratorFirst, Connections, NewOrganisation, OtherOrganisation
from tenants.people import Missing, Via
from tenants.policies import Policies
from tenants.policy import Policy
from tenants.roster import Roster
from tenants.tables import GrantRow
from tests.google.server import Google
from tests.headquarters import OPERATED, Headquarters, open_headquarters
from tests.zoho.organisation import Organisation
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures", "tests.google.fixtures"]

SAM = "sam.reed@harbour.example"
ROBIN = "robin.shaw@harbour.example"
KIM = "kim@gmail.com"
HARBOUR = "harbour.example"


@pytest.fixture
def hq(database: Database, google_server: Google, zoho_server: Zoho) -> Headquarters:
    hq = open_headquarters(database, google_server, zoho_server)
    google_server.licence_domain(HARBOUR)
    return hq


@pytest.fixture
def harbour(zoho_server: Zoho) -> Organisation:
    """Sam administers it, Robin is a user of it under the address he has here."""
    harbour = zoho_server.organisation("Harbour")
    harbour.user("Sam Reed", SAM, admin=True)
    harbour.user("Robin Shaw", ROBIN)
    return harbour


def shared(hq: Headquarters, harbour: Organisation) -> int:
    """Sam connects the company and shares his permission."""
    grant_id = hq.connect(SAM, harbour.users[0])
    assert Connections(hq.database).share(hq.caller(SAM).workspace.id, grant_id)
    return grant_id


def test_nobody_but_the_administrator_connects_a_company_that_installed(hq: Headquarters, harbour: Organisation) -> None:
    person, workspace = hq.somebody(ROBIN)
    held = hq.held(person, harbour.users[1])
    connections = Connections(hq.database)
    with pytest.raises(AdministratorFirst):
        connections.connect_zoho(person, workspace, held, hq.grants, lambda _connection: True)
    with pytest.raises(AdministratorFirst):
        connections.connect_embedded(person, workspace, lambda _connection: NewOrganisation("1", "1"))
    assert connections.of(workspace) is None
    assert hq.unconnected(ROBIN).missing is Missing.ADMINISTRATOR
    hq.connect(SAM, harbour.users[0])
    # From then on everybody gives his own permission.
    assert hq.unconnected(ROBIN).missing is Missing.GRANT
    assert connections.connect_zoho(person, workspace, held, hq.grants, lambda _connection: True)
    caller = hq.caller(ROBIN)
    assert (caller.via, caller.access.user_id, caller.access.shared) == (Via.OWN, harbour.users[1].id, False)


def test_a_shared_permission_serves_who_has_none_with_the_rights_of_his_own_user(hq: Headquarters, harbour: Organisation) -> None:
    grant_id = shared(hq, harbour)
    caller = hq.caller(ROBIN)
    assert (caller.via, caller.access.shared, caller.access.grant_id) == (Via.SHARED, True, grant_id)
    assert (caller.access.user_id, caller.person.name) == (harbour.users[1].id, "Robin Shaw")
    assert str(caller.access) != str(hq.caller(SAM).access)
    before = len(hq.zoho.requests)
    assert hq.caller(ROBIN) == caller
    assert len(hq.zoho.requests) == before, "who he is was kept"
    connected = Connections(hq.database).of(caller.workspace)
    assert connected is not None
    assert connected.shared_by == "Sam Reed"
    # His own permission is preferred as soon as there is one.
    own = hq.connect(ROBIN, harbour.users[1])
    caller = hq.caller(ROBIN)
    assert (caller.via, caller.access.grant_id, caller.access.shared) == (Via.OWN, own, False)


def test_who_is_no_user_of_the_crm_may_look(hq: Headquarters, harbour: Organisation) -> None:
    shared(hq, harbour)
    caller = hq.caller("new@harbour.example")
    assert (caller.via, caller.access.user_id) == (Via.SHARED, "")
    # The administrator says who he is, and that Robin is nobody.
    roster, workspace_id = Roster(hq.database), caller.workspace.id
    robin = hq.crm(SAM).users()[0]
    assert robin.name == "Robin Shaw"
    assert hq.caller(ROBIN).access.user_id == robin.id
    assert roster.match(workspace_id, "new@harbour.example", robin)
    assert roster.match(workspace_id, ROBIN, None)
    assert hq.caller("new@harbour.example").access.user_id == robin.id
    assert hq.caller(ROBIN).access.user_id == ""


def test_an_address_of_two_users_says_nothing(hq: Headquarters, harbour: Organisation) -> None:
    harbour.user("Robin Shaw (old)", ROBIN)
    shared(hq, harbour)
    assert hq.caller(ROBIN).access.user_id == ""


def test_a_share_ends_with_the_permission_and_on_request(hq: Headquarters, harbour: Organisation) -> None:
    grant_id = shared(hq, harbour)
    workspace_id = hq.caller(ROBIN).workspace.id
    connections = Connections(hq.database)
    assert connections.unshare(workspace_id)
    assert not connections.unshare(workspace_id)
    assert hq.unconnected(ROBIN).missing is Missing.GRANT
    assert connections.share(workspace_id, grant_id)
    hq.grants.end(hq.caller(SAM).person.id)
    assert hq.unconnected(ROBIN).missing is Missing.GRANT
    assert not connections.share(workspace_id, grant_id), "ended"


def test_only_a_permission_of_the_companys_people_for_its_own_crm_is_shared(hq: Headquarters, harbour: Organisation) -> None:
    of_company = hq.connect(SAM, harbour.users[0])
    paul = f"paul.martin@{OPERATED}"
    elsewhere = hq.connect(paul, harbour.user("Paul Martin", paul))
    connections, workspace_id = Connections(hq.database), hq.caller(SAM).workspace.id
    assert not connections.share(workspace_id, elsewhere)
    assert not connections.share(workspace_id, 4711)
    with hq.database.write() as connection:
        connection.execute(update(table(GrantRow)).where(table(GrantRow).c.id == of_company).values(org_id="eu.1"))
    assert not connections.share(workspace_id, of_company)


def test_a_crm_of_ones_own_is_refused_unless_the_company_allows_it(hq: Headquarters, harbour: Organisation, zoho_server: Zoho) -> None:
    hq.google.licence_domain(HARBOUR, "UNLICENSED")
    hq.identity(ROBIN)
    hq.google.licence_person(ROBIN)
    private = zoho_server.organisation("Shaw & Sons").user("Robin Shaw", ROBIN, admin=True)
    own_grant = hq.connect(ROBIN, private)
    alone = hq.caller(ROBIN)
    assert (alone.workspace.domain, alone.via, alone.refused) == (ROBIN, Via.OWN, "")
    # His company installs, and has no CRM yet.
    hq.google.licence_domain(HARBOUR)
    hq.google.licence_person(ROBIN, customer=HARBOUR)
    hq.who(SAM)
    waiting = hq.unconnected(ROBIN)
    assert (waiting.missing, waiting.refused) == (Missing.ADMINISTRATOR, "Shaw & Sons")
    shared(hq, harbour)
    caller = hq.caller(ROBIN)
    assert (caller.via, caller.refused, caller.workspace.domain) == (Via.SHARED, "Shaw & Sons", HARBOUR)
    Policies(hq.database).save(caller.workspace.id, Policy(other_organisations=True), hq.caller(SAM).person)
    allowed = hq.caller(ROBIN)
    assert (allowed.via, allowed.refused, allowed.access.grant_id) == (Via.OWN, "", own_grant)
    assert allowed.access.target == alone.access.target
    assert allowed.workspace.domain == HARBOUR
    assert allowed.policy.other_organisations
    # The company's install ends: he is where he was, under nobody's policy.
    hq.installs.end_domain(caller.workspace.id)
    hq.google.licence_domain(HARBOUR, "UNLICENSED")
    hq.google.licence_person(ROBIN)
    assert hq.caller(ROBIN) == alone


def test_another_organisation_can_be_connected_where_the_company_allows_it(
    hq: Headquarters, harbour: Organisation, zoho_server: Zoho
) -> None:
    hq.connect(SAM, harbour.users[0])
    person, workspace = hq.somebody(ROBIN)
    held = hq.held(person, zoho_server.organisation("Shaw & Sons").user("Robin Shaw", ROBIN, admin=True))
    connections = Connections(hq.database)
    with pytest.raises(OtherOrganisation):
        connections.connect_zoho(person, workspace, held, hq.grants, lambda _connection: True)
    Policies(hq.database).save(workspace.id, Policy(other_organisations=True), hq.caller(SAM).person)
    assert connections.connect_zoho(person, workspace, held, hq.grants, lambda _connection: True)
    assert hq.caller(ROBIN).access.target != hq.caller(SAM).access.target
    connected = connections.of(workspace)
    assert connected is not None
    assert connected.target == hq.caller(SAM).access.target


def test_an_embedded_crm_of_ones_own_and_of_the_company_are_two(hq: Headquarters) -> None:
    paul = f"paul.martin@{OPERATED}"
    person, workspace = hq.somebody(paul)
    org_id, user_id = create_organisation(hq.database, "Northlight", "Paul Martin", paul)
    connections = Connections(hq.database)
    assert connections.connect_embedded(person, workspace, lambda _connection: NewOrganisation(str(org_id), str(user_id)))
    company = hq.caller(paul)
    assert (company.access.target.kind, company.access.user_id) == (CrmKind.EMBEDDED, str(user_id))
    hq.installs.install_individual(person)
    hq.installs.end_domain(workspace.id)
    alone, own = hq.somebody(paul)
    assert own.domain == paul
    own_org, own_user = create_organisation(hq.database, "Paul", "Paul Martin", paul)
    assert connections.connect_embedded(alone, own, lambda _connection: NewOrganisation(str(own_org), str(own_user)))
    assert hq.caller(paul).access.target.org_id == str(own_org)
    hq.installs.resume_domain(workspace.id)
    back = hq.caller(paul)
    assert (back.access, back.refused) == (company.access, "")


def test_in_the_embedded_crm_the_roster_says_who_is_who(hq: Headquarters) -> None:
    paul, claire = f"paul.martin@{OPERATED}", f"claire.dubois@{OPERATED}"
    person, workspace = hq.somebody(paul)
    org_id, user_id = create_organisation(hq.database, "Northlight", "Paul Martin", paul)
    Connections(hq.database).connect_embedded(person, workspace, lambda _connection: NewOrganisation(str(org_id), str(user_id)))
    assert hq.unconnected(claire).missing is Missing.CRM_USER
    role, profile = hq.crm(paul).roles()[0].name, hq.crm(paul).whoami().user.profile
    other = add_user(hq.database, org_id, name="C. Dubois", email="cd@elsewhere.example", role=role, profile=profile)
    user = next(user for user in hq.crm(paul).users() if user.id == str(other))
    Roster(hq.database).match(workspace.id, claire, user)
    assert hq.caller(claire).access.user_id == str(other)


def test_somebody_known_costs_one_query_that_finds_its_rows_by_indexes(hq: Headquarters, harbour: Organisation) -> None:
    shared(hq, harbour)
    hq.caller(ROBIN)
    identity = hq.identity(ROBIN)
    with hq.queries() as asked:
        hq.directory.resolve(identity)
    assert len(asked) == 1
    with hq.queries() as asked_by_id:
        hq.directory.by_person(hq.caller(ROBIN).person.id)
    statement, parameters = asked[0]
    assert len(asked_by_id) == 2, "one of them is the one above"
    with hq.database.read() as connection:
        if hq.database.is_sqlite:
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]  # type: ignore[arg-type]
            assert [step for step in plan if step.startswith("SCAN")] == []
        else:
            # So few rows are read as a whole by choice; with that forbidden it must find a way.
            connection.execute(text("SET enable_seqscan = off"))
            plan = [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]  # type: ignore[arg-type]
            connection.execute(text("RESET enable_seqscan"))
            assert [step for step in plan if "Seq Scan" in step] == []
