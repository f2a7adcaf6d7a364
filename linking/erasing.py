"""Erasing a person, a person's own install, or a company: nobody comes in any more, CRMs are told, then everything goes at once.

The deleting is one transaction together with its receipt, so a process may die anywhere: whoever comes next finds either
nothing done yet or all of it. What Zoho was told is in the rows of the grants until they go.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, func, select, update

from crm_client.erasing import erase_organisation, retire_user
from crm_client.errors import Unavailable
from db import Database, now, table
from linking.erasure_registry import REGISTRY, Rule, Scope, going_grants
from linking.erasure_scope import PSEUDONYM, Found, find_scope, target_of
from tenants.audit import Action, Audit
from tenants.consents import Consents
from tenants.erasure import Erasure, Erasures
from tenants.grants import Grants
from tenants.receipts import Receipts, Said
from tenants.tables import AuditRow, ConsentRow, GrantRow, PersonRow

QUIET = timedelta(seconds=90)
"""Between the door being shut and the deleting: what was under way by then has ended, a delivery of a minute too."""
PATIENCE = timedelta(days=3)
"""So long Zoho is asked to take its permissions back. Then they go all the same; the receipt says that it did not answer."""
PAUSE = timedelta(minutes=15)

_log = logging.getLogger(__name__)
_grant, _consent, _person, _audit = table(GrantRow), table(ConsentRow), table(PersonRow), table(AuditRow)


class Step(StrEnum):
    """A process may die at any of them."""

    SHUT = "shut"
    """Nobody comes in any more."""
    REVOKED = "revoked"
    """Zoho has been told."""
    DELETED = "deleted"
    """Everything is deleted, and not committed."""
    DONE = "done"


def go_on(step: Step) -> None:
    """Outside of tests nothing happens at a step."""


@dataclass(frozen=True, slots=True)
class ZohoSide:
    """What gives permissions back; there is none where no Zoho client is set up."""

    grants: Grants
    consents: Consents


class Beside:
    """What rooms above have to do with an erasing, besides their rules in the registry. As it stands: nothing."""

    def shut(self, connection: Connection, scope: Scope) -> None:
        """Nothing of theirs comes in any more."""

    def revoke(self, scope: Scope) -> bool:
        """Whether everybody who gave a permission has been told that it is not used any more. Asked again until then."""
        return True

    def hold(self, connection: Connection, scope: Scope) -> None:
        """In the transaction that deletes: nobody else may touch what goes until it ends."""

    def said(self, connection: Connection, scope: Scope) -> Sequence[Said]:
        """Lines of the receipt: who was told, and what came of it. Just before the deleting."""
        return ()


class Erasing:
    """Does what `Erasures` says is due. Any number of processes may; one does."""

    def __init__(
        self,
        database: Database,
        erasures: Erasures,
        receipts: Receipts,
        zoho: ZohoSide | None,
        at: Callable[[Step], None] = go_on,
        quiet: timedelta = QUIET,
        registry: Sequence[Rule] = REGISTRY,
        beside: Beside | None = None,
    ) -> None:
        self._database = database
        self._erasures = erasures
        self._receipts = receipts
        self._zoho = zoho
        self._audit = Audit(database)
        self._at = at
        self._quiet = quiet
        self._registry = registry
        self._beside = beside or Beside()

    def due(self) -> tuple[str, ...]:
        return self._erasures.due()

    def run(self, erasure_id: str) -> bool:
        """Whether it is done. If not, it is due again by itself."""
        begun_at = self._shut(erasure_id)
        if begun_at is None:
            return True
        self._at(Step.SHUT)
        told = self._revoke(erasure_id)
        if not told and begun_at > now() - PATIENCE:
            self._erasures.put_off(erasure_id, PAUSE)
            return False
        self._at(Step.REVOKED)
        wait = begun_at + self._quiet - now()
        if wait > timedelta():
            self._erasures.put_off(erasure_id, wait)
            return False
        with self._database.write() as connection:
            erasure = self._erasures.due_now(connection, erasure_id)
            if erasure is None:
                return True
            self._erase(connection, erasure, begun_at)
            self._at(Step.DELETED)
        self._at(Step.DONE)
        return True

    def _shut(self, erasure_id: str) -> datetime | None:
        """Since when nobody comes in; None: there is nothing to do."""
        tombstones = self._erasures.tombstones
        with self._database.write() as connection:
            erasure = self._erasures.due_now(connection, erasure_id)
            if erasure is None:
                return None
            found = find_scope(connection, erasure, tombstones)
            for kind, text in found.buried:
                tombstones.lay(connection, kind, text)
            self._beside.shut(connection, found.scope)
            return self._erasures.begin(connection, erasure)

    def _revoke(self, erasure_id: str) -> bool:
        """Whether everybody has been told everything, or there was nothing to tell."""
        erasure = self._erasures.find(erasure_id)
        if erasure is None:
            return True
        with self._database.read() as connection:
            scope = find_scope(connection, erasure, self._erasures.tombstones).scope
        at_zoho = self._revoke_at_zoho(scope)
        return self._beside.revoke(scope) and at_zoho

    def _revoke_at_zoho(self, scope: Scope) -> bool:
        with self._database.read() as connection:
            ending = going_grants(scope) & _grant.c.ended_at.is_(None)
            leaving = tuple(connection.execute(select(_grant.c.id).where(ending)).scalars())
            consents = _consent.c.person_id.in_(scope.people)
            held = connection.execute(select(func.count()).select_from(_consent).where(consents)).scalar_one()
        if not leaving and not held:
            return True
        if self._zoho is None:
            _log.warning("%d permissions at Zoho cannot be given back: no Zoho client is set up", len(leaving))
            return False
        try:
            for grant_id in leaving:
                self._zoho.grants.end_one(grant_id)
        except Unavailable as error:
            _log.warning("Zoho does not take permissions back: %s", error)
            return False
        if not held:
            return True
        with self._database.write() as connection:
            connection.execute(update(_consent).where(consents, _consent.c.expires_at > now()).values(expires_at=now()))
        self._zoho.consents.sweep()
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(_consent).where(consents)).scalar_one() == 0

    def _erase(self, connection: Connection, erasure: Erasure, begun_at: datetime) -> None:
        found = find_scope(connection, erasure, self._erasures.tombstones)
        scope = found.scope
        self._beside.hold(connection, scope)
        revoked = (*_revocations(connection, scope), *self._beside.said(connection, scope))
        changed: Counter[str] = Counter(audit_entry=self._without_names(connection, found))
        for target, email, pseudonym in found.users:
            changed["embedded_user"] += retire_user(connection, target, email, pseudonym)
        for person_id, workspace_id in found.moved:
            moved = {"workspace_id": workspace_id, "crm_user_id": None}
            connection.execute(update(_person).where(_person.c.id == person_id).values(moved))
        deleted: Counter[str] = Counter()
        for rule in self._registry:
            if rule.going is None:
                continue
            rows = _person.metadata.tables[rule.table]
            for where, values in rule.blank:
                staying = where(scope) & ~rule.going(scope)
                changed[rule.table] += connection.execute(update(rows).where(staying).values(**values)).rowcount
            deleted[rule.table] += connection.execute(delete(rows).where(rule.going(scope))).rowcount
        for org in scope.orgs:
            deleted.update(erase_organisation(connection, target_of(org)))
        self._erasures.record_done(connection, erasure, self._receipt(erasure, begun_at, deleted, changed, revoked))
        if erasure.workspace_id is not None and erasure.workspace_id not in scope.workspaces:
            self._audit.note(erasure.workspace_id, None, Action.ERASED, erasure.subject[:PSEUDONYM], erasure.kind.value, connection)

    def _without_names(self, connection: Connection, found: Found) -> int:
        """In what stays of the audit log: a pseudonym instead of who it was. How many lines he had written."""
        count = 0
        stays = _audit.c.workspace_id.not_in((*found.scope.workspaces, *found.own))
        for person, pseudonym in found.people:
            by_him = update(_audit).where(stays, _audit.c.actor_id == person.id).values(actor=pseudonym, actor_id=None)
            count += connection.execute(by_him).rowcount
            for column in (_audit.c.subject, _audit.c.detail, _audit.c.actor):
                for address in (person.email, *person.aliases):
                    naming = update(_audit).where(stays, column.contains(address, autoescape=True))
                    connection.execute(naming.values({column: func.replace(column, address, pseudonym)}))
                connection.execute(update(_audit).where(stays, column == person.name).values({column: pseudonym}))
        return count

    def _receipt(self, erasure: Erasure, begun_at: datetime, deleted: Counter[str], changed: Counter[str], revoked: Sequence[Said]) -> str:
        return self._receipts.write(
            {
                "id": erasure.id,
                "kind": erasure.kind.value,
                "subject": erasure.subject,
                "asked_at": erasure.asked_at.isoformat(),
                "begun_at": begun_at.isoformat(),
                "done_at": now().isoformat(),
                "deleted": {name: count for name, count in sorted(deleted.items()) if count},
                "names_taken_out": {name: count for name, count in sorted(changed.items()) if count},
                "kept": {rule.table: rule.goes for rule in self._registry if rule.goes.startswith("kept")},
                "revoked": revoked,
                "google": "no permission of Google's was held here but for mailboxes, which are listed where there were any: its other "
                "tokens come with each request, or lie in the browser for an hour",
            }
        )


def _revocations(connection: Connection, scope: Scope) -> list[dict[str, Said]]:
    """What Zoho was told: a grant that ended has been given back, or was refused by Zoho before."""
    rows = connection.execute(select(_grant.c.ended_at, _grant.c.location).where(going_grants(scope)).order_by(_grant.c.id)).all()
    return [_revocation(row.location, row.ended_at) for row in rows]


def _revocation(location: str, ended_at: datetime | None) -> dict[str, Said]:
    result = "Zoho did not answer; the token was deleted here" if ended_at is None else "ended"
    return {"at": f"Zoho ({location})", "result": result, "when": ended_at.isoformat() if ended_at else None}
