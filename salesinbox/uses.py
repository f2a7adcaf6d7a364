"""What a folder is for: as the server says it (RFC 6154), else by the names servers and programs give their folders."""

import re
from collections.abc import Iterable
from enum import StrEnum

from salesinbox.session import Listed


class Use(StrEnum):
    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    JUNK = "junk"
    ARCHIVE = "archive"
    ALL = "all"
    """Every mail of the mailbox once more; at Gmail, every mail."""
    VIRTUAL = "virtual"
    """Starred, important: mail that lies elsewhere."""
    OTHER = ""


LEFT_OUT = frozenset({Use.DRAFTS, Use.TRASH, Use.JUNK, Use.ALL, Use.VIRTUAL})
"""Not synchronised, unless the owner says so."""

_FLAGS = {
    "\\sent": Use.SENT,
    "\\drafts": Use.DRAFTS,
    "\\trash": Use.TRASH,
    "\\junk": Use.JUNK,
    "\\archive": Use.ARCHIVE,
    "\\all": Use.ALL,
    "\\allmail": Use.ALL,
    "\\flagged": Use.VIRTUAL,
    "\\important": Use.VIRTUAL,
}

_NAMES = {
    Use.SENT: (
        "sent, sent items, sent mail, sent messages, sent-mail, gesendet, gesendete elemente, gesendete objekte, gesendete nachrichten,"
        " envoyés, messages envoyés, éléments envoyés, courrier envoyé, objets envoyés, enviados, elementos enviados, mensajes enviados,"
        " itens enviados, inviata, inviati, posta inviata, elementi inviati, verzonden, verzonden items, verzonden berichten, skickat,"
        " skickade, sendt, sendte elementer, lähetetyt, wysłane, elementy wysłane, odeslaná pošta, отправленные, 送信済み, 已发送"
    ),
    Use.DRAFTS: (
        "drafts, draft, entwürfe, brouillons, borradores, rascunhos, bozze, concepten, utkast, kladder, luonnokset, wersje robocze,"
        " szkice, koncepty, черновики, 下書き, 草稿"
    ),
    Use.TRASH: (
        "trash, deleted, deleted items, deleted messages, bin, papierkorb, gelöscht, gelöschte elemente, gelöschte objekte, corbeille,"
        " éléments supprimés, messages supprimés, papelera, elementos eliminados, lixeira, itens excluídos, cestino, posta eliminata,"
        " elementi eliminati, prullenbak, verwijderde items, papperskorgen, borttaget, papirkurv, slettede elementer, roskakori, kosz,"
        " elementy usunięte, koš, корзина, удаленные, ゴミ箱, 已删除"
    ),
    Use.JUNK: (
        "junk, junk e-mail, junk email, junk mail, spam, bulk, bulk mail, spamverdacht, unerwünscht, junk-e-mail, courrier indésirable,"
        " indésirables, pourriel, correo no deseado, lixo eletrônico, lixo eletrónico, posta indesiderata, ongewenste e-mail,"
        " skräppost, søppelpost, uønsket e-mail, roskaposti, wiadomości-śmieci, nevyžádaná pošta, спам, 迷惑メール, 垃圾邮件"
    ),
}
_BY_NAME = {name.strip(): use for use, names in _NAMES.items() for name in names.split(",")}
_ABOVE = re.compile(r"(inbox|\[gmail\]|\[google mail\])", re.IGNORECASE)
"""Folders of the server's own lie at the top, or in one of these."""


def uses_of(folders: Iterable[Listed]) -> dict[str, Use]:
    """By name. Names count only for uses the server has assigned to no folder itself."""
    ones = list(folders)
    said = {folder.name: _said(folder) for folder in ones}
    assigned = set(said.values())
    for folder in ones:
        if said[folder.name] is Use.OTHER and (named := _named(folder)) not in assigned:
            said[folder.name] = named
    return said


def _said(folder: Listed) -> Use:
    if folder.name.upper() == "INBOX":
        return Use.INBOX
    return next((use for flag, use in _FLAGS.items() if flag in folder.flags), Use.OTHER)


def _named(folder: Listed) -> Use:
    parts = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
    own = parts[1:] if len(parts) > 1 and _ABOVE.fullmatch(parts[0]) else parts
    return _BY_NAME.get(own[0].lower(), Use.OTHER) if len(own) == 1 else Use.OTHER
