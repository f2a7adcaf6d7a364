"""Connecting Zoho in Chromium, by keyboard: only a browser can say whether its rules let a form lead to Zoho and back."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db import Database
from tenants.people import Caller, NotConnected
from tests.browser import NewPage
from tests.console_site import PAUL, ConsoleSite
from tests.zoho.server import Zoho, zoho

pytestmark = pytest.mark.browser


@pytest.fixture
def standing() -> Iterator[Zoho]:
    with zoho() as standing:
        yield standing


@pytest.fixture
def site(standing: Zoho, sqlite_template: Path, tmp_path: Path) -> Iterator[ConsoleSite]:
    shutil.copy(sqlite_template, tmp_path / "console.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'console.sqlite'}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = ConsoleSite(database, base_url=f"http://127.0.0.1:{port}", zoho=standing)
    with site.served(port):
        yield site
    database.close()


def press(page: Page, name: str) -> None:
    """Reach it with the Tab key, press Enter."""
    button = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first
    for _ in range(20):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached with the Tab key")


def test_there_and_back_and_out_again(site: ConsoleSite, standing: Zoho, new_page: NewPage, pictures: Path) -> None:
    user = standing.organisation("Northlight GmbH").user("Paul Martin", "p.martin@northlight-crm.example")
    standing.person_signs_in(user)
    page = new_page(width=900, height=900)
    home = site.base_url + site.links.make(site.person(PAUL).id)
    page.goto(home)
    page.screenshot(path=pictures / "console-connect.png")
    press(page, "Connect Zoho CRM")
    expect(page.get_by_role("heading", name="Connect these two accounts?")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("The two addresses differ")
    page.screenshot(path=pictures / "console-consent.png")
    press(page, "Connect")
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert isinstance(site.directory.resolve(PAUL), Caller)

    page.goto(site.base_url + "/signin/" + site.codes.issue(site.person(PAUL).id, "/me/disconnect"))
    page.screenshot(path=pictures / "console-disconnect.png")
    press(page, "Disconnect")
    expect(page.get_by_role("heading", name="Disconnected")).to_be_visible()
    assert isinstance(site.directory.resolve(PAUL), NotConnected)
