"""The list of people: imported from Google, matched to users of the CRM, corrected by hand, out and in as CSV."""

import csv
import html
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm_client.embedded.organisation import Condition
from db import Database, table
from tenants.audit import Action
from tenants.people import GoogleIdentity
from tenants.roster import Roster, RosterEntry
from tenants.tables import RosterRow
from tests.console_site import PAUL, SAM, csrf_token
from tests.google.server import Google
from tests.google.state import GooglePerson
from tests.google_console import GoogleConsole
from tests.zoho.faults import drop_before

NORTHLIGHT = "northlight.example"
ADA = GoogleIdentity("100000000000000000077", "ada.marsh@northlight.example", NORTHLIGHT)
_LINE = re.compile(r'<tr>\s*<th scope="row">(.*?)</tr>', re.DOTALL)


@pytest.fixture
def ada(google_server: Google) -> GooglePerson:
    return google_server.person(ADA.email, "Ada Marsh", ADA.sub, admin=True)


@pytest.fixture
def site(database: Database, google_server: Google) -> GoogleConsole:
    site = GoogleConsole(database, google_server)
    site.connect(ADA, "Northlight")
    site.add_user(ADA, "Paul M.", PAUL.email, {})
    google_server.person(PAUL.email, "Paul Martin", PAUL.sub, org_unit="/Sales")
    google_server.person("zoe@northlight.example", "Zoe Nowhere", org_unit="/Sales/North")
    google_server.person(SAM.email, "Sam Reed", SAM.sub, admin=True)
    return site


@pytest.fixture
def browser(site: GoogleConsole, ada: GooglePerson) -> FlaskClient:
    return site.administrator(ada)


def lines(page: str) -> list[str]:
    """What stands in the lines of the table."""
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", line)).split()) for line in _LINE.findall(page)]


def roster(site: GoogleConsole, domain: str = NORTHLIGHT) -> dict[str, RosterEntry]:
    return {entry.email: entry for entry in Roster(site.database).rows(site.workspace_id(domain))}


def take_in(site: GoogleConsole, browser: FlaskClient) -> None:
    assert site.post(browser, "/setup/people", "/setup/people/import").headers["Location"] == "/setup/people?now=imported"


def user_id(site: GoogleConsole, name: str) -> str:
    return next(user.id for user in site.crm(ADA).users() if user.name == name)


def upload(browser: FlaskClient, text: str | bytes) -> tuple[int, str]:
    token = csrf_token(browser.get("/setup/people").text)
    content = text.encode() if isinstance(text, str) else text
    answer = browser.post("/setup/people/upload", data={"csrf_token": token, "file": (io.BytesIO(content), "people.csv")})
    return answer.status_code, html.unescape(answer.text)


