"""Who may come in, and by whose permission he works: the cards of the precedence table, over real HTTP, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from crm_client.records import User as CrmUser
from db import table
from playground.events import EventKind, event_body
from tenants.connections import Connections
from tenants.installs import Installs, Source
from tenants.people import Person
from tenants.policies import Policies
from tenants.policy import Policy
from tenants.roster import Roster
from tenants.tables import DomainInstallRow, GrantRow, PersonRow, WorkspaceRow
from tests.google.server import Google
from tests.site import Rep, Site, running
from tests.zoho.faults import status
from tests.zoho_site import ANNA, NADIA, PAUL, Browser, ZohoSite, raw_mail

INES = "ines.costa@northlight.example"
CLAIRE = "claire.dubois@northlight.example"
KIM = "kim@elsewhere.example"
ALICE = "alice.moreau@gmail.com"
ANNAS_MAIL = raw_mail(f"Anna Roy <{ANNA}>", "anna")
LOOK_ONLY = "You may look, but not change anything"

_person, _workspace, _grant = table(PersonRow), table(WorkspaceRow), table(GrantRow)


def company(site: Site) -> int:
    with site.database.read() as connection:
        return connection.execute(select(_workspace.c.id).where(_workspace.c.domain == "northlight.example")).scalar_one()


def person(site: Site, email: str) -> Person:
    with site.database.read() as connection:
        row = connection.execute(select(_person).where(_person.c.email == email)).one()
    return Person(row.id, row.google_sub, row.email, row.name)


def share(place: ZohoSite, email: str = PAUL) -> None:
    """What the administrator does on the set-up page."""
    with place.site.database.read() as connection:
        grant: Row[Any] = connection.execute(
            select(_grant.c.id).join(_person, _person.c.id == _grant.c.person_id).where(_person.c.email == email)
        ).one()
    assert Connections(place.site.database).share(company(place.site), grant.id)


@contextmanager
def asking_google(database_url: str, tmp_path: Path, google: Google) -> Iterator[Site]:
    key, app = google.account_json, google.application_id
    with running(database_url, tmp_path / "playground", google=google.apis, google_key=key, marketplace_app=app) as site:
        yield site


# --- installed or not -------------------------------------------------------------------------------------------------


def test_nothing_is_installed(site: Site) -> None:
    kim = site.rep(KIM).open_home()
    assert kim.title == "Sidecard is not installed for elsewhere.example" and "Ask your Google Workspace administrator" in kim.text
    alice = site.rep(ALICE).open_home()
    assert alice.title == "Sidecard is not installed for you" and "administrator" not in alice.text and "gmail.com" not in alice.text
    assert "read or kept" in alice.text and kim.press("Refresh").title == kim.title


def test_an_own_install_and_a_companys_come_and_go_apart(database_url: str, tmp_path: Path, google_server: Google) -> None:
    """Alice has her own; Kim's company takes its install away, and hers stays."""
    google_server.licence_person(ALICE)
    google_server.person(KIM, "Kim Novak")
    google_server.licence_domain("elsewhere.example")
    with asking_google(database_url, tmp_path, google_server) as site:
        alice = site.rep(ALICE).open_home()
        assert alice.title == "Not connected to a CRM" and "You have not connected one yet." in alice.text and alice.footer == ["Connect"]
        kim = site.rep(KIM).open_home()
        assert kim.title == "The CRM is not connected yet" and kim.footer == ["Set up Sidecard"]
        google_server.licence_domain("elsewhere.example", "UNLICENSED")
        ended = Installs(site.database, None).end_domain(_of(site, "elsewhere.example"))
        assert ended is not None and kim.open_home().title == "Sidecard is not installed for elsewhere.example"
        assert alice.open_home().title == "Not connected to a CRM"


def _of(site: Site, domain: str) -> int:
    with site.database.read() as connection:
        return connection.execute(select(_workspace.c.id).where(_workspace.c.domain == domain)).scalar_one()


