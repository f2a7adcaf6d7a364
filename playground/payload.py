"""Gmail's view of a mail: the tree of parts with its headers, bodies and attachment ids, built from the MIME source.

Text bodies come without their transfer encoding and in the charset the part names; base64url without padding, because
Gmail does not promise any.
"""

import base64
import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message

from playground import mime
from playground.mailbox import SampleMail
from playground.tokens import GmailTokens

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Payloads:
    """Builds the answers of messages.get."""

    tokens: GmailTokens

    def minimal(self, mail: SampleMail) -> Json:
        labels = ["SENT"] if mail.sent else ["INBOX", *(["UNREAD"] if mail.unread else [])]
        return {
            "id": mail.rest_id,
            "threadId": f"{int(mail.thread_id.removeprefix('thread-f:')):x}",
            "labelIds": labels,
            "snippet": html.escape(mail.snippet).replace("&#x27;", "&#39;"),
            "sizeEstimate": len(mail.raw),
            "historyId": str(int(mail.date.timestamp())),
            "internalDate": str(int(mail.date.timestamp() * 1000)),
        }

    def metadata(self, mail: SampleMail, names: Iterable[str]) -> Json:
        """Headers only; all of them where no names are given."""
        wanted = {name.lower() for name in names}
        message = mime.parse(mail.raw)
        headers = [one for one in _headers(message) if not wanted or str(one["name"]).lower() in wanted]
        return {**self.minimal(mail), "payload": {"mimeType": message.get_content_type(), "headers": headers}}

    def raw(self, mail: SampleMail) -> Json:
        return {**self.minimal(mail), "raw": base64url(mail.raw)}

    def full(self, mail: SampleMail) -> Json:
        return {**self.minimal(mail), "payload": self._part(mime.parse(mail.raw), "", mail.rest_id)}

    def attachment(self, mail: SampleMail, attachment_id: str) -> Json | None:
        """The content of a part; None where the mail has no such attachment."""
        wanted = self.tokens.attachment_part(attachment_id, mail.rest_id)
        for part_id, part in _walk(mime.parse(mail.raw), ""):
            if part_id == wanted:
                data = _content(part)
                return {"size": len(data), "data": base64url(data)}
        return None

    def _part(self, part: Message, part_id: str, message_id: str) -> Json:
        found: Json = {
            "partId": part_id,
            "mimeType": part.get_content_type(),
            "filename": _filename(part),
            "headers": _headers(part),
            "body": self._body(part, part_id, message_id),
        }
        children = [self._part(child, child_id, message_id) for child_id, child in _children(part, part_id)]
        return {**found, "parts": children} if children else found

    def _body(self, part: Message, part_id: str, message_id: str) -> Json:
        if part.get_content_maintype() == "multipart":
            return {"size": 0}
        data = _content(part)
        if part.get_content_maintype() == "text" and not _filename(part):
            return {"size": len(data), "data": base64url(data)} if data else {"size": 0}
        return {"attachmentId": self.tokens.for_attachment(message_id, part_id), "size": len(data)}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _headers(part: Message) -> list[Json]:
    return [{"name": name, "value": value} for name, value in mime.header_values(part)]


def _filename(part: Message) -> str:
    name = part.get_filename()
    return mime.decoded(mime.unfolded(name)) if name else ""


def _children(part: Message, part_id: str) -> list[tuple[str, Message]]:
    """The parts inside; a carried message (message/rfc822) has one: the message. A delivery report counts as one file."""
    inside = part.get_payload()
    if not isinstance(inside, list) or part.get_content_type() == "message/delivery-status":
        return []
    prefix = f"{part_id}." if part_id else ""
    return [(f"{prefix}{number}", child) for number, child in enumerate(inside) if isinstance(child, Message)]


def _walk(part: Message, part_id: str) -> Iterator[tuple[str, Message]]:
    yield part_id, part
    for child_id, child in _children(part, part_id):
        yield from _walk(child, child_id)


def _content(part: Message) -> bytes:
    """The bytes without their transfer encoding; of a carried message its source."""
    inside = part.get_payload()
    if isinstance(inside, list):
        return b"\r\n".join(child.as_bytes() for child in inside if isinstance(child, Message))
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
