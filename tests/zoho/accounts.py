"""Zoho's accounts servers: consent, codes, tokens. One memory for all data centres, as Zoho's consent finds anybody's."""

import base64
import hashlib
import itertools
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import parse_qs, urlencode

from crm_client.zoho.data_centres import DataCentres
from tests.zoho.organisation import User
from tests.zoho.wire import Answer, Clock, Request, html

CODE = timedelta(minutes=3)
ACCESS = timedelta(hours=1)
THROTTLE = timedelta(minutes=10)
ACCESS_PER_REFRESH = 10
REFRESH_PER_USER = 20


@dataclass
class Code:
    user: User
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    method: str
    offline: bool
    made: datetime


@dataclass
class Refresh:
    """`key` orders them by age."""

    token: str = field(repr=False)
    user: User
    scopes: frozenset[str]
    key: int
    made: list[datetime] = field(default_factory=list)
    """When it was given access tokens."""


@dataclass
class Access:
    token: str = field(repr=False)
    user: User
    scopes: frozenset[str]
    refresh: str = field(repr=False)
    ends: datetime


class Client(Protocol):
    """The application as Zoho's API console knows it."""

    client_id: str
    client_secret: str
    data_centres: DataCentres


class Accounts:
    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.RLock()
        self._numbers = itertools.count()
        self._codes: dict[str, Code] = {}
        self._consented: set[User] = set()
        self.signed_in: User | None = None
        self.refuses = False
        """Whoever is signed in presses "Reject"."""
        self.redirect_uris: frozenset[str] | None = None
        """Those registered; None takes any."""
        self.refreshes: dict[str, Refresh] = {}
        self.accesses: dict[str, Access] = {}

    def answer(self, request: Request) -> Answer:
        with self._lock:
            match request.method, request.path:
                case "GET", "/oauth/v2/auth":
                    return self._consent(request)
                case "POST", "/oauth/v2/token":
                    return self._token(request)
                case "POST", "/oauth/v2/token/revoke":
                    return self._revoke(request)
                case _:
                    return html(404, "Not Found")

    # -- consent

    def _consent(self, request: Request) -> Answer:
        asked = request.query
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._client.client_id:
            return html(400, "Invalid Client")
        if not redirect or (self.redirect_uris is not None and redirect not in self.redirect_uris):
            return html(400, "Invalid Redirect Uri")
        if asked.get("response_type") != "code" or not asked.get("scope"):
            return html(400, "Invalid Request")
        state = {"state": asked["state"]} if "state" in asked else {}
        if self.signed_in is None:
            return html(200, "Sign in to Zoho")
        if self.refuses:
            # Unverified in its exact form.
            return _redirected(redirect, {"error": "access_denied", **state})
        user = self.signed_in
        code = f"1000.{secrets.token_hex(24)}"
        scopes = frozenset(one.strip() for one in asked["scope"].split(",") if one.strip())
        offline = asked.get("access_type") == "offline" and (asked.get("prompt") == "consent" or user not in self._consented)
        challenge, method = asked.get("code_challenge", ""), asked.get("code_challenge_method", "plain")
        self._codes[code] = Code(user, scopes, redirect, challenge, method, offline, self._clock.now())
        self._consented.add(user)
        home = self._client.data_centres.at(user.organisation.location)
        assert home is not None
        return _redirected(redirect, {"code": code, "location": home.location, "accounts-server": home.accounts, **state})

    # -- tokens

    def _token(self, request: Request) -> Answer:
        form = _form(request)
        if "authorization" in request.headers:
            named, _, secret = base64.b64decode(request.headers["authorization"].partition(" ")[2]).decode().partition(":")
            form = {"client_id": named, "client_secret": secret, **form}
        if form.get("client_id") != self._client.client_id:
            return _error("invalid_client")
        if form.get("client_secret") != self._client.client_secret:
            return _error("invalid_client_secret")
        match form.get("grant_type"):
            case "authorization_code":
                return self._of_code(request, form)
            case "refresh_token":
                return self._of_refresh(request, form)
            case _:
                return _error("invalid_request")

    def _of_code(self, request: Request, form: dict[str, str]) -> Answer:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or self._clock.now() - code.made > CODE or code.user.organisation.location != request.location:
            return _error("invalid_code")
        if form.get("redirect_uri") != code.redirect_uri:
            return _error("invalid_redirect_uri")
        if code.challenge and _challenge(form.get("code_verifier", ""), code.method) != code.challenge:
            return _error("invalid_code")
        if not code.offline:
            return self._given(self._access(code.user, code.scopes, ""))
        refresh = self.refresh_token(code.user, code.scopes)
        refresh.made.append(self._clock.now())
        return self._given(self._access(code.user, code.scopes, refresh.token), refresh)

    def _of_refresh(self, request: Request, form: dict[str, str]) -> Answer:
        refresh = self.refreshes.get(form.get("refresh_token", ""))
        if refresh is None or refresh.user.organisation.location != request.location:
            return _error("invalid_code")
        now = self._clock.now()
        refresh.made = [one for one in refresh.made if now - one < THROTTLE]
        if len(refresh.made) >= ACCESS_PER_REFRESH:
            said = {
                "error": "Access Denied",
                "error_description": "You have made too many requests continuously. Please try again after some time.",
            }
            return Answer(200, {**said, "status": "failure"})
        refresh.made.append(now)
        return self._given(self._access(refresh.user, refresh.scopes, refresh.token))

    def refresh_token(self, user: User, scopes: frozenset[str]) -> Refresh:
        """A new one; the user's twenty-first takes the place of his oldest."""
        with self._lock:
            his = sorted((one for one in self.refreshes.values() if one.user is user), key=lambda one: one.key)
            for old in his[: max(0, len(his) - REFRESH_PER_USER + 1)]:
                self._forget(old)
            refresh = Refresh(f"1000.{secrets.token_hex(32)}", user, scopes, next(self._numbers))
            self.refreshes[refresh.token] = refresh
            return refresh

    def access_token(self, refresh: Refresh) -> Access | None:
        """A new one, past the throttle; None where the permission is revoked."""
        with self._lock:
            return self._access(refresh.user, refresh.scopes, refresh.token) if refresh.token in self.refreshes else None

    def _access(self, user: User, scopes: frozenset[str], refresh: str) -> Access:
        access = Access(f"1000.{secrets.token_hex(32)}", user, scopes, refresh, self._clock.now() + ACCESS)
        his = [one.token for one in self.accesses.values() if refresh and one.refresh == refresh]
        for old in his[: max(0, len(his) - ACCESS_PER_REFRESH + 1)]:
            del self.accesses[old]
        self.accesses[access.token] = access
        return access

    def _given(self, access: Access, refresh: Refresh | None = None) -> Answer:
        home = self._client.data_centres.at(access.user.organisation.location)
        assert home is not None
        said = {"access_token": access.token, "api_domain": home.api, "token_type": "Bearer", "expires_in": int(ACCESS.total_seconds())}
        return Answer(200, {**said, "scope": " ".join(sorted(access.scopes)), **({"refresh_token": refresh.token} if refresh else {})})

    def _revoke(self, request: Request) -> Answer:
        token = _form(request).get("token") or request.query.get("token", "")
        refresh, access = self.refreshes.get(token), self.accesses.pop(token, None)
        if refresh is None and access is None:
            return html(400, "Invalid Token")
        if refresh is not None:
            self._forget(refresh)
        return Answer(200, {"status": "success"})

    def _forget(self, refresh: Refresh) -> None:
        self.refreshes.pop(refresh.token, None)
        self.accesses = {token: one for token, one in self.accesses.items() if one.refresh != refresh.token}

    def revoke_all(self, user: User) -> None:
        """The user takes the permission back in Zoho's own pages, or his administrator does."""
        with self._lock:
            for refresh in [one for one in self.refreshes.values() if one.user is user]:
                self._forget(refresh)
            self._consented.discard(user)

    def expire_all(self, user: User) -> None:
        """His access tokens die before their time; the permission stands."""
        with self._lock:
            self.accesses = {token: one for token, one in self.accesses.items() if one.user is not user}

    def holder(self, token: str, location: str) -> Access | None:
        """Whose good access token this is, at this data centre."""
        access = self.accesses.get(token)
        if access is None or access.ends <= self._clock.now() or access.user.organisation.location != location:
            return None
        return access


def _form(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _error(code: str) -> Answer:
    """Zoho's token errors come with a status of success."""
    return Answer(200, {"error": code})


def _redirected(to: str, params: dict[str, str]) -> Answer:
    return Answer(302, b"", {"Location": f"{to}{'&' if '?' in to else '?'}{urlencode(params)}"})
