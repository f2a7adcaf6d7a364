"""What every test may ask for: a migrated database on both engines, a browser (tests/browser.py), no way out of this machine."""

import ipaddress
import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from db import Database
from db.migrate import upgrade
from playground.setup import prepare
from tests.postgres import Cluster

pytest_plugins = ["tests.browser", "tests.crm_companies", "tests.google.fixtures", "tests.mail_servers", "tests.site", "tests.zoho_site"]

# A loaded machine is no reason to fail.
settings.register_profile("local", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

TEMPLATE = "migrated"
SAMPLED = "sampled"
ONE_ENGINE = frozenset(
    {
        *("test_console_activity", "test_console_people", "test_console_setup"),
        *("test_console_connect", "test_console_google", "test_console_pages", "test_console_signin"),
        *("test_console_mailboxes", "test_console_mailboxes_consent", "test_console_writing"),
        *("test_mail_hostile", "test_mail_second_server"),
    }
)
"""What these pages ask of the database, others ask on both engines; SQLite alone keeps the suite short."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run only the tests against real services, with their credentials")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: goes to a real service; only with --live")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --live nothing but the live tests runs, since the guard against leaving this machine is down."""
    if config.getoption("--live"):
        config.hook.pytest_deselected(items=[item for item in items if not item.get_closest_marker("live")])
        items[:] = [item for item in items if item.get_closest_marker("live")]
        return
    items[:] = [item for item in items if not (_module(item) in ONE_ENGINE and "postgresql" in item.name)]
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason="goes to a real service: only with --live"))


def _module(item: pytest.Item) -> str:
    return item.path.stem


@pytest.fixture(scope="session", autouse=True)
def loopback_only(request: pytest.FixtureRequest) -> Iterator[None]:
    """Sockets of this process reach this machine only, but with --live. Browsers have their own rule."""
    if request.config.getoption("--live"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _on_this_machine(address[0]):
            # Not an OSError: that would look like an outage, which the code handles.
            raise RuntimeError(f"a test went to {address[0]}; tests stay on this machine")
        return connect(self, address)

    return guarded


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """This worker's own PostgreSQL, with two databases to copy from: `migrated`, and `sampled` with the playground's samples in it."""
    with Cluster() as cluster:
        _migrate(cluster.create(TEMPLATE))
        _put_samples(cluster.create(SAMPLED, TEMPLATE))
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def sampled_template(sqlite_template: Path) -> Path:
    path = sqlite_template.with_name("sampled.sqlite")
    shutil.copy(sqlite_template, path)
    _put_samples(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    # SQLite folds its write-ahead log into the one file to be copied; PostgreSQL copies only what nobody uses.
    database.close()


def _put_samples(url: str) -> None:
    database = Database(url)
    prepare(database)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty migrated database of this test's own; the test runs once for each engine."""
    yield from _copied(request, tmp_path, "sqlite_template", TEMPLATE)


@pytest.fixture(params=["sqlite", "postgresql"])
def sampled_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, with the playground's samples in it: what a service with the playground's key would put there itself."""
    yield from _copied(request, tmp_path, "sampled_template", SAMPLED)


def _copied(request: pytest.FixtureRequest, directory: Path, file: str, template: str) -> Iterator[str]:
    if request.param == "sqlite":
        path = directory / "test.sqlite"
        shutil.copy(request.getfixturevalue(file), path)
        yield f"sqlite:///{path}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = f"test_{uuid.uuid4().hex}"
        yield cluster.create(name, template)
        cluster.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty migrated database of this test's own, on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()
