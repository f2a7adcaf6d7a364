"""Mails from their bytes: headers as they come in life, parts, texts, and what is sent to do harm."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reading.addresses import mailbox, mailboxes
from reading.gmail_payload import read_gmail
from reading.headers import decode_words
from reading.message import MAX_TEXT, Mailbox, Message
from reading.parts import MAX_DEPTH
from reading.people import Own, people_of
from reading.raw import read_raw
from reading.text import html_to_text
from tests.gmail_json import as_gmail
from tests.timing import least_cpu

OWN = Own(frozenset({"paul.martin@northlight.example"}), frozenset({"northlight.example"}))
SECONDS = 0.25


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def test_plain_mail() -> None:
    message = read_raw(
        crlf("""Return-Path: <anna.roy@ateliers-roy.example>
From: Anna Roy <Anna.Roy@Ateliers-Roy.example>
To: "Martin, Paul" <paul.martin@northlight.example>, Claire Dubois
 <claire.dubois@northlight.example>
Cc: henri.blanc@ateliers-roy.example (Henri Blanc)
Subject: Commande de
 printemps
Date: Mon, 4 May 2026 10:15:00 +0200
Message-ID: <Abc.123@mail.ateliers-roy.example>
Content-Type: text/plain; charset=utf-8

Bonjour Paul,

