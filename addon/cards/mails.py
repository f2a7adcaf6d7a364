"""The reader's own synchronised mails with somebody, and the line that a mailbox of his needs him."""

from dataclasses import dataclass
from datetime import datetime

from addon.cards.actions import OpenConsole, OpenMail, OpenMails, Page
from addon.cards.text import rich
from addon.cards.widgets import Button, ButtonList, DecoratedText, Icon, Press, Section, Widget
from crm_client.records import Record
from i18n import Language

RECENT_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RecentMail:
    """`outgoing`: the reader wrote it."""

    id: int
    subject: str
    at: datetime
    outgoing: bool


def recent_sections(record: Record, mails: tuple[RecentMail, ...], language: Language) -> list[Section]:
    if not mails:
        return []
    every = Button(language.text("All mails"), Press(OpenMails(record.ref.kind, record.ref.id)))
    rows = (*(_row(mail, language) for mail in mails[:RECENT_SHOWN]), ButtonList((every,)))
    return [Section(rows, header=language.text("Recent mails"))]


def mailbox_sections(language: Language, *, needed: bool) -> list[Section]:
    """`needed`: a mailbox of the reader's is not synchronised until he does something."""
    if not needed:
        return []
    see = Button(language.text("See why"), Press(OpenConsole(Page.MAILBOXES)))
    return [Section((DecoratedText(rich(language.text("One of your mailboxes needs you")), icon=Icon.EMAIL, button=see),))]


def _row(mail: RecentMail, language: Language) -> Widget:
    return DecoratedText(
        rich(mail.subject) or rich(language.text("(no subject)")),
        icon=Icon.EMAIL,
        label=language.text("Sent") if mail.outgoing else language.text("Received"),
        below=language.day(mail.at),
        on_click=Press(OpenMail(mail.id)),
    )
