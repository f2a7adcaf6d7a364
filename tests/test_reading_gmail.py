"""Gmail's JSON: as it comes, in parts, and as garbage."""

import base64
import contextlib
import email.message
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reading.gmail_payload import NotAMessage, read_gmail
from reading.message import Attachment, Mailbox, Original, OriginalSource
from reading.people import Own, people_of
from tests.timing import least_cpu

OWN = Own(frozenset({"paul.martin@northlight.example"}), frozenset({"northlight.example"}))
REAL_MAILS = Path(__file__).parent.parent.parent / "shared" / "reading" / "dev" / "messages.jsonl"


def data(text: str, charset: str = "utf-8") -> str:
    return base64.urlsafe_b64encode(text.encode(charset)).rstrip(b"=").decode()


def header(**fields: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in fields.items()]


def answer(payload: object) -> bytes:
    return orjson.dumps({"id": "18c0ffee", "payload": payload})


FULL = {
    "mimeType": "multipart/mixed",
    "filename": "",
    "headers": header(From="Amélie Fontaine <A.Fontaine@cabinet-fontaine.example>", Subject="Éclairage", Message_ID="<7@cabinet>"),
    "body": {"size": 0},
    "parts": [
        {
            "partId": "0",
            "mimeType": "multipart/alternative",
            "headers": header(Content_Type="multipart/alternative; boundary=x"),
            "parts": [
                {
                    "mimeType": "text/plain",
                    "headers": header(Content_Type='text/plain; charset="windows-1252"', Content_Transfer_Encoding="quoted-printable"),
                    "body": {"size": 6, "data": data("Été: 10 €?>", "cp1252")},
                },
                {"mimeType": "text/html", "body": {"size": 9, "data": data("<p>x</p>")}},
            ],
        },
        {
            "mimeType": "image/png",
            "filename": "logo.png",
            "headers": header(Content_ID="<logo>", Content_Disposition='inline; filename="logo.png"'),
            "body": {"attachmentId": "inline-1", "size": 12},
        },
        {
            "mimeType": "application/pdf",
            "filename": "Devis.pdf",
            "headers": header(Content_Disposition='attachment; filename="Devis.pdf"'),
            "body": {"attachmentId": "ANGjdJ", "size": 40_000},
        },
        {
            "mimeType": "message/rfc822",
            "filename": "Demande.eml",
            "headers": header(Content_Type="message/rfc822"),
            "body": {"attachmentId": "ANGjdK", "size": 900},
            "parts": [
                {
                    "mimeType": "text/plain",
                    "headers": header(From="Julien Petit <julien.petit@menuiserie-petit.example>", Subject="Demande"),
                    "body": {"data": data("not of the outer mail")},
                }
            ],
        },
    ],
}


def test_format_full() -> None:
    message = read_gmail(answer(FULL))
    assert message.key == "7@cabinet"
    assert message.sender == Mailbox("a.fontaine@cabinet-fontaine.example", "Amélie Fontaine")
    assert message.text == "Été: 10 €?>"
    assert message.attachments == (
        Attachment("Devis.pdf", "application/pdf", 40_000, "ANGjdJ"),
        Attachment("Demande.eml", "message/rfc822", 900, "ANGjdK"),
    )
    assert message.original == Original(
        Mailbox("julien.petit@menuiserie-petit.example", "Julien Petit"), OriginalSource.ATTACHED_MESSAGE, "Demande"
    )


def test_format_metadata() -> None:
    payload = {
        "mimeType": "multipart/mixed",
        "headers": header(FROM="a@b.example", SUBJECT="=?utf-8?q?=C3=89t=C3=A9?=\r\n x", To="c@d.example"),
    }
    message = read_gmail(answer(payload))
    assert (message.sender, message.subject, message.to) == (Mailbox("a@b.example"), "Été x", (Mailbox("c@d.example"),))
    assert message.text == ""


def test_the_first_of_doubled_headers_wins() -> None:
    message = read_gmail(answer({"headers": [*header(From="a@b.example"), *header(From="c@d.example")]}))
    assert message.sender == Mailbox("a@b.example")


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b'"x"', b"{}", b'{"payload": null}', b'{"payload": []}', b"{", b"\xff", b"[" * 5000]
)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises(NotAMessage):
        read_gmail(content)


