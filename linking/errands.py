"""What a rep can ask to be done in the CRM. Values only: they are kept, encrypted, until they are done."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm_client.records import AttachedFile, Kind, MailCopy, NewTask, Ref, Values


class Work(StrEnum):
    ADD = "add"
    UPDATE = "update"
    LINK = "link"
    NOTE = "note"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class AddErrand:
    """Make a record, unless one with its addresses is there."""

    kind: Kind
    values: Values


@dataclass(frozen=True, slots=True)
class UpdateErrand:
    """Change fields. `seen`: field -> fingerprint (`fingerprint`) of the value the person saw when he changed it.

    A field that holds neither what he saw nor what he wants was changed by somebody else: then nothing is written.
    """

    ref: Ref
    changes: Values
    seen: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LinkErrand:
    """Put a mail, and the files of its attachments, on a record."""

    ref: Ref
    mail: MailCopy
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteErrand:
    ref: Ref
    text: str


@dataclass(frozen=True, slots=True)
class TaskErrand:
    ref: Ref
    task: NewTask


Errand = AddErrand | UpdateErrand | LinkErrand | NoteErrand | TaskErrand


def fields_of(errand: Errand) -> tuple[str, ...]:
    """The names of the fields it writes, never what they hold."""
    match errand:
        case AddErrand():
            return tuple(sorted(name for name, text in errand.values.items() if text))
        case UpdateErrand():
            return tuple(sorted(errand.changes))
        case _:
            return ()


_INVISIBLE = ("Cc", "Cf", "Cs")
_KEPT = "\n\t"


def fingerprint(value: str) -> str:
    """Tells whether a field still holds what somebody saw, without carrying the value.

    Line ends, invisible characters and spaces at the ends do not count: a form gives them back otherwise than it got them.
    """
    unified = value.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(sign for sign in unified if sign in _KEPT or unicodedata.category(sign) not in _INVISIBLE)
    return hashlib.sha256(seen.strip().encode()).hexdigest()[:8]
