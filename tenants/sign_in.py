"""Single-use doors from a card into the console: a code good for one redemption within minutes.

The code itself is only in the link; the database keeps its SHA-256.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update

from db import Database, now, table
from tenants.tables import SignInCodeRow

CODE_BYTES = 32
CODE_SECONDS = 120
MAX_TARGET = 2000
KEPT_AFTER_EXPIRY = timedelta(days=1)
SWEEP_EVERY = timedelta(hours=1)

_code = table(SignInCodeRow)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came through the door, and the local path the door leads to."""

    person_id: int
    target: str


def is_local_path(target: str) -> bool:
    """Whether a browser sent to `target` can only stay on this host."""
    if not target.startswith("/") or target.startswith("//") or len(target) > MAX_TARGET:
        return False
    if "\\" in target or any(not "!" <= character <= "~" for character in target):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


class SignInCodes:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept_at: datetime | None = None

    def issue(self, person_id: int, target: str, seconds: int = CODE_SECONDS) -> str:
        """A new code for this person. ValueError if `target` is not a path of this host (printable ASCII, one leading slash)."""
        if not is_local_path(target):
            raise ValueError("the target of a sign-in code has to be a path of this host")
        code = secrets.token_urlsafe(CODE_BYTES)
        with self._database.write() as connection:
            connection.execute(
                _code.insert().values(
                    code_hash=_hash(code), person_id=person_id, target=target, expires_at=now() + timedelta(seconds=seconds)
                )
            )
        return code

    def redeem(self, code: str) -> SignedIn | None:
        """Whose code this is; None if it is unknown, expired or used. Of any number of attempts at most one succeeds."""
        at = now()
        code_hash = _hash(code)
        open_door = (_code.c.code_hash == code_hash) & _code.c.used_at.is_(None) & (_code.c.expires_at > at)
        with self._database.write() as connection:
            if connection.execute(update(_code).where(open_door).values(used_at=at)).rowcount != 1:
                return None
            row = connection.execute(select(_code.c.person_id, _code.c.target).where(_code.c.code_hash == code_hash)).one()
        self._sweep(at)
        return SignedIn(person_id=row.person_id, target=row.target)

    def _sweep(self, at: datetime) -> None:
        if self._swept_at is not None and at - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = at
        with self._database.write() as connection:
            connection.execute(delete(_code).where(_code.c.expires_at < at - KEPT_AFTER_EXPIRY))


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
