"""Permissions for tests that have no vault: grants as the adapter asks for them."""

import threading
from datetime import timedelta

from crm_client.errors import AuthExpired
from crm_client.zoho.data_centres import DataCentres
from crm_client.zoho.oauth import SCOPES as ASKED
from crm_client.zoho.tokens import Grant
from tests.zoho.accounts import Access, Accounts, Refresh
from tests.zoho.organisation import User
from tests.zoho.wire import Clock

SCOPES = frozenset(ASKED)
"""No more than the service asks people for: a wider grant would hide what is missing there."""
WHOLE_SCOPES = SCOPES | {"ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL"}
"""For the tests of the stand-in itself."""

EARLY = timedelta(minutes=5)


class GrantedTokens:
    """An implementation of `crm_client.zoho.tokens.Tokens`. `renewals` counts the renewed ones."""

    def __init__(self, accounts: Accounts, data_centres: DataCentres, clock: Clock) -> None:
        self._clock = clock
        self._accounts = accounts
        self._data_centres = data_centres
        self._lock = threading.Lock()
        self._refreshes: dict[int, Refresh] = {}
        self._current: dict[int, Access] = {}
        self.renewals = 0

    def grant(self, user: User, scopes: frozenset[str] = SCOPES) -> int:
        with self._lock:
            number = len(self._refreshes) + 1
            self._refreshes[number] = self._accounts.refresh_token(user, scopes)
            return number

    def current(self, grant_id: int) -> Grant:
        with self._lock:
            access = self._current.get(grant_id)
            if access is None or access.ends - self._clock.now() < EARLY:
                access = self._new(grant_id)
            return self._grant(grant_id, access)

    def renewed(self, grant_id: int, refused: str) -> Grant:
        with self._lock:
            access = self._current.get(grant_id)
            if access is None or access.token == refused:
                self.renewals += 1
                access = self._new(grant_id)
            return self._grant(grant_id, access)

    def _new(self, grant_id: int) -> Access:
        access = self._accounts.access_token(self._refreshes[grant_id])
        if access is None:
            raise AuthExpired("the permission is revoked")
        self._current[grant_id] = access
        return access

    def _grant(self, grant_id: int, access: Access) -> Grant:
        place = access.user.organisation
        home = self._data_centres.at(place.location)
        assert home is not None
        return Grant(grant_id, access.token, home.api, home, place.id, place.domain_name, place.name, place.edition, access.user.id)
