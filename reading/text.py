"""The text of a mail: its plain part, or its HTML made plain. Bounded: a hostile mail costs no more than a long one."""

import re
from collections.abc import Callable

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
# Set between the texts while walking: characters that stand for nothing in Unicode, and are taken out of the mail before.
_BLOCK, _BREAK, _BLANK = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKS = re.compile("[\ufdd0-\ufdef]")
_MARK_OF = dict.fromkeys(_BLOCKS, _BLOCK) | {"br": _BREAK, "td": " ", "th": " "}
_UNSEEN = frozenset({"head", "iframe", "math", "noframes", "noscript", "object", "script", "style", "svg", "template", "title"})
_MANY_TAGS = 300
# The parser opens these again in every later block they were left open in: mails with many distinct ones would grow without bound.
_FORMATTING = re.compile(r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = ("\r\n", "\r", "\f", "\u2028", "\u2029")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def text_of(root: Part) -> str:
    """At most MAX_TEXT characters, lines ended by a line feed; "" where the mail has none."""
    return _TextReader().read(root, 0)[:MAX_TEXT].strip("\n\ufeff")


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
    for end in _LINE_ENDS:
        kept = kept.replace(end, "\n")
    if not kept.replace("\n", "").replace("\t", "").isprintable():
        kept = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", kept))
    return kept[:MAX_TEXT]


def html_to_text(html: str, max_tags: int = _MAX_TAGS) -> str:
    """The text a reader sees, a line for each block and line break, table cells of one row on one line. Long HTML is cut first."""
    return plain(_BLANK_LINES.sub("\n\n", html_lines(html, block_mark, max_tags)))


def html_lines(html: str, mark: Callable[[LexborNode, bool], str], max_tags: int = _MAX_TAGS) -> str:
    """As a browser lays the HTML out. `mark` is given each element, and whether it closes, and says what stands in that place:
    what it returns for `block_mark` and any of U+FDD3 to U+FDEF, which the mail itself cannot hold."""
    kept = html[:_MAX_HTML]
    if not kept.isascii():
        kept = _SURROGATES.sub("\ufffd", _MARKS.sub("", kept))
    tags = kept.count("<")
    if tags - 2 * kept.count("</") > max_tags // 2:  # hardly anything is closed again: it may all be depth
        max_tags //= 2
    if tags > max_tags:
        kept = "<".join(kept.split("<", max_tags + 1)[: max_tags + 1])
    if tags > _MANY_TAGS:
        kept = _FORMATTING.sub(r"<\1span", kept)
    parser = LexborHTMLParser(kept, options=LexborDocumentOptions.WO_EVENTS)
    return _lines(_walked(parser.body, mark)) if parser.body is not None else ""


def block_mark(node: LexborNode, _closing: bool) -> str:
    """What parts the text before an element, or after it, from its neighbour."""
    return _MARK_OF.get(node.tag or "", "")


def _walked(body: LexborNode, mark: Callable[[LexborNode, bool], str]) -> str:
    """The texts below `body` with marks between them. Without recursion: hostile mails nest by the thousand."""
    found: list[str] = []
    node = body
    depth = preformatted = 0
    while True:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            text = node.text_content or ""
            found.append(text.replace("\n", _BREAK).replace(" ", _BLANK) if preformatted else text)
        elif tag not in _UNSEEN:
            found.append(mark(node, False))  # noqa: FBT003
            child = node.first_child
            preformatted += tag == "pre" and child is not None
        if child is not None:
            node = child
            depth += 1
            continue
        following = node.next if depth else None
        while following is None:
            parent = node.parent
            if not depth or parent is None:
                return "".join(found)
            node = parent
            depth -= 1
            tag = node.tag or ""
            preformatted -= tag == "pre"
            found.append(mark(node, True))  # noqa: FBT003
            following = node.next if depth else None
        node = following


def _lines(marked: str) -> str:
    """As a browser lays out: blanks collapse, blocks stand on lines of their own, and only a line break can make an empty line."""
    lines: list[str] = []
    *broken, last = marked.split(_BREAK)
    for piece in broken:
        *blocks, line = [" ".join(text.split()) for text in piece.split(_BLOCK)]
        lines.extend(filter(None, blocks))
        lines.append(line)
    lines.extend(filter(None, (" ".join(text.split()) for text in last.split(_BLOCK))))
    return "\n".join(lines).replace(_BLANK, " ")
