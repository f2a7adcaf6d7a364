"""What comes to the door: Google's own events in every form, what is not Google's, what is no event at all."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addon.event import canonical_message_id
from playground.events import EventKind, event_body, sign_event
from playground.people import CLAIRE, PAUL
from tests.card_lint import check_answer
from tests.site import Site, post, running

EVENTS = Path(__file__).parent.parent.parent / "shared" / "events"
PUBLIC_EVENTS = sorted(EVENTS.glob("*.json")) if EVENTS.is_dir() else []
TRIGGERS = ("/addon/home", "/addon/message")
MUTATED_PATHS = ("/addon/home", "/addon/message", "/addon/act/save-add", "/addon/act/search-records")
MUTATED_BODIES = 2_500
"""For each of them: 10,000 in all."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all: nothing here writes. SQLite, since the database is not what is tried."""
    directory = tmp_path_factory.mktemp("site")
    with running(f"sqlite:///{directory}/sidecard.sqlite", directory / "playground") as site:
        yield site


def message_event(site: Site) -> dict[str, Any]:
    mail = next(mail for mail in site.mailboxes.of(PAUL.email).mails if mail.name.startswith("01-"))
    return event_body(EventKind.MESSAGE, PAUL, mail=mail)


# --- Google's own, in every form --------------------------------------------------------------------------------------


@pytest.mark.skipif(not PUBLIC_EVENTS, reason="the collection of public events is not beside this checkout")
@pytest.mark.parametrize("path", ["/addon/home", "/addon/message", "/addon/act/show-home"])
@pytest.mark.parametrize("event", PUBLIC_EVENTS, ids=lambda path: path.stem)
def test_every_public_event_gets_a_valid_answer(site: Site, event: Path, path: str) -> None:
    answer = site.post(path, json.loads(event.read_text()), PAUL)
    assert answer.status == 200
    assert check_answer(answer.json, trigger=path in TRIGGERS, https_only=False) == []


def test_the_system_token_may_come_in_the_header_alone(site: Site) -> None:
    event = json.loads(site.signed("/addon/home", event_body(EventKind.HOME, PAUL), PAUL))
    token = event["authorizationEventObject"].pop("systemIdToken")
    body = json.dumps(event).encode()
    assert post(f"{site.base_url}/addon/home", body, Authorization=f"Bearer {token}").status == 200
    assert post(f"{site.base_url}/addon/home", body).status == 401


def test_without_a_user_token_google_is_asked_for_the_address(site: Site) -> None:
    event = json.loads(site.signed("/addon/home", event_body(EventKind.HOME, PAUL), PAUL))
    del event["authorizationEventObject"]["userIdToken"]
    event["authorizationEventObject"]["authorizedScopes"] = ["https://www.googleapis.com/auth/gmail.addons.execute"]
    answer = post(f"{site.base_url}/addon/home", json.dumps(event).encode())
    assert answer.json == {"requesting_google_scopes": {"scopes": ["https://www.googleapis.com/auth/userinfo.email"]}}
    del event["authorizationEventObject"]["authorizedScopes"]
    answer = post(f"{site.base_url}/addon/home", json.dumps(event).encode())
    assert answer.status == 200 and "Who are you?" in answer.body.decode()


def test_without_the_right_to_read_mail_google_is_asked_for_it(site: Site) -> None:
    event = message_event(site)
    event["authorizationEventObject"]["authorizedScopes"] = ["https://www.googleapis.com/auth/userinfo.email"]
    answer = site.post("/addon/message", event, PAUL)
    assert answer.json["requesting_google_scopes"]["scopes"] == ["https://www.googleapis.com/auth/gmail.addons.current.message.readonly"]


def test_ids_are_the_same_mail_in_either_form() -> None:
    assert canonical_message_id("msg-f:1888313095599270248") == f"{1888313095599270248:x}"
    assert canonical_message_id("msg-a:r123") == "msg-a:r123"


# --- not Google's -----------------------------------------------------------------------------------------------------


def test_a_token_for_another_address_of_ours_is_refused(site: Site) -> None:
    body = site.signed("/addon/home", event_body(EventKind.HOME, PAUL), PAUL)
    assert post(f"{site.base_url}/addon/message", body).status == 401
    assert post(f"{site.base_url}/addon/act/link-mail", body).status == 401


def test_the_host_header_is_not_believed(site: Site) -> None:
    forged = json.dumps(sign_event(site.key, event_body(EventKind.HOME, PAUL), "https://evil.example/addon/home", PAUL)).encode()
    assert post(f"{site.base_url}/addon/home", forged, Host="evil.example", **{"X-Forwarded-Host": "evil.example"}).status == 401


