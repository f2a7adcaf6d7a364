"""Reading the open message over real HTTP: what goes onto the wire, what failures mean, what is kept."""

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from addon.event import GmailTokens
from addon.gmail import Gmail, GmailError, GmailRefused, GmailScopeMissing, GmailUnavailable, MessageGone
from outbound import Http
from tests.loopback_server import Asked, LoopbackServer, Reply

TOKENS = GmailTokens("ya29.oauth", "per-message")
PAUL = "100000000000000000001"
DECIMAL, HEXADECIMAL = "msg-f:1888313095599270248", "1a34a2c177e9a968"


def mail(message_id: str, text: str = "Bonjour,\nvoici la commande.\n") -> dict[str, Any]:
    """What Gmail answers for a mail whose subject names its id."""
    return {
        "id": message_id,
        "payload": {
            "mimeType": "text/plain",
            "filename": "",
            "headers": [
                {"name": "From", "value": "Anna Roy <anna.roy@ateliers-roy.example>"},
                {"name": "To", "value": "paul.martin@northlight.example"},
                {"name": "Subject", "value": f"About {message_id}"},
                {"name": "Message-ID", "value": f"<{message_id.replace(':', '.')}@ateliers-roy.example>"},
                {"name": "Content-Type", "value": "text/plain; charset=utf-8"},
            ],
            "body": {"size": len(text), "data": base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()},
        },
    }


class StandIn:
    """A Gmail that answers with the mail asked for; `refusing` says which ids get another answer."""

    def __init__(self) -> None:
        self.refusing: dict[str, Reply | None] = {}
        self.text = "Bonjour,\nvoici la commande.\n"

    def __call__(self, asked: Asked) -> Reply | None:
        message_id = unquote(urlsplit(asked.path).path.rpartition("/")[2])
        if message_id in self.refusing:
            return self.refusing[message_id]
        return Reply(body=json.dumps(mail(message_id, self.text)).encode(), headers={"Content-Type": "application/json"})


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


def refusal(code: int, /, **error: Any) -> Reply:
    return Reply(status=code, body=json.dumps({"error": {"code": code} | error}).encode())


def test_what_goes_onto_the_wire(gmail: Gmail, server: LoopbackServer) -> None:
    message = gmail.read(DECIMAL, TOKENS, PAUL)
    assert message.subject == f"About {DECIMAL}"
    assert message.sender is not None
    assert message.sender.address == "anna.roy@ateliers-roy.example"
    assert "voici la commande" in message.text
    (asked,) = server.asked
    address = urlsplit(asked.path)
    assert asked.method == "GET"
    assert unquote(address.path) == f"/gmail/v1/users/me/messages/{DECIMAL}"
    assert parse_qs(address.query) == {"format": ["full"]}
    assert asked.headers["authorization"] == "Bearer ya29.oauth"
    assert asked.headers["x-goog-gmail-access-token"] == "per-message"
    assert "cookie" not in asked.headers


def test_without_per_message_token_the_header_is_left_out(gmail: Gmail, server: LoopbackServer) -> None:
    gmail.read(DECIMAL, GmailTokens("ya29.oauth"), PAUL)
    assert "x-goog-gmail-access-token" not in server.asked[0].headers


def test_without_access_token_nothing_is_asked(gmail: Gmail, server: LoopbackServer) -> None:
    with pytest.raises(GmailScopeMissing):
        gmail.read(DECIMAL, GmailTokens("", "per-message"), PAUL)
    assert server.hits == 0


def paths(server: LoopbackServer) -> list[str]:
    return [unquote(urlsplit(asked.path).path.rpartition("/")[2]) for asked in server.asked]


