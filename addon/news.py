"""What a mail says about its sender that the CRM does not hold yet. Pure: a record and proposals in, differences out."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import phonenumbers
from babel import Locale

from crm_client.records import (
    CITY,
    COMPANY,
    COUNTRY,
    EMAIL,
    FAX,
    FIRST_NAME,
    LAST_NAME,
    MOBILE,
    PHONE,
    POSTCODE,
    SECONDARY_EMAIL,
    STREET,
    TITLE,
    WEBSITE,
    Record,
)
from linking.errands import fingerprint
from reading.proposal import FieldName, Proposal

TICKED_FROM = 0.9
"""Ticked without asking from this confidence on: of the labelled mails' values above it every one was right. Below it are
numbers of a sentence, numbers no numbering plan knows, and countries told from the address alone."""

FIELDS = {
    FieldName.FIRST_NAME: FIRST_NAME,
    FieldName.LAST_NAME: LAST_NAME,
    FieldName.EMAIL: EMAIL,
    FieldName.SECONDARY_EMAIL: SECONDARY_EMAIL,
    FieldName.MOBILE: MOBILE,
    FieldName.PHONE: PHONE,
    FieldName.FAX: FAX,
    FieldName.TITLE: TITLE,
    FieldName.COMPANY: COMPANY,
    FieldName.WEBSITE: WEBSITE,
    FieldName.STREET: STREET,
    FieldName.POSTCODE: POSTCODE,
    FieldName.CITY: CITY,
    FieldName.COUNTRY: COUNTRY,
}
"""The fields of a record that a mail can say something about."""

_NUMBERS = frozenset({MOBILE, PHONE, FAX})
_ADDRESSES = frozenset({EMAIL, SECONDARY_EMAIL})
_NEVER_CHANGED = frozenset({FIRST_NAME, LAST_NAME, EMAIL, COMPANY})
"""Who somebody is and where he works: offered where the record is empty, never against what it holds."""

_SAME_DIGITS = 8
_CODE_LENGTH = 2
_LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt", "sv")


@dataclass(frozen=True, slots=True)
class News:
    """One difference. `value` is as it would be saved; `old` is "" where the record has nothing."""

    field: str
    old: str
    value: str
    proposal: Proposal

    @property
    def ticked(self) -> bool:
        return self.proposal.confidence >= TICKED_FROM

    @property
    def mark(self) -> str:
        """Names the value in a button."""
        return value_mark(self.field, self.value)


def value_mark(name: str, value: str) -> str:
    """Names a value of a field, so that a button need not carry it: another value has another mark."""
    return fingerprint(f"{name}\n{value}")


def field_values(proposals: Iterable[Proposal], locale: Locale) -> dict[str, tuple[str, Proposal]]:
    """Field of a record -> the value as it would be saved, and where it comes from. Country codes become names in `locale`."""
    return {FIELDS[one.field]: (_saved(one, locale), one) for one in proposals if one.field in FIELDS and one.value}


def news(record: Record, proposals: Iterable[Proposal], locale: Locale) -> tuple[News, ...]:
    """What is new, in the order of FIELDS. A number or address the record holds in any field is not new."""
    found = field_values(proposals, locale)
    held = {name: frozenset({_folded(record.value(name), name)}) for name in FIELDS.values()}
    for group in (_NUMBERS, _ADDRESSES):
        held |= dict.fromkeys(group, frozenset(_folded(record.value(name), name) for name in group if record.value(name)))
    differences = []
    for name in FIELDS.values():
        if name not in found:
            continue
        value, proposal = found[name]
        old = record.value(name)
        if _folded(value, name) in held[name] or (old and name in _NEVER_CHANGED):
            continue
        differences.append(News(name, old, value, proposal))
    return tuple(differences)


def _saved(proposal: Proposal, locale: Locale) -> str:
    if proposal.field in (FieldName.MOBILE, FieldName.PHONE, FieldName.FAX) and proposal.value.startswith("+"):
        number = phonenumbers.parse(proposal.value)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    if proposal.field is FieldName.COUNTRY:
        return str(locale.territories.get(proposal.value, proposal.value))
    return proposal.value


@cache
def _country_codes() -> dict[str, str]:
    """Folded name of a country -> its code, in the languages mails are read in."""
    return {unaccented(name): code for tag in _LANGUAGES for code, name in Locale(tag).territories.items() if len(code) == _CODE_LENGTH}


def unaccented(text: str) -> str:
    """In lower case, without accents and spaces at the ends: for telling whether two spellings are one thing."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold().strip()


def _folded(value: str, name: str) -> str:
    """What two spellings of one thing share."""
    if name in _NUMBERS:
        # The end of a number is the same with and without the country's code.
        return re.sub(r"\D", "", value)[-_SAME_DIGITS:]
    plain = unaccented(value)
    if name == COUNTRY:
        return _country_codes().get(plain, plain)
    if name == WEBSITE:
        return re.sub(r"^(?:https?://)?(?:www\.)?", "", plain).rstrip("/")
    return re.sub(r"[\W_]+", " ", plain).strip() if name not in _ADDRESSES else plain
