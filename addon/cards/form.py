"""A record's fields as a form, from the CRM's own description of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from addon.cards.text import warning
from addon.cards.widgets import (
    MAX_CHOICES,
    DatePicker,
    Option,
    Section,
    Selection,
    SelectionType,
    TextInput,
    TextParagraph,
    Widget,
)
from crm_client.errors import FieldProblem, Problem
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, MOBILE, PHONE, TITLE, Field, FieldType, Layout, Values
from i18n import Language

FIELD_PREFIX = "f."
"""Form names of the fields: "f.last_name"."""

MAX_FIELDS = 60
"""A card holds 100 widgets; a field can need two."""

_FIRST = (FIRST_NAME, LAST_NAME, EMAIL, COMPANY, TITLE, MOBILE, PHONE)
TICKED = "true"


@dataclass(frozen=True, slots=True)
class FormView:
    """`values` is what stands in the fields; `now` what the CRM holds where that is another thing, shown below the field.

    `prefix` starts the names of the fields. Google keeps what stands in a field when a card is drawn again with a field of
    the same name: a form that must show other values than before needs another prefix. `evidence`: where a value that was
    filled in was read.
    """

    layout: Layout
    values: Values
    problems: tuple[FieldProblem, ...] = ()
    now: Values = field(default_factory=dict)
    prefix: str = FIELD_PREFIX
    evidence: Values = field(default_factory=dict)


def editable(layout: Layout) -> tuple[Field, ...]:
    """The fields a form shows, those a rep needs first at its head."""
    fields = [one for one in layout.fields if not one.read_only]
    order = {name: place for place, name in enumerate(_FIRST)}
    fields.sort(key=lambda one: (order.get(one.name, len(order)), not one.mandatory))
    return tuple(fields[:MAX_FIELDS])


def form_sections(view: FormView, language: Language) -> tuple[Section, ...]:
    """The fields that matter now, then the rest, folded away: filled, mandatory and refused ones are never folded."""
    refused = {entry.field for entry in view.problems}
    front: list[Field] = []
    rest: list[Field] = []
    for one in editable(view.layout):
        wanted = one.mandatory or one.name in refused or one.name in _FIRST or bool(view.values.get(one.name)) or one.name in view.now
        (front if wanted else rest).append(one)
    sections = []
    if front:
        sections.append(Section(tuple(_widgets(front, view, language))))
    if rest:
        sections.append(Section(tuple(_widgets(rest, view, language)), header=language.text("More fields"), shown=0))
    return tuple(sections)


def _widgets(fields: Iterable[Field], view: FormView, language: Language) -> Iterable[Widget]:
    problems = {entry.field: entry for entry in view.problems}
    for one in fields:
        if one.name in problems:
            yield TextParagraph(warning(_problem(one, problems[one.name], language)))
        yield _widget(one, view, language)


def _widget(one: Field, view: FormView, language: Language) -> Widget:
    name, value = view.prefix + one.name, view.values.get(one.name, "")
    label = f"{one.label} *" if one.mandatory else one.label
    if one.type is FieldType.PICKLIST:
        return Selection(name, label, SelectionType.DROPDOWN, _options(one, value))
    if one.type is FieldType.BOOLEAN:
        return Selection(name, one.label, SelectionType.SWITCH, (Option(one.label, TICKED, selected=value == TICKED),))
    if one.type is FieldType.DATE:
        return DatePicker(name, label, _date(value))
    hint = view.evidence.get(one.name, "")
    if one.name in view.now:
        standing = view.now[one.name]
        hint = language.text("In the CRM now: {value}", value=standing) if standing else language.text("Empty in the CRM now")
    multiline = one.type is FieldType.TEXTAREA
    return TextInput(name, label, value=value, hint=hint, multiline=multiline, max_length=one.max_length)


def _options(one: Field, value: str) -> tuple[Option, ...]:
    """An empty choice first; a value the list no longer has stays choosable, so that saving does not change it."""
    options = [Option("–", "", selected=not value)]
    options += [Option(choice.label, choice.value, selected=choice.value == value) for choice in one.choices]
    if value and all(choice.value != value for choice in one.choices):
        options.insert(1, Option(value, value, selected=True))
    if len(options) <= MAX_CHOICES:
        return tuple(options)
    # Google shows no more than a hundred: the chosen one must be among them.
    kept = [option for option in options[:MAX_CHOICES] if not option.selected] + [option for option in options if option.selected]
    return tuple(kept[-MAX_CHOICES:])


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _problem(one: Field, problem: FieldProblem, language: Language) -> str:
    label = one.label
    if problem.problem is Problem.MISSING:
        return language.text("{field} is needed.", field=label)
    if problem.problem is Problem.TOO_LONG:
        return language.plural(
            "{field}: at most {count} character.", "{field}: at most {count} characters.", problem.limit or one.max_length, field=label
        )
    if problem.problem is Problem.NOT_A_CHOICE:
        return language.text("{field}: choose one of the list.", field=label)
    if problem.problem is Problem.NOT_AN_ADDRESS:
        return language.text("{field}: this is no e-mail address. It should look like name@company.com.", field=label)
    if problem.problem is Problem.NOT_A_DATE:
        return language.text("{field}: this is no date.", field=label)
    if problem.problem is Problem.NOT_A_NUMBER:
        return language.text("{field}: this is no number.", field=label)
    return language.text("{field}: the CRM does not take this value.", field=label)
