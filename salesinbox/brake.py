"""What one person may have done only so often: counted with him, since his mailboxes come and go as he likes."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, or_, update

from db import Database, now, table
from tenants.tables import PersonRow

TRIES = 30
TRIES_WITHIN = timedelta(hours=1)

_person = table(PersonRow)


class What(StrEnum):
    """Columns of `person`, with one for since when beside each."""

    CODES = "codes"
    TRIES = "tries"


def counted(connection: Connection, person_id: int, what: What, most: int, within: timedelta) -> bool:
    """False: it was too often already, and is not to be done."""
    moment = now()
    count, since = _person.c[what.value], _person.c[f"{what.value}_since"]
    mine = update(_person).where(_person.c.id == person_id)
    begun = moment - within
    one_more = mine.where(since > begun, count < most).values({count: count + 1})
    first = mine.where(or_(since.is_(None), since <= begun)).values({count: 1, since: moment})
    return connection.execute(one_more).rowcount == 1 or connection.execute(first).rowcount == 1


class Tries:
    """Sign-ins to servers somebody has named. Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, person_id: int) -> bool:
        """One of his. False: there is none left for now."""
        with self._database.write() as connection:
            return counted(connection, person_id, What.TRIES, TRIES, TRIES_WITHIN)
