"""Addresses in a signature, and the sender's second one among them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reading.fields.cells import Row, Span
from reading.fields.web import proposal_at
from reading.fields.words import joined, listed, words_in
from reading.proposal import FieldName, Link, Proposal, Sender

_ADDRESS = re.compile(
    r"(?<![\w.+-])[a-z0-9][a-z0-9._%+'-]{0,63}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}[a-z]{2,24}(?![\w@-])", re.IGNORECASE
)
_NOT_AN_ADDRESS = re.compile(r"(?:cid:|xmpp|jabber|skype|sip:|icq|aim:|msn\s*:|ssh|fediverse|mastodon)\s*[:=]?\s*$", re.IGNORECASE)
_OTHERS = re.compile(
    r"unsubscribe|subscription|désabonn|abmelde|baja|list-|liste|mailing|assistant|secretar|secrétaire|sekretär|contact\s+\w+\s+at|report|abuse",
    re.IGNORECASE,
)
_ROLES = listed(
    """
    info contact contacts kontakt contacto contatto sales ventes vente vertrieb verkauf ventas service services support hello hallo
    bonjour hola office buero bureau admin team marketing accounts accounting compta billing rechnung invoice orders commandes shop
    news newsletter mail noreply reply jobs karriere hr rh help helpdesk press presse secretariat sekretariat direction accueil
    reception zentrale webmaster postmaster privacy dpo datenschutz security abuse legal enquiries enquiry inquiries general
    customerservice
    """
)
_MIN_NAME = 3


@dataclass(frozen=True, slots=True)
class Written:
    """An address as it stands, in lower case."""

    address: str
    span: Span
    of_sender: bool
    """False where the words around it say that it is another's, or no address for mail."""


def addresses_in(row: Row) -> Iterable[Written]:
    if "@" not in row.text:
        return
    for found in _ADDRESS.finditer(row.text):
        before = row.text[max(0, found.start() - 60) : found.start()]
        of_sender = not (_NOT_AN_ADDRESS.search(before) or _OTHERS.search(before))
        yield Written(found[0].lower(), Span(row.row, found.start(), found.end()), of_sender)


def addresses_of_links(links: Sequence[Link], rows: Sequence[Row]) -> Iterable[Written]:
    by_line = {row.line.number: row for row in rows}
    for link in links:
        row = by_line.get(link.line)
        if row is None or not link.url.lower().startswith("mailto:"):
            continue
        address = link.url[len("mailto:") :].partition("?")[0].strip().lower()
        if _ADDRESS.fullmatch(address):
            yield Written(address, Span(row.row, 0, len(row.text)), of_sender=True)


def second_address(written: Sequence[Written], rows: Sequence[Row], sender: Sender) -> Proposal | None:
    """Another address of the same person: it has his name in it, or the same words before the @."""
    names = [name for name in (joined(sender.last_name), joined(sender.first_name)) if len(name) >= _MIN_NAME]
    own_local = joined(sender.address.partition("@")[0])
    for found in written:
        local = joined(found.address.partition("@")[0])
        if found.address == sender.address.lower() or not found.of_sender or local in _ROLES:
            continue
        if not _ROLES.isdisjoint(words_in(found.address.partition("@")[0])):
            continue
        if local == own_local or any(name in local for name in names) or _initials(sender) == local:
            confidence = 0.95 if any(name in local for name in names[:1]) or local == own_local else 0.88
            return proposal_at(FieldName.SECONDARY_EMAIL, found.address, confidence, rows[found.span.row], found.span.start, found.span.end)
    return None


def _initials(sender: Sender) -> str:
    return (joined(sender.first_name)[:1] + joined(sender.last_name)[:1]) if sender.first_name and sender.last_name else ""