def test_tokens_that_were_tampered_with_are_refused(site: Site) -> None:
    event = json.loads(site.signed("/addon/home", event_body(EventKind.HOME, PAUL), PAUL))
    for name in ("systemIdToken", "userIdToken"):
        broken = json.loads(json.dumps(event))
        token = broken["authorizationEventObject"][name]
        broken["authorizationEventObject"][name] = token[:-6] + ("AAAAAA" if not token.endswith("AAAAAA") else "BBBBBB")
        answer = post(f"{site.base_url}/addon/home", json.dumps(broken).encode())
        assert answer.status == 401
        assert token[:20] not in answer.body.decode()


def test_a_user_token_in_place_of_the_system_token_is_refused(site: Site) -> None:
    event = json.loads(site.signed("/addon/home", event_body(EventKind.HOME, PAUL), PAUL))
    event["authorizationEventObject"]["systemIdToken"] = event["authorizationEventObject"]["userIdToken"]
    assert post(f"{site.base_url}/addon/home", json.dumps(event).encode()).status == 401


# --- no event at all --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'"x"', b"[" * 100_000])
def test_what_is_no_object_is_a_bad_request(site: Site, body: bytes) -> None:
    assert post(f"{site.base_url}/addon/home", body).status == 400


def test_a_body_over_a_megabyte_is_refused(site: Site) -> None:
    assert post(f"{site.base_url}/addon/home", b"{" + b" " * (1024 * 1024) + b"}").status == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_other_content_types_are_refused(site: Site, content_type: str) -> None:
    assert post(f"{site.base_url}/addon/home", b"{}", content_type).status == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(site: Site, method: str) -> None:
    assert post(f"{site.base_url}/addon/home", b"{}", method=method).status == 405


def test_an_unknown_button_is_answered_with_a_card(site: Site) -> None:
    answer = site.post("/addon/act/no-such-button", event_body(EventKind.ACT, PAUL), PAUL)
    assert answer.status == 200 and "out of date" in answer.body.decode()
    assert site.post("/addon/act/connect", event_body(EventKind.ACT, CLAIRE), CLAIRE).status == 200


# --- anything ---------------------------------------------------------------------------------------------------------

_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from(["msg-f:1", "msg-f:99999999999999999999", "fr-FR", "xx", "../..", "Europe/Paris", "\u202e", "<b>"]),
)
_values = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6
)


def _paths(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _paths(value, (*here, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _paths(value, (*here, number))


def _set(node: Any, path: tuple[Any, ...], value: Any, *, drop: bool) -> None:
    for step in path[:-1]:
        node = node[step]
    if drop:
        del node[path[-1]]
    else:
        node[path[-1]] = value


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[int, bool, Any]]:
    return draw(st.lists(st.tuples(st.integers(0, 10_000), st.booleans(), _values), min_size=1, max_size=4))


@pytest.mark.parametrize("path", MUTATED_PATHS)
@settings(max_examples=MUTATED_BODIES, suppress_health_check=list(HealthCheck), database=None)
@given(changes=mutations())
def test_mutated_events_never_break_the_server(seeds: dict[str, Any], site: Site, changes: list[tuple[int, bool, Any]], path: str) -> None:
    """Always a valid answer or a 4xx, never a 5xx: 10,000 bodies, through the whole application without the socket."""
    event = json.loads(seeds[path])
    for number, drop, value in changes:
        found = list(_paths(event))
        if not found:
            break
        _set(event, found[number % len(found)], value, drop=drop)
    answer = site.app.test_client().post(path, data=json.dumps(event), content_type="application/json")
    assert answer.status_code == 200 or 400 <= answer.status_code < 500
    if answer.status_code == 200:
        written = json.loads(answer.data)
        assert check_answer(written, trigger=path in TRIGGERS, https_only=False) == []
        assert "Something went wrong" not in answer.text


@pytest.fixture(scope="module")
def seeds(site: Site) -> dict[str, str]:
    """Good events, one a path, to be mutated: the form with a true button in it."""
    rep = site.rep().open_mail("04-julien").press("Add as lead")
    add = rep.find("Add to the CRM")
    search = site.rep().open_home().find("Search")
    bodies: dict[str, Any] = {"/addon/home": event_body(EventKind.HOME, PAUL), "/addon/message": message_event(site)}
    form: dict[str, Any] = {name: {"stringInputs": {"value": ["x"]}} for name in ("f.last_name", "f.email", "kind", "q")}
    form["f.call_back_on"] = {"dateInput": {"msSinceEpoch": str(math.pi)}}
    for path, action in (("/addon/act/save-add", add), ("/addon/act/search-records", search)):
        parameters = {one["key"]: one["value"] for one in action["parameters"]}
        bodies[path] = event_body(EventKind.ACT, PAUL, mail=rep.mail, parameters=parameters, form_inputs=form)
    return {path: site.signed(path, body, PAUL).decode() for path, body in bodies.items()}
