"""Header fields: the first of each name, unfolded; encoded words (RFC 2047) to text; parameters (RFC 2231)."""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message as ParsedHeaders
from email.utils import collapse_rfc2231_value

from reading.charsets import decode

MAX_VALUE = 100_000
"""Characters kept of one header: some 2,000 recipients."""
_MAX_FIELDS = 2_000
_MAX_PARAMETERS = 4_000

_FOLD = re.compile(rb"\n[ \t]+")
_FOLD_OF_TEXT = re.compile(r"[\r\n]+[ \t]*")
_ENCODED_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
# Controls, marks that turn the writing direction, and the byte order mark: never part of a name or a subject.
_UNSEEN = str.maketrans(
    dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
    | dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF), "")
)
# How nearly all programs write a type and its parameters: no backslash, no angle bracket, no star (RFC 2231), no blank in odd places.
_VALUE = re.compile(r"[\w.+-]+(?:/[\w.+-]+)?(?=[ \t;]|$)", re.ASCII)
_INSIDE = r'[^\s"\\<>\ud800-\udfff]'
_PARAMETER = re.compile(rf"""[ \t]*;[ \t]*([\w-]+)=(?:"((?:{_INSIDE}+(?:[ \t]+{_INSIDE}+)*+)?)"|([\w.+:/=?'-]+))(?=[ \t;]|$)""", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")

Headers = dict[str, str]
"""Lower-case name to the unfolded, still encoded value of the first header of that name that is not blank."""


def from_block(block: bytes) -> Headers:
    """The headers of a raw header block. Lines that are no header are passed over, they do not end the block."""
    lines = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    unfolded = _FOLD.sub(b" ", lines) if b"\n " in lines or b"\n\t" in lines else lines
    headers: Headers = {}
    try:
        text = unfolded.decode()
    except UnicodeDecodeError:
        for raw in unfolded.split(b"\n", _MAX_FIELDS)[:_MAX_FIELDS]:
            raw_name, raw_colon, raw_value = raw.partition(b":")
            if raw_colon:
                _keep(headers, decode(raw_name, ""), decode(raw_value[:MAX_VALUE], ""))
    else:
        for line in text.split("\n", _MAX_FIELDS)[:_MAX_FIELDS]:
            name, colon, value = line.partition(":")
            key, said = name.strip().lower(), value[:MAX_VALUE].strip()
            if colon and key and said and key not in headers:
                headers[key] = said
    return headers


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Headers:
    headers: Headers = {}
    for name, value in pairs:
        _keep(headers, name, _FOLD_OF_TEXT.sub(" ", value[:MAX_VALUE]))
    return headers


def _keep(headers: Headers, name: str, value: str) -> None:
    key, text = name.strip().lower(), value.strip()
    if key and text:
        headers.setdefault(key, text)


def decode_words(value: str) -> str:
    """The text of a header value; encoded words of one charset that follow each other may share a character between them."""
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        gap = value[end : word.start()]
        content = _word_bytes(word[2], word[3])
        if end and not gap.strip() and word[1].lower() == charset:
            pending += content
        else:
            out.append(decode(pending, charset))
            if not end or gap.strip():
                out.append(gap)
            pending, charset = content, word[1].lower()
        end = word.end()
    out.append(decode(pending, charset))
    out.append(value[end:])
    return "".join(out)


def _word_bytes(encoding: str, content: str) -> bytes:
    data = content.encode("utf-8", "replace")
    return from_base64(data) if encoding in "bB" else binascii.a2b_qp(data, header=True)


def from_base64(data: bytes) -> bytes:
    """Base64 with or without padding, in the plain or the URL alphabet; foreign characters are passed over."""
    plain = data.translate(_PLAIN_ALPHABET)
    try:
        return binascii.a2b_base64(plain + b"==")
    except binascii.Error:  # one character too many: cut short on the way
        kept = plain.translate(None, _FOREIGN)
        return binascii.a2b_base64(kept[: len(kept) // 4 * 4])


_PLAIN_ALPHABET = bytes.maketrans(b"-_", b"+/")
_FOREIGN = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def one_line(text: str, limit: int) -> str:
    """Text fit to be shown on one line: no controls, no marks that turn the direction, single spaces, at most `limit` characters."""
    shown = text[: limit * 4]
    if not shown.isprintable():
        shown = _SURROGATE.sub("\ufffd", shown).translate(_UNSEEN)
    return " ".join(shown.split())[:limit].rstrip()


@dataclass(frozen=True, slots=True)
class Content:
    """What Content-Type and Content-Disposition say of a part. Types are lower case; all but the first may be empty."""

    mime_type: str
    charset: str = ""
    boundary: str = ""
    name: str = ""
    disposition: str = ""


def content_of(headers: Headers) -> Content:
    """A part without a readable Content-Type is plain text."""
    of_type = headers.get("content-type", "")[:_MAX_PARAMETERS]
    disposition = headers.get("content-disposition", "")[:_MAX_PARAMETERS]
    said = _usual(of_type) if of_type else ("text/plain", {})
    disposed = _usual(disposition) if disposition else ("", {})
    if said is None or disposed is None or "/" not in said[0]:
        return _unusual(of_type, disposition)
    name = disposed[1].get("filename", said[1].get("name", ""))
    return Content(
        mime_type=said[0],
        charset=said[1].get("charset", "").lower(),
        boundary=said[1].get("boundary", ""),
        name=one_line(decode_words(name), 255) if name else "",
        disposition=disposed[0],
    )


def _usual(written: str) -> tuple[str, dict[str, str]] | None:
    """Lower-case value and parameters, of several with one name the first; None where the standard library is to read it."""
    value = _VALUE.match(written)
    if value is None:
        return None
    parameters: dict[str, str] = {}
    end = value.end()
    while parameter := _PARAMETER.match(written, end):
        parameters.setdefault(parameter[1].lower(), parameter[2] or parameter[3] or "")
        end = parameter.end()
    return (value[0].lower(), parameters) if end == len(written) or written[end:] == ";" else None


def _unusual(of_type: str, disposition: str) -> Content:
    try:
        return _parsed(of_type, disposition)
    except TypeError:  # the standard library puts numbered pieces of a parameter and its whole in order
        return _parsed(of_type.replace("*", ""), disposition.replace("*", ""))


def _parsed(of_type: str, disposition: str) -> Content:
    parsed = ParsedHeaders()
    for name, value in (("content-type", of_type), ("content-disposition", disposition)):
        if value:
            parsed[name] = _SURROGATE.sub("\ufffd", value)
    boundary = parsed.get_param("boundary") or ""
    charset = parsed.get_param("charset") or ""
    return Content(
        mime_type=parsed.get_content_type(),
        charset=collapse_rfc2231_value(charset).strip().lower(),
        boundary=collapse_rfc2231_value(boundary).rstrip(),
        name=one_line(decode_words(parsed.get_filename() or ""), 255),
        disposition=parsed.get_content_disposition() or "",
    )
