"""The link behind a card's Connect button: says which person wants to connect his workspace, for ten minutes."""

from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer

CONNECT_SECONDS = 600
PATH = "/connect/"
_PURPOSE = "sidecard connect"


class ConnectLinks:
    """`secret_keys` newest first, at least one: the newest signs, every one is believed."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys:
            raise ValueError("no secret key to sign connect links with")
        # itsdangerous wants the newest last.
        self._serializer = URLSafeTimedSerializer(list(reversed(secret_keys)), salt=_PURPOSE)

    def make(self, person_id: int) -> str:
        """The path of the console's connect page for this person."""
        return PATH + self._serializer.dumps(person_id)

    def read(self, token: str) -> int | None:
        """The person's id; None if the token is forged, damaged or older than ten minutes."""
        try:
            person_id = self._serializer.loads(token, max_age=CONNECT_SECONDS)
        except BadData:
            return None
        return person_id if isinstance(person_id, int) else None
