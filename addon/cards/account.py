"""By whose permission the reader works in the CRM, and the ways to his account and to the set-up."""

from dataclasses import dataclass

from addon.cards.actions import OpenConsole, Page
from addon.cards.barred import look_only_section, own_account_button
from addon.cards.text import rich
from addon.cards.widgets import ButtonList, DecoratedText, Icon, MenuEntry, Press, Section, Widget
from i18n import Language


@dataclass(frozen=True, slots=True)
class AccountView:
    """`organisation` and `user` as the CRM `crm` calls them, "" while it does not answer. `shared`: by the company's permission;
    `look_only`: and as nobody. `refused`: the organisation of his own that the company does not let him use. `may_set_up`: he
    may be an administrator; the console proves it."""

    organisation: str = ""
    user: str = ""
    crm: str = ""
    shared: bool = False
    look_only: bool = False
    refused: str = ""
    may_set_up: bool = False


def account_sections(view: AccountView, language: Language) -> list[Section]:
    if view.look_only:
        sections = [look_only_section(language)]
    elif view.organisation:
        sections = [Section(tuple(_connection(view, language)))]
    else:
        sections = []
    if view.refused:
        sections.append(Section((DecoratedText(rich(refused_line(view.refused, language)), icon=Icon.COMPANY),)))
    return sections


def refused_line(organisation: str, language: Language) -> str:
    return language.text("Your own connection to {organisation} is not used: your company does not allow it.", organisation=organisation)


def account_entries(language: Language, *, may_set_up: bool = False) -> tuple[MenuEntry, ...]:
    """For the menu of a card."""
    account = MenuEntry(language.text("My account"), Press(OpenConsole(Page.ME)))
    return (account, MenuEntry(language.text("Set up"), Press(OpenConsole(Page.SETUP)))) if may_set_up else (account,)


def _connection(view: AccountView, language: Language) -> list[Widget]:
    if not view.shared:
        connected = language.text("Connected to {organisation}", organisation=view.organisation)
        return [DecoratedText(rich(connected), icon=Icon.CONFIRMATION, below=language.text("Signed in as {name}", name=view.user))]
    line = language.text("You work through your company's connection as {name} ({crm})", name=view.user, crm=view.crm)
    row = DecoratedText(rich(line), icon=Icon.CONFIRMATION, below=view.organisation)
    return [row, ButtonList((own_account_button(language),))]
