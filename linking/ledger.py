"""Which mail is on which record: the ledger. One link per CRM organisation and Message-ID, whoever's mailbox it is in.

    nobody ──promise──▶ delivering ──the CRM took it──▶ done
                          │    ▲
      no answer, or limit ▼    │ somebody tries again
                          waiting
                          │
                          ▼ the CRM refuses for good: the row goes, the mail is free again

The row is committed before the CRM is called. Whoever finds it "delivering" for longer than a call can last takes it
over: its process died. Putting the mail on the record is idempotent by Message-ID, so trying again cannot double it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from crm_client.errors import AuthExpired, CrmError, RateLimited, Unavailable
from crm_client.port import Crm
from crm_client.records import Kind, MailCopy, Record, Ref
from db import Database, now, table
from linking.tables import MailLinkRow
from tenants.people import Person

LONGEST_DELIVERY = timedelta(seconds=60)
"""After this a delivery under way is taken for dead; a request lives 30 seconds at most."""

_link = table(MailLinkRow)


# On the path of every open mail: built once.
_FIND = select(_link).where(_link.c.org == bindparam("org"), _link.c.message_key == bindparam("message_key"))


class LinkState(StrEnum):
    DELIVERING = "delivering"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Link:
    """A mail's place in the CRM: which record, and who said so when."""

    ref: Ref
    record_name: str
    person_id: int
    person_name: str
    made_at: datetime
    state: LinkState


@dataclass(frozen=True, slots=True)
class Linked:
    """The mail is on this record. `fresh` is False if it was before."""

    link: Link
    fresh: bool


@dataclass(frozen=True, slots=True)
class LinkedElsewhere:
    """The mail belongs to another record, for good."""

    link: Link


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Somebody is putting the mail on this very record at this moment."""

    link: Link


@dataclass(frozen=True, slots=True)
class Kept:
    """The CRM could not take it now: the link is kept and can be delivered later. `reason` is why."""

    link: Link
    reason: CrmError


LinkOutcome = Linked | LinkedElsewhere | UnderWay | Kept


class Ledger:
    """All links of all organisations; `org` is `str(Target)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, org: str, message_key: str) -> Link | None:
        """The mail's link, whoever made it."""
        with self._database.read() as connection:
            row = connection.execute(_FIND, {"org": org, "message_key": message_key}).one_or_none()
        return None if row is None else _read(row)

    def link_once(self, crm: Crm, org: str, mail: MailCopy, record: Record, by: Person) -> LinkOutcome:
        """Put the mail on the record unless it is on one already. What the CRM refuses for good is raised, as CrmError."""
        attempt = uuid.uuid4().hex
        if not self._promise(org, mail.message_id, record, by, attempt):
            standing = self.find(org, mail.message_id)
            if standing is None:
                # It was refused and withdrawn between our two looks.
                return self.link_once(crm, org, mail, record, by)
            if standing.ref != record.ref:
                return LinkedElsewhere(standing)
            if standing.state is LinkState.DONE:
                return Linked(standing, fresh=False)
            if not self._take_over(org, mail.message_id, attempt):
                return UnderWay(standing)
        return self._deliver(crm, org, mail, record.ref, attempt)

    def _promise(self, org: str, key: str, record: Record, by: Person, attempt: str) -> bool:
        moment = now()
        try:
            with self._database.write() as connection:
                connection.execute(
                    _link.insert().values(
                        org=org,
                        message_key=key,
                        kind=record.ref.kind.value,
                        record_id=record.ref.id,
                        record_name=record.name,
                        person_id=by.id,
                        person_name=by.name,
                        state=LinkState.DELIVERING.value,
                        attempt=attempt,
                        made_at=moment,
                        tried_at=moment,
                    )
                )
        except IntegrityError:
            return False
        return True

    def _take_over(self, org: str, key: str, attempt: str) -> bool:
        """Make a waiting or abandoned delivery ours."""
        moment = now()
        free = (_link.c.state == LinkState.WAITING.value) | (
            (_link.c.state == LinkState.DELIVERING.value) & (_link.c.tried_at < moment - LONGEST_DELIVERY)
        )
        with self._database.write() as connection:
            taken = connection.execute(
                update(_link)
                .where(_link.c.org == org, _link.c.message_key == key, free)
                .values(state=LinkState.DELIVERING.value, attempt=attempt, tried_at=moment)
            )
        return taken.rowcount == 1

    def _deliver(self, crm: Crm, org: str, mail: MailCopy, ref: Ref, attempt: str) -> LinkOutcome:
        try:
            crm.attach_email(ref, mail)
        except (Unavailable, RateLimited, AuthExpired) as reason:
            return Kept(self._mark(org, mail.message_id, attempt, LinkState.WAITING), reason)
        except CrmError:
            with self._database.write() as connection:
                connection.execute(
                    delete(_link).where(_link.c.org == org, _link.c.message_key == mail.message_id, _link.c.attempt == attempt)
                )
            raise
        return Linked(self._mark(org, mail.message_id, attempt, LinkState.DONE), fresh=True)

    def _mark(self, org: str, key: str, attempt: str, state: LinkState) -> Link:
        mine = (_link.c.org == org, _link.c.message_key == key)
        with self._database.write() as connection:
            # Only while it is still our attempt: a slow delivery must not undo the mark of the one that took over.
            connection.execute(update(_link).where(*mine, _link.c.attempt == attempt).values(state=state.value))
            row = connection.execute(select(_link).where(*mine)).one()
        return _read(row)


def _read(row: Row[tuple[object, ...]]) -> Link:
    return Link(
        ref=Ref(Kind(row.kind), row.record_id),
        record_name=row.record_name,
        person_id=row.person_id,
        person_name=row.person_name,
        made_at=row.made_at,
        state=LinkState(row.state),
    )
