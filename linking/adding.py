"""Adding a person once, though a CRM may know no idempotency key and two reps may press at the same moment.

Before the CRM is asked to create, the person's addresses are claimed: rows under a unique key, committed.
Whoever meets a claim waits a moment for its end, then looks the address up and finds what the other one made.
A claim older than a request can live is taken over: its process died, and the look-up says how far it got.
A finished claim remembers its click, so that the same click sent twice gives the same record.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from crm_client.errors import CrmError
from crm_client.port import Crm
from crm_client.records import EMAIL, SECONDARY_EMAIL, Hidden, Kind, Match, Record, Ref, Values
from db import Database, now, table
from linking.tables import AddClaimRow
from tenants.people import Person

LONGEST_ADD = timedelta(seconds=60)
CLICK_MEMORY = timedelta(days=1)
WAIT_SECONDS = 4.0
_STEP_SECONDS = 0.1

_claim = table(AddClaimRow)


@dataclass(frozen=True, slots=True)
class Added:
    """The record of this click."""

    record: Record


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """Records that carry one of the addresses; nothing was made."""

    matches: tuple[Match, ...]
    hidden: tuple[Hidden, ...] = ()


@dataclass(frozen=True, slots=True)
class BeingAdded:
    """A colleague is adding this person and has not finished; nothing was made."""

    person_name: str


class _Held(Exception):
    """Rolls the claim back: somebody else holds one of the addresses."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


AddOutcome = Added | AlreadyThere | BeingAdded


class Adding:
    """The claims of all organisations; `org` is `str(Target)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_once(self, crm: Crm, org: str, kind: Kind, values: Values, key: str, by: Person) -> AddOutcome:
        """Make the record unless one with its address is there. `key` names the click. CrmError, and nothing was claimed."""
        addresses = sorted({values[name].strip().lower() for name in (EMAIL, SECONDARY_EMAIL) if values.get(name, "").strip()})
        if not addresses:
            return Added(crm.create(kind, values, key))
        standing = self._claim(org, addresses, key, by)
        if isinstance(standing, str):
            return BeingAdded(standing)
        if isinstance(standing, Ref):
            return Added(crm.get(standing))
        try:
            found = crm.lookup(addresses)
            if found.matches or found.hidden:
                self._release(org, addresses, key)
                return AlreadyThere(found.matches, found.hidden)
            record = crm.create(kind, values, key)
        except CrmError:
            self._release(org, addresses, key)
            raise
        self._finish(org, addresses, key, record.ref)
        return Added(record)

    def _claim(self, org: str, addresses: Sequence[str], key: str, by: Person) -> Ref | str | None:
        """None: ours. A Ref: this click made it already. A name: who holds the claim and does not finish."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return self._try(org, addresses, key, by)
            except _Held as held:
                if time.monotonic() > deadline:
                    return held.by
            time.sleep(_STEP_SECONDS)

    def _try(self, org: str, addresses: Sequence[str], key: str, by: Person) -> Ref | None:
        moment = now()
        mine = {"attempt": key, "person_name": by.name, "claimed_at": moment, "kind": None, "record_id": None}
        with self._database.write() as connection:
            # In the order of the addresses, one statement each: two writers can wait for each other, never in a circle.
            for address in addresses:
                if connection.execute(self._database.insert_or_ignore(_claim, {"org": org, "address": address, **mine})).rowcount == 1:
                    continue
                here = (_claim.c.org == org, _claim.c.address == address)
                row = connection.execute(select(_claim).where(*here).with_for_update()).one_or_none()
                if row is None:
                    raise _Held(by.name)  # released this moment: come again
                if row.record_id is not None and row.attempt == key:
                    return Ref(Kind(row.kind), row.record_id)
                if row.record_id is None and row.claimed_at > moment - LONGEST_ADD:
                    raise _Held(row.person_name)
                connection.execute(update(_claim).where(*here).values(**mine))
        return None

    def _release(self, org: str, addresses: Sequence[str], key: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(_claim).where(_claim.c.org == org, _claim.c.address.in_(addresses), _claim.c.attempt == key))

    def _finish(self, org: str, addresses: Sequence[str], key: str, ref: Ref) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(_claim)
                .where(_claim.c.org == org, _claim.c.address.in_(addresses), _claim.c.attempt == key)
                .values(kind=ref.kind.value, record_id=ref.id)
            )
            connection.execute(delete(_claim).where(_claim.c.org == org, _claim.c.claimed_at < now() - CLICK_MEMORY))
