"""What an administrator decided for his company. A company without a row has the defaults."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.records import Kind


class WhoMayLink(StrEnum):
    EVERYONE = "everyone"
    OWNERS = "owners"
    """Only on records the person owns."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Policy:
    """`default_source` is a value of the lead source field, "" for none. `languages` are tags of `i18n`; empty: all.

    `headers_only`: a mail's text is never read, only who takes part and the subject.
    `other_organisations`: a person may use a CRM organisation of his own instead of the company's.
    `excluded_domains`: mails with an address of these are neither looked up nor linked.
    `delegation`: background access to the company's mailboxes may be used (SalesInbox).
    """

    default_kind: Kind = Kind.LEAD
    default_source: str = ""
    headers_only: bool = False
    other_organisations: bool = False
    who_may_link: WhoMayLink = WhoMayLink.EVERYONE
    excluded_domains: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()
    delegation: bool = False


DEFAULT = Policy()
