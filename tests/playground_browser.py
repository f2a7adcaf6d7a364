"""The playground in a browser, for the tests of its sidebar. Test modules name this one in `pytest_plugins`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from db import Database
from tests.playground_site import MAIL, Answer, OpenMail, PlaygroundSite, ready, running_site


@pytest.fixture(scope="session")
def running_playground(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaygroundSite]:
    directory = tmp_path_factory.mktemp("playground")
    (directory / "site.sqlite").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{directory / 'site.sqlite'}")
    with running_site(database, directory) as site:
        yield site
    database.close()


@pytest.fixture
def playground(running_playground: PlaygroundSite) -> PlaygroundSite:
    """A running site whose add-on has no answers yet."""
    running_playground.addon.clear()
    return running_playground


@pytest.fixture
def opened(playground: PlaygroundSite, page: Page) -> OpenMail:
    def open_mail(answer: Answer, query: str = "") -> Locator:
        playground.addon.answers["message"] = answer
        page.goto(f"{playground.url}/playground?mail={MAIL}{query}")
        return ready(page)

    return open_mail
