"""Where does the author sign? The lines of his own text that say who he is and how he is reached.

The zone is the best run of lines, by what each looks like. It starts at a closing ("Kind regards,"), at a delimiter ("-- "), at
the author's name or in what the mail program marked; nothing is asked of its length. The weights were set by hand on labelled
mails."""

import re
from dataclasses import dataclass

from reading.canonical import Canonical
from reading.lines import Kind, Look, Looker
from reading.naming import NameWords, looks_like_name

_MAX_LOOKED_AT = 90
"""Lines of one run of own text that are looked at, from its end."""
_MAX_STARTS = 40
_MAX_LINES_AFTER_DELIMITER = 25
_MAX_LINES_ABOVE = 4
_LINES_TO_SECOND_CLOSING = 4

_ACCEPTED = 1.6
"""Score from which a run is a signature."""
# What a start is worth: what the line above is, what the line itself is.
_OPENED_BY = {Kind.DELIMITER: 2.5, Kind.CLOSING: 2.0, Kind.THANKS: 1.2, Kind.RULE: 0.8}
_MARKED, _SIGNED, _NAMED, _NAMED_BELOW_BLANK, _FIRST_NAME, _NAME_AT_END, _BELOW_BLANK = 4.0, 1.5, 1.2, 1.7, 0.9, 1.2, -1.0
_NO_START = -3.0
_SURE_START = 0.9
"""Below it, the author's address or domain must be among the run: other people's data stand in mails, too."""
_GIVEN_UP = -3.0
_PER_LINE_BELOW, _MAX_BELOW = 0.3, 40
_PER_LINE_BELOW_OPENED, _MAX_BELOW_OPENED = 0.15, 12
_PER_BLANK_LINE, _MAX_BLANK = 0.25, 3
_LETTERHEAD = 20.0
"""A run over the greeting is none."""

