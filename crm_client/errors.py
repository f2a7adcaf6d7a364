"""Everything a CRM can refuse or fail at.

CrmError
├── Unavailable      no answer, or an answer that makes no sense: nobody knows whether the call took effect
├── RateLimited      asked too often; `retry_after` seconds where the CRM says so
├── AuthExpired      the connection is dead, a person has to connect again
├── Forbidden        this user may not do this
├── NotFound         no such record for this user
├── Stale            the record changed since it was read; `current` is what it is now
├── Rejected         the CRM does not take these values; `fields` says which and why
└── Duplicate        a record with this unique value exists; `ref` and `name` say which

Messages are for logs; what a person reads is made by the card that shows the error.
"""

from dataclasses import dataclass
from enum import StrEnum

from crm_client.records import Record, Ref


class CrmError(Exception):
    """Base of everything the port raises."""


class Unavailable(CrmError):
    """The CRM did not answer in time or not in its own language."""


class RateLimited(CrmError):
    """The CRM wants fewer calls."""

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__("rate limited")
        self.retry_after = retry_after


class AuthExpired(CrmError):
    """The connection's credentials are no longer taken."""


class Forbidden(CrmError):
    """The user behind the connection lacks the right."""


class NotFound(CrmError):
    """No such record, or none this user may know of."""


class Stale(CrmError):
    """The record is not the one the caller read."""

    def __init__(self, current: Record) -> None:
        super().__init__(f"{current.ref} changed")
        self.current = current


class Problem(StrEnum):
    """Why a value was not taken."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_A_CHOICE = "not_a_choice"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_DATE = "not_a_date"
    NOT_A_NUMBER = "not_a_number"
    READ_ONLY = "read_only"
    UNKNOWN_FIELD = "unknown_field"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One value that was not taken; `limit` is the longest length with TOO_LONG."""

    field: str
    problem: Problem
    limit: int | None = None


class Rejected(CrmError):
    """One or more values were not taken; nothing was written."""

    def __init__(self, fields: tuple[FieldProblem, ...]) -> None:
        super().__init__("rejected: " + ", ".join(f"{entry.field} {entry.problem}" for entry in fields))
        self.fields = fields


class Duplicate(CrmError):
    """Another record already holds this address; nothing was written.

    `ref` is None where the caller may not see the other record.
    """

    def __init__(self, field: str, ref: Ref | None, name: str = "") -> None:
        super().__init__(f"duplicate {field}")
        self.field = field
        self.ref = ref
        self.name = name
