"""What the set-up pages share: the services they stand on, and how one of them sees the company's CRM."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from console.administrators import Administrator, ProofDoor
from console.pages import Pages
from crm_client.open import Access, CrmKind, Crms, Target
from crm_client.port import Crm
from db import Database
from i18n import Language, Languages
from salesinbox.retention import Retention
from tenants.audit import Audit
from tenants.connect_links import ConnectLinks
from tenants.connections import Connected, Connections
from tenants.google.delegation import Delegation
from tenants.google.directory_api import DirectoryApi
from tenants.grants import Grants
from tenants.installs import Installs
from tenants.people import Caller, Via
from tenants.policies import Policies
from tenants.roster import Roster
from tenants.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class Desk:
    """Made once by `create_console`. `grants` is None where Zoho is not set up."""

    database: Database
    pages: Pages
    proof: ProofDoor
    crms: Crms
    connections: Connections
    connect_links: ConnectLinks
    installs: Installs
    roster: Roster
    policies: Policies
    audit: Audit
    languages: Languages
    tombstones: Tombstones
    retention: Retention
    grants: Grants | None
    directory_api: DirectoryApi | None
    delegation: Delegation | None
    forget: Callable[[Access], None]
    calls_left: Callable[[int], int | None]
    worker_seen: Callable[[], datetime | None]

    def company_crm(self, administrator: Administrator, connected: Connected | None, language: Language) -> Crm | None:
        """The company's CRM as this administrator sees it. None while there is none, or he works with another or not at all."""
        who = administrator.who
        if connected is None or not isinstance(who, Caller) or who.access.target != connected.target:
            return None
        return self.crms.open(who.access, language)

    def own_permission(self, administrator: Administrator, target: Target) -> int | None:
        """The grant with which this administrator himself works in that organisation of Zoho's."""
        who = administrator.who
        if not isinstance(who, Caller) or who.via is not Via.OWN or who.access.target != target or target.kind is not CrmKind.ZOHO:
            return None
        return who.access.grant_id
