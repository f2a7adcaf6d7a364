"""Signed events: Google's shape, tokens that google-auth believes, one key for all processes, the command line."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from google.auth import exceptions, jwt

from playground.__main__ import main
from playground.events import (
    ACT_PREFIX,
    TRIGGER_PATHS,
    EventKind,
    Platform,
    date_input,
    event_body,
    kind_of_path,
    sign_event,
    string_inputs,
)
from playground.keys import DEVELOPMENT_CLIENT_ID, DEVELOPMENT_SERVICE_ACCOUNT, KEY_FILE, DevelopmentKey
from playground.mailbox import load_mailboxes, rest_id
from playground.people import ACTORS, KIM, PAUL
from playground.tokens import GmailTokens, OpenMessage
from settings import Settings, TrustRoot

ROOT = Path(__file__).parent.parent
SAMPLE_EVENTS = ROOT.parent / "shared" / "events"
BASE = "http://127.0.0.1:8080"
URL = BASE + "/addon/message"


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("playground")


@pytest.fixture(scope="module")
def key(directory) -> DevelopmentKey:
    return DevelopmentKey.open(directory)


def command(directory, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIDECARD_")}
    return subprocess.run(
        [sys.executable, "-m", "playground", *arguments],
        cwd=ROOT,
        env={**environment, "SIDECARD_PLAYGROUND_DIR": str(directory)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def event_of(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def audience(key, event):
    return jwt.decode(event["authorizationEventObject"]["systemIdToken"], certs=key.certificates)["aud"]


# The key


def test_the_key_is_made_once_and_for_the_owner_alone(tmp_path):
    directory = tmp_path / "new" / "playground"
    first = DevelopmentKey.open(directory)
    assert DevelopmentKey.open(directory).certificates == first.certificates
    assert stat.S_IMODE((directory / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in directory.iterdir()] == [KEY_FILE]
    assert "PRIVATE" not in repr(first)
    assert str(first.token_secret) not in repr(first)


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        events = list(pool.map(lambda _: event_of(command(tmp_path, "event", "home", "--base-url", BASE)), range(3)))
    certificates = DevelopmentKey.open(tmp_path).certificates
    for event in events:
        assert jwt.decode(event["authorizationEventObject"]["systemIdToken"], certs=certificates, audience=BASE + "/addon/home")


def test_a_file_that_is_no_key_is_said_so(tmp_path):
    (tmp_path / KEY_FILE).write_text("nonsense")
    with pytest.raises(ValueError, match="PEM"):
        DevelopmentKey.open(tmp_path)
    result = command(tmp_path, "event", "home", "--base-url", BASE)
    assert result.returncode == 2
    assert "no usable key" in result.stderr


# Tokens


@pytest.mark.parametrize("person", ACTORS, ids=lambda person: person.email)
def test_google_auth_believes_the_tokens(key, person):
    tokens = sign_event(key, event_body(EventKind.HOME, person), URL, person)["authorizationEventObject"]
    system = jwt.decode(tokens["systemIdToken"], certs=key.certificates, audience=URL)
    assert (system["iss"], system["email"], system["email_verified"]) == ("https://accounts.google.com", DEVELOPMENT_SERVICE_ACCOUNT, True)
    assert system["exp"] - system["iat"] == 3600
    assert abs(system["iat"] - time.time()) < 60
    user = jwt.decode(tokens["userIdToken"], certs=key.certificates, audience=DEVELOPMENT_CLIENT_ID)
    assert (user["sub"], user["email"], user["email_verified"]) == (person.sub, person.email, True)
    assert user["hd"] == person.email.partition("@")[2]


def test_the_audience_is_the_exact_address_and_the_key_is_ours_alone(key, tmp_path):
    token = sign_event(key, {}, URL, PAUL)["authorizationEventObject"]["systemIdToken"]
    for other in (URL + "/", BASE, BASE + "/addon/home", DEVELOPMENT_CLIENT_ID):
        with pytest.raises(exceptions.InvalidValue):
            jwt.decode(token, certs=key.certificates, audience=other)
    with pytest.raises(exceptions.MalformedError):
        jwt.decode(token, certs=DevelopmentKey.open(tmp_path).certificates, audience=URL)


def test_gmails_tokens_name_the_person_and_the_message(key, tmp_path):
    mail = load_mailboxes(tmp_path).of(PAUL.email).mails[0]
    event = sign_event(key, event_body(EventKind.MESSAGE, PAUL, mail=mail), URL, PAUL)
    tokens = GmailTokens(key.token_secret)
    assert tokens.user(event["authorizationEventObject"]["userOAuthToken"]) == PAUL.email
    assert tokens.message(event["gmail"]["accessToken"]) == OpenMessage(PAUL.email, mail.rest_id)
    assert tokens.message(event["authorizationEventObject"]["userOAuthToken"]) is None
    assert tokens.user(event["gmail"]["accessToken"]) is None


# Bodies


def test_bodies_have_googles_shape(tmp_path):
    mail = load_mailboxes(tmp_path).of(PAUL.email).mails[0]
    form = {"city": string_inputs(["Lyon"]), "since": date_input(1_700_000_000_000)}
    act = event_body(EventKind.ACT, PAUL, mail=mail, platform=Platform.IOS, parameters={"p": "1"}, form_inputs=form)
    common = act["commonEventObject"]
    assert {name: common[name] for name in ("hostApp", "platform", "userLocale")} == {
        "hostApp": "GMAIL",
        "platform": "IOS",
        "userLocale": "en",
    }
    assert common["timeZone"]["id"] == "Europe/Paris"
    assert common["timeZone"]["offset"] in (3_600_000, 7_200_000)
    assert common["parameters"] == {"p": "1"}
    assert common["formInputs"] == {
        "city": {"stringInputs": {"value": ["Lyon"]}},
        "since": {"dateInput": {"msSinceEpoch": "1700000000000"}},
    }
    assert act["gmail"] == {"messageId": mail.message_id, "threadId": mail.thread_id}
    home: Any = event_body(EventKind.HOME, PAUL)
    assert "gmail" not in home
    assert not {"parameters", "formInputs"} & set(home["commonEventObject"])
    assert event_body(EventKind.COMPOSE, PAUL, mail=mail)["gmail"] == {}
    assert event_body(EventKind.HOME, KIM)["commonEventObject"]["timeZone"]["id"] == "America/New_York"


def test_kinds_and_paths_belong_together():
    assert {kind_of_path(path) for path in TRIGGER_PATHS.values()} == {EventKind.HOME, EventKind.MESSAGE, EventKind.COMPOSE}
    assert kind_of_path(ACT_PREFIX + "search") is EventKind.ACT
    for wrong in ("/", "/addon", "/addon/act/", "/addon/home/"):
        with pytest.raises(ValueError, match="none of"):
            kind_of_path(wrong)


def test_signing_takes_bodies_that_miss_everything_and_leaves_them_as_they_were(key):
    bodies: tuple[Any, ...] = ({}, {"body": {}}, {"gmail": None}, {"gmail": {"messageId": 7}}, {"authorizationEventObject": "x"})
    for body in bodies:
        before = json.dumps(body)
        assert audience(key, sign_event(key, body, URL, PAUL)) == URL
        assert json.dumps(body) == before


@pytest.mark.skipif(not SAMPLE_EVENTS.is_dir(), reason="the collection of public events is not beside this checkout")
def test_every_public_event_can_be_signed(key, directory):
    paths = sorted(SAMPLE_EVENTS.glob("*.json"))
    assert paths
    for path in paths:
        wrapped = json.loads(path.read_text())
        signed: Any = sign_event(key, wrapped, URL, PAUL)
        assert signed["authorizationEventObject"].keys() >= {"userOAuthToken", "systemIdToken", "userIdToken"}
        assert audience(key, signed) == URL
        assert signed.get("commonEventObject") == wrapped["body"].get("commonEventObject")
        assert set(signed) - {"authorizationEventObject"} == set(wrapped["body"]) - {"authorizationEventObject"}
        if "gmail" in signed:
            opened = GmailTokens(key.token_secret).message(signed["gmail"]["accessToken"])
            assert opened == OpenMessage(PAUL.email, rest_id(wrapped["body"]["gmail"].get("messageId", "")))
    printed = event_of(command(directory, "event", "message", "--base-url", BASE, "--event", str(paths[0])))
    assert printed["gmail"]["messageId"] == "msg-f:1234567"


# The command line


@pytest.mark.parametrize("kind", ["home", "message", "compose"])
def test_event_prints_one_signed_event(directory, key, kind):
    event = event_of(command(directory, "event", kind, "--base-url", BASE + "/", "--user", "claire.dubois@northlight.example"))
    assert audience(key, event) == f"{BASE}/addon/{kind}"
    assert event["commonEventObject"]["userLocale"] == "fr"
    assert ("messageId" in event.get("gmail", {})) == (kind == "message")


def test_act_with_parameters_form_and_open_mail(directory, key):
    result = command(
        directory, "event", "act", "--base-url", BASE, "--path", "/addon/act/add", "--mail", "04-julien-unknown-signature.eml",
        "--params", "a=1", "b=x=y", "--form", "city=Lyon", "tag=1", "tag=2", "empty=",
    )  # fmt: skip
    event = event_of(result)
    assert audience(key, event) == BASE + "/addon/act/add"
    assert event["commonEventObject"]["parameters"] == {"a": "1", "b": "x=y"}
    inputs = event["commonEventObject"]["formInputs"]
    assert {name: value["stringInputs"]["value"] for name, value in inputs.items()} == {"city": ["Lyon"], "tag": ["1", "2"], "empty": [""]}
    expected = load_mailboxes(directory / "dropped").of(PAUL.email).named("04-julien-unknown-signature")
    assert event["gmail"]["messageId"] == expected.message_id
    whole = event_of(command(directory, "event", "act", "--base-url", BASE + "/addon/act/add"))
    assert audience(key, whole) == BASE + "/addon/act/add"


def test_any_mail_file_becomes_a_mail_of_that_person(directory, tmp_path):
    path = tmp_path / "saved.eml"
    path.write_bytes(b"From: x@y.example\nSubject: from a file\n\nhello\n")
    event = event_of(
        command(directory, "event", "message", "--base-url", BASE, "--mail", str(path), "--user", "tom.becker@northlight.example")
    )
    found = load_mailboxes(directory / "dropped").find("tom.becker@northlight.example", event["gmail"]["messageId"])
    assert found.subject == "from a file"
    named = event_of(command(directory, "event", "message", "--base-url", BASE, "--mail", "playground/mailbox/paul/13-bounce.eml"))
    assert load_mailboxes(directory / "dropped").of(PAUL.email).find(named["gmail"]["messageId"]).name == "13-bounce.eml"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "required"),
        (("event", "party"), "KIND"),
        (("event", "act"), "--path /addon/act/NAME"),
        (("event", "home", "--mail", "01-anna-quote-request.eml"), "no open mail"),
        (("event", "message", "--mail", "none.eml"), "no such file or sample mail"),
        (("event", "home", "--user", "paul"), "not a mail address"),
        (("event", "home", "--params", "x"), "not of the form k=v"),
        (("event", "home", "--base-url", "127.0.0.1:8080"), "must look like"),
        (("event", "home", "--event", "none.json"), "none.json"),
        (("event", "home", "--event", str(ROOT / "pyproject.toml")), "not JSON"),
        (("post", "/other"), "none of /addon/home"),
        (("post", "/addon/home", "--event", "x.json", "--form", "a=b"), "leave out"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(capsys, arguments, says):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert printed.out == ""
    assert says in printed.err
    assert len(printed.err.splitlines()) == 1


def test_help_shows_an_example(directory):
    result = command(directory, "--help")
    assert result.returncode == 0
    assert "python -m playground post /addon/home" in result.stdout


class Echo(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        same = self.headers["Authorization"] == f"Bearer {event['authorizationEventObject']['systemIdToken']}"
        answer = json.dumps({"path": self.path, "type": self.headers["Content-Type"], "same": same}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def test_post_sends_it_and_prints_status_milliseconds_and_answer(directory):
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        result = command(
            directory, "post", "/addon/act/search", "--base-url", f"http://127.0.0.1:{server.server_port}", "--form", "query=roy"
        )
        thread.join()
        gone = f"http://127.0.0.1:{server.server_port}"
    assert result.returncode == 0, result.stderr
    first, _, answer = result.stdout.partition("\n")
    status, milliseconds, unit = first.split()
    assert (status, unit) == ("200", "ms")
    assert float(milliseconds) > 0
    assert json.loads(answer) == {"path": "/addon/act/search", "type": "application/json; charset=utf-8", "same": True}
    silent = command(directory, "post", "/addon/home", "--base-url", gone)
    assert silent.returncode == 1
    assert "no answer" in silent.stderr


def test_the_command_line_uses_the_servers_directory():
    assert Settings(trust_root=TrustRoot.DEVELOPMENT).playground_dir == os.environ.get("SIDECARD_PLAYGROUND_DIR", "var/playground")
