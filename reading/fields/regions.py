"""Which countries the signature speaks of, by weight: what national numbers and bare postcodes are read with."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import phonenumbers

from reading.fields.cells import Row
from reading.fields.domains import country_of_domain, domain_of
from reading.fields.places import AMBIGUOUS, COUNTRIES, STATE_CODES
from reading.fields.words import folded
from reading.proposal import Sender

NAMED = 5.0
STATED = 4.0
"""The weight of an address or a country that is written."""
ENDING = 3.0
NUMBER = 3.0
LANGUAGE = 1.0
POSTCODE = 2.5
"""The weight of a postcode of the shape of the language's own country."""
OWN = 0.5

_PLUS = re.compile(r"(?<![\w+])\(?(?:\+|00)\s?\(?([1-9]\d{0,2})(?:[ .\-/()–]{0,3}\d){6,14}")
_PREFIXED = re.compile(r"(?<![\w-])(D|DE|A|AT|CH|F|FR|B|BE|L|LU|NL|E|ES|I|IT|DK|SE|S|N|NO|FI|FIN|PL|CZ|P|PT) ?- ?(?=\d{4,5}\b(?!-))")
_PREFIX_COUNTRY = {
    "D": "DE", "A": "AT", "F": "FR", "B": "BE", "L": "LU", "E": "ES", "I": "IT", "S": "SE", "N": "NO", "FIN": "FI", "P": "PT",
}  # fmt: skip
_US = re.compile(r"(?<![\w.])([A-Z]{2})[.,]?\s{1,3}\d{5}(?:-\d{4})?(?![\w-])")
_CANADIAN = re.compile(r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d(?!\w)")
_BRITISH = re.compile(r"(?<!\w)(?:GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]? \d[ABD-HJLNP-UW-Z]{2})(?!\w)")
_DUTCH = re.compile(r"(?<![\w-])[1-9]\d{3} ?(?!SS|SA|SD)[A-Z]{2} +[A-Z]['’A-Za-z]")
_CEDEX = re.compile(r"\d{5}\s.{0,40}\bcedex\b", re.IGNORECASE)
_LEGAL = {
    "DE": re.compile(r"\b(?:g?GmbH|UG|OHG|e\.\s?V\.|e\.\s?K\.)(?!\w)"),
    "FR": re.compile(r"\b(?:SARL|S\.A\.R\.L|SAS|SASU|EURL|SCOP|SCI)\b"),
    "ES": re.compile(r"\b(?:S\.L\.U?|S\.L\.P|SLU|SLP|S\.A\.U)(?!\w)"),
    "IT": re.compile(r"\b(?:S\.?r\.?l|S\.p\.A|s\.n\.c)(?!\w)"),
    "NL": re.compile(r"\b(?:B\.V\.|BV)(?!\w)"),
    "DK": re.compile(r"\bApS\b"),
    "SE": re.compile(r"\bAB$", re.MULTILINE),
    "FI": re.compile(r"\b(?:Oy|Oyj)\b"),
    "IN": re.compile(r"\bP(?:vt|rivate)\.? L(?:td|imited)"),
    "US": re.compile(r"\b(?:LLC|Inc\.?)(?!\w)"),
    "AU": re.compile(r"\bPty\b"),
    "PT": re.compile(r"\bLda\b"),
    "BR": re.compile(r"\bLtda\b"),
}
_BY_LANGUAGE = {
    "fr": ("FR", "BE", "CH"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES",),
    "it": ("IT", "CH"),
    "pt": ("PT",),
    "nl": ("NL", "BE"),
}
_ENGLISH = frozenset({"GB", "IE", "US", "CA", "AU", "NZ", "ZA", "IN", "SG"})
"""Where the reader's own country and an English mail make a guess together."""
_FIVE_DIGITS = frozenset({"FR", "DE", "ES", "IT"})
_POSTCODE_LINE = re.compile(r"(?:^|[,|·•–-] {0,3})\d{5} +[^\W\d_][^\W\d_]", re.MULTILINE)
_LEGAL_WEIGHT = 1.5
_MAX_TAIL_WORDS = 4
_WORD = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[.'’-][^\W\d_]+)*\.?")


def votes(rows: Sequence[Row], sender: Sender, language: str) -> Mapping[str, float]:
    """ISO code to weight, heaviest first. Below LANGUAGE nothing is known."""
    found: defaultdict[str, float] = defaultdict(float)
    ending = country_of_domain(domain_of(sender.address))
    if ending:
        found[ending] += ENDING
    whole = "\n".join(row.text for row in rows)
    for country in sorted(_countries_of_postcodes(whole)):
        found[country] += STATED
    for country in sorted({named_country(row.text, sender) for row in rows} - {""}):
        found[country] += NAMED
    for country in sorted(countries_of_numbers(whole)):
        found[country] += NUMBER
    for country, form in _LEGAL.items():
        if form.search(whole):
            found[country] += _LEGAL_WEIGHT
    for country, weight in _of_language(language, whole, sender.region):
        found[country] += weight
    if sender.region in found:
        found[sender.region] += OWN
    return dict(sorted(found.items(), key=lambda vote: -vote[1]))


def _of_language(language: str, text: str, region: str) -> Iterable[tuple[str, float]]:
    """The countries where it is spoken; the first sooner where a postcode of its shape is written."""
    countries = _BY_LANGUAGE.get(language, ())
    for place, country in enumerate(countries):
        yield country, LANGUAGE - place / 10
    if countries and countries[0] in _FIVE_DIGITS and _POSTCODE_LINE.search(text):
        yield countries[0], POSTCODE
    if language == "en" and region in _ENGLISH:
        yield region, LANGUAGE


def countries_of_numbers(text: str) -> set[str]:
    """The countries of numbers written with their country's code."""
    written = {"".join(filter(str.isdigit, found[0].replace("00", "", "+" not in found[0]))) for found in _PLUS.finditer(text)}
    return {country for digits in written if (country := country_of_number(digits))}


def country_of_number(digits: str) -> str:
    """ISO code of the country whose code these digits begin with; of several countries the one the number belongs to."""
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or 0))
        if regions and len(regions) == 1:
            return regions[0] if regions[0].isalpha() else ""
        if regions:
            try:
                number = phonenumbers.parse("+" + digits)
            except phonenumbers.NumberParseException:
                return regions[0]
            return phonenumbers.region_code_for_number(number) or regions[0]
    return ""


def _countries_of_postcodes(text: str) -> set[str]:
    """What the shapes of postcodes say."""
    countries = {_PREFIX_COUNTRY.get(found[1], found[1]) for found in _PREFIXED.finditer(text)}
    countries |= {"US" for found in _US.finditer(text) if found[1] in STATE_CODES}
    if _CANADIAN.search(text):
        countries.add("CA")
    if _BRITISH.search(text):
        countries.add("GB")
    if _DUTCH.search(text):
        countries.add("NL")
    if _CEDEX.search(text):
        countries.add("FR")
    return countries


def named_country(text: str, sender: Sender) -> str:
    """ISO code of the country a line ends with or holds between separators; "" where it names none."""
    for part in re.split(r"[|,;·•\t()/]|\s[-–—]\s|\s{3,}", text):
        words = _WORD.findall(part)
        for length in range(min(_MAX_TAIL_WORDS, len(words)), 0, -1):
            name = folded(" ".join(words[-length:])).strip(" .")
            country = COUNTRIES.get(name)
            # a common name counts only where it stands alone
            if country and not (length < len(words) and (name in AMBIGUOUS or not part.strip().endswith(words[-1].rstrip(".")))):
                mine = folded(f"{sender.first_name} {sender.last_name}").split()
                return "" if name in mine else country
    return ""
