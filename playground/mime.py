"""Mails as the mailbox's list shows them: decoded headers and a line of text. Broken mail is shown as well as it can be."""

import email
import re
import unicodedata
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from selectolax.lexbor import LexborHTMLParser

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_SPACES = re.compile(r"\s+")


def parse(raw: bytes) -> Message:
    """Never fails; what is broken stays in the parts as it came."""
    return email.message_from_bytes(raw)


def unfolded(value: str) -> str:
    """A header's value on one line, bytes beyond ASCII read as UTF-8, or as Windows text where they are not."""
    return _FOLD.sub("", as_text(value.encode("utf-8", "surrogateescape"), "")).strip()


def header_values(message: Message) -> list[tuple[str, str]]:
    """All headers in their order, unfolded, encoded words as they came."""
    return [(name, unfolded(str(value))) for name, value in message.raw_items()]


def header(message: Message, name: str) -> str:
    """The first header of this name, decoded, for showing; "" where there is none."""
    for found, value in header_values(message):
        if found.lower() == name.lower():
            return shown(decoded(value))
    return ""


def decoded(value: str) -> str:
    """Encoded words turned into text; what cannot be decoded stays."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (ValueError, email.errors.HeaderParseError):
        return value
    return "".join(piece if isinstance(piece, str) else as_text(piece, charset or "") for piece, charset in pieces)


def shown(text: str) -> str:
    """One line without control and direction characters: a sender's name must not turn the page around."""
    kept = "".join(
        " " if one in "\r\n\t" else one for one in text if one in "\r\n\t\u200d" or unicodedata.category(one) not in ("Cc", "Cf")
    )
    return _SPACES.sub(" ", kept).strip()


def as_text(data: bytes, charset: str) -> str:
    """In the charset named, else UTF-8, else Windows text."""
    for name in (charset, "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("windows-1252", "replace")


def first_date(message: Message, *names: str) -> datetime | None:
    """The first readable date among these headers; of a Received header what follows the semicolon."""
    for name in names:
        for value in message.get_all(name, []):
            try:
                read = parsedate_to_datetime(unfolded(str(value)).rpartition(";")[2].strip())
            except ValueError:
                continue
            return read if read.tzinfo else read.replace(tzinfo=UTC)
    return None


def person_shown(value: str) -> str:
    """The name of a From or To, else its address, else what stands there."""
    name, address = parseaddr(value)
    return shown(name) or address or value


def body_text(message: Message) -> str:
    """The text of the mail, from its first text/plain part, else from its first HTML part; "" where it has neither."""
    found: dict[str, str] = {}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not part.get_filename() and kind not in found:
            found[kind] = part_text(part)
    if found.get("text/plain", "").strip():
        return found["text/plain"]
    return html_text(found["text/html"]) if "text/html" in found else ""


def part_text(part: Message) -> str:
    """A text part, decoded."""
    payload = part.get_payload(decode=True)
    return as_text(payload, part.get_content_charset() or "") if isinstance(payload, bytes) else ""


def html_text(html: str) -> str:
    """What a reader sees of the HTML, without its layout."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["style", "script", "title"])
    line_end = "\n"
    return tree.text(strip=True, separator=line_end)
