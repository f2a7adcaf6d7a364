"""Notes, tasks and files of mails in the embedded CRM, beyond what the port promises of any."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, update

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.defaults import READ_ONLY, SALES_REPRESENTATIVE, STANDARD
from crm_client.embedded.organisation import add_user, create_organisation, find_user
from crm_client.embedded.sample import load_sample
from crm_client.embedded.tables import FileRow, TaskRow, UserRow
from crm_client.errors import FieldProblem, Forbidden, NotFound, Problem, Rejected
from crm_client.records import (
    COMPANY,
    LAST_NAME,
    NOTE_TEXT,
    OWNER_ID,
    AttachedFile,
    AttachmentNote,
    Correspondent,
    FileVerdict,
    Kind,
    MailCopy,
    NewTask,
    Ref,
)
from db import Database, table
from i18n import ENGLISH

STORED, TOO_LARGE, NOT_READ = FileVerdict.STORED, FileVerdict.TOO_LARGE, FileVerdict.NOT_READ
MB = 1_000_000


class Office:
    """An organisation of three, with one lead."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.org_id, nadia = create_organisation(database, "Northlight", "Nadia", "nadia@northlight.example")
        self.nadia = self._crm(nadia)
        self.paul_id = self._add("paul", STANDARD)
        self.paul, self.tom = self._crm(self.paul_id), self._crm(self._add("tom", READ_ONLY))
        self.ref = self.nadia.create(Kind.LEAD, {LAST_NAME: "Roy", COMPANY: "Ateliers Roy"}, "roy").ref

    def _add(self, name: str, profile: str) -> int:
        return add_user(
            self.database, self.org_id, name=name, email=f"{name}@northlight.example", role=SALES_REPRESENTATIVE, profile=profile
        )

    def _crm(self, user_id: int) -> EmbeddedCrm:
        return EmbeddedCrm(self.database, "https://crm.example", self.org_id, user_id, ENGLISH)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def mail(count: int, message_id: str = "one@mail.example") -> MailCopy:
    sender = Correspondent("anna.roy@ateliers-roy.example", "Anna Roy")
    notes = tuple(AttachmentNote(f"plan {place}.pdf", "application/pdf", 8) for place in range(count))
    return MailCopy(message_id, "Plans", sender, to=(sender,), cc=(), sent_at=None, incoming=True, text="", attachments=notes)


def file(place: int, content: bytes) -> AttachedFile:
    return AttachedFile(place, f"plan {place}.pdf", "application/pdf", content)


def test_who_may_only_view_may_add_notes_and_tasks_but_no_mail(office: Office) -> None:
    note, task = office.tom.add_note(office.ref, "Called.", "k1"), office.tom.add_task(office.ref, NewTask("Call again"), "k2")
    assert (note.author, task.owner.name) == ("tom", "tom")
    with pytest.raises(Forbidden):
        office.tom.attach_email(office.ref, mail(0))


def test_notes_are_kept_with_clean_lines_and_come_newest_first(office: Office) -> None:
    made = [office.paul.add_note(office.ref, text, key) for key, text in (("k1", "one\r\ntwo\x00 "), ("k2", "x" * 32_000))]
    assert [note.text for note in made] == ["one\ntwo", "x" * 32_000]
    assert office.nadia.activity(office.ref).notes == tuple(reversed(made))
    with pytest.raises(Rejected) as refused:
        office.paul.add_note(office.ref, "x" * 32_001, "k")
    assert refused.value.fields == (FieldProblem(NOTE_TEXT, Problem.TOO_LONG, 32_000),)


def test_a_click_pressed_many_times_at_once_makes_one(office: Office) -> None:
    together = threading.Barrier(16)

    def press(number: int) -> tuple[str, str]:
        together.wait()
        crm = (office.paul, office.nadia)[number % 2]
        return crm.add_note(office.ref, f"note {number}", "k").id, crm.add_task(office.ref, NewTask(f"task {number}"), "k").id

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(press, range(16)))) == 1
    activity = office.paul.activity(office.ref)
    assert (len(activity.notes or ()), len(activity.tasks or ())) == (1, 1)


def test_a_key_is_one_organisations_own(office: Office) -> None:
    ours = office.paul.add_note(office.ref, "ours", "k")
    org_id, sam = create_organisation(office.database, "Harbour", "Sam", "sam@harbour.example")
    theirs = EmbeddedCrm(office.database, "https://crm.example", org_id, sam, ENGLISH)
    ref = theirs.create(Kind.LEAD, {LAST_NAME: "Roy", COMPANY: "X"}, "k").ref
    assert theirs.add_note(ref, "theirs", "k").text == "theirs"
    assert office.nadia.add_note(office.ref, "again", "k") == ours


def test_a_task_goes_to_active_users_only(office: Office) -> None:
    users = table(UserRow)
    with office.database.write() as connection:
        connection.execute(update(users).where(users.c.id == office.paul_id).values(active=False))
    for owner in (str(office.paul_id), "0", "x", "1 OR 1=1", "9" * 30):
        with pytest.raises(Rejected) as refused:
            office.nadia.add_task(office.ref, NewTask("Call again", owner_id=owner), "k")
        assert refused.value.fields == (FieldProblem(OWNER_ID, Problem.NOT_A_CHOICE),)


