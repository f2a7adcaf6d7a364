"""What a rep does all day, over real HTTP, on both databases: every answer is a card Google takes."""

import base64
import urllib.request
from html import unescape
from http.cookiejar import CookieJar

import pytest
from sqlalchemy import func, select, update

from crm_client.embedded.organisation import Condition
from crm_client.embedded.tables import ProfileRow, UserRow
from db import now, table
from linking.tables import MailLinkRow
from tenants.tables import ConnectionRow, WorkspaceRow
from tests.site import Site, eventually, remembered

CLAIRE = "claire.dubois@northlight.example"
TOM = "tom.becker@northlight.example"
INES = "ines.costa@northlight.example"
MIA = "mia.brandt@northlight.example"
SAM = "sam.reed@harbour.example"
KIM = "kim@elsewhere.example"
JULIEN = "julien.petit@menuiserie-petit.example"


# --- who is this ------------------------------------------------------------------------------------------------------


def test_a_known_sender(site: Site) -> None:
    rep = site.rep().open_mail("01-anna-quote")
    assert rep.title == "Anna Roy"
    assert "Contact · Ateliers Roy" in rep.text
    assert "Sender, found by the main address" in rep.text
    assert "open deals" in rep.text
    assert rep.footer == ["Link mail", "View in CRM"]


def test_a_secondary_address_says_so(site: Site) -> None:
    assert "found by the secondary address" in site.rep().open_mail("19-anna-secondary").text


def test_lead_and_contact_at_once_are_a_choice(site: Site) -> None:
    rep = site.rep().open_mail("02-emily")
    assert "2 records carry this address" in rep.text
    assert rep.footer == []
    rep.press("Emily Carter")
    assert rep.title == "Emily Carter" and rep.footer[0] == "Link mail"


def test_several_people_have_a_row_each(site: Site) -> None:
    rep = site.rep().open_mail("03-henri")
    assert rep.title == "Henri Blanc"
    assert "Also in this mail" in rep.text
    assert "Not in the CRM" in rep.text


def test_an_unknown_sender(site: Site) -> None:
    rep = site.rep().open_mail("04-julien")
    assert rep.title == "Julien Petit" and "Not in the CRM." in rep.text
    assert rep.footer == ["Add as lead", "Add as contact"]


def test_own_sent_mail_shows_the_recipient(site: Site) -> None:
    rep = site.rep().open_mail("30-sent-to-jonas")
    assert rep.title == "Jonas Weber" and "Recipient, found by the main address" in rep.text


def test_an_alias_is_me(site: Site) -> None:
    assert site.rep().open_mail("35-sent-from-alias").title == "Olivia Grant"


def test_colleagues_are_never_offered(site: Site) -> None:
    rep = site.rep().open_mail("09-claire-internal")
    assert rep.title == "Among colleagues" and rep.footer == []


def test_a_customer_in_copy_of_a_colleagues_mail(site: Site) -> None:
    rep = site.rep().open_mail("37-colleague-customer")
    assert "Claire" not in rep.title and "In copy" in rep.text


@pytest.mark.parametrize("name", ["14-forwarded-gmail", "15-forwarded-outlook", "16-forwarded-german", "17-forwarded-as"])
def test_a_forwarded_mail_shows_who_wrote_it(site: Site, name: str) -> None:
    rep = site.rep().open_mail(name)
    assert "Wrote the forwarded mail" in rep.text
    assert "Forwarded by" in rep.text


def test_reply_to_counts(site: Site) -> None:
    assert "Reply-To of this mail" in site.rep().open_mail("18-web-form").text


@pytest.mark.parametrize("name", ["12-noreply", "13-bounce", "11-"])
def test_machines_are_not_offered_for_adding(site: Site, name: str) -> None:
    rep = site.rep().open_mail(name)
    assert rep.footer == [] or "Contact" in rep.text or "Lead" in rep.text
    assert "Add as lead" not in rep.footer


