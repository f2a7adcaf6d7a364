"""Who: workspaces, people, the connection to a CRM, sign-in codes, what a person opened lately."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime


class WorkspaceRow(SQLModel, table=True):
    """A company (by its Workspace domain) that may use Sidecard."""

    __tablename__ = "workspace"

    id: int | None = Field(default=None, primary_key=True)
    domain: str = Field(unique=True)
    name: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class PersonRow(SQLModel, table=True):
    """A Google account, keyed by Google's `sub`: addresses can change, `sub` does not."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id", index=True)
    google_sub: str = Field(unique=True)
    email: str = Field(index=True)
    name: str
    aliases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    crm_user_id: str | None = None
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ConnectionRow(SQLModel, table=True):
    """A workspace's connection to one CRM organisation."""

    __tablename__ = "crm_connection"

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id", unique=True)
    kind: str
    org_id: str
    connected_by: int | None = Field(default=None, foreign_key="person.id")
    connected_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class SignInCodeRow(SQLModel, table=True):
    """A single-use door from a card into the console. Only the hash of the code is kept."""

    __tablename__ = "sign_in_code"

    code_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    target: str
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RecentRecordRow(SQLModel, table=True):
    """A record a person had open, for his home card."""

    __tablename__ = "recent_record"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "record_id"),
        Index("ix_recent_record_person_opened", "person_id", "opened_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    kind: str
    record_id: str
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
