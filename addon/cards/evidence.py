"""The words for people and records that several cards share."""

from crm_client.records import COMPANY, EMAIL, SECONDARY_EMAIL, Kind, Record
from i18n import Language, later
from reading.people import Role

_WHY = {
    (Role.SENDER, EMAIL): later("Sender, found by the main address"),
    (Role.SENDER, SECONDARY_EMAIL): later("Sender, found by the secondary address"),
    (Role.REPLY_TO, EMAIL): later("Reply-To of this mail, found by the main address"),
    (Role.REPLY_TO, SECONDARY_EMAIL): later("Reply-To of this mail, found by the secondary address"),
    (Role.RECIPIENT, EMAIL): later("Recipient, found by the main address"),
    (Role.RECIPIENT, SECONDARY_EMAIL): later("Recipient, found by the secondary address"),
    (Role.COPY, EMAIL): later("In copy, found by the main address"),
    (Role.COPY, SECONDARY_EMAIL): later("In copy, found by the secondary address"),
    (Role.ORIGINAL_SENDER, EMAIL): later("Wrote the forwarded mail, found by the main address"),
    (Role.ORIGINAL_SENDER, SECONDARY_EMAIL): later("Wrote the forwarded mail, found by the secondary address"),
}

_ROLES = {
    Role.SENDER: later("Sender"),
    Role.REPLY_TO: later("Reply-To of this mail"),
    Role.RECIPIENT: later("Recipient"),
    Role.COPY: later("In copy"),
    Role.ORIGINAL_SENDER: later("Wrote the forwarded mail"),
}

_KINDS = {Kind.LEAD: later("Lead"), Kind.CONTACT: later("Contact")}


def why(role: Role, field: str, language: Language) -> str:
    """Why a record is shown for this mail."""
    return language.text(_WHY[role, field])


def role_name(role: Role, language: Language) -> str:
    return language.text(_ROLES[role])


def kind_name(kind: Kind, language: Language) -> str:
    return language.text(_KINDS[kind])


def described(record: Record, language: Language) -> str:
    """ "Contact · Ateliers Roy" """
    company = record.value(COMPANY)
    return f"{kind_name(record.ref.kind, language)} · {company}" if company else kind_name(record.ref.kind, language)
