"""Starts and stops the stand-in: for each data centre an accounts server and an API server, on ports of this machine."""

import socket
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crm_client.zoho.data_centres import DataCentre, DataCentres
from tests.zoho.accounts import Accounts
from tests.zoho.api import Api, Switches
from tests.zoho.contract_check import violations
from tests.zoho.faults import Fault, Faults, spoilt
from tests.zoho.organisation import Organisation, User
from tests.zoho.tokens import SCOPES, GrantedTokens
from tests.zoho.wire import Answer, Clock, Request, html

LOCATIONS = ("us", "eu")


@dataclass
class Logged:
    """A request to the API (or, in `Zoho.account_requests`, to an accounts server). `status` 0: no answer was given."""

    method: str
    path: str
    query: dict[str, str]
    location: str
    body: Any
    started: float
    headers: dict[str, str] = field(repr=False)
    ended: float = 0.0
    status: int = 0


class Zoho:
    def __init__(self) -> None:
        self.client_id = "1000.SIDECARD"
        self.client_secret = "not-a-secret-0123456789"
        self.clock = Clock()
        self.faults = Faults()
        self.switches = Switches()
        self.requests: list[Logged] = []
        self.account_requests: list[Logged] = []
        self.problems: list[str] = []
        self.connections = 0
        """How many connections were ever made to the API servers."""
        self._organisations = 0
        self._servers = [(location, api, _Server(self, location, api=api)) for location in LOCATIONS for api in (False, True)]
        self.data_centres = DataCentres(self._data_centre(location) for location in LOCATIONS)
        self.accounts = Accounts(self, self.clock)
        self._tokens = GrantedTokens(self.accounts, self.data_centres, self.clock)
        self._api = Api(self.accounts, self.faults, self.switches, self._check)

    # -- what a test sets up

    def organisation(self, name: str, *, location: str = "eu", edition: str = "enterprise") -> Organisation:
        self._organisations += 1
        return Organisation(self._organisations, name, location, edition, self.clock)

    def person_signs_in(self, user: User | None) -> None:
        """Who sits in front of the browser at Zoho's consent page, and says yes."""
        self.accounts.signed_in = user

    def person_refuses(self, refuses: bool = True) -> None:
        self.accounts.refuses = refuses

    def tokens(self) -> GrantedTokens:
        return self._tokens

    def grant(self, user: User, scopes: frozenset[str] = SCOPES) -> int:
        return self._tokens.grant(user, scopes)

    def asked(self, method: str, path: str) -> list[Logged]:
        """The API requests of this method to paths that end so."""
        return [one for one in self.requests if one.method == method and one.path.endswith(path)]

    # -- running

    def _data_centre(self, location: str) -> DataCentre:
        accounts, api = (
            f"http://127.0.0.1:{server.server_address[1]}"
            for wanted in (False, True)
            for at, is_api, server in self._servers
            if at == location and is_api is wanted
        )
        return DataCentre(location, accounts, api, f"{accounts}/web")

    def start(self) -> None:
        for _, _, server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.faults.clear()
        stopping = [threading.Thread(target=server.shutdown) for _, _, server in self._servers]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        for _, _, server in self._servers:
            server.server_close()

    def serve(self, request: Request, *, api: bool) -> tuple[Answer | None, Fault | None]:
        """The answer and what is to be done to it on its way; None is none at all."""
        asked = f"{request.method} {request.path}"
        fault = self.faults.take(asked, api=api)

        def under_way() -> None:
            self.faults.wait(asked, after=False)
            if fault is not None and fault.seconds:
                time.sleep(fault.seconds)

        if fault is not None and not fault.handled:
            under_way()
            return (None if fault.lost else fault.answer), None
        if api:
            answer = self._api.answer(request, under_way)
        elif request.path.startswith("/web"):
            answer = html(200, "Zoho CRM")
        else:
            under_way()
            answer = self.accounts.answer(request)
        self.faults.wait(asked, after=True)
        if fault is not None and fault.answer is not None:
            answer = fault.answer
        return (None if fault is not None and fault.lost else answer), fault

    def _check(self, request: Request, answer: Answer) -> None:
        self.problems += violations(request, answer)

    def logged(self, request: Request, *, api: bool) -> Logged:
        one = Logged(
            request.method, request.path, dict(request.query), request.location, _told(request), time.monotonic(), dict(request.headers)
        )
        (self.requests if api else self.account_requests).append(one)
        return one

    def wrong(self, request: Request, error: str) -> Answer:
        """The stand-in itself failed: the test must hear of it."""
        self.problems.append(f"{request.method} {request.path}: {error}")
        return html(500, "the stand-in failed")


def _told(request: Request) -> Any:
    try:
        return request.json() if request.body.startswith(b"{") else None
    except Exception:  # noqa: BLE001  # a body that is no JSON is not told
        return None


class _Server(ThreadingHTTPServer):
    """Ends with its connections: nobody is answered by a Zoho that was stopped."""

    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, zoho: Zoho, location: str, *, api: bool) -> None:
        self.zoho = zoho
        self.location = location
        self.api = api
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        if self.api:
            self.zoho.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for one in tuple(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def _any(self) -> None:
        zoho = self.server.zoho
        request = self._request()
        log = zoho.logged(request, api=self.server.api)
        try:
            answer, fault = zoho.serve(request, api=self.server.api)
        except Exception:  # noqa: BLE001  # whatever it is, the test hears of it
            answer, fault = zoho.wrong(request, traceback.format_exc(limit=-3)), None
        log.ended = time.monotonic()
        if answer is None:
            self.close_connection = True
            return
        log.status = answer.status
        payload = answer.payload() if fault is None else spoilt(answer.payload(), fault)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if payload:
            self.send_header("Content-Type", answer.content_type)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self._send(payload, fault.byte_seconds if fault is not None else 0.0)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(headers.get("content-length", "0")))
        return Request(self.server.location, self.command, parts.path, query, headers, body)

    def _send(self, payload: bytes, pause: float) -> None:
        if not pause:
            self.wfile.write(payload)
            return
        for place in range(len(payload)):
            self.wfile.write(payload[place : place + 1])
            time.sleep(pause)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _any  # noqa: N815  # the base class calls them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        pass


@contextmanager
def zoho() -> Iterator[Zoho]:
    """A Zoho with two data centres, "us" where consent starts and "eu", and no organisation yet."""
    standing = Zoho()
    standing.start()
    try:
        yield standing
    finally:
        standing.stop()
