"""What Sidecard itself holds of one contact, erased on his request. What the CRM holds is the CRM's."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Table, cast, delete, false, func, or_, select, tuple_, update
from sqlalchemy import String as Text

from crm_client.erasing import erase_record
from crm_client.open import Target
from crm_client.records import Ref
from crm_client.tables import LastKnownRow
from db import Database, now, table
from linking.outbox import PURPOSE
from linking.tables import AddClaimRow, MailLinkRow, OutboxFileRow, OutboxRow, RecordChangeRow
from tenants.audit import Action, Audit
from tenants.erasure import Erasure, ErasureKind, Erasures
from tenants.people import Person, Workspace
from tenants.receipts import Receipts
from tenants.tables import AuditRow, PersonRow, RecentRecordRow
from tenants.tombstones import Buried
from tenants.vault import Vault, VaultDamaged

_last, _item, _file, _link, _change, _claim, _recent, _person, _audit = (
    table(row)
    for row in (LastKnownRow, OutboxRow, OutboxFileRow, MailLinkRow, RecordChangeRow, AddClaimRow, RecentRecordRow, PersonRow, AuditRow)
)
MEMORY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom it is about: his address, lower case, in one company, and the records its CRM has with it."""

    workspace_id: int
    target: Target
    address: str
    refs: tuple[Ref, ...]


Forget = Callable[[Connection, Contact], Mapping[str, int]]
"""What rooms above hold of him goes in the same transaction. How many rows of which table."""


def forget_nothing(_connection: Connection, _contact: Contact) -> Mapping[str, int]:
    return {}


class ContactErasure:
    """Of one company at a time: what another holds of the same address is its own."""

    def __init__(
        self, database: Database, vault: Vault, erasures: Erasures, receipts: Receipts, forget_above: Forget = forget_nothing
    ) -> None:
        self._forget_above = forget_above
        self._database = database
        self._vault = vault
        self._erasures = erasures
        self._receipts = receipts
        self._audit = Audit(database)

    def erase(
        self, workspace: Workspace, target: Target, address: str, refs: Sequence[Ref], by: Person, *, records_too: bool = False
    ) -> Erasure:
        """`refs`: the CRM's records with this address. `records_too`: these as well, where the CRM is our own.

        The rows of a waiting errand are sealed: every one is opened to see whether it names him.
        """
        address = address.strip().lower()
        subject = self._erasures.tombstones.hash(Buried.ADDRESS, address)
        erasure = self._erasures.new(ErasureKind.CONTACT, workspace.id, subject, by.email)
        org, deleted, emptied = str(target), Counter[str](), Counter[str]()
        with self._database.write() as connection:
            deleted.update(self._forget_above(connection, Contact(workspace.id, target, address, tuple(refs))))
            unreadable = self._forget_work(connection, org, address, refs, deleted)
            deleted["last_known"] += _gone(connection, _last, _of_org(org) & _naming(_last, address, "address", "lookup"))
            deleted["record_change"] += _gone(
                connection, _change, (_change.c.org == org) & (_about(_change, refs) | _naming(_change, address, "old", "new"))
            )
            colleagues = select(_person.c.id).where(_person.c.workspace_id == workspace.id)
            deleted["recent_record"] += _gone(connection, _recent, _recent.c.person_id.in_(colleagues) & _about(_recent, refs))
            named = update(_link).where(_link.c.org == org, _about(_link, refs), _link.c.record_name != "")
            emptied["mail_link"] += connection.execute(named.values(record_name="")).rowcount
            for column in (_audit.c.subject, _audit.c.detail):
                said = update(_audit).where(_audit.c.workspace_id == workspace.id, column.contains(address, autoescape=True))
                emptied["audit_entry"] += connection.execute(said.values({column: func.replace(column, address, subject[:16])})).rowcount
            for ref in refs if records_too else ():
                deleted.update(erase_record(connection, target, ref))
            self._erasures.record_done(
                connection, erasure, self._receipt(erasure, target, deleted, emptied, unreadable, records_too=records_too)
            )
            self._audit.note(workspace.id, by, Action.ERASED, subject[:16], erasure.kind.value, connection)
        return erasure

    def _forget_work(self, connection: Connection, org: str, address: str, refs: Sequence[Ref], deleted: Counter[str]) -> int:
        """Errands about him, waiting or just done; a link that was only promised is free again. How many nobody can read any more."""
        rows = connection.execute(select(_item).where(_item.c.org == org)).all()
        kept = {(ref.kind.value, ref.id) for ref in refs}
        texts = {row.id: self._text(row.payload) for row in rows}
        about = [row for row in rows if (row.ref_kind, row.ref_id) in kept or address in (texts[row.id] or "").lower()]
        keys, ids = [row.key for row in about], [row.id for row in about]
        claims = (_claim.c.org == org) & ((_claim.c.address == address) | _claim.c.key.in_(keys))
        deleted["add_claim"] += _gone(connection, _claim, claims)
        deleted["outbox_file"] += _gone(connection, _file, _file.c.item_id.in_(ids))
        promised = [row.message_key for row in about if row.work == "link" and row.state != "done"]
        waiting = (_link.c.org == org) & _link.c.message_key.in_(promised) & (_link.c.state == "waiting")
        deleted["mail_link"] += _gone(connection, _link, waiting)
        deleted["outbox_item"] += _gone(connection, _item, _item.c.id.in_(ids))
        return sum(text is None for text in texts.values())

    def _text(self, payload: str) -> str | None:
        """None: it cannot be opened, by anybody."""
        try:
            return self._vault.open(PURPOSE, payload) if payload else ""
        except VaultDamaged:
            return None

    def _receipt(
        self, erasure: Erasure, target: Target, deleted: Counter[str], emptied: Counter[str], unreadable: int, *, records_too: bool
    ) -> str:
        crm = "the records went too" if records_too else "the CRM's own records are the CRM's: delete them there"
        return self._receipts.write(
            {
                "id": erasure.id,
                "kind": erasure.kind.value,
                "subject": erasure.subject,
                "asked_at": erasure.asked_at.isoformat(),
                "done_at": now().isoformat(),
                "deleted": {name: count for name, count in sorted(deleted.items()) if count},
                "names_taken_out": {name: count for name, count in sorted(emptied.items()) if count},
                "unreadable": unreadable,
                "crm": f"{target.kind}: {crm}",
                "memory": f"what a process had read is gone by {(now() + MEMORY).isoformat()}",
            }
        )


def _of_org(org: str) -> ColumnElement[bool]:
    return _last.c.viewer.startswith(f"{org}/", autoescape=True)


def _naming(rows: Table, address: str, *columns: str) -> ColumnElement[bool]:
    return or_(*(cast(rows.c[name], Text).icontains(address, autoescape=True) for name in columns))


def _about(rows: Table, refs: Sequence[Ref]) -> ColumnElement[bool]:
    return tuple_(rows.c.kind, rows.c.record_id).in_([(ref.kind.value, ref.id) for ref in refs]) if refs else false()


def _gone(connection: Connection, rows: Table, where: ColumnElement[bool]) -> int:
    return connection.execute(delete(rows).where(where)).rowcount
