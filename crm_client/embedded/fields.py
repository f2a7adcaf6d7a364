"""The organisation's own field metadata, as it is stored and as a reader sees it."""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, select

from crm_client.checking import ADDRESSES
from crm_client.embedded.tables import FieldRow
from crm_client.records import Choice, Field, FieldType, Kind, Layout
from db import table
from i18n import Language

_table = table(FieldRow)
_FIELDS = select(_table).where(_table.c.org_id == bindparam("org_id"), _table.c.kind == bindparam("kind")).order_by(_table.c.position)


def load_layout(connection: Connection, org_id: int, kind: Kind) -> Layout:
    """The organisation's fields of this kind, with the labels' source texts. One query."""
    rows = connection.execute(_FIELDS, {"org_id": org_id, "kind": kind.value})
    return Layout(
        kind,
        tuple(
            Field(
                name=row.name,
                label=row.label,
                type=FieldType(row.type),
                mandatory=row.mandatory,
                read_only=row.read_only,
                unique=row.name in ADDRESSES,
                max_length=row.max_length,
                choices=tuple(Choice(value, value) for value in row.choices),
            )
            for row in rows
        ),
    )


def translated(layout: Layout, language: Language) -> Layout:
    """The layout as this reader sees it. Labels an organisation wrote itself stay as they are."""
    return Layout(
        layout.kind,
        tuple(
            replace(
                field,
                label=language.text(field.label),
                choices=tuple(Choice(choice.value, language.text(choice.label)) for choice in field.choices),
            )
            for field in layout.fields
        ),
    )
