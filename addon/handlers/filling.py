"""A form filled in from the open mail: only what stands in it, with the line it stands in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from addon.cards.news import evidence_line
from addon.context import Context
from addon.handlers.said import WRITERS, read, takes
from addon.news import field_values
from crm_client.errors import RateLimited, Unavailable
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, LEAD_SOURCE, SECONDARY_EMAIL, FieldType, Layout
from reading.contact import Way
from reading.message import Message
from reading.names import split_name
from reading.people import people_of
from reading.proposal import Source

_SOURCES = {Way.FORM: "Web site"}
_SOURCE_ELSE = "E-mail"
"""The lead source of somebody who wrote, where the CRM's list has it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Field -> value, and field -> where it was read, in the reader's language."""

    values: Mapping[str, str]
    evidence: Mapping[str, str] = field(default_factory=dict)


def fill_in(context: Context, layout: Layout, address: str) -> Filled:
    """Empty where no mail is open or no person is meant."""
    if not address:
        return Filled({})
    if not context.message_id:
        return Filled({EMAIL: address})
    message = context.message()
    person = next((one for one in people_of(message, context.own).others if one.address == address), None)
    if person is None:
        return Filled({EMAIL: address})
    if person.role not in WRITERS:
        name = split_name(person.name, address)
        return Filled({EMAIL: address, **{key: text for key, text in ((FIRST_NAME, name.first), (LAST_NAME, name.last)) if text}})
    return _from_writer(context, layout, message, address)


def _from_writer(context: Context, layout: Layout, message: Message, address: str) -> Filled:
    language = context.language
    reading = read(context, message, address)
    values, evidence = {EMAIL: address}, {}
    for name, (value, proposal) in field_values(reading.proposals, language.locale).items():
        if name == EMAIL or not takes(layout, name, value):
            continue
        if name == SECONDARY_EMAIL and value.lower() == address:
            continue
        values[name] = value
        if proposal.source is not Source.HEADER:
            evidence[name] = evidence_line(proposal.source, proposal.evidence.strip(), language)
    domain = address.rpartition("@")[2]
    known = _known_company(context, values.get(COMPANY, ""), "" if domain in context.own.domains else domain)
    if known:
        values[COMPANY] = known
        evidence[COMPANY] = language.text("This company is in the CRM already.")
    source = layout.field(LEAD_SOURCE)
    wanted = _SOURCES.get(reading.contact.way, _SOURCE_ELSE)
    if source is not None and source.type is FieldType.PICKLIST and any(choice.value == wanted for choice in source.choices):
        values[LEAD_SOURCE] = wanted
    return Filled(values, evidence)


def _known_company(context: Context, name: str, domain: str) -> str | None:
    """A form can do without while the CRM does not answer."""
    try:
        return context.crm.known_company(name, domain)
    except (Unavailable, RateLimited):
        return None