def test_refused_form_of_the_id_is_converted_and_learned(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.refusing = {DECIMAL: refusal(400, message="Invalid id value")}
    assert gmail.read(DECIMAL, TOKENS, PAUL).subject == f"About {HEXADECIMAL}"
    assert paths(server) == [DECIMAL, HEXADECIMAL]
    assert server.asked[1].headers["x-goog-gmail-access-token"] == "per-message"
    gmail.read("msg-f:255", TOKENS, PAUL)
    assert paths(server)[2:] == ["ff"], "no second round trip for every message"


def test_an_unknown_decimal_id_is_tried_converted_each_time(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.refusing = {DECIMAL: refusal(404)}
    assert gmail.read(DECIMAL, TOKENS, PAUL).subject == f"About {HEXADECIMAL}"
    gmail.read("msg-f:255", TOKENS, PAUL)
    assert paths(server) == [DECIMAL, HEXADECIMAL, "msg-f:255"]


def test_one_retry_only(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.refusing = {DECIMAL: refusal(400), HEXADECIMAL: refusal(404)}
    with pytest.raises(MessageGone):
        gmail.read(DECIMAL, TOKENS, PAUL)
    assert paths(server) == [DECIMAL, HEXADECIMAL]


def test_other_ids_are_not_converted(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.refusing = {"msg-a:r123": refusal(400), HEXADECIMAL: refusal(404)}
    with pytest.raises(GmailRefused):
        gmail.read("msg-a:r123", TOKENS, PAUL)
    with pytest.raises(MessageGone):
        gmail.read(HEXADECIMAL, TOKENS, PAUL)
    assert paths(server) == ["msg-a:r123", HEXADECIMAL]


SCOPE = refusal(
    403,
    message="Request had insufficient authentication scopes.",
    errors=[{"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}],
    status="PERMISSION_DENIED",
    details=[{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}],
)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refusal(401, message="Invalid Credentials"), GmailRefused),
        (SCOPE, GmailScopeMissing),
        (refusal(403, details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]), GmailScopeMissing),
        (refusal(403, errors=[{"reason": "insufficientPermissions"}]), GmailScopeMissing),
        (refusal(403, message="Metadata scope doesn't allow format FULL", errors=[{"reason": "forbidden"}]), GmailScopeMissing),
        (Reply(status=403, headers=CHALLENGE), GmailScopeMissing),
        (refusal(403, errors=[{"reason": "userRateLimitExceeded"}]), GmailUnavailable),
        (refusal(403, errors=[{"reason": "rateLimitExceeded"}]), GmailUnavailable),
        (refusal(403, errors=[{"reason": "forbidden"}]), GmailRefused),
        (Reply(status=403), GmailRefused),
        (Reply(status=403, body=b"<html>message</html>"), GmailRefused),
        (Reply(status=403, body=b'{"error": "message"}'), GmailRefused),
        (Reply(status=403, body=b'{"error": {"errors": "message", "details": [5], "message": 5}}'), GmailRefused),
        (Reply(status=403, body=b"[5]"), GmailRefused),
        (refusal(404, message="Requested entity was not found."), MessageGone),
        (refusal(429), GmailUnavailable),
        (refusal(500), GmailUnavailable),
        (refusal(503), GmailUnavailable),
        (Reply(status=302, headers={"Location": "https://elsewhere.example/"}), GmailUnavailable),
        (Reply(status=204), GmailUnavailable),
        (Reply(status=200, body=b"<html>"), GmailUnavailable),
        (Reply(status=200, body=b"{}"), GmailUnavailable),
        (None, GmailUnavailable),
    ],
)
def test_what_a_failure_means(
    gmail: Gmail, server: LoopbackServer, stand_in: StandIn, reply: Reply | None, error: type[GmailError]
) -> None:
    stand_in.refusing = {HEXADECIMAL: reply}
    with pytest.raises(error) as caught:
        gmail.read(HEXADECIMAL, TOKENS, PAUL)
    assert type(caught.value) is error
    assert "ya29" not in str(caught.value)
    assert "per-message" not in str(caught.value)
    stand_in.refusing = {}
    assert gmail.read(HEXADECIMAL, TOKENS, PAUL).subject == f"About {HEXADECIMAL}", "no failure is kept"


def test_nobody_listens() -> None:
    with LoopbackServer(lambda asked: None).running() as gone:
        url = gone.url
    with pytest.raises(GmailUnavailable):
        Gmail(Http(), url).read(HEXADECIMAL, TOKENS, PAUL)


def test_a_message_is_kept_for_its_owner_alone(gmail: Gmail, server: LoopbackServer) -> None:
    first = gmail.read(DECIMAL, TOKENS, PAUL)
    assert gmail.read(DECIMAL, GmailTokens(), PAUL) == first
    assert gmail.read(HEXADECIMAL, GmailTokens(), PAUL) == first, "both forms of the id are one mail"
    assert server.hits == 1
    with pytest.raises(GmailScopeMissing):
        gmail.read(DECIMAL, GmailTokens(), "100000000000000000002")
    gmail.read(DECIMAL, TOKENS, "100000000000000000002")
    assert server.hits == 2


def test_for_nobody_nothing_is_kept(gmail: Gmail, server: LoopbackServer) -> None:
    gmail.read(DECIMAL, TOKENS, "")
    gmail.read(DECIMAL, TOKENS, "")
    assert server.hits == 2


def test_the_cache_is_bounded(gmail: Gmail, server: LoopbackServer, stand_in: StandIn) -> None:
    stand_in.text = "long " * 19_000
    for number in range(110):
        gmail.read(f"{number:x}", TOKENS, PAUL)
    gmail.read("0", TOKENS, PAUL)
    assert server.hits == 111, "the first one had to make room"
    gmail.read(f"{109:x}", TOKENS, PAUL)
    assert server.hits == 111


def test_threads_get_their_own_messages(gmail: Gmail, server: LoopbackServer) -> None:
    def subject(number: int) -> str:
        tokens = GmailTokens(f"oauth{number}", f"access{number}")
        return gmail.read(f"{number:x}", tokens, PAUL).subject

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(subject, range(400))) == [f"About {number:x}" for number in range(400)]
    for asked in server.asked:
        number = int(urlsplit(asked.path).path.rpartition("/")[2], 16)
        assert asked.headers["authorization"] == f"Bearer oauth{number}"
        assert asked.headers["x-goog-gmail-access-token"] == f"access{number}"
    assert server.connections <= 16, "connections are kept"


def test_a_slow_gmail_is_given_up(server: LoopbackServer, stand_in: StandIn) -> None:
    class Slow(StandIn):
        def __call__(self, asked: Asked) -> Reply | None:
            time.sleep(30)
            return None

    server.answering = Slow()
    started = time.monotonic()
    with pytest.raises(GmailUnavailable):
        Gmail(Http(), server.url).read(HEXADECIMAL, TOKENS, PAUL)
    assert time.monotonic() - started < 20, "within the 25 seconds an answer may take"
