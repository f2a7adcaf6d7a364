"""Lines of a signature to cells and pieces: what stands between the bars, bullets, columns and commas of one line.

Addresses, links and numbers are cut out first (`Span`s), so that a piece is words: a name, a job, a company, a place."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reading.proposal import Line

MAX_LINES = 80
"""Lines of a signature that are read."""
MAX_LINE = 500
"""Characters of one line that are read."""
_MAX_TEXT = 8_000
"""Characters of all lines together."""
_MAX_PIECES = 200

_CUT = "\x1f"
_SEPARATOR = re.compile(r"[|¦│‖•·●▪■◆►»«‣∙⋅✆☎✉⎮\t\x1f]+|\s{3,}|(?<=\s)[*~]+(?=\s|$)|(?<=\s)::+(?=\s)|(?<=\s)/{2}(?=\s)")
_DASH = re.compile(r"(?<=\s)[-–—]+(?=\s)")
_STATE = re.compile(r"(?:^|[,.\s])[A-Z]{2}$")
_POSTCODE = re.compile(r"\s+\d{5}(?!\d)")
_POSTCODE_CITY = re.compile(r"\d{4,5}\s+[^\W\d_]")
_LINK_TARGET = re.compile(r"<(?:https?:|mailto:|tel:)[^<>]{0,400}>|\[(?:cid:|image|http)[^\[\]]{0,200}\]", re.IGNORECASE)
_EDGE = ' \t\r\n"“”„‟`´‘«»*_=~#|<>-–—•·,;:/\\^+\ufeff'
_COMMA = re.compile(r",(?=\s|\Z)|;")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_PAIRS.values())


@dataclass(frozen=True, slots=True)
class Row:
    """A written line of the zone. `row` counts written lines from 0, `after_gap` says that an empty line stands above."""

    line: Line
    text: str
    row: int
    after_gap: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a row that is no words; places within the line's text."""

    row: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Words between two separators, trimmed. `cell` counts the cells of the row, `part` the comma-separated parts of the cell.
    `start` and `end` are places within the line's text."""

    text: str
    row: int
    cell: int
    part: int
    start: int
    end: int


def rows_of(zone: Sequence[Line]) -> tuple[Row, ...]:
    """The written lines, each no longer than MAX_LINE."""
    rows: list[Row] = []
    gap = True
    left = _MAX_TEXT
    for line in zone[: MAX_LINES * 4]:
        if not any(character.isalnum() for character in line.text[:MAX_LINE]):
            gap = True
            continue
        rows.append(Row(line, line.text[: min(MAX_LINE, left)], len(rows), gap))
        gap = False
        left -= len(rows[-1].text)
        if len(rows) == MAX_LINES or left <= 0:
            break
    return tuple(rows)


def link_targets(row: Row) -> Iterable[Span]:
    """`<https://…>` behind the words that are linked, and the places of images."""
    if "<" in row.text or "[" in row.text:
        for found in _LINK_TARGET.finditer(row.text):
            yield Span(row.row, found.start(), found.end())


def blanked(text: str, spans: Iterable[Span], mark: str = _CUT) -> str:
    """The text with the spans filled, all places kept."""
    for span in spans:
        text = text[: span.start] + mark * (span.end - span.start) + text[span.end :]
    return text


def pieces_of(rows: Sequence[Row], spans: Sequence[Span]) -> tuple[Piece, ...]:
    """All pieces in reading order, without what the spans cover."""
    by_row: dict[int, list[Span]] = {}
    for span in spans:
        by_row.setdefault(span.row, []).append(span)
    pieces: list[Piece] = []
    for row in rows:
        text = blanked(row.text, by_row.get(row.row, ()))
        for number, (start, end) in enumerate(_cells(text)):
            for part, (left, right) in enumerate(_between(_COMMA, text, start, end)):
                trimmed = _trimmed(text, left, right)
                if trimmed is not None:
                    pieces.append(Piece(text[trimmed[0] : trimmed[1]], row.row, number, part, *trimmed))
        if len(pieces) >= _MAX_PIECES:
            break
    return tuple(pieces[:_MAX_PIECES])


def _cells(text: str) -> Iterable[tuple[int, int]]:
    for start, end in _columns(text):
        last = start
        for dash in _DASH.finditer(text, start, end):
            # a dash between digits belongs to a number
            before, after = text[start : dash.start()].rstrip(), text[dash.end() : end].lstrip()
            if before[-1:].isdigit() and after[:1].isdigit() and not _POSTCODE_CITY.match(after):
                continue
            yield last, dash.start()
            last = dash.end()
        yield last, end


def _columns(text: str) -> Iterable[tuple[int, int]]:
    """The cells between hard separators. Blanks between a state and its postcode ("TX   77001") are none."""
    waiting: int | None = None
    for start, end in _between(_SEPARATOR, text, 0, len(text)):
        begin = start if waiting is None else waiting
        if _STATE.search(text[begin:end]) and _POSTCODE.match(text, end) and not text[end : end + 3].strip():
            waiting = begin
            continue
        waiting = None
        yield begin, end
    if waiting is not None:
        yield waiting, len(text)


def _between(separator: re.Pattern[str], text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    last = start
    for found in separator.finditer(text, start, end):
        if found.start() > last:
            yield last, found.start()
        last = found.end()
    if end > last:
        yield last, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Without decoration at both ends, and without the brackets around all of it; None where no letter or digit is left."""
    while start < end:
        while start < end and (text[start] in _EDGE or text[start : start + 2] == "@ "):
            start += 1
        while end > start and text[end - 1] in _EDGE:
            end -= 1
        closing = _PAIRS.get(text[start : start + 1])
        inner = text[start + 1 : end - 1]
        if closing and text[end - 1] == closing and closing not in inner:
            start, end = start + 1, end - 1
        elif closing and closing not in text[start:end]:
            start += 1
        elif text[end - 1 : end] in _PAIRS or (
            text[end - 1 : end] in _CLOSING and not any(opening in text[start:end] for opening in _PAIRS)
        ):
            end -= 1
        else:
            break
    return (start, end) if any(character.isalnum() for character in text[start:end]) else None
