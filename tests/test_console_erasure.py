"""The pages about the audit log, erasing and leaving, as browsers get them."""

import csv
import io
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm_client.records import Kind
from db import Database, table
from linking.erasing import Erasing
from tenants.audit import Action, Audit
from tenants.erasure import Erasures
from tenants.people import Caller
from tenants.receipts import Receipts, verify
from tenants.tables import ErasureRow, PersonRow, WorkspaceRow
from tenants.tombstones import Tombstones
from tenants.vault import Vault
from tests.browser import NewPage
from tests.console_site import CLAIRE, KEY, PAUL, SAM, ConsoleSite, add_contact, csrf_token

ANNA = "anna.roy@ateliers-roy.example"


@pytest.fixture
def site(database: Database) -> ConsoleSite:
    """Paul is the CRM's administrator, Claire a user of it."""
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight GmbH")
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {Kind.CONTACT: ("view", "create", "edit")})
    return site


def post(browser: FlaskClient, page: str, path: str, **typed: str) -> tuple[int, str]:
    """Send a form of that page; where it leads, or what is said."""
    token = csrf_token(browser.get(page).get_data(as_text=True))
    answer = browser.post(path, data={"csrf_token": token, **typed})
    return answer.status_code, answer.headers.get("Location", "") or answer.get_data(as_text=True)


def worker(site: ConsoleSite) -> Erasing:
    vault = Vault((KEY,))
    erasures = Erasures(site.database, Tombstones(site.database, vault))
    return Erasing(site.database, erasures, Receipts(vault), None, quiet=timedelta())


def work(site: ConsoleSite) -> None:
    erasing = worker(site)
    for erasure_id in erasing.due():
        assert erasing.run(erasure_id)


# --- the audit log


def test_the_log_is_shown_searched_and_taken_along(site: ConsoleSite) -> None:
    caller = site.caller(PAUL)
    audit = Audit(site.database)
    for number in range(52):
        audit.note(caller.workspace.id, caller.person, Action.NOTED, f"contact:{number}")
    audit.note(caller.workspace.id, None, Action.ERASED, '=HYPERLINK("https://evil.example")', "@SUM(1)")
    browser = site.signed_in(PAUL)
    first = browser.get("/setup/audit").get_data(as_text=True)
    assert "contact:51" in first and "contact:1<" not in first and "Erased" in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following and "contact:1<" in browser.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    found = browser.get("/setup/audit?q=TACT%3A17&action=note+added").get_data(as_text=True)
    assert found.count("<tr>") == 2 and "contact:17" in found
    assert "Nothing found" in browser.get("/setup/audit?q=contact&action=erased").get_data(as_text=True)
    file = browser.get("/setup/audit.csv")
    assert file.get_data().startswith(b"\xef\xbb\xbftime,actor,")
    rows = list(csv.DictReader(io.StringIO(file.get_data().decode("utf-8-sig"))))
    assert len([row for row in rows if row["action"] == "note added"]) == 52
    erased = next(row for row in rows if row["action"] == "erased")
    assert (erased["subject"], erased["detail"]) == ('\'=HYPERLINK("https://evil.example")', "'@SUM(1)")
    assert audit.search(caller.workspace.id).lines[0].action is Action.EXPORTED
    for asked in ("before=x", "before=99999999999999999999", "before=9999999999", "before=%C2%B2", "action=nonsense", "q=%00"):
        assert browser.get(f"/setup/audit?{asked}").status_code == 200, asked


PAGES = ("/setup/audit", "/setup/audit.csv", "/setup/erasure", "/setup/erasure/contact?address=a@b.example", "/setup/leaver")
FORMS = ("/setup/erasure/company", "/setup/erasure/contact", "/setup/leaver/hand-over", "/setup/leaver/erase")


def test_nobody_else_gets_in(site: ConsoleSite) -> None:
    claire, stranger, outside = site.signed_in(CLAIRE), site.browser(), site.signed_in(SAM)
    token = csrf_token(claire.get("/me").get_data(as_text=True))
    for page in PAGES:
        assert claire.get(page).status_code == 403, page
        assert stranger.get(page).status_code == 401, page
    for form in FORMS:
        assert claire.post(form, data={"csrf_token": token, "domain": "northlight.example"}).status_code == 403, form
        assert claire.post(form).status_code == 400, form
    assert "northlight" not in outside.get("/setup/erasure").get_data(as_text=True)
    assert stranger.get("/erasure/nonsense").status_code == 404
    with site.database.read() as connection:
        assert connection.execute(select(table(ErasureRow))).all() == []


# --- a person


