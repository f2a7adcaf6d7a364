"""A mail, read: the values every other room works with. Nothing here does input or output."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

MAX_TEXT = 100_000
"""Characters of text kept of one mail; the rest is cut."""
MAX_HTML = 300_000
MAX_IDS = 100
"""Of a thread; of more, the first and the newest are kept."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address from a header. The address is lower case and syntactically usable; the name is decoded,
    one line, free of control characters, and may be empty."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the mail; inline images of its HTML are not attachments. `size` in bytes."""

    name: str
    mime_type: str
    size: int
    attachment_id: str = ""
    """Gmail's handle for fetching the content, empty where the mail was read from raw bytes."""
    content: bytes | None = field(default=None, repr=False)
    """What Gmail handed out at once instead, as it does with small texts."""


class OriginalSource(StrEnum):
    """Where the original of a forwarded mail was found."""

    QUOTED_HEADER = "quoted header"
    ATTACHED_MESSAGE = "attached message"


@dataclass(frozen=True, slots=True)
class Original:
    """Who wrote the mail that was forwarded."""

    sender: Mailbox
    source: OriginalSource
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One mail.

    `key` names the mail the same in every mailbox it reached: its Message-ID without angle brackets, or, where that
    is missing or unusable (longer than 250 characters, blank), "sha256:" and a hash of From, To, Date and Subject.
    `sent_at` is aware (a mail without zone counts as UTC) or None where the Date cannot be read.
    `text` is plain text (from text/plain, else made from the HTML), at most MAX_TEXT characters.
    """

    key: str
    subject: str = ""
    sent_at: datetime | None = None
    sender: Mailbox | None = None
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    """Only in the sender's own copy."""
    list_id: str = ""
    list_post: str = ""
    bulk: bool = False
    """Precedence bulk/list/junk, List-Unsubscribe or List-Id is present."""
    automatic: bool = False
    """Auto-Submitted other than "no", or an empty Return-Path."""
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    """The first HTML part, at most MAX_HTML characters."""
    text_is_html: bool = False
    """There was no plain text: `text` was made of `html`."""
    organisation: str = ""
    """The Organization header, decoded."""
    author: str = ""
    """The From header as text where it holds no usable address: then `sender` is None."""
    answers: bool = False
    """In-Reply-To or References is present."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Message-IDs with angle brackets, oldest first, each once, at most MAX_IDS."""
    attachments: tuple[Attachment, ...] = ()
    original: Original | None = None

    @property
    def message_id(self) -> str:
        """With angle brackets, as answers name it; "" where the mail has none that can be named."""
        return "" if self.key.startswith("sha256:") else f"<{self.key}>"

    def headers(self) -> "Message":
        """What its headers alone say."""
        return replace(self, text="", html="", text_is_html=False, attachments=(), original=None)
