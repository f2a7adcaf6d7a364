"""The embedded CRM behind the port: a CRM of our own, in our own database. It goes to no network."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from crm_client.embedded.access import Access, load_access
from crm_client.embedded.companies import known_company
from crm_client.embedded.fields import checked_changes, checked_new, load_layout, translated
from crm_client.embedded.lookup import look_up, search_records
from crm_client.embedded.mails import list_emails, list_notes, put_mail
from crm_client.embedded.organisation import list_roles, list_users
from crm_client.embedded.rows import get_record, get_records, record_of_key, require_record
from crm_client.embedded.store import reading
from crm_client.embedded.writing import change_record, create_record
from crm_client.errors import Stale
from crm_client.records import EmailPage, Identity, Kind, Layout, Lookup, MailCopy, Note, Record, RecordPage, Ref, Role, User, Values
from db import Database
from i18n import Language


class EmbeddedCrm:
    """One organisation, seen by one of its users; see `crm_client.port.Crm` for what each method promises.

    Every call first asks who the user is and what he may do, so a right taken away is gone at once. Creating needs the
    right to create; updating and attaching a mail need those to view and to edit.
    """

    def __init__(self, database: Database, base_url: str, org_id: int, user_id: int, language: Language) -> None:
        self.language = language
        self._database = database
        self._base_url = base_url
        self._org_id = org_id
        self._user_id = user_id

    @contextmanager
    def entered(self) -> Iterator[tuple[Connection, Access]]:
        """A reading connection and what the user may do; for this package. Unavailable, RateLimited, Forbidden."""
        with reading(self._database) as connection:
            yield connection, load_access(connection, self._org_id, self._user_id)

    def whoami(self) -> Identity:
        with self.entered() as (_connection, access):
            return Identity(access.user, access.organisation)

    def describe(self, kind: Kind) -> Layout:
        with self.entered() as (connection, access):
            return translated(load_layout(connection, access.org_id, kind), self.language)

    def lookup(self, addresses: Sequence[str]) -> Lookup:
        with self.entered() as (connection, access):
            return look_up(connection, access, self.language, addresses)

    def search(self, text: str, page: int = 1) -> RecordPage:
        with self.entered() as (connection, access):
            return search_records(connection, access, self.language, text, page)

    def get(self, ref: Ref) -> Record:
        with self.entered() as (connection, access):
            return get_record(connection, access, self.language, ref)

    def get_many(self, refs: Sequence[Ref]) -> tuple[Record, ...]:
        with self.entered() as (connection, access):
            return get_records(connection, access, self.language, refs)

    def create(self, kind: Kind, values: Values, key: str) -> Record:
        with self.entered() as (connection, access):
            access.require_create(kind)
            made = record_of_key(connection, access, self.language, key)
            if made is not None:
                return made
            checked = checked_new(load_layout(connection, access.org_id, kind), values)
        return create_record(self._database, access, self.language, kind, checked, key)

    def update(self, ref: Ref, changes: Values, seen_version: str) -> Record:
        with self.entered() as (connection, access):
            access.require_edit(ref.kind)
            current = get_record(connection, access, self.language, ref)
            if current.version != seen_version:
                raise Stale(current)
            values = checked_changes(load_layout(connection, access.org_id, ref.kind), current.values, changes)
            if values == current.values:
                return current
        return change_record(self._database, access, self.language, current, values)

    def attach_email(self, ref: Ref, mail: MailCopy) -> None:
        with self.entered() as (connection, access):
            access.require_edit(ref.kind)
            number = require_record(connection, access, ref)
        put_mail(self._database, access, number, mail)

    def emails(self, ref: Ref, page: int = 1) -> EmailPage:
        with self.entered() as (connection, access):
            return list_emails(connection, access, ref, page)

    def notes(self, ref: Ref) -> tuple[Note, ...]:
        with self.entered() as (connection, access):
            return list_notes(connection, access, ref)

    def known_company(self, name: str, domain: str) -> str | None:
        with self.entered() as (connection, access):
            return known_company(connection, access, name, domain)

    def users(self) -> tuple[User, ...]:
        with self.entered() as (connection, access):
            return list_users(connection, access.org_id)

    def roles(self) -> tuple[Role, ...]:
        with self.entered() as (connection, access):
            return list_roles(connection, access.org_id)

    def record_url(self, ref: Ref) -> str:
        return f"{self._base_url}/crm/{ref.kind}/{ref.id}"
