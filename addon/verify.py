"""Is it Google who calls, and for whom? Nothing of a request is believed before this has said yes."""

import hashlib
import threading
import time
from dataclasses import dataclass

from cachetools import TLRUCache

from tenants.google.certificates import Certificates
from tenants.google.id_tokens import CLOCK_SKEW_SECONDS, BadToken, IdClaims, check_form, claims_of
from tenants.people import GoogleIdentity

REMEMBERED_TOKENS = 4096


class NotGoogle(Exception):
    """The request is not Google's. `reason` is for the log: short, without anything of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Verified:
    """A request of Google's own. `identity` is None where Google does not say who the person is."""

    identity: GoogleIdentity | None


class Verifier:
    """One per process. Thread-safe. A token seen before costs a hash and a look-up until it expires."""

    def __init__(self, certificates: Certificates, service_account: str, client_id: str) -> None:
        if not service_account or not client_id:
            raise ValueError("the service account and the client id must be set: without them anybody's token would do")
        self._certificates = certificates
        self._service_account = service_account
        self._client_id = client_id
        # Expiry dates in tokens are times of day, so the cache goes by the same clock.
        self._remembered: TLRUCache[bytes, IdClaims] = TLRUCache(
            REMEMBERED_TOKENS, ttu=lambda _, claims, __: claims.expires + CLOCK_SKEW_SECONDS, timer=time.time
        )
        self._lock = threading.Lock()

    def verify(self, system_token: str | None, user_token: str | None, called_url: str) -> Verified:
        """`called_url`: the exact address Google was told to call, from the configuration, never from the Host header.
        NotGoogle, CertificatesUnavailable."""
        if not system_token:
            raise NotGoogle("no system token")
        try:
            system = self._claims(system_token, called_url)
        except BadToken as bad:
            raise NotGoogle(f"system token: {bad.reason}") from None
        if system.email != self._service_account:
            raise NotGoogle("system token: another service account")
        if not system.email_verified:
            raise NotGoogle("system token: address not verified")
        if not user_token:
            return Verified(None)
        try:
            return Verified(self._claims(user_token, self._client_id).identity())
        except BadToken as bad:
            raise NotGoogle(f"user token: {bad.reason}") from None

    def _claims(self, token: str, audience: str) -> IdClaims:
        check_form(token)
        key = hashlib.sha256(f"{audience}\n{token}".encode()).digest()
        with self._lock:
            claims = self._remembered.get(key)
        if claims is None:
            claims = claims_of(token, audience, self._certificates)
            with self._lock:
                self._remembered[key] = claims
        return claims
