"""Who has Sidecard installed, as the Google Workspace Marketplace says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from outbound import Http
from tenants.google.apis import GoogleApis, GoogleRefused, GoogleUnavailable
from tenants.google.rest import RestApi
from tenants.google.service_account import ServiceAccount

LICENCE_SCOPE = "https://www.googleapis.com/auth/appsmarketplace.license"


class LicenceState(StrEnum):
    ACTIVE = "ACTIVE"
    UNLICENSED = "UNLICENSED"
    """Never installed, or taken away."""


@dataclass(frozen=True, slots=True)
class PersonLicence:
    """`enabled` and `active` say nothing alone: outside the organisational units of an install Google answers "not enabled" but "active".

    `customer`: the domain whose install covers him, or his own address where he installed for himself; "" if nobody knows him.
    """

    enabled: bool
    active: bool
    customer: str

    @property
    def access(self) -> bool:
        return self.enabled and self.active

    @property
    def individual(self) -> bool:
        """He installed for himself. Whether his company's install covers him as well is then not said: Google answers the same."""
        return "@" in self.customer


NOBODY = PersonLicence(enabled=False, active=False, customer="")


class Licences:
    """One per process. Thread-safe."""

    def __init__(self, http: Http, apis: GoogleApis, account: ServiceAccount, application_id: str) -> None:
        self._http = http
        self._apis = apis
        self._account = account
        self._application_id = application_id
        self._api = RestApi(http, "appsmarket", "v2", apis.appsmarket)

    def of_domain(self, domain: str) -> LicenceState:
        """GoogleRefused: we may not ask (misconfigured), which says nothing about the domain. GoogleUnavailable."""
        told = self._ask(self._api.service.customerLicense().get(applicationId=self._application_id, customerId=domain))
        return LicenceState.ACTIVE if told is not None and _active(told) else LicenceState.UNLICENSED

    def of_person(self, email: str) -> PersonLicence:
        """GoogleRefused: we may not ask (misconfigured), which says nothing about the person. GoogleUnavailable."""
        told = self._ask(self._api.service.userLicense().get(applicationId=self._application_id, userId=email))
        if told is None:
            return NOBODY
        customer = told.get("customerId", "")
        if not isinstance(customer, str):
            raise GoogleUnavailable("a licence with a customer that is no text")
        return PersonLicence(enabled=told.get("enabled") is True, active=_active(told), customer=customer.lower())

    def _ask(self, request: Any) -> Mapping[str, Any] | None:
        """None: Google knows no such customer. With an application of somebody else's it says "forbidden" instead."""
        try:
            return self._asked(request)
        except GoogleRefused as refused:
            if refused.reason == "notFound":
                return None
            raise

    def _asked(self, request: Any) -> Mapping[str, Any]:
        try:
            return self._api.ask(request, self._account.token(self._http, (LICENCE_SCOPE,), apis=self._apis))
        except GoogleRefused as refused:
            if refused.reason != "authError":
                raise
        # The token ended before its time.
        return self._api.ask(request, self._account.new_token(self._http, (LICENCE_SCOPE,), apis=self._apis))


def _active(told: Mapping[str, Any]) -> bool:
    """A state nobody knows must not look like an uninstall: data is erased after one."""
    match told.get("state"):
        case "ACTIVE":
            return True
        case "UNLICENSED" | "EXPIRED":
            return False
        case _:
            raise GoogleUnavailable("a licence in a state we do not know")