_VERSION = re.compile(r"\s*\d+\.\d+(?:\.[\w.-]+)?\s*$")
# What may stand below a signature, after a delimiter too: ruled lines, footnotes.
_NOT_SIGNED = re.compile(r"\s*(?:_{8,}|-{20,})\s*$|\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Zone:
    """Lines `first` to `last`, both included, the closing or delimiter over them counted in; what is read starts at `content`.
    `score` is about 2 to 20; the more, the surer."""

    first: int
    last: int
    score: float
    content: int


def signature_zone(text: Canonical, first: int, last: int, names: NameWords, address: str) -> Zone | None:
    """The best zone among own lines `first` to `last`, footers not among them. `names` say the author's name, `address` is his."""
    return _Finder(text, Looker(names, address), first, last).find()


class _Finder:
    def __init__(self, text: Canonical, looker: Looker, first: int, last: int) -> None:
        self.looker = looker
        self.signed = text.signed
        lines = text.lines[max(first, last - _MAX_LOOKED_AT) : last + 1]
        self.texts: dict[int, str] = {line.number: stripped for line in lines if (stripped := line.text.strip())}
        self.written = list(self.texts)
        self.looks: dict[int, Look] = {number: looker.look(text, marked=number in self.signed) for number, text in self.texts.items()}
        self.greeting = max((number for number, look in self.looks.items() if look.kind is Kind.GREETING), default=-1)

    def find(self) -> Zone | None:
        zones = [zone for place, bonus in self._starts() if (zone := self._run(place, bonus))]
        best = max(zones, key=lambda zone: zone.score, default=None)
        return self._with_opening(best) if best is not None and best.score >= _ACCEPTED else None

    def _starts(self) -> list[tuple[int, float]]:
        """Places in `written` where a signature may start, and what each is worth."""
        last_paragraph = len(self.written) - 1
        while last_paragraph > 0 and self.written[last_paragraph - 1] == self.written[last_paragraph] - 1:
            last_paragraph -= 1
        places = range(len(self.written))
        found = [(place, max(self._opening(place), self._start(place, at_end=place >= last_paragraph))) for place in places]
        return [(place, bonus) for place, bonus in found if bonus > _NO_START][-_MAX_STARTS:]

    def _opening(self, place: int) -> float:
        """What the line above says."""
        if not place:
            return _NO_START
        above = self.looks[self.written[place - 1]].kind
        if above is Kind.DELIMITER and _VERSION.match(self.texts[self.written[place]]):  # git's, under a patch
            return _NO_START
        return _OPENED_BY.get(above, _NO_START)

    def _start(self, place: int, *, at_end: bool) -> float:
        """What the line itself says."""
        number = self.written[place]
        above = self.written[place - 1] if place else -1
        below_blank = not place or above < number - 1
        look = self.looks[number]
        if number in self.signed and above not in self.signed:
            return _MARKED
        if look.kind is Kind.SIGNED:
            return _SIGNED
        if look.kind is Kind.NAME:
            return _NAMED_BELOW_BLANK if below_blank else _NAMED
        if not below_blank:
            return _NO_START
        if look.kind is Kind.FIRST_NAME and place:
            return _FIRST_NAME
        if at_end and not self.looker.names.person and looks_like_name(self.texts[number]):
            return _NAME_AT_END
        return _BELOW_BLANK if look.score > 0 else _NO_START

    def _run(self, place: int, bonus: float) -> Zone | None:
        """The best end for this start. What is left below costs, the more the longer it is."""
        written = self.written
        best, best_place, total = 0.0, -1, 0.0
        previous = start = written[place]
        for position in range(place, len(written)):
            number = written[position]
            look = self.looks[number]
            if position - place > _LINES_TO_SECOND_CLOSING and look.kind in {Kind.DELIMITER, Kind.CLOSING}:
                break
            gap = number - previous - 1
            total += look.score - (_PER_BLANK_LINE * min(gap, _MAX_BLANK) if gap > 1 and number not in self.signed else 0)
            previous = number
            if total <= _GIVEN_UP:
                break
            if total > best:
                best, best_place = total, position
        if best_place < 0:
            return None
        if bonus < _SURE_START and not any(self.looks[number].own for number in written[place : best_place + 1]):
            return None
        if place and self.looks[written[place - 1]].kind is Kind.DELIMITER and len(written) - place <= _MAX_LINES_AFTER_DELIMITER:
            best_place = self._end_after_delimiter(best_place)
        return Zone(start, written[best_place], best + bonus - self._cost(bonus, best_place), start)

    def _cost(self, bonus: float, end: int) -> float:
        below = len(self.written) - end - 1
        cost = _LETTERHEAD if self.written[end] < self.greeting else 0.0
        if bonus >= _SIGNED:
            return cost + _PER_LINE_BELOW_OPENED * min(below, _MAX_BELOW_OPENED)
        return cost + _PER_LINE_BELOW * min(below, _MAX_BELOW)

    def _end_after_delimiter(self, place: int) -> int:
        """All that follows a delimiter is the signature, as far as another ruled line."""
        while place + 1 < len(self.written) and not _NOT_SIGNED.match(self.texts[self.written[place + 1]]):
            place += 1
        return place

    def _with_opening(self, zone: Zone) -> Zone:
        """The zone together with the closing, the delimiter, and the first name alone that stand right above it."""
        place = self.written.index(zone.first)
        first = content = zone.first
        for above in reversed(self.written[max(0, place - _MAX_LINES_ABOVE) : place]):
            kind = self.looks[above].kind
            if kind is Kind.SIGNED or self.looker.is_short_name(self.texts[above]):
                first = content = above
            elif kind in {Kind.DELIMITER, Kind.RULE, Kind.CLOSING}:
                first = above
            else:
                break
            if kind is Kind.CLOSING:
                break
        while content < zone.last and (content not in self.looks or self.looks[content].kind in {Kind.RULE, Kind.DELIMITER}):
            content += 1
        return Zone(first, zone.last, zone.score, content)
