"""What stands beside a number: whether it is a telephone, a mobile or a fax, or no number to call at all."""

import re
from enum import Enum, auto

from reading.fields.words import folded, listed


class Label(Enum):
    """What the words beside a number say. DIRECT, SWITCHBOARD and HOME are telephones."""

    PHONE = auto()
    DIRECT = auto()
    SWITCHBOARD = auto()
    HOME = auto()
    MOBILE = auto()
    FAX = auto()


def _by_word() -> dict[str, Label]:
    words = {
        Label.PHONE: "t tel phone telephone telefon telefono telefone telefoon teléfono tél téléphone ph tf tlf telf tfno tlfno tfn"
        " tlfn fon fono"
        " phones p v voice voz office off o bureau buro büro oficina ufficio escritorio kantoor work travail trabajo arbeit dienst"
        " dienstlich geschäftlich gesch business bus fixe fijo fisso fixo festnetz landline land call rufnummer nummer numéro numero"
        " number telnr ruf tph vast puhelin puh tfn telefonnummer appel contact ligne line",
        Label.DIRECT: "direct direkt directe directo diretto dir d ddi did dd dw dwl durchwahl ld direktwahl directline doorkiesnummer",
        Label.SWITCHBOARD: "standard zentrale centralita centralino switchboard main reception accueil hotline support secretariat"
        " secrétariat sekretariat sekr vorzimmer secretary secretaria secretaría toll free tollfree freephone algemeen centrale hq"
        " headquarters service urgences emergency notfall",
        Label.HOME: "home h privat private privé perso personnel domicile domicilio casa thuis",
        Label.MOBILE: "m mob mobile mobil mobiltelefon mobilnummer mobilfunk mobiltel mobilephone handynummer cell cellular cellphone"
        " cel celular celu gsm handy natel portable port móvil movil mov móv cellulare tlm telemóvel telemovel tm mbl mobiel mobi"
        " whatsapp sms text wa smartphone hp matkapuhelin mobtel c",
        Label.FAX: "f fax telefax facsimile télécopie telecopie télécopieur telecopieur telecopy faks fx faxnummer telefaks",
    }
    return {folded(word): label for label, line in words.items() for word in line.split()}


