"""The service account against the stand-in, which checks every signature: tokens, delegation for a person, giving back."""

import json
from pathlib import Path
from typing import Any

import pytest

from outbound import Http
from tenants.google.apis import GoogleError, GoogleRefused, GoogleUnavailable
from tenants.google.delegation import Delegation, DelegationMissing, DelegationReason, DelegationWorks
from tenants.google.revoking import revoke
from tenants.google.service_account import ServiceAccount
from tests.google.server import Google
from tests.google.state import signing_keys
from tests.zoho.faults import drop_before, html_page, status, truncated

MAIL = "https://mail.google.com/"
SETTINGS = "https://www.googleapis.com/auth/gmail.settings.basic"
PAUL = "paul@northlight.example"


@pytest.fixture
def account(google_server: Google) -> ServiceAccount:
    return ServiceAccount.parse(google_server.account_json)


@pytest.fixture
def delegation(google_server: Google, account: ServiceAccount) -> Delegation:
    google_server.person(PAUL, "Paul Martin")
    return Delegation(account, google_server.apis, Http())


def test_a_key_comes_as_text_or_as_a_file(google_server: Google, tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(google_server.account_json, encoding="utf-8")
    for account in (ServiceAccount.parse(google_server.account_json), ServiceAccount.parse(str(path))):
        assert (account.email, account.client_id) == (google_server.state.account_email, google_server.state.account_client_id)
        assert account.token(Http(), [MAIL], apis=google_server.apis) in google_server.state.accesses
        assert "PRIVATE" not in repr(account)


@pytest.mark.parametrize("name", ["client_email", "client_id", "private_key"])
def test_a_damaged_key_is_found_at_the_start_and_not_quoted(google_server: Google, name: str) -> None:
    key = json.loads(google_server.account_json)
    for damaged in ({**key, name: ""}, {one: value for one, value in key.items() if one != name}, {**key, "private_key": "-----BEGIN"}):
        with pytest.raises(ValueError) as error:
            ServiceAccount.parse(json.dumps(damaged))
        assert "BEGIN" not in str(error.value)
    for text in ("", "[]", "{", "/nowhere/key.json", "x" * 5000, "\0"):
        with pytest.raises(ValueError, match="key"):
            ServiceAccount.parse(text)


def test_the_key_file_does_not_say_where_tokens_come_from(google_server: Google) -> None:
    key = {**json.loads(google_server.account_json), "token_uri": "http://127.0.0.1:9/evil"}
    assert ServiceAccount.parse(json.dumps(key)).token(Http(), [MAIL], apis=google_server.apis)


def test_a_token_is_kept_until_its_last_five_minutes(google_server: Google, account: ServiceAccount) -> None:
    http, apis = Http(), google_server.apis
    first = account.token(http, [MAIL], apis=apis)
    assert account.token(http, [MAIL], apis=apis) == first
    assert account.token(http, [MAIL, SETTINGS], apis=apis) != first
    assert len(google_server.asked("POST", "/token")) == 2
    google_server.state.token_seconds = 299
    fresh = account.new_token(http, [MAIL], apis=apis)
    assert account.token(http, [MAIL], apis=apis) not in (first, fresh)


def test_delegation_gives_a_token_of_the_person(google_server: Google, delegation: Delegation) -> None:
    google_server.allow_delegation([MAIL])
    token = delegation.token(PAUL, [MAIL])
    access = google_server.state.accesses[token]
    assert (access.person, access.scopes) == (google_server.state.people[PAUL], frozenset({MAIL}))
    assert delegation.test(PAUL, [MAIL]) == DelegationWorks()


@pytest.mark.parametrize(
    ("entered", "subject", "reason"),
    [
        ([], PAUL, DelegationReason.NOT_ENTERED),
        ([SETTINGS], PAUL, DelegationReason.NOT_ENTERED),
        ([MAIL], "nobody@northlight.example", DelegationReason.NO_SUCH_PERSON),
        ([MAIL], "paul@gmail.com", DelegationReason.NOT_ENTERED),
        ([MAIL], "anna@northlight.example", DelegationReason.DENIED),
        ([MAIL], "suspended@northlight.example", DelegationReason.NO_SUCH_PERSON),
    ],
)
def test_what_is_missing_is_said_precisely(
    google_server: Google, delegation: Delegation, entered: list[str], subject: str, reason: DelegationReason
) -> None:
    google_server.person("anna@northlight.example", "Anna Roy")
    google_server.person("suspended@northlight.example", "Sam").suspended = True
    google_server.state.delegation_denied.add("anna@northlight.example")
    google_server.allow_delegation(entered)
    assert delegation.test(subject, [MAIL]) == DelegationMissing(google_server.state.account_client_id, (MAIL,), reason)
    with pytest.raises(GoogleRefused) as refused:
        delegation.token(subject, [MAIL])
    assert refused.value.reason == reason


def test_the_test_asks_google_and_not_the_memory(google_server: Google, delegation: Delegation) -> None:
    google_server.allow_delegation([MAIL])
    delegation.token(PAUL, [MAIL])
    google_server.allow_delegation([])
    assert isinstance(delegation.test(PAUL, [MAIL]), DelegationMissing)
    with pytest.raises(GoogleRefused):
        delegation.token(PAUL, [MAIL])


def test_our_own_broken_key_is_not_the_administrators_fault(google_server: Google) -> None:
    google_server.person(PAUL, "Paul Martin")
    google_server.allow_delegation([MAIL])
    key = json.loads(google_server.account_json)
    google_key = json.loads(google_server.account_json.replace(signing_keys()[1].kid, "another"))
    google_key["client_email"] = "gone@project.iam.gserviceaccount.example"
    google_server.state.account_key = signing_keys()[0]  # Google knows another key of this account
    for broken in (key, google_key):
        delegation = Delegation(ServiceAccount(broken), google_server.apis, Http())
        with pytest.raises(GoogleRefused) as refused:
            delegation.test(PAUL, [MAIL])
        assert refused.value.reason == "own_key"


def test_delegation_without_a_person_is_none(delegation: Delegation) -> None:
    for subject in ("", "northlight.example"):
        with pytest.raises(ValueError, match="address"):
            delegation.test(subject, [MAIL])


@pytest.mark.parametrize(
    "fault",
    [
        status(503),
        status(429),
        html_page(502),
        html_page(404),
        truncated(),
        drop_before(),
        status(200, []),
        status(200, {}),
        status(200, {"access_token": 7, "expires_in": 3600}),
        status(200, {"access_token": "t", "expires_in": "soon"}),
        status(400, {"error": {"code": 400}}),
    ],
)
def test_bad_weather_is_no_refusal(google_server: Google, delegation: Delegation, fault: Any) -> None:
    google_server.allow_delegation([MAIL])
    google_server.faults.next("POST /token", fault)
    with pytest.raises(GoogleUnavailable):
        delegation.test(PAUL, [MAIL])
    assert len(google_server.asked("POST", "/token")) == 1
    assert delegation.test(PAUL, [MAIL]) == DelegationWorks()


def test_a_token_is_given_back_once(google_server: Google, delegation: Delegation) -> None:
    google_server.allow_delegation([MAIL])
    token = delegation.token(PAUL, [MAIL])
    assert revoke(Http(), google_server.apis, token) is True
    assert token not in google_server.state.accesses
    assert revoke(Http(), google_server.apis, token) is False
    assert all(token not in f"{one.path}{one.request.query}" for one in google_server.requests)


@pytest.mark.parametrize("fault", [status(503), html_page(400), drop_before(), status(400, {"error": "internal_failure"})])
def test_a_revocation_without_an_answer_is_not_done(google_server: Google, fault: Any) -> None:
    google_server.faults.next("POST /revoke", fault)
    with pytest.raises(GoogleUnavailable):
        revoke(Http(), google_server.apis, "ya29.token")


def test_no_error_tells_a_token(google_server: Google) -> None:
    google_server.faults.next("POST /revoke", status(400, {"error": "ya29.token and more"}))
    with pytest.raises(GoogleError) as error:
        revoke(Http(), google_server.apis, "ya29.token")
    assert "ya29" not in str(error.value)
