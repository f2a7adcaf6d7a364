"""Who we are in Zoho, who works there, and who somebody is who has just consented."""

import time

import pytest

from crm_client.errors import AuthExpired, Forbidden, Unavailable
from crm_client.records import Kind, Rights
from crm_client.zoho.api import ZohoApi
from crm_client.zoho.introduction import ApiAccessMissing, Introduction, NoOrganisation, introduce
from crm_client.zoho.people import ADMINISTRATOR, People, roles, users, whoami
from crm_client.zoho.turns import Turns
from outbound import Http
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

ALL = Rights(view=True, create=True, edit=True)


@pytest.fixture(params=["enterprise", "standard"])
def northlight(request: pytest.FixtureRequest, zoho_server: Zoho) -> Organisation:
    """Large enough for composite calls, and not."""
    return zoho_server.organisation("Northlight", edition=request.param)


def api_of(server: Zoho, user: User) -> ZohoApi:
    return ZohoApi(Http(), server.tokens(), server.grant(user), Turns(processes=1, pauses=(0.0, 0.01)))


def test_whoami_tells_user_rights_and_organisation_in_one_go(zoho_server: Zoho, northlight: Organisation) -> None:
    northlight.profile("Leads only", Contacts=())
    northlight.profile("Looks", Leads=("view",), Contacts=("view",))
    rep = northlight.user("Paul Martin", "Paul.Martin@northlight.example", profile="Leads only")
    boss = northlight.user("Nadia Keller", "nadia@northlight.example", admin=True)
    looks = northlight.user("Tom Becker", "tom@northlight.example", profile="Looks")
    me = whoami(api_of(zoho_server, rep))
    assert (me.organisation.id, me.organisation.name) == (northlight.id, "Northlight")
    assert (me.user.id, me.user.name, me.user.email) == (rep.id, "Paul Martin", "paul.martin@northlight.example")
    assert (me.user.role, me.user.profile, me.user.admin, me.user.active) == ("Sales representative", "Leads only", False, True)
    assert (me.user.may(Kind.LEAD), me.user.may(Kind.CONTACT)) == (ALL, Rights())
    assert whoami(api_of(zoho_server, boss)).user.admin
    assert whoami(api_of(zoho_server, looks)).user.may(Kind.LEAD) == Rights(view=True)


def test_who_may_not_read_the_settings_has_every_right_until_zoho_says_no(zoho_server: Zoho, northlight: Organisation) -> None:
    """So it is with administrators: then the profile's name is all there is."""
    refused = faults.status(403, {"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"})
    boss = northlight.user("Nadia Keller", "nadia@northlight.example", admin=True)
    zoho_server.faults.always("GET /crm/v8/settings/modules", refused)
    me = whoami(api_of(zoho_server, boss)).user
    assert (me.may(Kind.LEAD), me.may(Kind.CONTACT), me.admin) == (ALL, ALL, True)
    assert me.profile == ADMINISTRATOR


def test_an_outage_is_not_a_person_without_rights(zoho_server: Zoho, northlight: Organisation) -> None:
    rep = northlight.user("Paul Martin", "paul@northlight.example")
    api = api_of(zoho_server, rep)
    zoho_server.faults.always("settings/modules", faults.html_page())
    with pytest.raises(Unavailable):
        whoami(api)
    zoho_server.faults.clear()
    zoho_server.accounts.revoke_all(rep)
    with pytest.raises(AuthExpired):
        whoami(api)


def test_users_are_the_active_ones_by_name_page_after_page(zoho_server: Zoho) -> None:
    organisation = zoho_server.organisation("Large")
    rep = organisation.user("Zoé Martin", "zoe@northlight.example")
    organisation.user("Élise Blanc", "elise@northlight.example", admin=True)
    organisation.user("Gone Long", "gone@northlight.example", status="inactive")
    for number in range(430):
        organisation.user(f"Fabien {number:03}", f"f{number}@northlight.example")
    found = users(api_of(zoho_server, rep))
    names = [user.name for user in found]
    assert (names[0], names[-1], len(names)) == ("Élise Blanc", "Zoé Martin", 432)
    assert names[1:-1] == sorted(names[1:-1])
    assert [user.name for user in found if user.admin] == ["Élise Blanc"]


