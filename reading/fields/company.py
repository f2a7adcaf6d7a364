"""The company: by its legal form, by the sender's domain, by words for organisations; else the words beside name and job."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reading.fields import streets
from reading.fields.cells import Piece, Row
from reading.fields.domains import FREE_MAIL, company_labels, domain_of
from reading.fields.job import Names, is_label, is_title
from reading.fields.lexicon import DEPARTMENTS, LEGAL_FORMS, ORGANISATIONS, SUBORDINATE, TRADES, reads_as_sentence
from reading.fields.places import country_of, state_country
from reading.fields.web import proposal_at
from reading.fields.words import joined, joined_with_umlauts, listed, words_in
from reading.proposal import FieldName, Proposal, Sender, Source

_MAX_WORDS = 9
_MAX_WEAK_WORDS = 5
_MIN_LABEL = 3
_MIN_ANY_LABEL = 2
_PARTS = frozenset(
    {
        "department",
        "dept",
        "division",
        "abteilung",
        "lehrstuhl",
        "faculty",
        "fakultat",
        "departamento",
        "departement",
        "dipartimento",
        "school",
    }
    | {"group", "team", "unit", "lab", "labs", "section", "branch", "bereich", "referat"}
)
"""Parts of an organisation, as the first or last word of their name."""
_WEAK = 0.45
"""How sure words are that might as well be a department."""
_MIN_PART = 4
_MAX_LEGAL_WORDS = 12
_LONG_NUMBER = 3
_MAX_FORM_WORDS = 7
_NEAR = 3
"""Rows between name and company."""
_LEGAL_TAIL = re.compile(
    r"""(?:\s|,\s?)(?:g?GmbH(?:\s?&\s?Co\.?\s?(?:KGaA|KG|OHG))?|m\.?b\.?H\.?|AG(?:\s?&\s?Co\.?\s?KG)?|KGaA|KG|OHG|UG(?:\s\(haftungsbeschränkt\))?
    |GbR|PartG(?:\s?mbB)?|mbB|e\.\s?V\.|e\.\s?K\.|e\.\s?K(?:fm|fr)\.|eG|SE|S\.?A\.?R\.?L\.?|SAS|S\.A\.S\.?|SASU|EURL|SCOP|SCIC|SELARL|SNC|GIE|SA|S\.A\.?(?:U\.?)?
    |S\.?r\.?l\.?s?\.?|S\.?p\.?A\.?|S\.?n\.?c\.?|S\.?a\.?s\.?|S\.?A\.?\sde\sC\.?V\.?|S\.\s?de\sR\.L\.(?:\sde\sC\.V\.)?|S\.L\.?(?:U|P|L|N\.?E)?\.?|SLU?|SLP|SAU|S\.\s?Coop\.?|Ltd\.?|Limited|LLC|L\.L\.C\.|LLP|LP
    |Inc\.?|Incorporated|Corp\.?|Corporation|PLC|plc|P\.?C\.?|CIC|B\.?V\.?(?:B\.?A\.?)?|N\.?V\.?|V\.?O\.?F\.?|SPRL|SRL|ASBL|VZW|AB|HB|Oyj?|ApS|A/S|ASA?|I/S
    |Lda\.?|Ltda\.?|S/A|EIRELI|Pty\.?\s?(?:Ltd\.?)?|Pvt\.?\s?(?:Ltd\.?|Limited)?|Sdn\.?\s?Bhd\.?|Pte\.?\s?(?:Ltd\.?)?|K\.?K\.?|s\.\s?r\.\s?o\.|a\.\s?s\.|Kft\.?|Zrt\.?
    |d\.o\.o\.|ltd\.?|inc\.?|lt[ée]e\.?|Lt[ée]e\.?|gmbh|srl|sarl|sas|llc|Sp\.\sz\so\.\s?o\.|z\.?\s?s\.)(?=\Z|\s*\(|\s[A-ZÉ][\w.-]+\Z)""",
    re.VERBOSE,
)
_BRACKETED = re.compile(r"\(([^()]{2,20})\)")
_AND = ("and", "und", "et", "y", "e")
_CONNECTED = re.compile(r"(?:\b(?:und|and|et|y|e|en|&)|[-&+])\s*$", re.IGNORECASE)
_ADVERT = re.compile(
    r"social media|follow|visit|linkedin|facebook|twitter|website|envoyé|sent from|gesendet|enviado|copyright|©|proprietary|confidential"
    r"|mailing list|newsletter",
    re.IGNORECASE,
)
_FORMS_IN_DOMAINS = ("gmbh", "sarl", "sas", "sa", "ag", "sl", "srl", "spa", "ltd", "inc", "llc", "corp", "group", "bv", "nv", "ab")
_NOT_HEADER = frozenset({"", "none", "home", "private", "privat", "personal", "self", "n/a", "-", "me", "myself", "linux", "not organized"})
_SMALL = listed(
    """
    of the and for de la le les du des et d l del y e di für fur und der die das im in an am van voor i a
    """
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    row: int
    start: int
    end: int
    first: int
    """Number of its first piece."""
    words: tuple[str, ...]
    legal: bool
    """Does it end with a legal form?"""


def company_of(
    pieces: Sequence[Piece],
    rows: Sequence[Row],
    names: Names,
    used: frozenset[int],
    titles: frozenset[int],
    legal: Mapping[int, int],
    sender: Sender,
    sites: Sequence[str],
    at_company: str,
) -> Proposal | None:
    """`used` are pieces that are something else, `titles` those of the job, `legal` places of `legal_notes`, `sites` hosts of the
    sender, `at_company` the company in "Director at Weber"."""
    labels = _labels(sender, sites)
    own = {joined(label) for domain in sender.own_domains for label in company_labels(domain)[:1]}
    title_rows = {pieces[number].row for number in titles}
    best: tuple[float, _Candidate] | None = None
    for candidate in _candidates(pieces, rows, names, used | titles, legal, at_company):
        if joined(" ".join(_core(candidate.words))) in own:
            continue
        confidence = _confidence(candidate, pieces, names, labels, at_company, beside_title=candidate.row in title_rows)
        if confidence and (best is None or confidence > best[0]):
            best = (confidence, candidate)
    header = _of_header(sender, own, labels)
    if best is None or (header is not None and best[0] <= _WEAK < header.confidence):
        return header
    confidence, found = best
    return proposal_at(FieldName.COMPANY, found.text, round(confidence, 3), rows[found.row], found.start, found.end)


def _labels(sender: Sender, sites: Sequence[str]) -> tuple[str, ...]:
    domains = [domain_of(sender.address), *sites]
    own = sender.own_domains
    labels: list[str] = []
    for domain in domains:
        if domain not in own and domain not in FREE_MAIL:
            for label in company_labels(domain):
                labels += [label, *(label.removesuffix(form).rstrip("-") for form in _FORMS_IN_DOMAINS if label.endswith(form))]
    return tuple(dict.fromkeys(label for label in labels if label not in {"mail", "email", "www"}))


def _of_header(sender: Sender, own: set[str], labels: Sequence[str]) -> Proposal | None:
    """The Organization header: sure where it is called as the domain, or named as companies are."""
    written = " ".join(sender.organisation.split())[:120]
    words = words_in(written)
    if written.casefold() in _NOT_HEADER or not words or len(words) > _MAX_WORDS or joined(written) in own or reads_as_sentence(written):
        return None
    core = _core(words)
    named = any(_match(core, words, written, label) for label in labels) if core else False
    sure = "," not in written and not ORGANISATIONS.isdisjoint(words)
    confidence = 0.88 if named or _LEGAL_TAIL.search(written) else 0.8 if sure else _WEAK
    return Proposal(FieldName.COMPANY, written, confidence, Source.HEADER, f"Organization: {written}")


def _candidates(
    pieces: Sequence[Piece], rows: Sequence[Row], names: Names, used: frozenset[int], legal: Mapping[int, int], at_company: str
) -> Iterable[_Candidate]:
    for number, piece in enumerate(pieces):
        text, start, end = piece.text, piece.start, piece.end
        if number in used:
            at = text.rfind(at_company) if at_company else -1
            if at <= 0:
                continue
            text, start = at_company, start + at
        elif piece.end > legal[piece.row] or number in names.pieces or is_label(piece, rows):
            continue
        row_text = rows[piece.row].text
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        if following and following.row == piece.row and following.cell == piece.cell and _is_legal_form(following.text):
            text, end = row_text[start : following.end], following.end
        if row_text[end : end + 1] == "." and not text.endswith("."):
            text, end = text + ".", end + 1
        words = tuple(words_in(text))
        legal_form = _has_legal_form(text, words)
        yield _Candidate(text if legal_form else text.rstrip("."), piece.row, start, end, number, words, legal_form)
        if following and following.row == piece.row + 1 and _CONNECTED.search(row_text) and row_text.rstrip().endswith(piece.text[-2:]):
            whole = f"{text} {following.text}"
            words = tuple(words_in(whole))
            yield _Candidate(whole, piece.row, start, end, number, words, _has_legal_form(whole, words))


def _is_legal_form(text: str) -> bool:
    return bool(_LEGAL_TAIL.fullmatch(f" {text}")) or joined(text) in LEGAL_FORMS


def _has_legal_form(text: str, words: Sequence[str]) -> bool:
    # the words tell first whether it is worth looking
    return any(len(word) == 1 or word in LEGAL_FORMS for word in words[-_MAX_FORM_WORDS:]) and bool(_LEGAL_TAIL.search(text))


def _core(words: Sequence[str]) -> list[str]:
    """Without legal form and small words."""
    return [word for word in words if word not in LEGAL_FORMS and word not in _SMALL]


def _confidence(
    candidate: _Candidate, pieces: Sequence[Piece], names: Names, labels: Sequence[str], at_company: str, *, beside_title: bool
) -> float:
    """How sure it is that these words name the company, 0 where they cannot."""
    text, words = candidate.text, candidate.words
    core = _core(words)
    legal = candidate.legal
    if not core or not _is_name(text, words, legal=legal):
        return 0.0
    if at_company and text == at_company:
        return 0.95
    matched = max((_match(core, words, text, label) for label in labels), default=0.0)
    if legal and (matched or not text[0].islower()):
        return 0.95 + 0.03 * matched
    is_job = is_title(text) and words[-1] not in TRADES
    if matched and (matched == 1 or not is_job):
        return 0.955 * matched - (0.1 if words[0] in SUBORDINATE or (words[0] in DEPARTMENTS and len(words) > 1) else 0.0)
    if is_job or not text[0].isupper() or country_of(text) or state_country(text):
        return 0.0
    if not ORGANISATIONS.isdisjoint(words) and len(core) > 1:
        return _of_organisation(words)
    return _beside_name(candidate, pieces[candidate.first].row, names, beside_title=beside_title)


def _is_name(text: str, words: Sequence[str], *, legal: bool) -> bool:
    """Could it be a name: no sentence, no label, no advert, no number?"""
    if ":" in text or "@" in text or _ADVERT.search(text) or not any(map(str.isalpha, text)):
        return False
    if legal:
        return len(words) <= _MAX_LEGAL_WORDS and (_is_capitalised(text) or not reads_as_sentence(text))
    return (
        len(words) <= _MAX_WORDS and not reads_as_sentence(text) and not any(word.isdigit() and len(word) > _LONG_NUMBER for word in words)
    )


def _is_capitalised(text: str) -> bool:
    return all(word[0].isupper() or word in _SMALL or not word[0].isalpha() for word in text.split())


def _of_organisation(words: Sequence[str]) -> float:
    """Universities and their like; an institute may be a part of one, and a department always is."""
    if words[0] in _PARTS or words[-1] in _PARTS:
        return _WEAK
    return 0.88 if ORGANISATIONS.difference(SUBORDINATE).isdisjoint(words) else 0.92


def _beside_name(candidate: _Candidate, row: int, names: Names, *, beside_title: bool) -> float:
    """Capitalised words near the name, which may as well be a department or a motto."""
    words = candidate.words
    distance = min((row - of_name for of_name in names.rows if row >= of_name), default=None)
    if distance is None or distance > _NEAR or len(words) > _MAX_WEAK_WORDS or words[0] in DEPARTMENTS or _is_place(candidate.text):
        return 0.0
    if not _is_capitalised(candidate.text):
        return 0.0
    if (words[-1] in TRADES or "&" in candidate.text) and not beside_title:
        return 0.84
    return _WEAK if distance <= 1 else 0.4


def _is_place(text: str) -> bool:
    return streets.is_unit(text) or streets.is_typed_street(text) or streets.is_plain_street(text) or streets.is_box(text)


def _match(core: Sequence[str], words: Sequence[str], text: str, label: str) -> float:
    """How far the words are what the domain is named after: 1 the same, 0 not."""
    name = joined(label)
    whole = "".join(core)
    bracketed = _BRACKETED.search(text)
    if len(name) < _MIN_ANY_LABEL:
        return 0.0
    spellings = {whole, "".join(words), joined_with_umlauts(" ".join(core)), joined_with_umlauts(text)}
    if "&" in text:
        spellings |= {joined(text.replace("&", word)) for word in _AND}
    if name in spellings:
        return 1.0
    if len(name) < _MIN_LABEL:
        return 0.0
    if bracketed and joined(bracketed[1]) == name:
        return 1.0
    if len(core) > 1 and len(whole) >= _MIN_PART and ((whole.startswith(name) and len(name) >= _MIN_PART) or name.startswith(whole)):
        return 0.97
    if len(core) >= _MIN_LABEL and name in {"".join(word[0] for word in core), "".join(word[0] for word in words)}:
        return 0.97
    if name in core:
        return 0.95 if core[0] == name else 0.9
    parts = [part for part in label.lower().replace("_", "-").split("-") if len(part) >= _MIN_LABEL]
    if len(parts) > 1 and all(part in words for part in parts):
        return 0.95
    starts = len(core[0]) >= _MIN_PART and name.startswith(core[0]) and len(core[0]) * 2 >= len(name)
    return 0.85 if starts else 0.0
