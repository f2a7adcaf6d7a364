"""What field metadata makes of values: all problems at once, or values as they are kept. Pure, the same for every CRM."""

import re
from collections.abc import Mapping
from datetime import date

from crm_client.errors import FieldProblem, Problem, Rejected
from crm_client.records import EMAIL, SECONDARY_EMAIL, Field, FieldType, Layout, Values
from crm_client.text import lines, one_line

ADDRESSES = (EMAIL, SECONDARY_EMAIL)

_LONGEST_LOCAL_PART = 64
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_URL = re.compile(r"(?:https?://)?[^\s:/?#@]+(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)


class _Refused(Exception):
    """A value that was not taken."""

    def __init__(self, problem: Problem, limit: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.limit = limit


def checked_new(layout: Layout, values: Values) -> dict[str, str]:
    """The values of a new record as they are kept. Rejected."""
    given = {name: value for name, value in values.items() if value.strip()}
    cleaned, problems = _clean(layout, given)
    problems += [
        FieldProblem(field.name, Problem.MISSING)
        for field in layout.fields
        if field.mandatory and not field.read_only and field.name not in given
    ]
    return _whole(layout, cleaned, problems)


def checked_changes(layout: Layout, held: Values, changes: Values) -> dict[str, str]:
    """All values of a record after the changes. What the changes do not touch is not judged. Rejected."""
    cleaned, problems = _clean(layout, changes)
    return _whole(layout, {**held, **cleaned}, problems)


def addresses_of(values: Values) -> dict[str, str]:
    """Address -> the field it is in."""
    return {values[name]: name for name in ADDRESSES if values.get(name)}


def _whole(layout: Layout, values: Mapping[str, str], problems: list[FieldProblem]) -> dict[str, str]:
    judged = {entry.field for entry in problems}
    secondary = values.get(SECONDARY_EMAIL)
    if secondary and secondary == values.get(EMAIL) and judged.isdisjoint(ADDRESSES):
        problems.append(FieldProblem(SECONDARY_EMAIL, Problem.INVALID))
    if problems:
        order = {field.name: place for place, field in enumerate(layout.fields)}
        raise Rejected(tuple(sorted(problems, key=lambda entry: order.get(entry.field, len(order)))))
    return {name: value for name, value in values.items() if value}


def _clean(layout: Layout, values: Values) -> tuple[dict[str, str], list[FieldProblem]]:
    fields = {field.name: field for field in layout.fields}
    cleaned: dict[str, str] = {}
    problems: list[FieldProblem] = []
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            problems.append(FieldProblem(name, Problem.UNKNOWN_FIELD))
            continue
        try:
            cleaned[name] = _kept(field, value)
        except _Refused as refused:
            problems.append(FieldProblem(name, refused.problem, refused.limit))
    return cleaned, problems


def _kept(field: Field, value: str) -> str:
    """One value as it is kept, "" for none. _Refused."""
    if field.read_only:
        raise _Refused(Problem.READ_ONLY)
    text = lines(value) if field.type is FieldType.TEXTAREA else one_line(value)
    if not text:
        if field.mandatory:
            raise _Refused(Problem.MISSING)
        return ""
    if len(text) > field.max_length:
        raise _Refused(Problem.TOO_LONG, field.max_length)
    return _typed(field, text)


def _typed(field: Field, text: str) -> str:
    match field.type:
        case FieldType.EMAIL:
            return _address(text)
        case FieldType.PICKLIST:
            return _require(text, Problem.NOT_A_CHOICE, holds=any(choice.value == text for choice in field.choices))
        case FieldType.NUMBER:
            return _require(text, Problem.NOT_A_NUMBER, holds=_NUMBER.fullmatch(text) is not None)
        case FieldType.DATE:
            return _date(text)
        case FieldType.BOOLEAN:
            return "true" if _require(text, Problem.INVALID, holds=text in ("true", "false")) == "true" else ""
        case FieldType.URL:
            return _require(text, Problem.INVALID, holds=_URL.fullmatch(text) is not None)
        case FieldType.PHONE:
            return _require(text, Problem.INVALID, holds=any(sign.isdecimal() for sign in text))
        case FieldType.TEXT | FieldType.TEXTAREA:
            return text


def _require(text: str, problem: Problem, *, holds: bool) -> str:
    if not holds:
        raise _Refused(problem)
    return text


def _address(text: str) -> str:
    lower = text.lower()
    holds = lower.isprintable() and _ADDRESS.fullmatch(lower) is not None and len(lower.partition("@")[0]) <= _LONGEST_LOCAL_PART
    return _require(lower, Problem.NOT_AN_ADDRESS, holds=holds)


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise _Refused(Problem.NOT_A_DATE) from error
