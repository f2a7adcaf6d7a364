"""A real outgoing server for tests: takes mail over STARTTLS or TLS after AUTH, keeps it, refuses what it is told to."""

import asyncio
import base64
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.authority import NAME, Authority
from tests.dovecot import PASSWORD


@dataclass(frozen=True)
class Delivered:
    """What came in: from whom, to whom, the bytes, and who had signed in."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    user: str


@dataclass
class Sink:
    """`refuse`: address -> the server's answer to RCPT. `after_data`: what it says when all of the mail is there; "" for 250, and
    "drop" to hang up instead. Passwords as in `users`; with `tokens`, XOAUTH2 with one of them."""

    users: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    after_data: str = ""
    delivered: list[Delivered] = field(default_factory=list)
    host: str = NAME
    port: int = 0
    tls_port: int = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.after_data and self.after_data != "drop":
            return self.after_data
        user = str(cast("bytes | None", session.auth_data) or b"", "utf-8")
        self.delivered.append(Delivered(str(envelope.mail_from), tuple(envelope.rcpt_tos), envelope.original_content or b"", user))
        if self.after_data == "drop":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        blob = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        assert isinstance(blob, bytes)
        said = dict(part.split("=", 1) for part in blob.decode().split("\x01") if "=" in part)
        user, token = said.get("user", ""), said.get("auth", "").removeprefix("Bearer ")
        good = user in self.tokens and self.tokens[user] == token
        return AuthResult(success=good, handled=False, auth_data=user.encode() if good else None)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode()
        good = (user in self.users or not self.users) and data.password.decode() == self.users.get(user, PASSWORD)
        return AuthResult(success=good, handled=False, auth_data=data.login if good else None)


class SmtpSink:
    """`with SmtpSink(authority) as sink:` gives the `Sink`."""

    def __init__(self, authority: Authority) -> None:
        self.sink = Sink()
        context = authority.server_context()
        self._starttls = _Controller(self.sink, context, immediate=False)
        self._tls = _Controller(self.sink, context, immediate=True)

    def __enter__(self) -> Sink:
        for controller in (self._starttls, self._tls):
            controller.start()
        self.sink.port, self.sink.tls_port = self._starttls.bound, self._tls.bound
        return self.sink

    def __exit__(self, *_: object) -> None:
        for controller in (self._starttls, self._tls):
            controller.stop()


class _Controller(Controller):
    def __init__(self, sink: Sink, context: ssl.SSLContext, *, immediate: bool) -> None:
        self._sink, self._context, self._immediate = sink, context, immediate
        super().__init__(sink, hostname="127.0.0.1", port=0, ssl_context=context if immediate else None)

    @property
    def bound(self) -> int:
        assert isinstance(self.server, asyncio.Server)
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    def factory(self) -> SMTP:
        return SMTP(
            self._sink,
            hostname="sink.example",
            tls_context=None if self._immediate else self._context,
            require_starttls=not self._immediate,
            auth_require_tls=not self._immediate,
            auth_required=True,
            authenticator=self._sink.authenticate,
            data_size_limit=40_000_000,
        )

    def _trigger_server(self) -> None:
        """The library would knock at port 0."""
        if self._immediate:
            context = ssl._create_unverified_context()
            smtplib.SMTP_SSL("127.0.0.1", self.bound, context=context, timeout=5).close()
        else:
            smtplib.SMTP("127.0.0.1", self.bound, timeout=5).close()
