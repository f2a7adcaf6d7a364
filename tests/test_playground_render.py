"""The playground in a real browser: every widget of its sidebar, the stack of cards, refused answers, and the page around it."""

import threading

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import NewPage
from tests.playground_cards import (
    button,
    buttons,
    card,
    click,
    every_widget_card,
    fields,
    form_card,
    press,
    push,
    record_card,
    text,
)
from tests.playground_site import MAIL, Answer, Json, OpenMail, PlaygroundSite, ready

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.playground_browser"]


def width(place: Locator) -> float:
    box = place.bounding_box()
    assert box
    return box["width"]


# ---- looks


def test_the_record_card_is_drawn_at_300_pixels(playground: PlaygroundSite, opened: OpenMail) -> None:
    sidebar = opened(push(record_card(playground.url)))
    assert width(sidebar) == 300
    expect(sidebar.get_by_role("heading", name="Anna Roy")).to_be_visible()
    expect(sidebar.locator(".card-subtitle")).to_have_text("Contact · Ateliers Roy, Lyon")
    phone = sidebar.locator(".row", has_text="+33 4 99 00 12 34")
    expect(phone.locator(".glyph-PHONE")).to_be_visible()
    expect(phone.locator(".row-top")).to_have_text("Phone")
    expect(phone.locator(".row-bottom")).to_have_text("Switchboard, ask for purchasing")
    expect(sidebar.locator("b", has_text="anna.roy@ateliers-roy.example")).to_have_count(1)
    expect(sidebar.locator("span", has_text="The CRM answered slowly.").last).to_have_css("color", "rgb(217, 48, 37)")
    primary, secondary = sidebar.get_by_role("button", name="Link this mail"), sidebar.get_by_role("button", name="View in CRM")
    expect(primary).to_have_css("background-color", "rgb(11, 87, 208)")
    expect(secondary).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    footer, whole = sidebar.locator(".card-footer").bounding_box(), sidebar.bounding_box()
    assert footer and whole
    assert footer["y"] + footer["height"] == pytest.approx(whole["y"] + whole["height"], abs=1)
    assert sidebar.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_a_section_shows_its_rest_on_demand(playground: PlaygroundSite, opened: OpenMail) -> None:
    sidebar = opened(push(record_card(playground.url)))
    hidden = sidebar.get_by_text("Showroom lamps")
    expect(sidebar.get_by_text("Lighting for hall 3")).to_be_visible()
    expect(hidden).to_be_hidden()
    sidebar.get_by_role("button", name="Show more").click()
    expect(hidden).to_be_visible()
    sidebar.get_by_role("button", name="Show less").click()
    expect(hidden).to_be_hidden()


