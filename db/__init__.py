"""The database: engine, sessions, migrations. Knows no room above it."""

from db.engine import Database
from db.types import UtcDateTime, now, table

__all__ = ["Database", "UtcDateTime", "now", "table"]
