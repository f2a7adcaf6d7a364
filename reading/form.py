"""A form somebody filled in on a web site, as it reaches the inbox: a label and a value on each line, in the seven languages."""

import re
from collections.abc import Iterable, Sequence

from reading.fields.places import country_of
from reading.fields.words import folded
from reading.proposal import FieldName, Line, Proposal, Source

_MIN_LABELS = 2
_MAX_LINES = 200
_MAX_VALUE = 120
_CONFIDENCE = 0.9
_FIELD = re.compile(r"\s*(?:[-*•]\s*)?([^\W\d_][^:=]{0,30}?)\s*[*]?\s*[:=]\s*(\S.*)$")

_LABELS: dict[str, FieldName] = {
    label: field
    for field, labels in {
        FieldName.FIRST_NAME: "first name|firstname|given name|prenom|vorname|nombre de pila|nome proprio|voornaam",
        FieldName.LAST_NAME: "last name|lastname|surname|family name|nom de famille|nachname|familienname|apellido|apellidos|cognome"
        "|sobrenome|apelido|achternaam",
        FieldName.COMPANY: "company|company name|organisation|organization|business|societe|entreprise|raison sociale|firma|unternehmen"
        "|empresa|azienda|ditta|societa|bedrijf|bedrijfsnaam",
        FieldName.TITLE: "job title|position|your role|fonction|poste|position im unternehmen|cargo|puesto|ruolo|functie",
        FieldName.STREET: "street|address|street address|adresse|rue|strasse|anschrift|direccion|calle|indirizzo|via"
        "|endereco|morada|adres|straat",
        FieldName.POSTCODE: "postcode|post code|postal code|zip|zip code|code postal|plz|postleitzahl|codigo postal|cap|codice postale",
        FieldName.CITY: "city|town|ville|ort|stadt|wohnort|ciudad|localidad|poblacion|citta|cidade|localidade|plaats|stad|woonplaats",
        FieldName.COUNTRY: "country|pays|land|pais|paese",
    }.items()
    for label in labels.split("|")
}
_NUMBERS = frozenset(
    {"phone", "phone number", "telephone", "telephone number", "tel", "mobile", "mobile number", "mobile phone", "cell", "fax"}
    | {"numero de telephone", "portable", "mobil", "telefon", "telefonnummer", "handy", "telefono", "movil", "cellulare", "telefone"}
    | {"telemovel", "celular", "telefoon", "telefoonnummer", "mobiel", "gsm"}
)
_NAMES = frozenset(
    {"name", "your name", "full name", "nom", "votre nom", "nom complet", "nom et prenom", "ihr name", "nombre", "naam", "nome"}
)
_OTHERS = frozenset({"message", "nachricht", "mensaje", "messaggio", "mensagem", "bericht", "subject", "objet", "betreff", "asunto"})


def form_fields(lines: Sequence[Line]) -> tuple[Proposal, ...]:
    """What the filled-in lines say, numbers excepted; () where fewer than two known labels are among them."""
    found = [(line, field, value) for line, label, value in _filled_in(lines) if (field := _LABELS.get(label))]
    known = sum(label in _LABELS or label in _NUMBERS or label in _NAMES for _, label, _ in _filled_in(lines))
    if known < _MIN_LABELS:
        return ()
    return tuple(proposal for line, field, value in found if (proposal := _proposal(line, field, value)))


def number_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with a telephone number's label."""
    return tuple(line for line, label, _ in _filled_in(lines) if label in _NUMBERS)


def _filled_in(lines: Sequence[Line]) -> Iterable[tuple[Line, str, str]]:
    """Line, folded label and value, as far as the message somebody wrote into the form."""
    for line in lines[:_MAX_LINES]:
        field = _FIELD.match(line.text[: _MAX_VALUE * 2])
        if field:
            label = folded(field[1]).strip(" *.-")
            if label in _OTHERS:
                return
            yield line, label, field[2].strip()


def _proposal(line: Line, field: FieldName, value: str) -> Proposal | None:
    shown = country_of(value) if field is FieldName.COUNTRY else value
    if not shown or len(shown) > _MAX_VALUE:
        return None
    start = line.start + line.text.rindex(value)
    return Proposal(field, shown, _CONFIDENCE, Source.BODY, line.text.strip(), line.number, start, start + len(value))
