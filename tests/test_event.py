"""Google's bodies become values: all known real ones parse, and nothing in a body can do more than go missing."""

import copy
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.event import (
    MAX_ENTRIES,
    MAX_VALUE_CHARACTERS,
    BadEvent,
    ButtonPressed,
    Common,
    ComposeOpened,
    EntryPoint,
    Form,
    GmailTokens,
    HomeOpened,
    MessageOpened,
    Platform,
    canonical_message_id,
    parse,
)

COLLECTED = Path(__file__).parents[2] / "shared" / "events"
CLASSES = {
    EntryPoint.HOME: HomeOpened,
    EntryPoint.MESSAGE: MessageOpened,
    EntryPoint.COMPOSE: ComposeOpened,
    EntryPoint.BUTTON: ButtonPressed,
}
FULL: dict[str, Any] = {
    "commonEventObject": {
        "hostApp": "GMAIL",
        "platform": "WEB",
        "userLocale": "fr-CA",
        "timeZone": {"id": "America/Toronto", "offset": -1.44e7},
        "parameters": {"p": "signed.payload", "flag": "True"},
        "formInputs": {
            "last_name": {"stringInputs": {"value": ["Roy"]}},
            "tags": {"stringInputs": {"value": ["a", "b"]}},
            "newsletter": {"stringInputs": {"value": [""]}},
            "wrapped": {"": {"stringInputs": {"value": ["inside"]}}},
            "due": {"dateInput": {"msSinceEpoch": "1767225600000"}},
            "call_at": {"dateTimeInput": {"hasDate": True, "hasTime": True, "msSinceEpoch": 1767268800000}},
            "at": {"timeInput": {"hours": 9, "minutes": 30}},
        },
    },
    "authorizationEventObject": {
        "userOAuthToken": "ya29.oauth-secret",
        "systemIdToken": "system.id.secret",
        "userIdToken": "user.id.secret",
        "authorizedScopes": ["https://www.googleapis.com/auth/gmail.addons.execute"],
    },
    "gmail": {"messageId": "msg-f:1888313095599270248", "threadId": "thread-f:1888313095599270248", "accessToken": "access-secret"},
}


def pressed(body: Any) -> ButtonPressed:
    event = parse(json.dumps(body).encode(), EntryPoint.BUTTON)
    assert isinstance(event, ButtonPressed)
    return event


def form(**inputs: Any) -> Form:
    return pressed({"commonEventObject": {"formInputs": inputs}}).form


def test_a_full_click() -> None:
    event = pressed(FULL)
    assert event.common == Common(
        platform=Platform.WEB,
        locale="fr-CA",
        zone="America/Toronto",
        scopes=frozenset({"https://www.googleapis.com/auth/gmail.addons.execute"}),
        system_token="system.id.secret",
        user_token="user.id.secret",
        tokens=GmailTokens("ya29.oauth-secret", "access-secret"),
    )
    assert (event.message_id, event.thread_id) == ("msg-f:1888313095599270248", "thread-f:1888313095599270248")
    assert event.parameters == {"p": "signed.payload", "flag": "True"}
    assert event.form.text("last_name") == "Roy"
    assert event.form.texts("tags") == ("a", "b")
    assert event.form.text("tags") == "a"
    assert event.form.text("wrapped") == "inside"
    assert event.form.ticked("newsletter")
    assert event.form.text("newsletter") == ""
    assert event.form.date("due") == date(2026, 1, 1)
    assert event.form.date("call_at") == date(2026, 1, 1)
    assert event.form.date("last_name") is None
    assert not event.form.ticked("due")
    assert not event.form.ticked("at")


@pytest.mark.parametrize("opened", EntryPoint)
def test_the_address_decides_what_it_is(opened: EntryPoint) -> None:
    event = parse(json.dumps(FULL).encode(), opened)
    assert type(event) is CLASSES[opened]
    assert event.common.platform is Platform.WEB
    if isinstance(event, MessageOpened):
        assert event.message_id == "msg-f:1888313095599270248"


@pytest.mark.parametrize("opened", EntryPoint)
def test_everything_can_be_missing(opened: EntryPoint) -> None:
    event = parse(b"{}", opened)
    assert event.common == Common()
    assert event.common.scopes is None
    if isinstance(event, ButtonPressed):
        assert event.message_id is None
        assert event.parameters == {}
        assert event.form.text("anything") == ""
        assert event.form.texts("anything") == ()
        assert not event.form.ticked("anything")


def test_nothing_secret_shows() -> None:
    shown = repr(pressed(FULL)) + str(parse(json.dumps(FULL).encode(), EntryPoint.MESSAGE))
    for secret in ("oauth-secret", "access-secret", "system.id", "user.id", "signed.payload", "Roy"):
        assert secret not in shown


@pytest.mark.parametrize(
    "body", [b"", b" ", b"[]", b"null", b'"text"', b"5", b"{", b"{'a':1}", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000]
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadEvent):
        parse(body, EntryPoint.HOME)


