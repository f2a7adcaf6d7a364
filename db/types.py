"""Column types both databases agree on."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Table
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel


def now() -> datetime:
    """The time in UTC, with its zone, to the microsecond."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time. Takes aware datetimes only and gives them back in UTC (SQLite has no zone of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BIG_KEY = BigInteger().with_variant(Integer(), "sqlite")
"""For tables with more rows than 31 bits count. SQLite's plain integer has 64, and only that numbers rows by itself."""


def table(row: type[SQLModel]) -> Table:
    """The Core table of a row class: what all rooms write their queries with."""
    return SQLModel.metadata.tables[str(row.__tablename__)]