à bientôt
""")
    )
    assert message == Message(
        key="Abc.123@mail.ateliers-roy.example",
        subject="Commande de printemps",
        sent_at=datetime(2026, 5, 4, 8, 15, tzinfo=UTC),
        sender=Mailbox("anna.roy@ateliers-roy.example", "Anna Roy"),
        to=(Mailbox("paul.martin@northlight.example", "Martin, Paul"), Mailbox("claire.dubois@northlight.example", "Claire Dubois")),
        cc=(Mailbox("henri.blanc@ateliers-roy.example", "Henri Blanc"),),
        text="Bonjour Paul,\n\nà bientôt",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Doe, John" <john@acme.example>', [("john@acme.example", "Doe, John")]),
        ("Doe, John <john@acme.example>", [("john@acme.example", "Doe, John")]),
        ("john@acme.example", [("john@acme.example", "")]),
        ("<john@acme.example>", [("john@acme.example", "")]),
        ("john@acme.example (John \t Doe)", [("john@acme.example", "John Doe")]),
        ("John Doe john@acme.example", [("john@acme.example", "John Doe")]),
        ("=?utf-8?Q?Luc=C3=ADa_Fern=C3=A1ndez?= <l@t.example>", [("l@t.example", "Lucía Fernández")]),
        ("=?utf-8?B?THVjw61h?= =?utf-8?B?IEZlcm7DoW5kZXo=?= <l@t.example>", [("l@t.example", "Lucía Fernández")]),
        ("=?iso-8859-1?q?M=FCller=2C_J=F6rg?= <j@m.example>", [("j@m.example", "Müller, Jörg")]),
        ('"=?utf-8?Q?Am=C3=A9lie?=" <a@f.example>', [("a@f.example", "Amélie")]),
        ("=?utf-8?B?QW5uYSBSb3kgPGFubmFAci5leGFtcGxlPg==?=", [("anna@r.example", "Anna Roy")]),
        ("=?no-such-charset?Q?Anna?= <a@r.example>", [("a@r.example", "Anna")]),
        (
            "Buyers: anna@r.example, Henri <henri@r.example>;, c@d.example",
            [(a, n) for a, n in [("anna@r.example", ""), ("henri@r.example", "Henri"), ("c@d.example", "")]],
        ),
        ("undisclosed-recipients:;", []),
        ("a@b.example;c@d.example", [("a@b.example", ""), ("c@d.example", "")]),
        (",, a@b.example,,", [("a@b.example", "")]),
        ("A <a@b.example> B <c@d.example>", [("a@b.example", "A"), ("c@d.example", "B")]),
        ('"Anna \\"Nan\\" Roy" <a@b.example>', [("a@b.example", 'Anna "Nan" Roy')]),
        ('"Anna Roy <a@b.example>, c@d.example', [("a@b.example", "Anna Roy"), ("c@d.example", "")]),
        ("Anna <a@b.example", [("a@b.example", "Anna")]),
        ("Anna <mailto:a@b.example>", [("a@b.example", "Anna")]),
        ("<@relay.example,@other.example:a@b.example>", [("a@b.example", "")]),
        ('"anna roy"@b.example', []),
        ("'Anna Roy' <a@b.example>", [("a@b.example", "Anna Roy")]),
        ("Anna\u202eyoR <a@b.example>", [("a@b.example", "AnnayoR")]),
        ("Anna\x00\x07\nRoy <a@b.example>", [("a@b.example", "Anna Roy")]),
        ("Anna <a@münchen.example>", [("a@münchen.example", "Anna")]),
        ("Anna <anna>, b@, @c.example, d@@e.example, f g@h", [("g@h", "f")]),
        ("", []),
    ],
)
def test_address_headers(value: str, expected: list[tuple[str, str]]) -> None:
    assert list(mailboxes(value)) == [Mailbox(address, name) for address, name in expected]


def test_usable_addresses() -> None:
    assert mailbox(" Anna.Roy+x@Roy.Example ", "Anna") == Mailbox("anna.roy+x@roy.example", "Anna")
    for address in [
        "",
        "a",
        "a@",
        "@b.example",
        "a@b@c",
        "a b@c.example",
        "a@b c.example",
        "a\x01@b.example",
        "a@b..example",
        "a@-b.example",
    ]:
        assert mailbox(address) is None, address
    assert mailbox("a" * 245 + "@b.example") is None
    long = mailbox("a@b.example", "x" * 10_000)
    assert long
    assert len(long.name) == 200


names = st.text(alphabet="abcXYZ éü.,'()", max_size=20).map(lambda name: " ".join(name.split()).strip(" '"))
addresses = st.from_regex(r"[a-z][a-z0-9.+_-]{0,10}[a-z]@[a-z]{1,8}\.example", fullmatch=True)


@given(st.lists(st.tuples(names, addresses), max_size=5))
def test_well_formed_lists_are_read_as_the_standard_library_reads_them(people: list[tuple[str, str]]) -> None:
    value = ", ".join(f'"{name}" <{address}>' if name else address for name, address in people)
    assert [(box.name, box.address) for box in mailboxes(value)] == [pair for pair in getaddresses([value]) if pair[1]]


def test_eight_bit_headers_in_utf_8_and_latin_1() -> None:
    for charset in ["utf-8", "latin-1"]:
        message = read_raw("From: Amélie Fontaine <a@f.example>\nSubject: Été à Lyon\n\nx".encode(charset))
        assert message.sender == Mailbox("a@f.example", "Amélie Fontaine")
        assert message.subject == "Été à Lyon"


def test_the_first_of_doubled_headers_wins() -> None:
    message = read_raw(b"From:\nFrom: a@b.example\nFrom: c@d.example\nSubject: one\nSubject: two\nMessage-ID: <1@x>\nMessage-ID: <2@x>\n\n")
    assert (message.sender, message.subject, message.key) == (Mailbox("a@b.example"), "one", "1@x")


def test_a_line_that_is_no_header_does_not_end_the_headers() -> None:
    message = read_raw(b"From anna Mon May  4 10:00:00 2026\nSubject: one\nthis is none\n: nor this\nFrom: a@b.example\n\ntext\n")
    assert (message.sender, message.subject, message.text) == (Mailbox("a@b.example"), "one", "text")


def test_a_mail_of_nothing() -> None:
    message = read_raw(b"")
    assert message.key.startswith("sha256:")
    assert message == Message(key=message.key)


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Foo 2026 99:99:99 +9999", "Mon, 4 May 10000000 10:00:00 +0000", "1 2 3", "\xff"]
)
def test_unreadable_dates(date: str) -> None:
    assert read_raw(f"Date: {date}\n\n".encode()).sent_at is None


def test_dates_without_zone_count_as_utc() -> None:
    assert read_raw(b"Date: Mon, 4 May 2026 10:00:00\n\n").sent_at == datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert read_raw(b"Date: Mon, 4 May 2026 10:00:00 -0000\n\n").sent_at == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_keys() -> None:
    assert read_raw(b"Message-ID:\n <a b@c.example>\n (sent)\n\n").key == "ab@c.example"
    assert read_raw(b"Message-ID: bare@c.example\n\n").key == "bare@c.example"
    assert read_raw(b"Message-ID: <" + b"x" * 250 + b">\n\n").key == "x" * 250
    for unusable in [b"<" + b"x" * 251 + b">", b"<>", b"< >", b""]:
        assert read_raw(b"Message-ID: " + unusable + b"\nFrom: a@b.example\n\n").key.startswith("sha256:")


def test_the_made_key_tells_mails_apart() -> None:
    lines = ["From: a@b.example", "To: c@d.example", "Date: Mon, 4 May 2026 10:00:00 +0000", "Subject: x"]
    other = ["From: z@b.example", "To: z@d.example", "Date: Mon, 4 May 2026 10:00:01 +0000", "Subject: y"]
    variants = [lines, *([*lines[:number], other[number], *lines[number + 1 :]] for number in range(4))]
    assert len({read_raw("\n".join([*variant, "", ""]).encode()).key for variant in variants}) == 5


def test_marks_of_lists_and_machines() -> None:
    message = read_raw(
        b"List-Id: Makers <makers.lists.example>\nList-Post: <https://x.example/p>, <mailto:Makers@lists.example?subject=x>\n"
        b"Precedence: list\nAuto-Submitted: auto-replied (vacation)\n\n"
    )
    assert (message.list_id, message.list_post, message.bulk, message.automatic) == (
        "makers.lists.example",
        "makers@lists.example",
        True,
        True,
    )
    assert read_raw(b"List-Post: NO (posting not allowed)\n\n").list_post == ""
    assert read_raw(b"List-Unsubscribe: <https://x.example>\n\n").bulk
    assert read_raw(b"Return-Path: <>\n\n").automatic
    plain = read_raw(b"Precedence: first-class\nAuto-Submitted: No\nReturn-Path: <a@b.example>\n\n")
    assert not plain.bulk
    assert not plain.automatic


def test_plain_text_is_preferred_unless_empty() -> None:
    for plain, expected in [("plain side", "plain side"), (" \r\n\r\n", "html side")]:
        mail = EmailMessage()
        mail.set_content(plain)
        mail.add_alternative("<p>html side</p>", subtype="html")
        assert read_raw(mail.as_bytes()).text.strip() == expected


@pytest.mark.parametrize(
    ("charset", "content", "expected"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("iso-8859-15", "10 €".encode("iso-8859-15"), "10 €"),
        ("windows-1252", "“x”".encode("cp1252"), "“x”"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("no-such", "Grüße".encode("latin-1"), "Grüße"),
        ("zlib", "Grüße".encode(), "Grüße"),
        ("punycode", b"x" * 100, "x" * 100),
        ("utf-8", b"a\xffb", "a\ufffdb"),
        ("gb2312", "你好".encode("gb18030"), "你好"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
    ],
)
def test_charsets(charset: str, content: bytes, expected: str) -> None:
    assert read_raw(b"Content-Type: text/plain; charset=" + charset.encode() + b"\n\n" + content).text == expected


def test_transfer_encodings() -> None:
    assert read_raw(b"Content-Transfer-Encoding: BASE64\n\nR3LDvMOf\r\nZQ==\r\n").text == "Grüße"
    assert read_raw(b"Content-Transfer-Encoding: base64\n\nR3LDvMOfZ").text == "Grüß"
    assert read_raw(b"Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=\r\n=C3=9Fe =\n=ZZ").text == "Grüße =ZZ"


def test_parts_attachments_and_inline_images() -> None:
    mail = EmailMessage()
    mail["From"] = "anna@roy.example"
    mail.set_content("Devis ci-joint.\n")
    mail.add_alternative('<p>Devis</p><img src="cid:logo">', subtype="html")
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG" * 10, "image", "png", cid="<logo>", filename="logo.png")
    mail.add_attachment(b"%PDF" * 1000, maintype="application", subtype="pdf", filename="Devis été.pdf")
    mail.add_attachment("a;b\n1;2\n", subtype="csv", filename="prices.csv")
    message = read_raw(mail.as_bytes())
    assert message.text == "Devis ci-joint."
    assert [(file.name, file.mime_type, file.size) for file in message.attachments] == [
        ("Devis été.pdf", "application/pdf", 4000),
        ("prices.csv", "text/csv", 8),
    ]


def test_a_name_said_whole_and_in_pieces() -> None:
    (file,) = read_raw(b"Content-Type: application/pdf; name*=utf-8''a.pdf; name*0=b.pdf\n\nx").attachments
    assert file.name.endswith("pdf")


def test_several_text_parts_are_joined_and_attached_text_is_not() -> None:
    message = read_raw(
        crlf("""Content-Type: multipart/mixed; boundary="=_b 1"

