"""What a new organisation starts with. Labels are English source texts: `describe` translates them for its reader."""

from dataclasses import dataclass

from crm_client.records import (
    CITY,
    COMPANY,
    COUNTRY,
    DESCRIPTION,
    EMAIL,
    FAX,
    FIRST_NAME,
    LAST_NAME,
    LEAD_SOURCE,
    MOBILE,
    PHONE,
    POSTCODE,
    SECONDARY_EMAIL,
    STREET,
    TITLE,
    WEBSITE,
    Choice,
    Field,
    FieldType,
    Kind,
)
from i18n import later

STATUS = "status"
"""Where a lead stands; the embedded CRM's own field."""

ADMINISTRATOR = "Administrator"
STANDARD = "Standard"
READ_ONLY = "Read only"

MANAGING_DIRECTOR = "Managing director"
SALES_MANAGER = "Sales manager"
SALES_REPRESENTATIVE = "Sales representative"

LONGEST_ADDRESS = 254
LONGEST_DESCRIPTION = 32_000


@dataclass(frozen=True, slots=True)
class DefaultProfile:
    """`rights` hold for both kinds."""

    name: str
    admin: bool
    rights: tuple[str, ...]


PROFILES = (
    DefaultProfile(ADMINISTRATOR, admin=True, rights=("view", "create", "edit")),
    DefaultProfile(STANDARD, admin=False, rights=("view", "create", "edit")),
    DefaultProfile(READ_ONLY, admin=False, rights=("view",)),
)

ROLES = (MANAGING_DIRECTOR, SALES_MANAGER, SALES_REPRESENTATIVE)
"""Top first; each reports to the one before."""


def _choices(*texts: str) -> tuple[Choice, ...]:
    return tuple(Choice(text, text) for text in texts)


DEAL_STAGES = (later("Qualification"), later("Proposal"), later("Negotiation"), later("Won"), later("Lost"))

_SOURCES = _choices(later("Web site"), later("E-mail"), later("Referral"), later("Trade fair"), later("Phone"), later("Partner"))
_STATUSES = _choices(later("New"), later("Contacted"), later("Qualified"), later("Lost"))

_FIRST_NAME = Field(FIRST_NAME, later("First name"), FieldType.TEXT, max_length=80)
_LAST_NAME = Field(LAST_NAME, later("Last name"), FieldType.TEXT, mandatory=True, max_length=80)
_REACHED = (
    Field(TITLE, later("Job title"), FieldType.TEXT, max_length=100),
    Field(EMAIL, later("E-mail"), FieldType.EMAIL, max_length=LONGEST_ADDRESS),
    Field(SECONDARY_EMAIL, later("Secondary e-mail"), FieldType.EMAIL, max_length=LONGEST_ADDRESS),
    Field(PHONE, later("Phone"), FieldType.PHONE, max_length=40),
    Field(MOBILE, later("Mobile"), FieldType.PHONE, max_length=40),
    Field(FAX, later("Fax"), FieldType.PHONE, max_length=40),
)
_SOURCE = Field(LEAD_SOURCE, later("Lead source"), FieldType.PICKLIST, choices=_SOURCES)
_PLACE = (
    Field(STREET, later("Street"), FieldType.TEXT, max_length=250),
    Field(POSTCODE, later("Postcode"), FieldType.TEXT, max_length=30),
    Field(CITY, later("City"), FieldType.TEXT, max_length=100),
    Field(COUNTRY, later("Country"), FieldType.TEXT, max_length=100),
    Field(DESCRIPTION, later("Description"), FieldType.TEXTAREA, max_length=LONGEST_DESCRIPTION),
)

FIELDS: dict[Kind, tuple[Field, ...]] = {
    Kind.LEAD: (
        _FIRST_NAME,
        _LAST_NAME,
        Field(COMPANY, later("Company"), FieldType.TEXT, mandatory=True, max_length=120),
        *_REACHED,
        Field(WEBSITE, later("Website"), FieldType.URL),
        _SOURCE,
        Field(STATUS, later("Status"), FieldType.PICKLIST, choices=_STATUSES),
        *_PLACE,
    ),
    Kind.CONTACT: (
        _FIRST_NAME,
        _LAST_NAME,
        Field(COMPANY, later("Company"), FieldType.TEXT, max_length=120),
        *_REACHED,
        _SOURCE,
        *_PLACE,
    ),
}
