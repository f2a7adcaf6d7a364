"""The form for changing a record's fields, and the card that says what was changed."""

from dataclasses import dataclass

from addon.cards.actions import SaveUpdate, ShowReturned, ShowUpdate
from addon.cards.evidence import kind_name
from addon.cards.form import FormView, editable, form_sections
from addon.cards.news import NewsView, tick_section
from addon.cards.state import problem_section
from addon.cards.text import clean, lines, rich, warning
from addon.cards.widgets import Button, Card, DecoratedText, Footer, Icon, MenuEntry, Press, Section, TextParagraph, Widget
from crm_client.records import Ref, Values
from i18n import Language
from linking.errands import fingerprint


@dataclass(frozen=True, slots=True)
class Change:
    """One field, old and new; `label` as the CRM calls it."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class UpdateView:
    """`key` names the form. `base`: what the CRM held in its fields when it was first drawn, as fingerprints. `changed_by`: the
    record moved on since. `emptied`: fields the form would clear, for which a second press is wanted. `taken_by`: who has the
    typed address. `address`: whom of the mail the news are about. `reason`: why it came back; `entry` is then the errand it
    came back from."""

    ref: Ref
    name: str
    form: FormView
    key: str
    base: tuple[tuple[str, str], ...]
    changed_by: str = ""
    changes: tuple[Change, ...] = ()
    emptied: tuple[str, ...] = ()
    taken_by: str = ""
    taken: bool = False
    nothing_changed: bool = False
    address: str = ""
    news: tuple[NewsView, ...] = ()
    reason: str = ""
    entry: int = 0


def update_prefix(version: str) -> str:
    """Field names of a form drawn at this version of the record; see FormView."""
    return f"f{fingerprint(version)}."


def drawn(form: FormView, values: Values) -> tuple[tuple[str, str], ...]:
    """The fields a form shows and the fingerprints of their values."""
    return tuple((one.name, fingerprint(values.get(one.name, ""))) for one in editable(form.layout))


def update_card(view: UpdateView, language: Language) -> Card:
    sections: list[Section] = []
    if view.reason:
        sections.append(problem_section(view.reason, language.text("Everything you typed is still here. Change it and save again.")))
    sections += _refusals(view, language)
    if view.news:
        sections.append(tick_section(view.news, language))
    sections += form_sections(view.form, language)
    ref = view.ref
    save = SaveUpdate(
        ref.kind,
        ref.id,
        clean(view.name),
        view.key,
        view.form.prefix,
        view.base,
        clear=bool(view.emptied),
        address=view.address,
        news=tuple((one.field, one.mark) for one in view.news),
        entry=view.entry,
    )
    refresh = ShowReturned(view.entry, again=True) if view.entry else ShowUpdate(ref.kind, ref.id, again=True)
    return Card(
        title=language.text("Change {name}", name=view.name),
        subtitle=kind_name(ref.kind, language),
        sections=tuple(sections),
        footer=Footer(Button(language.text("Save and empty them") if view.emptied else language.text("Save"), Press(save))),
        menu=(MenuEntry(language.text("Refresh"), Press(refresh)),),
    )


def _refusals(view: UpdateView, language: Language) -> list[Section]:
    if view.changed_by:
        title = language.text("{name} changed this record meanwhile. Nothing was saved yet.", name=view.changed_by)
        return [Section((TextParagraph(warning(title)), *change_rows(view.changes, language), _then_save(language)))]
    if view.taken:
        text = (
            language.text("{name} has this address already. Open that record, or enter another address.", name=view.taken_by)
            if view.taken_by
            else language.text("Another record has this address, perhaps one you may not see. Enter another address.")
        )
        return [problem_section(language.text("This address is taken. Nothing was saved."), text)]
    if view.form.problems and not view.reason:
        title = language.plural("Please correct {count} field", "Please correct {count} fields", len(view.form.problems))
        return [problem_section(title, language.text("Nothing was saved yet. Everything you typed is still here."))]
    if view.emptied:
        title = language.plural("{count} field would be emptied", "{count} fields would be emptied", len(view.emptied))
        return [Section((TextParagraph(warning(title)), TextParagraph(lines(*(rich(label) for label in view.emptied)))))]
    if view.nothing_changed:
        return [problem_section(language.text("Nothing to save"), language.text("No field differs from what the CRM holds."))]
    return []


def change_rows(changes: tuple[Change, ...], language: Language) -> tuple[Widget, ...]:
    """ "Phone: old → new", one row a field."""
    empty = language.text("empty")
    return tuple(
        DecoratedText(
            rich(change.new or empty), label=change.label, below=f"{change.old or empty} → {change.new or empty}", icon=Icon.DOCUMENT
        )
        for change in changes
    )


def _then_save(language: Language) -> Widget:
    return TextParagraph(rich(language.text("These are your changes against what stands there now. Save again if they are right.")))
