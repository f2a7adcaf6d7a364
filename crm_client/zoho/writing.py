"""Creating and changing records. Values are judged here first, so that all problems come at once, and by Zoho again.

Zoho gives no record back, so the answer is put together from what was read and sent, and the new time of change. What the
organisation's workflows change after that shows at the next look-up; a change on top of it is Stale.

Zoho counts its times of change in seconds: of two changes within one second it lets both pass.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from crm_client.checking import checked_changes, checked_new
from crm_client.errors import Duplicate, FieldProblem, Forbidden, Problem, Rejected, Stale, Unavailable
from crm_client.records import COMPANY, EMAIL, LAST_NAME, FieldType, Kind, Owner, Record, Ref, Values
from crm_client.zoho.answers import Row, moment, part, rows, string
from crm_client.zoho.api import ZohoApi
from crm_client.zoho.companies import account_id
from crm_client.zoho.conversions import Conversions
from crm_client.zoho.errors import AlreadyModified
from crm_client.zoho.mails import record_path
from crm_client.zoho.metadata import Column, Described, Module
from crm_client.zoho.names import ACCOUNT_NAME
from crm_client.zoho.queries import alike, newest
from crm_client.zoho.records import ACCOUNT_TITLE, as_text, record_url
from crm_client.zoho.retrieval import get, get_many

CLOCKS_APART = timedelta(minutes=2)
"""Zoho's clock and ours may differ by so much."""
_WHOLE_NUMBERS = ("integer", "bigint")


def made_by(api: ZohoApi, described: Described, conversions: Conversions, kind: Kind, values: Values, tried_at: datetime) -> Record | None:
    """What an attempt of then made, its answer lost: Zoho knows no keys, so what the caller made since with these very values is it."""
    module = described.module(kind)
    made = _made_since(api, module, checked_new(module.layout, values), tried_at - CLOCKS_APART)
    return None if made is None else get(api, described, conversions, made)


def create(api: ZohoApi, described: Described, conversions: Conversions, kind: Kind, values: Values, owner_id: str = "") -> Record:
    """See `crm_client.port.Crm.create`."""
    module = described.module(kind)
    if not module.rights.create:
        raise Forbidden(f"{module.api_name} may not be created")
    checked = checked_new(module.layout, values)
    # Named, the layout's mandatory fields count, and not the system's alone.
    body = {**_body(api, module, checked), "Layout": {"id": module.layout_id}}
    if owner_id:
        body["Owner"] = {"id": owner_id}
    try:
        details = _done(api.tell("POST", f"/{module.api_name}", {"data": [body]}))
    except Duplicate as duplicate:
        raise _named(api, described, conversions, duplicate) from duplicate
    ref, version = Ref(kind, string(details.get("id"))), string(details.get("Modified_Time"))
    return Record(
        ref=ref,
        version=version,
        values=checked,
        owner=Owner(owner_id, "") if owner_id else Owner(part(details, "Created_By", "id"), part(details, "Created_By", "name")),
        modified_at=moment(version) or datetime.now(UTC),
        modified_by=part(details, "Modified_By", "name"),
        may_edit=module.rights.edit,
        url=record_url(api.grant, ref),
    )


def update(
    api: ZohoApi,
    described: Described,
    conversions: Conversions,
    ref: Ref,
    changes: Values,
    seen_version: str,
    read: Record | None = None,
) -> Record:
    """See `crm_client.port.Crm.update`. One read, one write; no read where the caller has just `read` the record."""
    module = described.module(ref.kind)
    if not module.rights.edit:
        raise Forbidden(f"{module.api_name} may not be changed")
    current = read or get(api, described, conversions, ref)
    if current.ref != ref or not _same_version(current.version, seen_version):
        raise Stale(current)
    values = checked_changes(module.layout, current.values, changes)
    changed = {name: values.get(name, "") for name in changes if values.get(name, "") != current.value(name)}
    if not changed:
        return current
    body, condition = _body(api, module, changed), {"if-unmodified-since": current.version}
    try:
        details = _done(api.tell("PUT", record_path(ref), {"data": [body]}, condition))
    except AlreadyModified:
        raise Stale(get(api, described, conversions, ref)) from None
    except Duplicate as duplicate:
        raise _named(api, described, conversions, duplicate) from duplicate
    version = string(details.get("Modified_Time"))
    return replace(
        current,
        version=version,
        values=values,
        modified_at=moment(version) or datetime.now(UTC),
        modified_by=part(details, "Modified_By", "name"),
    )


