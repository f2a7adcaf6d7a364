"""A mail from Gmail's JSON (`users.messages.get`, format full or metadata), and what is in an attachment (`attachments.get`)."""

from typing import Any

import orjson

from reading.build import message_from
from reading.headers import Content, Headers, content_of, from_base64, from_pairs, one_line
from reading.message import Message
from reading.parts import MAX_DEPTH, MAX_PARTS, Part

_MAX_HEADERS = 1_000


class NotAMessage(ValueError):
    """The answer is no JSON object with a payload, or with data: there is nothing to read."""


def read_gmail(data: bytes) -> Message:
    """The mail of one answer. Fields missing or of another type are left empty; raises NotAMessage and nothing else."""
    payload = _object(data).get("payload")
    if not isinstance(payload, dict):
        raise NotAMessage("the answer has no payload")
    return message_from(_PayloadReader().part(payload, 0), with_contents=True)


def read_attachment(data: bytes) -> bytes:
    """The content of an attachment from one answer. NotAMessage."""
    encoded = _object(data).get("data")
    if not isinstance(encoded, str):
        raise NotAMessage("the answer has no data")
    return from_base64(encoded.encode("utf-8", "replace"))


def _object(data: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotAMessage("the answer is not JSON") from error
    return answer if isinstance(answer, dict) else {}


class _PayloadReader:
    def __init__(self) -> None:
        self.parts_left = MAX_PARTS

    def part(self, given: dict[str, Any], depth: int) -> Part:
        headers = _headers(given.get("headers"))
        body = given.get("body")
        body = body if isinstance(body, dict) else {}
        size = body.get("size")
        part = Part(
            headers,
            _content(given, headers),
            body=_text(body.get("data")).encode("utf-8", "replace"),
            encoding="base64",
            size=size if isinstance(size, int) and size >= 0 else 0,
            attachment_id=_text(body.get("attachmentId")),
        )
        children = given.get("parts")
        for child in children if isinstance(children, list) and depth < MAX_DEPTH else ():
            if isinstance(child, dict) and self.parts_left > 0:
                self.parts_left -= 1
                part.parts.append(self.part(child, depth + 1))
        return part


def _content(given: dict[str, Any], headers: Headers) -> Content:
    """Gmail says type and file name beside the headers, and in metadata format often only there."""
    said = content_of(headers)
    mime_type = _text(given.get("mimeType")).strip().lower()
    return Content(
        mime_type=mime_type if "/" in mime_type else said.mime_type,
        charset=said.charset,
        name=one_line(_text(given.get("filename")), 255) or said.name,
        disposition=said.disposition,
    )


def _headers(given: object) -> Headers:
    if not isinstance(given, list):
        return {}
    fields = (field for field in given[:_MAX_HEADERS] if isinstance(field, dict))
    return from_pairs((_text(field.get("name")), _text(field.get("value"))) for field in fields)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
