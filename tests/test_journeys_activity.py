"""Tasks, notes, e-mails and attachments of a record, from the card, over real HTTP, on both databases."""

from datetime import date, timedelta
from email.message import EmailMessage

from sqlalchemy import select, update

from crm_client.embedded.organisation import Condition
from crm_client.embedded.tables import NoteRow, ProfileRow, TaskRow, UserRow
from db import table
from tests.site import Site, emails_of, eventually, message_id, milliseconds, remembered
from tests.test_journeys_outbox import KEPT, deliver, waiting

ANNA = "anna.roy@ateliers-roy.example"


def notes_of(site: Site) -> list[str]:
    with site.database.read() as connection:
        return list(connection.execute(select(table(NoteRow).c.text).order_by(table(NoteRow).c.id)).scalars())


def tasks_of(site: Site, title: str) -> list[tuple[date | None, str]]:
    task, user = table(TaskRow), table(UserRow)
    with site.database.read() as connection:
        joined = select(task.c.due_on, user.c.name).join(user, user.c.id == task.c.owner_id).where(task.c.title == title)
        return [tuple(row) for row in connection.execute(joined)]


def test_the_activity_of_a_record(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Link mail").press("Activity")
    assert rep.title == "Activity" and rep.footer == ["Add note", "Add task"]
    assert "Open tasks" in rep.text and "Notes" in rep.text and "E-mails" in rep.text
    assert "From Anna Roy" in rep.text


def test_a_note_is_added_once(site: Site) -> None:
    before = notes_of(site)
    rep = site.rep().open_mail("01-anna").press("Activity").press("Add note")
    rep.press("Save")
    assert "Type the note first." in rep.text
    form, save = list(rep.cards), rep.find("Save")
    rep.press("Save", Note="Call her on Friday.\nShe decides then.")
    assert rep.notice == "Note added" and rep.title == "Activity" and "Call her on Friday. She decides then." in rep.text
    assert len(rep.cards) == 2
    rep.cards = form
    rep.fire(save, {"Note": "Call her on Friday.\nShe decides then."})
    assert notes_of(site) == [*before, "Call her on Friday.\nShe decides then."]


def test_a_task_with_day_and_owner(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Activity").press("Add task")
    owners = [item["text"] for item in rep.inputs()[rep.field("Owner")]["items"]]
    assert owners[0] == "Paul Martin" and "Claire Dubois" in owners and owners.count("Paul Martin") == 1
    claire = next(item["value"] for item in rep.inputs()[rep.field("Owner")]["items"] if item["text"] == "Claire Dubois")
    yesterday = date.today() - timedelta(days=1)
    rep.press("Save", Due=milliseconds(yesterday), Owner=claire)
    assert "Say what is to be done." in rep.text and rep.value(rep.field("Owner")) == claire
    assert rep.value(rep.field("Due")) == milliseconds(yesterday)
    rep.press("Save", What_is_to_be_done="Send the quote")
    assert rep.notice == "Task added" and "Send the quote" in rep.text and "Overdue since" in rep.text
    assert tasks_of(site, "Send the quote") == [(yesterday, "Claire Dubois")]
    rep.press("Add task").press("Save", What_is_to_be_done="Mine")
    assert tasks_of(site, "Mine") == [(None, "Paul Martin")]


def test_notes_and_tasks_wait_for_the_crm(site: Site) -> None:
    before = notes_of(site)
    rep = site.rep().open_mail("01-anna").press("Activity").press("Add note")
    task = site.rep().open_mail("01-anna").press("Activity").press("Add task")
    site.crm(Condition.DOWN)
    rep.press("Save", Note="Wants mounting too.")
    assert rep.notice == KEPT and "Note on Anna Roy" in rep.text and "Not available now." in rep.text
    task.press("Save", What_is_to_be_done="Ask the fitter")
    assert task.notice == "Saved. It will be delivered after earlier changes of this record.", "in order per record"
    site.crm(Condition.UP)
    deliver(site)
    assert notes_of(site) == [*before, "Wants mounting too."] and tasks_of(site, "Ask the fitter") == [(None, "Paul Martin")]
    text = rep.open_mail("01-anna").text
    assert "Delivered" in text and "Note on Anna Roy" in text and "Task for Anna Roy" in text


def test_a_note_that_cannot_be_delivered_comes_back_as_typed(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("Activity").press("Add note")
    site.crm(Condition.DOWN)
    rep.press("Save", Note="Her husband plays the organ.")
    site.crm(Condition.UP)
    profiles, users = table(ProfileRow), table(UserRow)
    mine = users.c.email == rep.who.email
    with site.database.write() as connection:
        before = connection.execute(select(users.c.profile_id).where(mine)).scalar_one()
        leads_only = connection.execute(select(profiles.c.id).where(profiles.c.name == "Leads only")).scalar_one()
        connection.execute(update(users).where(mine).values(profile_id=leads_only))
    deliver(site)
    with site.database.write() as connection:
        connection.execute(update(users).where(mine).values(profile_id=before))
    rep.open_home().press("Open")
    assert "Not delivered: the note on Anna Roy." in rep.text and "Everything you typed is still here." in rep.text
    assert rep.value(rep.field("Note")) == "Her husband plays the organ."
    rep.press("Save")
    assert rep.notice == "Note added" and "Her husband plays the organ." in rep.text and waiting(site) == 0


def test_each_attachment_has_its_verdict(site: Site) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Anna Roy <anna.roy@ateliers-roy.example>", "paul.martin@northlight.example", "Plans"
    mail["Message-ID"] = "<three-files@ateliers-roy.example>"
    mail.set_content("The plans.")
    mail.add_attachment(b"%PDF-1.4 hall 2", maintype="application", subtype="pdf", filename="hall2.pdf")
    mail.add_attachment(b"%PDF-1.4 hall 3", maintype="application", subtype="pdf", filename="hall3.pdf")
    mail.add_attachment(b"\0" * 11_000_000, maintype="image", subtype="vnd.dwg", filename="plans.dwg")
    rep = site.rep().open_raw(mail.as_bytes())
    rep.press("Link mail")
    assert rep.notice == "Linked to Anna Roy. 2 of 3 attachments are in the CRM; plans.dwg is too large."
    assert len(emails_of(site, message_id(rep))) == 1
    small = site.rep().open_mail("33-amelie")
    assert eventually(lambda: remembered(site, ANNA))
    if "Link mail" not in small.footer:
        small.press("Search the CRM").press("Search", Search_leads_and_contacts="Anna").press("Anna Roy")
    small.press("Link mail")
    assert small.notice == "Linked to Anna Roy", "nothing is said where every attachment is there"
