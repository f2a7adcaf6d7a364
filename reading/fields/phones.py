"""Telephone numbers: found by shape, told from everything else with many digits, read with the signature's own countries."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from reading.fields.cells import Row, Span, blanked
from reading.fields.labels import Label, is_no_number, is_only_label, label_after, label_before
from reading.fields.regions import ENDING, LANGUAGE, STATED
from reading.fields.web import proposal_at
from reading.proposal import FieldName, Proposal

_OTHER_ENDING = re.compile(r"\s?/\s?-?\d{1,4}$")
"""Of two numbers that differ in their end: "5550 / 5551"."""
_MAX_NUMBERS = 24
_MAX_IN_ROW = 8
_CUT = "\x1f"
_GAP = r"(?:[ \u00a0]?[.\-‐-―/()·]{1,2}[ \u00a0]{0,2}|[ \u00a0])?"
_CANDIDATE = re.compile(rf"(?<![\w@&=#%$€£+])(?:\(?\+{{1,2}}[ \u00a0]?\(?|\()?\d(?:{_GAP}\d){{6,28}}(?![\d@])")
_EXTENSION = re.compile(
    r"[ ,;(\u00a0]{0,3}"
    r"(?:ext(?:ension)?|extn|x|poste|p\.|dw|durchwahl|int(?:erno|ern)?|anexo|#|toestel)[.:]?[ \u00a0]{0,2}[-#]?\d{1,6}\)?(?!\d)",
    re.IGNORECASE,
)
# What has many digits and is no number to call. All are linear.
_NOT_NUMBERS = (
    re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,4})?\b"),
    re.compile(r"\b(?:[0-9A-Fa-f]{4}[ \u00a0]{1,2}){5,}[0-9A-Fa-f]{4}\b|\b(?:[0-9A-Fa-f]{2}:){4,}[0-9A-Fa-f]{2}\b"),
    re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b0x[0-9a-fA-F]+\b"),
    re.compile(
        r"(?<![\d.+/-])(?:\d{1,2}[./-]){2,4}(?:19|20)\d\d(?![\d-]|\.\d)|(?<![\d.+-])(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?![\d.-])"
    ),
    re.compile(r"(?<![\d+])(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d(?!\d)|\b\d{1,2}[:h]\d{2}(?::\d{2})?\b"),
    re.compile(r"[€$£] ?\d[\d.,' ]{0,20}|(?<![\d.,])\d[\d.,' ]{0,20}(?:€|\$|£|EUR\b|USD\b|CHF\b|GBP\b|Euro\b)"),
    re.compile(
        r"\bCHE-?\d{3}\.\d{3}\.\d{3}\b"
        r"|\b(?:AT ?U|BE ?0|DE|DK|ES ?[A-Z]|FR ?[A-Z0-9]{2}|IT|LU|NL|PT|SE|FI|PL|CZ|SK|IE) ?\d{8,12}(?:B\d\d)?\b"
    ),
    re.compile(r"\b(?:IP|ip)?:? ?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b(?=[:/])"),
)
_CONFERENCE = re.compile(
    r"conf[eé]rence|konferenz|dial-?in|einwahl|webinar|meeting[ -]?id|zugangscode|passcode|access code|code d.acc|réunion|teams|zoom",
    re.IGNORECASE,
)
_NORTH_AMERICAN = re.compile(r"(?:1[ .-]?)?(?:\(\d{3}\)[ .-]{0,2}|\d{3}[ ./-])\d{3}[ .-]\d{4}")
_MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.PAGER})
_HOTLINE_TYPES = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN})
_GROUP = re.compile(r"\d+")
_MIN_DIGITS = 7
_SEPARATOR = re.compile(r"[|,;·•\t]|\s{3}|\s[-–—]\s")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIN_SENTENCE = 3
"""Words without a label before a number, from which on it may be anybody's."""
_MIN_GROUPS = 2
_MIN_GROUPS_ALONE = 3


@dataclass(frozen=True, slots=True)
class Number:
    """A number to call. `span` covers it and its label."""

    e164: str
    label: Label | None
    type: int
    span: Span
    number_start: int
    """Where the number itself begins, behind its label."""
    confidence: float


