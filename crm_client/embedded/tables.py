"""The embedded CRM's own tables. Every row belongs to one organisation."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, Column, Index, LargeBinary, Numeric, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class OrgRow(SQLModel, table=True):
    """A company's CRM. `condition` is up, down or limiting: the playground and the tests set the weather with it."""

    __tablename__ = "embedded_org"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    condition: str = "up"
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ProfileRow(SQLModel, table=True):
    """What its users may do: `rights` is kind -> list of "view", "create", "edit"."""

    __tablename__ = "embedded_profile"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    name: str
    admin: bool = False
    rights: dict[str, list[str]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class RoleRow(SQLModel, table=True):
    __tablename__ = "embedded_role"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    name: str
    reports_to: int | None = Field(default=None, foreign_key="embedded_role.id")


class UserRow(SQLModel, table=True):
    __tablename__ = "embedded_user"
    __table_args__ = (UniqueConstraint("org_id", "email"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    name: str
    email: str
    role_id: int = Field(foreign_key="embedded_role.id")
    profile_id: int = Field(foreign_key="embedded_profile.id")
    active: bool = True


class FieldRow(SQLModel, table=True):
    """A field of a kind of record as this organisation has set it up."""

    __tablename__ = "embedded_field"
    __table_args__ = (UniqueConstraint("org_id", "kind", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    kind: str
    name: str
    label: str
    type: str
    position: int
    mandatory: bool = False
    read_only: bool = False
    max_length: int = 255
    choices: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class AccountRow(SQLModel, table=True):
    """A company that contacts belong to."""

    __tablename__ = "embedded_account"
    __table_args__ = (UniqueConstraint("org_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    name: str
    website: str = ""
    phone: str = ""
    city: str = ""
    country: str = ""


class RecordRow(SQLModel, table=True):
    """A lead or contact. `values` holds the fields; `search_text` is its lower-case name, company and addresses."""

    __tablename__ = "embedded_record"
    __table_args__ = (
        UniqueConstraint("org_id", "create_key"),
        Index("ix_embedded_record_list", "org_id", "kind", "sort_name", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    kind: str
    version: int = 1
    values: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    sort_name: str = ""
    search_text: str = Field(default="", sa_column=Column(Text, nullable=False))
    owner_id: int = Field(foreign_key="embedded_user.id")
    account_id: int | None = Field(default=None, foreign_key="embedded_account.id")
    create_key: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    modified_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    modified_by: int = Field(foreign_key="embedded_user.id")


class AddressRow(SQLModel, table=True):
    """An address of a record: the primary key is "one record of a kind per address"."""

    __tablename__ = "embedded_address"
    __table_args__ = (Index("ix_embedded_address_record", "record_id"),)

    org_id: int = Field(primary_key=True, foreign_key="embedded_org.id")
    kind: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    record_id: int = Field(foreign_key="embedded_record.id")
    field: str


class DealRow(SQLModel, table=True):
    __tablename__ = "embedded_deal"

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    contact_id: int = Field(foreign_key="embedded_record.id", index=True)
    owner_id: int = Field(foreign_key="embedded_user.id")
    name: str
    stage: str
    open: bool = True
    amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    currency: str = "EUR"
    closing_on: date | None = None


class NoteRow(SQLModel, table=True):
    __tablename__ = "embedded_note"
    __table_args__ = (UniqueConstraint("org_id", "create_key", name="uq_embedded_note_create_key"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    record_id: int = Field(foreign_key="embedded_record.id", index=True)
    author_id: int = Field(foreign_key="embedded_user.id")
    text: str = Field(sa_column=Column(Text, nullable=False))
    written_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    create_key: str | None = None
    """The click that made it; none for notes of before."""


class EmailRow(SQLModel, table=True):
    """A mail in a record's Emails list. `sort_at` is when it was sent, or attached where the mail has no date."""

    __tablename__ = "embedded_email"
    __table_args__ = (
        UniqueConstraint("record_id", "message_id"),
        Index("ix_embedded_email_list", "record_id", "sort_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    record_id: int = Field(foreign_key="embedded_record.id")
    message_id: str
    subject: str
    sender: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    to: list[dict[str, str]] = Field(default_factory=list, sa_column=Column("recipients", JSON, nullable=False))
    cc: list[dict[str, str]] = Field(default_factory=list, sa_column=Column("copies", JSON, nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    sort_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    incoming: bool
    text: str = Field(sa_column=Column(Text, nullable=False))
    attachments: list[dict[str, str | int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    attached_by: int = Field(foreign_key="embedded_user.id")
    attached_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class FileRow(SQLModel, table=True):
    """The content of a mail's attachment; `place` is its index in the mail's list."""

    __tablename__ = "embedded_file"

    email_id: int = Field(primary_key=True, foreign_key="embedded_email.id")
    place: int = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class TaskRow(SQLModel, table=True):
    """Something to be done about a record. `create_key` names the click that made it."""

    __tablename__ = "embedded_task"
    __table_args__ = (UniqueConstraint("org_id", "create_key"),)

    id: int | None = Field(default=None, primary_key=True)
    org_id: int = Field(foreign_key="embedded_org.id")
    record_id: int = Field(foreign_key="embedded_record.id", index=True)
    owner_id: int = Field(foreign_key="embedded_user.id")
    title: str
    due_on: date | None = None
    done: bool = False
    create_key: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
