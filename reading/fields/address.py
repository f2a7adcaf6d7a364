"""The postal address in a signature: postcode and city, the street beside them, the country."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from reading.fields import streets
from reading.fields.cells import Piece, Row
from reading.fields.places import country_of, state_country
from reading.fields.postcodes import Anchor, anchors, city_in, piece_before
from reading.fields.web import proposal_at
from reading.fields.words import folded
from reading.proposal import FieldName, Proposal

_LABEL = re.compile(
    r"(?:address|adresse|anschrift|postanschrift|besucheradresse|lieferadresse|firmensitz|sitz|office|bureaux?|büro|siège|siege|sede|domicilio"
    r"|dirección|direccion|indirizzo|adres|endereço|morada|headquarters|hq|location|visit|post|mail|a)(?:\s\w{1,12})?\s?:\s{0,3}",
    re.IGNORECASE,
)
_MAX_BEFORE = 4
_MAX_ROWS = 2
"""Pieces and rows between street and city."""
_INCOMPLETE = 0.45
"""How sure a street without a house number is."""
_CODE_LETTERS = 2
_ALONE = 0.75
"""The same, where it stands by itself right above the city: "Place de la Mairie"."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A value and the pieces it stands in."""

    value: str
    row: int
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Address:
    """Parts of one address; any may be missing. `rows` are those it stands in, `pieces` the numbers of its pieces."""

    street: _Found | None = None
    postcode: _Found | None = None
    city: _Found | None = None
    region: _Found | None = None
    country: _Found | None = None
    pieces: frozenset[int] = frozenset()

    def proposals(self, rows: Sequence[Row]) -> Iterable[Proposal]:
        by_field = {
            FieldName.STREET: self.street,
            FieldName.POSTCODE: self.postcode,
            FieldName.CITY: self.city,
            FieldName.REGION: self.region,
            FieldName.COUNTRY: self.country,
        }
        for field, found in by_field.items():
            if found is not None:
                yield proposal_at(field, found.value, found.confidence, rows[found.row], found.start, found.end)


def read_address(pieces: Sequence[Piece], rows: Sequence[Row], votes: Mapping[str, float]) -> Address:
    """The sender's address: of several the first with a street, else the first."""
    pieces = tuple(map(_without_label, pieces))
    best: Address | None = None
    for anchor in anchors(pieces, votes):
        address = _around(anchor, pieces, rows)
        if address.street is not None:
            return address
        best = best or address
    return best or _without_postcode(pieces, rows)


def _without_label(piece: Piece) -> Piece:
    """ "Adresse: Lindenstraße 8" without what says that it is one."""
    label = _LABEL.match(piece.text)
    return replace(piece, text=piece.text[label.end() :], start=piece.start + label.end()) if label else piece


def _around(anchor: Anchor, pieces: Sequence[Piece], rows: Sequence[Row]) -> Address:
    street, used = _street_before(anchor.first, pieces, rows, anchor.city)
    holder = next((piece for piece in pieces[anchor.first : anchor.last + 1] if anchor.postcode in piece.text), pieces[anchor.last])
    country = pieces[anchor.last]
    return Address(
        street=street,
        postcode=_found_in(holder, anchor.postcode, anchor.confidence),
        city=_found_in(pieces[anchor.city_piece], anchor.city, anchor.confidence) if anchor.city else None,
        region=_found_in(holder, anchor.region, 0.93) if anchor.region else None,
        country=_found_in(country, anchor.country, 0.97 if anchor.named else 0.88) if anchor.country else None,
        pieces=used | frozenset(range(anchor.first, anchor.last + 1)),
    )


def _found_in(piece: Piece, value: str, confidence: float) -> _Found:
    """The value at its place in the piece; the whole piece where it stands there in another case."""
    at = piece.text.casefold().find(value.casefold())
    start, end = (piece.start + at, piece.start + at + len(value)) if at >= 0 else (piece.start, piece.end)
    return _Found(value, piece.row, start, end, confidence)


def _street_before(first: int, pieces: Sequence[Piece], rows: Sequence[Row], city: str) -> tuple[_Found | None, frozenset[int]]:
    """The street in the pieces before `first`: the nearest with a word for a street, else the next one with a house number."""
    fallbacks: list[tuple[_Found, frozenset[int]]] = []
    for number in range(first - 1, max(0, first - _MAX_BEFORE) - 1, -1):
        piece = pieces[number]
        if pieces[first].row - piece.row > _MAX_ROWS or pieces[number + 1].row - piece.row > 1:
            break
        nearest = all(streets.is_unit(pieces[between].text) for between in range(number + 1, first))
        if streets.is_box(piece.text):
            fallbacks.append((_found_in(piece, piece.text, 0.85), frozenset({number})))
        elif streets.is_typed_street(piece.text) and not streets.is_landmark(piece.text):
            found, used = _whole_street(number, first, pieces, rows, 0.96 if number >= first - 2 else 0.9)
            if found.confidence > _INCOMPLETE:
                return found, used
            alone = nearest and (number == 0 or pieces[number - 1].row != piece.row)
            fallbacks.append((replace(found, confidence=_ALONE) if alone else found, used))
        elif nearest and streets.is_plain_street(piece.text) and not streets.is_unit(piece.text):
            if not _numbers_a_street(number, pieces):
                return _whole_street(number, first, pieces, rows, 0.92)
        elif number == first - 1 and (found_before := _before_city(piece, city)):
            return found_before, frozenset({number})
    return max(fallbacks, key=lambda fallback: fallback[0].confidence, default=(None, frozenset()))


