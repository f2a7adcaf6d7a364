"""The ledger of links and the claims of adds under way."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class MailLinkRow(SQLModel, table=True):
    """One mail of one CRM organisation on one record: the unique key is the promise "link once"."""

    __tablename__ = "mail_link"
    __table_args__ = (
        UniqueConstraint("org", "message_key"),
        Index("ix_mail_link_record", "org", "kind", "record_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    org: str
    message_key: str
    kind: str
    record_id: str
    record_name: str
    person_id: int = Field(foreign_key="person.id")
    person_name: str
    state: str
    attempt: str
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    tried_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AddClaimRow(SQLModel, table=True):
    """Somebody is adding this address to this CRM organisation, or just did: then `record_id` says as what."""

    __tablename__ = "add_claim"

    org: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    attempt: str
    person_name: str
    claimed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    kind: str | None = None
    record_id: str | None = None


class RecordChangeRow(SQLModel, table=True):
    """Fields somebody changed from the sidebar, old and new, so that he can take it back for a day."""

    __tablename__ = "record_change"

    id: str = Field(primary_key=True)
    org: str
    kind: str
    record_id: str
    person_id: int = Field(foreign_key="person.id")
    old: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    new: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
