"""All fields of a signature but names, address of the sender and language; and numbers the sender names in his text."""

from collections.abc import Mapping, Sequence

from reading.fields import emails, web
from reading.fields.address import read_address
from reading.fields.cells import Piece, Row, Span, link_targets, pieces_of, rows_of
from reading.fields.company import company_of
from reading.fields.job import legal_notes, names_in, title_of
from reading.fields.labels import is_only_label
from reading.fields.phones import numbers_in, proposals_of
from reading.fields.places import country_of
from reading.fields.regions import votes
from reading.fields.sentences import numbers_in_body
from reading.proposal import FieldName, Line, Link, Proposal, Sender

_MAX_HOSTS = 3
_MAX_LINKS = 100
_SHORT_CODE = 3
__all__ = ["fields_of", "numbers_in_body"]


def fields_of(zone: Sequence[Line], links: Sequence[Link], sender: Sender, language: str) -> tuple[Proposal, ...]:
    """What the lines of the sender's own signature say, each value once with its line; several only of profiles."""
    rows = rows_of(zone)
    links = links[:_MAX_LINKS]
    if not rows:
        return ()
    written = [found for row in rows for found in emails.addresses_in(row)]
    read = [site for row in rows for site in web.sites_in(row, sender)]
    in_text = [*(found.span for found in written), *(site.span for site in read)]
    sites = [site for site in read if not _within(site.span, in_text)] + list(web.sites_of_links(links, rows))
    written += emails.addresses_of_links(links, rows)
    weights = votes(rows, sender, language)
    numbers = numbers_in(rows, in_text, weights)
    cut = [*(span for row in rows for span in link_targets(row)), *in_text, *(number.span for number in numbers)]
    pieces = tuple(piece for piece in pieces_of(rows, cut) if not is_only_label(piece.text))
    address = read_address(pieces, rows, weights)
    names = names_in(pieces, sender)
    legal = legal_notes(rows)
    title, title_pieces, at_company = title_of(pieces, rows, names, address.pieces, legal, sender)
    website = web.website(sites, rows, sender)
    hosts = list(dict.fromkeys(site.host for site in sites if web.may_be_own(site, rows, sender)))[:_MAX_HOSTS]
    company = company_of(pieces, rows, names, address.pieces, title_pieces, legal, sender, hosts, at_company)
    found = [*address.proposals(rows), *proposals_of(numbers, rows)]
    if not any(proposal.field is FieldName.COUNTRY for proposal in found):
        found += _country(pieces, rows, weights)
    found += [proposal for proposal in (title, company, website, emails.second_address(written, rows, sender)) if proposal]
    return (*found, *web.profiles(sites, rows))


def _within(span: Span, others: Sequence[Span]) -> bool:
    return any(other.row == span.row and other.start <= span.start and span.end <= other.end and other != span for other in others)


def _country(pieces: Sequence[Piece], rows: Sequence[Row], votes_of: Mapping[str, float]) -> list[Proposal]:
    """A country that stands by itself, where nothing else of the signature is of another."""
    for piece in pieces:
        country = country_of(piece.text)
        if country and (piece.text.isupper() or len(piece.text) > _SHORT_CODE) and next(iter(votes_of), "") == country:
            return [web.proposal_at(FieldName.COUNTRY, country, 0.9, rows[piece.row], piece.start, piece.end)]
    return []
