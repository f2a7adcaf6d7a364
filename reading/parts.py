"""The parts of a mail as a tree, the same whether it came as bytes or as Gmail's JSON; bodies still encoded and undecoded."""

import binascii
from dataclasses import dataclass, field

from reading.charsets import decode
from reading.headers import Content, Headers, from_base64

MAX_DEPTH = 100
"""Levels of parts that are read; what is nested deeper is not looked at."""
MAX_PARTS = 1_000
_MAX_ENCODED = 1_600_000
_MAX_DECODED = 500_000
"""Bytes of one part that are made text: enough for MAX_TEXT characters in any encoding and charset."""


@dataclass(slots=True)
class Part:
    """`headers` are the part's own; those of an attached mail are the headers of the one part below its message/rfc822."""

    headers: Headers
    content: Content
    body: bytes = field(default=b"", repr=False)
    encoding: str = ""
    """Of `body`: base64 (either alphabet), quoted-printable, or anything else for none."""
    size: int | None = None
    """Bytes once decoded; None: as many as the body has."""
    attachment_id: str = ""
    parts: list["Part"] = field(default_factory=list)

    @property
    def is_message(self) -> bool:
        return self.content.mime_type == "message/rfc822"

    def length(self) -> int:
        return decoded_size(self.body, self.encoding) if self.size is None else self.size

    def content_bytes(self) -> bytes:
        """The whole body."""
        return _decoded(self.body, self.encoding)

    def text(self) -> str:
        """The beginning of the body as text, in the declared charset."""
        return decode(_decoded(self.body[:_MAX_ENCODED], self.encoding)[:_MAX_DECODED], self.content.charset)


def _decoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return from_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    return data


def decoded_size(data: bytes, encoding: str) -> int:
    """How long `data` is once decoded, without decoding long ones."""
    if encoding == "base64":
        characters = len(data) - data.count(b"\n") - data.count(b"\r") - data.count(b"=")
        return characters * 3 // 4
    if encoding == "quoted-printable" and len(data) <= _MAX_ENCODED:
        return len(binascii.a2b_qp(data))
    return len(data)
