"""The way out: an answer is whole by its deadline, or there is none, however steadily its bytes drip in."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from outbound import Http, OutboundError
from tests.loopback_server import LoopbackServer, Reply


@contextmanager
def dripping(start: bytes, drop: bytes) -> Iterator[str]:
    """Says `start` at once, and then `drop` again and again."""
    enough = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                connection, _address = listening.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(start)
                    while not enough.wait(0.01):
                        connection.sendall(drop)
            except OSError:
                pass  # nobody listens any more

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        enough.set()
    thread.join(5)


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
    ids=["status line", "headers", "body", "chunks", "until closed"],
)
def test_an_answer_that_drips_in_ends_at_the_deadline(start: bytes, drop: bytes) -> None:
    with dripping(start, drop) as url:
        began = time.monotonic()
        with pytest.raises(OutboundError):
            Http().request("GET", url, total_seconds=0.15)
        assert time.monotonic() - began < 0.4


def test_silence_ends_before_the_deadline() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"") as url:
        began = time.monotonic()
        with pytest.raises(OutboundError):
            Http().request("GET", url, read_seconds=0.1, total_seconds=5)
        assert time.monotonic() - began < 0.4


def test_the_deadline_of_one_request_is_none_of_the_next() -> None:
    server = LoopbackServer(lambda _asked: Reply(body=b"whole"))
    with server.running():
        http = Http()
        for seconds in (0.05, 5.0):
            assert http.request("GET", server.url, total_seconds=seconds).body == b"whole"
            time.sleep(0.06)
    assert server.connections == 1
