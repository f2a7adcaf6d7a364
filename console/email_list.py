"""The Emails list of a record: the reader's synchronised mails and those linked in the CRM, one list, newest first, no mail twice.

Two lists are merged page by page. Where a page ends, its last synchronised mail and the place in the CRM's list make up the cursor of
the next one.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from console.attachments import ShownAttachment, shown_attachments
from console.crm import mail_path
from crm_client.embedded.adapter import EmbeddedCrm
from crm_client.records import EmailEntry, Record, Ref
from i18n import Language
from linking.ledger import Ledger, Link
from salesinbox.emails import PAGE, About, Emails, Line, Owner, Position, Reader
from salesinbox.record_addresses import RecordAddresses, addresses_of
from tenants.people import Caller

MAIL = "/mail"
SHOWN_RECIPIENTS = 3
MOST_ASKED = 20
"""Pages of the CRM's list for one of ours: mails that are in both are told there one by one."""
_SPENT = "x"
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedMail:
    """A line of the list. `recipients` are the first few, `more` counts the rest; `files` counts attachments that `attachments` does
    not name. `linked_by` is "" for a mail that is on no record, or on another."""

    url: str
    subject: str
    at: datetime | None
    incoming: bool
    sender: str
    recipients: tuple[str, ...]
    more: int
    snippet: str
    attachments: tuple[ShownAttachment, ...]
    files: int
    linked_by: str
    linked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to filter the list: all, or one person's mailboxes."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class EmailList:
    """`total` is None where nobody counts. `choices` is empty where there is nothing to choose. `older_url` and `newest_url` turn
    the pages."""

    mails: tuple[ListedMail, ...]
    total: int | None
    choices: tuple[Choice, ...]
    older_url: str | None
    newest_url: str | None
    linked_only: bool
    """No mail of the reader's own mailboxes is in it."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """`stored` is where the last page ended, None at the start, and `linked` the page of the CRM's list with how many of it were
    passed. None: that list has ended."""

    stored: Position | None = None
    stored_left: bool = True
    linked: str | None = ""
    passed: int = 0

    def __str__(self) -> str:
        stored = str(self.stored or "") if self.stored_left else _SPENT
        return "~".join((stored, *((_SPENT,) if self.linked is None else (str(self.passed), self.linked))))

    @staticmethod
    def read(text: str) -> "_Cursor":
        """The start, where the text is no cursor."""
        stored, _, rest = text.partition("~")
        passed, _, linked = rest.partition("~")
        if rest != _SPENT and not (passed.isascii() and passed.isdigit() and len(passed) < 6):  # noqa: PLR2004
            return _Cursor()
        return _Cursor(Position.read(stored), stored != _SPENT, None if rest == _SPENT else linked, 0 if rest == _SPENT else int(passed))


class EmailLists:
    """Made once by `create_console`."""

    def __init__(self, emails: Emails, ledger: Ledger, addresses: RecordAddresses) -> None:
        self._emails = emails
        self._ledger = ledger
        self._addresses = addresses

    def of(
        self, language: Language, caller: Caller, record: Record, crm: EmbeddedCrm | None, path: str, asked: str, owner: int | None = None
    ) -> EmailList:
        """A page of the list. `crm` is None where only synchronised mails are listed here, and so it is with `owner`, a person whose
        mailboxes alone count. `asked`: the cursor in the address of the page, which is `path`. CrmError."""
        org = str(caller.access.target)
        self._addresses.note(org, (record,))
        reader, about = Reader(caller.person.id, caller.workspace.id), About(org, record.ref, addresses_of(record))
        cursor = _Cursor.read(asked)
        page = self._emails.of_record(reader, about, owner=owner, after=cursor.stored)
        linked = _Linked(self._emails, reader, about, None if owner is not None else crm, cursor)
        kept = list(_merged(page.lines if cursor.stored_left else (), linked))
        links = self._ledger.on_record(org, record.ref, [one.message_id for one in kept if isinstance(one, Line)])
        stored = [one for one in kept if isinstance(one, Line)]
        after = _Cursor(
            stored=stored[-1].position if stored else cursor.stored,
            stored_left=cursor.stored_left and (page.more or len(stored) < len(page.lines)),
            linked=linked.cursor,
            passed=linked.passed,
        )
        query = {"of": str(owner)} if owner is not None else {}
        # Not of mails either that came while the company had texts kept.
        snippets = not caller.policy.headers_only
        return EmailList(
            mails=tuple(
                _line(language, one, links, snippet=snippets) if isinstance(one, Line) else linked_line(language, record.ref, one)
                for one in kept
            ),
            total=linked.total if not page.owners else page.total if linked.total == 0 else None,
            choices=_choices(language, page.owners, caller, owner, record.ref),
            older_url=f"{path}?{urlencode({**query, 'cursor': after})}#emails" if after.stored_left or after.linked is not None else None,
            newest_url=f"{path}{'?' + urlencode(query) if query else ''}#emails" if asked else None,
            linked_only=not page.owners,
        )


class _Linked:
    """The CRM's list, from the cursor on."""

    def __init__(self, emails: Emails, reader: Reader, about: About, crm: EmbeddedCrm | None, cursor: _Cursor) -> None:
        self._emails, self._reader, self._about, self._crm = emails, reader, about, crm
        self.cursor = cursor.linked if crm is not None else None
        self.passed = cursor.passed
        self.total = 0
        self._asked = 0
        self._entries: tuple[EmailEntry, ...] | None = None
        self._next: str | None = None
        self._doubles: frozenset[str] = frozenset()

    def peek(self) -> EmailEntry | None:
        """The next one; None at the end, or where a page of ours has asked often enough."""
        while self.cursor is not None:
            if self._entries is None and not self._ask(self.cursor):
                return None
            entries = self._entries or ()
            if self.passed < len(entries):
                return entries[self.passed]
            self.cursor, self.passed, self._entries = self._next, 0, None
        return None

    def is_double(self, entry: EmailEntry) -> bool:
        return entry.mail.message_id in self._doubles

    def _ask(self, cursor: str) -> bool:
        if self._crm is None or self._asked >= MOST_ASKED:
            return False
        self._asked += 1
        page = self._crm.emails(self._about.ref, cursor)
        self._entries, self._next, self.total = page.entries, page.next_cursor, page.total or 0
        self._doubles = self._emails.listed(self._reader, self._about, [entry.mail.message_id for entry in page.entries])
        return True


