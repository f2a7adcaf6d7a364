"""What becomes of an errand: the answers of the outbox. Values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm_client.errors import CrmError, FieldProblem
from crm_client.records import FileVerdict, Match, Record, Ref
from linking.errands import Errand, Work
from linking.ledger import Link


class Reason(StrEnum):
    """Why an errand came back undone."""

    REJECTED = "rejected"
    """The CRM does not take the values; `problems` says which."""
    DUPLICATE = "duplicate"
    """A record with this address is there already: `ref` where the person may see it."""
    CHANGED = "changed"
    """Somebody else changed the same fields meanwhile."""
    GONE = "gone"
    FORBIDDEN = "forbidden"
    ELSEWHERE = "elsewhere"
    """The mail is on another record, for good."""
    TOO_LATE = "too_late"
    """It could not be delivered for a week."""


class EntryState(StrEnum):
    WAITING = "waiting"
    """Will be delivered; also while it is being delivered."""
    DELIVERED = "delivered"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Entry:
    """An errand that was not done at once, for the person who asked for it. `ref` is the record, once one is known."""

    id: int
    work: Work
    name: str
    state: EntryState
    made_at: datetime
    message_key: str = ""
    ref: Ref | None = None
    reason: Reason | None = None
    reconnect: bool = False
    """Waits for the person to connect to the CRM again."""
    problems: tuple[FieldProblem, ...] = ()
    """With `Reason.REJECTED`: what the CRM does not take."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a first card needs to know, in one query: the open mail's link, and the person's entries (oldest first, at most ten)."""

    link: Link | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """An errand that could not be done, with everything the person typed."""

    entry: Entry
    errand: Errand
    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """Done. `record` is the record as it is now, where the work gives one (add, update); `before` is what an update found;
    `verdicts` are a link's.

    `fresh` is False where it had been done before; then `record` is None while the CRM does not answer, and there are no verdicts.
    """

    record: Record | None = None
    before: Record | None = None
    verdicts: tuple[FileVerdict, ...] = ()
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """Accepted, and will be delivered: the CRM does not answer now, or earlier errands of this record wait too.
    `reason` is why; None where it only waits its turn."""

    entry: Entry
    reason: CrmError | None


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """Records that carry one of the addresses; nothing was made. `hidden`: one the caller may not see."""

    matches: tuple[Match, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class BeingAdded:
    """Somebody is adding this person and has not finished, or his adding waits to be delivered; nothing was made."""

    person_name: str


@dataclass(frozen=True, slots=True)
class LinkedElsewhere:
    """The mail belongs to another record, for good."""

    link: Link


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody else changed the same fields: nothing was written. `current` is the record now."""

    current: Record


Outcome = Carried | Kept | AlreadyThere | BeingAdded | LinkedElsewhere | Changed
