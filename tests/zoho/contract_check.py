"""Checks requests and answers against Zoho's own specification, where it lies beside this repository."""

import functools
import importlib.util
import json
import re
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.zoho.wire import Answer, Json, Request

SPECIFICATION = Path(__file__).parents[2].parent / "shared" / "zoho-oas" / "contract.py"

# Our paths as the specification spells them: its file, its path.
OPERATIONS = (
    ("users", "/users", r"/users"),
    ("org", "/org", r"/org"),
    ("modules", "/settings/modules", r"/settings/modules"),
    ("fields", "/settings/fields", r"/settings/fields"),
    ("layouts", "/settings/layouts", r"/settings/layouts"),
    ("roles", "/settings/roles", r"/settings/roles"),
    ("profiles", "/settings/profiles", r"/settings/profiles"),
    ("profiles", "/settings/profiles/{id}", r"/settings/profiles/\d+"),
    ("from-addresses", "/settings/emails/actions/from_addresses", r"/settings/emails/actions/from_addresses"),
    ("coql", "/coql", r"/coql"),
    ("composite-requests", "/__composite_requests", r"/__composite_requests"),
    ("module-search", "/{module}/search", r"/[A-Z]\w+/search"),
    ("record", "/{module}/upsert", r"/[A-Z]\w+/upsert"),
    ("record", "/{module}", r"/[A-Z]\w+"),
    ("record", "/{module}/{recordID}", r"/[A-Z]\w+/\d+"),
    ("associate-email", "/{module}/{recordId}/actions/associate_email", r"/[A-Z]\w+/\d+/actions/associate_email"),
    ("email_related_records", "/crm/v8/{module_name}/{record_id}/Emails", r"/[A-Z]\w+/\d+/Emails"),
    ("email_related_records", "/crm/v8/{module_name}/{record_id}/Emails/{message_id}", r"/[A-Z]\w+/\d+/Emails/\w+"),
)
UNLISTED = ("CONVERTED_RECORD",)
"""Codes of the documentation that the specification of records has forgotten."""
_loading = threading.Lock()


def violations(request: Request, answer: Answer) -> list[str]:
    """What of this exchange breaks the specification; empty where there is none to ask, or it does not know the path."""
    operation = _operation(request.path.removeprefix("/crm/v8"))
    if operation is None:
        return []
    found = []
    if request.body and request.method != "GET":
        found += [f"request: {one}" for one in _broken(*operation, request.method.lower(), "request", _json(request))]
    if isinstance(answer.body, dict) and answer.status not in (401, 429):
        said = _as_specified(operation[0], request.method, answer)
        found += [f"answer {answer.status}: {one}" for one in _broken(*operation, request.method.lower(), str(answer.status), said)]
    return [f"{request.method} {request.path} {one}" for one in found]


def _json(request: Request) -> Any:
    try:
        return request.json()
    except Exception:  # noqa: BLE001  # what is no JSON is checked as nothing
        return None


def _as_specified(name: str, method: str, answer: Answer) -> Json:
    """The answer without what Zoho's documentation has and its closed schemas forget, named here one by one."""
    body = answer.body
    if name == "record" and answer.status >= 400:
        # Errors also stand at the top; the specification forgets the details of a refusal for want of permission, and
        # of a refused GET knows only those of a wrong address.
        items = body.get("data", [body])
        keep = ("code", "message", "status") if answer.status in (403, 404) else ("code", "message", "status", "details")
        items = [{key: item[key] for key in keep} for item in items if item["code"] not in UNLISTED]
        if method == "GET" and "details" in keep:
            items = [{**item, "details": {"resource_path_index": 0, **item["details"]}} for item in items]
        return {"data": items}
    if name == "record" and "data" in body and answer.status in (200, 207):
        # upsert says what it did
        return {
            **body,
            "data": [{key: value for key, value in item.items() if key not in ("action", "duplicate_field")} for item in body["data"]],
        }
    if name == "associate-email" and answer.status >= 400 and "Emails" in body:
        # the other place of the error
        return body["Emails"][0]
    return body


def _operation(path: str) -> tuple[str, str] | None:
    return next(((name, spelt) for name, spelt, pattern in OPERATIONS if re.fullmatch(pattern, path)), None)


def _broken(name: str, path: str, method: str, part: str, body: Any) -> list[str]:
    return list(_broken_text(name, path, method, part, json.dumps(body, sort_keys=True)))


@functools.lru_cache(maxsize=256)
def _broken_text(name: str, path: str, method: str, part: str, text: str) -> tuple[str, ...]:
    """Remembered: field metadata are large, take 30 ms, and seldom change."""
    validator = _validator(name, path, method, part)
    if validator is None:
        return ()
    return tuple(
        f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message[:200]}" for error in validator.iter_errors(json.loads(text))
    )


@functools.cache
def _contract() -> ModuleType | None:
    spec = importlib.util.spec_from_file_location("zoho_contract", SPECIFICATION) if SPECIFICATION.is_file() else None
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _validator(name: str, path: str, method: str, part: str) -> Any | None:
    with _loading:  # building is slow and done once for each kind of body
        return _built(name, path, method, part)


@functools.cache
def _built(name: str, path: str, method: str, part: str) -> Any | None:
    """A validator as contract.py builds it for each call; None where the specification says nothing of this body."""
    contract = _contract()
    if contract is None:
        return None
    generation, file = contract._source(name)
    docs, registry = contract._generation(generation)
    doc = docs[file]
    operation = doc["paths"].get(path, {}).get(method)
    if operation is None:
        return None
    node = operation.get("requestBody") if part == "request" else operation["responses"].get(part)
    node = contract._resolve(doc, node)
    if not node or "application/json" not in node.get("content", {}):
        return None
    schema = contract._absolute(file, node["content"]["application/json"]["schema"])
    kind = contract.OAS30Validator if generation == "v30" else contract.OAS31Validator
    return kind(schema, registry=registry)
