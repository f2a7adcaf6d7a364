"""The sample mails are what they claim to be: real MIME of every kind, in four languages, stable under their ids."""

import re
from email.message import Message
from pathlib import Path

import pytest

from playground import mime
from playground.mailbox import SAMPLES, Mailboxes, SampleMail, load_mailboxes, rest_id
from playground.newsletter import NEWSLETTER_NAME
from playground.people import ACTORS, CLAIRE, KIM, NADIA, PAUL, TOM, actor

WORDS = {
    "English": {"the", "and", "you", "would"},
    "French": {"vous", "pour", "les", "est"},
    "German": {"und", "bitte", "für", "die"},
    "Spanish": {"los", "las", "para", "hola", "por", "quiere", "gustaría"},
}


@pytest.fixture(scope="module")
def mailboxes(tmp_path_factory) -> Mailboxes:
    return load_mailboxes(tmp_path_factory.mktemp("dropped"))


def everything(mailboxes: Mailboxes) -> list[SampleMail]:
    return [mail for owner in (PAUL, CLAIRE, NADIA) for mail in mailboxes.of(owner.email).mails]


def parsed(mailboxes: Mailboxes, name: str) -> Message:
    mail = mailboxes.of(PAUL.email).named(name)
    assert mail, name
    return mime.parse(mail.raw)


def defects(message: Message) -> list[str]:
    return [type(defect).__name__ for part in message.walk() for defect in part.defects]


def test_there_are_more_than_36_different_mails(mailboxes):
    keys = {mime.header(mime.parse(mail.raw), "Message-ID") or mail.name for mail in everything(mailboxes)}
    assert len(keys) >= 45
    assert len(mailboxes.of(PAUL.email).mails) >= 36


def test_every_mail_parses_and_only_the_broken_ones_are_broken(mailboxes):
    broken = {mail.name: defects(mime.parse(mail.raw)) for mail in everything(mailboxes) if defects(mime.parse(mail.raw))}
    assert broken == {"23-duplicate-from-raw-headers.eml": ["MissingHeaderBodySeparatorDefect"]}


def test_every_mail_has_something_to_show(mailboxes):
    for mail in everything(mailboxes):
        assert mail.subject, mail.name
        assert mail.snippet, mail.name
        assert mail.recipients, mail.name
        assert mail.sender or mail.name == "20-no-from.eml", mail.name
        assert "\ufffd" not in mail.subject + mail.sender + mail.text, mail.name
        assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x1f]", mail.subject + mail.sender + mail.snippet), mail.name


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_several_mails(mailboxes, language):
    found = [mail.name for mail in everything(mailboxes) if len(WORDS[language] & set(re.findall(r"\w+", mail.text.lower()))) >= 2]
    assert len(found) >= 3, found


def test_newest_first_and_some_unread(mailboxes):
    for owner in (PAUL, CLAIRE, NADIA):
        mails = mailboxes.of(owner.email).mails
        assert [mail.date for mail in mails] == sorted((mail.date for mail in mails), reverse=True)
        assert any(mail.unread for mail in mails)
        assert not any(mail.unread and mail.sent for mail in mails)


def test_several_mails_reached_two_mailboxes_under_one_message_id(mailboxes):
    def ids(owner):
        return {mime.header(mime.parse(mail.raw), "Message-ID") for mail in mailboxes.of(owner.email).mails} - {""}

    assert len(ids(PAUL) & ids(CLAIRE)) >= 8
    assert len(ids(PAUL) & ids(NADIA)) >= 4


def test_ids_are_gmails_and_stable(mailboxes, tmp_path):
    again = load_mailboxes(tmp_path)
    seen = set()
    for person in ACTORS:
        for mail, same in zip(mailboxes.of(person.email).mails, again.of(person.email).mails, strict=True):
            assert re.fullmatch(r"msg-f:\d{19}", mail.message_id)
            assert re.fullmatch(r"thread-f:\d{19}", mail.thread_id)
            assert (mail.message_id, mail.thread_id) == (same.message_id, same.thread_id)
            assert mailboxes.find(person.email, mail.message_id) == mail
            assert mailboxes.find(person.email, rest_id(mail.message_id)) == mail
            seen.add(mail.message_id)
    assert len(seen) == sum(len(mailboxes.of(person.email).mails) for person in ACTORS)


def test_an_answer_lies_in_the_thread_of_what_it_answers(mailboxes):
    mailbox = mailboxes.of(PAUL.email)
    first, answer = mailbox.named("35-sent-from-alias-to-olivia"), mailbox.named("34-olivia-reply-with-quote")
    assert answer.thread_id == first.thread_id != mailbox.named("33-amelie-pdf-plans").thread_id
    assert rest_id(first.thread_id) == rest_id(first.message_id)


def test_people_without_mails_see_pauls_under_their_own_ids(mailboxes):
    paul, tom = mailboxes.of(PAUL.email), mailboxes.of(TOM.email)
    assert [mail.name for mail in tom.mails] == [mail.name for mail in paul.mails]
    assert not {mail.message_id for mail in tom.mails} & {mail.message_id for mail in paul.mails}
    assert mailboxes.find(TOM.email, paul.mails[0].message_id) is None
    assert mailboxes.of("somebody@elsewhere.example").mails[0].owner_email == "somebody@elsewhere.example"


def test_newsletter_is_200_kilobytes_of_html(mailboxes):
    message = parsed(mailboxes, NEWSLETTER_NAME)
    html = next(part for part in message.walk() if part.get_content_type() == "text/html")
    assert 190_000 < len(html.get_payload(decode=True)) < 260_000
    assert message["List-Unsubscribe"]
    assert message["Precedence"] == "bulk"


