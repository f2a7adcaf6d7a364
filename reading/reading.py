"""What does this mail say about the person it is from? The whole way from a message to proposals, without network or clock."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reading.canonical import Canonical, canonical
from reading.contact import Contact, Way, answered_instead, came_through_list, contact_of, original_of
from reading.fields.extract import fields_of, numbers_in_body
from reading.footers import own_end
from reading.form import form_fields, number_lines
from reading.kind import SenderKind, sender_kind
from reading.languages import language_of
from reading.message import Message
from reading.naming import Named, name_of, name_words, salutation_in
from reading.proposal import FieldName, Line, Link, Proposal, Sender, Source
from reading.quoting import mailbox_in
from reading.segments import Part, Segment, segments
from reading.signature import Zone, signature_zone

_MAX_BODY_LINES = 400
_MAX_RUNS, _FIRST_RUNS = 60, 10
"""Pieces of own text between quotes that are read, and how many of them from the start."""
_MAX_LANGUAGE_LINES = 60
_PREFIX = re.compile(r"\s?(?:>\s?)+")

# What a card shows at least; below it a value is not proposed. Chosen on labelled mails for a precision of .95 and more.
_SHOWN_FROM: dict[FieldName, float] = {FieldName.FIRST_NAME: 0.6, FieldName.LAST_NAME: 0.6}
_SHOWN_FROM_ELSE = 0.5

# Of a program or a mailing there is no person to be read.
_OF_ORGANISATION = frozenset({FieldName.EMAIL, FieldName.COMPANY, FieldName.WEBSITE, FieldName.LANGUAGE, FieldName.LEAD_SOURCE})


@dataclass(frozen=True, slots=True)
class Reading:
    """`proposals` are what a card may show, one a field except profiles, those of the header first. `signature` are the first and
    last line of the author's signature, counted from 0 in `Message.text`, None where there is none or the mail is HTML only."""

    proposals: tuple[Proposal, ...]
    kind: SenderKind
    contact: Contact
    signature: tuple[int, int] | None = None
    language: str = ""
    """ISO 639-1 code, "" where it cannot be told."""
    candidates: tuple[Proposal, ...] = ()
    """Everything that was found for any field, also what another value beat or what is too unsure to show; surest first."""
    segments: tuple[Segment, ...] = ()
    """Own text and quotes as ranges of lines of the canonical text, in order, without gaps."""

    def of(self, field: FieldName) -> Proposal | None:
        return next((proposal for proposal in self.proposals if proposal.field is field), None)


def read_fields(message: Message, *, about: str = "", own_domains: frozenset[str] = frozenset(), region: str = "") -> Reading:
    """What the mail says of its author; of the original's author where `about` is his address and the mail forwards him.

    `own_domains` are the reader's company's and `region` his country (ISO code, upper case); both may be empty."""
    contact = contact_of(message)
    text = canonical(message)
    original = original_of(message)
    if about and about != contact.address and original and original.address == about:
        contact = original
        text = _forwarded(text)
    elif about and about not in {contact.address, contact.second_address}:
        visitor = answered_instead(message, about)
        if visitor is None:
            return _of_recipient(message, about)
        contact = visitor
    return _Reader(message, text, contact, own_domains, region).read()


def _of_recipient(message: Message, address: str) -> Reading:
    """Somebody the mail only went to: his name stands in the header, and nothing else is his."""
    everybody = (*message.to, *message.cc, *message.reply_to, *((message.sender,) if message.sender else ()))
    display = next((box.name for box in everybody if box.address == address and box.name), "")
    contact = Contact(address, display, Way.DIRECT)
    named = name_of(display, address, (), "")
    proposals = _shown((*_names(named, contact), *_address(contact)))
    return Reading(proposals, sender_kind(message, contact, "", via_list=False, named=bool(named.name.last)), contact)


def _forwarded(text: Canonical) -> Canonical:
    """The forwarded mail alone, without the prefixes of quoting; the lines keep their numbers and places."""
    forwarded = next((segment for segment in segments(text) if segment.part is not Part.OWN), None)
    if forwarded is None:
        return Canonical((), ())
    lines = []
    for line in text.lines:
        prefix = _PREFIX.match(line.text)
        lines.append(Line(line.number, line.start + prefix.end(), line.text[prefix.end() :]) if prefix else line)
    header_end = _header_end(lines, forwarded.first, forwarded.last)
    kept = tuple(line if header_end < line.number <= forwarded.last else replace(line, text="") for line in lines)
    return Canonical(kept, text.links, text.signed, frozenset(), text.from_markup)


def _header_end(lines: Sequence[Line], first: int, last: int) -> int:
    """The empty line after the quoted headers."""
    written = False
    for number in range(first, min(last, first + 40) + 1):
        if not lines[number].text.strip():
            if written:
                return number
        elif ":" in lines[number].text:
            written = True
    return first


