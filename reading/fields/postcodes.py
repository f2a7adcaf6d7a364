"""Postcodes and cities: the grammar of each country's line, found among the pieces of a signature."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reading.fields import streets
from reading.fields.cells import Piece
from reading.fields.lexicon import reads_as_sentence
from reading.fields.places import BRITISH_COUNTIES, PROVINCE_CODES, STATE_CODES, country_of, state_country
from reading.fields.regions import LANGUAGE
from reading.fields.words import folded, listed

_PREFIXES = {
    "D": "DE", "DE": "DE", "A": "AT", "AT": "AT", "CH": "CH", "F": "FR", "FR": "FR", "B": "BE", "BE": "BE", "L": "LU", "LU": "LU",
    "NL": "NL", "E": "ES", "ES": "ES", "I": "IT", "IT": "IT", "DK": "DK", "S": "SE", "SE": "SE",
    "N": "NO", "NO": "NO", "FI": "FI", "FIN": "FI",
    "PL": "PL", "CZ": "CZ", "SK": "SK", "P": "PT", "PT": "PT", "FL": "LI",
}  # fmt: skip
_ZIP_CITY = re.compile(
    r"(?:(?P<prefix>[A-Z]{1,3}) ?[-–] ?)?"
    r"(?P<zip>\d{5}|\d{4} ?[A-Z]{2}(?= )|\d{4}-\d{3}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}) {1,4}(?P<city>[^\W\d_].*)"
)
_STATE_ZIP = re.compile(r"(?:(?P<city>[^\W\d_].*?)[ .]{1,3})?(?P<state>[A-Z]{2}|[A-Z]\.[A-Z]\.)[ .,]{1,12}(?P<zip>\d{5}(?:-\d{4})?)")
_NAMED_STATE_ZIP = re.compile(r"(?P<state>[A-Z][a-z]+(?: [A-Z][a-z]+)?) {1,3}(?P<zip>\d{5}(?:-\d{4})?)")
_AUSTRALIAN = re.compile(r"(?:(?P<city>[^\W\d_].*?) +)?(?P<state>NSW|VIC|QLD|WA|SA|TAS|NT|ACT) +(?P<zip>\d{4})")
_CANADIAN = re.compile(r"(?:(?P<before>.*?)[ ]+)?(?P<zip>[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d)")
_BRITISH = re.compile(r"(?:(?P<before>.*?)[ .]+)?(?P<zip>GIR 0AA|[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]? ?\d[ABD-HJLNP-UW-Z]{2})")
_IRISH = re.compile(r"(?:(?P<before>.*?)[ .]+)?(?P<zip>(?:[AC-FHKNPRTV-Y]\d{2}|D6W) ?[0-9AC-FHKNPRTV-Y]{4})")
_CITY_ZIP = re.compile(r"(?P<city>[^\W\d_][^\d]*?) ?[-–,]? ?(?P<zip>\d{6}|\d{3} \d{3}|\d{5})")
_ZIP_ONLY = re.compile(r"(?:(?P<prefix>[A-Z]{1,3})-)?(?P<zip>\d{5}(?:-\d{4})?|\d{3} \d{2}|\d{6}|\d{3} \d{3})")
_BRAZILIAN = re.compile(r"\d{5}-\d{3}")
_CEDEX = re.compile(r"\s+cedex\b.*", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\([^()]{1,30}\)\s*$")
_PROVINCE = re.compile(r"\s([A-Z]{2})$")
_CITY_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-/])*")
_SMALL = listed(
    """
    am an der im in la le les los las el de del della di d l da do dos du des sur sous en lez les bei ob vor auf a aan den ter op y e
    et upon on by the of zum zur und st. ste.
    """
)
_FIVE_DIGITS = frozenset("FR DE ES IT FI EE TR MX HR UA KR MC RE GP MQ MY TH LT ID".split())  # noqa: SIM905 - one line
_FOUR_DIGITS = frozenset("CH AT BE DK NO LU HU BG SI LI LV ZA AU NZ TN CY".split())  # noqa: SIM905 - one line
_BY_SHAPE = {"999 99": ("SE", "CZ", "SK", "GR"), "99-999": ("PL",), "9999-999": ("PT",)}
_NOT_CITIES = listed(
    """
    euro eur usd ext fax tel phone mobile km kg mhz ghz mb gb linux windows street strasse office gmbh inc ltd sarl sas copyright
    years jahre ans users members mitarbeiter members hours stunden uhr box members points rpm ff siret rcs
    """
)
_NO_ADDRESS = re.compile(
    r"amtsgericht|registergericht|handelsregister|court of|registered in|rcs |register|geboren|established|since|©|copyright"
)
_BEFORE_COUNTRY = frozenset({"de", "del", "of", "do", "da", "du", "la", "new", "north", "south", "east", "west", "in"})
_MAX_ABOVE = 3
"""Pieces above a postcode in which its city may stand."""
_MAX_CITY_WORDS = 5
_FIVE = 5
_STATE_LETTERS = 2
_FOUR = 4


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a postcode or a city was recognised: `first` and `last` are numbers of pieces."""

    first: int
    last: int
    postcode: str
    city: str
    region: str
    country: str
    confidence: float
    city_piece: int
    named: bool = False
    """Is the country written there, and not only to be told from the postcode?"""


