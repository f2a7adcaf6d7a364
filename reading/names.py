"""First and last name from a display name and an address. What they do not say stays empty."""

import re
import unicodedata
from dataclasses import dataclass

from reading.headers import one_line

MAX_DISPLAY = 200

_VIA = re.compile(r"\s+via\s.*$", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
_QUOTES = "\"'`“”„«»‘’ \t"
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "mme", "mlle", "m", "monsieur", "madame", "herr", "frau", "sr", "sra", "srta", "sig"}
    | {"dott", "ing", "dipl.-ing", "dhr", "mevr", "me", "maître"}
)
# "M. Petit" is a gentleman and "M Petit" may be a Marie: these are titles with a full stop only.
_TITLES_WITH_STOP = frozenset({"m", "me", "ing", "sig", "sr"})
_AFTER_NAME = frozenset(
    {"jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "mba", "msc", "m.sc", "bsc", "b.sc", "esq", "cpa", "pmp", "dr", "prof"}
)
_LEGAL_FORMS = frozenset(
    {"gmbh", "mbh", "ag", "kg", "ohg", "ug", "e.v", "ltd", "limited", "llc", "llp", "inc", "corp", "plc", "sarl", "sas", "sasu"}
    | {"eurl", "scop", "s.a", "s.l", "sl", "slu", "s.l.u", "s.r.l", "srl", "s.p.a", "spa", "bv", "b.v", "nv", "n.v", "ab", "oy"}
    | {"aps", "lda", "&", "+", "cie"}
)
_PARTICLES = frozenset(
    {"de", "del", "della", "der", "den", "des", "di", "do", "dos", "da", "das", "du", "la", "le", "las", "los", "van", "von"}
    | {"vom", "zu", "zur", "ten", "ter", "te", "af", "av", "bin", "ibn", "al", "el", "y", "e", "san", "d'", "t'", "'t", "lo"}
)
# Local parts with a dot in them that are an office and not a person.
_OFFICES = frozenset(
    {"info", "contact", "contacts", "kontakt", "contacto", "contatto", "sales", "ventes", "vente", "vertrieb", "verkauf", "ventas"}
    | {"service", "services", "servicio", "support", "hello", "hallo", "bonjour", "hola", "office", "buero", "bureau", "admin"}
    | {"team", "equipe", "equipo", "client", "clients", "clientes", "customer", "customers", "kunden", "commercial", "comercial"}
    | {"marketing", "accounts", "accounting", "compta", "comptabilite", "facturation", "rechnung", "buchhaltung", "billing"}
    | {"invoice", "invoices", "order", "orders", "commandes", "bestellung", "pedidos", "shop", "store", "news", "newsletter", "mail"}
    | {"mailing", "email", "web", "website", "webmaster", "no", "reply", "noreply", "jobs", "karriere", "recrutement", "hr", "rh"}
    | {"it", "help", "helpdesk", "desk", "press", "presse", "secretariat", "sekretariat", "sav", "direction", "accueil", "reception"}
    | {"zentrale", "test", "user", "group", "list", "notifications", "alert", "alerts"}
)
_LOCAL_NAME = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[._]([^\W\d_]+(?:-[^\W\d_]+)*)")
_MC = re.compile(r"^mc(?=\w{2})")
_MIN_CAPITALS = 3
_MIN_WORD = 2


@dataclass(frozen=True, slots=True)
class Name:
    """Either part may be empty; a single known word is the last name."""

    first: str = ""
    last: str = ""


def split_name(display: str, address: str) -> Name:
    """The name of the person at `address`. `display` may be empty, an address, or a company; then only the address can tell."""
    by_address = _from_address(address)
    shown = _VIA.sub("", one_line(display, MAX_DISPLAY).strip(_QUOTES))
    shown = _BRACKETED.sub(" ", shown).partition("|")[0].strip(_QUOTES)
    words = _without_titles([word for word in shown.replace(",", " , ").split() if word == "," or _says_something(word)])
    if "@" in shown or set(words) <= {","} or any(_bare(word) in _LEGAL_FORMS for word in words):
        return by_address
    if "," in words:
        comma = words.index(",")
        last, first = words[:comma], [word for word in words[comma + 1 :] if word != ","]
        return _cased(first, last) if last else _cased(*_split(first, by_address))
    if len(words) == 1 and _same(words[0], by_address.first):
        return _cased(words, [by_address.last])
    return _cased(*_split(words, by_address))


def _from_address(address: str) -> Name:
    """anna.roy@… is Anna Roy; anything else says nothing for certain."""
    found = _LOCAL_NAME.fullmatch(address.rpartition("@")[0].partition("+")[0].lower())
    if not found:
        return Name()
    first, last = found.groups()
    pieces = {*first.split("-"), *last.split("-")}
    if min(len(first), len(last)) < _MIN_WORD or not _OFFICES.isdisjoint(pieces):
        return Name()
    return Name(_capitalised(first), _capitalised(last))


def is_office(local_part: str) -> bool:
    """Does a local part name an office and no person: info, sales-team, support.fr?"""
    pieces = [piece for piece in re.split(r"[._+-]+", local_part.lower()) if piece]
    return bool(pieces) and not _OFFICES.isdisjoint((pieces[0], pieces[-1]))


def _says_something(word: str) -> bool:
    """Signs alone are no name; "&" and "+" betray a company."""
    return any(character.isalpha() for character in word) or word in _LEGAL_FORMS


def _bare(word: str) -> str:
    return word.lower().rstrip(".,")


def _without_titles(words: list[str]) -> list[str]:
    """Without "Dr." before the name and ", PhD" after it."""
    start = 0
    while start < len(words) - 1 and _is_title(words[start]):
        start += 1
    end = len(words)
    while end > start + 1 and (words[end - 1] == "," or _bare(words[end - 1]) in _AFTER_NAME):
        end -= 1
    return words[start:end]


def _is_title(word: str) -> bool:
    bare = _bare(word)
    return bare in _TITLES and (bare not in _TITLES_WITH_STOP or word.endswith("."))


def _split(words: list[str], by_address: Name) -> tuple[list[str], list[str]]:
    """First and last names of words in a row: as the address has them, else as capitals and particles tell."""
    if len(words) <= 1:
        return [], words
    for number, word in enumerate(words):
        if number and _same(word, by_address.last):
            return words[:number], words[number:]
    if _same(words[0], by_address.last) and _same(words[-1], by_address.first):
        return words[1:], words[:1]
    return _split_by_capitals(words) or _split_by_particles(words)


def _split_by_capitals(words: list[str]) -> tuple[list[str], list[str]] | None:
    """ "ROY Anna" and "Anna DE ROY": French letters write the last name in capitals."""
    capitals = [_is_capitals(word) for word in words]
    if capitals[0] and not any(capitals[1:]) and len(words[0]) >= _MIN_CAPITALS and not _is_particle(words[1]):
        return words[1:], words[:1]
    if capitals[0] or not capitals[-1]:
        return None
    start = capitals.index(True)
    while start > 1 and _is_particle(words[start - 1]):
        start -= 1
    return words[:start], words[start:]


def _split_by_particles(words: list[str]) -> tuple[list[str], list[str]]:
    if words[0].islower() and _is_particle(words[0]):
        return [], words
    start = next((number for number in range(1, len(words) - 1) if _is_particle(words[number])), len(words) - 1)
    return words[:start], words[start:]


def _is_particle(word: str) -> bool:
    return word.lower().replace("’", "'") in _PARTICLES


def _is_capitals(word: str) -> bool:
    return len(word) >= _MIN_WORD and word.isupper() and not word.endswith(".")


def _same(word: str, other: str) -> bool:
    return bool(other) and _folded(word) == _folded(other)


def _folded(word: str) -> str:
    spread = word.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ø", "o").replace("æ", "ae")
    return "".join(character for character in unicodedata.normalize("NFKD", spread) if character.isalnum())


def _cased(first: list[str], last: list[str]) -> Name:
    return Name(_cased_words(first, initials=True), _cased_words(last, initials=False))


def _cased_words(words: list[str], *, initials: bool) -> str:
    """Words all in capitals get a name's case; of first names "JP" stays as it is."""
    shown = []
    for number, word in enumerate(words):
        if not _is_capitals(word) or (initials and len(word) == _MIN_WORD and not _has_vowel(word)):
            shown.append(word)
        elif _is_particle(word) and number < len(words) - 1:
            shown.append(word.lower())
        else:
            shown.append(_capitalised(word.lower()))
    return " ".join(shown).strip(_QUOTES + ",;-")


def _has_vowel(word: str) -> bool:
    return any(character in "AEIOUYÄÖÜÉÈÀ" for character in word)


def _capitalised(word: str) -> str:
    """Lower case to a name's: Jean-Luc, O'Connor, McDonald."""
    return "".join(_capital_piece(piece) for piece in re.split(r"([-'’])", word))


def _capital_piece(piece: str) -> str:
    return f"Mc{piece[2:].capitalize()}" if _MC.match(piece) else piece.capitalize()
