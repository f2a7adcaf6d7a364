"""What a card shows of one record, and the card of a record on its own."""

from dataclasses import dataclass
from datetime import datetime

from addon.cards.actions import (
    AddAddress,
    LinkMail,
    OpenInCrm,
    SearchRecords,
    ShowActivity,
    ShowHome,
    ShowRecord,
    ShowUpdate,
)
from addon.cards.evidence import described
from addon.cards.mails import RecentMail, recent_sections
from addon.cards.news import SavedView, saved_section
from addon.cards.standing import go_on_button, returned_sections, waiting_sections
from addon.cards.text import bold, clean, lines, rich
from addon.cards.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Footer,
    Icon,
    MenuEntry,
    OpenLink,
    Press,
    Section,
    TextParagraph,
    Widget,
    phone_link,
)
from crm_client.records import CITY, COUNTRY, EMAIL, LEAD_SOURCE, MOBILE, PHONE, SECONDARY_EMAIL, TITLE, Deal, FileVerdict, Record, Ref
from i18n import Language, later
from linking.outcomes import Entry
from tenants.policy import WhoMayLink

_VERDICTS = {
    FileVerdict.STORED: later("In the CRM"),
    FileVerdict.TOO_LARGE: later("Too large for the CRM"),
    FileVerdict.REFUSED: later("Not taken by the CRM"),
    FileVerdict.NOT_READ: later("Only its name is in the CRM: Gmail did not hand it over"),
}


@dataclass(frozen=True, slots=True)
class LinkView:
    """Where the open mail stands in the CRM. `waiting`: promised, but the CRM has not taken it yet; `entry` is then the promise,
    where it is the reader's own."""

    ref: Ref
    record_name: str
    by: str
    mine: bool
    made_at: datetime
    waiting: bool = False
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """What became of an attachment of the mail that was just linked."""

    name: str
    verdict: FileVerdict


@dataclass(frozen=True, slots=True)
class Linking:
    """Who may link mails, and the reader's id in the CRM. `headers_only`: people and subject, and nothing else of a mail."""

    who: WhoMayLink = WhoMayLink.EVERYONE
    reader: str = ""
    headers_only: bool = False

    def allowed(self, record: Record) -> bool:
        """Whether the company lets the reader link mails to this record; the CRM may still refuse."""
        if self.who is WhoMayLink.OWNERS:
            return record.owner.id == self.reader
        return self.who is WhoMayLink.EVERYONE


