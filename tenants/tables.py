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
    covered: bool = True
    """Whether his company's install is for him: an administrator may install for some organisational units only."""
    licence_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When Google was last asked what is installed for him."""
    mailboxes: int = 0
    """How many he has connected to SalesInbox: who has none is asked about no synchronised mail."""
    codes: int = 0
    """Codes mailed to prove further from-addresses, in the hour that began ..."""
    codes_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """... then (`salesinbox.brake`): strangers are not to be bombarded from here."""
    tries: int = 0
    """Sign-ins to mail servers he named, in the same way: nobody's password is to be guessed from here."""
    tries_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ConnectionRow(SQLModel, table=True):
    """A workspace's connection to one CRM organisation."""

    __tablename__ = "crm_connection"

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id", unique=True)
    kind: str
    org_id: str
    connected_by: int | None = Field(default=None, foreign_key="person.id")
    shared_grant_id: int | None = None
    """The administrator's permission that serves those who have given none of their own."""
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


class DomainInstallRow(SQLModel, table=True):
    """A company's install, made by its Workspace administrator (`marketplace`) or named in the settings (`operator`)."""

    __tablename__ = "domain_install"

    workspace_id: int = Field(primary_key=True, foreign_key="workspace.id")
    source: str
    state: str
    installed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    checked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    erase_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))


class IndividualInstallRow(SQLModel, table=True):
    """One person's own install. `workspace_id` is his personal workspace, his alone, `crm_user_id` who he is in its embedded CRM."""

    __tablename__ = "individual_install"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    workspace_id: int = Field(foreign_key="workspace.id", unique=True)
    crm_user_id: str | None = None
    state: str
    installed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    checked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    erase_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))


class PolicyRow(SQLModel, table=True):
    """A company's policy as JSON (`tenants.policy`). No row: the defaults."""

    __tablename__ = "policy"

    workspace_id: int = Field(primary_key=True, foreign_key="workspace.id")
    settings: str = Field(sa_column=Column(Text, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RosterRow(SQLModel, table=True):
    """Somebody of a company's Workspace, seen here or not, and who he is in the CRM. `by_hand`: an administrator said so."""

    __tablename__ = "roster"

    workspace_id: int = Field(primary_key=True, foreign_key="workspace.id")
    email: str = Field(primary_key=True)
    name: str = ""
    org_unit: str = ""
    suspended: bool = False
    crm_user_id: str | None = None
    crm_user_name: str = ""
    by_hand: bool = False
    listed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AdministratorRow(SQLModel, table=True):
    """Somebody Google's Directory said is an administrator of the company's Workspace; good for a day."""

    __tablename__ = "administrator"

    workspace_id: int = Field(primary_key=True, foreign_key="workspace.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    proven_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class AuditRow(SQLModel, table=True):
    """One line of a company's audit log. `actor` stays readable when the person is gone; erasure writes his hash instead."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_workspace", "workspace_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: int = Field(foreign_key="workspace.id")
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor_id: int | None = None
    actor: str
    action: str
    subject: str = ""
    detail: str = Field(default="", sa_column=Column(Text, nullable=False))


class ErasureRow(SQLModel, table=True):
    """Something to be erased, or erased. `receipt` is the signed proof, empty until it is done."""

    __tablename__ = "erasure"

    id: str = Field(primary_key=True)
    kind: str
    workspace_id: int | None = Field(default=None, index=True)
    person_id: int | None = None
    subject_hash: str = Field(index=True)
    asked_by: str = ""
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    begun_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """From then on nobody comes in any more; what is under way may end before it is deleted."""
    done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    receipt: str = Field(default="", sa_column=Column(Text, nullable=False))


class TombstoneRow(SQLModel, table=True):
    """The keyed hash of somebody who was erased, so that nothing of him comes back by a job or a cache."""

    __tablename__ = "tombstone"

    subject_hash: str = Field(primary_key=True)
    kind: str
    erased_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
