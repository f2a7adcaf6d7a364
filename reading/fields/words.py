"""Words made comparable: without case, accents and marks."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def folded(text: str) -> str:
    """Lower case without accents: "Gérante" is "gerante"."""
    lowered = text.casefold()
    if lowered.isascii():
        return lowered
    spread = unicodedata.normalize("NFKD", lowered.translate(_LETTERS))
    return "".join(character for character in spread if not unicodedata.combining(character))


def words_in(text: str) -> list[str]:
    """The folded words in order."""
    return _WORD.findall(folded(text))


def joined(text: str) -> str:
    """All words as one, as a domain writes them: "Weber & Söhne" is "webersohne"."""
    return "".join(words_in(text))


def joined_with_umlauts(text: str) -> str:
    """The same with ä written ae, as German domains do: "webersoehne"."""
    return joined(unicodedata.normalize("NFC", text.casefold()).translate(_UMLAUTS))


def listed(words: str) -> frozenset[str]:
    """The folded words of a list that is written with blanks between them."""
    return frozenset(folded(words).split())