def _merged(stored: Sequence[Line], linked: _Linked) -> Iterator[Line | EmailEntry]:
    lines, count = deque(stored), 0
    while count < PAGE:
        entry = linked.peek()
        if entry is not None and (not lines or _moment(entry) >= lines[0].at):
            linked.passed += 1
            if linked.is_double(entry):
                continue
            yield entry
        elif lines and (entry is not None or linked.cursor is None):
            yield lines.popleft()
        else:
            return
        count += 1
    linked.peek()  # whether there is another one


def _moment(entry: EmailEntry) -> datetime:
    return entry.mail.sent_at or entry.attached_at or _EARLIEST


def _choices(language: Language, owners: tuple[Owner, ...], caller: Caller, owner: int | None, ref: Ref) -> tuple[Choice, ...]:
    if not owners and owner is None:
        return ()
    path = mails_path(ref)

    def choice(one: Owner) -> Choice:
        label = language.text("My mailboxes") if one.person_id == caller.person.id else one.name
        return Choice(label, f"{path}?of={one.person_id}", one.person_id == owner)

    return (Choice(language.text("All"), path, owner is None), *(choice(one) for one in owners))


def mails_path(ref: Ref) -> str:
    """The Emails list of a record of any CRM."""
    return f"{MAIL}/of/{ref.kind}/{quote(ref.id, safe='')}"


def _line(language: Language, line: Line, links: dict[str, Link], *, snippet: bool) -> ListedMail:
    recipients = tuple(box.name or box.address for box in line.recipients)
    link = links.get(line.message_id)
    return ListedMail(
        url=f"{MAIL}/{line.mail_id}",
        subject=line.subject,
        at=line.at,
        incoming=not line.outgoing,
        sender=line.sender.name or line.sender.address or language.text("(no readable sender)"),
        recipients=recipients[:SHOWN_RECIPIENTS],
        more=len(recipients[SHOWN_RECIPIENTS:]),
        snippet=line.snippet if snippet else "",
        attachments=(),
        files=line.files,
        linked_by="" if link is None else link.person_name or language.text("a former colleague"),
        linked_at=None if link is None else link.made_at,
    )


def linked_line(language: Language, ref: Ref, entry: EmailEntry) -> ListedMail:
    mail = entry.mail
    recipients = tuple(person.name or person.address for person in (*mail.to, *mail.cc))
    return ListedMail(
        url=mail_path(ref, entry.id),
        subject=mail.subject,
        at=mail.sent_at,
        incoming=mail.incoming,
        sender=mail.sender.name or mail.sender.address,
        recipients=recipients[:SHOWN_RECIPIENTS],
        more=len(recipients[SHOWN_RECIPIENTS:]),
        snippet="",
        attachments=shown_attachments(language, ref, entry),
        files=0,
        linked_by=entry.attached_by,
        linked_at=entry.attached_at,
    )
