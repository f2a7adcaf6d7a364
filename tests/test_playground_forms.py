"""What the forms of the playground's sidebar send, and what they keep, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.playground_cards import act, button, buttons, card, click, every_widget_card, fields, form_card, press, push
from tests.playground_site import OpenMail, PlaygroundSite, ready

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.playground_browser"]


def test_forms_send_google_s_value_objects(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    sidebar = opened(push(form_card(playground.url)))
    playground.addon.answers["act/save"] = click(notice="Saved")
    sidebar.get_by_role("button", name="Add lead").click()
    ready(page)
    untouched = {
        "kind": {"stringInputs": {"value": ["lead"]}},
        "first": {"stringInputs": {"value": ["Julien"]}},
        "last": {"stringInputs": {"value": ["Petit"]}},
        "also": {"stringInputs": {"value": ["yes"]}},
        "next": {"dateInput": {"msSinceEpoch": "1796083200000"}},
    }
    assert playground.addon.form == untouched, "empty texts, no choice and unticked boxes are absent"

    sidebar.get_by_label("First name").fill("")
    sidebar.get_by_label("Company *").fill('Petit & <fils> "SARL"')
    sidebar.get_by_label("Note").fill("one\ntwo")
    sidebar.get_by_label("Lead source").select_option(label="Trade fair")
    sidebar.get_by_label("Cold").check()
    sidebar.get_by_label("Workshops").check()
    sidebar.get_by_label("Offices").check()
    sidebar.get_by_role("switch", name="Link this mail too").uncheck()
    sidebar.get_by_label("Next contact on").fill("2027-01-02")
    sidebar.get_by_role("switch", name="No newsletter").check()
    sidebar.get_by_role("button", name="Add lead").click()
    ready(page)
    assert playground.addon.form == {
        "kind": {"stringInputs": {"value": ["lead"]}},
        "last": {"stringInputs": {"value": ["Petit"]}},
        "company": {"stringInputs": {"value": ['Petit & <fils> "SARL"']}},
        "note": {"stringInputs": {"value": ["one\ntwo"]}},
        "source": {"stringInputs": {"value": ["fair"]}},
        "rating": {"stringInputs": {"value": ["cold"]}},
        "topics": {"stringInputs": {"value": ["workshop", "office"]}},
        "next": {"dateInput": {"msSinceEpoch": "1798848000000"}},
        "quiet": {"stringInputs": {"value": [""]}},
    }


def test_times_are_sent_as_google_does(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    playground.addon.answers["act/filled"] = {}
    sidebar = opened(push(every_widget_card(playground.url)))
    sidebar.get_by_label("At", exact=True).fill("2026-11-22T09:30")
    sidebar.get_by_label("Time", exact=True).fill("17:05")
    sidebar.get_by_role("button", name="Filled").click()
    ready(page)
    assert playground.addon.form == {
        "at": {"dateTimeInput": {"hasDate": True, "hasTime": True, "msSinceEpoch": "1795339800000"}},
        "time": {"timeInput": {"hours": 17, "minutes": 5}},
    }


@pytest.mark.parametrize(("persist", "kept"), [(True, "typed"), (False, "")])
def test_an_updated_card_keeps_typed_values_of_equal_fields(
    playground: PlaygroundSite, page: Page, opened: OpenMail, *, persist: bool, kept: str
) -> None:
    """Only with persistValues: without it Google lets the answer decide. A field of another given value is another field."""
    go = buttons(button("Go", press(playground.url, "go", persistValues=persist)))
    sidebar = opened(push(card("Before", *fields(("same", ""), ("other", "one")), go)))
    playground.addon.answers["act/go"] = click({"updateCard": card("After", *fields(("same", ""), ("other", "two"), ("new", "three")))})
    sidebar.get_by_label("same").fill("typed")
    sidebar.get_by_label("other").fill("typed too")
    sidebar.get_by_role("button", name="Go").click()
    expect(sidebar.get_by_role("heading", name="After")).to_be_visible()
    expect(sidebar.get_by_label("same")).to_have_value(kept)
    expect(sidebar.get_by_label("other")).to_have_value("two")
    expect(sidebar.get_by_label("new")).to_have_value("three")


def test_a_change_calls_and_keeps_the_focus(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    playground.addon.answers["act/kind"] = click({"updateCard": form_card(playground.url)})
    sidebar = opened(push(form_card(playground.url)))
    sidebar.get_by_label("Company *").fill("Typed")
    sidebar.get_by_label("Add as").focus()
    page.keyboard.press("ArrowDown")
    ready(page)
    assert playground.addon.form["kind"] == {"stringInputs": {"value": ["contact"]}}
    expect(sidebar.get_by_label("Company *")).to_have_value("Typed")
    expect(sidebar.get_by_label("Add as")).to_have_value("contact")
    expect(sidebar.get_by_label("Add as")).to_be_focused()


def test_a_click_that_ends_an_input_sends_the_change_first(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    changed = {"textInput": {"name": "city", "label": "City", "onChangeAction": act(playground.url, "changed", persistValues=True)}}
    shown = card("Form", changed, buttons(button("Go", press(playground.url, "go"))))
    playground.addon.answers.update({"act/changed": click({"updateCard": shown}), "act/go": click(notice="Done")})
    sidebar = opened(push(shown))
    sidebar.get_by_label("City").fill("Lyon")
    sidebar.get_by_role("button", name="Go").click()
    expect(sidebar.get_by_text("Done")).to_be_visible()
    assert [path for path, _ in playground.addon.events] == ["message", "act/changed", "act/go"]


def test_required_fields_stop_a_click(playground: PlaygroundSite, page: Page, opened: OpenMail) -> None:
    shown = card("Form", *fields(("first", ""), ("last", "")), buttons(button("Go", press(playground.url, "go", requiredWidgets=["last"]))))
    playground.addon.answers["act/go"] = click(notice="Done")
    sidebar = opened(push(shown))
    sidebar.get_by_role("button", name="Go").click()
    expect(sidebar.get_by_text("Please fill in this field.")).to_be_visible()
    expect(sidebar.get_by_label("last")).to_be_focused()
    assert len(playground.addon.events) == 1
    page.keyboard.type("Petit")
    sidebar.get_by_role("button", name="Go").click()
    expect(sidebar.get_by_text("Done")).to_be_visible()
