"""How mail programs introduce what they quote or forward: words and layouts in English, French, German, Spanish, Italian,
Portuguese and Dutch."""

import unicodedata
from enum import Enum, auto

from reading.addresses import mailbox
from reading.message import Mailbox

MAX_LINE = 1_000
_MAX_LABEL = 30
_MAX_INTRODUCTION = 400

DASHES = ("--", "––", "——", "==")
# What mail programs write between dashes over a mail they forward (Gmail, Thunderbird, Yahoo, Zimbra, Proton, GMX).
_DASHED_MARKERS = (
    "forwarded message",
    "forwarded mail",
    "forwarded by",
    "forwarded email",
    "message transféré",
    "message transmis",
    "message réexpédié",
    "mail transféré",
    "courriel transféré",
    "e-mail transféré",
    "réacheminé par",
    "transféré par",
    "weitergeleitete nachricht",
    "weitergeleitete mail",
    "weitergeleitete e-mail",
    "weitergeleitet von",
    "mensaje reenviado",
    "correo reenviado",
    "reenviado por",
    "messaggio inoltrato",
    "inoltrato da",
    "mensagem encaminhada",
    "mensagem reencaminhada",
    "encaminhado por",
    "doorgestuurd bericht",
    "doorgestuurde e-mail",
    "doorgestuurd door",
)
# Over a mail that is answered (Outlook).
_ORIGINAL_MARKERS = (
    "original message",
    "original appointment",
    "message d'origine",
    "message original",
    "message initial",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "ursprünglicher termin",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
)
# Apple Mail's, without dashes and with a colon.
_BARE_MARKERS = frozenset(
    {
        "begin forwarded message",
        "début du message réexpédié",
        "début du message transféré",
        "anfang der weitergeleiteten nachricht",
        "anfang der weitergeleiteten e-mail",
        "inicio del mensaje reenviado",
        "inizio messaggio inoltrato",
        "inizio del messaggio inoltrato",
        "início da mensagem reencaminhada",
        "início da mensagem encaminhada",
        "begin doorgestuurd bericht",
        "start doorgestuurd bericht",
    }
)


class QuotedHeader(Enum):
    FROM = auto()
    DATE = auto()
    TO = auto()
    COPY = auto()
    SUBJECT = auto()
    OTHER = auto()


_LABELS: dict[str, QuotedHeader] = {
    label: header
    for header, labels in {
        QuotedHeader.FROM: "from|de|von|da|van|expéditeur|absender|mittente|remitente|remetente|afzender",
        QuotedHeader.DATE: "date|sent|envoyé|envoyé le|date d'envoi|gesendet|gesendet am|datum|fecha|enviado|enviado el|enviado em"
        "|enviada em|data|inviato|inviato il|verzonden|verzonden op",
        QuotedHeader.TO: "to|à|a|pour|destinataire|an|para|per|aan|empfänger|destinatario|destinatário",
        QuotedHeader.COPY: "cc|copie|copie à|kopie|kopie an|copia|copia a|cópia|bcc|cci|ccn|cco",
        QuotedHeader.SUBJECT: "subject|objet|sujet|betreff|asunto|oggetto|assunto|onderwerp",
        QuotedHeader.OTHER: "reply-to|répondre à|antwort an|responder a|rispondi a|antwoord aan|importance|priority|priorité|importancia"
        "|wichtigkeit|priorità|prioridade|attachments|pièces jointes|anlagen|datos adjuntos|allegati|anexos|bijlagen"
        "|organization|organisation",
    }.items()
    for label in labels.split("|")
}

# How a reply introduces its quote: "On 3 May 2026 at 10:00, Anna Roy <a@roy.example> wrote:".
_INTRODUCTION_STARTS = ("on ", "le ", "am ", "el ", "il ", "em ", "op ", "a ", "no dia ", "den ", "von ", "de ", "da ")
_WROTE = ("wrote", "writes", "a écrit", "écrivait", "schrieb", "escribió", "ha scritto", "escreveu", "schreef", "写道")
# These two put the verb before the name: "Am 3. Mai um 10:00 schrieb Anna Roy:".
_WROTE_INSIDE = (" schrieb ", " schreef ")


def is_forward_marker(line: str) -> bool:
    """ "---------- Forwarded message ---------" and its like; `line` without blanks at its ends."""
    bare = line.strip("-–—_=*>: \t")
    if len(bare) > MAX_LINE // 10:
        return False
    words = unicodedata.normalize("NFC", bare).casefold()
    if line.lstrip("*_ ").startswith(DASHES):
        return words.startswith(_DASHED_MARKERS)
    return line.rstrip("* ").endswith(":") and words in _BARE_MARKERS


def is_original_marker(line: str) -> bool:
    """ "-----Original Message-----", over the mail that is answered."""
    if not line.startswith(("--", "__", "==", "––", "——")) or len(line) > MAX_LINE // 10:
        return False
    return unicodedata.normalize("NFC", line.strip("-–—_=*>: \t")).casefold().startswith(_ORIGINAL_MARKERS)


def quoted_header(line: str) -> tuple[QuotedHeader, str] | None:
    """The header this line quotes, and its value; mail programs put either or both in bold (stars)."""
    label, colon, value = line.partition(":")
    if not colon or len(label) > _MAX_LABEL:
        return None
    header = _LABELS.get(unicodedata.normalize("NFC", label.strip("*> \t")).casefold().replace("’", "'"))
    return (header, value.strip("* \t")) if header else None


def mailbox_in(value: str) -> Mailbox | None:
    """`Name <a@b>`, `Name [mailto:a@b]`, `<a@b>`, `a@b`: the first address, and what stands before it as the name."""
    at = value.find("@")
    while at > 0:
        start, end = at, at + 1
        while start > 0 and _in_address(value[start - 1]):
            start -= 1
        while end < len(value) and _in_address(value[end]):
            end += 1
        address = value[start:end].rstrip(".'")
        if "." in address.rpartition("@")[2]:
            box = mailbox(address.lstrip("'"), value[:start].removesuffix("mailto:").strip("<[(\"'*,;:- \t"))
            if box:
                return box
        at = value.find("@", max(end, at + 1))
    return None


def _in_address(character: str) -> bool:
    return character.isalnum() or character in "@.!#$%&'*+/=?^_`{|}~-"


def introduces_reply(lines: list[str], number: int) -> int:
    """How many lines the introduction of a quote takes that starts at this line; 0 where none does."""
    first = lines[number].lstrip()[:MAX_LINE].casefold()
    named = "@" in first
    if not named and not first.startswith(_INTRODUCTION_STARTS):
        return 0
    # programs fold the introduction over up to three lines
    said = ""
    taken = 0
    for line in lines[number : number + 3]:
        if not line.strip():
            return 0
        said = f"{said} {line.strip()}"[:_MAX_INTRODUCTION]
        taken += 1
        if said.endswith(":"):
            break
    else:
        return 0
    words = unicodedata.normalize("NFC", said.casefold()).rstrip(": ")
    dated = any(character.isdigit() for character in words)
    return taken if (dated or "@" in words) and says_wrote(words) else 0


def says_wrote(words: str) -> bool:
    """Do these lower-case words, without their colon, end as "On Monday Anna Roy wrote" does?"""
    return words.endswith(_WROTE) or any(verb in words for verb in _WROTE_INSIDE)
