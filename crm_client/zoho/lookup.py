"""Whom the CRM knows by these addresses: leads and contacts with their open deals, in one go.

Asked in COQL, because Zoho's search learns of a record seconds after it was made. Columns are those the metadata knows. If
Zoho does not understand all the same, the metadata has changed: it is read again, once. If that does not help either (an
organisation may encrypt its address fields, and then queries do not take them), search has to do.

Zoho never says that a record exists which the user may not see: there is no `Hidden` here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crm_client.errors import CrmError
from crm_client.records import EMAIL, Kind, Lookup, Match, Record, Ref
from crm_client.zoho.answers import Row, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.conversions import Conversions, with_contacts
from crm_client.zoho.errors import Misasked
from crm_client.zoho.metadata import Described, Metadata, Module, is_closed
from crm_client.zoho.names import our_name
from crm_client.zoho.queries import MOST_ROWS, Gathered, batches, carries, email_columns, gather, with_ids
from crm_client.zoho.records import is_converted

MOST_FIELDS = 50


def look_up(api: ZohoApi, metadata: Metadata, conversions: Conversions, addresses: Sequence[str]) -> Lookup:
    """See `crm_client.port.Crm.lookup`."""
    asked = tuple(dict.fromkeys(address for address in addresses if address and address.isprintable()))
    if not asked:
        return Lookup()
    described = metadata.of(api)
    if described.queryable:
        try:
            return _matches(api, described, conversions, _queried(api, described, asked), asked)
        except Misasked:
            metadata.forget(api)
            described = metadata.of(api)
        try:
            return _matches(api, described, conversions, _queried(api, described, asked), asked)
        except Misasked:
            metadata.keep(api, replace(described, queryable=False))
    return _matches(api, described, conversions, _searched(api, described, asked), asked)


def _queried(api: ZohoApi, described: Described, asked: Sequence[str]) -> Gathered:
    wanted: dict[Kind, list[str]] = {}
    about: list[str] = []
    for module in described.open:
        columns = email_columns(module)
        wanted[module.kind] = [carries(columns, batch) for batch in batches(asked)] if columns else []
        if module.kind is Kind.CONTACT and columns:
            about = [carries([f"Contact_Name.{column}" for column in columns], batch) for batch in batches(asked)]
    return gather(api, described, {kind: conditions for kind, conditions in wanted.items() if conditions}, about)


def _searched(api: ZohoApi, described: Described, asked: Sequence[str]) -> Gathered:
    """By Zoho's search, which matches parts of addresses too and does not know what was written a moment ago."""
    pairs = [(module, address) for module in described.open for address in asked]
    answers = api.ask_all([_search(module, address) for module, address in pairs])
    found: dict[Kind, dict[str, Row]] = {module.kind: {} for module in described.open}
    closed: dict[Kind, CrmError] = {}
    for (module, _address), answer in zip(pairs, answers, strict=True):
        if is_closed(answer):
            closed[module.kind] = answer
        elif isinstance(answer, CrmError):
            raise answer
        else:
            found[module.kind] |= {string(row.get("id")): row for row in rows(answer, "data")}
    if closed.keys() == found.keys():
        raise next(iter(closed.values()))
    contacts = tuple(found.get(Kind.CONTACT, ()))
    deals = gather(api, described, {}, [with_ids(contacts[:50], "Contact_Name.id")]).deals if contacts else {}
    return Gathered(found, deals)


def _search(module: Module, address: str) -> Read:
    converted = (("converted", "both"),) if module.kind is Kind.LEAD else ()
    fields = ",".join(search_fields(module))
    return Read(f"/{module.api_name}/search", (("email", address), ("fields", fields), ("per_page", str(MOST_ROWS)), *converted))


def search_fields(module: Module) -> list[str]:
    """As many as a list may name."""
    marks = ["Owner", "Modified_Time", "Modified_By"]
    return [*marks, *(column.api_name for column in module.columns if column.api_name not in marks)][:MOST_FIELDS]


def _matches(api: ZohoApi, described: Described, conversions: Conversions, found: Gathered, asked: Sequence[str]) -> Lookup:
    place = {address: index for index, address in enumerate(asked)}
    hits = [
        (address, name, Ref(kind, number))
        for kind, by_id in found.rows.items()
        for number, row in by_id.items()
        for address, name in _carried(described.module(kind), row)
        if address in place
    ]
    leads = {hit[2] for hit in hits if hit[2].kind is Kind.LEAD and is_converted(found.rows[Kind.LEAD][hit[2].id])}
    records = found.records(described, api.grant)
    records = with_contacts(api, described, conversions, records, leads)
    matches: dict[tuple[str, Ref], Match] = {}
    for address, name, ref in sorted(hits, key=lambda hit: hit[2] in leads):
        record = records.get(ref)
        if record is not None:
            # A converted lead and its contact are one record, found once.
            matches.setdefault((address, record.ref), Match(address, name, record))
    return Lookup(tuple(sorted(matches.values(), key=lambda match: _order(match, place[match.address]))))


def _carried(module: Module, row: Row) -> Iterator[tuple[str, str]]:
    """The addresses a row has, in lower case, and the fields they are in. Whatever the source: it may give look-alikes too."""
    for column in email_columns(module):
        address = string(row.get(column)).lower()
        if address:
            yield address, our_name(module.api_name, column)


def _order(match: Match, place: int) -> tuple[bool, bool, int, str]:
    return match.record.ref.kind is not Kind.CONTACT, match.field != EMAIL, place, _sortable(match.record)


def _sortable(record: Record) -> str:
    return record.ref.id.zfill(20)
