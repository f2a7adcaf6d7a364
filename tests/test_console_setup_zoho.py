"""The CRM step with Zoho: who may connect for the company, sharing one's connection, disconnecting everybody."""

import re
from collections.abc import Iterator

import pytest
import urllib3
from flask.testing import FlaskClient
from sqlalchemy import func, select

from db import Database, table
from tenants.audit import Action
from tenants.people import Caller, GoogleIdentity, Missing, NotConnected, Via
from tenants.tables import ConnectionRow, GrantRow
from tests.console_site import PAUL, csrf_token
from tests.google.server import Google
from tests.google.state import GooglePerson
from tests.google_console import GoogleConsole
from tests.zoho.faults import drop_before
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho, zoho

NORTHLIGHT = "northlight.example"
ADA = GoogleIdentity("100000000000000000077", "ada.marsh@northlight.example", NORTHLIGHT)
_grant, _connection = table(GrantRow), table(ConnectionRow)


@pytest.fixture
def crm() -> Iterator[Zoho]:
    with zoho() as standing:
        yield standing
    assert standing.problems == []


@pytest.fixture
def northlight(crm: Zoho) -> Organisation:
    return crm.organisation("Northlight GmbH")


@pytest.fixture
def ada(google_server: Google) -> GooglePerson:
    return google_server.person(ADA.email, "Ada Marsh", ADA.sub, admin=True)


@pytest.fixture
def paul(google_server: Google) -> GooglePerson:
    return google_server.person(PAUL.email, "Paul Martin", PAUL.sub)


@pytest.fixture
def site(database: Database, google_server: Google, crm: Zoho) -> GoogleConsole:
    google_server.licence_domain(NORTHLIGHT)
    return GoogleConsole(database, google_server, marketplace=True, zoho=crm)


def walk(site: GoogleConsole, crm: Zoho, browser: FlaskClient, user: User, path: str) -> str:
    """From a page with the button to Zoho to what Zoho's consent ends in; the page one sees then."""
    crm.person_signs_in(user)
    shown = browser.get(path).text
    action = re.search(r'action="(/connect/[^"]+/zoho)"', shown)[1]
    consent = browser.post(action, data={"csrf_token": csrf_token(shown)}).headers["Location"]
    back = urllib3.request("GET", consent, redirect=False, retries=False).headers["Location"]
    answer = browser.get(back.removeprefix(site.base_url))
    if answer.status_code != 303:
        return answer.text
    both = browser.get(answer.headers["Location"])
    action = re.search(r'action="(/oauth/zoho/consent/[^"]+/connect)"', both.text)[1]
    done = browser.post(action, data={"csrf_token": csrf_token(both.text)})
    return browser.get(done.headers["Location"]).text if done.status_code == 303 else done.text


def connect(site: GoogleConsole, crm: Zoho, browser: FlaskClient, user: User) -> str:
    way = site.post(browser, "/setup/crm", "/setup/crm/connect").headers["Location"]
    return walk(site, crm, browser, user, way)


def connected(site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson) -> FlaskClient:
    """Ada's browser after she has connected the company."""
    browser = site.administrator(ada)
    user = northlight.user("Ada Marsh", ADA.email, profile="Administrator")
    assert "press Refresh in Gmail" in connect(site, crm, browser, user)
    return browser


def count(site: GoogleConsole) -> tuple[int, int]:
    """Connections, and live permissions."""
    with site.database.read() as connection:
        live = select(func.count()).select_from(_grant).where(_grant.c.ended_at.is_(None))
        return connection.execute(select(func.count()).select_from(_connection)).scalar_one(), connection.execute(live).scalar_one()


def test_an_administrator_of_both_sides_connects_the_company(
    site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson
) -> None:
    browser = connected(site, crm, northlight, ada)
    assert count(site) == (1, 1)
    assert "Northlight GmbH" in browser.get("/setup").text
    page = browser.get("/setup/crm").text
    assert "Northlight GmbH" in page
    assert "Share my connection" in page


def test_whoever_is_no_administrator_of_the_crm_does_not_choose_it(
    site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson
) -> None:
    browser = site.administrator(ada)
    page = connect(site, crm, browser, northlight.user("Ada Marsh", ADA.email, profile="Standard"))
    assert "You are not an administrator of Northlight GmbH in Zoho CRM." in page
    assert count(site) == (0, 0)


