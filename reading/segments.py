"""What did the author write, and what does he quote? Runs of lines, each with its author as far as the quote says. A PGP
signature is nobody's text and counts as quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reading.canonical import Canonical
from reading.message import Mailbox
from reading.proposal import Line
from reading.quoting import (
    MAX_LINE,
    QuotedHeader,
    introduces_reply,
    is_forward_marker,
    is_original_marker,
    mailbox_in,
    quoted_header,
    says_wrote,
)

_LOOKAHEAD = 12
_MIN_HEADERS = 3
_MAX_NAMED = 160
_MAX_GAP = 4

# ">", "> >", and the quoting styles that put initials before it or draw a bar.
_PREFIX = re.compile(r"\s{0,3}[A-Za-z]{0,3}[>›»](?!>>>>>>>)|\s?\|\s?>|\s?\|(?=[ ]\S[^|]*$)")
_SEPARATOR = re.compile(r"\s*[-_=*~]{4,}[\s|]*$")
# Gmail's of some languages names no verb: "2026-05-06 10:00 GMT+02:00 Anna Roy <a@roy.example>:"
_DATED = re.compile(r"\s{0,3}\d{4}-\d\d-\d\d[ ,T]")
_NOTES_DATE = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?(?: (?:[A-Z]{3,4}))?$", re.IGNORECASE)
_IN_ARTICLE = re.compile(r"\s{0,3}in (?:article|message|news:)\s?<?\S", re.IGNORECASE)


_PGP, _PGP_END = "-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----"
_MAX_PGP_LINES = 100


class Part(StrEnum):
    OWN = "own"
    QUOTED = "quoted"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines `first` to `last`, both included. `author` is whom the quote names, None for own text and where it names nobody."""

    part: Part
    first: int
    last: int
    author: Mailbox | None = None


def segments(text: Canonical) -> tuple[Segment, ...]:
    """The whole text, in order, without gaps. Introductions and separators count to what they introduce."""
    return tuple(_Cutter(text.lines, text.quoted).cut())