def test_wrong_types_are_passed_over() -> None:
    message = read_gmail(
        answer(
            {
                "mimeType": 7,
                "filename": None,
                "headers": [None, {"name": "From"}, {"name": 1, "value": 2}, {"value": "x"}, *header(From="a@b.example")],
                "body": {"data": 5, "size": "many", "attachmentId": []},
                "parts": [
                    "x",
                    {"mimeType": "text/plain", "body": {"data": "@@@"}},
                    {"mimeType": "text/plain", "body": {"data": data("read")}},
                ],
            }
        )
    )
    assert message.sender == Mailbox("a@b.example")
    assert read_gmail(answer({"mimeType": "multipart/x", "parts": [3, {"body": {"data": data("read")}}]})).text == "read"


def test_deep_parts_are_read_to_the_limit() -> None:
    part: dict[str, Any] = {"mimeType": "text/plain", "body": {"data": data("deep")}}
    for _ in range(99):
        part = {"mimeType": "multipart/mixed", "parts": [part]}
    assert read_gmail(answer(part)).text == "deep"
    opening, closing = b'{"mimeType":"multipart/mixed","parts":[', b"]}"
    assert read_gmail(b'{"payload":' + opening * 400 + orjson.dumps(part) + closing * 400 + b"}").text == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=15,
)
KEYS = ["payload", "headers", "parts", "body", "data", "mimeType", "filename", "name", "value", "size", "attachmentId"]
WORDS = [
    "From",
    "to",
    "Content-Type",
    "multipart/mixed",
    "text/html",
    "message/rfc822",
    "text/plain; charset=x",
    "a@b.example",
    "=?utf-8?q?x?=",
    "PHA-",
]
gmail_like = st.recursive(
    st.none() | st.integers(-5, 5) | st.sampled_from(WORDS) | st.text(max_size=10),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.sampled_from(KEYS), children, max_size=6),
    max_leaves=40,
)


@settings(max_examples=600, deadline=None)
@given(json_values | gmail_like | st.fixed_dictionaries({"payload": st.dictionaries(st.sampled_from(KEYS), gmail_like, max_size=8)}))
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        message = read_gmail(orjson.dumps(value))
    except NotAMessage:
        assert not (isinstance(value, dict) and isinstance(value.get("payload"), dict))
    else:
        assert message.key
        repr(people_of(message, OWN)).encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(NotAMessage):
        assert read_gmail(content).key


def test_a_newsletter_of_200_kb_is_quick() -> None:
    row = '<tr><td style="padding:10px 20px;font-family:Arial;font-size:14px"><h2>Lamp</h2><p>For your <b>shop</b>, <a href="https://x.example">see</a>.</p></td></tr>\n'
    html = f"<html><body><table>{row * 1350}</table></body></html>"
    content = answer({"mimeType": "text/html", "headers": header(From="news@x.example"), "body": {"data": data(html)}})
    assert len(html) > 200_000
    assert least_cpu(lambda: read_gmail(content)) < 0.1
    assert read_gmail(content).text.startswith("Lamp\nFor your shop, see.\nLamp")


@pytest.mark.skipif(not REAL_MAILS.exists(), reason="the labelled mails are not beside this project")
def test_headers_of_real_mails_are_read() -> None:
    """Counts only: nothing of these mails may show in a test's output."""
    read = 0
    for line in REAL_MAILS.read_bytes().splitlines():
        given_mail = orjson.loads(line)
        fields = email.message.Message()
        for name, value in given_mail["headers"].items():
            if isinstance(value, str):
                fields[name.replace("_", "-")] = value.replace("\n", " ").replace("\r", " ")
        headers = [{"name": name, "value": value} for name, value in fields.raw_items()]
        body = {"data": data(given_mail.get("text") or "")}
        message = read_gmail(answer({"mimeType": "text/plain", "headers": headers, "body": body}))
        people_of(message, OWN)
        read += message.sender is not None
    assert read > 80
