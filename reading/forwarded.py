"""Who wrote the mail that was forwarded? From the first block of headers quoted in the text, in the words and layouts of the
usual mail programs in English, French, German, Spanish, Italian, Portuguese and Dutch. A reply quotes too, and is no forward."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from reading.addresses import mailbox
from reading.headers import one_line
from reading.message import Mailbox, Original, OriginalSource

_MAX_LINES = 500
"""Lines of own text, signature and disclaimers under which a quoted mail is still looked for."""
_MAX_LINE = 1_000
_MAX_BLOCK_LINES = 40
_MAX_LINES_TO_BLOCK = 8
_MAX_TRIES = 30
"""Places that look like the start of quoted headers and are none, before the search ends."""
_MIN_HEADERS = 3
_MAX_LABEL = 30
_MAX_INTRODUCTION = 400

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
_SUBJECT_PREFIX = re.compile(r"\s{0,9}(?:\[[^\[\]]{1,40}\]\s{0,9})?(?:fwd?|tr|wg|rv|i|enc|doorst)\s?(?:\[\d{1,3}\])?\s?:", re.IGNORECASE)


class _Header(Enum):
    FROM = auto()
    DATE = auto()
    TO = auto()
    COPY = auto()
    SUBJECT = auto()
    OTHER = auto()


_LABELS: dict[str, _Header] = {
    label: header
    for header, labels in {
        _Header.FROM: "from|de|von|da|van|expéditeur|absender|mittente|remitente|remetente|afzender",
        _Header.DATE: "date|sent|envoyé|envoyé le|date d'envoi|gesendet|gesendet am|datum|fecha|enviado|enviado el|enviado em|enviada em"
        "|data|inviato|inviato il|verzonden|verzonden op",
        _Header.TO: "to|à|a|pour|destinataire|an|para|per|aan|empfänger|destinatario|destinatário",
        _Header.COPY: "cc|copie|copie à|kopie|kopie an|copia|copia a|cópia|bcc|cci|ccn|cco",
        _Header.SUBJECT: "subject|objet|sujet|betreff|asunto|oggetto|assunto|onderwerp",
        _Header.OTHER: "reply-to|répondre à|antwort an|responder a|rispondi a|antwoord aan|importance|priority|priorité|importancia"
        "|wichtigkeit|priorità|prioridade|attachments|pièces jointes|anlagen|datos adjuntos|allegati|anexos|bijlagen"
        "|organization|organisation",
    }.items()
    for label in labels.split("|")
}

# How a reply introduces its quote: "On 3 May 2026 at 10:00, Anna Roy <a@roy.example> wrote:".
_INTRODUCTION_STARTS = ("on ", "le ", "am ", "el ", "il ", "em ", "op ", "a ", "no dia ", "den ", "von ", "de ", "da ")
_WROTE = ("wrote", "writes", "a écrit", "écrivait", "schrieb", "escribió", "ha scritto", "escreveu", "schreef")
# These two put the verb before the name: "Am 3. Mai um 10:00 schrieb Anna Roy:".
_WROTE_INSIDE = (" schrieb ", " schreef ")


@dataclass(frozen=True, slots=True)
class _Block:
    """Quoted headers: which were there, and the values that matter."""

    headers: frozenset[_Header]
    sender: Mailbox | None
    subject: str


def quoted_original(text: str, subject: str) -> Original | None:
    """The sender in the outermost forwarded block of `text`; None where the mail is no forward or the block names no address.

    `subject` decides where a block of headers stands without a marker: forwarded with "Fwd:" and its like, else a reply."""
    # French puts an unbreakable blank before a colon
    lines = text.replace("\u00a0", " ").replace("\u202f", " ").split("\n", _MAX_LINES)[:_MAX_LINES]
    tries = 0
    for number, line in enumerate(lines):
        stripped = line.strip()[:_MAX_LINE]
        if not stripped or stripped.startswith(">"):
            continue
        if _is_marker(stripped):
            block = _block_after(lines, number + 1)
        elif _label(stripped) is not None:
            block = _block_at(lines, number)
            if block and len(block.headers) < _MIN_HEADERS:
                block = None
            if block and not _SUBJECT_PREFIX.match(subject):
                return None
        elif _introduces_reply(lines, number):
            return None
        else:
            continue
        if block:
            return Original(block.sender, OriginalSource.QUOTED_HEADER, block.subject) if block.sender else None
        tries += 1
        if tries == _MAX_TRIES:
            break
    return None


def _is_marker(line: str) -> bool:
    bare = line.strip("-–—_=*>: \t")
    if len(bare) > _MAX_LINE // 10:
        return False
    words = unicodedata.normalize("NFC", bare).casefold()
    if line.lstrip("*_ ").startswith(("--", "––", "——", "==")):
        return words.startswith(_DASHED_MARKERS)
    return line.rstrip("* ").endswith(":") and words in _BARE_MARKERS


def _label(line: str) -> tuple[_Header, str] | None:
    """The header this line quotes, and its value; mail programs put either or both in bold (stars)."""
    label, colon, value = line.partition(":")
    if not colon or len(label) > _MAX_LABEL:
        return None
    header = _LABELS.get(unicodedata.normalize("NFC", label.strip("*> \t")).casefold().replace("’", "'"))
    return (header, value.strip("* \t")) if header else None


def _block_after(lines: list[str], start: int) -> _Block | None:
    """The block that follows a marker within a few lines. Apple Mail quotes it with ">"."""
    for number in range(start, min(len(lines), start + _MAX_LINES_TO_BLOCK)):
        if _label(_unquoted(lines[number])) is not None:
            block = _block_at(lines, number)
            if block:
                return block
    return None


def _unquoted(line: str) -> str:
    return line[:_MAX_LINE].lstrip("> \t").rstrip()


def _block_at(lines: list[str], start: int) -> _Block | None:
    """The block of headers that starts at this line, None where no From is among them."""
    values: dict[_Header, str] = {}
    last: _Header | None = None
    for number in range(start, min(len(lines), start + _MAX_BLOCK_LINES)):
        line = _unquoted(lines[number])
        found = _label(line)
        if found:
            last = found[0]
            values.setdefault(last, found[1])
        elif line and last is not None:
            # a long value goes on in the next line; of HTML the mail's own text may follow without an empty line
            if lines[number].startswith((" ", "\t", ">  ")) or (last is _Header.FROM and "@" not in values[last]):
                values[last] = f"{values[last]} {line}"[:_MAX_LINE]
        elif not line and not _goes_on(lines, number + 1):
            break
    if _Header.FROM not in values:
        return None
    subject = one_line(values.get(_Header.SUBJECT, ""), _MAX_LINE)
    return _Block(frozenset(values), _mailbox_in(values[_Header.FROM]), subject)


def _goes_on(lines: list[str], number: int) -> bool:
    """Some programs leave an empty line between the quoted headers."""
    return number < len(lines) and _label(_unquoted(lines[number])) is not None


def _mailbox_in(value: str) -> Mailbox | None:
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


def _introduces_reply(lines: list[str], number: int) -> bool:
    first = lines[number].lstrip()[:_MAX_LINE].casefold()
    named = "@" in first
    if not named and not first.startswith(_INTRODUCTION_STARTS):
        return False
    # programs fold the introduction over up to three lines
    said = ""
    for line in lines[number : number + 3]:
        said = f"{said} {line.strip()}"[:_MAX_INTRODUCTION]
        if said.endswith(":"):
            break
    else:
        return False
    words = unicodedata.normalize("NFC", said.casefold()).rstrip(": ")
    dated = any(character.isdigit() for character in words)
    return (dated or "@" in words) and (words.endswith(_WROTE) or any(verb in words for verb in _WROTE_INSIDE))
