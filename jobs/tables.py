"""Which workers are alive."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class WorkerRow(SQLModel, table=True):
    """A worker process that says it is there. One that says nothing for long is dead: another takes its work over."""

    __tablename__ = "worker"

    executor_id: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
