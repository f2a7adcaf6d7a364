"""Answers of Zoho's API as they come in: JSON, nothing, or one of our errors."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import orjson

from crm_client.errors import CrmError, RateLimited, Unavailable
from crm_client.zoho.errors import Refusal, meaning
from outbound import Answer

COMPOSITE = "__composite_requests"


def read_answer(answer: Answer, module: str) -> Any | None:
    """The JSON of an answer, None for 204. CrmError for refusals, and for whatever is no answer of Zoho's."""
    if answer.status == HTTPStatus.NO_CONTENT:
        return None
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(_retry_after(answer.headers)) from None
        # A gateway's page, a body broken off, an empty 200: nobody knows whether anything took effect.
        raise Unavailable(f"{answer.status}, and the body is no JSON") from None
    return read_body(answer.status, body, module, _retry_after(answer.headers))


def read_body(status: int, body: Any, module: str, retry_after: int | None = None) -> Any:
    """The same of a body that is JSON already. CrmError."""
    if not isinstance(body, dict):
        raise Unavailable(f"{status}, and the body is no object")
    if isinstance(body.get(COMPOSITE), list):
        return body  # its parts are answers of their own, judged one by one, even where all were refused
    for error in errors_in(status, body, module, retry_after):
        raise error
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise meaning(Refusal(status, "", {}, module, retry_after))
    return body


def errors_in(status: int, body: Mapping[str, Any], module: str, retry_after: int | None = None) -> Iterator[CrmError]:
    """Zoho puts errors at the top or into the list of items, under one name or another; a 200 and a 207 may have them too."""
    candidates = [body, *(item for value in body.values() if isinstance(value, list) for item in value if isinstance(item, dict))]
    for found in candidates:
        if found.get("status") == "error" and isinstance(found.get("code"), str):
            details = found.get("details")
            yield meaning(Refusal(status, found["code"], details if isinstance(details, dict) else {}, module, retry_after))


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Not documented for Zoho; gateways before it may know one."""
    seconds = headers.get("retry-after", "")
    return int(seconds) if seconds.isascii() and seconds.isdecimal() else None