def test_kinds_by_their_headers(mailboxes):
    assert parsed(mailboxes, "10-list-installers")["List-Id"]
    assert "via" in mime.header(parsed(mailboxes, "38-list-sender-rewritten"), "From").replace("í", "i")
    assert parsed(mailboxes, "12-noreply-parcel")["Auto-Submitted"] == "auto-generated"
    assert parsed(mailboxes, "13-bounce")["Return-Path"] == "<>"
    assert parsed(mailboxes, "13-bounce").get_content_type() == "multipart/report"
    assert parsed(mailboxes, "29-jonas-auto-reply")["Auto-Submitted"] == "auto-replied"
    assert "liam@" in parsed(mailboxes, "18-web-form-reply-to")["Reply-To"]
    assert parsed(mailboxes, "19-anna-secondary-address")["From"].endswith("<anna.roy@courrier.example>")
    assert parsed(mailboxes, "20-no-from")["From"] is None
    assert parsed(mailboxes, "22-no-message-id-bad-date")["Message-ID"] is None
    assert mime.first_date(parsed(mailboxes, "22-no-message-id-bad-date"), "Date") is None
    assert len(parsed(mailboxes, "23-duplicate-from-raw-headers").get_all("From", [])) == 2
    assert "\u202e" in mime.decoded(parsed(mailboxes, "24-right-to-left-sender")["From"])
    assert "<script>" in parsed(mailboxes, "25-markup-in-sender")["Subject"]
    assert "🔦" in mime.header(parsed(mailboxes, "26-lucia-emoji-inline-image"), "Subject")
    assert 280 < len(mime.header(parsed(mailboxes, "27-petra-long-subject"), "Subject")) < 330
    assert "paul.martin+salon@" in parsed(mailboxes, "28-marc-plus-address")["To"]


def test_kinds_by_their_structure(mailboxes):
    def types(name):
        return [part.get_content_type() for part in parsed(mailboxes, name).walk()]

    assert types("01-anna-quote-request") == ["multipart/alternative", "text/plain", "text/html"]
    assert types("07-rachel-unknown-html-only") == ["text/html"]
    assert types("17-forwarded-as-attachment") == ["multipart/mixed", "text/plain", "message/rfc822", "text/plain"]
    assert types("26-lucia-emoji-inline-image") == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
    assert "text/calendar" in types("31-sofia-invitation")
    assert "text/csv" in types("32-petra-secondary-address-csv")
    assert "application/pdf" in types("33-amelie-pdf-plans")
    for name, marker in (
        ("14-forwarded-gmail-english", "---------- Forwarded message"),
        ("15-forwarded-outlook-french", "Envoyé : mardi"),
        ("16-forwarded-german", "-----Ursprüngliche Nachricht-----"),
    ):
        assert marker in mailboxes.of(PAUL.email).named(name).text


def test_transfer_encodings_and_charsets(mailboxes):
    parts = [part for mail in everything(mailboxes) for part in mime.parse(mail.raw).walk() if part.get_content_maintype() == "text"]
    assert {part["Content-Transfer-Encoding"] for part in parts} >= {"7bit", "8bit", "quoted-printable", "base64", None}
    assert {part.get_content_charset() for part in parts} >= {"us-ascii", "utf-8", "iso-8859-1", "windows-1252", None}


def test_sample_addresses_are_invented(mailboxes):
    for mail in everything(mailboxes):
        written = "\n".join(value for _, value in mime.header_values(mime.parse(mail.raw))) + mail.text
        domains = re.findall(r"@([a-z0-9.-]+\.[a-z]+)", written.lower())
        assert all(domain.endswith(".example") for domain in domains), (mail.name, domains)


def test_dropped_mail_is_found_by_its_id_in_every_process(tmp_path):
    raw = b"From: Kim <kim@elsewhere.example>\nTo: paul.martin@northlight.example\nSubject: hello\n\nBonjour\n"
    mail = load_mailboxes(tmp_path).drop(PAUL.email, raw)
    found = load_mailboxes(tmp_path).find(PAUL.email, mail.message_id)
    assert found == mail
    assert found.subject == "hello"
    assert found.raw == raw.replace(b"\n", b"\r\n")
    assert load_mailboxes(tmp_path).find(CLAIRE.email, mail.message_id) is None


def test_a_sample_mail_dropped_into_its_own_mailbox_stays_the_one_it_is(tmp_path):
    mailboxes = load_mailboxes(tmp_path)
    source = (SAMPLES / "paul" / "02-emily-lead-and-contact.eml").read_bytes()
    assert mailboxes.drop(PAUL.email, source).message_id == mailboxes.of(PAUL.email).named("02-emily-lead-and-contact").message_id
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["", "paul", "@northlight.example", "../x@y.example/..", "a@b@c.example", "a b@c.example"])
def test_what_is_no_address_is_nobody(address):
    with pytest.raises(ValueError, match="not a mail address"):
        actor(address)


def test_the_cast_is_fixed_and_others_are_stable():
    assert actor("Paul.Martin@northlight.example") is PAUL
    assert [person.sub[-2:] for person in ACTORS] == ["01", "02", "03", "04", "05", "07", "06", "08"]
    assert actor("new@northlight.example") == actor("new@northlight.example")
    assert actor("new@northlight.example").sub != actor("new2@northlight.example").sub
    assert KIM.hosted_domain == "elsewhere.example"
    assert actor("someone@gmail.com").hosted_domain is None


def test_the_mailbox_files_are_kept_byte_for_byte():
    assert "*.eml -text" in (SAMPLES / ".gitattributes").read_text()
    assert Path(SAMPLES / "paul" / "23-duplicate-from-raw-headers.eml").read_bytes().count(b"\xfc") >= 3
