"""Debian's Chromium for tests. It reaches this machine only, and a page that complains fails its test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from settings import is_loopback

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("the browser tests need Debian's Chromium: apt-get install chromium (make test does)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def faults() -> list[str]:
    """What pages complained of so far. A test that provokes a complaint checks it here, then clears the list."""
    return []


@pytest.fixture
def new_page(browser: Browser, faults: list[str]) -> Iterator[NewPage]:
    """Opens pages, each in a browser profile of its own: new_page(width=360, dark=True, locale="fr-FR")."""
    contexts = []

    def complained(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def threw(error: Error) -> None:
        faults.append(f"script: {error}")

    def asked(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and not is_loopback(address.hostname or ""):
            faults.append(f"left this machine: {request.url}")

    def open_one(*, width: int = 1280, height: int = 900, dark: bool = False, locale: str = "en-GB") -> Page:
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, timezone_id="UTC")
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", complained)
        page.on("pageerror", threw)
        context.on("request", asked)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A desktop page."""
    return new_page()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go: tests/out, or the folder `make pictures` names."""
    folder = Path(__file__).parent.parent / os.environ.get("PICTURES", "tests/out")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
