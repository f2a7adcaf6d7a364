"""The service account Sidecard is to Google: its key, and access tokens for it or, with delegation, for a person."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson
from cachetools import TLRUCache
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.service_account import Credentials

from outbound import Http
from tenants.google.apis import GOOGLE, GoogleApis, GoogleError, GoogleRefused, GoogleUnavailable, oauth_error
from tenants.google.transport import TokenTransport

TOTAL_SECONDS = 8.0
SPARE_SECONDS = 300
"""A token is not handed out in its last five minutes: whoever gets it has time to use it."""
KEPT_TOKENS = 4096
OWN_KEY = "own_key"
"""Our word for a refusal of the account itself, which Google calls "invalid_grant" as it does a wrong subject."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    until: float
    """Seconds since 1970."""


_Asked = tuple[str, frozenset[str], str]
"""Where, for which scopes, for whom."""


class ServiceAccount:
    """One per process. Thread-safe. Its repr shows no key."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        """`info`: what a JSON key says. ValueError, which quotes nothing of the key."""
        if not all(isinstance(info.get(name), str) and info[name] for name in ("client_email", "client_id", "private_key")):
            raise ValueError("the key is no service account's: client_email, client_id and private_key must be there")
        try:
            # Where tokens come from is ours to say (GoogleApis), never the key file's.
            self._credentials: Any = Credentials.from_service_account_info({**info, "token_uri": GOOGLE.token})
        except (ValueError, GoogleAuthError, TypeError):
            raise ValueError("the private key of the service account cannot be read") from None
        self.email: str = info["client_email"]
        self.client_id: str = info["client_id"]
        """Its numeric id, as the Admin console wants it for domain-wide delegation."""
        self._kept: TLRUCache[_Asked, _Token] = TLRUCache(
            KEPT_TOKENS, ttu=lambda _, token, __: token.until - SPARE_SECONDS, timer=time.time
        )
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ServiceAccount({self.email})"

    @classmethod
    def parse(cls, setting: str) -> "ServiceAccount":
        """`setting`: the JSON key itself, or the path of the file that holds it. ValueError, which quotes nothing of the key."""
        text = setting.strip()
        if not text.startswith("{"):
            try:
                text = Path(text).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError, ValueError):
                raise ValueError("the service account's key is neither JSON nor a file that can be read") from None
        try:
            info = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise ValueError("the service account's key is not JSON") from None
        if not isinstance(info, dict):
            raise ValueError("the service account's key is JSON, but no object")  # noqa: TRY004 - one kind of error for a wrong setting
        return cls(info)

    def token(self, http: Http, scopes: Sequence[str], subject: str = "", apis: GoogleApis = GOOGLE) -> str:
        """An access token good for five minutes at least, for `subject` where one is named. GoogleRefused, GoogleUnavailable."""
        with self._lock:
            kept = self._kept.get((apis.token, frozenset(scopes), subject))
        return kept.text if kept is not None else self.new_token(http, scopes, subject, apis)

    def new_token(self, http: Http, scopes: Sequence[str], subject: str = "", apis: GoogleApis = GOOGLE) -> str:
        """The same, but asked of Google now, whatever is kept."""
        asked = (apis.token, frozenset(scopes), subject)
        try:
            token = self._fetch(http, scopes, subject, apis)
        except GoogleRefused:
            with self._lock:
                self._kept.pop(asked, None)
            raise
        with self._lock:
            self._kept[asked] = token
        return token.text

    def _fetch(self, http: Http, scopes: Sequence[str], subject: str, apis: GoogleApis) -> _Token:
        credentials = self._credentials.with_token_uri(apis.token).with_scopes(list(scopes))
        if subject:
            credentials = credentials.with_subject(subject)
        try:
            credentials.refresh(TokenTransport(http, TOTAL_SECONDS))
        except RefreshError as error:
            raise _meaning(error) from None
        except (ValueError, TypeError, OverflowError):
            raise GoogleUnavailable("the token service gave a life time that is none") from None
        if not isinstance(credentials.token, str) or not credentials.token or credentials.expiry is None:
            raise GoogleUnavailable("the token service gave no token")
        return _Token(credentials.token, credentials.expiry.replace(tzinfo=UTC).timestamp())


def _meaning(error: RefreshError) -> GoogleError:
    """Without the cause: its text may quote the answer."""
    told = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    if "error" not in told:
        return GoogleUnavailable("the token service gave neither a token nor an error")
    description = str(told.get("error_description", "")).casefold()
    # The descriptions are documented nowhere; what is not recognised counts as the subject's fault, as it mostly is.
    if told["error"] == "invalid_grant" and (description.startswith("invalid jwt") or "account not found" in description):
        return GoogleRefused(OWN_KEY)
    return oauth_error(told["error"])
