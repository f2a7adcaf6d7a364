"""Opens the CRM behind a connection: the only place that knows which adapters exist."""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.embedded.organisation import find_user
from crm_client.looking import LookingCrm
from crm_client.port import Crm
from crm_client.records import User
from crm_client.restricted import RestrictedCrm
from crm_client.zoho.service import Zoho
from db import Database
from i18n import ENGLISH, Language


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
    """An organisation as one of its users sees it. `grant_id` names the stored permission to act for him, where the CRM wants one.

    `shared`: the permission is another user's, and he may do with it what he might do himself; with `user_id` "" he may look.
    """

    target: Target
    user_id: str
    grant_id: int | None = None
    shared: bool = False

    def __str__(self) -> str:
        """The key of what this user saw, in caches."""
        return f"{self.target}/shared/{self.user_id}" if self.shared else f"{self.target}/{self.user_id}"


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
            crm = self._zoho.open(access.grant_id, language)
            return crm if not access.shared else RestrictedCrm(crm, access.user_id) if access.user_id else LookingCrm(crm)
        return EmbeddedCrm(self._database, self._base_url, int(access.target.org_id), int(access.user_id), language)

    def find_user(self, target: Target, email: str) -> str | None:
        """The id of the active user with this address in an organisation of the embedded CRM, or None."""
        return find_user(self._database, int(target.org_id), email)

    def user_at(self, target: Target, email: str, grant_id: int | None = None) -> User | None:
        """The active user with this address, asked with this permission where the CRM wants one. None also where several have it.
        CrmError."""
        if target.kind is CrmKind.EMBEDDED:
            user_id = self.find_user(target, email)
            return None if user_id is None else self.open(Access(target, user_id), ENGLISH).whoami().user
        found = [user for user in self.open(Access(target, "", grant_id), ENGLISH).users() if user.email == email.lower()]
        return found[0] if len(found) == 1 else None
