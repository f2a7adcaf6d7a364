"""Messages that are on the server and not in the store, each with its reason. No gap is silent, and none holds up the rest."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select, update

from db import Database, now, table
from salesinbox.tables import MailGapRow

_gap = table(MailGapRow)


class Reason(StrEnum):
    REFUSED = "refused"
    """The server says no when asked for it."""
    BREAKS_OFF = "breaks off"
    """The connection ends whenever it is asked for."""
    NOT_SENT = "not sent"
    """It is listed and not handed out."""
    UNREADABLE = "unreadable"
    """It came, and could not be read or stored."""
    EXCLUDED = "excluded"
    """Its owner wants none of this label (Gmail), or it is a draft. Not tried again until he changes his mind."""
    TOO_OLD = "too old"
    """Older than his company keeps mail."""
    ERASED = "erased"
    """From or to somebody whose data was erased."""


SETTLED = frozenset({Reason.EXCLUDED, Reason.TOO_OLD, Reason.ERASED})
"""Somebody decided that these are not in the store: they are not tried again by themselves."""

PAUSES = (timedelta(minutes=5), timedelta(hours=1))
"""Before the second and the third try. After that only its owner has it tried again."""
_BATCH = 500


class Gaps:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, mailbox_id: int, folder_id: int, uids: Iterable[int], reason: Reason) -> None:
        """One more try of these has failed. IntegrityError: the folder is gone."""
        moment = now()
        with self._database.write() as connection:
            for uid in sorted(uids):
                its = (_gap.c.folder_id == folder_id) & (_gap.c.uid == uid)
                tries = connection.execute(select(_gap.c.tries).where(its)).scalar_one_or_none()
                again = PAUSES[tries or 0] if (tries or 0) < len(PAUSES) and reason not in SETTLED else None
                said = {"reason": reason.value, "retry_at": moment + again if again else None}
                if tries is None:
                    row = {"folder_id": folder_id, "uid": uid, "mailbox_id": mailbox_id, "tries": 1, "since": moment, **said}
                    connection.execute(insert(_gap).values(row))
                else:
                    connection.execute(update(_gap).where(its).values(tries=tries + 1, **said))

    def due(self, mailbox_id: int) -> dict[int, list[int]]:
        """Folders' UIDs to be tried again now."""
        found: dict[int, list[int]] = {}
        query = select(_gap.c.folder_id, _gap.c.uid).where(_gap.c.mailbox_id == mailbox_id, _gap.c.retry_at <= now())
        with self._database.read() as connection:
            for row in connection.execute(query.order_by(_gap.c.uid)):
                found.setdefault(row.folder_id, []).append(row.uid)
        return found

    def uids(self, folder_id: int, reason: Reason | None = None) -> set[int]:
        query = select(_gap.c.uid).where(_gap.c.folder_id == folder_id)
        with self._database.read() as connection:
            return set(connection.execute(query if reason is None else query.where(_gap.c.reason == reason)).scalars())

    def close(self, folder_id: int, uids: Collection[int]) -> None:
        """They are in the store now, or no longer on the server."""
        ones = sorted(uids)
        with self._database.write() as connection:
            for start in range(0, len(ones), _BATCH):
                connection.execute(delete(_gap).where(_gap.c.folder_id == folder_id, _gap.c.uid.in_(ones[start : start + _BATCH])))

    def ask_again(self, mailbox_id: int) -> None:
        """Its owner wants everything tried once more. Whoever calls this has the mailbox synchronised, too."""
        given_up = (_gap.c.mailbox_id == mailbox_id) & _gap.c.reason.not_in(SETTLED)
        with self._database.write() as connection:
            connection.execute(update(_gap).where(given_up).values(tries=0, retry_at=now()))