def test_a_task_that_is_done_is_no_longer_shown_but_its_click_still_made_it(office: Office) -> None:
    made = office.paul.add_task(office.ref, NewTask(" Call\nagain ", date(2026, 4, 1)), "k")
    assert made.title == "Call again"
    tasks = table(TaskRow)
    with office.database.write() as connection:
        connection.execute(update(tasks).values(done=True))
    assert office.paul.activity(office.ref).tasks == ()
    assert office.paul.add_task(office.ref, NewTask("Call again"), "k") == made


# --- files


def test_files_are_kept_in_order_until_ten_megabytes_are_full(office: Office) -> None:
    sizes = (6 * MB, 4 * MB + 1, 4 * MB, 0, 1)
    verdicts = office.paul.attach_email(office.ref, mail(6), [file(place, bytes(size)) for place, size in enumerate(sizes)])
    assert verdicts == (STORED, TOO_LARGE, STORED, STORED, TOO_LARGE, NOT_READ)
    (entry,) = office.paul.emails(office.ref).entries
    assert entry.verdicts == verdicts
    for place, verdict in enumerate(verdicts):
        if verdict is STORED:
            assert office.tom.attachment(office.ref, entry.id, place) == file(place, bytes(sizes[place]))
        else:
            with pytest.raises(NotFound):
                office.tom.attachment(office.ref, entry.id, place)


def test_the_second_time_the_first_verdicts_hold(office: Office) -> None:
    office.paul.attach_email(office.ref, mail(2), [file(1, b"first")])
    assert office.paul.attach_email(office.ref, mail(2), [file(0, b"second"), file(1, b"second")]) == (NOT_READ, STORED)
    (entry,) = office.paul.emails(office.ref).entries
    assert office.paul.attachment(office.ref, entry.id, 1).content == b"first"


def test_files_that_belong_to_no_attachment_are_not_kept(office: Office) -> None:
    files = [file(0, b"one"), file(0, b"two"), file(-1, b"x"), file(1, b"x")]
    assert office.paul.attach_email(office.ref, mail(1), files) == (STORED,)
    with office.database.read() as connection:
        assert [bytes(content) for content in connection.execute(select(table(FileRow).c.content)).scalars()] == [b"one"]


def test_many_at_once_put_one_mail_with_the_files_of_one(office: Office) -> None:
    together = threading.Barrier(8)

    def attach(number: int) -> tuple[FileVerdict, ...]:
        together.wait()
        return office.paul.attach_email(office.ref, mail(8), [file(number, b"content")])

    with ThreadPoolExecutor(8) as pool:
        (verdicts,) = set(pool.map(attach, range(8)))
    (entry,) = office.paul.emails(office.ref).entries
    assert verdicts == entry.verdicts
    assert office.paul.attachment(office.ref, entry.id, verdicts.index(STORED)).content == b"content"


def test_a_mail_and_its_files_are_found_on_their_record_only(office: Office) -> None:
    office.paul.attach_email(office.ref, mail(1), [file(0, b"content")])
    (entry,) = office.paul.emails(office.ref).entries
    assert office.paul.email(office.ref, entry.id) == entry
    other = office.paul.create(Kind.LEAD, {LAST_NAME: "Other", COMPANY: "X"}, "other").ref
    lost = [(other, entry.id, 0), (office.ref, "0", 0), (office.ref, "x", 0), (office.ref, entry.id, 1), (office.ref, entry.id, -1)]
    for ref, email_id, place in lost:
        with pytest.raises(NotFound):
            office.paul.attachment(ref, email_id, place)
    with pytest.raises(NotFound):
        office.paul.email(other, entry.id)


@pytest.mark.parametrize("cursor", ["", "0", "-1", "x", "1.5", "²", "9" * 30, "1 "])
def test_a_damaged_cursor_is_the_first_page(office: Office, cursor: str) -> None:
    for number in range(21):
        office.paul.attach_email(office.ref, mail(0, f"{number}@mail.example"))
    first = office.paul.emails(office.ref)
    assert (len(first.entries), first.next_cursor, first.total) == (20, "2", 21)
    assert office.paul.emails(office.ref, cursor) == first
    second = office.paul.emails(office.ref, "2")
    assert (len(second.entries), second.next_cursor) == (1, None)


# --- sample


def test_the_sample_has_something_to_do(database: Database) -> None:
    org_id = load_sample(database)
    user = find_user(database, org_id, "paul.martin@northlight.example")
    assert user is not None
    crm = EmbeddedCrm(database, "https://crm.example", org_id, int(user), ENGLISH)
    anna = crm.lookup(["anna.roy@ateliers-roy.example"]).matches[0].record.ref
    activity = crm.activity(anna)
    assert [(task.title, task.owner.name) for task in activity.tasks or ()] == [
        ("Send the four mock-up lights for hall B", "Paul Martin"),
        ("Ask the landlord about the showroom ceiling", "Claire Dubois"),
    ]
    assert activity.emails is not None
    # Of the sample's attachments the name is known only.
    with_file = next(entry for entry in activity.emails.entries if entry.mail.attachments)
    assert with_file.verdicts == (NOT_READ,)
    with pytest.raises(NotFound):
        crm.attachment(anna, with_file.id, 0)


def test_a_ref_of_nothing_has_no_activity(office: Office) -> None:
    with pytest.raises(NotFound):
        office.paul.activity(Ref(Kind.CONTACT, office.ref.id))
