"""Websites and profiles on networks, from what is written and from where links lead."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reading.fields.cells import Row, Span
from reading.fields.domains import company_labels, domain_of, has_known_ending, is_free_mail, is_social, is_tool, registered
from reading.fields.words import folded, joined
from reading.proposal import FieldName, Link, Proposal, Sender, Source

_MAX_URL = 300
_URL = re.compile(r"(?:https?://|www\d?\.)[^\s<>\"'|\[\]{}\x00-\x1f\x7f]{3,300}", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![\w@./-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}[a-z]{2,12})(/[\w~./%-]{0,100})?(?![\w@-])", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:^|[\s|,;(*·•])(?:w|web|www|website|web site|site|site web|site internet|internet|homepage|home page|home|url|webseite|web-site"
    r"|página web|pagina web|sitio web|sito|sito web|pagina|blog|http)\s*[:.=>-]*\s*$",
    re.IGNORECASE,
)
_HANDLE_PATHS = ("/in/", "/pub/", "/company/", "/profile/", "/profiles/", "/pages/", "/school/", "/channel/", "/user/", "/c/", "/@")
# First parts of a path on a network that belong to nobody.
_NOT_PROFILES = frozenset(
    {"share", "sharer", "sharer.php", "intent", "home", "hashtag", "watch", "login", "search", "sharearticle", "feed", "groups", "legal"}
    | {"policies", "privacy", "help", "about", "redirect", "embed", "events", "posts", "p", "status", "dialog", "plugins", "topics"}
)
_HOME = re.compile(r"/?(?:~[\w.-]{1,40}/?|[a-z]{2}/?)?")
"""Paths of a front page."""
_WEAK = 0.45
_OF_LISTS = re.compile(r"mailman|listinfo|pipermail|/archives?/|unsubscribe|/lists?/|subscri", re.IGNORECASE)
_ADVERT = re.compile(r"unsubscribe|désabonn|desabonn|abmelden|abbestellen|darse de baja|disclaimer|privacy|datenschutz|impressum|mentions")


@dataclass(frozen=True, slots=True)
class Site:
    """An address on the web: host without user and port, path as written. `span` is where it is read; `labelled` says that
    "Web:" stands before it."""

    host: str
    path: str
    span: Span
    labelled: bool

    @property
    def value(self) -> str:
        """Canonical: without scheme, host in lower case, no slash at the end."""
        return self.host + self.path.rstrip("/")


def sites_in(row: Row, sender: Sender) -> Iterable[Site]:
    """Everything written in the row that leads to the web."""
    taken: list[Span] = []
    for found in _URL.finditer(row.text):
        site = _parsed(found[0].rstrip(".,;:!?)*_~=&'’"), row, found.start())
        if site is not None:
            taken.append(site.span)
            yield site
    if "." not in row.text:
        return
    own = registered(domain_of(sender.address))
    for found in _HOST.finditer(row.text):
        if any(span.start < found.end() and found.start() < span.end for span in taken):
            continue
        host = found[1].lower()
        base = registered(host)
        labelled = bool(_LABEL.search(row.text[max(0, found.start() - 40) : found.start()]))
        written_as_host = found[1] == host and has_known_ending(host) and len(base.partition(".")[0]) > 1
        if base and (base == own or (written_as_host and (labelled or _stands_alone(row.text, found.start(), found.end())))):
            yield Site(host, found[2] or "", Span(row.row, found.start(), found.end()), labelled)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Between separators, and a name nobody writes for anything else ("Co.KG" and "e.V" are no hosts)."""
    before, after = text[:start].rstrip(" \t([<*_"), text[end:].lstrip(" \t)]>*_")
    return (not before or before[-1] in "|·•-–,;*/\t") and (not after or after[0] in "|·•-–,;*/<\t")


def _parsed(written: str, row: Row, start: int) -> Site | None:
    rest = written.partition("://")[2] or written
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2].partition(":")[0].partition("?")[0].partition("#")[0].lower().rstrip(".")
    if not registered(host):
        return None
    span = Span(row.row, start, start + len(written))
    labelled = bool(_LABEL.search(row.text[max(0, start - 40) : start]))
    return Site(host, (slash + path)[:_MAX_URL], span, labelled)


