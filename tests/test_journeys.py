"""What a rep does all day, over real HTTP, on both databases: every answer is a card Google takes."""

import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from crm_client.embedded.organisation import Condition
from crm_client.embedded.tables import AddressRow, EmailRow, ProfileRow, RecordRow, UserRow
from crm_client.tables import LastKnownRow
from db import table
from linking.tables import MailLinkRow
from tests.site import Rep, Site, running

CLAIRE = "claire.dubois@northlight.example"
TOM = "tom.becker@northlight.example"
INES = "ines.costa@northlight.example"
MIA = "mia.brandt@northlight.example"
SAM = "sam.reed@harbour.example"
KIM = "kim@elsewhere.example"
JULIEN = "julien.petit@menuiserie-petit.example"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(database_url, tmp_path / "playground") as site:
        yield site


def emails_of(site: Site, message_id: str) -> list[int]:
    """The records a mail stands on."""
    email = table(EmailRow)
    with site.database.read() as connection:
        return list(connection.execute(select(email.c.record_id).where(email.c.message_id == message_id)).scalars())


def record_of(site: Site, address: str) -> dict[str, str]:
    address_table, record = table(AddressRow), table(RecordRow)
    with site.database.read() as connection:
        joined = select(record.c["values"]).join(address_table, address_table.c.record_id == record.c.id)
        return connection.execute(joined.where(address_table.c.address == address)).scalars().one()


def remembered(site: Site, address: str) -> bool:
    with site.database.read() as connection:
        known = table(LastKnownRow)
        return connection.execute(select(func.count()).where(known.c.address == address)).scalar_one() > 0


def message_id(rep: Rep) -> str:
    raw = rep.mail.raw.decode(errors="replace")
    line = next(line for line in raw.splitlines() if line.lower().startswith("message-id:"))
    return line.partition(":")[2].strip().strip("<>")


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


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


def test_french_for_who_reads_french(site: Site) -> None:
    rep = site.rep(CLAIRE).open_mail("15-amelie-unknown")
    assert "Pas dans le CRM." in rep.text


# --- adding -----------------------------------------------------------------------------------------------------------


def test_an_unknown_sender_becomes_a_lead(site: Site) -> None:
    rep = site.rep().open_mail("04-julien").press("Add as lead")
    assert (rep.value("f.first_name"), rep.value("f.last_name"), rep.value("f.email")) == ("Julien", "Petit", JULIEN)
    rep.press("Add to the CRM", Company="Menuiserie Petit", Phone="+33 1 99 00 55 66")
    assert rep.notice == "Julien Petit is now a lead in the CRM."
    assert rep.title == "Julien Petit" and "Lead · Menuiserie Petit" in rep.text
    assert record_of(site, JULIEN)["phone"] == "+33 1 99 00 55 66"


def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(site: Site) -> None:
    rep = site.rep().open_mail("04-julien").press("Add as lead")
    rep.press("Add to the CRM", Last_name="", Phone="1" * 50, Job_title="Menuisier")
    assert "Please correct 3 fields" in rep.text
    assert "Last name is needed." in rep.text and "Company is needed." in rep.text
    assert rep.value("f.title") == "Menuisier" and rep.value("f.phone") == "1" * 50
    assert "Phone: at most 40 characters." in rep.text
    rep.press("Add to the CRM", Last_name="Petit", Company="Menuiserie", Phone="123456")
    assert rep.notice.endswith("is now a lead in the CRM.")


def test_switching_between_lead_and_contact_keeps_what_was_typed(site: Site) -> None:
    rep = site.rep().open_mail("04-julien").press("Add as lead")
    only_lead = rep.field("Project type")
    choice = rep.inputs()[only_lead]["items"][1]["value"]
    rep.change("Add as", "contact", Job_title="Menuisier", Project_type=choice)
    assert rep.value("f.title") == "Menuisier" and rep.value("kind") == "contact"
    assert only_lead not in rep.inputs()
    rep.change("Add as", "lead")
    assert rep.value("f.title") == "Menuisier" and rep.value(only_lead) == choice
    rep.press("Add to the CRM", Company="Menuiserie")
    assert record_of(site, JULIEN)["project_type"] == choice


def test_a_duplicate_is_found_before_it_is_made(site: Site) -> None:
    rep = site.rep().open_mail("04-julien").press("Add as contact")
    rep.press("Add to the CRM", **{"E-mail": "anna.roy@ateliers-roy.example"})
    assert "Already there. Nothing was added." in rep.text and "Anna Roy" in rep.text
    assert rep.value("f.first_name") == "Julien"


