"""The text of a mail: its plain part, or its HTML made plain. Bounded: a hostile mail costs no more than a long one."""

import re

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from reading.message import MAX_TEXT
from reading.parts import MAX_DEPTH, Part

_MAX_HTML = 300_000
_MAX_TAGS = 10_000
"""Parsing HTML costs up to the square of its depth, and this many tags cannot be deep enough to matter."""

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figure", "footer"}
    | {"form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table"}
    | {"tbody", "tfoot", "thead", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"head", "iframe", "math", "noframes", "noscript", "object", "script", "style", "svg", "template", "title"})
# The parser opens these again in every later block they were left open in: mails with many distinct ones would grow without bound.
_FORMATTING = re.compile(r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\f\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def text_of(root: Part) -> str:
    """At most MAX_TEXT characters, lines ended by a line feed; "" where the mail has none."""
    return _TextReader().read(root, 0)[:MAX_TEXT].strip("\n")


class _TextReader:
    def __init__(self) -> None:
        self.tags_left = _MAX_TAGS
        """One allowance for all HTML parts of the mail together."""

    def read(self, part: Part, depth: int) -> str:
        kind = part.content.mime_type
        if depth > MAX_DEPTH or part.is_message or (depth > 0 and is_attachment(part)):
            return ""
        if kind.startswith("multipart/") and part.parts:
            return self._of_multipart(part, depth)
        if kind == "text/html":
            if not self.tags_left:
                return ""
            html = part.text()[:_MAX_HTML]
            text = html_to_text(html, self.tags_left)
            self.tags_left = max(0, self.tags_left - html.count("<"))
            return text
        return plain(part.text()) if kind == "text/plain" or kind.startswith("multipart/") else ""

    def _of_multipart(self, part: Part, depth: int) -> str:
        kind = part.content.mime_type
        if kind in {"multipart/alternative", "multipart/related"}:
            by_preference = sorted(part.parts, key=_is_html) if kind == "multipart/alternative" else part.parts
            return next((text for child in by_preference if (text := self.read(child, depth + 1)).strip()), "")
        texts: list[str] = []
        length = 0
        for child in part.parts:
            text = self.read(child, depth + 1)
            if text.strip():
                texts.append(text)
                length += len(text)
            if length >= MAX_TEXT:
                break
        return "\n".join(texts)


def _is_html(part: Part) -> bool:
    return part.content.mime_type != "text/plain"


def is_attachment(part: Part) -> bool:
    """A file of its own, an image shown inside the HTML not counted."""
    content = part.content
    main_type = content.mime_type.partition("/")[0]
    if main_type == "multipart" or (main_type == "image" and "content-id" in part.headers and content.disposition != "attachment"):
        return False
    return content.disposition == "attachment" or bool(content.name) or part.is_message or main_type not in {"text", "message"}


def plain(text: str) -> str:
    """Plain text with its line ends made one and its controls taken out, at most MAX_TEXT characters."""
    kept = text[: MAX_TEXT * 2]
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_ENDS.sub("\n", kept)))[:MAX_TEXT]


def html_to_text(html: str, max_tags: int = _MAX_TAGS) -> str:
    """The text a reader sees, a line for each block and line break, table cells of one row on one line. Long HTML is cut first."""
    kept = html[:_MAX_HTML]
    if kept.count("<") - 2 * kept.count("</") > max_tags // 2:  # hardly anything is closed again: it may all be depth
        max_tags //= 2
    if kept.count("<") > max_tags:
        kept = "<".join(kept.split("<", max_tags + 1)[: max_tags + 1])
    kept = _SURROGATES.sub("\ufffd", _FORMATTING.sub(r"<\1span", kept))
    parser = LexborHTMLParser(kept, options=LexborDocumentOptions.WO_EVENTS)
    lines = _Lines()
    if parser.body is not None:
        _walk(parser.body, lines)
    return plain(_BLANK_LINES.sub("\n\n", lines.text()))


class _Lines:
    """Text that arrives in pieces, put together as a browser would: blanks collapse, blocks stand on lines of their own."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.pieces: list[str] = []
        self.preformatted = 0

    def add(self, text: str) -> None:
        if not self.preformatted:
            self.pieces.append(text)
            return
        *whole, rest = text.split("\n")
        for line in whole:
            self.done.append("".join(self.pieces) + line.rstrip())
            self.pieces.clear()
        self.pieces.append(rest)

    def end_block(self) -> None:
        line = self._line()
        if line:
            self.done.append(line)

    def break_line(self) -> None:
        self.done.append(self._line())

    def _line(self) -> str:
        joined = "".join(self.pieces)
        self.pieces.clear()
        return joined.rstrip() if self.preformatted else " ".join(joined.split())

    def text(self) -> str:
        self.end_block()
        return "\n".join(self.done)


def _walk(root: LexborNode, lines: _Lines) -> None:
    """Over the tree without recursion: hostile mails nest by the thousand."""
    node: LexborNode = root
    depth = 0
    while True:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            lines.add(node.text_content or "")
        elif tag == "br":
            lines.break_line()
        elif tag not in _UNSEEN:
            _enter(tag, lines)
            child = node.first_child
            if child is None:
                _leave(tag, lines)
        if child is not None:
            node = child
            depth += 1
            continue
        while (following := node.next) is None or depth == 0:
            parent = node.parent
            if depth == 0 or parent is None:
                return
            node = parent
            depth -= 1
            _leave(node.tag or "", lines)
        node = following


def _enter(tag: str, lines: _Lines) -> None:
    if tag in _BLOCKS:
        lines.end_block()
    elif tag in _CELLS:
        lines.add(" ")
    if tag == "pre":
        lines.preformatted += 1


def _leave(tag: str, lines: _Lines) -> None:
    if tag in _BLOCKS:
        lines.end_block()
    if tag == "pre":
        lines.preformatted -= 1
