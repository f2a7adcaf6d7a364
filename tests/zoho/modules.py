"""The modules of a fresh organisation and their standard fields, as Zoho sets them up."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.zoho.fields import PICKLIST_LENGTH, Field

SOURCES = "Advertisement,Cold Call,Employee Referral,External Referral,Online Store,Partner,Public Relations,Trade Show,Web Download,Chat"
STATUSES = "Attempted to Contact,Contact in Future,Contacted,Junk Lead,Lost Lead,Not Contacted,Pre-Qualified,Not Qualified"
STAGES = (
    "Qualification,Needs Analysis,Value Proposition,Identify Decision Makers,Proposal/Price Quote,Negotiation/Review,Closed Won,Closed Lost"
)
INDUSTRIES = "Technology,Consulting,Manufacturing"
SALUTATIONS = "Mr.,Mrs.,Ms.,Dr.,Prof."

# api name [label] | type | length | flags: m = system mandatory, r = required in the layout, o = read only, - = not in the layout
_PEOPLE = """
Owner|ownerlookup|0|
First_Name|text|40|
Last_Name|text|80|m
Full_Name|text|80|o-
Email|email|100|
Secondary_Email|email|100|
Phone|phone|30|
Mobile|phone|30|
Fax|phone|30|
Email_Opt_Out|boolean|5|
Created_Time|datetime|0|o-
Modified_Time|datetime|0|o-
Created_By|userlookup|0|o
Modified_By|userlookup|0|o
Last_Activity_Time|datetime|0|o-
Description|textarea|32000|
"""
_LEADS = """
Company|text|200|r
Designation Title|text|100|
Website|website|255|
Street|text|250|
City|text|100|
State|text|100|
Zip_Code|text|30|
Country|text|100|
Annual_Revenue|currency|16|
No_of_Employees|integer|9|
Converted__s|boolean|5|o-
Converted_Date_Time|datetime|0|o-
"""
_CONTACTS = """
Account_Name|lookup:Accounts|100|
Title|text|100|
Department|text|50|
Date_of_Birth|date|20|
Mailing_Street|text|250|
Mailing_City|text|100|
Mailing_State|text|100|
Mailing_Zip|text|30|
Mailing_Country|text|100|
"""
_COMMON = """
Owner|ownerlookup|0|
Created_Time|datetime|0|o-
Modified_Time|datetime|0|o-
Created_By|userlookup|0|o
Modified_By|userlookup|0|o
Description|textarea|32000|
"""
_DEALS = """
Deal_Name|text|120|m
Account_Name|lookup:Accounts|100|
Contact_Name|lookup:Contacts|100|
Amount|currency|16|
Closing_Date|date|20|
Currency|text|10|
Probability|integer|3|
"""
_ACCOUNTS = """
Account_Name|text|200|m
Website|website|255|
Phone|phone|30|
Billing_City|text|100|
Billing_Country|text|100|
"""
_TASKS = """
Subject|text|255|m
Due_Date|date|20|
Who_Id|lookup:Contacts|100|
What_Id|lookup:*|100|
Closed_Time|datetime|0|o-
"""
_NOTES = """
Note_Title|text|120|
Note_Content|textarea|32000|m
Parent_Id|lookup:*|100|
"""

_PICKLISTS = {
    "Leads": {"Lead_Source": SOURCES, "Lead_Status": STATUSES, "Industry": INDUSTRIES, "Salutation": SALUTATIONS},
    "Contacts": {"Lead_Source": SOURCES, "Salutation": SALUTATIONS},
    "Deals": {"Stage": STAGES, "Lead_Source": SOURCES},
    "Accounts": {"Industry": INDUSTRIES},
    "Tasks": {"Status": "Not Started,Deferred,In Progress,Completed,Waiting for input", "Priority": "High,Highest,Low,Lowest,Normal"},
    "Notes": {},
}  # fmt: skip
_FIELDS = {
    "Leads": _PEOPLE + _LEADS,
    "Contacts": _PEOPLE + _CONTACTS,
    "Deals": _COMMON + _DEALS,
    "Accounts": _COMMON + _ACCOUNTS,
    "Tasks": _COMMON + _TASKS,
    "Notes": _COMMON + _NOTES,
}


@dataclass
class Module:
    id: str
    api_name: str
    layout_id: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def singular(self) -> str:
        return self.api_name.removesuffix("s")

    def usable(self, name: str) -> Field | None:
        """The field, unless it is gone or hidden."""
        one = self.fields.get(name)
        return one if one is not None and one.usable else None

    def of_type(self, *data_types: str) -> list[Field]:
        return [one for one in self.fields.values() if one.usable and one.data_type in data_types]


def standard_modules(next_id: Callable[[], str]) -> dict[str, Module]:
    return {name: _module(name, lines, next_id) for name, lines in _FIELDS.items()}


def _module(name: str, lines: str, next_id: Callable[[], str]) -> Module:
    module = Module(next_id(), name, next_id())
    for line in lines.split("\n"):
        if line:
            titled, data_type, length, flags = line.split("|")
            api_name, _, label = titled.partition(" ")
            kind, _, lookup = data_type.partition(":")
            module.fields[api_name] = Field(
                next_id(), api_name, label or api_name.replace("_", " "), kind, int(length), "m" in flags,
                "r" in flags, "o" in flags, in_layout="-" not in flags, lookup=lookup,
            )  # fmt: skip
    for api_name, values in _PICKLISTS[name].items():
        entry = Field(next_id(), api_name, api_name.replace("_", " "), "picklist", PICKLIST_LENGTH, picklist=list(values.split(",")))
        entry.system_mandatory = api_name == "Stage"
        module.fields[api_name] = entry
    return module
