"""The form for a new lead or contact, and what it says when the person is there already."""

from dataclasses import dataclass

from addon.cards.actions import AddAddress, ChangeKind, SaveAdd, ShowAdd, ShowRecord, ShowReturned
from addon.cards.evidence import described, kind_name
from addon.cards.form import FormView, form_sections
from addon.cards.record import sentence
from addon.cards.state import problem_section
from addon.cards.text import bold, clean, warning
from addon.cards.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Footer,
    Icon,
    MenuEntry,
    Option,
    Press,
    Section,
    Selection,
    SelectionType,
    TextParagraph,
    Widget,
)
from crm_client.records import SECONDARY_EMAIL, Kind, Record
from i18n import Language

KIND_FIELD = "kind"


@dataclass(frozen=True, slots=True)
class AddView:
    """`address`: the person of the mail the form was opened for. `key`: names this form. `kept`: typed into fields that
    only the other kind has. `there`: records that carry a typed address. `same_name`: records that may be the same person;
    `checked` as in SaveAdd. `reason`: why it came back; `entry` is then the errand it came back from."""

    kind: Kind
    kinds: tuple[Kind, ...]
    form: FormView
    key: str
    address: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    there: tuple[Record, ...] = ()
    hidden: bool = False
    same_name: tuple[Record, ...] = ()
    being_added_by: str = ""
    checked: str = ""
    reason: str = ""
    entry: int = 0


def add_card(view: AddView, language: Language) -> Card:
    sections: list[Section] = []
    if view.reason:
        sections.append(problem_section(view.reason, language.text("Everything you typed is still here. Change it and save again.")))
    sections += _refusals(view, language)
    if view.form.problems and not view.reason:
        count = len(view.form.problems)
        title = language.plural("Please correct {count} field", "Please correct {count} fields", count)
        sections.append(problem_section(title, language.text("Nothing was saved yet. Everything you typed is still here.")))
    if len(view.kinds) > 1:
        sections.append(Section((_kind_choice(view, language),)))
    sections += form_sections(view.form, language)
    text = language.text("Add as another person") if view.same_name else language.text("Add to the CRM")
    refresh = ShowReturned(view.entry, again=True) if view.entry else ShowAdd(view.kind, view.address, again=True)
    save = SaveAdd(view.address, view.key, view.kept, view.checked, view.entry)
    return Card(
        title=language.text("Add to the CRM"),
        subtitle=view.address,
        sections=tuple(sections),
        footer=Footer(Button(text, Press(save))),
        menu=(MenuEntry(language.text("Refresh"), Press(refresh)),),
    )


def _kind_choice(view: AddView, language: Language) -> Widget:
    options = tuple(Option(kind_name(kind, language), kind.value, selected=kind is view.kind) for kind in view.kinds)
    change = ChangeKind(view.address, view.key, view.kept, view.checked, view.entry)
    return Selection(KIND_FIELD, language.text("Add as"), SelectionType.RADIO, options, change)


def _refusals(view: AddView, language: Language) -> list[Section]:
    if view.there:
        title = language.text("Already there. Nothing was added.")
        return [Section((TextParagraph(warning(title)), *_candidates(view.there, view, language)))]
    if view.hidden:
        return [
            problem_section(
                language.text("Already there. Nothing was added."),
                language.text("A record with this address exists, but you may not see it. Ask your CRM administrator."),
            )
        ]
    if view.same_name:
        title = language.text("Is this the same person?")
        return [Section((TextParagraph(warning(title)), *_candidates(view.same_name, view, language)))]
    if view.being_added_by:
        return [
            problem_section(
                language.text("{name} is adding this person at this moment.", name=view.being_added_by),
                language.text("Press the button again in a few seconds. No second record is made."),
            )
        ]
    return []


def _candidates(records: tuple[Record, ...], view: AddView, language: Language) -> list[Widget]:
    rows: list[Widget] = []
    for record in records:
        rows.append(
            DecoratedText(
                bold(record.name),
                label=described(record, language),
                below=language.text("Owner: {name}", name=record.owner.name),
                icon=Icon.PERSON,
                on_click=Press(ShowRecord(record.ref.kind, record.ref.id)),
            )
        )
        if view.address and record.may_edit and view.address not in record.values.values() and not record.value(SECONDARY_EMAIL):
            keep = Button(
                language.text("Add {address} to {name}", address=view.address, name=record.name),
                Press(AddAddress(record.ref.kind, record.ref.id, clean(record.name), view.address)),
            )
            rows.append(ButtonList((keep,)))
    rows.append(sentence(language.text("Tap a name to open it. What you typed stays here.")))
    return rows