preamble
--=_b 1

first
--=_b 1
Content-Type: text/plain; name=log.txt
Content-Disposition: attachment

a log
--=_b 1 \t
Content-Type: text/html

<p>second</p>
--=_b 1--
epilogue
""")
    )
    assert message.text == "first\nsecond"
    assert [file.name for file in message.attachments] == ["log.txt"]


def test_a_multipart_without_its_boundary_is_text() -> None:
    assert read_raw(b"Content-Type: multipart/mixed\n\nhello").text == "hello"
    assert read_raw(b"Content-Type: multipart/mixed; boundary=b\n\nhello").text == "hello"


def test_a_part_cut_short_and_one_without_a_blank_line() -> None:
    message = read_raw(b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b\n\none\n--b\n\ntwo")
    assert message.text == "one\ntwo"


def test_html_keeps_its_lines() -> None:
    html = """<html><head><title>no</title><style>p {color: red}</style></head><body>
    <p>Hello   <b>Paul</b>,<br>see&nbsp;you &amp; bye</p><div>one</div><div><div>two</div></div>three
    <table><tr><td>T</td><td>04 72 00 00 00</td></tr><tr><td>M</td><td>x</td></tr></table>
    <ul><li>a<li>b</ul><script>no()</script><pre>x
  y</pre><!-- no --><blockquote>quoted</blockquote></body></html>"""
    assert html_to_text(html) == "Hello Paul,\nsee you & bye\none\ntwo\nthree\nT 04 72 00 00 00\nM x\na\nb\nx\n  y\nquoted"


def test_depth_up_to_the_limit_is_read_and_beyond_it_is_passed_over() -> None:
    def nested(depth: int) -> bytes:
        opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
        return b"From: a@b.example\n" + opening + b"\nhello\n" + b"".join(b"--b%d--\n" % n for n in reversed(range(depth)))

    assert read_raw(nested(MAX_DEPTH)).text == "hello"
    assert read_raw(nested(20_000)).sender == Mailbox("a@b.example")


HOSTILE_MAILS = {
    "nested": b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(100))
    + b"\n"
    + b"line\n" * 1_000_000,
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 50_000,
    "a million parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 1_000_000,
    "a million headers": b"a: b\n" * 1_000_000,
    "one long header": b"Subject: " + b"=?utf-8?q?a?= " * 350_000,
    "5 MB of text": b"\n" + b"x \n" * 1_700_000,
    "5 MB in base64": b"Content-Transfer-Encoding: base64\n\n" + b"eCAK" * 1_250_000,
    "5 MB in quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=41=\n" * 1_000_000,
    "parameters": b'Content-Type: text/plain; "' + b';"' * 500_000 + b"\n\n",
    "parts of deep html": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + (b"--b\nContent-Type: text/html\n\n" + b"<div>" * 9_000 + b"\n") * 100,
    "1,000 recipients": b"From: a@b.example\nTo: " + b",\n ".join(b'"Doe, John" <john%d@acme.example>' % n for n in range(1000)) + b"\n\n",
}


@pytest.mark.parametrize("name", HOSTILE_MAILS)
def test_hostile_mails_cost_no_more_than_long_ones(name: str) -> None:
    assert least_cpu(lambda: read_raw(HOSTILE_MAILS[name])) < SECONDS


def test_a_thousand_recipients_are_all_read() -> None:
    assert len(read_raw(HOSTILE_MAILS["1,000 recipients"]).to) == 1000


HOSTILE_HTML = {
    "deep": "<div>" * 1_000_000,
    "formatting left open": "<p>" + "".join(f"<font c={n}>" for n in range(5000)) + "</p>" + "<p>x</p>" * 5000,
    "deep, ends that fit nothing": "<div>" * 5000 + "</p>" * 500_000,
    "tables": "<table><tr><td>" * 300_000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(600_000)) + ">",
    "copies": "<select><button><selectedcontent></selectedcontent></button>" + "<option selected>" * 100_000,
    "text": "x \n" * 1_700_000,
    "open tags": "<" * 5_000_000,
}


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_hostile_html_is_bounded(name: str) -> None:
    assert least_cpu(lambda: html_to_text(HOSTILE_HTML[name])) < SECONDS


@pytest.mark.parametrize(
    "value", ["(" * 100_000, '"' * 99_999, '"' + '\\"' * 50_000, "<" * 100_000, "=?a?q?" * 17_000, "=?a" + ":x" * 50_000, "a@" * 50_000]
)
def test_hostile_headers_are_linear(value: str) -> None:
    assert least_cpu(lambda: (mailboxes(value), decode_words(value))) < SECONDS


def test_long_texts_are_cut() -> None:
    assert len(read_raw(b"\n" + b"x" * 3_000_000).text) == MAX_TEXT


pieces = st.lists(
    st.sampled_from(
        [
            b"From: a@b.example\n",
            b"Content-Type: multipart/mixed; boundary=b\n",
            b"Content-Type: message/rfc822\n",
            b"--b\n",
            b"--b--\n",
            b"\n",
            b"Content-Transfer-Encoding: base64\n",
            b"Content-Type: text/html; charset=",
            b"=?utf-8?q?=ff?=",
            b"Date: ",
            b"Subject: ",
            b"\r",
            b" ",
            b"<p>",
        ]
    )
    | st.binary(max_size=20),
    max_size=30,
).map(b"".join)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=2000) | pieces)
@example(b"Content-Type: text/plain; charset*=x'y'%zz; name*0*=a''b; name*1=c\n\n")
@example(b'Content-Type: multipart/mixed; boundary="\xc3\xa9"\n\n--\xc3\xa9\n\nx')
def test_any_bytes_are_read_and_can_be_written_as_utf_8(data: bytes) -> None:
    message = read_raw(data)
    assert message.key
    repr(people_of(message, OWN)).encode()
    "".join(
        [message.key, message.subject, message.text, message.list_id, message.list_post, *(file.name for file in message.attachments)]
    ).encode()


text_lines = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(names, addresses), min_size=1, max_size=4),
    text_lines,
    text_lines,
    st.booleans(),
    st.sampled_from(["utf-8", "utf-16", "quoted-printable", "base64"]),
)
def test_bytes_and_gmail_agree(people: list[tuple[str, str]], subject: str, body: str, with_id: bool, how: str) -> None:
    mail = EmailMessage()
    (name, address), *others = people
    mail["From"] = f'"{name}" <{address}>' if name else address
    if others:
        mail["To"] = ", ".join(f'"{name}" <{address}>' if name else address for name, address in others)
    mail["Subject"] = subject
    if with_id:
        mail["Message-ID"] = "<1@x.example>"
    if how in {"quoted-printable", "base64"}:
        mail.set_content(body, cte=how)
    else:
        mail.set_content(body, charset=how)
    mail.add_alternative("<p>x</p>", subtype="html")
    mail.add_attachment(b"x" * 10, maintype="application", subtype="pdf", filename="x.pdf")
    inner = EmailMessage()
    inner["From"] = "hannah.schmidt@licht-und-raum.example"
    inner.set_content("x")
    mail.add_attachment(inner)
    data = mail.as_bytes()
    raw, gmail = read_raw(data), read_gmail(as_gmail(data))
    assert (raw.key, raw.subject, raw.text, raw.original) == (gmail.key, gmail.subject, gmail.text, gmail.original)
    assert people_of(raw, OWN) == people_of(gmail, OWN)
    assert [(file.name, file.mime_type) for file in raw.attachments] == [(file.name, file.mime_type) for file in gmail.attachments]
    metadata = read_gmail(as_gmail(data, with_bodies=False))
    assert (metadata.key, metadata.subject, metadata.sender, metadata.to) == (raw.key, raw.subject, raw.sender, raw.to)
