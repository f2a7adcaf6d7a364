"""What any CRM holds, in our words. Frozen values only; adapters translate to and from these.

Standard fields carry the names below in every adapter (an adapter maps its vendor's names to them);
fields an organisation added itself keep the name its CRM gives them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

FIRST_NAME = "first_name"
LAST_NAME = "last_name"
EMAIL = "email"
SECONDARY_EMAIL = "secondary_email"
PHONE = "phone"
MOBILE = "mobile"
FAX = "fax"
TITLE = "title"
COMPANY = "company"
WEBSITE = "website"
LEAD_SOURCE = "lead_source"
STREET = "street"
POSTCODE = "postcode"
CITY = "city"
COUNTRY = "country"
DESCRIPTION = "description"

# What `Rejected` names in a note and in a task.
NOTE_TEXT = "text"
TASK_TITLE = "title"
DUE_ON = "due_on"
OWNER_ID = "owner_id"

Values = Mapping[str, str]
"""Field name -> text. Dates are ISO 8601, numbers plain decimals, booleans "true"; an empty field is absent."""


class Kind(StrEnum):
    """The two kinds of record a mail can belong to."""

    LEAD = "lead"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Ref:
    """One record. `id` is the CRM's own identifier, opaque to us."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class FieldType(StrEnum):
    TEXT = "text"
    TEXTAREA = "textarea"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    PICKLIST = "picklist"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a picklist: what is stored, and what the person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """What the CRM says of one field of one kind of record."""

    name: str
    label: str
    type: FieldType
    mandatory: bool = False
    read_only: bool = False
    unique: bool = False
    max_length: int = 255
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a kind of record in the order the CRM shows them, labels in the caller's language."""

    kind: Kind
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Role:
    """A place in the CRM's hierarchy; `reports_to` is another role's id."""

    id: str
    name: str
    reports_to: str | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a profile lets its user do with one kind of record."""

    view: bool = False
    create: bool = False
    edit: bool = False


NO_RIGHTS = Rights()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works in the CRM. `rights` is empty where the CRM does not tell them of others."""

    id: str
    name: str
    email: str
    role: str
    profile: str
    admin: bool = False
    active: bool = True
    rights: Mapping[Kind, Rights] = field(default_factory=lambda: MappingProxyType({}))

    def may(self, kind: Kind) -> Rights:
        return self.rights.get(kind, NO_RIGHTS)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The CRM organisation a connection leads to, for the connection line of a card."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the CRM: the answer of `whoami`."""

    user: User
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class Owner:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Deal:
    id: str
    name: str
    stage: str
    amount: Decimal | None = None
    currency: str = ""
    closing_on: date | None = None


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    text: str
    author: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done about a record, not done yet."""

    id: str
    title: str
    owner: Owner
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task about to be made. `owner_id` is a `User.id`; "" is the caller."""

    title: str
    due_on: date | None = None
    owner_id: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A lead or contact as this caller may see it.

    `version` is opaque and changes with every change of the record; hand it back to `update`.
    `may_edit` is the caller's right on this record. `open_deals` holds at most five, next closing first.
    `url` is the record's page for whoever is signed in to the CRM in his browser; "" where that page wants a sign-in from us.
    `was` is the lead this contact was converted from, where that is how it was found.
    """

    ref: Ref
    version: str
    values: Values
    owner: Owner
    modified_at: datetime
    modified_by: str
    may_edit: bool = True
    open_deals: tuple[Deal, ...] = ()
    url: str = ""
    was: Ref | None = None

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def name(self) -> str:
        """The name to show: first and last name, else the address, else the id."""
        full = f"{self.value(FIRST_NAME)} {self.value(LAST_NAME)}".strip()
        return full or self.value(EMAIL) or self.ref.id


@dataclass(frozen=True, slots=True)
class Match:
    """A record that carries an address that was asked for; `field` is EMAIL or SECONDARY_EMAIL."""

    address: str
    field: str
    record: Record


@dataclass(frozen=True, slots=True)
class Hidden:
    """A record with this address exists, but the caller may not see records of this kind. Nothing more is told."""

    address: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer to one look-up over leads and contacts. Matches: contacts before leads, primary before secondary."""

    matches: tuple[Match, ...] = ()
    hidden: tuple[Hidden, ...] = ()

    def of(self, address: str) -> tuple[Match, ...]:
        return tuple(match for match in self.matches if match.address == address)

    def hidden_of(self, address: str) -> tuple[Hidden, ...]:
        return tuple(entry for entry in self.hidden if entry.address == address)


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page of records. `next_page` is None on the last one; `total` is None where the CRM does not count."""

    records: tuple[Record, ...]
    page: int
    next_page: int | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A name and an address of a mail's header."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class AttachmentNote:
    """That a mail had an attachment: its name and size in bytes, not its content."""

    name: str
    mime_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MailCopy:
    """The copy of a mail that goes on a record. `message_id` is the RFC Message-ID or our stand-in for a missing one."""

    message_id: str
    subject: str
    sender: Correspondent
    to: tuple[Correspondent, ...]
    cc: tuple[Correspondent, ...]
    sent_at: datetime | None
    incoming: bool
    text: str
    attachments: tuple[AttachmentNote, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """An attachment with its content. `place` is its index in `MailCopy.attachments`."""

    place: int
    name: str
    mime_type: str
    content: bytes = field(repr=False)


class FileVerdict(StrEnum):
    """What became of an attachment when its mail was put on a record."""

    STORED = "stored"
    TOO_LARGE = "too_large"
    """It, or all of them together, are more than the CRM takes."""
    REFUSED = "refused"
    """The CRM does not take this file."""
    NOT_READ = "not_read"
    """Gmail did not hand out its content; the CRM has its name only."""


@dataclass(frozen=True, slots=True)
class EmailEntry:
    """One line of a record's Emails list.

    A CRM may list mails without their text, their Message-ID, the names of their attachments and when they were put there:
    those are empty then, `attached_at` None. `verdicts` says what became of each of `mail.attachments`; empty where the CRM
    does not tell. `has_attachments`: the mail has some although `mail.attachments` names none.
    """

    id: str
    mail: MailCopy
    attached_by: str
    attached_at: datetime | None
    verdicts: tuple[FileVerdict, ...] = ()
    has_attachments: bool = False


@dataclass(frozen=True, slots=True)
class EmailPage:
    """One page of a record's Emails list, newest first. `next_cursor` asks for the next one; None on the last."""

    entries: tuple[EmailEntry, ...]
    next_cursor: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened with a record and what is to be done. None: the CRM does not give this part now, or not to this user."""

    emails: EmailPage | None
    notes: tuple[Note, ...] | None
    tasks: tuple[Task, ...] | None
