"""What one user of a CRM may do, as another user's connection can tell. What it cannot tell, he may not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from crm_client.port import Crm
from crm_client.records import COMPANY, EMAIL, FIRST_NAME, LAST_NAME, NO_RIGHTS, SECONDARY_EMAIL, Kind, Rights, User

IDENTIFYING = frozenset({FIRST_NAME, LAST_NAME, COMPANY, EMAIL, SECONDARY_EMAIL})
"""Fields that only say whose record it is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`user` has his rights. `owners`: whose records he sees, None for everybody's. `fields`: those he sees, and whether he may
    change them, None for all. `mails`, `deals` and `companies`: whether he may know of all there are."""

    user: User
    owners: frozenset[str] | None = frozenset()
    fields: Mapping[Kind, Mapping[str, bool]] | None = field(default_factory=lambda: MappingProxyType({}))
    notes: Rights = NO_RIGHTS
    tasks: Rights = NO_RIGHTS
    mails: bool = False
    deals: bool = False
    companies: bool = False

    def sees(self, owner_id: str) -> bool:
        return self.owners is None or owner_id in self.owners

    def shows(self, kind: Kind, name: str) -> bool:
        """Whether he sees this field."""
        return self.fields is None or name in self.fields.get(kind, {})

    def may_change(self, kind: Kind, name: str) -> bool:
        return self.fields is None or self.fields.get(kind, {}).get(name, False)


class Shareable(Crm, Protocol):
    """A CRM whose user can tell what others may do."""

    def standing_of(self, user_id: str) -> Standing | None:
        """None: no active user."""
        ...
