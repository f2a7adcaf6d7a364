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


def _(text: str) -> str:
    """Marks a text for the translators' catalogue; it is translated when somebody reads it."""
    return text


def _choices(*texts: str) -> tuple[Choice, ...]:
    return tuple(Choice(text, text) for text in texts)


DEAL_STAGES = (_("Qualification"), _("Proposal"), _("Negotiation"), _("Won"), _("Lost"))

_SOURCES = _choices(_("Web site"), _("E-mail"), _("Referral"), _("Trade fair"), _("Phone"), _("Partner"))
_STATUSES = _choices(_("New"), _("Contacted"), _("Qualified"), _("Lost"))

_FIRST_NAME = Field(FIRST_NAME, _("First name"), FieldType.TEXT, max_length=80)
_LAST_NAME = Field(LAST_NAME, _("Last name"), FieldType.TEXT, mandatory=True, max_length=80)
_REACHED = (
    Field(TITLE, _("Job title"), FieldType.TEXT, max_length=100),
    Field(EMAIL, _("E-mail"), FieldType.EMAIL, max_length=LONGEST_ADDRESS),
    Field(SECONDARY_EMAIL, _("Secondary e-mail"), FieldType.EMAIL, max_length=LONGEST_ADDRESS),
    Field(PHONE, _("Phone"), FieldType.PHONE, max_length=40),
    Field(MOBILE, _("Mobile"), FieldType.PHONE, max_length=40),
    Field(FAX, _("Fax"), FieldType.PHONE, max_length=40),
)
_SOURCE = Field(LEAD_SOURCE, _("Lead source"), FieldType.PICKLIST, choices=_SOURCES)
_PLACE = (
    Field(STREET, _("Street"), FieldType.TEXT, max_length=250),
    Field(POSTCODE, _("Postcode"), FieldType.TEXT, max_length=30),
    Field(CITY, _("City"), FieldType.TEXT, max_length=100),
    Field(COUNTRY, _("Country"), FieldType.TEXT, max_length=100),
    Field(DESCRIPTION, _("Description"), FieldType.TEXTAREA, max_length=LONGEST_DESCRIPTION),
)

FIELDS: dict[Kind, tuple[Field, ...]] = {
    Kind.LEAD: (
        _FIRST_NAME,
        _LAST_NAME,
        Field(COMPANY, _("Company"), FieldType.TEXT, mandatory=True, max_length=120),
        *_REACHED,
        Field(WEBSITE, _("Website"), FieldType.URL),
        _SOURCE,
        Field(STATUS, _("Status"), FieldType.PICKLIST, choices=_STATUSES),
        *_PLACE,
    ),
    Kind.CONTACT: (
        _FIRST_NAME,
        _LAST_NAME,
        Field(COMPANY, _("Company"), FieldType.TEXT, max_length=120),
        *_REACHED,
        _SOURCE,
        *_PLACE,
    ),
}
