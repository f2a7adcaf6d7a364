"""What is the author called? Header, signature and address vote; a name is never made up from one weak sign."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reading.closings import is_greeting
from reading.fields.words import folded
from reading.names import Name, is_office, split_name
from reading.proposal import FieldName, Line, Proposal, Source

_MAX_ZONE_LINES = 14
_MAX_WORDS = 5
_MAX_WORD = 25
_MIN_WORDS, _USUAL_WORDS, _SPANISH_WORDS = 2, 3, 4
_MIN_PIECE = 3
"""Letters of a name that are looked for within an address."""

_CELLS = re.compile(r"\s*[|·•*\t]\s*|\s{3,}|\s[-–—/]+\s|[_]{2,}")
_BRACKETS = re.compile(r"[(\[<{][^()\[\]<>{}]{0,120}[)\]>}]?")
_TITLE = re.compile(
    r"^(?:dr|prof|dipl|ing|mag|med\.|jur\.|phil\.|habil\.|mr|mrs|ms|mme|mlle|m|herr|frau|sr|sra|srta|dott|dott\.ssa|i\.\s?a|i\.\s?v|p\.\s?p|ppa|msc|m\.?\s?sc"
    r"|b\.?\s?sc|rer|nat|h\.\s?c|dipl\.-[a-z]+|dr\.-ing|-ing|me|ir|drs|d\.)\.?$",
    re.IGNORECASE,
)
_DEGREE = re.compile(
    r"^(?:P[hH]\.?\s?D|M\.?D|MBA|B\.?A|M\.?A|M\.?S|M\.?[sS][cC]|B\.?[sS][cC]|[Ee]sq|CPA|PMP|[JjSs][Rr]|II|III|IV|CISSP|P\.?E|[MB]\.?Eng)\.?$"
)
_PARTICLES = frozenset({"de", "del", "della", "der", "den", "des", "di", "do", "dos", "da", "das", "du", "la", "le", "van", "von", "vom"})
_PARTICLES_ALL = _PARTICLES | {
    "zu",
    "zur",
    "ten",
    "ter",
    "te",
    "af",
    "av",
    "bin",
    "ibn",
    "al",
    "el",
    "y",
    "e",
    "i",
    "san",
    "d",
    "los",
    "las",
    "o",
}
# Words of a display name that belong to an office, a company or a crowd and to no person.
_NO_PERSON = frozenset(
    {"support", "service", "services", "team", "equipe", "equipo", "club", "party", "association", "verein", "newsletter", "news", "info"}
    | {"contact", "sales", "vente", "ventes", "vertrieb", "ventas", "marketing", "office", "admin", "administrator", "helpdesk", "help"}
    | {"desk", "customer", "customers", "client", "clients", "clientele", "kunden", "kundenservice", "notices", "notice", "announcements"}
    | {"notification", "notifications", "alerts", "billing", "accounts", "accounting", "rechnung", "rechnungen", "facture", "facturation"}
    | {"buchhaltung", "compta", "comptabilite", "secretariat", "sekretariat", "direction", "accueil", "reception", "hr", "rh", "jobs"}
    | {"gmbh", "ag", "kg", "sarl", "sas", "sa", "sl", "ltd", "limited", "inc", "llc", "corp", "bv", "nv", "srl", "spa", "company", "group"}
    | {"groupe", "gruppe", "grupo", "gruppo", "international", "university", "universite", "universitat", "universidad", "institute"}
    | {"institut", "instituto", "committee", "foundation", "stiftung", "fondation", "fundacion", "center", "centre", "zentrum", "centro"}
    | {"department", "dept", "abteilung", "departement", "departamento", "shop", "store", "boutique", "online", "hotel", "restaurant"}
    | {"mailing", "list", "liste", "users", "for", "the", "of", "and", "und", "et", "fur", "pour", "para", "lottery", "lotterie", "bank"}
    | {"atelier", "ateliers", "cabinet", "menuiserie", "boulangerie", "imprimerie", "pharmacie", "etablissements", "ets", "entreprise"}
    | {"societe", "agence", "garage", "auberge", "maison", "werkstatt", "verlag", "agentur", "praxis", "kanzlei", "handel", "werke"}
    | {"taller", "talleres", "construcciones", "transportes", "muebles", "clinica", "hermanos", "asociacion", "studio", "agency"}
    | {"industries", "logistics", "logistik", "logistique", "trading", "holding", "partners", "labs", "media", "academy", "society"}
    | {"federation", "council", "ministry", "project", "forum", "magazine", "travel", "tours", "airlines", "insurance", "capital"}
    | {
        "wiki",
        "jira",
        "github",
        "gitlab",
        "redmine",
        "bugzilla",
        "bot",
        "system",
        "server",
        "noreply",
        "reply",
        "webmaster",
        "web",
        "website",
        "hosting",
        "software",
        "solutions",
        "systems",
    }
    | {"technologies", "technology", "consulting", "engineering", "director", "manager", "engineer", "developer", "head", "chief"}
    | {"president", "leiter", "leiterin", "directeur", "directrice", "gerant", "gerante", "responsable", "gerente", "jefe", "chef"}
    | {"assistant", "consultant", "architect", "analyst", "officer", "executive", "professor", "lecturer", "student", "partner", "owner"}
    | {"ingenieur", "ingeniero", "tel", "phone", "fax", "mobile", "email", "mail", "skype", "sent", "from", "iphone", "android", "regards"}
    | {"thanks", "best", "kind", "street", "road", "avenue", "rue", "strasse", "calle", "via", "building", "research", "laboratory", "lab"}
)
# Given names that come second in Spanish and Portuguese: "José Luis Vega" has one last name.
_SECOND_GIVEN = frozenset(
    {"jose", "maria", "luis", "luiz", "carlos", "manuel", "antonio", "jesus", "angel", "javier", "miguel", "pablo", "alberto", "ignacio"}
    | {"felipe", "eduardo", "francisco", "ramon", "enrique", "andres", "alejandro", "fernando", "pedro", "juan", "jorge", "rafael"}
    | {"isabel", "carmen", "pilar", "teresa", "rosa", "elena", "cristina", "luisa", "dolores", "mercedes", "victoria", "paulo", "joao"}
    | {"ana", "lucia", "paula", "roberto", "ricardo", "mario", "david", "daniel", "gabriel", "henrique", "augusto", "cesar", "alfonso"}
)
_SPANISH_SURNAME = re.compile(
    r"(?:\w{2,}ez|\w{2,}[ií]z|garcia|martin|romero|torres|navarro|molina|moreno|blanco|castro|ortega|delgado|iglesias?|vega|serrano|ramos"
    r"|reyes|cruz|flores|herrera|medina|castillo|santos|guerrero|rojas|silva|campos|cano|prieto|vidal|lozano|cabrera|fuentes?|leon|soto"
    r"|vargas|rios|mora|pena|marin|sanz|rubio|gil|suarez|vila|ferrer|pascual|santiago|aguilar|mendoza|rivera|contreras|espinosa)"
)
_SPANISH_ENDINGS = (".es", ".mx", ".ar", ".cl", ".co", ".pe", ".uy", ".ve", ".ec", ".cat")


@dataclass(frozen=True, slots=True)
class Named:
    """`certainty` 0..1. `line` is the signature line that decided, None where the header did."""

    name: Name
    certainty: float
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    words: tuple[str, ...]
    line: Line
    place: int
    """How many written lines of the zone stand above."""


@dataclass(frozen=True, slots=True)
class NameWords:
    """Folded words of the author's display name and local part, by which his own signature is known."""

    words: frozenset[str]
    local_part: str
    """Its letters alone, "" where it is an office's."""
    needed: int
    """How many words of a line make it his name."""
    person: bool = True
    """The header names a person; else the name of whoever signs is not known before."""

    def has(self, word: str) -> bool:
        return word in self.words or (len(word) > _MIN_PIECE and word in self.local_part)


