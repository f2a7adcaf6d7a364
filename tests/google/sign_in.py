"""accounts.google.com: the page that asks who it is and what may be done, and the codes it sends people back with."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.google.answers import Request, oauth_refusal
from tests.google.state import GooglePerson, State
from tests.signing import SigningKey
from tests.zoho.wire import Answer, html

FULL_NAMES = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}


@dataclass
class _Code:
    person: GooglePerson
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    nonce: str
    offline: bool


class SignIn:
    def __init__(self, state: State) -> None:
        self._state = state
        self._codes: dict[str, _Code] = {}
        self.signed_in: GooglePerson | None = None
        self.refuses = False
        """Whoever is signed in presses "Cancel"."""
        self.unticked: frozenset[str] = frozenset()
        """Scopes whose boxes he leaves empty."""
        self.redirect_uris: frozenset[str] | None = None
        """Those registered; None takes any."""
        self.claims: dict[str, Any] = {}
        """What the next ID tokens say otherwise; None leaves a claim out."""
        self.signs_with: SigningKey = state.key

    def page(self, request: Request) -> Answer:
        asked, state = request.query, self._state
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != state.client_id:
            return html(401, "Error 401: invalid_client")
        if not redirect or (self.redirect_uris is not None and redirect not in self.redirect_uris):
            return html(400, "Error 400: redirect_uri_mismatch")
        scopes = asked.get("scope", "").split()
        if asked.get("response_type") != "code" or "openid" not in scopes or asked.get("code_challenge_method") != "S256":
            return html(400, "Error 400: invalid_request")
        person = self.signed_in
        if person is None:
            return html(200, "Sign in - Google Accounts")
        if self.refuses or person.suspended:
            return _redirected(redirect, {"error": "access_denied", "state": asked.get("state", "")})
        granted = tuple(one for one in scopes if one not in self.unticked)
        code = f"4/0A{secrets.token_urlsafe(24)}"
        # Without prompt=consent Google gives a refresh token the first time only; here it gives none then.
        offline = asked.get("access_type") == "offline" and "consent" in asked.get("prompt", "")
        self._codes[code] = _Code(person, granted, redirect, asked.get("code_challenge", ""), asked.get("nonce", ""), offline)
        names = " ".join(FULL_NAMES.get(one, one) for one in granted)
        return _redirected(redirect, {"state": asked.get("state", ""), "code": code, "scope": names, "authuser": "0", "prompt": "none"})

    def tokens(self, request: Request) -> Answer:
        """The code is used up by the first who brings it, whoever that is."""
        form, state = request.form, self._state
        if form.get("client_id") != state.client_id:
            raise oauth_refusal(401, "invalid_client", "The OAuth client was not found.")
        if form.get("client_secret") != state.client_secret:
            raise oauth_refusal(401, "invalid_client", "Unauthorized")
        code = self._codes.pop(form.get("code", ""), None)
        if code is None:
            raise oauth_refusal(400, "invalid_grant", "Bad Request")
        if form.get("redirect_uri") != code.redirect_uri:
            raise oauth_refusal(400, "redirect_uri_mismatch", "Bad Request")
        if _challenge(form.get("code_verifier", "")) != code.challenge:
            raise oauth_refusal(400, "invalid_grant", "Invalid code verifier.")
        scopes = tuple(FULL_NAMES.get(one, one) for one in code.scopes)
        access = state.access(code.person, scopes, consent=f"sign-in {secrets.token_hex(4)}")
        told = {
            "access_token": access.token,
            "expires_in": state.token_seconds,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
            "id_token": self.signs_with.sign(self._claims(code)),
        }
        return Answer(200, told | ({"refresh_token": state.refresh(code.person, scopes, access.consent)} if code.offline else {}))

    def renewed(self, request: Request) -> Answer:
        form, state = request.form, self._state
        if (form.get("client_id"), form.get("client_secret")) != (state.client_id, state.client_secret):
            raise oauth_refusal(401, "invalid_client", "Unauthorized")
        held = state.refreshes.get(form.get("refresh_token", ""))
        if held is None or held.person is None or held.person.suspended:
            raise oauth_refusal(400, "invalid_grant", "Token has been expired or revoked.")
        access = state.access(held.person, held.scopes, held.consent)
        scope = " ".join(sorted(held.scopes))
        return Answer(200, {"access_token": access.token, "expires_in": state.token_seconds, "scope": scope, "token_type": "Bearer"})

    def _claims(self, code: _Code) -> dict[str, Any]:
        person, now = code.person, int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "azp": self._state.client_id,
            "aud": self._state.client_id,
            "sub": person.sub,
            "hd": person.hd,
            "email": person.email,
            "email_verified": True,
            "nonce": code.nonce or None,
            "name": person.name if "profile" in code.scopes else None,
            "iat": now,
            "exp": now + 3600,
        } | self.claims
        return {name: value for name, value in claims.items() if value is not None}


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _redirected(to: str, said: dict[str, str]) -> Answer:
    return Answer(302, b"", {"Location": f"{to}{'&' if '?' in to else '?'}{urlencode(said)}"})
