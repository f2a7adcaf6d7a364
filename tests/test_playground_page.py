"""What the playground's pages answer: events really signed and sent, mails shown safely, the weather of the sample CRM."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from google.auth import jwt
from sqlalchemy import select

from crm_client.embedded.tables import OrgRow
from db import Database, table
from playground.keys import DEVELOPMENT_CLIENT_ID
from playground.letter import body_page, open_letter
from playground.people import CLAIRE, NADIA, PAUL, TOM
from playground.setup import prepare
from tests.playground_cards import card, push, text
from tests.playground_site import MAIL, Json, PlaygroundSite, running_site


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundSite]:
    directory = tmp_path_factory.mktemp("playground")
    (directory / "site.sqlite").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{directory / 'site.sqlite'}")
    with running_site(database, directory) as running:
        yield running
    database.close()


def fire(site: PlaygroundSite, **wanted: object) -> tuple[int, Json]:
    site.addon.events.clear()
    answer = site.app.test_client().post("/playground/fire", json={"user": PAUL.email, **wanted})
    return answer.status_code, answer.get_json()


def test_a_message_is_posted_signed_for_the_called_address(site: PlaygroundSite) -> None:
    site.addon.answers["message"] = push(card("Hello", text("x")))
    status, answer = fire(site, kind="message", mail_id=MAIL, locale="fr", platform="ANDROID", user=CLAIRE.email)
    assert status == 400, "Claire has no mail of this name"

    status, answer = fire(site, kind="message", mail_id=MAIL, locale="fr", platform="ANDROID")
    assert status == 200
    assert answer["status"] == 200
    assert answer["answer"] == push(card("Hello", text("x")))
    assert answer["milliseconds"] > 0
    path, event = site.addon.events[0]
    assert path == "message"
    assert event["commonEventObject"]["userLocale"] == "fr"
    assert event["commonEventObject"]["platform"] == "ANDROID"
    assert event["gmail"]["messageId"].startswith("msg-f:")
    tokens = event["authorizationEventObject"]
    system = jwt.decode(tokens["systemIdToken"], site.key.certificates, audience=f"{site.url}/addon/message")
    assert system["email_verified"] is True
    person = jwt.decode(tokens["userIdToken"], site.key.certificates, audience=DEVELOPMENT_CLIENT_ID)
    assert person["sub"] == PAUL.sub


def test_a_click_carries_parameters_and_form(site: PlaygroundSite) -> None:
    site.addon.answers["act/save"] = {}
    form = {"last": {"stringInputs": {"value": ["Petit"]}}}
    status, answer = fire(site, kind="act", url=f"{site.url}/addon/act/save", params={"p": "signed"}, form=form, user=TOM.email)
    assert (status, answer["answer"]) == (200, {})
    common = site.addon.last["commonEventObject"]
    assert common["parameters"] == {"p": "signed"}
    assert common["formInputs"] == form
    assert "gmail" not in site.addon.last


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.example/addon/act/save",
        "{base}.elsewhere.example/addon/act/save",
        "{base}@elsewhere.example/addon/act/save",
        "{base}/crm",
        "{base}/addon/../elsewhere",
        "{base}/addon/act/%2e%2e/home",
        "{base}/addon/act/save?x=1",
        "",
    ],
)
def test_no_other_address_is_called(site: PlaygroundSite, url: str) -> None:
    status, answer = fire(site, kind="act", url=url.format(base=site.url))
    assert status == 400
    assert "addresses" in answer["error"]
    assert site.addon.events == []


def test_an_answer_that_is_no_json_is_handed_on_as_text(site: PlaygroundSite) -> None:
    site.addon.answers["home"] = "plain words"
    assert fire(site, kind="home")[1]["text"] == "plain words"
    site.addon.answers["home"] = 500
    answer = fire(site, kind="home")[1]
    assert (answer["status"], answer["answer"]) == (500, None)


def test_a_form_of_another_site_is_refused(site: PlaygroundSite) -> None:
    client = site.app.test_client()
    for path in ("/playground/fire", "/playground/weather"):
        answer = client.post(
            path, data='{"kind": "home", "user": "paul.martin@northlight.example", "crm": "down"}', content_type="text/plain"
        )
        assert answer.status_code == 400


def test_every_mail_of_everybody_can_be_opened(site: PlaygroundSite) -> None:
    client = site.app.test_client()
    opened = 0
    for person in (PAUL, CLAIRE, NADIA):
        for mail in client.get("/playground/mails", query_string={"user": person.email}).get_json():
            shown = client.get(f"/playground/mail/{mail['id']}", query_string={"user": person.email})
            body = client.get(f"/playground/mail/{mail['id']}/body", query_string={"user": person.email})
            assert shown.get_json()["subject"]
            assert body.status_code == 200
            assert "sandbox" in body.headers["Content-Security-Policy"]
            assert "<script" not in body.text.lower()
            opened += 1
    assert opened >= 30


def test_pages_forbid_foreign_code(site: PlaygroundSite) -> None:
    site.samples[:] = [("one", card("One", text("x")))]
    client = site.app.test_client()
    for path in ("/playground", "/playground/cards", "/playground/card/one"):
        answer = client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    assert client.get("/playground/card/none").status_code == 404
    assert client.get("/playground/mails?user=nobody").status_code == 404
    assert client.get("/playground/mail/none.eml").status_code == 404


def test_a_card_cannot_end_the_data_block_it_stands_in(site: PlaygroundSite) -> None:
    site.samples[:] = [("bad", card("</script><script>alert(1)</script>", text("x")))]
    for path in ("/playground/cards", "/playground/card/bad"):
        assert "<script>alert" not in site.app.test_client().get(path).text


def test_the_weather_is_set_on_the_sample_organisation(database: Database, tmp_path: Path) -> None:
    site = PlaygroundSite(database, tmp_path, "http://127.0.0.1:1")
    client = site.app.test_client()
    assert client.post("/playground/weather", json={"crm": "down"}).status_code == 400, "nothing is connected yet"
    prepare(database)
    assert client.post("/playground/weather", json={"crm": "stormy"}).status_code == 400
    assert client.post("/playground/weather", json={"crm": "limiting"}).get_json() == {"crm": "limiting"}
    with database.read() as connection:
        assert connection.execute(select(table(OrgRow).c.condition)).scalar_one() == "limiting"
    assert '"condition": "limiting"' in client.get("/playground").text


# ---- the mail pane's page


def html_mail(source: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("plain")
    message.add_alternative(source, subtype="html")
    return message.as_bytes()


def test_a_mail_in_html_is_disarmed() -> None:
    page = body_page(
        html_mail(
            '<style>p{color:red}</style><p onclick="a()">Good <b>text</b></p><script>b()</script>'
            '<img src="https://x.example/t.gif" onerror="c()">'
            '<a href="javascript:d()">bad</a><a href="https://ok.example/">ok</a><iframe src="https://x.example"></iframe>'
            '<form action="https://x.example"><input></form><base href="https://x.example/"><svg onload="e()"></svg>'
            '<meta http-equiv="refresh" content="0;url=https://x.example/">'
        ),
        dark=False,
    )
    assert "Good <b>text</b>" in page
    assert 'href="https://ok.example/"' in page
    assert "color:red" in page
    for gone in ("onclick", "onerror", "onload", "<script", "x.example", "javascript:", "<iframe", "<base", "http-equiv"):
        assert gone not in page


def test_a_plain_mail_is_escaped_and_its_direction_marks_are_gone() -> None:
    message = EmailMessage()
    message["Subject"] = "Hello \u202egpj.exe"
    message.set_content("Dear <img src=x onerror=alert(1)> \u202eyou & me")
    page = body_page(message.as_bytes(), dark=True)
    assert "&lt;img src=x onerror=alert(1)&gt; you &amp; me" in page
    assert "\u202e" not in page
    assert open_letter(message.as_bytes()).subject == "Hello gpj.exe"


def test_inline_images_are_shown_and_attachments_listed() -> None:
    message = EmailMessage()
    message["From"] = "=?utf-8?q?Ren=C3=A9?= <rene@example.example>"
    message.set_content("plain")
    message.add_alternative('<img src="cid:photo@x"><img src="cid:none">', subtype="html")
    _, shown = message.iter_parts()
    assert isinstance(shown, EmailMessage)
    shown.add_related(b"\x89PNG....", "image", "png", cid="<photo@x>")
    message.add_attachment(b"x" * 3000, maintype="application", subtype="pdf", filename="offre.pdf")
    forwarded = EmailMessage()
    forwarded["Subject"] = "The first mail"
    forwarded.set_content("<script>not a body</script>", subtype="html")
    message.add_attachment(forwarded)
    page = body_page(message.as_bytes(), dark=False)
    assert 'src="data:image/png;base64,' in page
    assert "cid:" not in page
    letter = open_letter(message.as_bytes())
    assert letter.sender == "René <rene@example.example>"
    assert [(one.name, one.size >= 20) for one in letter.attachments] == [("offre.pdf", True), ("The first mail.eml", True)]
    assert letter.attachments[0].size == 3000