def test_people_come_from_google_and_are_matched_by_address(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    shown = lines(browser.get("/setup/people").text)
    assert [line.split()[0] for line in shown] == ["Zoe", "Ada", "Paul"]
    assert "unmatched" in shown[0]
    assert "/Sales/North" in shown[0]
    assert "Paul M. by address" in shown[2]
    assert "2026" in shown[1] or "20" in shown[1]
    found = roster(site)
    assert set(found) == {ADA.email, PAUL.email, "zoe@northlight.example"}
    assert (found[PAUL.email].crm_user_name, found[PAUL.email].by_hand) == ("Paul M.", False)


def test_nothing_but_name_address_and_unit_is_kept(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    with site.database.read() as connection:
        row = connection.execute(select(table(RosterRow)).where(table(RosterRow).c.email == "zoe@northlight.example")).one()
    told = {name: value for name, value in row._mapping.items() if value not in (None, "", False)}
    assert set(told) == {"workspace_id", "email", "name", "org_unit", "listed_at"}


def test_the_import_is_of_ones_own_company(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    take_in(site, browser)
    assert SAM.email not in roster(site)
    listed = [one.request.query["domain"] for one in google_server.asked("GET", "/admin/directory") if "domain" in one.request.query]
    assert set(listed) == {NORTHLIGHT}


def test_google_that_stops_answering_takes_nobody_away(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    take_in(site, browser)
    before = roster(site)
    google_server.faults.always("/admin/directory", drop_before())
    answer = site.post(browser, "/setup/people", "/setup/people/import")
    assert answer.status_code == 503
    assert "Google does not answer" in answer.text
    assert roster(site) == before


def test_an_import_without_the_permission_asks_for_it(site: GoogleConsole, browser: FlaskClient) -> None:
    token = csrf_token(browser.get("/setup/people").text)
    site.google.end_tokens()
    answer = browser.post("/setup/people/import", data={"csrf_token": token})
    assert answer.status_code == 403
    assert "Ask Google" in answer.text
    assert 'value="/setup/people"' in answer.text


def test_a_match_is_corrected_by_hand_and_stays(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    page = browser.get("/setup/people/match?email=zoe%40northlight.example&q=zoe").text
    assert "Who is Zoe Nowhere in the CRM?" in page
    paul = user_id(site, "Paul M.")
    assert f'<option value="{paul}"' in page
    form = {"email": "zoe@northlight.example", "user": paul, "q": "zoe"}
    answer = site.post(browser, "/setup/people/match?email=zoe%40northlight.example", "/setup/people/match", **form)
    assert answer.headers["Location"] == "/setup/people?q=zoe&now=matched"
    zoe = roster(site)["zoe@northlight.example"]
    assert (zoe.crm_user_id, zoe.by_hand) == (paul, True)
    site.post(browser, "/setup/people", "/setup/people/match-all")
    take_in(site, browser)
    assert roster(site)["zoe@northlight.example"] == zoe
    assert ("zoe@northlight.example", "Paul M.") in site.noted(NORTHLIGHT, Action.PERSON_MATCHED)


def test_somebody_is_matched_to_nobody(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    site.post(browser, "/setup/people", "/setup/people/match", email=PAUL.email, user="-")
    site.post(browser, "/setup/people", "/setup/people/match-all")
    assert "nobody, by hand" in lines(browser.get("/setup/people?q=paul").text)[0]


@pytest.mark.parametrize("user", ["999999", "", "1 OR 1=1", "<script>"])
def test_a_user_who_is_not_in_the_crm_is_not_taken(site: GoogleConsole, browser: FlaskClient, user: str) -> None:
    take_in(site, browser)
    before = roster(site)
    answer = site.post(browser, "/setup/people", "/setup/people/match", email="zoe@northlight.example", user=user)
    assert answer.status_code == 422
    assert roster(site) == before


def test_nobody_of_another_company_is_seen_or_matched(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    sam_site = site.administrator(google_server.state.people[SAM.email])
    take_in(site, sam_site)
    take_in(site, browser)
    assert "Sam Reed" not in browser.get("/setup/people").text
    assert browser.get("/setup/people/match?email=sam.reed%40harbour.example").status_code == 404
    answer = site.post(browser, "/setup/people", "/setup/people/match", email=SAM.email, user=user_id(site, "Paul M."))
    assert answer.status_code == 404
    status, page = upload(browser, f"email,crm_user\n{SAM.email},Paul M.\n")
    assert status == 422
    assert "sam.reed@harbour.example is not of your company" in page
    assert roster(site, "harbour.example")[SAM.email].crm_user_id is None
    assert SAM.email not in browser.get("/setup/people.csv").text


def test_many_people_have_pages_and_a_search(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    for number in range(520):
        google_server.person(f"p{number:03}@northlight.example", f"Person {number:03}", org_unit=f"/Unit {number % 7}")
    take_in(site, browser)
    seen, path = [], "/setup/people"
    while path:
        page = browser.get(path).text
        seen += [re.search(r"(\S+@\S+)", line)[1] for line in lines(page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == 523
    assert set(seen[-2:]) == {ADA.email, PAUL.email}
    found = browser.get("/setup/people?q=unit+3").text
    assert "74 found" in found or "75 found" in found
    assert len(lines(browser.get("/setup/people?q=p519").text)) == 1
    assert "Nobody found." in browser.get("/setup/people?q=%3Cscript%3E").text


# -- CSV


def test_the_list_goes_out_and_comes_back(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    answer = browser.get("/setup/people.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["email"] for row in rows} == set(roster(site))
    text = answer.text.replace(
        "zoe@northlight.example,Zoe Nowhere,/Sales/North,", f"zoe@northlight.example,Zoe Nowhere,/Sales/North,{PAUL.email}"
    )
    assert upload(browser, text)[0] == 303
    assert roster(site)["zoe@northlight.example"].crm_user_name == "Paul M."
    assert site.noted(NORTHLIGHT, Action.EXPORTED) == [("people", "")]


def test_no_cell_is_a_formula(site: GoogleConsole, browser: FlaskClient, google_server: Google) -> None:
    """A name is what its bearer writes into his Google account."""
    google_server.person("eve@northlight.example", '=HYPERLINK("http://evil.example";"x")', org_unit="@SUM(1)")
    google_server.person("+cmd@northlight.example", "-2+3")
    take_in(site, browser)
    text = browser.get("/setup/people.csv").text.removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) > 20
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert upload(browser, text)[0] == 303


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("", "Choose a CSV file"),
        (b"\xff\xfe\x00", "Choose a CSV file"),
        (b"email,crm_user\n" + b"x" * (5 * 1024 * 1024), "Choose a CSV file"),
        ("name,unit\nA,B\n", "Line 1: the header has to name the columns"),
        ("email,crm_user\nzoe@northlight.example,Nobody Such\n", "Line 2: the CRM has no user “Nobody Such”"),
        ("email,crm_user\nzoe@northlight.example,\nzoe@northlight.example,\n", "Line 3: zoe@northlight.example stands in the file twice."),
        ("email,crm_user\n=cmd|' /C calc'!A0,\n", "is nobody on this list"),
        ('email,crm_user\n"unclosed,\n', "is nobody on this list"),
    ],
)
def test_a_file_that_is_wrong_is_told_line_by_line_and_changes_nothing(
    site: GoogleConsole, browser: FlaskClient, file: str | bytes, says: str
) -> None:
    take_in(site, browser)
    before = roster(site)
    status, page = upload(browser, file)
    assert status == 422
    assert says in page
    assert roster(site) == before


def test_one_wrong_line_keeps_the_right_ones_out(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    status, page = upload(browser, f"email,crm_user\nzoe@northlight.example,{PAUL.email}\nwho@northlight.example,{PAUL.email}\n")
    assert status == 422
    assert "Nothing was taken over" in page
    assert roster(site)["zoe@northlight.example"].crm_user_id is None


def test_a_list_of_faults_has_an_end(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    _, page = upload(browser, "email,crm_user\n" + "\n".join(f"x{number}@elsewhere.example," for number in range(3000)))
    assert "And 2,950 more lines." in page
    assert len(page) < 60_000


# -- without a CRM to match with


def test_without_a_crm_the_list_is_shown_and_cannot_be_matched(database: Database, google_server: Google, ada: GooglePerson) -> None:
    site = GoogleConsole(database, google_server)
    browser = site.administrator(ada)
    take_in(site, browser)
    page = browser.get("/setup/people").text
    assert "connect the CRM, and your own account with it" in html.unescape(page)
    assert "Match everybody" not in page
    token = csrf_token(page)
    assert browser.post("/setup/people/match-all", data={"csrf_token": token}).status_code == 409
    assert upload(browser, f"email,crm_user\n{ADA.email},\n")[0] == 409


def test_a_crm_that_is_down_is_no_empty_list(site: GoogleConsole, browser: FlaskClient) -> None:
    take_in(site, browser)
    site.set_condition(ADA, Condition.DOWN)
    answer = browser.get("/setup/people")
    assert answer.status_code == 503
    assert "The CRM does not answer" in answer.text
    with site.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(RosterRow))).scalar_one() == 3
