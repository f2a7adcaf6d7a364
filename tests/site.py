"""The whole service on a real port of this machine, and a rep in front of it: opens mails, presses what he reads."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from crm_client.embedded.organisation import Condition, set_condition
from crm_client.embedded.tables import AddressRow, EmailRow, RecordRow
from crm_client.tables import LastKnownRow
from crm_client.zoho.data_centres import DATA_CENTRES, DataCentres
from db import Database, table
from main import create_app
from playground.events import EventKind, date_input, event_body, sign_event, string_inputs
from playground.keys import KEY_FILE, DevelopmentKey
from playground.mailbox import DROPPED, Mailboxes, SampleMail, load_mailboxes
from playground.people import Actor, actor
from settings import Settings
from tenants.google.apis import GOOGLE, GoogleApis
from tests.card_lint import check_answer

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Json:
        return json.loads(self.body)


def post(url: str, body: bytes, content_type: str = "application/json", method: str = "POST", **headers: str) -> Answer:
    request = urllib.request.Request(url, body, {"Content-Type": content_type, **headers}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read())


@dataclass
class Site:
    """The running service."""

    base_url: str
    app: Flask
    database: Database
    key: DevelopmentKey
    mailboxes: Mailboxes
    settings: Settings

    def signed(self, path: str, body: Mapping[str, object], who: Actor) -> bytes:
        return json.dumps(sign_event(self.key, body, self.base_url + path, who)).encode()

    def post(self, path: str, body: Mapping[str, object], who: Actor) -> Answer:
        return post(self.base_url + path, self.signed(path, body, who))

    def rep(self, email: str = "paul.martin@northlight.example") -> "Rep":
        return Rep(self, actor(email))

    def crm(self, condition: Condition) -> None:
        """The weather of the sample organisation, which is the first."""
        set_condition(self.database, 1, condition)

    def google(self, **weather: str) -> None:
        assert post(f"{self.base_url}/playground/google/__weather", json.dumps(weather).encode()).status < 300


@cache
def _key_file() -> bytes:
    """One key for all services of a test process: making one takes long."""
    with TemporaryDirectory() as directory:
        DevelopmentKey.open(Path(directory))
        return Path(directory, KEY_FILE).read_bytes()


@contextmanager
def running(database_url: str, directory: Path, zoho: DataCentres = DATA_CENTRES, **more: Any) -> Iterator[Site]:
    """`more` are settings; `google` among them stands in for Google's services."""
    google: GoogleApis = more.pop("google", GOOGLE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / KEY_FILE).exists():
        (directory / KEY_FILE).write_bytes(_key_file())
    settings = Settings(
        base_url=base_url, trust_root="development", playground_dir=str(directory), SIDECARD_DATABASE_URL=database_url, **more
    )
    app = create_app(settings, zoho=zoho, google_apis=google)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    database = Database(database_url)
    try:
        yield Site(base_url, app, database, DevelopmentKey.open(directory), load_mailboxes(directory / DROPPED), settings)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        database.close()