def test_roles_come_from_the_top_and_a_refusal_is_no_empty_list(zoho_server: Zoho, northlight: Organisation) -> None:
    northlight.roles.reverse()
    rep = northlight.user("Paul Martin", "paul@northlight.example")
    placed: set[str | None] = {None}
    for role in roles(api_of(zoho_server, rep)):
        assert role.reports_to in placed
        placed.add(role.id)
    assert len(placed) == 4
    northlight.profile("Standard", setup=False)
    with pytest.raises(Forbidden):
        roles(api_of(zoho_server, rep))


def test_people_are_kept_for_each_person_apart_and_failures_are_not(zoho_server: Zoho) -> None:
    organisation = zoho_server.organisation("Northlight")
    rep = organisation.user("Paul Martin", "paul@northlight.example")
    colleague = organisation.user("Claire Dubois", "claire@northlight.example", profile="Read only")
    people, mine, hers = People(seconds=0.3), api_of(zoho_server, rep), api_of(zoho_server, colleague)
    zoho_server.faults.down(down=True)
    with pytest.raises(Unavailable):
        people.whoami(mine)
    zoho_server.faults.down(down=False)
    assert people.whoami(mine).user.may(Kind.LEAD) == ALL
    assert people.whoami(hers).user.may(Kind.LEAD) == Rights(view=True)
    asked = len(zoho_server.requests)
    assert people.whoami(mine).user.id == rep.id
    assert len(zoho_server.requests) == asked
    time.sleep(0.3)
    people.whoami(mine)
    assert len(zoho_server.requests) > asked


# --- before there is a permission


def token_of(server: Zoho, user: User) -> tuple[str, str]:
    grant = server.tokens().current(server.grant(user))
    return grant.api, grant.token


def test_an_introduction_names_user_and_organisation(zoho_server: Zoho) -> None:
    organisation = zoho_server.organisation("Northlight", edition="professional")
    rep = organisation.user("Paul Martin", "Paul.Martin@northlight.example")
    zoho_server.faults.next("/org", faults.html_page())
    assert introduce(Http(), *token_of(zoho_server, rep)) == Introduction(
        user_id=rep.id,
        user_name="Paul Martin",
        user_email="paul.martin@northlight.example",
        org_id=organisation.id,
        org_name="Northlight",
        org_domain=organisation.domain_name,
        edition="professional",
        country="",
    )


def test_a_profile_without_api_access_is_told_apart_from_other_refusals(zoho_server: Zoho) -> None:
    organisation = zoho_server.organisation("Northlight")
    rep = organisation.user("Paul Martin", "paul@northlight.example")
    organisation.profile("Standard", api=False)
    with pytest.raises(ApiAccessMissing):
        introduce(Http(), *token_of(zoho_server, rep))
    organisation.profile("Standard", api=True)
    rep.status = "inactive"
    with pytest.raises(Forbidden) as refused:
        introduce(Http(), *token_of(zoho_server, rep))
    assert not isinstance(refused.value, ApiAccessMissing)


def test_an_account_without_a_crm_and_an_outage_are_two_things(zoho_server: Zoho) -> None:
    rep = zoho_server.organisation("Northlight").user("Paul Martin", "paul@northlight.example")
    zoho_server.faults.next("/users", faults.no_content())
    with pytest.raises(NoOrganisation):
        introduce(Http(), *token_of(zoho_server, rep))
    zoho_server.faults.next("/users", faults.drop_before(), times=4)
    with pytest.raises(Unavailable):
        introduce(Http(), *token_of(zoho_server, rep))
    zoho_server.faults.clear()
    with pytest.raises(AuthExpired):
        introduce(Http(), token_of(zoho_server, rep)[0], "1000.forged")
