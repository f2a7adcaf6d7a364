"""An administrator's connection, used for a colleague: he may do what he might do himself, as far as the CRM tells, and no more."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.defaults import READ_ONLY, SALES_REPRESENTATIVE, STANDARD
from crm_client.embedded.organisation import add_user, create_organisation, insert_profile
from crm_client.errors import CrmError, Duplicate, Forbidden, Rejected, Stale, Unavailable
from crm_client.looking import LookingCrm
from crm_client.port import Crm
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, MOBILE, PHONE, Hidden, Kind, NewTask, Record, Rights
from crm_client.restricted import RestrictedCrm
from crm_client.standing import Shareable
from crm_client.zoho.service import Zoho as ZohoCrms
from db import Database
from i18n import ENGLISH
from outbound import Http
from tests.crm_companies import mail
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

ANNA, HENRI = "anna.roy@ateliers-roy.example", "henri.blanc@ateliers-roy.example"
ALL = Rights(view=True, create=True, edit=True)
REFUSED = faults.status(403, {"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"})


@dataclass
class Northlight:
    """At Zoho: Nadia administers, Claire leads the sales representatives Paul and Tom. Anna's contact is Paul's, Henri's Claire's."""

    server: Zoho
    organisation: Organisation
    service: ZohoCrms
    nadia: User
    claire: User
    paul: User
    tom: User
    anna: str
    henri: str

    @property
    def administrator(self) -> Shareable:
        return self.service.open(self.server.grant(self.nadia), ENGLISH)

    def crm(self, user: User) -> RestrictedCrm:
        return RestrictedCrm(self.administrator, user.id)

    def afresh(self) -> None:
        """Ten minutes later."""
        self.service = ZohoCrms(Http(), self.server.tokens(), processes=1, pauses=(0.0, 0.01))


@pytest.fixture
def northlight(zoho_server: Zoho) -> Northlight:
    organisation = zoho_server.organisation("Northlight")
    nadia = organisation.user("Nadia Keller", "nadia.keller@northlight.example", admin=True, role="CEO")
    claire = organisation.user("Claire Dubois", "claire.dubois@northlight.example", role="Sales manager")
    paul = organisation.user("Paul Martin", "paul.martin@northlight.example")
    tom = organisation.user("Tom Becker", "tom.becker@northlight.example", profile="Read only")
    anna = organisation.record("Contacts", paul, First_Name="Anna", Last_Name="Roy", Email=ANNA, Phone="+33 1 23", Mobile="+33 6 45")
    henri = organisation.record("Contacts", claire, First_Name="Henri", Last_Name="Blanc", Email=HENRI)
    organisation.search_delay = 0.0
    service = ZohoCrms(Http(), zoho_server.tokens(), processes=1, pauses=(0.0, 0.01))
    return Northlight(zoho_server, organisation, service, nadia, claire, paul, tom, anna, henri)


def of(crm: Crm, address: str) -> Record:
    return crm.lookup([address]).matches[0].record


def everything(crm: Crm, record: Record) -> dict[str, Callable[[], object]]:
    """Every call that changes something, or shows something of this record."""
    ref = record.ref
    return {
        "get": lambda: crm.get(ref),
        "update": lambda: crm.update(ref, {PHONE: "1"}, record.version),
        "attach_email": lambda: crm.attach_email(ref, mail()),
        "emails": lambda: crm.emails(ref),
        "activity": lambda: crm.activity(ref),
        "add_note": lambda: crm.add_note(ref, "Hello", "key"),
        "add_task": lambda: crm.add_task(ref, NewTask("Call"), "key"),
    }


def refused(calls: dict[str, Callable[[], object]]) -> set[str]:
    found = set()
    for name, call in calls.items():
        try:
            call()
        except Forbidden:
            found.add(name)
    return found


def test_he_is_himself_with_his_own_rights(northlight: Northlight) -> None:
    me = northlight.crm(northlight.paul).whoami()
    assert (me.user.id, me.user.name, me.user.admin) == (northlight.paul.id, "Paul Martin", False)
    assert (me.organisation.name, me.user.may(Kind.LEAD), me.user.may(Kind.CONTACT)) == ("Northlight", ALL, ALL)
    assert northlight.crm(northlight.tom).whoami().user.may(Kind.CONTACT) == Rights(view=True)


def test_of_records_of_others_he_learns_that_they_are_there(northlight: Northlight) -> None:
    """Whether Zoho's sharing rules would show them to him, Zoho tells nobody."""
    paul = northlight.crm(northlight.paul)
    found = paul.lookup([ANNA, HENRI])
    assert [match.record.name for match in found.matches] == ["Anna Roy"]
    assert found.hidden == (Hidden(HENRI, Kind.CONTACT),)
    henri = of(northlight.administrator, HENRI)
    assert refused(everything(paul, henri)) == set(everything(paul, henri))
    assert paul.get_many([henri.ref]) == ()
    assert [record.name for record in paul.search("Anna").records] == ["Anna Roy"]
    assert paul.search("Henri").records == ()
    # None of it has changed anything.
    assert of(northlight.administrator, HENRI) == henri
    assert northlight.administrator.activity(henri.ref).notes == ()