class _Reader:
    def __init__(self, message: Message, text: Canonical, contact: Contact, own_domains: frozenset[str], region: str) -> None:
        self.message = message
        self.text = text
        self.contact = contact
        self.own_domains = own_domains
        self.region = region

    def read(self) -> Reading:
        contact = self.contact
        parts = segments(self.text)
        own = [segment for segment in parts if segment.part is Part.OWN]
        if len(own) > _MAX_RUNS:
            own = own[:_FIRST_RUNS] + own[_FIRST_RUNS - _MAX_RUNS :]
        runs = [(segment.first, own_end(self.text.lines, segment.first, segment.last)) for segment in own]
        zone = self._zone(runs) if contact.way is not Way.FORM else None
        lines = self._signature_lines(zone)
        body = self._body(runs, zone)
        language = self._language(body, zone)
        named = name_of(contact.display, contact.address, lines, language)
        kind = sender_kind(
            self.message,
            contact,
            " ".join(line.text for line in body),
            via_list=came_through_list(self.message),
            named=bool(named.name.first and named.name.last),
        )
        sender = Sender(contact.address, named.name.first, named.name.last, self.message.organisation, self.own_domains, self.region)
        links = self._links(zone)
        proposals: list[Proposal] = [*_names(named, contact), *_address(contact)]
        proposals += self._address_in(lines)
        proposals += salutation_in(contact.display, lines)
        proposals += fields_of(lines, links, sender, language)
        if contact.way is Way.FORM:
            proposals += form_fields(body)
            proposals += fields_of(number_lines(body), (), sender, language)
        proposals += numbers_in_body(body, sender, language)
        proposals += _language(language), _lead_source(contact)
        if kind is SenderKind.AUTO or (kind is SenderKind.BULK and not (zone and named.name.last)):
            proposals = [proposal for proposal in proposals if proposal.field in _OF_ORGANISATION]
        signature = (zone.first, zone.last) if zone and not self.text.from_markup else None
        candidates = sorted((one for one in proposals if one.value), key=lambda one: -one.confidence)
        return Reading(_shown(proposals), kind, contact, signature, language, tuple(candidates), parts)

    def _zone(self, runs: list[tuple[int, int]]) -> Zone | None:
        names = name_words(self.contact.display, self.contact.address)
        zones = (signature_zone(self.text, first, last, names, self.contact.address) for first, last in runs)
        return max((zone for zone in zones if zone), key=lambda zone: zone.score, default=None)

    def _signature_lines(self, zone: Zone | None) -> tuple[Line, ...]:
        if zone is None:
            return ()
        return self.text.lines[zone.content : zone.last + 1]

    def _body(self, runs: list[tuple[int, int]], zone: Zone | None) -> tuple[Line, ...]:
        """The author's sentences: his lines outside the signature."""
        lines: list[Line] = []
        for first, last in runs:
            lines += [
                line for line in self.text.lines[first : last + 1] if line.text and not (zone and zone.first <= line.number <= zone.last)
            ]
        return tuple(lines[:_MAX_BODY_LINES])

    def _address_in(self, lines: Sequence[Line]) -> Iterable[Proposal]:
        """Some mails name no address in From: then the one in the signature that bears his name."""
        names = name_words(self.contact.display, "")
        for line in () if self.contact.address else lines:
            box = mailbox_in(line.text)
            if box and any(name in box.address.partition("@")[0] for name in names.words):
                start = line.start + line.text.lower().index(box.address)
                place = (line.number, start, start + len(box.address))
                yield Proposal(FieldName.EMAIL, box.address, 0.9, Source.SIGNATURE, line.text.strip(), *place)
                return

    def _language(self, body: Sequence[Line], zone: Zone | None) -> str:
        """Of his sentences and his closing; where they are too short, with the subject."""
        closing = self.text.lines[zone.first].text if zone and zone.first < zone.content else ""
        said = " ".join((*(line.text for line in body[:_MAX_LANGUAGE_LINES]), closing))
        return language_of(said) or language_of(f"{said} {self.message.subject}")

    def _links(self, zone: Zone | None) -> tuple[Link, ...]:
        if zone is None:
            return ()
        return tuple(link for link in self.text.links if zone.first <= link.line <= zone.last)


def _names(named: Named, contact: Contact) -> Iterable[Proposal]:
    source = Source.SIGNATURE if named.line else Source.HEADER
    evidence = named.line.text.strip() if named.line else contact.display or contact.address
    line = named.line.number if named.line else -1
    for field, value in ((FieldName.FIRST_NAME, named.name.first), (FieldName.LAST_NAME, named.name.last)):
        if value:
            start = named.line.text.find(value) if named.line else -1
            place = named.line.start + start if named.line and start >= 0 else -1
            yield Proposal(field, value, named.certainty, source, evidence, line, place, place + len(value) if place >= 0 else -1)


def _address(contact: Contact) -> Iterable[Proposal]:
    if contact.address:
        yield Proposal(FieldName.EMAIL, contact.address, 1.0, Source.HEADER, contact.address)
    if contact.second_address:
        yield Proposal(FieldName.SECONDARY_EMAIL, contact.second_address, 0.8, Source.HEADER, contact.second_address)


def _language(language: str) -> Proposal:
    return Proposal(FieldName.LANGUAGE, language, 0.9 if language else 0.0, Source.BODY, "")


def _lead_source(contact: Contact) -> Proposal:
    return Proposal(FieldName.LEAD_SOURCE, contact.way.value, 0.9, Source.HEADER, "")


def _shown(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Of each field the surest, the first of equals; of profiles all."""
    best: dict[FieldName | str, Proposal] = {}
    for proposal in proposals:
        if not proposal.value or proposal.confidence < _SHOWN_FROM.get(proposal.field, _SHOWN_FROM_ELSE):
            continue
        key = proposal.value if proposal.field is FieldName.PROFILE else proposal.field
        if key not in best or proposal.confidence > best[key].confidence:
            best[key] = proposal
    first, second = best.get(FieldName.EMAIL), best.get(FieldName.SECONDARY_EMAIL)
    if first and second and first.value.lower() == second.value.lower():
        del best[FieldName.SECONDARY_EMAIL]
    return tuple(best.values())
