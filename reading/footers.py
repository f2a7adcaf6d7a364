"""What stands below a signature and is nobody's: footers of lists and mail services, disclaimers, patches."""

import re
from collections.abc import Sequence

from reading.proposal import Line

_MAX_FOOTER_LINES = 25
_MAX_DISCLAIMER_LINES = 80
_LINES_TO_NAME_LIST = 8
_LINES_OF_DISCLAIMER = 8
_MAX_LINE = 400
_MAX_PARAGRAPH = 1_500
_MIN_HITS, _MANY_HITS = 2, 3
_MIN_LEGAL_LINE = 60
_MIN_NAMING = 9
_MIN_RULE, _MAX_RULE_SIGNS = 3, 3

_RULE = re.compile(r"\s*(?:[-_=*~#+]{4,}|-{2,3}|—{1,3})\s*$")
_CONTACT = re.compile(r"(?:\+|\b0|\()\d[\d\s().\-/]{6,}")
_LIST = (
    *("mailing list", "mailinglist", "mailing-list", "mailman/", "listinfo", "unsubscribe", "(un)subscri", "to subscribe"),
    *("list maintainer", "yahoo! groups", "yahoogroups", "google groups", "you received this", "you are receiving", "posted to"),
    *("sponsored by", "list archive", "manage your subscription", "subscription change", "désabonner", "désinscri"),
    *("liste de diffusion", "vous recevez ce", "abmelden", "abbestellen", "mailingliste", "sie erhalten diese", "darse de baja"),
    *("lista de correo", "recibe este", "annullare l'iscrizione", "disiscri", "cancellarsi", "ricevi questa", "uitschrijven"),
    *("do you yahoo", "msn hotmail", "join the world", "msn explorer", "get your free", "yahoo! mail", "posted via", "virus-free", "avast"),
    *("afmelden", "je ontvangt", "u ontvangt", "cancelar a inscri", "cancelar inscri", "cancelar la suscripci"),
)
_LEGAL = (
    *("confidential", "privileged", "intended only", "intended solely", "intended recipient", "intended for", "intended exclusively"),
    *("disclaimer", "proprietary", "unauthorised", "unauthorized", "received this e", "received this message", "this e-mail and any"),
    *("this email and any", "this message and any", "the addressee", "consider the environment", "before printing", "before you print"),
    *("virus", "scanned by", "contained in this", "any views", "the content of this", "is prohibited", "may be unlawful", "privacy"),
    *("confidentiel", "destinataire", "ne pas imprimer", "environnement", "avant d'imprimer", "toute utilisation", "pièces jointes"),
    *("vertraulich", "irrtümlich", "unbefugt", "adressat", "umwelt", "datenschutz", "ausdrucken", "confidencial", "destinatario"),
    *("medio ambiente", "protección de datos", "uso exclusivo", "por error", "riservat", "ambiente", "vertrouwelijk", "geadresseerde"),
    *("destinatário", "uso não autorizado", "not the addressee", "delete it", "notify the sender", "prohibida", "vietata"),
)
_STARTS = re.compile(
    r"\s*(?:[*_>\"(]{0,3})(?:notice|disclaimer|confidentiality|confidential|avis|avertissement|haftungsausschluss|hinweise?|aviso"
    r"|avvertenza|important|wichtiger|legal|nota|this (?:e-?mail|message|communication|electronic)|the information|the content"
    r"|ce (?:message|courriel|mail)|diese (?:e-?mail|nachricht)|este (?:mensaje|correo)|quest[ao] (?:messaggio|e-?mail)|dit bericht"
    r"|deze e-?mail|esta mensagem|p please|please consider|pensez|before printing|avant d'imprimer|if you (?:are not|have received))\b",
    re.IGNORECASE,
)
_PATCH = re.compile(r"diff --git |--- a/|@@ -\d|Index: \S|--- [\w./-]+\t")


def is_rule(text: str) -> bool:
    """A line drawn of signs: "-----", "=-=-=-", "=0=0=0="."""
    stripped = text.strip(" \t|")
    if len(stripped) < _MIN_RULE or stripped[0].isalpha() or stripped.isdigit():
        return False
    return len(set(stripped)) <= _MAX_RULE_SIGNS and not any(map(str.isalpha, stripped))


