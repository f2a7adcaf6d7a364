"""The ledger of links, the claims of adds under way, the outbox."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint
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
    person_id: int | None = Field(default=None, foreign_key="person.id")
    """None, and no name: somebody who was erased."""
    person_name: str
    state: str
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AddClaimRow(SQLModel, table=True):
    """An unfinished errand of the outbox, by its key, adds this address to this CRM organisation."""

    __tablename__ = "add_claim"

    org: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    key: str = Field(index=True)
    person_name: str


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


class OutboxRow(SQLModel, table=True):
    """Something a rep asked to be done in the CRM: committed before the CRM is asked, kept until its end was shown.

    Those of one `lane` (one record, or one person being added) are done in the order of their ids.
    """

    __tablename__ = "outbox_item"
    __table_args__ = (
        UniqueConstraint("org", "key"),
        Index("ix_outbox_item_lane", "org", "lane", "id"),
        Index("ix_outbox_item_due", "state", "due_at"),
        Index("ix_outbox_item_person", "org", "person_id", "seen", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    org: str
    key: str
    lane: str
    person_id: int = Field(foreign_key="person.id")
    work: str
    name: str
    """The record's or person's name, to show."""
    message_key: str = ""
    """Of a link: the mail's. Of anything else: the mail it was asked beside, or ""."""
    payload: str = Field(sa_column=Column(Text, nullable=False))
    """The vault's: what is to be done. Emptied when it is done."""
    state: str
    reason: str = ""
    problems: list[dict[str, str | int | None]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    attempt: str
    attempts: int = 0
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    first_tried_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Start of the earliest attempt whose end nobody knows; None if the CRM has surely done nothing of it yet."""
    tried_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    """When it may be tried next; while it is being delivered, when whoever does that must be dead."""
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    seen: bool = False
    """Whether the person was shown the end."""
    ref_kind: str = ""
    ref_id: str = ""
    """The record it concerned, once it is known."""


class OutboxFileRow(SQLModel, table=True):
    """The content of an attachment that waits with its mail, encrypted."""

    __tablename__ = "outbox_file"

    item_id: int = Field(primary_key=True, foreign_key="outbox_item.id")
    place: int = Field(primary_key=True)
    name: str
    mime_type: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