def anchors(pieces: Sequence[Piece], votes: Mapping[str, float]) -> Iterable[Anchor]:
    """All of them in reading order. `votes` are the countries of `regions.votes`."""
    for number, piece in enumerate(pieces):
        if not any(map(str.isdigit, piece.text)) or streets.is_box(piece.text) or _NO_ADDRESS.search(folded(piece.text)):
            continue
        text, country = without_country(piece.text)
        anchor = (
            _american(number, text, pieces)
            or _brazilian(number, text, pieces)
            or _letters(number, text, country, pieces, votes)
            or _continental(number, text, country, pieces, votes)
            or _reversed(number, text, country, pieces, votes)
        )
        if anchor is not None and not _goes_on(pieces, anchor.last):
            yield _with_country(anchor, country, pieces)


def _goes_on(pieces: Sequence[Piece], last: int) -> bool:
    """Does a sentence go on behind it?"""
    if last + 1 >= len(pieces):
        return False
    piece, following = pieces[last], pieces[last + 1]
    return following.row == piece.row and following.cell == piece.cell and following.text[0].islower() and reads_as_sentence(following.text)


def without_country(text: str) -> tuple[str, str]:
    """Text and ISO code: "75099 Paris France" is "75099 Paris" and FR."""
    words = text.split(" ")
    for length in (3, 2, 1):
        # "Ciudad de México" and "New Mexico" are one name
        if length < len(words) and folded(words[-length - 1]) not in _BEFORE_COUNTRY:
            country = country_of(" ".join(words[-length:]))
            # "US" and "UK" are countries in capitals only, and no city is left without a word
            if country and (len(words[-1]) > 2 or words[-1].isupper()):  # noqa: PLR2004 - two letters
                return " ".join(words[:-length]).rstrip(" ,-–("), country
    return text, ""


def _with_country(anchor: Anchor, country: str, pieces: Sequence[Piece]) -> Anchor:
    """With the country named in the anchor or in one of the pieces after it."""
    after = anchor.last + 1
    last = anchor.last
    if not country:
        for number in range(after, min(after + 2, len(pieces))):
            named = country_of(pieces[number].text)
            if named and pieces[number].row - pieces[anchor.last].row <= 1:
                country, last = named, number
                break
    return replace(anchor, last=last, country=country or anchor.country, named=bool(country))


def piece_before(number: int, pieces: Sequence[Piece]) -> Piece | None:
    """The piece before, in the same row or the one above."""
    if number == 0 or pieces[number].row - pieces[number - 1].row > 1:
        return None
    return pieces[number - 1]


def _american(number: int, text: str, pieces: Sequence[Piece]) -> Anchor | None:
    """ "Houston" and "TX 77001", or all in one piece."""
    australian = _AUSTRALIAN.fullmatch(text)
    found = australian or _STATE_ZIP.fullmatch(text)
    if found is None:
        named = _NAMED_STATE_ZIP.fullmatch(text)
        if named is None or state_country(named["state"]) != "US":
            return None
        return _after_city(number, pieces, named["zip"], named["state"], "US")
    state = found["state"].replace(".", "")
    if not australian and state not in STATE_CODES:
        return None
    country = "AU" if australian else "US"
    if found["city"]:
        city = city_in(found["city"])
        return Anchor(number, number, found["zip"], city, state, country, 0.96, number) if city else None
    return _after_city(number, pieces, found["zip"], state, country)


