"""What is asked in COQL, which is always fresh: conditions, columns that are known to be there, and rows put together again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from crm_client.errors import CrmError, Rejected
from crm_client.records import Deal, Kind, Record, Ref
from crm_client.zoho.answers import Row, has_more, rows, string
from crm_client.zoho.api import Read, ZohoApi
from crm_client.zoho.metadata import Described, Module, is_closed
from crm_client.zoho.names import ACCOUNT_NAME, DEALS
from crm_client.zoho.questions import quotable, quoted
from crm_client.zoho.records import ACCOUNT_TITLE, deals_by_contact, to_record
from crm_client.zoho.tokens import Grant

MOST_ROWS = 25
"""As many as a composite call takes of each question."""
IN_ONE = 50
"""As many values as Zoho takes after `in`."""
_ODD_IN_ONE = 5
"""Each is a condition of its own on two columns; Zoho takes 25 conditions."""
_COLUMNS = 40
"""Zoho takes fifty; the rest is for the record's own marks."""
_MARKS = (
    "Owner",
    "Owner.first_name",
    "Owner.last_name",
    "Modified_Time",
    "Modified_By",
    "Modified_By.first_name",
    "Modified_By.last_name",
)
CONVERTED = "Converted__s"
_DEAL_COLUMNS = ("Deal_Name", "Stage", "Amount", "Currency", "Closing_Date", "Probability", "Contact_Name")
_EMAIL_COLUMNS = ("Email", "Secondary_Email")


def email_columns(module: Module) -> tuple[str, ...]:
    """The address fields the user may read."""
    return tuple(name for name in _EMAIL_COLUMNS if name in module.known)


