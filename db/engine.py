"""One database, opened once: SQLite (WAL) or PostgreSQL, told apart by the URL alone.

`read()` gives a connection that sees committed rows, one round trip a query (AUTOCOMMIT).
`write()` gives a connection in one transaction: commits at the end, rolls back on any error.
On SQLite a write takes the writer's lock at its start, so two writers wait instead of failing half-way.

What is written stands in no error: it may be somebody's mail.
While a `write()` is open, `outbound.Http` refuses to go to the network: a slow remote must not hold a lock.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Insert, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

SQLITE_BUSY_SECONDS = 20
POOL_SIZE = 16

_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

_open_writes = threading.local()


def writing() -> bool:
    """Whether this thread holds a write transaction."""
    return getattr(_open_writes, "depth", 0) > 0


def normalised(url: str) -> URL:
    """The URL with the driver we use: plain `postgres://` and `postgresql://` mean psycopg."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


class Database:
    """Every access to the store goes through one of these."""

    def __init__(self, url: str) -> None:
        self.url = normalised(url)
        self._engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        self._reader = self._engine if self.is_sqlite else self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """For alembic only."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(sidecard_write=True) as connection, connection.begin():
            _open_writes.depth = getattr(_open_writes, "depth", 0) + 1
            try:
                yield connection
            finally:
                _open_writes.depth -= 1

    def insert_or_ignore(self, table: Table, values: Mapping[str, object]) -> Insert:
        """An INSERT that does nothing where a unique key is taken; `rowcount` tells which. Both databases wait for an open rival."""
        # SQLAlchemy does not keep the row count of an INSERT by itself (-1 on PostgreSQL).
        kept = {"preserve_rowcount": True}
        if self.is_sqlite:
            return sqlite.insert(table).values(**values).on_conflict_do_nothing().execution_options(**kept)
        return postgresql.insert(table).values(**values).on_conflict_do_nothing().execution_options(**kept)

    def insert_many(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Rows with the same columns each. PostgreSQL copies them in, for half of what inserting costs. IntegrityError."""
        if not rows:
            return
        if self.is_sqlite:
            connection.execute(table.insert(), list(rows))
            return
        dialect = connection.dialect
        columns = ", ".join(map(dialect.identifier_preparer.quote, rows[0]))
        statement = f"COPY {dialect.identifier_preparer.format_table(table)} ({columns}) FROM STDIN"
        driver: psycopg.Connection[Any] = cast("Any", connection.connection.driver_connection)
        try:
            with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(tuple(row.values()))
        except psycopg.Error as error:
            raise DBAPIError.instance(statement, None, error, psycopg.Error, hide_parameters=True, dialect=dialect) from error

    def take_turns(self, connection: Connection, name: str) -> None:
        """In a write: whoever names the same waits until this one ends. On SQLite every write waits for every other anyway."""
        if not self.is_sqlite:
            connection.execute(_TURN, {"name": name})

    def close(self) -> None:
        self._engine.dispose()


def _postgresql(url: URL) -> Engine:
    return create_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_pre_ping=False, pool_recycle=1800, hide_parameters=True)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE * 4,
        connect_args={"check_same_thread": False, "timeout": SQLITE_BUSY_SECONDS},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: `begin` below does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_SECONDS * 1000}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("sidecard_write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
