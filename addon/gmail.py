"""Reads the open message and the files attached to it with the tokens its own event brought.

google-api-python-client builds the requests; the process's own connection pool carries them. Tokens are used once and kept nowhere.

GmailError
├── GmailUnavailable    no usable answer: down, slow, too many requests
├── GmailScopeMissing   the person has not granted what reading needs
├── MessageGone         no such message (any more)
└── GmailRefused        Gmail does not accept the tokens or the request
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from cachetools import TTLCache
from googleapiclient.discovery import build
from googleapiclient.model import RawModel

from addon.event import GmailTokens, canonical_message_id
from crm_client.records import AttachedFile
from db.engine import writing
from outbound import TOTAL_SECONDS, Answer, Http, NetworkInsideWrite
from reading.gmail_payload import NotAMessage, read_attachment, read_gmail
from reading.message import Attachment, Message
from tenants.google.transport import ApiTransport, explained

GMAIL_ROOT = "https://gmail.googleapis.com"
KEPT_MESSAGES = 512
KEPT_SECONDS = 600
CHARACTERS_PER_PLACE = 20_000
"""A mail with a long text takes several places, so that the cache stays below 10 million characters."""

MAX_FILES = 20
MAX_FILES_BYTES = 10_000_000
"""Of all files of a mail together, by the sizes the message states: more than that no CRM takes."""
FILES_SECONDS = 10.0
"""For all files together: a CRM has to be reached within the same click."""
FILES_AT_ONCE = 4

_log = logging.getLogger(__name__)


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
        self._http = http
        service: Any = build(
            "gmail", "v1", http=_transport(http), model=RawModel(), cache_discovery=False, client_options={"api_endpoint": api_root}
        )
        self._messages = service.users().messages()
        self._attachments = self._messages.attachments()
        self._kept: TTLCache[tuple[str, str, bool], Message] = TTLCache(KEPT_MESSAGES, KEPT_SECONDS, getsizeof=_places)
        self._lock = threading.Lock()
        self._hexadecimal_only = False
        """Gmail has shown that it wants its ids converted: no second round trip for each message from then on."""

    def read(self, message_id: str, tokens: GmailTokens, owner: str, *, whole: bool = True) -> Message:
        """The whole message, or its headers alone. `message_id` as the event has it. `owner`: the `sub` of the *verified* user
        token of the same request; what was read for him is kept for ten minutes, for him alone (with "" nothing is kept).
        GmailError."""
        key = (owner, canonical_message_id(message_id), whole)
        with self._lock:
            kept = self._kept.get(key) if owner else None
        if kept is not None:
            return kept
        try:
            message = read_gmail(self._either(message_id, lambda form: self._get(form, tokens, whole=whole)))
        except NotAMessage as error:
            raise GmailUnavailable(str(error)) from error
        if owner and _places(message) <= KEPT_MESSAGES:
            with self._lock:
                self._kept[key] = message
        return message

    def files(self, message_id: str, tokens: GmailTokens, message: Message) -> tuple[AttachedFile, ...]:
        """The attachments of a message that was read, each with its content, in their order; nothing is kept.

        What Gmail does not hand out is missing, and so is what would make too many or too much. Raises nothing of its own:
        a mail can go to the CRM without its files.
        """
        if writing():
            raise NetworkInsideWrite("attachments inside a write transaction")  # the threads below would not notice
        until = time.monotonic() + FILES_SECONDS

        def read(place: int, one: Attachment) -> AttachedFile | None:
            content = one.content
            if content is None:
                try:
                    content = self._content(message_id, one.attachment_id, tokens, until)
                except GmailError as error:
                    _log.warning("an attachment is left out: %s: %s", type(error).__name__, error)
                    return None
            return AttachedFile(place, one.name, one.mime_type, content)

        wanted = list(_wanted(message.attachments))
        if not wanted:
            return ()
        with ThreadPoolExecutor(min(FILES_AT_ONCE, len(wanted)), "attachments") as pool:
            return tuple(file for file in pool.map(lambda pair: read(*pair), wanted) if file is not None)

    def _content(self, message_id: str, attachment_id: str, tokens: GmailTokens, until: float) -> bytes:
        def get(form: str) -> bytes:
            return self._ask(self._attachments.get(userId="me", messageId=form, id=attachment_id), tokens, until)

        try:
            return read_attachment(self._either(message_id, get))
        except NotAMessage as error:
            raise GmailUnavailable(str(error)) from error

    def _either(self, message_id: str, get: Callable[[str], bytes]) -> bytes:
        """The answer for the id as the event has it, else for its canonical form."""
        canonical = canonical_message_id(message_id)
        if canonical == message_id or self._hexadecimal_only:
            return get(canonical)
        try:
            return get(message_id)
        # Whether the REST API takes the ids of events as they are is documented nowhere: reports differ.
        except _BadRequest:
            answer = get(canonical)
            self._hexadecimal_only = True
            return answer
        except MessageGone:
            return get(canonical)

    def _get(self, message_id: str, tokens: GmailTokens, *, whole: bool) -> bytes:
        # Beside the headers Gmail would send an excerpt of the text.
        asked = {"format": "full"} if whole else {"format": "metadata", "fields": "payload(mimeType,headers)"}
        return self._ask(self._messages.get(userId="me", id=message_id, **asked), tokens, time.monotonic() + TOTAL_SECONDS)

    def _ask(self, request: Any, tokens: GmailTokens, until: float) -> bytes:
        if not tokens.oauth:
            raise GmailScopeMissing("the event brought no access token")
        request.headers["Authorization"] = f"Bearer {tokens.oauth}"
        if tokens.access:
            request.headers["X-Goog-Gmail-Access-Token"] = tokens.access
        body: bytes = request.execute(http=_transport(self._http, until))
        return body


def _places(message: Message) -> int:
    contents = sum(len(one.content or b"") for one in message.attachments)
    return 1 + (len(message.text) + contents) // CHARACTERS_PER_PLACE


def _wanted(attachments: tuple[Attachment, ...]) -> Iterator[tuple[int, Attachment]]:
    """Those that can be had and fit, with their places. One too large does not keep the next from fitting."""
    count, left = 0, MAX_FILES_BYTES
    for place, one in enumerate(attachments):
        size = one.size if one.content is None else len(one.content)
        if (one.attachment_id or one.content is not None) and size <= left and count < MAX_FILES:
            count, left = count + 1, left - size
            yield place, one


def _transport(http: Http, until: float = 0.0) -> ApiTransport:
    return ApiTransport(http, GmailUnavailable, _error, until)


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
    told = explained(answer.body)
    challenge = answer.headers.get("www-authenticate", "")
    # The scope for headers only is refused in words alone: "Metadata scope doesn't allow format FULL".
    if told.scope_missing or "insufficient_scope" in challenge or told.message.startswith("Metadata scope"):
        return GmailScopeMissing("status 403: scope")
    if told.too_many:
        return GmailUnavailable("status 403: too many requests")
    return GmailRefused("status 403")
