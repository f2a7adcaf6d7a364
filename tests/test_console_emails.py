"""Reading mail in the browser: the Emails list of a record, the mail, its files. Nothing a mail says leaves its place."""

import html
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Request

from console.email_list import _Cursor
from crm_client.embedded.organisation import Condition
from crm_client.records import Record
from db import Database
from linking.ledger import Ledger
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.servers import Security, Server
from tenants.policies import Policies
from tenants.policy import Policy
from tenants.vault import Vault
from tests.authority import Authority
from tests.browser import NewPage
from tests.console_site import CLAIRE, KEY, NOON, PAUL, ConsoleSite, add_contact, mail_copy
from tests.dovecot import Dovecot
from tests.nasty_mails import NASTY
from tests.stored_mail import MORNING, StoredMailbox, raw_mail, stored_mailbox

ANNAS = "anna.roy@ateliers-roy.example"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what asks nothing new of the database."""
SHOP = (
    "<div style='font-family:Georgia;color:#333'><h2>Spring offer</h2><p>Dear Paul, our <a href='https://roy.example/offer'>offer</a>.</p>"
    "<table border=1 cellpadding=6><tr><td>Ten brackets</td><td>120 €</td></tr></table>"
    "<img src='http://tracker.example/1.gif' alt='Our stand'></div>"
)


def made(database: Database, authority: Authority | None = None) -> ConsoleSite:
    salesinbox: SalesInbox | None = None
    if authority is not None:
        salesinbox = build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file))
    site = ConsoleSite(database, salesinbox=salesinbox)
    site.connect(PAUL, "Northlight")
    return site


@pytest.fixture
def site(database: Database) -> ConsoleSite:
    return made(database)


@pytest.fixture
def anna(site: ConsoleSite) -> Record:
    return add_contact(site.crm(PAUL), "Roy", ANNAS, first_name="Anna", company="Ateliers Roy")


def mailbox_of(site: ConsoleSite, imap: Server | None = None, uidvalidity: int | None = None, address: str = PAUL.email) -> StoredMailbox:
    caller = site.caller(PAUL)
    return stored_mailbox(site.database, Vault((KEY,)), caller.person.id, caller.workspace.id, address, imap=imap, uidvalidity=uidvalidity)


@pytest.fixture
def pauls(site: ConsoleSite) -> StoredMailbox:
    return mailbox_of(site)


def subjects(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'class="subject" href="[^"]+"><bdi>([^<]+)<', page)]


def turned(browser: FlaskClient, path: str) -> Iterator[list[str]]:
    """Page by page, as long as there is an older one."""
    while True:
        page = browser.get(path).text
        yield subjects(page)
        older = re.findall(r'rel="next" href="([^"#]+)#emails"', page)
        if not older:
            return
        path = html.unescape(older[0])


# --- one list


def test_synchronised_and_linked_mails_are_one_list(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    crm = site.crm(PAUL)
    for number in range(0, 40, 10):
        crm.attach_email(anna.ref, mail_copy(number))  # 12:00, 12:10, ... on 4 March
    (_, twice) = pauls.put(raw_mail("Of the second"), raw_mail("Twice", message_id="<mail-10@roy.example>", minutes=2 * 1440 + 4 * 60 + 10))
    pauls.put(raw_mail("Newest", PAUL.email, ANNAS, minutes=3 * 1440, text="Here is our offer"))
    browser = site.signed_in(PAUL)
    expected = ["Newest", "Mail number 30", "Mail number 20", "Twice", "Mail number 0", "Of the second"]
    page = browser.get(f"/crm/contact/{anna.ref.id}").text
    assert subjects(page) == expected
    assert "Here is our offer" in page and f'href="/mail/{twice}"' in page
    every = browser.get(f"/mail/of/contact/{anna.ref.id}").text
    assert subjects(every) == expected and "Emails with <bdi>Anna Roy</bdi>" in every
    assert '<a class="button primary" href="/mail/new?to=anna.roy%40ateliers-roy.example">' in every
    mine = browser.get(html.unescape(re.findall(r'href="([^"]+of=\d+)"', every)[0])).text
    assert subjects(mine) == ["Newest", "Twice", "Of the second"] and "My mailboxes</bdi></a>" in mine
    assert subjects(browser.get(f"/mail/of/contact/{anna.ref.id}?of=99999").text) == []


def test_the_pages_of_the_list_meet_whatever_lies_in_which(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    crm = site.crm(PAUL)
    offset = (NOON.replace(minute=0) - MORNING).total_seconds() / 60
    both, linked, stored = range(0, 60, 3), range(1, 60, 3), range(2, 60, 3)
    for number in (*both, *linked):
        crm.attach_email(anna.ref, mail_copy(number))
    pauls.put(
        *(
            raw_mail(f"Mail number {number}", message_id=f"<mail-{number}@roy.example>", minutes=offset + number)
            for number in (*both, *stored)
        )
    )
    browser = site.signed_in(PAUL)
    for path in (f"/crm/contact/{anna.ref.id}", f"/mail/of/contact/{anna.ref.id}"):
        pages = list(turned(browser, path))
        assert [len(page) for page in pages] == [20, 20, 20]
        assert [one for page in pages for one in page] == [f"Mail number {number}" for number in range(59, -1, -1)]


@ON_SQLITE
def test_any_cursor_may_come(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    pauls.put(raw_mail("Mail"))
    browser = site.signed_in(PAUL)
    for text in ("", "x~x", "1-1~0~", "x~5~9", "~0~9999999", "~-1~", "~9999999~", "1-1~x~x", "٣~٣~"):
        for path in (f"/crm/contact/{anna.ref.id}", f"/mail/of/contact/{anna.ref.id}"):
            assert browser.get(path, query_string={"cursor": text, "of": text}).status_code == 200, text
    assert _Cursor.read(str(_Cursor())) == _Cursor()


def test_a_mail_that_was_linked_says_so(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    pauls.put(raw_mail("Offer", message_id="<offer@roy.example>"))
    ledger, caller = Ledger(site.database), site.caller(PAUL)
    with site.database.write() as connection:
        assert ledger.promise(connection, str(caller.access.target), "offer@roy.example", anna.ref, "Anna Roy", caller.person)
    assert "Linked by <bdi>Paul Martin</bdi>" in site.signed_in(PAUL).get(f"/mail/of/contact/{anna.ref.id}").text


# --- who may


@ON_SQLITE
def test_somebody_elses_mail_is_a_mail_that_is_not_there(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    (mail,) = pauls.put(raw_mail("Private", html=SHOP, files=(("offer.pdf", b"%PDF"),)))
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {anna.ref.kind: ("view",)})
    claire = site.signed_in(CLAIRE)
    for path in ("", "/body", "/files/0"):
        hidden, unknown = claire.get(f"/mail/{mail}{path}"), claire.get(f"/mail/{mail + 1}{path}")
        assert (hidden.status_code, unknown.status_code) == (404, 404)
        strip = re.compile(r'name="csrf_token" value="[^"]+"')
        assert strip.sub("", hidden.text) == strip.sub("", unknown.text) and "There is no such mail" in hidden.text
        assert site.browser().get(f"/mail/{mail}{path}").status_code == 401
    assert claire.get("/mail/" + "9" * 30).status_code == 404
    listed = claire.get(f"/mail/of/contact/{anna.ref.id}")
    assert listed.status_code == 200 and subjects(listed.text) == [] and "No mail with the addresses" in listed.text
    site.set_condition(PAUL, Condition.DOWN)
    assert site.signed_in(PAUL).get(f"/mail/of/contact/{anna.ref.id}").status_code == 503
    assert "The CRM does not answer now." in site.signed_in(PAUL).get(f"/mail/{mail}").text
    assert site.signed_in(PAUL).get("/mail/of/contact/4711").status_code == 503
    site.set_condition(PAUL, Condition.UP)
    assert site.signed_in(PAUL).get("/mail/of/contact/4711").status_code == 404
    assert site.signed_in(PAUL).get("/mail/of/deal/1").status_code == 404


@ON_SQLITE
def test_a_company_that_has_only_headers_kept_shows_no_text(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    (before,) = pauls.put(raw_mail("Before", text="Of long ago", files=(("offer.pdf", b"%PDF"),)))
    caller = site.caller(PAUL)
    Policies(site.database).save(caller.workspace.id, Policy(headers_only=True), caller.person)
    (after,) = pauls.put(raw_mail("After", text="Of today", html=SHOP), headers_only=True)
    browser = site.signed_in(PAUL)
    for mail in (before, after):
        page = browser.get(f"/mail/{mail}").text
        assert "Your company has only people and subject of mails kept." in page and "Anna Roy" in page
        assert "Of long ago" not in page and "Of today" not in page and "offer.pdf" not in page and "<iframe" not in page
        assert "Spring offer" not in browser.get(f"/mail/{mail}/body").text
    assert browser.get(f"/mail/{before}/files/0").status_code == 404


# --- one mail


@ON_SQLITE
def test_the_mail_with_its_people_records_and_ways_to_answer(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    (mail,) = pauls.put(
        raw_mail("Plan", text="Dear Paul,\n  see below.\u202e", Cc="Jonas Weber <jonas@weber.example>", to=f"{PAUL.email}, info@x.example")
    )
    second = mailbox_of(site, address="info@northlight.example")
    second.put(
        raw_mail("Plan", text="Dear Paul,\n  see below.\u202e", Cc="Jonas Weber <jonas@weber.example>", to=f"{PAUL.email}, info@x.example")
    )
    page = site.signed_in(PAUL).get(f"/mail/{mail}").text
    for words in (
        "<bdi>Anna Roy &lt;anna.roy@ateliers-roy.example&gt;</bdi>",
        "<bdi>Jonas Weber &lt;jonas@weber.example&gt;</bdi>",
        "Dear Paul,\n  see below.",
        "Mar 2, 2026",
        f'href="/crm/contact/{anna.ref.id}"',
        f'href="/mail/of/contact/{anna.ref.id}"',
        f'href="/mail/{mail}/reply"',
        f'href="/mail/{mail}/reply?all=1"',
        f"<bdi>{PAUL.email}</bdi>, <bdi>info@northlight.example</bdi>",
        "Received",
    ):
        assert words in page, words
    assert "\u202e" not in page and "Blind copy" not in page
    (alone,) = pauls.put(raw_mail("Alone", PAUL.email, ANNAS, Bcc="jonas@weber.example"))
    page = site.signed_in(PAUL).get(f"/mail/{alone}").text
    assert "?all=1" not in page and "Blind copy" in page and "jonas@weber.example" in page


@ON_SQLITE
def test_the_frame_lets_nothing_in_and_nothing_out(site: ConsoleSite, anna: Record, pauls: StoredMailbox) -> None:
    (mail,) = pauls.put(raw_mail("Offer", html=SHOP + "<p>invoice&#x202e;fdp</p><script>alert(1)</script>"))
    browser = site.signed_in(PAUL)
    page = browser.get(f"/mail/{mail}")
    assert f'src="/mail/{mail}/body" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert (
        "frame-src 'self'" in page.headers["Content-Security-Policy"]
        and "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    )
    body = browser.get(f"/mail/{mail}/body")
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;") and "; sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy and "allow-scripts" not in policy and "allow-same-origin" not in policy
    assert (body.headers["Referrer-Policy"], body.headers["X-Content-Type-Options"], body.headers["Cache-Control"]) == (
        "no-referrer",
        "nosniff",
        "no-store",
    )
    assert "1 image is not loaded" in body.text and "tracker.example" not in body.text and "alert" not in body.text
    assert "invoicefdp" in body.text and "Spring offer" in body.text
    text = browser.get(f"/mail/{mail}?text=1").text
    assert "<iframe" not in text and "Good morning" in text
    (plain,) = pauls.put(raw_mail("Plain"))
    assert "<iframe" not in browser.get(f"/mail/{plain}").text


# --- files


@ON_SQLITE
def test_files_come_from_the_mail_server(database: Database, authority: Authority, dovecot: Dovecot, mail_user: str) -> None:
    site = made(database, authority)
    raws = [
        raw_mail("With files", files=(("offer.pdf", b"%PDF-1.7\x00\xff"), ("<b>\u202eevil.html", b"<script>alert(1)</script>"))),
        raw_mail("Gone", files=(("lost.pdf", b"lost"),)),
    ]
    dovecot.put(mail_user, raws)
    with dovecot.client(mail_user) as client:
        client.select("INBOX")
        validity = int(client.response("UIDVALIDITY")[1][0])
    box = mailbox_of(site, Server(dovecot.host, dovecot.tls_port, Security.TLS, mail_user), validity)
    mail, gone = box.put(*raws)
    browser = site.signed_in(PAUL)
    page = browser.get(f"/mail/{mail}").text
    assert f'href="/mail/{mail}/files/0" download><bdi>offer.pdf</bdi></a> (10 bytes)' in page and "&lt;b&gt;evil.html" in page
    file = browser.get(f"/mail/{mail}/files/0")
    assert file.data == b"%PDF-1.7\x00\xff" and file.headers["Content-Disposition"].startswith("attachment; filename=offer.pdf")
    assert (file.mimetype, file.headers["Content-Security-Policy"]) == ("application/octet-stream", "sandbox; default-src 'none'")
    evil = browser.get(f"/mail/{mail}/files/1")
    assert evil.mimetype == "application/octet-stream" and evil.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"/mail/{mail}/files/2").status_code == 404
    dovecot.add_user(mail_user, "another password")
    refused = browser.get(f"/mail/{mail}/files/0")
    assert refused.status_code == 503 and "This file cannot be had now" in refused.text and f"/mailboxes/{box.mailbox.id}" in refused.text
    dovecot.add_user(mail_user)
    with dovecot.client(mail_user) as client:
        client.select("INBOX")
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()
    missing = browser.get(f"/mail/{gone}/files/0")
    assert missing.status_code == 404 and "The file is not there any more" in missing.text


# --- in a browser


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


@ON_SQLITE
def test_a_mail_in_a_browser(site: ConsoleSite, anna: Record, pauls: StoredMailbox, new_page: NewPage, pictures: Path) -> None:
    """All the nasty mails in one: the frame shows the harmless part of it, asks nobody for anything and runs nothing."""
    crm, texts = site.crm(PAUL), ("See you on Thursday at ten.", "Thank you for the plan, we start on Monday.", "Here is the offer.")
    pauls.put(
        raw_mail(
            "Spring offer",
            html=SHOP + "".join(NASTY.values()),
            files=(("offer.pdf", b"%PDF" * 3000),),
            minutes=60,
            Cc="jonas@weber.example",
        )
    )
    for number, text in enumerate(texts):
        sender, to = (PAUL.email, f"Anna Roy <{ANNAS}>") if number % 2 else (f"Anna Roy <{ANNAS}>", PAUL.email)
        pauls.put(raw_mail(f"Mail number {number}", sender, to, text=text, minutes=number))
    crm.attach_email(anna.ref, mail_copy(1, "Linked from Gmail"))
    with site.served() as base_url:
        for width, dark in ((1280, False), (360, True)):
            page = new_page(width=width, dark=dark)
            asked: list[str] = []
            page.on("request", partial(_note, asked))
            page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
            page.goto(base_url + "/signin/" + site.codes.issue(site.person(PAUL).id, f"/mail/of/contact/{anna.ref.id}"))
            name = f"emails-{width}{'-dark' if dark else ''}"
            page.screenshot(path=pictures / f"{name}.png", full_page=True)
            page.get_by_role("link", name="Spring offer").click()
            frame = page.frame_locator("iframe")
            assert frame.get_by_text("Ten brackets").is_visible()
            assert frame.get_by_text("Our stand").first.is_visible() or frame.locator("img[alt='Our stand']").is_visible()
            page.screenshot(path=pictures / f"{name.replace('emails', 'email')}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the page"
            strangers = [url for url in asked if not url.startswith((base_url, "data:"))]
            assert strangers == [], "no request leaves"
            page.goto(f"{base_url}/crm/contact/{anna.ref.id}")
            page.screenshot(path=pictures / f"record-{name}.png", full_page=True)
