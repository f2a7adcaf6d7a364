"""Several questions in one composite call, and the answers taken apart again. Pure."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from crm_client.errors import CrmError, Unavailable
from crm_client.zoho.questions import ROOT, Read
from crm_client.zoho.wire import COMPOSITE, errors_in, read_body

PATH = f"/{COMPOSITE}"
MOST = 5
"""Questions in one call."""


def composed(reads: Sequence[Read]) -> dict[str, Any]:
    """The body of the call. The questions do not know of each other, and none is taken back because another failed."""
    return {
        "rollback_on_fail": False,
        "parallel_execution": True,
        COMPOSITE: [_part(place, read) for place, read in enumerate(reads)],
    }


def _part(place: int, read: Read) -> dict[str, Any]:
    part: dict[str, Any] = {"sub_request_id": f"q{place}", "method": read.method, "uri": f"{ROOT}{read.target}"}
    if read.params:
        part["params"] = dict(read.params)
    if read.query:
        part["body"] = read.body
    return part


def taken_apart(body: Any, reads: Sequence[Read]) -> tuple[Any | CrmError | None, ...]:
    """Each question's own answer. Unavailable where the call as a whole makes no sense."""
    parts = body.get(COMPOSITE) if isinstance(body, dict) else None
    if not isinstance(parts, list) or len(parts) != len(reads):
        raise Unavailable("a composite answer without its parts")
    return tuple(_answer(part, read) for part, read in zip(parts, reads, strict=True))


def _answer(part: Any, read: Read) -> Any | CrmError | None:
    if not isinstance(part, dict):
        return Unavailable("a composite answer with a part that is none")
    details = part.get("details")
    response = details.get("response") if isinstance(details, dict) else None
    if not isinstance(response, dict) or not isinstance(response.get("status_code"), int):
        # This one was not even triggered; its error stands where the others have their answer.
        return next(errors_in(HTTPStatus.BAD_REQUEST, part, read.module), Unavailable("a composite answer with a part that says nothing"))
    if response["status_code"] == HTTPStatus.NO_CONTENT:
        return None
    try:
        return read_body(response["status_code"], response.get("body"), read.module)
    except CrmError as error:
        return error
