"""Reads the open message with the tokens its own event brought.

google-api-python-client builds the requests; the process's own connection pool carries them, because the client's
transport (httplib2) is neither thread-safe nor pooled. Tokens are used once and kept nowhere.

GmailError
├── GmailUnavailable    no usable answer: down, slow, too many requests
├── GmailScopeMissing   the person has not granted what reading needs
├── MessageGone         no such message (any more)
└── GmailRefused        Gmail does not accept the tokens or the request
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from cachetools import TTLCache
from googleapiclient.discovery import build
from googleapiclient.model import RawModel

from addon.event import GmailTokens, canonical_message_id
from outbound import Answer, Http, OutboundError
from reading.gmail_payload import NotAMessage, read_gmail
from reading.message import Message

GMAIL_ROOT = "https://gmail.googleapis.com"
READ_SECONDS = 8.0
KEPT_MESSAGES = 512
KEPT_SECONDS = 600
CHARACTERS_PER_PLACE = 20_000
"""A mail with a long text takes several places, so that the cache stays below 10 million characters."""

SCOPE_REASONS = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions", "insufficient_scope"})
LIMIT_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"})


class GmailError(Exception):
    """The open message could not be read. The text is for the log and holds nothing of the mail or the tokens."""


class GmailUnavailable(GmailError):
    """No usable answer: down, slow, too many requests. Trying again later helps."""


class GmailScopeMissing(GmailError):
    """The person has not granted what reading the message needs. Asking for consent helps."""


class MessageGone(GmailError):
    """Gmail knows no such message."""


class GmailRefused(GmailError):
    """Gmail does not accept the tokens or the request. Opening the message anew helps."""


class _BadRequest(GmailRefused):
    """Status 400: as a rule the id is not in the form Gmail wants."""


class Gmail:
    """One per process. Thread-safe."""

    def __init__(self, http: Http, api_root: str = GMAIL_ROOT) -> None:
        service: Any = build(
            "gmail", "v1", http=_Pooled(http), model=RawModel(), cache_discovery=False, client_options={"api_endpoint": api_root}
        )
        self._messages = service.users().messages()
        self._kept: TTLCache[tuple[str, str], Message] = TTLCache(
            KEPT_MESSAGES, KEPT_SECONDS, getsizeof=lambda message: 1 + len(message.text) // CHARACTERS_PER_PLACE
        )
        self._lock = threading.Lock()
        self._hexadecimal_only = False
        """Gmail has shown that it wants its ids converted: no second round trip for each message from then on."""

    def read(self, message_id: str, tokens: GmailTokens, owner: str) -> Message:
        """The whole message. `message_id` as the event has it. `owner`: the `sub` of the *verified* user token of the same
        request; what was read for him is kept for ten minutes, for him alone (with "" nothing is kept). GmailError."""
        key = (owner, canonical_message_id(message_id))
        with self._lock:
            kept = self._kept.get(key) if owner else None
        if kept is not None:
            return kept
        try:
            message = read_gmail(self._fetch(message_id, tokens))
        except NotAMessage as error:
            raise GmailUnavailable(str(error)) from error
        if owner:
            with self._lock:
                self._kept[key] = message
        return message

    def _fetch(self, message_id: str, tokens: GmailTokens) -> bytes:
        canonical = canonical_message_id(message_id)
        if canonical == message_id or self._hexadecimal_only:
            return self._get(canonical, tokens)
        try:
            return self._get(message_id, tokens)
        # Whether the REST API takes the ids of events as they are is documented nowhere: reports differ.
        except _BadRequest:
            answer = self._get(canonical, tokens)
            self._hexadecimal_only = True
            return answer
        except MessageGone:
            return self._get(canonical, tokens)

    def _get(self, message_id: str, tokens: GmailTokens) -> bytes:
        if not tokens.oauth:
            raise GmailScopeMissing("the event brought no access token")
        request = self._messages.get(userId="me", id=message_id, format="full")
        request.headers["Authorization"] = f"Bearer {tokens.oauth}"
        if tokens.access:
            request.headers["X-Goog-Gmail-Access-Token"] = tokens.access
        body: bytes = request.execute()
        return body


@dataclass(frozen=True, slots=True)
class _Succeeded:
    """The part of httplib2's response the client looks at."""

    status: int


class _Pooled:
    """Stands where the client expects an httplib2.Http. Failures become our own errors here, once."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def request(self, uri: str, method: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[_Succeeded, bytes]:
        try:
            answer = self._http.request(method, uri, headers=headers, body=body or None, read_seconds=READ_SECONDS)
        except OutboundError as error:
            raise GmailUnavailable(str(error)) from error
        if answer.status != HTTPStatus.OK:
            raise _error(answer)
        return _Succeeded(answer.status), answer.body


def _error(answer: Answer) -> GmailError:
    match answer.status:
        case HTTPStatus.BAD_REQUEST:
            return _BadRequest("status 400")
        case HTTPStatus.UNAUTHORIZED:
            return GmailRefused("status 401")
        case HTTPStatus.FORBIDDEN:
            return _forbidden(answer)
        case HTTPStatus.NOT_FOUND:
            return MessageGone("status 404")
        case status:
            return GmailUnavailable(f"status {status}")


def _forbidden(answer: Answer) -> GmailError:
    reasons, message = _explained(answer.body)
    challenge = answer.headers.get("www-authenticate", "")
    # The scope for headers only is refused in words alone: "Metadata scope doesn't allow format FULL".
    if reasons & SCOPE_REASONS or "insufficient_scope" in challenge or message.startswith("Metadata scope"):
        return GmailScopeMissing("status 403: scope")
    if reasons & LIMIT_REASONS:
        return GmailUnavailable("status 403: too many requests")
    return GmailRefused("status 403")


def _explained(body: bytes) -> tuple[frozenset[str], str]:
    """The reasons and the message of a Google error body; none where it is something else."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return frozenset(), ""
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return frozenset(), ""
    listed = [entry for name in ("errors", "details") for entry in _list(error.get(name)) if isinstance(entry, dict)]
    message = error.get("message")
    return frozenset(str(entry.get("reason")) for entry in listed), message if isinstance(message, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
