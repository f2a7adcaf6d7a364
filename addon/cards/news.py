"""What the open mail says about its sender that the CRM does not hold, and what was just saved, with the way back."""

from dataclasses import dataclass

from addon.cards.actions import ApplyNews, Undo
from addon.cards.text import clean, rich
from addon.cards.widgets import Button, ButtonList, DecoratedText, Icon, Press, Section, SwitchRow, Widget
from crm_client.records import (
    CITY,
    COMPANY,
    COUNTRY,
    EMAIL,
    FAX,
    FIRST_NAME,
    LAST_NAME,
    MOBILE,
    PHONE,
    POSTCODE,
    SECONDARY_EMAIL,
    STREET,
    TITLE,
    WEBSITE,
    Record,
)
from i18n import Language, later
from reading.proposal import Source

NEWS_PREFIX = "n."
"""Form names of the ticks: "n.mobile"."""

SHOWN = 3

_LABELS = {
    FIRST_NAME: later("First name"),
    LAST_NAME: later("Last name"),
    EMAIL: later("E-mail"),
    SECONDARY_EMAIL: later("Secondary e-mail"),
    MOBILE: later("Mobile"),
    PHONE: later("Phone"),
    FAX: later("Fax"),
    TITLE: later("Job title"),
    COMPANY: later("Company"),
    WEBSITE: later("Website"),
    STREET: later("Street"),
    POSTCODE: later("Postcode"),
    CITY: later("City"),
    COUNTRY: later("Country"),
}

_SOURCES = {
    Source.HEADER: later("from the mail's header: {line}"),
    Source.SIGNATURE: later("from the signature: {line}"),
    Source.BODY: later("from the text: {line}"),
}

_LABELLED = {
    Source.HEADER: later("{field}, from the header"),
    Source.SIGNATURE: later("{field}, from the signature"),
    Source.BODY: later("{field}, from the text"),
}


@dataclass(frozen=True, slots=True)
class NewsView:
    """One difference: `old` is "" where the CRM has nothing, `line` is what stands in the mail. `mark`, `seen` and `key` are what
    ApplyNews wants."""

    field: str
    old: str
    value: str
    source: Source
    line: str
    mark: str
    ticked: bool
    seen: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class SavedView:
    """What a save just changed of the record with this name: field, old and new value. `change` takes it back."""

    change: str
    name: str
    fields: tuple[tuple[str, str, str], ...]


def field_label(name: str, language: Language) -> str:
    """The label of a standard field; an organisation's own field keeps its name."""
    return language.text(_LABELS[name]) if name in _LABELS else name


def evidence_line(source: Source, line: str, language: Language) -> str:
    return language.text(_SOURCES[source], line=line)


def news_section(record: Record, address: str, news: tuple[NewsView, ...], language: Language) -> Section:
    """One row a difference, one tap to save it. `address`: whom of the mail they are about."""
    rows = tuple(_row(record, address, one, language) for one in news)
    return Section(rows, header=language.text("New in this mail"), shown=SHOWN)


def tick_section(news: tuple[NewsView, ...], language: Language) -> Section:
    """The same in the form: old → new, the line it stands in, and a tick."""
    rows = tuple(
        SwitchRow(
            NEWS_PREFIX + one.field,
            rich(f"{one.old} → {one.value}" if one.old else one.value),
            label=field_label(one.field, language),
            below=evidence_line(one.source, one.line, language),
            on=one.ticked,
        )
        for one in news
    )
    return Section(rows, header=language.text("New in this mail: saved where ticked"))


def saved_section(saved: SavedView, language: Language) -> Section:
    empty = language.text("empty")
    rows: list[Widget] = [
        DecoratedText(
            rich(new or empty),
            label=language.text("Saved: {fields}", fields=field_label(name, language)),
            below=language.text("Before: {value}", value=old or empty),
            icon=Icon.CONFIRMATION,
        )
        for name, old, new in saved.fields
    ]
    rows.append(ButtonList((Button(language.text("Undo"), Press(Undo(saved.change, clean(saved.name)))),)))
    return Section(tuple(rows))


def _row(record: Record, address: str, one: NewsView, language: Language) -> Widget:
    """The value and where it stands; the very line is in the form, where there is room for it."""
    ref = record.ref
    save = ApplyNews(ref.kind, ref.id, clean(record.name), address, one.field, one.mark, one.seen, one.key)
    return DecoratedText(
        rich(one.value),
        label=language.text(_LABELLED[one.source], field=field_label(one.field, language)),
        below=language.text("In the CRM: {value}", value=one.old) if one.old else "",
        button=Button(language.text("Replace") if one.old else language.text("Save"), Press(save)),
    )
