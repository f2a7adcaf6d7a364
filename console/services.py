"""What the console's pages are made of; the composition root fills it in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from console.visitors import ActAs
from console.zoho import ZohoDoor
from crm_client.open import Access, Crms, Target
from db import Database
from i18n import Languages
from salesinbox.compose import SalesInbox
from salesinbox.providers import PROVIDERS, Provider
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.google.delegation import Delegation
from tenants.google.directory_api import DirectoryApi
from tenants.google.oidc import GoogleSignIn
from tenants.installs import Installs
from tenants.sign_in import SignInCodes
from tenants.vault import Vault


@dataclass(frozen=True, slots=True)
class GoogleDoor:
    """Signing in with Google, and asking it who administers a company."""

    sign_in: GoogleSignIn
    directory: DirectoryApi


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """`google` is None where no client for Google sign-in is set up, `zoho` where none for Zoho is, `delegation` without a service
    account. `act_as` is for the development trust root: the sample people its entrance offers.

    `forget` drops what was kept of what somebody saw in his CRM; `connected` hears who has given permission there;
    `calls_left` is what an organisation may still ask its CRM today, by one of its grants; `worker_seen` when the newest sign
    of life of a worker came; `providers` are the mail services whose servers are known.
    """

    database: Database
    directory: Directory
    codes: SignInCodes
    connect_links: ConnectLinks
    crms: Crms
    languages: Languages
    vault: Vault
    installs: Installs
    salesinbox: SalesInbox
    google: GoogleDoor | None = None
    zoho: ZohoDoor | None = None
    delegation: Delegation | None = None
    act_as: ActAs | None = None
    forget: Callable[[Access], None] = lambda _access: None
    connected: Callable[[Target, int], None] = lambda _target, _person_id: None
    calls_left: Callable[[int], int | None] = lambda _grant_id: None
    worker_seen: Callable[[], datetime | None] = lambda: None
    providers: tuple[Provider, ...] = PROVIDERS