_LABELS = _by_word()
_OTHER_LABELS = listed(
    """
    e mail email courriel correo web www website site internet homepage url seite blog skype icq msn aim jabber xmpp linkedin xing
    twitter facebook instagram ig github fb whatsapp signal telegram teams zoom pgp gpg address adresse direccion indirizzo morada
    adres or and et und
    """
)
_STRONG = frozenset(
    word for word, label in _LABELS.items() if len(word) > 1 and word not in {"contact", "number", "numero", "nummer", "line"}
)
_REJECT = re.compile(
    r"""\b(?:order|orders|bestell\w*|auftrag\w*|commande|pedido|ordine|invoice|rechnung\w*|facture|factura|fattura|fatura|ref|ref[eé]rence|re?ferenz
    |iban|bic|swift|siret|siren|rcs|ape|naf|tva|vat|ust|ustid|ust-?idnr?|uid|steuer\w*|st-?nr|hrb|hra|fn|cif|nif|nie|dni|p\.?\s?iva|partita|c\.?f
    |rea|abn|acn|ein|kvk|btw|cvr|org\.?\s?nr|orgnr|company\s+(?:no|number|reg\w*)|registered\s+(?:no|number|in)|registration|reg\.?\s?no|handelsregister\w*
    |account|acct|konto\w*|kto|blz|compte|cuenta|kunden\w*|client|customer|cliente|ticket|case|caso|vorgang\w*|aktenzeichen|az|dossier|tracking
    |sendung\w*|colis|parcel|fingerprint|gpg|pgp|key|0x|icq|qq|aim|uin|meeting|passcode|password|pin|code|konferenz\w*|conference|einwahl|dial-?in
    |zoom|webex|rpps|adeli|finess|isbn|issn|licen[cs]e|lic|serial|seriennummer|s/n|po\s?box|p\.?o\.?\s?box|bp|postfach|apartado|apdo|casella|postbus
    |pager|beeper|dsn|autovon|version|bug|issue|cve|rfc|doi|duns|d-u-n-s|capital|orias|matricule|numéro\s+de\s+tva|insurance|policy|policen?\w*|id|nr\.?\s+\w+nummer)
    \W{0,3}(?:\w{1,12}\W{1,3}){0,2}$""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d_]+")
_AFTER = re.compile(
    r"\s{0,3}(?:[\[(<]\s?([^\W\d_]{1,14})\.?\s?[\])>]|[_\[(<=-]+\s{0,2}([^\W\d_]{2,14})|\s([^\W\d_]{2,14})\s{0,3}(?:$|[|,;·•\x1f]))"
)
_IN_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,40}[)\]]\s{0,3}[:.=-]?\s{0,3}$")
_MAX_BEFORE = 70
_MAX_LABEL_WORDS = 4
_MAX_OTHER_WORDS = 2


def label_before(before: str) -> tuple[Label | None, int]:
    """What the words at the end of `before` say, and where they start in it. A bracket right before the number is passed over."""
    tail_start = max(0, len(before) - _MAX_BEFORE)
    tail = before[tail_start:]
    bracket = _IN_BRACKETS.search(tail)
    inside = _labels_of(_WORD.findall(bracket[0])) if bracket else []
    words = list(_WORD.finditer(tail[: bracket.start()] if bracket else tail))
    found: list[Label] = list(inside)
    start = bracket.start() if bracket and inside else len(tail)
    others = 0
    for number, word in enumerate(reversed(words[-_MAX_LABEL_WORDS - _MAX_OTHER_WORDS :])):
        label = _LABELS.get(folded(word[0]))
        # one letter is a label only by itself
        single = len(word[0]) == 1 and (tail[word.start() - 1 : word.start()].strip(" \t(|*·•,;/[-") or (word[0].islower() and number > 0))
        if label is None or single:
            others += 1
            if found or others > _MAX_OTHER_WORDS or number >= _MAX_LABEL_WORDS:
                break
            continue
        if others and len(word[0]) == 1:
            break
        found.append(label)
        start = word.start()
    return (_joined(found), tail_start + start) if found else (None, len(before))


def label_after(after: str) -> tuple[Label | None, int]:
    """A kind behind the number, "(cell)" or "mobile" at the end of the cell, and how far it reaches."""
    found = _AFTER.match(after)
    label = _LABELS.get(folded(found[1] or found[2] or found[3])) if found else None
    return label, found.end() if found and label else 0


def _labels_of(words: list[str]) -> list[Label]:
    return [label for word in words if (len(word) > 1 or len(words) == 1) and (label := _LABELS.get(folded(word)))]


def _joined(labels: list[Label]) -> Label:
    """The one kind of several words: "Mobile phone", "Tel/Fax", "Direct line"."""
    kinds = set(labels)
    if Label.FAX in kinds:
        return Label.FAX if kinds == {Label.FAX} or (labels[0] is Label.FAX and Label.PHONE not in kinds) else Label.PHONE
    for kind in (Label.MOBILE, Label.SWITCHBOARD, Label.DIRECT, Label.HOME):
        if kind in kinds:
            return kind
    return Label.PHONE


def is_only_label(text: str) -> bool:
    """Do these words say nothing but what stands beside them: a number, an address, a site?"""
    words = _WORD.findall(text)
    if not 0 < len(words) <= _MAX_LABEL_WORDS or any(map(str.isdigit, text)):
        return False
    return all((name := folded(word)) in _LABELS or name in _OTHER_LABELS for word in words)


def is_no_number(before: str) -> bool:
    """Do the words before say that what follows is an order, an account, a register …?"""
    tail = before[-_MAX_BEFORE:]
    found = _REJECT.search(tail)
    if not found:
        return False
    return not any(folded(word) in _STRONG for word in _WORD.findall(tail[found.start() :]))