def name_words(display: str, address: str) -> NameWords:
    words = {folded(word) for word in re.split(r"[\s,.()_'\"@+/-]+", display)}
    local = address.rpartition("@")[0]
    local = "" if is_office(local) else folded(local)
    words.update(re.split(r"[\d._+=-]+", local))
    kept = frozenset(word for word in words if len(word) > 1 and word not in _NO_PERSON and word.isalpha())
    return NameWords(kept, "".join(filter(str.isalpha, local)), min(2, len(kept)), _shown_words(display) is not None)


def name_of(display: str, address: str, zone: Sequence[Line], language: str) -> Named:
    """The name of who writes from `address`. `zone` are the lines of his signature, without a closing."""
    shown = _shown_words(display)
    candidates = list(_candidates(zone))
    local = address.rpartition("@")[0].partition("+")[0].lower()
    if shown is not None and len(shown) > 1:
        return _of_display(display, address, shown, candidates, language)
    if shown is not None and len(shown) == 1:
        return _of_one_word(shown[0], address, candidates, language)
    return _without_display(local, address, candidates, language)


def _shown_words(display: str) -> tuple[str, ...] | None:
    """The words of a person's display name, None where it is no person's."""
    shown = _BRACKETS.sub(" ", _VIA.sub("", display)).strip(" \t'\"")
    if not shown or "@" in shown or "<" in display or _HOST.fullmatch(shown):
        return None
    whole = _words_of_person(shown)
    if whole is not None or not _PARTS.search(shown):
        return whole
    # "Anna Roy - Ateliers Roy", "Ateliers Roy GmbH, Anna Roy": one part is the person
    parts = (_words_of_person(part) for part in _PARTS.split(shown))
    return next((words for words in parts if words is not None and len(words) > 1), None)


