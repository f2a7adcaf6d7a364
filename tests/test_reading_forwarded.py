"""Original senders: what each mail program writes over a mail it forwards, and what a reply writes over the mail it answers."""

import pytest

from reading.forwarded import quoted_original
from reading.message import Original, OriginalSource
from reading.raw import read_raw
from tests.forwarded_mails import FORWARDS, HANNAH
from tests.timing import least_cpu


@pytest.mark.parametrize("name", FORWARDS)
def test_forwarded_mails(name: str) -> None:
    subject, text, sender, original_subject = FORWARDS[name]
    assert quoted_original(text, subject) == Original(sender, OriginalSource.QUOTED_HEADER, original_subject)


FORWARDED_BELOW = (
    "---------- Forwarded message ---------\nFrom: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>\nSubject: Lamps\nTo: x\n\nHello"
)
OUTLOOK = "From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>\nSent: Monday\nTo: x\nSubject: Lamps\n\nHello"

NOT_FORWARDED = {
    "no quote": ("Fwd: Lamps", "Hello,\nsee the catalogue.\n"),
    "empty": ("Fwd: Lamps", ""),
    "reply, English": ("Re: Lamps", f"Thanks\n\nOn Mon, 4 May 2026 at 10:15, Hannah Schmidt <h@l.example> wrote:\n\n{FORWARDED_BELOW}"),
    "reply, English, folded": (
        "Re: Lamps",
        f"Thanks\n\nOn Mon, 4 May 2026 at 10:15, Hannah Schmidt\n<h@l.example>\nwrote:\n\n{FORWARDED_BELOW}",
    ),
    "reply, French": ("Re: Lamps", f"Merci\n\nLe lun. 4 mai 2026 à 10:15, Hannah <h@l.example> a écrit\u00a0:\n\n{FORWARDED_BELOW}"),
    "reply, German": ("Re: Lamps", f"Danke\n\nAm 04.05.2026 um 10:15 schrieb Hannah Schmidt:\n\n{FORWARDED_BELOW}"),
    "reply, German, Gmail": ("Re: Lamps", f"Danke\n\nAm Mo., 4. Mai 2026 um 10:15 Uhr schrieb Hannah <h@l.example>:\n\n{FORWARDED_BELOW}"),
    "reply, Spanish": ("Re: Lamps", f"Gracias\n\nEl lun, 4 may 2026 a las 10:15, Hannah (<h@l.example>) escribió:\n\n{FORWARDED_BELOW}"),
    "reply, Italian": (
        "Re: Lamps",
        f"Grazie\n\nIl giorno lun 4 mag 2026 alle ore 10:15 Hannah <h@l.example> ha scritto:\n\n{FORWARDED_BELOW}",
    ),
    "reply, Portuguese": (
        "Re: Lamps",
        f"Obrigado\n\nEm seg., 4 de mai. de 2026 às 10:15, Hannah <h@l.example> escreveu:\n\n{FORWARDED_BELOW}",
    ),
    "reply, Dutch": ("Re: Lamps", f"Dank\n\nOp ma 4 mei 2026 om 10:15 schreef Hannah <h@l.example>:\n\n{FORWARDED_BELOW}"),
    "Outlook reply": ("RE: Lamps", f"Thanks\n\n{OUTLOOK}"),
    "Outlook reply to a forward": ("RE: TR: Lamps", f"Thanks\n\n{OUTLOOK}\n\n{FORWARDED_BELOW}"),
    "Outlook reply, no prefix": ("Lamps", f"Thanks\n\n{OUTLOOK}"),
    "marker in a quote only": ("Re: Lamps", "> ---------- Forwarded message ---------\n> From: a@b.example\n> To: x\n> Subject: y\n"),
    "marker and nothing after it": ("Fwd: Lamps", "---------- Forwarded message ---------\nHello"),
    "no address in the block": ("FW: Lamps", "From: Hannah Schmidt\nSent: Monday\nTo: Claire\nSubject: Lamps\n\nwrite to a@b.example"),
    "an invitation, not headers": ("Fwd: Party", "Date: 4 May\nSubject: party\nFrom nine o'clock\nHello"),
    "a travel plan": ("Fwd: Trip", "From: Lyon\nTo: Paris\n\nBye, a@b.example"),
}


@pytest.mark.parametrize("name", NOT_FORWARDED)
def test_what_is_no_forward(name: str) -> None:
    subject, text = NOT_FORWARDED[name]
    assert quoted_original(text, subject) is None


def test_the_block_of_an_html_mail() -> None:
    html = (
        "<div>For you</div><div class='gmail_quote'><div>---------- Forwarded message ---------<br>From: <strong>Hannah Schmidt</strong> "
        "<span>&lt;<a href='mailto:x'>hannah.schmidt@licht-und-raum.example</a>&gt;</span><br>Date: Mon<br>Subject: Lamps<br></div>"
        "Hello</div>"
    )
    table = (
        "-------- Forwarded Message --------<table><tr><th>Subject: </th><td>Lamps</td></tr><tr><th>Date: </th><td>Mon</td></tr>"
        "<tr><th>From: </th><td>Hannah Schmidt &lt;hannah.schmidt@licht-und-raum.example&gt;</td></tr></table>"
    )
    outlook = (
        "<p>Bonjour</p><div style='border-top:solid'><p><b>De&nbsp;:</b> Hannah Schmidt &lt;hannah.schmidt@licht-und-raum.example&gt;<br>"
        "<b>Envoyé&nbsp;:</b> lundi<br><b>À&nbsp;:</b> x<br><b>Objet&nbsp;:</b> Lamps</p></div>"
    )
    for part in [html, table, outlook]:
        message = read_raw(f"Subject: TR: Lamps\nContent-Type: text/html; charset=utf-8\n\n{part}".encode())
        assert message.original == Original(HANNAH, OriginalSource.QUOTED_HEADER, "Lamps")


def attached(content_type: str) -> bytes:
    return f"""From: claire.dubois@northlight.example
Subject: for you
Content-Type: {content_type}; boundary=b

--b

See the mail.
--b
Content-Type: message/rfc822

From: Hannah Schmidt <hannah.schmidt@licht-und-raum.example>
Subject: Lamps
Content-Type: multipart/mixed; boundary=c

--c

Hello
--c
Content-Type: message/rfc822

From: inner@most.example

x
--c--
--b--
""".encode()


def test_an_attached_mail_tells_its_own_sender() -> None:
    message = read_raw(attached("multipart/mixed"))
    assert message.original == Original(HANNAH, OriginalSource.ATTACHED_MESSAGE, "Lamps")
    assert message.text == "See the mail."
    assert [(file.name, file.mime_type) for file in message.attachments] == [("Lamps", "message/rfc822")]


@pytest.mark.parametrize("content_type", ["multipart/report; report-type=delivery-status", "multipart/digest"])
def test_bounces_and_digests_are_not_forwarded_by_anybody(content_type: str) -> None:
    assert read_raw(attached(content_type)).original is None


HOSTILE = {
    "labels": "to:\n" * 25_000,
    "senders": "from: a@b.example\nto:" * 5_000,
    "markers": ("--forwarded message\nDate: " + "x" * 300 + "\n") * 300,
    "at signs": "From: " + "@" * 90_000 + "\nTo: a\nSubject: b\n",
    "introductions": "on 1 @\n" * 14_000,
    "combining marks": "e" + "\u0301\u0327" * 40_000 + ":\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_bounded(name: str) -> None:
    assert least_cpu(lambda: quoted_original(HOSTILE[name], "Fwd: x")) < 0.25
