"""The seam between the database and the port: database errors become `Unavailable` here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004 - SQLAlchemy's own: no free connection in time

from crm_client.errors import Unavailable
from db import Database


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """A connection that reads. Unavailable."""
    try:
        with database.read() as connection:
            yield connection
    except (OperationalError, TimeoutError) as error:
        raise Unavailable(type(error).__name__) from error


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """A connection in one transaction. Never inside `reading`: two connections a caller would drain the pool. Unavailable."""
    try:
        with database.write() as connection:
            yield connection
    except (OperationalError, TimeoutError) as error:
        raise Unavailable(type(error).__name__) from error
