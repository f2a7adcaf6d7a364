"""Coming into the console and going out of it."""

import time

import pytest
from flask import session
from flask.testing import FlaskClient

from console.session import IDLE_SECONDS, SESSION_SECONDS
from console.visitors import ActAs, SamplePerson
from db import Database
from tests.console_site import PAUL, SAM, ConsoleSite, csrf_token


@pytest.fixture
def site(database: Database) -> ConsoleSite:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    return site


def cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie("sidecard")
    return found.value if found else ""


def test_a_link_signs_in_and_leads_to_its_page(site: ConsoleSite) -> None:
    browser = site.browser()
    code = site.codes.issue(site.person(PAUL).id, "/crm?kind=lead")
    answer = browser.get("/signin/" + code)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/crm?kind=lead"
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get("/crm?kind=lead").status_code == 200


def test_a_link_works_once(site: ConsoleSite) -> None:
    code = site.codes.issue(site.person(PAUL).id, "/crm")
    assert site.browser().get("/signin/" + code).status_code == 303
    second = site.browser()
    answer = second.get("/signin/" + code)
    assert answer.status_code == 410
    assert "press “View in CRM” again" in answer.text
    assert second.get("/crm").status_code == 401


@pytest.mark.parametrize("code", ["nonsense", "é", "a" * 5000, "%00", "<script>alert(1)</script>"])
def test_a_wrong_link_signs_nobody_in(site: ConsoleSite, code: str) -> None:
    browser = site.browser()
    answer = browser.get("/signin/" + code)
    assert answer.status_code in (404, 410)
    assert "<script" not in answer.text
    assert browser.get("/crm").status_code == 401


