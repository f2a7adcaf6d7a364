"""What leads were converted to. A lead never turns back, so what was learnt once is kept."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import replace

from cachetools import LRUCache

from crm_client.records import Kind, Record, Ref
from crm_client.zoho.answers import rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.metadata import Described
from crm_client.zoho.names import MODULES
from crm_client.zoho.queries import IN_ONE, gather, with_ids
from crm_client.zoho.records import became

KEPT = 20_000


class Conversions:
    """One per process, safe to use from many threads."""

    def __init__(self) -> None:
        self._kept: LRUCache[tuple[str, str, str], str] = LRUCache(KEPT)
        self._lock = threading.Lock()

    def contacts_of(self, api: ZohoApi, lead_ids: Collection[str]) -> Mapping[str, str]:
        """Lead -> contact of those that were converted and that the user may see. CrmError."""
        grant = api.grant
        keys = {number: (grant.api, grant.org_id, number) for number in lead_ids}
        with self._lock:
            known = {number: self._kept[key] for number, key in keys.items() if key in self._kept}
        asked = sorted(keys.keys() - known.keys())
        for start in range(0, len(asked), IN_ONE):
            known |= _asked(api, asked[start : start + IN_ONE])
        with self._lock:
            self._kept.update({keys[number]: contact for number, contact in known.items()})
        return known


def _asked(api: ZohoApi, lead_ids: Collection[str]) -> dict[str, str]:
    """Queries do not tell; lists do, and these lists have what others hide."""
    wanted = (("ids", ",".join(lead_ids)), ("converted", "both"), ("fields", "Last_Name,$converted_detail"), ("per_page", "200"))
    found = {string(row.get("id")): became(row) for row in rows(api.ask(Read(f"/{MODULES[Kind.LEAD]}", wanted)), "data")}
    return {lead: contact for lead, contact in found.items() if contact}


def with_contacts(
    api: ZohoApi, described: Described, conversions: Conversions, records: Mapping[Ref, Record], leads: Collection[Ref]
) -> dict[Ref, Record]:
    """The records with the converted leads among them replaced by their contacts, which are fetched where they are missing.

    A lead whose contact is closed to the user is left out.
    """
    became_of = conversions.contacts_of(api, [lead.id for lead in leads]) if leads else {}
    kept = {ref: record for ref, record in records.items() if ref not in leads}
    missing = [number for number in dict.fromkeys(became_of.values()) if Ref(Kind.CONTACT, number) not in kept]
    fetched = contacts(api, described, missing)
    for lead in leads:
        contact = Ref(Kind.CONTACT, became_of.get(lead.id, ""))
        record = kept.get(contact) or fetched.get(contact)
        if record is not None:
            kept[lead] = replace(record, was=record.was or lead)
            if contact in kept:
                kept[contact] = kept[lead]
    return kept


def contacts(api: ZohoApi, described: Described, ids: Collection[str]) -> dict[Ref, Record]:
    """These contacts, with their open deals. Those that are not there are left out, and all of them if contacts are closed."""
    if not ids or Kind.CONTACT not in described.modules:
        return {}
    groups = [list(ids)[start : start + IN_ONE] for start in range(0, len(ids), IN_ONE)]
    wanted = {Kind.CONTACT: [with_ids(group) for group in groups]}
    return gather(api, described, wanted, [with_ids(group, "Contact_Name.id") for group in groups]).records(described, api.grant)
