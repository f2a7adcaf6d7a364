"""Domain-wide delegation: acting for a person of a domain whose administrator allowed it in the Admin console."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outbound import Http
from tenants.google.apis import GoogleApis, GoogleRefused
from tenants.google.service_account import ServiceAccount


class DelegationReason(StrEnum):
    NOT_ENTERED = "unauthorized_client"
    """The client id is not entered in the Admin console, or not with all of these scopes. New entries take minutes, up to a day."""
    NO_SUCH_PERSON = "invalid_grant"
    """The person is no user of the domain, or suspended."""
    DENIED = "access_denied"
    """The domain's rules forbid it, e.g. the service is switched off for him."""


@dataclass(frozen=True, slots=True)
class DelegationWorks:
    pass


@dataclass(frozen=True, slots=True)
class DelegationMissing:
    """`client_id` and `scopes` are exactly what the administrator has to enter."""

    client_id: str
    scopes: tuple[str, ...]
    reason: DelegationReason


class Delegation:
    """One per process. Thread-safe."""

    def __init__(self, account: ServiceAccount, apis: GoogleApis, http: Http) -> None:
        self._account = account
        self._apis = apis
        self._http = http

    @property
    def client_id(self) -> str:
        """The service account's numeric id, for the Admin console."""
        return self._account.client_id

    def token(self, subject: str, scopes: Sequence[str]) -> str:
        """An access token of `subject`, an address of the domain. GoogleRefused, GoogleUnavailable."""
        return self._account.token(self._http, scopes, _named(subject), self._apis)

    def test(self, subject: str, scopes: Sequence[str]) -> DelegationWorks | DelegationMissing:
        """Whether Google gives us a token right now. GoogleRefused: our own key is not accepted. GoogleUnavailable."""
        try:
            self._account.new_token(self._http, scopes, _named(subject), self._apis)
        except GoogleRefused as refused:
            if refused.reason not in set(DelegationReason):
                raise
            return DelegationMissing(self.client_id, tuple(scopes), DelegationReason(refused.reason))
        return DelegationWorks()


def _named(subject: str) -> str:
    """Without a subject the token would be the service account's own: that is no delegation, and must not look like one that works."""
    if "@" not in subject:
        raise ValueError("delegation is for a person's address")
    return subject
