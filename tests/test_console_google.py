"""Signing in to the console with Google, and being proven an administrator."""

import re

import pytest

from console.session import WALK_SECONDS
from crm_client.embedded.tables import UserRow
from db import Database
from tenants.audit import Action
from tenants.google.directory_api import DIRECTORY_SCOPE
from tests.console_site import PAUL, SAM, ConsoleSite, csrf_token
from tests.google.server import Google
from tests.google.state import GooglePerson
from tests.google_console import GoogleConsole, asked_for
from tests.zoho.faults import drop_before

NORTHLIGHT = "northlight.example"


@pytest.fixture
def site(database: Database, google_server: Google) -> GoogleConsole:
    return GoogleConsole(database, google_server)


@pytest.fixture
def paul(google_server: Google) -> GooglePerson:
    return google_server.person(PAUL.email, "Paul Martin", PAUL.sub)


@pytest.fixture
def ada(google_server: Google) -> GooglePerson:
    return google_server.person("ada.marsh@northlight.example", "Ada Marsh", "100000000000000000077", admin=True)


def test_one_signs_in_with_google_and_arrives_where_one_wanted(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    page = browser.get("/me?x=1")
    assert page.status_code == 401
    assert "Sign in with Google" in page.text
    answer = site.sign_in(browser, paul, "/me?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me?x=1")
    assert PAUL.email in browser.get("/me").text
    assert site.noted(NORTHLIGHT, Action.SIGNED_IN) == [("", "")]


def test_what_google_is_asked(site: GoogleConsole) -> None:
    """Code flow with PKCE, state and nonce, all of them new each time; nothing but who it is."""
    browser = site.browser()
    first, second = (asked_for(site.set_out(browser)) for _ in range(2))
    assert (first["response_type"], first["code_challenge_method"], first["scope"]) == ("code", "S256", "openid email profile")
    assert first["redirect_uri"] == f"{site.base_url}/signin/google/callback"
    assert not {first[name] for name in ("state", "nonce", "code_challenge")} & set(second.values())


def test_the_way_back_is_good_once(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    back = site.at_google(site.set_out(browser), paul)
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 410


def test_another_browser_cannot_come_back_in_its_place(site: GoogleConsole, paul: GooglePerson) -> None:
    """Whoever is sent somebody else's way back is not signed in as him."""
    mine, other = site.browser(), site.browser()
    back = site.at_google(site.set_out(mine), paul)
    site.set_out(other)
    assert other.get(back).status_code == 410
    assert other.get("/me").status_code == 401
    assert mine.get(back).status_code == 303


def test_an_old_way_back_is_good_no_more(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    back = site.at_google(site.set_out(browser), paul)
    with browser.session_transaction() as kept:
        kept["google"] = {**kept["google"], "until": kept["google"]["until"] - WALK_SECONDS}
    assert browser.get(back).status_code == 410
    assert browser.get("/me").status_code == 401


def test_looking_ahead_uses_nothing_up(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    back = site.at_google(site.set_out(browser), paul)
    assert browser.head(back).status_code == 204
    assert browser.get(back, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert browser.get(back).status_code == 303


@pytest.mark.parametrize("state", ["", "forged", "é", "%ff", "a" * 3000])
def test_a_forged_state_ends_nothing(site: GoogleConsole, paul: GooglePerson, state: str) -> None:
    """A page of somebody else's cannot break off a sign-in that is under way."""
    browser = site.browser()
    back = site.at_google(site.set_out(browser), paul)
    assert browser.get("/signin/google/callback", query_string={"state": state, "code": "x"}).status_code == 410
    assert browser.get(back).status_code == 303


def test_another_persons_code_is_not_taken(site: GoogleConsole, paul: GooglePerson, ada: GooglePerson) -> None:
    """A code put into somebody's sign-in does not fit its verifier."""
    browser, attacker = site.browser(), site.browser()
    address = site.set_out(browser)
    stolen = asked_for(site.at_google(site.set_out(attacker), ada))["code"]
    answer = browser.get("/signin/google/callback", query_string={"state": asked_for(address)["state"], "code": stolen})
    assert answer.status_code == 403
    assert "Google did not confirm who you are" in answer.text
    assert browser.get("/me").status_code == 401


def test_who_presses_cancel_is_told_so(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    answer = browser.get(site.at_google(site.set_out(browser), paul, refuses=True))
    assert answer.status_code == 200
    assert "You did not sign in with Google" in answer.text
    assert site.people() == []


def test_google_that_does_not_answer_is_no_refusal(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    back = site.at_google(site.set_out(browser), paul)
    site.google.faults.always("/token", drop_before())
    answer = browser.get(back)
    assert answer.status_code == 503
    assert "Google does not answer" in answer.text
    assert browser.get("/me").status_code == 401


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "/signin/google", "javascript:alert(1)"])
def test_signing_in_never_leads_off_this_host(site: GoogleConsole, paul: GooglePerson, target: str) -> None:
    browser = site.browser()
    token = csrf_token(browser.get("/signin").text)
    page = browser.post("/signin/google", data={"csrf_token": token, "target": target}).text
    address = re.search(r'url=([^"]+)"', page)[1].replace("&amp;", "&")
    assert browser.get(site.at_google(address, paul)).headers["Location"] == "/home"


def test_setting_out_needs_the_form_of_this_page(site: GoogleConsole, paul: GooglePerson) -> None:
    assert site.browser().post("/signin/google").status_code == 400
    assert site.browser().post("/setup/proof").status_code == 400


def test_signing_in_begins_a_new_session(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    back = site.at_google(site.set_out(browser), paul)
    with browser.session_transaction() as planted:
        planted["left by somebody else"] = "x"
    browser.get(back)
    with browser.session_transaction() as kept:
        assert set(kept) == {"person", "until", "seen"}


def test_without_an_install_the_page_says_what_to_do(database: Database, google_server: Google) -> None:
    site = GoogleConsole(database, google_server, marketplace=True)
    consumer = google_server.person("kim@gmail.com", "Kim")
    answer = site.sign_in(site.browser(), consumer)
    assert answer.status_code == 403
    assert "Sidecard is not installed for kim@gmail.com." in answer.text
    assert "Google Workspace Marketplace" in answer.text
    stranger = google_server.person("eve@elsewhere.example", "Eve")
    answer = site.sign_in(site.browser(), stranger)
    assert answer.status_code == 403
    assert "Nobody has installed Sidecard for elsewhere.example." in answer.text
    assert site.people() == []


def test_who_installed_for_himself_has_nothing_to_set_up(database: Database, google_server: Google) -> None:
    site = GoogleConsole(database, google_server, marketplace=True)
    kim = google_server.person("kim@gmail.com", "Kim", admin=True)
    google_server.licence_person("kim@gmail.com")
    browser = site.browser()
    assert site.sign_in(browser, kim).headers["Location"] == "/home"
    home = browser.get("/home").text
    assert "kim@gmail.com" in home
    assert "/setup" not in home
    assert "Set-up is for companies" in browser.get("/setup").text
    assert site.proven() == []


def test_when_google_cannot_tell_what_is_installed_one_is_to_try_again(database: Database, google_server: Google) -> None:
    site = GoogleConsole(database, google_server, marketplace=True)
    google_server.licence_domain(NORTHLIGHT)
    paul = google_server.person(PAUL.email, "Paul Martin")
    google_server.faults.always("/appsmarket", drop_before())
    answer = site.sign_in(site.browser(), paul)
    assert answer.status_code == 503
    assert "Google does not say now whether Sidecard is installed" in answer.text


# -- administrators


def test_an_administrator_is_proven_by_google(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.browser()
    site.sign_in(browser, ada)
    page = browser.get("/setup/policy")
    assert page.status_code == 403
    assert "Prove that you administer northlight.example" in page.text
    address = site.set_out(browser, "/setup/policy", "/setup/proof")
    assert set(asked_for(address)["scope"].split()) == {"openid", "email", "profile", DIRECTORY_SCOPE}
    assert asked_for(address)["login_hint"] == ada.email
    assert browser.get(site.at_google(address, ada)).headers["Location"] == "/setup/policy"
    assert browser.get("/setup/policy").status_code == 200
    assert site.proven() == [ada.email]
    assert len(site.noted(NORTHLIGHT, Action.ADMINISTRATOR_PROVEN)) == 1


def test_the_session_shows_nobody_the_permission(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.administrator(ada)
    with browser.session_transaction() as kept:
        assert "ya29." not in repr(dict(kept))
        assert kept["directory"][0]


def test_who_is_none_is_told_whom_to_ask(site: GoogleConsole, paul: GooglePerson) -> None:
    browser = site.browser()
    site.sign_in(browser, paul)
    answer = site.prove(browser, paul)
    assert answer.status_code == 403
    assert "Google says that paul.martin@northlight.example is not a super administrator of northlight.example." in answer.text
    assert "Account &gt; Admin roles &gt; Super Admin" in answer.text
    assert browser.get("/setup").status_code == 403
    assert site.proven() == []


def test_a_delegated_administrator_is_none(site: GoogleConsole, paul: GooglePerson) -> None:
    paul.delegated_admin = True
    browser = site.browser()
    site.sign_in(browser, paul)
    assert "You administer part of it" in site.prove(browser, paul).text
    assert site.proven() == []


def test_an_administrator_does_not_prove_his_colleague(site: GoogleConsole, paul: GooglePerson, ada: GooglePerson) -> None:
    """Signed in as one, consented as the other."""
    browser = site.browser()
    site.sign_in(browser, paul)
    answer = site.prove(browser, ada)
    assert answer.status_code == 403
    assert "You chose ada.marsh@northlight.example at Google" in answer.text
    assert site.proven() == []


def test_a_proof_set_out_for_another_person_counts_for_nobody(site: GoogleConsole, paul: GooglePerson, ada: GooglePerson) -> None:
    """He signs out and in as somebody else while Google asks."""
    browser = site.browser()
    site.sign_in(browser, ada)
    back = site.at_google(site.set_out(browser, "/setup", "/setup/proof"), ada)
    with browser.session_transaction() as kept:
        kept["person"] = site.person(PAUL).id
    assert browser.get(back).status_code == 403
    assert site.proven() == []


def test_administering_one_company_opens_no_other(site: GoogleConsole, google_server: Google, ada: GooglePerson) -> None:
    site.administrator(ada)
    sam = google_server.person(SAM.email, "Sam Reed", SAM.sub)
    browser = site.browser()
    site.sign_in(browser, sam)
    for path in ("/setup", "/setup/crm", "/setup/people", "/setup/people.csv", "/setup/policy", "/setup/health", "/setup/delegation"):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "Prove that you administer harbour.example" in answer.text


def test_an_unticked_permission_is_asked_for_again(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.browser()
    site.sign_in(browser, ada)
    answer = site.prove(browser, ada, unticks=(DIRECTORY_SCOPE,))
    assert answer.status_code == 403
    assert "leave the box ticked" in answer.text
    assert site.proven() == []


def test_who_cancels_the_proof_stays_signed_in(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.browser()
    site.sign_in(browser, ada)
    assert "You did not let Google tell" in site.prove(browser, ada, refuses=True).text
    assert browser.get("/home").status_code == 200


def test_a_demoted_administrator_is_out_within_minutes(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.administrator(ada)
    ada.admin = False
    assert browser.get("/setup").status_code == 200
    site.age_proof()
    answer = site.post(browser, "/home", "/setup/policy", headers_only="1")
    assert answer.status_code == 403
    assert "is not a super administrator" in answer.text
    assert not site.noted(NORTHLIGHT, Action.POLICY_CHANGED)
    assert site.proven() == []


def test_who_still_is_one_notices_nothing(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.administrator(ada)
    site.age_proof()
    asked = len(site.google.asked("GET", "/admin/directory"))
    assert browser.get("/setup").status_code == 200
    assert browser.get("/setup").status_code == 200
    assert len(site.google.asked("GET", "/admin/directory")) == asked + 1


def test_a_proof_that_cannot_be_renewed_silently_is_asked_for(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.administrator(ada)
    token = csrf_token(browser.get("/setup/policy").text)
    site.google.end_tokens()
    site.age_proof()
    answer = browser.post("/setup/policy", data={"csrf_token": token, "headers_only": "1"})
    assert answer.status_code == 403
    assert "Nothing was changed: it has to be proven again first." in answer.text
    assert 'value="/setup/policy"' in answer.text
    assert site.prove(browser, ada).headers["Location"] == "/setup"
    assert browser.get("/setup").status_code == 200
    assert len(site.noted(NORTHLIGHT, Action.ADMINISTRATOR_PROVEN)) == 1


def test_a_proof_is_over_after_a_day(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.administrator(ada)
    site.age_proof(25 * 3600)
    assert browser.get("/setup").status_code == 403


def test_without_google_nobody_is_let_in_on_an_old_proof(site: GoogleConsole, ada: GooglePerson) -> None:
    browser = site.administrator(ada)
    site.age_proof()
    site.google.faults.always("/admin/directory", drop_before())
    answer = browser.get("/setup")
    assert answer.status_code == 503
    assert "Google does not answer" in answer.text


def test_another_browser_of_an_administrator_proves_for_itself(site: GoogleConsole, ada: GooglePerson) -> None:
    """The permission to ask Google stays in the browser it was given in."""
    site.administrator(ada)
    site.age_proof()
    other = site.browser()
    site.sign_in(other, ada)
    assert other.get("/setup").status_code == 403


# -- without Google sign-in: development, and an operator's own company


def test_the_crms_administrator_counts_where_google_cannot_be_asked(database: Database) -> None:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    page = site.signed_in(PAUL).get("/setup")
    assert page.status_code == 200
    assert "Nobody asks Google here" in page.text
    assert "Sign in with Google" not in site.browser().get("/signin").text


def test_another_profile_of_the_crm_does_not_count(database: Database) -> None:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    claire = site.directory.resolve(type(PAUL)("100000000000000000002", "claire.dubois@northlight.example", NORTHLIGHT)).person
    site.add_user(PAUL, "Claire Dubois", claire.email, {})
    browser = site.browser()
    browser.get("/signin/" + site.codes.issue(claire.id, "/home"))
    assert browser.get("/setup").status_code == 403
    assert "/setup" not in browser.get("/home").text
    assert browser.get("/setup/people.csv").status_code == 403
    with database.read() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {UserRow.__tablename__}").scalar_one() == 2
