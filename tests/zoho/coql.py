"""COQL, as much of it as an adapter sends: read it, and answer it from an organisation's records. Always fresh."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.zoho.organisation import Organisation, Stored, User
from tests.zoho.shown import shown
from tests.zoho.wire import NOTHING, Answer, Json, Refused

MOST_CONDITIONS = 25
MOST_COLUMNS = 50
MOST_IN = 50
# Unverified: 200 or 2,000.
MOST_ROWS = 200
MOST_OFFSET = 10_000
TABLES = ("Leads", "Contacts", "Deals", "Accounts", "Tasks")

# Unverified how a quote is written inside a literal: here it cannot be.
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<word>[$A-Za-z_][\w.$]*)|(?P<sign><=|>=|!=|[=<>(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda here, there: here == there,
    "!=": lambda here, there: here != there,
    "<": lambda here, there: here < there,
    ">": lambda here, there: here > there,
    "<=": lambda here, there: here <= there,
    ">=": lambda here, there: here >= there,
}


@dataclass(frozen=True)
class Condition:
    column: str
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Both:
    """Two conditions, `and` or `or`."""

    word: str
    left: "Where"
    right: "Where"


Where = Condition | Both


@dataclass(frozen=True)
class Query:
    columns: tuple[str, ...]
    table: str
    where: Where
    order: tuple[tuple[str, bool], ...]
    """Column, and whether it falls."""
    limit: int
    offset: int


def answer_query(organisation: Organisation, user: User, body: Any, *, most: int = MOST_ROWS) -> Answer:
    """POST /coql. `most`: within a composite, no more rows than this may be asked for."""
    if not isinstance(body, dict) or not isinstance(body.get("select_query"), str):
        raise Refused(400, "MANDATORY_NOT_FOUND", {"api_name": "select_query"}, "required field not found")
    query = parsed(body["select_query"])
    if query.limit > MOST_ROWS or query.offset > MOST_OFFSET:
        raise Refused(400, "LIMIT_EXCEEDED", {"limit": str(MOST_ROWS)}, "limit exceeded")
    if query.table not in TABLES or query.table not in organisation.modules:
        raise Refused(400, "INVALID_QUERY", {"module": query.table}, "invalid query formed")
    user.demand("view", query.table)
    for column in {*query.columns, *(name for name, _ in query.order)}:
        _known(organisation, query.table, column)
    for condition in _conditions(query.where):
        _filterable(organisation, query.table, condition)
    found = [one for one in organisation.visible(query.table, user) if _holds(organisation, one, query.where)]
    if not organisation.coql_returns_converted:
        found = [one for one in found if one.converted is None]
    for column, falls in reversed(query.order):
        found.sort(key=lambda one: _sortable(_value(organisation, one, column)), reverse=falls)
    page = found[query.offset : query.offset + query.limit]
    if len(page) > most:
        raise Refused(400, "LIMIT_EXCEEDED", {"limit": str(most)}, "limit exceeded")
    if not page:
        return NOTHING
    rows = [{**_row(organisation, one, query.columns), "id": one.id} for one in page]
    return Answer(200, {"data": rows, "info": {"count": len(rows), "more_records": len(found) > query.offset + query.limit}})


# -- reading


def parsed(text: str) -> Query:
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._conditions = 0

    def query(self) -> Query:
        self._expect("select")
        columns = [self._name()]
        while self._took(","):
            columns.append(self._name())
        self._expect("from")
        table = self._name()
        if not self._took("where"):
            raise Refused(400, "SYNTAX_ERROR", {"clause": "where"}, "missing clause")
        where = self._where()
        order = self._order()
        limit, offset = self._window()
        if self._at < len(self._tokens):
            raise self._wrong()
        if len(columns) > MOST_COLUMNS or self._conditions > MOST_CONDITIONS:
            raise Refused(400, "LIMIT_EXCEEDED", {}, "limit exceeded")
        return Query(tuple(columns), table, where, order, limit, offset)

    def _where(self) -> Where:
        """Two at most on one level: Zoho wants brackets around the rest."""
        left = self._term()
        for word in ("and", "or"):
            if self._took(word):
                both = Both(word, left, self._term())
                if self._peek().lower() in ("and", "or"):
                    raise self._wrong()
                return both
        return left

    def _term(self) -> Where:
        if self._took("("):
            inner = self._where()
            self._expect(")")
            return inner
        self._conditions += 1
        column = self._name()
        if self._took("is"):
            absent = not self._took("not")
            self._expect("null")
            return Condition(column, "is null" if absent else "is not null")
        inverted = "not " if self._took("not") else ""
        if self._took("like"):
            return Condition(column, f"{inverted}like", self._literal())
        if self._took("in"):
            self._expect("(")
            values = [self._literal()]
            while self._took(","):
                values.append(self._literal())
            self._expect(")")
            if len(values) > MOST_IN:
                raise Refused(400, "LIMIT_EXCEEDED", {"limit": str(MOST_IN)}, "limit exceeded")
            return Condition(column, f"{inverted}in", tuple(values))
        sign = self._next()
        if inverted or sign not in _COMPARE:
            raise Refused(400, "SYNTAX_ERROR", {"operator": sign}, "invalid operator")
        return Condition(column, sign, self._literal())

    def _order(self) -> tuple[tuple[str, bool], ...]:
        order: list[tuple[str, bool]] = []
        if self._took("order"):
            self._expect("by")
            while not order or self._took(","):
                name = self._name()
                falls = self._took("desc")
                if not falls:
                    self._took("asc")
                order.append((name, falls))
        return tuple(order)

    def _window(self) -> tuple[int, int]:
        if not self._took("limit"):
            return MOST_ROWS, 0
        first = self._number()
        if self._took(","):
            return self._number(), first
        return first, self._number() if self._took("offset") else 0

    def _literal(self) -> Any:
        token = self._next()
        if token.startswith("'"):
            return token[1:-1]
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        try:
            return float(token)
        except ValueError:
            raise self._wrong() from None

    def _number(self) -> int:
        token = self._next()
        if not token.isdigit():
            raise self._wrong()
        return int(token)

    def _name(self) -> str:
        token = self._next()
        if not re.fullmatch(r"[$A-Za-z_][\w.$]*", token):
            raise self._wrong()
        return token

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise self._wrong()
        self._at += 1
        return token

    def _took(self, word: str) -> bool:
        if self._peek().lower() != word:
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise self._wrong()

    def _wrong(self) -> Refused:
        return Refused(400, "SYNTAX_ERROR", {"near": self._peek()}, f"error occured while parsing the query near {self._peek()!r}")


def _tokens(text: str) -> Iterable[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise Refused(400, "SYNTAX_ERROR", {"near": text[at : at + 20]}, "error occured while parsing the query")
        yield match.group().strip()
        at = match.end()


# -- answering


def _conditions(where: Where) -> Iterable[Condition]:
    if isinstance(where, Condition):
        yield where
    else:
        yield from _conditions(where.left)
        yield from _conditions(where.right)


_USER_COLUMNS = ("id", "first_name", "last_name", "full_name", "email")


def _known(organisation: Organisation, table: str, column: str) -> str:
    """The data type of a column; Refused where there is none of this name."""
    name, _, joined = column.partition(".")
    if column == "id":
        return "bigint"
    one = organisation.modules[table].usable(name)
    if one is None:
        raise Refused(400, "INVALID_QUERY", {"column_name": column}, "column given seems to be invalid")
    if not joined:
        return one.data_type
    if one.data_type in ("ownerlookup", "userlookup") and joined in _USER_COLUMNS:
        return "text"
    if joined == "id" and one.data_type == "lookup":
        return "bigint"
    # Unverified: a join through Who_Id or What_Id to a person's fields; taken for Who_Id only, which knows its module.
    if one.data_type == "lookup" and one.lookup in organisation.modules:
        return _known(organisation, one.lookup, joined)
    raise Refused(400, "INVALID_QUERY", {"column_name": column}, "column given seems to be invalid")


def _filterable(organisation: Organisation, table: str, condition: Condition) -> None:
    data_type = _known(organisation, table, condition.column)
    name = condition.column.partition(".")[0]
    one = organisation.modules[table].fields.get(name)
    encrypted = one is not None and one.encrypted and condition.operator not in ("is null", "is not null")
    if data_type == "textarea" or encrypted:
        raise Refused(400, "INVALID_QUERY", {"column_name": condition.column}, "column given seems to be invalid")


def _holds(organisation: Organisation, one: Stored, where: Where) -> bool:
    if isinstance(where, Both):
        left = _holds(organisation, one, where.left)
        if where.word == "and":
            return left and _holds(organisation, one, where.right)
        return left or _holds(organisation, one, where.right)
    value = _folded(_value(organisation, one, where.column))
    match where.operator:
        case "is null":
            return value is None
        case "is not null":
            return value is not None
        case "like" | "not like":
            pattern = ".*".join(map(re.escape, str(where.value).lower().split("%")))
            alike = value is not None and re.fullmatch(pattern, str(value), re.DOTALL) is not None
            return alike is (where.operator == "like")
        case "in" | "not in":
            return (value in {_folded(entry) for entry in where.value}) is (where.operator == "in")
        case sign:
            wanted = _folded(where.value)
            if value is None or type(value) is not type(wanted):
                return sign == "!=" and value != wanted
            return _COMPARE[sign](value, wanted)


def _folded(value: Any) -> Any:
    """Unverified: text is compared without regard to case here."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value.lower() if isinstance(value, str) else value


