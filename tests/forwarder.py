"""A wire between a client and a server on this machine, which can be cut, or swallow everything from now on."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

_CHUNK = 65_536


class Forwarder:
    """`connections` have been made so far."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.connections = 0
        self._swallowed = 0
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        self.cut()

    def swallow(self) -> None:
        """What is sent on the connections there are goes nowhere."""
        self._swallowed = self.connections

    def cut(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open += [near, far]
                self.connections += 1
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(self.connections, source, target), daemon=True).start()

    def _carry(self, number: int, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError), source:
            while data := source.recv(_CHUNK):
                if number > self._swallowed:
                    target.sendall(data)
        if number > self._swallowed:
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)
