"""Which mail is on which record: the ledger. One link per CRM organisation and Message-ID, whoever's mailbox it is in.

    nobody ──promise──▶ waiting ──the CRM took it──▶ done
                          │
                          ▼ the CRM refuses for good: the row goes, the mail is free again

A promise is written with the errand that keeps it, in one transaction, and ends with it: see `linking.outbox`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, select, update
from sqlalchemy.engine import Row

from crm_client.records import Kind, Ref
from db import Database, now, table
from linking.tables import MailLinkRow
from tenants.people import Person

_link = table(MailLinkRow)


_LINKS: Select[Any] = select(
    _link.c.kind.label("ref_kind"),
    _link.c.record_id.label("ref_id"),
    _link.c.record_name.label("name"),
    _link.c.person_id,
    _link.c.person_name,
    _link.c.made_at,
    _link.c.state,
)
# On the path of every open mail: built once.
_FIND = _LINKS.where(_link.c.org == bindparam("org"), _link.c.message_key == bindparam("message_key"))


class LinkState(StrEnum):
    WAITING = "waiting"
    """Promised; also while it is being delivered."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Link:
    """A mail's place in the CRM: which record, and who said so when. Somebody who was erased has no id and no name."""

    ref: Ref
    record_name: str
    person_id: int | None
    person_name: str
    made_at: datetime
    state: LinkState


class Ledger:
    """All links of all organisations; `org` is `str(Target)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, org: str, message_key: str) -> Link | None:
        """The mail's link, whoever made it."""
        with self._database.read() as connection:
            return self.found(connection, org, message_key)

    def found(self, connection: Connection, org: str, message_key: str) -> Link | None:
        row = connection.execute(_FIND, {"org": org, "message_key": message_key}).one_or_none()
        return None if row is None else read_link(row)

    def on_record(self, org: str, ref: Ref, message_keys: Collection[str]) -> dict[str, Link]:
        """The links of those of these mails that are on this record, by their keys."""
        query = _LINKS.add_columns(_link.c.message_key).where(
            _link.c.org == org, _link.c.message_key.in_(message_keys), _link.c.kind == ref.kind.value, _link.c.record_id == ref.id
        )
        with self._database.read() as connection:
            return {row.message_key: read_link(row) for row in connection.execute(query)} if message_keys else {}

    def promise(self, connection: Connection, org: str, message_key: str, ref: Ref, name: str, by: Person) -> bool:
        """Whether the mail was free."""
        row = {
            "org": org,
            "message_key": message_key,
            "kind": ref.kind.value,
            "record_id": ref.id,
            "record_name": name,
            "person_id": by.id,
            "person_name": by.name,
            "state": LinkState.WAITING.value,
            "made_at": now(),
        }
        return connection.execute(self._database.insert_or_ignore(_link, row)).rowcount == 1

    def settle(self, connection: Connection, org: str, message_key: str, ref: Ref) -> None:
        """The CRM has the mail, on this record: a lead may have been converted since the promise."""
        connection.execute(
            update(_link)
            .where(_link.c.org == org, _link.c.message_key == message_key)
            .values(state=LinkState.DONE.value, kind=ref.kind.value, record_id=ref.id)
        )

    def withdraw(self, connection: Connection, org: str, message_key: str) -> None:
        """The promise cannot be kept: the mail is free."""
        waiting = (_link.c.org == org, _link.c.message_key == message_key, _link.c.state == LinkState.WAITING.value)
        connection.execute(delete(_link).where(*waiting))

    def follow(self, org: str, lead: Ref, contact: Ref) -> None:
        """A lead was converted: its mails are the contact's now."""
        with self._database.write() as connection:
            connection.execute(
                update(_link)
                .where(_link.c.org == org, _link.c.kind == lead.kind.value, _link.c.record_id == lead.id)
                .values(kind=contact.kind.value, record_id=contact.id)
            )


def read_link(row: Row[Any]) -> Link:
    return Link(
        ref=Ref(Kind(row.ref_kind), row.ref_id),
        record_name=row.name,
        person_id=row.person_id,
        person_name=row.person_name,
        made_at=row.made_at,
        state=LinkState(row.state),
    )