def test_a_colleague_waits_for_the_administrator(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    site.sign_in(browser, paul)
    assert "The administrator of northlight.example has not connected the CRM yet." in browser.get("/home").text
    way = site.links.make(site.person(PAUL).id)
    page = browser.get(way)
    assert page.status_code == 403
    assert "Your administrator comes first" in page.text
    token = csrf_token(browser.get("/me").text)
    assert browser.post(way, data={"csrf_token": token}).status_code == 403
    assert count(site) == (0, 0)


def test_a_shared_connection_serves_whoever_has_none(
    site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson, paul: GooglePerson
) -> None:
    northlight.user("Paul Martin", PAUL.email)
    browser = connected(site, crm, northlight, ada)
    before = site.directory.resolve(PAUL)
    assert isinstance(before, NotConnected)
    assert before.missing is Missing.GRANT

    answer = site.post(browser, "/setup/crm", "/setup/crm/share")
    assert answer.headers["Location"] == "/setup/crm?now=shared"
    assert "Ada Marsh shares a connection" in re.sub(r"<[^>]*>", "", browser.get("/setup/crm").text)
    caller = site.directory.resolve(PAUL)
    assert isinstance(caller, Caller)
    assert caller.via is Via.SHARED
    his = site.browser()
    site.sign_in(his, paul)
    assert "You work by your company&#39;s connection" in his.get("/home").text
    assert "Share" not in his.get("/setup").text

    assert site.post(browser, "/setup/crm", "/setup/crm/unshare").status_code == 303
    assert isinstance(site.directory.resolve(PAUL), NotConnected)
    assert [detail for _, detail in site.noted(NORTHLIGHT, Action.SHARED_CONNECTION)] == ["off", "on"]


def test_only_a_crm_administrators_connection_is_shared(
    site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson, google_server: Google
) -> None:
    connected(site, crm, northlight, ada)
    other = google_server.person(PAUL.email, "Paul Martin", PAUL.sub, admin=True)
    browser = site.administrator(other)
    page = browser.get("/setup/crm").text
    assert "Connect your own Zoho account first" in page
    connect(site, crm, browser, northlight.user("Paul Martin", PAUL.email, profile="Standard"))
    assert "You are not an administrator in Zoho CRM." in browser.get("/setup/crm").text
    answer = site.post(browser, "/setup/crm", "/setup/crm/share")
    assert answer.status_code == 403
    assert "Not shared" in answer.text
    assert not site.noted(NORTHLIGHT, Action.SHARED_CONNECTION)


def test_disconnecting_gives_everybodys_permission_back(
    site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson, paul: GooglePerson
) -> None:
    browser = connected(site, crm, northlight, ada)
    his = site.browser()
    site.sign_in(his, paul)
    walk(site, crm, his, northlight.user("Paul Martin", PAUL.email), site.links.make(site.person(PAUL).id))
    assert count(site) == (1, 2)
    page = browser.get("/setup/crm/disconnect").text
    assert "Disconnect the whole company?" in page
    answer = site.post(browser, "/setup/crm/disconnect", "/setup/crm/disconnect")
    assert "2 permissions were given back to Zoho." in answer.text
    assert count(site) == (0, 0)
    assert site.noted(NORTHLIGHT, Action.DISCONNECTED)
    assert "Connect your company&#39;s CRM." in browser.get("/setup").text


def test_disconnecting_goes_on_where_zoho_stopped_answering(
    site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson
) -> None:
    browser = connected(site, crm, northlight, ada)
    crm.faults.always("/oauth/v2/token/revoke", drop_before())
    answer = site.post(browser, "/setup/crm/disconnect", "/setup/crm/disconnect")
    assert answer.status_code == 503
    assert count(site) == (1, 1)
    crm.faults.clear()
    assert "1 permission was given back" in site.post(browser, "/setup/crm/disconnect", "/setup/crm/disconnect").text
    assert count(site) == (0, 0)


def test_zoho_callers_find_no_dead_end(site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson) -> None:
    browser = connected(site, crm, northlight, ada)
    assert browser.get("/crm").headers["Location"] == "/home"
    home = browser.get("/home")
    assert home.status_code == 200
    assert "Northlight GmbH" in home.text
    assert 'href="/crm"' not in home.text
    assert "To the start page" in browser.get("/crm/contact/1").text


def test_health_says_whose_permission_has_ended(site: GoogleConsole, crm: Zoho, northlight: Organisation, ada: GooglePerson) -> None:
    browser = connected(site, crm, northlight, ada)
    page = browser.get("/setup/health").text
    assert '<span class="badge">good</span>' in page
    token = csrf_token(browser.get("/me/disconnect").text)
    browser.post("/me/disconnect", data={"csrf_token": token})
    page = browser.get("/setup/health").text
    assert '<span class="badge bad">ended</span>' in page
    assert "has to connect again" in page
