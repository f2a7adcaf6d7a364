"""What is to be erased, and when: asked for, called off or hurried until its day, then proven by a receipt.

    asked ──called off──▶ gone
      │
      ▼ its day, or "now"
    begun: nobody comes in any more ──a minute──▶ done: everything deleted, in one transaction with its receipt

`linking.erasing` does it. A row is found again by its id alone, which nobody can guess: when somebody is erased, nothing
else is left to know him by.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import Row

from db import Database, now, table
from tenants.installs import RETENTION, InstallState
from tenants.people import Person, Workspace
from tenants.tables import (
    ConnectionRow,
    DomainInstallRow,
    ErasureRow,
    GrantRow,
    IndividualInstallRow,
    PersonRow,
    WorkspaceRow,
)
from tenants.tombstones import Buried, Tombstones

_ID_BYTES = 24
_AT_ONCE = 50

_erasure = table(ErasureRow)
_person = table(PersonRow)
_workspace = table(WorkspaceRow)
_connection, _grant = table(ConnectionRow), table(GrantRow)
_domain_install = table(DomainInstallRow)
_individual_install = table(IndividualInstallRow)


class ErasureKind(StrEnum):
    WORKSPACE = "workspace"
    """A company: all of it but its people's own installs."""
    INDIVIDUAL = "individual"
    """A person's own install. What he has by his company's stays."""
    PERSON = "person"
    """All of a person, under his company too."""
    CONTACT = "contact"
    """What Sidecard holds of an address somebody wrote from. Done at once."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """`receipt` is empty until it is done. `subject` is the keyed hash of whom it is about."""

    id: str
    kind: ErasureKind
    workspace_id: int | None
    person_id: int | None
    subject: str
    asked_by: str
    asked_at: datetime
    due_at: datetime
    begun_at: datetime | None
    done_at: datetime | None
    receipt: str


class Erasures:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database, tombstones: Tombstones, retention: timedelta = RETENTION) -> None:
        self._database = database
        self.tombstones = tombstones
        self.retention = retention

    def shares(self, person_id: int) -> bool:
        """Whether colleagues without a permission of their own work by his."""
        by_his = select(_connection.c.id).join(_grant, _grant.c.id == _connection.c.shared_grant_id)
        with self._database.read() as connection:
            return connection.execute(by_his.where(_grant.c.person_id == person_id)).first() is not None

    def ask_workspace(self, workspace: Workspace, by: Person, due_at: datetime | None = None) -> Erasure:
        """The pending one where there is one already."""
        subject = self.tombstones.hash(Buried.DOMAIN, workspace.domain)
        return self._ask(ErasureKind.WORKSPACE, workspace.id, None, subject, by.email, due_at)

    def ask_individual(self, person: Person, workspace_id: int, due_at: datetime | None = None) -> Erasure:
        """`workspace_id`: of his personal workspace."""
        subject = self.tombstones.hash(Buried.SUB, person.sub)
        return self._ask(ErasureKind.INDIVIDUAL, workspace_id, person.id, subject, person.email, due_at)

    def ask_person(self, person: Person, workspace_id: int, by: Person, due_at: datetime | None = None) -> Erasure:
        """From now on his company's install is not for him."""
        subject = self.tombstones.hash(Buried.SUB, person.sub)
        asked = self._ask(ErasureKind.PERSON, workspace_id, person.id, subject, by.email, due_at)
        with self._database.write() as connection:
            connection.execute(update(_person).where(_person.c.id == person.id).values(covered=False))
        return asked

    def call_off(self, erasure_id: str) -> Erasure | None:
        """What was called off; None: too late, or never asked for."""
        with self._database.write() as connection:
            pending = _pending(_erasure.c.id == erasure_id, _erasure.c.due_at > now(), _erasure.c.begun_at.is_(None))
            row = connection.execute(select(_erasure).where(pending).with_for_update()).one_or_none()
            if row is None:
                return None
            connection.execute(delete(_erasure).where(_erasure.c.id == erasure_id))
            if row.kind == ErasureKind.PERSON:
                connection.execute(update(_person).where(_person.c.id == row.person_id).values(covered=True))
        return _read(row)

    def hurry(self, erasure_id: str) -> bool:
        """Now, not on its day."""
        with self._database.write() as connection:
            soon = update(_erasure).where(_pending(_erasure.c.id == erasure_id), _erasure.c.due_at > now())
            return connection.execute(soon.values(due_at=now())).rowcount == 1

    def put_off(self, erasure_id: str, pause: timedelta) -> None:
        """A service that has to hear of it does not answer."""
        with self._database.write() as connection:
            connection.execute(update(_erasure).where(_pending(_erasure.c.id == erasure_id)).values(due_at=now() + pause))

    def find(self, erasure_id: str) -> Erasure | None:
        with self._database.read() as connection:
            row = connection.execute(select(_erasure).where(_erasure.c.id == erasure_id)).one_or_none()
        return None if row is None else _read(row)

    def pending(self, kind: ErasureKind, workspace_id: int | None = None, person_id: int | None = None) -> Erasure | None:
        """What is asked for and not done, of this workspace or person."""
        about = _erasure.c.workspace_id == workspace_id if person_id is None else _erasure.c.person_id == person_id
        with self._database.read() as connection:
            row = connection.execute(select(_erasure).where(_pending(_erasure.c.kind == kind.value, about))).first()
        return None if row is None else _read(row)

    def of_workspace(self, workspace_id: int) -> tuple[Erasure, ...]:
        """Newest first, done ones with their receipts."""
        query = select(_erasure).where(_erasure.c.workspace_id == workspace_id).order_by(_erasure.c.asked_at.desc()).limit(100)
        with self._database.read() as connection:
            return tuple(_read(row) for row in connection.execute(query))

    def due(self) -> tuple[str, ...]:
        """Ids of what is to be erased now, what was found uninstalled at Google among it."""
        self._take_up()
        query = select(_erasure.c.id).where(_pending(_erasure.c.due_at <= now())).order_by(_erasure.c.due_at).limit(_AT_ONCE)
        with self._database.read() as connection:
            due = tuple(connection.execute(query).scalars())
        if not due:
            return ()
        self._drop_those_who_came_back()
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def due_now(self, connection: Connection, erasure_id: str) -> Erasure | None:
        """In a transaction that goes on with it: nobody else does meanwhile. None: done, called off, or not yet."""
        due = _pending(_erasure.c.id == erasure_id, _erasure.c.due_at <= now())
        row = connection.execute(select(_erasure).where(due).with_for_update()).one_or_none()
        return None if row is None else _read(row)

    def begin(self, connection: Connection, erasure: Erasure) -> datetime:
        """It cannot be called off any more. Since when."""
        begun_at = erasure.begun_at or now()
        connection.execute(update(_erasure).where(_erasure.c.id == erasure.id).values(begun_at=begun_at))
        return begun_at

    def record_done(self, connection: Connection, erasure: Erasure, receipt: str) -> None:
        """In the transaction that erases: from here on the row names nobody."""
        values = {"person_id": None, "asked_by": "", "done_at": now(), "receipt": receipt}
        if connection.execute(update(_erasure).where(_erasure.c.id == erasure.id).values(values)).rowcount == 1:
            return
        row = {
            "id": erasure.id,
            "kind": erasure.kind.value,
            "workspace_id": erasure.workspace_id,
            "subject_hash": erasure.subject,
            "asked_at": erasure.asked_at,
            "begun_at": erasure.begun_at,
            "due_at": erasure.due_at,
        }
        connection.execute(insert(_erasure).values({**row, **values}))

    def new(self, kind: ErasureKind, workspace_id: int, subject: str, by: str) -> Erasure:
        """One that is done at once, and written down then (`record_done`)."""
        moment = now()
        return Erasure(secrets.token_urlsafe(_ID_BYTES), kind, workspace_id, None, subject, by, moment, moment, moment, None, "")

    def _ask(self, kind: ErasureKind, workspace_id: int, person_id: int | None, subject: str, by: str, due_at: datetime | None) -> Erasure:
        pending = _pending(_erasure.c.kind == kind.value, _erasure.c.subject_hash == subject)
        with self._database.write() as connection:
            self._database.take_turns(connection, f"erasure {subject}")
            standing = connection.execute(select(_erasure).where(pending)).first()
            if standing is not None:
                return _read(standing)
            moment = now()
            row = {
                "id": secrets.token_urlsafe(_ID_BYTES),
                "kind": kind.value,
                "workspace_id": workspace_id,
                "person_id": person_id,
                "subject_hash": subject,
                "asked_by": by,
                "asked_at": moment,
                "due_at": due_at or moment + self.retention,
                "receipt": "",
            }
            connection.execute(insert(_erasure).values(row))
            return _read(connection.execute(select(_erasure).where(_erasure.c.id == row["id"])).one())

    def _take_up(self) -> None:
        """Installs that ended, whoever found that out, and whose day has come."""
        moment = now()
        domains = (
            select(_workspace.c.id, _workspace.c.domain, _domain_install.c.erase_at)
            .join(_domain_install, _domain_install.c.workspace_id == _workspace.c.id)
            .where(_domain_install.c.erase_at <= moment)
        )
        own = (
            select(_person.c.id, _person.c.google_sub, _individual_install.c.workspace_id, _individual_install.c.erase_at)
            .join(_individual_install, _individual_install.c.person_id == _person.c.id)
            .where(_individual_install.c.erase_at <= moment)
        )
        with self._database.read() as connection:
            companies, people = connection.execute(domains).all(), connection.execute(own).all()
        for company in companies:
            subject = self.tombstones.hash(Buried.DOMAIN, company.domain)
            self._ask(ErasureKind.WORKSPACE, company.id, None, subject, "", company.erase_at)
        for one in people:
            subject = self.tombstones.hash(Buried.SUB, one.google_sub)
            self._ask(ErasureKind.INDIVIDUAL, one.workspace_id, one.id, subject, "", one.erase_at)

    def _drop_those_who_came_back(self) -> None:
        """Installed again before their day."""
        back = {
            ErasureKind.WORKSPACE: select(_domain_install.c.workspace_id).where(_domain_install.c.state == InstallState.ACTIVE.value),
            ErasureKind.INDIVIDUAL: select(_individual_install.c.workspace_id).where(
                _individual_install.c.state == InstallState.ACTIVE.value
            ),
        }
        with self._database.write() as connection:
            for kind, active in back.items():
                due = _pending(_erasure.c.kind == kind.value, _erasure.c.due_at <= now(), _erasure.c.begun_at.is_(None))
                again = due & _erasure.c.workspace_id.in_(active)
                connection.execute(delete(_erasure).where(again))


def _pending(*where: Any) -> Any:
    every = _erasure.c.done_at.is_(None)
    for one in where:
        every &= one
    return every


def _read(row: Row[Any]) -> Erasure:
    return Erasure(
        id=row.id,
        kind=ErasureKind(row.kind),
        workspace_id=row.workspace_id,
        person_id=row.person_id,
        subject=row.subject_hash,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        due_at=row.due_at,
        begun_at=row.begun_at,
        done_at=row.done_at,
        receipt=row.receipt,
    )
