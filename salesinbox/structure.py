"""The attachments of a mail from its BODYSTRUCTURE (RFC 3501, 7.4.2), for mails too large to be fetched whole."""

from collections.abc import Iterator, Sequence
from typing import Any

from reading.headers import content_of
from reading.message import Attachment
from reading.parts import MAX_DEPTH, MAX_PARTS, Part
from reading.text import is_attachment

_FIELDS_BEFORE_DISPOSITION = {"text": 9, "message/rfc822": 11}
_BASE64_LINE = 76
"""Characters, and then a line end."""


def files_of(structure: Sequence[Any]) -> tuple[Attachment, ...]:
    """As `reading` would have found them in the mail itself; sizes are the server's. What is no structure raises what it may."""
    files = []
    for number, part in enumerate(_leaves(structure, 0)):
        if number >= MAX_PARTS:
            break
        if is_attachment(part):
            name = part.content.name or part.content.mime_type.replace("/", ".")
            files.append(Attachment(name, part.content.mime_type, part.size or 0))
    return tuple(files)


def _leaves(structure: Sequence[Any], depth: int) -> Iterator[Part]:
    if depth > MAX_DEPTH:
        return
    if isinstance(structure[0], tuple):
        for part in structure:
            if not isinstance(part, tuple):
                return
            yield from _leaves(part, depth + 1)
    else:
        yield _leaf(structure)


def _leaf(fields: Sequence[Any]) -> Part:
    mime_type = f"{_text(fields[0])}/{_text(fields[1])}".lower()
    place = _FIELDS_BEFORE_DISPOSITION.get(mime_type) or _FIELDS_BEFORE_DISPOSITION.get(mime_type.partition("/")[0]) or 8
    disposition = fields[place] if len(fields) > place else None
    headers = {"content-type": _header(mime_type, fields[2])}
    if isinstance(disposition, tuple):
        headers["content-disposition"] = _header(_text(disposition[0]), disposition[1] if len(disposition) > 1 else None)
    if fields[3]:
        headers["content-id"] = _text(fields[3])
    encoding = _text(fields[5]).lower()
    size = int(fields[6] or 0)
    if encoding == "base64":
        size = (size - size // (_BASE64_LINE + 2) * 2) * 3 // 4
    return Part(headers, content_of(headers), encoding=encoding, size=size)


def _header(value: str, parameters: Any) -> str:
    """As it stood in the mail, so that names are decoded the same way."""
    pairs = parameters if isinstance(parameters, tuple) else ()
    written = [f"{_text(name)}={_written(name, value)}" for name, value in zip(pairs[::2], pairs[1::2], strict=False)]
    return "; ".join([value, *written])


def _written(name: Any, value: Any) -> str:
    text = _text(value)
    if _text(name).endswith("*"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(word: Any) -> str:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else "" if word is None else str(word)
