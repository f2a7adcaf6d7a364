"""Countries by name, and states and provinces: what an address says about where it is."""

from babel import Locale

from reading.fields.words import folded

_LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl")
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
_COUNTRY_LETTERS = 2
_ALIASES = {
    "usa": "US", "u.s.a.": "US", "u.s.a": "US", "u.s.": "US", "us": "US", "united states of america": "US", "etats-unis d'amerique": "US",
    "uk": "GB", "u.k.": "GB", "u.k": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "great britain": "GB",
    "northern ireland": "GB",
    "angleterre": "GB", "inglaterra": "GB", "inghilterra": "GB", "grossbritannien": "GB", "schottland": "GB", "ecosse": "GB",
    "the netherlands": "NL", "holland": "NL", "nederland": "NL", "uae": "AE", "u.a.e.": "AE", "united arab emirates": "AE",
    "czech republic": "CZ", "ceska republika": "CZ", "slovak republic": "SK", "korea": "KR", "republic of korea": "KR",
    "russia": "RU", "russian federation": "RU", "p.r. china": "CN", "p.r.china": "CN", "pr china": "CN", "p. r. china": "CN", "prc": "CN",
    "taiwan r.o.c.": "TW", "taiwan, r.o.c.": "TW", "taiwan (r.o.c.)": "TW", "oesterreich": "AT", "republic of ireland": "IE", "eire": "IE",
    "sverige": "SE", "norge": "NO", "danmark": "DK", "suomi": "FI", "polska": "PL", "magyarorszag": "HU", "turkiye": "TR", "turkey": "TR",
    "hellas": "GR", "catalunya": "ES", "the gambia": "GM", "brasil": "BR", "lietuva": "LT", "latvija": "LV", "eesti": "EE",
    "slovenija": "SI", "hrvatska": "HR", "viet nam": "VN", "schweiz": "CH", "svizzera": "CH", "suisse": "CH", "belgie": "BE",
}  # fmt: skip
# Also the name of a person, a state or a common word: these say a country only at the end of an address.
AMBIGUOUS = frozenset({"georgia", "jordan", "chad", "israel", "jersey", "us", "mali", "niger", "guinea", "turkey", "india", "china", "man"})


def _names() -> dict[str, str]:
    names = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == _COUNTRY_LETTERS and code.isalpha() and code not in _NOT_COUNTRIES:
                names[folded(name)] = code
    return names | _ALIASES


def listed_names(names: str) -> frozenset[str]:
    """The folded names of a list with commas."""
    return frozenset(" ".join(name.split()) for name in folded(names).split(","))


COUNTRIES: dict[str, str] = _names()
"""Folded name, in seven languages, to ISO code."""

