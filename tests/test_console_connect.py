"""Connecting a workspace to a CRM of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import func, select

from crm_client.embedded.tables import OrgRow, UserRow
from crm_client.records import Kind
from db import Database
from tenants.connect_links import ConnectLinks
from tenants.people import Caller
from tenants.tables import ConnectionRow
from tests.console_site import KEY, PAUL, ROBIN, SAM, ConsoleSite, add_contact, csrf_token

PRESSES = 8


@pytest.fixture
def site(database: Database) -> ConsoleSite:
    return ConsoleSite(database)


def press(browser: FlaskClient, path: str, page: str) -> tuple[int, str]:
    answer = browser.post(path, data={"csrf_token": csrf_token(page)})
    return answer.status_code, answer.headers.get("Location", "")


def count(database: Database) -> tuple[int, int, int]:
    with database.read() as connection:
        return (
            connection.execute(select(func.count()).select_from(ConnectionRow)).scalar_one(),
            connection.execute(select(func.count()).select_from(OrgRow)).scalar_one(),
            connection.execute(select(func.count()).select_from(UserRow)).scalar_one(),
        )


def test_a_workspace_gets_its_crm(site: ConsoleSite) -> None:
    browser, path = site.browser(), site.links.make(site.person(SAM).id)
    page = browser.get(path).text
    assert "sam.reed@harbour.example" in page
    assert "Create the Sidecard CRM of <bdi>harbour.example</bdi>" in page
    assert count(site.database) == (0, 0, 0)

    assert press(browser, path, page) == (303, path)
    done = browser.get(path)
    assert done.status_code == 200
    assert "Close this window and press Refresh in Gmail." in done.text
    assert count(site.database) == (1, 1, 1)

    who = site.directory.resolve(SAM)
    assert isinstance(who, Caller)
    identity = site.crm(SAM).whoami()
    assert (identity.user.email, identity.user.admin, identity.organisation.name) == (SAM.email, True, "harbour.example")
    assert identity.user.may(Kind.LEAD).create
    assert add_contact(site.crm(SAM), "Okafor", "ada@okafor.example").owner.name == identity.user.name


def test_the_new_crm_shows_nothing_of_another(site: ConsoleSite) -> None:
    anna = add_contact(site.connect(PAUL, "Northlight"), "Roy", "anna.roy@ateliers-roy.example")
    browser, path = site.browser(), site.links.make(site.person(SAM).id)
    press(browser, path, browser.get(path).text)
    sam = site.signed_in(SAM)
    assert "Roy" not in sam.get("/crm?kind=contact").text
    assert sam.get(f"/crm/contact/{anna.ref.id}").status_code == 404


def test_a_second_press_changes_nothing(site: ConsoleSite) -> None:
    browser, path = site.browser(), site.links.make(site.person(SAM).id)
    page = browser.get(path).text
    press(browser, path, page)
    before = site.caller(SAM)
    assert press(browser, path, page) == (303, path)
    assert site.caller(SAM) == before
    assert count(site.database) == (1, 1, 1)


def test_a_colleague_is_told_who_connected(site: ConsoleSite) -> None:
    browser, path = site.browser(), site.links.make(site.person(SAM).id)
    press(browser, path, browser.get(path).text)
    page = site.browser().get(site.links.make(site.person(ROBIN).id)).text
    assert "was connected by <bdi>Sam Reed</bdi>" in page
    assert "no active user with the address robin.shaw@harbour.example" in page
    assert '<button class="primary"' not in page


def test_presses_at_the_same_moment_make_one_crm(site: ConsoleSite) -> None:
    people = [site.person(SAM).id, site.person(ROBIN).id]
    doors = []
    for number in range(PRESSES):
        browser, path = site.browser(), site.links.make(people[number % 2])
        doors.append((browser, path, browser.get(path).text))
    together = threading.Barrier(PRESSES)

    def press_together(door: tuple[FlaskClient, str, str]) -> int:
        together.wait()
        return press(*door)[0]

    with ThreadPoolExecutor(PRESSES) as pool:
        assert set(pool.map(press_together, doors)) == {303}
    # Not even an organisation that nobody is connected to.
    assert count(site.database) == (1, 1, 1)


def test_a_link_is_good_for_ten_minutes(site: ConsoleSite) -> None:
    person_id = site.person(SAM).id
    assert site.browser().get(site.links.make(person_id)).status_code == 200

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - 601

    old = "/connect/" + str(URLSafeTimedSerializer(KEY, salt="sidecard connect", signer=Earlier).dumps(person_id))
    answer = site.browser().get(old)
    assert answer.status_code == 410
    assert "It is good for ten minutes." in answer.text


@pytest.mark.parametrize("forge", ["another key", "another purpose", "not a number", "nobody", "nonsense"])
def test_a_forged_link_connects_nothing(site: ConsoleSite, forge: str) -> None:
    person_id = site.person(SAM).id
    token = {
        "another key": str(URLSafeTimedSerializer("z" * 40, salt="sidecard connect").dumps(person_id)),
        "another purpose": str(URLSafeTimedSerializer(KEY, salt="cookie-session").dumps(person_id)),
        "not a number": str(URLSafeTimedSerializer(KEY, salt="sidecard connect").dumps({"person": person_id})),
        "nobody": str(URLSafeTimedSerializer(KEY, salt="sidecard connect").dumps(987654)),
        "nonsense": "nonsense",
    }[forge]
    browser = site.browser()
    good = csrf_token(browser.get(site.links.make(person_id)).text)
    assert browser.get("/connect/" + token).status_code == 410
    assert browser.post("/connect/" + token, data={"csrf_token": good}).status_code == 410
    assert count(site.database) == (0, 0, 0)


def test_connecting_needs_the_form_of_this_page(site: ConsoleSite) -> None:
    path = site.links.make(site.person(SAM).id)
    assert site.browser().post(path).status_code == 400
    assert site.browser().post(path, data={"csrf_token": "forged"}).status_code == 400
    assert count(site.database) == (0, 0, 0)


def test_the_newest_key_signs_and_older_ones_are_believed() -> None:
    old, new = "o" * 40, "n" * 40
    token = ConnectLinks((old,)).make(7).removeprefix("/connect/")
    assert ConnectLinks((new, old)).read(token) == 7
    assert ConnectLinks((new,)).read(token) is None
    rotated = ConnectLinks((new, old)).make(7).removeprefix("/connect/")
    assert ConnectLinks((new,)).read(rotated) == 7
    assert ConnectLinks((old,)).read(rotated) is None


def test_the_link_does_not_sign_in(site: ConsoleSite) -> None:
    browser, path = site.browser(), site.links.make(site.person(SAM).id)
    press(browser, path, browser.get(path).text)
    assert browser.get("/crm").status_code == 401
