"""The directory: who is an administrator, and everybody of a domain page by page, with the administrator's own consent."""

from typing import Any

import pytest

from outbound import Http
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.directory_api import DIRECTORY_SCOPE, PAGE, DirectoryApi, DirectoryPerson
from tests.google.server import Google
from tests.google.state import GooglePerson
from tests.zoho.faults import drop_before, html_page, status, truncated

DOMAIN = "northlight.example"


@pytest.fixture
def directory(google_server: Google) -> DirectoryApi:
    return DirectoryApi(Http(), google_server.apis)


@pytest.fixture
def anna(google_server: Google) -> GooglePerson:
    return google_server.person(f"Anna@{DOMAIN}", "Anna Roy", admin=True, org_unit="/Office")


def token(google: Google, person: GooglePerson, *scopes: str) -> str:
    return google.state.access(person, scopes or (DIRECTORY_SCOPE,), "consent").token


def reason_of(directory: DirectoryApi, access_token: str, email: str) -> str:
    with pytest.raises(GoogleRefused) as refused:
        directory.person(access_token, email)
    return refused.value.reason


def test_an_administrator_is_told_so(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    assert directory.person(token(google_server, anna), anna.email) == DirectoryPerson(
        f"anna@{DOMAIN}",
        "Anna Roy",
        is_admin=True,
        is_delegated_admin=False,
        customer_id=anna.customer_id,
        org_unit="/Office",
        suspended=False,
    )


def test_who_is_none_is_refused_and_so_is_who_was_one(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    paul = google_server.person(f"paul@{DOMAIN}", "Paul Martin")
    assert reason_of(directory, token(google_server, paul), paul.email) == "forbidden"
    hers = token(google_server, anna)
    anna.admin = False
    assert reason_of(directory, hers, anna.email) == "forbidden"
    anna.delegated_admin = True
    assert not directory.person(hers, anna.email).is_admin


def test_each_refusal_has_its_reason(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    elsewhere = google_server.person("boss@elsewhere.example", "Boss", admin=True)
    assert reason_of(directory, token(google_server, anna), elsewhere.email) == "notFound"
    assert reason_of(directory, token(google_server, anna, "openid"), anna.email) == "insufficientPermissions"
    assert reason_of(directory, "ya29.ended", anna.email) == "authError"


def test_everybody_comes_once_whatever_the_pages(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    google_server.person("boss@elsewhere.example", "Boss", admin=True)
    for number in range(2 * PAGE):
        google_server.person(f"rep{number:04}@{DOMAIN}", f"Rep {number}", org_unit="/Sales").suspended = number == 7
    people = list(directory.people(token(google_server, anna), DOMAIN))
    assert [one.email for one in people] == sorted([f"anna@{DOMAIN}", *(f"rep{number:04}@{DOMAIN}" for number in range(2 * PAGE))])
    assert [one.email for one in people if one.suspended] == [f"rep0007@{DOMAIN}"]
    assert len(google_server.asked("GET", "/admin/directory/v1/users")) == 3


def test_pages_come_as_they_are_taken(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    for number in range(PAGE):
        google_server.person(f"rep{number:04}@{DOMAIN}", f"Rep {number}")
    people = directory.people(token(google_server, anna), DOMAIN)
    assert next(people).email == f"anna@{DOMAIN}"
    google_server.faults.next("GET /admin", status(503))
    with pytest.raises(GoogleUnavailable):
        list(people)


def test_another_companys_people_are_not_to_be_had(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    with pytest.raises(GoogleRefused) as refused:
        list(directory.people(token(google_server, anna), "elsewhere.example"))
    assert refused.value.reason == "notFound"


def test_pages_that_lead_in_a_circle_end(google_server: Google, directory: DirectoryApi, anna: GooglePerson) -> None:
    google_server.faults.always("GET /admin", status(200, {"users": [], "nextPageToken": "again"}))
    assert list(directory.people(token(google_server, anna), DOMAIN)) == []


@pytest.mark.parametrize(
    "fault",
    [
        status(503),
        status(403, {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}),
        html_page(502),
        html_page(404),
        html_page(401),
        truncated(),
        drop_before(),
        status(200, {"users": {}}),
        status(200, {"users": [{"name": {}}]}),
        status(200, {"users": [7]}),
    ],
)
def test_bad_weather_is_no_refusal(google_server: Google, directory: DirectoryApi, anna: GooglePerson, fault: Any) -> None:
    hers = token(google_server, anna)
    google_server.faults.always("GET /admin", fault)
    with pytest.raises(GoogleUnavailable):
        directory.person(hers, anna.email)
    with pytest.raises(GoogleUnavailable):
        list(directory.people(hers, DOMAIN))
