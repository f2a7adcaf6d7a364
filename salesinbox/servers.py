"""Connections to mail servers whose names come from users: checked against private addresses at every connecting, always over
TLS, certificates always verified, time-outs on everything.

The name is resolved here, every address it leads to is checked, and one of the checked addresses is connected to: a name that
changes its mind between check and use gains nothing. The certificate is verified against the name.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from imaplib import IMAP4
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError

from db.engine import writing
from outbound import NetworkInsideWrite
from salesinbox.answers import UNREADABLE, cleaned, fault_of
from salesinbox.bounded import Bounded, BoundedTls
from salesinbox.connections import LONGEST_BEFORE_SIGN_IN, ImapConnection, SmtpConnection
from salesinbox.dialling import Resolver, a_label, dial, system_addresses
from salesinbox.faults import Cause, MailboxFault

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
SMTP_SECONDS = 30.0
PROBE_SECONDS = 3.0

_NO_IMAP = ("unexpected response", "no CAPABILITY", "server not IMAP4")
"""How imaplib begins to say that what it read was not written by an IMAP server."""


class Security(StrEnum):
    TLS = "tls"
    """From the first byte: 993, 465."""
    STARTTLS = "starttls"
    """Plain greeting, then TLS or nothing: 143, 587."""


@dataclass(frozen=True, slots=True)
class Server:
    """`user` is what one signs in as there, mostly the address."""

    host: str
    port: int
    security: Security
    user: str


@dataclass(frozen=True, slots=True)
class Password:
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """An OAuth access token, for XOAUTH2."""

    token: str = field(repr=False)


Secret = Password | Bearer
Connection = TypeVar("Connection", ImapConnection, SmtpConnection)


class Network:
    """One per process, thread-safe. `allowed`: networks that may be connected to though they are private, by the operator's
    word; `authority`: a file of certificates trusted beside the system's."""

    def __init__(
        self,
        allowed: tuple[IPv4Network | IPv6Network, ...] = (),
        authority: Path | None = None,
        resolve: Resolver = system_addresses,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        """`connect_seconds` for the connection, for TLS and for the greeting each. ValueError: there are no certificates in the file."""
        self._allowed = allowed
        self._resolve = resolve
        self._seconds = connect_seconds
        self._trust = ssl.create_default_context()
        self._trust.sslsocket_class = BoundedTls
        if authority is not None:
            try:
                self._trust.load_verify_locations(authority)
            except OSError as error:
                raise ValueError(f"no certificates in {authority}: {error}") from error

    def imap(self, server: Server, secret: Secret, *, read_seconds: float = READ_SECONDS) -> IMAPClient:
        """Connected and signed in, `use_uid`, folder names decoded. Whoever gets it ends it. MailboxFault."""
        name, connected = self._connected(server)
        client: ImapConnection | None = None
        try:
            client = _greeted(lambda: ImapConnection(name, server.port, connected))
            if server.security is Security.STARTTLS:
                with _handshake():
                    client.starttls(self._trust)
            client.socket().settimeout(read_seconds)
            if isinstance(secret, Bearer):
                client.sign_in_with_token(server.user, secret.token)
            else:
                client.sign_in_with_password(server.user, secret.text)
        except BaseException:
            with suppress(OSError):
                (client.shutdown if client else connected.close)()
            raise
        return client

    def smtp(self, server: Server, secret: Secret, *, read_seconds: float = SMTP_SECONDS) -> smtplib.SMTP:
        """Connected and signed in. Whoever gets it ends it. MailboxFault."""
        name, connected = self._connected(server)
        client: SmtpConnection | None = None
        try:
            client = _greeted(lambda: SmtpConnection(name, server.port, connected))
            if server.security is Security.STARTTLS:
                with _handshake():
                    client.starttls(context=self._trust)
            client.waits(read_seconds)
            if isinstance(secret, Bearer):
                client.sign_in_with_token(server.user, secret.token)
            else:
                client.sign_in_with_password(server.user, secret.text)
        except BaseException:
            (client or connected).close()
            raise
        return client

    def _connected(self, server: Server) -> tuple[str, Bounded]:
        """The name for the certificate, and a socket that speaks TLS already where TLS comes first."""
        if writing():
            raise NetworkInsideWrite("a mail server inside a write transaction")
        name = a_label(server.host)
        connected = Bounded(fileno=dial(name, server.port, self._allowed, self._seconds, self._resolve).detach())
        try:
            connected.settimeout(self._seconds)
            if server.security is Security.STARTTLS:
                self._listen(name, connected)
            else:
                with _handshake():
                    connected = self._trust.wrap_socket(connected, server_hostname=name)  # type: ignore[assignment]  # of our class
            connected.expect(self._seconds, LONGEST_BEFORE_SIGN_IN)
        except BaseException:
            connected.close()
            raise
        return name, connected

    def _listen(self, name: str, connected: socket.socket) -> None:
        """A server that is to speak first and does not, may be waiting for us to begin with TLS. MailboxFault."""
        try:
            connected.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            connected.settimeout(min(PROBE_SECONDS, self._seconds))
            try:
                self._trust.wrap_socket(connected, server_hostname=name).close()
            except ssl.SSLError:
                pass
            except OSError:
                raise MailboxFault(Cause.SILENT) from None
            raise MailboxFault(Cause.NOT_THIS_PROTOCOL) from None
        except OSError as error:
            raise fault_of(error) from None


def _greeted(connect: Callable[[], Connection]) -> Connection:
    """What greets us otherwise than a mail server of this kind does, is none. MailboxFault."""
    try:
        return connect()
    except (IMAP4.error, smtplib.SMTPException, OSError, *UNREADABLE) as error:
        if str(error).startswith(_NO_IMAP):
            raise MailboxFault(Cause.NOT_THIS_PROTOCOL) from None
        raise fault_of(error) from None


@contextmanager
def _handshake() -> Iterator[None]:
    """TLS from the start or by STARTTLS. MailboxFault; never goes on in plain text."""
    try:
        yield
    except (ssl.SSLCertVerificationError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise fault_of(error) from None
    except ssl.SSLError as error:
        raise MailboxFault(Cause.NOT_THIS_PROTOCOL, cleaned(error.reason or "")) from None
    except (CapabilityError, smtplib.SMTPNotSupportedError):
        raise MailboxFault(Cause.NOT_THIS_PROTOCOL, "no STARTTLS") from None
    except (IMAP4.error, smtplib.SMTPException, OSError, *UNREADABLE) as error:
        raise fault_of(error) from None
