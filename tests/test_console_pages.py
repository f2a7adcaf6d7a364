"""The embedded CRM's pages: list, record, Emails list, one mail, my account; and what they say when something is wrong."""

import html
import re

import pytest
from werkzeug.datastructures import Headers

from crm_client.embedded.organisation import Condition
from crm_client.records import AttachmentNote, Kind, Ref
from db import Database
from tests.browser import NewPage
from tests.console_site import CLAIRE, NOON, PAUL, SAM, ConsoleSite, add_contact, add_record, csrf_token, mail_copy

RIGHT_TO_LEFT = "\u202e"
PROBES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></dd></div><h1>broken out</h1>",
    "{{ 7*7 }}",
    "javascript:alert(1)",
    f"gpj{RIGHT_TO_LEFT}exe.invoice",
    "a" * 200,
)


@pytest.fixture
def site(database: Database) -> ConsoleSite:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    return site


def text_of(page: str) -> str:
    """What stands on the page."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.split("<main", 1)[1])))


def test_the_list_has_tabs_and_pages(site: ConsoleSite) -> None:
    crm = site.crm(PAUL)
    for number in range(27):
        add_contact(crm, f"Name{number:02}", f"person{number}@firm.example", company="Firm")
    add_record(crm, Kind.LEAD, {"last_name": "Leadman", "company": "Leading", "email": "lead@leading.example"})
    browser = site.signed_in(PAUL)

    first = browser.get("/crm?kind=contact").text
    assert "27 records" in first
    assert first.count('<th scope="row">') == 25
    assert "Name00" in first
    assert "Name26" not in first
    assert "Leadman" not in first
    second = browser.get("/crm?kind=contact&page=2").text
    assert 'href="/crm?kind=contact&amp;page=2"' in first
    assert second.count('<th scope="row">') == 2
    assert 'href="/crm?kind=contact&amp;page=1"' in second

    leads = browser.get("/crm?kind=lead").text
    assert "Leadman" in leads
    assert 'href="/crm?kind=lead" aria-current="page"' in leads


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "99999999999999999999", "9999"])
def test_an_odd_page_number_is_no_fault(site: ConsoleSite, page: str) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    browser = site.signed_in(PAUL)
    for path in (f"/crm?page={page}", f"/crm?q=roy&page={page}", f"/crm/contact/{anna.ref.id}?cursor={page}"):
        assert browser.get(path).status_code == 200


def test_search_finds_both_kinds(site: ConsoleSite) -> None:
    crm = site.crm(PAUL)
    add_contact(crm, "Carter", "emily.carter@brightworks.example")
    add_record(crm, Kind.LEAD, {"last_name": "Carter", "company": "Brightworks Ltd", "email": "emily.carter@brightworks.example"})
    add_contact(crm, "Weber", "jonas.weber@weber-metallbau.example")
    browser = site.signed_in(PAUL)
    page = browser.get("/crm?q=carter").text
    assert page.count('<th scope="row">') == 2
    assert ">Lead<" in page
    assert ">Contact<" in page
    assert "Weber" not in page
    assert 'value="carter"' in page
    assert "Nothing found" in browser.get("/crm?q=nobody-at-all").text


def test_a_record_shows_what_is_known(site: ConsoleSite) -> None:
    anna = add_contact(
        site.crm(PAUL),
        "Roy",
        "anna.roy@ateliers-roy.example",
        first_name="Anna",
        company="Ateliers Roy",
        title="Directrice des achats",
        phone="+33 1 99 00 12 34",
        description="First line\nSecond line",
    )
    site.add_deal_and_note(PAUL, anna.ref, "Workshop lights", "Likes warm white.\nCall on Mondays.")
    page = site.signed_in(PAUL).get(f"/crm/contact/{anna.ref.id}").text
    text = text_of(page)
    assert "<h1><bdi>Anna Roy</bdi></h1>" in page
    assert 'href="mailto:anna.roy@ateliers-roy.example"' in page
    assert 'href="tel:+33199001234"' in page
    assert "First line\nSecond line" in page
    for words in ("Ateliers Roy", "Directrice des achats", "Owner: Paul Martin", "Workshop lights", "€12,500", "Proposal"):
        assert words in text
    assert "closes Mar 4, 2026" in text
    assert "Likes warm white.\nCall on Mondays." in page
    # Every field of the layout is there, filled in or not, in its order.
    labels = [field.label for field in site.crm(PAUL).describe(Kind.CONTACT).fields]
    shown = re.findall(r"<dt>([^<]+)</dt>", page)
    assert shown == [html.escape(label) for label in labels]
    assert "not filled in" in page


@pytest.mark.parametrize(
    ("website", "linked"),
    [
        ("https://talleres-fernandez.example/a?b=1", True),
        ("http://talleres-fernandez.example", True),
        ("www.talleres-fernandez.example", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https:evil", False),
    ],
)
def test_only_web_addresses_are_links(site: ConsoleSite, website: str, linked: bool) -> None:
    values = {"last_name": "Fernández", "company": "Talleres", "email": "lucia@talleres-fernandez.example"}
    record = add_record(site.crm(PAUL), Kind.LEAD, values)
    site.overwrite(record, website=website)
    page = site.signed_in(PAUL).get(f"/crm/lead/{record.ref.id}").text
    assert html.escape(website) in page
    assert (f'href="{html.escape(website)}"' in page) is linked


def test_linked_mails_stand_newest_first(site: ConsoleSite) -> None:
    crm = site.crm(PAUL)
    anna = add_contact(crm, "Roy", "anna.roy@ateliers-roy.example")
    for number in range(22):
        crm.attach_email(anna.ref, mail_copy(number))
    crm.attach_email(
        anna.ref, mail_copy(30, "The offer", "Dear Paul,\n  see below.", (AttachmentNote("offer.pdf", "application/pdf", 182_400),))
    )
    browser = site.signed_in(PAUL)
    path = f"/crm/contact/{anna.ref.id}"
    page = browser.get(path).text
    subjects = re.findall(r'class="subject" href="[^"]+"><bdi>([^<]+)<', page)
    assert subjects == ["The offer", *(f"Mail number {number}" for number in range(21, 2, -1))]
    text = text_of(page)
    for words in (
        "Received",
        "Anna Roy",
        "Paul Martin",
        "Mar 4, 2026",
        "UTC",
        "offer.pdf (182 kB, only the name is kept)",
        "Linked by Paul Martin",
    ):
        assert words in text, words

    assert "Newest mails" not in page
    older = re.findall(r'rel="next" href="([^"#]+)#emails"', page)
    second = browser.get(html.unescape(older[0])).text
    assert "Older mails" not in second
    assert re.findall(r'rel="first" href="([^"]+)"', second) == [f"{path}#emails"]
    links = re.findall(r'class="subject" href="([^"]+)"', second)
    assert len(links) == 3
    for link, number in zip(links, (2, 1, 0), strict=True):
        assert f"Text of mail {number}" in browser.get(html.unescape(link)).text

    link = re.findall(r'class="subject" href="([^"]+)"', page)[0]
    mail = browser.get(link).text
    assert "Dear Paul,\n  see below." in mail
    assert "Anna Roy &lt;anna.roy@ateliers-roy.example&gt;" in mail
    assert "offer.pdf" in mail


def test_a_mail_belongs_to_its_record(site: ConsoleSite) -> None:
    crm = site.crm(PAUL)
    anna, jonas = add_contact(crm, "Roy", "anna@roy.example"), add_contact(crm, "Weber", "jonas@weber.example")
    crm.attach_email(anna.ref, mail_copy(1))
    mail_id = crm.emails(anna.ref).entries[0].id
    browser = site.signed_in(PAUL)
    assert browser.get(f"/crm/contact/{anna.ref.id}/emails/{mail_id}").status_code == 200
    assert browser.get(f"/crm/contact/{jonas.ref.id}/emails/{mail_id}").status_code == 404
    assert browser.get(f"/crm/lead/{anna.ref.id}/emails/{mail_id}").status_code == 404


def test_another_workspace_sees_nothing(site: ConsoleSite) -> None:
    crm = site.crm(PAUL)
    anna = add_contact(crm, "Roy", "anna.roy@ateliers-roy.example")
    crm.attach_email(anna.ref, mail_copy(1))
    mail_id = crm.emails(anna.ref).entries[0].id
    site.connect(SAM, "Harbour")
    sam = site.signed_in(SAM)
    for path in (f"/crm/contact/{anna.ref.id}", f"/crm/contact/{anna.ref.id}/emails/{mail_id}"):
        answer = sam.get(path)
        assert answer.status_code == 404
        assert "There is no such record" in answer.text
        assert "Roy" not in answer.text
    assert "Roy" not in sam.get("/crm?kind=contact").text
    assert "Roy" not in text_of(sam.get("/crm?q=anna").text)


@pytest.mark.parametrize(
    "path",
    [
        "/crm/contact/999999",
        "/crm/contact/abc",
        "/crm/contact/-1",
        "/crm/contact/99999999999999999999999",
        "/crm/contact/%F0%9F%92%A1",
        "/crm/deal/1",
        "/crm?kind=deal",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_404(site: ConsoleSite, path: str) -> None:
    answer = site.signed_in(PAUL).get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "There is no such" in answer.text


def test_without_the_right_a_kind_is_closed(site: ConsoleSite) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {Kind.LEAD: ("view",)})
    claire = site.signed_in(CLAIRE)
    for path in ("/crm", "/crm?kind=lead"):
        page = claire.get(path)
        assert page.status_code == 200
        assert "/crm?kind=lead" in page.text
        assert "/crm?kind=contact" not in page.text
    for path in ("/crm?kind=contact", f"/crm/contact/{anna.ref.id}", f"/crm/contact/{anna.ref.id}/emails/1"):
        answer = claire.get(path)
        assert answer.status_code == 403
        assert "You may not see this" in answer.text
        assert "Roy" not in answer.text
    assert "Roy" not in text_of(claire.get("/crm?q=anna").text)


@pytest.mark.parametrize("condition", [Condition.DOWN, Condition.LIMITING])
def test_an_outage_is_told_as_one(site: ConsoleSite, condition: Condition) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    browser = site.signed_in(PAUL)
    site.set_condition(PAUL, condition)
    for path in ("/crm", "/crm?q=roy", f"/crm/contact/{anna.ref.id}", f"/crm/contact/{anna.ref.id}/emails/1"):
        answer = browser.get(path)
        assert answer.status_code == 503
        assert "The CRM does not answer" in answer.text
        assert "Nothing is lost." in answer.text
        assert int(answer.headers["Retry-After"]) > 0
    me = browser.get("/me")
    assert me.status_code == 200
    assert "The CRM does not answer at the moment." in me.text
    site.set_condition(PAUL, Condition.UP)
    assert browser.get("/crm").status_code == 200


@pytest.mark.parametrize("probe", PROBES)
def test_what_others_write_stays_text(site: ConsoleSite, probe: str) -> None:
    crm = site.crm(PAUL)
    short = probe[:80]
    record = add_record(crm, Kind.LEAD, {"last_name": "Probe", "company": "Probe", "email": "probe@probe.example"})
    site.overwrite(
        record, first_name=short, last_name=short, company=short, website=probe, description=probe, phone=probe, lead_source=probe
    )
    contact = add_contact(crm, short, "contact@probe.example", company=short)
    site.add_deal_and_note(PAUL, contact.ref, probe, probe)
    crm.attach_email(contact.ref, mail_copy(1, probe, probe, (AttachmentNote(probe, "text/html", 1),)))
    mail_id = crm.emails(contact.ref).entries[0].id
    browser = site.signed_in(PAUL)
    paths = (
        "/crm",
        "/crm?kind=lead",
        f"/crm/lead/{record.ref.id}",
        f"/crm/contact/{contact.ref.id}",
        f"/crm/contact/{contact.ref.id}/emails/{mail_id}",
    )
    for path in paths:
        page = browser.get(path).text
        assert "<script" not in page
        assert "<img" not in page
        assert " onmouseover='" not in page
        assert page.count("<h1") == 1
        assert page.count("<title>") == 1
        assert 'href="javascript:' not in page
        assert RIGHT_TO_LEFT not in page
        assert short.replace(RIGHT_TO_LEFT, "") in html.unescape(page)
    searched = browser.get("/crm", query_string={"q": probe})
    assert searched.status_code == 200
    assert "<script" not in searched.text
    assert RIGHT_TO_LEFT not in searched.text


def test_every_page_is_closed_to_scripts_frames_and_caches(site: ConsoleSite) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    browser = site.signed_in(PAUL)
    for path in ("/crm", f"/crm/contact/{anna.ref.id}", "/me", "/signin/x", "/connect/x", "/nowhere", "/crm/contact/77"):
        headers: Headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert "script-src" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
    style = browser.get(re.findall(r'rel="stylesheet" href="([^"]+)"', browser.get("/crm").text)[0])
    assert style.mimetype == "text/css"
    assert style.headers["X-Content-Type-Options"] == "nosniff"


def test_another_method_is_405(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    token = csrf_token(browser.get("/me").text)
    answer = browser.post("/crm", data={"csrf_token": token})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "That does not work here" in answer.text


def test_our_own_fault_is_a_plain_500(site: ConsoleSite) -> None:
    @site.app.get("/breaks")
    def breaks() -> str:
        raise RuntimeError("secret detail")

    answer = site.browser().get("/breaks")
    assert answer.status_code == 500
    assert "The fault is ours" in answer.text
    assert "secret detail" not in answer.text


def test_my_account_keeps_further_addresses(site: ConsoleSite) -> None:
    browser = site.signed_in(PAUL)
    page = browser.get("/me").text
    for words in (PAUL.email, "northlight.example", "Northlight", "Administrator", "Managing director", "never offers your own addresses"):
        assert words in page
    token = csrf_token(page)
    answer = browser.post("/me", data={"csrf_token": token, "aliases": " Paul@Northlight.example\r\n\r\np.martin+crm@courrier.example\r\n"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me?saved=1")
    saved = browser.get("/me?saved=1").text
    assert "Saved." in saved
    assert "paul@northlight.example\np.martin+crm@courrier.example</textarea>" in saved
    assert site.person(PAUL).aliases == ("paul@northlight.example", "p.martin+crm@courrier.example")
    assert site.person(SAM).aliases == ()

    browser.post("/me", data={"csrf_token": token, "aliases": ""})
    assert site.person(PAUL).aliases == ()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("good@firm.example\nno address", "Line 2 is not a mail address."),
        ("a@b", "Line 1 is not a mail address."),
        ("a b@firm.example", "Line 1 is not a mail address."),
        ("<script>@firm.example", "Line 1 is not a mail address."),
        ("a@firm.example, b@firm.example", "Line 1 is not a mail address."),
        ("x" * 250 + "@firm.example", "Line 1 is not a mail address."),
        (f"a@firm.example{RIGHT_TO_LEFT}", "Line 1 is not a mail address."),
        ("a@firm.example\nA@FIRM.example", "Line 2 repeats an address from above."),
        (PAUL.email.upper(), "Line 1 is your main address; it counts anyway."),
        ("\n".join(f"a{number}@firm.example" for number in range(21)), "At most 20 addresses are possible."),
    ],
)
def test_a_wrong_address_is_told_at_the_field(site: ConsoleSite, typed: str, problem: str) -> None:
    browser = site.signed_in(PAUL)
    token = csrf_token(browser.get("/me").text)
    answer = browser.post("/me", data={"csrf_token": token, "aliases": typed})
    assert answer.status_code == 422
    assert problem in answer.text
    assert 'aria-invalid="true"' in answer.text
    kept = html.unescape(answer.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0])
    assert kept.strip() == typed.replace(RIGHT_TO_LEFT, "").strip()
    assert site.person(PAUL).aliases == ()


def test_the_page_speaks_the_browsers_language(site: ConsoleSite) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    site.add_deal_and_note(PAUL, anna.ref, "Lights", "Note")
    browser = site.signed_in(PAUL)
    british = browser.get(f"/crm/contact/{anna.ref.id}", headers={"Accept-Language": "xx, en-GB;q=0.8"}).text
    american = browser.get(f"/crm/contact/{anna.ref.id}", headers={"Accept-Language": "en-US"}).text
    assert '<html lang="en">' in british
    assert "closes 4 Mar 2026" in british
    assert "closes Mar 4, 2026" in american
    for odd in ("*", "", "tlh", "en-" + "x" * 5000, "é"):
        assert browser.get("/crm", headers={"Accept-Language": odd}).status_code == 200


def test_times_name_their_zone(site: ConsoleSite) -> None:
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    site.add_deal_and_note(PAUL, anna.ref, "Lights", "Note")
    page = site.signed_in(PAUL).get(f"/crm/contact/{anna.ref.id}").text
    assert f'<time datetime="{NOON.isoformat()}">' in page
    assert re.search(r"Mar 4, 2026, 12:30\sPM UTC</time>", page)


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("width", "dark"), [(1200, False), (360, False), (360, True)])
def test_in_a_browser_by_keyboard_and_at_every_width(site: ConsoleSite, new_page: NewPage, width: int, dark: bool) -> None:
    crm = site.crm(PAUL)
    anna = add_contact(crm, "Roy", "anna.roy@ateliers-roy.example", first_name="Anna", company="W" * 120, description="long" * 200)
    crm.attach_email(anna.ref, mail_copy(1, "S" * 300, "http://" + "t" * 500))
    with site.served() as address:
        page = new_page(width=width, dark=dark)
        page.goto(address + "/signin/" + site.codes.issue(site.person(PAUL).id, f"/crm/contact/{anna.ref.id}"))
        assert page.get_by_role("heading", level=1).inner_text() == "Anna Roy"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        paths = [f"/crm/contact/{anna.ref.id}", "/crm", "/me", f"/crm/contact/{anna.ref.id}/emails/{crm.emails(anna.ref).entries[0].id}"]
        for path in paths:
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
            assert colours == (["rgb(230, 236, 234)", "rgb(18, 23, 22)"] if dark else ["rgb(23, 32, 31)", "rgb(244, 246, 246)"])

        page.goto(address + "/crm")
        page.get_by_role("searchbox").fill("anna")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Anna Roy").click()
        page.get_by_role("link", name="S" * 300).click()
        assert "t" * 500 in page.locator(".mailtext").inner_text()
        page.goto(address + "/me")
        page.get_by_label("One address a line").fill("paul@northlight.example")
        page.get_by_role("button", name="Save").click()
        assert page.get_by_role("status").inner_text() == "Saved."
    assert site.person(PAUL).aliases == ("paul@northlight.example",)


def test_a_reference_is_quoted_in_addresses(site: ConsoleSite) -> None:
    add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    page = site.signed_in(PAUL).get("/crm?kind=contact").text
    link = re.findall(r'<th scope="row"><a href="([^"]+)"', page)[0]
    record = site.crm(PAUL).get(Ref(Kind.CONTACT, link.rpartition("/")[2]))
    assert site.crm(PAUL).record_url(record.ref).endswith(link)
