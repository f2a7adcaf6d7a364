"""Connecting a Zoho account in a browser: there and back, both accounts seen, and every way it can go wrong."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import urllib3
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from crm_client.open import Crms
from crm_client.records import Lookup
from crm_client.tables import LastKnownRow
from db import Database, table
from main import create_app
from playground.keys import DevelopmentKey
from settings import Settings
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.people import Caller, GoogleIdentity, Missing, NotConnected
from tenants.tables import ConnectionRow, ConsentRow, GrantRow
from tests.console_site import CLAIRE, PAUL, SAM, ConsoleSite, csrf_token
from tests.zoho.faults import Fault, html_page, no_content, status
from tests.zoho.organisation import Organisation, User
from tests.zoho.server import Zoho, zoho

_consent, _grant = table(ConsentRow), table(GrantRow)


@dataclass
class Desk:
    """A console where Zoho can be connected, Paul's browser, and Paul's user in Zoho."""

    site: ConsoleSite
    zoho: Zoho
    northlight: Organisation
    paul: User
    browser: FlaskClient

    def link(self, identity: GoogleIdentity = PAUL) -> str:
        return self.site.links.make(self.site.person(identity).id)

    def set_out(self, browser: FlaskClient | None = None, identity: GoogleIdentity = PAUL) -> str:
        """From the card's link to Zoho's door: its consent page."""
        browser, link = browser or self.browser, self.link(identity)
        answer = browser.post(f"{link}/zoho", data={"csrf_token": csrf_token(browser.get(link).text)})
        assert answer.status_code == 303, answer.text
        answer.close()
        return answer.headers["Location"]

    def consent(self, page: str, user: User | None = None) -> str:
        """Whoever it is says yes, or no: the way back, as Zoho puts it into the address."""
        self.zoho.person_signs_in(user or self.paul)
        answer = urllib3.request("GET", page, redirect=False)
        assert answer.status == 302
        return answer.headers["Location"].removeprefix("http://127.0.0.1:8080")

    def come_back(self, user: User | None = None, browser: FlaskClient | None = None, identity: GoogleIdentity = PAUL) -> TestResponse:
        """To Zoho and back, the page that then shows."""
        browser = browser or self.browser
        return browser.get(self.consent(self.set_out(browser, identity), user), follow_redirects=True)

    def press(self, page: TestResponse, what: str, browser: FlaskClient | None = None) -> TestResponse:
        action = page.request.path + "/" + what
        assert f'action="{action}"' in page.text
        return (browser or self.browser).post(action, data={"csrf_token": csrf_token(page.text)}, follow_redirects=True)

    def connect(self, user: User | None = None, browser: FlaskClient | None = None, identity: GoogleIdentity = PAUL) -> TestResponse:
        return self.press(self.come_back(user, browser, identity), "connect", browser)

    def who(self, identity: GoogleIdentity = PAUL) -> Caller | NotConnected:
        who = self.site.directory.resolve(identity)
        assert isinstance(who, Caller | NotConnected)
        return who

    def is_untouched(self) -> bool:
        """Nobody is connected, and Zoho holds no permission of ours."""
        with self.site.database.read() as connection:
            rows = [connection.execute(select(func.count()).select_from(table(row))).scalar_one() for row in (ConnectionRow, GrantRow)]
        return rows == [0, 0] and self.zoho.accounts.refreshes == {}

    def token_requests(self) -> list[str]:
        return [one.path.rpartition("/")[2] for one in self.zoho.account_requests if one.method == "POST"]


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with zoho() as standing:
        site = ConsoleSite(database, zoho=standing)
        northlight = standing.organisation("Northlight GmbH")
        yield Desk(site, standing, northlight, northlight.user("Paul Martin", PAUL.email), site.browser())


def changed(address: str, **query: str) -> str:
    """The way back with something else in it; empty takes it out."""
    parts = urlsplit(address)
    said = {**dict(parse_qsl(parts.query)), **{name.replace("_", "-"): value for name, value in query.items()}}
    return f"{parts.path}?{urlencode({name: value for name, value in said.items() if value})}"


@pytest.mark.parametrize("location", ["us", "eu"])
def test_a_person_connects_his_zoho_account(desk: Desk, location: str) -> None:
    place = desk.zoho.organisation("Northlight Inc", location=location)
    user = place.user("Paul Martin", PAUL.email)
    first = desk.browser.get(desk.link())
    for offered in ("Connect Zoho CRM", "https://www.zoho.com/crm/signup.html", "Create the Sidecard CRM of"):
        assert offered in first.text

    page = desk.come_back(user)
    assert page.status_code == 200
    for told in (
        PAUL.email,
        "Paul Martin",
        "Northlight Inc",
        f"{location.upper()} (127.0.0.1:",
        "Everybody at <bdi>northlight",
    ):
        assert told in page.text
    assert "addresses differ" not in page.text
    assert isinstance(desk.who(), NotConnected)

    done = desk.press(page, "connect")
    assert done.status_code == 200
    assert "Close this window and press Refresh in Gmail." in done.text
    assert "Northlight Inc" in done.text
    caller = desk.site.caller(PAUL)
    assert str(caller.access) == f"zoho:{location}.{place.id}/{user.id}"
    assert len(desk.zoho.accounts.refreshes) == 1


def test_only_this_form_leads_to_zoho(desk: Desk) -> None:
    for page in (desk.browser.get(desk.link()), desk.come_back()):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        servers = [one.accounts for one in desk.zoho.data_centres.all]
        wanted = ["'self'", *(servers if page.request.path.startswith("/connect/") else [])]
        assert f"form-action {' '.join(wanted)};" in policy
        assert page.headers["Cache-Control"] == "no-store"


def test_different_addresses_are_pointed_out(desk: Desk) -> None:
    assert "addresses differ" in desk.come_back(desk.northlight.user("Paul M", "pm@elsewhere.example")).text


def test_a_colleague_connects_to_the_same_organisation_or_not_at_all(desk: Desk) -> None:
    desk.connect()
    browser = desk.site.browser()
    page = browser.get(desk.link(CLAIRE)).text
    assert "<bdi>northlight.example</bdi> works with <bdi>Northlight GmbH</bdi> in Zoho CRM" in page
    assert "Create the Sidecard CRM" not in page

    other = desk.zoho.organisation("Rival AG").user("Claire Dubois", CLAIRE.email)
    refused = desk.come_back(other, browser, CLAIRE)
    assert refused.status_code == 409
    assert "Your company works with Northlight GmbH; this Zoho account is of Rival AG." in refused.text
    assert {one.user for one in desk.zoho.accounts.refreshes.values()} == {desk.paul}

    desk.connect(desk.northlight.user("Claire Dubois", CLAIRE.email), browser, CLAIRE)
    assert desk.site.caller(CLAIRE).access.target == desk.site.caller(PAUL).access.target
    assert len(desk.zoho.accounts.refreshes) == 2


def test_of_two_first_persons_with_different_organisations_one_wins(desk: Desk) -> None:
    rival = desk.zoho.organisation("Rival AG").user("Claire Dubois", CLAIRE.email)
    people = [(PAUL, desk.paul), (CLAIRE, rival)]
    doors = []
    for identity, user in people:
        browser = desk.site.browser()
        doors.append((browser, desk.come_back(user, browser, identity)))
    together = threading.Barrier(2)

    def press(door: tuple[FlaskClient, TestResponse]) -> int:
        together.wait()
        return desk.press(door[1], "connect", door[0]).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, doors)) == [200, 409]
    winners = {user for identity, user in people if isinstance(desk.who(identity), Caller)}
    assert len(winners) == 1
    assert {one.user for one in desk.zoho.accounts.refreshes.values()} == winners


def test_the_way_back_is_good_once(desk: Desk) -> None:
    back = desk.consent(desk.set_out())
    assert desk.browser.get(back).status_code == 303
    again = desk.browser.get(back)
    assert again.status_code == 410
    assert desk.token_requests() == ["token"]


def test_the_way_back_is_for_the_browser_that_set_out(desk: Desk) -> None:
    back = desk.consent(desk.set_out())
    stolen = desk.site.browser().get(back)
    assert stolen.status_code == 403
    assert "Connecting began in another browser" in stolen.text
    assert desk.token_requests() == []
    page = desk.browser.get(back, follow_redirects=True)
    # Nor can the page after it be had elsewhere.
    assert desk.site.browser().get(page.request.path).status_code == 410
    assert desk.press(page, "connect").status_code == 200


def test_a_link_that_was_sent_to_somebody_else_connects_nothing(desk: Desk) -> None:
    claire = desk.site.signed_in(CLAIRE)
    link = desk.link(PAUL)
    answer = claire.post(f"{link}/zoho", data={"csrf_token": csrf_token(claire.get(link).text)})
    assert answer.status_code == 403
    assert PAUL.email in answer.text
    assert desk.zoho.account_requests == []

    # Whoever signs in on the way is a new session: it has set out nowhere.
    back = desk.consent(desk.set_out())
    desk.browser.get("/signin/" + desk.site.codes.issue(desk.site.person(CLAIRE).id, "/crm"))
    assert desk.browser.get(back).status_code == 403
    assert desk.is_untouched()


@pytest.mark.parametrize(
    "forged",
    [
        {"accounts_server": "https://accounts.zoho.eu.evil.example"},
        {"accounts_server": "http://127.0.0.1:1"},
        {"location": "cn"},
        {"location": "us"},
        {"accounts_server": ""},
    ],
)
def test_a_forged_address_of_zoho_is_not_called(desk: Desk, forged: dict[str, str]) -> None:
    desk.connect()
    before = desk.token_requests()
    answer = desk.browser.get(changed(desk.consent(desk.set_out()), **forged))
    assert answer.status_code == 400
    assert desk.token_requests() == before
    # Not even what he had is lost.
    assert isinstance(desk.who(), Caller)


@pytest.mark.parametrize("forged", [{"state": "x" * 43}, {"state": ""}, {"code": "1000.made-up"}, {"code": ""}])
def test_a_forged_way_back_connects_nothing(desk: Desk, forged: dict[str, str]) -> None:
    answer = desk.browser.get(changed(desk.consent(desk.set_out()), **forged))
    assert answer.status_code in (200, 410)
    assert "consent" not in answer.headers.get("Location", "")
    assert desk.is_untouched()


def test_a_request_for_the_head_only_uses_nothing_up(desk: Desk) -> None:
    back = desk.consent(desk.set_out())
    assert desk.browser.head(back).status_code == 204
    assert desk.browser.get(back).status_code == 303


def test_ten_minutes_are_enough(desk: Desk) -> None:
    back = desk.consent(desk.set_out())
    pass_time(desk, timedelta(minutes=10, seconds=1))
    assert desk.browser.get(back).status_code == 410
    page = desk.come_back()
    pass_time(desk, timedelta(minutes=10, seconds=1))
    assert desk.press(page, "connect").status_code == 410
    assert isinstance(desk.who(), NotConnected)


def test_what_nobody_confirms_is_given_back(desk: Desk) -> None:
    desk.come_back()
    assert len(desk.zoho.accounts.refreshes) == 1
    pass_time(desk, timedelta(minutes=10, seconds=1))
    desk.zoho.faults.next("/revoke", html_page(502))
    desk.set_out(desk.site.browser(), CLAIRE)
    assert len(desk.zoho.accounts.refreshes) == 1
    # Zoho did not answer: the next sweep tries again.
    pass_time(desk, timedelta(minutes=2, seconds=1))
    desk.set_out(desk.site.browser(), CLAIRE)
    assert desk.is_untouched()


def test_beginning_anew_ends_what_was_begun(desk: Desk) -> None:
    page = desk.come_back()
    desk.set_out()
    assert desk.press(page, "connect").status_code == 410
    assert desk.is_untouched()


def test_somebody_who_refuses_has_changed_nothing(desk: Desk) -> None:
    desk.zoho.person_refuses()
    page = desk.come_back()
    assert page.status_code == 200
    assert "You did not allow Sidecard to use your Zoho CRM. Nothing was changed." in page.text
    assert "Try again" in page.text
    assert desk.token_requests() == []
    assert desk.is_untouched()


def test_cancelling_gives_back_what_was_allowed(desk: Desk) -> None:
    page = desk.come_back()
    cancelled = desk.press(page, "cancel")
    assert cancelled.status_code == 200
    assert "given back to Zoho" in cancelled.text
    assert desk.is_untouched()
    assert desk.press(page, "connect").status_code == 410
    assert desk.press(page, "cancel").status_code == 410


def test_connecting_needs_the_form_of_this_page(desk: Desk) -> None:
    link, page = desk.link(), desk.come_back()
    assert desk.browser.post(f"{link}/zoho").status_code == 400
    for what in ("connect", "cancel"):
        assert desk.browser.post(f"{page.request.path}/{what}").status_code == 400
    assert isinstance(desk.who(), NotConnected)


def test_a_second_press_changes_nothing(desk: Desk) -> None:
    page = desk.come_back()
    assert desk.press(page, "connect").status_code == 200
    assert desk.press(page, "connect").status_code == 410
    assert isinstance(desk.who(), Caller)


def test_connecting_again_gives_the_old_permission_back_first(desk: Desk) -> None:
    desk.connect()
    (old,) = desk.zoho.accounts.refreshes
    assert "Connect Zoho CRM again" in desk.browser.get(desk.link()).text
    desk.connect()
    assert desk.token_requests() == ["token", "revoke", "token"]
    assert old not in desk.zoho.accounts.refreshes
    assert len(desk.zoho.accounts.refreshes) == 1
    assert isinstance(desk.who(), Caller)


@pytest.mark.parametrize(
    ("pattern", "fault", "code", "said"),
    [
        ("/oauth/v2/token$", html_page(503), 503, "Zoho does not answer"),
        ("/oauth/v2/token$", status(200, {"error": "invalid_client"}), 503, "refuses this service: invalid_client."),
        ("/oauth/v2/token$", status(200, {"error": "Access Denied"}), 503, "Wait ten minutes"),
        ("/oauth/v2/token$", status(200, {"error": "invalid_code"}), 410, "It may have been used already"),
        ("/crm/v8/org$", no_content(), 403, "This Zoho account has no CRM"),
        ("/crm/v8/users$", no_content(), 403, "https://www.zoho.com/crm/signup.html"),
        ("/crm/v8/users$", html_page(502), 503, "Zoho does not answer"),
    ],
)
def test_what_goes_wrong_is_said_and_leaves_nothing_behind(desk: Desk, pattern: str, fault: Fault, code: int, said: str) -> None:
    desk.zoho.faults.always(pattern, fault)
    page = desk.come_back()
    assert page.status_code == code
    assert said in page.text
    assert "Nothing was connected." in page.text
    assert desk.is_untouched()


def test_a_profile_without_api_access_is_told_where_to_switch_it_on(desk: Desk) -> None:
    desk.northlight.profile("Standard", api=False)
    page = desk.come_back()
    assert page.status_code == 403
    assert "Setup &gt; Security Control &gt; Profiles &gt; (your profile) &gt; Zoho CRM API Access" in page.text
    assert desk.is_untouched()


def test_a_workspace_with_its_own_crm_is_not_sent_to_zoho(desk: Desk) -> None:
    desk.site.connect(SAM, "Harbour")
    browser, link = desk.site.browser(), desk.link(SAM)
    page = browser.get(link).text
    assert "Zoho" not in page
    token = csrf_token(browser.get(desk.link(PAUL)).text)
    answer = browser.post(f"{link}/zoho", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    assert desk.zoho.account_requests == []


def test_disconnecting_revokes_and_forgets(desk: Desk) -> None:
    desk.connect()
    viewer = str(desk.site.caller(PAUL).access)
    desk.site.last_known.remember(viewer, {"anna@roy.example": Lookup()})
    me = desk.site.signed_in(PAUL)
    assert "/me/disconnect" in me.get("/me").text
    page = me.get("/me/disconnect")
    assert me.post("/me/disconnect").status_code == 400

    desk.zoho.faults.next("/revoke", html_page(502))
    form = {"csrf_token": csrf_token(page.text)}
    down = me.post("/me/disconnect", data=form)
    assert down.status_code == 503
    assert "nothing was changed" in down.text
    assert isinstance(desk.who(), Caller)

    done = me.post("/me/disconnect", data=form)
    assert done.status_code == 200
    assert "Disconnected" in done.text
    assert desk.zoho.accounts.refreshes == {}
    who = desk.who()
    assert isinstance(who, NotConnected)
    assert who.missing is Missing.GRANT
    with desk.site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(LastKnownRow))).scalar_one() == 0
    assert "/connect/" in me.get("/me").text
    assert me.get("/me/disconnect").headers["Location"] == "/me"


def test_nothing_secret_lies_about_while_a_consent_waits(desk: Desk) -> None:
    state = dict(parse_qsl(urlsplit(desk.consent(desk.set_out())).query))["state"]
    desk.come_back()
    with desk.site.database.read() as connection:
        rows = repr(connection.execute(select(_consent)).all())
    secrets = [*desk.zoho.accounts.refreshes, *desk.zoho.accounts.accesses, state, PAUL.email]
    assert not any(secret in rows for secret in secrets)


def pass_time(desk: Desk, span: timedelta) -> None:
    with desk.site.database.write() as connection:
        for row in connection.execute(select(_consent)).all():
            earlier = update(_consent).where(_consent.c.state_hash == row.state_hash)
            connection.execute(earlier.values(expires_at=row.expires_at - span))


def test_the_whole_service_connects(database_url: str, tmp_path: Path) -> None:
    """As main.py puts it together, with the playground's key where no vault key is set."""
    with zoho() as standing:
        settings = Settings(
            trust_root="development",
            playground_dir=str(tmp_path),
            zoho_client_id=standing.client_id,
            zoho_client_secret=standing.client_secret,
            SIDECARD_DATABASE_URL=database_url,
        )
        app = create_app(settings, zoho=standing.data_centres)
        database = Database(database_url)
        directory = Directory(database, Crms(database, settings.base_url))
        who = directory.resolve(SAM)
        assert isinstance(who, NotConnected)
        browser = app.test_client()
        link = ConnectLinks((DevelopmentKey.open(tmp_path).token_secret.hex(),)).make(who.person.id)
        user = standing.organisation("Harbour Ltd", location="us").user("Sam Reed", SAM.email)
        standing.person_signs_in(user)
        away = browser.post(f"{link}/zoho", data={"csrf_token": csrf_token(browser.get(link).text)})
        back = urllib3.request("GET", away.headers["Location"], redirect=False).headers["Location"]
        page = browser.get(back.removeprefix(settings.base_url), follow_redirects=True)
        done = browser.post(f"{page.request.path}/connect", data={"csrf_token": csrf_token(page.text)})
        assert done.status_code == 303
        caller = directory.resolve(SAM)
        assert isinstance(caller, Caller)
        assert caller.access.user_id == user.id
        database.close()
