"""What goes over the wire: requests as the services read them, and Google's two forms of saying no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.google.state import Access, State
from tests.loopback_server import Asked
from tests.zoho.wire import Answer


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    """Unquoted."""
    query: Mapping[str, str]
    form: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, asked: Asked) -> "Request":
        parts = urlsplit(asked.path)
        form = dict(parse_qsl(asked.body.decode("ascii", "replace"))) if asked.method == "POST" else {}
        return cls(asked.method, unquote(parts.path), dict(parse_qsl(parts.query)), form, asked.headers)


class Refused(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


def oauth_refusal(status: int, code: str, description: str = "") -> Refused:
    return Refused(Answer(status, {"error": code, "error_description": description}))


def api_refusal(status: int, reason: str, message: str, details: list[dict[str, Any]] | None = None) -> Refused:
    errors = [{"message": message, "domain": "global", "reason": reason}]
    return Refused(Answer(status, {"error": {"code": status, "message": message, "errors": errors, "details": details or []}}))


def authorised(state: State, request: Request, *scopes: str) -> Access:
    """The access token of a request, which has to have one of these scopes."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    access = state.accesses.get(token) if scheme == "Bearer" else None
    if access is None:
        raise api_refusal(401, "authError", "Request had invalid authentication credentials.")
    if access.scopes.isdisjoint(scopes):
        detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
        raise api_refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.", [detail])
    return access
