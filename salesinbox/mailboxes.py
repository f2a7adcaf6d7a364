"""The connected mailboxes: whose, where, in what state, with what secrets. Rows in, values out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, case, select, update

from db import Database, now, table
from salesinbox.faults import NEEDS_OWNER, Cause
from salesinbox.servers import Security, Server
from salesinbox.tables import MailboxRow
from tenants.tables import PersonRow
from tenants.vault import Vault

PURPOSE = "mailbox"
"""Of the vault."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
THROTTLED_PAUSE = timedelta(minutes=5)
_DOUBLINGS = 6

_mailbox, _person = table(MailboxRow), table(PersonRow)


class SignIn(StrEnum):
    """How one signs in to its servers."""

    PASSWORD = "password"  # noqa: S105
    GOOGLE = "google"
    """XOAUTH2 with the owner's consent at Google."""
    MICROSOFT = "microsoft"
    DELEGATION = "delegation"
    """XOAUTH2 by the company's domain-wide delegation: no secret of the owner's at all."""


class State(StrEnum):
    FIRST_SYNC = "first sync"
    """The mail of before is being fetched."""
    IN_STEP = "in step"
    NEEDS_OWNER = "needs owner"
    """Nothing is tried any more until its owner has done something (`faults.NEEDS_OWNER`)."""
    PAUSED = "paused"
    """Its owner or his company has switched SalesInbox off for him. The mail stays, nothing new comes."""
    REMOVING = "removing"
    """Its mail is being deleted; nothing is added any more (`removing.MailboxRemoval`)."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """`smtp_password` is "" where the incoming server's serves; `refresh_token` of OAuth. All are "" with delegation."""

    password: str = field(default="", repr=False)
    smtp_password: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewMailbox:
    """What was tried and is to be kept."""

    person_id: int
    workspace_id: int
    address: str
    name: str
    provider: str
    sign_in: SignIn
    imap: Server
    smtp: Server
    secrets: Secrets
    language: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A row of `mailbox` (salesinbox/tables.py), without its secrets. `cause` is None where it works."""

    id: int
    person_id: int
    workspace_id: int
    address: str
    name: str
    provider: str
    sign_in: SignIn
    imap: Server
    smtp: Server
    language: str
    state: State
    cause: Cause | None
    cause_at: datetime | None
    failures: int
    connected_at: datetime
    synced_at: datetime | None
    first_done_at: datetime | None
    confirmed_at: datetime | None
    told_at: datetime | None
    compared_at: datetime | None
    due_at: datetime | None


_AT_WORK = (State.FIRST_SYNC.value, State.IN_STEP.value)


class AlreadyConnected(Exception):
    """This person has this mailbox already. Nothing was changed."""


class Mailboxes:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def connect(self, new: NewMailbox) -> Mailbox:
        """In state FIRST_SYNC and due at once; `person.mailboxes` counts it. AlreadyConnected."""
        moment = now()
        values = {
            "person_id": new.person_id,
            "workspace_id": new.workspace_id,
            "address": new.address.lower(),
            "name": new.name,
            "provider": new.provider,
            "language": new.language,
            "state": State.FIRST_SYNC.value,
            "cause": "",
            "failures": 0,
            "connected_at": moment,
            "due_at": moment,
            "watcher": "",
            **self._access(new.sign_in, new.imap, new.smtp, new.secrets),
        }
        with self._database.write() as connection:
            if connection.execute(self._database.insert_or_ignore(_mailbox, values)).rowcount == 0:
                raise AlreadyConnected(new.address)
            counted = update(_person).where(_person.c.id == new.person_id)
            connection.execute(counted.values(mailboxes=_person.c.mailboxes + 1))
            key = (_mailbox.c.person_id == new.person_id) & (_mailbox.c.address == values["address"])
            return _mailbox_of(connection.execute(select(_mailbox).where(key)).one())

    def of_person(self, person_id: int) -> tuple[Mailbox, ...]:
        """Oldest first."""
        return self._found(select(_mailbox).where(_mailbox.c.person_id == person_id).order_by(_mailbox.c.id))

    def get(self, mailbox_id: int) -> Mailbox | None:
        return next(iter(self._found(select(_mailbox).where(_mailbox.c.id == mailbox_id))), None)

    def secrets(self, mailbox_id: int) -> Secrets:
        """LookupError: it was removed. VaultDamaged."""
        with self._database.read() as connection:
            sealed = connection.execute(select(_mailbox.c.secrets).where(_mailbox.c.id == mailbox_id)).scalar_one_or_none()
        if not sealed:
            raise LookupError(f"mailbox {mailbox_id} was removed")
        return self._opened(sealed)

    def edit(self, mailbox_id: int, name: str, imap: Server, smtp: Server, sign_in: SignIn, secrets: Secrets) -> None:
        """Server details or secrets changed by its owner, after a trial: the cause goes, it is due at once, a mailbox that needed
        its owner goes back to FIRST_SYNC or IN_STEP."""
        self._change(
            mailbox_id,
            name=name,
            state=_without_owner(),
            cause="",
            cause_at=None,
            failures=0,
            told_at=None,
            due_at=now(),
            **self._access(sign_in, imap, smtp, secrets),
        )

    def keep_refresh_token(self, mailbox_id: int, token: str, instead_of: str) -> None:
        """Providers may hand out a new one at any renewal. Who consented anew meanwhile keeps what that brought."""
        with self._database.write() as connection:
            mine = (_mailbox.c.id == mailbox_id) & (_mailbox.c.secrets != "")
            sealed = connection.execute(select(_mailbox.c.secrets).where(mine).with_for_update()).scalar_one_or_none()
            if sealed is not None and self._opened(sealed) == Secrets(refresh_token=instead_of):
                connection.execute(update(_mailbox).where(mine).values(secrets=self._sealed(Secrets(refresh_token=token))))

    def ask_for_sync(self, mailbox_id: int) -> None:
        """Due at once; whoever looks next takes it."""
        self._change(mailbox_id, due_at=now())

    def pause(self, mailbox_id: int, *, paused: bool) -> None:
        """Where it stood before is found again by what it has done."""
        if paused:
            self._change(mailbox_id, state=State.PAUSED.value, due_at=None)
            return
        with self._database.write() as connection:
            mine = update(_mailbox).where(_mailbox.c.id == mailbox_id, _mailbox.c.state == State.PAUSED.value)
            connection.execute(mine.values(state=_standing(), due_at=now()))

    def failed(self, mailbox_id: int, cause: Cause) -> None:
        """One more failure in a row: due again later and later (a minute, doubling, an hour at most; THROTTLED at least five
        minutes), or NEEDS_OWNER."""
        moment = now()
        with self._database.write() as connection:
            mine = (_mailbox.c.id == mailbox_id) & _mailbox.c.state.not_in((State.PAUSED.value, State.REMOVING.value))
            lock = select(_mailbox.c.failures, _mailbox.c.cause, _mailbox.c.cause_at).where(mine).with_for_update()
            row = connection.execute(lock).one_or_none()
            if row is None:
                return
            since = row.cause_at if row.cause == cause.value else moment
            values = {"cause": cause.value, "cause_at": since, "failures": row.failures + 1}
            if cause in NEEDS_OWNER:
                values |= {"state": State.NEEDS_OWNER.value, "due_at": None}
            else:
                values |= {"due_at": moment + pause_after(cause, row.failures + 1)}
            connection.execute(update(_mailbox).where(mine).values(**values))

    def worked(self, mailbox_id: int) -> None:
        """It was reached: no cause, no failures."""
        faulty = (_mailbox.c.id == mailbox_id) & ((_mailbox.c.cause != "") | (_mailbox.c.failures > 0))
        with self._database.read() as connection:
            if connection.execute(select(_mailbox.c.id).where(faulty)).one_or_none() is None:
                return
        with self._database.write() as connection:
            connection.execute(update(_mailbox).where(faulty).values(cause="", cause_at=None, failures=0, told_at=None))

    def others_with(self, mailbox: Mailbox) -> bool:
        """Whether the same account is connected a second time: by somebody else, or in another company. What is taken from one of
        them at the provider is taken from all."""
        same = (_mailbox.c.address == mailbox.address, _mailbox.c.sign_in == mailbox.sign_in.value, _mailbox.c.id != mailbox.id)
        with self._database.read() as connection:
            others = select(_mailbox.c.id).where(*same, _mailbox.c.state != State.REMOVING.value)
            return connection.execute(others.limit(1)).scalar_one_or_none() is not None

    def _found(self, query: Select[Any]) -> tuple[Mailbox, ...]:
        with self._database.read() as connection:
            return tuple(_mailbox_of(row) for row in connection.execute(query))

    def _change(self, mailbox_id: int, **values: object) -> None:
        with self._database.write() as connection:
            staying = (_mailbox.c.id == mailbox_id) & (_mailbox.c.state != State.REMOVING.value)
            connection.execute(update(_mailbox).where(staying).values(**values))

    def _access(self, sign_in: SignIn, imap: Server, smtp: Server, secrets: Secrets) -> dict[str, object]:
        values: dict[str, object] = {"sign_in": sign_in.value, "secrets": self._sealed(secrets)}
        for kind, server in (("imap", imap), ("smtp", smtp)):
            values |= {
                f"{kind}_host": server.host,
                f"{kind}_port": server.port,
                f"{kind}_security": server.security.value,
                f"{kind}_user": server.user,
            }
        return values

    def _sealed(self, secrets: Secrets) -> str:
        return self._vault.seal(PURPOSE, orjson.dumps(secrets).decode())

    def _opened(self, sealed: str) -> Secrets:
        return Secrets(**orjson.loads(self._vault.open(PURPOSE, sealed)))


def pause_after(cause: Cause, failures: int) -> timedelta:
    """How long a mailbox is left alone after so many failures in a row."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(failures - 1, _DOUBLINGS)
    return max(min(doubled, LONGEST_PAUSE), THROTTLED_PAUSE if cause is Cause.THROTTLED else FIRST_PAUSE)


