"""Who: workspaces, people, the connection to a CRM, sign-in codes, what a person opened lately."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
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


class GrantRow(SQLModel, table=True):
    """A person's permission to act for him in one CRM organisation, as the CRM's OAuth gave it. Tokens are the vault's."""

    __tablename__ = "crm_grant"
    __table_args__ = (UniqueConstraint("person_id", "kind", "org_id"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    kind: str
    org_id: str
    """The organisation's key, as in `Target.org_id`: of Zoho "{location}.{zgid}"."""
    org_name: str
    org_domain: str
    edition: str
    user_id: str
    user_name: str
    user_email: str
    location: str
    api: str
    scopes: str
    refresh_token: str = Field(sa_column=Column(Text, nullable=False))
    access_token: str = Field(default="", sa_column=Column(Text, nullable=False))
    access_until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    renewing: str = ""
    """Who is renewing the token just now, and ..."""
    renewing_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """... until when he may be taken to be alive."""
    granted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """The CRM no longer takes the refresh token, or the person took it back."""


class ConsentRow(SQLModel, table=True):
    """One walk through a CRM's consent page. `state_hash` is what comes back with the browser, hashed; single use."""

    __tablename__ = "crm_consent"

    state_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    browser_hash: str
    """Of the cookie of the browser that set out: another browser cannot come back in its place."""
    secret: str = Field(sa_column=Column(Text, nullable=False))
    """The vault's: the PKCE verifier; after consent, what Zoho granted, until the person confirms it."""
    stage: str
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
