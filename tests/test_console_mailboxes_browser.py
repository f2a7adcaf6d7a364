"""Connecting a mailbox in Chromium by keyboard on a phone's width, then every page of it, wide and narrow, in both languages."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db import Database
from salesinbox.compose import build_salesinbox
from tenants.policies import Policies
from tenants.policy import Policy, WhoMayConnect
from tenants.vault import Vault
from tests.authority import Authority
from tests.browser import NewPage
from tests.console_site import KEY, PAUL, ConsoleSite
from tests.dovecot import PASSWORD, Dovecot
from tests.smtp_sink import Sink
from tests.test_console_setup_browser import fits, press

pytestmark = pytest.mark.browser

MAILS = 12
PLACES = ("", "/new", "/new/zoho", "/new/custom", "/{id}", "/{id}/folders", "/{id}/remove")


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path, authority: Authority) -> Iterator[ConsoleSite]:
    shutil.copy(sqlite_template, tmp_path / "console.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'console.sqlite'}")
    site = ConsoleSite(database, salesinbox=build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file)))
    site.connect(PAUL, "Northlight")
    Policies(database).save(site.caller(PAUL).workspace.id, Policy(who_may_connect=WhoMayConnect.EVERYONE), site.person(PAUL))
    yield site
    database.close()


def write(page: Page, label: str, text: str) -> None:
    """Reach the field with the Tab key, type over what is in it."""
    field = page.get_by_label(label, exact=True).first
    for _ in range(40):
        if field.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Control+A")
            page.keyboard.type(text)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{label} cannot be reached with the Tab key")


def test_from_an_address_to_a_mailbox_with_its_mail(
    site: ConsoleSite,
    dovecot: Dovecot,
    smtp_sink: Sink,
    mail_user: str,
    new_page: NewPage,
    faults: list[str],
    pictures: Path,
) -> None:
    dovecot.drop(mail_user, [f"From: a@b.example\r\nSubject: {number}\r\n\r\nText".encode() for number in range(MAILS)])
    with site.served() as base:
        page = new_page(width=360)
        page.goto(f"{base}/signin/{site.codes.issue(site.person(PAUL).id, '/mailboxes')}")
        press(page, "Connect a mailbox")
        write(page, "Your mail address", "paul@elsewhere.example")
        press(page, "Go on")
        expect(page.get_by_role("heading", name="Connect another service")).to_be_visible()
        expect(page.get_by_label("Server", exact=True).first).to_have_value("imap.elsewhere.example")
        expect(page.get_by_label("User name for sending")).to_be_hidden()
        write(page, "Mail address", mail_user)
        imap, smtp = page.get_by_role("group", name="Incoming mail (IMAP)"), page.get_by_role("group", name="Outgoing mail (SMTP)")
        for group, host, port in ((imap, dovecot.host, dovecot.tls_port), (smtp, smtp_sink.host, smtp_sink.tls_port)):
            group.get_by_label("Server", exact=True).fill(host)
            group.get_by_label("Port", exact=True).fill(str(port))
        imap.get_by_label("User name", exact=True).fill(mail_user)
        imap.get_by_label("Password", exact=True).fill("mistyped")
        press(page, "Try and connect")
        expect(page.get_by_role("alert")).to_contain_text("Not connected yet, and nothing was saved.")
        wrong = page.get_by_label("Password", exact=True)
        expect(wrong).to_be_focused()
        expect(wrong).to_have_value("")
        expect(wrong).to_have_accessible_description(re.compile("does not accept this user name with this password"))
        page.screenshot(path=pictures / "mailbox-wrong-360.png", full_page=True)
        assert fits(page)
        # Chromium complains of every answer that is no 200.
        assert len(faults) == 1
        faults.clear()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Connected. Your mail is being fetched now.")
        page.screenshot(path=pictures / "mailbox-connected-360.png", full_page=True)

        mailbox = site.salesinbox.mailboxes.of_person(site.person(PAUL).id)[0]
        site.salesinbox.sync.run(mailbox.id, 20)
        page.goto(f"{base}/mailboxes/{mailbox.id}")
        expect(page.get_by_text(f"{MAILS} of {MAILS} mails are here")).to_be_visible()
        press(page, "Folders")
        page.get_by_label("Sent").uncheck()
        press(page, "Save")
        expect(page.get_by_label("Sent")).not_to_be_checked()

        state = page.context.storage_state()
        for width, french in ((1200, False), (360, True)):
            seen = new_page(width=width, locale="fr-FR" if french else "en-GB", dark=french)
            seen.context.add_cookies(state["cookies"])  # type: ignore[arg-type]
            for place in PLACES:
                path = "/mailboxes" + place.format(id=mailbox.id)
                answer = seen.goto(base + path)
                assert answer is not None
                assert answer.status == 200, path
                name = f"mailbox{place.format(id='one').replace('/', '-')}-{width}{'-fr' if french else ''}.png"
                seen.screenshot(path=pictures / name, full_page=True)
                assert fits(seen), (path, width)
        page.goto(f"{base}/mailboxes/{mailbox.id}/remove")
        press(page, "Remove this mailbox")
        expect(page.get_by_role("status")).to_contain_text("is gone from here")
        expect(page.get_by_role("heading", name="Your mail, where your customers are")).to_be_visible()
