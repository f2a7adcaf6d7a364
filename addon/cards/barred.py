"""What the company does not allow here, or what this person cannot do: the card that says so, and the lines on other cards."""

from enum import StrEnum

from addon.cards.actions import Action, Connect, ShowHome
from addon.cards.record import sentence
from addon.cards.text import rich
from addon.cards.widgets import Button, ButtonList, Card, DecoratedText, Icon, MenuEntry, Press, Section
from i18n import Language


class Bar(StrEnum):
    """What stands in the way. None of it is the CRM's doing, nor an error."""

    EXCLUDED = "excluded"
    """The mail has an address of a domain the company keeps from Sidecard."""
    NO_LINKS = "no links"
    NOT_OWNER = "not owner"
    """Only who owns a record links mails to it."""
    NO_USER = "no user"
    """He works by the company's permission, and no CRM user is known to be him."""


def barred_card(bar: Bar, name: str, refresh: Action, language: Language) -> Card:
    """`name`: the excluded domain, or who owns the record."""
    title, texts = _words(bar, name, language)
    # Who is nobody in the CRM cannot search it either.
    way_on = own_account_button(language) if bar is Bar.NO_USER else Button(language.text("Search the CRM"), Press(ShowHome()))
    return Card(
        title=title,
        sections=(Section((*(sentence(text) for text in texts), ButtonList((way_on,)))),),
        menu=(MenuEntry(language.text("Refresh"), Press(refresh)),),
    )


def look_only_section(language: Language) -> Section:
    """Stands where the buttons that change something would be."""
    text = rich(language.text("You may look, but not change anything"))
    return Section((DecoratedText(text, icon=Icon.PERSON, below=_no_user(language)), ButtonList((own_account_button(language),))))


def own_account_button(language: Language) -> Button:
    return Button(language.text("Connect your own account"), Press(Connect()))


def _no_user(language: Language) -> str:
    return language.text("Your company's connection knows no CRM user who is you. Ask the administrator of Sidecard to match you.")


def _words(bar: Bar, name: str, language: Language) -> tuple[str, tuple[str, ...]]:
    match bar:
        case Bar.EXCLUDED:
            return language.text("Your administrator has excluded {domain}", domain=name), (
                language.text("Nobody of this mail is looked up, and it cannot be linked."),
                language.text("Sidecard has read no more of it than it took to see this, and stores nothing."),
            )
        case Bar.NO_LINKS:
            return language.text("Mails are not linked here"), (
                language.text("Your administrator has switched linking off. Nothing was changed."),
            )
        case Bar.NOT_OWNER:
            return language.text("Only the owner links mails to this record"), (
                language.text("It belongs to {name}. Nothing was changed.", name=name),
                language.text("Your administrator has decided so."),
            )
        case Bar.NO_USER:
            return language.text("You may look, but not change anything"), (_no_user(language), language.text("Nothing was changed."))
