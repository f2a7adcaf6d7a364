"""What reps asked to be done in the CRM, done exactly once and in order.

Every errand is committed before the CRM is asked, with everything its end will need: the promise of a link, the claim of
an address. `carry_out` then does it at once if it can. What has to wait is delivered by whoever comes first: the worker
(`deliver`), or the person himself (`try_now`). See `linking.lanes` for the states of a row.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import Row

from crm_client.errors import AuthExpired, CrmError, Duplicate, FieldProblem, Forbidden, NotFound, RateLimited, Rejected, Unavailable
from crm_client.port import Crm
from crm_client.records import Record, Ref
from db import Database, now, table
from linking.adding import Adding, addresses_of
from linking.delivery import Done, perform
from linking.errands import AddErrand, Errand, LinkErrand, Work, fields_of
from linking.lanes import FILE_PURPOSE, LONGEST_DELIVERY, Item, Lanes, Promise, State, read_entry, read_item, ref_of
from linking.ledger import Ledger, LinkState
from linking.outcomes import (
    AlreadyThere,
    BeingAdded,
    Carried,
    Changed,
    Entry,
    EntryState,
    Kept,
    LinkedElsewhere,
    Outcome,
    Reason,
    Returned,
    Standing,
)
from linking.payloads import read_errand, read_problems, work_of, write_errand
from linking.standing import find_standing
from linking.tables import OutboxRow
from tenants.audit import Action, Audit
from tenants.people import Person
from tenants.vault import Vault

__all__ = [
    "AlreadyThere",
    "BeingAdded",
    "Carried",
    "Changed",
    "Entry",
    "EntryState",
    "Kept",
    "LinkedElsewhere",
    "Outbox",
    "Outcome",
    "Reason",
    "Returned",
    "Standing",
    "Step",
    "go_on",
]

LONGEST_WAIT = timedelta(days=7)
PATIENCE = timedelta(seconds=4)
"""How long somebody in front of a card waits for a rival who is at the same thing at this moment."""
RECONNECT_PAUSE = 300.0
_STEP_SECONDS = 0.1
PURPOSE = "outbox"
"""What errands are sealed as."""

_item = table(OutboxRow)

_ACTIONS = {
    Work.ADD: Action.ADDED,
    Work.UPDATE: Action.UPDATED,
    Work.LINK: Action.LINKED,
    Work.NOTE: Action.NOTED,
    Work.TASK: Action.TASKED,
}

_Refusal = CrmError | AlreadyThere | Changed


class Step(StrEnum):
    """The steps of the promise. A process may die at any of them."""

    COMMITTED = "committed"
    """The errand is in the database; the CRM knows nothing of it."""
    CLAIMED = "claimed"
    """An errand that waited is ours to deliver."""
    BEGUN = "begun"
    """Everything has been read; the CRM is asked to change something next."""
    ANSWERED = "answered"
    """The CRM has done it; nobody here has noted that yet."""
    PUT_BACK = "put back"
    """The CRM did not do it now; the errand waits again."""
    ENDED = "ended"
    """Done or refused, and noted; the person has not been told."""


class _Settled(Exception):
    """Rolls the promise back: nothing is to be done. `passing`: somebody is at it at this moment, so it pays to look again.

    `done_to`: the record an add or an update was done to.
    """

    def __init__(self, outcome: Outcome, *, passing: bool = False, done_to: Ref | None = None) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome
        self.passing = passing
        self.done_to = done_to


def go_on(step: Step) -> None:
    """Outside of tests nothing happens at a step."""


class Outbox:
    """`org` is `str(Target)` everywhere. `at` is called at every step, `longest` is when a delivery is taken for dead."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        ledger: Ledger,
        adding: Adding,
        at: Callable[[Step], None] = go_on,
        longest: timedelta = LONGEST_DELIVERY,
    ) -> None:
        self._database = database
        self._vault = vault
        self._ledger = ledger
        self._adding = adding
        self._at = at
        self._lanes = Lanes(database, vault, longest)
        self._audit = Audit(database)

    def carry_out(self, crm: Crm, org: str, errand: Errand, key: str, by: Person, *, name: str, message_key: str = "") -> Outcome:
        """Commit the errand, then do it, now if possible. `key` names the click: the same click twice is one errand.

        What the CRM refuses for good (Rejected, Duplicate, Forbidden, NotFound) is raised, and nothing is kept: the
        form is still in front of the person.
        """
        promise = self._promise(org, errand, key, by, name, message_key)
        deadline = time.monotonic() + PATIENCE.total_seconds()
        while True:
            try:
                with self._database.write() as connection:
                    row = self._commit(connection, promise, errand, by)
            except _Settled as settled:
                if settled.done_to is not None:
                    return Carried(_as_it_is(crm, settled.done_to), fresh=False)
                if not settled.passing or time.monotonic() > deadline:
                    return settled.outcome
                time.sleep(_STEP_SECONDS)
                continue
            self._at(Step.COMMITTED)
            item = read_item(row) if row.state == State.DELIVERING else self._turn(promise, row.id, deadline)
            if item is not None:
                return _raised(self._attempt(item, crm, errand, in_front=True, seen=True))
            # It has to wait, or somebody else has taken it meanwhile: the next look tells.

    def standing(self, org: str, person_id: int, message_key: str = "") -> Standing:
        """One query."""
        return find_standing(self._database, org, person_id, message_key)

    def returned(self, org: str, person_id: int, entry_id: int) -> Returned | None:
        """An errand of this person's own that came back."""
        row = self._own(org, person_id, entry_id, State.RETURNED)
        if row is None:
            return None
        return Returned(read_entry(row), self._open(row.id, Work(row.work), row.payload), read_problems(row.problems))

    def seen(self, org: str, person_id: int, entry_ids: tuple[int, ...]) -> None:
        """The person was shown that these were delivered: they go. Run after the answer."""
        own = (_item.c.org == org, _item.c.person_id == person_id, _item.c.id.in_(entry_ids), _item.c.state == State.DONE.value)
        with self._database.write() as connection:
            connection.execute(update(_item).where(*own).values(seen=True))

    def drop(self, org: str, person_id: int, entry_id: int) -> bool:
        """Forget a returned errand: it was done again by hand, or is not wanted any more."""
        own = (_item.c.org == org, _item.c.person_id == person_id, _item.c.state == State.RETURNED.value)
        with self._database.write() as connection:
            return self._lanes.forget(connection, entry_id, *own)

    def try_now(self, crm: Crm, org: str, person_id: int, entry_id: int) -> Outcome | None:
        """Deliver a waiting errand of this person's own at once; None if it is not waiting any more.

        What waits before it goes first: his own now, a colleague's by the worker, then Kept. What the CRM refuses for
        good is raised; the errand has come back then.
        """
        while True:
            row = self._own(org, person_id, entry_id, State.WAITING)
            if row is None:
                return None
            with self._database.read() as connection:
                first = self._lanes.first(connection, org, row.lane)
            if first is None:
                continue  # delivered this moment
            item = self._lanes.claim(org, row.lane, only=first.id) if first.person_id == person_id else None
            if item is None:
                self._lanes.make_due(first.id)
                return Kept(read_entry(row), None)
            self._at(Step.CLAIMED)
            ended = self._attempt(item, crm, None, in_front=False, seen=item.id == entry_id)
            if item.id == entry_id:
                return _raised(ended)
            if isinstance(ended, Kept):
                return Kept(read_entry(row), ended.reason)

    def due(self) -> tuple[tuple[str, str], ...]:
        """(org, lane) of errands that may be delivered now."""
        return self._lanes.due()

    def deliver(self, org: str, lane: str, open_crm: Callable[[int], Crm | CrmError]) -> None:
        """Deliver what waits in this lane, oldest first, until one has to wait. `open_crm`: the CRM as a person sees it."""
        while (item := self._lanes.claim(org, lane)) is not None:
            self._at(Step.CLAIMED)
            self._attempt(item, open_crm(item.person_id), None, in_front=False, seen=False)

    def connected_again(self, org: str, person_id: int) -> None:
        """The CRM takes this person's permission again: what waited for it is due."""
        self._lanes.connected_again(org, person_id)

    def clear_old(self) -> None:
        """Forget what ended long ago."""
        self._lanes.clear_old()

    def _promise(self, org: str, errand: Errand, key: str, by: Person, name: str, message_key: str) -> Promise:
        ref = None if isinstance(errand, AddErrand) else errand.ref
        files = errand.files if isinstance(errand, LinkErrand) else ()
        return Promise(
            org=org,
            key=key,
            lane=_lane(errand, key),
            person_id=by.id,
            work=work_of(errand),
            name=name,
            message_key=errand.mail.message_id if isinstance(errand, LinkErrand) else message_key,
            payload=self._vault.seal(PURPOSE, write_errand(errand)),
            files=tuple(replace(one, content=self._vault.seal_bytes(FILE_PURPOSE, one.content)) for one in files),
            ref=ref,
        )

    def _commit(self, connection: Connection, promise: Promise, errand: Errand, by: Person) -> Row[Any]:
        """The row: the new one, or that of the same click still waiting for its turn. _Settled."""
        org, key = promise.org, promise.key
        # Longer than the person waits for his turn: as long as he does, the worker leaves it to him.
        written = self._lanes.enter(connection, promise, PATIENCE + timedelta(seconds=1))
        row = self._lanes.known(connection, org, key)
        if row is None:
            raise _Settled(Carried(fresh=False), passing=True)  # forgotten this moment: come again
        if written is None:
            if row.state != State.RETURNED:
                raise _known(row)
            # A form that was sent before, and came back, is sent once more: that is a new errand.
            self._lanes.forget(connection, row.id)
            return self._commit(connection, promise, errand, by)
        if isinstance(errand, AddErrand):
            holder = self._adding.claim(connection, org, addresses_of(errand.values), key, by)
            if holder is not None:
                rival = self._lanes.known(connection, org, holder.key)
                raise _Settled(BeingAdded(holder.person_name), passing=rival is None or _moving(rival))
        if isinstance(errand, LinkErrand):
            self._promise_link(connection, promise, errand.ref, by)
        return row

    def _promise_link(self, connection: Connection, promise: Promise, ref: Ref, by: Person) -> None:
        org, mail = promise.org, promise.message_key
        if self._ledger.promise(connection, org, mail, ref, promise.name, by):
            return
        link = self._ledger.found(connection, org, mail)
        if link is None:
            raise _Settled(Carried(fresh=False), passing=True)  # withdrawn this moment: come again
        if link.ref != ref:
            raise _Settled(LinkedElsewhere(link))
        if link.state is LinkState.DONE:
            raise _Settled(Carried(fresh=False))
        rival = self._lanes.linking(connection, org, mail)
        if rival is None:
            raise _Settled(Carried(fresh=False), passing=True)
        raise _known(rival)

    def _turn(self, promise: Promise, item_id: int, deadline: float) -> Item | None:
        """The errand, ours, as soon as those before it in its lane are done; None if one of them waits, or it takes too long."""
        while True:
            with self._database.read() as connection:
                first = self._lanes.first(connection, promise.org, promise.lane)
            if first is None:
                return None
            if first.id == item_id:
                item = self._lanes.claim(promise.org, promise.lane, only=item_id)
                if item is not None:
                    self._at(Step.CLAIMED)
                return item
            if not _moving(first) or time.monotonic() > deadline:
                self._lanes.make_due(item_id)
                return None
            time.sleep(_STEP_SECONDS)

    def _attempt(self, item: Item, crm: Crm | CrmError, errand: Errand | None, *, in_front: bool, seen: bool) -> Outcome | CrmError:
        """Do it and note its end. `in_front`: what is refused need not be kept, the person has it before him."""
        begun = False

        def begin() -> None:
            nonlocal begun
            begun = True
            self._at(Step.BEGUN)

        try:
            asked = errand or self._open(item.id, item.work, item.payload)
            ended = perform(_opened(crm), asked, item.key, item.tried_at, begin, waited=not in_front)
        except (Unavailable, RateLimited, AuthExpired) as error:
            return self._put_back(item, error, unknown=begun and isinstance(error, Unavailable), in_front=in_front)
        except CrmError as error:
            self._refused(item, error, in_front=in_front)
            return error
        except Exception:
            # A mistake of ours: the errand waits for better code, and holds up nothing but its own lane.
            self._put_back(item, None, unknown=begun, in_front=in_front)
            raise
        if not isinstance(ended, Done):
            self._refused(item, ended, in_front=in_front)
            return ended
        self._at(Step.ANSWERED)
        with self._database.write() as connection:
            if self._lanes.done(connection, item, ended.ref, seen=seen):
                if item.work is Work.LINK:
                    self._ledger.settle(connection, item.org, item.message_key, ended.ref)
                self._adding.release(connection, item.org, item.key)
                self._audit.note_done(connection, item.org, item.person_id, _ACTIONS[item.work], ended.ref, fields_of(asked))
        self._at(Step.ENDED)
        return ended.carried

    def _put_back(self, item: Item, error: CrmError | None, *, unknown: bool, in_front: bool) -> Kept:
        late = not in_front and item.made_at < now() - LONGEST_WAIT
        pause = RECONNECT_PAUSE if isinstance(error, AuthExpired) else error.retry_after if isinstance(error, RateLimited) else None
        with self._database.write() as connection:
            if late:
                self._give_back(connection, item, Reason.TOO_LATE)
            else:
                self._lanes.keep(connection, item, pause, unknown=unknown, reconnect=isinstance(error, AuthExpired))
            row = self._lanes.known(connection, item.org, item.key)
        self._at(Step.PUT_BACK)
        if row is None:
            raise LookupError(f"outbox item {item.id} vanished while it was delivered")
        return Kept(read_entry(row), error)

    def _refused(self, item: Item, ended: _Refusal, *, in_front: bool) -> None:
        with self._database.write() as connection:
            if in_front:
                if self._lanes.remove(connection, item):
                    self._free(connection, item)
            else:
                self._give_back(connection, item, _reason(ended), _problems(ended), _standing_record(ended))
        self._at(Step.ENDED)

    def _give_back(
        self, connection: Connection, item: Item, reason: Reason, problems: tuple[FieldProblem, ...] = (), ref: Ref | None = None
    ) -> None:
        if self._lanes.give_back(connection, item, reason, problems, ref):
            self._free(connection, item)

    def _free(self, connection: Connection, item: Item) -> None:
        """It was not done: mail and addresses are anybody's again."""
        if item.work is Work.LINK:
            self._ledger.withdraw(connection, item.org, item.message_key)
        self._adding.release(connection, item.org, item.key)

    def _open(self, item_id: int, work: Work, payload: str) -> Errand:
        files = self._lanes.files(item_id) if work is Work.LINK else ()
        return read_errand(work, self._vault.open(PURPOSE, payload), files)

    def _own(self, org: str, person_id: int, entry_id: int, state: State) -> Row[Any] | None:
        own = (_item.c.id == entry_id, _item.c.org == org, _item.c.person_id == person_id, _item.c.state == state.value)
        with self._database.read() as connection:
            return connection.execute(select(_item).where(*own)).one_or_none()


