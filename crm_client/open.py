"""Opens the CRM behind a connection: the only place that knows which adapters exist."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.organisation import find_user
from crm_client.port import Crm
from db import Database
from i18n import Language


class CrmKind(StrEnum):
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Target:
    """One organisation of one CRM. `str()` is its key in the ledger and in caches."""

    kind: CrmKind
    org_id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.org_id}"


class Crms:
    """Made once by the composition root; holds what all adapters share."""

    def __init__(self, database: Database, base_url: str) -> None:
        self._database = database
        self._base_url = base_url

    def open(self, target: Target, user_id: str, language: Language) -> Crm:
        """The CRM as this user sees it, labels in his language. No remote call."""
        return EmbeddedCrm(self._database, self._base_url, int(target.org_id), int(user_id), language)

    def find_user(self, target: Target, email: str) -> str | None:
        """The id of the active CRM user with this address, or None."""
        return find_user(self._database, int(target.org_id), email)
