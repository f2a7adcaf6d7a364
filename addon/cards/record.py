"""What a card shows of one record, and the card of a record on its own."""

from dataclasses import dataclass
from datetime import datetime

from addon.cards.actions import AddAddress, LinkMail, OpenInCrm, SearchRecords, ShowHome, ShowRecord, ShowUpdate
from addon.cards.evidence import described
from addon.cards.news import SavedView, saved_section
from addon.cards.text import bold, lines, rich
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
    phone_link,
)
from crm_client.records import CITY, COUNTRY, EMAIL, LEAD_SOURCE, MOBILE, PHONE, SECONDARY_EMAIL, TITLE, Deal, Record, Ref
from i18n import Language


@dataclass(frozen=True, slots=True)
class LinkView:
    """Where the open mail stands in the CRM. `waiting`: promised, but the CRM has not taken it yet."""

    ref: Ref
    record_name: str
    by: str
    mine: bool
    made_at: datetime
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class MailView:
    """The open mail, as far as cards need it: its link, if it has one."""

    link: LinkView | None = None


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record on its own card. `mail` is None where no mail is open; `address` is offered as its secondary one."""

    record: Record
    mail: MailView | None = None
    address: str = ""
    saved: SavedView | None = None


def record_card(view: RecordView, language: Language) -> Card:
    record = view.record
    sections = [] if view.saved is None else [saved_section(view.saved, language)]
    sections += mail_sections(view.mail, language) if view.mail is not None else []
    sections.append(Section(record_rows(record, language)))
    if view.address and record.may_edit and not record.value(SECONDARY_EMAIL):
        sections.append(Section((_offer_address(record, view.address, language),)))
    sections += deal_sections(record, language)
    return Card(
        title=record.name,
        subtitle=described(record, language),
        sections=tuple(sections),
        footer=record_footer(record, view.mail, language),
        menu=(
            MenuEntry(language.text("Refresh"), Press(ShowRecord(record.ref.kind, record.ref.id, address=view.address, again=True))),
            MenuEntry(language.text("Search the CRM"), Press(ShowHome())),
        ),
    )


def record_rows(record: Record, language: Language, evidence: Widget | None = None) -> tuple[Widget, ...]:
    """The record at a glance: what a rep looks for first comes first, why it is this record after that."""
    rows: list[Widget] = []
    if record.value(TITLE):
        rows.append(DecoratedText(rich(record.value(TITLE)), icon=Icon.PERSON, label=language.text("Job title")))
    for name, label in ((MOBILE, language.text("Mobile")), (PHONE, language.text("Phone"))):
        number = record.value(name)
        if number:
            rows.append(DecoratedText(rich(number), icon=Icon.PHONE, label=label, on_click=phone_link(number)))
    addresses = [rich(record.value(name)) for name in (EMAIL, SECONDARY_EMAIL) if record.value(name)]
    if addresses:
        rows.append(DecoratedText(lines(*addresses), icon=Icon.EMAIL, label=language.text("E-mail")))
    place = ", ".join(record.value(name) for name in (CITY, COUNTRY) if record.value(name))
    if place:
        rows.append(DecoratedText(rich(place), icon=Icon.PLACE, label=language.text("Place")))
    owner = language.text("Owner: {name}", name=record.owner.name)
    source = language.text("Source: {source}", source=record.value(LEAD_SOURCE)) if record.value(LEAD_SOURCE) else ""
    rows.append(
        DecoratedText(
            rich(owner),
            icon=Icon.BOOKMARK,
            below=language.text("Changed {day} by {name}", day=language.day(record.modified_at), name=record.modified_by),
            label=source,
        )
    )
    if evidence is not None:
        rows.append(evidence)
    if record.may_edit:
        rows.append(ButtonList((Button(language.text("Change fields"), Press(ShowUpdate(record.ref.kind, record.ref.id))),)))
    return tuple(rows)


def deal_sections(record: Record, language: Language) -> list[Section]:
    if not record.open_deals:
        return []
    return [
        Section(
            tuple(_deal_row(deal, language) for deal in record.open_deals),
            header=language.plural("{count} open deal", "{count} open deals", len(record.open_deals)),
            shown=2,
        )
    ]


def _deal_row(deal: Deal, language: Language) -> Widget:
    amount = language.money(deal.amount, deal.currency) if deal.amount is not None else ""
    closing = language.text("closing {day}", day=language.day(deal.closing_on)) if deal.closing_on else ""
    return DecoratedText(rich(deal.name), icon=Icon.MONEY, label=deal.stage, below=" · ".join(part for part in (amount, closing) if part))


def mail_sections(mail: MailView, language: Language) -> list[Section]:
    """Where the open mail stands: nothing, a link, or a link the CRM has not taken yet."""
    link = mail.link
    if link is None:
        return []
    header = language.text("This mail")
    if link.waiting:
        return [
            Section(
                (
                    DecoratedText(
                        rich(language.text("Kept for {name}, not yet in the CRM", name=link.record_name)),
                        icon=Icon.CLOCK,
                        below=language.text("The CRM did not take it when it was linked. Nothing is lost."),
                    ),
                    ButtonList((Button(language.text("Deliver now"), Press(LinkMail(link.ref.kind, link.ref.id))),)),
                ),
                header=header,
            )
        ]
    day = language.day(link.made_at)
    who = language.text("By you, {day}", day=day) if link.mine else language.text("By {name}, {day}", name=link.by, day=day)
    return [
        Section(
            (
                DecoratedText(
                    rich(language.text("Linked to {name}", name=link.record_name)),
                    icon=Icon.CONFIRMATION,
                    below=who,
                    on_click=Press(ShowRecord(link.ref.kind, link.ref.id)),
                ),
            ),
            header=header,
        )
    ]


def record_footer(record: Record, mail: MailView | None, language: Language) -> Footer:
    """One primary button: link the mail while it can be linked, else open the record."""
    view = Button(language.text("View in CRM"), Press(OpenInCrm(record.ref.kind, record.ref.id)))
    if mail is not None and mail.link is None and record.may_edit:
        return Footer(Button(language.text("Link mail"), Press(LinkMail(record.ref.kind, record.ref.id))), view)
    return Footer(view)


def record_row(record: Record, language: Language, *, address: str = "", below: str = "") -> DecoratedText:
    """A record in a list: the whole row opens its card."""
    return DecoratedText(
        bold(record.name),
        label=described(record, language),
        below=below or record.value(EMAIL),
        icon=Icon.PERSON,
        on_click=Press(ShowRecord(record.ref.kind, record.ref.id, address=address)),
    )


def _offer_address(record: Record, address: str, language: Language) -> Widget:
    return DecoratedText(
        rich(language.text("{address} is not in the CRM", address=address)),
        icon=Icon.EMAIL,
        below=language.text("If {name} wrote this mail, keep the address as secondary address.", name=record.name),
        button=Button(language.text("Keep it"), Press(AddAddress(record.ref.kind, record.ref.id, address))),
    )


def search_button(text: str, address: str, language: Language) -> Button:
    """Look for a person by name: he may be in the CRM with another address."""
    return Button(language.text("Search by name"), Press(SearchRecords(text=text, address=address)))


def sentence(text: str) -> TextParagraph:
    return TextParagraph(rich(text))
