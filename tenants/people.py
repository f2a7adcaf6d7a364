"""Who calls: the values every door works with."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.open import Access, Target
from tenants.policy import DEFAULT, Policy

CONSUMER_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
"""Addresses of these say nothing about a company."""


@dataclass(frozen=True, slots=True)
class GoogleIdentity:
    """What a verified Google ID token says of a person. `sub` is the key; the address can change."""

    sub: str
    email: str
    hosted_domain: str | None = None

    @property
    def domain(self) -> str:
        """The Workspace domain: `hd`, else the verified address's own."""
        return (self.hosted_domain or self.email.rpartition("@")[2]).lower()


@dataclass(frozen=True, slots=True)
class Workspace:
    id: int
    domain: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """A rep. `aliases` are further addresses of his own, lower case; `mailboxes` how many he has connected to SalesInbox."""

    id: int
    sub: str
    email: str
    name: str
    aliases: tuple[str, ...] = ()
    mailboxes: int = 0


class Via(StrEnum):
    """By whose permission a person works in the CRM."""

    OWN = "own"
    SHARED = "shared"
    """The company's: what he may do is what the CRM user he is matched to may do, and nothing if there is none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who can work: his workspace, and the CRM organisation and user he acts as.

    `refused` names the organisation of his own connection where the company does not allow it.
    """

    person: Person
    workspace: Workspace
    access: Access
    policy: Policy = DEFAULT
    via: Via = Via.OWN
    refused: str = ""

    @property
    def own_domains(self) -> frozenset[str]:
        """Whose addresses are colleagues': his company's domain, none for a consumer account."""
        domain = self.workspace.domain if "@" not in self.workspace.domain else self.person.email.rpartition("@")[2]
        return frozenset() if domain in CONSUMER_DOMAINS else frozenset({domain})


class Missing(StrEnum):
    """Why a known person cannot work yet."""

    CONNECTION = "connection"
    """The workspace has no CRM connected."""
    GRANT = "grant"
    """The workspace's CRM wants every person's own permission, and this person has given none, or it has ended."""
    CRM_USER = "crm user"
    """The connected CRM has no active user with his address."""
    ADMINISTRATOR = "administrator"
    """His company's administrator has installed Sidecard, and not connected the CRM yet."""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """`target` is the organisation the workspace is connected to, if it is; `refused` as in `Caller`."""

    person: Person
    workspace: Workspace
    missing: Missing
    target: Target | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class NotInstalled:
    """Neither he nor his company has installed Sidecard."""

    identity: GoogleIdentity


@dataclass(frozen=True, slots=True)
class NotTold:
    """Seen for the first time, and Google does not say now whether Sidecard is installed for him: he is to try again."""

    identity: GoogleIdentity


Known = Caller | NotConnected | NotInstalled
"""Somebody who has been here before."""

Who = Known | NotTold
