"""Google's signed ID tokens: what one says, once signature, time, audience and issuer were found right."""

from dataclasses import dataclass, field
from typing import NoReturn

from google.auth import jwt
from google.auth.exceptions import GoogleAuthError, InvalidValue

from tenants.google.certificates import Certificates
from tenants.people import GoogleIdentity

ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
CLOCK_SKEW_SECONDS = 30
MAX_TOKEN_CHARACTERS = 8192
FAR_FUTURE = 1e11
"""Seconds since 1970; no date of a real token comes near."""


class BadToken(Exception):
    """Not Google's, or not for us. `reason` is for the log: short, without anything of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class IdClaims:
    sub: str
    email: str = field(repr=False)
    email_verified: bool
    hosted_domain: str | None
    name: str = field(repr=False)
    nonce: str = field(repr=False)
    expires: float
    """Seconds since 1970."""

    def identity(self) -> GoogleIdentity:
        """BadToken: it does not say who."""
        if not self.sub:
            raise BadToken("no subject")
        if "@" not in self.email or not self.email_verified:
            raise BadToken("no verified address")
        return GoogleIdentity(sub=self.sub, email=self.email.lower(), hosted_domain=self.hosted_domain)


def check_form(token: str) -> None:
    """So that nothing costly is done with what cannot be a token. BadToken."""
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
        raise BadToken("malformed")


def claims_of(token: str, audience: str, certificates: Certificates) -> IdClaims:
    """BadToken; CertificatesUnavailable, with which a token is neither good nor bad."""
    check_form(token)
    try:
        header = jwt.decode_header(token)
    # Deep nesting in a header nobody has checked yet ends in RecursionError.
    except (ValueError, GoogleAuthError, RecursionError):
        _refuse("malformed")
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or not kid:
        _refuse("not signed with RS256 and a named key")
    pems = certificates.get(kid)
    if kid not in pems:
        _refuse("unknown key")
    try:
        payload = jwt.decode(token, certs=pems, audience=audience, clock_skew_in_seconds=CLOCK_SKEW_SECONDS)
    except InvalidValue:
        # The signature was right. Which of the two it is helps an operator whose base URL is not what Google calls.
        _refuse("expired or not yet valid" if jwt.decode(token, verify=False).get("aud") == audience else "another audience")
    except (ValueError, GoogleAuthError):
        _refuse("forged")
    except TypeError:  # dates that are no numbers
        _refuse("malformed")
    if _text(payload.get("iss")) not in ISSUERS:
        _refuse("another issuer")
    expires = payload["exp"]
    if not expires < FAR_FUTURE:  # nor not-a-number
        _refuse("malformed")
    return IdClaims(
        sub=_text(payload.get("sub")),
        email=_text(payload.get("email")),
        email_verified=payload.get("email_verified") is True,
        hosted_domain=_text(payload.get("hd")) or None,
        name=_text(payload.get("name")),
        nonce=_text(payload.get("nonce")),
        expires=expires,
    )


def _refuse(why: str) -> NoReturn:
    """Without the cause: the texts of google-auth quote the token."""
    raise BadToken(why) from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
