"""Who somebody is in Zoho who has just consented: asked with a token alone, before there is a stored permission."""

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from crm_client.errors import Forbidden, NotFound, Unavailable
from crm_client.zoho.answers import Row, part, rows, string
from crm_client.zoho.questions import ROOT
from crm_client.zoho.wire import read_answer
from outbound import Answer, Http, OutboundError

READ_SECONDS = 5.0
PAUSE_SECONDS = 0.3
API_ACCESS = "Crm_Implied_Api_Access"
"""The permission of a profile without which Zoho refuses every call of its API."""


_ADMINISTRATORS = 200
"""The most users Zoho names at once."""


class ApiAccessMissing(Forbidden):
    """The person's profile lacks "Zoho CRM API Access": only an administrator of his CRM can help."""


class NoOrganisation(NotFound):
    """This Zoho account belongs to no CRM organisation."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """The CRM user, and the organisation the consent was given for.

    `org_id` is Zoho's zgid, `org_domain` the name in the organisation's web addresses, `edition` the paid type of its licence.
    """

    user_id: str
    user_name: str
    user_email: str
    org_id: str
    org_name: str
    org_domain: str
    edition: str
    country: str
    """ISO 3166, two letters, or empty."""


def introduce(http: Http, api: str, token: str) -> Introduction:
    """Two calls in turn, each tried twice where no usable answer comes: a code of consent is good only once.

    ApiAccessMissing, NoOrganisation, Forbidden, AuthExpired, RateLimited, Unavailable.
    """
    user = _first(_ask(http, api, token, "/users?type=CurrentUser"), "users")
    org = _first(_ask(http, api, token, "/org"), "org")
    user_id, org_id = string(user.get("id")), string(org.get("zgid"))
    if not user_id or not org_id:
        raise Unavailable("Zoho names no user or no organisation")
    if string(user.get("status")) not in ("active", ""):
        raise Forbidden("this CRM user is not active")
    return Introduction(
        user_id=user_id,
        user_name=string(user.get("full_name")) or string(user.get("email")),
        user_email=string(user.get("email")).lower(),
        org_id=org_id,
        org_name=string(org.get("company_name")) or string(org.get("alias")),
        org_domain=string(org.get("domain_name")) or f"org{org_id}",
        edition=part(org, "license_details", "paid_type").lower(),
        country=string(org.get("country_code")).upper(),
    )


def administers(http: Http, api: str, token: str, user_id: str) -> bool:
    """Whether this user is among the organisation's administrators; the first two hundred of them are looked at. CrmError."""
    answer = _ask(http, api, token, f"/users?type=AdminUsers&page=1&per_page={_ADMINISTRATORS}")
    return any(string(row.get("id")) == user_id for row in rows(answer, "users"))


def _first(answer: Any, key: str) -> Row:
    found = rows(answer, key)
    if not found:
        # What Zoho answers to an account without a CRM is documented nowhere; an empty answer is the likeliest.
        raise NoOrganisation(f"no {key} for this Zoho account")
    return found[0]


def _ask(http: Http, api: str, token: str, path: str) -> Any | None:
    try:
        return _ask_once(http, api, token, path)
    except Unavailable:
        time.sleep(PAUSE_SECONDS)
        return _ask_once(http, api, token, path)


def _ask_once(http: Http, api: str, token: str, path: str) -> Any | None:
    headers = {"authorization": f"Zoho-oauthtoken {token}"}
    try:
        answer = http.request("GET", f"{api}{ROOT}{path}", headers=headers, read_seconds=READ_SECONDS, total_seconds=READ_SECONDS)
    except OutboundError as error:
        raise Unavailable(str(error)) from error
    if answer.status == HTTPStatus.FORBIDDEN and _wants_api_access(answer):
        raise ApiAccessMissing(API_ACCESS)
    return read_answer(answer, "")


def _wants_api_access(answer: Answer) -> bool:
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return False
    details = said.get("details") if isinstance(said, dict) else None
    permissions = details.get("permissions") if isinstance(details, dict) else None
    return isinstance(permissions, list) and API_ACCESS in permissions
