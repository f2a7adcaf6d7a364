"""What is installed, for whom: asked of Google at first sight and daily, ended and come back, each install by itself."""

from datetime import timedelta

import pytest

from db import Database, now
from tenants.installs import RETENTION, CannotTell, Installs, InstallState, Source
from tenants.people import Caller, GoogleIdentity, Missing, NotConnected, NotInstalled, NotTold
from tests.google.server import Google
from tests.headquarters import OPERATED, Headquarters, open_headquarters
from tests.zoho.faults import status
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures", "tests.google.fixtures"]

SAM = "sam.reed@harbour.example"
ROBIN = "robin.shaw@harbour.example"
KIM = "kim@gmail.com"
HARBOUR = "harbour.example"
DOWN = status(503, {"error": {"code": 503, "message": "unavailable", "status": "UNAVAILABLE"}})


@pytest.fixture
def hq(database: Database, google_server: Google, zoho_server: Zoho) -> Headquarters:
    return open_headquarters(database, google_server, zoho_server)


def asked(hq: Headquarters) -> int:
    return len(hq.google.asked("GET", "/appsmarket/"))


def test_nothing_installed_leaves_nothing_behind(hq: Headquarters) -> None:
    assert hq.who(SAM) == NotInstalled(hq.identity(SAM))
    assert hq.who(KIM) == NotInstalled(hq.identity(KIM))
    assert hq.directory.by_person(1) is None
    # Of a consumer no company is asked for.
    assert not hq.google.asked("GET", f"/appsmarket/v2/customerLicense/{hq.google.application_id}/gmail.com")


def test_the_operators_word_counts_without_asking(hq: Headquarters) -> None:
    who = hq.unconnected(f"paul.martin@{OPERATED}")
    assert (who.workspace.domain, who.missing) == (OPERATED, Missing.CONNECTION)
    install = hq.installs.of_domain(who.workspace.id)
    assert install is not None
    assert (install.source, install.state) == (Source.OPERATOR, InstallState.ACTIVE)
    assert asked(hq) == 0


def test_a_company_that_installed_is_recognised_and_asked_about_once(hq: Headquarters) -> None:
    hq.identity(SAM)
    hq.google.licence_domain(HARBOUR)
    who = hq.unconnected(SAM)
    # Its administrator connects the CRM, not whoever comes first.
    assert (who.workspace.domain, who.missing) == (HARBOUR, Missing.ADMINISTRATOR)
    install = hq.installs.of_domain(who.workspace.id)
    assert install is not None
    assert install.source is Source.MARKETPLACE
    before = asked(hq)
    assert hq.who(SAM) == who
    assert asked(hq) == before
    assert hq.unconnected(ROBIN).workspace == who.workspace


def test_who_is_in_no_unit_of_the_install_gets_nothing_of_the_company(hq: Headquarters) -> None:
    hq.google.person(SAM, "Sam Reed", org_unit="/Sales")
    hq.google.person(ROBIN, "Robin Shaw", org_unit="/Workshop")
    hq.google.licence_domain(HARBOUR, org_units=("/Sales",))
    assert hq.unconnected(SAM).workspace.domain == HARBOUR
    assert isinstance(hq.who(ROBIN), NotInstalled)
    # He installs for himself: a workspace of his own.
    hq.google.licence_person(ROBIN)
    assert hq.unconnected(ROBIN).workspace.domain == ROBIN
    # Sam is moved into another unit: found out within a day.
    hq.google.state.people[SAM].org_unit = "/Workshop"
    hq.a_day_later()
    hq.installs.check()
    assert not hq.covered(SAM)
    assert isinstance(hq.who(SAM), NotInstalled)


def test_an_individual_has_a_workspace_of_his_own(hq: Headquarters) -> None:
    for email in (KIM, SAM):
        hq.identity(email)
        hq.google.licence_person(email)
        who = hq.unconnected(email)
        assert (who.workspace.domain, who.missing) == (email, Missing.CONNECTION)
        install = hq.installs.of_person(who.person.id)
        assert install is not None
        assert install.workspace_id == who.workspace.id
    assert hq.unconnected(KIM).workspace != hq.unconnected(SAM).workspace


def test_while_google_does_not_answer_nobody_is_told_that_he_has_not_installed(hq: Headquarters) -> None:
    identity = hq.identity(SAM)
    hq.google.licence_domain(HARBOUR)
    hq.google.faults.always("GET /appsmarket/", DOWN)
    assert hq.who(SAM) == NotTold(identity)
    with pytest.raises(CannotTell):
        hq.installs.recognise(identity)
    hq.google.faults.clear()
    assert hq.unconnected(SAM).workspace.domain == HARBOUR
    # Who is known needs nobody's word, and a check that fails ends nothing.
    hq.google.faults.always("GET /appsmarket/", DOWN)
    hq.a_day_later()
    with pytest.raises(CannotTell):
        hq.installs.check()
    assert hq.unconnected(SAM).workspace.domain == HARBOUR


