"""What an administrator decided for his company. A company without a row has the defaults."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.records import Kind


class WhoMayLink(StrEnum):
    EVERYONE = "everyone"
    OWNERS = "owners"
    """Only on records the person owns."""
    NOBODY = "nobody"


class WhoMayConnect(StrEnum):
    """Whose mailboxes may be connected to SalesInbox."""

    EVERYONE = "everyone"
    CRM_USERS = "crm users"
    """Only who is a user of the company's CRM himself."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Policy:
    """`default_source` is a value of the lead source field, "" for none. `languages` are tags of `i18n`; empty: all.

    `headers_only`: a mail's text is never read, only who takes part and the subject.
    `other_organisations`: a person may use a CRM organisation of his own instead of the company's.
    `excluded_domains`: mails with an address of these are neither looked up nor linked.
    `delegation`: background access to the company's mailboxes may be used (SalesInbox).
    `who_may_connect`: SalesInbox is off until an administrator switches it on. `mail_days`: how long synchronised mail is kept;
    0: as long as it is in its mailbox.
    """

    default_kind: Kind = Kind.LEAD
    default_source: str = ""
    headers_only: bool = False
    other_organisations: bool = False
    who_may_link: WhoMayLink = WhoMayLink.EVERYONE
    excluded_domains: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    delegation: bool = False
    who_may_connect: WhoMayConnect = WhoMayConnect.NOBODY
    mail_days: int = 0


DEFAULT = Policy()
