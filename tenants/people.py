"""Who calls: the values every door works with."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.open import Access, Target


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
    """A rep. `aliases` are further addresses of his own, lower case."""

    id: int
    sub: str
    email: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who can work: his workspace, and the CRM organisation and user he acts as."""

    person: Person
    workspace: Workspace
    access: Access


class Missing(StrEnum):
    """Why a known person cannot work yet."""

    CONNECTION = "connection"
    """The workspace has no CRM connected."""
    GRANT = "grant"
    """The workspace's CRM wants every person's own permission, and this person has given none, or it has ended."""
    CRM_USER = "crm user"
    """The connected CRM has no active user with his address."""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """`target` is the organisation the workspace is connected to; None with `Missing.CONNECTION`."""

    person: Person
    workspace: Workspace
    missing: Missing
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class NotInstalled:
    """Nobody has installed Sidecard for this domain."""

    identity: GoogleIdentity


Who = Caller | NotConnected | NotInstalled
