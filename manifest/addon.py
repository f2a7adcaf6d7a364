"""The add-on as Google has to know it, said once; `forms.py` writes it in Google's two forms.

Names, addresses and scopes come from the rooms that use them, so that a manifest cannot promise what is not served.
"""

import re
from dataclasses import dataclass

from addon.errors import EMAIL_SCOPE, READ_SCOPE
from console.pages import STATIC_PATH
from crm_client.zoho.data_centres import CHINA, DATA_CENTRES

NAME = "Sidecard"
LONGEST_NAME = 15
"""Google's style guide asks for no more."""

ACCENT = "#0b6b5d"
"""The console's."""

LOGO = f"{STATIC_PATH}/logo-1.png"
"""Google keeps what it has fetched: a new drawing needs a new name."""

EXECUTE_SCOPE = "https://www.googleapis.com/auth/gmail.addons.execute"
LOCALE_SCOPE = "https://www.googleapis.com/auth/script.locale"
SCOPES = (EXECUTE_SCOPE, READ_SCOPE, EMAIL_SCOPE, LOCALE_SCOPE)
"""Each with its reason in docs/scopes.md."""

ZOHO_SIGN_UP = "https://www.zoho.com/crm/"

_ORIGIN = re.compile(r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Trigger:
    """What Google does when something is opened: calls an address, or in an Apps Script project a function of that name."""

    url: str
    function: str


@dataclass(frozen=True, slots=True)
class MenuLink:
    """An entry of the menu every card has: opens a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class AddOn:
    """The whole add-on. `link_prefixes`: the only pages a card may open; telephone numbers and mail addresses are no pages."""

    name: str
    logo_url: str
    colour: str
    scopes: tuple[str, ...]
    home: Trigger
    message: Trigger
    menu: tuple[MenuLink, ...]
    link_prefixes: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.name) > LONGEST_NAME:
            raise ValueError(f"{self.name}: Google's style guide allows a name {LONGEST_NAME} characters")


def sidecard(base_url: str) -> AddOn:
    """The add-on served at `base_url`. ValueError, with a sentence, for an address Google could not use."""
    check_base_url(base_url)
    crm_pages = [f"{centre.web}/" for centre in (*DATA_CENTRES.all, *CHINA.all)]
    return AddOn(
        name=NAME,
        logo_url=base_url + LOGO,
        colour=ACCENT,
        scopes=SCOPES,
        home=Trigger(f"{base_url}/addon/home", "openHome"),
        message=Trigger(f"{base_url}/addon/message", "openMessage"),
        menu=(MenuLink("Settings", f"{base_url}/me"),),
        link_prefixes=(f"{base_url}/", *crm_pages, ZOHO_SIGN_UP),
    )


def check_base_url(base_url: str) -> None:
    """Google's tokens name the exact address called, so the base URL is written as SIDECARD_BASE_URL is, to the letter."""
    if not base_url.startswith("https://"):
        raise ValueError(f"{base_url}: must begin with https://, Google calls no other address.")
    if not _ORIGIN.fullmatch(base_url):
        raise ValueError(
            f"{base_url}: must be https:// and a public host name in lower case, as in https://sidecard.example.com, "
            "with no path, query or slash after it."
        )