def own_end(lines: Sequence[Line], first: int, last: int) -> int:
    """The last written line of `first` to `last` above all footers; `first - 1` where nothing is left."""
    end = _before_patch(lines, first, last)
    tail = "\n".join(line.text[:_MAX_LINE] for line in lines[max(first, end - _MAX_DISCLAIMER_LINES) : end + 1]).lower()
    named = any(cue in tail for cue in _LIST)
    if named:
        end = _list_footer(lines, first, end)
    if any(cue in tail for cue in _LEGAL):
        end = _disclaimer(lines, first, end)
        if named:
            end = _list_footer(lines, first, end)
    while end >= first and not lines[end].text.strip():
        end -= 1
    return end


def _before_patch(lines: Sequence[Line], first: int, last: int) -> int:
    """Before a patch; git's own "-- " and version at the end of a patch belong to it."""
    for number in range(first, last + 1):
        text = lines[number].text
        if text[:1] in {"d", "-", "@", "I"} and _PATCH.match(text):
            return number - 1
    return last


def _list_footer(lines: Sequence[Line], first: int, last: int) -> int:
    """Cut at the ruled line over a footer of a list; without one, at the paragraph that names it."""
    start = max(first, last - _MAX_FOOTER_LINES)
    named = [number for number in range(start, last + 1) if _hits(lines[number].text, _LIST)]
    if not named:
        return last
    for number in range(last, start - 1, -1):
        if _RULE.match(lines[number].text) and any(number < other <= number + _LINES_TO_NAME_LIST for other in named):
            return number - 1
    # without a ruled line: the whole last paragraph, if it has nothing to reach anybody by
    paragraph = last
    while paragraph > first and lines[paragraph - 1].text.strip():
        paragraph -= 1
    reaches = any(_CONTACT.search(lines[number].text) for number in range(paragraph, last + 1))
    return paragraph - 1 if paragraph > first and named[-1] >= paragraph and not reaches else last


def _hits(text: str, cues: tuple[str, ...]) -> int:
    lowered = text[:_MAX_PARAGRAPH].lower()
    return len([cue for cue in cues if cue in lowered]) if len(lowered) >= _MIN_NAMING else 0


def _disclaimer(lines: Sequence[Line], first: int, last: int) -> int:
    """Cut where legal text starts, whether one long line or wrapped over many, with or without empty lines between."""
    start = max(first, last - _MAX_DISCLAIMER_LINES)
    for number in range(start, last + 1):
        text = lines[number].text
        if not text.strip():
            continue
        above = lines[number - 1].text if number > first else ""
        starts = _STARTS.match(text) is not None
        if not starts and above.strip() and not _RULE.match(above):
            continue
        loose = starts or (_is_below_rule(lines, first, number) and _hits(text, _LEGAL) > 0)
        hits = _hits(_paragraph(lines, number, last, loose=loose), _LEGAL)
        long_enough = len(text) >= _MIN_LEGAL_LINE
        if (starts and hits) or hits >= _MANY_HITS or (hits >= _MIN_HITS and long_enough):
            return _above_rule(lines, first, number)
    return last


def _paragraph(lines: Sequence[Line], first: int, last: int, *, loose: bool) -> str:
    """The lines from `first` to the next empty one; `loose`: a few lines more, where every other line is empty."""
    texts: list[str] = []
    for number in range(first, last + 1):
        text = lines[number].text.strip()
        if text:
            texts.append(text[:_MAX_LINE])
        elif not loose:
            break
        if len(texts) >= _LINES_OF_DISCLAIMER:
            break
    return " ".join(texts)


def _is_below_rule(lines: Sequence[Line], first: int, number: int) -> bool:
    return _above_rule(lines, first, number) < number - 1


def _above_rule(lines: Sequence[Line], first: int, number: int) -> int:
    """The line above `number`, or above the ruled line over it."""
    above = number - 1
    while above >= first and not lines[above].text.strip():
        above -= 1
    return above - 1 if above >= first and _RULE.match(lines[above].text) else number - 1
