"""What an organisation's Leads and Contacts are made of, as one of its users sees them. Kept for ten minutes.

Zoho spreads it: layouts know what is mandatory and in which order fields stand, fields know the rest, modules know what the
user may do. All are asked in one go. A module the user has no right to, or the permission does not cover, is closed to him;
Zoho does not tell which of its records exist.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from cachetools import TTLCache

from crm_client.errors import CrmError, Forbidden, Unavailable
from crm_client.records import NO_RIGHTS, Choice, Field, FieldType, Kind, Layout, Rights
from crm_client.zoho.answers import Row, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.errors import ScopeMissing
from crm_client.zoho.names import ACCOUNT_NAME, DEALS, MODULES, our_name

KEPT = 4096
KEPT_SECONDS = 600

NOT_CHOSEN = "-None-"
"""Stands first in Zoho's picklists."""
MULTIPLE = "multiselectpicklist"
_TYPES: Mapping[str, FieldType] = {
    "text": FieldType.TEXT,
    "textarea": FieldType.TEXTAREA,
    "email": FieldType.EMAIL,
    "phone": FieldType.PHONE,
    "website": FieldType.URL,
    "picklist": FieldType.PICKLIST,
    "date": FieldType.DATE,
    "boolean": FieldType.BOOLEAN,
    "integer": FieldType.NUMBER,
    "bigint": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "decimal": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    # Several choices in one field: shown, not written, because the forms have no such field.
    MULTIPLE: FieldType.TEXT,
}
_LONGEST: Mapping[FieldType, int] = {FieldType.TEXTAREA: 32_000}
_USUAL_LENGTH = 255
_LONGEST_ACCOUNT_NAME = 200
_MEASURED = frozenset({FieldType.TEXT, FieldType.TEXTAREA, FieldType.EMAIL, FieldType.PHONE, FieldType.URL})
"""Only of these does Zoho's length count the signs a person types."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the layout: what Zoho calls it, its Zoho type, and what it is to us."""

    api_name: str
    data_type: str
    field: Field


@dataclass(frozen=True, slots=True)
class Module:
    """One kind of record. `known` are all fields the user may read, in the layout or not."""

    kind: Kind
    layout_id: str
    columns: tuple[Column, ...]
    known: frozenset[str]
    rights: Rights

    @property
    def api_name(self) -> str:
        return MODULES[self.kind]

    @property
    def layout(self) -> Layout:
        return Layout(self.kind, tuple(column.field for column in self.columns))

    def column(self, name: str) -> Column | None:
        """By our name."""
        return next((column for column in self.columns if column.field.name == name), None)


@dataclass(frozen=True, slots=True)
class Described:
    """Everything at once. `closed`: why a kind is not open to the user. `deal_fields` is empty where deals are closed.

    `queryable` is False once it turned out that queries do not take the organisation's address fields.
    """

    modules: Mapping[Kind, Module]
    closed: Mapping[Kind, CrmError] = field(default_factory=dict)
    deal_fields: frozenset[str] = frozenset()
    queryable: bool = True

    def module(self, kind: Kind) -> Module:
        """Forbidden, or AuthExpired where the permission does not cover it."""
        found = self.modules.get(kind)
        if found is None:
            raise _again(self.closed[kind])
        return found

    @property
    def open(self) -> tuple[Module, ...]:
        """Forbidden (or AuthExpired) where there is none."""
        if not self.modules:
            raise _again(next(iter(self.closed.values())))
        return tuple(self.modules.values())


class Metadata:
    """One per process, safe to use from many threads. What failed is not kept."""

    def __init__(self, seconds: float = KEPT_SECONDS) -> None:
        self._kept: TTLCache[tuple[str, ...], Described] = TTLCache(KEPT, seconds)
        self._lock = threading.Lock()

    def of(self, api: ZohoApi) -> Described:
        """CrmError."""
        key = _key(api)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = describe(api)
            if kept.modules:
                self.keep(api, kept)
        return kept

    def keep(self, api: ZohoApi, described: Described) -> None:
        with self._lock:
            self._kept[_key(api)] = described

    def forget(self, api: ZohoApi) -> None:
        """Something in it is no longer so."""
        with self._lock:
            self._kept.pop(_key(api), None)


def _key(api: ZohoApi) -> tuple[str, ...]:
    # Each person's own: profiles hide fields and modules.
    grant = api.grant
    return (grant.api, grant.org_id, grant.user_id)


def describe(api: ZohoApi) -> Described:
    """CrmError, but not for a module that is closed to the user."""
    kinds = tuple(Kind)
    reads = [Read(f"/settings/{what}", (("module", MODULES[kind]),)) for kind in kinds for what in ("fields", "layouts")]
    *answers, modules, deals = api.ask_all([*reads, Read("/settings/modules"), Read("/settings/fields", (("module", DEALS),))])
    rights = _rights(modules)
    opened: dict[Kind, Module] = {}
    closed: dict[Kind, CrmError] = {}
    for place, kind in enumerate(kinds):
        pair = answers[2 * place : 2 * place + 2]
        refused = next((answer for answer in pair if isinstance(answer, CrmError)), None)
        if refused is None and not rights[kind].view:
            refused = Forbidden(f"{MODULES[kind]} may not be viewed")
        if refused is None:
            opened[kind] = _module(kind, pair[0], pair[1], rights[kind])
        elif is_closed(refused):
            closed[kind] = refused
        else:
            raise refused
    # Without its fields a look-up still works, only without deals.
    deal_fields = frozenset() if isinstance(deals, CrmError) else frozenset(string(row.get("api_name")) for row in _visible(deals))
    return Described(opened, closed, deal_fields)


