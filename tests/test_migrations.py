"""The migrated schema is the one the models say, on both engines, however many processes upgrade at once."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from db import Database
from db.migrate import alembic_config, upgrade
from tests.postgres import Cluster

ROOT = Path(__file__).parent.parent


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/empty.sqlite"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = f"empty_{uuid.uuid4().hex}"
        yield cluster.create(name)
        cluster.drop(name)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def test_an_empty_database_gets_all_tables(empty: Database) -> None:
    upgrade(empty)
    upgrade(empty)
    with empty.read() as connection:
        names = inspect(connection).get_table_names()
        assert {"workspace", "person", "mail_link", "last_known", "embedded_record", "alembic_version"} <= set(names)
        assert len(connection.execute(text("SELECT version_num FROM alembic_version")).all()) == 1


def test_the_models_ask_for_nothing_more(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as connection:
        command.check(alembic_config(connection))


def test_a_missing_table_is_noticed(empty: Database) -> None:
    """The check above can fail."""
    upgrade(empty)
    with empty.write() as connection:
        connection.execute(text("DROP TABLE add_claim"))
    with empty.write() as connection, pytest.raises(Exception, match="add_claim"):
        command.check(alembic_config(connection))


def test_down_again_leaves_nothing(empty: Database) -> None:
    upgrade(empty)
    with empty.write() as connection:
        command.downgrade(alembic_config(connection), "base")
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_eight_processes_at_once(empty_url: str) -> None:
    environment = {**os.environ, "SIDECARD_TRUST_ROOT": "development", "SIDECARD_DATABASE_URL": empty_url}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "db", "upgrade"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(8)
    ]
    answers = [process.communicate()[0].decode() for process in started]
    assert answers == ["The database is up to date.\n"] * 8
    database = Database(empty_url)
    with database.read() as connection:
        assert inspect(connection).has_table("embedded_record")
    database.close()