_STATES = [
    "AL",
    "Alabama",
    "AK",
    "Alaska",
    "AZ",
    "Arizona",
    "AR",
    "Arkansas",
    "CA",
    "California",
    "CO",
    "Colorado",
    "CT",
    "Connecticut",
    "DE",
    "Delaware",
    "FL",
    "Florida",
    "GA",
    "Georgia",
    "HI",
    "Hawaii",
    "ID",
    "Idaho",
    "IL",
    "Illinois",
    "IN",
    "Indiana",
    "IA",
    "Iowa",
    "KS",
    "Kansas",
    "KY",
    "Kentucky",
    "LA",
    "Louisiana",
    "ME",
    "Maine",
    "MD",
    "Maryland",
    "MA",
    "Massachusetts",
    "MI",
    "Michigan",
    "MN",
    "Minnesota",
    "MS",
    "Mississippi",
    "MO",
    "Missouri",
    "MT",
    "Montana",
    "NE",
    "Nebraska",
    "NV",
    "Nevada",
    "NH",
    "New-Hampshire",
    "NJ",
    "New-Jersey",
    "NM",
    "New-Mexico",
    "NY",
    "New-York",
    "NC",
    "North-Carolina",
    "ND",
    "North-Dakota",
    "OH",
    "Ohio",
    "OK",
    "Oklahoma",
    "OR",
    "Oregon",
    "PA",
    "Pennsylvania",
    "RI",
    "Rhode-Island",
    "SC",
    "South-Carolina",
    "SD",
    "South-Dakota",
    "TN",
    "Tennessee",
    "TX",
    "Texas",
    "UT",
    "Utah",
    "VT",
    "Vermont",
    "VA",
    "Virginia",
    "WA",
    "Washington",
    "WV",
    "West-Virginia",
    "WI",
    "Wisconsin",
    "WY",
    "Wyoming",
    "DC",
    "District-of-Columbia",
    "PR",
    "Puerto-Rico",
]
_PROVINCES = [
    "AB",
    "Alberta",
    "BC",
    "British-Columbia",
    "MB",
    "Manitoba",
    "NB",
    "New-Brunswick",
    "NL",
    "Newfoundland",
    "NS",
    "Nova-Scotia",
    "NT",
    "Northwest-Territories",
    "NU",
    "Nunavut",
    "ON",
    "Ontario",
    "PE",
    "Prince-Edward-Island",
    "QC",
    "Quebec",
    "SK",
    "Saskatchewan",
    "YT",
    "Yukon",
]
_AUSTRALIAN = [
    "NSW",
    "New-South-Wales",
    "VIC",
    "Victoria",
    "QLD",
    "Queensland",
    "WA",
    "Western-Australia",
    "SA",
    "South-Australia",
    "TAS",
    "Tasmania",
    "NT",
    "Northern-Territory",
    "ACT",
    "Australian-Capital-Territory",
]


BRITISH_COUNTIES = listed_names(
    """
    Bedfordshire, Berkshire, Buckinghamshire, Cambridgeshire, Cheshire, Cornwall, Cumbria, Derbyshire, Devon, Dorset, Durham, East Sussex,
    Essex, Gloucestershire, Greater London, Greater Manchester, Hampshire, Herefordshire, Hertfordshire, Kent, Lancashire, Leicestershire,
    Lincolnshire, Merseyside, Middlesex, Norfolk, North Yorkshire, Northamptonshire, Northumberland, Nottinghamshire, Oxfordshire, Oxon,
    Rutland, Shropshire, Somerset, South Yorkshire, Staffordshire, Suffolk, Surrey, Sussex, Tyne and Wear, Warwickshire, West Midlands,
    West Sussex, West Yorkshire, Wiltshire, Worcestershire, Yorkshire, Aberdeenshire, Angus, Argyll, Ayrshire, Fife, Lanarkshire,
    Lothian, Perthshire, Renfrewshire, Clwyd, Dyfed, Gwent, Gwynedd, Powys, Glamorgan, County Antrim, County Down, Co Down
    """
)


def _codes_and_names(written: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(written[::2]), frozenset(folded(name.replace("-", " ")) for name in written[1::2])


STATE_CODES, STATE_NAMES = _codes_and_names(_STATES)
PROVINCE_CODES, PROVINCE_NAMES = _codes_and_names(_PROVINCES)
AUSTRALIAN_CODES, AUSTRALIAN_NAMES = _codes_and_names(_AUSTRALIAN)


def country_of(text: str) -> str:
    """ISO code of the country of this name, "" where it is none."""
    name = folded(text).strip(" .,;()-")
    return COUNTRIES.get(name) or COUNTRIES.get(f"{name}.", "")


def state_country(text: str) -> str:
    """US, CA or AU where this is a state or province of theirs, by code or by name; else ""."""
    code = text.strip(" .,;()")
    if "." in code:
        code = code.replace(".", "")
    name = folded(code)
    if code in STATE_CODES or name in STATE_NAMES:
        return "US"
    if code in PROVINCE_CODES or name in PROVINCE_NAMES:
        return "CA"
    return "AU" if code in AUSTRALIAN_CODES or name in AUSTRALIAN_NAMES else ""
