"""Whose permission Zoho takes, and the tokens for it: kept sealed, renewed by one process for all.

A token is renewed five minutes before its end. Who renews says so in the grant's row, for half a minute at most; all
others use what is left of the old token, or wait for the new one. After a failure nobody asks again for a while: Zoho
gives out ten tokens in ten minutes, and asking a service that is down makes every card slow.
"""

import logging
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from cachetools import LRUCache, TTLCache
from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from crm_client.errors import AuthExpired, RateLimited, Unavailable
from crm_client.open import CrmKind, Target
from crm_client.zoho.data_centres import DataCentres
from crm_client.zoho.oauth import NotZoho, ZohoOAuth
from crm_client.zoho.tokens import Grant
from db import Database, now, table
from tenants.consents import Held
from tenants.tables import GrantRow
from tenants.vault import Vault, VaultDamaged

PURPOSE = "grant"
"""What its tokens are sealed as."""

RENEWED_BEFORE = timedelta(minutes=5)
USABLE_BEFORE = timedelta(seconds=30)
"""So much must be left of a token for a call to end in time."""
LEASE = timedelta(seconds=30)
"""Longer than Zoho's token service may take: whoever says that he renews and is not done by then is dead."""
PAUSE_AFTER_FAILURE = timedelta(seconds=3)
WAIT_SECONDS = 8.0
POLL_SECONDS = 0.05

_DOWN, _LIMITED = "down", "limited"
"""Instead of somebody's name in `renewing`: the last try failed, and nobody tries before `renewing_until`."""
FAILED = (_DOWN, _LIMITED)

_MOST_KEPT = 10_000
_KEPT_SECONDS = 3600

_log = logging.getLogger(__name__)
_grant = table(GrantRow)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A grant's row with its tokens opened. `sealed` is the access token as the row has it."""

    grant: Grant
    until: datetime
    refresh_token: str = field(repr=False)
    sealed: str = field(repr=False)
    renewing: str
    renewing_until: datetime | None

    def good(self, refused: str, span: timedelta) -> bool:
        """Whether there is a token other than the refused one that lasts so long."""
        return self.grant.token not in ("", refused) and self.until - now() >= span


