"""The job title: a piece with a word for what a person is, next to his name."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from reading.fields.cells import Piece, Row
from reading.fields.lexicon import (
    DEGREES,
    DEPARTMENTS,
    HEAD_FIRST,
    JOB_ENDINGS,
    JOBS,
    LEADERS,
    LEGAL_FORMS,
    LEGAL_NOTES,
    MIN_COMPOUND,
    ORGANISATIONS,
    TRADES,
    reads_as_sentence,
)
from reading.fields.web import proposal_at
from reading.fields.words import folded, listed, words_in
from reading.proposal import FieldName, Proposal, Sender

_MAX_WORDS = 9
_NEAR = 3
"""Rows between the name and the job."""
_GENDER = re.compile(r"[(:*/·_.-]{1,2}(?:in|innen|e|a|rice|euse|trice|frau)\)?(?![^\W_])", re.IGNORECASE)
_AT = re.compile(r"\s(?:at|@|chez|bei|presso|bij)\s", re.IGNORECASE)
_PARTS = re.compile(r"\s(?:&|and|et|und|y|e|en)\s|[/,+]")
_BOARD = re.compile(
    r"(?:geschaftsfuhr\w*|vorstand\w*|aufsichtsrat\w*|vorsitz\w*|gerants?|directors?|prokurist\w*|chairman|president|amministratore\w*)[^:|]{0,40}:"
)
_LEGAL_NOTE = re.compile("|".join(map(re.escape, LEGAL_NOTES)))
_PREPOSITIONS = listed(
    """
    of for to in at on de d des du del della di do da fur im der die das the with bei von r i ii iii
    """
)
_FEMININE = (
    ("in", ""),
    ("innen", ""),
    ("e", ""),
    ("a", "o"),
    ("a", ""),
    ("trice", "teur"),
    ("euse", "eur"),
    ("iere", "ier"),
    ("ienne", "ien"),
)
_BOARD_WORDS = frozenset({"geschaftsfuhrer", "geschaftsfuhrung", "vorstand", "aufsichtsrat", "inhaber", "gerant", "amministratore"})
_WEAK = 0.45
_HONOURS = frozenset({"fellow", "member", "laureate"})
_HONOUR = 0.1
"""How much less sure an honour is than a job: "Senior Engineer" stands before "Fellow of the Academy"."""
_ALONE = (["commercial"], ["commerciale"])
_LABEL = re.compile(r"^(?:title|job title|position|role|funktion|fonction|poste|cargo|puesto|ruolo|functie|beruf)\s*:\s*", re.IGNORECASE)
_DEGREE_TAIL = re.compile(r"(?:\s+(?:ph\.?d|m\.?sc|b\.?sc|mba|m\.?d)\.?)+$", re.IGNORECASE)
_BY_PROXY = re.compile(r"^(?:i\. ?[av]\.|p\. ?p\. ?a?\.?|ppa\.?)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """Where the sender's name stands: rows, and the numbers of the pieces that are nothing else."""

    rows: tuple[int, ...]
    pieces: frozenset[int]


def names_in(pieces: Sequence[Piece], sender: Sender) -> Names:
    """The pieces made of the sender's names (first, last, or both, with degrees and initials)."""
    mine = {word for word in words_in(f"{sender.first_name} {sender.last_name}") if len(word) > 1}
    if not mine:
        mine = {word for word in words_in(re.sub(r"[._+-]", " ", sender.address.partition("@")[0])) if len(word) > 2 and word.isalpha()}  # noqa: PLR2004 - no initials
    first = set(words_in(sender.first_name)) or mine
    found = set()
    for number, piece in enumerate(pieces):
        words = words_in(_BY_PROXY.sub("", piece.text))
        own = mine.intersection(words)
        others = [word for word in words if word not in mine and word not in DEGREES and len(word) > 1]
        # one unknown word beside both names is a second name of his
        if own and (
            not others
            or (
                len(own) > 1
                and first.intersection(own)
                and len(others) == 1
                and not is_job_word(others[0])
                and others[0] not in TRADES
                and others[0] not in ORGANISATIONS
            )
        ):
            found.add(number)
    return Names(tuple(sorted({pieces[number].row for number in found})), frozenset(found))


def _forms(word: str) -> tuple[str, ...]:
    """The word, and its masculine forms if it is a feminine."""
    return (word, *(word[: -len(end)] + instead for end, instead in _FEMININE if word.endswith(end) and len(word) > len(end) + 3))


@lru_cache(maxsize=4_000)
def is_head_first(word: str) -> bool:
    """A job of a language that puts it before what it is about: "Responsable Logistique", "Leiter Vertrieb"."""
    return any(form in HEAD_FIRST for form in _forms(word)) or _is_compound(word)


@lru_cache(maxsize=4_000)
def is_job_word(word: str) -> bool:
    """Is this folded word what a person is, in any gender or as the end of a German or Dutch compound?"""
    return any(form in JOBS for form in _forms(word)) or _is_compound(word)


def _is_compound(word: str) -> bool:
    return len(word) >= MIN_COMPOUND and word.removesuffix("in").endswith(JOB_ENDINGS)


def _is_job(text: str) -> bool:
    """Is the chief word of these a job: the last one in English and German, the first one elsewhere, or one before "of"?"""
    words = words_in(text)
    if words in _ALONE or ("-" in text and is_job_word("".join(words))) or _names_board(words):
        return words in _ALONE or not _names_board(words)
    for number, word in enumerate(words):
        if not is_job_word(word):
            continue
        following = words[number + 1] if number + 1 < len(words) else ""
        if not following or following in _PREPOSITIONS or (following.isdigit() and len(following) == 1) or following in DEGREES:
            return True
        if words[0] in DEPARTMENTS and number == 0:
            continue
        if word in LEADERS or (number <= 1 and is_head_first(word)):
            return True
    return False


