"""A stand-in for the parts of Google that the add-on calls: reading the open message, and the certificates.

It asks for the same two tokens as Gmail and refuses as Gmail does.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import orjson
from flask import Blueprint, Response, request

from playground.keys import DevelopmentKey
from playground.mailbox import Mailboxes, SampleMail, rest_id
from playground.payload import Payloads
from playground.tokens import GmailTokens

GOOGLE_PREFIX = "/playground/google"
CERTIFICATES_PATH = "/oauth2/v1/certs"
CERTIFICATES_SECONDS = 3600
SLOW_SECONDS = 12.0
"""Longer than the add-on waits."""


class Condition(StrEnum):
    UP = "up"
    DOWN = "down"
    SLOW = "slow"


@dataclass(slots=True)
class GoogleWeather:
    """How the stand-in behaves, for trying outages. Held by one process: with several workers each has its own."""

    gmail: Condition = Condition.UP
    certificates: Condition = Condition.UP


class _Refusal(Exception):
    """Becomes Google's error body."""

    def __init__(self, status: HTTPStatus, code: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.reason, self.message = status, code, reason, message


class _StandIn:
    def __init__(self, key: DevelopmentKey, mailboxes: Mailboxes, weather: GoogleWeather) -> None:
        self._key = key
        self._mailboxes = mailboxes
        self._weather = weather
        self._tokens = GmailTokens(key.token_secret)
        self._payloads = Payloads(self._tokens)

    def certificates(self) -> Response:
        _go_through(self._weather.certificates)
        answer = _json(self._key.certificates)
        answer.headers["Cache-Control"] = f"public, max-age={CERTIFICATES_SECONDS}, must-revalidate, no-transform"
        return answer

    def message(self, identifier: str) -> Response:
        mail = self._opened(identifier)
        match request.args.get("format", "full"):
            case "full":
                return _json(self._payloads.full(mail))
            case "metadata":
                return _json(self._payloads.metadata(mail, request.args.getlist("metadataHeaders")))
            case "raw":
                return _json(self._payloads.raw(mail))
            case "minimal":
                return _json(self._payloads.minimal(mail))
            case other:
                raise _Refusal(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "badRequest", f"Invalid value at 'format': {other[:40]}")

    def attachment(self, identifier: str, attachment_id: str) -> Response:
        found = self._payloads.attachment(self._opened(identifier), attachment_id)
        if found is None:
            raise _Refusal(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "invalidArgument", "Invalid attachment token")
        return _json(found)

    def set_weather(self) -> Response:
        """{"gmail": "up|down|slow", "certificates": "up|down|slow"}; what is left out stays."""
        asked: object = request.get_json(silent=True)
        try:
            given = {name: Condition(asked[name]) for name in ("gmail", "certificates") if name in asked} if isinstance(asked, dict) else {}
        except ValueError:
            raise _Refusal(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "badRequest", "up, down or slow") from None
        self._weather.gmail = given.get("gmail", self._weather.gmail)
        self._weather.certificates = given.get("certificates", self._weather.certificates)
        return _json({"gmail": self._weather.gmail, "certificates": self._weather.certificates})

    def _opened(self, identifier: str) -> SampleMail:
        """The mail, if both tokens open it."""
        _go_through(self._weather.gmail)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        email = self._tokens.user(token) if scheme.lower() == "bearer" else None
        if email is None:
            raise _Refusal(HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", "authError", "Request had invalid authentication credentials.")
        opened = self._tokens.message(request.headers.get("X-Goog-Gmail-Access-Token", ""))
        if opened is None or opened.email != email or opened.rest_id != rest_id(identifier):
            raise _Refusal(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", "forbidden", "The access token does not open this message.")
        mail = self._mailboxes.find(email, identifier)
        if mail is None:
            raise _Refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "notFound", "Requested entity was not found.")
        return mail


def google_blueprint(key: DevelopmentKey, mailboxes: Mailboxes, weather: GoogleWeather) -> Blueprint:
    """Carries its own prefix: GOOGLE_PREFIX is the `api_root` of Gmail, GOOGLE_PREFIX + CERTIFICATES_PATH the certificates."""
    blueprint = Blueprint("google", __name__, url_prefix=GOOGLE_PREFIX)
    stand_in = _StandIn(key, mailboxes, weather)
    messages = "/gmail/v1/users/me/messages/<identifier>"
    blueprint.add_url_rule(CERTIFICATES_PATH, "certificates", stand_in.certificates)
    blueprint.add_url_rule(messages, "message", stand_in.message)
    blueprint.add_url_rule(f"{messages}/attachments/<attachment_id>", "attachment", stand_in.attachment)
    blueprint.add_url_rule("/__weather", "weather", stand_in.set_weather, methods=["POST"])
    blueprint.register_error_handler(_Refusal, _refused)
    return blueprint


def _refused(refusal: _Refusal) -> Response:
    listed = [{"message": refusal.message, "domain": "global", "reason": refusal.reason}]
    error = {"code": refusal.status.value, "message": refusal.message, "errors": listed, "status": refusal.code}
    answer = _json({"error": error}, refusal.status)
    if refusal.status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return answer


def _go_through(condition: Condition) -> None:
    if condition is Condition.SLOW:
        time.sleep(SLOW_SECONDS)
    elif condition is Condition.DOWN:
        raise _Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", "backendError", "The service is currently unavailable.")


def _json(body: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(orjson.dumps(body), status=status.value, content_type="application/json; charset=UTF-8")