def test_whoever_is_above_sees_what_is_below_and_the_administrator_all(northlight: Northlight) -> None:
    claire = northlight.crm(northlight.claire)
    assert {match.record.name for match in claire.lookup([ANNA, HENRI]).matches} == {"Anna Roy", "Henri Blanc"}
    of_nadia = northlight.organisation.record("Contacts", northlight.nadia, Last_Name="Own", Email="own@mail.example")
    assert of_nadia
    assert claire.lookup(["own@mail.example"]).matches == ()
    assert of(northlight.crm(northlight.nadia), HENRI).name == "Henri Blanc"


def test_peers_see_each_other_where_their_role_says_so(northlight: Northlight) -> None:
    assert northlight.crm(northlight.tom).lookup([ANNA]).matches == ()
    northlight.tom.role.peers = True
    northlight.afresh()
    assert of(northlight.crm(northlight.tom), ANNA).name == "Anna Roy"


def test_a_profile_that_may_only_read(northlight: Northlight) -> None:
    northlight.tom.role.peers = True
    tom = northlight.crm(northlight.tom)
    anna = of(tom, ANNA)
    assert not anna.may_edit
    assert refused(everything(tom, anna)) == {"update", "attach_email", "emails", "add_note", "add_task"}
    with pytest.raises(Forbidden):
        tom.create(Kind.LEAD, {LAST_NAME: "New", COMPANY: "New"}, "key")
    assert northlight.administrator.lookup(["new@mail.example"]).matches == ()


def test_a_profile_without_contacts(northlight: Northlight) -> None:
    northlight.organisation.profile("Leads only", Contacts=())
    mia = northlight.organisation.user("Mia Brandt", "mia@northlight.example", profile="Leads only")
    of_mia = northlight.organisation.record("Contacts", mia, Last_Name="Hers", Email="hers@mail.example")
    assert of_mia
    crm = northlight.crm(mia)
    assert crm.whoami().user.may(Kind.CONTACT) == Rights()
    assert crm.lookup(["hers@mail.example"]).hidden == (Hidden("hers@mail.example", Kind.CONTACT),)
    with pytest.raises(Forbidden):
        crm.describe(Kind.CONTACT)
    assert crm.describe(Kind.LEAD).field(LAST_NAME)


def test_what_he_makes_is_his(northlight: Northlight) -> None:
    paul = northlight.crm(northlight.paul)
    made = paul.create(Kind.CONTACT, {FIRST_NAME: "Zoé", LAST_NAME: "New", EMAIL: "zoe@mail.example"}, "key")
    assert (made.owner.id, made.owner.name) == (northlight.paul.id, "Paul Martin")
    assert northlight.organisation.stored[made.ref.id].owner is northlight.paul
    assert of(paul, "zoe@mail.example").name == "Zoé New"
    task = paul.add_task(made.ref, NewTask("Call"), "task")
    assert task.owner.id == northlight.paul.id
    assert paul.add_note(made.ref, "Hello", "note").author == "Paul Martin"
    assert paul.update(made.ref, {MOBILE: "+33 6 99"}, of(paul, "zoe@mail.example").version).value(MOBILE) == "+33 6 99"
    assert paul.attach_email(made.ref, mail("new@mail.example"))
    with pytest.raises(Forbidden):
        paul.create(Kind.CONTACT, {LAST_NAME: "Other"}, "key 2", owner_id=northlight.claire.id)


