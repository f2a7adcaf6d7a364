"""Zoho's modules and field names, and ours. What is not listed keeps the name Zoho gives it."""

from collections.abc import Mapping
from types import MappingProxyType

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
    Kind,
)

MODULES: Mapping[Kind, str] = MappingProxyType({Kind.LEAD: "Leads", Kind.CONTACT: "Contacts"})
"""Also what the tabs are called in addresses of pages."""
DEALS = "Deals"
ACCOUNTS = "Accounts"

ACCOUNT_NAME = "Account_Name"
"""A contact's company: a lookup of a record of its own. Leads have their company as text."""

_PERSON = {
    "First_Name": FIRST_NAME,
    "Last_Name": LAST_NAME,
    "Email": EMAIL,
    "Secondary_Email": SECONDARY_EMAIL,
    "Phone": PHONE,
    "Mobile": MOBILE,
    "Fax": FAX,
    "Lead_Source": LEAD_SOURCE,
    "Description": DESCRIPTION,
}

_OURS: Mapping[str, Mapping[str, str]] = {
    "Leads": {
        **_PERSON,
        "Designation": TITLE,
        "Company": COMPANY,
        "Website": WEBSITE,
        "Street": STREET,
        "Zip_Code": POSTCODE,
        "City": CITY,
        "Country": COUNTRY,
    },
    "Contacts": {
        **_PERSON,
        "Title": TITLE,
        ACCOUNT_NAME: COMPANY,
        "Mailing_Street": STREET,
        "Mailing_Zip": POSTCODE,
        "Mailing_City": CITY,
        "Mailing_Country": COUNTRY,
    },
    # The port's names for what a task or a note can be refused for.
    "Tasks": {"Subject": "title", "Due_Date": "due_on", "Owner": "owner_id"},
    "Notes": {"Note_Content": "text"},
}


def our_name(module: str, api_name: str) -> str:
    """The name the port uses for a field of this module."""
    return _OURS.get(module, {}).get(api_name, api_name)


def kind_of(module: str) -> Kind | None:
    """The kind of record this module holds; None for modules the port does not know."""
    return next((kind for kind, name in MODULES.items() if name == module), None)