@dataclass(frozen=True, slots=True)
class MailView:
    """The open mail, as far as cards need it: its link, if it has one. `files`: what this very click did with its attachments."""

    link: LinkView | None = None
    files: tuple[FileView, ...] = ()
    linking: Linking = Linking()

    def can_go_to(self, record: Record) -> bool:
        return self.link is None and record.may_edit and self.linking.allowed(record)


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record on its own card. `mail` is None where no mail is open; `address` is offered as its secondary one. `entries`: what the
    reader asked for of this record and that was not done at once. `look_only`: he is nobody in the CRM. `recent`: his mails with it."""

    record: Record
    mail: MailView | None = None
    address: str = ""
    saved: SavedView | None = None
    entries: tuple[Entry, ...] = ()
    look_only: bool = False
    recent: tuple[RecentMail, ...] = ()


def record_card(view: RecordView, language: Language) -> Card:
    record = view.record
    sections = returned_sections(view.entries, language)
    if view.saved is not None:
        sections.append(saved_section(view.saved, language))
    sections += mail_sections(view.mail, language) if view.mail is not None else []
    sections.append(Section(record_rows(record, language, look_only=view.look_only)))
    sections += link_sections(record, view.mail, language)
    if view.address and record.may_edit and not record.value(SECONDARY_EMAIL):
        sections.append(Section((_offer_address(record, view.address, language),)))
    sections += deal_sections(record, language)
    sections += recent_sections(record, view.recent, language)
    sections += waiting_sections(view.entries, language)
    search = () if view.look_only else (MenuEntry(language.text("Search the CRM"), Press(ShowHome())),)
    return Card(
        title=record.name,
        subtitle=described(record, language),
        sections=tuple(sections),
        footer=record_footer(record, view.mail, language),
        menu=(
            MenuEntry(language.text("Refresh"), Press(ShowRecord(record.ref.kind, record.ref.id, address=view.address, again=True))),
            *search,
        ),
    )


def record_rows(record: Record, language: Language, evidence: Widget | None = None, *, look_only: bool = False) -> tuple[Widget, ...]:
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
    if look_only:
        return tuple(rows)
    ref = record.ref
    activity = Button(language.text("Activity"), Press(ShowActivity(ref.kind, ref.id, clean(record.name))))
    change = Button(language.text("Change fields"), Press(ShowUpdate(ref.kind, ref.id)))
    rows.append(ButtonList((change, activity) if record.may_edit else (activity,)))
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
    """Where the open mail stands: nothing, a link, or a link the CRM has not taken yet; and what became of its attachments."""
    link = mail.link
    if link is None:
        return []
    rows = _waiting_link(link, language) if link.waiting else [_link(link, language)]
    sections = [Section(tuple(rows), header=language.text("This mail"))]
    if mail.files:
        files = tuple(_file(one, language) for one in sorted(mail.files, key=lambda one: one.verdict is FileVerdict.STORED))
        sections.append(Section(files, header=language.text("Attachments"), shown=3))
    return sections


def link_sections(record: Record, mail: MailView | None, language: Language) -> list[Section]:
    """Where the company has decided about linking: why there is no button, or what the button does not take along."""
    if mail is None or mail.link is not None or not record.may_edit:
        return []
    linking = mail.linking
    if linking.allowed(record):
        text = language.text("Only people and subject of a mail are read here: a link takes no text and no attachments along.")
        return [Section((sentence(text),))] if linking.headers_only else []
    if linking.who is WhoMayLink.OWNERS:
        return [Section((sentence(language.text("Only {name}, who owns this record, links mails to it.", name=record.owner.name)),))]
    return []


def _link(link: LinkView, language: Language) -> Widget:
    day = language.day(link.made_at)
    return DecoratedText(
        rich(language.text("Linked to {name}", name=link.record_name)),
        icon=Icon.CONFIRMATION,
        below=language.text("By you, {day}", day=day) if link.mine else language.text("By {name}, {day}", name=link.by, day=day),
        on_click=Press(ShowRecord(link.ref.kind, link.ref.id)),
    )


def _waiting_link(link: LinkView, language: Language) -> list[Widget]:
    below = language.text("Nothing is lost: it is delivered when the CRM answers.")
    if link.entry is not None and link.entry.reconnect:
        below = language.text("It is delivered when you have connected to the CRM again.")
    text = rich(language.text("Kept for {name}, not yet in the CRM", name=link.record_name))
    rows: list[Widget] = [DecoratedText(text, icon=Icon.CLOCK, below=below)]
    if link.entry is not None:
        rows.append(ButtonList((go_on_button(link.entry, language),)))
    return rows


def _file(one: FileView, language: Language) -> Widget:
    name = rich(one.name) or rich(language.text("(no name)"))
    icon = Icon.CONFIRMATION if one.verdict is FileVerdict.STORED else Icon.DOCUMENT
    return DecoratedText(name, icon=icon, below=language.text(_VERDICTS[one.verdict]))


def record_footer(record: Record, mail: MailView | None, language: Language) -> Footer:
    """One primary button: link the mail while it can be linked, else open the record."""
    ref = record.ref
    view = Button(language.text("View in CRM"), OpenLink(record.url) if record.url else Press(OpenInCrm(ref.kind, ref.id)))
    if mail is not None and mail.can_go_to(record):
        return Footer(Button(language.text("Link mail"), Press(LinkMail(ref.kind, ref.id, clean(record.name)))), view)
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
        button=Button(language.text("Keep it"), Press(AddAddress(record.ref.kind, record.ref.id, clean(record.name), address))),
    )


def search_button(text: str, address: str, language: Language) -> Button:
    """Look for a person by name: he may be in the CRM with another address."""
    return Button(language.text("Search by name"), Press(SearchRecords(text=text, address=address)))


def sentence(text: str) -> TextParagraph:
    return TextParagraph(rich(text))
