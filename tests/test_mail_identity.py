"""Which copies are one mail, by when it is sorted, by what addresses are compared, what a list shows of it."""

from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from reading.message import Mailbox, Message
from reading.people import Own, people_of
from reading.raw import read_raw
from salesinbox.incoming import Fetched, identity, kind_of, read_fetched, snippet_of, sorted_at
from salesinbox.matching import address_key
from tests.stored_mail import MORNING, raw_mail

PAUL = "paul.martin@northlight.example"
ARRIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def key(raw: bytes) -> str:
    return identity(read_raw(raw))


def test_the_sent_copy_and_what_arrives_are_one_mail() -> None:
    sent = raw_mail("Offer", PAUL, "anna@roy.example", text="Grüße, as agreed:\n\n 100 pieces \n", Bcc="boss@northlight.example")
    arrived = sent.replace(b"Bcc: boss@northlight.example\n", b"").replace(b"\n", b"\r\n")
    arrived = b"Received: from a by b; Mon, 02 Mar 2026 08:00:00 +0000\r\n" + arrived
    recoded = raw_mail("Offer", PAUL, "anna@roy.example", text="Grüße, as agreed:\n\n 100 pieces\n").replace(
        b"\n\n", b"\nX-Scanned: yes\n\n", 1
    )
    assert b"8bit" in sent and sent != recoded
    assert key(sent) == key(arrived) == key(recoded)
    head, _, body = sent.partition(b"\n\n")
    assert key(sent) == key(head.replace(b"8bit", b"base64") + b"\n\n" + encodebytes(body)), "another server wrote it in base64"


@pytest.mark.parametrize(
    "other",
    [
        raw_mail("Offer", text="Pay to another account", message_id="<1@a.example>"),
        raw_mail("Offer", "Eve <eve@a.example>", message_id="<1@a.example>"),
        raw_mail("Another offer", message_id="<1@a.example>"),
        raw_mail("Offer", minutes=1, message_id="<1@a.example>"),
        raw_mail("Offer", message_id="<2@a.example>"),
    ],
    ids=["text", "sender", "subject", "date", "id"],
)
def test_a_copied_message_id_makes_no_copy(other: bytes) -> None:
    assert key(raw_mail("Offer", message_id="<1@a.example>")) != key(other)


def test_mail_without_a_message_id_is_known_again_and_told_apart() -> None:
    bare = raw_mail("Offer").replace(b"Message-ID: <offer@mail.example>\n", b"")
    assert read_raw(bare).message_id == "" and read_raw(raw_mail("Offer")).message_id == "<offer@mail.example>"
    assert key(bare) == key(bare.replace(b"\n", b"\r\n")) != key(bare.replace(b"Good", b"Bad"))


def test_the_beginning_of_a_large_mail_is_that_mail() -> None:
    whole = raw_mail("Plans", text="Wörter und Sätze. " * 6_000, files=(("plan.pdf", b"\x00\xff" * 400_000),))
    assert len(whole) > 1_000_000
    assert key(whole) == key(whole[: 256 * 1024])


@pytest.mark.parametrize(
    ("sent_at", "expected"),
    [
        (MORNING, MORNING),
        (None, ARRIVED),
        (ARRIVED + timedelta(hours=23), ARRIVED + timedelta(hours=23)),
        (ARRIVED + timedelta(hours=25), ARRIVED),
        (datetime(1979, 12, 31, tzinfo=UTC), ARRIVED),
        (datetime(1999, 1, 1, tzinfo=UTC), datetime(1999, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_believed_unless_it_cannot_be(sent_at: datetime | None, expected: datetime) -> None:
    assert sorted_at(sent_at, ARRIVED) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Anna.Roy+shop@GoogleMail.com", "annaroy@gmail.com"),
        ("anna.roy+shop@outlook.fr", "anna.roy@outlook.fr"),
        ("anna+x@me.com", "anna@icloud.com"),
        ("anna-shop@yahoo.com", "anna-shop@yahoo.com"),
        ("anna+shop@roy.example", "anna+shop@roy.example"),
        ("anna+shop@live.example", "anna+shop@live.example"),
        ("+shop@gmail.com", "+shop@gmail.com"),
        ("nobody", "nobody"),
    ],
)
def test_addresses_are_compared_by_their_providers_rules(address: str, expected: str) -> None:
    assert address_key(address) == expected == address_key(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Paul,\n\nyes.\n\nOn 3 May 2026 at 10:00, Paul <p@a.example> wrote:\n> Agreed?", "Dear Paul, yes."),
        ("> Agreed?\nYes.", "Yes."),
        ("See below\n-----Original Message-----\nFrom: x", "See below"),
        ("On 3 May 2026 at 10:00, Paul <p@a.example> wrote:\n> Agreed?", "On 3 May 2026 at 10:00, Paul <p@a.example> wrote: > Agreed?"),
        ("word " * 500, ("word " * 40).strip()),
        ("\u202eabc\x00", "abc"),
        ("", ""),
    ],
)
def test_a_list_shows_what_the_author_wrote(text: str, expected: str) -> None:
    assert snippet_of(text) == expected


def test_the_kind_is_what_reading_says() -> None:
    senders = (PAUL, "anna@roy.example", "no-reply@shop.example", "mailer-daemon@roy.example", "list@lists.example", "")
    for sender, bulk, automatic, answers, list_id, list_post in product(
        senders, (False, True), (False, True), (False, True), ("", "list.lists.example"), ("", "list@lists.example", "no")
    ):
        message = Message(
            "1@a.example",
            sender=Mailbox(sender) if sender else None,
            reply_to=(Mailbox("visitor@web.example"),) if answers else (),
            to=(Mailbox("list@lists.example"), Mailbox(PAUL)),
            list_id=list_id,
            list_post=list_post,
            bulk=bulk,
            automatic=automatic,
            answers=answers,
        )
        assert kind_of(message, frozenset({PAUL})) is people_of(message, Own(frozenset({PAUL}), frozenset())).kind


def test_who_wrote_it_and_what_it_answers() -> None:
    raw = raw_mail(
        "Re: Offer",
        f"Paul <{PAUL}>",
        In_Reply_To="<2@a.example>",
        References="<1@a.example> <3@a.example> <1@a.example>",
        message_id="<3@a.example>",
    )
    mine = read_fetched(Fetched(7, ARRIVED, len(raw), unread=False, raw=raw), frozenset({PAUL}))
    assert (mine.outgoing, mine.thread) == (True, "<1@a.example> <2@a.example>")
    theirs = read_fetched(Fetched(7, ARRIVED, len(raw), unread=False, raw=raw), frozenset({"other@northlight.example"}))
    assert not theirs.outgoing and theirs.key == mine.key