def numbers_in(rows: Sequence[Row], spans: Sequence[Span], votes: Mapping[str, float], assumed: Label | None = None) -> tuple[Number, ...]:
    """All numbers of the rows that are sure to be some. `spans` are what is no number (links, addresses), `assumed` is the label of
    those that have none."""
    by_row: dict[int, list[Span]] = {}
    for span in spans:
        by_row.setdefault(span.row, []).append(span)
    found: list[Number] = []
    inherited: Label | None = None
    previous = ""
    for row in rows:
        in_row = list(_in_row(row, by_row.get(row.row, ()), votes, assumed, inherited if _goes_on(row, previous) else None))
        found.extend(in_row)
        if in_row:
            inherited = in_row[-1].label if in_row[-1].span.start < in_row[-1].number_start else None
        else:
            inherited = label_before(row.text.rstrip(" \t:"))[0] if is_only_label(row.text) else None
        previous = row.text
        if len(found) >= _MAX_NUMBERS:
            break
    return tuple(found[:_MAX_NUMBERS])


def _goes_on(row: Row, previous: str) -> bool:
    """A number under a label of its own line, or indented under another number."""
    return not row.after_gap and (is_only_label(previous) or row.text[:1] in " \t(")


def _in_row(
    row: Row, spans: Iterable[Span], votes: Mapping[str, float], assumed: Label | None, inherited: Label | None
) -> Iterable[Number]:
    text = blanked(row.text, spans)
    if sum(map(text.count, "0123456789")) < _MIN_DIGITS or _CONFERENCE.search(text):
        return
    for shape in _NOT_NUMBERS:
        text = shape.sub(lambda found: _CUT * len(found[0]), text)
    last = 0
    for candidate in islice(_CANDIDATE.finditer(text), _MAX_IN_ROW):
        for start, end in _split(text, candidate.start(), candidate.end()):
            before = text[last:start].rpartition(_CUT)[2]
            label, label_start = label_before(before)
            extension = _EXTENSION.match(text, end)
            behind = extension.end() if extension else end
            if label is None:
                label, length = label_after(text[behind : behind + 40])
                behind += length
            if label is None and not any(character.isalpha() for character in _without_brackets(before)):
                label = inherited
            if label is None and assumed is None and len(_WORD.findall(_SEPARATOR.split(before)[-1])) >= _MIN_SENTENCE:
                continue
            label = label or assumed
            number = _number(text, start, end, before, label, votes)
            if number is None:
                continue
            parsed, confidence = number
            span = Span(row.row, start - (len(before) - label_start), behind)
            last = span.end
            yield Number(
                phonenumbers.format_number(parsed, PhoneNumberFormat.E164),
                label,
                _type_of(parsed),
                span,
                start,
                confidence,
            )


def _without_brackets(text: str) -> str:
    return re.sub(r"[(\[][^()\[\]]{0,40}[)\]]", "", text)


