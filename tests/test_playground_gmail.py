"""The stand-in Gmail over real HTTP: both tokens, Gmail's refusals, and payloads that hold the whole mail."""

import base64
import email
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from addon.event import GmailTokens
from addon.gmail import Gmail
from outbound import Http
from playground.events import EventKind, event_body, sign_event
from playground.gmail import CERTIFICATES_PATH, GOOGLE_PREFIX, GoogleWeather, google_blueprint
from playground.keys import DevelopmentKey
from playground.mailbox import Mailboxes, SampleMail, load_mailboxes, rest_id
from playground.people import CLAIRE, NADIA, PAUL, TOM, Actor

URL = "http://127.0.0.1/addon/message"


@dataclass
class StandIn:
    root: str
    key: DevelopmentKey
    mailboxes: Mailboxes
    opener: urllib.request.OpenerDirector = field(default_factory=urllib.request.build_opener)

    def get(self, path, headers=None, body=None):
        """Status, JSON, headers."""
        request = urllib.request.Request(self.root + path, data=body, headers=headers or {})
        try:
            with self.opener.open(request, timeout=10) as answer:
                return answer.status, json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error), error.headers

    def headers(self, person: Actor, mail: SampleMail):
        event = sign_event(self.key, event_body(EventKind.MESSAGE, person, mail=mail), URL, person)
        return {
            "Authorization": f"Bearer {event['authorizationEventObject']['userOAuthToken']}",
            "X-Goog-Gmail-Access-Token": event["gmail"]["accessToken"],
        }

    def message(self, person: Actor, mail: SampleMail, query=""):
        return self.get(f"/gmail/v1/users/me/messages/{mail.message_id}{query}", self.headers(person, mail))

    def mail(self, name, person: Actor = PAUL) -> SampleMail:
        found = self.mailboxes.of(person.email).named(name)
        assert found, name
        return found


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory) -> Iterator[StandIn]:
    directory = tmp_path_factory.mktemp("playground")
    key, mailboxes = DevelopmentKey.open(directory), load_mailboxes(directory / "dropped")
    app = Flask(__name__)
    app.register_blueprint(google_blueprint(key, mailboxes, GoogleWeather()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield StandIn(f"http://127.0.0.1:{server.port}{GOOGLE_PREFIX}", key, mailboxes)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fair_weather(stand_in) -> Iterator[None]:
    yield
    stand_in.get("/__weather", {"Content-Type": "application/json"}, b'{"gmail": "up", "certificates": "up"}')


def unpadded(data: str) -> bytes:
    return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))


def leaves(payload):
    for part in payload.get("parts", []):
        yield from leaves(part)
    if not payload.get("parts"):
        yield payload


def source_leaves(part: Any):
    """The same from the standard library's reading of the source."""
    if part.get_content_maintype() == "multipart" or part.get_content_type() == "message/rfc822":
        for child in part.get_payload():
            yield from source_leaves(child)
    else:
        yield part


def test_without_an_account_token_401(stand_in):
    mail = stand_in.mail("01-anna-quote-request")
    good = stand_in.headers(PAUL, mail)
    path = f"/gmail/v1/users/me/messages/{mail.message_id}"
    for authorization in (
        "",
        "Bearer ",
        "Bearer ya29.forged.token.here",
        good["Authorization"].replace("Bearer", "Basic"),
        good["Authorization"][:-2],
    ):
        status, answer, headers = stand_in.get(path, {**good, "Authorization": authorization})
        assert status == 401
        assert answer["error"]["status"] == "UNAUTHENTICATED"
        assert answer["error"]["code"] == 401
        assert answer["error"]["errors"][0]["reason"] == "authError"
        assert headers["WWW-Authenticate"].startswith("Bearer")


