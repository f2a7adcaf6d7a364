"""A record as Zoho's answers show it."""

from collections.abc import Iterable
from typing import Any

from tests.zoho.fields import LOOKUPS
from tests.zoho.organisation import Organisation, Stored, User
from tests.zoho.wire import Json


def shown(organisation: Organisation, one: Stored, names: Iterable[str] | None = None) -> Json:
    """These fields (all, for None) and the id. Unknown, hidden and deleted ones are left out without a word."""
    fields = organisation.modules[one.module].fields
    wanted = fields if names is None else [name for name in names if name in fields]
    return {name: _value(organisation, one, name) for name in wanted if fields[name].usable} | {"id": one.id}


def with_marks(organisation: Organisation, one: Stored, user: User, names: Iterable[str] | None = None) -> Json:
    """As record answers have it: with the `$` marks."""
    marks: Json = {
        "$approval_state": "approved",
        "$editable": user.profile.may("edit", one.module) and one.converted is None and not one.locked,
        "$locked_for_me": one.locked,
        "$sharing_permission": "full_access",
        "$converted": one.converted is not None,
    }
    if one.module == "Leads":
        marks["$converted_detail"] = one.converted or {}
    if one.module == "Tasks" and "What_Id" in one.values:
        marks["$se_module"] = organisation.stored[one.values["What_Id"]].module
    return shown(organisation, one, names) | marks


def _value(organisation: Organisation, one: Stored, name: str) -> Any:
    match name:
        case "Full_Name":
            return one.name or None
        case "Owner":
            return _person(one.owner)
        case "Created_By":
            return _person(one.created_by)
        case "Modified_By":
            return _person(one.modified_by)
        case "Created_Time":
            return organisation.said(one.created)
        case "Modified_Time" | "Last_Activity_Time":
            return organisation.said(one.modified)
        case _:
            value = one.values.get(name)
            if value is not None and organisation.modules[one.module].fields[name].data_type in LOOKUPS:
                there = organisation.stored.get(value)
                return {"name": there.name if there is not None else "", "id": value}
            return value


def _person(user: User) -> Json:
    return {"name": user.name, "id": user.id, "email": user.email}
