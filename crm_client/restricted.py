"""Somebody else's connection, used for a user who has none: he may do with it what he might do himself.

The CRM judges by the connection's owner, who may do everything. So everything is judged here first, by what the CRM tells of
the user: his profile's rights, whose records he sees, which fields. What cannot be told is denied (`docs/security.md`).
Records he does not see are there, and nothing more is told of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crm_client.errors import Duplicate, FieldProblem, Forbidden, Problem, Rejected, Stale
from crm_client.records import (
    Activity,
    AttachedFile,
    EmailPage,
    FileVerdict,
    Hidden,
    Identity,
    Kind,
    Layout,
    Lookup,
    MailCopy,
    NewTask,
    Note,
    Owner,
    Record,
    RecordPage,
    Ref,
    Role,
    Task,
    User,
    Values,
)
from crm_client.standing import Shareable, Standing


class RestrictedCrm:
    """See `crm_client.port.Crm` for what each method promises. One per request: what he may do is asked once."""

    def __init__(self, crm: Shareable, user_id: str) -> None:
        self._crm = crm
        self._user_id = user_id
        self._asked: Standing | None = None

    def whoami(self) -> Identity:
        return Identity(self._standing.user, self._crm.whoami().organisation)

    def describe(self, kind: Kind) -> Layout:
        rights, standing = self._standing.user.may(kind), self._standing
        if not (rights.view or rights.create):
            raise Forbidden(f"user {self._user_id} has no rights on a {kind}")
        layout = self._crm.describe(kind)
        shown = (field for field in layout.fields if standing.shows(kind, field.name))
        return Layout(kind, tuple(field if standing.may_change(kind, field.name) else replace(field, read_only=True) for field in shown))

    def lookup(self, addresses: Sequence[str]) -> Lookup:
        found = self._crm.lookup(addresses)
        matches = tuple(replace(match, record=self._shown(match.record)) for match in found.matches if self._sees(match.record))
        unseen = (Hidden(match.address, match.record.ref.kind) for match in found.matches if not self._sees(match.record))
        return Lookup(matches, tuple(dict.fromkeys((*found.hidden, *unseen))))

    def search(self, text: str, page: int = 1) -> RecordPage:
        """A page may be short: what he does not see is taken out of it. How many there are is not told."""
        found = self._crm.search(text, page)
        seen = tuple(self._shown(record) for record in found.records if self._sees(record))
        return RecordPage(seen, found.page, found.next_page)

    def get(self, ref: Ref) -> Record:
        return self._shown(self._visible(ref))

    def get_many(self, refs: Sequence[Ref]) -> tuple[Record, ...]:
        return tuple(self._shown(record) for record in self._crm.get_many(refs) if self._sees(record))

    def create(self, kind: Kind, values: Values, key: str, tried_at: datetime | None = None, owner_id: str = "") -> Record:
        """He owns what he makes."""
        self._require(self._standing.user.may(kind).create, f"create a {kind}")
        self._require_open(kind, values)
        if owner_id not in ("", self._user_id):
            raise Forbidden(f"user {self._user_id} may not make records of others")
        try:
            made = self._crm.create(kind, values, key, tried_at, self._user_id)
        except Duplicate as duplicate:
            raise self._of_whom(duplicate) from duplicate
        return self._shown(replace(made, owner=Owner(self._user_id, self._standing.user.name)))

    def update(self, ref: Ref, changes: Values, seen_version: str) -> Record:
        self._changeable(ref)
        self._require_open(ref.kind, changes)
        try:
            return self._shown(self._crm.update(ref, changes, seen_version))
        except Stale as stale:
            raise (Stale(self._shown(stale.current)) if self._sees(stale.current) else Forbidden(str(ref))) from stale
        except Duplicate as duplicate:
            raise self._of_whom(duplicate) from duplicate

    def attach_email(self, ref: Ref, mail: MailCopy, files: Sequence[AttachedFile] = ()) -> tuple[FileVerdict, ...]:
        self._changeable(ref)
        return self._crm.attach_email(ref, mail, files)

    def emails(self, ref: Ref, cursor: str = "") -> EmailPage:
        self._visible(ref)
        self._require(self._standing.mails, "see mails of others")
        return self._crm.emails(ref, cursor)

    def activity(self, ref: Ref) -> Activity:
        self._visible(ref)
        found, standing = self._crm.activity(ref), self._standing
        tasks = None
        if found.tasks is not None and standing.tasks.view:
            tasks = tuple(task for task in found.tasks if standing.sees(task.owner.id))
        return Activity(found.emails if standing.mails else None, found.notes if standing.notes.view else None, tasks)

    def add_note(self, ref: Ref, text: str, key: str, tried_at: datetime | None = None) -> Note:
        self._visible(ref)
        self._require(self._standing.notes.create, "add notes")
        return replace(self._crm.add_note(ref, text, key, tried_at), author=self._standing.user.name)

    def add_task(self, ref: Ref, task: NewTask, key: str, tried_at: datetime | None = None) -> Task:
        self._visible(ref)
        self._require(self._standing.tasks.create, "add tasks")
        return self._crm.add_task(ref, replace(task, owner_id=task.owner_id or self._user_id), key, tried_at)

    def known_company(self, name: str, domain: str) -> str | None:
        """None also where he may not know of companies."""
        return self._crm.known_company(name, domain) if self._standing.companies else None

    def users(self) -> tuple[User, ...]:
        return self._crm.users()

    def roles(self) -> tuple[Role, ...]:
        self._require(self._standing.user.admin, "read the roles")
        return self._crm.roles()

    def record_url(self, ref: Ref) -> str:
        return self._crm.record_url(ref)

    @property
    def _standing(self) -> Standing:
        """Forbidden: he is no active user."""
        if self._asked is None:
            self._asked = self._crm.standing_of(self._user_id)
        if self._asked is None:
            raise Forbidden(f"no active user {self._user_id}")
        return self._asked

    def _sees(self, record: Record) -> bool:
        return self._standing.user.may(record.ref.kind).view and self._standing.sees(record.owner.id)

    def _visible(self, ref: Ref) -> Record:
        """Forbidden, NotFound."""
        record = self._crm.get(ref)
        self._require(self._sees(record), f"see {ref}")
        return record

    def _changeable(self, ref: Ref) -> None:
        """Forbidden, NotFound."""
        record = self._visible(ref)
        self._require(self._standing.user.may(record.ref.kind).edit, f"change {ref}")

    def _shown(self, record: Record) -> Record:
        """As he sees it."""
        kind, standing = record.ref.kind, self._standing
        return replace(
            record,
            values={name: value for name, value in record.values.items() if standing.shows(kind, name)},
            may_edit=record.may_edit and standing.user.may(kind).edit,
            open_deals=record.open_deals if standing.deals else (),
        )

    def _require(self, may: bool, what: str) -> None:
        """Forbidden."""
        if not may:
            raise Forbidden(f"user {self._user_id} may not {what}")

    def _require_open(self, kind: Kind, values: Values) -> None:
        """Rejected: a field he does not see or may not change."""
        standing = self._standing
        closed = tuple(
            FieldProblem(name, Problem.READ_ONLY if standing.shows(kind, name) else Problem.UNKNOWN_FIELD)
            for name in values
            if not standing.may_change(kind, name)
        )
        if closed:
            raise Rejected(closed)

    def _of_whom(self, duplicate: Duplicate) -> Duplicate:
        """Without the other record where he does not see it."""
        seen = self.get_many((duplicate.ref,)) if duplicate.ref else ()
        return Duplicate(duplicate.field, seen[0].ref, seen[0].name) if seen else Duplicate(duplicate.field, None)
