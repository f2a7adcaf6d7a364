"""The markup of an HTML mail, read for its structure: lines, table cells, links, and the parts that the mail program itself
marked as signature or as quote (Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Proton)."""

from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from reading.links import unwrapped
from reading.proposal import Link
from reading.text import block_mark, html_lines

_CELL = "\ufdd3"
_SIGNATURE, _SIGNATURE_END = "\ufdd4", "\ufdd5"
_QUOTE, _QUOTE_END = "\ufdd6", "\ufdd7"
_LINK, _LINK_END = "\ufdd8", "\ufdd9"
_MARKS = frozenset({_CELL, _SIGNATURE, _SIGNATURE_END, _QUOTE, _QUOTE_END, _LINK, _LINK_END})
_WITHOUT_MARKS = str.maketrans(dict.fromkeys(_MARKS, ""))

_MAX_LINKS = 200
_MAX_LINK_TEXT = 200
_MAX_TAGS = 6_000
_CONTAINERS = frozenset({"div", "p", "table", "blockquote", "span", "td"})
SIGNED = ("signature", "msoautosig")
"""In the id or class of what holds a signature."""
_QUOTED = ("gmail_quote", "yahoo_quoted", "protonmail_quote", "gmx_quote", "zmail_extra", "divrplyfwdmsg", "mail-editor-reference")


@dataclass(frozen=True, slots=True)
class Markup:
    """`lines` as a browser shows them, cells of a row parted by " | "; the numbers of lines within signatures and quotes."""

    lines: tuple[str, ...]
    links: tuple[Link, ...]
    signed: frozenset[int]
    quoted: frozenset[int]


def read_markup(html: str) -> Markup:
    """Bounded as `html_lines` is."""
    reader = _Reader()
    laid_out = html_lines(html, reader.mark, _MAX_TAGS)
    return _Lines(reader.targets).read(laid_out)


class _Reader:
    """Says what stands where an element opens or closes, and collects the targets of links in their order."""

    def __init__(self) -> None:
        self.targets: list[str] = []

    def mark(self, node: LexborNode, closing: bool) -> str:
        tag = node.tag or ""
        if tag == "a":
            return self._link(node, closing)
        is_cell = tag in {"td", "th"} and not closing
        between = f" {_CELL} " if is_cell else block_mark(node, closing)
        if tag not in _CONTAINERS:
            return between
        kind = _kind(tag, node)
        if kind == "signature":
            return _SIGNATURE_END + between if closing else between + _SIGNATURE
        if kind == "quote":
            return _QUOTE_END + between if closing else between + _QUOTE
        return between

    def _link(self, node: LexborNode, closing: bool) -> str:
        target = node.attributes.get("href") or ""
        if not target:
            return ""
        if closing:
            return _LINK_END
        self.targets.append(target)
        return _LINK


def _kind(tag: str, node: LexborNode) -> str:
    attributes = node.attributes
    if not attributes:
        return ""
    if tag == "blockquote" and attributes.get("type") == "cite":
        return "quote"
    named = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
    if any(word in named for word in _QUOTED):
        return "quote"
    return "signature" if any(word in named for word in SIGNED) else ""


class _Lines:
    """Reads the marks out of the laid out lines."""

    def __init__(self, targets: list[str]) -> None:
        self.targets = targets
        self.lines: list[str] = []
        self.links: list[Link] = []
        self.signed: set[int] = set()
        self.quoted: set[int] = set()
        self.signatures = self.quotes = self.link = 0

    def read(self, laid_out: str) -> Markup:
        for marked in laid_out.split("\n"):
            self._line(marked)
        return Markup(tuple(self.lines), tuple(self.links), frozenset(self.signed), frozenset(self.quoted))

    def _line(self, marked: str) -> None:
        signed, quoted = self.signatures > 0, self.quotes > 0
        links_before = len(self.links)
        if _MARKS.isdisjoint(marked):
            text = marked
        else:
            for place, character in enumerate(marked):
                if character in _MARKS:
                    self._at(character, marked, place)
                else:
                    signed, quoted = signed or self.signatures > 0, quoted or self.quotes > 0
            cells = (cell.translate(_WITHOUT_MARKS).strip() for cell in marked.split(_CELL))
            text = " | ".join(cell for cell in cells if cell)
            if not text:  # nothing but marks: the line is none, its links stand with the one above
                above = max(0, len(self.lines) - 1)
                self.links[links_before:] = [replace(link, line=above) for link in self.links[links_before:]]
                return
        number = len(self.lines)
        self.lines.append(text)
        if quoted:
            self.quoted.add(number)
        elif signed:
            self.signed.add(number)

    def _at(self, mark: str, marked: str, place: int) -> None:
        if mark == _SIGNATURE:
            self.signatures += 1
        elif mark == _SIGNATURE_END:
            self.signatures -= 1
        elif mark == _QUOTE:
            self.quotes += 1
        elif mark == _QUOTE_END:
            self.quotes -= 1
        elif mark == _LINK:
            target = self.targets[self.link]
            self.link += 1
            if len(self.links) < _MAX_LINKS:
                read = marked[place + 1 : place + _MAX_LINK_TEXT].partition(_LINK_END)[0].partition(_CELL)[0]
                self.links.append(Link(read.translate(_WITHOUT_MARKS).strip(), unwrapped(target.strip()), len(self.lines)))
