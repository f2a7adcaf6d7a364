"""Zoho's data centres: which hosts belong together. Nothing else that calls itself Zoho is ever called.

Source: Zoho's multi-DC pages (accounts, API) and the hosts its web pages answer on. China is a world of its own: its
clients are registered there, so a client of elsewhere does not offer it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SIGN_UP = "https://www.zoho.com/crm/signup.html"
"""For whoever has no CRM there yet."""


@dataclass(frozen=True, slots=True)
class DataCentre:
    """`location` is what Zoho calls it after consent; the others are addresses without a slash at the end."""

    location: str
    accounts: str
    api: str
    web: str


def _of(location: str, domain: str, api: str) -> DataCentre:
    return DataCentre(location, f"https://accounts.{domain}", f"https://www.{api}", f"https://crm.{domain}")


class DataCentres:
    """A closed table; the tests bring their own. The first is where consent starts."""

    def __init__(self, known: Iterable[DataCentre]) -> None:
        self._known = tuple(known)
        if not self._known:
            raise ValueError("no data centre")

    @property
    def home(self) -> DataCentre:
        return self._known[0]

    @property
    def all(self) -> tuple[DataCentre, ...]:
        return self._known

    def at(self, location: str) -> DataCentre | None:
        return next((one for one in self._known if one.location == location), None)

    def of_accounts(self, accounts_server: str) -> DataCentre | None:
        """The data centre with this accounts server, exactly as the table writes it."""
        return next((one for one in self._known if one.accounts == accounts_server), None)


DATA_CENTRES = DataCentres(
    (
        _of("us", "zoho.com", "zohoapis.com"),
        _of("eu", "zoho.eu", "zohoapis.eu"),
        _of("in", "zoho.in", "zohoapis.in"),
        _of("au", "zoho.com.au", "zohoapis.com.au"),
        _of("jp", "zoho.jp", "zohoapis.jp"),
        _of("ca", "zohocloud.ca", "zohoapis.ca"),
        _of("sa", "zoho.sa", "zohoapis.sa"),
        _of("uk", "zoho.uk", "zohoapis.uk"),
    )
)

CHINA = DataCentres((_of("cn", "zoho.com.cn", "zohoapis.com.cn"),))
"""For a client registered in China."""
