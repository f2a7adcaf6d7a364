"""What the tests of the fields ask: the values read from a signature, by field."""

from reading.fields.extract import fields_of, numbers_in_body
from reading.proposal import FieldName, Link, Proposal, Sender
from tests.signature_sample import Signature, lines_of

SHOWN_FROM = 0.5
ANNA = Sender("anna.roy@ateliers-roy.example", "Anna", "Roy")


def proposals(text: str, sender: Sender = ANNA, language: str = "fr", links: tuple[Link, ...] = ()) -> list[Proposal]:
    return [found for found in fields_of(lines_of(text), links, sender, language) if found.confidence >= SHOWN_FROM]


def values(text: str, sender: Sender = ANNA, language: str = "fr", links: tuple[Link, ...] = ()) -> dict[str, str]:
    """One value a field, profiles by commas."""
    found: dict[str, str] = {}
    for proposal in proposals(text, sender, language, links):
        name = proposal.field.value
        found[name] = f"{found[name]}, {proposal.value}" if name in found else proposal.value
    return found


def values_of(signature: Signature, *fields: FieldName) -> dict[str, str]:
    found = values(signature.text, signature.sender, signature.language)
    return {field.value: found[field.value] for field in fields if field.value in found}


def expected_of(signature: Signature, *fields: FieldName) -> dict[str, str]:
    return {field.value: signature.expected[field.value] for field in fields if field.value in signature.expected}


def said(text: str, sender: Sender = ANNA, language: str = "fr") -> dict[str, str]:
    """The numbers a sentence gives."""
    return {proposal.field.value: proposal.value for proposal in numbers_in_body(lines_of(text), sender, language)}