def test_a_duplicate_he_does_not_see_has_no_name(northlight: Northlight) -> None:
    for module in ("Contacts", "Leads"):
        northlight.organisation.field(module, "Email", unique=True)
    paul = northlight.crm(northlight.paul)
    with pytest.raises(Duplicate) as hidden:
        paul.create(Kind.CONTACT, {LAST_NAME: "Blanc", EMAIL: HENRI}, "key")
    assert (hidden.value.ref, hidden.value.name) == (None, "")
    with pytest.raises(Duplicate) as own:
        paul.create(Kind.CONTACT, {LAST_NAME: "Roy", EMAIL: ANNA}, "key 2")
    assert own.value.name == "Anna Roy"


def test_fields_his_profile_does_not_see(northlight: Northlight) -> None:
    northlight.organisation.field("Contacts", "Mobile", permissions={"Standard": "hidden"})
    northlight.organisation.field("Contacts", "Phone", permissions={"Standard": "read_only"})
    paul = northlight.crm(northlight.paul)
    anna = of(paul, ANNA)
    assert (anna.value(PHONE), anna.value(MOBILE)) == ("+33 1 23", "")
    layout = paul.describe(Kind.CONTACT)
    phone = layout.field(PHONE)
    assert layout.field(MOBILE) is None
    assert phone is not None
    assert phone.read_only
    for name in (PHONE, MOBILE):
        with pytest.raises(Rejected):
            paul.update(anna.ref, {name: "1"}, anna.version)
    with pytest.raises(Rejected):
        paul.create(Kind.CONTACT, {LAST_NAME: "New", MOBILE: "1"}, "key")
    with pytest.raises(Stale) as stale:
        paul.update(anna.ref, {FIRST_NAME: "Annie"}, "2020-01-01T00:00:00+00:00")
    assert stale.value.current.value(MOBILE) == ""
    assert of(northlight.administrator, ANNA).value(MOBILE) == "+33 6 45"


def test_what_zoho_does_not_tell_is_denied(northlight: Northlight) -> None:
    """No profile, no rights; no roles, only his own; no word on fields, those that say whose record it is."""
    northlight.server.faults.always("/settings/profiles/", REFUSED)
    assert northlight.crm(northlight.paul).whoami().user.may(Kind.CONTACT) == Rights()
    assert northlight.crm(northlight.paul).lookup([ANNA]).hidden == (Hidden(ANNA, Kind.CONTACT),)
    northlight.server.faults.clear()
    northlight.afresh()
    northlight.server.faults.always("/settings/roles", REFUSED)
    assert northlight.crm(northlight.claire).lookup([ANNA]).matches == ()
    assert of(northlight.crm(northlight.paul), ANNA).name == "Anna Roy"
    northlight.server.faults.clear()
    # By somebody whom Zoho does not tell which profile sees which field.
    claire = northlight.service.open(northlight.server.grant(northlight.claire), ENGLISH)
    northlight.afresh()
    anna = of(RestrictedCrm(claire, northlight.paul.id), ANNA)
    assert (anna.name, anna.value(EMAIL), anna.value(PHONE)) == ("Anna Roy", ANNA, "")


def test_an_outage_is_not_a_lack_of_rights(northlight: Northlight) -> None:
    northlight.server.faults.always("/settings/profiles/", faults.html_page())
    with pytest.raises(Unavailable):
        northlight.crm(northlight.paul).whoami()


def test_a_user_who_has_left_may_nothing(northlight: Northlight) -> None:
    northlight.paul.status = "inactive"
    with pytest.raises(Forbidden):
        northlight.crm(northlight.paul).lookup([ANNA])
    with pytest.raises(Forbidden):
        northlight.crm(northlight.paul).whoami()


