"""Google's card widgets, typed: a card is built of these, checked where it is built, and written by `write`.

Names and limits are Google's (google.apps.card.v1). Only what the add-on uses is here. Where a field takes HTML its
type is Markup; everything of type str is plain and goes through `text.plain` here, so that no caller can forget it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from markupsafe import Markup

from addon.cards.actions import Action
from addon.cards.text import clean, plain, typeable

MAX_WIDGETS = 100
MAX_CHOICES = 100
MAX_MENU = 10
PRIMARY_COLOUR = {"red": 0.043, "green": 0.341, "blue": 0.816, "alpha": 1}
SECONDARY_COLOUR = {"red": 0.91, "green": 0.94, "blue": 0.98, "alpha": 1}

Json = dict[str, object]
Sign = Callable[[Action], Json]
"""Turns a button's payload into Google's Action object: the URL called, and the signed parameters."""


class CardError(ValueError):
    """A card Google would refuse or cut: a programming error, caught where the card is built."""


class Icon(StrEnum):
    """Google's knownIcon names."""

    PERSON = "PERSON"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PLACE = "MAP_PIN"
    CLOCK = "CLOCK"
    DOCUMENT = "DESCRIPTION"
    MONEY = "DOLLAR"
    BOOKMARK = "BOOKMARK"
    STAR = "STAR"
    COMPANY = "STORE"
    PEOPLE = "MULTIPLE_PEOPLE"
    CONFIRMATION = "CONFIRMATION_NUMBER_ICON"


@dataclass(frozen=True, slots=True)
class Press:
    """A click that comes back to us."""

    action: Action

    def write(self, sign: Sign) -> Json:
        return {"action": sign(self.action)}


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A click that opens a page, a phone call or a mail; https, http on this machine, tel or mailto."""

    url: str

    def write(self, _sign: Sign) -> Json:
        return {"openLink": {"url": self.url}}


OnClick = Press | OpenLink


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    on_click: OnClick

    def __post_init__(self) -> None:
        if not self.text:
            raise CardError("a button without text")

    def write(self, sign: Sign) -> Json:
        return {"text": plain(self.text), "onClick": self.on_click.write(sign)}


@dataclass(frozen=True, slots=True)
class TextParagraph:
    text: Markup

    def __post_init__(self) -> None:
        if not self.text:
            raise CardError("an empty paragraph")

    def write(self, _sign: Sign) -> Json:
        return {"textParagraph": {"text": str(self.text)}}


@dataclass(frozen=True, slots=True)
class DecoratedText:
    """A row: icon, small label above, text, small line below; the whole row can be pressed, and carry one button."""

    text: Markup
    label: str = ""
    below: str = ""
    icon: Icon | None = None
    on_click: OnClick | None = None
    button: Button | None = None

    def __post_init__(self) -> None:
        if not self.text:
            raise CardError("a row without text")

    def write(self, sign: Sign) -> Json:
        row: Json = {"text": str(self.text), "wrapText": True}
        if self.label:
            row["topLabel"] = plain(self.label)
        if self.below:
            row["bottomLabel"] = plain(self.below, 400)
        if self.icon:
            row["startIcon"] = {"knownIcon": self.icon.value}
        if self.on_click:
            row["onClick"] = self.on_click.write(sign)
        if self.button:
            row["button"] = self.button.write(sign)
        return {"decoratedText": row}


@dataclass(frozen=True, slots=True)
class SwitchRow:
    """A row with a tick box; ticked, it comes back in the form under `name`."""

    name: str
    text: Markup
    label: str = ""
    below: str = ""
    on: bool = False

    def __post_init__(self) -> None:
        if not self.text:
            raise CardError("a row without text")

    def write(self, _sign: Sign) -> Json:
        switch = {"name": self.name, "value": "1", "selected": self.on, "controlType": "CHECK_BOX"}
        row: Json = {"text": str(self.text), "wrapText": True, "switchControl": switch}
        if self.label:
            row["topLabel"] = plain(self.label)
        if self.below:
            row["bottomLabel"] = plain(self.below, 400)
        return {"decoratedText": row}


@dataclass(frozen=True, slots=True)
class ButtonList:
    buttons: tuple[Button, ...]

    def __post_init__(self) -> None:
        if not self.buttons:
            raise CardError("an empty button list")

    def write(self, sign: Sign) -> Json:
        return {"buttonList": {"buttons": [button.write(sign) for button in self.buttons]}}


@dataclass(frozen=True, slots=True)
class TextInput:
    """`name` is the key in the form that comes back; `hint` stands under the field; `max_length` in characters."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    multiline: bool = False
    max_length: int | None = None

    def write(self, _sign: Sign) -> Json:
        field: Json = {"name": self.name, "label": plain(self.label), "type": "MULTIPLE_LINE" if self.multiline else "SINGLE_LINE"}
        if self.value:
            field["value"] = typeable(self.value)
        if self.hint:
            field["hintText"] = plain(self.hint, 300)
        if self.max_length:
            field["validation"] = {"characterLimit": self.max_length, "inputType": "TEXT"}
        return {"textInput": field}


