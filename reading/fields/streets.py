"""Is this the line of a street? By the words for streets of several languages and by house numbers."""

import re

from reading.fields.lexicon import reads_as_sentence
from reading.fields.words import folded, listed, words_in

# Words that make a line a street's when a number stands in it. English, French, Spanish, Catalan, Italian, Portuguese, German …
_TYPES = listed(
    """
    street st road rd avenue ave av lane ln drive dr boulevard blvd bd bld court ct place pl square sq terrace crescent close highway
    hwy parkway pkwy way circle cir trail turnpike mews gardens row walk hill broadway plaza loop pike expressway quay wharf parade
    rue allee allees chemin che impasse quai cours route rte passage ruelle faubourg fbg sente venelle rond-point esplanade promenade
    traverse montee villa hameau lotissement zac zi za calle c avda avenida paseo po plaza pza plza ronda camino carretera ctra
    travesia glorieta poligono carrer passeig avinguda placa rambla cuesta callejon urbanizacion autovia cra via viale piazza piazzale
    corso vicolo largo strada contrada localita borgo vico salita lungomare piazzetta rua praca travessa alameda estrada rodovia largo
    beco strasse str weg platz gasse allee damm ufer ring chaussee steig pfad markt straat laan plein kade gracht dreef singel
    steenweg baan gatan gata vagen vag vej gade torv plads katu tie ulica ul namesti trida utca ut ulitsa sokak caddesi cad cd
    """
)
_SUFFIXES = (
    "strasse", "str", "gasse", "weg", "platz", "allee", "damm", "ufer", "steig", "stieg", "chaussee",
    "straat", "laan", "plein", "kade", "gracht", "dreef", "singel", "steenweg",
    "gatan", "gata", "vagen", "vej", "gade", "katu", "tie", "veien", "gaten",
)  # fmt: skip
# German streets may begin with these and end with no word for a street: "Am Hafen 12".
_GERMAN_START = re.compile(
    r"(?:am|an der|an den|im|in der|in den|auf dem|auf der|zum|zur|beim|hinter|unter|vor|ob|alte|alter|neue|neuer|grosse|kleine)\s"
)
_NUMBER = re.compile(r"\d{1,5}(?: ?[-–/+] ?\d{1,5})?(?: ?(?:[a-z]|bis|ter|quater))?")
_NUMBER_FIRST = re.compile(r"(?:no\.? ?|n° ?|nº ?)?\d{1,5}(?:[-–/]\d{1,5})?[a-z]?(?: ?(?:bis|ter))?[, ]+[^\W\d_]")
_NUMBER_LAST = re.compile(r"[^\W\d_]{2}[^\W_.'’-]*\.?,? (?:no\.? ?|nr\.? ?|n° ?|nº ?|n\. ?)?\d{1,5} ?(?:[-–/] ?\d{1,5})?(?: ?[a-z])?")
_NUMBER_WORD = re.compile(r"(?:one|two|three|four|five|six|seven|eight|nine|ten)\s")
_UNIT = re.compile(
    r"(?:suite|ste|bureau|apt|apartment|unit|floor|fl|level|room|rm|bldg|building|block|blk|tower|no|nr|of|oficina|ofic|piso|planta|pta|puerta|esc"
    r"|escalera|local|nave|bajos?|baixos|bis|bat|batiment|etage|esc|appt?|hall|halle|haus|gebaude|geb|aufgang|hinterhaus|og|stock|stiege|top"
    r"|tur|scala|interno|int|piano|palazzina|andar|sala|loja|lote|lot|sector|bus|boite|bte|box|c/o|mailstop|ms|mail stop)\b"
)
_ORDINAL_FLOOR = re.compile(
    r"\d{1,3}(?:st|nd|rd|th|er|e|eme|º|ª|o|a|\.)? ?"
    r"(?:floor|tv|th|mf|sal|krs|tr|etage|piso|planta|stock|og|piano|andar|[a-z]\b|dcha|izda|izq|der)"
)
_BOX = re.compile(
    r"(?:p\.? ?o\.? ?box|post ?office box"
    r"|box|b\.? ?p\.?|c\.?s\.?|postfach|apartado|apdo\.?|casella postale|c\.p\.|postbus|postboks|caixa postal)"
    r" ?(?:n[o°º]?\.? ?)?\d[\d ]{0,8}"
)
_LANDMARK = re.compile(
    r"(?:next to|near|opposite|opp\.?|behind|beside|corner of|angle|face a|frente a|junto a|gegenuber|neben|above|close to)\s"
)
_SMALL_START = re.compile(
    r"(?:rue|av|avenue|bd|boulevard|allée|chemin|place|quai|route|impasse|cours|via|viale|piazza|calle|c/|av\.|avda|rua|ul\.|ulica)(?!\w)",
    re.IGNORECASE,
)
_OTHER_DIGITS = re.compile(r"\d{3}[-.]\d{4}|\d{6}|\d[.]\d")
_MAX_GERMAN_WORDS = 6
_MAX_SMALL_WORDS = 4
"""Words of a street somebody writes without capitals."""
_MAX_WORDS = 10


def is_typed_street(text: str) -> bool:
    """Does a word for a street stand in it? It may still lack a number."""
    written = folded(text)
    words = words_in(text)
    if not _may_be_street(text):
        return False
    if not 1 < len(words) <= _MAX_WORDS:
        return written.startswith("c/")
    return (
        any(word in _TYPES or (len(word) > 4 and word.endswith(_SUFFIXES)) for word in words)  # noqa: PLR2004 - "ring" alone is a type
        or (bool(_GERMAN_START.match(written)) and len(words) <= _MAX_GERMAN_WORDS and text[:1].isupper())
        or written.startswith("c/")
    )


def _may_be_street(text: str) -> bool:
    """Neither a sentence nor a label, a time or a number to call."""
    first = text[:1]
    starts = first.isupper() or first.isdigit() or bool(_SMALL_START.match(text)) or text.count(" ") < _MAX_SMALL_WORDS
    return starts and not (":" in text or _OTHER_DIGITS.search(text) or reads_as_sentence(text))


def has_number(text: str) -> bool:
    """A house number at one of its ends or before a comma."""
    written = folded(text)
    return bool(_NUMBER_FIRST.match(written) or _NUMBER_LAST.search(written) or _NUMBER_WORD.match(written))


def is_plain_street(text: str) -> bool:
    """Words with a house number at the end or the start, and nothing else."""
    written = folded(text)
    words = words_in(text)
    if not _may_be_street(text) or not 1 < len(words) <= _MAX_WORDS or not any(len(word) > 2 and word.isalpha() for word in words):  # noqa: PLR2004 - a word
        return False
    last = _NUMBER_LAST.search(written)
    return bool(_NUMBER_FIRST.match(written)) or bool(last and last.end() == len(written))


def is_house_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(folded(text)))


def is_unit(text: str) -> bool:
    """A part of a building: "Suite 260", "3º B", "of. 1203"."""
    written = folded(text)
    return bool(_UNIT.match(written) or _ORDINAL_FLOOR.match(written))


def is_landmark(text: str) -> bool:
    """ "Next to the market": a help to find it, not the street."""
    return bool(_LANDMARK.match(folded(text)))


def is_box(text: str) -> bool:
    return bool(_BOX.fullmatch(folded(text).strip(" .,")))