def _brazilian(number: int, text: str, pieces: Sequence[Piece]) -> Anchor | None:
    """ "São Paulo - SP, 01310-100"."""
    if not _BRAZILIAN.fullmatch(text) or number == 0:
        return None
    state = pieces[number - 1].text if len(pieces[number - 1].text) == _STATE_LETTERS else ""
    place = number - 1 - bool(state)
    city = city_in(pieces[place].text) if place >= 0 and pieces[number].row - pieces[place].row <= 1 else ""
    return Anchor(place, number, text, city, state, "BR", 0.93, place) if city else None


def _after_city(number: int, pieces: Sequence[Piece], postcode: str, state: str, country: str) -> Anchor | None:
    before = piece_before(number, pieces)
    city = city_in(before.text) if before else ""
    if not city:
        return Anchor(number, number, postcode, "", state, country, 0.85, number)
    return Anchor(number - 1, number, postcode, city, state, country, 0.96, number - 1)


def _letters(number: int, text: str, country: str, pieces: Sequence[Piece], votes: Mapping[str, float]) -> Anchor | None:
    """Canadian, British and Irish postcodes behind their city."""
    home, found = "CA", _CANADIAN.fullmatch(text)
    if found is None:
        home, found = "GB", _BRITISH.fullmatch(text)
    if found is None and "IE" in (country, *votes):
        home, found = "IE", _IRISH.fullmatch(text)
    if found is None or (home == "GB" and " " not in found["zip"] and country != "GB" and "GB" not in votes):
        return None
    before, state = _without_state(found["before"] or "", home)
    city = city_in(before)
    if before and not city:
        return None
    if city:
        return Anchor(number, number, found["zip"], city, state, home, 0.95, number)
    first, above = number, piece_before(number, pieces)
    while above is not None and number - first < _MAX_ABOVE:
        first -= 1
        if _is_state(above.text, home):
            state = state or above.text
        elif not country_of(above.text):
            city = city_in(above.text)
            break
        above = piece_before(first, pieces)
    if not city:
        return Anchor(number, number, found["zip"], "", state, home, 0.88, number)
    return Anchor(first, number, found["zip"], city, state, home, 0.95, first)


def _without_state(text: str, country: str) -> tuple[str, str]:
    """City and state of "Montréal (Québec)", "Birchford BC" and "Surrey" alone."""
    bracket = _BRACKETS.search(text)
    inside = bracket[0].strip(" ()") if bracket else ""
    if bracket and _is_state(inside, country):
        return text[: bracket.start()], inside
    if _is_state(text, country):
        return "", text
    city, _, last = text.rpartition(" ")
    code = last.strip(".")
    return (city, code) if country == "CA" and code in PROVINCE_CODES else (text, "")


def _is_state(text: str, country: str) -> bool:
    """A province of Canada or a county of Britain."""
    return (country == "CA" and state_country(text) == "CA") or (country == "GB" and folded(text) in BRITISH_COUNTIES)


def _continental(number: int, text: str, country: str, pieces: Sequence[Piece], votes: Mapping[str, float]) -> Anchor | None:
    """ "44240 Sucé", "D-10999 Berlin", "1012 AB Amsterdam"."""
    found = _ZIP_CITY.fullmatch(text)
    if found is None:
        return None
    prefix = _PREFIXES.get(found["prefix"] or "", "")
    if found["prefix"] and not prefix:
        return None
    province = _BRACKETS.search(found["city"])
    city = city_in(_BRACKETS.sub("", _CEDEX.sub("", found["city"])))
    if not city:
        return None
    home = prefix or country or _country_of_shape(found["zip"], votes)
    before = piece_before(number, pieces)
    if before and streets.is_unit(before.text):
        before = piece_before(number - 1, pieces)
    beside_street = before is not None and (
        streets.is_typed_street(before.text) or streets.is_plain_street(before.text) or streets.is_box(before.text)
    )
    if not home and not beside_street and not _CEDEX.search(found["city"]):
        return None
    if len(found["zip"]) == _FOUR and not (prefix or country or (home and beside_street)):
        return None
    region = province[0].strip(" ()") if province and home == "IT" else ""
    code = _PROVINCE.search(found["city"])
    if code and home == "IT" and not region:
        region, city = code[1], city_in(found["city"][: code.start()])
    confidence = 0.97 if beside_street or prefix or country else 0.9
    return Anchor(number, number, found["zip"], city, region, home, confidence, number)


