"""A TCP server that says what it is told to, with or without TLS: for answers no real mail server gives on demand."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]


@contextmanager
def listening(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Its port. `context`: TLS from the first byte."""
    server = socket.create_server(("127.0.0.1", 0))
    ending = threading.Event()

    def serve(connected: socket.socket) -> None:
        # Who hangs up on us, as most do here, is no failure of the test.
        with contextlib.suppress(OSError), connected:
            connected.settimeout(10)
            if context is None:
                talk(connected)
                ending.wait(10)
                return
            with context.wrap_socket(connected, server_side=True) as secured:
                talk(secured)
                ending.wait(10)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        ending.set()
        server.close()


def saying(text: bytes) -> Talk:
    return lambda connected: connected.sendall(text)


def imap_refusing(said: str, offers: str = "AUTH=PLAIN", heard: list[bytes] | None = None) -> Talk:
    """An IMAP server that answers a sign-in with this. "{secret}" in it is what it was sent."""

    def talk(connected: socket.socket) -> None:
        lines = connected.makefile("rb")
        connected.sendall(b"* OK ready\r\n")
        for line in lines:
            if heard is not None:
                heard.append(line)
            tag, verb = line.split()[:2]
            if verb == b"CAPABILITY":
                connected.sendall(b"* CAPABILITY IMAP4rev1 %s\r\n%s OK done\r\n" % (offers.encode(), tag))
                continue
            sent = line
            if verb == b"AUTHENTICATE":
                connected.sendall(b"+ \r\n")
                sent = next(lines)
                if heard is not None:
                    heard.append(sent)
            connected.sendall(tag + b" " + said.replace("{secret}", sent.decode().strip()).encode() + b"\r\n")

    return talk


def smtp_refusing(said: str, offers: str = "PLAIN") -> Talk:
    """An outgoing server that answers AUTH with this; "" offers none."""

    def talk(connected: socket.socket) -> None:
        connected.sendall(b"220 ready\r\n")
        for line in connected.makefile("rb"):
            if line.upper().startswith(b"EHLO"):
                connected.sendall(b"250-here\r\n250 AUTH %s\r\n" % offers.encode() if offers else b"250 here\r\n")
            else:
                connected.sendall(said.encode() + b"\r\n")

    return talk
