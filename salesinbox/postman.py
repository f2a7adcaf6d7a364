"""Sidecard's own mails: a code, a mailbox is in step, a mailbox needs its owner. Plain text, over the operator's outgoing server."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from db import now
from db.engine import writing
from i18n import Language

SECONDS = 20.0
NAME = "Sidecard"
_PORTS = {"smtps": 465, "smtp": 587}


class NotSent(Exception):
    """Nothing went out, or nobody can tell. `refused`: this recipient was, by the server's word; another try alone does not help."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class OutgoingServer:
    """`smtps://user:password@host:465`: TLS from the start; `smtp://`: STARTTLS or nothing. Without a user nobody signs in."""

    host: str
    port: int
    starttls: bool
    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """ValueError, which never shows the URL: a password is in it."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            port = 0
        if not port or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("SIDECARD_MAIL_SERVER must look like smtps://user:password@mail.example.com:465 (or smtp://, for STARTTLS)")
        return cls(parts.hostname, port, parts.scheme == "smtp", unquote(parts.username or ""), unquote(parts.password or ""))


def written(to: str, sender: str, subject: str, text: str, language: Language, message_id: str) -> EmailMessage:
    """A mail nobody answers, neither people nor their holiday notices. ValueError: a line break in an address or in the subject."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{NAME} <{sender}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    mail["Content-Language"] = language.tag
    return mail


class Postman:
    """Thread-safe: a connection for each mail, they are few."""

    def __init__(self, server: OutgoingServer, sender: str, authority: Path | None = None) -> None:
        self._server = server
        self._sender = sender
        self._context = ssl.create_default_context()
        if authority is not None:
            self._context.load_verify_locations(authority)

    @property
    def domain(self) -> str:
        return self._sender.rpartition("@")[2]

    def send(self, to: str, subject: str, text: str, language: Language, *, message_id: str = "") -> None:
        """`text` is in `language` already. `message_id` makes a repeated mail known for one. NotSent."""
        if writing():
            raise RuntimeError("mail inside a write transaction")
        mail = written(to, self._sender, subject, text, language, message_id or make_msgid(domain=self.domain))
        try:
            with self._connected() as server:
                if self._server.user:
                    server.login(self._server.user, self._server.password)
                server.send_message(mail, self._sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = error.recipients.get(to, (0, b""))
            raise NotSent(f"recipient refused: {code}", refused=code >= 500) from None  # noqa: PLR2004
        except smtplib.SMTPResponseException as error:
            # What the server says here may repeat what was sent.
            raise NotSent(f"{type(error).__name__}: {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(type(error).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        if not self._server.starttls:
            return smtplib.SMTP_SSL(self._server.host, self._server.port, timeout=SECONDS, context=self._context)
        server = smtplib.SMTP(self._server.host, self._server.port, timeout=SECONDS)
        try:
            # Raises where the server does not offer it: nothing goes out in the clear.
            server.starttls(context=self._context)
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server