def test_mails_and_deals_of_a_record_are_not_told(northlight: Northlight) -> None:
    northlight.organisation.record("Deals", northlight.claire, Deal_Name="Hall B", Stage="Qualification", Contact_Name=northlight.anna)
    northlight.administrator.attach_email(of(northlight.administrator, ANNA).ref, mail())
    northlight.administrator.add_task(of(northlight.administrator, ANNA).ref, NewTask("Of Nadia"), "1")
    paul = northlight.crm(northlight.paul)
    anna = of(paul, ANNA)
    paul.add_task(anna.ref, NewTask("Of Paul"), "2")
    assert anna.open_deals == ()
    activity = paul.activity(anna.ref)
    assert activity.emails is None
    assert activity.tasks is not None
    assert [task.title for task in activity.tasks] == ["Of Paul"]
    with pytest.raises(Forbidden):
        paul.emails(anna.ref)
    assert paul.known_company("Ateliers Roy", "") is None


def test_what_he_may_do_is_asked_once_in_ten_minutes(northlight: Northlight) -> None:
    paul = northlight.crm(northlight.paul)
    paul.lookup([ANNA])
    before = len(northlight.server.requests)
    northlight.crm(northlight.paul).lookup([ANNA])
    assert len(northlight.server.requests) == before + 1


def test_who_is_nobody_sees_who_it_is_and_whose(northlight: Northlight) -> None:
    crm = LookingCrm(northlight.administrator)
    found = crm.lookup([ANNA, HENRI])
    assert {match.record.name for match in found.matches} == {"Anna Roy", "Henri Blanc"}
    anna = of(crm, ANNA)
    assert (anna.owner.name, anna.value(EMAIL), anna.value(PHONE), anna.may_edit) == ("Paul Martin", ANNA, "", False)
    assert refused(everything(crm, anna)) == {"update", "attach_email", "emails", "add_note", "add_task"}
    activity = crm.activity(anna.ref)
    assert (activity.emails, activity.notes, activity.tasks) == (None, None, None)
    for call in (
        lambda: crm.search("Anna"),
        crm.users,
        crm.roles,
        lambda: crm.create(Kind.LEAD, {LAST_NAME: "New", COMPANY: "New"}, "key"),
    ):
        with pytest.raises(Forbidden):
            call()
    me = crm.whoami()
    assert (me.user.id, me.user.may(Kind.LEAD), me.organisation.name) == ("", Rights(view=True), "Northlight")
    assert {field.name for field in crm.describe(Kind.CONTACT).fields} <= {FIRST_NAME, LAST_NAME, EMAIL, COMPANY, "secondary_email"}
    assert crm.get_many([anna.ref]) == (crm.get(anna.ref),)


def test_in_the_embedded_crm(database: Database) -> None:
    org_id, nadia = create_organisation(database, "Northlight", "Nadia Keller", "nadia.keller@northlight.example")
    with database.write() as connection:
        insert_profile(connection, org_id, "Leads only", admin=False, rights={Kind.LEAD: ("view", "create", "edit")})

    def crm(name: str, profile: str) -> RestrictedCrm:
        email = name.lower().replace(" ", ".") + "@northlight.example"
        user_id = add_user(database, org_id, name=name, email=email, role=SALES_REPRESENTATIVE, profile=profile)
        return RestrictedCrm(administrator, str(user_id))

    administrator = EmbeddedCrm(database, "https://crm.example", org_id, nadia, ENGLISH)
    paul, tom, mia = crm("Paul Martin", STANDARD), crm("Tom Becker", READ_ONLY), crm("Mia Brandt", "Leads only")
    made = paul.create(Kind.CONTACT, {LAST_NAME: "Roy", EMAIL: ANNA}, "key")
    assert made.owner.name == "Paul Martin"
    assert administrator.get(made.ref).owner == made.owner
    # Here a profile decides alone: everybody sees all records of a kind.
    assert replace(of(tom, ANNA), may_edit=True) == of(paul, ANNA)
    assert refused(everything(tom, made)) == {"update", "attach_email"}
    assert refused(everything(mia, made)) == set(everything(mia, made))
    assert mia.lookup([ANNA]).hidden == (Hidden(ANNA, Kind.CONTACT),)
    with pytest.raises(CrmError):
        RestrictedCrm(administrator, "4711").whoami()
    with pytest.raises(Rejected):
        administrator.create(Kind.LEAD, {LAST_NAME: "New", COMPANY: "New"}, "key 2", owner_id="4711")
