"""Zoho's records as ours. Two shapes come in: what REST answers, and COQL's rows, where a lookup is a bare id and names of
joined records stand in columns of their own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_client.errors import Unavailable
from crm_client.records import COMPANY, Deal, FieldType, Kind, Owner, Record, Ref, Values
from crm_client.zoho.answers import Row, day, moment, part, string
from crm_client.zoho.metadata import NOT_CHOSEN, Column, Module
from crm_client.zoho.names import ACCOUNT_NAME, MODULES
from crm_client.zoho.tokens import Grant

MAX_DEALS = 5
ACCOUNT_TITLE = f"{ACCOUNT_NAME}.{ACCOUNT_NAME}"
"""COQL's column with the name of a contact's company."""
_CLOSED_STAGES = ("closed won", "closed lost")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def record_url(grant: Grant, ref: Ref) -> str:
    """The record's page, in the right data centre and organisation."""
    return f"{grant.data_centre.web}/crm/{grant.org_domain}/tab/{MODULES[ref.kind]}/{ref.id}"


def to_record(module: Module, grant: Grant, row: Row, deals: tuple[Deal, ...] = ()) -> Record:
    """Unavailable where the row has no id."""
    ref = Ref(module.kind, string(row.get("id")))
    if not ref.id:
        raise Unavailable(f"a record of {module.api_name} without an id")
    version = string(row.get("Modified_Time"))
    return Record(
        ref=ref,
        version=version,
        values=_values(module, row),
        owner=Owner(part(row, "Owner", "id"), _name(row, "Owner")),
        modified_at=moment(version) or _LONG_AGO,
        modified_by=_name(row, "Modified_By"),
        may_edit=module.rights.edit and row.get("$editable") is not False,
        open_deals=deals,
        url=record_url(grant, ref),
    )


def became(row: Row) -> str:
    """The id of the contact a lead was converted to; "" for a lead that is one."""
    detail = row.get("$converted_detail")
    contact = detail.get("contact") if isinstance(detail, dict) else None
    # Whether it is a bare id or an object with one is not documented.
    return string(contact.get("id")) if isinstance(contact, dict) else string(contact)


def is_converted(row: Row) -> bool:
    return row.get("Converted__s") is True or row.get("$converted") is True or bool(became(row))


def _name(row: Row, person: str) -> str:
    joined = f"{string(row.get(f'{person}.first_name'))} {string(row.get(f'{person}.last_name'))}".strip()
    return joined or part(row, person, "name")


def _values(module: Module, row: Row) -> Values:
    found = {column.field.name: as_text(column, row.get(column.api_name)) for column in module.columns}
    if module.kind is Kind.CONTACT and string(row.get(ACCOUNT_TITLE)):
        found[COMPANY] = string(row[ACCOUNT_TITLE])
    return {name: value for name, value in found.items() if value}


def as_text(column: Column, value: Any) -> str:
    """A value as the port writes it; "" for none."""
    match value:
        case bool():
            return "true" if value else ""
        case int() | float():
            return _plain(value)
        case list():
            return "; ".join(string(entry) for entry in value if string(entry))
        case dict():
            return string(value.get("name"))
        case str():
            stripped = string(value)
            if column.field.type is FieldType.EMAIL:
                return stripped.lower()
            return "" if column.field.type is FieldType.PICKLIST and stripped == NOT_CHOSEN else stripped
        case _:
            return ""


def _plain(number: float) -> str:
    shown = format(Decimal(str(number)), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def deals_by_contact(deal_rows: Sequence[Row]) -> Mapping[str, tuple[Deal, ...]]:
    """The open ones, at most five of each contact, next closing first.

    Organisations name their stages as they like: closed is what has one of Zoho's own names for it, or is certain to be
    won or lost.
    """
    deals: dict[str, list[Deal]] = {}
    for row in deal_rows:
        contact = part(row, "Contact_Name", "id")
        if contact and string(row.get("Stage")).casefold() not in _CLOSED_STAGES and row.get("Probability") not in (0, 100):
            deals.setdefault(contact, []).append(_deal(row))
    return {contact: tuple(sorted(found, key=_next_closing)[:MAX_DEALS]) for contact, found in deals.items()}


def _next_closing(deal: Deal) -> tuple[date, str]:
    return deal.closing_on or date.max, deal.id


def _deal(row: Row) -> Deal:
    return Deal(
        id=string(row.get("id")),
        name=string(row.get("Deal_Name")),
        stage=string(row.get("Stage")),
        amount=_amount(row.get("Amount")),
        currency=string(row.get("Currency")),
        closing_on=day(row.get("Closing_Date")),
    )


def _amount(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
