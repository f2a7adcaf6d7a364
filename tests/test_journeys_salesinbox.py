"""The sidebar beside synchronised mail: what is known already is not asked of Gmail, and what was said before stands on the card."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crm_client.embedded.organisation import Condition
from db import now, table
from salesinbox.mailboxes import State
from salesinbox.tables import MailboxRow, RecordAddressRow
from tenants.policy import WhoMayConnect
from tenants.tables import PersonRow
from tenants.vault import Vault
from tests.site import Rep, Site, eventually, running
from tests.stored_mail import StoredMailbox, raw_mail, stored_mailbox
from tests.test_journeys_policy import ANNA, CLAIRE, PAUL, decide, gmail, statements
from tests.zoho_site import NADIA, ON_SQLITE, Browser, ZohoSite
from tests.zoho_site import VAULT_KEY as ZOHO_VAULT_KEY

VAULT_KEY = "v" * 40


@pytest.fixture
def site(sampled_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(sampled_url, tmp_path / "playground", vault_keys=VAULT_KEY) as site:
        yield site


@pytest.fixture
def paul(site: Site) -> Rep:
    return site.rep().open_mail("40-note-to-self")


@pytest.fixture
def mailbox(site: Site, paul: Rep) -> StoredMailbox:
    """Paul's, with one mail of Anna's that is not among the samples."""
    box = boxed(site, VAULT_KEY)
    box.put(raw_mail("An older one", minutes=-1440), gmail_id="1")
    return box


def boxed(site: Site, key: str) -> StoredMailbox:
    person = table(PersonRow)
    with site.database.read() as connection:
        row = connection.execute(select(person).where(person.c.email == PAUL)).one()
    return stored_mailbox(site.database, Vault((key,)), row.id, row.workspace_id, PAUL)


def synchronised(site: Site, mailbox: StoredMailbox, name: str) -> None:
    """A sample mail, as its owner's mailbox has it."""
    (mail,) = [mail for mail in site.mailboxes.of(PAUL).mails if name in mail.name]
    mailbox.put(mail.raw, gmail_id=mail.rest_id)


def test_a_synchronised_mail_is_not_asked_of_gmail(site: Site, paul: Rep, mailbox: StoredMailbox) -> None:
    with gmail(site) as asked:
        before = paul.open_mail("01-anna").text
        assert asked == ["full"]
    synchronised(site, mailbox, "01-anna")
    site.google(gmail="down")
    with statements() as queries:
        paul.open_mail("01-anna")
        ours = [one for one in queries if one.startswith("SELECT") and "embedded_" not in one and "recent_record" not in one]
    assert paul.title == "Anna Roy" and "New in this mail" in paul.text
    shown = before.replace("An older one", "").splitlines()
    assert [line for line in shown if line and line not in paul.text.splitlines()] == [], "the card is the same, and more"
    parts = ("FROM person", "FROM mail_text", "ORDER BY mail.at", "FROM mail_link", "FROM mailbox")
    assert [part for part in parts if not any(part in one for one in ours)] == []
    assert len([one for one in ours if "record_address" not in one]) == 5, ours
    paul.press("Change fields")
    assert paul.ticks(), "what the mail says is offered in the form"
    assert site.rep(CLAIRE).open_mail("01-henri").title != "Henri Blanc", "Gmail is down for whoever has no mailbox"


@ON_SQLITE
def test_recent_mails_lead_to_the_mail_and_to_all_of_them(site: Site, paul: Rep, mailbox: StoredMailbox) -> None:
    mailbox.put(*(raw_mail(f"Mail {number}", minutes=number) for number in range(3)), raw_mail("My answer", PAUL, ANNA, minutes=9))
    paul.open_mail("01-anna")
    (recent,) = [json.dumps(section) for section in paul.card["sections"] if section.get("header") == "Recent mails"]
    assert "My answer" in recent and "Mail 2" in recent and "Mail 1" in recent and "Mail 0" not in recent
    assert recent.count("Received") == 2 and recent.count("Sent") == 1
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    paul.press("All mails")
    page = browser.open(paul.link).read().decode()
    assert "Emails with <bdi>Anna Roy</bdi>" in page and "An older one" in page and "My answer" in page
    with pytest.raises(urllib.error.HTTPError):
        browser.open(paul.link)
    paul.press("My answer")
    assert "My answer" in browser.open(paul.link).read().decode()
    paul.press("Search the CRM").press("Search", Search_leads_and_contacts="Anna").press("Anna Roy")
    assert "Recent mails" in paul.text
    assert "Recent mails" not in site.rep(CLAIRE).open_mail("01-henri").text


