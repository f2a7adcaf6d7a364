"""What does a line of a mail look like: a closing, a name, something a person is reached by, or a sentence? Told by signs that
all mails share, one line at a time; a number says how much it looks like part of a signature."""

import re
from dataclasses import dataclass
from enum import StrEnum

from reading.closings import is_closing, is_greeting, is_thanks, starts_with_closing
from reading.fields.domains import is_free_mail, registered
from reading.fields.words import folded
from reading.footers import is_rule
from reading.languages import sentence_words
from reading.naming import NameWords

_SHORT, _LONG, _TOO_LONG = 55, 110, 400
_MAX_NAME_WORDS, _MAX_FIRST_NAME, _MAX_NICKNAME = 9, 2, 5
_FEW_WORDS, _CLAUSE = 8, 5
_MAX_ABBREVIATION = 5
_PROSE = 3
"""Function words of sentences in one line that leave no doubt."""
_MIN_FIGURES = 7
_SURELY = 2.0

_DELIMITER = re.compile(r"\s*(?:- )?(?:--|—|––|-- -)\s*$")
_DASHED_NAME = re.compile(r"\s{0,8}(?:--|—|–)\s?[A-Z][^\W\d_]+(?:\s\S+){0,4}\s*$")
# "Signed-off-by: Anna Roy <anna@roy.example>" under a patch.
_TRAILER = re.compile(r"(?:[A-Z][a-z]+-(?:[a-z]+-)?by|Cc|CC|Fixes|Link|Closes|Bug|Change-Id|Message-ID|From|To|Date|Subject):\s")
_BULLET = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+\S")
_CODE = re.compile(r"0x[0-9a-f]{3}|\w\(\)|[=<>]{2}|\w::\w|^\s*\d+[.:]\d+[.:]\d+|^\[\d")
_CODE_ENDS = ("{", "}", ";", "=", "\\", "$")
_CODE_STARTS = ("#include", "#define", "#!", "# /", "//", "/*", "$ ")
_AMOUNTS = re.compile(r"\d[\d.,]*\s{2,}\d[\d.,]*\s{2,}\d|[$€£]\s?\d|\d\s?(?:[€$£]|USD|EUR)\b")
# These are matched against lower-case text.
_NUMBER = re.compile(r"(?:\+|\b00|\(|\b)\d[\d\s().\-/ –]{5,22}\d")
_LABELLED = re.compile(
    r"(?:^|[\s|·•/,;(*])(?:t|tel|tél|telf?|tlf|tfno|téléphone|telephone|telefon|teléfono|telefono|telefone|telefoon|phone|ph|fon|fono"
    r"|mob|mobile?|mobil|móvil|movil|cell?|cellulare|gsm|handy|natel|portable|port|m|p|o|d|c|f|fax|fx|télécopie|telefax|direct|durchwahl"
    r"|direkt|office|bureau|büro|oficina|work|voice|w|e|email|e-mail|mail|courriel|correo|web|website|internet|site|url|www|home|fixe"
    r"|skype|linkedin|twitter|whatsapp)\.?\s{0,9}(?:[:#.=]|\s(?=\+|\(?\d))"
)
_EMAIL = re.compile(r"[\w.+-]@[\w-]{1,63}\.[a-z]{2}")
_URL = re.compile(r"https?://\S|www\.\S{3}|\.(?:com|org|net|fr|de|es|it|nl|pt|ch|at|be|eu|io|uk|co)\b(?!@)")
_POSTCODE = re.compile(r"(?<!\d)\d{4,5}(?:-\d{4})?,?\s+[^\W\d_]{3}|(?<=[^\W\d_][, ])\s?\d{5}(?!\d)|\b[a-z]{1,2}\d[\da-z]? \d[a-z]{2}\b")
_REGISTERED = re.compile(
    r"\b(?:sitz|registergericht|amtsgericht|handelsregister|hr[ab]\s?\d|geschäftsführ|vorstand|aufsichtsrat|ust-?id|steuernummer|siret|siren"
    r"|rcs|tva|vat|kvk|btw|c\.?i\.?f|n\.?i\.?f|p\.\s?iva|court of registration|registration number|management board|managing directors?)\b"
)
_LEGAL = frozenset(
    {"gmbh", "mbh", "ag", "kg", "ohg", "inc", "llc", "llp", "ltd", "limited", "corp", "plc", "sarl", "sas", "sasu", "eurl", "s.a.r.l"}
    | {"spa", "s.p.a", "s.r.l", "srl", "s.l", "sl", "slu", "s.l.u", "s.a", "bv", "b.v", "nv", "n.v", "aps", "oy", "oyj", "lda", "e.v"}
    | {"ev", "ab", "a/s"}
)


class Kind(StrEnum):
    RULE = "rule"
    DELIMITER = "delimiter"
    CLOSING = "closing"
    THANKS = "thanks"
    """A last sentence: "Thanks for any hints!"."""
    GREETING = "greeting"
    SIGNED = "signed"
    """A closing and the author's name, or a dash and a name."""
    NAME = "name"
    FIRST_NAME = "first name"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Look:
    """`score` above 0 speaks for a signature, below 0 against. `own`: the author's address or domain stands here."""

    kind: Kind
    score: float
    own: bool = False