def test_what_google_cannot_tell_now_is_no_refusal(database_url: str, tmp_path: Path, google_server: Google) -> None:
    google_server.licence_person(ALICE)
    with asking_google(database_url, tmp_path, google_server) as site:
        google_server.faults.always("/appsmarket/", status(503))
        alice = site.rep(ALICE).open_home()
        assert alice.title == "Please try again in a minute" and "Google does not say at the moment" in alice.text
        google_server.faults.clear()
        assert alice.press("Try again").title == "Not connected to a CRM"


# --- the administrator's turn -----------------------------------------------------------------------------------------


def test_only_the_administrator_connects_the_companys_crm(place: ZohoSite) -> None:
    early = place.rep().open_home()
    connect = early.find("Connect")
    install = table(DomainInstallRow)
    with place.site.database.write() as connection:
        connection.execute(update(install).values(source=Source.MARKETPLACE.value))
    rep = place.rep().open_mail("01-anna")
    assert rep.title == "The CRM is not connected yet" and rep.footer == ["Set up Sidecard"]
    assert "There is nothing you have to do." in rep.text
    early.fire(connect)
    assert early.title == "The CRM is not connected yet" and early.link == "", "a card drawn before connects nothing either"
    rep.press("Set up Sidecard")
    assert rep.link.startswith(f"{place.site.base_url}/signin/")
    page = Browser().open(rep.link)
    assert page.url.startswith(f"{place.site.base_url}/setup")
    assert Browser().open(rep.link).status == 410, "good for one use"


def test_the_menu_leads_to_ones_account(site: Site) -> None:
    rep = site.rep().open_mail("01-anna").press("My account")
    page = Browser().open(rep.link)
    assert page.url == f"{site.base_url}/me" and PAUL in page.text
    home = site.rep().open_home()
    assert "Set up" not in menu(home) and menu(home)[-1] == "Remove Sidecard for me"
    assert Browser().open(home.press("Remove Sidecard for me").link).url == f"{site.base_url}/me"
    assert "Set up" in menu(site.rep(NADIA).open_home()), "she administers the CRM"


def menu(rep: Rep) -> list[str]:
    return [entry["actionLabel"] for entry in rep.card["cardActions"]]


# --- the company's permission -----------------------------------------------------------------------------------------


def test_a_rep_works_by_the_companys_permission_as_his_own_user(place: ZohoSite) -> None:
    place.at_work()
    nadia = place.northlight.user("Nadia Keller", NADIA)
    rep = place.rep(NADIA).open_home()
    assert rep.title == "Connect to Zoho CRM"
    share(place)
    assert "You work through your company's connection as Nadia Keller (Zoho CRM)" in unescape(rep.open_home().text)
    rep.press("Connect your own account")
    assert rep.link.startswith(f"{place.site.base_url}/connect/")
    rep.open_raw(raw_mail("Nina New <nina@new.example>", "nina")).press("Add as contact").press("Add to the CRM")
    (made,) = [one for one in place.northlight.records("Contacts") if one["Email"] == "nina@new.example"]
    assert made["Owner"] == nadia.id and rep.title == "Nina New"
    with place.wire() as wire:
        rep.open_raw(raw_mail("Nina New <nina@new.example>", "nina-2"))
    assert rep.title == "Nina New" and (wire.trips, len(wire.gmail)) == (1, 1), "what she may do is known by now"
    place.zoho.person_signs_in(nadia)
    place.connect(place.rep(NADIA).open_home(), nadia)
    assert "Signed in as Nadia Keller" in rep.open_home().text


