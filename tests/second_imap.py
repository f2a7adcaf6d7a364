"""A second implementation of an IMAP server for tests, by people who had nothing to do with Dovecot: pymap, in memory.

It offers little (no CONDSTORE, no ESEARCH, no SPECIAL-USE), begins its UIDs at 101, and forgets everything when it ends.
"""

import imaplib
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.authority import NAME, Authority
from tests.dovecot import PASSWORD

USER = "anna@northlight.example"
PROGRAM = Path(sys.executable).with_name("pymap")
START_SECONDS = 20


class SecondImap:
    """`port` speaks STARTTLS. It knows one user."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.host = NAME
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        certificate, key = authority.issue()
        listening = ["--host", "127.0.0.1", "--port", str(self.port), "--cert", str(certificate), "--key", str(key)]
        alone = ["--no-service", "admin", "--no-service", "managesieve"]
        self._command = [str(PROGRAM), *listening, *alone, "dict", "--demo-user", USER, "--demo-password", PASSWORD]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Also again after `stop`: on the same port, with nothing in it and another UIDVALIDITY."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def client(self) -> imaplib.IMAP4:
        """A connection of the tests' own, signed in: to put mail there and to take it away."""
        client = imaplib.IMAP4(NAME, self.port, timeout=20)
        client.starttls(ssl.create_default_context(cafile=str(self.authority.file)))
        client.login(USER, PASSWORD)
        return client