class Looker:
    """Looks at lines with the author's name and address in mind."""

    def __init__(self, names: NameWords, address: str) -> None:
        self.names = names
        self.address = address
        domain = address.rpartition("@")[2]
        self.domain = "" if is_free_mail(domain) else registered(domain) or domain

    def look(self, text: str, *, marked: bool) -> Look:
        """`text` without blanks at its ends, not empty. `marked`: the mail program put it into a signature."""
        if len(text) > _TOO_LONG:
            return Look(Kind.OTHER, -4.0)
        sentence = sentence_words(text)
        if sentence >= _PROSE and len(text) > _SHORT:  # by far the most lines
            return Look(Kind.OTHER, -3.0)
        kind = self._kind(text)
        if kind in _FIXED:
            return Look(kind, _FIXED[kind])
        if _TRAILER.match(text):
            return Look(kind, -2.0)
        words = text.split()
        contact = self._contact(text, words)
        score = contact + _SCORES.get(kind, 0.0) + 0.5 * marked
        score -= min(1.5, 0.5 * sentence) if contact >= _SURELY else _against(text) + min(3.0, 1.2 * sentence)
        if text[-1] == "?" or (text[-1] in ".!:" and (len(words) > _CLAUSE or _ends_sentence(words[-1]))):
            score -= 0.8
        if len(words) > _FEW_WORDS:
            score -= 0.3
        elif not sentence:
            capitals = sum(word[:1].isupper() for word in words)
            score += 0.3 if capitals * 2 >= len(words) else -0.1
        return Look(kind, score, self._is_own(text))

    def _kind(self, text: str) -> Kind:
        if len(text) > _LONG:
            return Kind.OTHER
        if _DELIMITER.match(text):
            return Kind.DELIMITER
        if is_rule(text) or not any(map(str.isalnum, text)):
            return Kind.RULE
        if is_closing(text):
            return Kind.CLOSING
        if is_greeting(text):
            return Kind.GREETING
        words = [word.strip(".") for word in folded(text).replace(",", " ").split(maxsplit=_MAX_NAME_WORDS + 1)]
        if len(words) <= _MAX_NAME_WORDS and sum(map(self.names.has, words)) >= self.names.needed > 0:
            return Kind.NAME
        if starts_with_closing(text, self.names.words) or _DASHED_NAME.match(text):
            return Kind.SIGNED
        if is_thanks(text):
            return Kind.THANKS
        first_name = len(words) <= _MAX_FIRST_NAME and any(self.names.has(piece) for word in words for piece in word.split("-"))
        return Kind.FIRST_NAME if first_name else Kind.OTHER

    def is_short_name(self, text: str) -> bool:
        """ "Anna", "- Anna", "AR": what stands between a closing and a full signature."""
        words = [folded(word.strip(".,!-~/")) for word in text.split() if any(map(str.isalnum, word))]
        if len(words) != 1:
            return False
        if all(piece in self.names.words for piece in words[0].split("-")):
            return True
        return len(words[0]) <= _MAX_NICKNAME and any(name.startswith(words[0]) for name in self.names.words)

    def _is_own(self, text: str) -> bool:
        lowered = text.lower()
        return bool(self.address) and (self.address in lowered or (bool(self.domain) and self.domain in lowered))

    def _contact(self, text: str, words: list[str]) -> float:
        """How much of this line is what a person is reached by."""
        score = 0.0
        lowered = text.lower()
        figures = sum(map(str.isdigit, text))
        marked = figures > 0 or any(mark in text for mark in ":#=")
        labelled = marked and _LABELLED.search(lowered) is not None
        if figures >= _MIN_FIGURES and _NUMBER.search(text):
            score += 2.2 if labelled or text.lstrip("(").startswith("+") else 0.8
        elif labelled:
            score += 0.5
        if "@" in text and _EMAIL.search(lowered):
            score += 2.0 if self.address and self.address in lowered else 1.2
        if "." in text and _URL.search(lowered):
            score += 0.8
        if figures > 1 and _POSTCODE.search(lowered):
            score += 1.0
        if any(word.strip(".,|()").lower() in _LEGAL for word in words):
            score += 1.0
        if marked and _REGISTERED.search(lowered):
            score += 2.0
        return score


_FIXED = {Kind.RULE: 0.05, Kind.DELIMITER: 0.05, Kind.CLOSING: -0.5, Kind.GREETING: -2.0}
_SCORES = {Kind.NAME: 2.0, Kind.FIRST_NAME: 1.0, Kind.SIGNED: 1.0}


def _ends_sentence(word: str) -> bool:
    """ "agreed.", and not "Inc." or "dept."."""
    return word[-1] in ".!" and len(word) > _MAX_ABBREVIATION and word[:-1].isalpha() and word[:-1].islower()


def _against(text: str) -> float:
    """Signs of code, lists, tables and paragraphs."""
    code = text.endswith(_CODE_ENDS) or text.startswith(_CODE_STARTS) or _CODE.search(text) is not None
    amounts = any(map(str.isdigit, text)) and _AMOUNTS.search(text) is not None
    to_fill_in = "____" in text and not text.endswith("____]") and ":" in text
    return 1.5 * code + 1.0 * to_fill_in + 0.8 * amounts + 0.8 * bool(_BULLET.match(text)) + 1.5 * (len(text) > _LONG)