def _lane(errand: Errand, key: str) -> str:
    if isinstance(errand, AddErrand):
        # Lanes are names of jobs too, and those are kept for a while after: nobody's address.
        return f"add:{hashlib.sha256(next(iter(addresses_of(errand.values)), key).encode()).hexdigest()[:32]}"
    return str(errand.ref)


def _moving(row: Row[Any]) -> bool:
    """Somebody who may be alive delivers it, or stands waiting for its turn."""
    return bool(row.due_at > now() and (row.state == State.DELIVERING or row.attempts == 0))


def _known(row: Row[Any]) -> _Settled:
    """Where an errand stands that was asked for before."""
    if row.state == State.DONE:
        return _Settled(Carried(fresh=False), done_to=ref_of(row) if row.work in (Work.ADD, Work.UPDATE) else None)
    return _Settled(Kept(read_entry(row), None), passing=_moving(row))


def _as_it_is(crm: Crm, ref: Ref) -> Record | None:
    """What was done is done, whether the CRM can show it now or not."""
    try:
        return crm.get(ref)
    except CrmError:
        return None


def _opened(crm: Crm | CrmError) -> Crm:
    if isinstance(crm, CrmError):
        raise crm
    return crm


def _raised(ended: Outcome | CrmError) -> Outcome:
    if isinstance(ended, CrmError):
        raise ended
    return ended


def _reason(ended: _Refusal) -> Reason:
    match ended:
        case Rejected():
            return Reason.REJECTED
        case Duplicate() | AlreadyThere():
            return Reason.DUPLICATE
        case Forbidden():
            return Reason.FORBIDDEN
        case NotFound():
            return Reason.GONE
        case _:
            return Reason.CHANGED


def _problems(ended: _Refusal) -> tuple[FieldProblem, ...]:
    return ended.fields if isinstance(ended, Rejected) else ()


def _standing_record(ended: _Refusal) -> Ref | None:
    """The record that stands in the way, where the person may see it."""
    match ended:
        case Duplicate():
            return ended.ref
        case AlreadyThere():
            return ended.matches[0].record.ref if ended.matches else None
        case _:
            return None