@dataclass(frozen=True, slots=True)
class Option:
    text: str
    value: str
    selected: bool = False


class SelectionType(StrEnum):
    DROPDOWN = "DROPDOWN"
    RADIO = "RADIO_BUTTON"
    SWITCH = "SWITCH"


@dataclass(frozen=True, slots=True)
class Selection:
    """A choice among at most 100 options; `on_change` comes back to us with the whole form."""

    name: str
    label: str
    type: SelectionType
    options: tuple[Option, ...]
    on_change: Action | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.options) <= MAX_CHOICES:
            raise CardError(f"{self.name}: {len(self.options)} options; 1 to {MAX_CHOICES} fit")

    def write(self, sign: Sign) -> Json:
        items = [{"text": plain(option.text) or "–", "value": option.value, "selected": option.selected} for option in self.options]
        field: Json = {"name": self.name, "label": plain(self.label), "type": self.type.value, "items": items}
        if self.on_change:
            field["onChangeAction"] = sign(self.on_change)
        return {"selectionInput": field}


@dataclass(frozen=True, slots=True)
class DatePicker:
    name: str
    label: str
    value: date | None = None

    def write(self, _sign: Sign) -> Json:
        field: Json = {"name": self.name, "label": plain(self.label), "type": "DATE_ONLY"}
        if self.value:
            midnight = datetime.combine(self.value, time(), UTC)
            field["valueMsEpoch"] = str(int(midnight.timestamp() * 1000))
        return {"dateTimePicker": field}


@dataclass(frozen=True, slots=True)
class Divider:
    def write(self, _sign: Sign) -> Json:
        return {"divider": {}}


Widget = TextParagraph | DecoratedText | SwitchRow | ButtonList | TextInput | Selection | DatePicker | Divider


@dataclass(frozen=True, slots=True)
class Section:
    """Widgets under a header. With `shown`, only that many are seen until the section is opened."""

    widgets: tuple[Widget, ...]
    header: str = ""
    shown: int | None = None

    def __post_init__(self) -> None:
        if not self.widgets:
            raise CardError("an empty section")

    def write(self, sign: Sign) -> Json:
        section: Json = {"widgets": [widget.write(sign) for widget in self.widgets]}
        if self.header:
            section["header"] = plain(self.header)
        if self.shown is not None and self.shown < len(self.widgets):
            section["collapsible"] = True
            section["uncollapsibleWidgetsCount"] = self.shown
        return section


@dataclass(frozen=True, slots=True)
class Footer:
    """The buttons that stay at the bottom of the sidebar: what the rep most likely wants next."""

    primary: Button
    secondary: Button | None = None

    def write(self, sign: Sign) -> Json:
        footer: Json = {"primaryButton": {**self.primary.write(sign), "color": PRIMARY_COLOUR}}
        if self.secondary:
            footer["secondaryButton"] = {**self.secondary.write(sign), "color": SECONDARY_COLOUR}
        return footer


@dataclass(frozen=True, slots=True)
class MenuEntry:
    label: str
    on_click: OnClick

    def write(self, sign: Sign) -> Json:
        return {"actionLabel": plain(self.label), "onClick": self.on_click.write(sign)}


@dataclass(frozen=True, slots=True)
class Card:
    """A whole card. `sections` may be empty only for a card that says all in its header."""

    title: str
    sections: tuple[Section, ...]
    subtitle: str = ""
    footer: Footer | None = None
    menu: tuple[MenuEntry, ...] = ()

    def __post_init__(self) -> None:
        if not self.title:
            raise CardError("a card without title")
        if sum(len(section.widgets) for section in self.sections) > MAX_WIDGETS:
            raise CardError(f"{self.title}: more than {MAX_WIDGETS} widgets")
        if len(self.menu) > MAX_MENU:
            raise CardError(f"{self.title}: more than {MAX_MENU} menu entries")

    def write(self, sign: Sign) -> Json:
        """Google's JSON."""
        header: Json = {"title": plain(self.title)}
        if self.subtitle:
            header["subtitle"] = plain(self.subtitle)
        card: Json = {"header": header, "sections": [section.write(sign) for section in self.sections]}
        if self.menu:
            card["cardActions"] = [entry.write(sign) for entry in self.menu]
        if self.footer:
            card["fixedFooter"] = self.footer.write(sign)
        return card


_DIALLABLE = re.compile(r"\+?[0-9][0-9 ().\-/\u00a0\u202f]{3,40}")


def phone_link(number: str) -> OpenLink | None:
    """A link that dials, or None for a text that is more than one number ("ask for Anna, ext. 12")."""
    text = clean(number)
    if not _DIALLABLE.fullmatch(text):
        return None
    # "+33 (0)1 23": the zero in brackets is for those who leave out the country.
    digits = re.sub(r"[^0-9+]", "", text.replace("(0)", "") if text.startswith("+") else text)
    return OpenLink(f"tel:{digits}")
