"""Notes and tasks of Zoho's records: made once, read back, and the parts of the activity that fail alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_client.errors import AuthExpired, FieldProblem, Forbidden, NotFound, Problem, Rejected, Unavailable
from crm_client.records import Activity, Correspondent, Kind, MailCopy, NewTask, Ref
from crm_client.zoho.activity import activity, add_note, add_task
from crm_client.zoho.api import ZohoApi
from crm_client.zoho.mails import attach_email
from crm_client.zoho.people import People
from crm_client.zoho.turns import Turns
from outbound import Http
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

CANNOT_PROCESS = {"code": "CANNOT_PROCESS", "details": {}, "message": "IMAP sync is running", "status": "error"}
ANNA = Correspondent("anna.roy@ateliers-roy.example", "Anna Roy")
MAIL = MailCopy("one@roy.example", "Halle B", ANNA, to=(ANNA,), cc=(), sent_at=None, incoming=True, text="Bonjour")
OUR_CLOCK_IS_FAST = timedelta(minutes=1)
TODAY = datetime.now(UTC).date()


@pytest.fixture
def northlight(zoho_server: Zoho) -> Organisation:
    return zoho_server.organisation("Northlight")


@pytest.fixture
def rep(northlight: Organisation) -> User:
    return northlight.user("Paul Martin", "paul.martin@northlight.example")


@pytest.fixture
def claire(northlight: Organisation) -> User:
    return northlight.user("Claire Dubois", "claire.dubois@northlight.example")


@pytest.fixture
def api(zoho_server: Zoho, rep: User) -> ZohoApi:
    return api_of(zoho_server, rep)


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture(params=list(Kind))
def anna(request: pytest.FixtureRequest, northlight: Organisation, rep: User) -> Ref:
    kind: Kind = request.param
    return Ref(kind, northlight.record("Leads" if kind is Kind.LEAD else "Contacts", rep, Last_Name="Roy", Email=ANNA.address))


@pytest.fixture
def contact(northlight: Organisation, rep: User) -> Ref:
    return Ref(Kind.CONTACT, northlight.record("Contacts", rep, Last_Name="Blanc"))


def api_of(server: Zoho, user: User) -> ZohoApi:
    return ZohoApi(Http(), server.tokens(), server.grant(user), Turns(processes=1, pauses=(0.0, 0.01)))


# --- notes


def test_a_note_is_the_callers_and_stands_on_the_record(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    made = add_note(api, anna, " Called.\r\nWants <b>two</b> offers. ")
    assert (made.text, made.author) == ("Called.\nWants <b>two</b> offers.", "Paul Martin")
    assert abs(made.written_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert activity(api, anna).notes == (made,)
    assert [note["Note_Content"] for note in northlight.notes(anna.id)] == [made.text]


def test_a_note_nobody_can_keep_is_not_sent(zoho_server: Zoho, api: ZohoApi, contact: Ref) -> None:
    for text, problem in ((" \n", FieldProblem("text", Problem.MISSING)), ("é" * 32_001, FieldProblem("text", Problem.TOO_LONG, 32_000))):
        with pytest.raises(Rejected) as refused:
            add_note(api, contact, text)
        assert refused.value.fields == (problem,)
    assert zoho_server.asked("POST", "/Notes") == []
    assert add_note(api, contact, "é" * 32_000).text == "é" * 32_000


def test_a_note_whose_answer_was_lost_is_not_made_again(zoho_server: Zoho, api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    tried_at = datetime.now(UTC) + OUR_CLOCK_IS_FAST
    zoho_server.faults.next("/Notes", faults.drop_after())
    with pytest.raises(Unavailable):
        add_note(api, anna, "Called.")
    assert add_note(api, anna, "Called.", tried_at).text == "Called."
    assert add_note(api, anna, "Called back.", tried_at).text == "Called back."
    assert len(northlight.notes(anna.id)) == 2


def test_what_others_wrote_or_what_is_old_is_not_taken_for_the_attempt(
    zoho_server: Zoho, api: ZohoApi, northlight: Organisation, claire: User, people: People, contact: Ref
) -> None:
    add_note(api_of(zoho_server, claire), contact, "Called.")
    add_task(api_of(zoho_server, claire), people, contact, NewTask("Call"))
    tried_at = datetime.now(UTC)
    add_note(api, contact, "Called.", tried_at)
    add_task(api, people, contact, NewTask("Call"), tried_at)
    zoho_server.clock.advance(600)
    add_note(api, contact, "Called.", tried_at + timedelta(minutes=10))
    add_task(api, people, contact, NewTask("Call"), tried_at + timedelta(minutes=10))
    assert (len(northlight.notes(contact.id)), len(northlight.tasks(contact.id))) == (3, 3)


# --- tasks


def test_a_task_is_about_the_record_and_open(api: ZohoApi, northlight: Organisation, people: People, claire: User, anna: Ref) -> None:
    mine = add_task(api, people, anna, NewTask(" Send\nthe offer ", TODAY - timedelta(days=3)))
    hers = add_task(api, people, anna, NewTask("Call", None, claire.id))
    assert (mine.title, mine.due_on, mine.owner.name) == ("Send the offer", TODAY - timedelta(days=3), "Paul Martin")
    assert (hers.title, hers.due_on, hers.owner.id, hers.owner.name) == ("Call", None, claire.id, "Claire Dubois")
    assert activity(api, anna).tasks == (mine, hers)
    assert [task["Owner"] for task in northlight.tasks(anna.id)] == [mine.owner.id, claire.id]


def test_all_problems_of_a_task_come_at_once_and_nothing_is_sent(
    zoho_server: Zoho, api: ZohoApi, northlight: Organisation, people: People, contact: Ref
) -> None:
    left = northlight.user("Gone Long", "gone@northlight.example", status="inactive")
    for owner_id in (left.id, "999999", "../org"):
        with pytest.raises(Rejected) as refused:
            add_task(api, people, contact, NewTask("x" * 256, TODAY, owner_id))
        assert refused.value.fields == (FieldProblem("title", Problem.TOO_LONG, 255), FieldProblem("owner_id", Problem.NOT_A_CHOICE))
    with pytest.raises(Rejected) as refused:
        add_task(api, people, contact, NewTask(" "))
    assert refused.value.fields == (FieldProblem("title", Problem.MISSING),)
    assert zoho_server.asked("POST", "/Tasks") == []


def test_an_owner_who_left_a_moment_ago_is_zohos_to_refuse(api: ZohoApi, people: People, claire: User, contact: Ref) -> None:
    people.users(api)
    claire.status = "inactive"
    with pytest.raises(Rejected) as refused:
        add_task(api, people, contact, NewTask("Call", TODAY, claire.id))
    assert [problem.field for problem in refused.value.fields] == ["owner_id"]


def test_a_task_whose_answer_was_lost_is_not_made_again(
    zoho_server: Zoho, api: ZohoApi, northlight: Organisation, people: People, claire: User, anna: Ref
) -> None:
    tried_at = datetime.now(UTC) + OUR_CLOCK_IS_FAST
    zoho_server.faults.next("POST /crm/v8/Tasks", faults.drop_after())
    with pytest.raises(Unavailable):
        add_task(api, people, anna, NewTask("Call", TODAY))
    again = add_task(api, people, anna, NewTask("Call", TODAY), tried_at)
    assert [task["id"] for task in northlight.tasks(anna.id)] == [again.id]
    for other in (NewTask("Call"), NewTask("Call", TODAY, claire.id), NewTask("Write", TODAY)):
        assert add_task(api, people, anna, other, tried_at).id != again.id
    assert len(northlight.tasks(anna.id)) == 4


def test_what_is_not_there_gets_no_note_and_no_task(api: ZohoApi, northlight: Organisation, people: People, anna: Ref) -> None:
    northlight.delete(anna.id)
    for ref in (anna, Ref(anna.kind, "1"), Ref(anna.kind, "../Tasks")):
        with pytest.raises(NotFound):
            add_note(api, ref, "x")
        with pytest.raises(NotFound):
            add_task(api, people, ref, NewTask("x"))
        with pytest.raises(NotFound):
            activity(api, ref)
    assert list(northlight.of("Tasks")) == []


# --- activity


def test_open_tasks_come_next_due_first_at_most_twenty(northlight: Organisation, rep: User, api: ZohoApi, contact: Ref) -> None:
    for number in range(24):
        northlight.record("Tasks", rep, Subject=f"in {number}", Due_Date=str(TODAY + timedelta(days=number)), Who_Id=contact.id)
    northlight.record("Tasks", rep, Subject="some day", Who_Id=contact.id, Status="Not Started")
    northlight.record("Tasks", rep, Subject="late", Due_Date=str(TODAY - timedelta(days=1)), Who_Id=contact.id, Status="In Progress")
    done = {"Due_Date": str(TODAY - timedelta(days=9)), "Who_Id": contact.id}
    northlight.record("Tasks", rep, Subject="done", Status="COMPLETED", **done)
    northlight.record("Tasks", rep, Subject="dealt with", Status="Erledigt", Closed_Time="2026-01-02T10:00:00+01:00", **done)
    shown = activity(api, contact).tasks
    assert [task.title for task in shown] == ["late", *(f"in {number}" for number in range(19))]
    assert all(isinstance(task.due_on, date) for task in shown)


def test_the_newest_notes_come_first_at_most_twenty(zoho_server: Zoho, api: ZohoApi, contact: Ref) -> None:
    for number in range(22):
        add_note(api, contact, f"note {number}")
        zoho_server.clock.advance(60)
    assert [note.text for note in activity(api, contact).notes] == [f"note {number}" for number in range(21, 1, -1)]


def test_parts_that_are_refused_leave_the_others(
    zoho_server: Zoho, api: ZohoApi, northlight: Organisation, people: People, anna: Ref
) -> None:
    attach_email(api, anna, MAIL)
    note, task = add_note(api, anna, "Called."), add_task(api, people, anna, NewTask("Call"))
    whole = activity(api, anna)
    assert [entry.mail.subject for entry in whole.emails.entries] == ["Halle B"]
    northlight.profile("Standard", emails=False)
    assert activity(api, anna) == Activity(None, (note,), (task,))
    northlight.profile("Standard", emails=True, Tasks=())
    assert activity(api, anna) == Activity(whole.emails, (note,), None)
    northlight.profile("Standard", Tasks=("view",))
    zoho_server.faults.next("/Emails", faults.status(400, CANNOT_PROCESS))
    zoho_server.faults.next("/Notes", faults.html_page(), times=3)
    assert activity(api, anna) == Activity(None, None, (task,))


def test_an_empty_record_has_empty_parts(api: ZohoApi, anna: Ref) -> None:
    seen = activity(api, anna)
    assert (seen.emails.entries, seen.notes, seen.tasks) == ((), (), ())


def test_nothing_at_all_is_an_error(zoho_server: Zoho, api: ZohoApi, northlight: Organisation, rep: User, contact: Ref) -> None:
    zoho_server.faults.down(down=True)
    with pytest.raises(Unavailable):
        activity(api, contact)
    zoho_server.faults.down(down=False)
    northlight.profile("Leads only", Contacts=())
    with pytest.raises(Forbidden):
        activity(api_of(zoho_server, northlight.user("Mia", "mia@northlight.example", profile="Leads only")), contact)
    zoho_server.accounts.revoke_all(rep)
    with pytest.raises(AuthExpired):
        activity(api, contact)


def test_the_three_parts_are_asked_for_at_the_same_time(zoho_server: Zoho, api: ZohoApi, contact: Ref) -> None:
    zoho_server.faults.always(f"GET /crm/v8/Contacts/{contact.id}/", faults.latency(0.1))
    activity(api, contact)
    asked = [one for one in zoho_server.requests if one.path.startswith(f"/crm/v8/Contacts/{contact.id}/")]
    assert len(asked) == 3
    assert max(one.started for one in asked) < min(one.ended for one in asked)