class Grants:
    """`Tokens` for the Zoho adapter. Safe to use from many threads and processes."""

    def __init__(self, database: Database, vault: Vault, oauth: ZohoOAuth, data_centres: DataCentres) -> None:
        self._database = database
        self._vault = vault
        self._oauth = oauth
        self._data_centres = data_centres
        self._kept: TTLCache[int, _Stored] = TTLCache(maxsize=_MOST_KEPT, ttl=_KEPT_SECONDS)
        self._turns: LRUCache[int, Lock] = LRUCache(maxsize=_MOST_KEPT)
        self._lock = Lock()

    def current(self, grant_id: int) -> Grant:
        return self._other_than("", grant_id)

    def renewed(self, grant_id: int, refused: str) -> Grant:
        return self._other_than(refused, grant_id)

    def keep(self, connection: Connection, person_id: int, target: Target, held: Held) -> None:
        """In the transaction that ties the person to this organisation; replaces what he had permitted there before."""
        granted, introduction = held.granted, held.introduction
        values = {
            "org_name": introduction.org_name,
            "org_domain": introduction.org_domain,
            "edition": introduction.edition,
            "user_id": introduction.user_id,
            "user_name": introduction.user_name,
            "user_email": introduction.user_email,
            "location": granted.data_centre.location,
            "api": granted.api,
            "scopes": granted.scopes,
            "refresh_token": self._vault.seal(PURPOSE, granted.refresh_token),
            "access_token": self._vault.seal(PURPOSE, granted.access_token),
            "access_until": granted.until,
            "renewing": "",
            "renewing_until": None,
            "granted_at": now(),
            "ended_at": None,
        }
        key = {"person_id": person_id, "kind": target.kind.value, "org_id": target.org_id}
        if connection.execute(self._database.insert_or_ignore(_grant, {**key, **values})).rowcount == 0:
            connection.execute(update(_grant).filter_by(**key).values(**values))

    def end(self, person_id: int, target: Target | None = None) -> bool:
        """Give back at Zoho all this person permitted, or only for that organisation, and forget it. False if there was nothing.

        Unavailable: Zoho did not answer; what it was not told is kept, so that it can be tried again.
        """
        query = select(_grant).where(_grant.c.person_id == person_id, _grant.c.kind == CrmKind.ZOHO.value, _grant.c.ended_at.is_(None))
        if target is not None:
            query = query.where(_grant.c.org_id == target.org_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            self._give_back(row)
        return bool(rows)

    def end_one(self, grant_id: int) -> None:
        """The same for one of them. Unavailable."""
        with self._database.read() as connection:
            row = connection.execute(select(_grant).where(_grant.c.id == grant_id, _grant.c.ended_at.is_(None))).one_or_none()
        if row is not None:
            self._give_back(row)

    def _give_back(self, row: Row[tuple[object, ...]]) -> None:
        try:
            stored = self._opened(row)
        except VaultDamaged:
            _log.exception("grant %d cannot be given back to Zoho", row.id)
        else:
            self._oauth.revoke(stored.grant.data_centre, stored.refresh_token)
        self._ended(row.id, _grant.c.granted_at == row.granted_at)

    def _other_than(self, refused: str, grant_id: int) -> Grant:
        kept = self._kept_for(grant_id)
        if kept is not None and kept.good(refused, RENEWED_BEFORE):
            return kept.grant
        # One thread of a process at a time asks the row; the others find what it brought.
        with self._lock:
            turn = self._turns.setdefault(grant_id, Lock())
        if not turn.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("another thread has been renewing the token for too long")
        try:
            kept = self._kept_for(grant_id)
            if kept is None or not kept.good(refused, RENEWED_BEFORE):
                kept = self._found_or_renewed(grant_id, refused)
                with self._lock:
                    self._kept[grant_id] = kept
            return kept.grant
        finally:
            turn.release()

    def _kept_for(self, grant_id: int) -> _Stored | None:
        with self._lock:
            return self._kept.get(grant_id)

    def _found_or_renewed(self, grant_id: int, refused: str) -> _Stored:
        """What the row has, what we bring, or what somebody else is bringing."""
        deadline = time.monotonic() + WAIT_SECONDS
        name = secrets.token_hex(8)
        while True:
            stored = self._stored(grant_id)
            if stored.good(refused, RENEWED_BEFORE):
                return stored
            usable = stored.good(refused, USABLE_BEFORE)
            if self._claimed(stored, name):
                try:
                    return self._renew(stored, name)
                except (RateLimited, Unavailable) as error:
                    _log.warning("no new token for grant %d: %s", grant_id, error)
                    self._pause(stored, name, error)
                    if not usable:
                        raise
            if usable:
                return stored
            _give_up_if_failed(stored)
            if time.monotonic() > deadline:
                raise Unavailable("the token has been in renewal elsewhere for too long")
            time.sleep(POLL_SECONDS)

    def _stored(self, grant_id: int) -> _Stored:
        with self._database.read() as connection:
            row = connection.execute(select(_grant).where(_grant.c.id == grant_id)).one_or_none()
        if row is None or row.ended_at is not None:
            raise AuthExpired(f"grant {grant_id} has ended")
        try:
            return self._opened(row)
        except VaultDamaged as error:
            # The key may come back, so the row stays; meanwhile the person may connect again.
            _log.exception("grant %d is unreadable", grant_id)
            raise AuthExpired(f"grant {grant_id} is unreadable") from error

    def _opened(self, row: Row[tuple[object, ...]]) -> _Stored:
        """VaultDamaged; NotZoho where the data centre is no longer in the table."""
        data_centre = self._data_centres.at(row.location)
        if data_centre is None:
            raise NotZoho(f"grant {row.id} is of {row.location}, which this service does not call")
        grant = Grant(
            id=row.id,
            token=self._vault.open(PURPOSE, row.access_token) if row.access_token else "",
            api=row.api,
            data_centre=data_centre,
            org_id=row.org_id.removeprefix(f"{row.location}."),
            org_domain=row.org_domain,
            org_name=row.org_name,
            edition=row.edition,
            user_id=row.user_id,
        )
        return _Stored(
            grant=grant,
            until=row.access_until,
            refresh_token=self._vault.open(PURPOSE, row.refresh_token),
            sealed=row.access_token,
            renewing=row.renewing,
            renewing_until=row.renewing_until,
        )

    def _claimed(self, stored: _Stored, name: str) -> bool:
        """Whether it is ours to renew: nobody else is at it, and the token is still the one we read."""
        moment = now()
        free = or_(_grant.c.renewing == "", _grant.c.renewing_until <= moment)
        unchanged = (_grant.c.id == stored.grant.id) & (_grant.c.access_token == stored.sealed) & _grant.c.ended_at.is_(None)
        claim = update(_grant).where(unchanged, free).values(renewing=name, renewing_until=moment + LEASE)
        with self._database.write() as connection:
            return connection.execute(claim).rowcount == 1

    def _renew(self, stored: _Stored, name: str) -> _Stored:
        try:
            brought = self._oauth.renew(stored.grant.data_centre, stored.refresh_token)
        except AuthExpired:
            self._ended(stored.grant.id, _grant.c.renewing == name)
            raise
        api, sealed = brought.api or stored.grant.api, self._vault.seal(PURPOSE, brought.access_token)
        values = {
            "access_token": sealed,
            "access_until": brought.until,
            "api": api,
            # Under the newest key, so that older ones can be thrown away one day.
            "refresh_token": self._vault.seal(PURPOSE, stored.refresh_token),
            "renewing": "",
            "renewing_until": None,
        }
        # If we took longer than the lease, another has put his token there: ours is as good, for this process.
        mine = update(_grant).where(_grant.c.id == stored.grant.id, _grant.c.renewing == name, _grant.c.ended_at.is_(None))
        with self._database.write() as connection:
            connection.execute(mine.values(**values))
        return replace(stored, grant=replace(stored.grant, token=brought.access_token, api=api), until=brought.until, sealed=sealed)

    def _pause(self, stored: _Stored, name: str, error: RateLimited | Unavailable) -> None:
        if isinstance(error, RateLimited):
            what, span = _LIMITED, timedelta(seconds=error.retry_after or 0)
        else:
            what, span = _DOWN, PAUSE_AFTER_FAILURE
        with self._database.write() as connection:
            mine = update(_grant).where(_grant.c.id == stored.grant.id, _grant.c.renewing == name)
            connection.execute(mine.values(renewing=what, renewing_until=now() + span))

    def _ended(self, grant_id: int, still: ColumnElement[bool]) -> None:
        """`still` says that the row is the one that was asked about: who reconnected meanwhile stays connected."""
        with self._database.write() as connection:
            row = update(_grant).where(_grant.c.id == grant_id, still)
            connection.execute(row.values(ended_at=now(), refresh_token="", access_token="", renewing="", renewing_until=None))
        with self._lock:
            self._kept.pop(grant_id, None)


def _give_up_if_failed(stored: _Stored) -> None:
    """Whoever finds that the renewal has just failed need not fail on his own."""
    if stored.renewing == _DOWN:
        raise Unavailable("Zoho's token service did not answer a moment ago")
    if stored.renewing == _LIMITED and stored.renewing_until is not None:
        raise RateLimited(max(1, round((stored.renewing_until - now()).total_seconds())))