def sites_of_links(links: Sequence[Link], rows: Sequence[Row]) -> Iterable[Site]:
    """Where the links in these rows lead. Their span is the row's text."""
    by_line = {row.line.number: row for row in rows}
    for link in links:
        row = by_line.get(link.line)
        if row is None or not link.url.lower().startswith(("http://", "https://")):
            continue
        site = _parsed(link.url[:_MAX_URL], row, 0)
        if site is not None:
            at = row.text.find(link.text) if link.text else -1
            span = Span(row.row, max(0, at), max(0, at) + (len(link.text) if at >= 0 else len(row.text)))
            yield Site(site.host, site.path, span, labelled=False)


def website(sites: Sequence[Site], rows: Sequence[Row], sender: Sender) -> Proposal | None:
    """The sender's or his company's site: his domain first, then the one site that is nobody else's."""
    own = registered(domain_of(sender.address))
    own = "" if is_free_mail(domain_of(sender.address)) else own
    fitting = [site for site in sites if may_be_own(site, rows, sender)]
    of_domain = [site for site in fitting if registered(site.host) == own]
    if of_domain:
        return _proposal(min(of_domain, key=lambda site: (not site.labelled, len(site.path) > 1)), rows, 0.97)
    named = [site for site in fitting if _is_named_after(site, sender, rows)]
    if named:
        return _proposal(min(named, key=lambda site: len(site.path) > 1), rows, 0.93)
    labelled = [site for site in fitting if site.labelled]
    domains = {registered(site.host) for site in fitting}
    if len(domains) == 1:
        only = (labelled or fitting)[0]
        return _proposal(only, rows, 0.9 if only.labelled else 0.85 if _HOME.fullmatch(only.path) else _WEAK)
    labelled_domains = {registered(site.host) for site in labelled}
    if labelled:
        return _proposal(labelled[0], rows, 0.85 if len(labelled_domains) == 1 else 0.7)
    return _proposal(fitting[0], rows, _WEAK) if fitting else None


def may_be_own(site: Site, rows: Sequence[Row], sender: Sender) -> bool:
    """Neither a network, a tool, the reader's own company nor an advert."""
    base = registered(site.host)
    return not (
        is_social(site.host)
        or is_tool(site.host)
        or base in sender.own_domains
        or _OF_LISTS.search(site.path)
        or _ADVERT.search(folded(rows[site.span.row].text))
    )


def _is_named_after(site: Site, sender: Sender, rows: Sequence[Row]) -> bool:
    """Does the site's name hold the sender's last name or local part, or all of a written line?"""
    label = joined(next(iter(company_labels(site.host)), ""))
    local = joined(sender.address.partition("@")[0])
    last = joined(sender.last_name)
    minimum = 4
    if len(label) < minimum:
        return False
    if (len(last) >= minimum and last in label) or (len(local) >= minimum and (local in label or label in local)):
        return True
    return any(label == joined(row.text) for row in rows if len(row.text) < len(label) * 2)


def _proposal(site: Site, rows: Sequence[Row], confidence: float) -> Proposal:
    return proposal_at(FieldName.WEBSITE, site.value, confidence, rows[site.span.row], site.span.start, site.span.end)


def proposal_at(field: FieldName, value: str, confidence: float, row: Row, start: int, end: int) -> Proposal:
    """A value read from the signature; `start` and `end` are places within the row's text."""
    base = row.line.start
    return Proposal(field, value, confidence, Source.SIGNATURE, row.text.strip(), row.line.number, base + start, base + end)


def profiles(sites: Sequence[Site], rows: Sequence[Row]) -> tuple[Proposal, ...]:
    """Pages on networks, a person's before a company's."""
    found: dict[str, Proposal] = {}
    for site in sites:
        if not is_social(site.host):
            continue
        path = site.path.partition("?")[0].partition("#")[0].rstrip("/")
        first = path.strip("/").partition("/")[0].lower()
        if not first or first in _NOT_PROFILES:
            continue
        value = site.host.removeprefix("www.") + path
        confidence = 0.95 if "/in/" in path or not any(part in path for part in _HANDLE_PATHS) else 0.9
        found.setdefault(
            value.lower(), proposal_at(FieldName.PROFILE, value, confidence, rows[site.span.row], site.span.start, site.span.end)
        )
    return tuple(sorted(found.values(), key=lambda proposal: "/in/" not in proposal.value))