def batches(addresses: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """So many addresses as go into one condition."""
    for group, size in ((True, IN_ONE), (False, _ODD_IN_ONE)):
        these = tuple(address for address in addresses if quotable(address) is group)
        yield from (these[start : start + size] for start in range(0, len(these), size))


def carries(columns: Sequence[str], addresses: Sequence[str]) -> str:
    """Any of these columns has one of a batch of addresses.

    An address with a quote or a backslash is looked for by its longest part without: more may be found than was asked.
    """
    return any_of(alike(column, address) for column in columns for address in addresses) if _odd(addresses) else _in(columns, addresses)


def _odd(texts: Sequence[str]) -> bool:
    return not all(quotable(one) for one in texts)


def _in(columns: Sequence[str], values: Sequence[str]) -> str:
    listed = ", ".join(quoted(value) for value in values)
    return any_of(f"{column} in ({listed})" for column in columns)


def with_ids(ids: Sequence[str], column: str = "id") -> str:
    return _in((column,), ids)


def alike(column: str, value: str) -> str:
    """This column has this text, or more around it."""
    longest = max("".join(sign if quotable(sign) else "\n" for sign in value).split("\n"), key=len)
    return f"{column} like {quoted(f'%{longest}%')}"


def any_of(conditions: Iterable[str]) -> str:
    """Zoho wants brackets around each pair."""
    return reduce(lambda left, right: f"({left} or {right})", conditions)


def record_reads(module: Module, condition: str) -> tuple[Read, ...]:
    """Leads or contacts: one question, another for each forty fields more, and one for a contact's company.

    The company is asked apart because a query joins two other records at most, and because a user without a right to
    accounts must still see his contacts.
    """
    names = [column.api_name for column in module.columns if column.api_name not in _MARKS]
    marks = [name for name in _MARKS if name.partition(".")[0] in module.known]
    if CONVERTED in module.known:
        marks.append(CONVERTED)
    groups = [names[start : start + _COLUMNS] for start in range(0, len(names), _COLUMNS)]
    selects = [[*marks, *(groups[0] if groups else ())], *groups[1:]]
    if ACCOUNT_NAME in names:
        selects.append([ACCOUNT_TITLE])
    return tuple(query(module.api_name, select, condition) for select in selects)


def query(table: str, columns: Iterable[str], condition: str) -> Read:
    # Text comes into a condition by `quoted` alone.
    return Read(query=f"select {', '.join(('id', *columns))} from {table} where {condition} limit {MOST_ROWS}")  # noqa: S608


def newest(table: str, columns: Iterable[str], condition: str) -> Read:
    return query(table, columns, f"{condition} order by Created_Time desc")


def deal_reads(known: frozenset[str], conditions: Iterable[str]) -> tuple[Read, ...]:
    """Deals of contacts for which one of the conditions holds; none where the user may not read enough of deals."""
    if not {"Deal_Name", "Stage", "Contact_Name"} <= known:
        return ()
    columns = [name for name in _DEAL_COLUMNS if name in known]
    still_open = "Stage not in ('Closed Won', 'Closed Lost')"
    return tuple(query(DEALS, columns, f"({condition} and {still_open})") for condition in conditions)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows by kind and id, and open deals by contact."""

    rows: Mapping[Kind, Mapping[str, Row]]
    deals: Mapping[str, tuple[Deal, ...]]

    def records(self, described: Described, grant: Grant) -> dict[Ref, Record]:
        return {
            Ref(kind, number): to_record(described.module(kind), grant, row, self.deals.get(number, ()) if kind is Kind.CONTACT else ())
            for kind, found in self.rows.items()
            for number, row in found.items()
        }


def gather(api: ZohoApi, described: Described, wanted: Mapping[Kind, Sequence[str]], about: Sequence[str]) -> Gathered:
    """Records for which one of their kind's conditions holds, and open deals for which one of `about` does, all in one go.

    A kind that is closed to the user gives nothing: Zoho does not say whether there is a record. CrmError; Forbidden (or
    AuthExpired) where every kind asked for is closed.
    """
    plans = [(kind, record_reads(described.module(kind), condition)) for kind, conditions in wanted.items() for condition in conditions]
    asked_deals = deal_reads(described.deal_fields, about)
    reads = [read for _kind, planned in plans for read in planned] + list(asked_deals)
    answers = iter(zip(reads, api.ask_all(reads), strict=True))
    found: dict[Kind, dict[str, Row]] = {kind: {} for kind in wanted}
    closed: dict[Kind, CrmError] = {}
    for kind, planned in plans:
        own = [next(answers) for _read in planned]
        refused = own[0][1]
        if is_closed(refused):
            closed[kind] = refused
        else:
            found[kind] |= _merged(api, own)
    if closed and closed.keys() == wanted.keys():
        raise next(iter(closed.values()))
    return Gathered(found, deals_by_contact([row for read, answer in answers for row in _all_or_none(api, read, answer)]))


_Pair = tuple[Read, Any | CrmError | None]


def _merged(api: ZohoApi, pairs: Sequence[_Pair]) -> Mapping[str, Row]:
    """Rows of several questions about the same records, by id; what the first does not know is no longer there."""
    found = {string(row.get("id")): dict(row) for row in _all(api, *pairs[0])}
    for read, answer in pairs[1:]:
        company = ACCOUNT_TITLE in read.query
        for row in _all_or_none(api, read, answer) if company else _all(api, read, answer):
            if string(row.get("id")) in found:
                found[string(row.get("id"))].update(row)
    return found


def _all(api: ZohoApi, read: Read, answer: Any | CrmError | None) -> list[Row]:
    """All rows of a question, the first of them answered already. CrmError."""
    if isinstance(answer, CrmError):
        raise answer
    found = list(rows(answer, "data"))
    while has_more(answer):
        answer = api.ask(Read(query=f"{read.query} offset {len(found)}"))
        more = rows(answer, "data")
        if not more:
            break
        found += more
    return found


def _all_or_none(api: ZohoApi, read: Read, answer: Any | CrmError | None) -> list[Row]:
    """The same of what may be closed to the user, or differ in his organisation, without the records being so. An outage is raised."""
    return [] if isinstance(answer, Rejected) or is_closed(answer) else _all(api, read, answer)