def _standing() -> ColumnElement[str]:
    """Of one that is at work: by whether its first synchronisation is done."""
    return case((_mailbox.c.first_done_at.is_(None), State.FIRST_SYNC.value), else_=State.IN_STEP.value)


def _without_owner() -> ColumnElement[str]:
    return case((_mailbox.c.state == State.NEEDS_OWNER.value, _standing()), else_=_mailbox.c.state)


def _mailbox_of(row: Row[Any]) -> Mailbox:
    imap = Server(row.imap_host, row.imap_port, Security(row.imap_security), row.imap_user)
    smtp = Server(row.smtp_host, row.smtp_port, Security(row.smtp_security), row.smtp_user)
    return Mailbox(
        id=row.id,
        person_id=row.person_id,
        workspace_id=row.workspace_id,
        address=row.address,
        name=row.name,
        provider=row.provider,
        sign_in=SignIn(row.sign_in),
        imap=imap,
        smtp=smtp,
        language=row.language,
        state=State(row.state),
        cause=Cause(row.cause) if row.cause else None,
        cause_at=row.cause_at,
        failures=row.failures,
        connected_at=row.connected_at,
        synced_at=row.synced_at,
        first_done_at=row.first_done_at,
        confirmed_at=row.confirmed_at,
        told_at=row.told_at,
        compared_at=row.compared_at,
        due_at=row.due_at,
    )
