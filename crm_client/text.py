"""Text as a CRM keeps and compares it. Pure."""

import unicodedata

_REFUSED = ("Cc", "Cs")  # control characters and half surrogates: PostgreSQL takes neither
_KEPT_IN_LINES = "\n\t"
_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def one_line(text: str) -> str:
    """Without control characters, white space drawn together."""
    return " ".join("".join(" " if unicodedata.category(sign) in _REFUSED else sign for sign in text).split())


def lines(text: str) -> str:
    """Line feeds as line ends, no other control characters but tabs, nothing blank at both ends."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in unified if sign in _KEPT_IN_LINES or unicodedata.category(sign) not in _REFUSED).strip()


def fold(text: str) -> str:
    """Lower case without accents, for searching and sorting: "Lefèvre" and "lefevre" are one."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", one_line(text)) if not unicodedata.combining(sign))
    return plain.casefold().translate(_WITHOUT_DECOMPOSITION)