def test_a_licence_of_another_application_says_nothing_about_anybody(database: Database, google_server: Google, zoho_server: Zoho) -> None:
    hq = open_headquarters(database, google_server, zoho_server)
    google_server.state.application_id = "another"
    assert isinstance(hq.who(SAM), NotTold)


def test_the_daily_check_ends_what_is_gone_and_revives_what_is_back(hq: Headquarters) -> None:
    hq.identity(SAM)
    hq.google.licence_domain(HARBOUR)
    workspace = hq.unconnected(SAM).workspace
    assert hq.installs.check() == 0, "asked a moment ago"
    hq.google.licence_domain(HARBOUR, "UNLICENSED")
    hq.a_day_later()
    assert hq.installs.check() > 0
    assert hq.installs.check() == 0
    ended = hq.installs.of_domain(workspace.id)
    assert ended is not None
    assert ended.state is InstallState.ENDED
    assert ended.ended_at is not None
    assert ended.erase_at == ended.ended_at + RETENTION
    assert isinstance(hq.who(SAM), NotInstalled)
    assert isinstance(hq.directory.by_person(1), NotInstalled)
    # A second look does not put the day off.
    hq.a_day_later()
    hq.installs.check()
    again = hq.installs.of_domain(workspace.id)
    assert again is not None
    assert again.erase_at == ended.erase_at
    hq.google.licence_domain(HARBOUR)
    hq.a_day_later()
    hq.installs.check()
    back = hq.installs.of_domain(workspace.id)
    assert back is not None
    assert (back.state, back.erase_at, back.ended_at) == (InstallState.ACTIVE, None, None)
    assert hq.unconnected(SAM).workspace == workspace


def test_who_comes_back_does_not_wait_for_the_daily_check(hq: Headquarters) -> None:
    hq.identity(SAM)
    hq.google.licence_domain(HARBOUR)
    workspace = hq.unconnected(SAM).workspace
    hq.google.licence_domain(HARBOUR, "UNLICENSED")
    hq.a_day_later()
    hq.installs.check()
    assert isinstance(hq.who(SAM), NotInstalled)
    hq.google.licence_domain(HARBOUR)
    assert hq.unconnected(SAM).workspace == workspace


def test_neither_install_ends_with_the_other(hq: Headquarters) -> None:
    hq.identity(SAM)
    hq.google.licence_person(SAM)
    own = hq.unconnected(SAM).workspace
    assert own.domain == SAM
    # The company installs: from now on its install decides.
    hq.google.licence_domain(HARBOUR)
    hq.google.licence_person(SAM, customer=HARBOUR)
    hq.identity(ROBIN)
    company = hq.unconnected(ROBIN).workspace
    assert hq.unconnected(SAM).workspace == company
    person_id = hq.unconnected(SAM).person.id
    # The company's ends: his own is as it was.
    hq.google.licence_domain(HARBOUR, "UNLICENSED")
    hq.google.licence_person(SAM)
    hq.a_day_later()
    hq.installs.check()
    assert isinstance(hq.who(ROBIN), NotInstalled)
    assert hq.unconnected(SAM).workspace == own
    # And the other way round.
    hq.google.licence_domain(HARBOUR)
    hq.google.unlicence_person(SAM)
    hq.a_day_later()
    hq.installs.check()
    assert hq.unconnected(SAM).workspace == company
    hq.installs.end_individual(person_id)
    assert hq.unconnected(SAM).workspace == company
    hq.installs.end_domain(company.id)
    assert isinstance(hq.who(SAM), NotInstalled)


def test_what_was_left_on_request_does_not_come_back_because_google_still_has_it(hq: Headquarters) -> None:
    hq.identity(SAM)
    hq.google.licence_domain(HARBOUR)
    workspace = hq.unconnected(SAM).workspace
    at = hq.installs.end_domain(workspace.id)
    assert at is not None
    assert abs(at - now() - RETENTION) < timedelta(minutes=1)
    assert hq.installs.end_domain(workspace.id) == at, "asked twice, the first day stands"
    assert isinstance(hq.who(SAM), NotInstalled)
    hq.a_day_later()
    hq.installs.check()
    left = hq.installs.of_domain(workspace.id)
    assert left is not None
    assert (left.state, left.erase_at) == (InstallState.LEFT, at)
    # Taken away at Google too, and installed anew: that is another word.
    for state in ("UNLICENSED", "ACTIVE"):
        hq.google.licence_domain(HARBOUR, state)
        hq.a_day_later()
        hq.installs.check()
    assert hq.unconnected(SAM).workspace == workspace


