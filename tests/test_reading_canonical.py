"""The lines fields are read from: blanks, link targets, the structure of HTML."""

import pytest

from reading.canonical import MAX_LINES, canonical
from reading.links import unwrapped
from reading.markup import read_markup
from reading.message import Message
from reading.proposal import Link
from reading.raw import read_raw


def lines_of(text: str, html: str = "") -> list[str]:
    return [line.text for line in canonical(Message("k", text=text, html=html)).lines]


def test_lines_stay_one_for_one_and_know_their_place():
    text = canonical(Message("k", text="Bonjour,\n\n  Anna Roy  \nTél. : 04 99 00 12 34"))
    assert [line.number for line in text.lines] == [0, 1, 2, 3]
    whole = "\n".join(line.text for line in text.lines)
    assert all(whole[line.start : line.start + len(line.text)] == line.text for line in text.lines)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("T\u00e9l.\u00a0: 04\u202f99\u00a000", "Tél. : 04 99 00"),
        ("An\u00adna\u200b R\u200coy\ufeff", "Anna Roy"),
        ("Zu\u0308rich", "Zürich"),
        ("\u202eanna\u202c", "anna"),
        ("*Anna Roy*", "Anna Roy"),
        ("Anna Roy * Ateliers Roy * Lyon", "Anna Roy * Ateliers Roy * Lyon"),
        ("[cid:image001.png@01D7ABCD.12345678]Ateliers Roy", "Ateliers Roy"),
        ("www.roy.example<http://www.roy.example/>", "www.roy.example"),
        ("<https://roy.example/>", "https://roy.example/"),
    ],
)
def test_marks_nobody_reads_are_left_out(written: str, read: str):
    assert lines_of(written) == [read]


def test_targets_become_links_of_their_line():
    text = canonical(Message("k", text="Anna\nanna@roy.example<mailto:anna@roy.example> | [in]<https://www.linkedin.com/in/anna-roy>"))
    assert text.lines[1].text == "anna@roy.example | [in]"
    assert text.links == (Link("anna@roy.example", "mailto:anna@roy.example", 1), Link("[in]", "https://www.linkedin.com/in/anna-roy", 1))


@pytest.mark.parametrize(
    ("wrapped", "target"),
    [
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.roy.example%2Fcontact&data=05%7C01",
            "https://www.roy.example/contact",
        ),
        ("https://urldefense.proofpoint.com/v2/url?u=http-3A__www.roy.example_team&d=DwMF", "http://www.roy.example/team"),
        ("https://urldefense.com/v3/__https://www.roy.example/__;!!abc$", "https://www.roy.example/"),
        ("https://www.google.com/url?q=https://roy.example/a&sa=D", "https://roy.example/a"),
        ("https://t.sidekickopen07.com/e1t/c/5?t=W1&url=http%3A%2F%2Froy.example", "http://roy.example"),
        ("https://www.google.com/maps?q=Lyon", "https://www.google.com/maps?q=Lyon"),
        ("https://roy.example/?url=https%3A%2F%2Fother.example", "https://roy.example/?url=https%3A%2F%2Fother.example"),
        ("https://eur01.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)", None),
        ("http://[broken", "http://[broken"),
    ],
)
def test_redirects_of_filters_are_unwrapped(wrapped: str, target: str | None):
    assert unwrapped(wrapped) == (target or wrapped)


GMAIL = (
    '<div dir="ltr">D\'accord pour jeudi.<br><br>-- <br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature">'
    '<table><tr><td>Anna Roy</td><td>Directrice des achats</td></tr></table><a href="tel:+33499001234">04 99 00 12 34</a></div></div>'
    '<div class="gmail_quote"><div class="gmail_attr">Le mar. 5 mai, Paul a écrit :</div>'
    '<blockquote class="gmail_quote">Jeudi ?</blockquote></div>'
)


def test_html_is_read_by_its_structure():
    markup = read_markup(GMAIL)
    assert markup.lines == (
        "D'accord pour jeudi.",
        "",
        "--",
        "Anna Roy | Directrice des achats",
        "04 99 00 12 34",
        "Le mar. 5 mai, Paul a écrit :",
        "Jeudi ?",
    )
    assert markup.signed == {3, 4}
    assert markup.quoted == {5, 6}
    assert markup.links == (Link("04 99 00 12 34", "tel:+33499001234", 4),)


@pytest.mark.parametrize(
    "container",
    [
        '<div id="Signature">{}</div>',
        '<div id="x_Signature">{}</div>',
        '<p class="MsoAutoSig">{}</p>',
        '<div id="AppleMailSignature">{}</div>',
        '<div class="moz-signature">{}</div>',
        '<div class="protonmail_signature_block">{}</div>',
    ],
)
def test_signature_containers_of_mail_programs(container: str):
    assert read_markup("<p>Hello</p>" + container.format("Anna Roy")).signed == {1}


def test_markup_tells_which_lines_of_the_plain_text_are_signed():
    text = canonical(Message("k", text="D'accord pour jeudi.\n\nAnna Roy\nDirectrice des achats\n04 99 00 12 34", html=GMAIL))
    assert not text.from_markup
    assert {text.lines[number].text for number in text.signed} == {"04 99 00 12 34"}


def test_a_mail_of_html_alone_has_the_lines_of_its_markup():
    message = read_raw(b"Content-Type: text/html; charset=utf-8\n\n" + GMAIL.encode())
    assert message.text_is_html
    assert "Anna Roy | Directrice des achats" in [line.text for line in canonical(message).lines]


def test_a_plain_part_that_says_nothing_gives_way_to_the_html():
    assert "Anna Roy | Directrice des achats" in lines_of("Voir la version HTML", GMAIL)


def test_long_mails_are_cut():
    text = canonical(Message("k", text="x\n" * (MAX_LINES + 50)))
    assert len(text.lines) == MAX_LINES
    assert len(canonical(Message("k", text="x" * 50_000)).lines[0].text) == 1_000
