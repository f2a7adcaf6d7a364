"""Would Gmail draw this answer? Google's own protobuf parser judges the card; a lint of our own finds what that parser
lets pass and Gmail does not (or draws as something nobody wants).

    check_card(card) -> problems, [] where there are none; each names the place: "sections[0].widgets[2].decoratedText: no text"
    check_answer(answer, trigger=True) -> the same for a whole answer

`https_only=False` lets plain http addresses pass: a card made by a server on this machine has them.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from google.apps.card_v1 import Card, OpenLink, Widget
from google.protobuf import json_format  # type: ignore[import-untyped]  # its stubs are a package of their own

MAX_SECTIONS = 100
MAX_WIDGETS = 100
MAX_ITEMS = 100
MAX_CARD_ACTIONS = 10
MAX_ANSWER_BYTES = 40_000
MAX_PARAMETER_BYTES = 8_000

WIDGET_KINDS = frozenset(field.json_name for field in Widget.pb().DESCRIPTOR.oneofs_by_name["data"].fields)
KNOWN_ICONS = frozenset(
    ("AIRPLANE", "BOOKMARK", "BUS", "CAR", "CLOCK", "CONFIRMATION_NUMBER_ICON", "DESCRIPTION", "DOLLAR", "EMAIL", "EVENT_PERFORMER",
     "EVENT_SEAT", "FLIGHT_ARRIVAL", "FLIGHT_DEPARTURE", "HOTEL", "HOTEL_ROOM_TYPE", "INVITE", "MAP_PIN", "MEMBERSHIP",
     "MULTIPLE_PEOPLE", "OFFER", "PERSON", "PHONE", "RESTAURANT_ICON", "SHOPPING_CART", "STAR", "STORE", "TICKET", "TRAIN",
     "VIDEO_CAMERA", "VIDEO_PLAY")
)  # fmt: skip
NEEDED = {
    "ActionParameter": ("key",),
    "ButtonList": ("buttons",),
    "CardAction": ("actionLabel", "onClick"),
    "CardFixedFooter": ("primaryButton",),
    "CardHeader": ("title",),
    "ChipList": ("chips",),
    "DateTimePicker": ("name",),
    "DecoratedText": ("text",),
    "Grid": ("items",),
    "OverflowMenu": ("items",),
    "OverflowMenuItem": ("text", "onClick"),
    "Section": ("widgets",),
    "SelectionInput": ("name", "items"),
    "SelectionItem": ("text",),
    "SwitchControl": ("name",),
    "TextInput": ("name",),
    "TextParagraph": ("text",),
}
NOT_IN_GMAIL = {
    "Widget": {"columns", "carousel"},
    "Icon": {"materialIcon"},
    "SelectionInput": {"externalDataSource", "platformDataSource"},
    "DecoratedText": {"topLabelText", "contentText", "bottomLabelText", "startIconVerticalAlignment"},
    "TextParagraph": {"textSyntax"},
    "TextInput": {"placeholderText"},
    "Action": {"interaction"},
}
HTML_FIELDS = {("TextParagraph", "text"), ("DecoratedText", "text")}
NOT_DISPLAYED = {
    *[("Action", name) for name in ("function", "requiredWidgets")],
    *[("ActionParameter", name) for name in ("key", "value")],
    *[(kind, "name") for kind in ("Card", "TextInput", "SelectionInput", "DateTimePicker", "SwitchControl", "MaterialIcon")],
    *[("SwitchControl", "value"), ("SelectionItem", "value"), ("SelectionItem", "startIconUri"), ("GridItem", "id")],
    *[("OpenLink", "url"), ("CardHeader", "imageUrl"), ("Image", "imageUrl"), ("ImageComponent", "imageUri")],
    *[("Icon", "iconUrl"), ("Icon", "knownIcon")],
}
INPUT_VALUES = {("TextInput", "value")}

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s[^<>]*?)?)\s*(/?)>")
_ATTRIBUTES = {
    "a": re.compile(r"""\s+href=("[^"<>]*"|'[^'<>]*')"""),
    "font": re.compile(r"""\s+color=("#[0-9A-Fa-f]{6}"|'#[0-9A-Fa-f]{6}')"""),
    "time": re.compile(r"(?:\s[^<>]*)?"),
    **dict.fromkeys(("b", "i", "u", "s", "strike", "br"), re.compile("")),
}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LOOKS_LIKE_MARKUP = re.compile(r"</?[A-Za-z!]|&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]+|#x[0-9A-Fa-f]+);")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def check_card(card: object, *, https_only: bool = True) -> list[str]:
    """Every problem found in one card."""
    return [*_strict(card), *_size("card", card), *_CardLint("", https_only).run(card)]


