"""Mailboxes, their folders, the mails in them, and what is written and sent from here.

A mail is kept once per workspace, whoever's mailbox it lies in: `mail` with its people, files and sealed text. `mail_copy` says
in whose mailbox it is, `mail_place` in which folder under which UID. Where the last place of a copy goes, the copy goes; where
the last copy goes, the mail goes.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.types import BIG_KEY, UtcDateTime


class MailboxRow(SQLModel, table=True):
    """A mailbox somebody connected. `salesinbox.mailboxes` has the words for `sign_in`, `state` and `cause`."""

    __tablename__ = "mailbox"
    __table_args__ = (UniqueConstraint("person_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    workspace_id: int = Field(foreign_key="workspace.id", index=True)
    address: str
    """Lower case: what its own mail comes from."""
    name: str
    """Of the person, as it stands before the address in what he sends."""
    provider: str
    """A key of `providers.json`, or "custom"."""
    sign_in: str
    imap_host: str
    imap_port: int
    imap_security: str
    imap_user: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    secrets: str = Field(sa_column=Column(Text, nullable=False))
    """The vault's: passwords or tokens. Emptied when the mailbox is removed."""
    language: str = "en"
    """In which its owner is written to."""
    state: str
    cause: str = ""
    """Why it does not work at the moment; "" where it does."""
    cause_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Since when."""
    failures: int = 0
    """In a row; what decides when it is tried again."""
    connected_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    synced_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When all its folders were last found to be as they are on the server."""
    first_done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When the mail of before the connection was all in."""
    confirming_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When somebody set about writing that to its owner: the promise; `confirmed_at` says that it was kept."""
    confirmed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When its owner was written to that it is."""
    told_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When its owner was last written to that he is needed."""
    compared_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When the store was last compared with the server, message by message."""
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    """When it is to be synchronised next; None: when the watch sees something new."""
    synchroniser: str = ""
    """The worker that last began to synchronise it. If that one is dead, it is due."""
    barred: bool = False
    """Its owner may not have mailboxes here at the moment (`salesinbox.permission`): nothing is done until he may again."""
    watcher: str = ""
    """The worker that watches it, until `watched_until`."""
    watched_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    watch_mark: str = ""
    """Fingerprint of its folders when the watch last made it due: the same one, seen again by whichever worker, is no news."""


class FolderRow(SQLModel, table=True):
    """A folder of a mailbox. `salesinbox.folders` has the words for `use` and `state`, `salesinbox.sync` the diagram.

    Everything with low_uid <= UID < next_uid is in the store or has a `mail_gap`; below `low_uid` is still to be fetched.
    """

    __tablename__ = "mail_folder"
    __table_args__ = (UniqueConstraint("mailbox_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    mailbox_id: int = Field(foreign_key="mailbox.id")
    name: str
    """As people read it, decoded from modified UTF-7; with the server's delimiter."""
    use: str = ""
    excluded: bool = False
    """Its mail is not synchronised: by its use, or because its owner said so."""
    chosen: bool = False
    """Its owner said so, either way."""
    state: str
    uidvalidity: int | None = Field(default=None, sa_column=Column(BigInteger))
    next_uid: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    low_uid: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    modseq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """HIGHESTMODSEQ up to which flags and removals are known; 0 where the server keeps none."""
    unseen: int = 0
    """Unread ones among them, as the server last said; how other clients' reading is noticed where it counts no changes."""
    on_server: int = 0
    """Messages in it, as the server last said."""
    cause: str = ""
    cause_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    failures: int = 0
    retry_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    checked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class MailRow(SQLModel, table=True):
    """One mail, however many mailboxes of the workspace it is in.

    `key` is what makes two copies one mail: a hash of Message-ID, author, date, subject and text, so that somebody else's mail
    with a copied Message-ID is another mail.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("key", "workspace_id"),
        Index("ix_mail_message_id", "workspace_id", "message_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG_KEY, primary_key=True))
    workspace_id: int = Field(foreign_key="workspace.id")
    key: str
    message_id: str
    """`reading.Message.key`: the RFC Message-ID without brackets, or "sha256:..." where the mail has none."""
    subject: str
    sender: str
    """Address, lower case; "" where From cannot be read."""
    sender_name: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    """By which it is sorted: Date where it is believable, else when it reached the first mailbox."""
    snippet: str
    """The first 200 characters of its own text; "" where the company has only headers kept."""
    kind: str
    """`reading.MailKind`."""
    size: int
    """Bytes, whole."""
    files: int = 0
    """How many attachments."""
    thread: str = Field(default="", sa_column=Column(Text, nullable=False))
    """Message-IDs of the thread, in their order, blank between, with brackets; this mail's own is not among them."""
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class MailPersonRow(SQLModel, table=True):
    """An address in a mail's headers. `mailbox_id` is set for blind copies: the sender's own copy alone names them.

    `workspace_id` and `at` repeat the mail's, so that one index answers "the newest mails with these addresses".
    """

    __tablename__ = "mail_person"
    __table_args__ = (
        Index("ix_mail_person_address", "workspace_id", "address_key", "at", "mail_id"),
        Index("ix_mail_person_mail", "mail_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG_KEY, primary_key=True))
    mail_id: int = Field(sa_type=BIG_KEY, foreign_key="mail.id")
    workspace_id: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    role: str
    """from, reply-to, to, cc, bcc."""
    place: int
    address: str
    """Lower case."""
    address_key: str
    """What it is compared by: `salesinbox.matching.address_key`."""
    name: str
    mailbox_id: int | None = Field(default=None, foreign_key="mailbox.id", index=True)


class MailFileRow(SQLModel, table=True):
    """An attachment: what it is called and how large. Its content stays on the server."""

    __tablename__ = "mail_file"

    mail_id: int = Field(sa_type=BIG_KEY, primary_key=True, foreign_key="mail.id")
    place: int = Field(primary_key=True)
    name: str
    mime_type: str
    size: int


class MailTextRow(SQLModel, table=True):
    """The mail as `reading` read it, text and HTML included, compressed and sealed. No row where the company has only headers kept."""

    __tablename__ = "mail_text"

    mail_id: int = Field(sa_column=Column(BIG_KEY, ForeignKey("mail.id"), primary_key=True, autoincrement=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MailCopyRow(SQLModel, table=True):
    """A mail is in a mailbox: its owner received or sent it."""

    __tablename__ = "mail_copy"
    __table_args__ = (
        Index("ix_mail_copy_newest", "mailbox_id", "at", "mail_id"),
        Index("ix_mail_copy_gmail", "mailbox_id", "gmail_id"),
    )

    mail_id: int = Field(sa_type=BIG_KEY, primary_key=True, foreign_key="mail.id")
    mailbox_id: int = Field(primary_key=True, foreign_key="mailbox.id")
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    """The mail's."""
    outgoing: bool
    """From one of the owner's addresses."""
    gmail_id: str = ""
    """X-GM-MSGID in hexadecimal: how Gmail's API, and so its sidebar, calls the mail; "" elsewhere."""


class MailPlaceRow(SQLModel, table=True):
    """A copy lies in a folder under a UID. The promise "fetched once"."""

    __tablename__ = "mail_place"
    __table_args__ = (
        UniqueConstraint("folder_id", "uid"),
        Index("ix_mail_place_copy", "mail_id", "mailbox_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BIG_KEY, primary_key=True))
    mailbox_id: int = Field(foreign_key="mailbox.id")
    folder_id: int = Field(foreign_key="mail_folder.id")
    uid: int = Field(sa_column=Column(BigInteger, nullable=False))
    mail_id: int = Field(sa_type=BIG_KEY, foreign_key="mail.id")
    unread: bool


class MailGapRow(SQLModel, table=True):
    """A message on the server that is not in the store, and why. `salesinbox.gaps.Reason` has the words."""

    __tablename__ = "mail_gap"
    __table_args__ = (Index("ix_mail_gap_mailbox", "mailbox_id"),)

    folder_id: int = Field(primary_key=True, foreign_key="mail_folder.id")
    uid: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    mailbox_id: int = Field(foreign_key="mailbox.id")
    reason: str
    tries: int = 1
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    retry_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """None: not before its owner asks for it."""


class FromAddressRow(SQLModel, table=True):
    """A further address somebody sends from, of use once the code mailed to it has come back."""

    __tablename__ = "from_address"
    __table_args__ = (UniqueConstraint("mailbox_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    mailbox_id: int = Field(foreign_key="mailbox.id")
    address: str
    name: str
    code_hash: str = ""
    code_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    wrong: int = 0
    """Wrong codes typed; after five the code is worth nothing."""
    proven_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class OutgoingRow(SQLModel, table=True):
    """A mail being written or on its way out. `salesinbox.outgoing` has the words for `state`.

    The row, with its Message-ID, is committed before the outgoing server is spoken to.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    mailbox_id: int = Field(foreign_key="mailbox.id", index=True)
    key: str
    """Names the drawing of the form: sent twice it counts once."""
    message_id: str
    answers_id: int | None = Field(default=None, sa_type=BIG_KEY)
    """The mail it answers, if it is still there."""
    draft: str = Field(sa_column=Column(Text, nullable=False))
    """The vault's: what was typed. Emptied when it is sent and filed."""
    state: str
    cause: str = ""
    tries: int = 0
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, index=True))
    """When the worker takes it up: to file it, or because whoever sent it must be dead."""
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RecordAddressRow(SQLModel, table=True):
    """An address a record has or had, as Sidecard saw it. Mails up to `until` stay under the record when the address changes."""

    __tablename__ = "record_address"
    __table_args__ = (Index("ix_record_address_key", "org", "address_key"),)

    org: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    address_key: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """None: it is the record's now."""
