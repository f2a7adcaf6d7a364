"""Signs the buttons of a card and reads them back: who may press this, on which mail, until when."""

import hashlib
from dataclasses import dataclass

import orjson
from itsdangerous import BadData, TimedSerializer

from addon.cards.actions import Action, action_from, values_of
from addon.cards.widgets import Json, Sign

LONGEST_OPEN = 48 * 3600
"""Seconds a card may stay open before its buttons ask for a refresh."""

PARAMETER = "p"


class StaleButton(Exception):
    """Not a button of ours, of an older version, of somebody else, or of a card that was open too long."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that is ours. `message_id`: the mail its card was drawn for, canonical, or empty."""

    action: Action
    message_id: str


class Buttons:
    """Made once; `secret_keys` newest first, older ones still read."""

    def __init__(self, secret_keys: tuple[str, ...], base_url: str) -> None:
        self._prefix = f"{base_url}/addon/act/"
        self._serializer = TimedSerializer(
            list(reversed(secret_keys)),
            salt="sidecard.button",
            serializer=orjson,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def sign_for(self, sub: str, message_id: str) -> Sign:
        """The function that writes the buttons of one person's card."""

        def sign(action: Action) -> Json:
            token = self._serializer.dumps([sub, message_id, action.route, values_of(action)])
            text = token.decode() if isinstance(token, bytes) else token
            return {
                "function": self._prefix + action.route,
                "parameters": [{"key": PARAMETER, "value": text}],
                "loadIndicator": "SPINNER",
                "persistValues": True,
            }

        return sign

    def read(self, token: str, route: str, sub: str) -> Pressed:
        """StaleButton for whatever is not this person's, this route's, and fresh."""
        try:
            payload = self._serializer.loads(token, max_age=LONGEST_OPEN)
            owner, message_id, signed_route, values = payload
            if owner != sub or signed_route != route:
                raise StaleButton("another person's or another button's payload")
            return Pressed(action_from(route, values), message_id)
        except (BadData, ValueError, TypeError) as error:
            raise StaleButton("not a payload of ours") from error
