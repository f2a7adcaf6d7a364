"""Makes of a mail's bytes what Gmail's `users.messages.get` gives for it, by the standard library and not by our own reading."""

import base64
import email
import email.message
from typing import Any

import orjson


def as_gmail(data: bytes, *, with_bodies: bool = True) -> bytes:
    """Format full, or format metadata without the bodies."""
    payload = part_of(email.message_from_bytes(data), "")
    if not with_bodies:
        payload = {"mimeType": payload["mimeType"], "headers": payload["headers"]}
    return orjson.dumps({"id": "18c0ffee", "threadId": "18c0ffee", "labelIds": ["INBOX"], "payload": payload, "sizeEstimate": len(data)})


def part_of(message: email.message.Message, part_id: str) -> dict[str, Any]:
    part: dict[str, Any] = {
        "partId": part_id,
        "mimeType": message.get_content_type(),
        "filename": message.get_filename() or "",
        "headers": [{"name": name, "value": unfolded(value)} for name, value in message.raw_items()],
        "body": {"size": 0},
    }
    if message.is_multipart():
        children = message.get_payload()
        part["parts"] = [part_of(child, f"{part_id}.{number}".lstrip(".")) for number, child in enumerate(children)]
        return part
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    part["body"] = {"size": len(content)}
    if part["filename"]:
        part["body"]["attachmentId"] = f"attachment-{part_id}"
    else:
        part["body"]["data"] = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    return part


def unfolded(value: str) -> str:
    raw = value.encode("ascii", "surrogateescape")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return text.replace("\r", "").replace("\n", "")