def test_a_new_address_of_a_known_person_becomes_the_secondary_one(site: Site) -> None:
    raw = b"From: Jonas Weber <jonas@privat.example>\r\nTo: paul.martin@northlight.example\r\nSubject: x\r\nMessage-ID: <n1@x>\r\n\r\nHello"
    rep = site.rep().open_raw(raw).press("Add as contact").press("Add to the CRM")
    assert "Is this the same person?" in rep.text
    rep.press("Add jonas@privat.example to Jonas Weber")
    assert rep.notice == "jonas@privat.example is now the secondary address of Jonas Weber."
    assert rep.title == "Jonas Weber" and "found by the secondary address" in rep.text
    assert record_of(site, "jonas@privat.example")["email"] == "jonas.weber@weber-metallbau.example"


def test_the_same_name_can_be_somebody_else(site: Site) -> None:
    raw = b"From: Jonas Weber <jonas@other.example>\r\nTo: paul.martin@northlight.example\r\nMessage-ID: <n2@x>\r\n\r\nHello"
    rep = site.rep().open_raw(raw).press("Add as contact").press("Add to the CRM").press("Add as another person")
    assert rep.notice == "Jonas Weber is now a contact in the CRM."


def test_64_reps_add_one_person(site: Site) -> None:
    raw = b"From: Nina New <nina@new.example>\r\nTo: x@northlight.example\r\nMessage-ID: <n3@x>\r\n\r\nHello"
    reps = [site.rep(("paul.martin@northlight.example", CLAIRE)[number % 2]).open_raw(raw) for number in range(64)]
    for rep in reps:
        rep.press("Ajouter comme contact" if rep.who.locale.startswith("fr") else "Add as contact")
    buttons = [rep.find("Ajouter au CRM" if rep.who.locale.startswith("fr") else "Add to the CRM") for rep in reps]
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda number: reps[number].fire(buttons[number]), range(64)))
    assert sum(rep.notice.startswith("Nina New") for rep in reps) == 1
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).where(table(AddressRow).c.address == "nina@new.example")).scalar_one() == 1


def test_pressing_add_twice_makes_one_record(site: Site) -> None:
    rep = site.rep().open_mail("04-julien").press("Add as contact")
    form, action = list(rep.cards), rep.find("Add to the CRM")
    rep.fire(action)
    first = rep.notice
    rep.cards = form
    rep.fire(action)
    assert rep.notice == first == "Julien Petit is now a contact in the CRM."


# --- changing ---------------------------------------------------------------------------------------------------------


