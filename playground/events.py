"""Events in the shape Google sends them, and the signature that makes them believed with the development trust root."""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from playground.keys import DEVELOPMENT_CLIENT_ID, DEVELOPMENT_SERVICE_ACCOUNT, DevelopmentKey
from playground.mailbox import SampleMail, rest_id
from playground.people import Actor
from playground.tokens import GmailTokens, OpenMessage

Json = dict[str, object]

ISSUER = "https://accounts.google.com"
SERVICE_ACCOUNT_SUB = "100000000000000000900"
TOKEN_SECONDS = 3600
SCOPES = (
    "https://www.googleapis.com/auth/gmail.addons.execute",
    "https://www.googleapis.com/auth/gmail.addons.current.message.readonly",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/script.locale",
)


class EventKind(StrEnum):
    HOME = "home"
    MESSAGE = "message"
    COMPOSE = "compose"
    ACT = "act"


class Platform(StrEnum):
    WEB = "WEB"
    IOS = "IOS"
    ANDROID = "ANDROID"


TRIGGER_PATHS = {EventKind.HOME: "/addon/home", EventKind.MESSAGE: "/addon/message", EventKind.COMPOSE: "/addon/compose"}
ACT_PREFIX = "/addon/act/"


def kind_of_path(path: str) -> EventKind:
    """Which event Google would send to this path. ValueError where it is none of the add-on's."""
    for kind, trigger in TRIGGER_PATHS.items():
        if path == trigger:
            return kind
    if path.startswith(ACT_PREFIX) and path != ACT_PREFIX:
        return EventKind.ACT
    raise ValueError(f"{path} is none of {', '.join(TRIGGER_PATHS.values())}, {ACT_PREFIX}NAME")


def event_body(
    kind: EventKind,
    actor: Actor,
    *,
    mail: SampleMail | None = None,
    platform: Platform = Platform.WEB,
    parameters: Mapping[str, str] | None = None,
    form_inputs: Mapping[str, Json] | None = None,
) -> Json:
    """An unsigned event. `mail` is the message that stands open (message, act). `form_inputs`: widget name -> value object,
    made with `string_inputs`, `date_input`. Like Google's, it leaves out what is empty."""
    zone = ZoneInfo(actor.zone)
    offset = datetime.now(zone).utcoffset()
    common: Json = {
        "hostApp": "GMAIL",
        "platform": platform.value,
        "userLocale": actor.locale,
        "timeZone": {"id": actor.zone, "offset": int(offset.total_seconds() * 1000) if offset else 0},
    }
    if parameters:
        common["parameters"] = dict(parameters)
    if form_inputs:
        common["formInputs"] = dict(form_inputs)
    body: Json = {"commonEventObject": common, "authorizationEventObject": {"authorizedScopes": list(SCOPES)}}
    if mail and kind in (EventKind.MESSAGE, EventKind.ACT):
        body["gmail"] = {"messageId": mail.message_id, "threadId": mail.thread_id}
    elif kind is EventKind.COMPOSE:
        body["gmail"] = {}
    return body


def string_inputs(values: Iterable[str]) -> Json:
    """The value object of a text, drop-down, check box or switch."""
    return {"stringInputs": {"value": list(values)}}


def date_input(milliseconds: int) -> Json:
    """The value object of a date picker: midnight UTC of the day."""
    return {"dateInput": {"msSinceEpoch": str(milliseconds)}}


def sign_event(key: DevelopmentKey, body: Mapping[str, object], url: str, actor: Actor) -> Json:
    """A copy of the event with the tokens Google would send: `url` is the exact address that will be called.
    Takes any body, also a file's object that wraps the event in "body"."""
    inner = body.get("body")
    event: Json = dict(inner if isinstance(inner, Mapping) else body)
    tokens = GmailTokens(key.token_secret)
    authorization = event.get("authorizationEventObject")
    event["authorizationEventObject"] = {
        **(authorization if isinstance(authorization, Mapping) else {}),
        "userOAuthToken": tokens.for_user(actor.email),
        "systemIdToken": system_id_token(key, url),
        "userIdToken": user_id_token(key, actor),
    }
    gmail = event.get("gmail")
    if isinstance(gmail, Mapping):
        message_id = gmail.get("messageId")
        opened = OpenMessage(actor.email, rest_id(message_id) if isinstance(message_id, str) else "")
        event["gmail"] = {**gmail, "accessToken": tokens.for_message(opened)}
    return event


def system_id_token(key: DevelopmentKey, url: str) -> str:
    """Says that Google calls this address."""
    return key.sign(
        {
            "aud": url,
            "azp": SERVICE_ACCOUNT_SUB,
            "sub": SERVICE_ACCOUNT_SUB,
            "email": DEVELOPMENT_SERVICE_ACCOUNT,
            "email_verified": True,
            **_issued(),
        }
    )


def user_id_token(key: DevelopmentKey, actor: Actor) -> str:
    """Says who the person is."""
    hosted: Json = {"hd": actor.hosted_domain} if actor.hosted_domain else {}
    return key.sign(
        {
            "aud": DEVELOPMENT_CLIENT_ID,
            "azp": DEVELOPMENT_CLIENT_ID,
            "sub": actor.sub,
            "email": actor.email,
            "email_verified": True,
            **hosted,
            **_issued(),
        }
    )


def _issued() -> Json:
    issued = int(time.time())
    return {"iss": ISSUER, "iat": issued, "exp": issued + TOKEN_SECONDS}
