"""What a rep asks for while the CRM does not answer: accepted, shown, delivered, and its end told; over real HTTP, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

from sqlalchemy import event, func, select, update
from sqlalchemy.engine import Engine

from crm_client.embedded.organisation import Condition
from crm_client.embedded.tables import ProfileRow, UserRow
from crm_client.open import Access, CrmKind, Crms, Target
from crm_client.port import Crm
from crm_client.records import Kind
from crm_client.tables import KnownSetUpRow
from db import now, table
from i18n import ENGLISH
from linking.adding import Adding
from linking.ledger import Ledger
from linking.outbox import Outbox
from linking.tables import OutboxRow
from tenants.directory import Directory
from tenants.people import Caller
from tenants.vault import Vault
from tests.site import Rep, Site, emails_of, eventually, message_id, record_of, remembered

ANNA = "anna.roy@ateliers-roy.example"
JULIEN = "julien.petit@menuiserie-petit.example"
KEPT = "Saved. It will be delivered when the CRM answers."


def deliver(site: Site) -> None:
    """What the worker does, without its pauses."""
    crms = Crms(site.database, site.base_url)
    directory = Directory(site.database, crms)

    def opened(person_id: int) -> Crm:
        who = directory.by_person(person_id)
        assert isinstance(who, Caller)
        return crms.open(who.access, ENGLISH)

    outbox = Outbox(site.database, Vault((site.key.token_secret.hex(),)), Ledger(site.database), Adding(site.database))
    with site.database.write() as connection:
        connection.execute(update(table(OutboxRow)).values(due_at=now()))
    for org, lane in outbox.due():
        outbox.deliver(org, lane, opened)


def waiting(site: Site) -> int:
    with site.database.read() as connection:
        return connection.execute(select(func.count()).where(table(OutboxRow).c.state != "done")).scalar_one()


def opened(site: Site, mail: str, address: str) -> Rep:
    """A mail whose person the card will remember when the CRM goes down."""
    rep = site.rep().open_mail(mail)
    assert eventually(lambda: remembered(site, address))
    return rep


def set_up_known(site: Site, rows: int) -> bool:
    with site.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table(KnownSetUpRow))).scalar_one() >= rows


def paul(site: Site) -> Crm:
    """The sample organisation, as its second user sees it."""
    users = table(UserRow)
    with site.database.read() as connection:
        user = connection.execute(select(users.c.id).where(users.c.email == "paul.martin@northlight.example")).scalar_one()
    return Crms(site.database, site.base_url).open(Access(Target(CrmKind.EMBEDDED, "1"), str(user)), ENGLISH)


@contextmanager
def calls() -> Iterator[list[str]]:
    """Every call to the embedded CRM begins with one query for the caller's rights."""
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "embedded_org.condition" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", count)


# --- accepted, delivered, told ----------------------------------------------------------------------------------------


def test_an_add_is_kept_delivered_and_told_once(site: Site) -> None:
    rep = opened(site, "04-julien", JULIEN).press("Add as lead")
    assert eventually(lambda: set_up_known(site, 2))
    site.crm(Condition.DOWN)
    rep.press("Add to the CRM", Company="Menuiserie Petit", Phone="+33 1 99 00 55 66")
    assert rep.notice == KEPT
    assert "Saved, will be delivered" in rep.text and "Julien Petit as a new record" in rep.text and "The CRM does not answer" in rep.text
    site.crm(Condition.UP)
    deliver(site)
    assert record_of(site, JULIEN)["phone"] == "+33 1 99 00 55 66"
    assert "Delivered" in (text := rep.open_mail("04-julien").text) and "Julien Petit as a new record" in text
    assert eventually(lambda: "Delivered" not in rep.open_mail("04-julien").text)


