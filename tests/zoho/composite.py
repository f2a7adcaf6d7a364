"""Several requests in one: `POST /__composite_requests`. At most five, and only of the kinds Zoho lists."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.zoho.wire import Answer, Json, Refused, Request

MOST = 5
MOST_RECORDS = 25
MODULE, ID = r"/(?!settings|users|org|files|actions)[A-Za-z]\w*", r"/\d+"
ALLOWED = (
    ("GET", r"/org"),
    ("GET", r"/settings/(modules|fields|layouts|roles|profiles|emails/actions/from_addresses)(/\d+)?"),
    ("GET", r"/users"),
    ("POST", r"/coql"),
    ("GET", rf"{MODULE}({ID})?"),
    ("GET", rf"{MODULE}/search"),
    ("GET", rf"{MODULE}{ID}/(Notes|Tasks)"),
    ("POST", rf"{MODULE}(/upsert|{ID}/Notes)?"),
    ("PUT", rf"{MODULE}({ID})?"),
)
"""associate_email and a mail's detail are not on Zoho's list."""

Ask = Callable[[Request], Answer]


def answer_composite(request: Request, ask: Ask, *, emails: bool) -> Answer:
    """`ask` answers one part. `emails`: whether a record's Emails list counts as a related list (unverified)."""
    body = request.json()
    parts = body.get("__composite_requests") if isinstance(body, dict) else None
    if not isinstance(parts, list) or not parts:
        raise _wrong("MANDATORY_NOT_FOUND", "__composite_requests", "$.__composite_requests")
    if len(parts) > MOST:
        raise _wrong("INVALID_DATA", "__composite_requests", "$.__composite_requests", maximum_length=MOST)
    if body.get("rollback_on_fail") and body.get("parallel_execution"):
        due = [{"api_name": name, "json_path": f"$.{name}"} for name in ("rollback_on_fail", "parallel_execution")]
        raise Refused(400, "AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": due}, "ambiguity during processing")
    answered: list[Answer | Refused] = []
    named: dict[str, Any] = {}
    for place, part in enumerate(parts):
        try:
            one = ask(_sub(request, part, place, named, parallel=body.get("parallel_execution", True), emails=emails))
        except Refused as refused:
            answered.append(refused)
            continue
        answered.append(one)
        named[part.get("sub_request_id", "")] = one.body
    refused = [one for one in answered if isinstance(one, Refused)]
    status = 200 if not refused else 400 if len(refused) == len(answered) else 207
    return Answer(status, {"__composite_requests": [one.item() if isinstance(one, Refused) else _item(one) for one in answered]})


def _sub(request: Request, part: Any, place: int, named: dict[str, Any], *, parallel: bool, emails: bool) -> Request:
    path = f"$.__composite_requests[{place}]"
    if not isinstance(part, dict) or not isinstance(part.get("uri"), str) or not isinstance(part.get("method"), str):
        raise _wrong("MANDATORY_NOT_FOUND", "uri", f"{path}.uri")
    uri = urlsplit(_referred(part["uri"], named, path, parallel=parallel))
    short = uri.path.removeprefix("/crm/v8")
    also = (("GET", rf"{MODULE}{ID}/Emails"),) if emails else ()
    if uri.path == short or not any(part["method"] == method and re.fullmatch(pattern, short) for method, pattern in (*ALLOWED, *also)):
        raise Refused(400, "NOT_SUPPORTED", {"allowed_services": ["Records", "Notes", "COQL", "Users", "Metadata"]}, "not supported")
    headers = {name.lower(): value for name, value in (part.get("headers") or {}).items()}
    if headers.keys() & {"authorization", "x-crm-org"}:
        raise _wrong("INVALID_DATA", "headers", f"{path}.headers", restricted_headers=["authorization", "x-crm-org"])
    body = _referred(json.dumps(part.get("body") or {}), named, path, parallel=parallel).encode()
    query = {**dict(parse_qsl(uri.query)), **{name: str(value) for name, value in (part.get("params") or {}).items()}}
    if query.get("per_page", "0").isdigit() and int(query.get("per_page", "0")) > MOST_RECORDS:
        raise Refused(400, "INVALID_DATA", {"api_name": "per_page", "json_path": f"{path}.params.per_page"}, "invalid data")
    asked = {**headers, "authorization": request.headers["authorization"]}
    return replace(request, method=part["method"], path=uri.path, query=query, headers=asked, body=body, in_composite=True)


def _referred(text: str, named: dict[str, Any], path: str, *, parallel: bool) -> str:
    """With `@{id:$.data[0].id}` replaced by what that part answered; parts that run at the same time know nothing of each other."""

    def found(match: re.Match[str]) -> str:
        value = None if parallel else named.get(match[1])
        for step in re.findall(r"\w+", match[2]):
            try:
                value = value[int(step)] if isinstance(value, list) else value[step]
            except (KeyError, IndexError, TypeError, ValueError):
                value = None
        if value is None:
            raise _wrong("INVALID_REFERENCE", "uri", path, reference=match[0])
        return str(value)

    return re.sub(r"@\{(\w+):\$\.([^}]+)\}", found, text)


def _item(one: Answer) -> Json:
    response = {"status_code": one.status, "headers": dict(one.headers), "body": one.body if isinstance(one.body, dict) else {}}
    return {
        "code": "SUCCESS",
        "status": "success",
        "message": "composite sub request executed successfully",
        "details": {"response": response},
    }


def _wrong(code: str, name: str, path: str, **why: Any) -> Refused:
    return Refused(400, code, {"api_name": name, "json_path": path, **why}, code.lower().replace("_", " "))
