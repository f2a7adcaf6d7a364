"""What can keep the CRM or Gmail from answering, in the words of the cards."""

from dataclasses import dataclass
from enum import StrEnum


class TroubleKind(StrEnum):
    OUTAGE = "outage"
    """No answer, or none that makes sense. Not "not found", and not "log in again"."""
    LIMIT = "limit"
    """The CRM wants fewer calls."""
    RECONNECT = "reconnect"
    """The connection is dead; somebody has to connect again."""
    FORBIDDEN = "forbidden"
    """This user may not do this in the CRM."""
    GONE = "gone"
    """The record is not there any more, or not for this user."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`wait`: seconds the CRM asks for. `age`: seconds since what is shown was true, None if nothing older is shown."""

    kind: TroubleKind
    wait: int | None = None
    age: float | None = None
