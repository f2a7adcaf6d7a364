"""What the buttons of the cards say when they are pressed: one frozen class each, the contract of cards and handlers.

A payload carries ids only (and, in a form that switches between lead and contact, what was typed into fields the other
one lacks). It is signed, dated and bound to the person and the mail it was drawn for, so it cannot be
made up, handed on or used on another mail; it gives no right by itself: every handler asks again whether the caller may.
"""

import re
from dataclasses import dataclass, fields
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


@dataclass(frozen=True, slots=True)
class SaveAdd(Action):
    """`key` names the form that was drawn: two presses of one form make one record. `sure`: the same name is somebody else."""

    address: str
    key: str
    sure: bool = False
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AddAddress(Action):
    """Put the address on an existing record, as its secondary one."""

    kind: Kind
    id: str
    address: str


@dataclass(frozen=True, slots=True)
class ShowUpdate(Action):
    kind: Kind
    id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class SaveUpdate(Action):
    """`version` and `drawn` are what the form showed: fingerprints of the fields, to tell what the person changed.
    `clear`: he has seen which fields would be emptied. `news`: the differences to the mail it offered, field and mark."""

    kind: Kind
    id: str
    version: str
    drawn: tuple[tuple[str, str], ...]
    clear: bool = False
    news: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ApplyNews(Action):
    """Save one value the open mail says of this record. `mark` names the very difference that was shown."""

    kind: Kind
    id: str
    field: str
    mark: str


@dataclass(frozen=True, slots=True)
class Undo(Action):
    """Take back what this save changed."""

    change: str


@dataclass(frozen=True, slots=True)
class LinkMail(Action):
    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class OpenInCrm(Action):
    """Open the record in a CRM whose pages want a sign-in from us."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Connect(Action):
    """Open the page on which the workspace is connected to its CRM."""


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
        OpenInCrm,
        Connect,
    )
}


def ref_of(action: ShowRecord | AddAddress | ShowUpdate | SaveUpdate | ApplyNews | LinkMail | OpenInCrm) -> Ref:
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
    if wanted is str and isinstance(value, str):
        return value
    if wanted is bool and isinstance(value, bool):
        return value
    if wanted is int and isinstance(value, int):
        return value
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):  # noqa: PLR2004
        return tuple((str(name), str(text)) for name, text in value)
    raise ValueError("another version's payload")