def _sortable(value: Any) -> tuple[bool, str | float]:
    return (value is not None, value if isinstance(value, int | float) else str(value or "").lower())


def _value(organisation: Organisation, one: Stored, column: str) -> Any:
    """What to compare: of a lookup its id."""
    name, _, joined = column.partition(".")
    value = shown(organisation, one, [name]).get(name) if name != "id" else one.id
    if isinstance(value, dict):
        there = value["id"]
        return _joined(organisation, there, joined) if joined not in ("", "id") else there
    return value


def _joined(organisation: Organisation, record_id: str, column: str) -> Any:
    user = organisation.find_user(record_id)
    if user is not None:
        return {"first_name": user.first_name, "last_name": user.last_name, "full_name": user.name, "email": user.email}[column]
    there = organisation.stored.get(record_id)
    return _value(organisation, there, column) if there is not None else None


def _row(organisation: Organisation, one: Stored, columns: Iterable[str]) -> Json:
    """Of a lookup COQL tells the id alone; a joined column stands under its whole name."""
    row: Json = {}
    for column in columns:
        value = _value(organisation, one, column)
        name = column.partition(".")[0]
        module = organisation.modules[one.module]
        is_lookup = name in module.fields and module.fields[name].data_type in ("lookup", "ownerlookup", "userlookup")
        row[column] = {"id": value} if is_lookup and "." not in column and value is not None else value
    return row
