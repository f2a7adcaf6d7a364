"""Zoho's refusals and what they mean to us: every code of its error pages, one line each.

Matched by code, never by message: messages differ between pages and languages. A code nobody has told us of is
judged by its status (`_by_status`) and never becomes a success, an empty answer or "connect again".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from crm_client.errors import (
    AuthExpired,
    CrmError,
    Duplicate,
    FieldProblem,
    Forbidden,
    NotFound,
    Problem,
    RateLimited,
    Rejected,
    Unavailable,
)
from crm_client.records import Ref
from crm_client.zoho.names import kind_of, our_name


class TokenRefused(AuthExpired):
    """The access token is no longer taken; a new one may be."""


class ScopeMissing(AuthExpired):
    """The permission does not cover this: no new token helps, only a new consent. Other calls may go on."""


class AlreadyModified(CrmError):
    """`If-Unmodified-Since` did not hold. Never leaves the adapter: it becomes Stale."""


class Misasked(Rejected):
    """Zoho did not understand the question: our mistake, or its fields have changed. Asking again does no good."""

    def __init__(self, code: str) -> None:
        super().__init__(())
        self.code = code


class NotSupported(Forbidden):
    """Not in this edition, or not in this place: composite calls take less than calls of their own."""


class NotNow(Unavailable):
    """Zoho says it cannot at the moment. Unlike a hiccup it will not be over in a second."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error of Zoho's as it stands in an answer. `module` is the module that was asked, "" for none."""

    status: int
    code: str
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    module: str = ""
    retry_after: int | None = None


def meaning(refusal: Refusal) -> CrmError:
    """Our error for it."""
    return TABLE.get(refusal.code, _by_status)(refusal)


def _by_status(refusal: Refusal) -> CrmError:
    said = f"{refusal.status} {refusal.code}"
    match refusal.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(refusal.retry_after)
        case HTTPStatus.FORBIDDEN:
            return Forbidden(said)
        case HTTPStatus.PRECONDITION_FAILED:
            return AlreadyModified(said)
        case status if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.UNAUTHORIZED:
            return Rejected(())
        case _:
            return Unavailable(said)


def _token_refused(refusal: Refusal) -> CrmError:
    return TokenRefused(refusal.code)


def _scope_missing(refusal: Refusal) -> CrmError:
    return ScopeMissing(refusal.code)


def _forbidden(refusal: Refusal) -> CrmError:
    return Forbidden(refusal.code)


def _not_supported(refusal: Refusal) -> CrmError:
    return NotSupported(refusal.code)


def _gone(refusal: Refusal) -> CrmError:
    return NotFound(refusal.code)


def _modified(refusal: Refusal) -> CrmError:
    return AlreadyModified(refusal.code)


def _limited(refusal: Refusal) -> CrmError:
    return RateLimited(refusal.retry_after)


def _unavailable(refusal: Refusal) -> CrmError:
    return Unavailable(f"{refusal.status} {refusal.code}")


def _not_now(refusal: Refusal) -> CrmError:
    return NotNow(refusal.code)


def _misasked(refusal: Refusal) -> CrmError:
    return Misasked(refusal.code)


def _rejected(problem: Problem) -> Callable[[Refusal], CrmError]:
    """The field it names has this problem, unless the details say it better."""

    def rejected(refusal: Refusal) -> CrmError:
        details = refusal.details
        name = _api_name(details)
        if refusal.code == "INVALID_DATA" and (name == "id" or "resource_path_index" in details):
            return NotFound(refusal.code)  # not a value but the record itself
        if not name:
            return Rejected(())
        limit = details.get("maximum_length")
        if isinstance(limit, int):
            return Rejected((FieldProblem(our_name(refusal.module, name), Problem.TOO_LONG, limit),))
        return Rejected((FieldProblem(our_name(refusal.module, name), _problem(details) or problem),))

    return rejected


def _problem(details: Mapping[str, Any]) -> Problem | None:
    if "supported_values" in details:
        return Problem.NOT_A_CHOICE
    return _TYPES.get(str(details.get("expected_data_type", "")).lower())


_TYPES = {
    "email": Problem.NOT_AN_ADDRESS,
    "date": Problem.NOT_A_DATE,
    "datetime": Problem.NOT_A_DATE,
    "integer": Problem.NOT_A_NUMBER,
    "bigint": Problem.NOT_A_NUMBER,
    "long": Problem.NOT_A_NUMBER,
    "double": Problem.NOT_A_NUMBER,
    "decimal": Problem.NOT_A_NUMBER,
    "currency": Problem.NOT_A_NUMBER,
    "percent": Problem.NOT_A_NUMBER,
}


def _api_name(details: Mapping[str, Any]) -> str:
    """The field an error is about; some name only its place, as `$.data[0].Email`."""
    name = details.get("api_name") or str(details.get("json_path", "")).rpartition(".")[2]
    return str(name) if not str(name).endswith("]") else ""


