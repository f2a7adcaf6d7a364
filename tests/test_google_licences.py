"""What the Marketplace says of installs, with its documented odd cases, and what must never look like an uninstall."""

import json
from typing import Any

import pytest

from outbound import Http
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.licences import NOBODY, Licences, LicenceState, PersonLicence
from tenants.google.service_account import ServiceAccount
from tests.google.server import Google
from tests.zoho.faults import drop_before, html_page, status, truncated

DOMAIN = "northlight.example"
PAUL, ANNA = f"paul@{DOMAIN}", f"anna@{DOMAIN}"


@pytest.fixture
def licences(google_server: Google) -> Licences:
    google_server.person(PAUL, "Paul Martin", org_unit="/Sales/North")
    google_server.person(ANNA, "Anna Roy", org_unit="/Salesforce")
    account = ServiceAccount.parse(google_server.account_json)
    return Licences(Http(), google_server.apis, account, google_server.application_id)


def test_a_domain_installs_and_takes_away(google_server: Google, licences: Licences) -> None:
    assert licences.of_domain(DOMAIN) is LicenceState.UNLICENSED
    assert licences.of_person(PAUL) == NOBODY
    google_server.licence_domain(DOMAIN)
    assert licences.of_domain(DOMAIN) is LicenceState.ACTIVE
    assert licences.of_person(PAUL) == PersonLicence(enabled=True, active=True, customer=DOMAIN)
    google_server.licence_domain(DOMAIN, "UNLICENSED")
    assert licences.of_domain(DOMAIN) is LicenceState.UNLICENSED
    assert not licences.of_person(PAUL).access


def test_outside_the_organisational_unit_active_is_not_enough(google_server: Google, licences: Licences) -> None:
    google_server.licence_domain(DOMAIN, org_units=["/Sales"])
    assert licences.of_person(PAUL).access
    outside = licences.of_person(ANNA)
    assert (outside.enabled, outside.active, outside.access) == (False, True, False)
    assert licences.of_domain(DOMAIN) is LicenceState.ACTIVE


def test_an_install_of_his_own_outlives_the_domains(google_server: Google, licences: Licences) -> None:
    google_server.licence_domain(DOMAIN)
    google_server.licence_person(PAUL)
    google_server.licence_domain(DOMAIN, "UNLICENSED")
    paul = licences.of_person(PAUL)
    assert (paul.access, paul.individual, paul.customer) == (True, True, PAUL)
    assert not licences.of_person(ANNA).access
    google_server.unlicence_person(PAUL)
    assert not licences.of_person(PAUL).access


def test_an_expired_seat_gives_no_access(google_server: Google, licences: Licences) -> None:
    google_server.licence_person(PAUL, state="EXPIRED", customer=DOMAIN)
    assert licences.of_person(PAUL) == PersonLicence(enabled=True, active=False, customer=DOMAIN)


def test_whom_google_does_not_know_has_no_licence(licences: Licences) -> None:
    assert licences.of_domain("nowhere.example") is LicenceState.UNLICENSED
    assert licences.of_person("nobody@nowhere.example") == NOBODY


def test_a_wrong_application_is_no_uninstall(google_server: Google) -> None:
    google_server.person(PAUL, "Paul Martin")
    licences = Licences(Http(), google_server.apis, ServiceAccount.parse(google_server.account_json), "999")
    for ask in (lambda: licences.of_domain(DOMAIN), lambda: licences.of_person(PAUL)):
        with pytest.raises(GoogleRefused) as refused:
            ask()
        assert refused.value.reason == "forbidden"


def test_a_deleted_service_account_is_no_uninstall(google_server: Google) -> None:
    key = {**json.loads(google_server.account_json), "client_email": "gone@project.iam.gserviceaccount.example"}
    licences = Licences(Http(), google_server.apis, ServiceAccount(key), google_server.application_id)
    with pytest.raises(GoogleRefused) as refused:
        licences.of_domain(DOMAIN)
    assert refused.value.reason == "own_key"


def test_a_token_that_ended_early_is_no_uninstall(google_server: Google, licences: Licences) -> None:
    licences.of_domain(DOMAIN)
    google_server.end_tokens()
    assert licences.of_domain(DOMAIN) is LicenceState.UNLICENSED


@pytest.mark.parametrize(
    "fault",
    [
        status(503),
        status(429),
        status(403, {"error": {"code": 403, "errors": [{"reason": "rateLimitExceeded"}]}}),
        html_page(502),
        html_page(404),
        html_page(403),
        truncated(),
        drop_before(),
        status(200, {}),
        status(200, {"state": "SUSPENDED", "enabled": True}),
        status(200, [1]),
    ],
)
def test_bad_weather_is_no_uninstall(google_server: Google, licences: Licences, fault: Any) -> None:
    google_server.licence_domain(DOMAIN)
    for ask in (lambda: licences.of_domain(DOMAIN), lambda: licences.of_person(PAUL)):
        google_server.faults.next("GET /appsmarket/", fault, times=2)  # what only reads is sent again where a connection broke
        with pytest.raises(GoogleUnavailable):
            ask()
        google_server.faults.clear()
