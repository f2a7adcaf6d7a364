"""Somebody else's connection, used for somebody who is nobody in the CRM: he may look.

He sees that whoever wrote to him is known, under which name and company, and whose record it is: enough to ask that colleague. Not
how to reach them, no deals, notes, tasks or mails; he cannot search, and every change is refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from crm_client.errors import Forbidden
from crm_client.port import Crm
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
    Rights,
    Role,
    Task,
    User,
    Values,
)
from crm_client.standing import IDENTIFYING

_NOBODY = "no CRM user is known to be him"
_LOOK = MappingProxyType(dict.fromkeys(Kind, Rights(view=True)))


class LookingCrm:
    """See `crm_client.port.Crm` for what each method promises."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def whoami(self) -> Identity:
        """A user without id and name, who may view."""
        return Identity(User("", "", "", "", "", rights=_LOOK), self._crm.whoami().organisation)

    def describe(self, kind: Kind) -> Layout:
        layout = self._crm.describe(kind)
        return Layout(kind, tuple(replace(field, read_only=True) for field in layout.fields if field.name in IDENTIFYING))

    def lookup(self, addresses: Sequence[str]) -> Lookup:
        found = self._crm.lookup(addresses)
        return Lookup(tuple(replace(match, record=_shown(match.record)) for match in found.matches), found.hidden)

    def get(self, ref: Ref) -> Record:
        return _shown(self._crm.get(ref))

    def get_many(self, refs: Sequence[Ref]) -> tuple[Record, ...]:
        return tuple(_shown(record) for record in self._crm.get_many(refs))

    def activity(self, ref: Ref) -> Activity:
        return Activity(None, None, None)

    def known_company(self, name: str, domain: str) -> str | None:
        return None

    def record_url(self, ref: Ref) -> str:
        return self._crm.record_url(ref)

    def search(self, text: str, page: int = 1) -> RecordPage:
        raise Forbidden(_NOBODY)

    def create(self, kind: Kind, values: Values, key: str, tried_at: datetime | None = None, owner_id: str = "") -> Record:
        raise Forbidden(_NOBODY)

    def update(self, ref: Ref, changes: Values, seen_version: str) -> Record:
        raise Forbidden(_NOBODY)

    def attach_email(self, ref: Ref, mail: MailCopy, files: Sequence[AttachedFile] = ()) -> tuple[FileVerdict, ...]:
        raise Forbidden(_NOBODY)

    def emails(self, ref: Ref, cursor: str = "") -> EmailPage:
        raise Forbidden(_NOBODY)

    def add_note(self, ref: Ref, text: str, key: str, tried_at: datetime | None = None) -> Note:
        raise Forbidden(_NOBODY)

    def add_task(self, ref: Ref, task: NewTask, key: str, tried_at: datetime | None = None) -> Task:
        raise Forbidden(_NOBODY)

    def users(self) -> tuple[User, ...]:
        raise Forbidden(_NOBODY)

    def roles(self) -> tuple[Role, ...]:
        raise Forbidden(_NOBODY)


def _shown(record: Record) -> Record:
    values = {name: value for name, value in record.values.items() if name in IDENTIFYING}
    return replace(record, values=values, may_edit=False, open_deals=())
