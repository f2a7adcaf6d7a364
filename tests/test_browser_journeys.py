"""The five things a rep does, with a mouse, in Debian's Chromium, over the whole running service; and the pictures of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.site import Site, running

pytestmark = pytest.mark.browser

PAUL = "paul.martin@northlight.example"
CLAIRE = "claire.dubois@northlight.example"
ROOMY = {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site")
    with running(f"sqlite:///{directory}/sidecard.sqlite", directory / "playground") as site:
        yield site


def opened(page: Page, site: Site, mail: str = "", user: str = PAUL, **state: str) -> Page:
    extra = "".join(f"&{name}={value}" for name, value in state.items())
    page.goto(f"{site.base_url}/playground?user={user}&mail={mail}{extra}")
    return ready(page)


def ready(page: Page) -> Page:
    page.wait_for_selector('body[data-ready="1"]')
    return page


def shows(page: Page, text: str) -> None:
    """The sidebar says it (or the notice above it does)."""
    expect(page.locator("#addon").get_by_text(text).first).to_be_visible()


def sidebar_button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    ready(page)


def test_adding_a_lead(site: Site, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(**ROOMY), site, "04-julien-unknown-signature")
    sidebar_button(page, "Add as lead")
    expect(page.get_by_label("Last name *")).to_have_value("Petit")
    expect(page.get_by_label("Company *")).to_have_value("Menuiserie Petit SARL")
    shows(page, "from the signature: Menuiserie Petit SARL")
    page.get_by_label("Phone", exact=True).fill("+33 1 99 00 44 55")
    page.get_by_label("Company *").fill("")
    sidebar_button(page, "Add to the CRM")
    shows(page, "Company is needed.")
    expect(page.get_by_label("Phone", exact=True)).to_have_value("+33 1 99 00 44 55")
    page.get_by_label("Company *").fill("Menuiserie Petit")
    sidebar_button(page, "Add to the CRM")
    shows(page, "Julien Petit is now a lead in the CRM.")
    shows(page, "+33 1 99 00 44 55")
    shows(page, "Lead · Menuiserie Petit")


def test_correcting_a_number(site: Site, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(**ROOMY), site, "01-anna-quote-request")
    sidebar_button(page, "Change fields")
    page.get_by_label("Mobile", exact=True).fill("+33 6 39 98 41 07")
    sidebar_button(page, "Save")
    shows(page, "Saved: Mobile")
    shows(page, "+33 6 39 98 41 07")


def test_linking_and_the_colleague_sees_it(site: Site, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(**ROOMY), site, "03-henri-several-people")
    sidebar_button(page, "Link mail")
    shows(page, "By you")
    colleague = opened(new_page(**ROOMY), site, "01-henri-several-people", user=CLAIRE)
    shows(colleague, "Par Paul Martin")


def test_view_in_crm_shows_the_record_with_the_mail(site: Site, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(**ROOMY), site, "26-lucia-emoji-inline-image")
    sidebar_button(page, "Link mail")
    with page.expect_popup() as popup:
        page.get_by_role("button", name="View in CRM", exact=True).first.click()
    record = popup.value
    record.wait_for_load_state()
    expect(record.get_by_role("heading", name="Lucía Fernández")).to_be_visible()
    subject = next(mail.subject for mail in site.mailboxes.of(PAUL).mails if mail.name.startswith("26-"))
    link = record.get_by_role("link", name=subject)
    expect(link).to_be_visible()
    link.click()
    expect(record.get_by_role("heading", name=subject)).to_be_visible()


def test_searching_from_home(site: Site, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(**ROOMY), site)
    page.get_by_label("Search leads and contacts").fill("vogel")
    sidebar_button(page, "Search")
    page.locator("#addon").get_by_text("Petra Vogel").first.click()
    ready(page)
    shows(page, "Contact · Vogel Ladenbau")


def test_connecting_a_crm(site: Site, new_page: Callable[..., Page]) -> None:
    page = opened(new_page(**ROOMY), site, user="sam.reed@harbour.example")
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Connect", exact=True).first.click()
    connect = popup.value
    connect.wait_for_load_state()
    expect(connect.get_by_text("sam.reed@harbour.example").first).to_be_visible()
    connect.get_by_role("button").first.click()
    expect(connect.get_by_text("Refresh", exact=False).first).to_be_visible()
    connect.close()
    # The sidebar loads again by itself when the window closes.
    shows(page, "Connected to")


@pytest.mark.parametrize(
    ("name", "mail", "state"),
    [
        ("sidebar", "01-anna-quote-request", {"theme": "light"}),
        ("sidebar-dark", "02-emily-lead-and-contact", {"theme": "dark"}),
        ("sidebar-unknown", "05-hannah-unknown-german", {"theme": "light"}),
        ("sidebar-french", "15-forwarded-outlook-french", {"theme": "light", "lang": "fr"}),
    ],
)
def test_picture_of_the_sidebar(
    site: Site, new_page: Callable[..., Page], pictures: Path, name: str, mail: str, state: dict[str, str]
) -> None:
    page = opened(new_page(**ROOMY), site, mail, **state)
    page.wait_for_timeout(300)
    page.screenshot(path=pictures / f"{name}.png")
    assert (pictures / f"{name}.png").stat().st_size > 20_000


def test_picture_of_the_sidebar_on_a_phone(site: Site, new_page: Callable[..., Page], pictures: Path) -> None:
    page = opened(new_page(width=420, height=880), site, "14-forwarded-gmail-english", view="phone", theme="light")
    page.screenshot(path=pictures / "sidebar-phone.png")
    box = page.locator("#addon").get_by_text("Wrote the forwarded mail").first.bounding_box()
    assert box is not None
    assert box["width"] <= 360


def test_picture_of_the_record_page(site: Site, new_page: Callable[..., Page], pictures: Path) -> None:
    page = opened(new_page(**ROOMY), site, "42-anna-payment-terms-in-copy")
    with page.expect_popup() as popup:
        page.get_by_role("button", name="View in CRM", exact=True).first.click()
    popup.value.wait_for_load_state()
    popup.value.screenshot(path=pictures / "record.png", full_page=True)
    expect(popup.value.get_by_role("heading", name="Anna Roy")).to_be_visible()
