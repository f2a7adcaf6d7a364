"""A form filled in from the open mail: only what stands in it, with the line it stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from addon.cards.news import evidence_line
from addon.context import Context
from addon.handlers.said import WRITERS, read, takes
from addon.news import field_values
from addon.rules import takes_source
from crm_client.errors import RateLimited, Unavailable
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, LEAD_SOURCE, SECONDARY_EMAIL, Layout
from reading.contact import Way
from reading.message import Message
from reading.names import Name, split_name
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
    """Without a mail, or a person in it, only the address and what the company prefills."""
    message = context.message() if address and context.message_id else None
    others = people_of(message, context.own).others if message is not None else ()
    person = next((one for one in others if one.address == address), None)
    if message is not None and person is not None and person.role in WRITERS:
        return _from_writer(context, layout, message, address)
    name = split_name(person.name, address) if person is not None else Name()
    given = ((EMAIL, address), (FIRST_NAME, name.first), (LAST_NAME, name.last))
    return _with_source(Filled({key: text for key, text in given if text}), layout, (context.caller.policy.default_source,))


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
    told = _SOURCES.get(reading.contact.way, "")
    return _with_source(Filled(values, evidence), layout, (told, context.caller.policy.default_source, _SOURCE_ELSE))


def _with_source(filled: Filled, layout: Layout, sources: Iterable[str]) -> Filled:
    """The first of these lead sources that the CRM takes."""
    field = layout.field(LEAD_SOURCE)
    source = next((one for one in sources if takes_source(field, one)), None)
    return filled if source is None else replace(filled, values={**filled.values, LEAD_SOURCE: source})


def _known_company(context: Context, name: str, domain: str) -> str | None:
    """A form can do without while the CRM does not answer."""
    try:
        return context.crm.known_company(name, domain)
    except (Unavailable, RateLimited):
        return None