def _strict(value: object, message: Any = Card) -> list[str]:
    if not isinstance(value, dict):
        return ["not an object"]
    try:
        json_format.ParseDict(value, message.pb()(), ignore_unknown_fields=False)
    except json_format.ParseError as error:
        return [f"protobuf: {error}"]
    return []


def _size(what: str, value: object) -> list[str]:
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    return [f"{what}: {size} bytes, more than {MAX_ANSWER_BYTES}"] if size > MAX_ANSWER_BYTES else []


class _CardLint:
    """One card, walked along Google's own descriptors. A card inside a button is a card of its own."""

    def __init__(self, path: str, https_only: bool) -> None:
        self.path = path
        self.problems: list[str] = []
        self.schemes = {"https"} if https_only else {"https", "http"}
        self.https_only = https_only
        self.names: Counter[str] = Counter()
        self.required: list[tuple[str, str]] = []
        self.widgets = 0
        self.filled = 0

    def run(self, card: object) -> list[str]:
        if isinstance(card, dict):
            self.walk(card, Card.pb().DESCRIPTOR, self.path)
            if self.widgets > MAX_WIDGETS:
                self.say(self.path, f"{self.widgets} widgets, more than {MAX_WIDGETS}")
            if self.filled > 1:
                self.say(self.path, f"{self.filled} filled buttons, more than one")
            for name, count in self.names.items():
                if count > 1:
                    self.say(self.path, f"{count} inputs are called {name!r}")
            for path, name in self.required:
                if name not in self.names:
                    self.say(path, f"requires {name!r}, which no input is called")
        return self.problems

    def say(self, path: str, problem: str) -> None:
        self.problems.append(f"{path.lstrip('.') or 'card'}: {problem}")

    def walk(self, node: dict[str, Any], message: Any, path: str) -> None:
        fields = {field.json_name: field for field in message.fields}
        snake = {field.name for field in message.fields} - set(fields)
        for key, value in node.items():
            place = f"{path}.{key}"
            if value is None:
                self.say(place, "null")
            elif key in snake:
                self.say(place, "snake_case name")
            elif key in NOT_IN_GMAIL.get(message.name, ()):
                self.say(place, "not available in Gmail")
            elif key in fields:
                self.value(value, message, fields[key], place)
        self.needs(node, path, *NEEDED.get(message.name, ()))
        rule = self.rules.get(message.name)
        if rule is not None:
            rule(self, node, path)

    def value(self, value: object, message: Any, field: Any, path: str) -> None:
        if isinstance(value, list):
            for number, item in enumerate(value):
                self.value(item, message, field, f"{path}[{number}]")
        elif value is None:
            self.say(path, "null")
        elif field.enum_type is not None and not isinstance(value, str):
            self.say(path, "enum given as a number")
        elif isinstance(value, dict) and field.message_type is not None:
            if field.message_type.name == "Card":
                self.problems += _CardLint(path, self.https_only).run(value)
            else:
                self.walk(value, field.message_type, path)
        elif isinstance(value, str) and field.enum_type is None and field.message_type is None:
            self.text(value, (message.name, field.json_name), path)

    def text(self, text: str, place: tuple[str, str], path: str) -> None:
        if place not in NOT_DISPLAYED:
            self.problems += [f"{path.lstrip('.')}: {problem}" for problem in _text_problems(text, place)]

    def link(self, url: object, path: str, schemes: set[str]) -> None:
        if not isinstance(url, str) or not url:
            self.say(path, "no address")
        elif (split := _split(url)) is None or split.scheme not in schemes or not (split.netloc or split.scheme in ("mailto", "tel")):
            self.say(path, f"not an address of the kind {', '.join(sorted(schemes))}: {url[:80]!r}")

    def image(self, url: object, path: str) -> None:
        self.link(url, path, self.schemes)
        split = _split(url) if isinstance(url, str) else None
        if split is not None and split.path.lower().endswith((".svg", ".svgz")):
            self.say(path, "Gmail draws no svg")

    # One rule a message; `node` may be malformed, of which the strict parser has spoken already.

    def card(self, node: dict[str, Any], path: str) -> None:
        sections = _list(node.get("sections"))
        if not sections:
            self.say(path, "no sections")
        if len(sections) > MAX_SECTIONS:
            self.say(path, f"{len(sections)} sections, more than {MAX_SECTIONS}")
        if len(_list(node.get("cardActions"))) > MAX_CARD_ACTIONS:
            self.say(path, f"more than {MAX_CARD_ACTIONS} cardActions")

    def header(self, node: dict[str, Any], path: str) -> None:
        if "imageUrl" in node:
            self.image(node["imageUrl"], f"{path}.imageUrl")

    def footer(self, node: dict[str, Any], path: str) -> None:
        for name in ("primaryButton", "secondaryButton"):
            button = node.get(name)
            if isinstance(button, dict):
                self.needs(button, f"{path}.{name}", "text", "color")

    def widget(self, node: dict[str, Any], path: str) -> None:
        self.widgets += 1
        kinds = WIDGET_KINDS & node.keys()
        if len(kinds) != 1:
            self.say(path, "two kinds of widget in one" if kinds else "empty widget")

    def picture(self, node: dict[str, Any], path: str) -> None:
        self.image(node.get("imageUrl"), f"{path}.imageUrl")
        if "onClick" in node:
            self.needs(node, path, "altText")

    def component(self, node: dict[str, Any], path: str) -> None:
        self.image(node.get("imageUri"), f"{path}.imageUri")

    def icon(self, node: dict[str, Any], path: str) -> None:
        if "iconUrl" in node:
            self.image(node["iconUrl"], f"{path}.iconUrl")
        elif "knownIcon" in node:
            if node["knownIcon"] not in KNOWN_ICONS:
                self.say(path, f"no such icon: {node['knownIcon']!r}")
        elif "materialIcon" not in node:
            self.say(path, "empty icon")

    def button(self, node: dict[str, Any], path: str) -> None:
        icon = node.get("icon")
        if not _filled(node.get("text")):
            if not isinstance(icon, dict):
                self.say(path, "neither text nor icon")
            elif not _filled(node.get("altText")) and not _filled(icon.get("altText")):
                self.say(path, "an icon alone needs altText")
        if ".collapseControl." not in path:
            self.needs(node, path, "onClick")
        if ("color" in node or node.get("type") == "FILLED") and not path.endswith(".secondaryButton"):
            self.filled += 1

    def chip(self, node: dict[str, Any], path: str) -> None:
        if not _filled(node.get("label")) and not isinstance(node.get("icon"), dict):
            self.say(path, "neither label nor icon")

    def on_click(self, node: dict[str, Any], path: str) -> None:
        if len(node.keys() & {"action", "openLink", "openDynamicLinkAction", "card", "overflowMenu"}) != 1:
            self.say(path, "not exactly one thing to do")

    def open_link(self, node: dict[str, Any], path: str) -> None:
        self.link(node.get("url"), f"{path}.url", self.schemes | {"mailto", "tel"})

    def action(self, node: dict[str, Any], path: str) -> None:
        function = node.get("function")
        self.link(function, f"{path}.function", self.schemes)
        if isinstance(function, str) and ("?" in function or "#" in function):
            self.say(f"{path}.function", "the address is the token's audience: no query, no fragment")
        parameters = [entry for entry in _list(node.get("parameters")) if isinstance(entry, dict)]
        size = sum(len(str(text).encode("utf-8", "surrogatepass")) for entry in parameters for text in entry.values())
        if size > MAX_PARAMETER_BYTES:
            self.say(f"{path}.parameters", f"{size} bytes, more than {MAX_PARAMETER_BYTES}")
        self.repeated([entry.get("key") for entry in parameters], f"{path}.parameters", "key")
        self.required += [(path, name) for name in _list(node.get("requiredWidgets"))]

    def named(self, node: dict[str, Any], path: str) -> None:
        if _filled(node.get("name")):
            self.names[str(node["name"])] += 1

    def text_input(self, node: dict[str, Any], path: str) -> None:
        self.named(node, path)
        if not _filled(node.get("label")) and not _filled(node.get("hintText")):
            self.say(path, "neither label nor hintText")

    def selection(self, node: dict[str, Any], path: str) -> None:
        self.named(node, path)
        items = [item for item in _list(node.get("items")) if isinstance(item, dict)]
        if len(items) > MAX_ITEMS:
            self.say(path, f"{len(items)} items, more than {MAX_ITEMS}")
        if node.get("type") in ("RADIO_BUTTON", "DROPDOWN") and sum(item.get("selected") is True for item in items) > 1:
            self.say(path, "several items selected, of which one can be")
        self.repeated([item.get("value") for item in items], path, "value")

    def selection_item(self, node: dict[str, Any], path: str) -> None:
        if "startIconUri" in node:
            self.image(node["startIconUri"], f"{path}.startIconUri")

    def needs(self, node: dict[str, Any], path: str, *names: str) -> None:
        for name in names:
            if not _filled(node.get(name)):
                self.say(path, f"no {name}")

    def repeated(self, values: list[object], path: str, what: str) -> None:
        for value, count in Counter(str(value) for value in values if value is not None).items():
            if count > 1:
                self.say(path, f"{what} {value[:40]!r} {count} times")

    rules: ClassVar[dict[str, Callable[["_CardLint", dict[str, Any], str], None]]] = {
        "Card": card,
        "CardHeader": header,
        "CardFixedFooter": footer,
        "Widget": widget,
        "Image": picture,
        "ImageComponent": component,
        "Icon": icon,
        "Button": button,
        "Chip": chip,
        "OnClick": on_click,
        "OpenLink": open_link,
        "Action": action,
        "TextInput": text_input,
        "SelectionInput": selection,
        "SelectionItem": selection_item,
        "DateTimePicker": named,
        "SwitchControl": named,
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _split(url: str) -> Any:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _text_problems(text: str, place: tuple[str, str]) -> Iterator[str]:
    if _BIDI.search(text):
        yield "bidi control character"
    if _CONTROL.search(text):
        yield "control character"
    if place in HTML_FIELDS:
        yield from _html_problems(text)
    elif place not in INPUT_VALUES and _LOOKS_LIKE_MARKUP.search(text):
        yield f"markup in a field of plain text: {text[:60]!r}"


def _html_problems(text: str) -> Iterator[str]:
    """What is left when allowed tags and entities are taken out must hold neither "<" nor "&"; tags must nest."""
    opened: list[str] = []
    for slash, tag, attributes, closed in _TAG.findall(text):
        name = tag.lower()
        if not slash:
            yield from _tag_problems(name, attributes)
            if name != "br" and not closed:
                opened.append(name)
        elif attributes or not opened or opened.pop() != name:
            yield f"</{tag}> closes nothing"
    if opened:
        yield f"not closed: <{'>, <'.join(opened)}>"
    rest = _ENTITY.sub("", _TAG.sub("", text))
    yield from (f"unescaped {character}" for character in "<&" if character in rest)


def _tag_problems(name: str, attributes: str) -> Iterator[str]:
    allowed = _ATTRIBUTES.get(name)
    if allowed is None:
        yield f"unknown tag <{name}>"
    elif not allowed.fullmatch(attributes):
        yield f"attributes of <{name}>: {attributes.strip()[:60]!r}"
    elif name == "a" and not html.unescape(attributes.split("=", 1)[1][1:-1]).startswith(("https://", "mailto:", "tel:")):
        yield f"address of <a>: {attributes.strip()[:60]!r}"


def check_answer(answer: object, *, trigger: bool, https_only: bool = True) -> list[str]:
    """Every problem of a whole answer. Opening something is answered with `action` (or a prompt), a click with
    `renderActions` around it; {} does nothing, which only a click may ask for."""
    if not isinstance(answer, dict):
        return ["not an object"]
    lint = _AnswerLint(https_only)
    kinds = answer.keys() & lint.prompts.keys()
    if kinds:
        if len(answer) > 1:
            lint.problems.append("a prompt stands alone")
        for kind in sorted(kinds):
            lint.prompts[kind](lint, answer[kind])
    elif trigger:
        lint.render_actions(answer, "", {"pushCard"})
    elif answer.keys() <= {"renderActions", "stateChanged"}:
        if "renderActions" in answer:
            lint.render_actions(answer["renderActions"], "renderActions.", _AnswerLint.navigations)
        if not isinstance(answer.get("stateChanged", True), bool):
            lint.problems.append("stateChanged: not true or false")
    elif answer.keys() == {"autoComplete"}:
        lint.suggestions(answer["autoComplete"])
    else:
        lint.problems.append(f"not an answer to a click: {', '.join(sorted(answer))}")
    return [*_size("answer", answer), *lint.problems]


class _AnswerLint:
    """The envelopes. There is no public schema package for them: shapes are those of Google's documentation."""

    navigations: ClassVar[set[str]] = {"pushCard", "updateCard", "pop", "popToRoot", "popToCard"}

    def __init__(self, https_only: bool) -> None:
        self.problems: list[str] = []
        self.https_only = https_only

    def render_actions(self, value: object, path: str, navigations: set[str]) -> None:
        node = self.known(value, path, {"action", "hostAppAction"})
        action = self.known(node.get("action", {}), f"{path}action", {"navigations", "link", "notification"})
        if not action and not node.get("hostAppAction"):
            self.problems.append(f"{path}action: nothing to do")
        for number, navigation in enumerate(_list(action.get("navigations"))):
            self.navigation(navigation, f"{path}action.navigations[{number}]", navigations)
        if navigations == {"pushCard"} and not _list(action.get("navigations")):
            self.problems.append(f"{path}action: opening something needs a card")
        if "link" in action:
            lint = _CardLint("", self.https_only)
            lint.open_link(action["link"] if isinstance(action["link"], dict) else {}, f"{path}action.link")
            self.problems += [f"{path}action.link: {problem}" for problem in _strict(action["link"], OpenLink)] + lint.problems
        if "notification" in action:
            text = self.known(action["notification"], f"{path}action.notification", {"text"}).get("text")
            if not isinstance(text, str) or not text.strip():
                self.problems.append(f"{path}action.notification: no text")
            else:
                self.problems += [f"{path}action.notification: {problem}" for problem in _text_problems(text, ("Notification", "text"))]

    def navigation(self, value: object, path: str, allowed: set[str]) -> None:
        node = self.known(value, path, allowed)
        if len(node) != 1:
            self.problems.append(f"{path}: not exactly one step")
        for kind, target in node.items():
            if kind in ("pushCard", "updateCard"):
                problems = [*_strict(target), *_CardLint("", self.https_only).run(target)]
                self.problems += [f"{path}.{kind}.{problem}" for problem in problems]
            elif kind in ("pop", "popToRoot") and target is not True:
                self.problems.append(f"{path}.{kind}: not true")
            elif kind == "popToCard" and not (isinstance(target, str) and target):
                self.problems.append(f"{path}.{kind}: no name of a card")

    def suggestions(self, value: object) -> None:
        for item in _list(self.known(value, "autoComplete", {"items"}).get("items")):
            if not _filled(self.known(item, "autoComplete.items", {"text"}).get("text")):
                self.problems.append("autoComplete.items: no text")

    def basic(self, value: object) -> None:
        path = "basic_authorization_prompt"
        node = self.known(value, path, {"authorization_url", "resource"})
        lint = _CardLint("", self.https_only)
        lint.link(node.get("authorization_url"), f"{path}.authorization_url", lint.schemes)
        lint.needs(node, path, "resource")
        self.problems += lint.problems

    def custom(self, value: object) -> None:
        self.render_actions(value, "custom_authorization_prompt.", {"pushCard"})
        if '"onClose":"RELOAD"' not in json.dumps(value, separators=(",", ":")):
            self.problems.append("custom_authorization_prompt: no link with onClose RELOAD")

    def scopes(self, value: object) -> None:
        path = "requesting_google_scopes"
        node = self.known(value, path, {"scopes", "all_scopes"})
        scopes = _list(node.get("scopes"))
        if len(node) != 1 or not (scopes or node.get("all_scopes") is True):
            self.problems.append(f"{path}: either scopes or all_scopes")
        self.problems += [f"{path}: not a scope: {scope!r}" for scope in scopes if not str(scope).startswith("https://")]

    def known(self, value: object, path: str, allowed: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.problems.append(f"{path}: not an object")
            return {}
        self.problems += [f"{path}: unknown here: {name}" for name in sorted(value.keys() - allowed)]
        return value

    prompts: ClassVar[dict[str, Callable[["_AnswerLint", object], None]]] = {
        "basic_authorization_prompt": basic,
        "custom_authorization_prompt": custom,
        "requesting_google_scopes": scopes,
    }
