"""Accounts: the companies of contacts, records of their own in Zoho."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from crm_client.errors import CrmError, Duplicate, FieldProblem, Forbidden, Problem, Rejected, Unavailable
from crm_client.records import COMPANY
from crm_client.text import fold
from crm_client.zoho.answers import Row, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.errors import ScopeMissing
from crm_client.zoho.metadata import is_closed
from crm_client.zoho.names import ACCOUNT_NAME, ACCOUNTS
from crm_client.zoho.queries import alike, query
from crm_client.zoho.questions import quotable, quoted

_PATH = f"/{ACCOUNTS}"


def known_company(api: ZohoApi, name: str, domain: str) -> str | None:
    """See `crm_client.port.Crm.known_company`. None, too, where accounts are closed to the user."""
    reads = [_named(name)] if name else []
    if domain:
        reads.append(query(ACCOUNTS, (ACCOUNT_NAME, "Website"), alike("Website", domain)))
    found = [row for answer in api.ask_all(reads) for row in _rows(answer)] if reads else []
    by_domain = (string(row.get(ACCOUNT_NAME)) for row in found if domain and _host(string(row.get("Website"))) == domain.lower())
    return _same_name(found, name)[1] or next(by_domain, None)


def account_id(api: ZohoApi, name: str) -> str:
    """The account of this name, case aside; made if there is none. CrmError; Rejected and Duplicate name the company.

    Who has no right to accounts can still make a contact, without a company: that is Rejected, not Forbidden.

    Asked in COQL, which is fresh: a second attempt finds the account the first one made. Two people who name the same new
    company at the same moment may still make two, unless the organisation keeps account names unique.
    """
    try:
        found = _find(api, name)
        if found:
            return found
        answer = api.tell("POST", _PATH, {"data": [{ACCOUNT_NAME: name}]})
    except (Forbidden, ScopeMissing) as refused:
        raise Rejected((FieldProblem(COMPANY, Problem.READ_ONLY),)) from refused
    except Duplicate as duplicate:
        found = _find(api, name)
        if found:
            return found
        raise Duplicate(COMPANY, None) from duplicate
    except Rejected as refused:
        raise Rejected((FieldProblem(COMPANY, Problem.INVALID),)) from refused
    for row in rows(answer, "data"):
        details = row.get("details")
        if isinstance(details, dict) and string(details.get("id")):
            return string(details["id"])
    raise Unavailable("Zoho does not say which account it made")


def _find(api: ZohoApi, name: str) -> str:
    return _same_name(rows(api.ask(_named(name)), "data"), name)[0]


def _named(name: str) -> Read:
    return query(ACCOUNTS, (ACCOUNT_NAME,), f"{ACCOUNT_NAME} = {quoted(name)}" if quotable(name) else alike(ACCOUNT_NAME, name))


def _same_name(found: Iterable[Row], name: str) -> tuple[str, str]:
    """Id and name; both "" for none."""
    same = (
        (string(row.get("id")), string(row.get(ACCOUNT_NAME)))
        for row in found
        if name and fold(string(row.get(ACCOUNT_NAME))) == fold(name)
    )
    return next(same, ("", ""))


def _rows(answer: object) -> tuple[Row, ...]:
    """None of what is closed to the user or not a field of his; an outage is raised."""
    if isinstance(answer, Rejected) or is_closed(answer):
        return ()
    if isinstance(answer, CrmError):
        raise answer
    return rows(answer, "data")


def _host(website: str) -> str:
    host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    return host.removeprefix("www.")
