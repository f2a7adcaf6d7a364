"""Opens the CRM behind a connection: the only place that knows which adapters exist."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.organisation import find_user
from crm_client.port import Crm
from crm_client.zoho.service import Zoho
from db import Database
from i18n import Language


class CrmKind(StrEnum):
    EMBEDDED = "embedded"
    ZOHO = "zoho"


@dataclass(frozen=True, slots=True)
class Target:
    """One organisation of one CRM. `str()` is its key in the ledger and in caches."""

    kind: CrmKind
    org_id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.org_id}"


@dataclass(frozen=True, slots=True)
class Access:
    """An organisation as one of its users sees it. `grant_id` names the stored permission to act for him, where the CRM wants one."""

    target: Target
    user_id: str
    grant_id: int | None = None

    def __str__(self) -> str:
        """The key of what this user saw, in caches."""
        return f"{self.target}/{self.user_id}"


class Crms:
    """Made once by the composition root; holds what all adapters share. `zoho` is None where no Zoho client is configured."""

    def __init__(self, database: Database, base_url: str, zoho: Zoho | None = None) -> None:
        self._database = database
        self._base_url = base_url
        self._zoho = zoho

    def open(self, access: Access, language: Language) -> Crm:
        """The CRM as this user sees it, labels in his language. No remote call."""
        if access.target.kind is CrmKind.ZOHO:
            if self._zoho is None or access.grant_id is None:
                raise ValueError(f"{access.target} cannot be opened: no Zoho client in the settings, or no grant")
            return self._zoho.open(access.grant_id, language)
        return EmbeddedCrm(self._database, self._base_url, int(access.target.org_id), int(access.user_id), language)

    def find_user(self, target: Target, email: str) -> str | None:
        """The id of the active user with this address in an organisation of the embedded CRM, or None."""
        return find_user(self._database, int(target.org_id), email)