def test_phones_show_the_card_as_a_sheet_and_say_so_to_the_addon(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    sidebar = opened(push(record_card(playground.url)), "&view=phone&theme=dark")
    assert width(sidebar) == 360
    assert playground.addon.last["commonEventObject"]["platform"] == "ANDROID"
    expect(sidebar).to_have_css("background-color", "rgb(27, 27, 27)")
    page.get_by_role("button", name="Hide the card").click()
    expect(page.locator("#addon")).to_have_css("height", "46px")
    page.get_by_role("button", name="Back to the mails").click()
    ready(page)
    expect(sidebar).to_be_hidden()
    expect(page.locator(".mail").first).to_be_visible()
    assert [path for path, _ in playground.addon.events] == ["message"], "an add-on has no home on phones"


def test_the_other_widgets(playground: PlaygroundSite, page: Page) -> None:
    playground.addon.answers.update(
        {
            "home": push(every_widget_card(playground.url)),
            "act/grid": {},
            "act/notes": {},
            "act/cities": {"autoComplete": {"items": [{"text": "Lille"}]}},
        }
    )
    page.goto(f"{playground.url}/playground")
    sidebar = ready(page)
    expect(sidebar.get_by_role("img", name="A plan of the hall")).to_be_visible()
    expect(sidebar.locator("hr")).to_have_count(1)
    sidebar.get_by_role("button", name="Round 40").click()
    ready(page)
    assert playground.addon.last["commonEventObject"]["parameters"] == {"grid_item_identifier": "two"}
    expect(sidebar.get_by_role("button", name="Archived")).to_be_disabled()
    expect(sidebar.get_by_role("button", name="Disabled")).to_be_disabled()
    expect(sidebar.get_by_role("button", name="Call")).to_be_visible()
    sidebar.get_by_role("button", name="More").click()
    expect(sidebar.get_by_role("menuitem", name="Off")).to_be_disabled()
    sidebar.get_by_role("menuitem", name="Notes").click()
    ready(page)
    assert playground.addon.events[-1][0] == "act/notes"
    sidebar.get_by_label("City").fill("Li")
    expect(sidebar.locator("datalist option")).to_have_attribute("value", "Lille")
    assert playground.addon.form == {"city": {"stringInputs": {"value": ["Li"]}}}


# ---- the stack, notifications, links, the menu


def test_cards_lie_on_each_other_and_go_back(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    url = playground.url
    first = card("First", *fields(("word", "")), buttons(button("Deeper", press(url, "second"))), name="first")
    second = card("Second", buttons(button("Third", press(url, "third"))))
    third = card(
        "Third", buttons(button("To first", press(url, "first")), button("Pop", press(url, "pop")), button("Root", press(url, "root")))
    )
    playground.addon.answers.update(
        {
            "act/second": click({"pushCard": second}),
            "act/third": click({"pushCard": third}),
            "act/pop": click({"pop": True}),
            "act/root": click({"popToRoot": True}, {"updateCard": card("New root", text("x"))}),
            "act/first": click({"popToCard": "first"}),
        }
    )
    sidebar = opened(push(first))
    title = sidebar.locator(".card-title")
    back = sidebar.get_by_role("button", name="Back")
    expect(back).to_be_hidden()
    sidebar.get_by_label("word").fill("typed")

    def deeper() -> None:
        sidebar.get_by_role("button", name="Deeper").click()
        expect(title).to_have_text("Second")
        sidebar.get_by_role("button", name="Third").click()
        expect(title).to_have_text("Third")

    deeper()
    sidebar.get_by_role("button", name="Pop").click()
    expect(title).to_have_text("Second")
    back.click()
    expect(title).to_have_text("First")
    expect(sidebar.get_by_label("word")).to_have_value("typed")
    expect(back).to_be_hidden()
    deeper()
    sidebar.get_by_role("button", name="To first").click()
    expect(title).to_have_text("First")
    deeper()
    sidebar.get_by_role("button", name="Root").click()
    expect(title).to_have_text("New root")
    expect(back).to_be_hidden()


def test_a_stale_root_is_asked_for_again(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    playground.addon.answers["act/add"] = click({"pushCard": card("Added", text("x"))}, changed=True)
    sidebar = opened(push(card("Before", buttons(button("Add", press(playground.url, "add"))))))
    sidebar.get_by_role("button", name="Add").click()
    expect(sidebar.get_by_role("heading", name="Added")).to_be_visible()
    playground.addon.answers["message"] = push(card("After", text("x")))
    sidebar.get_by_role("button", name="Back").click()
    expect(sidebar.get_by_role("heading", name="After")).to_be_visible()


def test_a_notification_is_read_aloud_and_a_double_click_calls_once(playground: PlaygroundSite, opened: OpenMail) -> None:
    playground.addon.answers["act/link"] = click(notice="Linked to <b>Anna</b>.")
    sidebar = opened(push(record_card(playground.url)))
    sidebar.get_by_role("button", name="Link this mail").dblclick()
    expect(sidebar.get_by_role("status").filter(has_text="Linked to <b>Anna</b>.")).to_be_visible()
    assert [path for path, _ in playground.addon.events].count("act/link") == 1


def test_the_menu_of_a_card_works_by_keyboard(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    playground.addon.answers["act/search"] = click({"pushCard": card("Search", text("x"))})
    sidebar = opened(push(record_card(playground.url)))
    menu = sidebar.get_by_role("button", name="More actions")
    menu.focus()
    page.keyboard.press("Enter")
    expect(sidebar.get_by_role("menuitem", name="Refresh")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(sidebar.get_by_role("menu")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(sidebar.get_by_role("heading", name="Search")).to_be_visible()
    expect(menu).to_be_hidden()


def test_links_open_a_page_that_cannot_reach_back(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    sidebar = opened(push(record_card(playground.url)))
    with page.context.expect_page() as new:
        sidebar.get_by_role("button", name="View in CRM").click()
    new.value.wait_for_url("**/elsewhere")
    assert new.value.evaluate("window.opener") is None


def test_an_overlay_that_is_closed_loads_the_card_again(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    link = {"url": f"{playground.url}/elsewhere", "openAs": "OVERLAY", "onClose": "RELOAD"}
    playground.addon.answers["act/connect"] = click(link=link)
    sidebar = opened(push(card("Connect", buttons(button("Sign in", press(playground.url, "connect"))))))
    with page.context.expect_page() as new:
        sidebar.get_by_role("button", name="Sign in").click()
    new.value.wait_for_url("**/elsewhere")
    playground.addon.answers["message"] = push(card("Connected", text("x")))
    new.value.close()
    expect(sidebar.get_by_role("heading", name="Connected")).to_be_visible()


def test_a_card_can_be_carried_by_a_button(playground: PlaygroundSite, opened: OpenMail) -> None:
    sidebar = opened(push(card("First", buttons(button("Look", {"card": card("Inside", text("x"))})))))
    sidebar.get_by_role("button", name="Look").click()
    expect(sidebar.get_by_role("heading", name="Inside")).to_be_visible()
    assert len(playground.addon.events) == 1


def test_authorisation_prompts(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    sidebar = opened({"basic_authorization_prompt": {"authorization_url": f"{playground.url}/elsewhere", "resource": "Example <CRM>"}})
    expect(sidebar.get_by_text("Example <CRM> wants you to sign in")).to_be_visible()
    with page.context.expect_page() as new:
        sidebar.get_by_role("button", name="Sign in").click()
    new.value.close()
    sidebar = opened({"custom_authorization_prompt": push(card("Please connect", text("x")))})
    expect(sidebar.get_by_role("heading", name="Please connect")).to_be_visible()
    sidebar = opened({"requesting_google_scopes": {"scopes": ["https://scope.example/one"]}})
    expect(sidebar.get_by_text("https://scope.example/one")).to_be_visible()
    playground.addon.answers["message"] = push(card("Allowed", text("x")))
    sidebar.get_by_role("button", name="Allow").click()
    expect(sidebar.get_by_role("heading", name="Allowed")).to_be_visible()


# ---- what must not get through


def test_markup_in_texts_never_becomes_an_element(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><b onclick="window.hit=1">bold</b> '
    evil += '<a href="javascript:window.hit=1">here</a>'
    hostile = {
        "header": {"title": evil, "subtitle": evil},
        "cardActions": [{"actionLabel": evil, "onClick": press(playground.url, "x")}],
        "sections": [
            {
                "header": evil,
                "widgets": [
                    text(evil + "<i>kept &amp; &lt;shown&gt;</i><table><tr><td>cell"),
                    {
                        "decoratedText": {
                            "text": evil,
                            "topLabel": evil,
                            "bottomLabel": evil,
                            "button": button(evil, press(playground.url, "x")),
                        }
                    },
                    {"textInput": {"name": evil, "label": evil, "hintText": evil, "value": evil}},
                    {"selectionInput": {"name": "s", "label": evil, "type": "RADIO_BUTTON", "items": [{"text": evil, "value": evil}]}},
                    {
                        "selectionInput": {
                            "name": "d",
                            "label": evil,
                            "type": "DROPDOWN",
                            "items": [{"text": evil, "value": evil, "selected": True}],
                        }
                    },
                    {"image": {"imageUrl": "javascript:window.hit=1", "altText": evil}},
                ],
            }
        ],
        "fixedFooter": {"primaryButton": button(evil, press(playground.url, "x"))},
    }
    playground.addon.answers["act/x"] = click(notice=evil)
    sidebar = opened(push(hostile))
    expect(sidebar.locator(".card-title")).to_have_text(evil)
    expect(sidebar.locator("i")).to_have_text("kept & <shown>")
    sidebar.locator(".card-footer button").click()
    expect(sidebar.locator(".toast")).to_have_text(evil)
    for forbidden in ("img", "script", "table", "[onclick]", "[onerror]", "a[href^='javascript']"):
        expect(sidebar.locator(forbidden)).to_have_count(0)
    assert page.evaluate("window.hit") is None


WIDGET = {"textParagraph": {"text": "x"}}
BROKEN: list[tuple[Answer, str]] = [
    (push(card("x", {"textParagraf": {"text": "x"}})), "Cannot find field: textParagraf"),
    (push(card("x", {"textParagraph": {"text": "x", "color": "red"}})), "Cannot find field: color"),
    (push(card("x", {**WIDGET, "divider": {}})), "only one of"),
    (push(card("x", {})), "empty Widget"),
    (push(card("x", {"textParagraph": {"text": 3}})), "must be a string"),
    (push(card("x", WIDGET, displayStyle="peek")), "unknown value"),
    (push(card("x", buttons(button("x", {"action": {"function": "save"}})))), "Internal error encountered"),
    ({"renderActions": {"action": {}}}, "Cannot find field: renderActions"),
    ({"action": {"notification": {"text": "x"}}}, "brings no card"),
    ({**push(card("x", WIDGET)), "stateChanged": True}, "Cannot find field: stateChanged"),
    ("<html>", "not JSON"),
    (500, "HTTP 500"),
]


def test_malformed_answers_show_gmail_s_error(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    sidebar = opened(push(card("Good", text("x"))))
    for answer, reason in BROKEN:
        playground.addon.answers["message"] = answer
        page.locator("#reload").click()
        alert = ready(page).get_by_role("alert")
        expect(alert).to_contain_text("Something went wrong when executing the add-on.")
        expect(alert.locator(".error-reason")).to_contain_text(reason)
        expect(sidebar.locator(".card")).to_have_count(0)
    playground.addon.answers["message"] = push(card("Good again", text("x")))
    page.locator("#reload").click()
    expect(sidebar.get_by_role("heading", name="Good again")).to_be_visible()
    expect(sidebar.locator(".error-box")).to_have_count(0)


def test_a_malformed_click_keeps_the_card(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    playground.addon.answers["act/save"] = push(card("Wrong", text("x")))
    sidebar = opened(push(form_card(playground.url)))
    sidebar.get_by_label("Company *").fill("Typed")
    sidebar.get_by_role("button", name="Add lead").click()
    expect(sidebar.locator(".error-reason")).to_contain_text("Cannot find field: action in SubmitFormResponse")
    expect(sidebar.get_by_label("Company *")).to_have_value("Typed")
    playground.addon.answers["message"] = push(card("Fresh", text("x")))
    sidebar.get_by_role("button", name="Load again").click()
    expect(sidebar.get_by_role("heading", name="Fresh")).to_be_visible()
    expect(sidebar.locator(".error-box")).to_have_count(0)


# ---- the page around it


def test_a_late_answer_to_another_mail_is_dropped(playground: PlaygroundSite, page: Page) -> None:
    def answer(event: Json) -> Json:
        if event["gmail"]["messageId"] == slow["id"]:
            page_moved.wait(10)
        return push(card("Slow" if event["gmail"]["messageId"] == slow["id"] else "Quick", text("x")))

    page_moved = threading.Event()
    slow = {"id": ""}
    playground.addon.answers["message"] = answer
    page.goto(f"{playground.url}/playground?mail={MAIL}")
    ready(page)
    slow["id"] = playground.addon.last["gmail"]["messageId"]
    page.get_by_role("button", name="Load again").click()
    expect(page.locator(".loading-bar")).to_be_visible()
    page.locator(".mail").nth(1).click()
    sidebar = ready(page)
    expect(sidebar.get_by_role("heading", name="Quick")).to_be_visible()
    with page.expect_response("**/fire"):
        page_moved.set()
    page.wait_for_timeout(100)
    expect(sidebar.get_by_role("heading", name="Quick")).to_be_visible()


def test_the_page_acts_as_others_and_the_address_says_so(playground: PlaygroundSite, page: Page) -> None:
    playground.addon.answers.update({"home": push(card("Home", text("x"))), "message": push(card("Mail", text("x")))})
    page.goto(f"{playground.url}/playground")
    ready(page)
    assert playground.addon.last["commonEventObject"]["userLocale"] == "en"
    page.get_by_label("Act as").select_option("claire.dubois@northlight.example")
    page.wait_for_url("**user=claire*")
    ready(page)
    assert playground.addon.last["commonEventObject"]["userLocale"] == "fr"
    page.locator("#controls [name=lang]").select_option("de")
    page.wait_for_url("**lang=de*")
    ready(page)
    assert playground.addon.last["commonEventObject"]["userLocale"] == "de"
    page.locator(".mail").first.click()
    page.wait_for_url("**mail=*")
    sidebar = ready(page)
    expect(sidebar.get_by_role("heading", name="Mail")).to_be_visible()
    expect(page.locator(".mail").first).to_have_attribute("aria-current", "true")
    expect(page.locator("#last-line")).to_contain_text("/addon/message: 200")
    page.go_back()
    expect(sidebar.get_by_role("heading", name="Home")).to_be_visible()


def test_mail_bodies_run_nothing(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    opened(push(card("x", text("x"))))
    frame = page.locator("iframe.letter-body")
    expect(frame).to_have_attribute("sandbox", "")
    expect(frame.content_frame.get_by_text("Directrice des achats")).to_be_visible()
    expect(page.locator(".letter-subject")).to_have_text("Demande de devis : éclairage de l'atelier menuiserie")


def test_the_gallery_draws_every_card_four_times(playground: PlaygroundSite, new_page: NewPage) -> None:
    playground.samples[:] = [("record", record_card(playground.url)), ("form", form_card(playground.url))]
    page = new_page(width=1500)
    page.goto(f"{playground.url}/playground/cards")
    page.locator("body[data-ready='1']").wait_for()
    drawn = page.locator("#record .drawn")
    assert [width(drawn.nth(number)) for number in range(4)] == [300, 360, 300, 360]
    expect(page.locator("#form [data-theme=dark] .card")).to_have_count(2)
    page.goto(f"{playground.url}/playground/card/form?theme=dark&view=phone")
    page.locator("body[data-ready='1']").wait_for()
    assert width(page.locator("#place")) == 360
    expect(page.locator("#place")).to_have_css("background-color", "rgb(27, 27, 27)")