def _numbers_a_street(number: int, pieces: Sequence[Piece]) -> bool:
    """Is this the "4 Mirasol" of "Travesía de la Costa, 4 Mirasol"?"""
    before = pieces[number - 1] if number else None
    if before is None or before.row != pieces[number].row:
        return False
    return streets.is_typed_street(before.text) and not streets.has_number(before.text)


def _before_city(piece: Piece, city: str) -> _Found | None:
    """The street of "Lindenweg 8 Dresden", where the city follows once more."""
    street = piece.text[: -len(city)].rstrip(" ,") if city and folded(piece.text).endswith(folded(city)) else ""
    return _found_in(piece, street, 0.88) if streets.is_plain_street(street) else None


def _whole_street(
    number: int, before: int, pieces: Sequence[Piece], rows: Sequence[Row], confidence: float
) -> tuple[_Found, frozenset[int]]:
    """The street with the house number and the unit that a comma parts from it."""
    start = end = number
    piece = pieces[number]

    def beside(other: int) -> bool:
        return 0 <= other < len(pieces) and pieces[other].row == piece.row and pieces[other].cell == piece.cell

    complete = streets.has_number(piece.text)
    if not complete and beside(number - 1) and streets.is_house_number(pieces[number - 1].text):
        start, complete = number - 1, True
    while end + 1 < before and beside(end + 1):
        following = pieces[end + 1].text
        numbered = not complete and (streets.is_house_number(following) or following[:1].isdigit())
        if not numbered and not streets.is_unit(following):
            break
        complete = complete or numbered or any(map(str.isdigit, following))
        end += 1
    if not complete:
        confidence = _INCOMPLETE
    text = rows[piece.row].text[pieces[start].start : pieces[end].end]
    return _Found(text, piece.row, pieces[start].start, pieces[end].end, confidence), frozenset(range(start, end + 1))


def _without_postcode(pieces: Sequence[Piece], rows: Sequence[Row]) -> Address:
    """ "Doha, Qatar", a city and its state, or a street alone."""
    for number, piece in enumerate(pieces):
        country = country_of(piece.text)
        before = piece_before(number, pieces)
        if not country or before is None or before.row != piece.row or before.cell != piece.cell:
            continue
        state = state_country(before.text)
        place = number - 2 if state and number > 1 and pieces[number - 2].row == piece.row else number - 1
        city = city_in(pieces[place].text)
        if not city:
            continue
        street, used = _street_before(place, pieces, rows, city)
        held = pieces[place]
        return Address(
            street=street,
            city=_Found(city, held.row, held.start, held.end, 0.9),
            region=_Found(before.text, before.row, before.start, before.end, 0.9) if state and place != number - 1 else None,
            country=_Found(country, piece.row, piece.start, piece.end, 0.95),
            pieces=frozenset({number, place, number - 1} | used),
        )
    return _city_and_state(pieces) or _street_alone(pieces, rows)


def _city_and_state(pieces: Sequence[Piece]) -> Address | None:
    """ "Santa Clara, California" on a line of its own."""
    for first, second in pairwise(pieces):
        alone = sum(piece.row == first.row for piece in pieces) == 2  # noqa: PLR2004 - city and state
        if alone and second.row == first.row and first.cell == second.cell and len(second.text) > _CODE_LETTERS + 1:
            country, city = state_country(second.text), city_in(first.text)
            if country and city:
                number = pieces.index(first)
                return Address(
                    city=_Found(city, first.row, first.start, first.end, 0.85),
                    region=_Found(second.text, second.row, second.start, second.end, 0.85),
                    country=_Found(country, second.row, second.start, second.end, 0.8),
                    pieces=frozenset({number, number + 1}),
                )
    return None


def _street_alone(pieces: Sequence[Piece], rows: Sequence[Row]) -> Address:
    for number, piece in enumerate(pieces):
        if not (streets.is_typed_street(piece.text) and streets.has_number(piece.text)):
            continue
        street, used = _whole_street(number, len(pieces), pieces, rows, 0.85)
        city = _last_of_cell(max(used), pieces)
        return Address(street=street, city=city, pieces=used)
    return Address()


def _last_of_cell(number: int, pieces: Sequence[Piece]) -> _Found | None:
    """The last of the names behind a street, where all of them could be places."""
    piece = pieces[number]
    after = [other for other in pieces[number + 1 :] if other.row == piece.row and other.cell == piece.cell]
    cities = [city_in(other.text) for other in after]
    if not cities or not all(cities):
        return None
    return _Found(cities[-1], after[-1].row, after[-1].start, after[-1].end, 0.8)
