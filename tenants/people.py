"""Who calls: the values every door works with."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.open import Target


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
    target: Target
    crm_user_id: str


class Missing(StrEnum):
    """Why a known person cannot work yet."""

    CONNECTION = "connection"
    """The workspace has no CRM connected."""
    CRM_USER = "crm user"
    """The connected CRM has no active user with his address."""


@dataclass(frozen=True, slots=True)
class NotConnected:
    person: Person
    workspace: Workspace
    missing: Missing


@dataclass(frozen=True, slots=True)
class NotInstalled:
    """Nobody has installed Sidecard for this domain."""

    identity: GoogleIdentity


Who = Caller | NotConnected | NotInstalled
