"""The outbox on Zoho's wire: the answer is lost after Zoho has done it, and the next attempt makes nothing a second time."""

import pytest

from crm_client.port import Crm
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, PHONE, Kind, NewTask, Ref
from crm_client.zoho.service import Zoho as ZohoService
from db import Database
from i18n import ENGLISH
from linking.errands import AddErrand, Errand, LinkErrand, NoteErrand, TaskErrand, UpdateErrand, Work, fingerprint
from linking.outbox import Carried, EntryState, Kept, Reason
from outbound import Http
from tests.office import Office, mail, open_office
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

ORG = "zoho:eu.1"
WRITES = r"^(POST|PUT) /crm/v8/(Leads|Contacts|Notes|Tasks)"
NEW = {FIRST_NAME: "Julien", LAST_NAME: "Petit", EMAIL: "julien@menuiserie-petit.example", COMPANY: "Menuiserie Petit"}


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database)


@pytest.fixture
def crm(zoho_server: Zoho, paul: User) -> Crm:
    return ZohoService(Http(), zoho_server.tokens(), processes=1, pauses=(0.0, 0.01)).open(zoho_server.grant(paul), ENGLISH)


@pytest.fixture
def anna(northlight: Organisation, paul: User) -> Ref:
    return Ref(Kind.CONTACT, northlight.record("Contacts", paul, Last_Name="Roy", Email="anna@roy.example"))


def asked(anna: Ref, work: Work) -> Errand:
    every: dict[Work, Errand] = {
        Work.ADD: AddErrand(Kind.LEAD, NEW),
        Work.UPDATE: UpdateErrand(anna, {PHONE: "+33 1 23 45 67 89"}, {PHONE: fingerprint("")}),
        Work.LINK: LinkErrand(anna, mail()),
        Work.NOTE: NoteErrand(anna, "Called back"),
        Work.TASK: TaskErrand(anna, NewTask("Send the quote")),
    }
    return every[work]


def made(northlight: Organisation, anna: Ref, work: Work) -> int:
    match work:
        case Work.ADD:
            return len([one for one in northlight.records("Leads") if one["Email"] == NEW[EMAIL]])
        case Work.UPDATE:
            return len([one for one in northlight.records("Contacts") if one.get("Phone") == "+33 1 23 45 67 89"])
        case Work.LINK:
            return len(northlight.emails(anna.id))
        case Work.NOTE:
            return len(northlight.notes(anna.id))
        case Work.TASK:
            return len(northlight.tasks(anna.id))


def deliver(office: Office, crm: Crm) -> None:
    office.make_due()
    outbox = office.outbox()
    for org, lane in outbox.due():
        outbox.deliver(org, lane, lambda person_id: crm)


@pytest.mark.parametrize("work", list(Work))
@pytest.mark.parametrize("effect", [True, False], ids=["after it took effect", "before it took effect"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_answer_is_lost(
    office: Office, zoho_server: Zoho, northlight: Organisation, crm: Crm, anna: Ref, work: Work, effect: bool
) -> None:
    paul = office.people[0]
    zoho_server.faults.next(WRITES, faults.drop_after() if effect else faults.drop_before())
    kept = office.outbox().carry_out(crm, ORG, asked(anna, work), "click", paul, name="Somebody")
    assert isinstance(kept, Kept)
    assert made(northlight, anna, work) == effect
    deliver(office, crm)
    assert made(northlight, anna, work) == 1
    (entry,) = office.outbox().standing(ORG, paul.id).entries
    assert entry.state is EntryState.DELIVERED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_strangers_record_is_not_taken_for_what_was_lost(
    office: Office, zoho_server: Zoho, northlight: Organisation, paul: User, crm: Crm, anna: Ref
) -> None:
    rep = office.people[0]
    zoho_server.faults.next(WRITES, faults.drop_before())
    assert isinstance(office.outbox().carry_out(crm, ORG, asked(anna, Work.ADD), "click", rep, name="Julien Petit"), Kept)
    claire = northlight.user("Claire Dubois", "claire@northlight.example")
    stranger = northlight.record("Leads", claire, Last_Name="Petit", Email=NEW[EMAIL], Company="Menuiserie Petit")
    deliver(office, crm)
    (entry,) = office.outbox().standing(ORG, rep.id).entries
    assert (entry.state, entry.reason, entry.ref) == (EntryState.RETURNED, Reason.DUPLICATE, Ref(Kind.LEAD, stranger))
    assert made(northlight, anna, Work.ADD) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lead_converted_while_its_note_waited(office: Office, zoho_server: Zoho, northlight: Organisation, paul: User, crm: Crm) -> None:
    rep = office.people[0]
    lead = northlight.record("Leads", paul, Last_Name="Blanc", Company="Blanc", Email="b@blanc.example")
    zoho_server.faults.down()
    assert isinstance(office.outbox().carry_out(crm, ORG, LinkErrand(Ref(Kind.LEAD, lead), mail()), "1", rep, name="Blanc"), Kept)
    assert isinstance(office.outbox().carry_out(crm, ORG, NoteErrand(Ref(Kind.LEAD, lead), "Called back"), "2", rep, name="Blanc"), Kept)
    zoho_server.faults.down(down=False)
    contact = Ref(Kind.CONTACT, northlight.convert(lead))
    deliver(office, crm)
    assert (len(northlight.notes(contact.id)), len(northlight.emails(contact.id))) == (1, 1)
    standing = office.outbox().standing(ORG, rep.id, "one@mail.example")
    assert (standing.link.ref, [entry.ref for entry in standing.entries]) == (contact, [contact] * 2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_in_good_weather_zoho_does_it_at_once(office: Office, northlight: Organisation, crm: Crm, anna: Ref) -> None:
    for work in Work:
        done = office.outbox().carry_out(crm, ORG, asked(anna, work), f"click {work}", office.people[0], name="Somebody")
        assert isinstance(done, Carried) and done.fresh
        assert made(northlight, anna, work) == 1
