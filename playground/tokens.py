"""The opaque tokens of the stand-in Gmail: signed by the development key's owner, valid for an hour, as Google's are."""

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

VALID_SECONDS = 3600
OAUTH_PREFIX = "ya29."


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """The one message an access token opens. `rest_id` is the hexadecimal id; "" where the event named no message."""

    email: str
    rest_id: str


class GmailTokens:
    """Makes and reads them. `secret` is the development key's `token_secret`."""

    def __init__(self, secret: bytes) -> None:
        self._users = URLSafeTimedSerializer(secret, salt="user")
        self._messages = URLSafeTimedSerializer(secret, salt="message")
        self._attachments = URLSafeTimedSerializer(secret, salt="attachment")

    def for_user(self, email: str) -> str:
        """userOAuthToken."""
        return OAUTH_PREFIX + str(self._users.dumps(email))

    def user(self, token: str) -> str | None:
        """The address of the account, or None where the token is not ours or too old."""
        if not token.startswith(OAUTH_PREFIX):
            return None
        email = _read(self._users, token.removeprefix(OAUTH_PREFIX))
        return email if isinstance(email, str) else None

    def for_message(self, message: OpenMessage) -> str:
        """gmail.accessToken."""
        return str(self._messages.dumps([message.email, message.rest_id]))

    def message(self, token: str) -> OpenMessage | None:
        """What the token opens, or None where it is not ours or too old."""
        match _read(self._messages, token):
            case [str(email), str(rest_id)]:
                return OpenMessage(email, rest_id)
            case _:
                return None

    def for_attachment(self, rest_id: str, part_id: str) -> str:
        """attachmentId. As Gmail's it is opaque and another one each time."""
        return str(self._attachments.dumps([rest_id, part_id]))

    def attachment_part(self, attachment_id: str, rest_id: str) -> str | None:
        """The part's id, or None where the attachment is not one of this message."""
        match _read(self._attachments, attachment_id):
            case [str(of), str(part_id)] if of == rest_id:
                return part_id
            case _:
                return None


def _read(serializer: URLSafeTimedSerializer, token: str) -> object:
    try:
        return serializer.loads(token, max_age=VALID_SECONDS)
    except BadData:
        return None
