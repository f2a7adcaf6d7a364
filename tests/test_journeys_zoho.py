"""A rep's day with Zoho as his CRM, through cards and pages only: the whole service on a real port, the stand-in Zoho behind it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from db import table
from linking.tables import MailLinkRow
from tests.site import eventually, milliseconds
from tests.zoho_site import ANNA, NADIA, ON_SQLITE, PAUL, PHRASE, TOM, Browser, ZohoSite, contact, raw_mail

JULIEN = "julien.petit@menuiserie-petit.example"
ANNAS_MAIL = raw_mail(f"Anna Roy <{ANNA}>", "anna", PHRASE)


@ON_SQLITE
@pytest.mark.parametrize("location", ["eu", "us"])
def test_connecting_from_the_card(place: ZohoSite, location: str) -> None:
    inc = place.zoho.organisation("Northlight Inc", location=location)
    paul = inc.user("Paul Martin", PAUL)
    anna = contact(inc, paul, "Anna Roy", ANNA, "Ateliers Roy")
    inc.record("Deals", paul, Deal_Name="Hall B", Stage="Proposal/Price Quote", Contact_Name=anna, Amount=12500, Currency="EUR")
    rep = place.rep().open_mail("01-anna")
    assert rep.title == "Not connected to a CRM"
    page = place.set_out(rep, paul)
    assert "Connect these two accounts?" in page.text and f"Organisation Northlight Inc Data centre {location.upper()}" in page.text
    rep.press("Refresh")
    assert rep.title == "Not connected to a CRM"
    page.submit("Connect")
    assert "Close this window and press Refresh in Gmail." in page.text
    rep.press("Refresh")
    assert rep.title == "Anna Roy" and "Contact · Ateliers Roy" in rep.text
    assert "Owner: Paul Martin" in rep.text and "1 open deal" in rep.text and "Hall B" in rep.text and "12,500" in rep.text
    home = place.zoho.data_centres.at(location)
    assert rep.find("View in CRM") == {"openLink": {"url": f"{home.web}/crm/org{inc.id}/tab/Contacts/{anna}"}}
    assert "Connected to Northlight Inc" in rep.open_home().text


@ON_SQLITE
def test_a_colleague_connects_for_himself_and_sees_what_he_may(place: ZohoSite) -> None:
    place.at_work()
    place.northlight.profile("Leads only", Contacts=())
    rep = place.rep(NADIA).open_raw(ANNAS_MAIL)
    assert rep.title == "Connect to Zoho CRM" and rep.footer == ["Connect"] and "Your company uses Zoho CRM." in rep.text
    stranger = place.zoho.organisation("Rival AG").user("Nadia Keller", NADIA)
    place.zoho.person_signs_in(stranger)
    refused = Browser().open(rep.press("Connect").link).submit("Connect Zoho CRM")
    assert refused.status == 409 and "Your company works with Northlight GmbH; this Zoho account is of Rival AG." in refused.text
    assert rep.press("Refresh").title == "Connect to Zoho CRM"
    place.connect(rep, place.northlight.user("Nadia Keller", NADIA, profile="Leads only"))
    assert "Directrice" not in rep.press("Refresh").text and "Not in the CRM." in rep.text, "Zoho tells nobody of what he may not see"
    assert rep.press("Add as contact").footer == ["Add to the CRM"] and "Add as" not in rep.inputs() and rep.field("Company")

    reader = place.at_work(place.northlight.user("Tom Becker", TOM, profile="Read only")).open_mail("01-anna")
    assert reader.title == "Anna Roy" and reader.footer == ["View in CRM"] and "Change fields" not in reader.text
    assert reader.open_mail("04-julien").press("Add as lead").title == "The CRM does not allow this"


# --- adding -----------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_a_lead_with_the_organisations_own_fields(place: ZohoSite) -> None:
    place.northlight.field("Leads", "Project_Code", label="Project code", required=True, length=8)
    place.northlight.field("Leads", "Interest", label="Interest", data_type="picklist", required=True, picklist=[("Hall", "Halls"), "Shop"])
    rep = place.at_work().open_mail("04-julien")
    assert "Not in the CRM." in rep.text and rep.footer == ["Add as lead", "Add as contact"]
    rep.press("Add as lead")
    assert rep.value(rep.field("Company")) == "Menuiserie Petit SARL" and rep.value(rep.field("Mobile")) == "+33 6 39 98 12 60"
    rep.press("Add to the CRM", Project_code="X" * 9)
    assert "Project code: at most 8 characters." in rep.text and "Interest is needed." in rep.text
    assert place.northlight.records("Leads") == []
    rep.press("Add to the CRM", Project_code="P-1", Interest="Hall")
    assert rep.notice == "Julien Petit is now a lead in the CRM." and rep.title == "Julien Petit"
    (lead,) = place.northlight.records("Leads")
    assert (lead["Email"], lead["Project_Code"], lead["Interest"], lead["Owner"]) == (JULIEN, "P-1", "Hall", place.paul.id)
    assert rep.open_mail("04-julien").title == "Julien Petit" and "Lead · Menuiserie Petit SARL" in rep.text, "fresh, not from memory"


@ON_SQLITE
def test_a_contact_with_his_company(place: ZohoSite) -> None:
    rep = place.at_work().open_mail("04-julien").press("Add as contact").press("Add to the CRM")
    assert rep.notice == "Julien Petit is now a contact in the CRM." and "Contact · Menuiserie Petit SARL" in rep.text
    _, account = place.northlight.records("Accounts")
    _, made = place.northlight.records("Contacts")
    assert account["Account_Name"] == "Menuiserie Petit SARL" and made["Account_Name"] == account["id"]
    assert "Contact · Menuiserie Petit SARL" in rep.open_mail("04-julien").text
    colleague = raw_mail("Karin Petit <karin@menuiserie-petit.example>", "karin", "Bonjour,\n\nKarin Petit\nMenuiserie Petit SARL")
    rep.open_raw(colleague).press("Add as contact").press("Add to the CRM", Account_Name="menuiserie petit sarl")
    assert len(place.northlight.records("Contacts")) == 3 and len(place.northlight.records("Accounts")) == 2


def test_two_reps_who_add_one_person_make_one_record(place: ZohoSite) -> None:
    reps = [place.at_work(), place.at_work(place.northlight.user("Nadia Keller", NADIA))]
    for rep in reps:
        rep.open_raw(raw_mail("Nina New <nina@new.example>", "nina")).press("Add as contact")
    held = place.zoho.faults.hold("POST /crm/v8/Contacts$")
    with ThreadPoolExecutor(2) as pool:
        pressed = [pool.submit(rep.press, "Add to the CRM") for rep in reps]
        assert held.reached.wait(5)
        held.release()
        assert all(one.result() for one in pressed)
    assert [one["Last_Name"] for one in place.northlight.records("Contacts")] == ["Roy", "New"]
    assert sorted(rep.notice for rep in reps) == ["", "Nina New is now a contact in the CRM."]
    assert any("Already there. Nothing was added." in rep.text or "is adding this person" in rep.text for rep in reps)


# --- changing ---------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_changing_by_form_and_by_one_tap(place: ZohoSite) -> None:
    rep = place.at_work().open_mail("01-anna")
    assert "New in this mail" in rep.text and "In the CRM: +33 6 39 98 00 01" in rep.text
    rep.press("Replace")
    assert rep.notice.startswith("Saved: ") and place.anna_is["Mobile"] == "+33 6 39 98 41 07"
    rep.press("Undo")
    assert rep.notice.startswith("Undone: ") and place.anna_is["Mobile"] == "+33 6 39 98 00 01"
    rep.press("Change fields")
    rep.unticked = set(rep.ticks())
    rep.press("Save", Department="Achats")
    assert rep.notice == "Saved: Department" and place.anna_is["Department"] == "Achats"
    assert place.northlight.stored[place.anna].modified_by is place.paul and place.anna_is["Mobile"] == "+33 6 39 98 00 01"


@ON_SQLITE
def test_what_changed_meanwhile_is_shown_and_nothing_overwritten(place: ZohoSite) -> None:
    rep = place.at_work().open_mail("01-anna")
    stale = rep.find("Replace")
    rep.press("Change fields")
    rep.unticked = set(rep.ticks())
    place.zoho.clock.advance(2)
    place.northlight.change(place.anna, place.claire, Mobile="+33 6 39 98 22 22", Mailing_City="Villeurbanne")
    rep.press("Save", Mobile="+33 6 39 98 33 33")
    assert "Claire Dubois changed this record meanwhile" in rep.text and "+33 6 39 98 22 22 → +33 6 39 98 33 33" in rep.text
    assert place.anna_is["Mobile"] == "+33 6 39 98 22 22"
    rep.unticked = set(rep.ticks())
    rep.press("Save")
    assert place.anna_is["Mobile"] == "+33 6 39 98 33 33"
    assert place.anna_is["Mailing_City"] == "Villeurbanne"
    rep.fire(stale)
    assert "was changed meanwhile. Nothing was saved." in rep.notice


# --- linking ----------------------------------------------------------------------------------------------------------


def test_a_mail_with_attachments_once_for_all_colleagues(place: ZohoSite) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = f"Anna Roy <{ANNA}>", f"{PAUL}, {NADIA}", "Plans", "<plans@roy.example>"
    mail.set_content(PHRASE)
    mail.add_attachment(b"%PDF-1.4 hall 2", maintype="application", subtype="pdf", filename="hall2.pdf")
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="viewer.exe")
    place.at_work()
    nadia = place.at_work(place.northlight.user("Nadia Keller", NADIA)).open_raw(mail.as_bytes())
    stale = nadia.find("Link mail")
    rep = place.rep().open_raw(mail.as_bytes()).press("Link mail")
    assert rep.notice == "Linked to Anna Roy. 1 of 2 attachments are in the CRM; viewer.exe is not taken by the CRM."
    (there,) = place.northlight.emails(place.anna)
    assert there["original_message_id"] == "<plans@roy.example>" and PHRASE in there["content"] and len(there["attachments"]) == 1
    nadia.fire(stale)
    assert nadia.notice == "The mail was linked to Anna Roy already."
    assert "Linked to Anna Roy" in nadia.press("Refresh").text and "By Paul Martin" in nadia.text and nadia.footer == ["View in CRM"]
    assert len(place.northlight.emails(place.anna)) == 1


@ON_SQLITE
def test_a_link_to_a_lead_follows_to_the_contact(place: ZohoSite) -> None:
    lead = place.northlight.record("Leads", place.paul, First_Name="Julien", Last_Name="Petit", Company="Menuiserie Petit", Email=JULIEN)
    rep = place.at_work().open_mail("04-julien").press("Link mail")
    assert rep.notice == "Linked to Julien Petit" and len(place.northlight.emails(lead)) == 1
    contact_id = place.northlight.convert(lead, deal=True)
    rep.open_mail("04-julien")
    assert "Contact · Menuiserie Petit" in rep.text and "Linked to Julien Petit" in rep.text and "1 open deal" in rep.text
    assert contact_id in rep.find("View in CRM")["openLink"]["url"]
    link = table(MailLinkRow)

    def linked() -> tuple[str, str]:
        with place.site.database.read() as connection:
            kind, number = connection.execute(select(link.c.kind, link.c.record_id)).one()
            return kind, number

    assert eventually(lambda: linked() == ("contact", contact_id))
    assert len(place.northlight.emails(contact_id)) == 1


# --- activity ---------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_activity_note_and_task(place: ZohoSite) -> None:
    rep = place.at_work().open_mail("01-anna").press("Link mail").press("Activity")
    assert "No open tasks." in rep.text and "From Anna Roy" in rep.text
    rep.press("Add note").press("Save", Note=PHRASE)
    assert rep.notice == "Note added" and PHRASE in rep.text and "Paul Martin" in rep.text
    (note,) = place.northlight.notes(place.anna)
    assert note["Note_Content"] == PHRASE
    rep.press("Add task")
    owners = {one["text"]: one["value"] for one in rep.inputs()[rep.field("Owner")]["items"]}
    assert list(owners) == ["Paul Martin", "Claire Dubois"]
    day = date.today() + timedelta(days=3)
    rep.press("Save", What_is_to_be_done="Send the quote", Due=milliseconds(day), Owner=owners["Claire Dubois"])
    assert rep.notice == "Task added" and "Send the quote" in rep.text and "Claire Dubois" in rep.text
    (task,) = place.northlight.tasks(place.anna)
    assert (task["Subject"], task["Due_Date"], task["Owner"]) == ("Send the quote", day.isoformat(), place.claire.id)