def _names_board(words: Sequence[str]) -> bool:
    """ "Geschäftsführer Otto Baum": the director is named, it is not the sender's job."""
    others = set(words[1:])
    return len(others) > 1 and words[0] in _BOARD_WORDS and others.isdisjoint(_PREPOSITIONS | TRADES | DEPARTMENTS)


def is_title(text: str) -> bool:
    """Do these words name a job?"""
    words = words_in(text)
    return (
        0 < len(words) <= _MAX_WORDS and not reads_as_sentence(text) and any(_is_job(part) for part in _PARTS.split(_GENDER.sub("", text)))
    )


def legal_notes(rows: Sequence[Row]) -> dict[int, int]:
    """By row: where in it the notes on register, court and directors begin; its length where there are none."""
    places = {}
    for row in rows:
        written = folded(row.text.replace("ß", "s"))
        note = _LEGAL_NOTE.search(written)
        board = _BOARD.search(written) if ":" in written else None
        places[row.row] = min((found.start() for found in (note, board) if found), default=len(row.text))
    return places


def title_of(
    pieces: Sequence[Piece], rows: Sequence[Row], names: Names, used: frozenset[int], legal: Mapping[int, int], sender: Sender
) -> tuple[Proposal | None, frozenset[int], str]:
    """The proposal, the pieces it took, and the company in "Director at Weber" ("" where there is none).

    `used` are pieces that are something else, `legal` places of `legal_notes`."""
    mine = {word for word in words_in(f"{sender.first_name} {sender.last_name}") if not is_job_word(word)}
    best: tuple[float, int] | None = None
    for number, piece in enumerate(pieces):
        if number in used or number in names.pieces or piece.end > legal[piece.row]:
            continue
        if is_label(piece, rows):
            continue
        confidence = _confidence(piece, names, mine)
        if confidence and (best is None or confidence > best[0]):
            best = (confidence, number)
    if best is None:
        return None, frozenset(), ""
    confidence, number = best
    piece = pieces[number]
    label = _LABEL.match(piece.text)
    text = piece.text[label.end() :] if label else piece.text
    at = _AT.search(text)
    company = text[at.end() :].strip() if at else ""
    title = _DEGREE_TAIL.sub("", (text[: at.start()] if at else text).strip(" .,;:-–"))
    row = rows[piece.row]
    start = row.text.find(title, piece.start)
    following = pieces[number + 1] if number + 1 < len(pieces) else None
    if following and not at and _goes_on(title, piece, following) and number + 1 not in used and following.end <= legal[piece.row]:
        title = row.text[start : following.end]
        return proposal_at(FieldName.TITLE, title, confidence, row, start, following.end), frozenset({number, number + 1}), ""
    return proposal_at(FieldName.TITLE, title, confidence, row, start, start + len(title)), frozenset({number}), company


def is_label(piece: Piece, rows: Sequence[Row]) -> bool:
    """ "Webmaster: …" names what follows."""
    return rows[piece.row].text[piece.end : piece.end + 3].lstrip(" *").startswith(":")


def _goes_on(title: str, piece: Piece, following: Piece) -> bool:
    """ "Manager, Retail Planning": what one leads stands behind a comma."""
    words = words_in(following.text)
    return (
        following.row == piece.row
        and following.cell == piece.cell
        and (words_in(title) or [""])[-1] in LEADERS
        and 0 < len(words) < _MAX_WORDS
        and words[-1] not in TRADES
        and all(word not in ORGANISATIONS and word not in LEGAL_FORMS and word not in DEGREES for word in words)
        and not any(is_job_word(word) for word in words)
        and following.text[0].isupper()
    )


def _sure(row: int, distance: int | None) -> float:
    """By the rows between the name and the job; without a name, by how high it stands."""
    if distance is None:
        return 0.9 if row <= 1 else _WEAK
    return 0.96 if distance <= 1 else 0.93 if distance <= _NEAR else 0.8


def _confidence(piece: Piece, names: Names, mine: AbstractSet[str]) -> float:
    text = _LABEL.sub("", piece.text)
    title = _AT.split(text)[0]
    words = words_in(_GENDER.sub("", title))
    if (
        not 0 < len(words) <= _MAX_WORDS
        or ":" in _GENDER.sub("", title)
        or "@" in title
        or ("(" in title and ")" not in title)
        or not mine.isdisjoint(words)
    ):
        return 0.0
    if reads_as_sentence(title) or any(word in LEGAL_FORMS and len(word) > 2 for word in words):  # noqa: PLR2004 - "ag" may be a word
        return 0.0
    if any(word.isdigit() and len(word) > 1 for word in words) or not any(_is_job(part) for part in _PARTS.split(_GENDER.sub("", title))):
        return 0.0
    distance = min((piece.row - row for row in names.rows if piece.row >= row), default=None)
    near = _sure(piece.row, distance) - (_HONOUR if not _HONOURS.isdisjoint(words) else 0.0)
    if not title[:1].isupper():
        near -= 0.1 if distance is not None and distance <= 1 else 0.5
    if title.rstrip().endswith((".", "!", "?")) and len(words) > 3:  # noqa: PLR2004 - a sentence
        near -= 0.1
    return near
