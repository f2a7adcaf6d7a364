"""The walk of one person through Zoho's consent page and back, in one browser.

    begun -> returned -> held -> gone, and connected
                              -> ending -> gone, and given back to Zoho

`state` is what travels with the browser. It is good once, for ten minutes, in the browser that set out, for the person
whose button was pressed. What Zoho granted is kept sealed until that person confirms it; unconfirmed, it is given back.
"""

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from authlib.common.security import generate_token
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, select, update

from crm_client.errors import Unavailable
from crm_client.zoho.introduction import Introduction
from crm_client.zoho.oauth import Granted, ZohoOAuth
from db import Database, now, table
from tenants.tables import ConsentRow
from tenants.vault import Vault, VaultDamaged

LIFETIME = timedelta(minutes=10)
VERIFIER_LENGTH = 64
PURPOSE = "consent"
SWEPT_AT_ONCE = 20
GIVING_BACK = timedelta(minutes=2)

_log = logging.getLogger(__name__)
_consent = table(ConsentRow)


class _Stage(StrEnum):
    BEGUN = "begun"
    RETURNED = "returned"
    HELD = "held"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody on his way: `verifier` is the secret half of PKCE."""

    person_id: int
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What Zoho granted, and to whom it says; waits for the person's word."""

    person_id: int
    granted: Granted
    introduction: Introduction


_held = TypeAdapter(Held)


class Consents:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database, vault: Vault, oauth: ZohoOAuth) -> None:
        self._database = database
        self._vault = vault
        self._oauth = oauth

    def begin(self, person_id: int, browser: str) -> Walk:
        """Set out. Whatever this person had begun before is over."""
        walk = Walk(person_id, secrets.token_urlsafe(32), generate_token(VERIFIER_LENGTH))
        moment = now()
        with self._database.write() as connection:
            earlier = (_consent.c.person_id == person_id) & (_consent.c.expires_at > moment) & (_consent.c.stage != _Stage.ENDING.value)
            connection.execute(update(_consent).where(earlier).values(expires_at=moment))
            connection.execute(
                _consent.insert().values(
                    state_hash=_hash(walk.state),
                    person_id=person_id,
                    browser_hash=_hash(browser),
                    secret=self._vault.seal(PURPOSE, walk.verifier),
                    stage=_Stage.BEGUN.value,
                    expires_at=moment + LIFETIME,
                )
            )
        return walk

    def take(self, state: str, browser: str) -> Walk | None:
        """Come back. None: not this state, not this browser, too late, or not the first time."""
        mine = _mine(state, browser, _Stage.BEGUN)
        with self._database.write() as connection:
            taken = update(_consent).where(mine).values(stage=_Stage.RETURNED.value)
            row = connection.execute(taken.returning(_consent.c.person_id, _consent.c.secret)).one_or_none()
        return None if row is None else Walk(row.person_id, state, self._vault.open(PURPOSE, row.secret))

    def is_under_way(self, state: str) -> bool:
        """Whether somebody, in whatever browser, has set out with this state and not come back."""
        this = (_consent.c.state_hash == _hash(state)) & (_consent.c.stage == _Stage.BEGUN.value) & (_consent.c.expires_at > now())
        with self._database.read() as connection:
            return connection.execute(select(_consent.c.person_id).where(this)).one_or_none() is not None

    def hold(self, walk: Walk, granted: Granted, introduction: Introduction) -> bool:
        """Keep what was granted until the person has seen it. False: too late, it is the caller's to give back."""
        sealed = self._vault.seal(PURPOSE, _held.dump_json(Held(walk.person_id, granted, introduction)).decode())
        returned = (
            (_consent.c.state_hash == _hash(walk.state)) & (_consent.c.stage == _Stage.RETURNED.value) & (_consent.c.expires_at > now())
        )
        with self._database.write() as connection:
            kept = update(_consent).where(returned).values(stage=_Stage.HELD.value, secret=sealed, expires_at=now() + LIFETIME)
            return connection.execute(kept).rowcount == 1

    def held(self, state: str, browser: str) -> Held | None:
        with self._database.read() as connection:
            secret = connection.execute(select(_consent.c.secret).where(_mine(state, browser, _Stage.HELD))).scalar_one_or_none()
        return None if secret is None else self._opened(secret)

    def spend(self, connection: Connection, state: str, browser: str) -> bool:
        """Within the transaction that makes use of what was held: true once."""
        return connection.execute(delete(_consent).where(_mine(state, browser, _Stage.HELD))).rowcount == 1

    def give_back(self, state: str, browser: str) -> bool:
        """The person does not want it. False: there was nothing. Unavailable: Zoho did not answer; the sweep will try again."""
        claimed = self._claimed(_mine(state, browser, _Stage.HELD))
        if claimed is not None:
            self._give_back(*claimed)
        return claimed is not None

    def sweep(self) -> None:
        """Give back what nobody confirmed in time, and forget who never came back."""
        expired = _consent.c.expires_at <= now()
        with self._database.write() as connection:
            connection.execute(delete(_consent).where(expired, _consent.c.stage.in_((_Stage.BEGUN.value, _Stage.RETURNED.value))))
        with self._database.read() as connection:
            left = connection.execute(select(_consent.c.state_hash).where(expired).limit(SWEPT_AT_ONCE)).scalars().all()
        for state_hash in left:
            claimed = self._claimed((_consent.c.state_hash == state_hash) & expired)
            if claimed is None:
                continue
            try:
                self._give_back(*claimed)
            except Unavailable as error:
                _log.warning("an unconfirmed consent could not be given back: %s", error)
                return

    def _claimed(self, which: ColumnElement[bool]) -> tuple[str, str] | None:
        """Nobody else confirms it or gives it back from now on, unless we die over it."""
        ours = update(_consent).where(which).values(stage=_Stage.ENDING.value, expires_at=now() + GIVING_BACK)
        with self._database.write() as connection:
            row = connection.execute(ours.returning(_consent.c.state_hash, _consent.c.secret)).one_or_none()
        return None if row is None else (row.state_hash, row.secret)

    def _give_back(self, state_hash: str, secret: str) -> None:
        try:
            granted = self._opened(secret).granted
        except VaultDamaged:
            _log.exception("an unconfirmed consent is unreadable and cannot be given back")
        else:
            self._oauth.revoke(granted.data_centre, granted.refresh_token)
        with self._database.write() as connection:
            connection.execute(delete(_consent).where(_consent.c.state_hash == state_hash))

    def _opened(self, secret: str) -> Held:
        return _held.validate_json(self._vault.open(PURPOSE, secret))


def _mine(state: str, browser: str, stage: _Stage) -> ColumnElement[bool]:
    here = (_consent.c.state_hash == _hash(state)) & (_consent.c.browser_hash == _hash(browser))
    return here & (_consent.c.stage == stage.value) & (_consent.c.expires_at > now())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
