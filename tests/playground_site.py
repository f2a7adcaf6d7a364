"""The playground's pages over real HTTP, with a stand-in add-on that answers what a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, Response, jsonify, redirect, request
from playwright.sync_api import Locator, Page
from werkzeug.serving import make_server

from db import Database
from i18n import Languages
from outbound import Http
from playground.keys import DevelopmentKey
from playground.mailbox import load_mailboxes
from playground.page import create_page

MAIL = "01-anna-quote-request.eml"
Json = dict[str, Any]
Answer = Json | str | int | Callable[[Json], Json]
"""JSON; a text that is not JSON; an HTTP status; or a function of the event."""


class StandInAddon:
    """`answers` by path below /addon/, e.g. "message" or "act/save". `events` are those that came, with their path."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.events: list[tuple[str, Json]] = []

    def clear(self) -> None:
        self.answers.clear()
        self.events.clear()

    def answer(self, path: str) -> Response:
        event = request.get_json()
        self.events.append((path, event))
        answer = self.answers.get(path, 404)
        if callable(answer):
            answer = answer(event)
        if isinstance(answer, int):
            return Response("no", answer)
        if isinstance(answer, str):
            return Response(answer, mimetype="text/plain")
        return jsonify(answer)

    @property
    def last(self) -> Json:
        """The newest event."""
        return self.events[-1][1]

    @property
    def form(self) -> Json:
        """The form inputs of the newest event."""
        form: Json = self.last["commonEventObject"].get("formInputs", {})
        return form


class PlaygroundSite:
    """`url` is the base URL of a running server; `app` the same for Flask's test client. `samples` fill the gallery."""

    def __init__(self, database: Database, directory: Path, base_url: str) -> None:
        self.addon = StandInAddon()
        self.samples: list[tuple[str, Json]] = []
        self.url = base_url
        self.key = DevelopmentKey.open(directory)
        self.app = Flask(__name__)
        self.app.register_blueprint(
            create_page(
                key=self.key,
                mailboxes=load_mailboxes(directory / "dropped"),
                base_url=base_url,
                http=Http(),
                database=database,
                languages=Languages(),
                sample_cards=lambda: self.samples,
            )
        )
        self.app.add_url_rule("/", view_func=lambda: redirect("/playground"), endpoint="root")
        self.app.add_url_rule("/addon/<path:path>", view_func=self.addon.answer, methods=["POST"], endpoint="addon")
        self.app.add_url_rule("/elsewhere", view_func=lambda: "<title>Elsewhere</title>", endpoint="elsewhere")


@contextmanager
def running_site(database: Database, directory: Path) -> Iterator[PlaygroundSite]:
    """Serves on a free port of this machine until the end."""
    server = make_server("127.0.0.1", 0, Flask(__name__), threaded=True)
    site = PlaygroundSite(database, directory, f"http://127.0.0.1:{server.server_port}")
    server.app = site.app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class OpenMail(Protocol):
    """Opens the sample mail with this answer of the message trigger; `query` adds to the address. The sidebar."""

    def __call__(self, answer: Answer, query: str = "") -> Locator: ...


def ready(page: Page) -> Locator:
    """The sidebar, when it is drawn and nothing is under way."""
    page.locator("body[data-ready='1']").wait_for()
    return page.locator("#sidebar")
