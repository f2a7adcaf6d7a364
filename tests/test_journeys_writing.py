"""What a rep writes into the CRM from the card, over real HTTP, on both databases."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from crm_client.embedded.tables import AddressRow
from db import table
from linking.tables import MailLinkRow
from tests.site import Site, emails_of, message_id, record_of

CLAIRE = "claire.dubois@northlight.example"
TOM = "tom.becker@northlight.example"
INES = "ines.costa@northlight.example"
MIA = "mia.brandt@northlight.example"
SAM = "sam.reed@harbour.example"
KIM = "kim@elsewhere.example"
JULIEN = "julien.petit@menuiserie-petit.example"


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
    rep.press("Add to the CRM", Last_name="", Company="", Phone="1" * 50, Job_title="Menuisier")
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
    rep = site.rep().open_raw(raw).press("Add as contact")
    assert "Is this the same person?" in rep.text
    rep.press("Add jonas@privat.example to Jonas Weber")
    assert rep.notice == "jonas@privat.example is now the secondary address of Jonas Weber."
    assert rep.title == "Jonas Weber" and "found by the secondary address" in rep.text
    assert record_of(site, "jonas@privat.example")["email"] == "jonas.weber@weber-metallbau.example"


def test_the_same_name_can_be_somebody_else(site: Site) -> None:
    raw = b"From: Jonas Weber <jonas@other.example>\r\nTo: paul.martin@northlight.example\r\nMessage-ID: <n2@x>\r\n\r\nHello"
    rep = site.rep().open_raw(raw).press("Add as contact").press("Add as another person")
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


# --- what the mail says -----------------------------------------------------------------------------------------------

JONAS = b"""From: Jonas Weber <jonas.weber@weber-metallbau.example>\r
To: paul.martin@northlight.example\r
Subject: Angebot\r
Message-ID: <jonas-new-number@weber-metallbau.example>\r
Content-Type: text/plain; charset=utf-8\r
\r
Guten Tag Herr Martin,\r
\r
bitte rufen Sie mich wegen des Angebots zur\xc3\xbcck. Die Bestellung hat die Nummer 4711 0815 4712.\r
\r
Mit freundlichen Gr\xc3\xbc\xc3\x9fen\r
\r
Jonas Weber\r
Leiter Einkauf\r
Weber Metallbau GmbH\r
Mobil: 0171 3920077\r
www.weber-metallbau.example\r
"""


def test_a_new_number_is_saved_with_one_tap_and_taken_back(site: Site) -> None:
    before = record_of(site, "jonas.weber@weber-metallbau.example")
    rep = site.rep().open_raw(JONAS)
    assert "New in this mail" in rep.text
    assert "+49 171 3920077" in rep.text and "Mobile, from the signature" in rep.text and "In the CRM: " + before["mobile"] in rep.text
    assert "4711" not in rep.text
    rep.press("Replace")
    assert rep.notice == "Saved: Mobile" and "Before: " + before["mobile"] in rep.text
    assert record_of(site, "jonas.weber@weber-metallbau.example")["mobile"] == "+49 171 3920077"
    rep.press("Undo")
    assert rep.notice == "Undone: Mobile"
    assert record_of(site, "jonas.weber@weber-metallbau.example") == before


def test_undo_leaves_what_somebody_changed_since(site: Site) -> None:
    rep = site.rep().open_raw(JONAS).press("Replace")
    undo = rep.find("Undo")
    other = site.rep("nadia.keller@northlight.example").open_raw(JONAS).press("Change fields").press("Save", Mobile="+49 171 3920099")
    assert "Mobile" in other.notice
    rep.fire(undo)
    assert rep.notice.startswith("Nothing was undone")
    assert record_of(site, "jonas.weber@weber-metallbau.example")["mobile"] == "+49 171 3920099"


def test_somebody_elses_save_cannot_be_undone(site: Site) -> None:
    undo = site.rep().open_raw(JONAS).press("Replace").find("Undo")
    nadia = site.rep("nadia.keller@northlight.example").open_raw(JONAS)
    nadia.fire(undo)
    assert nadia.title == "This card is out of date"
    assert record_of(site, "jonas.weber@weber-metallbau.example")["mobile"] == "+49 171 3920077"


def test_a_value_shown_before_the_record_changed_is_not_saved_over_it(site: Site) -> None:
    rep = site.rep().open_raw(JONAS)
    replace = rep.find("Replace")
    site.rep("nadia.keller@northlight.example").open_raw(JONAS).press("Change fields").press("Save", Mobile="+49 171 3920099")
    rep.fire(replace)
    assert "was changed meanwhile. Nothing was saved." in rep.notice
    assert record_of(site, "jonas.weber@weber-metallbau.example")["mobile"] == "+49 171 3920099"


def test_the_form_saves_what_is_ticked(site: Site) -> None:
    rep = site.rep().open_raw(JONAS).press("Change fields")
    assert "New in this mail: saved where ticked" in rep.text
    assert "from the signature: Mobil: 0171 3920077" in rep.text
    assert rep.ticks()["n.mobile"] is True
    rep.press("Save")
    assert "Mobile" in rep.notice
    assert record_of(site, "jonas.weber@weber-metallbau.example")["mobile"] == "+49 171 3920077"


def test_what_is_not_ticked_is_not_saved(site: Site) -> None:
    rep = site.rep().open_raw(JONAS).press("Change fields")
    rep.unticked = set(rep.ticks())
    rep.press("Save")
    assert "Nothing to save" in rep.text


def test_the_add_form_arrives_filled_in(site: Site) -> None:
    rep = site.rep().open_mail("05-hannah").press("Add as contact")
    assert rep.value("f.company") == "Licht & Raum GmbH" and rep.value("f.postcode") == "50672" and rep.value("f.city") == "Köln"
    assert rep.value("f.phone") == "+49 221 4710188"
    assert "from the signature: Tel. 0221 4710 188" in rep.text


def test_a_known_company_is_offered_as_the_crm_writes_it(site: Site) -> None:
    raw = (
        JONAS.replace(b"Jonas Weber", b"Karin Klein")
        .replace(b"jonas.weber@", b"k.klein@")
        .replace(b"jonas-new", b"karin")
        .replace(b"GmbH", b"gmbh")
    )
    rep = site.rep().open_raw(raw).press("Add as contact")
    assert rep.value("f.company") == "Weber Metallbau GmbH" and "This company is in the CRM already." in rep.text


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


def test_a_mail_with_a_copied_message_id_is_read_by_itself(site: Site) -> None:
    site.rep().open_raw(JONAS)
    copied = site.rep().open_raw(JONAS.replace(b"0171 3920077", b"0171 3920088"))
    assert "+49 171 3920088" in copied.text and "+49 171 3920077" not in copied.text
