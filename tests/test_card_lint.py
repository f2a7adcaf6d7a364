"""The judge is judged: every rule fires on a card made bad in one place, and good cards are clean."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.card_lint import check_answer, check_card

ACTION = {"action": {"function": "https://sidecard.example/addon/act/link", "parameters": [{"key": "p", "value": "signed"}]}}
BLUE = {"red": 0.1, "green": 0.4, "blue": 0.9, "alpha": 1}
Change = Callable[[dict[str, Any]], Any]

# In the manner of the examples of Google's reference: every kind of widget a Gmail card may hold.
CRM = {"openLink": {"url": "https://crm.example/1", "openAs": "OVERLAY", "onClose": "RELOAD"}}
PNG = "https://sidecard.example/a.png"
RICH = 'O&#39;Connor &amp; Sons<br><b>new</b> <font color="#1a73e8">value</font> <a href="https://crm.example/?a=1&amp;b=2">CRM</a>'
REQUIRING = {
    "function": "https://sidecard.example/addon/act/add",
    "requiredWidgets": ["last_name"],
    "loadIndicator": "SPINNER",
    "persistValues": True,
}
MODULES = [{"text": "Lead", "value": "l", "selected": True}, {"text": "Contact", "value": "c"}]
NESTED = {"header": {"title": "Details"}, "sections": [{"widgets": [{"textInput": {"name": "last_name", "label": "Again"}}]}]}
SHARE = {"name": "share", "controlType": "CHECK_BOX", "selected": True, "value": "yes"}


def buttons(*clicks: Any) -> dict[str, Any]:
    return {"buttonList": {"buttons": [{"text": "Go", "onClick": click} for click in clicks]}}


GOOD: dict[str, Any] = {
    "name": "record",
    "header": {"title": "Anna Roy", "subtitle": "Ateliers Roy & fils", "imageUrl": PNG, "imageType": "CIRCLE"},
    "displayStyle": "PEEK",
    "peekCardHeader": {"title": "Anna Roy"},
    "sectionDividerStyle": "SOLID_DIVIDER",
    "cardActions": [{"actionLabel": "Refresh", "onClick": ACTION}],
    "fixedFooter": {
        "primaryButton": {"text": "Save", "color": BLUE, "onClick": ACTION},
        "secondaryButton": {"text": "Cancel", "color": BLUE, "onClick": ACTION},
    },
    "sections": [
        {
            "header": "Contact",
            "collapsible": True,
            "uncollapsibleWidgetsCount": 1,
            "widgets": [
                {
                    "decoratedText": {
                        "startIcon": {"knownIcon": "EMAIL"},
                        "topLabel": "E-mail",
                        "text": RICH,
                        "bottomLabel": "5 < 6 & more",
                        "wrapText": True,
                        "button": {"icon": {"iconUrl": PNG, "altText": "Open"}, "onClick": ACTION},
                    }
                },
                {"textParagraph": {"text": "Tick what is right: 3 &lt; 4 &amp;&nbsp;so on", "maxLines": 3}},
                {"divider": {}},
                {"image": {"imageUrl": PNG, "altText": "Chart", "onClick": {"openLink": {"url": "tel:+33199000000"}}}},
                buttons(ACTION, {"openLink": {"url": "mailto:anna.roy@ateliers-roy.example"}}),
                {"chipList": {"chips": [{"label": "Lead", "onClick": ACTION}]}},
                {"grid": {"title": "Records", "items": [{"id": "1", "title": "Anna", "image": {"imageUri": PNG}}], "onClick": ACTION}},
            ],
        },
        {
            "widgets": [
                {"textInput": {"name": "last_name", "label": "Last name", "value": "<Roy> & co", "validation": {"inputType": "TEXT"}}},
                {"selectionInput": {"name": "module", "type": "RADIO_BUTTON", "items": MODULES, "onChangeAction": ACTION["action"]}},
                {"dateTimePicker": {"name": "due", "label": "Due", "type": "DATE_ONLY", "valueMsEpoch": "1767225600000"}},
                {"decoratedText": {"text": "Share", "switchControl": SHARE}},
                {"decoratedText": {"text": "More", "onClick": {"overflowMenu": {"items": [{"text": "View", "onClick": CRM}]}}}},
                buttons({"action": REQUIRING}),
                buttons({"card": NESTED}),
            ],
        },
    ],
}


def widgets(card: dict[str, Any], section: int = 0) -> list[Any]:
    found: list[Any] = card["sections"][section]["widgets"]
    return found


def decorated(card: dict[str, Any]) -> Any:
    return widgets(card)[0]["decoratedText"]


def action(card: dict[str, Any]) -> Any:
    return card["cardActions"][0]["onClick"]["action"]


def add(widget: Any) -> Change:
    return lambda card: widgets(card).append(widget)


def put(name: str, value: Any) -> Change:
    """Sets one field of the first decorated text."""
    return lambda card: decorated(card).update({name: value})


def text(value: str) -> Change:
    return lambda card: widgets(card)[1]["textParagraph"].update(text=value)


def link(url: str) -> Change:
    return add({"buttonList": {"buttons": [{"text": "Go", "onClick": {"openLink": {"url": url}}}]}})


def button(**fields: Any) -> Change:
    return add({"buttonList": {"buttons": [{"text": "Go", "onClick": ACTION} | fields]}})


def selection(count: int = 2, **fields: Any) -> Change:
    items = [{"text": f"Item {number}", "value": str(number)} for number in range(count)]
    return add({"selectionInput": {"name": "pick", "type": "DROPDOWN", "items": items} | fields})


def test_good_card_is_clean() -> None:
    assert check_card(GOOD) == []


def test_a_bare_card_is_clean() -> None:
    assert check_card({"sections": [{"widgets": [{"textParagraph": {"text": "Nothing found"}}]}]}) == []


BAD: list[tuple[str, Change, str]] = [
    # what Google's parser finds
    ("unknown field", put("colour", "red"), "protobuf"),
    ("unknown widget", add({"paragraph": {"text": "x"}}), "protobuf"),
    ("bad enum", lambda card: card.update(displayStyle="PEAK"), "protobuf"),
    ("number for text", put("text", 5), "protobuf"),
    ("two kinds in one widget", add({"divider": {}, "textParagraph": {"text": "x"}}), "two kinds of widget"),
    ("parameter not a string", lambda card: action(card).update(parameters=[{"key": "a", "value": True}]), "protobuf"),
    # what it lets pass
    ("null", put("bottomLabel", None), "null"),
    ("null in a list", lambda card: card["cardActions"].append(None), "null"),
    ("snake case", lambda card: card.update(card_actions=card.pop("cardActions")), "snake_case"),
    ("snake case deep", lambda card: decorated(card).update(bottom_label=decorated(card).pop("bottomLabel")), "snake_case"),
    ("enum as number", lambda card: card.update(displayStyle=1), "enum given as a number"),
    ("no sections", lambda card: card.update(sections=[]), "no sections"),
    ("sections missing", lambda card: card.pop("sections"), "no sections"),
    ("empty section", lambda card: card["sections"].append({"header": "Empty", "widgets": []}), "sections[2]: no widgets"),
    ("too many sections", lambda card: card.update(sections=[{"widgets": [{"divider": {}}]}] * 101), "101 sections"),
    ("too many widgets", lambda card: widgets(card).extend([{"divider": {}}] * 101), "widgets, more than 100"),
    ("too many menu entries", lambda card: card.update(cardActions=card["cardActions"] * 11), "more than 10 cardActions"),
    ("empty widget", add({}), "empty widget"),
    ("widget with a position only", add({"horizontalAlignment": "CENTER"}), "empty widget"),
    ("empty paragraph", add({"textParagraph": {}}), "textParagraph: no text"),
    ("blank paragraph", text("  "), "textParagraph: no text"),
    ("decorated without text", lambda card: decorated(card).pop("text"), "decoratedText: no text"),
    ("no buttons", add({"buttonList": {"buttons": []}}), "no buttons"),
    ("no chips", add({"chipList": {}}), "no chips"),
    ("chip without label", add({"chipList": {"chips": [{"onClick": ACTION}]}}), "neither label nor icon"),
    ("no grid items", add({"grid": {"title": "x"}}), "grid: no items"),
    ("header without title", lambda card: card["header"].pop("title"), "header: no title"),
    ("menu entry without label", lambda card: card["cardActions"][0].pop("actionLabel"), "no actionLabel"),
    ("menu entry without onClick", lambda card: card["cardActions"][0].pop("onClick"), "no onClick"),
    ("menu item without onClick", button(onClick={"overflowMenu": {"items": [{"text": "y"}]}}), "items[0]: no onClick"),
    ("empty overflow menu", button(onClick={"overflowMenu": {"items": []}}), "overflowMenu: no items"),
    ("button without onClick", add({"buttonList": {"buttons": [{"text": "x"}]}}), "buttons[0]: no onClick"),
    ("button with empty onClick", button(onClick={}), "no onClick"),
    ("onClick that does nothing", put("onClick", {}), "not exactly one thing"),
    ("button without text", button(text=""), "neither text nor icon"),
    ("icon button without altText", button(text="", icon={"knownIcon": "STAR"}), "altText"),
    ("clickable image without altText", lambda card: widgets(card)[3]["image"].pop("altText"), "no altText"),
    ("empty icon", put("startIcon", {}), "empty icon"),
    ("unknown icon", put("startIcon", {"knownIcon": "LIGHTBULB"}), "no such icon"),
    ("http image", add({"image": {"imageUrl": "http://sidecard.example/a.png"}}), "not an address"),
    ("svg image", add({"image": {"imageUrl": "https://sidecard.example/a.SVG?v=1"}}), "svg"),
    ("data image", add({"image": {"imageUrl": "data:image/png;base64,AAAA"}}), "not an address"),
    ("image without address", add({"image": {"altText": "x"}}), "imageUrl: no address"),
    ("svg icon", put("startIcon", {"iconUrl": "https://sidecard.example/a.svg"}), "svg"),
    ("http header image", lambda card: card["header"].update(imageUrl="http://sidecard.example/a.png"), "header.imageUrl"),
    ("http grid image", lambda card: widgets(card)[6]["grid"]["items"][0]["image"].update(imageUri="http://x.example/a.png"), "imageUri"),
    ("http item icon", selection(items=[{"text": "a", "value": "a", "startIconUri": "http://x.example/a.png"}]), "startIconUri"),
    ("function name", lambda card: action(card).update(function="onLink"), "function: not an address"),
    ("function over http", lambda card: action(card).update(function="http://sidecard.example/a"), "function: not an address"),
    ("function without host", lambda card: action(card).update(function="https:///a"), "function: not an address"),
    ("function missing", lambda card: action(card).pop("function"), "function: no address"),
    ("function with a query", lambda card: action(card).update(function="https://sidecard.example/a?b=c"), "audience"),
    ("onChange without function", lambda card: widgets(card, 1)[0]["textInput"].update(onChangeAction={}), "onChangeAction.function"),
    ("large parameters", lambda card: action(card).update(parameters=[{"key": "p", "value": "é" * 4001}]), "parameters: 8003 bytes"),
    ("parameter twice", lambda card: action(card)["parameters"].append({"key": "p", "value": "x"}), "key 'p' 2 times"),
    ("parameter without key", lambda card: action(card).update(parameters=[{"value": "x"}]), "no key"),
    ("required input missing", lambda card: action(card).update(requiredWidgets=["no_such"]), "no input is called"),
    ("dialog", lambda card: action(card).update(interaction="OPEN_DIALOG"), "not available in Gmail"),
    ("columns", add({"columns": {"columnItems": []}}), "not available in Gmail"),
    ("carousel", add({"carousel": {"carouselCards": []}}), "not available in Gmail"),
    ("material icon", put("startIcon", {"materialIcon": {"name": "bolt"}}), "not available in Gmail"),
    ("label paragraph", put("topLabelText", {"text": "x"}), "not available in Gmail"),
    ("markdown", lambda card: widgets(card)[1]["textParagraph"].update(textSyntax="MARKDOWN"), "not available in Gmail"),
    ("placeholder", lambda card: widgets(card, 1)[0]["textInput"].update(placeholderText="x"), "not available in Gmail"),
    ("outside data source", selection(externalDataSource={"function": "https://x.example/a"}), "not available in Gmail"),
    ("platform data source", selection(type="MULTI_SELECT", platformDataSource={"commonDataSource": "USER"}), "not available in Gmail"),
    ("too many items", selection(101), "101 items"),
    ("no items", selection(0), "no items"),
    ("item without text", selection(items=[{"value": "a"}]), "items[0]: no text"),
    ("same value twice", selection(items=[{"text": "a", "value": "a"}, {"text": "b", "value": "a"}]), "value 'a' 2 times"),
    ("two selected of one", selection(items=[{"text": t, "value": t, "selected": True} for t in "ab"]), "several items selected"),
    ("selection without name", selection(name=""), "selectionInput: no name"),
    ("input without name", lambda card: widgets(card, 1)[0]["textInput"].pop("name"), "textInput: no name"),
    ("input without label", lambda card: widgets(card, 1)[0]["textInput"].pop("label"), "neither label nor hintText"),
    ("picker without name", lambda card: widgets(card, 1)[2]["dateTimePicker"].pop("name"), "dateTimePicker: no name"),
    ("switch without name", lambda card: widgets(card, 1)[3]["decoratedText"]["switchControl"].pop("name"), "switchControl: no name"),
    ("same name twice", selection(name="last_name"), "2 inputs are called 'last_name'"),
    ("footer without primary", lambda card: card["fixedFooter"].pop("primaryButton"), "fixedFooter: no primaryButton"),
    ("footer button without colour", lambda card: card["fixedFooter"]["primaryButton"].pop("color"), "no color"),
    ("footer button without text", lambda card: card["fixedFooter"]["secondaryButton"].pop("text"), "secondaryButton: no text"),
    ("two coloured buttons", button(color=BLUE), "2 filled buttons"),
    ("two filled buttons", button(type="FILLED"), "2 filled buttons"),
    ("link over http", link("http://crm.example/1"), "not an address"),
    ("script link", link("javascript:alert(1)"), "not an address"),
    ("link without scheme", link("crm.example/1"), "not an address"),
    ("broken link", link("https://[crm.example/1"), "not an address"),
    ("no link", link(""), "url: no address"),
    ("unknown tag", text("<img src=x>"), "unknown tag <img>"),
    ("script", text("<script>alert(1)</script>"), "unknown tag <script>"),
    ("attribute of b", text('<b onclick="x">y</b>'), "attributes of <b>"),
    ("a with more than an address", text('<a href="https://x.example" target="_top">y</a>'), "attributes of <a>"),
    ("a with a script", text('<a href="javascript:alert(1)">y</a>'), "address of <a>"),
    ("a with a hidden script", text('<a href="&#106;avascript:alert(1)">y</a>'), "address of <a>"),
    ("font with a style", text('<font color="red">y</font>'), "attributes of <font>"),
    ("not closed", text("<b>x"), "not closed: <b>"),
    ("closed in the wrong order", text("<b><i>x</b></i>"), "closes nothing"),
    ("closes nothing", text("x</b>"), "closes nothing"),
    ("unescaped <", text("3 < 4"), "unescaped <"),
    ("unescaped name", text("Anna <anna@x.example>"), "unescaped <"),
    ("unescaped &", text("Roy & fils"), "unescaped &"),
    ("broken entity", text("Roy &amp fils"), "unescaped &"),
    ("decorated unescaped", put("text", "Roy & fils"), "unescaped &"),
    ("markup in a label", put("topLabel", "<b>x</b>"), "markup in a field of plain text"),
    ("markup below", put("bottomLabel", '<font color="#ffffff">x</font>'), "markup in a field of plain text"),
    ("escaped twice", put("bottomLabel", "O&#39;Connor"), "markup in a field of plain text"),
    ("markup in a header", lambda card: card["sections"][0].update(header="<b>x</b>"), "markup in a field of plain text"),
    ("markup in the title", lambda card: card["header"].update(title="<b>x</b>"), "markup in a field of plain text"),
    ("markup on a button", button(text="<i>x</i>"), "markup in a field of plain text"),
    ("bidi in text", text("abc\u202eexe.fdp"), "bidi"),
    ("bidi in a title", lambda card: card["header"].update(title="\u2066Anna"), "bidi"),
    ("bidi in a value", lambda card: widgets(card, 1)[0]["textInput"].update(value="a\u200fb"), "bidi"),
    ("control character", put("bottomLabel", "a\x07b"), "control character"),
    ("nested card", button(onClick={"card": {"sections": [{"widgets": [{}]}]}}), "onClick.card.sections[0].widgets[0]: empty widget"),
    ("too large", lambda card: widgets(card).extend([{"textParagraph": {"text": "x" * 1000}}] * 45), "bytes, more than 40000"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [pytest.param(change, expected, id=name) for name, change, expected in BAD])
def test_rule_fires(change: Change, expected: str) -> None:
    card = copy.deepcopy(GOOD)
    change(card)
    problems = check_card(card)
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize(
    "card", [None, [], "card", 5, {"sections": "x"}, {"sections": [5]}, {"header": [], "sections": [{"widgets": {"a": 1}}]}]
)
def test_what_is_no_card_is_a_problem_not_a_crash(card: object) -> None:
    assert check_card(card)


def test_a_place_is_named_once_and_exactly() -> None:
    card = copy.deepcopy(GOOD)
    decorated(card)["bottomLabel"] = "<b>x</b>"
    assert check_card(card) == ["sections[0].widgets[0].decoratedText.bottomLabel: markup in a field of plain text: '<b>x</b>'"]


def test_a_local_server_may_use_http() -> None:
    card = json.loads(json.dumps(GOOD).replace("https://sidecard.example", "http://127.0.0.1:8080"))
    assert check_card(card, https_only=False) == []
    assert len(check_card(card)) > 5


PUSH = {"navigations": [{"pushCard": GOOD}]}
SIGN_IN = {"sections": [{"widgets": [buttons(CRM)]}]}
SCOPE = "https://www.googleapis.com/auth/gmail.addons.current.message.readonly"


@pytest.mark.parametrize(
    ("answer", "trigger"),
    [
        ({"action": PUSH}, True),
        ({"action": {"navigations": [{"pushCard": SIGN_IN}, {"pushCard": SIGN_IN}]}}, True),
        ({"renderActions": {"action": PUSH}}, False),
        ({"renderActions": {"action": {"navigations": [{"popToRoot": True}, {"updateCard": GOOD}]}}, "stateChanged": True}, False),
        ({"renderActions": {"action": {"navigations": [{"pop": True}], "notification": {"text": "Linked to O'Connor & Sons"}}}}, False),
        ({"renderActions": {"action": {"navigations": [{"popToCard": "record"}]}}}, False),
        ({"renderActions": {"action": {"link": {"url": "https://x.example/c", "openAs": "OVERLAY", "onClose": "RELOAD"}}}}, False),
        ({"renderActions": {"hostAppAction": {"gmailAction": {"openCreatedDraftActionMarkup": {"draftId": "r1"}}}}}, False),
        ({"autoComplete": {"items": [{"text": "Ateliers Roy"}]}}, False),
        ({"autoComplete": {"items": []}}, False),
        ({}, False),
        ({"basic_authorization_prompt": {"authorization_url": "https://x.example/c", "resource": "Example CRM"}}, True),
        ({"custom_authorization_prompt": {"action": {"navigations": [{"pushCard": SIGN_IN}]}}}, False),
        ({"requesting_google_scopes": {"scopes": [SCOPE]}}, True),
        ({"requesting_google_scopes": {"all_scopes": True}}, False),
    ],
)
def test_good_answers(answer: Any, trigger: bool) -> None:
    assert check_answer(answer, trigger=trigger) == []


@pytest.mark.parametrize(
    ("answer", "trigger", "expected"),
    [
        (None, True, "not an object"),
        (GOOD, True, "unknown here: sections"),
        ({}, True, "nothing to do"),
        ({"renderActions": {"action": PUSH}}, True, "unknown here: renderActions"),
        ({"action": PUSH}, False, "not an answer to a click: action"),
        ({"action": PUSH, "stateChanged": True}, True, "unknown here: stateChanged"),
        ({"action": PUSH, "$schema": "x"}, True, "unknown here: $schema"),
        ({"renderActions": {"action": PUSH, "stateChanged": True}}, False, "unknown here: stateChanged"),
        ({"renderActions": {"action": PUSH}, "stateChanged": "true"}, False, "stateChanged"),
        ({"renderActions": {}}, False, "nothing to do"),
        ({"renderActions": None}, False, "not an object"),
        ({"render_actions": {"action": PUSH}}, False, "not an answer to a click"),
        ({"action": {"notification": {"text": "x"}}}, True, "needs a card"),
        ({"action": {"navigations": [{"updateCard": GOOD}]}}, True, "unknown here: updateCard"),
        ({"action": {"navigations": [{}]}}, True, "not exactly one step"),
        ({"renderActions": {"action": {"navigations": [{"pop": True, "updateCard": GOOD}]}}}, False, "not exactly one step"),
        ({"renderActions": {"action": {"navigations": [{"popCard": True}]}}}, False, "unknown here: popCard"),
        ({"renderActions": {"action": {"navigations": [{"pop": "true"}]}}}, False, "pop: not true"),
        ({"renderActions": {"action": {"navigations": [{"popToCard": ""}]}}}, False, "no name of a card"),
        ({"renderActions": {"action": {"navigations": [{"endNavigation": {}}]}}}, False, "unknown here: endNavigation"),
        ({"renderActions": {"action": {"modifyOperations": []}}}, False, "unknown here: modifyOperations"),
        ({"renderActions": {"action": {"notification": {"text": ""}}}}, False, "notification: no text"),
        ({"renderActions": {"action": {"notification": {"text": "<b>x</b>"}}}}, False, "markup"),
        ({"renderActions": {"action": {"notification": {"text": "\u202ex"}}}}, False, "bidi"),
        ({"renderActions": {"action": {"link": {"url": "http://x.example"}}}}, False, "not an address"),
        ({"renderActions": {"action": {"link": {"url": "https://x.example", "onClose": "reload"}}}}, False, "protobuf"),
        ({"renderActions": {"action": {"link": None}}}, False, "not an object"),
        ({"action": {"navigations": [{"pushCard": {"sections": []}}]}}, True, "navigations[0].pushCard.card: no sections"),
        ({"action": {"navigations": [{"pushCard": None}]}}, True, "not an object"),
        ({"renderActions": {"action": {"navigations": [{"updateCard": {"sections": [{"widgets": [{}]}]}}]}}}, False, "empty widget"),
        ({"autoComplete": {"items": [{"text": ""}]}}, False, "autoComplete.items: no text"),
        ({"autoComplete": {"items": []}}, True, "unknown here: autoComplete"),
        ({"action": {"suggestions": []}}, False, "not an answer to a click"),
        ({"basic_authorization_prompt": {"authorization_url": "http://x.example", "resource": "CRM"}}, True, "not an address"),
        ({"basic_authorization_prompt": {"authorization_url": "https://x.example/"}}, True, "no resource"),
        ({"basicAuthorizationPrompt": {"authorization_url": "https://x.example/", "resource": "CRM"}}, True, "unknown here"),
        ({"custom_authorization_prompt": {"action": PUSH}, "action": PUSH}, True, "stands alone"),
        ({"custom_authorization_prompt": {"action": {"navigations": [{"pushCard": {"sections": []}}]}}}, True, "no sections"),
        ({"custom_authorization_prompt": {"action": {"navigations": []}}}, True, "RELOAD"),
        ({"requesting_google_scopes": {}}, True, "either scopes or all_scopes"),
        ({"requesting_google_scopes": {"scopes": []}}, True, "either scopes or all_scopes"),
        ({"requesting_google_scopes": {"scopes": [SCOPE], "all_scopes": True}}, True, "either scopes or all_scopes"),
        ({"requesting_google_scopes": {"scopes": ["gmail.readonly"]}}, True, "not a scope"),
        ({"action": {"navigations": [{"pushCard": GOOD}] * 12}}, True, "answer: "),
    ],
)
def test_bad_answers(answer: Any, trigger: bool, expected: str) -> None:
    problems = check_answer(answer, trigger=trigger)
    assert any(expected in problem for problem in problems), problems
