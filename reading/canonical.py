"""The text all fields are read from: the mail's own lines, one for one, with blanks made plain and link targets taken out.

Where a mail is HTML only, its lines come from the markup, a table's cells parted by " | "; where it has both, the markup still
tells which lines its program put into a signature or a quote."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from reading.links import unwrapped
from reading.markup import SIGNED, Markup, read_markup
from reading.message import Message
from reading.proposal import Line, Link

MAX_LINES = 5_000
"""Lines that are read; of longer mails the end is not."""
_MAX_LINE = 1_000
_STUB = 40
"""Plain text shorter than this beside real HTML is no more than "this mail is HTML"."""
_MIN_MATCH = 3

_BLANKS = str.maketrans(
    dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
    | {0xFF1A: ":", 0xFF08: "(", 0xFF09: ")", 0xFF0B: "+", 0xFF20: "@"}
    | dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C), "")
)
# "www.roy.example<http://www.roy.example/>" and "[cid:image001.png@01D7]", as Outlook and Exchange write links and images.
_ANGLE = re.compile(r"<\s?((?:https?://|mailto:|tel:)[^<>\s]{1,2000})\s?>|<http://>", re.IGNORECASE)
_IMAGE = re.compile(r"\[(?:cid|image):[^\[\]]{0,300}\]", re.IGNORECASE)
_BOLD = re.compile(r"(?<![\w*])\*(\S[^*\n]{0,200}?)(?<=\S)\*(?![\w*])")
_URL = re.compile(r"https?://[^\s<>\"|]{1,2000}", re.IGNORECASE)
_WRAPPED = ("safelinks.", "urldefense.", "/url?", "sidekick", "linkprotect", "clicktime.")
_PROFILE_HOSTS = ("linkedin.com/", "xing.com/", "twitter.com/", "x.com/", "facebook.com/", "instagram.com/", "tel:")
_VISIBLE = re.compile(r"[^|<>]{1,120}$")


@dataclass(frozen=True, slots=True)
class Canonical:
    """`lines` are numbered as the lines of the message's text, or of its markup where `from_markup`. `signed` and `quoted` are
    the numbers of lines the mail program itself marked so."""

    lines: tuple[Line, ...]
    links: tuple[Link, ...] = ()
    signed: frozenset[int] = frozenset()
    quoted: frozenset[int] = frozenset()
    from_markup: bool = False


def canonical(message: Message) -> Canonical:
    """The lines of a mail. Long ones are cut to 1,000 characters."""
    is_stub = len(message.text.strip()) < _STUB < len(message.html)
    if message.html and (message.text_is_html or is_stub):
        markup = read_markup(message.html)
        if markup.lines and (message.text_is_html or len(markup.lines) > message.text.count("\n") + 1):
            return _of_markup(markup)
    return _of_text(message)


def _of_markup(markup: Markup) -> Canonical:
    lines, _ = _lines(list(markup.lines[:MAX_LINES]))
    return Canonical(lines, markup.links, markup.signed, markup.quoted, from_markup=True)


def _of_text(message: Message) -> Canonical:
    lines, links = _lines(message.text.split("\n", MAX_LINES)[:MAX_LINES])
    if not _says_more(message):
        return Canonical(lines, tuple(links))
    markup = read_markup(message.html)
    seen = {link.url for link in links}
    by_text = {squashed: line.number for line in lines if len(squashed := _squashed(line.text)) >= _MIN_MATCH}
    signed, quoted = _matched(lines, markup.lines, markup.signed), _matched(lines, markup.lines, markup.quoted)
    for link in markup.links:
        number = by_text.get(_squashed(markup.lines[link.line]))
        if link.url not in seen and (number is not None or link.line in markup.signed):
            number = number if number is not None else max(signed, default=-1)
            links.append(Link(link.text, link.url, number))
    return Canonical(lines, tuple(links), signed, quoted)


def _says_more(message: Message) -> bool:
    """Does the markup beside the text mark a signature, or link to a profile the text does not name?"""
    if not message.html:
        return False
    markup = message.html.lower()
    if any(word in markup for word in SIGNED):
        return True
    text = message.text.lower()
    return any(host in markup and host not in text for host in _PROFILE_HOSTS)


def _squashed(line: str) -> str:
    return "".join(filter(str.isalnum, line)).casefold()


def _matched(lines: tuple[Line, ...], marked_up: tuple[str, ...], numbers: frozenset[int]) -> frozenset[int]:
    """The lines that say the same as those of the markup, in the last place they do."""
    if not numbers:
        return frozenset()
    wanted = {squashed for number in numbers if len(squashed := _squashed(marked_up[number])) >= _MIN_MATCH}
    last = {squashed: line.number for line in lines if (squashed := _squashed(line.text)) in wanted}
    return frozenset(last.values())


def _lines(texts: list[str]) -> tuple[tuple[Line, ...], list[Link]]:
    lines: list[Line] = []
    links: list[Link] = []
    start = 0
    for number, given in enumerate(texts):
        text = given[:_MAX_LINE]
        if not text.isascii():
            text = unicodedata.normalize("NFC", text.translate(_BLANKS))
        if "<" in text or "[" in text or "*" in text or "://" in text:
            text = _without_targets(text, number, links)
        text = text.rstrip()
        lines.append(Line(number, start, text))
        start += len(text) + 1
    return tuple(lines), links


def _without_targets(text: str, number: int, links: list[Link]) -> str:
    """The line as it is read, its link targets added to `links`."""
    if "://" in text and any(mark in text for mark in _WRAPPED):
        text = _URL.sub(lambda found: unwrapped(found[0]), text)
    if "<" in text:
        text = _taken_out(text, number, links)
    if "[" in text:
        text = _IMAGE.sub("", text)
    if text.count("*") > 1:
        text = _BOLD.sub(r"\1", text)
    return text


def _taken_out(text: str, number: int, links: list[Link]) -> str:
    pieces: list[str] = []
    end = 0
    for found in islice(_ANGLE.finditer(text), 30):
        before = text[end : found.start()]
        pieces.append(before)
        end = found.end()
        if found[1]:
            visible = _VISIBLE.search(before.strip())
            url = unwrapped(found[1])
            links.append(Link(visible[0].strip() if visible else "", url, number))
            if not before.strip() and not text[end:].strip():  # nothing else on the line: the target is what is read
                pieces.append(url.removeprefix("mailto:"))
    pieces.append(text[end:])
    return "".join(pieces)
