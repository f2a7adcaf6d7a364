"""What goes over the wire: requests as the stand-in reads them, answers and refusals as it gives them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]


class Clock:
    """Zoho's clock; a test moves it on."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Request:
    """Header names are in lower case; of a parameter given twice the last counts. `location`: the data centre it came to."""

    location: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    in_composite: bool = False

    def json(self) -> Any:
        """The body. Refused where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(400, "INVALID_DATA", {"expected_data_type": "jsonobject"}, "body") from None


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
    """What JSON can say; bytes are sent as they are; None is no body."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def content_type(self) -> str:
        return "text/html;charset=UTF-8" if isinstance(self.body, bytes) else "application/json;charset=UTF-8"


NOTHING = Answer(204)


class Refused(Exception):
    """Zoho says no. How the error is wrapped is decided where the answer is made."""

    def __init__(self, status: int, code: str, details: Mapping[str, Any] | None = None, message: str = "") -> None:
        super().__init__(f"{status} {code} {details or ''}")
        self.status = status
        self.code = code
        self.details = dict(details or {})
        self.message = message or code.lower().replace("_", " ")

    def item(self) -> Json:
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}


def html(status: int, title: str) -> Answer:
    """What gateways and Zoho's account pages say."""
    return Answer(status, f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode())


def missing(name: str, path: str) -> Refused:
    """`path` is where the thing is that lacks it."""
    return Refused(400, "MANDATORY_NOT_FOUND", {"api_name": name, "json_path": f"{path}.{name}"}, "required field not found")


def invalid(name: str, path: str, **why: Any) -> Refused:
    return Refused(400, "INVALID_DATA", {"api_name": name, "json_path": f"{path}.{name}", **why}, "invalid data")


def lacks_parameter(name: str) -> Refused:
    return Refused(400, "REQUIRED_PARAM_MISSING", {"param_name": name}, "One of the expected parameter is missing")
