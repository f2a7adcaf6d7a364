"""What a person last saw of an address, kept for the time the CRM does not answer."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class LastKnownRow(SQLModel, table=True):
    """`viewer` is organisation and CRM user: nobody is shown what another was allowed to see."""

    __tablename__ = "last_known"

    viewer: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    lookup: str = Field(sa_column=Column(Text, nullable=False))
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class KnownSetUpRow(SQLModel, table=True):
    """How a CRM was last seen set up (field lists, the user's rights), for the time it does not answer."""

    __tablename__ = "known_setup"

    viewer: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    value: str = Field(sa_column=Column(Text, nullable=False))
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