def is_closed(error: object) -> TypeGuard[Forbidden | ScopeMissing]:
    """Whether this is a no to this user, and no outage."""
    return isinstance(error, Forbidden | ScopeMissing)


def _again(error: CrmError) -> CrmError:
    """A fresh one: an exception that is kept and raised again collects a traceback each time."""
    return type(error)(*error.args)


def _rights(modules: Any | CrmError | None) -> Mapping[Kind, Rights]:
    """A module that is not listed does not exist for this user. Where he may not read the list, Zoho itself refuses what he may not do."""
    if is_closed(modules):
        return dict.fromkeys(Kind, Rights(view=True, create=True, edit=True))
    if isinstance(modules, CrmError):
        raise modules
    by_name = {string(row.get("api_name")): row for row in rows(modules, "modules")}
    return {kind: _right(by_name[name]) if name in by_name else NO_RIGHTS for kind, name in MODULES.items()}


def _right(row: Row) -> Rights:
    view, create, edit = (row.get(flag) is not False for flag in ("viewable", "creatable", "editable"))
    return Rights(view=view, create=view and create, edit=view and edit)


def _visible(fields: Any) -> Iterator[Row]:
    """Zoho also lists what is hidden from the user."""
    return (row for row in rows(fields, "fields") if row.get("visible") is not False)


def _module(kind: Kind, fields: Any, layouts: Any, rights: Rights) -> Module:
    known = {string(row.get("api_name")): row for row in _visible(fields)}
    # The first layout is the standard one. A person may use another; which one is his, Zoho does not say here.
    layout = next((row for row in rows(layouts, "layouts") if row.get("status") != "inactive" and row.get("visible") is not False), None)
    if layout is None:
        raise Unavailable(f"no layout of {MODULES[kind]}")
    columns: list[Column] = []
    for placed in _placed(layout):
        name = string(placed.get("api_name"))
        column = _column(kind, known[name], placed) if name in known and placed.get("visible") is not False else None
        if column is not None and column.api_name not in {other.api_name for other in columns}:
            columns.append(column)
    return Module(kind, string(layout.get("id")), tuple(columns), frozenset(known), rights)


def _placed(layout: Row) -> Iterator[Row]:
    """The fields of a layout in their order."""
    sections = layout.get("sections")
    for section in sections if isinstance(sections, list) else ():
        fields = section.get("fields") if isinstance(section, dict) else None
        yield from (row for row in (fields if isinstance(fields, list) else ()) if isinstance(row, dict))


def _column(kind: Kind, row: Row, placed: Row) -> Column | None:
    api_name, data_type = string(row.get("api_name")), string(row.get("data_type"))
    field_type = FieldType.TEXT if (kind, api_name) == (Kind.CONTACT, ACCOUNT_NAME) else _TYPES.get(data_type)
    if field_type is None:
        return None
    return Column(
        api_name,
        data_type,
        Field(
            name=our_name(MODULES[kind], api_name),
            label=string(placed.get("display_label")) or string(row.get("display_label")) or string(row.get("field_label")) or api_name,
            type=field_type,
            mandatory=placed.get("required") is True or row.get("system_mandatory") is True,
            read_only=_is_read_only(row) or data_type == MULTIPLE,
            unique=bool(row.get("unique")),
            max_length=_length(row, field_type, api_name),
            choices=_choices(placed) or _choices(row) if field_type is FieldType.PICKLIST else (),
        ),
    )


def _length(row: Row, field_type: FieldType, api_name: str) -> int:
    if api_name == ACCOUNT_NAME:
        return _LONGEST_ACCOUNT_NAME  # the field's own length is that of an id
    length = row.get("length")
    return length if isinstance(length, int) and length > 0 and field_type in _MEASURED else _LONGEST.get(field_type, _USUAL_LENGTH)


def _is_read_only(row: Row) -> bool:
    operations = row.get("operation_type")
    writable = not isinstance(operations, dict) or operations.get("api_update") is not False
    return row.get("read_only") is True or row.get("field_read_only") is True or not writable


def _choices(row: Row) -> tuple[Choice, ...]:
    """Zoho takes any new value for a picklist: it is we who keep typing errors out."""
    listed = row.get("pick_list_values")
    found = [
        Choice(string(entry.get("actual_value")), string(entry.get("display_value")) or string(entry.get("actual_value")))
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict) and entry.get("type") != "unused"
    ]
    return tuple(choice for choice in found if choice.value and choice.value != NOT_CHOSEN)
