"""appsmarket.googleapis.com v2: who has the application installed. Told only to its own service account."""

from typing import Any

from tenants.google.licences import LICENCE_SCOPE
from tests.google.answers import Request, api_refusal, authorised
from tests.google.state import PersonLicence, State
from tests.zoho.wire import Answer

PREFIX = "/appsmarket/v2/"


def licence(state: State, request: Request) -> Answer:
    access = authorised(state, request, LICENCE_SCOPE)
    kind, _, rest = request.path.removeprefix(PREFIX).partition("/")
    application, _, asked = rest.partition("/")
    if access.person is not None or application != state.application_id:
        raise api_refusal(403, "forbidden", "Not authorized to access the application ID")
    told: dict[str, Any] = {"kind": f"appsmarket#{kind}", "id": f"{application}/{asked}", "applicationId": application}
    match kind:
        case "customerLicense":
            return Answer(200, told | _of_domain(state, asked))
        case "userLicense":
            return Answer(200, told | _of_person(state, asked))
        case _:
            raise api_refusal(404, "notFound", "Not Found")


def _of_domain(state: State, domain: str) -> dict[str, Any]:
    held = state.domain_licences.get(domain)
    if held is None and not state.in_domain(domain):
        raise api_refusal(404, "notFound", "Customer not found")
    return {"customerId": domain, "state": held.state if held is not None else "UNLICENSED"}


def _of_person(state: State, email: str) -> dict[str, Any]:
    held = state.person_licences.get(email) or _by_domain(state, email)
    told = {"userId": email, "enabled": held.enabled, "state": held.state, "editionId": "default_edition"}
    # Of a person without any licence Google names no customer.
    return told | ({"customerId": held.customer} if held.customer else {})


def _by_domain(state: State, email: str) -> PersonLicence:
    person = state.people.get(email)
    if person is None:
        raise api_refusal(404, "notFound", "User not found")
    held = state.domain_licences.get(person.hd or "")
    if held is None or held.state != "ACTIVE":
        return PersonLicence(enabled=False, state="UNLICENSED", customer="")
    # The odd case: outside the organisational units of the install somebody is "not enabled", and yet "active".
    return PersonLicence(enabled=held.covers(person), state="ACTIVE", customer=person.hd or "")