def _collected() -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(COLLECTED.glob("*.json"))]


@pytest.mark.skipif(not COLLECTED.is_dir(), reason="the collected bodies of other add-ons (../shared/events) are not on this machine")
@pytest.mark.parametrize("opened", EntryPoint)
@pytest.mark.parametrize("path", _collected())
def test_collected_bodies(path: Any, opened: EntryPoint) -> None:
    body = json.loads(path.read_text())["body"]
    event = parse(json.dumps(body).encode(), opened)
    assert type(event) is CLASSES[opened]
    if "commonEventObject" in body:
        assert event.common.platform is Platform.WEB
        assert event.common.locale == body["commonEventObject"].get("userLocale")
        assert event.common.zone == body["commonEventObject"].get("timeZone", {}).get("id")
    scopes = body.get("authorizationEventObject", {}).get("authorizedScopes")
    assert event.common.scopes == (None if scopes is None else frozenset(scopes))
    if isinstance(event, ButtonPressed):
        assert event.message_id == body.get("gmail", {}).get("messageId")
        assert event.parameters == body.get("commonEventObject", {}).get("parameters", {})
        for name, sent in body.get("commonEventObject", {}).get("formInputs", {}).items():
            assert event.form.texts(name) == tuple(sent["stringInputs"]["value"])


def test_float_offset_as_on_the_wire() -> None:
    event = parse(b'{"commonEventObject":{"timeZone":{"id":"America/Los_Angeles","offset":-2.88E7}}}', EntryPoint.HOME)
    assert event.common.zone == "America/Los_Angeles"


@pytest.mark.parametrize(("sent", "platform"), [("IOS", Platform.IOS), ("ANDROID", Platform.ANDROID), ("ANDRIOD", Platform.ANDROID)])
def test_platforms(sent: Any, platform: Platform) -> None:
    assert pressed({"commonEventObject": {"platform": sent}}).common.platform is platform


@pytest.mark.parametrize("junk", [None, 5, 1.5, True, "", "text", [], ["a"], {}, {"": {}}, {"a": [1]}])
@pytest.mark.parametrize(
    "path",
    [
        ("commonEventObject",),
        ("authorizationEventObject",),
        ("gmail",),
        *[("commonEventObject", name) for name in ("platform", "userLocale", "timeZone", "parameters", "formInputs")],
        ("commonEventObject", "timeZone", "id"),
        ("commonEventObject", "parameters", "p"),
        ("commonEventObject", "formInputs", "last_name"),
        ("commonEventObject", "formInputs", "last_name", "stringInputs"),
        ("commonEventObject", "formInputs", "last_name", "stringInputs", "value"),
        ("commonEventObject", "formInputs", "due", "dateInput"),
        ("commonEventObject", "formInputs", "due", "dateInput", "msSinceEpoch"),
        *[("authorizationEventObject", name) for name in FULL["authorizationEventObject"]],
        *[("gmail", name) for name in FULL["gmail"]],
    ],
)
def test_a_field_of_the_wrong_type_is_missing(path: Any, junk: object) -> None:
    body = copy.deepcopy(FULL)
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = junk
    event = pressed(body)
    # What stands beside it is not touched.
    if path[0] != "gmail":
        assert event.message_id == "msg-f:1888313095599270248"
    if path[0] != "commonEventObject":
        assert event.form.text("last_name") == "Roy"
    if path[0] != "authorizationEventObject":
        assert event.common.user_token == "user.id.secret"


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        ("1767225600000", date(2026, 1, 1)),
        (1767225600000, date(2026, 1, 1)),
        (1.7672256e12, date(2026, 1, 1)),
        ("1.7672256E12", date(2026, 1, 1)),
        ("-86400000", date(1969, 12, 31)),
        (0, date(1970, 1, 1)),
        *[(bad, None) for bad in ("", "soon", "NaN", "Infinity", "1e400", "9" * 30, "9" * 5000)],
        *[(bad, None) for bad in (10**18, 1e300, -1e300, True, None)],
        ([], None),
        ({}, None),
    ],
)
def test_dates(sent: Any, day: date | None) -> None:
    assert form(due={"dateInput": {"msSinceEpoch": sent}}).date("due") == day
    assert form(due={"": {"dateTimeInput": {"msSinceEpoch": sent}}}).date("due") == day


def test_numbers_beyond_what_json_can_say() -> None:
    body = b'{"commonEventObject":{"formInputs":{"due":{"dateInput":{"msSinceEpoch":1e999}},"x":{"stringInputs":{"value":["y"]}}}}}'
    event = parse(body, EntryPoint.BUTTON)
    assert isinstance(event, ButtonPressed)
    assert event.form.date("due") is None
    assert event.form.text("x") == "y"


