"""Who is who: the people of a company's Workspace, and which users of its CRM they are.

Google's Directory says who there is, the CRM which users; the address ties them. What an administrator says stands above that.
The list goes out and comes back as CSV, in between through a spreadsheet, which takes some texts for formulas.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, select, update

from crm_client.records import User
from crm_client.text import fold, one_line
from db import Database, now, table
from tenants.google.directory_api import DirectoryPerson
from tenants.tables import PersonRow, RosterRow

HEADER = ("email", "name", "org_unit", "crm_user")
LONGEST_FILE = 2_000_000
"""Characters. Fifty thousand people have less."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ESCAPE = "'"

_roster = table(RosterRow)
_person = table(PersonRow)


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """`crm_user_id` None: unmatched. `by_hand`: an administrator said so. `listed`: the Directory has him; else he was seen here."""

    email: str
    name: str
    org_unit: str
    suspended: bool
    crm_user_id: str | None
    crm_user_name: str
    by_hand: bool
    listed: bool = True


NO_HEADER = "no header"
"""The first line does not name the columns `email` and `crm_user`."""
NO_ADDRESS = "no address"
OTHER_DOMAIN = "other domain"
"""Nobody of the company has this address."""
TWICE = "twice"
NO_CRM_USER = "no crm user"
"""None of this address, id or name, or several of this name."""
TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class CsvProblem:
    """`line` counts from 1, the header being the first. `code` is one of the above, `value` what the file says there."""

    line: int
    code: str
    value: str = ""


class Roster:
    """All companies' lists. Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, workspace_id: int) -> tuple[RosterEntry, ...]:
        """By organisational unit and address; with those who were seen here and nobody has listed."""
        seen = select(_person.c.email, _person.c.name, _person.c.crm_user_id).where(_person.c.workspace_id == workspace_id)
        with self._database.read() as connection:
            listed = [_entry(row) for row in connection.execute(_columns(workspace_id))]
            known = {entry.email for entry in listed}
            listed += [
                RosterEntry(row.email, row.name, "", False, row.crm_user_id, "", False, listed=False)  # noqa: FBT003 - as the columns are
                for row in connection.execute(seen)
                if row.email not in known
            ]
        return tuple(sorted(listed, key=lambda entry: (entry.org_unit, entry.email)))

    def take_in(self, workspace_id: int, people: Iterable[DirectoryPerson]) -> int:
        """What the Directory says now; who is no longer in it goes. How many are listed. `people` is read to its end first:
        half a list takes nobody away."""
        # One transaction a list: nobody sees half of it, and nothing here waits for Google.
        found = {person.email.lower(): person for person in people}
        moment = now()
        with self._database.write() as connection:
            known = set(connection.execute(select(_roster.c.email).where(_roster.c.workspace_id == workspace_id)).scalars())
            for email, person in found.items():
                told = {"name": person.name, "org_unit": person.org_unit, "suspended": person.suspended, "listed_at": moment}
                if email in known:
                    connection.execute(update(_roster).where(_of(workspace_id, email)).values(told))
                else:
                    self._add(connection, workspace_id, email, told)
            for email in known - found.keys():
                connection.execute(delete(_roster).where(_of(workspace_id, email)))
        return len(found)

    def match(self, workspace_id: int, email: str, user: User | None, *, by_hand: bool = True) -> bool:
        """Say who somebody is in the CRM; None: nobody. False if the company has nobody with this address."""
        with self._database.write() as connection:
            listed = select(_roster.c.email).where(_of(workspace_id, email.lower()))
            seen = select(_person.c.email).where(_person.c.workspace_id == workspace_id, _person.c.email == email.lower())
            if connection.execute(listed.union(seen)).first() is None:
                return False
            self._match(connection, workspace_id, email.lower(), user, by_hand=by_hand)
        return True

    def match_all(self, workspace_id: int, users: Sequence[User]) -> int:
        """Match by address everybody whom nobody matched by hand; how many of all are matched then."""
        found = _by_address(users)
        with self._database.write() as connection:
            for row in connection.execute(_columns(workspace_id).where(_roster.c.by_hand.is_(False))).all():
                user = found.get(row.email)
                if row.crm_user_id != (user.id if user else None) or row.crm_user_name != (user.name if user else ""):
                    self._match(connection, workspace_id, row.email, user, by_hand=False)
            matched = _columns(workspace_id).where(_roster.c.crm_user_id.is_not(None))
            return len(connection.execute(matched).all())

    def to_csv(self, workspace_id: int) -> str:
        """With HEADER. `crm_user` is the user's name, where that is not enough his id."""
        entries = self.rows(workspace_id)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for entry, user in zip(entries, _user_cells(entries), strict=True):
            writer.writerow([_escaped(cell) for cell in (entry.email, entry.name, entry.org_unit, user)])
        return out.getvalue()

    def from_csv(self, workspace_id: int, text: str, users: Sequence[User]) -> tuple[CsvProblem, ...]:
        """Match by hand as the file says: `crm_user` is an address, an id or a name, "" nobody. Lines that say what stands change
        nothing. With problems none of it is taken."""
        if len(text) > LONGEST_FILE:
            return (CsvProblem(1, TOO_LONG),)
        entries = self.rows(workspace_id)
        wanted, problems = _wanted(text, entries, users)
        if problems:
            return problems
        with self._database.write() as connection:
            for email, user in wanted.items():
                self._match(connection, workspace_id, email, user, by_hand=True)
        return ()

    def _match(self, connection: Connection, workspace_id: int, email: str, user: User | None, *, by_hand: bool) -> None:
        matched = {"crm_user_id": user.id if user else None, "crm_user_name": user.name if user else "", "by_hand": by_hand}
        if connection.execute(update(_roster).where(_of(workspace_id, email)).values(matched)).rowcount == 0:
            name = select(_person.c.name).where(_person.c.workspace_id == workspace_id, _person.c.email == email)
            told = {"name": connection.execute(name).scalars().first() or "", "listed_at": now()}
            self._add(connection, workspace_id, email, {**told, **matched})
        # What was found by his address before no longer counts.
        person = (_person.c.workspace_id == workspace_id, _person.c.email == email)
        connection.execute(update(_person).where(*person).values(crm_user_id=matched["crm_user_id"]))

    def _add(self, connection: Connection, workspace_id: int, email: str, values: dict[str, object]) -> None:
        row = {"workspace_id": workspace_id, "email": email, "name": "", "org_unit": "", "suspended": False}
        row |= {"crm_user_name": "", "by_hand": False, **values}
        connection.execute(self._database.insert_or_ignore(_roster, row))


