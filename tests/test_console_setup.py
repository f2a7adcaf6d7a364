"""The set-up pages: steps, CRM, rules, health, background access, seen over HTTP by a proven administrator."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from console.setup.delegation import SCOPES
from crm_client.records import Kind
from db import Database, now, table
from linking.tables import OutboxRow
from tenants.audit import Action
from tenants.people import GoogleIdentity
from tenants.policies import Policies
from tenants.policy import DEFAULT, Policy, WhoMayConnect, WhoMayLink
from tenants.tables import DomainInstallRow
from tests.console_site import PAUL, SAM, csrf_token
from tests.google.server import Google
from tests.google.state import GooglePerson
from tests.google_console import GoogleConsole
from tests.zoho.faults import drop_before

NORTHLIGHT = "northlight.example"
ADA = GoogleIdentity("100000000000000000077", "ada.marsh@northlight.example", NORTHLIGHT)
PAGES = ("/setup", "/setup/crm", "/setup/people", "/setup/policy", "/setup/health", "/setup/delegation", "/setup/audit", "/setup/erasure")
FORMS = (
    ("/setup/crm", "/setup/crm/connect"),
    ("/setup/crm", "/setup/crm/share"),
    ("/setup/crm", "/setup/crm/unshare"),
    ("/setup/crm", "/setup/crm/disconnect"),
    ("/setup/people", "/setup/people/import"),
    ("/setup/people", "/setup/people/match"),
    ("/setup/people", "/setup/people/match-all"),
    ("/setup/people", "/setup/people/upload"),
    ("/setup/policy", "/setup/policy"),
    ("/setup/delegation", "/setup/delegation"),
)
_item = table(OutboxRow)


@pytest.fixture
def ada(google_server: Google) -> GooglePerson:
    return google_server.person(ADA.email, "Ada Marsh", ADA.sub, admin=True)


@pytest.fixture
def site(database: Database, google_server: Google) -> GoogleConsole:
    """Northlight works with Sidecard's own CRM, which Ada made."""
    site = GoogleConsole(database, google_server)
    site.connect(ADA, "Northlight")
    return site


@pytest.fixture
def browser(site: GoogleConsole, ada: GooglePerson) -> FlaskClient:
    return site.administrator(ada)