def _country_of_shape(postcode: str, votes: Mapping[str, float]) -> str:
    """The heaviest country with postcodes of this shape."""
    shape = re.sub(r"\d", "9", postcode)
    if shape[-1].isalpha():
        return "NL"
    fitting = _BY_SHAPE.get(shape) or (_FIVE_DIGITS if len(postcode) == _FIVE else _FOUR_DIGITS if len(postcode) == _FOUR else ())
    return next((country for country, weight in votes.items() if country in fitting and weight >= LANGUAGE), "")


def _reversed(number: int, text: str, country: str, pieces: Sequence[Piece], votes: Mapping[str, float]) -> Anchor | None:
    """ "Madrid, 28099", "140 99, Brno 5", "Mysuru-570099"."""
    only = _ZIP_ONLY.fullmatch(text)
    if only is not None:
        return _behind_state(number, only["zip"], pieces) or _beside_postcode(
            number, only["zip"], _PREFIXES.get(only["prefix"] or "", ""), pieces, votes
        )
    found = _CITY_ZIP.fullmatch(text)
    if found is None:
        return None
    city = city_in(found["city"].strip(" -–,"))
    digits = found["zip"].replace(" ", "")
    home = country or (_country_of_shape(found["zip"], votes) if len(digits) == _FIVE else _six_digits(votes))
    if not city or not home:
        return None
    return Anchor(number, number, found["zip"], city, "", home, 0.9, number)


def _six_digits(votes: Mapping[str, float]) -> str:
    return next((country for country in votes if country in {"IN", "SG", "CN", "RU", "RO", "KZ", "VN"}), "")


def _behind_state(number: int, postcode: str, pieces: Sequence[Piece]) -> Anchor | None:
    """ "Pinewood City, CA | 94065"."""
    before = piece_before(number, pieces)
    if before is None or before.row != pieces[number].row:
        return None
    anchor = _american(number - 1, f"{before.text} {postcode}", pieces)
    return replace(anchor, last=number) if anchor and anchor.city else None


def _beside_postcode(number: int, postcode: str, prefix: str, pieces: Sequence[Piece], votes: Mapping[str, float]) -> Anchor | None:
    row = pieces[number].row
    digits = len(postcode.replace(" ", ""))
    home = prefix or (_six_digits(votes) if digits > _FIVE else _country_of_shape(postcode, votes))
    if not home:
        return None
    before, after = number - 1, number + 1
    for place in (before, after) if digits > _FIVE else (after, before):
        if not 0 <= place < len(pieces) or pieces[place].row != row:
            continue
        if pieces[place].cell == pieces[number].cell or place == before:
            city = city_in(without_country(pieces[place].text)[0])
            if city and not country_of(city):
                return Anchor(min(place, number), max(place, number), postcode, city, "", home, 0.9, place)
    return None


def city_in(text: str) -> str:
    """The name of a city, "" where these words are none. Capitals become a name's case."""
    words = text.strip(" ,.-–").split()
    if not 0 < len(words) <= _MAX_CITY_WORDS:
        return ""
    names = words[:-1] if len(words) > 1 and words[-1].rstrip("eè.").isdigit() and len(words[-1]) <= 3 else words  # noqa: PLR2004 - "Brno 5"
    for word in names:
        if not _CITY_WORD.fullmatch(word) or folded(word).strip(".") in _NOT_CITIES:
            return ""
        if not word[0].isupper() and folded(word.partition("'")[0].partition("’")[0]) not in _SMALL and "-" not in word:
            return ""
    if not names[0][0].isupper() and folded(names[0]) not in _SMALL:
        return ""
    if sum(len(word) for word in names) < 2:  # noqa: PLR2004 - one letter names no city
        return ""
    return " ".join(_name_case(word) if word.isupper() and len(word) > 1 else word for word in words)


def _name_case(word: str) -> str:
    pieces = re.split(r"([-'’])", word)
    return "".join(piece.lower() if number and folded(piece) in _SMALL else piece.capitalize() for number, piece in enumerate(pieces))
