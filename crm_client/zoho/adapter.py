"""Zoho CRM behind the port."""

import time
from collections.abc import Sequence
from datetime import datetime

from crm_client.errors import Duplicate, Forbidden
from crm_client.records import (
    EMAIL,
    SECONDARY_EMAIL,
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
from crm_client.standing import Standing
from crm_client.zoho.activity import activity, add_note, add_task
from crm_client.zoho.api import ZohoApi
from crm_client.zoho.companies import known_company
from crm_client.zoho.conversions import Conversions
from crm_client.zoho.lookup import look_up
from crm_client.zoho.mails import attach_email, emails
from crm_client.zoho.metadata import Metadata
from crm_client.zoho.people import People
from crm_client.zoho.records import record_url
from crm_client.zoho.retrieval import get, get_many, search
from crm_client.zoho.standing import standing_of
from crm_client.zoho.writing import create, made_by, update

JUST_SECONDS = 10.0


class ZohoCrm:
    """One organisation, seen by one of its users; see `crm_client.port.Crm` for what each method promises.

    What Zoho cannot promise: that an address is on one record of a kind only (`linking` sees to it), that a record exists
    which the user may not see (`Lookup.hidden` is empty), that a key makes nothing twice (`tried_at` does).
    """

    def __init__(self, api: ZohoApi, metadata: Metadata, people: People, conversions: Conversions) -> None:
        self._api = api
        self._metadata = metadata
        self._people = people
        self._conversions = conversions
        self._read: tuple[Record, float] | None = None
        """The record read last, and when: a change that follows at once need not read it again."""

    def whoami(self) -> Identity:
        return self._people.whoami(self._api)

    def describe(self, kind: Kind) -> Layout:
        return self._metadata.of(self._api).module(kind).layout

    def lookup(self, addresses: Sequence[str]) -> Lookup:
        return look_up(self._api, self._metadata, self._conversions, addresses)

    def search(self, text: str, page: int = 1) -> RecordPage:
        return search(self._api, self._metadata.of(self._api), text, page)

    def get(self, ref: Ref) -> Record:
        record = get(self._api, self._metadata.of(self._api), self._conversions, ref)
        self._read = (record, time.monotonic())
        return record

    def get_many(self, refs: Sequence[Ref]) -> tuple[Record, ...]:
        return get_many(self._api, self._metadata.of(self._api), self._conversions, refs) if refs else ()

    def create(self, kind: Kind, values: Values, key: str, tried_at: datetime | None = None, owner_id: str = "") -> Record:
        described = self._metadata.of(self._api)
        if tried_at is not None:
            made = made_by(self._api, described, self._conversions, kind, values, tried_at)
            if made is not None:
                return made
            self._require_new(kind, values)
        return create(self._api, described, self._conversions, kind, values, owner_id)

    def update(self, ref: Ref, changes: Values, seen_version: str) -> Record:
        described = self._metadata.of(self._api)
        read, self._read = self._just_read(ref, seen_version), None
        return update(self._api, described, self._conversions, ref, changes, seen_version, read)

    def attach_email(self, ref: Ref, mail: MailCopy, files: Sequence[AttachedFile] = ()) -> tuple[FileVerdict, ...]:
        # Zoho lets whoever sees a record put mails there; here, as in the cards, that is a change of the record.
        module = self._metadata.of(self._api).module(ref.kind)
        if not module.rights.edit:
            raise Forbidden(f"{module.api_name} may not be changed")
        return attach_email(self._api, ref, mail, files)

    def emails(self, ref: Ref, cursor: str = "") -> EmailPage:
        return emails(self._api, ref, cursor)

    def activity(self, ref: Ref) -> Activity:
        return activity(self._api, ref)

    def add_note(self, ref: Ref, text: str, key: str, tried_at: datetime | None = None) -> Note:
        self._require_view(ref.kind)
        return add_note(self._api, ref, text, tried_at)

    def add_task(self, ref: Ref, task: NewTask, key: str, tried_at: datetime | None = None) -> Task:
        self._require_view(ref.kind)
        return add_task(self._api, self._people, ref, task, tried_at)

    def known_company(self, name: str, domain: str) -> str | None:
        return known_company(self._api, name, domain)

    def users(self) -> tuple[User, ...]:
        return self._people.users(self._api)

    def roles(self) -> tuple[Role, ...]:
        return self._people.roles(self._api)

    def standing_of(self, user_id: str) -> Standing | None:
        """See `crm_client.standing.Shareable`."""
        return standing_of(self._api, self._people, user_id)

    def record_url(self, ref: Ref) -> str:
        return record_url(self._api.grant, ref)

    def _just_read(self, ref: Ref, version: str) -> Record | None:
        """Zoho itself refuses a change on top of an old sight, so this can only save a call."""
        record, at = self._read or (None, 0.0)
        fresh = record is not None and record.ref == ref and record.version == version and time.monotonic() - at < JUST_SECONDS
        return record if fresh else None

    def _require_new(self, kind: Kind, values: Values) -> None:
        """A record of this kind with an address of these is somebody else's. Duplicate."""
        addresses = [values[name].strip().lower() for name in (EMAIL, SECONDARY_EMAIL) if values.get(name, "").strip()]
        for match in self.lookup(addresses).matches:
            if match.record.ref.kind is kind or (match.record.was and match.record.was.kind is kind):
                raise Duplicate(match.field, match.record.ref, match.record.name)

    def _require_view(self, kind: Kind) -> None:
        """Zoho itself takes a task about a record its maker may not see. Forbidden."""
        self._metadata.of(self._api).module(kind)
