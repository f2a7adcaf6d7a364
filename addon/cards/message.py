"""The card beside an open mail: who is this, is he in the CRM, and what can be done now."""

from dataclasses import dataclass

from addon.cards.account import account_entries
from addon.cards.actions import ShowAdd, ShowHome, ShowMessage, ShowPerson
from addon.cards.barred import look_only_section
from addon.cards.evidence import described, kind_name, role_name, why
from addon.cards.mails import RecentMail, mailbox_sections, recent_sections
from addon.cards.news import NewsView, SavedView, news_section, saved_section
from addon.cards.record import (
    MailView,
    deal_sections,
    link_sections,
    mail_sections,
    record_footer,
    record_row,
    record_rows,
    search_button,
    sentence,
)
from addon.cards.standing import returned_sections, waiting_sections
from addon.cards.state import outage_section
from addon.cards.text import bold, rich, warning
from addon.cards.trouble import Trouble
from addon.cards.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Footer,
    Icon,
    MenuEntry,
    Press,
    Section,
    TextParagraph,
    Widget,
)
from crm_client.records import Hidden, Kind, Match, Record
from i18n import Language, later
from linking.outcomes import Entry
from reading.message import Mailbox
from reading.people import Direction, MailKind, Person

_WRITTEN_BY = {
    MailKind.MAILING_LIST: later("This mail came through a mailing list."),
    MailKind.NOTIFICATION: later("A program sent this mail, so nobody is suggested for adding."),
    MailKind.NEWSLETTER: later("This is a newsletter, so nobody is suggested for adding."),
    MailKind.BOUNCE: later("A mail could not be delivered: this is the notice of it."),
    MailKind.AUTO_REPLY: later("This is an automatic reply. Add the person from a mail of his own."),
}


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person of the mail.

    `checked` is False where the CRM could not be asked and nothing older is known. `news`: what the mail says of him that
    his record does not hold. `recent`: the reader's latest mails with him.
    """

    person: Person
    matches: tuple[Match, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    checked: bool = True
    news: tuple[NewsView, ...] = ()
    recent: tuple[RecentMail, ...] = ()

    @property
    def name(self) -> str:
        return self.person.name or self.person.address


@dataclass(frozen=True, slots=True)
class MessageView:
    """The open mail and its people, the most relevant first. `may_add`: the kinds this caller may make, the usual one first.
    `saved`: what this very click saved. `entries`: what the reader asked for and was not done at once. `look_only`: he may
    change nothing, being nobody in the CRM. `needed`: as in `mailbox_sections`."""

    people: tuple[PersonView, ...]
    mail: MailView
    direction: Direction
    kind: MailKind = MailKind.PERSON
    forwarded_by: Mailbox | None = None
    may_add: tuple[Kind, ...] = (Kind.LEAD, Kind.CONTACT)
    trouble: Trouble | None = None
    saved: SavedView | None = None
    entries: tuple[Entry, ...] = ()
    look_only: bool = False
    needed: bool = False


def message_card(view: MessageView, language: Language) -> Card:
    if not view.people:
        return _nobody_card(view, language)
    return _card(view, view.people[0], view.people[1:], ShowMessage(), language)


def person_card(view: MessageView, person: PersonView, language: Language) -> Card:
    """One of several people of the mail, on a card of his own."""
    return _card(view, person, (), ShowPerson(person.person.address, again=True), language)


def _card(
    view: MessageView, person: PersonView, others: tuple[PersonView, ...], refresh: ShowMessage | ShowPerson, language: Language
) -> Card:
    sections: list[Section] = []
    if view.trouble is not None:
        sections.append(outage_section(view.trouble, language))
    sections += returned_sections(view.entries, language)
    if view.saved is not None:
        sections.append(saved_section(view.saved, language))
    sections += mail_sections(view.mail, language)
    footer: Footer | None = None
    title, subtitle = person.name, person.person.address
    if len(person.matches) == 1:
        record = person.matches[0].record
        title, subtitle = record.name, described(record, language)
        if person.news and record.may_edit:
            sections.append(news_section(record, person.person.address, person.news, language))
        evidence = _evidence(view, person, person.matches[0], language)
        sections.append(Section(record_rows(record, language, evidence, look_only=view.look_only)))
        sections += link_sections(record, view.mail, language)
        sections += deal_sections(record, language)
        sections += recent_sections(record, person.recent, language)
        footer = record_footer(record, view.mail, language)
    elif person.matches:
        sections.append(_choice(person, language))
    elif person.checked:
        sections.append(_unknown(view, person, language))
        footer = _add_footer(view, person, language)
    else:
        sections.append(
            Section((_who(view, person, language), sentence(language.text("Whether this person is in the CRM cannot be told now."))))
        )
    if view.look_only:
        sections.append(look_only_section(language))
    sections += waiting_sections(view.entries, language)
    if others:
        sections.append(_others(others, language))
    sections += mailbox_sections(language, needed=view.needed)
    return Card(title=title, subtitle=subtitle, sections=tuple(sections), footer=footer, menu=_menu(view, refresh, language))


def _menu(view: MessageView, refresh: ShowMessage | ShowPerson, language: Language) -> tuple[MenuEntry, ...]:
    search = () if view.look_only else (MenuEntry(language.text("Search the CRM"), Press(ShowHome())),)
    return (MenuEntry(language.text("Refresh"), Press(refresh)), *search, *account_entries(language))


def _evidence(view: MessageView, person: PersonView, match: Match, language: Language) -> Widget:
    """Why this record: the header that named the person, and the address that was found."""
    forwarded = language.text("Forwarded by {name}", name=view.forwarded_by.name or view.forwarded_by.address) if view.forwarded_by else ""
    return DecoratedText(rich(why(person.person.role, match.field, language)), icon=Icon.STAR, label=forwarded, below=match.address)


def _who(view: MessageView, person: PersonView, language: Language) -> Widget:
    forwarded = language.text("Forwarded by {name}", name=view.forwarded_by.name or view.forwarded_by.address) if view.forwarded_by else ""
    return DecoratedText(
        bold(person.name),
        label=role_name(person.person.role, language),
        below=forwarded or person.person.address,
        icon=Icon.PERSON,
    )


def _choice(person: PersonView, language: Language) -> Section:
    """Several records carry the address: nobody but the rep knows which one is meant."""
    reason = why(person.person.role, person.matches[0].field, language)
    return Section(
        (
            DecoratedText(rich(reason), icon=Icon.STAR, below=person.person.address),
            sentence(
                language.plural(
                    "{count} record carries this address.", "{count} records carry this address. Choose one:", len(person.matches)
                )
            ),
            *(record_row(match.record, language, below=_owner(match.record, language)) for match in person.matches),
        )
    )


def _owner(record: Record, language: Language) -> str:
    return language.text("Owner: {name}", name=record.owner.name)


def _unknown(view: MessageView, person: PersonView, language: Language) -> Section:
    rows: list[Widget] = [_who(view, person, language)]
    rows += [TextParagraph(warning(_hidden(hidden.kind, language))) for hidden in person.hidden]
    if not person.hidden:
        rows.append(sentence(language.text("Not in the CRM.")))
    if view.kind in _WRITTEN_BY:
        rows.append(sentence(language.text(_WRITTEN_BY[view.kind])))
    address = person.person.address
    if not view.look_only:
        rows.append(ButtonList((search_button(person.person.name or address.partition("@")[0], address, language),)))
    return Section(tuple(rows))


def _hidden(kind: Kind, language: Language) -> str:
    if kind is Kind.LEAD:
        return language.text("A lead with this address exists, but you may not see leads. Ask your CRM administrator.")
    return language.text("A contact with this address exists, but you may not see contacts. Ask your CRM administrator.")


def _add_footer(view: MessageView, person: PersonView, language: Language) -> Footer | None:
    """Machines and people whose record is hidden are not offered for adding."""
    if view.kind.automated or person.hidden or not view.may_add:
        return None
    texts = {Kind.LEAD: language.text("Add as lead"), Kind.CONTACT: language.text("Add as contact")}
    buttons = [Button(texts[kind], Press(ShowAdd(kind, person.person.address))) for kind in view.may_add]
    return Footer(buttons[0], buttons[1] if len(buttons) > 1 else None)


def _others(others: tuple[PersonView, ...], language: Language) -> Section:
    return Section(tuple(_other(person, language) for person in others), header=language.text("Also in this mail"), shown=4)


def _other(person: PersonView, language: Language) -> Widget:
    if person.matches:
        state = " + ".join(described(match.record, language) for match in person.matches[:2])
    elif person.hidden:
        state = language.text("{kind} you may not see", kind=kind_name(person.hidden[0].kind, language))
    elif person.checked:
        state = language.text("Not in the CRM")
    else:
        state = person.person.address
    return DecoratedText(
        bold(person.name),
        label=role_name(person.person.role, language),
        below=state,
        icon=Icon.PERSON,
        on_click=Press(ShowPerson(person.person.address)),
    )


def _nobody_card(view: MessageView, language: Language) -> Card:
    texts = {
        Direction.INTERNAL: (
            language.text("Among colleagues"),
            language.text("Only colleagues take part in this mail, so there is nobody to look up."),
        ),
        Direction.SENT: (
            language.text("A mail to yourself"),
            language.text("Nobody else takes part in this mail, so there is nobody to look up."),
        ),
        Direction.UNREADABLE: (
            language.text("No readable sender"),
            language.text("This mail has no sender address that can be read. It can still be linked: search for the record it belongs to."),
        ),
        Direction.RECEIVED: (
            language.text("Nobody to look up"),
            language.text("No address from outside your company was found in this mail."),
        ),
    }
    title, text = texts[view.direction]
    said: list[Widget] = [sentence(text)]
    if view.direction is Direction.INTERNAL and view.mail.linking.headers_only:
        said.append(sentence(language.text("If one of them forwards a mail, who wrote it is not known: texts are not read here.")))
    if not view.look_only:
        said.append(ButtonList((Button(language.text("Search the CRM"), Press(ShowHome())),)))
    return Card(
        title=title,
        sections=(
            *returned_sections(view.entries, language),
            Section(tuple(said)),
            *mail_sections(view.mail, language),
            *waiting_sections(view.entries, language),
            *mailbox_sections(language, needed=view.needed),
        ),
        menu=_menu(view, ShowMessage(), language),
    )