def _of(workspace_id: int, email: str) -> ColumnElement[bool]:
    return (_roster.c.workspace_id == workspace_id) & (_roster.c.email == email)


def _columns(workspace_id: int) -> Select[tuple[object, ...]]:
    columns = ("email", "name", "org_unit", "suspended", "crm_user_id", "crm_user_name", "by_hand")
    return select(*(_roster.c[name] for name in columns)).where(_roster.c.workspace_id == workspace_id)


def _entry(row: Row[tuple[object, ...]]) -> RosterEntry:
    return RosterEntry(row.email, row.name, row.org_unit, row.suspended, row.crm_user_id, row.crm_user_name, row.by_hand)


def _by_address(users: Sequence[User]) -> dict[str, User]:
    """An address of several users says nothing."""
    times = Counter(user.email.lower() for user in users)
    return {email: user for user in users if times[email := user.email.lower()] == 1 and email}


# --- CSV


def _user_cells(entries: Sequence[RosterEntry]) -> list[str]:
    """What stands under `crm_user`."""
    bearers = {(entry.crm_user_name, entry.crm_user_id) for entry in entries}
    times = Counter(name for name, _ in bearers)
    return [
        (entry.crm_user_name if entry.crm_user_name and times[entry.crm_user_name] == 1 else entry.crm_user_id) or "" for entry in entries
    ]


def _wanted(text: str, entries: Sequence[RosterEntry], users: Sequence[User]) -> tuple[dict[str, User | None], tuple[CsvProblem, ...]]:
    """Whose match is to change, and into whom. What stands there may stay, although the CRM user has gone since."""
    standing = dict(zip((entry.email for entry in entries), _user_cells(entries), strict=True))
    # Spreadsheets write a byte order mark, and, where the comma separates decimals, semicolons.
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    met: set[str] = set()
    wanted: dict[str, User | None] = {}
    problems: list[CsvProblem] = []
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if "email" not in header or "crm_user" not in header:
            return {}, (CsvProblem(1, NO_HEADER),)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            cells = dict(zip(header, (one_line(_unescaped(cell)) for cell in row), strict=False))
            email, said = cells.get("email", "").lower(), cells.get("crm_user", "")
            found = _named(said, users)
            if email not in standing:
                problems.append(CsvProblem(reader.line_num, OTHER_DOMAIN if "@" in email else NO_ADDRESS, email))
            elif email in met:
                problems.append(CsvProblem(reader.line_num, TWICE, email))
            elif said != standing[email] and said and len(found) != 1:
                problems.append(CsvProblem(reader.line_num, NO_CRM_USER, said))
            elif said != standing[email]:
                wanted[email] = found[0] if found else None
            met.add(email)
    except csv.Error:
        return {}, (CsvProblem(max(reader.line_num, 1), TOO_LONG),)
    return wanted, tuple(problems)


def _named(said: str, users: Sequence[User]) -> list[User]:
    """Those of this id, else of this address, else of this name."""
    for found in (
        [user for user in users if user.id == said],
        [user for user in users if user.email.lower() == said.lower()],
        [user for user in users if fold(user.name) == fold(said)],
    ):
        if found and said:
            return found
    return []


def _escaped(cell: str) -> str:
    """What a spreadsheet would take for a formula gets a sign in front that makes it text; so does what begins with that sign."""
    return _ESCAPE + cell if cell.startswith((*_FORMULA, _ESCAPE)) else cell


def _unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith(_ESCAPE) and cell[1:].startswith((*_FORMULA, _ESCAPE)) else cell
