"""The CRM port: what Sidecard asks of any CRM. One screen needs one call.

Every method acts with the rights of one CRM user and may raise any `crm_client.errors.CrmError`.
Methods are safe to call from many threads.

What makes something takes a `key`, which names the click, and `tried_at`: when an attempt with this key was made whose
end nobody knows (None: this is the first). A CRM that knows no keys then looks for what that attempt made before it
makes anything again, so that no answer lost on the way makes a thing twice.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from crm_client.records import (
    Activity,
    AttachedFile,
    EmailPage,
    FileVerdict,
    Identity,
    Kind,
    Layout,
    Lookup,
    MailCopy,
    NewTask,
    Note,
    Record,
    RecordPage,
    Ref,
    Role,
    Task,
    User,
    Values,
)


class Crm(Protocol):
    """One CRM organisation, seen by one of its users."""

    def whoami(self) -> Identity:
        """The user this connection acts as, with his rights, and the organisation."""
        ...

    def describe(self, kind: Kind) -> Layout:
        """The fields of this kind as the organisation has set them up."""
        ...

    def lookup(self, addresses: Sequence[str]) -> Lookup:
        """Leads and contacts that carry any of these addresses (lower case), primary or secondary. Always fresh."""
        ...

    def search(self, text: str, page: int = 1) -> RecordPage:
        """Leads and contacts whose name, company or address contains the text; ten a page, best first."""
        ...

    def get(self, ref: Ref) -> Record:
        """One record, fresh; of a lead converted since, the contact it became. NotFound, Forbidden."""
        ...

    def get_many(self, refs: Sequence[Ref]) -> tuple[Record, ...]:
        """Those of these records that exist and that the caller may see, in the order asked for."""
        ...

    def create(self, kind: Kind, values: Values, key: str, tried_at: datetime | None = None, owner_id: str = "") -> Record:
        """Make a record owned by `owner_id`, a `User.id`; "" is the caller. The same `key` gives the same record again, never a second one.

        With `tried_at`, a record of this kind that carries one of the addresses is either what that attempt made or a
        Duplicate. Rejected, Duplicate, Forbidden.
        """
        ...

    def update(self, ref: Ref, changes: Values, seen_version: str) -> Record:
        """Change these fields ("" clears one) if the record is still at `seen_version`. Stale, Rejected, Duplicate."""
        ...

    def attach_email(self, ref: Ref, mail: MailCopy, files: Sequence[AttachedFile] = ()) -> tuple[FileVerdict, ...]:
        """Put a copy of the mail into the record's Emails list; a second time with the same Message-ID does nothing.

        One verdict for each of `mail.attachments`, in their order; those without a file are NOT_READ. A file that is
        not taken does not keep the mail from being taken.
        """
        ...

    def emails(self, ref: Ref, cursor: str = "") -> EmailPage:
        """The record's Emails list, newest first, page by page: `cursor` is the last page's `next_cursor`."""
        ...

    def activity(self, ref: Ref) -> Activity:
        """First page of the Emails list, newest notes (at most twenty), open tasks (at most twenty, next due first), in one call."""
        ...

    def add_note(self, ref: Ref, text: str, key: str, tried_at: datetime | None = None) -> Note:
        """Put a note on the record, by the caller. Rejected, NotFound, Forbidden."""
        ...

    def add_task(self, ref: Ref, task: NewTask, key: str, tried_at: datetime | None = None) -> Task:
        """Make a task about the record. Rejected (fields "title", "due_on", "owner_id"), NotFound, Forbidden."""
        ...

    def known_company(self, name: str, domain: str) -> str | None:
        """The name, as the CRM writes it, of the company it knows by this name (case aside) or by this web domain."""
        ...

    def users(self) -> tuple[User, ...]:
        """The active users of the organisation, by name."""
        ...

    def roles(self) -> tuple[Role, ...]:
        """The roles of the organisation, top first."""
        ...

    def record_url(self, ref: Ref) -> str:
        """The address of the record's page in the CRM."""
        ...
