"""Brings a database's tables up to date. Any number of processes may do so at once; one works, the others wait."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from db.engine import Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Any number will do, as long as nothing else in the same PostgreSQL database takes it.
ADVISORY_LOCK = 5_318_008_137


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for work on an open connection, in its transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """All missing migrations in one transaction: afterwards the schema is the newest, or what it was before."""
    with _one_process(database):
        with database.read() as connection:
            if _is_current(connection):
                return
        with database.write() as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            if not _is_current(connection):
                command.upgrade(alembic_config(connection), "head")


@contextmanager
def _one_process(database: Database) -> Iterator[None]:
    """On SQLite, from before the first connection: a new file's switch to WAL fails at once where another process makes it too."""
    name = database.url.database
    if not database.is_sqlite or not name or name == ":memory:":
        yield
        return
    with Path(f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_current(connection: Connection) -> bool:
    heads = ScriptDirectory(str(MIGRATIONS)).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)
