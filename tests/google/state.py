"""What the stand-in Google knows: people, tokens, installs, delegations. Tests set it up, the services read it."""

import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives import serialization

from tests.signing import SigningKey

CONSUMER = frozenset({"gmail.com", "googlemail.com"})


@dataclass(eq=False)
class GooglePerson:
    """`hd` is None for a consumer account. A test changes what it likes as it goes."""

    email: str
    name: str
    sub: str
    hd: str | None
    admin: bool = False
    delegated_admin: bool = False
    org_unit: str = "/"
    suspended: bool = False

    @property
    def customer_id(self) -> str:
        return f"C0{self.hd}"


@dataclass(frozen=True)
class Access:
    """`person` is None for the service account's own."""

    token: str = field(repr=False)
    person: GooglePerson | None
    scopes: frozenset[str]
    consent: str
    """All tokens of one consent end together."""


@dataclass(frozen=True)
class DomainLicence:
    state: str
    org_units: tuple[str, ...]
    """Covered are only these and what is below them; empty: everybody."""

    def covers(self, person: GooglePerson) -> bool:
        return not self.org_units or any(f"{person.org_unit}/".startswith(f"{unit.rstrip('/')}/") for unit in self.org_units)


@dataclass(frozen=True)
class PersonLicence:
    enabled: bool
    state: str
    customer: str


@cache
def signing_keys() -> tuple[SigningKey, SigningKey]:
    """Google's own and the service account's. Making them takes a moment: once for each process."""
    return SigningKey("google-1"), SigningKey("account-1")


class State:
    def __init__(self) -> None:
        self.key, self.account_key = signing_keys()
        self.client_id = "424242424242-console.apps.example"
        self.client_secret = "not-a-google-secret-0123456789"
        self.application_id = "424242424242"
        self.account_email = "sidecard@project.iam.gserviceaccount.example"
        self.account_client_id = "110000000000000000042"
        self.token_seconds = 3599
        """For how long new access tokens are good."""
        self.lock = threading.RLock()
        self.people: dict[str, GooglePerson] = {}
        self.accesses: dict[str, Access] = {}
        self.refreshes: dict[str, Access] = {}
        """Refresh tokens, by consent with access_type=offline."""
        self.domain_licences: dict[str, DomainLicence] = {}
        self.person_licences: dict[str, PersonLicence] = {}
        self.delegated: dict[str, frozenset[str]] = {}
        """Domain -> the scopes its administrator entered for our client id; "*" for every domain."""
        self.delegation_denied: set[str] = set()
        """Addresses for which the domain's rules forbid what the administrator entered."""

    @property
    def account_json(self) -> str:
        """The JSON key, as the Cloud console hands it out."""
        private = self.account_key.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "sidecard",
                "private_key_id": self.account_key.kid,
                "private_key": private.decode(),
                "client_email": self.account_email,
                "client_id": self.account_client_id,
                "token_uri": "https://oauth2.googleapis.com/token",
            }
        )

    def access(self, person: GooglePerson | None, scopes: Iterable[str], consent: str) -> Access:
        made = Access(f"ya29.{secrets.token_urlsafe(24)}", person, frozenset(scopes), consent)
        self.accesses[made.token] = made
        return made

    def refresh(self, person: GooglePerson, scopes: Iterable[str], consent: str) -> str:
        made = Access(f"1//0{secrets.token_urlsafe(24)}", person, frozenset(scopes), consent)
        self.refreshes[made.token] = made
        return made.token

    def in_domain(self, domain: str) -> list[GooglePerson]:
        return sorted((one for one in self.people.values() if one.hd == domain), key=lambda one: one.email)
