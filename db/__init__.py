"""The database: engine, sessions, migrations. Knows no room above it."""

from db.engine import Database
from db.types import BIG_KEY, UtcDateTime, now, table

__all__ = ["BIG_KEY", "Database", "UtcDateTime", "now", "table"]
