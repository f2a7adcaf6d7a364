"""Every sample card is one Google takes, and says what it should in every state."""

import dataclasses
import json
import subprocess
import sys
from typing import Any

import orjson
import pytest
from markupsafe import Markup

from addon.cards import widgets
from addon.cards.actions import ACTIONS, Action, LinkMail, Page, ShowHome, action_from, values_of
from addon.cards.samples import sample_cards
from addon.cards.text import clean, plain, rich
from crm_client.records import Kind
from tests.card_lint import check_card

BASE = "https://sidecard.example"
CARDS: dict[str, Any] = dict(sample_cards(BASE))


@pytest.mark.parametrize("name", CARDS)
def test_google_takes_the_card(name: str) -> None:
    assert check_card(CARDS[name]) == []


@pytest.mark.parametrize("name", CARDS)
def test_every_card_has_refresh_in_its_menu_unless_it_cannot_know_who_asks(name: str) -> None:
    labels = [entry["actionLabel"] for entry in CARDS[name].get("cardActions", [])]
    nameless = name.removeprefix("fr/") in ("state-unknown-caller", "state-unexpected", "state-cannot-verify")
    assert nameless or labels[0] in ("Refresh", "Actualiser")


@pytest.mark.parametrize("name", CARDS)
def test_typical_cards_are_small(name: str) -> None:
    assert len(orjson.dumps(CARDS[name])) < 12_000


def test_french_cards_are_french() -> None:
    for name, card in CARDS.items():
        if name.startswith("fr/") and "hostile" not in name:
            assert card != CARDS[name.removeprefix("fr/")], f"{name} reads as in English"


def test_hostile_text_stays_text() -> None:
    text = json.dumps(CARDS["message-hostile-text"], ensure_ascii=False)
    for forbidden in ("<script", "<a href", "<i>Paul", "<u>Claire", "\u202e", '"url": "javascript:'):
        assert forbidden not in text
    assert "x" * 500 not in text


def test_at_most_one_primary_button() -> None:
    for name, card in CARDS.items():
        coloured = json.dumps(card["sections"]).count('"color"')
        assert coloured == 0, f"{name}: only the footer has coloured buttons"


def test_the_command_prints_every_card() -> None:
    lines = subprocess.run([sys.executable, "-m", "addon.cards"], check=True, capture_output=True, text=True).stdout.splitlines()
    printed = {entry["name"]: entry["card"] for entry in map(json.loads, lines)}
    assert printed.keys() == CARDS.keys()


def test_every_payload_survives_its_journey() -> None:
    samples: dict[Any, Any] = {bool: True, int: 3, str: "text", Kind: Kind.LEAD, Page: Page.SETUP}
    for route, kind_of in ACTIONS.items():
        values = {one.name: samples.get(one.type, (("a", "b"),)) for one in dataclasses.fields(kind_of)}
        action = kind_of(**values)
        assert action_from(route, json.loads(json.dumps(values_of(action)))) == action


@pytest.mark.parametrize(
    ("route", "values"),
    [
        ("link-mail", []),
        ("link-mail", ["contact", 5]),
        ("link-mail", ["deal", "5"]),
        ("no-such", []),
        ("show-home", ["yes"]),
        ("open-console", ["/x"]),
    ],
)
def test_another_versions_payload_is_refused(route: str, values: list[object]) -> None:
    with pytest.raises(ValueError):
        action_from(route, values)


def test_limits_are_checked_where_a_widget_is_built() -> None:
    press = widgets.Press(ShowHome())
    with pytest.raises(widgets.CardError):
        widgets.Button("", press)
    with pytest.raises(widgets.CardError):
        widgets.Section(())
    with pytest.raises(widgets.CardError):
        widgets.TextParagraph(Markup(""))
    with pytest.raises(widgets.CardError):
        widgets.DecoratedText(Markup(""))
    with pytest.raises(widgets.CardError):
        widgets.ButtonList(())
    with pytest.raises(widgets.CardError):
        widgets.Selection("n", "l", widgets.SelectionType.DROPDOWN, ())
    with pytest.raises(widgets.CardError):
        widgets.Selection("n", "l", widgets.SelectionType.DROPDOWN, (widgets.Option("a", "a"),) * 101)
    row = widgets.DecoratedText(Markup("x"))
    with pytest.raises(widgets.CardError):
        widgets.Card("t", (widgets.Section((row,) * 101),))
    with pytest.raises(widgets.CardError):
        widgets.Card("t", (), menu=(widgets.MenuEntry("m", press),) * 11)
    with pytest.raises(widgets.CardError):
        widgets.Card("", ())


@pytest.mark.parametrize(
    ("number", "url"),
    [("+33 (0)1 99 00", "tel:+3319900"), ("01 99 00", "tel:019900"), ("ask me", None), ("", None), ("٣٣٣٣٣", None), ("javascript:1", None)],
)
def test_only_what_can_be_dialled_becomes_a_link(number: str, url: str | None) -> None:
    link = widgets.phone_link(number)
    assert (link.url if link else None) == url


def test_text_is_cut_cleaned_and_escaped() -> None:
    assert clean("a\u202eb\x00c\n d") == "abc d"
    assert len(clean("x" * 10_000)) == 120
    assert plain("<b>x</b>") == "‹b›x‹/b›"
    assert rich("<b>&") == "&lt;b&gt;&amp;"


def test_actions_are_named_by_what_they_do() -> None:
    assert LinkMail.route == "link-mail"
    assert all(issubclass(one, Action) for one in ACTIONS.values())