def test_the_forms_open_in_an_outage_too(site: Site) -> None:
    """On top of what the rep last saw; what a colleague changes meanwhile in other fields stays."""
    rep = opened(site, "01-anna", ANNA).press("Change fields").back()
    stranger = opened(site, "04-julien", JULIEN).press("Add as contact").back()
    assert eventually(lambda: set_up_known(site, 2))
    site.crm(Condition.DOWN)
    rep.press("Refresh").press("Change fields").press("Save", Mobile="+33 6 39 98 44 44")
    assert rep.notice == KEPT and "Change of Anna Roy" in rep.text
    stranger.press("Add as contact").press("Add to the CRM", Job_title="Menuisier")
    assert stranger.notice == KEPT
    site.crm(Condition.UP)
    crm = paul(site)
    (match,) = crm.lookup([ANNA]).matches
    crm.update(match.record.ref, {"city": "Villeurbanne"}, match.record.version)
    deliver(site)
    standing = record_of(site, ANNA)
    assert (standing["mobile"], standing["city"]) == ("+33 6 39 98 44 44", "Villeurbanne")
    assert record_of(site, JULIEN)["title"] == "Menuisier"
    assert "Change of Anna Roy" in (text := site.rep().open_home().text) and "Delivered" in text


def test_a_link_is_kept_and_delivered_at_a_press(site: Site) -> None:
    rep = opened(site, "01-anna", ANNA)
    site.crm(Condition.DOWN)
    rep.press("Link mail")
    assert rep.notice == KEPT and "Kept for Anna Roy, not yet in the CRM" in rep.text
    assert rep.text.count("Anna Roy, not yet") == 1 and "Saved, will be delivered" not in rep.text
    rep.press("Try now")
    assert rep.notice == "The CRM still does not answer. Nothing is lost."
    assert emails_of(site, message_id(rep)) == []
    site.crm(Condition.UP)
    rep.press("Try now")
    assert rep.notice == "Delivered" and "Linked to Anna Roy" in rep.text and "By you" in rep.text
    assert len(emails_of(site, message_id(rep))) == 1


def test_one_tap_is_kept_too(site: Site) -> None:
    raw = (
        b"From: Jonas Weber <jonas.weber@weber-metallbau.example>\r\nTo: paul.martin@northlight.example\r\nSubject: x\r\n"
        b"Message-ID: <one-tap@weber-metallbau.example>\r\n\r\nGuten Tag,\r\n\r\nbitte rufen Sie mich an.\r\n\r\n"
        b"Mit freundlichen Gruessen\r\n\r\nJonas Weber\r\nWeber Metallbau GmbH\r\nMobil: 0171 3920077\r\n"
    )
    rep = site.rep().open_raw(raw)
    assert eventually(lambda: remembered(site, "jonas.weber@weber-metallbau.example"))
    site.crm(Condition.DOWN)
    rep.press("Replace")
    assert rep.notice == KEPT and "Change of Jonas Weber" in rep.text
    site.crm(Condition.UP)
    deliver(site)
    assert record_of(site, "jonas.weber@weber-metallbau.example")["mobile"] == "+49 171 3920077"


# --- what comes back --------------------------------------------------------------------------------------------------


def test_what_the_crm_does_not_take_comes_back_as_the_form_with_everything_typed(site: Site) -> None:
    rep = opened(site, "01-anna", ANNA).press("Change fields")
    assert eventually(lambda: set_up_known(site, 1))
    site.crm(Condition.DOWN)
    rep.press("Save", Mobile="1" * 50, City="Villeurbanne")
    assert rep.notice == KEPT
    site.crm(Condition.UP)
    deliver(site)
    rep.open_mail("01-anna")
    assert "Not delivered: the change of Anna Roy." in rep.text and "The CRM does not take: Mobile." in rep.text
    rep.press("Open")
    assert rep.title == "Change Anna Roy" and "Mobile: at most 40 characters." in rep.text
    assert rep.value(rep.field("Mobile")) == "1" * 50 and rep.value(rep.field("City")) == "Villeurbanne"
    rep.press("Save", Mobile="+33 6 39 98 55 55")
    standing = record_of(site, ANNA)
    assert (standing["mobile"], standing["city"]) == ("+33 6 39 98 55 55", "Villeurbanne")
    assert "Not delivered" not in rep.open_mail("01-anna").text and waiting(site) == 0