def _duplicate(refusal: Refusal) -> CrmError:
    details = refusal.details
    other = details.get("duplicate_record")
    other = other if isinstance(other, dict) else {}
    module = other.get("module")
    module_name = str(module.get("api_name", "")) if isinstance(module, dict) else refusal.module
    kind, number = kind_of(module_name), other.get("id") or details.get("id")
    field_name = our_name(refusal.module, _api_name(details))
    return Duplicate(field_name, Ref(kind, str(number)) if kind and number else None)


def _several(refusal: Refusal) -> CrmError:
    """Several clashes at once: the first other record, since a person can open only one; else all problems together."""
    listed = refusal.details.get("errors")
    errors = [
        meaning(Refusal(refusal.status, str(entry.get("code")), entry.get("details") or {}, refusal.module))
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict)
    ]
    duplicate = next((error for error in errors if isinstance(error, Duplicate)), None)
    return duplicate or Rejected(tuple(problem for error in errors if isinstance(error, Rejected) for problem in error.fields))


TABLE: Mapping[str, Callable[[Refusal], CrmError]] = {
    # who asks
    "INVALID_TOKEN": _token_refused,
    "AUTHENTICATION_FAILURE": _token_refused,
    "INVALID_OAUTHTOKEN": _token_refused,
    "OAUTH_SCOPE_MISMATCH": _scope_missing,
    # what he may
    "NO_PERMISSION": _forbidden,
    "AUTHORIZATION_FAILED": _forbidden,
    "INACTIVE_USER": _forbidden,
    "FORBIDDEN": _forbidden,
    "NOT_ALLOWED": _forbidden,
    "INVALID_MODULE": _forbidden,
    # what his organisation has
    "NOT_SUPPORTED": _not_supported,
    "API_NOT_SUPPORTED": _not_supported,
    "FEATURE_NOT_SUPPORTED": _not_supported,
    "FEATURE_NOT_ENABLED": _not_supported,
    "NOT_ENABLED": _not_supported,
    "LICENSE_LIMIT_EXCEEDED": _forbidden,
    "STORAGE_SPACE_EXCEEDED": _forbidden,
    "STORAGE_SPACE_EXCEEDS": _forbidden,
    "LIMIT_EXCEEDED": _forbidden,
    "LIMIT_REACHED": _forbidden,
    # what he wrote
    "MANDATORY_NOT_FOUND": _rejected(Problem.MISSING),
    "EXPECTED_FIELD_MISSING": _rejected(Problem.MISSING),
    "DEPENDENT_FIELD_MISSING": _rejected(Problem.MISSING),
    "DEPENDENT_MISMATCH": _rejected(Problem.NOT_A_CHOICE),
    "INVALID_DATA": _rejected(Problem.INVALID),
    "PATTERN_NOT_MATCHED": _rejected(Problem.INVALID),
    "UNABLE_TO_PARSE_DATA_TYPE": _rejected(Problem.INVALID),
    "INVALID_REQUEST": _rejected(Problem.INVALID),
    "FILE_SIZE_EXCEEDS": _rejected(Problem.INVALID),
    "DUPLICATE_DATA": _duplicate,
    "MULTIPLE_OR_MULTI_ERRORS": _several,
    # how the record stands
    "RESOURCE_NOT_FOUND": _gone,
    "ID_ALREADY_CONVERTED": _gone,
    "CONVERTED_RECORD": _gone,
    "RECORD_LOCKED": _forbidden,
    "RECORD_IN_BLUEPRINT": _forbidden,
    "NOT_APPROVED": _forbidden,
    "NOT_REVIEWED": _forbidden,
    "CANNOT_PERFORM_ACTION": _forbidden,
    "ALREADY_MODIFIED": _modified,
    # how Zoho stands
    "CANNOT_PROCESS": _not_now,
    "TOO_MANY_REQUESTS": _limited,
    "RATE_LIMIT_EXCEEDED": _limited,
    "INTERNAL_ERROR": _unavailable,
    "INTERNAL_SERVER_ERROR": _unavailable,
    "SERVICE_UNAVAILABLE": _unavailable,
    "REQUEST_TIMEOUT": _unavailable,
    # how we asked
    "REQUIRED_PARAM_MISSING": _misasked,
    "EXPECTED_PARAM_MISSING": _misasked,
    "CRITERIA_LIMIT_EXCEEDED": _misasked,
    "INVALID_QUERY": _misasked,
    "SYNTAX_ERROR": _misasked,
    "DUPLICATE_ALIAS": _misasked,
    "INVALID_ALIAS": _misasked,
    "AMBIGUITY_DURING_PROCESSING": _misasked,
    "INVALID_REQUEST_METHOD": _misasked,
    "INVALID_URL_PATTERN": _misasked,
}