_VIA = re.compile(r"\s+v[ií]a\s.*$", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_PARTS = re.compile(r"\s+[-–—/]+\s+|[,|;]\s*|\s+@\s*|\s+(?:at|chez|bei)\s+")
_QUOTED = re.compile(r"\s[\"“„]\S{1,30}[\"”“](?=\s)")


def _words_of_person(shown: str) -> tuple[str, ...] | None:
    text = _QUOTED.sub(" ", shown).partition("|")[0]
    words = tuple(_without_numbers(word.partition("/")[0].strip('"“”')) for word in re.split(r"[\s,]+", text) if not _TITLE.match(word))
    while len(words) > _MIN_WORDS and _DEGREE.match(words[-1]):
        words = words[:-1]
    words = tuple(filter(None, words))
    if not words or len(words) > _MAX_WORDS or not any(map(_has_case, words)):
        return None
    pieces = (piece for word in words for piece in (word, *_CAMEL.findall(word)))
    return None if any(folded(piece).strip(".") in _NO_PERSON for piece in pieces) else words


_CAMEL = re.compile(r"[A-Z]+[a-z]+")


def _has_case(word: str) -> bool:
    """Of letters that names can be told in; Chinese ones say nothing of first and last."""
    return word.lower() != word.upper()


def _without_numbers(word: str) -> str:
    """ "Peter-pr02" is Peter: what directories add to tell namesakes apart is left out."""
    if not any(map(str.isdigit, word)):
        return word
    return "-".join(piece for piece in word.split("-") if piece.isalpha()) if "-" in word else ""


def _candidates(zone: Sequence[Line]) -> Iterable[_Candidate]:
    place = 0
    for line in zone:
        text = line.text.strip()
        if not any(map(str.isalnum, text)):
            continue
        for cell in () if is_greeting(text) else _CELLS.split(_BRACKETS.sub(" ", text))[:4]:
            # "Anna Roy, buyer", "Anna Roy - buyer", "i. A. Anna Roy"
            words = _person_words(cell.partition(",")[0])
            if words:
                yield _Candidate(words, line, place)
        place += 1
        if place >= _MAX_ZONE_LINES:
            return


def _person_words(cell: str) -> tuple[str, ...]:
    """The words of a cell that is written as a name is, else ()."""
    words = [word.strip("\"'“”«»;:-=~#/\\ ") for word in cell.replace("i. A.", " ").replace("i.A.", " ").split()]
    words = [word for word in words if word]
    while words and _TITLE.match(words[0]):
        words.pop(0)
    while len(words) > _MIN_WORDS and (_DEGREE.match(words[-1]) or _TITLE.match(words[-1])):
        words.pop()
    if not 0 < len(words) <= _MAX_WORDS or any(len(word) > _MAX_WORD for word in words):
        return ()
    for number, word in enumerate(words):
        plain = word.replace("'", "").replace("’", "").replace("-", "").replace(".", "")
        particle = number > 0 and folded(plain) in _PARTICLES_ALL
        if not plain.isalpha() or not (word[0].isupper() or particle) or (folded(plain) in _NO_PERSON):
            return ()
    return tuple(words)


def _of_display(display: str, address: str, shown: tuple[str, ...], candidates: list[_Candidate], language: str) -> Named:
    words = [folded(word) for word in shown]
    last_first = _before_and_after_comma(display, words)
    if last_first is not None:
        return Named(_cased(split_name(", ".join(last_first), address)), 0.97)
    for candidate in candidates:
        own = [folded(word) for word in candidate.words]
        common = [word for word in own if word in words and len(word) > 1]
        if len(common) > 1 and len(own) > 1:
            # people sign in the order they are called by; the header's order may be the directory's
            return Named(_split(candidate.words, address, language), 0.99, candidate.line)
    return Named(_reversed(shown, address, double_blank="  " in display.strip()) or _split(shown, address, language), 0.97)


def _before_and_after_comma(display: str, words: list[str]) -> tuple[str, str] | None:
    """ "Roy, Anna" and "Jones, Mike, Jr."; what follows a comma may be a degree or a company, too."""
    parts = [part.strip() for part in _BRACKETS.sub(" ", display).strip(" \t'\"").split(",")]
    parts = [part for part in parts if part and not _DEGREE.match(part)]
    if len(parts) != _MIN_WORDS or any(folded(word).strip(".\"'") not in words for part in parts for word in _without_titles(part)):
        return None
    return parts[0], parts[1]


def _without_titles(part: str) -> list[str]:
    return [_without_numbers(word) for word in part.split() if not _TITLE.match(word) and not _DEGREE.match(word)]


def _reversed(shown: tuple[str, ...], address: str, *, double_blank: bool) -> Name | None:
    """ "Tanaka  Kenji" of ktanaka@: the address begins with the initials of the last word and goes on with the first."""
    local = address.rpartition("@")[0].partition("+")[0].lower()
    plain = "".join(filter(str.isalnum, folded(local)))
    for cut in range(1, len(shown)):
        last, first = shown[:cut], shown[cut:]
        joined_last = _joined(last)
        initials = "".join(piece[:1] for word in first for piece in folded(word).split("-"))
        if plain in {initials + joined_last, initials[:1] + joined_last, _joined(first) + joined_last}:
            return _cased(Name(" ".join(first), " ".join(last)))
    if double_blank and len(shown) == _MIN_WORDS and folded(shown[0]) in plain:
        return _cased(Name(shown[1], shown[0]))
    return None


def _joined(words: tuple[str, ...]) -> str:
    return "".join(character for word in words for character in folded(word) if character.isalnum())


def _of_one_word(word: str, address: str, candidates: list[_Candidate], language: str) -> Named:
    """A nickname, a first name, or a last name: the signature or the address say the rest."""
    plain = folded(word)
    local = folded(address.rpartition("@")[0])
    if word.isupper() and len(word) >= _MIN_ACRONYM and plain not in local:
        return _without_display(local.partition("+")[0], address, candidates, language)
    for candidate in candidates:
        own = [folded(part) for part in candidate.words]
        agrees = plain in own or sum(part in local for part in own if len(part) >= _MIN_PIECE) > 0
        if len(own) > 1 and agrees:
            return Named(_split(candidate.words, address, language), 0.96, candidate.line)
    by_address = split_name("", address)
    if by_address.first and plain in {folded(by_address.first), folded(by_address.last)}:
        return Named(by_address, 0.95)
    if by_address.first and word.isupper():
        return Named(by_address, 0.9)
    if is_office(local) or _is_office_word(local):
        return Named(Name(first=_cased_word(word)), 0.4)
    if plain == local or re.search(r"[a-zà-ÿ][A-Z](?!cc)", word):
        # what people call themselves on the net may be anything
        return Named(Name(first=_cased_word(word)), 0.7 if word.istitle() else 0.4)
    return Named(Name(first=_cased_word(word)), 0.9)


_MIN_ACRONYM = 4


def _without_display(local: str, address: str, candidates: list[_Candidate], language: str) -> Named:
    by_address = split_name("", address) if not _is_office_word(local) else Name()
    pieces = [folded(piece) for piece in re.split(r"[._\d+-]+", local) if len(piece) > 1]
    domain = folded(address.rpartition("@")[2].partition(".")[0])
    for candidate in candidates:
        own = [folded(part) for part in candidate.words]
        if len(own) < _MIN_WORDS:
            continue
        matching = sum(any(part == piece or (len(part) > _MIN_PIECE and part in piece) for piece in pieces) for part in own)
        initials = local in {own[0][:1] + own[-1], f"{own[0][:1]}.{own[-1]}", own[0] + own[-1][:1], own[-1] + own[0][:1]}
        if matching or initials:
            return Named(
                _split(candidate.words, address, language), 0.95 if matching > 1 or initials or domain in own else 0.9, candidate.line
            )
    if by_address.first:
        return Named(by_address, 0.9)
    # an office or a company writes, and somebody signs for it
    top = next((candidate for candidate in candidates if candidate.place <= 1 and _MIN_WORDS <= len(candidate.words) <= _USUAL_WORDS), None)
    if top is not None:
        return Named(_split(top.words, address, language), 0.8, top.line)
    return Named(Name(), 0.0)


def _is_office_word(local: str) -> bool:
    """customernotices@, my-support@"""
    words = [word for word in _NO_PERSON if len(word) > _MIN_PIECE + 1]
    pieces = [piece for piece in re.split(r"[._\d+-]+", local) if piece]
    return any(piece in _NO_PERSON or piece.startswith(word) or piece.endswith(word) for piece in pieces for word in words)


def is_person(display: str) -> bool:
    """Can this display name be a person's? An office's, a company's and none cannot."""
    return _shown_words(display) is not None


def looks_like_name(text: str) -> bool:
    """Is the line written as a first and a last name are?"""
    return len(_person_words(text)) > 1


def _split(words: tuple[str, ...], address: str, language: str) -> Name:
    """First and last name of words in the order people say them."""
    if _has_two_last_names(words, address, language):
        return _cased(Name(" ".join(words[:-2]), " ".join(words[-2:])))
    if len(words) > _MIN_WORDS + 1 and folded(words[-2]) in {"i", "y"}:
        return _cased(Name(" ".join(words[:-3]), " ".join(words[-3:])))
    if len(words) == 1:
        return _cased(Name(first=words[0]))
    if len(words) > _MIN_WORDS + 1 and folded(words[0]) == "maria" and folded(words[1]) in {"del", "de"}:
        return _cased(Name(" ".join(words[:3]), " ".join(words[3:])))
    name = split_name(" ".join(words), address)
    return _cased(name)


def _has_two_last_names(words: tuple[str, ...], address: str, language: str) -> bool:
    """Spanish names of three or four words end in two last names, unless the second is a given name."""
    if not _USUAL_WORDS <= len(words) <= _SPANISH_WORDS or any(folded(word) in _PARTICLES_ALL for word in words):
        return False
    before_last, last = folded(words[-2]).strip("."), folded(words[-1])
    if len(before_last) < _MIN_PIECE or (len(words) < _SPANISH_WORDS and before_last in _SECOND_GIVEN):
        return False
    both = _SPANISH_SURNAME.fullmatch(before_last) is not None, _SPANISH_SURNAME.fullmatch(last) is not None
    if all(both):
        return True
    local = folded(address.rpartition("@")[0])
    if last in local and before_last not in local:
        return False
    return both[0] or (both[1] and (language == "es" or address.endswith(_SPANISH_ENDINGS)))


def _cased(name: Name) -> Name:
    return Name(*(" ".join(map(_cased_word, part.split())) for part in (name.first, name.last)))


_CAPITAL_PARTICLES = frozenset({"DE", "VAN", "VON", "DER", "DEN", "DU", "DEL", "DELLA", "DI", "DOS", "DA", "ZU", "TEN", "TER"})


def _cased_word(word: str) -> str:
    """Names written in capitals or without any get a name's case; initials and particles stay."""
    if word in _CAPITAL_PARTICLES:
        return word.lower()
    if word.isupper() and len(word) >= _MIN_PIECE:
        return _capitalised(word)
    if word.islower() and word.partition("'")[0].partition("’")[0] not in _PARTICLES_ALL:
        return _capitalised(word)
    return word


def _capitalised(word: str) -> str:
    """ "jean-luc" is Jean-Luc; of "Puig-i-Vila" only what is a word of its own."""
    return re.sub(r"(?<![^\W\d_])[^\W\d_]", lambda found: found[0].upper(), word.lower())


_SALUTATION = re.compile(r"(?:^|[\s(])((?:Prof|Dr|Mr|Mrs|Ms|Mx|Miss|Mme|Mlle|Monsieur|Madame|Herr|Frau|Sra?|Srta|Dott)\b\.?)(?=[\s)]|$)")


def salutation_in(display: str, zone: Sequence[Line]) -> Iterable[Proposal]:
    """How the author is addressed, where his display name or the name in his signature says so."""
    found = _SALUTATION.search(display)
    if found:
        yield Proposal(FieldName.SALUTATION, found[1], 0.9, Source.HEADER, display)
        return
    for line in zone[:_MAX_ZONE_LINES]:
        found = _SALUTATION.match(line.text.strip())
        if found:
            start = line.start + line.text.index(found[1])
            yield Proposal(
                FieldName.SALUTATION, found[1], 0.8, Source.SIGNATURE, line.text.strip(), line.number, start, start + len(found[1])
            )
            return
