"""The set-up in Chromium: through Google's sign-in and consent by keyboard, then every page, wide and on a phone."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from db import Database, now, table
from linking.tables import OutboxRow
from tenants.policies import Policies
from tenants.policy import Policy
from tests.browser import NewPage
from tests.google.server import Google
from tests.google_console import GoogleConsole
from tests.zoho.organisation import User
from tests.zoho.server import Zoho, zoho

pytestmark = pytest.mark.browser

NORTHLIGHT = "northlight.example"
ADA = "ada.marsh@northlight.example"
PAGES = ("home", "me", "setup", "setup/crm", "setup/crm/disconnect", "setup/people", "setup/policy", "setup/health", "setup/delegation")
SIZES = ((1200, False), (360, False), (360, True))


@pytest.fixture
def standing() -> Iterator[Zoho]:
    with zoho() as standing:
        yield standing


@pytest.fixture
def ada(google_server: Google, standing: Zoho) -> User:
    """Administrator on both sides, with sixty colleagues, some of them in the CRM."""
    google_server.licence_domain(NORTHLIGHT)
    google_server.signs_in(google_server.person(ADA, "Ada Marsh", admin=True))
    northlight = standing.organisation("Northlight GmbH")
    for number in range(60):
        email = f"colleague.number.{number:02}@northlight.example"
        person = google_server.person(email, f"Colleague Number {number:02}", org_unit=f"/Sales/Region {number % 4}")
        person.suspended = number == 59
        if number % 3:
            northlight.user(f"Colleague {number:02}", email)
    user = northlight.user("Ada Marsh", ADA, profile="Administrator")
    standing.person_signs_in(user)
    return user


@pytest.fixture
def site(google_server: Google, standing: Zoho, sqlite_template: Path, tmp_path: Path) -> Iterator[GoogleConsole]:
    shutil.copy(sqlite_template, tmp_path / "console.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'console.sqlite'}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = GoogleConsole(database, google_server, marketplace=True, zoho=standing, base_url=f"http://127.0.0.1:{port}")
    with site.served(port):
        yield site
    database.close()


def press(page: Page, name: str) -> None:
    """Reach it with the Tab key, press Enter."""
    button = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).first
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached with the Tab key")


def fits(page: Page) -> bool:
    """Nothing is cut off or has to be scrolled to sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_from_the_door_to_a_company_set_up(
    site: GoogleConsole, ada: User, google_server: Google, new_page: NewPage, faults: list[str], pictures: Path
) -> None:
    page = new_page(width=1200, height=900)
    page.goto(site.base_url + "/setup")
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    page.screenshot(path=pictures / "console-signin-1200.png")
    press(page, "Sign in with Google")
    expect(page.get_by_role("heading", name="Prove that you administer northlight.example")).to_be_visible()
    page.screenshot(path=pictures / "console-proof-1200.png")
    press(page, "Ask Google")
    expect(page.get_by_role("heading", name="Set-up of northlight.example")).to_be_visible()

    page.goto(site.base_url + "/setup/crm")
    press(page, "Connect a CRM")
    press(page, "Connect Zoho CRM")
    press(page, "Connect")
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    page.goto(site.base_url + "/setup/crm")
    press(page, "Share my connection with colleagues who have not connected")
    expect(page.get_by_role("status")).to_contain_text("Your connection now serves your colleagues.")
    page.goto(site.base_url + "/setup/people")
    press(page, "Import from Google")
    expect(page.get_by_role("status")).to_contain_text("The list is as Google's directory is now.")
    page.get_by_role("link", name="Change Colleague Number 00").click()
    page.get_by_label("CRM user").select_option(label=f"Ada Marsh ({ADA})")
    page.screenshot(path=pictures / "console-match-1200.png")
    press(page, "Save")
    expect(page.get_by_role("status")).to_contain_text("Saved.")

    workspace_id = site.workspace_id(NORTHLIGHT)
    with site.database.write() as connection:
        row = {"org": "zoho:x", "lane": "x", "name": "x", "payload": "x", "attempt": "a", "problems": [], "made_at": now(), "due_at": now()}
        row |= {"person_id": 1, "message_key": ""}
        connection.execute(insert(table(OutboxRow)).values(**row, key="1", work="link", state="waiting"))
        for key, reason in (("2", "elsewhere"), ("3", "forbidden")):
            connection.execute(
                insert(table(OutboxRow)).values(**row, key=key, work="update", state="returned", reason=reason, ended_at=now())
            )
    page.goto(site.base_url + "/setup/policy")
    page.get_by_label("Excluded domains").fill("nonsense!")
    press(page, "Save")
    expect(page.get_by_role("alert")).to_contain_text("is not a domain.")
    page.screenshot(path=pictures / "console-policy-wrong-1200.png", full_page=True)
    # Chromium complains of every answer that is no 200.
    assert [re.search("status of ([0-9]+)", fault)[1] for fault in faults] == ["401", "403", "422"]
    faults.clear()
    Policies(site.database).save(workspace_id, Policy(delegation=True, excluded_domains=frozenset({"lawyer.example"})), site.person_of(ADA))

    state = page.context.storage_state()
    for width, french in SIZES:
        seen = new_page(width=width, height=900, locale="fr-FR" if french else "en-GB")
        seen.context.add_cookies(state["cookies"])  # type: ignore[arg-type]
        for path in PAGES:
            assert seen.goto(f"{site.base_url}/{path}").status == 200, path
            name = f"console-{path.replace('/', '-')}-{width}{'-fr' if french else ''}.png"
            seen.screenshot(path=pictures / name, full_page=True)
            assert fits(seen), (path, width)
    page.goto(site.base_url + "/setup/delegation")
    page.get_by_label("Address of somebody in your company").fill(ADA)
    press(page, "Test")
    expect(page.get_by_role("alert")).to_contain_text("Google does not know this client ID")
    page.screenshot(path=pictures / "console-delegation-missing-1200.png", full_page=True)
