"""Numbers the sender gives in a sentence of his own: "my new number is …", "joignable au …", "erreichbar unter …"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from reading.fields.cells import Row
from reading.fields.emails import addresses_in
from reading.fields.labels import Label
from reading.fields.phones import Number, numbers_in, proposals_of
from reading.fields.regions import votes
from reading.fields.web import sites_in
from reading.fields.words import folded
from reading.proposal import Line, Proposal, Sender, Source

_MAX_LINES = 400
_MAX_ROWS = 10
_MAX_LINE = 2_000
_MAX_TEXT = 10_000
"""Characters of the lines with numbers, together."""
_MIN_DIGITS = 7
_MAX_GAP = 70
_SURE = 0.85
_NEW = 0.985
"""A number that is said to be new stands before the one in the signature."""

# Without accents. Each ends where the number may follow.
_GIVEN = re.compile(
    r"""\b(?:
    (?:call|reach|phone|text|ring|contact|whatsapp|dial)\ me | give\ me\ a\ (?:call|ring)
    | i(?:'m|\ am|\ can\ be)\ (?:\w+\ ){0,3}(?:available|reachable|reached)
    | my\ (?:\w+\ ){0,3}(?:number|phone|mobile|cell|line|whatsapp)
    | me\ (?:joindre|rappeler|appeler|contacter|telephoner) | (?:appel|rappel|contact|joign)\w{1,4}-moi | m'appeler
    | je\ (?:\w+\ ){0,3}(?:joignable|disponible) | mon\ (?:\w+\ ){0,3}(?:numero|portable|mobile|telephone|tel|fixe) | ma\ ligne
    | (?:erreich|ruf|kontaktier)\w*\ (?:sie\ |du\ )?mich
    | mich\ (?:\w+\ ){0,5}(?:unter|auf|uber) | ich\ bin\ (?:\w+\ ){0,5}(?:unter|auf|uber)
    | bin\ ich\ (?:\w+\ ){0,5}(?:unter|auf|uber) | meine\ (?:\w+\ ){0,3}(?:\w*nummer|durchwahl)
    | mein\ (?:\w+\ ){0,2}(?:handy|telefon|mobil\w*)
    | llam[ae]me | llamadme | llamarme | localizarme | contactarme
    | me\ (?:puede|puedes|pueden|podeis)\ (?:\w+\ )?(?:llamar|localizar|contactar)
    | mi\ (?:\w+\ ){0,3}(?:numero|movil|telefono|celular|whatsapp)
    | chiamarmi | chiamami | mi\ chiami | contattarmi | raggiungermi | mi\ trov[ia] | sono\ (?:\w+\ ){0,3}raggiungibile
    | mio\ (?:\w+\ ){0,3}(?:numero|cellulare|telefono)
    | (?:ligue|ligar|contacte|contactar)-me | me\ (?:ligar|contactar) | meu\ (?:\w+\ ){0,3}(?:numero|telemovel|telefone|celular)
    | bel(?:t|len)?\ (?:u\ |je\ )?(?:me|mij) | mij\ (?:\w+\ ){0,3}(?:bellen|bereiken|op)
    | mijn\ (?:\w+\ ){0,3}(?:nummer|mobiel|telefoon\w*|telefoonnummer)
    | ik\ ben\ (?:\w+\ ){0,4}(?:bereikbaar|te\ bereiken|op)
    )\b""",
    re.VERBOSE,
)
_OF_OTHERS = re.compile(
    r"\b(?:collegu\w*|kolleg\w*|coleg\w*|colleagu\w*|collega|compañer\w*|companer\w*|assistant\w*|assistent\w*|secret\w*|sekret\w*|boss|pere|mere"
    r"|father|mother|vater|mutter|wife|husband|femme|frau|mann|mujer|marido|sister|brother|vertretung|stellvertret\w*|old|former|previous|ancien\w*|alte\w*|antigu\w*"
    r"|vecchi\w*|no longer|not|nicht|plus|ya no|his|her|their|son|sa|sein\w*|ihr\w*)\b"
)
_NEW_NUMBER = re.compile(r"\b(?:new|nouveau|nouvelle|neue\w*|nuevo|nueva|nuovo|nuova|novo|nova|nieuwe?)\b")
_MOBILE = re.compile(r"\b(?:mobile|cell|cellphone|portable|handy\w*|mobil\w*|movil|celular|cellulare|telemovel|mobiel|whatsapp|text me)\b")
_END = re.compile(r"[.!?;](?:\s|$)")


def numbers_in_body(lines: Sequence[Line], sender: Sender, language: str) -> tuple[Proposal, ...]:
    """The telephone and mobile number the sender's own sentences give as his. `lines` are his text without the signature."""
    rows: list[Row] = []
    before: dict[int, str] = {}
    previous = ""
    left = _MAX_TEXT
    for line in lines[:_MAX_LINES]:
        text = line.text[:_MAX_LINE]
        if sum(map(text.count, "0123456789")) >= _MIN_DIGITS:
            left -= len(text)
            if _GIVEN.search(folded(f"{previous[-_MAX_GAP:]} {text}")):
                before[len(rows)] = previous[-_MAX_GAP:]
                rows.append(Row(line, text, len(rows), after_gap=False))
            if len(rows) == _MAX_ROWS or left <= 0:
                break
        previous = text
    if not rows:
        return ()
    spans = [found.span for row in rows for found in addresses_in(row)] + [site.span for row in rows for site in sites_in(row, sender)]
    numbers = [
        given for number in numbers_in(rows, spans, votes(rows, sender, language), Label.PHONE) if (given := _given(number, rows, before))
    ]
    return tuple(replace(proposal, source=Source.BODY) for proposal in proposals_of(numbers, rows))


def _given(number: Number, rows: Sequence[Row], before: dict[int, str]) -> Number | None:
    """The number, where the words before say that it is the sender's."""
    row = number.span.row
    context = folded(f"{before[row]} {rows[row].text[: number.number_start]}").replace("’", "'")
    given = list(_GIVEN.finditer(context, max(0, len(context) - 3 * _MAX_GAP)))
    if not given:
        return None
    found = given[-1]
    gap = context[found.end() :]
    if (
        len(gap) > _MAX_GAP
        or _END.search(gap.rstrip(". "))
        or any(character.isdigit() for character in gap)
        or _OF_OTHERS.search(found[0] + gap)
    ):
        return None
    label = Label.MOBILE if number.label is Label.PHONE and _MOBILE.search(found[0] + gap) else number.label
    return replace(number, label=label, confidence=_NEW if _NEW_NUMBER.search(found[0] + gap) else min(_SURE, number.confidence))
