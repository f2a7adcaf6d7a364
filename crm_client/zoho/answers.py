"""Zoho's JSON, read without trusting it: what is not what it should be is empty, or no answer at all."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from crm_client.errors import Unavailable

Row = Mapping[str, Any]
"""An object of an answer. It stays in the module that asked for it."""


def rows(answer: Any, key: str) -> tuple[Row, ...]:
    """The objects under this key; none of a 204. Unavailable where there is no list of objects."""
    if answer is None:
        return ()
    found = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unavailable(f"Zoho's answer has no list of {key}")
    return tuple(found)


def info(answer: Any) -> Row:
    """What a list says of itself."""
    found = answer.get("info") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}


def has_more(answer: Any) -> bool:
    return info(answer).get("more_records") is True


def string(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def part(row: Row, key: str, name: str) -> str:
    """A text of an object in the object: the id or name of an owner, say. "" where either is missing."""
    found = row.get(key)
    return string(found.get(name)) if isinstance(found, dict) else ""


def moment(value: Any) -> datetime | None:
    """A time, aware; None where there is none."""
    try:
        found = datetime.fromisoformat(string(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(value: Any) -> date | None:
    try:
        return date.fromisoformat(string(value))
    except ValueError:
        return None
