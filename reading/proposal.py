"""What a mail says about its sender, field by field, each with the line it stands on. Values only; nothing is computed here.

Every proposed value is found in the mail: apart from a number's E.164 form, letter case and a country's code, nothing is
added to what stands there. `confidence` is 0..1; a card shows nothing below a field's threshold.
"""

from dataclasses import dataclass
from enum import StrEnum


class FieldName(StrEnum):
    """What can be read. Values: names of `crm_client.records` where the CRM has the field."""

    SALUTATION = "salutation"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    SECONDARY_EMAIL = "secondary_email"
    PHONE = "phone"
    MOBILE = "mobile"
    FAX = "fax"
    TITLE = "title"
    COMPANY = "company"
    WEBSITE = "website"
    STREET = "street"
    POSTCODE = "postcode"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    PROFILE = "profile"
    """A link to a profile of the person or his company on a social network. Can occur several times."""
    LANGUAGE = "language"
    LEAD_SOURCE = "lead_source"


class Source(StrEnum):
    """Where a value was found; said on the card."""

    HEADER = "header"
    SIGNATURE = "signature"
    BODY = "body"
    """A sentence of the sender's own text: "my new number is …"."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the mail's canonical text: `number` from 0, `start` its first character's place in that text."""

    number: int
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One value. `evidence` is the line (or header) it was read from, `start` and `end` its place in the canonical text
    (-1 where it comes from a header)."""

    field: FieldName
    value: str
    confidence: float
    source: Source
    evidence: str
    line: int = -1
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an HTML mail: what is read, and where it leads (redirects of mail filters unwrapped)."""

    text: str
    url: str
    line: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom the fields are about. `own_domains` are the reader's company's: they never become a company of the sender's.
    `region` is the reader's own country (ISO code), used for national numbers only together with other evidence."""

    address: str
    first_name: str = ""
    last_name: str = ""
    organisation: str = ""
    """The Organization header."""
    own_domains: frozenset[str] = frozenset()
    region: str = ""
