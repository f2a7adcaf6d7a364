"""Records made and changed over the API, as strict as the field metadata: create, update, upsert, and notes on a record."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.zoho.fields import checked
from tests.zoho.organisation import Organisation, Stored, User
from tests.zoho.records import demand, standing
from tests.zoho.wire import Answer, Json, Refused, Request, invalid, missing

MOST_WRITTEN = 100
SYSTEM_UNIQUE = {"Leads": "Email", "Contacts": "Email", "Accounts": "Account_Name"}
"""What upsert looks for where it is not told."""


class Writing:
    """What one user of an organisation does to its records."""

    def __init__(self, organisation: Organisation, user: User) -> None:
        self._organisation = organisation
        self._user = user

    def create(self, module: str, body: Any) -> Answer:
        demand(self._organisation, self._user, "create", module)
        return _each(body, 201, lambda item, path: self._create(module, item, path))

    def update(self, module: str, request: Request, record_id: str | None = None) -> Answer:
        demand(self._organisation, self._user, "edit", module)

        def one(item: Json, path: str) -> Json:
            stored = standing(self._organisation, self._user, module, record_id or item.get("id"))
            if stored is None:
                raise Refused(400, "INVALID_DATA", {"api_name": "id", "json_path": f"{path}.id"}, "the id given seems to be invalid")
            _unmodified(self._organisation, stored, request)
            return self._change(stored, item, path)

        return _each(request.json(), 200, one, most=MOST_WRITTEN if record_id is None else 1)

    def upsert(self, module: str, request: Request) -> Answer:
        demand(self._organisation, self._user, "create", module)
        demand(self._organisation, self._user, "edit", module)
        body = request.json()
        asked = body.get("duplicate_check_fields") if isinstance(body, dict) else None
        unique = [one.api_name for one in self._organisation.modules[module].fields.values() if one.unique and one.usable]
        names = [*(asked or [name for at, name in SYSTEM_UNIQUE.items() if at == module]), *unique]

        def one(item: Json, path: str) -> Json:
            for name in names:
                clash = self._holder(module, name, item.get(name))
                if clash is not None:
                    _unmodified(self._organisation, clash, request)
                    return {**self._change(clash, item, path), "action": "update", "duplicate_field": name}
            return {**self._create(module, item, path), "action": "insert", "duplicate_field": None}

        return _each(body, 200, one)

    def add_note(self, module: str, record_id: str, body: Any) -> Answer:
        demand(self._organisation, self._user, "view", module)
        demand(self._organisation, self._user, "create", "Notes")
        if standing(self._organisation, self._user, module, record_id) is None:
            raise Refused(400, "INVALID_DATA", {"resource_path_index": 1}, "the id given seems to be invalid")
        return _each(body, 201, lambda item, path: self._create("Notes", {**item, "Parent_Id": record_id}, path))

    # -- one record

    def _create(self, module: str, item: Json, path: str) -> Json:
        values = self._values(module, item, path)
        by_layout = self._names_layout(module, item, path)
        for one in self._organisation.modules[module].fields.values():
            due = one.system_mandatory or (by_layout and one.required and one.in_layout)
            if due and one.usable and values.get(one.api_name) is None:
                raise missing(one.api_name, path)
        self._refuse_duplicates(module, values, path, None)
        self._check_about(module, item, values, path)
        owner = self._organisation.find_user(values.pop("Owner", None) or "") or self._user
        return self._done("record added", self._organisation.add(module, owner, self._user, values))

    def _change(self, stored: Stored, item: Json, path: str) -> Json:
        if stored.locked:
            raise Refused(400, "RECORD_LOCKED", {"id": stored.id}, "record is locked")
        if stored.converted is not None:
            raise Refused(400, "CONVERTED_RECORD", {"id": stored.id}, "the record is converted")
        values = self._values(stored.module, item, path)
        if self._names_layout(stored.module, item, path):
            fields = self._organisation.modules[stored.module].fields
            for name in (name for name, value in values.items() if value is None):
                if fields[name].required and fields[name].in_layout:
                    raise missing(name, path)
        self._refuse_duplicates(stored.module, values, path, stored)
        self._organisation.store(stored, self._user, values)
        return self._done("record updated", stored)

    def _values(self, module: str, item: Json, path: str) -> dict[str, Any]:
        """Checked against the metadata. Unverified and harsh: fields unknown, hidden or read-only are refused, not ignored."""
        values: dict[str, Any] = {}
        for name, value in item.items():
            if name in ("id", "Layout", "Tag") or name.startswith("$"):
                continue
            one = self._organisation.modules[module].usable(name)
            if one is None or one.read_only:
                raise invalid(name, path)
            values[name] = checked(one, value, path, self._organisation.exists)
        return values

    def _names_layout(self, module: str, item: Json, path: str) -> bool:
        """Whether the layout is named, which makes its mandatory fields count."""
        layout = item.get("Layout")
        if layout is None:
            return False
        if not isinstance(layout, dict) or layout.get("id") != self._organisation.modules[module].layout_id:
            raise invalid("Layout", path)
        return True

    def _refuse_duplicates(self, module: str, values: dict[str, Any], path: str, myself: Stored | None) -> None:
        clashes = []
        for one in self._organisation.modules[module].fields.values():
            holder = self._holder(module, one.api_name, values.get(one.api_name), myself) if one.unique and one.usable else None
            if holder is not None:
                said = {"api_name": module, "id": self._organisation.modules[module].id}
                record = {"id": holder.id, "Owner": {**holder.owner.brief(), "zuid": holder.owner.zuid}, "module": said}
                details: Json = {"api_name": one.api_name, "json_path": f"{path}.{one.api_name}", "id": holder.id}
                clashes.append(
                    Refused(400, "DUPLICATE_DATA", details | {"duplicate_record": record, "more_records": False}, "duplicate data")
                )
        if len(clashes) > 1:
            raise Refused(400, "MULTIPLE_OR_MULTI_ERRORS", {"errors": [one.item() for one in clashes]}, "multiple errors")
        if clashes:
            raise clashes[0]

    def _holder(self, module: str, name: str, value: Any, myself: Stored | None = None) -> Stored | None:
        """Another record with this value."""
        if value is None:
            return None
        others = (one for one in self._organisation.of(module) if one is not myself and one.converted is None)
        return next((one for one in others if str(one.values.get(name, "")).lower() == str(value).lower()), None)

    def _check_about(self, module: str, item: Json, values: dict[str, Any], path: str) -> None:
        """Unverified and harsh: a task is about a contact by Who_Id alone, about anything else by What_Id with $se_module."""
        if module == "Tasks" and values.get("What_Id") is not None:
            about = self._organisation.stored[values["What_Id"]].module
            if item.get("$se_module") != about or about == "Contacts":
                raise invalid("What_Id", path)

    def _done(self, message: str, stored: Stored) -> Json:
        said = self._organisation.said
        details: Json = {"id": stored.id, "Created_Time": said(stored.created), "Modified_Time": said(stored.modified)}
        details |= {"Created_By": stored.created_by.brief(), "Modified_By": stored.modified_by.brief(), "$approval_state": "approved"}
        return {"code": "SUCCESS", "status": "success", "message": message, "details": details}


def _each(body: Any, success: int, work: Callable[[Json, str], Json], *, most: int = MOST_WRITTEN) -> Answer:
    """Every item for itself. One refusal alone is wrapped by whoever answers; among others it is an item."""
    items = body.get("data") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise missing("data", "$")
    if len(items) > most:
        raise invalid("data", "$", maximum_length=most)
    results = [_one(item, f"$.data[{place}]", work) for place, item in enumerate(items)]
    refusals = [one for one in results if isinstance(one, Refused)]
    if len(results) == 1 and refusals:
        raise refusals[0]
    status = success if not refusals else 400 if len(refusals) == len(results) else 207
    return Answer(status, {"data": [one.item() if isinstance(one, Refused) else one for one in results]})


def _one(item: Any, path: str, work: Callable[[Json, str], Json]) -> Json | Refused:
    try:
        if not isinstance(item, dict):
            return Refused(400, "INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": path}, "invalid data")
        return work(item, path)
    except Refused as refused:
        return refused


def _unmodified(organisation: Organisation, stored: Stored, request: Request) -> None:
    since = request.headers.get("if-unmodified-since")
    if since is None:
        return
    try:
        newer = stored.modified > datetime.fromisoformat(since)
    except (ValueError, TypeError):
        raise Refused(400, "INVALID_DATA", {"api_name": "If-Unmodified-Since"}, "invalid header") from None
    if newer:
        details = {"Modified_Time": organisation.said(stored.modified), "Modified_By": stored.modified_by.brief(), "id": stored.id}
        raise Refused(412, "ALREADY_MODIFIED", details, "The given Modified_Time is older than the record's")