@pytest.mark.parametrize("name", ["20-no-from", "21-broken-from"])
def test_no_readable_sender(site: Site, name: str) -> None:
    assert site.rep().open_mail(name).title == "No readable sender"


def test_a_note_to_self(site: Site) -> None:
    assert site.rep().open_mail("40-note-to-self").title == "A mail to yourself"


def test_every_sample_mail_of_everybody_has_a_card(site: Site) -> None:
    for email in ("paul.martin@northlight.example", CLAIRE, "nadia.keller@northlight.example"):
        for mail in site.mailboxes.of(email).mails:
            rep = site.rep(email)
            rep.open_mail(mail.name)
            assert rep.title and rep.title not in ("Something went wrong", "Quelque chose s’est mal passé"), mail.name


def test_hostile_senders_stay_text(site: Site) -> None:
    for name in ("24-right-to-left", "25-markup"):
        rep = site.rep().open_mail(name)
        assert "<script" not in rep.text and "\u202e" not in rep.text


def test_names_and_subjects_of_ten_thousand_signs_stay_in_card_and_page(site: Site) -> None:
    evil = "<b onmouseover=alert(1)>\u202e&amp;\"'</div></p>{{7*7}}<script>alert(1)</script>"
    long = (evil * 200)[:10_000]
    name = base64.b64encode(long.encode()).decode()
    headers = f"From: =?utf-8?b?{name}?= <evil@hostile.example>\r\nSubject: =?utf-8?b?{name}?=\r\nMessage-ID: <evil@x>\r\n"
    rep = site.rep().open_raw(f"{headers}To: paul.martin@northlight.example\r\n\r\n{evil}".encode())
    assert len(rep.answer["action"]["navigations"][0]["pushCard"]["header"]["title"]) <= 120
    rep.press("Add as contact").press("Add to the CRM", First_name=evil[:60], Last_name=evil[:60], Job_title=evil[:80])
    rep.press("Link mail")
    assert "Linked to" in rep.notice
    rep.press("View in CRM")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(rep.link) as page:
        html = page.read().decode()
    for forbidden in ("<script>alert", "<b onmouseover", "\u202e", "</div></p>{{", ">49<"):
        assert forbidden not in html


def test_french_for_who_reads_french(site: Site) -> None:
    rep = site.rep(CLAIRE).open_mail("15-amelie-unknown")
    assert "Pas dans le CRM." in rep.text


# --- the CRM's own page -----------------------------------------------------------------------------------------------