def test_who_is_nobody_in_the_crm_looks_and_changes_nothing(place: ZohoSite) -> None:
    """Nadia's buttons were drawn while she was a user; then an administrator says she is none."""
    place.at_work()
    share(place)
    user = place.northlight.user("Nadia Keller", NADIA, profile="Administrator")
    rep = place.rep(NADIA).open_raw(ANNAS_MAIL)
    buttons = {"link": rep.find("Link mail"), "change": rep.find("Change fields"), "activity": rep.find("Activity")}
    buttons["search"] = place.rep(NADIA).open_home().find("Search")
    unknown = place.rep(NADIA).open_raw(raw_mail("Nina New <nina@new.example>", "nina"))
    buttons["add"] = unknown.find("Add as contact")
    form = place.rep(NADIA).open_raw(raw_mail("Nina New <nina@new.example>", "nina")).press("Add as contact")
    note = place.rep(NADIA).open_raw(ANNAS_MAIL).press("Activity").press("Add note")
    assert Roster(place.site.database).match(company(place.site), NADIA, None)
    with place.wire() as wire:
        for name, button in buttons.items():
            stale = place.rep(NADIA).open_raw(ANNAS_MAIL if name != "add" else raw_mail("Nina New <nina@new.example>", "nina"))
            assert stale.fire(button).title == LOOK_ONLY, name
        assert form.press("Add to the CRM").title == LOOK_ONLY
        assert note.press("Save", Note="Called").title == LOOK_ONLY
    assert wire.writes == [] and place.unfinished() == 0
    rep.open_raw(ANNAS_MAIL)
    assert rep.title == "Anna Roy" and "Ateliers Roy" in rep.text and "Owner: Claire Dubois" in rep.text and rep.footer == ["View in CRM"]
    assert LOOK_ONLY in rep.text and "Ask the administrator of Sidecard to match you." in rep.text
    assert "Directrice" not in rep.text and "Change fields" not in rep.text and "Search the CRM" not in menu(rep)
    assert unknown.open_raw(raw_mail("Nina New <nina@new.example>", "nina")).footer == []
    home = place.rep(NADIA).open_home()
    assert LOOK_ONLY in home.text and home.inputs() == {} and "Set up" in menu(home)
    assert Roster(place.site.database).match(company(place.site), NADIA, CrmUser(user.id, "Nadia Keller", NADIA, "", ""))
    assert rep.open_raw(ANNAS_MAIL).footer[0] == "Link mail"


def test_the_companys_permission_ends(place: ZohoSite) -> None:
    place.at_work()
    share(place)
    place.northlight.user("Nadia Keller", NADIA, profile="Administrator")
    rep = place.rep(NADIA).open_raw(ANNAS_MAIL)
    place.zoho.accounts.revoke_all(place.paul)
    rep.press("Refresh")
    assert rep.title == "Your company's connection to the CRM has ended" and rep.footer == ["Connect your own account"]
    assert place.rep(NADIA).open_home().title == "Connect to Zoho CRM"


def test_a_crm_of_ones_own_only_where_the_company_allows_it(place: ZohoSite) -> None:
    place.at_work()
    share(place)
    place.northlight.user("Nadia Keller", NADIA)
    rival = place.zoho.organisation("Keller Consulting").user("Nadia Keller", NADIA)
    rep = place.rep(NADIA).open_home()
    allow(place, others=True)
    place.zoho.person_signs_in(rival)
    page = Browser().open(rep.press("Connect your own account").link).submit("Connect Zoho CRM").submit("Connect")
    assert "Close this window" in page.text and "Connected to Keller Consulting" in rep.open_home().text
    assert "Not in the CRM." in rep.open_raw(ANNAS_MAIL).text, "Anna is in the company's"
    allow(place, others=False)
    text = unescape(rep.open_home().text)
    assert "You work through your company's connection" in text
    assert "Your own connection to Keller Consulting is not used: your company does not allow it." in text


def allow(place: ZohoSite, *, others: bool) -> None:
    Policies(place.site.database).save(company(place.site), Policy(other_organisations=others), person(place.site, PAUL))


@pytest.mark.parametrize("email", [NADIA, CLAIRE])
def test_an_open_page_button_is_its_persons_own(site: Site, email: str) -> None:
    action = site.rep().open_home().find("My account")
    other = site.rep(email).open_home()
    body = event_body(EventKind.ACT, other.who, parameters={one["key"]: one["value"] for one in action["parameters"]})
    answer = site.post(action["function"].removeprefix(site.base_url), body, other.who)
    assert answer.status == 200 and b"/signin/" not in answer.body