def test_what_was_left_can_be_resumed(hq: Headquarters) -> None:
    hq.google.person(KIM, "Kim Novak")
    hq.google.licence_person(KIM)
    who = hq.unconnected(KIM)
    assert not hq.installs.resume_individual(who.person.id), "nothing has ended"
    assert hq.installs.end_individual(who.person.id) is not None
    assert isinstance(hq.who(KIM), NotInstalled)
    assert hq.installs.resume_individual(who.person.id)
    assert hq.who(KIM) == who
    assert hq.installs.end_domain(4711) is None
    assert not hq.installs.resume_domain(4711)


def test_an_address_given_to_somebody_else_opens_no_door(hq: Headquarters) -> None:
    hq.identity(KIM)
    hq.google.licence_person(KIM)
    first = hq.unconnected(KIM)
    # The account is gone; Google gives the address to another.
    hq.google.state.people.pop(KIM)
    hq.google.person(KIM, "Kim Other", sub="77")
    second = hq.unconnected(KIM)
    assert second.person.id != first.person.id
    assert second.workspace.id != first.workspace.id
    assert second.workspace.domain == KIM


def test_a_new_address_keeps_the_workspace_of_ones_own(hq: Headquarters) -> None:
    hq.google.person(KIM, "Kim Novak", sub="7")
    hq.google.licence_person(KIM)
    before = hq.unconnected(KIM)
    hq.google.state.people.pop(KIM)
    hq.google.person("kim.novak@gmail.com", "Kim Novak", sub="7")
    hq.google.licence_person("kim.novak@gmail.com")
    after = hq.unconnected("kim.novak@gmail.com")
    assert (after.person.id, after.workspace.id) == (before.person.id, before.workspace.id)
    assert after.workspace.domain == "kim.novak@gmail.com"


def test_who_moves_to_a_company_without_sidecard_leaves_the_old_one(hq: Headquarters) -> None:
    hq.google.person(f"sam@{OPERATED}", "Sam", sub="7")
    before = hq.unconnected(f"sam@{OPERATED}")
    moved = GoogleIdentity("7", "sam@elsewhere.example", "elsewhere.example")
    hq.google.person(moved.email, "Sam", sub="7")
    assert isinstance(hq.directory.resolve(moved), NotInstalled)
    # His session in the console shows nothing of the old company either.
    assert isinstance(hq.directory.by_person(before.person.id), NotInstalled)


def test_for_whom_nothing_is_installed_google_is_asked_once_a_minute(database: Database, google_server: Google, zoho_server: Zoho) -> None:
    hq = open_headquarters(database, google_server, zoho_server, pause_seconds=60)
    assert isinstance(hq.who(SAM), NotInstalled)
    before = asked(hq)
    assert isinstance(hq.who(SAM), NotInstalled)
    assert asked(hq) == before
    assert hq.unconnected(f"paul.martin@{OPERATED}")


def test_without_a_marketplace_application_the_record_stands(database: Database, hq: Headquarters) -> None:
    who = hq.unconnected(f"paul.martin@{OPERATED}")
    plain = Installs(database, None)
    hq.a_day_later()
    assert plain.check() > 0
    install = plain.of_domain(who.workspace.id)
    assert install is not None
    assert install.state is InstallState.ACTIVE
    assert plain.recognise(GoogleIdentity("9", f"claire.dubois@{OPERATED}", OPERATED))
    assert not plain.recognise(GoogleIdentity("10", SAM, HARBOUR))


def test_a_domain_the_operator_no_longer_names_is_googles_to_tell(database: Database, hq: Headquarters, google_server: Google) -> None:
    paul = f"paul.martin@{OPERATED}"
    who = hq.unconnected(paul)
    later = open_headquarters(database, google_server, hq.zoho, operated=())
    hq.a_day_later()
    later.installs.check()
    install = later.installs.of_domain(who.workspace.id)
    assert install is not None
    assert install.state is InstallState.ENDED


def test_a_person_with_his_own_install_can_be_made_by_hand(hq: Headquarters) -> None:
    person = hq.unconnected(f"paul.martin@{OPERATED}").person
    workspace_id = hq.installs.install_individual(person)
    assert hq.installs.install_individual(person) == workspace_id
    who = hq.who(person.email)
    assert isinstance(who, NotConnected | Caller)
    assert who.workspace.domain == OPERATED, "the company's install decides"
