"""IMAPClient and smtplib on a connection that is made already, with sign-ins of our own.

Ours, because theirs write passwords in ASCII only, try again in other ways what was refused (which locks accounts), and answer
XOAUTH2's explanation of a refusal with the token once more.
"""

import base64
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from salesinbox.answers import faults, meant_by
from salesinbox.bounded import Bounded
from salesinbox.faults import Cause, MailboxFault

LONGEST_LINE = 16 * 1024 * 1024
"""imaplib takes a million bytes, which the UIDs of a large folder are more than."""
ANSWER_SECONDS = 120.0
"""For all of an answer."""
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; a mail somebody wants to see whole is less."""
LONGEST_BEFORE_SIGN_IN = 256 * 1024
"""Also of everything an outgoing server says."""

_SIGNED_IN, _GO_ON = 235, 334
_IPV4 = 4


class _Imap4(imaplib.IMAP4):
    sock: Bounded

    def __init__(self, name: str, port: int, connected: Bounded) -> None:
        self._connected = connected
        super().__init__(name, port)

    def _command(self, name: str, *args: Any) -> bytes:
        signed_in = self.state in ("AUTH", "SELECTED")
        self.sock.expect(ANSWER_SECONDS, LONGEST_ANSWER if signed_in else LONGEST_BEFORE_SIGN_IN)
        return super()._command(name, *args)  # type: ignore[misc,no-any-return]  # typeshed has it not

    def read(self, size: int) -> bytes:
        if size > LONGEST_ANSWER:
            raise self.abort("a literal without end")
        return super().read(size)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._connected

    def readline(self) -> bytes:
        line = self.file.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise self.error("a line without end")
        return line  # type: ignore[return-value]  # typeshed allows text here


class ImapConnection(IMAPClient):  # type: ignore[misc]  # IMAPClient is not typed
    """`name` is what certificates are verified against."""

    def __init__(self, name: str, port: int, connected: Bounded) -> None:
        self._connected = connected
        super().__init__(name, port, ssl=isinstance(connected, ssl.SSLSocket), timeout=SocketTimeout(None, connected.gettimeout()))
        # Whole mails would be formatted for a log nobody keeps, and passwords with them.
        self._imap.debug = 0

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  # IMAPClient calls it so
        return _Imap4(self.host, self.port, self._connected)

    def sign_in_with_password(self, user: str, password: str) -> None:
        """MailboxFault."""
        offered = self._imap.capabilities
        if "AUTH=PLAIN" in offered:
            text = f"\0{user}\0{password}"
            with _refusals(Cause.SIGN_IN, (password, _base64(text), _base64(password))):
                self.sasl_login("PLAIN", lambda _: text)
        elif "LOGINDISABLED" in offered:
            raise MailboxFault(Cause.REFUSED, "LOGINDISABLED")
        elif not f"{user}{password}".isascii() or not f"{user}{password}".isprintable():
            # LOGIN has no way to write it.
            raise MailboxFault(Cause.SIGN_IN)
        else:
            with _refusals(Cause.SIGN_IN, (password,)):
                self.login(_quoted(user), password)

    def sign_in_with_token(self, user: str, token: str) -> None:
        """MailboxFault."""
        answers = iter([xoauth2(user, token)])
        with _refusals(Cause.PERMISSION_ENDED, (token, _base64(xoauth2(user, token)))):
            self.sasl_login("XOAUTH2", lambda _: next(answers, ""))


class SmtpConnection(smtplib.SMTP):
    """`name` is what certificates are verified against."""

    def __init__(self, name: str, port: int, connected: Bounded) -> None:
        self._connected = connected
        super().__init__(name, port, local_hostname=_literal(connected))

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connected

    def getreply(self) -> tuple[int, bytes]:
        if isinstance(self.sock, Bounded):
            self.sock.expect(ANSWER_SECONDS, LONGEST_BEFORE_SIGN_IN)
        return super().getreply()

    def waits(self, seconds: float) -> None:
        """So long for every answer."""
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def sign_in_with_password(self, user: str, password: str) -> None:
        """MailboxFault."""
        with faults():
            self.ehlo_or_helo_if_needed()
        offered = self.esmtp_features.get("auth", "").upper().split()
        plain = _base64(f"\0{user}\0{password}")
        if "PLAIN" in offered:
            lines = [f"AUTH PLAIN {plain}"]
        elif "LOGIN" in offered:
            lines = ["AUTH LOGIN", _base64(user), _base64(password)]
        else:
            raise MailboxFault(Cause.REFUSED, f"AUTH {' '.join(offered)}")
        with _refusals(Cause.SIGN_IN, (password, _base64(password), plain)):
            for line in lines:
                self._said(line)

    def sign_in_with_token(self, user: str, token: str) -> None:
        """MailboxFault."""
        with faults():
            self.ehlo_or_helo_if_needed()
        blob = _base64(xoauth2(user, token))
        with _refusals(Cause.PERMISSION_ENDED, (token, blob)):
            if self._said(f"AUTH XOAUTH2 {blob}") == _GO_ON:
                # What came with it explains the refusal, which is said once it has been read.
                self._said("")

    def _said(self, line: str) -> int:
        """SMTPAuthenticationError."""
        code, text = self.docmd(line)
        if code not in (_SIGNED_IN, _GO_ON):
            raise smtplib.SMTPAuthenticationError(code, text)
        return code


def xoauth2(user: str, token: str) -> str:
    """developers.google.com/gmail/imap/xoauth2-protocol; Microsoft takes the same."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


@contextmanager
def _refusals(meaning: Cause, hidden: Collection[str]) -> Iterator[None]:
    """A no to a sign-in without a word of why means the secret."""
    try:
        with faults(hidden):
            yield
    except MailboxFault as fault:
        vague = fault.cause is Cause.REFUSED and meant_by(fault.said) is None
        token_refused = meaning is Cause.PERMISSION_ENDED and fault.cause in {Cause.SIGN_IN, Cause.APP_PASSWORD}
        if not vague and not token_refused:
            raise
        raise MailboxFault(meaning, fault.said) from None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _quoted(user: str) -> str:
    return '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _literal(connected: socket.socket) -> str:
    """What one says who one is without a name: RFC 5321, 4.1.3."""
    own = ip_address(connected.getsockname()[0].partition("%")[0])
    return f"[{own}]" if own.version == _IPV4 else f"[IPv6:{own}]"