@dataclass
class Rep:
    """One person's sidebar: a stack of cards, moved as Google moves it. Every answer is checked as Google would."""

    site: Site
    who: Actor
    mail: SampleMail | None = None
    cards: list[Json] = field(default_factory=list)
    notice: str = ""
    link: str = ""
    answer: Json = field(default_factory=dict)
    unticked: set[str] = field(default_factory=set)
    """Tick boxes this person has cleared."""

    @property
    def card(self) -> Json:
        return self.cards[-1]

    @property
    def text(self) -> str:
        """All the card says, title first."""
        return "\n".join(_texts(self.card))

    @property
    def title(self) -> str:
        return self.card["header"]["title"]

    @property
    def footer(self) -> list[str]:
        footer = self.card.get("fixedFooter", {})
        return [footer[name]["text"] for name in ("primaryButton", "secondaryButton") if name in footer]

    def open_mail(self, name: str) -> "Rep":
        """The mail whose file name contains `name`, in this person's own mailbox."""
        found = [mail for mail in self.site.mailboxes.of(self.who.email).mails if name in mail.name]
        assert len(found) == 1, f"{name}: {[mail.name for mail in found]}"
        self.mail = found[0]
        return self._trigger("/addon/message", EventKind.MESSAGE)

    def open_raw(self, raw: bytes) -> "Rep":
        """A mail that is not of the samples."""
        self.mail = self.site.mailboxes.drop(self.who.email, raw)
        return self._trigger("/addon/message", EventKind.MESSAGE)

    def open_home(self) -> "Rep":
        self.mail = None
        return self._trigger("/addon/home", EventKind.HOME)

    def _trigger(self, path: str, kind: EventKind) -> "Rep":
        answer = self.site.post(path, event_body(kind, self.who, mail=self.mail), self.who)
        assert answer.status == 200, answer
        assert check_answer(answer.json, trigger=True, https_only=False) == []
        self.answer = answer.json
        self.notice = self.link = ""
        if "action" in answer.json:
            self.cards = [entry["pushCard"] for entry in answer.json["action"]["navigations"]]
        return self

    def inputs(self) -> dict[str, Json]:
        return {
            one["name"]: one
            for section in self.card["sections"]
            for widget in section["widgets"]
            for kind, one in widget.items()
            if kind in ("textInput", "selectionInput", "dateTimePicker")
        }

    def ticks(self) -> dict[str, bool]:
        """The tick boxes at the end of rows, as they were drawn."""
        rows = (widget["decoratedText"] for section in self.card["sections"] for widget in section["widgets"] if "decoratedText" in widget)
        return {row["switchControl"]["name"]: row["switchControl"]["selected"] for row in rows if "switchControl" in row}

    def value(self, name: str) -> str:
        """What stands in a field as it was drawn."""
        return _standing(self.inputs()[name])

    def field(self, label: str) -> str:
        """The name of the field with this label."""
        return next(name for name, one in self.inputs().items() if one["label"].rstrip(" *") == label)

    def press(self, what: str, **typed: str) -> "Rep":
        """Press the button, row or menu entry that reads `what`; `typed`: field label (spaces as _) -> text, over what stands there."""
        return self.fire(self.find(what), typed)

    def change(self, label: str, value: str, **typed: str) -> "Rep":
        """Choose in a field that reports its change."""
        name = self.field(label)
        return self.fire(self.inputs()[name]["onChangeAction"], {**typed, label: value})

    def find(self, what: str) -> Json:
        """The action (or {"openLink"}) behind a text."""
        found = [click for text, click in _clickables(self.card) if text == what] or [
            click for text, click in _clickables(self.card) if what in text
        ]
        assert found, f"nothing reads {what!r} among {[text for text, _ in _clickables(self.card)]}"
        return found[0]["action"] if "action" in found[0] else found[0]

    def fire(self, action: Json, typed: Mapping[str, str] | None = None) -> "Rep":
        form = {name: _standing(one) for name, one in self.inputs().items()}
        for label, text in (typed or {}).items():
            form[self.field(label.replace("_", " "))] = text
        form |= {name: "1" for name, on in self.ticks().items() if on and name not in self.unticked}
        dates = {name for name, one in self.inputs().items() if one.get("type") == "DATE_ONLY"}
        inputs = {name: date_input(int(text)) if name in dates else string_inputs([text]) for name, text in form.items() if text}
        body = event_body(
            EventKind.ACT,
            self.who,
            mail=self.mail,
            parameters={one["key"]: one["value"] for one in action["parameters"]},
            form_inputs=inputs,
        )
        path = action["function"].removeprefix(self.site.base_url)
        answer = self.site.post(path, body, self.who)
        assert answer.status == 200, answer
        assert check_answer(answer.json, trigger=False, https_only=False) == []
        self._apply(answer.json)
        return self

    def _apply(self, answer: Json) -> None:
        self.answer = answer
        action = answer.get("renderActions", {}).get("action", {})
        self.notice = action.get("notification", {}).get("text", "")
        self.link = action.get("link", {}).get("url", "")
        for step in action.get("navigations", []):
            if "pushCard" in step:
                self.cards.append(step["pushCard"])
            elif "updateCard" in step:
                self.cards[-1] = step["updateCard"]
            elif "pop" in step:
                self.cards.pop()
            elif "popToRoot" in step:
                del self.cards[1:]

    def back(self) -> "Rep":
        self.cards.pop()
        return self


def _standing(one: Json) -> str:
    if "items" in one:
        return next((item["value"] for item in one["items"] if item.get("selected")), "")
    return str(one.get("value") or one.get("valueMsEpoch") or "")


_SHOWN = ("title", "subtitle", "text", "topLabel", "bottomLabel", "header", "label", "hintText", "value")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in _SHOWN and isinstance(value, str):
                yield value
            elif name not in ("onClick", "cardActions", "parameters"):
                yield from _texts(value)
    elif isinstance(node, list):
        for entry in node:
            yield from _texts(entry)


def _clickables(card: Json) -> list[tuple[str, Json]]:
    found: list[tuple[str, Json]] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "onClick" in node:
                text = str(node.get("text", node.get("actionLabel", "")))
                found.append((text.replace("<b>", "").replace("</b>", ""), node["onClick"]))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for entry in node:
                walk(entry)

    walk({**card, "cardActions": []})
    walk(card.get("cardActions", []))
    return found


@pytest.fixture
def site(sampled_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(sampled_url, tmp_path / "playground") as site:
        yield site


def milliseconds(day: date) -> str:
    """A day as a date picker holds it."""
    return str(int(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000))


def emails_of(site: Site, message_id: str) -> list[int]:
    """The records a mail stands on."""
    email = table(EmailRow)
    with site.database.read() as connection:
        return list(connection.execute(select(email.c.record_id).where(email.c.message_id == message_id)).scalars())


def record_of(site: Site, address: str) -> dict[str, str]:
    address_table, record = table(AddressRow), table(RecordRow)
    with site.database.read() as connection:
        joined = select(record.c["values"]).join(address_table, address_table.c.record_id == record.c.id)
        return connection.execute(joined.where(address_table.c.address == address)).scalars().one()


def remembered(site: Site, address: str) -> bool:
    with site.database.read() as connection:
        known = table(LastKnownRow)
        return connection.execute(select(func.count()).where(known.c.address == address)).scalar_one() > 0


def message_id(rep: Rep) -> str:
    raw = rep.mail.raw.decode(errors="replace")
    line = next(line for line in raw.splitlines() if line.lower().startswith("message-id:"))
    return line.partition(":")[2].strip().strip("<>")


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()
