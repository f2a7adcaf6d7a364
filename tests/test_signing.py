"""A button of ours, of somebody else, of another route, of last week."""

import time
from typing import Any

import pytest

from addon.cards.actions import LinkMail
from addon.signing import LONGEST_OPEN, PARAMETER, Buttons, StaleButton
from crm_client.records import Kind

OLD, NEW = "o" * 32, "n" * 32
PRESS = LinkMail(Kind.CONTACT, "101", "Anna Roy")


def token(buttons: Buttons, sub: str = "1", message: str = "18b") -> str:
    written: dict[str, Any] = buttons.sign_for(sub, message)(PRESS)
    assert written["function"] == "https://sidecard.example/addon/act/link-mail"
    [parameter] = written["parameters"]
    assert parameter["key"] == PARAMETER
    return parameter["value"]


def test_a_payload_comes_back() -> None:
    buttons = Buttons((NEW,), "https://sidecard.example")
    pressed = buttons.read(token(buttons), "link-mail", "1")
    assert (pressed.action, pressed.message_id) == (PRESS, "18b")


def test_keys_rotate() -> None:
    before = token(Buttons((OLD,), "https://sidecard.example"))
    assert Buttons((NEW, OLD), "https://sidecard.example").read(before, "link-mail", "1").action == PRESS
    with pytest.raises(StaleButton):
        Buttons((NEW,), "https://sidecard.example").read(before, "link-mail", "1")
    after = token(Buttons((NEW, OLD), "https://sidecard.example"))
    assert Buttons((NEW,), "https://sidecard.example").read(after, "link-mail", "1").action == PRESS


@pytest.mark.parametrize(("route", "sub"), [("link-mail", "2"), ("open-in-crm", "1"), ("nothing", "1")])
def test_for_nobody_else_and_nothing_else(route: str, sub: str) -> None:
    buttons = Buttons((NEW,), "https://sidecard.example")
    with pytest.raises(StaleButton):
        buttons.read(token(buttons), route, sub)


def test_forged_or_damaged_payloads() -> None:
    buttons = Buttons((NEW,), "https://sidecard.example")
    good = token(buttons)
    for bad in ("", "x", good[:-1], good.replace("101", "102"), good + "x", "é" * 50, "\x00", "[" * 5000, "." * 100):
        with pytest.raises(StaleButton):
            buttons.read(bad, "link-mail", "1")


def test_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    buttons = Buttons((NEW,), "https://sidecard.example")
    good = token(buttons)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + LONGEST_OPEN + 2)
    with pytest.raises(StaleButton):
        buttons.read(good, "link-mail", "1")
