"""Run by alembic. The one place that knows all tables: importing their modules registers them with SQLModel."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import crm_client.embedded.tables
import crm_client.tables  # noqa: F401
import jobs.tables  # noqa: F401
import linking.tables  # noqa: F401
import salesinbox.tables  # noqa: F401
import tenants.tables  # noqa: F401
from db import Database
from settings import Settings


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        # SQLite cannot alter a column: alembic copies the table instead.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    # The developer's `alembic` command: the database of the environment's settings.
    with Database(Settings().database_url).write() as opened:
        migrate(opened)