def test_a_field_somebody_else_changed_comes_back_for_a_second_look(site: Site) -> None:
    rep = opened(site, "01-anna", ANNA).press("Change fields")
    assert eventually(lambda: set_up_known(site, 1))
    site.crm(Condition.DOWN)
    rep.press("Save", Mobile="+33 6 39 98 33 33")
    site.crm(Condition.UP)
    crm = paul(site)
    (match,) = crm.lookup([ANNA]).matches
    crm.update(match.record.ref, {"mobile": "+33 6 39 98 22 22"}, match.record.version)
    deliver(site)
    rep.open_home()
    assert "Somebody changed the same fields meanwhile." in rep.text
    rep.press("Open")
    assert "+33 6 39 98 22 22 → +33 6 39 98 33 33" in rep.text
    assert record_of(site, ANNA)["mobile"] == "+33 6 39 98 22 22"
    rep.press("Save")
    assert record_of(site, ANNA)["mobile"] == "+33 6 39 98 33 33" and waiting(site) == 0


def test_somebody_who_is_there_by_now_is_shown_and_the_add_dropped(site: Site) -> None:
    rep = opened(site, "04-julien", JULIEN).press("Add as contact")
    assert eventually(lambda: set_up_known(site, 2))
    site.crm(Condition.DOWN)
    rep.press("Add to the CRM", Job_title="Menuisier")
    site.crm(Condition.UP)
    paul(site).create(Kind.LEAD, {"last_name": "Petit", "first_name": "Jules", "company": "X", "email": JULIEN}, "elsewhere")
    deliver(site)
    rep.open_mail("04-julien")
    assert "Not delivered: Julien Petit was not added." in rep.text
    rep.press("Open")
    assert "Already there. Nothing was added." in rep.text and "Jules Petit" in rep.text and rep.value("f.title") == "Menuisier"
    rep.back().press("Discard")
    assert rep.notice == "Discarded" and "Not delivered" not in rep.text and waiting(site) == 0


def test_a_lost_right_comes_back_and_nobody_else_sees_it(site: Site) -> None:
    rep = opened(site, "01-anna", ANNA)
    site.crm(Condition.DOWN)
    rep.press("Link mail")
    site.crm(Condition.UP)
    profiles, users = table(ProfileRow), table(UserRow)
    with site.database.write() as connection:
        read_only = connection.execute(select(profiles.c.id).where(profiles.c.name == "Read only")).scalar_one()
        connection.execute(update(users).where(users.c.email == rep.who.email).values(profile_id=read_only))
    deliver(site)
    rep.open_mail("01-anna")
    assert "Not delivered: the mail to Anna Roy." in rep.text and "The CRM does not allow you this." in rep.text
    open_it = rep.find("Open")
    rep.press("Open")
    assert "Search for another record and link the mail to that one." in rep.text and rep.mail.subject in unescape(rep.text)
    nadia = site.rep("nadia.keller@northlight.example").open_home()
    assert "Not delivered" not in nadia.text
    assert nadia.fire(open_it).title == "This card is out of date"
    assert emails_of(site, message_id(rep)) == []


# --- what a click costs -----------------------------------------------------------------------------------------------


def test_a_click_costs_at_most_one_look_up_and_one_write(site: Site) -> None:
    rep = opened(site, "03-henri", "henri.blanc@ateliers-roy.example")
    with calls() as made:
        rep.press("Link mail")
    assert rep.notice == "Linked to Henri Blanc" and len(made) == 1, "the CRM is asked to take the mail, and nothing else"
    rep.press("Change fields")
    with calls() as made:
        rep.press("Save", Mobile="+33 6 39 98 66 66")
    assert "Saved: Mobile" in rep.notice and "+33 6 39 98 66 66" in rep.text and "Also in this mail" in rep.text
    # The layout of the form (kept by adapters that call a network), the record, the save.
    assert len(made) <= 3
