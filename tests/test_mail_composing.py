"""What was typed made into a mail: to whom an answer goes, how it is threaded and quoted, what is refused, what the bytes are."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n import ENGLISH, Languages
from reading.canonical import canonical
from reading.message import Mailbox, Message
from reading.raw import read_raw
from reading.segments import Part, segments
from salesinbox.composing import (
    MAX_RECIPIENTS,
    MAX_REFERENCES,
    MAX_SUBJECT,
    MAX_TEXT,
    Answered,
    Draft,
    Field,
    Flaw,
    NotSendable,
    Ready,
    answer_to,
    answering_subject,
    as_typed,
    check,
    compose,
    new_message_id,
    quote,
)

AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
PAUL = Mailbox("paul.martin@northlight.example", "Paul Martin")
SALES = Mailbox("sales@northlight.example", "Northlight")
ANNA = Mailbox("anna.roy@ateliers-roy.example", "Anna Roy")
JONAS = Mailbox("jonas@weber.example", "Weber, Jonas")
OWN = (PAUL.address, SALES.address)
RECEIVED = Answered(
    "m1@roy.example", ("<m0@roy.example>",), "Lights", AT, ANNA, to=(PAUL, JONAS), cc=(SALES,), text="Hello Paul\n> old\n\nAnna"
)


def draft(mail: Answered, *, everybody: bool = False) -> Draft:
    return answer_to(mail, OWN, PAUL.address, ENGLISH, everybody=everybody)


def parsed(wire: bytes) -> EmailMessage:
    mail = email.message_from_bytes(wire, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def wire(ready: Ready, answers: Answered | None = None) -> bytes:
    return compose(ready, new_message_id(ready.sender.address), AT, answers).as_bytes()


def test_an_answer_goes_to_whom_the_mail_says() -> None:
    assert draft(RECEIVED).to == "Anna Roy <anna.roy@ateliers-roy.example>"
    assert draft(RECEIVED).cc == ""
    everybody = draft(RECEIVED, everybody=True)
    assert (everybody.to, everybody.cc) == ("Anna Roy <anna.roy@ateliers-roy.example>", '"Weber, Jonas" <jonas@weber.example>')
    form = replace(RECEIVED, reply_to=(Mailbox("visitor@web.example"),), sender=Mailbox("form@northlight-web.example"))
    assert draft(form).to == "visitor@web.example"
    # A Reply-To of one's own is no recipient.
    assert draft(replace(RECEIVED, reply_to=(SALES,))).to == "Anna Roy <anna.roy@ateliers-roy.example>"
    sent = replace(RECEIVED, sender=SALES, to=(ANNA, PAUL), cc=(JONAS,))
    assert (draft(sent).to, draft(sent).cc) == ("Anna Roy <anna.roy@ateliers-roy.example>", "")
    assert draft(sent, everybody=True).cc == '"Weber, Jonas" <jonas@weber.example>'
    assert draft(replace(RECEIVED, sender=PAUL, to=(PAUL,), cc=())).to == "Paul Martin <paul.martin@northlight.example>"
    assert draft(replace(RECEIVED, sender=None)).to == ""
    written_otherwise = answer_to(
        replace(RECEIVED, to=(Mailbox("p.martin+x@gmail.com"),), cc=()), ("pmartin@gmail.com",), "", ENGLISH, everybody=True
    )
    assert written_otherwise.cc == ""


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Lights", "Re: Lights"),
        ("Re: Lights", "Re: Lights"),
        ("RE: re:Lights", "Re: Lights"),
        ("AW: Re: Lights", "Re: Lights"),
        ("RÉ : Lights", "Re: Lights"),
        ("TR: Lights", "Re: Lights"),
        ("Re[3]: Lights", "Re: Lights"),
        ("Fwd: WG: Lights", "Re: Lights"),
        ("[sales] Re: Lights", "Re: [sales] Lights"),
        ("Re: [sales] Lights", "Re: [sales] Lights"),
        ("Reply: Lights", "Re: Reply: Lights"),
        ("Order 7: Lights", "Re: Order 7: Lights"),
        ("", "Re:"),
    ],
)
def test_one_re_is_enough(subject: str, answered: str) -> None:
    assert answering_subject(subject) == answered


def test_the_original_is_quoted_in_the_writers_language() -> None:
    assert quote(RECEIVED, ENGLISH).split("\n") == [
        "On May 4, 2026, 9:30\u202fAM, Anna Roy wrote:",
        "> Hello Paul",
        ">> old",
        ">",
        "> Anna",
    ]
    assert quote(replace(RECEIVED, text=" \n"), ENGLISH) == ""
    long = quote(replace(RECEIVED, text="x\n" * 60_000), ENGLISH)
    assert len(long) < 160_000
    assert long.endswith("> […]")
    for language in (ENGLISH, Languages().pick("fr")):
        answer = f"Yes.\n\n{quote(RECEIVED, language)}"
        # Our own reading tells the quote from what is new, as mail programs do.
        assert [(one.part, one.first) for one in segments(canonical(Message("k", text=answer)))] == [(Part.OWN, 0), (Part.QUOTED, 2)]


def test_an_answer_is_threaded() -> None:
    ready = check(Draft(PAUL.address, "anna@roy.example", "", "Re: Lights", "Yes."), (PAUL,))
    mail = parsed(wire(ready, RECEIVED))
    assert (mail["In-Reply-To"], mail["References"]) == ("<m1@roy.example>", "<m0@roy.example> <m1@roy.example>")
    thread = tuple(f"<{number}.{'x' * 100}@roy.example>" for number in range(80))
    bytes_ = wire(ready, replace(RECEIVED, thread=thread))
    # Programs look for ids as they are: none is encoded, and none is lost in the folding.
    named = parsed(bytes_)["References"].split()
    assert named == [thread[0], *thread[82 - MAX_REFERENCES :], "<m1@roy.example>"]
    assert b"=?" not in bytes_
    nameless = parsed(
        wire(ready, replace(RECEIVED, message_id="sha256:abc def", thread=("<bad id>", "<ok@roy.example>", "<é@roy.example>")))
    )
    assert nameless["In-Reply-To"] is None
    assert nameless["References"] == "<ok@roy.example>"
    assert parsed(wire(ready))["References"] is None


def test_what_is_typed_is_what_arrives() -> None:
    names = 'Zoë "the boss" Müller, Àgnès and Söhne ' * 4
    zoe = as_typed([Mailbox("zoe@zoe.example", names.strip())])
    typed = Draft(
        PAUL.address,
        f'anna@roy.example; "Weber, Jonas" <JONAS@weber.example>, Doe, John <john@münchen.example>, {zoe}',
        "anna@roy.example, Łukasz <lukasz@firma.example>",
        "Offre spéciale été très bientôt à Paris, déjà réservée — prêt à être envoyée à toute l’équipe =?utf-8?q?x?=",
        "Bonjour,\r\n.un point\r\n..deux\r\nFrom ici\r\n\r\n" + "long " * 400 + "\r\n😀 fin\x00\x1b",
    )
    ready = check(typed, (PAUL, SALES))
    assert ready.recipients == (
        "anna@roy.example",
        "jonas@weber.example",
        "john@xn--mnchen-3ya.example",
        "zoe@zoe.example",
        "lukasz@firma.example",
    )
    raw = wire(ready)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    assert raw.count(b"\n") == raw.count(b"\r\n")
    read = read_raw(raw)
    assert read.sender == PAUL
    assert [box.name for box in read.to] == ["", "Weber, Jonas", "Doe, John", names.strip()]
    assert read.cc == (Mailbox("lukasz@firma.example", "Łukasz"),)
    assert read.subject == typed.subject
    assert read.text.rstrip("\n") == typed.text.replace("\r\n", "\n").replace("\x00\x1b", "")
    assert read.sent_at == AT
    mail = parsed(raw)
    assert mail["Bcc"] is None
    assert str(mail["Message-ID"]).endswith("@northlight.example>")


@pytest.mark.parametrize(
    ("change", "field", "flaw"),
    [
        ({"sender": ANNA.address}, Field.SENDER, Flaw.NOT_YOURS),
        ({"sender": f"{PAUL.address}\r\nBcc: x@y.example"}, Field.SENDER, Flaw.NOT_YOURS),
        ({"to": ""}, Field.TO, Flaw.MISSING),
        ({"to": " , ;"}, Field.TO, Flaw.MISSING),
        ({"to": "anna@roy.example, nobody"}, Field.TO, Flaw.NO_ADDRESS),
        ({"to": "foo, anna@roy.example"}, Field.TO, Flaw.NO_ADDRESS),
        ({"to": "anna@roy.example jonas@weber.example"}, Field.TO, Flaw.NO_ADDRESS),
        ({"to": "anna@localhost"}, Field.TO, Flaw.NO_ADDRESS),
        ({"to": "a..b@roy.example"}, Field.TO, Flaw.NO_ADDRESS),
        ({"to": "zoë@roy.example"}, Field.TO, Flaw.NOT_ASCII),
        ({"to": "zoe@straße.example"}, Field.TO, Flaw.NOT_ASCII),
        ({"cc": "anna@roy.example\r\nBcc: x@y.example"}, Field.CC, Flaw.LINE_BREAK),
        ({"to": "anna@roy.example\nX-Evil: 1"}, Field.TO, Flaw.LINE_BREAK),
        ({"subject": "Lights\nBcc: x@y.example"}, Field.SUBJECT, Flaw.LINE_BREAK),
        ({"subject": "Lights\u2028X"}, Field.SUBJECT, Flaw.LINE_BREAK),
        ({"subject": "x" * (MAX_SUBJECT + 1)}, Field.SUBJECT, Flaw.TOO_LONG),
        ({"text": " \n"}, Field.TEXT, Flaw.MISSING),
        ({"text": "x" * (MAX_TEXT + 1)}, Field.TEXT, Flaw.TOO_LONG),
        ({"cc": ",".join(f"a{number}@roy.example" for number in range(MAX_RECIPIENTS))}, Field.TO, Flaw.TOO_MANY),
    ],
)
def test_what_cannot_go_out_is_told_at_its_field(change: dict[str, str], field: Field, flaw: Flaw) -> None:
    good = Draft(PAUL.address, "anna@roy.example", "", "Lights", "Hello")
    check(good, (PAUL,))
    with pytest.raises(NotSendable) as caught:
        check(replace(good, **change), (PAUL,))
    assert [(problem.field, problem.flaw) for problem in caught.value.problems] == [(field, flaw)]


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_input_makes_a_header_of_its_own(to: str, subject: str, text: str) -> None:
    try:
        ready = check(Draft(PAUL.address, f"{to}, anna@roy.example", "", subject, f"{text}."), (PAUL,))
    except NotSendable:
        return
    mail = parsed(wire(ready))
    assert {name.lower() for name in mail} <= {
        "from", "to", "subject", "date", "message-id", "content-type", "content-transfer-encoding", "mime-version",
    }  # fmt: skip
    assert [box.address for box in read_raw(wire(ready)).to] == list(ready.recipients)
