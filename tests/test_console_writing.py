"""Writing, answering and proving addresses over HTTP: what the pages say, and what really goes out."""

import html
import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.composing import MAX_TEXT
from salesinbox.mailboxes import Mailbox, NewMailbox, Secrets, SignIn
from salesinbox.servers import Security, Server
from tenants.people import Caller, GoogleIdentity, NotConnected
from tenants.policies import Policies
from tenants.policy import Policy, WhoMayConnect
from tenants.vault import Vault
from tests.authority import Authority
from tests.browser import NewPage
from tests.console_site import CLAIRE, KEY, PAUL, ConsoleSite, csrf_token
from tests.dovecot import PASSWORD, Dovecot
from tests.smtp_sink import Sink

ANNA = "anna.roy@ateliers-roy.example"


@pytest.fixture
def salesinbox(database: Database, authority: Authority, smtp_sink: Sink) -> SalesInbox:
    server = f"smtps://operator:correct%20horse@{smtp_sink.host}:{smtp_sink.tls_port}"
    return build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file), server, "sidecard@operator.example")


@pytest.fixture
def site(database: Database, salesinbox: SalesInbox) -> ConsoleSite:
    site = ConsoleSite(database, salesinbox=salesinbox)
    switch(site, WhoMayConnect.EVERYONE)
    return site


@pytest.fixture
def mailbox(site: ConsoleSite, dovecot: Dovecot, smtp_sink: Sink, mail_user: str) -> Mailbox:
    return connect(site, PAUL, dovecot, smtp_sink, mail_user)


@pytest.fixture
def writer(site: ConsoleSite, mailbox: Mailbox) -> FlaskClient:
    return site.signed_in(PAUL)


def switch(site: ConsoleSite, who: WhoMayConnect) -> None:
    known = site.directory.resolve(PAUL)
    assert isinstance(known, Caller | NotConnected)
    Policies(site.database).save(known.workspace.id, Policy(who_may_connect=who), known.person)


def connect(site: ConsoleSite, who: GoogleIdentity, dovecot: Dovecot, sink: Sink, user: str) -> Mailbox:
    known = site.directory.resolve(who)
    assert isinstance(known, Caller | NotConnected)
    imap = Server(dovecot.host, dovecot.tls_port, Security.TLS, user)
    smtp = Server(sink.host, sink.tls_port, Security.TLS, user)
    place = (known.person.id, known.workspace.id, user, "Paul Martin", "custom", SignIn.PASSWORD)
    return site.salesinbox.mailboxes.connect(NewMailbox(*place, imap, smtp, Secrets(PASSWORD), "en"))


