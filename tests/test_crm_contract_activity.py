"""What every CRM behind the port promises of notes, tasks, files of mails and the pages of the Emails list."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_client.errors import FieldProblem, Forbidden, NotFound, Problem, Rejected
from crm_client.port import Crm
from crm_client.records import (
    COMPANY,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    NOTE_TEXT,
    OWNER_ID,
    TASK_TITLE,
    Activity,
    AttachedFile,
    AttachmentNote,
    Correspondent,
    FileVerdict,
    Kind,
    MailCopy,
    NewTask,
    Note,
    Ref,
    Task,
)
from tests.crm_companies import EACH_CRM, Company

pytestmark = EACH_CRM

ANNA = {FIRST_NAME: "Anna", LAST_NAME: "Roy", COMPANY: "Ateliers Roy", EMAIL: "anna.roy@ateliers-roy.example"}
SENT_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def anna(company: Company) -> Ref:
    return company.rep.create(Kind.CONTACT, ANNA, "anna").ref


def mail(message_id: str = "one@ateliers-roy.example", *files: AttachmentNote, sent_at: datetime = SENT_AT) -> MailCopy:
    return MailCopy(
        message_id=message_id,
        subject="Halle B",
        sender=Correspondent("anna.roy@ateliers-roy.example", "Anna Roy"),
        to=(Correspondent("paul.martin@northlight.example", "Paul Martin"),),
        cc=(),
        sent_at=sent_at,
        incoming=True,
        text="Bonjour Paul,\n\nvoici les plans.",
        attachments=files,
    )


def notes(crm: Crm, ref: Ref) -> tuple[Note, ...]:
    given = crm.activity(ref).notes
    assert given is not None
    return given


def tasks(crm: Crm, ref: Ref) -> tuple[Task, ...]:
    given = crm.activity(ref).tasks
    assert given is not None
    return given


# --- notes


def test_a_note_stands_on_the_record_as_it_was_written(company: Company, anna: Ref) -> None:
    text = "Visited hall B.\n\n  Ceiling 9 m <b>&amp;</b> two cranes. Ça va \U0001f4a1"
    made = company.rep.add_note(anna, text, "k1")
    assert (made.text, made.author) == (text, "Paul Martin")
    assert abs(made.written_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert notes(company.colleague, anna) == (made,)
    assert company.rep.get(anna).values == ANNA


def test_an_attempt_whose_end_nobody_knew_makes_no_second_note(company: Company, anna: Ref) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    made = company.rep.add_note(anna, "Called.", "k1")
    assert company.rep.add_note(anna, "Called.", "k1", before) == made
    assert notes(company.rep, anna) == (made,)


def test_the_same_words_may_be_noted_twice(company: Company, anna: Ref) -> None:
    assert company.rep.add_note(anna, "Called.", "k1") != company.rep.add_note(anna, "Called.", "k2")
    assert [note.text for note in notes(company.rep, anna)] == ["Called.", "Called."]


def test_an_attempt_that_came_to_nothing_is_made_good(company: Company, anna: Ref) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    note = company.rep.add_note(anna, "Called.", "k1", before)
    task = company.rep.add_task(anna, NewTask("Call again"), "k2", before)
    assert (notes(company.rep, anna), tasks(company.rep, anna)) == ((note,), (task,))


@pytest.mark.parametrize(("text", "problem"), [("", Problem.MISSING), (" \n\t ", Problem.MISSING), ("x" * 200_000, Problem.TOO_LONG)])
def test_a_note_without_words_or_without_end_is_refused(company: Company, anna: Ref, text: str, problem: Problem) -> None:
    with pytest.raises(Rejected) as refused:
        company.rep.add_note(anna, text, "k1")
    assert [(entry.field, entry.problem) for entry in refused.value.fields] == [(NOTE_TEXT, problem)]
    assert notes(company.rep, anna) == ()
    assert company.rep.add_note(anna, "Called.", "k1").text == "Called."


def test_the_newest_twenty_notes_are_shown(company: Company, anna: Ref) -> None:
    made = [company.rep.add_note(anna, f"Note {number}", f"k{number}") for number in range(21)]
    shown = notes(company.rep, anna)
    assert len(shown) == 20
    assert set(shown) < set(made)
    moments = [note.written_at for note in shown]
    assert moments == sorted(moments, reverse=True)


# --- tasks


def test_a_task_is_the_callers_unless_he_names_somebody(company: Company, anna: Ref) -> None:
    claire = next(user for user in company.rep.users() if user.name == "Claire Dubois")
    mine = company.rep.add_task(anna, NewTask("Send the plans"), "k1")
    hers = company.rep.add_task(anna, NewTask("Call the landlord", date(2026, 4, 1), claire.id), "k2")
    assert (mine.title, mine.owner.name, mine.due_on) == ("Send the plans", "Paul Martin", None)
    assert (hers.title, hers.owner.id, hers.owner.name, hers.due_on) == ("Call the landlord", claire.id, "Claire Dubois", date(2026, 4, 1))
    assert tasks(company.colleague, anna) == (hers, mine)


def test_tasks_come_next_due_first_and_those_without_a_day_last(company: Company, anna: Ref) -> None:
    for number, due_on in enumerate((date(2026, 5, 1), None, date(2026, 3, 1), date(2027, 1, 1))):
        company.rep.add_task(anna, NewTask(f"Task {number}", due_on), f"k{number}")
    assert [task.title for task in tasks(company.rep, anna)] == ["Task 2", "Task 0", "Task 3", "Task 1"]


def test_an_attempt_whose_end_nobody_knew_makes_no_second_task(company: Company, anna: Ref) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    made = company.rep.add_task(anna, NewTask("Send the plans", date(2026, 4, 1)), "k1")
    assert company.rep.add_task(anna, NewTask("Send the plans", date(2026, 4, 1)), "k1", before) == made
    assert tasks(company.rep, anna) == (made,)


def test_all_that_is_wrong_with_a_task_is_said_at_once(company: Company, anna: Ref) -> None:
    stranger = company.stranger.whoami().user.id
    with pytest.raises(Rejected) as refused:
        company.rep.add_task(anna, NewTask("x" * 256, owner_id=stranger), "k1")
    assert set(refused.value.fields) == {
        FieldProblem(TASK_TITLE, Problem.TOO_LONG, 255),
        FieldProblem(OWNER_ID, Problem.NOT_A_CHOICE),
    }
    with pytest.raises(Rejected) as blank:
        company.rep.add_task(anna, NewTask("  "), "k1")
    assert blank.value.fields == (FieldProblem(TASK_TITLE, Problem.MISSING),)
    assert tasks(company.rep, anna) == ()


# --- whose


def test_a_record_without_activity_says_so(company: Company, anna: Ref) -> None:
    empty = company.rep.activity(anna)
    assert empty.emails is not None
    assert (empty.emails.entries, empty.emails.next_cursor) == ((), None)
    assert empty == Activity(empty.emails, (), ())


def test_activity_is_of_one_record_only(company: Company, anna: Ref) -> None:
    other = company.rep.create(Kind.LEAD, {LAST_NAME: "Other", COMPANY: "X"}, "other").ref
    company.rep.add_note(anna, "Called.", "k1")
    company.rep.add_task(anna, NewTask("Call again"), "k2")
    company.rep.attach_email(anna, mail())
    assert (notes(company.rep, other), tasks(company.rep, other), company.rep.emails(other).entries) == ((), (), ())
    together = company.rep.activity(anna)
    assert together.emails == company.rep.emails(anna)
    assert (len(together.notes or ()), len(together.tasks or ())) == (1, 1)


def test_nobody_adds_to_what_is_not_there_or_not_his_to_see(company: Company, anna: Ref) -> None:
    def refused(crm: Crm, ref: Ref, error: type[Exception]) -> None:
        with pytest.raises(error):
            crm.activity(ref)
        with pytest.raises(error):
            crm.add_note(ref, "Called.", "k1")
        with pytest.raises(error):
            crm.add_task(ref, NewTask("Call again"), "k2")

    for made_up in ("0", "999999", "x", "", "9" * 30):
        refused(company.rep, Ref(Kind.CONTACT, made_up), NotFound)
    refused(company.stranger, anna, NotFound)
    refused(company.leads_only, anna, Forbidden)
    assert (notes(company.rep, anna), tasks(company.rep, anna)) == ((), ())


# --- files


def test_each_file_of_a_mail_has_its_own_verdict(company: Company, anna: Ref) -> None:
    huge, plans, lost = (AttachmentNote(name, "application/pdf", 10) for name in ("huge", "plans", "lost"))
    files = (
        AttachedFile(1, "plans.pdf", "application/pdf", b"%PDF-1.7"),
        AttachedFile(0, "huge", "application/pdf", bytes(10_500_000)),
    )
    verdicts = company.rep.attach_email(anna, mail("one@ateliers-roy.example", huge, plans, lost), files)
    assert verdicts == (FileVerdict.TOO_LARGE, FileVerdict.STORED, FileVerdict.NOT_READ)
    assert len(company.rep.emails(anna).entries) == 1


def test_a_mail_put_twice_stands_once_with_a_verdict_for_each_file(company: Company, anna: Ref) -> None:
    plans = AttachmentNote("plans.pdf", "application/pdf", 8)
    file = AttachedFile(0, "plans.pdf", "application/pdf", b"%PDF-1.7")
    assert company.rep.attach_email(anna, mail("one@ateliers-roy.example", plans), (file,)) == (FileVerdict.STORED,)
    assert len(company.rep.attach_email(anna, mail("one@ateliers-roy.example", plans))) == 1
    assert len(company.rep.emails(anna).entries) == 1
    assert company.rep.attach_email(anna, mail("two@ateliers-roy.example")) == ()


# --- pages


def test_the_cursor_leads_through_all_mails_newest_first(company: Company, anna: Ref) -> None:
    order = [7, *range(7), *range(8, 23)]
    for day in order:
        company.rep.attach_email(anna, mail(f"{day}@x.example", sent_at=SENT_AT + timedelta(days=day)))
    page = company.rep.emails(anna)
    assert company.rep.activity(anna).emails == page
    seen = list(page.entries)
    while page.next_cursor is not None:
        page = company.rep.emails(anna, page.next_cursor)
        assert page.entries
        seen += page.entries
    assert [entry.mail.sent_at for entry in seen] == [SENT_AT + timedelta(days=day) for day in reversed(range(23))]
    assert len({entry.id for entry in seen}) == 23
