"""What could not be delivered and has no form to be mended in: why, what was in it, and what can be done now."""

from dataclasses import dataclass

from addon.cards.actions import Discard, ShowHome, ShowReturned
from addon.cards.record import sentence
from addon.cards.standing import not_delivered, why_returned
from addon.cards.text import rich, warning
from addon.cards.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Footer,
    MenuEntry,
    Press,
    Section,
    TextParagraph,
    Widget,
)
from i18n import Language
from linking.errands import Work
from linking.outcomes import Entry


@dataclass(frozen=True, slots=True)
class ReturnedView:
    """`typed`: label and text of everything that was in it. `mail_open`: a mail that was not linked is the open one."""

    entry: Entry
    typed: tuple[tuple[str, str], ...] = ()
    mail_open: bool = False


def returned_card(view: ReturnedView, language: Language) -> Card:
    rows: list[Widget] = [TextParagraph(warning(not_delivered(view.entry, language)))]
    why = why_returned(view.entry, language)
    if why:
        rows.append(sentence(why))
    if view.entry.work is Work.LINK and view.mail_open:
        rows.append(sentence(language.text("Search for another record and link the mail to that one.")))
    elif view.entry.work is Work.LINK:
        rows.append(sentence(language.text("Open the mail again to link it to another record.")))
    rows.append(ButtonList((Button(language.text("Discard"), Press(Discard(view.entry.id))),)))
    sections = [Section(tuple(rows))]
    if view.typed:
        typed = tuple(DecoratedText(rich(text, 2000), label=label) for label, text in view.typed if text)
        header = language.text("The mail") if view.entry.work is Work.LINK else language.text("What you entered")
        sections.append(Section(typed, header=header))
    return Card(
        title=view.entry.name,
        sections=tuple(sections),
        footer=Footer(Button(language.text("Search the CRM"), Press(ShowHome()))),
        menu=(MenuEntry(language.text("Refresh"), Press(ShowReturned(view.entry.id, again=True))),),
    )