@ON_SQLITE
def test_linking_takes_the_files_from_gmail(site: Site, paul: Rep, mailbox: StoredMailbox) -> None:
    synchronised(site, mailbox, "33-amelie-pdf")
    with gmail(site) as asked:
        paul.open_mail("33-amelie-pdf")
        assert asked == []
        if "Not in the CRM." in paul.text:
            paul.press("Add as contact").press("Add to the CRM")
        paul.press("Link mail")
    assert asked[0] == "full" and "attachment" in asked
    assert paul.notice.startswith("Linked to"), paul.notice


@ON_SQLITE
def test_the_companys_rules_hold_for_stored_mail_too(site: Site, paul: Rep, mailbox: StoredMailbox) -> None:
    synchronised(site, mailbox, "01-anna")
    decide(site, headers_only=True)
    with gmail(site) as asked:
        assert paul.open_mail("01-anna").title == "Anna Roy" and "New in this mail" not in paul.text
        assert paul.press("Change fields").ticks() == {}
        decide(site, excluded_domains=frozenset({"ateliers-roy.example"}))
        assert paul.open_mail("01-anna").title != "Anna Roy" and "ateliers-roy.example" in paul.text
    assert asked == []


@ON_SQLITE
def test_a_mailbox_that_needs_him_is_told_on_one_line(site: Site, paul: Rep, mailbox: StoredMailbox) -> None:
    line = "One of your mailboxes needs you"
    assert line not in paul.open_mail("01-anna").text
    with site.database.write() as connection:
        connection.execute(update(table(MailboxRow)).values(state=State.NEEDS_OWNER.value, cause="sign-in", cause_at=now()))
    assert line in paul.open_mail("01-anna").text and line in paul.open_mail("40-note-to-self").text
    paul.press("Search the CRM")
    assert line in paul.text
    site.crm(Condition.DOWN)
    assert line in paul.press("Refresh").text
    site.crm(Condition.UP)
    paul.press("See why")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    assert PAUL in browser.open(paul.link).read().decode()


@ON_SQLITE
def test_addresses_of_records_are_learned_where_salesinbox_is_on(site: Site, paul: Rep) -> None:
    def known() -> set[str]:
        with site.database.read() as connection:
            return set(connection.execute(select(table(RecordAddressRow).c.address_key)).scalars())

    paul.open_mail("01-anna")
    assert known() == set()
    decide(site, who_may_connect=WhoMayConnect.EVERYONE)
    paul.open_mail("01-anna")
    assert eventually(lambda: ANNA in known())


@ON_SQLITE
def test_the_list_of_a_record_of_zoho_asks_zoho_whether_he_may_see_it(place: ZohoSite) -> None:
    rep = place.at_work()
    box = boxed(place.site, ZOHO_VAULT_KEY)
    (mail,) = box.put(raw_mail("From Lyon"))
    rep.open_mail("01-anna").press("All mails")
    browser = Browser().open(rep.link)
    assert browser.status == 200 and "Emails with Anna Roy" in browser.text and "From Lyon" in browser.text
    page = browser.open(f"{place.site.base_url}/mail/{mail}")
    assert f'href="{place.zoho.data_centres.at("eu").web}/crm/org{place.northlight.id}/tab/Contacts/{place.anna}"' in page.page
    assert browser.open(f"{place.site.base_url}/mail/of/contact/4711").status == 404
    place.northlight.profile("Leads only", Contacts=())
    nadia = place.at_work(place.northlight.user("Nadia Keller", NADIA, profile="Leads only"))
    nadia.press("My account")
    assert Browser().open(nadia.link).open(f"{place.site.base_url}/mail/of/contact/{place.anna}").status in (403, 404)
