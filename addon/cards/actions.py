"""What the buttons of the cards say when they are pressed: one frozen class each, the contract of cards and handlers.

A payload carries ids, and the name of the record for when the CRM cannot be asked (and, in a form that switches between lead
and contact, what was typed into fields the other one lacks). It is signed, dated and bound to the person and the mail it was
drawn for, so it cannot be made up, handed on or used on another mail; it gives no right by itself: what the caller may do is
asked again, by the handler or by the CRM.
"""

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar

from crm_client.records import Kind, Ref


@dataclass(frozen=True, slots=True)
class Action:
    """Base of all payloads. The route of `LinkMail` is /addon/act/link-mail."""

    route: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.route = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


@dataclass(frozen=True, slots=True)
class ShowHome(Action):
    """The home card, pushed over a message card or drawn again."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class ShowMessage(Action):
    """Draw the open mail's card again."""


@dataclass(frozen=True, slots=True)
class ShowPerson(Action):
    """Another person of the open mail."""

    address: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class ShowRecord(Action):
    """`address`: the person of the open mail for whom the record was looked up, if his address is on none."""

    kind: Kind
    id: str
    address: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class SearchRecords(Action):
    """Search for what stands in the search box, or for `text` where the box is on another card."""

    text: str = ""
    page: int = 1
    address: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class ShowAdd(Action):
    """The form for a new record. `address` is the person of the open mail it is for, or empty."""

    kind: Kind
    address: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class ChangeKind(Action):
    """Lead or contact was changed in the form."""

    address: str
    key: str
    kept: tuple[tuple[str, str], ...] = ()
    checked: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class SaveAdd(Action):
    """`key` names the form that was drawn: two presses of one form make one record. `checked`: the name (its fingerprint) the
    person was shown all namesakes of. `entry`: the returned errand this form was drawn from; see ShowReturned."""

    address: str
    key: str
    kept: tuple[tuple[str, str], ...] = ()
    checked: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class AddAddress(Action):
    """Put the address on an existing record that has no secondary one, as that."""

    kind: Kind
    id: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class ShowUpdate(Action):
    kind: Kind
    id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class SaveUpdate(Action):
    """`prefix` and `drawn` are what the form showed: how its fields are called, and fingerprints of what the CRM held in them, to
    tell what the person changed. `clear`: he has seen which fields would be emptied. `address`, `news`: whom of the mail it
    offered values of, and which, as field and mark. `key` names the form, `entry` as in SaveAdd."""

    kind: Kind
    id: str
    name: str
    key: str
    prefix: str
    drawn: tuple[tuple[str, str], ...]
    clear: bool = False
    address: str = ""
    news: tuple[tuple[str, str], ...] = ()
    entry: int = 0


@dataclass(frozen=True, slots=True)
class ApplyNews(Action):
    """Save one value the open mail says of this record and of the person with this address. `mark` names the value that was shown,
    `seen` is the fingerprint of the one it replaces, `key` names the button."""

    kind: Kind
    id: str
    name: str
    address: str
    field: str
    mark: str
    seen: str
    key: str


@dataclass(frozen=True, slots=True)
class Undo(Action):
    """Take back what this save changed of the record with this name."""

    change: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkMail(Action):
    kind: Kind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ShowActivity(Action):
    """What happened with the record, and what is to be done."""

    kind: Kind
    id: str
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class ShowNote(Action):
    """The form for a note."""

    kind: Kind
    id: str
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class SaveNote(Action):
    """`key` and `entry` as in SaveAdd."""

    kind: Kind
    id: str
    name: str
    key: str
    entry: int = 0


@dataclass(frozen=True, slots=True)
class ShowTask(Action):
    """The form for a task."""

    kind: Kind
    id: str
    name: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class SaveTask(Action):
    """`key` and `entry` as in SaveAdd."""

    kind: Kind
    id: str
    name: str
    key: str
    entry: int = 0


@dataclass(frozen=True, slots=True)
class ShowReturned(Action):
    """What could not be delivered, as a form with everything the person typed."""

    entry: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Discard(Action):
    """Forget what could not be delivered."""

    entry: int


@dataclass(frozen=True, slots=True)
class TryNow(Action):
    """Deliver at once what waits."""

    entry: int


@dataclass(frozen=True, slots=True)
class OpenInCrm(Action):
    """Open the record in a CRM whose pages want a sign-in from us. Others are plain links."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class OpenMails(Action):
    """Open the page with all the reader's mails of this record."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class OpenMail(Action):
    """Open a mail of the reader's on our own page. `id`: as in the store."""

    id: int


@dataclass(frozen=True, slots=True)
class Connect(Action):
    """Open the page on which the workspace, or the person himself, is connected to the CRM."""


class Page(StrEnum):
    """What a card may open of the console."""

    ME = "me"
    SETUP = "setup"
    MAILBOXES = "mailboxes"


@dataclass(frozen=True, slots=True)
class OpenConsole(Action):
    """Open one of our own pages, signed in."""

    page: Page


ACTIONS: dict[str, type[Action]] = {
    action.route: action
    for action in (
        ShowHome,
        ShowMessage,
        ShowPerson,
        ShowRecord,
        SearchRecords,
        ShowAdd,
        ChangeKind,
        SaveAdd,
        AddAddress,
        ShowUpdate,
        SaveUpdate,
        ApplyNews,
        Undo,
        LinkMail,
        ShowActivity,
        ShowNote,
        SaveNote,
        ShowTask,
        SaveTask,
        ShowReturned,
        Discard,
        TryNow,
        OpenInCrm,
        OpenMails,
        OpenMail,
        Connect,
        OpenConsole,
    )
}


OfRecord = (
    ShowRecord
    | AddAddress
    | ShowUpdate
    | SaveUpdate
    | ApplyNews
    | LinkMail
    | ShowActivity
    | ShowNote
    | SaveNote
    | ShowTask
    | SaveTask
    | OpenInCrm
    | OpenMails
)


def ref_of(action: OfRecord) -> Ref:
    return Ref(action.kind, action.id)


def values_of(action: Action) -> list[object]:
    """The payload as JSON-ready values, in the order of its fields."""
    return [getattr(action, field.name) for field in fields(action)]


def action_from(route: str, values: list[object]) -> Action:
    """The payload again. ValueError where the values are not this action's: an older version's button."""
    action = ACTIONS.get(route)
    if action is None:
        raise ValueError("no such action")
    wanted = fields(action)
    if len(values) != len(wanted):
        raise ValueError("another version's payload")
    return action(**{field.name: _as(field.type, value) for field, value in zip(wanted, values, strict=True)})


def _as(wanted: object, value: object) -> object:
    if wanted is Kind:
        return Kind(str(value))
    if wanted is Page:
        return Page(str(value))
    if wanted is str and isinstance(value, str):
        return value
    if wanted is bool and isinstance(value, bool):
        return value
    if wanted is int and isinstance(value, int):
        return value
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):  # noqa: PLR2004
        return tuple((str(name), str(text)) for name, text in value)
    raise ValueError("another version's payload")
