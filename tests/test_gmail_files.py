"""What is in the attachments of the open message, over real HTTP: with the event's own tokens, bounded, never all or nothing."""

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from addon.event import GmailTokens
from addon.gmail import FILES_AT_ONCE, MAX_FILES, Gmail
from crm_client.records import AttachedFile
from db import Database
from outbound import Http, NetworkInsideWrite
from tests.loopback_server import Asked, LoopbackServer, Reply

TOKENS = GmailTokens("ya29.oauth", "per-message")
DECIMAL, HEXADECIMAL = "msg-f:1888313095599270248", "1a34a2c177e9a968"
PDF = "application/pdf"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(name: str, size: int, **body: str) -> dict[str, Any]:
    return {
        "mimeType": PDF,
        "filename": name,
        "headers": [{"name": "Content-Disposition", "value": f'attachment; filename="{name}"'}],
        "body": {"size": size, **body},
    }


class StandIn:
    """A Gmail with one message: `parts` are its attachments, `contents` what it hands out by attachment id."""

    def __init__(self) -> None:
        self.parts: list[dict[str, Any]] = []
        self.contents: dict[str, bytes | Reply | None] = {}
        self.forms = {DECIMAL, HEXADECIMAL}
        self.together: threading.Barrier | None = None

    def attach(self, name: str, content: bytes | Reply | None, size: int | None = None) -> None:
        self.contents[f"id of {name}"] = content
        stated = len(content) if isinstance(content, bytes) else 1
        self.parts.append(part(name, stated if size is None else size, attachmentId=f"id of {name}"))

    def __call__(self, asked: Asked) -> Reply | None:
        steps = [unquote(step) for step in urlsplit(asked.path).path.split("/")]
        if steps[-2] != "attachments":
            return _json({"payload": {"mimeType": "multipart/mixed", "headers": [], "parts": self.parts}})
        if steps[-3] not in self.forms:
            return _json({"error": {"code": 400, "message": "Invalid id value"}}, 400)
        if self.together:
            self.together.wait(5)
        content = self.contents[steps[-1]]
        return _json({"size": len(content), "data": encoded(content)}) if isinstance(content, bytes) else content


def _json(body: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def server(stand_in: StandIn) -> Iterator[LoopbackServer]:
    with LoopbackServer(stand_in).running() as running:
        yield running


@pytest.fixture
def gmail(server: LoopbackServer) -> Gmail:
    return Gmail(Http(), server.url)


def files(gmail: Gmail, tokens: GmailTokens = TOKENS) -> tuple[AttachedFile, ...]:
    return gmail.files(DECIMAL, tokens, gmail.read(DECIMAL, TOKENS, ""))


def fetched(server: LoopbackServer) -> list[Asked]:
    return [asked for asked in server.asked if "/attachments/" in asked.path]


def test_every_file_comes_whole_and_in_its_place(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    contents = [bytes(range(256)) * 40, b"%PDF-1.7", b"?\xff>\x00"]
    for number, content in enumerate(contents):
        stand_in.attach(f"plan {number}.pdf", content)
    assert files(gmail) == tuple(AttachedFile(place, f"plan {place}.pdf", PDF, content) for place, content in enumerate(contents))
    for asked in fetched(server):
        assert asked.headers["authorization"] == "Bearer ya29.oauth"
        assert asked.headers["x-goog-gmail-access-token"] == "per-message"
        assert unquote(asked.path).startswith(f"/gmail/v1/users/me/messages/{DECIMAL}/attachments/id of plan ")


def test_files_are_fetched_side_by_side(gmail: Gmail, stand_in: StandIn) -> None:
    for number in range(FILES_AT_ONCE):
        stand_in.attach(f"{number}", b"x")
    # None is answered before all are asked for.
    stand_in.together = threading.Barrier(FILES_AT_ONCE)
    assert len(files(gmail)) == FILES_AT_ONCE


def test_a_message_without_attachments_costs_nothing(gmail: Gmail, server: LoopbackServer) -> None:
    assert files(gmail) == ()
    assert server.hits == 1


def test_what_came_along_with_the_message_is_not_fetched(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.parts.append(part("invite.ics", 15, data=encoded(b"BEGIN:VCALENDAR")))
    stand_in.parts.append(part("unreachable.pdf", 15))
    assert files(gmail) == (AttachedFile(0, "invite.ics", PDF, b"BEGIN:VCALENDAR"),)
    assert server.hits == 1


@pytest.mark.parametrize(
    "refusal",
    [
        None,
        Reply(status=404),
        Reply(status=400),
        Reply(status=401),
        Reply(status=403, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
        Reply(status=503),
        Reply(body=b"<html>"),
        Reply(body=b'{"size": 3}'),
        Reply(body=b'{"data": 5}'),
        Reply(body=b"[]"),
    ],
)
def test_a_file_that_is_not_handed_out_is_missing_and_the_others_are_there(gmail: Gmail, stand_in: StandIn, refusal: Reply | None) -> None:
    stand_in.attach("one", b"one")
    stand_in.attach("two", refusal)
    stand_in.attach("three", b"three")
    assert [(file.place, file.content) for file in files(gmail)] == [(0, b"one"), (2, b"three")]


def test_without_a_token_the_files_are_missing(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.attach("one", b"one")
    assert files(gmail, GmailTokens()) == ()
    assert fetched(server) == []


def test_what_is_too_much_is_not_fetched(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    for number, size in enumerate((6_000_000, 4_000_001, 4_000_000, 0, 1)):
        stand_in.attach(f"{number}", b"x", size)
    assert [file.place for file in files(gmail)] == [0, 2, 3]
    assert len(fetched(server)) == 3


def test_no_more_than_twenty_are_fetched(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    for number in range(MAX_FILES + 3):
        stand_in.attach(f"{number}", b"x")
    assert [file.place for file in files(gmail)] == list(range(MAX_FILES))
    assert len(fetched(server)) == MAX_FILES
    assert server.connections <= 1 + FILES_AT_ONCE, "connections are kept"


def test_the_form_of_the_id_that_gmail_takes_is_found(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.forms = {HEXADECIMAL}
    for name in ("one", "two"):
        stand_in.attach(name, name.encode())
        assert files(gmail)[-1].content == name.encode()
    assert [DECIMAL in unquote(asked.path) for asked in fetched(server)] == [True, False, False, False], "learned"


def test_no_file_is_fetched_while_a_transaction_is_open(gmail: Gmail, stand_in: StandIn, database: Database) -> None:
    stand_in.attach("one", b"one")
    message = gmail.read(DECIMAL, TOKENS, "")
    with database.write(), pytest.raises(NetworkInsideWrite):
        gmail.files(DECIMAL, TOKENS, message)


def test_contents_that_came_along_count_in_the_cache(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.parts.append(part("huge.txt", 11_000_000, data=encoded(bytes(11_000_000))))
    for hits in (1, 2):
        assert gmail.read(DECIMAL, TOKENS, "owner").attachments[0].size == 11_000_000
        assert server.hits == hits, "too large to be kept"
    stand_in.parts.clear()
    for _time in range(2):
        assert gmail.read(DECIMAL, TOKENS, "owner").attachments == ()
    assert server.hits == 3
