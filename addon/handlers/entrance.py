"""Whoever cannot work yet: which card he gets, and the two pages a card leads anybody to."""

from addon.cards.actions import Action, Connect, OpenConsole, Page
from addon.cards.entrance import (
    Product,
    administrator_card,
    no_crm_user_card,
    no_grant_card,
    not_connected_card,
    not_installed_card,
    not_told_card,
)
from addon.cards.replies import Answer, Reply
from addon.cards.widgets import Card
from addon.context import Services
from crm_client.open import CrmKind
from crm_client.zoho.data_centres import SIGN_UP
from i18n import Language
from tenants.people import CONSUMER_DOMAINS, Missing, NotConnected, NotInstalled, NotTold, Person

PRODUCTS = {
    CrmKind.EMBEDDED: Product("Sidecard CRM"),
    CrmKind.ZOHO: Product("Zoho CRM", SIGN_UP),
}
"""What people call the CRMs."""

PAGES = {Page.ME: "/me", Page.SETUP: "/setup", Page.MAILBOXES: "/mailboxes"}


def turned_away(who: NotInstalled | NotTold, refresh: Action, language: Language) -> Answer:
    if isinstance(who, NotTold):
        return Reply(not_told_card(refresh, language))
    domain = who.identity.domain
    return Reply(not_installed_card("" if domain in CONSUMER_DOMAINS else domain, refresh, language))


def not_connected(services: Services, who: NotConnected, pressed: Action | None, refresh: Action, language: Language) -> Answer:
    if isinstance(pressed, OpenConsole):
        return open_page(services, who.person, pressed.page)
    if isinstance(pressed, Connect) and who.missing in (Missing.CONNECTION, Missing.GRANT):
        # Not for `Missing.ADMINISTRATOR`: whoever pressed first would choose his company's CRM.
        return connect_page(services, who.person)
    return Reply(_card(who, refresh, language))


def open_page(services: Services, person: Person, page: Page) -> Reply:
    """Through a door that is good for one use and two minutes: links travel, sessions must not."""
    return signed_in(services, person, PAGES[page])


def signed_in(services: Services, person: Person, path: str) -> Reply:
    return Reply(url=f"{services.base_url}/signin/{services.codes.issue(person.id, path)}")


def connect_page(services: Services, person: Person) -> Reply:
    """Opens over the mail; the card is drawn anew when it is closed."""
    return Reply(url=services.base_url + services.connect_links.make(person.id), overlay=True)


def _card(who: NotConnected, refresh: Action, language: Language) -> Card:
    match who.missing:
        case Missing.CRM_USER:
            return no_crm_user_card(who.person.email, refresh, language)
        case Missing.ADMINISTRATOR:
            return administrator_card(who.refused, refresh, language)
        case Missing.GRANT if who.target is not None:
            return no_grant_card(PRODUCTS[who.target.kind], who.refused, refresh, language)
        case _:
            return not_connected_card(who.refused, refresh, language, company="@" not in who.workspace.domain)
