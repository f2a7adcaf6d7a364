"""An opened mail as the playground's mail pane shows it: headers, attachments, and the body as a page of its own.

The body page is foreign text. It is shown in a sandboxed frame under BODY_POLICY, which lets it run nothing and load
nothing; what could act or load is taken out beforehand all the same.
"""

import base64
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message

from selectolax.lexbor import LexborHTMLParser, LexborNode

from playground import mime

BODY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_ACTIVE_TAGS = ["script", "iframe", "frame", "frameset", "object", "embed", "applet"]
_ACTIVE_TAGS += ["link", "meta", "base", "svg", "math", "template", "noscript"]
_LOADING = ("srcset", "background", "poster", "action", "formaction", "ping", "data", "lowsrc", "dynsrc", "longdesc", "usemap", "src")
_LINKING = ("href", "xlink:href")
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FORWARDED = "message/rfc822"
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body>{body}</body></html>
"""
_TEXT_STYLE = (
    "body{{margin:0;padding:4px 16px 24px;font:14px/1.5 Arial,'DejaVu Sans',sans-serif;white-space:pre-wrap;overflow-wrap:anywhere;"
    "background:{paper};color:{ink}}}"
)
_HTML_STYLE = (
    "html{background:#fff;color:#202124}body{margin:0;padding:4px 16px 24px;font:14px/1.5 Arial,'DejaVu Sans',sans-serif;"
    "overflow-wrap:anywhere}img{max-width:100%}"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    size: int
    """In bytes, decoded."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Headers are decoded, on one line and without direction characters; not escaped."""

    subject: str
    sender: str
    to: str
    cc: str
    date: datetime | None
    attachments: tuple[Attachment, ...]


def open_letter(raw: bytes) -> Letter:
    """Never fails: broken mail is shown as well as it can be."""
    message = mime.parse(raw)
    return Letter(
        subject=mime.header(message, "Subject"),
        sender=mime.header(message, "From"),
        to=mime.header(message, "To"),
        cc=mime.header(message, "Cc"),
        date=mime.first_date(message, "Date", "Received"),
        attachments=tuple(Attachment(_file_name(part), _size(part)) for part in _parts(message) if _is_attachment(part)),
    )


def body_page(raw: bytes, *, dark: bool) -> str:
    """A whole HTML page. A mail in HTML stays on white paper, as in Gmail; plain text follows the theme."""
    parts = list(_parts(mime.parse(raw)))
    shown = [part for part in parts if not _is_attachment(part)]
    for part in shown:
        if part.get_content_type() == "text/html":
            return _PAGE.format(title="", style=_HTML_STYLE, body=_safe_html(mime.part_text(part), _inline_images(parts)))
    text = "\n".join(mime.part_text(part) for part in shown if part.get_content_type() == "text/plain")
    style = _TEXT_STYLE.format(paper="#1b1b1b" if dark else "#fff", ink="#e3e3e3" if dark else "#202124")
    return _PAGE.format(title="", style=style, body=html.escape(_DIRECTIONS.sub("", text)))


def _parts(message: Message) -> Iterator[Message]:
    """The leaves; a forwarded mail is one leaf."""
    if message.get_content_type() != _FORWARDED and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _parts(part)
    else:
        yield message


def _is_attachment(part: Message) -> bool:
    if part.get_content_type() == _FORWARDED or part.get_content_disposition() == "attachment":
        return True
    # Images that the text shows by their Content-ID belong to the text.
    return "Content-ID" not in part and (part.get_content_maintype() != "text" or bool(part.get_filename()))


def _file_name(part: Message) -> str:
    name = mime.shown(mime.decoded(part.get_filename() or ""))
    if name:
        return name
    forwarded = _forwarded(part)
    if forwarded is not None:
        return f"{mime.header(forwarded, 'Subject') or 'message'}.eml"
    return part.get_content_type().replace("/", ".")


def _size(part: Message) -> int:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return len(payload)
    forwarded = _forwarded(part)
    return 0 if forwarded is None else sum(len(inner.get_payload(decode=False)) for inner in _parts(forwarded))


def _forwarded(part: Message) -> Message | None:
    """The mail that a message/rfc822 part carries."""
    inner = part.get_payload()
    if part.get_content_type() == _FORWARDED and isinstance(inner, list) and inner and isinstance(inner[0], Message):
        return inner[0]
    return None


def _inline_images(parts: list[Message]) -> dict[str, str]:
    """Content-ID -> data address."""
    found = {}
    for part in parts:
        name = str(part.get("Content-ID", "")).strip().strip("<>")
        data = part.get_payload(decode=True)
        if name and part.get_content_type() in _IMAGES and isinstance(data, bytes):
            found[name] = f"data:{part.get_content_type()};base64,{base64.b64encode(data).decode('ascii')}"
    return found


def _safe_html(source: str, images: dict[str, str]) -> str:
    tree = LexborHTMLParser(_DIRECTIONS.sub("", source))
    tree.strip_tags(_ACTIVE_TAGS, recursive=True)
    if tree.root is None or tree.body is None:
        return ""
    for node in tree.root.traverse():
        _disarm(node, images)
    styles = "".join(node.html or "" for node in tree.css("head style"))
    return styles + (tree.body.inner_html or "")


def _disarm(node: LexborNode, images: dict[str, str]) -> None:
    for name, value in list(node.attributes.items()):
        address = (value or "").strip()
        if name == "src" and node.tag == "img":
            address = images.get(address.removeprefix("cid:"), address)
            node.attrs["src"] = address if _INLINE_IMAGE.match(address) else "data:,"
        elif name.startswith("on") or name in _LOADING or (name in _LINKING and not _LINK.match(address)):
            del node.attrs[name]
    if node.tag == "a":
        # The sandbox opens no windows: a link that is pressed goes nowhere rather than away with the frame.
        node.attrs["target"] = "_blank"
        node.attrs["rel"] = "noopener noreferrer"
