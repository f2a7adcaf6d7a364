"""Companies the CRM knows: found by name or by the domain of their website."""

from urllib.parse import urlsplit

from sqlalchemy import Connection, func, or_, select

from crm_client.embedded.access import Access
from crm_client.embedded.tables import AccountRow
from crm_client.records import Kind
from crm_client.text import fold
from db import table

_account = table(AccountRow)


def known_company(connection: Connection, access: Access, name: str, domain: str) -> str | None:
    """Accounts belong to contacts: who may not see contacts learns of none."""
    if not access.user.may(Kind.CONTACT).view or not (name or domain):
        return None
    wanted = [func.lower(_account.c.name) == name.lower()] if name else []
    if domain:
        wanted.append(func.lower(_account.c.website).contains(domain.lower(), autoescape=True))
    rows = connection.execute(
        select(_account.c.name, _account.c.website)
        .where(_account.c.org_id == access.org_id, or_(*wanted))
        .order_by(_account.c.id)
        .limit(20)
    ).all()
    same_name = next((str(row.name) for row in rows if name and fold(row.name) == fold(name)), None)
    return same_name or next((str(row.name) for row in rows if domain and _host(row.website) == domain.lower()), None)


def _host(website: str) -> str:
    host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    return host.removeprefix("www.")
