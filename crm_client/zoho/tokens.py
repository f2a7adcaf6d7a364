"""What the adapter needs to know of a person's permission at Zoho. Who keeps it, encrypted, is `tenants`."""

from dataclasses import dataclass, field
from typing import Protocol

from crm_client.zoho.data_centres import DataCentre


@dataclass(frozen=True, slots=True)
class Grant:
    """A usable permission: an access token and whose it is.

    `api` is the API's address as Zoho gave it with the token (of a sandbox it is not `data_centre.api`), without a
    slash at the end. `org_id` is Zoho's zgid, `org_domain` the name in the organisation's web addresses,
    `edition` the paid type of its licence ("free", "standard", "professional", "enterprise", "ultimate", ...).
    """

    id: int
    token: str = field(repr=False)
    api: str
    data_centre: DataCentre
    org_id: str
    org_domain: str
    org_name: str
    edition: str
    user_id: str


class Tokens(Protocol):
    """Safe to call from many threads and processes; renewing is done by one of them, the others wait for it."""

    def current(self, grant_id: int) -> Grant:
        """With a token that is renewed five minutes before its end. AuthExpired, RateLimited, Unavailable."""
        ...

    def renewed(self, grant_id: int, refused: str) -> Grant:
        """With another token than `refused`, which Zoho no longer takes. AuthExpired, RateLimited, Unavailable."""
        ...
