"""Field metadata: what a module's fields are, how Zoho describes them, and what it does to values that break them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.zoho.wire import Json, invalid, missing

# The 2026 specification's pattern for an organisation's numbers; German "030/1234" does not pass it.
PHONE = re.compile(r"[+]?[0-9A-Za-z().\-\s]{1,30}")
EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}")
WEBSITE = re.compile(r"((https?|ftp)://)?[^\s/:?#<>\"]+(\.[^\s/:?#<>\"]+)+(:\d+)?([/?#].*)?")

JSON_TYPES = {
    "boolean": "boolean", "integer": "integer", "bigint": "long", "currency": "double", "double": "double",
    "ownerlookup": "jsonobject", "lookup": "jsonobject", "multiselectpicklist": "jsonarray", "userlookup": "jsonobject",
}  # fmt: skip
LOOKUPS = {"lookup", "ownerlookup", "userlookup"}
PICKLIST_LENGTH = 120


@dataclass
class Field:
    """`hidden`: the organisation has taken it from the caller's sight; metadata still lists it. `required`: in the layout."""

    id: str
    api_name: str
    label: str
    data_type: str = "text"
    length: int = 255
    system_mandatory: bool = False
    required: bool = False
    read_only: bool = False
    unique: bool = False
    hidden: bool = False
    deleted: bool = False
    custom: bool = False
    encrypted: bool = False
    in_layout: bool = True
    picklist: list[str | tuple[str, str]] = field(default_factory=list)
    """What is stored; with another label, (stored, shown)."""
    lookup: str = ""
    """The module of a lookup; "*" takes any."""
    permissions: dict[str, str] = field(default_factory=dict)
    """Profile -> "hidden" or "read_only", as metadata tells administrators; all other profiles may read and write."""

    @property
    def usable(self) -> bool:
        return not (self.hidden or self.deleted)


def described(one: Field, *, layout_place: int | None = None) -> Json:
    """As GET settings/fields says it, or (with its place) as a section of a layout does."""
    may = not one.read_only
    lookup: Json = {}
    if one.data_type == "lookup" and one.lookup != "*":
        module = {"api_name": one.lookup, "crypt": False, "id": one.id}
        lookup = {"display_label": one.label, "api_name": one.api_name, "module": module, "id": one.id}
    said: Json = {
        "associated_module": None, "webhook": True, "colour_code_enabled_by_system": False, "field_label": one.label, "tooltip": None,
        "operation_type": {"web_update": may, "api_create": may, "web_create": may, "api_update": may}, "type": "used",
        "field_read_only": one.read_only, "display_label": one.label, "read_only": False, "association_details": None,
        "businesscard_supported": True, "multi_module_lookup": {}, "id": one.id, "created_time": None, "filterable": True,
        "visible": not one.hidden, "profiles": [],
        "view_type": {"view": True, "edit": may, "quick_create": False, "create": may},
        "separator": False, "searchable": True, "history_tracking_enabled": False, "external": None, "api_name": one.api_name,
        "unique": {"case_sensitive": False} if one.unique else {}, "enable_colour_code": False, "pick_list_values": _choices(one),
        "system_mandatory": one.system_mandatory, "virtual_field": False, "json_type": JSON_TYPES.get(one.data_type, "string"),
        "crypt": None, "created_source": "default", "display_type": -1, "ui_type": 1, "modified_time": None, "public": False,
        "currency": {"rounding_option": "normal", "precision": 2} if one.data_type == "currency" else {}, "custom_field": one.custom,
        "lookup": lookup, "convert_mapping": {"Contacts": None, "Deals": None, "Accounts": None}, "rollup_summary": {},
        "length": one.length, "display_field": one.api_name == "Full_Name", "pick_list_values_sorted_lexically": False, "sortable": True,
        "data_type": one.data_type, "formula": {}, "decimal_place": 2 if one.data_type == "currency" else None, "mass_update": False,
        "multiselectlookup": {}, "auto_number": {},
    }  # fmt: skip
    if layout_place is None:
        return said | {"range": None, "email_parser": {"fields_update_supported": True, "record_operations_supported": True}}
    for name in ("multi_module_lookup", "lookup", "multiselectlookup", "rollup_summary", "auto_number", "currency"):
        said[name] = said[name] or None
    said["pick_list_values"] = [{**choice, "maps": []} for choice in said["pick_list_values"]]
    return said | {"required": one.required or one.system_mandatory, "sequence_number": layout_place, "default_value": None}


def _choices(one: Field) -> list[Json]:
    pairs = [(entry, entry) if isinstance(entry, str) else entry for entry in one.picklist]
    if one.data_type == "picklist" and pairs:
        pairs = [("-None-", "-None-"), *pairs]
    return [
        {"display_value": shown, "sequence_number": place, "reference_value": stored, "actual_value": stored, "type": "used"}
        | {"id": f"{int(one.id) + 7000 + place}"}
        for place, (stored, shown) in enumerate(pairs, 1)
    ]


Exists = Callable[[str, str], bool]
"""Whether a record of this module has this id."""


def checked(one: Field, value: Any, path: str, exists: Exists) -> Any:
    """The value as it is stored. Refused as Zoho refuses it; None and "" clear."""
    if value is None or value == "":
        if one.system_mandatory:
            raise missing(one.api_name, path)
        return None
    if one.data_type in LOOKUPS:
        return _looked_up(one, value, path, exists)
    wanted = _wanted_type(one.data_type, value)
    if wanted is not None:
        raise invalid(one.api_name, path, expected_data_type=wanted)
    if isinstance(value, str) and len(value) > one.length and one.data_type not in ("date", "datetime"):
        raise invalid(one.api_name, path, maximum_length=one.length)
    return value


_PATTERNS = {"phone": PHONE, "email": EMAIL, "website": WEBSITE}
_JSON: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "bigint": (int,),
    "currency": (int, float),
    "double": (int, float),
}


def _wanted_type(data_type: str, value: Any) -> str | None:
    """What Zoho would have wanted instead; None where the value will do."""
    if data_type == "multiselectpicklist":
        fits = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        return None if fits else "jsonarray"
    if data_type in _JSON:
        fits = isinstance(value, _JSON[data_type]) and (data_type == "boolean" or not isinstance(value, bool))
        return None if fits else data_type
    if not isinstance(value, str):
        return data_type
    if data_type in _PATTERNS:
        return None if _PATTERNS[data_type].fullmatch(value) else data_type
    return data_type if data_type in ("date", "datetime") and not _is_moment(data_type, value) else None


def _is_moment(data_type: str, value: str) -> bool:
    try:
        if data_type == "date":
            return date.fromisoformat(value).isoformat() == value
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _looked_up(one: Field, value: Any, path: str, exists: Exists) -> str:
    target = value.get("id") if isinstance(value, dict) else value
    if not isinstance(target, str):
        raise invalid(one.api_name, path, expected_data_type="bigint")
    if not exists("Users" if one.data_type != "lookup" else one.lookup, target):
        raise invalid(one.api_name, path)
    return target