def test_strings_are_made_storable() -> None:
    parameters = rb'{"k\u0000":"a\ud83d"}'
    inputs = rb'{"n\udc00":{"stringInputs":{"value":["x\u0000y\ud83d\ude00\udc00"]}}}'
    event = parse(b'{"commonEventObject":{"parameters":' + parameters + b',"formInputs":' + inputs + b"}}", EntryPoint.BUTTON)
    assert isinstance(event, ButtonPressed)
    assert event.parameters == {"k": "a"}
    assert event.form.text("n") == "xy\N{GRINNING FACE}"


def test_too_long_values() -> None:
    long = "x" * (MAX_VALUE_CHARACTERS + 1)
    event = pressed({"commonEventObject": {"parameters": {"p": long, "q": "y"}, "formInputs": {"t": {"stringInputs": {"value": [long]}}}}})
    assert event.parameters == {"q": "y"}
    assert event.form.text("t") == long[:MAX_VALUE_CHARACTERS]


def test_too_many_values() -> None:
    many = {f"n{number}": "v" for number in range(MAX_ENTRIES + 100)}
    inputs = {name: {"stringInputs": {"value": ["v"] * (MAX_ENTRIES + 100)}} for name in many}
    event = pressed({"commonEventObject": {"parameters": many, "formInputs": inputs}})
    assert len(event.parameters) == MAX_ENTRIES
    assert len(event.form.texts("n0")) == MAX_ENTRIES
    assert event.form.ticked(f"n{MAX_ENTRIES - 1}")
    assert not event.form.ticked(f"n{MAX_ENTRIES}")


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a b", "é", "x" * 9000, "\x00", "\ud800"])
def test_tokens_that_fit_into_no_header_are_missing(token: str) -> None:
    body = {"authorizationEventObject": {"userOAuthToken": token}, "gmail": {"accessToken": token}}
    assert pressed(body).common.tokens == GmailTokens()


@pytest.mark.parametrize("message_id", ["..", "../x", "a/b", "a?b", "a#b", "a b", "", "é", "x" * 300, "a\n"])
def test_ids_that_are_none(message_id: str) -> None:
    event = pressed({"gmail": {"messageId": message_id, "threadId": message_id}})
    assert (event.message_id, event.thread_id) == (None, None)


def test_odd_locales_and_zones_are_missing() -> None:
    for locale in ("../../etc", "x" * 50, "fr\n", "12", "f"):
        assert pressed({"commonEventObject": {"userLocale": locale}}).common.locale is None
    for zone in ("../../etc/passwd", "/etc/passwd", "x" * 200, "Europe/Paris\n", "a\x00b", "."):
        assert pressed({"commonEventObject": {"timeZone": {"id": zone}}}).common.zone is None
    for zone in ("Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+8", "UTC", "America/Port-au-Prince"):
        assert pressed({"commonEventObject": {"timeZone": {"id": zone}}}).common.zone == zone


@pytest.mark.parametrize(
    ("message_id", "canonical"),
    [
        ("msg-f:1888313095599270248", "1a34a2c177e9a968"),
        ("thread-f:1234567", "12d687"),
        ("msg-a:r-123456", "msg-a:r-123456"),
        ("1a34a0cd1ed3d168", "1a34a0cd1ed3d168"),
        ("msg-f:current", "msg-f:current"),
        ("msg-f:", "msg-f:"),
        ("msg-f:١٢٣", "msg-f:١٢٣"),
        ("msg-f:" + "9" * 5000, "msg-f:" + "9" * 5000),
    ],
)
def test_canonical_message_id(message_id: str, canonical: str) -> None:
    assert canonical_message_id(message_id) == canonical


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["", "value", "id", "a", "msSinceEpoch"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def _strings(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for pair in value.items() for part in pair for text in _strings(part)]
        case tuple() | list() | frozenset():
            return [text for part in value for text in _strings(part)]
        case _:
            return []


def _check(body: bytes, opened: EntryPoint) -> None:
    try:
        event = parse(body, opened)
    except BadEvent:
        return
    assert type(event) is CLASSES[opened]
    for text in _strings(asdict(event)):
        text.encode()
        assert "\x00" not in text


@given(st.binary(max_size=200), st.sampled_from(EntryPoint))
def test_any_bytes(body: bytes, opened: EntryPoint) -> None:
    _check(body, opened)


@given(JSON, st.sampled_from(EntryPoint))
def test_any_json(value: Any, opened: EntryPoint) -> None:
    _check(json.dumps(value).encode(), opened)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = [place for key, inner in value.items() for place in _places(inner, (*path, key))] if isinstance(value, dict) else []
    return [path, *below] if path else below


@given(st.lists(st.tuples(st.sampled_from(_places(FULL)), JSON), min_size=1, max_size=4), st.sampled_from(EntryPoint))
def test_any_mutation_of_a_real_body(changes: list[tuple[tuple[Any, ...], Any]], opened: EntryPoint) -> None:
    body = copy.deepcopy(FULL)
    for path, value in changes:
        place: Any = body
        for name in path[:-1]:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[path[-1]] = value
    _check(json.dumps(body).encode(), opened)