class Fields(HTMLParser):
    """What a browser would send of the page's writing form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._textarea = ""
        self._select = ""
        self.feed(page.partition('class="card writing"')[2].partition("</form>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input":
            self.found[name] = given.get("value") or ""
        elif tag == "textarea":
            self._textarea = name
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.found):
            self.found[self._select] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.found[self._textarea] = self.found.get(self._textarea, "") + data.removeprefix("\n")


def fill(writer: FlaskClient, path: str, do: str = "send", **typed: str) -> TestResponse:
    page = writer.get(path)
    assert page.status_code == 200, page.text
    return writer.post(path.partition("?")[0], data={**Fields(page.text).found, **typed, "do": do})


def shown(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text.split("<main", 1)[1])))


def received(site: ConsoleSite, mailbox: Mailbox, text: str = "Which colour?") -> int:
    headers = (
        f"From: Anna Roy <{ANNA}>",
        f"To: {mailbox.address}, Jonas <jonas@weber.example>",
        "Subject: Lights",
        "Message-ID: <m1@roy.example>",
    )
    return site.salesinbox.store.keep_sent(mailbox, frozenset(), "\r\n".join((*headers, "", text, "")).encode())


def test_a_new_mail_is_written_and_sent(site: ConsoleSite, writer: FlaskClient, mailbox: Mailbox, smtp_sink: Sink) -> None:
    page = writer.get(f"/mail/new?to={ANNA}").text
    assert f'value="{ANNA}"' in page
    assert f"Paul Martin &lt;{mailbox.address}&gt;" in page
    answer = fill(writer, f"/mail/new?to={ANNA}", subject="Lights", text="Hello Anna")
    assert answer.status_code == 303
    assert smtp_sink.delivered[0].recipients == (ANNA,)
    sent = writer.get(answer.headers["Location"])
    assert "The mail is sent" in shown(sent)
    link = re.search(r'href="(/mail/\d+)"', sent.text)
    assert link
    opened = writer.get(link[1])
    assert (opened.status_code, "Lights" in opened.text) == (200, True)
    assert "Nothing waits here" in shown(writer.get("/mail/drafts"))


def test_an_answer_begins_with_whom_and_what_it_answers(site: ConsoleSite, writer: FlaskClient, mailbox: Mailbox, smtp_sink: Sink) -> None:
    path = f"/mail/{received(site, mailbox)}/reply"
    page = writer.get(path)
    fields = Fields(page.text).found
    assert fields["to"] == f"Anna Roy <{ANNA}>"
    assert (fields["cc"], fields["subject"], fields["sender"]) == ("", "Re: Lights", mailbox.address)
    assert fields["text"].endswith("Anna Roy wrote:\n> Which colour?")
    assert f'href="{path}?all=1"' in page.text
    everybody = writer.get(f"{path}?all=1")
    assert Fields(everybody.text).found["cc"] == "Jonas <jonas@weber.example>"
    assert fill(writer, path, text="Warm white.").status_code == 303
    assert b"In-Reply-To: <m1@roy.example>" in smtp_sink.delivered[0].content


def test_bad_input_comes_back_whole_with_what_is_wrong(writer: FlaskClient, smtp_sink: Sink) -> None:
    typed = {"to": "anna@, nobody", "cc": "x", "subject": "Lights <b>", "text": "<script>Hello</script>\n</textarea>"}
    answer = fill(writer, "/mail/new", **typed)
    assert answer.status_code == 422
    assert {name: value for name, value in Fields(answer.text).found.items() if name in typed} == typed
    for words in ("The mail was not sent:", "“anna@” is not a mail address.", "“x” is not a mail address."):
        assert words in shown(answer)
    assert 'href="#to"' in answer.text
    assert re.search(r'<input id="to"[^>]*aria-describedby="to-problem to-line" aria-invalid="true" autofocus', answer.text)
    assert "<script" not in answer.text
    assert "Write to whom it goes." in shown(fill(writer, "/mail/new", text="Hello"))
    assert "This has to stand on one line." in shown(fill(writer, "/mail/new", to=ANNA, text="Hello", subject="a\r\nBcc: x@y.example"))
    assert "You may not send from this address." in shown(
        fill(writer, "/mail/new", to=ANNA, text="Hello", sender="boss@northlight.example")
    )
    assert smtp_sink.delivered == []


def test_a_failure_keeps_the_draft_and_says_why(writer: FlaskClient, smtp_sink: Sink) -> None:
    smtp_sink.refuse = {"gone@roy.example": "550 5.1.1 no such <user>"}
    answer = fill(writer, "/mail/new", to=f"{ANNA}, gone@roy.example", subject="Lights", text="Hello Anna")
    path = answer.headers["Location"]
    page = writer.get(path)
    for words in (
        "This mail was not sent. Everything is kept.",
        "Not all recipients were accepted",
        "gone@roy.example : 5.1.1 no such <user>",
    ):
        assert words in shown(page)
    assert Fields(page.text).found["text"] == "Hello Anna"
    assert "Not sent" in shown(writer.get("/mail/drafts"))
    smtp_sink.refuse = {}
    smtp_sink.after_data = "554 5.7.1 looks like spam"
    assert "looks like spam" in shown(writer.get(fill(writer, path, to=ANNA).headers["Location"]))
    smtp_sink.after_data = ""
    assert "The mail is sent" in shown(writer.get(fill(writer, path).headers["Location"]))
    assert [mail.recipients for mail in smtp_sink.delivered] == [(ANNA,)]


def test_the_longest_text_in_any_script_comes_through(writer: FlaskClient, smtp_sink: Sink) -> None:
    form = {**Fields(writer.get("/mail/new").text).found, "to": ANNA, "do": "send"}
    too_long = writer.post("/mail/new", data={**form, "text": "😀" * (MAX_TEXT + 1)}, content_type="multipart/form-data")
    assert (too_long.status_code, "At most 100,000 characters are possible." in shown(too_long)) == (422, True)
    assert writer.post("/mail/new", data={**form, "text": "😀" * MAX_TEXT}, content_type="multipart/form-data").status_code == 303
    assert len(smtp_sink.delivered) == 1


def test_drafts_are_saved_and_thrown_away(writer: FlaskClient, smtp_sink: Sink) -> None:
    path = fill(writer, "/mail/new", do="save", to="not yet", text="Half a sen").headers["Location"]
    page = writer.get(path)
    assert "Saved as a draft." in shown(page)
    assert Fields(page.text).found["to"] == "not yet"
    path = path.partition("?")[0]
    assert path in writer.get("/mail/drafts").text
    answer = writer.post(f"{path}/drop", data={"csrf_token": csrf_token(page.text)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mail/drafts")
    assert writer.get(path).status_code == 404
    assert smtp_sink.delivered == []


def test_pressed_twice_or_changed_afterwards(writer: FlaskClient, smtp_sink: Sink) -> None:
    form = {**Fields(writer.get("/mail/new").text).found, "to": ANNA, "text": "Hello\r\nAnna", "do": "send"}
    first, second = writer.post("/mail/new", data=form), writer.post("/mail/new", data=form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(smtp_sink.delivered) == 1
    changed = writer.post("/mail/new", data={**form, "text": "Something else"})
    assert changed.status_code == 422
    assert "This mail was sent already, with another text." in shown(changed)
    again = Fields(changed.text).found
    assert again["text"] == "Something else"
    assert writer.post("/mail/new", data={**again, "do": "send"}).status_code == 303
    assert len(smtp_sink.delivered) == 2


def test_an_unclear_mail_waits_for_a_decision(writer: FlaskClient, smtp_sink: Sink) -> None:
    smtp_sink.after_data = "drop"
    path = fill(writer, "/mail/new", to=ANNA, subject="Lights", text="Hello").headers["Location"]
    page = writer.get(path)
    assert "Nobody can tell whether this mail was sent" in shown(page)
    token = {"csrf_token": csrf_token(page.text)}
    looked = writer.post(f"{path}/look", data=token)
    assert looked.headers["Location"] == f"{path}?looked=1"
    assert "It is not in Sent now." in shown(writer.get(f"{path}?looked=1"))
    assert len(smtp_sink.delivered) == 1
    smtp_sink.after_data = ""
    assert writer.post(f"{path}/again", data=token).headers["Location"] == path
    assert "The mail is sent" in shown(writer.get(path))
    assert len(smtp_sink.delivered) == 2


def test_what_is_somebody_elses_is_not_there(
    site: ConsoleSite, writer: FlaskClient, mailbox: Mailbox, dovecot: Dovecot, smtp_sink: Sink
) -> None:
    mail_id = received(site, mailbox)
    draft = fill(writer, "/mail/new", do="save", text="Secret").headers["Location"].partition("?")[0]
    address = f"claire-{mailbox.address}"
    dovecot.add_user(address)
    connect(site, CLAIRE, dovecot, smtp_sink, address)
    claire = site.signed_in(CLAIRE)
    token = {"csrf_token": csrf_token(claire.get("/mail/new").text)}
    for path in (
        f"/mail/{mail_id}/reply",
        draft,
        f"/mailboxes/{mailbox.id}/addresses",
        "/mail/99999999999999999999999/reply",
        "/mail/drafts/x",
    ):
        assert claire.get(path).status_code == 404, path
        assert claire.post(path, data={**token, "to": ANNA, "text": "x", "do": "send"}).status_code == 404, path
    for part in ("again", "look", "drop"):
        assert claire.post(f"{draft}/{part}", data=token).status_code == 404
    assert claire.post(f"/mailboxes/{mailbox.id}/addresses/1", data=token).status_code == 404
    assert "Secret" in writer.get(draft).text
    assert smtp_sink.delivered == []


def test_without_a_mailbox_or_permission_nobody_writes(site: ConsoleSite, mailbox: Mailbox, smtp_sink: Sink) -> None:
    assert site.browser().get("/mail/new").status_code == 401
    claire = site.signed_in(CLAIRE).get("/mail/new")
    assert (claire.status_code, "Connect a mailbox first" in shown(claire)) == (403, True)
    paul = site.signed_in(PAUL)
    form = {**Fields(paul.get("/mail/new").text).found, "to": ANNA, "text": "Hello", "do": "send"}
    assert paul.post("/mail/new", data={**form, "csrf_token": "x"}).status_code == 400
    switch(site, WhoMayConnect.NOBODY)
    assert paul.post("/mail/new", data=form).status_code == 403
    assert smtp_sink.delivered == []


def test_a_further_address_is_added_proven_and_removed(writer: FlaskClient, mailbox: Mailbox, smtp_sink: Sink) -> None:
    path = f"/mailboxes/{mailbox.id}/addresses"
    token = {"csrf_token": csrf_token(writer.get(path).text)}
    wrong = writer.post(path, data={**token, "address": "nobody", "name": "N"})
    assert (wrong.status_code, "This is not a mail address." in shown(wrong)) == (422, True)
    assert 'value="nobody"' in wrong.text
    assert writer.post(path, data={**token, "address": "sales@lights.example", "name": "Sales"}).headers["Location"] == f"{path}?did=sent"
    page = writer.get(f"{path}?did=sent")
    assert "A code is on its way to that address." in shown(page)
    one = re.search(rf'action="({path}/\d+)"', page.text)
    assert one
    code = re.search(rb"\b\d{6}\b", smtp_sink.delivered[0].content)
    assert code
    mistyped = writer.post(one[1], data={**token, "code": "12 34", "do": "prove"})
    assert (mistyped.status_code, "This is not the code." in shown(mistyped)) == (422, True)
    assert "Choose" not in shown(writer.get("/mail/new"))
    assert "sales@lights.example" not in writer.get("/mail/new").text
    assert writer.post(one[1], data={**token, "code": code[0].decode(), "do": "prove"}).headers["Location"] == f"{path}?did=proven"
    assert "Sales &lt;sales@lights.example&gt;" in writer.get("/mail/new").text
    writer.post(one[1], data={**token, "do": "remove"})
    assert "sales@lights.example" not in writer.get(path).text


def test_without_an_outgoing_server_of_the_operator_it_says_so(
    database: Database, authority: Authority, dovecot: Dovecot, smtp_sink: Sink, mail_user: str
) -> None:
    inbox = build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file))
    site = ConsoleSite(database, salesinbox=inbox)
    switch(site, WhoMayConnect.EVERYONE)
    mailbox = connect(site, PAUL, dovecot, smtp_sink, mail_user)
    page = site.signed_in(PAUL).get(f"/mailboxes/{mailbox.id}/addresses")
    assert "whoever operates Sidecard has to set an outgoing server" in shown(page)
    assert 'name="address"' not in page.text


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("width", "dark"), [(1200, False), (360, True)])
def test_in_a_browser_by_keyboard_and_at_every_width(
    site: ConsoleSite, mailbox: Mailbox, smtp_sink: Sink, new_page: NewPage, width: int, dark: bool
) -> None:
    mail_id = received(site, mailbox, "w" * 300)
    with site.served() as address:
        page = new_page(width=width, dark=dark)
        page.goto(address + "/signin/" + site.codes.issue(site.person(PAUL).id, f"/mail/{mail_id}/reply"))
        # The writer begins at the top of the text, above the quote.
        page.locator("#text:focus").wait_for()
        page.keyboard.type("Warm white.")
        assert page.get_by_label("Text").input_value().startswith("Warm white.\n\nOn ")
        for path in (f"/mail/{mail_id}/reply", "/mail/new", "/mail/drafts", f"/mailboxes/{mailbox.id}/addresses"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.goto(address + f"/mail/new?to={ANNA}")
        page.locator("#subject:focus").wait_for()
        page.keyboard.type("Lights")
        page.keyboard.press("Enter")
        # Enter in a line sends nothing.
        assert page.get_by_role("status").inner_text() == "Saved as a draft."
        assert smtp_sink.delivered == []
        page.get_by_label("Text").fill("Hello Anna")
        page.get_by_role("button", name="Send").click()
        assert page.get_by_role("heading", level=1).inner_text() == "The mail is sent"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert len(smtp_sink.delivered) == 1
