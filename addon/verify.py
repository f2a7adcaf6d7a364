"""Is it Google who calls, and for whom? Nothing of a request is believed before this has said yes."""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from typing import NoReturn

from cachetools import TLRUCache
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError, InvalidValue

from addon.certificates import Certificates
from tenants.people import GoogleIdentity

ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
CLOCK_SKEW_SECONDS = 30
MAX_TOKEN_CHARACTERS = 8192
REMEMBERED_TOKENS = 4096
FAR_FUTURE = 1e11
"""Seconds since 1970; no date of a real token comes near."""


class NotGoogle(Exception):
    """The request is not Google's. `reason` is for the log: short, without anything of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Verified:
    """A request of Google's own. `identity` is None where Google does not say who the person is."""

    identity: GoogleIdentity | None


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a token says whose signature, time, audience and issuer were right."""

    sub: str
    email: str = field(repr=False)
    email_verified: bool
    hosted_domain: str | None
    expires: float
    """Seconds since 1970."""


class Verifier:
    """One per process. Thread-safe. A token seen before costs a hash and a look-up until it expires."""

    def __init__(self, certificates: Certificates, service_account: str, client_id: str) -> None:
        if not service_account or not client_id:
            raise ValueError("the service account and the client id must be set: without them anybody's token would do")
        self._certificates = certificates
        self._service_account = service_account
        self._client_id = client_id
        # Expiry dates in tokens are times of day, so the cache goes by the same clock.
        self._remembered: TLRUCache[bytes, _Claims] = TLRUCache(
            REMEMBERED_TOKENS, ttu=lambda _, claims, __: claims.expires + CLOCK_SKEW_SECONDS, timer=time.time
        )
        self._lock = threading.Lock()

    def verify(self, system_token: str | None, user_token: str | None, called_url: str) -> Verified:
        """`called_url`: the exact address Google was told to call, from the configuration, never from the Host header.
        NotGoogle, CertificatesUnavailable."""
        if not system_token:
            raise NotGoogle("no system token")
        system = self._claims("system", system_token, called_url)
        if system.email != self._service_account:
            raise NotGoogle("system token: another service account")
        if not system.email_verified:
            raise NotGoogle("system token: address not verified")
        if not user_token:
            return Verified(None)
        user = self._claims("user", user_token, self._client_id)
        if not user.sub:
            raise NotGoogle("user token: no subject")
        if "@" not in user.email or not user.email_verified:
            raise NotGoogle("user token: no verified address")
        return Verified(GoogleIdentity(sub=user.sub, email=user.email.lower(), hosted_domain=user.hosted_domain))

    def _claims(self, kind: str, token: str, audience: str) -> _Claims:
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            raise NotGoogle(f"{kind} token: malformed")
        key = hashlib.sha256(f"{audience}\n{token}".encode()).digest()
        with self._lock:
            claims = self._remembered.get(key)
        if claims is None:
            claims = self._decoded(kind, token, audience)
            with self._lock:
                self._remembered[key] = claims
        return claims

    def _decoded(self, kind: str, token: str, audience: str) -> _Claims:
        try:
            header = jwt.decode_header(token)
        # Deep nesting in a header nobody has checked yet ends in RecursionError.
        except (ValueError, GoogleAuthError, RecursionError):
            _refuse(kind, "malformed")
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str) or not kid:
            _refuse(kind, "not signed with RS256 and a named key")
        certificates = self._certificates.get(kid)
        if kid not in certificates:
            _refuse(kind, "unknown key")
        try:
            payload = jwt.decode(token, certs=certificates, audience=audience, clock_skew_in_seconds=CLOCK_SKEW_SECONDS)
        except InvalidValue:
            # The signature was right. Which of the two it is helps an operator whose base URL is not what Google calls.
            _refuse(kind, "expired or not yet valid" if jwt.decode(token, verify=False).get("aud") == audience else "another audience")
        except (ValueError, GoogleAuthError):
            _refuse(kind, "forged")
        except TypeError:  # dates that are no numbers
            _refuse(kind, "malformed")
        if _text(payload.get("iss")) not in ISSUERS:
            _refuse(kind, "another issuer")
        expires = payload["exp"]
        if not expires < FAR_FUTURE:  # nor not-a-number
            _refuse(kind, "malformed")
        return _Claims(
            sub=_text(payload.get("sub")),
            email=_text(payload.get("email")),
            email_verified=payload.get("email_verified") is True,
            hosted_domain=_text(payload.get("hd")) or None,
            expires=expires,
        )


def _refuse(kind: str, why: str) -> NoReturn:
    """Without the cause: the texts of google-auth quote the token."""
    raise NotGoogle(f"{kind} token: {why}") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