def test_looking_ahead_does_not_use_the_link_up(site: ConsoleSite) -> None:
    code = site.codes.issue(site.person(PAUL).id, "/crm")
    assert site.browser().head("/signin/" + code).status_code == 204
    assert site.browser().get("/signin/" + code, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 204
    assert site.browser().get("/signin/" + code).status_code == 303


def test_signed_out_visitors_are_told_the_way_in(site: ConsoleSite) -> None:
    for path in ("/crm", "/crm/contact/1", "/crm/contact/1/emails/1", "/me", "/signin"):
        answer = site.browser().get(path)
        assert answer.status_code == 401
        assert "Open a mail in Gmail and press “View in CRM”" in answer.text
        assert "Act as" not in answer.text
    assert site.browser().post("/signin/as", data={"email": PAUL.email}).status_code in (400, 404, 405)


def test_sign_in_begins_a_new_session(site: ConsoleSite) -> None:
    browser = site.browser()
    with browser.session_transaction() as planted:
        planted["left by somebody else"] = "x"
        planted["csrf_token"] = "known"
    with browser:
        browser.get("/signin/" + site.codes.issue(site.person(PAUL).id, "/crm"))
        assert set(session) == {"person", "until", "seen"}


def test_the_cookie_is_closed_to_scripts_and_other_sites(site: ConsoleSite) -> None:
    answer = site.browser().get("/signin/" + site.codes.issue(site.person(PAUL).id, "/crm"))
    flags = answer.headers["Set-Cookie"]
    assert "HttpOnly" in flags
    assert "SameSite=Lax" in flags
    assert "Secure" not in flags


def test_over_https_the_cookie_is_secure(database: Database) -> None:
    site = ConsoleSite(database, base_url="https://crm.northlight.example")
    answer = site.browser().get("/signin/" + site.codes.issue(site.person(PAUL).id, "/crm"), base_url="https://crm.northlight.example")
    flags = answer.headers["Set-Cookie"]
    assert flags.startswith("__Host-sidecard=")
    assert "; Secure" in flags
    assert "; Path=/" in flags
    assert "Domain=" not in flags


def test_a_session_ends_after_twelve_hours(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    with browser.session_transaction() as kept:
        assert kept["until"] - time.time() == pytest.approx(12 * 3600, abs=30)
        kept["until"] = int(time.time()) - 1
    assert browser.get("/crm").status_code == 401
    assert SESSION_SECONDS == 12 * 3600


def test_a_session_ends_after_two_hours_without_a_page(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    with browser.session_transaction() as kept:
        kept["seen"] = int(time.time()) - IDLE_SECONDS + 60
    assert browser.get("/crm").status_code == 200
    with browser.session_transaction() as kept:
        assert time.time() - kept["seen"] < 30
        kept["seen"] = int(time.time()) - IDLE_SECONDS - 1
    assert browser.get("/crm").status_code == 401
    assert IDLE_SECONDS == 2 * 3600


def test_a_changed_cookie_is_no_session(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    browser.set_cookie("sidecard", cookie(browser)[:-4] + "AAAA")
    assert browser.get("/crm").status_code == 401


def test_who_lost_his_crm_user_is_out_at_once(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    assert browser.get("/crm").status_code == 200
    site.deactivate(PAUL)
    answer = browser.get("/crm")
    assert answer.status_code == 403
    assert "Northlight" not in answer.text
    assert "no active user" in browser.get("/me").text


def test_a_person_without_a_crm_gets_the_way_to_one(site: ConsoleSite) -> None:
    answer = site.signed_in(SAM).get("/crm")
    assert answer.status_code == 403
    assert "harbour.example has no CRM connected yet." in answer.text
    assert 'href="/connect/' in answer.text


def test_signing_out_ends_the_session(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    token = csrf_token(browser.get("/crm").text)
    answer = browser.post("/signout", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin")
    assert browser.get("/crm").status_code == 401


def test_a_form_of_another_site_does_nothing(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    for path, data in (("/signout", {}), ("/signout", {"csrf_token": "forged"}), ("/me", {"aliases": "x@evil.example"})):
        answer = browser.post(path, data=data)
        assert answer.status_code == 400
        assert "Nothing was changed" in answer.text
    assert browser.get("/crm").status_code == 200
    assert site.person(PAUL).aliases == ()


@pytest.fixture
def development(database: Database) -> ConsoleSite:
    people: dict[str, int] = {}
    act_as = ActAs((SamplePerson("Paul Martin, rep", PAUL.email), SamplePerson("Gone", "gone@northlight.example")), people.get)
    site = ConsoleSite(database, act_as)
    site.connect(PAUL, "Northlight")
    people[PAUL.email] = site.person(PAUL).id
    people[SAM.email] = site.person(SAM).id
    return site


def test_in_development_one_acts_as_a_sample_person(development: ConsoleSite) -> None:
    browser = development.browser()
    page = browser.get("/crm?kind=lead")
    assert page.status_code == 401
    assert "Paul Martin, rep" in page.text
    data = {"csrf_token": csrf_token(page.text), "email": PAUL.email, "target": "/crm?kind=lead"}
    answer = browser.post("/signin/as", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/crm?kind=lead")
    assert browser.get("/crm?kind=lead").status_code == 200


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_acting_never_leads_off_this_host(development: ConsoleSite, target: str) -> None:
    browser = development.browser()
    token = csrf_token(browser.get("/signin").text)
    answer = browser.post("/signin/as", data={"csrf_token": token, "email": PAUL.email, "target": target})
    assert answer.headers["Location"] == "/home"


@pytest.mark.parametrize("email", ["", SAM.email, "gone@northlight.example"])
def test_one_acts_as_nobody_else(development: ConsoleSite, email: str) -> None:
    browser = development.browser()
    token = csrf_token(browser.get("/signin").text)
    assert browser.post("/signin/as", data={"csrf_token": token, "email": email}).status_code == 401
    assert browser.get("/crm").status_code == 401


def test_acting_needs_the_form_of_this_page(development: ConsoleSite) -> None:
    browser = development.browser()
    assert browser.post("/signin/as", data={"email": PAUL.email}).status_code == 400
    assert browser.get("/crm").status_code == 401