def test_without_this_messages_own_token_403(stand_in):
    mail, other = stand_in.mail("01-anna-quote-request"), stand_in.mail("02-emily-lead-and-contact")
    good = stand_in.headers(PAUL, mail)
    foreign = [
        {"Authorization": good["Authorization"]},
        {**good, "X-Goog-Gmail-Access-Token": "rubbish"},
        {**good, "X-Goog-Gmail-Access-Token": stand_in.headers(PAUL, other)["X-Goog-Gmail-Access-Token"]},
        {**good, "X-Goog-Gmail-Access-Token": stand_in.headers(CLAIRE, mail)["X-Goog-Gmail-Access-Token"]},
    ]
    for headers in foreign:
        status, answer, _ = stand_in.get(f"/gmail/v1/users/me/messages/{mail.message_id}", headers)
        assert status == 403
        assert answer["error"]["status"] == "PERMISSION_DENIED"


def test_another_persons_message_is_not_there_404(stand_in):
    mail = stand_in.mail("01-anna-quote-request")
    status, answer, _ = stand_in.message(CLAIRE, mail)
    assert status == 404
    assert answer["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize("identifier", ["msg-f:1234567", "msg-f:current", "zz", "1a00000000000000"])
def test_ids_that_do_not_exist_404(stand_in, identifier):
    body = {"gmail": {"messageId": identifier}}
    event = sign_event(stand_in.key, body, URL, PAUL)
    headers = {
        "Authorization": f"Bearer {event['authorizationEventObject']['userOAuthToken']}",
        "X-Goog-Gmail-Access-Token": event["gmail"]["accessToken"],
    }
    assert stand_in.get(f"/gmail/v1/users/me/messages/{identifier}", headers)[0] == 404


def test_both_forms_of_an_id(stand_in):
    mail = stand_in.mail("01-anna-quote-request")
    headers = stand_in.headers(PAUL, mail)
    one = stand_in.get(f"/gmail/v1/users/me/messages/{mail.message_id}?format=minimal", headers)
    two = stand_in.get(f"/gmail/v1/users/me/messages/{mail.rest_id}?format=minimal", headers)
    assert one[:2] == two[:2]
    assert one[1]["id"] == mail.rest_id == f"{int(mail.message_id.removeprefix('msg-f:')):x}"


def test_full_has_headers_in_order_and_decoded_text(stand_in):
    mail = stand_in.mail("01-anna-quote-request")
    status, answer, _ = stand_in.message(PAUL, mail, "?format=full&alt=json")
    assert status == 200
    assert set(answer) == {"id", "threadId", "labelIds", "snippet", "sizeEstimate", "historyId", "internalDate", "payload"}
    assert answer["labelIds"] == ["INBOX", "UNREAD"]
    assert answer["sizeEstimate"] == len(mail.raw)
    assert int(answer["internalDate"]) == int(mail.date.timestamp()) * 1000
    payload = answer["payload"]
    assert (payload["partId"], payload["mimeType"], payload["filename"], payload["body"]) == ("", "multipart/alternative", "", {"size": 0})
    names = [header["name"] for header in payload["headers"]]
    assert names == [
        "Delivered-To",
        "Return-Path",
        "Received",
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
    ]
    assert [part["partId"] for part in payload["parts"]] == ["0", "1"]
    text = unpadded(payload["parts"][0]["body"]["data"])
    assert payload["parts"][0]["body"]["size"] == len(text)
    assert "06 39 98 41 07" in text.decode("utf-8")
    assert "l'atelier de menuiserie (420 m², hauteur" in text.decode("utf-8").lower()
    assert not any("\n" in header["value"] for header in payload["headers"])


def test_every_mail_of_every_owner_comes_whole(stand_in):
    """Against the standard library's own reading of the same source."""
    for person in (PAUL, CLAIRE, NADIA, TOM):
        for mail in stand_in.mailboxes.of(person.email).mails:
            status, answer, _ = stand_in.message(person, mail)
            assert status == 200, mail.name
            expected = list(source_leaves(email.message_from_bytes(mail.raw)))
            got = list(leaves(answer["payload"]))
            assert [part["mimeType"] for part in got] == [part.get_content_type() for part in expected], mail.name
            for part, source in zip(got, expected, strict=True):
                if "attachmentId" in part["body"]:
                    path = f"/gmail/v1/users/me/messages/{mail.message_id}/attachments/{part['body']['attachmentId']}"
                    body = stand_in.get(path, stand_in.headers(person, mail))[1]
                else:
                    body = part["body"]
                content = unpadded(body["data"])
                assert body["size"] == part["body"]["size"] == len(content), mail.name
                if source.get_content_type() == "message/delivery-status":
                    assert b"Action: failed" in content
                else:
                    assert content == source.get_payload(decode=True), mail.name


def test_text_keeps_the_charset_of_its_part(stand_in):
    payload = stand_in.message(PAUL, stand_in.mail("04-julien-unknown-signature"))[1]["payload"]
    assert {"name": "Content-Type", "value": "text/plain; charset=iso-8859-1"} in payload["headers"]
    assert "Gérant\r\n" in unpadded(payload["body"]["data"]).decode("iso-8859-1")


def test_a_forwarded_message_is_nested_with_its_own_headers(stand_in):
    payload = stand_in.message(PAUL, stand_in.mail("17-forwarded-as-attachment"))[1]["payload"]
    carried = payload["parts"][1]
    assert (carried["partId"], carried["mimeType"], carried["filename"]) == ("1", "message/rfc822", "cabinet-fontaine.eml")
    assert "attachmentId" in carried["body"]
    inner = carried["parts"][0]
    assert inner["partId"] == "1.0"
    assert [header["value"] for header in inner["headers"] if header["name"] == "From"] == [
        "=?iso-8859-1?q?Am=E9lie_Fontaine?= <a.fontaine@cabinet-fontaine.example>"
    ]
    source = stand_in.get(
        f"/gmail/v1/users/me/messages/{stand_in.mail('17-forwarded-as-attachment').rest_id}/attachments/{carried['body']['attachmentId']}",
        stand_in.headers(PAUL, stand_in.mail("17-forwarded-as-attachment")),
    )[1]
    assert isinstance(email.message_from_bytes(unpadded(source["data"])), Message)
    assert b"a.fontaine@cabinet-fontaine.example" in unpadded(source["data"])


def test_inline_images_and_files_are_fetched_apart(stand_in):
    related = stand_in.message(PAUL, stand_in.mail("26-lucia-emoji-inline-image"))[1]["payload"]
    image = related["parts"][1]
    assert (image["partId"], image["mimeType"], image["filename"]) == ("1", "image/png", "taller.png")
    assert "data" not in image["body"]
    assert [part["partId"] for part in related["parts"][0]["parts"]] == ["0.0", "0.1"]
    plans = stand_in.message(PAUL, stand_in.mail("33-amelie-pdf-plans"))[1]["payload"]["parts"][1]
    assert plans["filename"] == "Plan rez-de-chaussée et étage.pdf"


def test_an_attachment_belongs_to_one_message(stand_in):
    one, other = stand_in.mail("33-amelie-pdf-plans"), stand_in.mail("20-no-from")
    attachment_id = stand_in.message(PAUL, one)[1]["payload"]["parts"][1]["body"]["attachmentId"]
    status, answer, _ = stand_in.get(
        f"/gmail/v1/users/me/messages/{other.rest_id}/attachments/{attachment_id}", stand_in.headers(PAUL, other)
    )
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert stand_in.get(f"/gmail/v1/users/me/messages/{one.rest_id}/attachments/{attachment_id}")[0] == 401


def test_the_add_on_gets_every_file_whole(stand_in):
    gmail = Gmail(Http(), stand_in.root)
    seen = 0
    for person in (PAUL, CLAIRE):
        for mail in stand_in.mailboxes.of(person.email).mails:
            headers = stand_in.headers(person, mail)
            tokens = GmailTokens(headers["Authorization"].removeprefix("Bearer "), headers["X-Goog-Gmail-Access-Token"])
            message = gmail.read(mail.message_id, tokens, "")
            files = gmail.files(mail.message_id, tokens, message)
            assert [file.place for file in files] == list(range(len(message.attachments))), mail.name
            sources = {part.get_filename(): part for part in email.message_from_bytes(mail.raw).walk()}
            for file in files:
                source = sources.get(file.name)
                if source is not None and not source.is_multipart():
                    assert file.content == source.get_payload(decode=True), mail.name
                    seen += 1
    assert seen >= 6


def test_metadata_has_the_headers_asked_for_and_no_body(stand_in):
    mail = stand_in.mail("23-duplicate-from-raw-headers")
    payload = stand_in.message(PAUL, mail, "?format=metadata&metadataHeaders=From&metadataHeaders=subject")[1]["payload"]
    assert payload == {
        "mimeType": "text/plain",
        "headers": [
            {"name": "from", "value": "Jonas Weber\t<jonas.weber@weber-metallbau.example>"},
            {"name": "From", "value": '"Büro Weber Metallbau" <buero@weber-metallbau.example>'},
            {"name": "SUBJECT", "value": "Rückfrage zur  Rechnung 2026-0931   (Münchner Straße)"},
        ],
    }
    assert len(stand_in.message(PAUL, mail, "?format=metadata")[1]["payload"]["headers"]) > 5


def test_raw_minimal_and_an_unknown_format(stand_in):
    mail = stand_in.mail("08-sent-offer-to-anna")
    assert unpadded(stand_in.message(PAUL, mail, "?format=raw")[1]["raw"]) == mail.raw
    minimal = stand_in.message(PAUL, mail, "?format=minimal")[1]
    assert "payload" not in minimal
    assert minimal["labelIds"] == ["SENT"]
    assert stand_in.message(PAUL, mail, "?format=everything")[0] == 400


def test_a_dropped_mail_is_served(stand_in):
    mail = stand_in.mailboxes.drop(PAUL.email, b"From: a@b.example\nSubject: dropped\n\nhello\n")
    payload = stand_in.message(PAUL, mail)[1]["payload"]
    assert {"name": "Subject", "value": "dropped"} in payload["headers"]
    assert rest_id(mail.message_id) == mail.rest_id


def test_certificates_are_served_with_their_life_time(stand_in):
    status, answer, headers = stand_in.get(CERTIFICATES_PATH)
    assert (status, answer) == (200, stand_in.key.certificates)
    assert "max-age=3600" in headers["Cache-Control"]


@pytest.mark.usefixtures("fair_weather")
def test_the_weather_can_be_set(stand_in):
    json_headers = {"Content-Type": "application/json"}
    status, answer, _ = stand_in.get("/__weather", json_headers, b'{"gmail": "down"}')
    assert (status, answer) == (200, {"gmail": "down", "certificates": "up"})
    status, answer, _ = stand_in.message(PAUL, stand_in.mail("01-anna-quote-request"))
    assert (status, answer["error"]["status"]) == (503, "UNAVAILABLE")
    assert stand_in.get(CERTIFICATES_PATH)[0] == 200
    stand_in.get("/__weather", json_headers, b'{"gmail": "up", "certificates": "down"}')
    assert stand_in.message(PAUL, stand_in.mail("01-anna-quote-request"))[0] == 200
    assert stand_in.get(CERTIFICATES_PATH)[0] == 503
    for wrong in (b'{"gmail": "foggy"}', b'{"gmail": ["up"]}', b"{"):
        before = stand_in.get(CERTIFICATES_PATH)[0]
        stand_in.get("/__weather", json_headers, wrong)
        assert stand_in.get(CERTIFICATES_PATH)[0] == before
    assert stand_in.get("/__weather", json_headers, b'{"gmail": "foggy"}')[0] == 400