def test_view_in_crm_opens_the_record_with_the_mail(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Link mail").press("View in CRM")
    assert rep.link.startswith(f"{site.base_url}/signin/")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(rep.link) as page:
        html = page.read().decode()
        assert page.url.startswith(f"{site.base_url}/crm/contact/")
    assert "Anna Roy" in html and rep.mail.subject in unescape(html)


# --- home and search --------------------------------------------------------------------------------------------------


def test_home_shows_connection_and_what_was_opened(site: Site) -> None:
    rep = site.rep().open_home()
    assert "Connected to Northlight" in rep.text and "Signed in as Paul Martin" in rep.text
    rep.open_mail("01-anna")
    # It is noted when the answer is out, so a moment later.
    assert eventually(lambda: "Anna Roy" in rep.open_home().text)


def test_search_and_its_pages(site: Site) -> None:
    rep = site.rep().open_home().press("Search", Search_leads_and_contacts="example")
    first = rep.text
    assert "records found" in first
    rep.press("Next")
    assert rep.text != first
    assert rep.press("Previous").text == first
    assert "Nothing found for “qqqq”" in rep.back().press("Search", Search_leads_and_contacts="qqqq").text
    assert "at least two characters" in rep.back().press("Search").text


# --- states -----------------------------------------------------------------------------------------------------------


def test_an_outage_shows_what_was_known_and_how_old_it_is(site: Site) -> None:
    rep = site.rep().open_mail("01-anna")
    assert eventually(lambda: remembered(site, "anna.roy@ateliers-roy.example"))
    site.crm(Condition.DOWN)
    rep = site.rep().open_mail("01-anna")
    assert "The CRM does not answer" in rep.text and "You see what was known" in rep.text and "Directrice" in rep.text
    stranger = site.rep().open_mail("04-julien")
    assert "Not in the CRM" not in stranger.text and "cannot be told now" in stranger.text and stranger.footer == []
    assert "Directrice" not in site.rep(TOM).open_mail("01-anna").text, "Tom has never seen her"
    site.crm(Condition.UP)
    assert "does not answer" not in rep.press("Refresh").text


def test_a_limit_is_no_outage(site: Site) -> None:
    site.crm(Condition.LIMITING)
    rep = site.rep().open_mail("01-anna")
    assert "The CRM is limiting calls" in rep.text and "30 seconds" in rep.text


def test_nobody_connected_yet_and_connecting(site: Site) -> None:
    rep = site.rep(SAM).open_home()
    assert rep.title == "Not connected to a CRM" and rep.footer == ["Connect"]
    rep.press("Connect")
    assert rep.link.startswith(f"{site.base_url}/connect/")


def test_not_a_crm_user_not_installed(site: Site) -> None:
    assert site.rep(INES).open_home().title == "Vous n’êtes pas encore utilisateur du CRM"
    assert "elsewhere.example" in site.rep(KIM).open_home().title


def test_reading_is_not_writing(site: Site) -> None:
    tom = site.rep(TOM).open_mail("01-anna")
    assert tom.footer == ["View in CRM"] and "Change fields" not in tom.text
    paul = site.rep().open_mail("01-anna")
    for what in ("Link mail", "Change fields"):
        action = paul.find(what)
        token = site.rep(TOM)
        token.mail = tom.mail
        token.cards = [tom.card]
        token.fire(action)
        assert token.title == "This card is out of date"


def test_rights_are_asked_again_at_the_click(site: Site) -> None:
    """Paul's button is good, but meanwhile he may only read."""
    paul = site.rep().open_mail("01-anna")
    profiles, users = table(ProfileRow), table(UserRow)
    with site.database.write() as connection:
        read_only = connection.execute(select(profiles.c.id).where(profiles.c.name == "Read only")).scalar_one()
        connection.execute(update(users).where(users.c.email == paul.who.email).values(profile_id=read_only))
    paul.press("Link mail")
    assert paul.title == "The CRM does not allow this"
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(MailLinkRow))).scalar_one() == 0


def test_a_hidden_record_is_named_but_not_shown(site: Site) -> None:
    mia = site.rep(MIA).open_mail("01-anna")
    assert "A contact with this address exists, but you may not see contacts." in mia.text
    assert "Directrice" not in mia.text and mia.footer == []


def test_gmail_down_is_not_the_crm_down(site: Site) -> None:
    site.google(gmail="down")
    rep = site.rep().open_mail("01-anna")
    assert rep.title == "The mail could not be read"
    site.google(gmail="up")
    assert rep.press("Refresh").title == "Anna Roy" or rep.text


def test_certificates_down_is_no_forgery(site: Site) -> None:
    site.google(certificates="down")
    rep = site.rep().open_mail("01-anna")
    assert rep.title == "Please try again in a minute"


def test_a_rep_without_a_permission_of_his_own_is_asked_for_it(site: Site) -> None:
    """His company uses a CRM in which everybody acts for himself."""
    workspace, connection_row = table(WorkspaceRow), table(ConnectionRow)
    site.rep(SAM).open_home()
    with site.database.write() as connection:
        number = connection.execute(select(workspace.c.id).where(workspace.c.domain == "harbour.example")).scalar_one()
        connection.execute(connection_row.insert().values(workspace_id=number, kind="zoho", org_id="60001", connected_at=now()))
    rep = site.rep(SAM).open_home()
    assert rep.title == "Connect to Zoho CRM" and rep.footer == ["Connect"]
    assert rep.find("Create an account") == {"openLink": {"url": "https://www.zoho.com/crm/signup.html"}}
    rep.press("Connect")
    assert rep.link.startswith(f"{site.base_url}/connect/")
