"""login.microsoftonline.com on this machine: codes after consent, refresh tokens that change with every use, access tokens.

`introspect` is no service of Microsoft's: what a mail server of the tests asks instead of looking into a token.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from salesinbox.oauth import MICROSOFT, ConsentService
from tests.google.state import signing_keys
from tests.loopback_server import Asked, LoopbackServer, Reply

AUTHORISE, TOKEN = "/common/oauth2/v2.0/authorize", "/common/oauth2/v2.0/token"


@dataclass(frozen=True)
class Account:
    """`name` is what one signs in as; at a company it need not be the address."""

    email: str
    name: str


@dataclass
class Microsoft:
    client_id: str = "11111111-2222-3333-4444-555555555555"
    client_secret: str = "not-a-microsoft-secret"
    signed_in: Account | None = None
    refuses: bool = False
    down: bool = False
    ends: bool = False
    """The person took his consent back: no refresh token is good any more."""
    renewals: int = 0
    refresh_tokens: dict[str, Account] = field(default_factory=dict)
    access_tokens: dict[str, Account] = field(default_factory=dict)
    _codes: dict[str, tuple[Account, dict[str, str]]] = field(default_factory=dict)
    url: str = ""

    @property
    def service(self) -> ConsentService:
        return replace(MICROSOFT, authorise=f"{self.url}{AUTHORISE}", token=f"{self.url}{TOKEN}")

    @property
    def introspection(self) -> str:
        return f"{self.url}/introspect?token="

    def answering(self, asked: Asked) -> Reply | None:
        parts = urlsplit(asked.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/introspect":
            account = self.access_tokens.get(query.get("token", ""))
            return _json(200, {"active": account is not None, "email": account.name if account else ""})
        if self.down:
            return None
        if (asked.method, parts.path) == ("GET", AUTHORISE):
            return self._page(query)
        if (asked.method, parts.path) == ("POST", TOKEN):
            return self._token(dict(parse_qsl(asked.body.decode())))
        return Reply(404)

    def _page(self, query: dict[str, str]) -> Reply:
        wanted = {"offline_access", "openid", *(scope for scope in MICROSOFT.scopes if scope.startswith("https://"))}
        if query.get("client_id") != self.client_id or not wanted <= set(query.get("scope", "").split()):
            return Reply(400, b"AADSTS900144")
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256" or self.signed_in is None:
            return Reply(400, b"AADSTS50058")
        if self.refuses:
            told = {"error": "access_denied", "state": query["state"]}
        else:
            told = {"code": f"M.{secrets.token_urlsafe(12)}", "state": query["state"]}
            self._codes[told["code"]] = (self.signed_in, query)
        return Reply(302, b"", {"Location": f"{query['redirect_uri']}?{urlencode(told)}"})

    def _token(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _json(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."})
        if form.get("grant_type") == "refresh_token":
            self.renewals += 1
            account = None if self.ends else self.refresh_tokens.get(form.get("refresh_token", ""))
            return self._tokens(account) if account else _expired()
        account, query = self._codes.pop(form.get("code", ""), (None, {}))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if account is None or query["code_challenge"] != challenge or query["redirect_uri"] != form.get("redirect_uri"):
            return _expired()
        return self._tokens(account)

    def _tokens(self, account: Account) -> Reply:
        access, refresh = f"Ew{secrets.token_urlsafe(90)}", f"M.C5_{secrets.token_urlsafe(24)}"
        self.access_tokens[access], self.refresh_tokens[refresh] = account, account
        moment = int(time.time())
        claims = {"aud": self.client_id, "email": account.email, "preferred_username": account.name, "iat": moment, "exp": moment + 3600}
        told = {"token_type": "Bearer", "expires_in": 3599, "access_token": access, "refresh_token": refresh}
        return _json(200, {**told, "scope": " ".join(MICROSOFT.scopes[4:]), "id_token": signing_keys()[0].sign(claims)})


def _expired() -> Reply:
    return _json(400, {"error": "invalid_grant", "error_description": "AADSTS70000: The provided value is not valid."})


def _json(status: int, told: dict[str, Any]) -> Reply:
    return Reply(status, json.dumps(told).encode(), {"Content-Type": "application/json"})


@contextmanager
def microsoft() -> Iterator[Microsoft]:
    standing = Microsoft()
    server = LoopbackServer(standing.answering)
    standing.url = server.url
    with server.running():
        yield standing
