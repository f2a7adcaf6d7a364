"""Mails on Zoho's records: what is sent there, what is read back, and what becomes of the files."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from crm_client.errors import Forbidden, NotFound, RateLimited, Unavailable
from crm_client.records import AttachedFile, AttachmentNote, Correspondent, FileVerdict, Kind, MailCopy, Ref
from crm_client.zoho.api import ZohoApi
from crm_client.zoho.mails import CUT, MOST_BYTES, NOTHING, UNNAMED_RECIPIENTS, UNREADABLE_SENDER, attach_email, emails
from crm_client.zoho.turns import Turns
from outbound import Http
from tests.zoho import faults
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho

pytest_plugins = ["tests.zoho.fixtures"]

STORED, TOO_LARGE, REFUSED, NOT_READ = FileVerdict.STORED, FileVerdict.TOO_LARGE, FileVerdict.REFUSED, FileVerdict.NOT_READ

MAIL = MailCopy(
    message_id="one@ateliers-roy.example",
    subject="Halle B",
    sender=Correspondent("anna.roy@ateliers-roy.example", "Anna Roy"),
    to=(Correspondent("paul.martin@northlight.example", "Paul Martin"),),
    cc=(Correspondent("henri.blanc@ateliers-roy.example"),),
    sent_at=datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=2))),
    incoming=True,
    text="Bonjour Paul,\r\n\r\nvoici les plans.",
)


@pytest.fixture
def northlight(zoho_server: Zoho) -> Organisation:
    return zoho_server.organisation("Northlight")


@pytest.fixture
def rep(northlight: Organisation) -> User:
    return northlight.user("Paul Martin", "paul.martin@northlight.example")


@pytest.fixture
def api(zoho_server: Zoho, rep: User) -> ZohoApi:
    return api_of(zoho_server, rep)


@pytest.fixture
def anna(northlight: Organisation, rep: User) -> Ref:
    return Ref(Kind.CONTACT, northlight.record("Contacts", rep, Last_Name="Roy", Email="anna.roy@ateliers-roy.example"))


def api_of(server: Zoho, user: User) -> ZohoApi:
    return ZohoApi(Http(), server.tokens(), server.grant(user), Turns(processes=1, pauses=(0.0, 0.01)))


def with_files(*contents: bytes | None, names: tuple[str, ...] = ()) -> tuple[MailCopy, tuple[AttachedFile, ...]]:
    """A mail with attachments of these contents; None: Gmail did not give it out."""
    named = names or tuple(f"plan {place}.pdf" for place in range(len(contents)))
    notes = tuple(AttachmentNote(name, "application/pdf", len(content or b"")) for name, content in zip(named, contents, strict=True))
    files = tuple(
        AttachedFile(place, name, "application/pdf", content)
        for place, (name, content) in enumerate(zip(named, contents, strict=True))
        if content is not None
    )
    return replace(MAIL, attachments=notes), files


def sent(northlight: Organisation, ref: Ref) -> dict[str, Any]:
    (only,) = northlight.emails(ref.id)
    return only


# --- the mail


def test_a_mail_arrives_as_it_was(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    assert attach_email(api, anna, MAIL) == ()
    said = sent(northlight, anna)
    assert said["from"] == {"user_name": "Anna Roy", "email": "anna.roy@ateliers-roy.example"}
    assert said["to"] == [{"user_name": "Paul Martin", "email": "paul.martin@northlight.example"}]
    assert said["cc"] == [{"email": "henri.blanc@ateliers-roy.example"}]
    assert (said["subject"], said["content"], said["mail_format"]) == ("Halle B", "Bonjour Paul,\n\nvoici les plans.", "text")
    assert (said["date_time"], said["sent"]) == ("2026-03-02T09:30:00+02:00", False)
    assert said["original_message_id"] == "<one@ateliers-roy.example>"
    assert "attachments" not in said


def test_a_second_time_does_nothing_and_is_no_error(api: ZohoApi, northlight: Organisation, rep: User, anna: Ref) -> None:
    lead = Ref(Kind.LEAD, northlight.record("Leads", rep, Last_Name="Roy"))
    mail, files = with_files(b"one")
    for subject in ("first", "second"):
        assert attach_email(api, anna, replace(mail, subject=subject), files) == (STORED,)
    assert attach_email(api, lead, mail, files) == (STORED,)
    assert (sent(northlight, anna)["subject"], len(northlight.emails(lead.id))) == ("first", 1)


def test_a_lost_answer_is_made_good_by_the_next_attempt(zoho_server: Zoho, api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    zoho_server.faults.next("associate_email", faults.drop_after())
    with pytest.raises(Unavailable):
        attach_email(api, anna, MAIL)
    attach_email(api, anna, MAIL)
    assert len(northlight.emails(anna.id)) == 1


@pytest.mark.parametrize(("letter", "kept"), [("e", 31_996), ("é", 31_996), ("🙂", 15_998)])
def test_what_is_too_long_is_cut_between_characters(api: ZohoApi, northlight: Organisation, anna: Ref, letter: str, kept: int) -> None:
    sender = Correspondent(MAIL.sender.address, letter * 300)
    attach_email(api, anna, replace(MAIL, text=letter * 40_000, subject=letter * 400, sender=sender))
    said = sent(northlight, anna)
    assert said["content"] == letter * kept + CUT
    assert 124 <= len(said["subject"]) <= 250
    assert said["from"]["user_name"] in (letter * 255, letter * 127)


def test_a_text_of_just_the_limit_is_whole(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    attach_email(api, anna, replace(MAIL, text="x" * 32_000))
    assert sent(northlight, anna)["content"] == "x" * 32_000


def test_a_mail_without_subject_text_or_date_is_taken_all_the_same(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    attach_email(api, anna, replace(MAIL, subject=" ", text="\n", sent_at=None, incoming=False))
    said = sent(northlight, anna)
    assert (said["subject"], said["content"], said["sent"]) == (NOTHING, NOTHING, True)
    assert abs(datetime.fromisoformat(said["date_time"]) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("address", ["", "undisclosed", "анна@почта.рф", "a b@roy.example", "a@localhost", "a" * 250 + "@roy.example"])
def test_an_unreadable_sender_keeps_his_words_and_the_mail(api: ZohoApi, northlight: Organisation, anna: Ref, address: str) -> None:
    attach_email(api, anna, replace(MAIL, sender=Correspondent(address, "Anna\nRoy")))
    assert sent(northlight, anna)["from"] == {"email": UNREADABLE_SENDER, "user_name": f"Anna Roy {address}".strip()[:255]}


def test_recipients_that_cannot_be_sent_are_left_off(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    many = tuple(Correspondent(f"r{number}@roy.example") for number in range(60))
    attach_email(api, anna, replace(MAIL, to=(Correspondent("no address"), *many), cc=(Correspondent("ann@müller.example"), *many)))
    said = sent(northlight, anna)
    assert [one["email"] for one in said["to"]] == [one.address for one in many[:50]]
    assert [one["email"] for one in said["cc"]] == ["ann@xn--mller-kva.example", *(one.address for one in many[:49])]


def test_a_mail_to_nobody_named_is_taken(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    attach_email(api, anna, replace(MAIL, to=(Correspondent("undisclosed-recipients:;"),), cc=()))
    assert sent(northlight, anna)["to"] == [{"email": UNNAMED_RECIPIENTS.address}]


def test_a_message_id_that_is_too_long_is_one_mail_still(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    first, other = "x" * 260 + "@roy.example", "x" * 261 + "@roy.example"
    for message_id in (first, first, other):
        attach_email(api, anna, replace(MAIL, message_id=message_id))
    assert len({one["original_message_id"] for one in northlight.emails(anna.id)}) == len(northlight.emails(anna.id)) == 2


def test_refusals_are_told_apart(zoho_server: Zoho, northlight: Organisation, rep: User, api: ZohoApi, anna: Ref) -> None:
    for ref in (Ref(Kind.CONTACT, "999999"), Ref(Kind.LEAD, anna.id), Ref(Kind.LEAD, "../users")):
        with pytest.raises(NotFound):
            attach_email(api, ref, *with_files(b"x"))
    northlight.profile("Leads only", Contacts=())
    with pytest.raises(Forbidden):
        attach_email(api_of(zoho_server, northlight.user("Mia", "mia@northlight.example", profile="Leads only")), anna, MAIL)
    zoho_server.faults.next("associate_email", faults.rate_limited())
    with pytest.raises(RateLimited):
        attach_email(api, anna, MAIL)
    assert northlight.emails(anna.id) == []


# --- its files


def test_each_file_has_its_own_verdict(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    mail, files = with_files(
        b"one", None, b"virus", b"x" * (MOST_BYTES - 3), b"two", names=("plan.pdf", "lost.pdf", "run.exe", "film.mp4", "")
    )
    assert attach_email(api, anna, mail, files) == (STORED, NOT_READ, REFUSED, TOO_LARGE, STORED)
    stored = [northlight.uploads[one["id"]].name for one in sent(northlight, anna)["attachments"]]
    assert stored == ["plan.pdf", "attachment"]


def test_more_than_twenty_files_are_too_many(api: ZohoApi, northlight: Organisation, anna: Ref) -> None:
    mail, files = with_files(*[b"x"] * 22)
    assert attach_email(api, anna, mail, files) == (STORED,) * 20 + (TOO_LARGE,) * 2
    assert len(sent(northlight, anna)["attachments"]) == 20


def test_an_outage_while_uploading_leaves_nothing_behind_and_the_next_attempt_all(
    zoho_server: Zoho, api: ZohoApi, northlight: Organisation, anna: Ref
) -> None:
    mail, files = with_files(b"one", b"two", b"three")
    zoho_server.faults.next("POST /crm/v8/files", faults.status(503))
    with pytest.raises(Unavailable):
        attach_email(api, anna, mail, files)
    assert northlight.emails(anna.id) == []
    assert attach_email(api, anna, mail, files) == (STORED,) * 3


@pytest.mark.parametrize(
    ("code", "details", "verdict"),
    [
        ("FILE_SIZE_EXCEEDS", {}, TOO_LARGE),
        ("STORAGE_SPACE_EXCEEDS", {}, TOO_LARGE),
        ("INVALID_DATA", {"api_name": "id", "json_path": "$.Emails[0].attachments[0].id"}, REFUSED),
    ],
)
def test_a_mail_refused_with_its_files_is_put_there_without(
    zoho_server: Zoho,
    api: ZohoApi,
    northlight: Organisation,
    anna: Ref,
    code: str,
    details: dict[str, str],
    verdict: FileVerdict,
) -> None:
    mail, files = with_files(b"one", None, b"two")
    said = {"code": code, "details": details, "message": "no", "status": "error"}
    zoho_server.faults.next("associate_email", faults.status(400, {"Emails": [said]}))
    assert attach_email(api, anna, mail, files) == (verdict, NOT_READ, verdict)
    assert "attachments" not in sent(northlight, anna)


@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_uploaded_for_a_mail_that_is_there_where_zoho_can_say_so(
    zoho_server: Zoho, api: ZohoApi, northlight: Organisation, anna: Ref, *, known: bool
) -> None:
    zoho_server.switches.email_available = known
    mail, files = with_files(b"one")
    attach_email(api, anna, mail, files)
    assert attach_email(api, anna, mail, files) == (STORED,)
    assert len(zoho_server.asked("POST", "/files")) == (1 if known else 2)
    assert len(northlight.emails(anna.id)) == 1


# --- the list


def test_the_list_comes_newest_first_ten_a_page(api: ZohoApi, anna: Ref) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day in (7, *range(7), *range(8, 23)):
        attach_email(api, anna, replace(MAIL, message_id=f"{day}@x.example", subject=f"day {day}", sent_at=start + timedelta(days=day)))
    pages = [emails(api, anna)]
    while (cursor := pages[-1].next_cursor) is not None:
        pages.append(emails(api, anna, cursor))
    assert [len(page.entries) for page in pages] == [10, 10, 3]
    subjects = [entry.mail.subject for page in pages for entry in page.entries]
    assert subjects == [f"day {day}" for day in reversed(range(23))]


def test_a_line_of_the_list_says_what_zoho_knows(api: ZohoApi, anna: Ref) -> None:
    mail, files = with_files(b"one")
    attach_email(api, anna, mail, files)
    (entry,) = emails(api, anna).entries
    assert (entry.mail.subject, entry.mail.sender, entry.mail.incoming, entry.mail.sent_at) == ("Halle B", MAIL.sender, True, MAIL.sent_at)
    assert [one.address for one in (*entry.mail.to, *entry.mail.cc)] == [
        "paul.martin@northlight.example",
        "henri.blanc@ateliers-roy.example",
    ]
    assert (entry.mail.text, entry.mail.message_id, entry.attached_at) == ("", "", None)
    assert (entry.attached_by, entry.has_attachments) == ("Paul Martin", True)


def test_an_empty_list_is_empty_and_a_refused_one_is_not(zoho_server: Zoho, northlight: Organisation, api: ZohoApi, anna: Ref) -> None:
    assert emails(api, anna).entries == ()
    with pytest.raises(NotFound):
        emails(api, Ref(Kind.CONTACT, "999999"))
    northlight.profile("Standard", emails=False)
    with pytest.raises(Forbidden):
        emails(api, anna)
    northlight.profile("Standard", emails=True)
    zoho_server.faults.next("/Emails", faults.status(400, {"code": "CANNOT_PROCESS", "details": {}, "message": "no", "status": "error"}))
    with pytest.raises(Unavailable):
        emails(api, anna)
