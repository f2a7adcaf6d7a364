"""Calls the add-on over HTTP as Google does when a person opens a mail or presses a button in the playground."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import orjson

from outbound import Http, OutboundError
from playground.events import TRIGGER_PATHS, EventKind, Json, Platform, event_body, sign_event
from playground.keys import DevelopmentKey
from playground.mailbox import Mailboxes, SampleMail
from playground.people import Actor, actor

GOOGLE_SECONDS = 30.0
"""Google gives an add-on this long to answer."""
SHOWN_CHARACTERS = 500
"""Of an answer that is not JSON."""

_ADDON_PATH = re.compile(r"/addon/(?:home|message|act/[a-z0-9-]{1,80})")
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_KINDS = {"home": EventKind.HOME, "message": EventKind.MESSAGE, "act": EventKind.ACT}


class BadFire(ValueError):
    """The page asked for something the stand-in does not send."""


@dataclass(frozen=True, slots=True)
class Fire:
    """What the page's sidebar wants sent. `url` is checked to be the add-on's."""

    kind: EventKind
    url: str
    actor: Actor
    mail_id: str
    parameters: dict[str, str]
    form: dict[str, Json]
    platform: Platform

    @classmethod
    def parse(cls, body: object, base_url: str) -> Self:
        """BadFire."""
        if not isinstance(body, dict):
            raise BadFire("a JSON object is wanted")
        kind = _KINDS.get(str(body.get("kind")))
        if kind is None:
            raise BadFire("kind is home, message or act")
        url = body.get("url") or base_url + TRIGGER_PATHS.get(kind, "")
        if not isinstance(url, str) or not url.startswith(base_url + "/") or not _ADDON_PATH.fullmatch(url.removeprefix(base_url)):
            raise BadFire(f"Gmail calls only this add-on's addresses here, not {url}")
        person = known_actor(str(body.get("user", "")))
        locale = body.get("locale")
        if person is None or (locale and not _LOCALE.fullmatch(str(locale))):
            raise BadFire("no such user or locale")
        try:
            platform = Platform(body.get("platform", Platform.WEB))
        except ValueError as error:
            raise BadFire("platform is WEB, IOS or ANDROID") from error
        return cls(
            kind=kind,
            url=url,
            actor=replace(person, locale=str(locale)) if locale else person,
            mail_id=str(body.get("mail_id") or ""),
            parameters={str(name): str(value) for name, value in mapping(body.get("params")).items()},
            form={str(name): dict(mapping(value)) for name, value in mapping(body.get("form")).items()},
            platform=platform,
        )


@dataclass(frozen=True, slots=True)
class Gmail:
    """Calls the add-on as Google does."""

    key: DevelopmentKey
    mailboxes: Mailboxes
    http: Http
    base_url: str

    def send(self, fire: Fire) -> Json:
        """Status (0: no answer at all), milliseconds, and the answer as JSON, or as text where it is not JSON. BadFire."""
        mail = None
        if fire.mail_id:
            mail = find_mail(self.mailboxes, fire.actor, fire.mail_id)
            if mail is None:
                raise BadFire(f"no such mail: {fire.mail_id}")
        body = event_body(fire.kind, fire.actor, mail=mail, platform=fire.platform, parameters=fire.parameters, form_inputs=fire.form)
        event = sign_event(self.key, body, fire.url, fire.actor)
        headers = {
            "User-Agent": "Google-gsuiteaddons",
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {mapping(event['authorizationEventObject'])['systemIdToken']}",
        }
        began = time.perf_counter()
        try:
            answer = self.http.request("POST", fire.url, headers=headers, body=orjson.dumps(event), read_seconds=GOOGLE_SECONDS)
        except OutboundError as error:
            return {"status": 0, "milliseconds": _since(began), "bytes": 0, "answer": None, "text": f"no answer: {error}"}
        result: Json = {"status": answer.status, "milliseconds": _since(began), "bytes": len(answer.body), "answer": None, "text": ""}
        try:
            result["answer"] = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            result["text"] = answer.body.decode("utf-8", "replace")[:SHOWN_CHARACTERS]
        return result


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def known_actor(email: str) -> Actor | None:
    """None where it is no address."""
    try:
        return actor(email)
    except ValueError:
        return None


def find_mail(mailboxes: Mailboxes, person: Actor, identifier: str) -> SampleMail | None:
    """By file name or by Gmail's id."""
    return mailboxes.of(person.email).named(identifier) or mailboxes.find(person.email, identifier)


def mapping(value: object) -> Mapping[str, object]:
    """The JSON object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}
