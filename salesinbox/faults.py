"""What goes wrong with a mailbox, by what its owner or we can do about it. One error, told apart by its cause."""

import traceback
from enum import StrEnum


class Cause(StrEnum):
    HOST_UNKNOWN = "host unknown"
    """The name of the server leads nowhere."""
    HOST_FORBIDDEN = "host forbidden"
    """It leads to a private or local address, which the operator has not allowed."""
    PORT_FORBIDDEN = "port forbidden"
    """No mail server listens on such a port, and we knock at no others."""
    PORT_CLOSED = "port closed"
    """The host is there and nothing listens on this port."""
    SILENT = "silent"
    """No answer in time."""
    NOT_THIS_PROTOCOL = "not this protocol"
    """Something else answers there: a web server, the other kind of mail server, TLS where none was expected or the other way round."""
    CERTIFICATE = "certificate"
    """Expired, for another name, or of an authority nobody here knows."""
    SIGN_IN = "sign-in"
    """User name or password are wrong."""
    APP_PASSWORD = "app password"  # noqa: S105
    """The provider wants an app password, because of two-factor sign-in."""
    CONSENT = "consent"
    """The provider takes no passwords of any kind any more, only a consent on its own pages."""
    PROTOCOL_OFF = "protocol off"
    """The provider says that IMAP or SMTP is switched off for this account."""
    PERMISSION_ENDED = "permission ended"
    """The OAuth permission or the delegation was taken back."""
    THROTTLED = "throttled"
    """The server asks to come back later, or has too many connections of this account."""
    FULL = "full"
    """Over quota: nothing can be filed."""
    REFUSED = "refused"
    """The server understood and said no."""
    BROKEN_OFF = "broken off"
    """The connection was lost in the middle, or what came was no IMAP."""
    UNEXPECTED = "unexpected"
    """A mistake of ours; the log has it."""


NEEDS_OWNER = frozenset({Cause.SIGN_IN, Cause.APP_PASSWORD, Cause.CONSENT, Cause.PROTOCOL_OFF, Cause.PERMISSION_ENDED})
"""Trying again alone does not help; and a password tried again and again locks the account."""


class MailboxFault(Exception):
    """`said`: what the server answered, one line, at most 200 characters, never anything we sent."""

    def __init__(self, cause: Cause, said: str = "") -> None:
        super().__init__(f"{cause}: {said}" if said else cause.value)
        self.cause = cause
        self.said = said

    @property
    def needs_owner(self) -> bool:
        return self.cause in NEEDS_OWNER


def origin(error: BaseException) -> str:
    """What it was and where it arose, for the log. Not what it says: mail may be in that."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