def _same_version(one: str, other: str) -> bool:
    """The same moment, in whatever time zone it is written."""
    return one == other or (moment(one) is not None and moment(one) == moment(other))


def _done(answer: Any) -> Row:
    """What Zoho says of the one record written. Unavailable: it may have been written, or not."""
    for row in rows(answer, "data"):
        details = row.get("details")
        if isinstance(details, dict) and string(details.get("id")) and string(details.get("Modified_Time")):
            return details
    raise Unavailable("Zoho does not say what it wrote")


def _named(api: ZohoApi, described: Described, conversions: Conversions, duplicate: Duplicate) -> Duplicate:
    """With the other record's name, or without the record where the caller may not see it."""
    seen = get_many(api, described, conversions, (duplicate.ref,)) if duplicate.ref else ()
    return Duplicate(duplicate.field, seen[0].ref, seen[0].name) if seen else Duplicate(duplicate.field, None)


# --- values


def _body(api: ZohoApi, module: Module, values: Values) -> dict[str, Any]:
    """As Zoho wants them. Rejected where a number is none of this field's; CrmError where an account has to be found."""
    body: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for name, value in values.items():
        column = module.column(name)
        if column is None:
            continue  # judged before: cannot be
        try:
            body[column.api_name] = _said(column, value)
        except ValueError:
            problems.append(FieldProblem(name, Problem.NOT_A_NUMBER))
    if problems:
        raise Rejected(tuple(problems))
    if body.get(ACCOUNT_NAME) and module.kind is Kind.CONTACT:
        body[ACCOUNT_NAME] = {"id": account_id(api, body[ACCOUNT_NAME])}
    return body


def _said(column: Column, value: str) -> Any:
    """ValueError."""
    if column.field.type is FieldType.BOOLEAN:
        return value == "true"
    if not value:
        return None  # clears
    if column.field.type is FieldType.NUMBER:
        return int(value) if column.data_type in _WHOLE_NUMBERS else float(Decimal(value))
    return value


# --- after an attempt whose end nobody knows


def _made_since(api: ZohoApi, module: Module, values: Mapping[str, str], since: datetime) -> Ref | None:
    """The newest record the caller made since then with all of these values."""
    sought = EMAIL if values.get(EMAIL) else LAST_NAME
    key = module.column(sought)
    if key is None:
        return None
    names = [column.api_name for name in values if (column := module.column(name)) is not None]
    joined = [ACCOUNT_TITLE] if module.kind is Kind.CONTACT and values.get(COMPANY) else []
    read = newest(module.api_name, (*names, *joined, "Created_By", "Created_Time"), alike(key.api_name, values[sought]))
    for row in rows(api.ask(read), "data"):
        created = moment(row.get("Created_Time"))
        mine = part(row, "Created_By", "id") == api.grant.user_id and created is not None and created >= since
        if mine and all(_held(module, row, name).casefold() == value.casefold() for name, value in values.items()):
            return Ref(module.kind, string(row.get("id")))
    return None


def _held(module: Module, row: Row, name: str) -> str:
    column = module.column(name)
    if column is None:
        return ""
    return string(row.get(ACCOUNT_TITLE)) if column.api_name == ACCOUNT_NAME else as_text(column, row.get(column.api_name))