class _Cutter:
    def __init__(self, lines: Sequence[Line], marked: frozenset[int]) -> None:
        self.texts = [line.text for line in lines]
        self.marked = marked
        self.prefixed = [bool(_PREFIX.match(text)) if text else False for text in self.texts]
        self.found: list[Segment] = []

    def cut(self) -> list[Segment]:
        number = own = 0
        while number < len(self.texts):
            quote = self._quote_at(number)
            if quote is None:
                number += 1
                continue
            first = max(own, min(quote.first, self._with_separator(number, own)))
            if first > own:
                self.found.append(Segment(Part.OWN, own, first - 1))
            self.found.append(Segment(quote.part, first, quote.last, quote.author))
            number = own = quote.last + 1
        if own < len(self.texts):
            self.found.append(Segment(Part.OWN, own, len(self.texts) - 1))
        return self.found

    def _with_separator(self, number: int, own: int) -> int:
        """Where the ruled line over the quote starts, blank lines between them passed."""
        above = number - 1
        while above >= own and not self.texts[above].strip():
            above -= 1
        ruled = above >= own and _SEPARATOR.match(self.texts[above]) and number - above <= _MAX_GAP
        return above if ruled and _HEADER_RULE.match(self.texts[above]) else number

    def _quote_at(self, number: int) -> Segment | None:
        if self.prefixed[number]:
            return Segment(Part.QUOTED, number, self._prefixed_until(number), None)
        text = self.texts[number].strip()[:MAX_LINE]
        if not text:
            return None
        if text == _PGP:
            return Segment(Part.QUOTED, number, self._end_of_pgp(number), None)
        if text[0] in "-_=–—*bdais" or text[-1] == ":":
            if is_forward_marker(text):
                return self._below_marker(number, Part.FORWARDED)
            if is_original_marker(text):
                return self._below_marker(number, Part.QUOTED)
        block = self._headers_at(number) if ":" in text[:30] else None
        if block is None and _NOTES_DATE.search(text):
            block = self._notes_headers_at(number)
        if block:
            return block
        if number in self.marked:
            return Segment(Part.QUOTED, number, self._marked_until(number), None)
        return self._introduced(number, text)

    def _below_marker(self, number: int, part: Part) -> Segment:
        """A marker quotes all that follows, or, where it is prefixed, as far as the prefix goes."""
        following = self._next_line(number + 1)
        block = self._headers_at(following) if following < len(self.texts) else None
        author = block.author if block else None
        if following < len(self.texts) and self.prefixed[following]:
            if author is None:
                author = next((box for text in self.texts[following : following + 3] if (box := mailbox_in(text[:MAX_LINE]))), None)
            return Segment(part, number, self._prefixed_until(following), author)
        return Segment(part, number, len(self.texts) - 1, author)

    def _end_of_pgp(self, number: int) -> int:
        end = next((at for at in range(number, len(self.texts)) if self.texts[at].startswith(_PGP_END)), number)
        return end if end - number < _MAX_PGP_LINES else number

    def _headers_at(self, number: int) -> Segment | None:
        """A block of quoted headers: From and two more within a few lines."""
        label = quoted_header(self.texts[number].lstrip("> \t")[:MAX_LINE])
        if label is None or label[0] not in {QuotedHeader.FROM, QuotedHeader.DATE, QuotedHeader.SUBJECT, QuotedHeader.TO}:
            return None
        seen: set[QuotedHeader] = {label[0]}
        author = mailbox_in(label[1]) if label[0] is QuotedHeader.FROM else None
        for text in self.texts[number + 1 : number + _LOOKAHEAD]:
            found = quoted_header(text.lstrip("> \t")[:MAX_LINE])
            if found is None:
                continue
            seen.add(found[0])
            if found[0] is QuotedHeader.FROM:
                author = author or mailbox_in(found[1])
        if QuotedHeader.FROM not in seen or len(seen) < _MIN_HEADERS:
            return None
        return Segment(Part.QUOTED, number, len(self.texts) - 1, author)

    def _notes_headers_at(self, number: int) -> Segment | None:
        """Lotus Notes': a name and a date without labels, To and Subject with them."""
        following = {found[0] for text in self.texts[number + 1 : number + _LOOKAHEAD] if (found := quoted_header(text.strip()[:MAX_LINE]))}
        if not {QuotedHeader.TO, QuotedHeader.SUBJECT} <= following:
            return None
        alone = _NOTES_DATE.match(self.texts[number].strip()) is not None
        named_above = alone and number > 0 and 0 < len(self.texts[number - 1].strip()) <= _MAX_NAMED
        first = number - 1 if named_above else number
        return Segment(Part.QUOTED, first, len(self.texts) - 1, mailbox_in(" ".join(self.texts[first : number + 1])[:MAX_LINE]))

    def _introduced(self, number: int, text: str) -> Segment | None:
        """ "On 3 May Anna Roy wrote:" over a quote."""
        taken = introduces_reply(self.texts, number) if number + 1 < len(self.texts) else 0
        certain = taken > 0
        if not taken and text.endswith(":") and len(text) <= _MAX_NAMED:
            if _DATED.match(text) and "@" in text:
                taken, certain = 1, True
            elif says_wrote(text.rstrip(": ").casefold()):
                taken = 1
        if not taken and _IN_ARTICLE.match(text):
            taken = next((count for count in (1, 2, 3) if self.texts[number + count - 1 : number + count] and self._ends(number, count)), 0)
        if not taken:
            return None
        following = self._next_line(number + taken)
        if following >= len(self.texts):
            return None
        said = " ".join(self.texts[number : number + taken])[:MAX_LINE]
        author = mailbox_in(said)
        if self.prefixed[following]:
            return Segment(Part.QUOTED, number, self._prefixed_until(following), author)
        # a program that sets no prefix quotes to the end
        prefix_follows = any(self.prefixed[following : following + _LOOKAHEAD])
        if certain and not prefix_follows:
            return Segment(Part.QUOTED, number, len(self.texts) - 1, author)
        return Segment(Part.QUOTED, number, number + taken - 1, author) if certain else None

    def _ends(self, number: int, count: int) -> bool:
        return self.texts[number + count - 1].rstrip().endswith((":", "..."))

    def _next_line(self, number: int) -> int:
        while number < len(self.texts) and not self.texts[number].strip():
            number += 1
        return number

    def _prefixed_until(self, number: int) -> int:
        """The last line of a run of prefixed lines; lines a program wrapped without their prefix are within it."""
        last = number
        position = number + 1
        while position < len(self.texts):
            if self.prefixed[position]:
                last = position
            elif not self.texts[position].strip() or not self._is_wrapped(position):
                break
            position += 1
        return last

    def _is_wrapped(self, position: int) -> bool:
        """The end of a quoted line too long for the program, alone between prefixed lines."""
        return (
            self.prefixed[position - 1]
            and position + 1 < len(self.texts)
            and self.prefixed[position + 1]
            and len(self.texts[position - 1]) > _MIN_WRAPPED
            and len(self.texts[position]) < _MAX_WRAPPED
        )

    def _marked_until(self, number: int) -> int:
        last = number
        position = number + 1
        while position < len(self.texts) and (position in self.marked or not self.texts[position].strip()):
            if position in self.marked:
                last = position
            position += 1
        return last


_HEADER_RULE = re.compile(r"\s*(?:_{10,}|-{10,})\s*$")
_MIN_WRAPPED = 60
_MAX_WRAPPED = 40
