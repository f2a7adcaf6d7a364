"""Records by their ids, and by words."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from crm_client.errors import CrmError, NotFound
from crm_client.records import COMPANY, EMAIL, SECONDARY_EMAIL, Kind, Record, RecordPage, Ref
from crm_client.text import fold
from crm_client.zoho.answers import has_more, rows
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.conversions import Conversions, with_contacts
from crm_client.zoho.lookup import search_fields
from crm_client.zoho.mails import record_path
from crm_client.zoho.metadata import Described, Module, is_closed
from crm_client.zoho.names import MODULES
from crm_client.zoho.queries import IN_ONE, MOST_ROWS, deal_reads, gather, with_ids
from crm_client.zoho.records import deals_by_contact, is_converted, to_record

SEARCH_PAGE = 10
SHORTEST_WORD = 2
LONGEST_WORD = 100


def get(api: ZohoApi, described: Described, conversions: Conversions, ref: Ref) -> Record:
    """See `crm_client.port.Crm.get`. Forbidden, NotFound."""
    module = described.module(ref.kind)
    asked = [Read(record_path(ref))]
    if ref.kind is Kind.CONTACT:
        asked += deal_reads(described.deal_fields, [with_ids([ref.id], "Contact_Name.id")])
    answer, *deals = api.ask_all(asked)
    if isinstance(answer, CrmError):
        raise answer
    found = rows(answer, "data")
    if ref.kind is Kind.LEAD and (not found or is_converted(found[0])):
        # Zoho may hide a converted lead, and may show it.
        return _contact_of(api, described, conversions, ref)
    if not found:
        raise NotFound(str(ref))
    return to_record(module, api.grant, found[0], deals_by_contact(_known(deals)).get(ref.id, ()))


def _contact_of(api: ZohoApi, described: Described, conversions: Conversions, lead: Ref) -> Record:
    contact = conversions.contacts_of(api, (lead.id,)).get(lead.id)
    if contact is None:
        raise NotFound(str(lead))
    return replace(get(api, described, conversions, Ref(Kind.CONTACT, contact)), was=lead)


def _known(answers: Iterable[Any | CrmError | None]) -> list[Any]:
    """Rows of what is not closed to the user. An outage is raised: no deals would look like none."""
    found: list[Any] = []
    for answer in answers:
        if isinstance(answer, CrmError) and not is_closed(answer):
            raise answer
        found += [] if isinstance(answer, CrmError) else rows(answer, "data")
    return found


def get_many(api: ZohoApi, described: Described, conversions: Conversions, refs: Sequence[Ref]) -> tuple[Record, ...]:
    """See `crm_client.port.Crm.get_many`. A converted lead comes as its contact."""
    asked = [ref for ref in dict.fromkeys(refs) if ref.kind in described.modules and ref.id.isascii() and ref.id.isdecimal()]
    if not asked:
        return ()
    wanted = {kind: [with_ids(group) for group in _groups(kind, asked)] for kind in described.modules if _groups(kind, asked)}
    about = [with_ids(group, "Contact_Name.id") for group in _groups(Kind.CONTACT, asked)]
    found = gather(api, described, wanted, about)
    records = found.records(described, api.grant)
    lead_rows = found.rows.get(Kind.LEAD, {})
    # A query may leave converted leads out: those missing are asked for, too.
    leads = [ref for ref in asked if ref.kind is Kind.LEAD and (ref.id not in lead_rows or is_converted(lead_rows[ref.id]))]
    records = with_contacts(api, described, conversions, records, leads)
    return tuple(records[ref] for ref in asked if ref in records)


def _groups(kind: Kind, refs: Iterable[Ref]) -> list[list[str]]:
    ids = [ref.id for ref in refs if ref.kind is kind]
    return [ids[start : start + IN_ONE] for start in range(0, len(ids), IN_ONE)]


def search(api: ZohoApi, described: Described, words: str, page: int) -> RecordPage:
    """The newest 25 leads and 25 contacts that Zoho's search finds, those whose name begins with the text first, ten a page.

    Zoho pages each module for itself and by age; going through all of it to find the best would cost a call a page. Where
    there are more, `total` is None, and more words find them. A record made a moment ago is not in Zoho's index yet.
    Forbidden where both kinds are closed.
    """
    sought = " ".join(words.split())[:LONGEST_WORD]
    modules = described.open
    page = max(page, 1)
    if len(sought) < SHORTEST_WORD:
        return RecordPage((), page, None, 0)
    answers = api.ask_all([_by_word(module, sought) for module in modules])
    if all(is_closed(answer) for answer in answers):
        raise next(answer for answer in answers if isinstance(answer, CrmError))
    found = [to_record(module, api.grant, row) for module, answer in zip(modules, answers, strict=True) for row in _known([answer])]
    found.sort(key=lambda record: (not _begins(record, fold(sought)), fold(record.name), record.ref.id.zfill(20)))
    shown = tuple(found[(page - 1) * SEARCH_PAGE : page * SEARCH_PAGE])
    complete = not any(has_more(answer) for answer in answers)
    return RecordPage(shown, page, page + 1 if page * SEARCH_PAGE < len(found) else None, len(found) if complete else None)


def _by_word(module: Module, sought: str) -> Read:
    fields = ",".join(search_fields(module))
    return Read(f"/{MODULES[module.kind]}/search", (("word", sought), ("fields", fields), ("per_page", str(MOST_ROWS))))


def _begins(record: Record, sought: str) -> bool:
    names = (record.name, record.value("last_name"), record.value(COMPANY), record.value(EMAIL), record.value(SECONDARY_EMAIL))
    return any(fold(name).startswith(sought) for name in names)
