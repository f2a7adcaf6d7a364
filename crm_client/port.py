"""The CRM port: what Sidecard asks of any CRM. One screen needs one call.

Every method acts with the rights of one CRM user and may raise any `crm_client.errors.CrmError`.
Methods are safe to call from many threads.
"""

from collections.abc import Sequence
from typing import Protocol

from crm_client.records import EmailPage, Identity, Kind, Layout, Lookup, MailCopy, Note, Record, RecordPage, Ref, Role, User, Values


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
        """One record, fresh. NotFound, Forbidden."""
        ...

    def get_many(self, refs: Sequence[Ref]) -> tuple[Record, ...]:
        """Those of these records that exist and that the caller may see, in the order asked for."""
        ...

    def create(self, kind: Kind, values: Values, key: str) -> Record:
        """Make a record owned by the caller. The same `key` gives the same record again, never a second one.

        Rejected, Duplicate, Forbidden.
        """
        ...

    def update(self, ref: Ref, changes: Values, seen_version: str) -> Record:
        """Change these fields ("" clears one) if the record is still at `seen_version`. Stale, Rejected, Duplicate."""
        ...

    def attach_email(self, ref: Ref, mail: MailCopy) -> None:
        """Put a copy of the mail into the record's Emails list; a second time with the same Message-ID does nothing."""
        ...

    def emails(self, ref: Ref, page: int = 1) -> EmailPage:
        """The record's Emails list, newest first, twenty a page."""
        ...

    def notes(self, ref: Ref) -> tuple[Note, ...]:
        """The record's notes, newest first."""
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
