"""A record's page beyond reading: adding notes and tasks, and saving the files of its mails."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from crm_client.embedded.organisation import Condition
from crm_client.records import AttachedFile, AttachmentNote, Kind, NewTask, Record
from db import Database, now
from tests.browser import NewPage
from tests.console_site import CLAIRE, PAUL, ConsoleSite, add_contact, csrf_token, mail_copy

PROBE = '"></textarea></details><script>alert(1)</script>{{ 7*7 }}'
_KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


@pytest.fixture
def site(database: Database) -> ConsoleSite:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    return site


@pytest.fixture
def anna(site: ConsoleSite) -> Record:
    return add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")


def drawn(browser: FlaskClient, record: Record) -> dict[str, str]:
    """What the page puts into its forms unseen."""
    page = browser.get(f"/crm/contact/{record.ref.id}").text
    return {"csrf_token": csrf_token(page), "key": _KEY.findall(page)[0]}


def notes(site: ConsoleSite, record: Record) -> list[str]:
    return [note.text for note in site.crm(PAUL).activity(record.ref).notes or ()]


def tasks(site: ConsoleSite, record: Record) -> list[str]:
    return [task.title for task in site.crm(PAUL).activity(record.ref).tasks or ()]


# --- notes


def test_a_note_is_added_and_shown(site: ConsoleSite, anna: Record) -> None:
    browser, path = site.signed_in(PAUL), f"/crm/contact/{anna.ref.id}"
    answer = browser.post(f"{path}/notes", data={**drawn(browser, anna), "text": "Called.\r\nShe <agrees>."})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?added=note#notes")
    page = browser.get(f"{path}?added=note").text
    assert '<p class="notice" role="status">The note is added.</p>' in page
    assert "Called.\nShe &lt;agrees&gt;." in page
    assert notes(site, anna) == ["Called.\nShe <agrees>."]
    assert 'role="status"' not in browser.get(path).text


def test_a_form_sent_twice_counts_once_and_filled_in_anew_it_is_another(site: ConsoleSite, anna: Record) -> None:
    browser, path = site.signed_in(PAUL), f"/crm/contact/{anna.ref.id}"
    form = drawn(browser, anna)
    for text in ("Called.", "Called.", "Called again.", "Called."):
        assert browser.post(f"{path}/notes", data={**form, "text": text}).status_code == 303
        assert browser.post(f"{path}/tasks", data={**form, "title": text}).status_code == 303
    assert sorted(notes(site, anna)) == sorted(tasks(site, anna)) == ["Called again.", "Called."]
    # The same words in a form drawn anew are meant.
    assert browser.post(f"{path}/notes", data={**drawn(browser, anna), "text": "Called."}).status_code == 303
    assert len(notes(site, anna)) == 3


@pytest.mark.parametrize("key", ["", "x", "a\x00b", "9" * 5_000])
def test_a_form_without_its_key_is_a_click_of_its_own(site: ConsoleSite, anna: Record, key: str) -> None:
    browser, path = site.signed_in(PAUL), f"/crm/contact/{anna.ref.id}"
    for _time in range(2):
        browser.post(f"{path}/notes", data={"csrf_token": drawn(browser, anna)["csrf_token"], "key": key, "text": "Called."})
    assert notes(site, anna) == ["Called.", "Called."]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [(" \r\n ", "Write something first."), (PROBE + "x" * 32_000, "At most 32,000 characters are possible.")],
)
def test_a_refused_note_comes_back_with_what_is_wrong(site: ConsoleSite, anna: Record, typed: str, problem: str) -> None:
    browser = site.signed_in(PAUL)
    form = drawn(browser, anna)
    answer = browser.post(f"/crm/contact/{anna.ref.id}/notes", data={**form, "text": typed})
    assert answer.status_code == 422
    assert f'<p class="problems" id="text-problem" role="alert">{problem}</p>' in answer.text
    assert answer.text.count(" autofocus") == 1
    assert "<script" not in answer.text
    area = answer.text.partition('<textarea id="text"')[2].partition("</textarea>")[0]
    assert 'aria-invalid="true" aria-describedby="text-problem" autofocus' in area
    assert html.unescape(area.partition(">\n")[2]) == typed.replace("\r", "")
    assert form["key"] in answer.text
    assert notes(site, anna) == []


# --- tasks


def test_a_task_is_added_with_its_day_and_owner(site: ConsoleSite, anna: Record) -> None:
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {Kind.CONTACT: ("view",)})
    claire = next(user for user in site.crm(PAUL).users() if user.name == "Claire Dubois")
    browser, path = site.signed_in(PAUL), f"/crm/contact/{anna.ref.id}"
    before = browser.get(path).text
    assert re.findall(r'<option value="\d+"( selected)?>([^<]+)', before) == [("", "Claire Dubois"), (" selected", "Paul Martin")]
    sent = {**drawn(browser, anna), "title": "Send the plans", "due_on": "2026-03-04", "owner_id": claire.id}
    answer = browser.post(f"{path}/tasks", data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?added=task#tasks")
    page = browser.get(f"{path}?added=task").text
    assert '<p class="notice" role="status">The task is added.</p>' in page
    assert "<bdi>Claire Dubois</bdi> · due Mar 4, 2026" in page
    (task,) = site.crm(PAUL).activity(anna.ref).tasks or ()
    assert (task.title, task.owner.id, str(task.due_on)) == ("Send the plans", claire.id, "2026-03-04")


def test_only_a_task_whose_day_is_over_is_overdue(site: ConsoleSite, anna: Record) -> None:
    crm, today = site.crm(PAUL), now().date()
    crm.add_task(anna.ref, NewTask("Late", today - timedelta(days=2)), "1")
    crm.add_task(anna.ref, NewTask("In time", today + timedelta(days=2)), "2")
    crm.add_task(anna.ref, NewTask("Some day"), "3")
    page = site.signed_in(PAUL).get(f"/crm/contact/{anna.ref.id}").text
    lines = page.partition('id="tasks"')[2].partition("</section>")[0].split("<li>")[1:]
    assert [("Late" in line, "overdue" in line) for line in lines] == [(True, True), (False, False), (False, False)]


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({"title": " "}, {"title": "A task needs a title."}),
        (
            {"title": PROBE * 5, "owner_id": "999999"},
            {"title": "At most 255 characters are possible.", "owner_id": "Choose somebody from the list."},
        ),
        ({"title": "Plans", "due_on": "next week"}, {"due_on": "This is not a date."}),
        ({"title": "Plans", "due_on": "2026-02-30"}, {"due_on": "This is not a date."}),
    ],
)
def test_a_refused_task_comes_back_with_what_is_wrong(
    site: ConsoleSite, anna: Record, typed: dict[str, str], problems: dict[str, str]
) -> None:
    browser = site.signed_in(PAUL)
    answer = browser.post(f"/crm/contact/{anna.ref.id}/tasks", data={**drawn(browser, anna), **typed})
    assert answer.status_code == 422
    assert dict(re.findall(r'<p class="problems" id="(\w+)-problem" role="alert">([^<]+)</p>', answer.text)) == problems
    assert answer.text.count(" autofocus") == 1
    assert "<script" not in answer.text
    for name in ("title", "due_on"):
        value = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', answer.text)
        assert value
        assert html.unescape(value[1]) == typed.get(name, "")
    assert tasks(site, anna) == []


# --- who may


def test_what_did_not_come_from_our_page_changes_nothing(site: ConsoleSite, anna: Record) -> None:
    browser, path = site.signed_in(PAUL), f"/crm/contact/{anna.ref.id}"
    form = drawn(browser, anna)
    for place, data in (("notes", {"text": "Called."}), ("tasks", {"title": "Call"})):
        assert browser.post(f"{path}/{place}", data={**form, **data, "csrf_token": "forged"}).status_code == 400
        assert site.browser().post(f"{path}/{place}", data={**form, **data}).status_code == 400
    assert (notes(site, anna), tasks(site, anna)) == ([], [])


@pytest.mark.parametrize(("rights", "status"), [(("view",), 303), ((), 403)])
def test_who_may_view_the_record_may_add_to_it(site: ConsoleSite, anna: Record, rights: tuple[str, ...], status: int) -> None:
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {Kind.CONTACT: rights})
    claire, path = site.signed_in(CLAIRE), f"/crm/contact/{anna.ref.id}"
    token = csrf_token(claire.get("/me").text)
    assert claire.post(f"{path}/notes", data={"csrf_token": token, "text": "Called."}).status_code == status
    assert claire.post(f"{path}/tasks", data={"csrf_token": token, "title": "Call"}).status_code == status
    assert len(notes(site, anna)) == len(tasks(site, anna)) == (1 if rights else 0)


def test_a_form_sent_again_after_an_outage_counts_once(site: ConsoleSite, anna: Record) -> None:
    browser, path = site.signed_in(PAUL), f"/crm/contact/{anna.ref.id}/notes"
    sent = {**drawn(browser, anna), "text": "Called."}
    site.set_condition(PAUL, Condition.DOWN)
    assert browser.post(path, data=sent).status_code == 503
    site.set_condition(PAUL, Condition.UP)
    assert [browser.post(path, data=sent).status_code for _time in range(2)] == [303, 303]
    assert notes(site, anna) == ["Called."]


# --- files


def attach(site: ConsoleSite, record: Record, name: str, content: bytes, mime_type: str = "text/html") -> str:
    """The path of the mail that holds this file, a larger one, and one nobody read."""
    crm = site.crm(PAUL)
    listed = (AttachmentNote(name, mime_type, len(content)), *(AttachmentNote(other, "x/y", 9) for other in ("huge", "lost")))
    files = (AttachedFile(0, name, mime_type, content), AttachedFile(1, "huge", "x/y", bytes(10_000_001)))
    crm.attach_email(record.ref, mail_copy(1, attachments=listed), files)
    entries = crm.emails(record.ref).entries
    return f"/crm/contact/{record.ref.id}/emails/{entries[0].id}"


def test_a_file_is_saved_and_never_shown(site: ConsoleSite, anna: Record) -> None:
    content = b"<script>alert(1)</script>\x00\xff"
    path = attach(site, anna, "Angebot – été.html", content)
    browser = site.signed_in(PAUL)
    for page in (browser.get(path).text, browser.get(f"/crm/contact/{anna.ref.id}").text):
        assert re.findall(r'<a href="([^"]+)" download>', page) == [f"{path}/files/0"]
        assert "huge</bdi> (9 bytes, too large to keep)" in page
        assert "lost</bdi> (9 bytes, only the name is kept)" in page
    answer = browser.get(f"{path}/files/0")
    assert answer.data == content
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''Angebot%20%E2%80%93%20%C3%A9t%C3%A9.html" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["", '"; filename="x.exe', "../../etc/passwd", "a\u202egpj.exe", "x" * 255, "\U0001f4a1"])
def test_no_name_breaks_the_download(site: ConsoleSite, anna: Record, name: str) -> None:
    path = attach(site, anna, name, b"content")
    answer = site.signed_in(PAUL).get(f"{path}/files/0")
    assert (answer.status_code, answer.data) == (200, b"content")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename")
    assert "%E2%80%AE" not in disposition
    assert 'filename="x.exe' not in disposition.replace('\\"', "")


def test_a_file_is_closed_to_who_may_not_see_its_record(site: ConsoleSite, anna: Record) -> None:
    site.add_user(PAUL, "Claire Dubois", CLAIRE.email, {Kind.LEAD: ("view",)})
    path = attach(site, anna, "offer.pdf", b"content")
    assert site.signed_in(CLAIRE).get(f"{path}/files/0").status_code == 403
    assert site.browser().get(f"{path}/files/0").status_code == 401
    paul = site.signed_in(PAUL)
    for missing in ("1", "2", "3", "-1", "x", "9" * 40):
        assert paul.get(f"{path}/files/{missing}").status_code == 404


# --- in a browser


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("width", [1200, 360])
def test_by_keyboard_in_a_browser(site: ConsoleSite, anna: Record, new_page: NewPage, faults: list[str], width: int) -> None:
    attach(site, anna, "offer.pdf", b"content")
    with site.served() as address:
        page = new_page(width=width)
        page.goto(address + "/signin/" + site.codes.issue(site.person(PAUL).id, f"/crm/contact/{anna.ref.id}"))
        page.get_by_text("Add task").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("y" * 256)
        page.keyboard.press("Enter")
        assert page.get_by_role("alert").inner_text() == "At most 255 characters are possible."
        page.wait_for_load_state()
        faults.clear()  # Chromium complains of every 422
        title = page.get_by_label("Title")
        assert title.evaluate("field => field === document.activeElement")
        assert title.input_value() == "y" * 256
        title.fill("Send the plans")
        page.get_by_label("Due date").fill("2026-03-04")
        page.get_by_label("Owner").select_option(label="Paul Martin")
        page.get_by_role("button", name="Save task").click()
        assert page.get_by_role("status").inner_text() == "The task is added."
        page.get_by_text("Add note").click()
        page.get_by_label("Note", exact=True).fill("W" * 200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("button", name="Save note").click()
        assert page.get_by_role("status").inner_text() == "The note is added."
        page.wait_for_load_state()  # with its style sheet
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        with page.expect_download() as download:
            page.get_by_role("link", name="offer.pdf").click()
        assert download.value.suggested_filename == "offer.pdf"
    assert (notes(site, anna), tasks(site, anna)) == (["W" * 200], ["Send the plans"])
