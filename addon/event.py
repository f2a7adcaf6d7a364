"""Google's JSON, made into frozen values. Nobody else indexes that JSON.

Which kind of event it is follows from the address that was called, never from the body: the body is not signed.
Every field can be missing; one of the wrong type or form counts as missing.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum, StrEnum
from itertools import islice

import orjson

MAX_VALUE_CHARACTERS = 20_000
"""A longer form value is cut, a longer parameter (useless in part) is left out."""
MAX_ENTRIES = 500
"""Parameters, inputs, and values of one input; what is beyond is left out."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_HEADER_SAFE = re.compile(r"[!-~]{1,8192}")
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_:.+=~-]{0,255}")
_NUMBERED_ID = re.compile(r"(?:msg|thread)-f:([0-9]{1,20})")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadEvent(Exception):
    """The body is not a JSON object."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EntryPoint(Enum):
    """What each of our addresses is for."""

    HOME = "home"
    MESSAGE = "message"
    COMPOSE = "compose"
    BUTTON = "button"


class Platform(StrEnum):
    WEB = "WEB"
    IOS = "IOS"
    ANDROID = "ANDROID"


@dataclass(frozen=True, slots=True)
class GmailTokens:
    """What reads the open message, and nothing else. Both fit into a header; "" where Google sent none."""

    oauth: str = field(default="", repr=False)
    access: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Common:
    """What any event can carry. `locale` is Gmail's ("en", "fr-CA"), `zone` an IANA name ("Europe/Paris").
    `scopes` is None where Google does not say what was granted (no granular consent)."""

    platform: Platform | None = None
    locale: str | None = None
    zone: str | None = None
    scopes: frozenset[str] | None = None
    system_token: str | None = field(default=None, repr=False)
    user_token: str | None = field(default=None, repr=False)
    tokens: GmailTokens = GmailTokens()


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed and ticked. Values are not shown in a repr: they are people's data."""

    _texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _dates: Mapping[str, date] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str:
        """The first value; "" if there is none."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """All values, of a list with several choices."""
        return self._texts.get(name, ())

    def ticked(self, name: str) -> bool:
        """Of a switch or a single tick box: an unticked one is not sent at all, a ticked one may be ""."""
        return name in self._texts

    def date(self, name: str) -> date | None:
        """The day picked, as the picker showed it (Google counts from midnight UTC)."""
        return self._dates.get(name)


@dataclass(frozen=True, slots=True)
class HomeOpened:
    common: Common


@dataclass(frozen=True, slots=True)
class MessageOpened:
    """The ids are as Gmail writes them; see `canonical_message_id`."""

    common: Common
    message_id: str | None = None
    thread_id: str | None = None


@dataclass(frozen=True, slots=True)
class ComposeOpened:
    common: Common


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """Any click, change or universal action. Ids can be missing here even where a message is open."""

    common: Common
    message_id: str | None = None
    thread_id: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Form = Form()


Event = HomeOpened | MessageOpened | ComposeOpened | ButtonPressed


def parse(body: bytes, opened: EntryPoint) -> Event:
    """BadEvent where the body is no JSON object; nothing else is refused."""
    event = _object(_json(body))
    if event is None:
        raise BadEvent("not a JSON object")
    common_part = _object(event.get("commonEventObject")) or {}
    gmail = _object(event.get("gmail")) or {}
    common = _common(common_part, _object(event.get("authorizationEventObject")) or {}, gmail)
    match opened:
        case EntryPoint.HOME:
            return HomeOpened(common)
        case EntryPoint.COMPOSE:
            return ComposeOpened(common)
        case EntryPoint.MESSAGE:
            return MessageOpened(common, _matching(_ID, gmail.get("messageId")), _matching(_ID, gmail.get("threadId")))
        case EntryPoint.BUTTON:
            return ButtonPressed(
                common,
                _matching(_ID, gmail.get("messageId")),
                _matching(_ID, gmail.get("threadId")),
                _parameters(common_part.get("parameters")),
                _form(common_part.get("formInputs")),
            )


def canonical_message_id(message_id: str) -> str:
    """The id the REST API uses: "msg-f:" and a decimal number mean the hexadecimal one; others are what they are."""
    numbered = _NUMBERED_ID.fullmatch(message_id)
    return format(int(numbered.group(1)), "x") if numbered else message_id


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Half of a surrogate pair, as a browser leaves it where it cuts an emoji: the standard library lets it pass.
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BadEvent("not JSON") from None


def _object(value: object) -> Mapping[str, object] | None:
    return value if isinstance(value, dict) else None


def _clean(value: object) -> str | None:
    """A string that databases take: without NUL and halves of surrogate pairs. None for what is no string."""
    return _UNSTORABLE.sub("", value) if isinstance(value, str) else None


def _matching(form: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _common(part: Mapping[str, object], authorization: Mapping[str, object], gmail: Mapping[str, object]) -> Common:
    scopes = authorization.get("authorizedScopes")
    return Common(
        platform=_platform(part.get("platform")),
        locale=_matching(_LOCALE, part.get("userLocale")),
        # The offset beside it adds nothing, can be missing, and comes as a float now and then.
        zone=_matching(_ZONE, (_object(part.get("timeZone")) or {}).get("id")),
        scopes=frozenset(scope for scope in map(_clean, scopes[:MAX_ENTRIES]) if scope) if isinstance(scopes, list) else None,
        system_token=_clean(authorization.get("systemIdToken")) or None,
        user_token=_clean(authorization.get("userIdToken")) or None,
        tokens=GmailTokens(
            oauth=_matching(_HEADER_SAFE, authorization.get("userOAuthToken")) or "",
            access=_matching(_HEADER_SAFE, gmail.get("accessToken")) or "",
        ),
    )


def _platform(value: object) -> Platform | None:
    match value:
        case "WEB":
            return Platform.WEB
        case "IOS":
            return Platform.IOS
        case "ANDROID" | "ANDRIOD":  # Google's own schema has the slip
            return Platform.ANDROID
        case _:
            return None


def _parameters(value: object) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, text in islice((_object(value) or {}).items(), MAX_ENTRIES):
        cleaned = _clean(text)
        if cleaned is not None and len(cleaned) <= MAX_VALUE_CHARACTERS:
            found[_UNSTORABLE.sub("", key)] = cleaned
    return found


def _form(value: object) -> Form:
    texts: dict[str, tuple[str, ...]] = {}
    dates: dict[str, date] = {}
    for name, sent in islice((_object(value) or {}).items(), MAX_ENTRIES):
        entry = _object(sent) or {}
        entry = _object(entry.get("")) or entry  # a wrapper Google's schema describes
        strings = (_object(entry.get("stringInputs")) or {}).get("value")
        picked = _object(entry.get("dateInput")) or _object(entry.get("dateTimeInput")) or {}
        key = _UNSTORABLE.sub("", name)
        if isinstance(strings, list) and (values := _texts(strings)):
            texts[key] = values
        if (day := _day(picked.get("msSinceEpoch"))) is not None:
            dates[key] = day
    return Form(texts, dates)


def _texts(strings: list[object]) -> tuple[str, ...]:
    return tuple(text[:MAX_VALUE_CHARACTERS] for text in map(_clean, strings[:MAX_ENTRIES]) if text is not None)


def _day(milliseconds: object) -> date | None:
    """From a string, an integer or a float: Google's prose and schema do not agree."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, str | int | float):
        return None
    try:
        since = float(milliseconds)
        return (_EPOCH + timedelta(milliseconds=since)).date() if math.isfinite(since) else None
    except (ValueError, OverflowError):
        return None
