"""What came back in a form, as values of a record's fields."""

from addon.cards.form import FIELD_PREFIX, TICKED, editable
from addon.event import ButtonPressed, Form
from crm_client.records import Field, FieldType, Layout


def typed_values(event: ButtonPressed, layout: Layout, prefix: str = FIELD_PREFIX) -> dict[str, str]:
    """Field name -> text, for every field the form of this layout shows; an empty or missing one is ""."""
    return {one.name: _typed(event.form, one, prefix + one.name) for one in editable(layout)}


def kept_values(event: ButtonPressed, drawn: Layout, other: Layout, kept: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """What was typed into fields of the drawn form that the other one lacks, and what was kept of the switch before."""
    lacking = {one.name for one in editable(drawn)} - {one.name for one in editable(other)}
    typed = {name: text for name, text in typed_values(event, drawn).items() if name in lacking and text}
    return tuple({**dict(kept), **typed}.items())


def _typed(form: Form, one: Field, name: str) -> str:
    if one.type is FieldType.BOOLEAN:
        return TICKED if form.ticked(name) else ""
    if one.type is FieldType.DATE:
        day = form.date(name)
        return day.isoformat() if day else form.text(name).strip()
    return form.text(name).strip()