def texts(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def policy_of(site: GoogleConsole) -> Policy:
    return Policies(site.database).of(site.workspace_id(NORTHLIGHT))


# -- the door


def test_every_page_and_every_form_asks_for_the_proof(site: GoogleConsole, browser: FlaskClient) -> None:
    """The forms of a page that was drawn in time, sent after the proof has ended."""
    for path in PAGES:
        assert browser.get(path).status_code == 200, path
    tokens = {page: csrf_token(browser.get(page).text) for page, _ in FORMS}
    site.google.end_tokens()
    site.age_proof()
    for path in (*PAGES, "/setup/people.csv", "/setup/audit.csv", "/setup/people/match?email=x"):
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert "Prove that you administer" in answer.text
    for page, action in FORMS:
        answer = browser.post(action, data={"csrf_token": tokens[page], "email": ADA.email, "user": "-", "subject": ADA.email})
        assert answer.status_code == 403, action
        assert "Nothing was changed" in answer.text


def test_every_form_is_of_these_pages(site: GoogleConsole, browser: FlaskClient) -> None:
    for _, action in FORMS:
        assert browser.post(action).status_code == 400, action
        assert browser.post(action, data={"csrf_token": "forged"}).status_code == 400, action


def test_nobody_signed_in_sees_the_entrance(site: GoogleConsole) -> None:
    for path in PAGES:
        assert site.browser().get(path).status_code == 401


def test_no_page_has_a_script_or_a_style_of_its_own(browser: FlaskClient) -> None:
    for path in PAGES:
        answer = browser.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script|\sstyle=|\son\w+=", answer.text), path


# -- the four steps


def test_the_steps_say_what_is_missing(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    page = texts(browser.get("/setup").text)
    assert "Let in by whoever operates this service" in page
    assert "Sidecard's own CRM." in page
    assert "Look at the rules and save them once." in page
    google_server.person(PAUL.email, "Paul Martin", PAUL.sub)
    site.post(browser, "/setup/people", "/setup/people/import")
    page = texts(browser.get("/setup").text)
    assert "1 of 2 people are matched" in page
    assert "Match 1 person" in page
    site.add_user(ADA, "Paul Martin", PAUL.email, {})
    site.post(browser, "/setup/people", "/setup/people/match-all")
    site.post(browser, "/setup/policy", "/setup/policy", seen="", default_kind="lead", who_may_link="everyone", languages=["en", "fr"])
    page = texts(browser.get("/setup").text)
    assert "4 of 4 steps are done." in page
    assert "To do" not in page


def test_an_install_of_the_marketplace_says_when_it_was_asked_about(database: Database, google_server: Google, ada: GooglePerson) -> None:
    site = GoogleConsole(database, google_server, marketplace=True)
    google_server.licence_domain(NORTHLIGHT)
    browser = site.administrator(ada)
    page = texts(browser.get("/setup").text)
    assert "Installed; the licence was last asked for" in page
    assert "Connect your company's CRM." in page
    health = texts(browser.get("/setup/health").text)
    assert "Google Workspace Marketplace" in health
    with database.write() as connection:
        connection.execute(update(table(DomainInstallRow)).values(erase_at=now() + timedelta(days=30)))
    assert "Data is erased" in texts(browser.get("/setup/health").text)


# -- rules


def test_the_rules_are_saved_and_noted(site: GoogleConsole, browser: FlaskClient) -> None:
    page = browser.get("/setup/policy").text
    assert 'option value="lead" selected' in page
    assert "Web site" in page or "Website" in page or "<option value=" in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
    form = {
        "seen": seen,
        "default_kind": "contact",
        "default_source": "Trade Show",
        "who_may_link": "owners",
        "headers_only": "1",
        "who_may_connect": "crm users",
        "mail_days": " 730 ",
        "excluded_domains": "Lawyer.example\n\n@council.example\n",
        "languages": ["fr"],
    }
    answer = site.post(browser, "/setup/policy", "/setup/policy", **form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/setup/policy?saved=1")
    assert policy_of(site) == Policy(
        default_kind=Kind.CONTACT,
        default_source="Trade Show",
        headers_only=True,
        who_may_link=WhoMayLink.OWNERS,
        who_may_connect=WhoMayConnect.CRM_USERS,
        mail_days=730,
        excluded_domains=frozenset({"lawyer.example", "council.example"}),
        languages=("fr",),
    )
    noted = site.noted(NORTHLIGHT, Action.POLICY_CHANGED)
    assert len(noted) == 1
    assert "excluded_domains" in noted[0][1]
    assert "lawyer" not in noted[0][1]
    again = browser.get("/setup/policy?saved=1").text
    assert "Saved." in again
    assert "council.example\nlawyer.example" in again
    assert 'name="headers_only" value="1" checked' in again
    assert '<option value="crm users" selected>' in again
    assert 'value="730"' in again


@pytest.mark.parametrize("typed", ["a year", "-3", "1e3", "99999999", "٣"])
def test_days_that_are_no_number_come_back(site: GoogleConsole, browser: FlaskClient, typed: str) -> None:
    answer = site.post(browser, "/setup/policy", "/setup/policy", mail_days=typed, who_may_connect="everyone")
    assert answer.status_code == 422
    assert "Write a number of days" in answer.text
    assert f'value="{typed}"' in answer.text
    assert policy_of(site) == DEFAULT


def test_all_languages_are_no_choice(site: GoogleConsole, browser: FlaskClient) -> None:
    site.post(browser, "/setup/policy", "/setup/policy", who_may_link="everyone", default_kind="lead", languages=["en", "fr"], seen="x")
    assert policy_of(site) == DEFAULT


@pytest.mark.parametrize("typed", ["not a domain", "a@b", "localhost", "<script>.example", "-x.example"])
def test_what_is_no_domain_comes_back(site: GoogleConsole, browser: FlaskClient, typed: str) -> None:
    answer = site.post(browser, "/setup/policy", "/setup/policy", excluded_domains=f"good.example\n{typed}", headers_only="1")
    assert answer.status_code == 422
    assert "is not a domain." in answer.text
    assert "good.example" in answer.text
    assert 'name="headers_only" value="1" checked' in answer.text
    assert "<script>" not in answer.text
    assert policy_of(site) == DEFAULT


def test_what_makes_no_sense_allows_nothing_more(site: GoogleConsole, browser: FlaskClient) -> None:
    page = browser.get("/setup/policy").text
    form = {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1], "who_may_link": "the devil", "default_kind": "x", "languages": "xx"}
    assert site.post(browser, "/setup/policy", "/setup/policy", **form).status_code == 303
    assert policy_of(site).who_may_link is WhoMayLink.NOBODY
    assert policy_of(site).who_may_connect is WhoMayConnect.NOBODY
    assert policy_of(site).default_kind is Kind.LEAD
    assert policy_of(site).languages == ()


def test_two_administrators_do_not_overwrite_each_other_blindly(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    other = site.administrator(google_server.person(PAUL.email, "Paul Martin", PAUL.sub, admin=True))
    seen = re.search(r'name="seen" value="([^"]+)"', browser.get("/setup/policy").text)[1]
    rest = {"who_may_link": "everyone", "default_kind": "lead"}
    assert site.post(other, "/setup/policy", "/setup/policy", seen=seen, headers_only="1", **rest).status_code == 303
    answer = site.post(browser, "/setup/policy", "/setup/policy", seen=seen, other_organisations="1", **rest)
    assert answer.status_code == 422
    assert "Somebody else has changed the rules meanwhile." in answer.text
    assert policy_of(site) == Policy(headers_only=True)
    fresh = re.search(r'name="seen" value="([^"]+)"', answer.text)[1]
    assert site.post(browser, "/setup/policy", "/setup/policy", seen=fresh, other_organisations="1", **rest).status_code == 303
    assert policy_of(site) == Policy(other_organisations=True)


def test_rules_can_be_set_while_the_crm_is_down(database: Database, google_server: Google, ada: GooglePerson) -> None:
    site = GoogleConsole(database, google_server)
    page = site.administrator(ada).get("/setup/policy").text
    assert '<input id="default_source" name="default_source"' in page


# -- health


def test_health_tells_what_waits_and_what_came_back(site: GoogleConsole, browser: FlaskClient) -> None:
    ada, sam = site.person(ADA), site.person(SAM)
    row = {
        "org": "embedded:1",
        "lane": "x",
        "work": "link",
        "name": "Secret Name",
        "payload": "sealed",
        "attempt": "a",
        "problems": [],
        "made_at": now(),
        "due_at": now(),
        "message_key": "",
    }
    with site.database.write() as connection:
        connection.execute(insert(_item).values(**row, key="1", person_id=ada.id, state="waiting"))
        connection.execute(insert(_item).values(**row, key="2", person_id=ada.id, state="returned", reason="elsewhere", ended_at=now()))
        connection.execute(insert(_item).values(**row, key="3", person_id=sam.id, state="returned", reason="gone", ended_at=now()))
    page = texts(browser.get("/setup/health").text)
    assert "not running" in page
    assert "Waiting 1" in page
    assert "Came back undone 1" in page
    assert "The mail belongs to another record already." in page
    assert "Ada Marsh" in page
    assert "Secret Name" not in page
    assert "Sam" not in page
    assert "no longer in the CRM" not in page


# -- background access


def test_delegation_says_exactly_what_to_enter(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    page = browser.get("/setup/delegation").text
    assert google_server.state.account_client_id in page
    assert all(scope in page for scope in SCOPES)
    assert "It is switched off in your rules" in page
    assert '<button class="primary">Test' not in page
    assert site.post(browser, "/setup/delegation", "/setup/delegation", subject=ADA.email).status_code == 200
    assert not google_server.asked("POST", "/token")[2:]


def test_the_test_says_what_is_missing(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    Policies(site.database).save(site.workspace_id(NORTHLIGHT), Policy(delegation=True), site.person(ADA))

    def test(subject: str) -> str:
        return texts(site.post(browser, "/setup/delegation", "/setup/delegation", subject=subject).text)

    assert "Google does not know this client ID with these scopes." in test(ADA.email)
    google_server.allow_delegation(SCOPES, NORTHLIGHT)
    assert "It works: Google lets Sidecard in as ada.marsh@northlight.example." in test(ADA.email.upper())
    assert "Google knows nobody with this address" in test("nobody@northlight.example")
    google_server.state.delegation_denied.add(ADA.email)
    assert "Your company's rules forbid it for this person." in test(ADA.email)
    google_server.faults.always("/token", drop_before())
    assert "Google does not answer." in test(ADA.email)


@pytest.mark.parametrize("subject", ["sam.reed@harbour.example", "", "x@northlight.example.evil.example", "northlight.example"])
def test_nobody_tries_another_company(site: GoogleConsole, browser: FlaskClient, google_server: Google, subject: str) -> None:
    Policies(site.database).save(site.workspace_id(NORTHLIGHT), Policy(delegation=True), site.person(ADA))
    google_server.allow_delegation(SCOPES)
    before = len(google_server.requests)
    answer = site.post(browser, "/setup/delegation", "/setup/delegation", subject=subject)
    assert answer.status_code == 422
    assert "This is not an address of northlight.example." in answer.text
    assert len(google_server.requests) == before
