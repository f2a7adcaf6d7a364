"""The cards for whoever cannot work yet: nothing installed, nothing connected, unknown to the CRM. Each says whose turn it is."""

from dataclasses import dataclass

from addon.cards.account import account_entries, refused_line
from addon.cards.actions import Action, Connect, OpenConsole, Page
from addon.cards.record import sentence
from addon.cards.state import again_button
from addon.cards.widgets import Button, ButtonList, Card, Footer, MenuEntry, OpenLink, Press, Section, Widget
from i18n import Language


@dataclass(frozen=True, slots=True)
class Product:
    """A CRM by the name people know, and where one gets an account; "" where nobody gets one by himself."""

    name: str
    sign_up_url: str = ""


def not_installed_card(domain: str, refresh: Action, language: Language) -> Card:
    """`domain` is "" for an account that belongs to no company."""
    if domain:
        title = language.text("Sidecard is not installed for {domain}", domain=domain)
        who = language.text("Ask your Google Workspace administrator to install it for your company, or install it for yourself.")
    else:
        title = language.text("Sidecard is not installed for you")
        who = language.text("Install it for yourself from the Google Workspace Marketplace.")
    nothing = language.text("Nothing of your mails was read or kept.")
    return _card(title, (who, nothing), refresh, language)


def not_told_card(refresh: Action, language: Language) -> Card:
    """Google's licences say who may come in, and do not answer."""
    texts = (
        language.text("Google does not say at the moment whether Sidecard is installed for you. Nothing of your mails was read or kept."),
        language.text("This happens only before you have used Sidecard. Try again in a moment."),
    )
    return _card(language.text("Please try again in a minute"), texts, refresh, language)


def administrator_card(refused: str, refresh: Action, language: Language) -> Card:
    """The company has installed Sidecard and no CRM yet. Whether the reader administers it is asked where the button leads."""
    texts = (
        language.text("Your administrator has installed Sidecard, but not connected your company's CRM yet."),
        language.text("There is nothing you have to do. You can use Sidecard as soon as it is connected."),
        language.text("If you are the administrator yourself, set it up now."),
        *_refused(refused, language),
    )
    set_up = Footer(Button(language.text("Set up Sidecard"), Press(OpenConsole(Page.SETUP))))
    return _card(language.text("The CRM is not connected yet"), texts, refresh, language, footer=set_up, may_set_up=True)


def not_connected_card(refused: str, refresh: Action, language: Language, *, company: bool) -> Card:
    """No CRM yet, and whoever comes first may connect one: his own install, or a company the operator has named."""
    texts = (
        language.text("Sidecard uses your CRM to show who is writing to you. Your company has not connected one yet.")
        if company
        else language.text("Sidecard uses your CRM to show who is writing to you. You have not connected one yet."),
        *_refused(refused, language),
        language.text("After connecting, come back here and press Refresh."),
    )
    return _card(language.text("Not connected to a CRM"), texts, refresh, language, footer=_connect(language), may_set_up=company)


def no_grant_card(product: Product, refused: str, refresh: Action, language: Language) -> Card:
    """The company has a CRM, but this person has not let Sidecard into his account there."""
    texts = (
        language.text("Your company uses {crm}. Connect with your own account there, once.", crm=product.name),
        language.text("Sidecard then shows and does what you may see and do in {crm}.", crm=product.name),
        *_refused(refused, language),
        language.text("After connecting, come back here and press Refresh."),
    )
    title = language.text("Connect to {crm}", crm=product.name)
    more = _sign_up(product, language)
    return _card(title, texts, refresh, language, more, footer=_connect(language), may_set_up=True)


def no_crm_user_card(email: str, refresh: Action, language: Language) -> Card:
    texts = (
        language.text("The CRM of your company has no active user with the address {address}.", address=email),
        language.text("Ask your CRM administrator to add you, then press Refresh."),
    )
    return _card(language.text("You are not a CRM user yet"), texts, refresh, language, may_set_up=True)


def _card(
    title: str,
    texts: tuple[str, ...],
    refresh: Action,
    language: Language,
    more: tuple[Section, ...] = (),
    *,
    footer: Footer | None = None,
    may_set_up: bool | None = None,
) -> Card:
    """`may_set_up` is None for somebody nobody knows: there is no account to show either."""
    widgets: tuple[Widget, ...] = (*(sentence(text) for text in texts), ButtonList((again_button(refresh, language),)))
    account = () if may_set_up is None else account_entries(language, may_set_up=may_set_up)
    menu = (MenuEntry(language.text("Refresh"), Press(refresh)), *account)
    return Card(title=title, sections=(Section(widgets), *more), footer=footer, menu=menu)


def _connect(language: Language) -> Footer:
    return Footer(Button(language.text("Connect"), Press(Connect())))


def _refused(organisation: str, language: Language) -> tuple[str, ...]:
    return (refused_line(organisation, language),) if organisation else ()


def _sign_up(product: Product, language: Language) -> tuple[Section, ...]:
    if not product.sign_up_url:
        return ()
    create = Button(language.text("Create an account"), OpenLink(product.sign_up_url))
    return (Section((sentence(language.text("You have no account in {crm} yet?", crm=product.name)), ButtonList((create,)))),)