def _split(text: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """One number, or two with a stroke between them."""
    written = text[start:end]
    tail = _OTHER_ENDING.search(written)
    if tail and sum(map(str.isdigit, written[: tail.start()])) > _MIN_DIGITS:
        yield start, start + tail.start()
        return
    for stroke in (" / ", "/", " - ", " – "):
        parts = written.split(stroke)
        if len(parts) == 2 and all(sum(c.isdigit() for c in part) >= 8 for part in parts):  # noqa: PLR2004 - two, and whole numbers
            first, second = parts
            yield start, start + len(first.rstrip(" ("))
            yield end - len(second.lstrip()), end
            return
    yield start, end


def _number(
    text: str, start: int, end: int, before: str, label: Label | None, votes: Mapping[str, float]
) -> tuple[PhoneNumber, float] | None:
    written = text[start:end]
    if written.startswith("(") and ")" not in written:
        written = written[1:]
    digits = "".join(character for character in written if character.isdigit())
    if (text[start - 1 : start] in {",", ".", "-", "/"} and text[start - 2 : start - 1].isdigit()) or is_no_number(before):
        return None
    if text[end : end + 1] in {",", "."} and text[end + 1 : end + 2].isdigit():
        return None
    international = "+" in written or digits.startswith("00")
    if international:
        return _international(digits.removeprefix("00") if "+" not in written else digits, label)
    alone = not any(map(str.isalpha, before)) and len(_GROUP.findall(written)) >= _MIN_GROUPS_ALONE
    return _national(written, digits, label, votes, alone=alone)


def _international(digits: str, label: Label | None) -> tuple[PhoneNumber, float] | None:
    parsed = _parsed("+" + digits, None)
    if parsed is None:
        return None
    if phonenumbers.is_valid_number(parsed):
        return parsed, 0.98 if label else 0.95
    # the tables of numbers are older or younger than some mails: a number of a possible length that says its country is one
    if _is_possible(parsed):
        return parsed, 0.86 if label else 0.8
    return None


def _is_possible(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def _national(
    written: str, digits: str, label: Label | None, votes: Mapping[str, float], *, alone: bool
) -> tuple[PhoneNumber, float] | None:
    """By the countries the signature speaks of; without any, only the North American shape and a code in brackets say enough."""
    if label is None and len(_GROUP.findall(written)) < _MIN_GROUPS and not digits.startswith("0"):
        return None
    for region, weight in votes.items():
        found = _of_region(digits, region, weight, label, alone=alone) if weight >= LANGUAGE - 0.3 else None
        if found is not None:
            return found
    if _NORTH_AMERICAN.fullmatch(written):
        parsed = _parsed(digits, "US")
        if parsed is not None and phonenumbers.is_valid_number(parsed):
            return parsed, 0.9 if label else 0.86
    if written.startswith("(") and label:
        parsed = _parsed("+" + digits, None)
        code = written[1:].partition(")")[0]
        if parsed is not None and code == str(parsed.country_code) and phonenumbers.is_valid_number(parsed):
            return parsed, 0.88
    return None


def _of_region(digits: str, region: str, weight: float, label: Label | None, *, alone: bool) -> tuple[PhoneNumber, float] | None:
    """`alone` says that nothing else stands in the cell and the digits are set in groups, as numbers to call are."""
    # where numbers begin with a 0 at home, other digits may be anything
    if label is None and not digits.startswith("0") and phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) == "0":
        return None
    parsed = _parsed(digits, region)
    if parsed is not None and phonenumbers.is_valid_number_for_region(parsed, region):
        return parsed, (0.95 if weight >= STATED else 0.93 if weight > LANGUAGE + 1 else 0.88) - (0.0 if label else 0.05)
    with_code = _with_country_code(digits, region) if label else None
    if with_code is not None:
        return with_code, 0.9
    if (label or alone) and weight >= ENDING and digits.startswith("0") and parsed is not None and _is_possible(parsed):
        return parsed, 0.82 if label else 0.75
    return None


def _type_of(number: PhoneNumber) -> int:
    """Also of a number in no table: mobile where only the mobiles of its country begin with its first digit."""
    known = phonenumbers.number_type(number)
    if known != PhoneNumberType.UNKNOWN:
        return known
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    mobile = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    fixed = phonenumbers.example_number_for_type(region, PhoneNumberType.FIXED_LINE)
    first = str(number.national_number)[0]
    if mobile and fixed and str(mobile.national_number)[0] == first != str(fixed.national_number)[0]:
        return PhoneNumberType.MOBILE
    return known


def _with_country_code(digits: str, region: str) -> PhoneNumber | None:
    """The number of a country whose code is written without "+"."""
    code = str(phonenumbers.country_code_for_region(region))
    if not digits.startswith(code):
        return None
    parsed = _parsed("+" + digits, None)
    return parsed if parsed is not None and phonenumbers.is_valid_number_for_region(parsed, region) else None


def _parsed(number: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def proposals_of(numbers: Sequence[Number], rows: Sequence[Row]) -> tuple[Proposal, ...]:
    """One number for each of telephone, mobile and fax."""
    kinds: dict[FieldName, list[tuple[int, Number]]] = {FieldName.PHONE: [], FieldName.MOBILE: [], FieldName.FAX: []}
    for number in numbers:
        field, rank = _slot(number)
        kinds[field].append((rank, number))
    # two mobiles, or a mobile under "Tel": the better labelled is the mobile, the other the telephone where there is none
    mobiles = sorted(kinds[FieldName.MOBILE], key=_rank)
    if len(mobiles) > 1 and not kinds[FieldName.PHONE] and mobiles[1][1].label is not Label.MOBILE:
        kinds[FieldName.PHONE].append(mobiles[1])
    chosen: list[Proposal] = []
    for field, ranked in kinds.items():
        if not ranked:
            continue
        best = min(ranked, key=_rank)[1]
        taken = {proposal.value for proposal in chosen if field is not FieldName.FAX}
        if best.e164 not in taken:
            chosen.append(proposal_at(field, best.e164, best.confidence, rows[best.span.row], best.span.start, best.span.end))
    return tuple(chosen)


def _rank(ranked: tuple[int, Number]) -> int:
    return ranked[0]


def _slot(number: Number) -> tuple[FieldName, int]:
    """The field a number goes to, and its rank there: 0 first."""
    if number.label is Label.FAX:
        return FieldName.FAX, 0
    if number.label is Label.MOBILE:
        return FieldName.MOBILE, 0
    if number.type in _MOBILE_TYPES and number.label in {None, Label.PHONE, Label.HOME}:
        return FieldName.MOBILE, 1
    if number.type in _HOTLINE_TYPES:
        return FieldName.PHONE, 3
    ranks = {Label.DIRECT: 0, Label.PHONE: 1, None: 1, Label.SWITCHBOARD: 2, Label.HOME: 3}
    return FieldName.PHONE, ranks.get(number.label, 1)
