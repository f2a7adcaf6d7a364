"""The embedded CRM behind the port: a CRM of our own, in our own database. It goes to no network."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from crm_client.checking import checked_changes, checked_new
from crm_client.embedded.access import Access, load_access
from crm_client.embedded.activity import (
    activity_of,
    checked_owner,
    checked_task,
    checked_text,
    make_note,
    make_task,
    note_of_key,
    task_of_key,
)
from crm_client.embedded.companies import known_company
from crm_client.embedded.fields import load_layout, translated
from crm_client.embedded.lookup import look_up, search_records
from crm_client.embedded.mails import get_email, get_file, list_emails, put_mail
from crm_client.embedded.organisation import list_roles, list_users
from crm_client.embedded.rows import get_record, get_records, record_of_key, require_record
from crm_client.embedded.store import reading
from crm_client.embedded.writing import change_record, create_record
from crm_client.errors import Stale
from crm_client.records import (
    Activity,
    AttachedFile,
    EmailEntry,
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
    Rights,
    Role,
    Task,
    User,
    Values,
)
from crm_client.standing import Standing
from db import Database
from i18n import Language


class EmbeddedCrm:
    """One organisation, seen by one of its users; see `crm_client.port.Crm` for what each method promises.

    Every call first asks who the user is and what he may do, so a right taken away is gone at once. Creating needs the
    right to create; updating and attaching a mail need those to view and to edit; a note or a task may be added by whoever may
    view the record, since it changes nothing of it.

    Keys are kept with what they made, so `tried_at` tells this CRM nothing.
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

    def create(self, kind: Kind, values: Values, key: str, tried_at: datetime | None = None, owner_id: str = "") -> Record:
        with self.entered() as (connection, access):
            access.require_create(kind)
            made = record_of_key(connection, access, self.language, key)
            if made is not None:
                return made
            checked = checked_new(load_layout(connection, access.org_id, kind), values)
            owner = checked_owner(connection, access, owner_id)
        return create_record(self._database, access, self.language, kind, checked, key, owner)

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

    def attach_email(self, ref: Ref, mail: MailCopy, files: Sequence[AttachedFile] = ()) -> tuple[FileVerdict, ...]:
        with self.entered() as (connection, access):
            access.require_edit(ref.kind)
            number = require_record(connection, access, ref)
        return put_mail(self._database, access, number, mail, files)

    def emails(self, ref: Ref, cursor: str = "") -> EmailPage:
        with self.entered() as (connection, access):
            return list_emails(connection, access, ref, cursor)

    def email(self, ref: Ref, email_id: str) -> EmailEntry:
        """For our own pages, not in the port: one mail of the Emails list."""
        with self.entered() as (connection, access):
            return get_email(connection, access, ref, email_id)

    def attachment(self, ref: Ref, email_id: str, place: int) -> AttachedFile:
        """For our own pages, not in the port: a file of a mail. NotFound: also where the CRM has its name only."""
        with self.entered() as (connection, access):
            return get_file(connection, access, ref, email_id, place)

    def activity(self, ref: Ref) -> Activity:
        with self.entered() as (connection, access):
            return activity_of(connection, access, ref)

    def add_note(self, ref: Ref, text: str, key: str, tried_at: datetime | None = None) -> Note:
        with self.entered() as (connection, access):
            number = require_record(connection, access, ref)
            made = note_of_key(connection, access, key)
            if made is not None:
                return made
            checked = checked_text(text)
        return make_note(self._database, access, number, checked, key)

    def add_task(self, ref: Ref, task: NewTask, key: str, tried_at: datetime | None = None) -> Task:
        with self.entered() as (connection, access):
            number = require_record(connection, access, ref)
            made = task_of_key(connection, access, key)
            if made is not None:
                return made
            checked = checked_task(connection, access, task)
        return make_task(self._database, access, number, checked, key)

    def known_company(self, name: str, domain: str) -> str | None:
        with self.entered() as (connection, access):
            return known_company(connection, access, name, domain)

    def users(self) -> tuple[User, ...]:
        with self.entered() as (connection, access):
            return list_users(connection, access.org_id)

    def roles(self) -> tuple[Role, ...]:
        with self.entered() as (connection, access):
            return list_roles(connection, access.org_id)

    def standing_of(self, user_id: str) -> Standing | None:
        """See `crm_client.standing.Shareable`. Here everybody sees what his profile lets him."""
        user = next((user for user in self.users() if user.id == user_id), None)
        if user is None:
            return None
        every = Rights(view=True, create=True, edit=True)
        return Standing(user, owners=None, fields=None, notes=every, tasks=every, mails=True, deals=True, companies=True)

    def record_url(self, ref: Ref) -> str:
        return f"{self._base_url}/crm/{ref.kind}/{ref.id}"