def test_a_person_removes_himself_and_gets_a_receipt(site: ConsoleSite) -> None:
    browser = site.signed_in(CLAIRE)
    assert isinstance(site.directory.resolve(CLAIRE), Caller)
    assert "/me/remove" in browser.get("/me").get_data(as_text=True)
    status, where = post(browser, "/me/remove", "/me/remove")
    assert status == 303 and where.startswith("/erasure/")
    page = site.browser().get(where).get_data(as_text=True)
    assert "30 days left" in page and CLAIRE.email not in page
    assert not isinstance(site.directory.resolve(CLAIRE), Caller), "access ends at once"
    assert "Called off" in post(browser, where, f"{where}/call-off")[1]
    assert isinstance(site.directory.resolve(CLAIRE), Caller)

    browser = site.signed_in(CLAIRE)
    _status, where = post(browser, "/me/remove", "/me/remove")
    work(site)
    assert site.browser().get(f"{where}/receipt").headers["Location"] == where, "not yet"
    assert post(browser, where, f"{where}/now") == (303, where)
    assert browser.get("/me").status_code == 401
    assert "it takes a few minutes" in site.browser().get(where).get_data(as_text=True)
    work(site)
    stranger = site.browser()
    assert "Download the receipt" in stranger.get(where).get_data(as_text=True)
    keys = stranger.get("/receipts/key").get_data(as_text=True).split()
    receipt = stranger.get(f"{where}/receipt")
    assert verify(receipt.get_data(as_text=True), keys)["kind"] == "person"
    assert "attachment" in receipt.headers["Content-Disposition"]
    with site.database.read() as connection:
        assert connection.execute(select(table(PersonRow).c.email)).scalars().all() == [PAUL.email]


# --- a company


def test_the_company_goes_after_its_domain_was_typed(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    page = browser.get("/setup/erasure").get_data(as_text=True)
    assert "Copy what you need first" in page
    status, said = post(browser, "/setup/erasure", "/setup/erasure/company", domain="harbour.example")
    assert status == 422 and "nothing was done" in said and isinstance(site.directory.resolve(PAUL), Caller)
    status, where = post(browser, "/setup/erasure", "/setup/erasure/company", domain=" Northlight.example ")
    assert status == 303
    assert not isinstance(site.directory.resolve(PAUL), Caller)
    assert not isinstance(site.directory.resolve(CLAIRE), Caller)
    assert post(site.browser(), where, f"{where}/now")[0] in (303, 400)
    post(browser, where, f"{where}/now")
    work(site)
    with site.database.read() as connection:
        assert connection.execute(select(table(WorkspaceRow))).all() == []
    assert "Download the receipt" in browser.get(where).get_data(as_text=True)


def test_the_company_stays_if_it_is_called_off(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    _status, where = post(browser, "/setup/erasure", "/setup/erasure/company", domain="northlight.example")
    assert "Called off" in post(browser, where, f"{where}/call-off")[1]
    assert isinstance(site.directory.resolve(PAUL), Caller)
    assert "Sidecard is being removed" not in site.signed_in(PAUL).get("/setup/erasure").get_data(as_text=True)


# --- a contact


def test_a_contact_is_found_shown_and_erased(site: ConsoleSite) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", ANNA)
    browser = site.signed_in(PAUL)
    assert browser.get("/setup/erasure/contact?address=nobody").headers["Location"] == "/setup/erasure"
    page = f"/setup/erasure/contact?address={ANNA}"
    assert anna.name in browser.get(page).get_data(as_text=True)
    status, where = post(browser, page, "/setup/erasure/contact", address=ANNA)
    assert status == 303 and verify(site.browser().get(f"{where}/receipt").get_data(as_text=True), Receipts(Vault((KEY,))).keys)
    assert site.crm(PAUL).get(anna.ref)
    status, where = post(browser, page, "/setup/erasure/contact", address=ANNA, records="1")
    assert site.crm(PAUL).lookup([ANNA]).matches == ()
    listed = browser.get("/setup/erasure").get_data(as_text=True)
    assert listed.count("Receipt</a>") == 2 and ANNA not in listed


# --- a leaver


def test_a_leaver_hands_over_and_goes(site: ConsoleSite) -> None:
    claire, browser = site.person(CLAIRE), site.signed_in(PAUL)
    site.person(PAUL)
    page = f"/setup/leaver?person={claire.id}"
    shown = browser.get(page).get_data(as_text=True)
    assert "Nothing waits" in shown
    status, _said = post(browser, page, "/setup/leaver/hand-over", person=str(claire.id), colleague=str(claire.id))
    assert status == 422
    status, where = post(browser, page, "/setup/leaver/erase", person=str(claire.id))
    assert status == 303 and not isinstance(site.directory.resolve(CLAIRE), Caller)
    post(browser, where, f"{where}/now")
    work(site)
    assert CLAIRE.email not in browser.get("/setup/leaver").get_data(as_text=True)


# --- looks


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 360])
def test_the_pages_fit(sqlite_template: Path, tmp_path: Path, new_page: NewPage, pictures: Path, width: int) -> None:
    shutil.copy(sqlite_template, tmp_path / "console.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'console.sqlite'}")
    site = ConsoleSite(database)
    add_contact(site.connect(PAUL, "Northlight GmbH"), "Roy", ANNA)
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {Kind.CONTACT: ("view",)})
    claire, caller = site.person(CLAIRE), site.caller(PAUL)
    for action in Action:
        Audit(database).note(caller.workspace.id, caller.person, action, "contact:12", "company, email, first_name, last_name")
    with site.served() as root:
        page = new_page(width=width, height=900)
        for name, path in {
            "audit": "/setup/audit",
            "erasure": "/setup/erasure",
            "contact": f"/setup/erasure/contact?address={ANNA}",
            "leaver": f"/setup/leaver?person={claire.id}",
            "remove": "/me/remove",
        }.items():
            page.goto(f"{root}/signin/{site.codes.issue(caller.person.id, path)}")
            page.screenshot(path=pictures / f"console-{name}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.get_by_role("button", name="Remove Sidecard for me").click()
        page.wait_for_url("**/erasure/*")
        page.screenshot(path=pictures / f"console-erasing-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    database.close()