def test_correcting_a_number(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Change fields")
    rep.press("Save", Mobile="+33 6 39 98 00 11")
    assert rep.notice == "Saved: Mobile"
    assert "+33 6 39 98 00 11" in rep.text
    assert record_of(site, "anna.roy@ateliers-roy.example")["mobile"] == "+33 6 39 98 00 11"


def test_emptying_a_field_wants_a_second_press(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Change fields").press("Save", Job_title="")
    assert "1 field would be emptied" in rep.text
    assert "title" in record_of(site, "anna.roy@ateliers-roy.example")
    rep.press("Save and empty them", Job_title="")
    assert rep.notice == "Saved: Job title"
    assert "title" not in record_of(site, "anna.roy@ateliers-roy.example")


def test_somebody_elses_change_is_never_overwritten_blindly(site: Site) -> None:
    paul = site.rep().open_mail("01-anna").press("Change fields")
    claire = site.rep(CLAIRE).open_mail("11-sent-project").open_home()
    claire.press("Rechercher", Rechercher_pistes_et_contacts="Anna Roy").press("Anna Roy").press("Modifier les champs")
    claire.press("Enregistrer", Ville="Villeurbanne", Mobile="+33 6 39 98 22 22")
    paul.press("Save", Mobile="+33 6 39 98 33 33")
    assert "Claire Dubois changed this record meanwhile" in paul.text
    assert "+33 6 39 98 22 22 → +33 6 39 98 33 33" in paul.text
    standing = record_of(site, "anna.roy@ateliers-roy.example")
    assert (standing["city"], standing["mobile"]) == ("Villeurbanne", "+33 6 39 98 22 22")
    paul.press("Save")
    standing = record_of(site, "anna.roy@ateliers-roy.example")
    assert (standing["city"], standing["mobile"]) == ("Villeurbanne", "+33 6 39 98 33 33")


def test_an_address_somebody_has_is_refused_with_his_name(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Change fields")
    rep.press("Save", **{"E-mail": "henri.blanc@ateliers-roy.example"})
    assert "Henri Blanc has this address already." in rep.text


def test_nothing_changed_nothing_saved(site: Site) -> None:
    assert "Nothing to save" in site.rep().open_mail("01-anna").press("Change fields").press("Save").text


# --- linking ----------------------------------------------------------------------------------------------------------


def test_linking_once_for_all_colleagues(site: Site) -> None:
    paul = site.rep().open_mail("03-henri").press("Link mail")
    assert paul.notice == "Linked to Henri Blanc"
    assert "Linked to Henri Blanc" in paul.text and "By you" in paul.text
    assert paul.footer == ["View in CRM"]
    claire = site.rep(CLAIRE).open_mail("01-henri")
    assert "Rattaché à Henri Blanc" in claire.text and "Par Paul Martin" in claire.text
    assert len(emails_of(site, message_id(paul))) == 1


def test_a_linked_mail_goes_to_nobody_else(site: Site) -> None:
    paul = site.rep().open_mail("03-henri")
    stale = paul.find("Link mail")
    other = site.rep().open_mail("03-henri")
    other.press("Search the CRM").press("Search", Search_leads_and_contacts="Marc").press("Marc Lefèvre").press("Link mail")
    assert other.notice == "Linked to Marc Lefèvre"
    paul.fire(stale)
    assert paul.notice == "Not linked: this mail belongs to Marc Lefèvre already, by Paul Martin."
    assert len(emails_of(site, message_id(paul))) == 1


def test_64_links_of_one_mail_make_one(site: Site) -> None:
    reps = [site.rep().open_mail("03-henri") for _ in range(64)]
    buttons = [rep.find("Link mail") for rep in reps]
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda number: reps[number].fire(buttons[number]), range(64)))
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(MailLinkRow))).scalar_one() == 1
    assert len(emails_of(site, message_id(reps[0]))) == 1


def test_a_button_of_another_mail_links_nothing(site: Site) -> None:
    rep = site.rep().open_mail("01-anna")
    action = rep.find("Link mail")
    rep.open_mail("04-julien").fire(action)
    assert rep.title == "This card is out of date"
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(MailLinkRow))).scalar_one() == 0


def test_somebody_elses_button_does_nothing(site: Site) -> None:
    action = site.rep().open_mail("03-henri").find("Link mail")
    claire = site.rep(CLAIRE).open_mail("01-henri").fire(action)
    assert claire.title == "Cette fiche n’est plus à jour"


def test_a_mail_without_message_id_is_linked_once_too(site: Site) -> None:
    rep = site.rep().open_mail("22-no-message-id")
    if "Not in the CRM." in rep.text:
        rep.press("Search the CRM").press("Search", Search_leads_and_contacts="Anna").press("Anna Roy")
    rep.press("Link mail")
    assert "Linked to" in rep.notice
    assert "Linked to" in site.rep().open_mail("22-no-message-id").text


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


def test_a_link_asked_for_in_an_outage_is_kept(site: Site) -> None:
    rep = site.rep().open_mail("01-anna")
    assert eventually(lambda: remembered(site, "anna.roy@ateliers-roy.example"))
    site.crm(Condition.DOWN)
    rep.press("Link mail")
    assert "is kept" in rep.notice and "Kept for Anna Roy, not yet in the CRM" in rep.text
    site.crm(Condition.UP)
    rep.press("Deliver now")
    assert rep.notice == "Linked to Anna Roy" and len(emails_of(site, message_id(rep))) == 1


def test_saving_in_an_outage_keeps_the_form(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Change fields")
    add = site.rep().open_mail("04-julien").press("Add as contact")
    site.crm(Condition.DOWN)
    rep.press("Save", Mobile="+33 6 39 98 44 44")
    assert "What you typed is still here" in rep.notice and "Change Anna Roy" in rep.title
    add.press("Add to the CRM", Job_title="Menuisier")
    assert "The CRM does not answer" in add.text
    site.crm(Condition.UP)
    if add.title == "The CRM does not answer":
        add.back()
    add.press("Add to the CRM", Job_title="Menuisier")
    assert add.notice == "Julien Petit is now a contact in the CRM."


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
