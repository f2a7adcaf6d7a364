"""Mail as people read it: the Emails list of a record, one mail, the latest few for the sidebar, a mail that is open in Gmail.

A record's mails are found by address at the moment of asking: a record made or an address added later has its old mail at once.
Who asks sees what `salesinbox.sharing` lets through and nothing else, blind copies only of his own mailboxes.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.engine import Row

from crm_client.records import Ref
from db import Database, table
from reading.message import Attachment, Mailbox, Message
from salesinbox.newest import READER, Newest, Position, Range, Reader, current, known_to, newest_of
from salesinbox.record_addresses import RecordAddresses
from salesinbox.sharing import open_to, visible_to
from salesinbox.stored import unpack
from salesinbox.tables import MailboxRow, MailCopyRow, MailFileRow, MailPersonRow, MailRow, MailTextRow
from tenants.tables import PersonRow
from tenants.vault import Vault, VaultDamaged

__all__ = ["About", "Emails", "Holder", "Line", "Opened", "Owner", "Page", "Position", "Reader", "Recent"]

PAGE = 20
MOST_COUNTED = 1000
"""More are not counted: a count looks at every row."""

_mail, _copy, _mailbox, _who = table(MailRow), table(MailCopyRow), table(MailboxRow), table(MailPersonRow)
_file, _text, _person = table(MailFileRow), table(MailTextRow), table(PersonRow)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class About:
    """A record and the addresses it has now. `org`: as in the ledger."""

    org: str
    ref: Ref
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody whose mailbox it is."""

    person_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """A mail in a list. `outgoing`: from one of the owners' addresses. `owners`: in whose mailboxes it is, of those one may know of."""

    mail_id: int
    message_id: str
    subject: str
    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    at: datetime
    snippet: str
    outgoing: bool
    files: int
    owners: tuple[Owner, ...]

    @property
    def position(self) -> Position:
        return Position(self.at, self.mail_id)


@dataclass(frozen=True, slots=True)
class Page:
    """`more`: there are older ones. `total` is None where there are more than MOST_COUNTED; `owners` are those of the counted."""

    lines: tuple[Line, ...]
    more: bool
    total: int | None
    owners: tuple[Owner, ...]


@dataclass(frozen=True, slots=True)
class Recent:
    mail_id: int
    subject: str
    at: datetime
    outgoing: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """A mailbox one sees the mail in."""

    mailbox_id: int
    address: str
    owner: Owner
    outgoing: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One mail. `message` is None where only headers were kept; `files` are in their places."""

    mail_id: int
    message_id: str
    subject: str
    at: datetime
    sender: Mailbox
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    bcc: tuple[Mailbox, ...]
    files: tuple[Attachment, ...]
    holders: tuple[Holder, ...]
    message: Message | None

    @property
    def outgoing(self) -> bool:
        return any(holder.outgoing for holder in self.holders)

    def without_text(self) -> "Opened":
        return replace(self, message=None, files=())


class Emails:
    """Safe to use from many threads."""

    def __init__(self, database: Database, vault: Vault, addresses: RecordAddresses) -> None:
        self._database = database
        self._vault = vault
        self._addresses = addresses

    def of_record(self, reader: Reader, about: About, *, owner: int | None = None, after: Position | None = None, size: int = PAGE) -> Page:
        """A page of the record's mails, newest first. `owner`: only those in mailboxes of this person."""
        of = self._ranges(about)
        if not of:
            return Page((), more=False, total=0, owners=())
        with self._database.read() as connection:
            newest = Newest(reader, of, size + 1, owner, after)
            mails = {row.mail_id: row for row in connection.execute(newest.query, newest.values)}
            kept = sorted(mails.values(), key=lambda row: (row.at, row.mail_id), reverse=True)[:size]
            lines = tuple(_lines(connection, reader, kept))
            total, owners = _counted(connection, reader, of, owner)
        return Page(lines, len(mails) > size, total, owners)

    def listed(self, reader: Reader, about: About, message_ids: Collection[str]) -> frozenset[str]:
        """Which of these mails the record's list shows this reader, over all its pages."""
        of = self._ranges(about)
        if not message_ids or not of:
            return frozenset()
        named = [and_(_who.c.address_key == one.key, _who.c.at <= one.until if one.until else true()) for one in of]
        theirs = exists(select(_who.c.mail_id).where(_who.c.mail_id == _mail.c.id, or_(*named), known_to(reader.person_id)))
        query = select(_mail.c.message_id).where(
            _mail.c.workspace_id == reader.workspace_id, _mail.c.message_id.in_(message_ids), visible_to(reader.person_id), theirs
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def recent(self, reader: Reader, addresses: Sequence[str], limit: int) -> tuple[Recent, ...]:
        """The newest mails with somebody who has these addresses. One query."""
        if not addresses:
            return ()
        newest = Newest(reader, current(addresses), limit)
        with self._database.read() as connection:
            # An address written into several headers of a mail, or two addresses in one mail, name it more than once.
            rows = {row.id: row for row in connection.execute(_recent(len(newest.of)), newest.values)}
        return tuple(Recent(row.id, row.subject, row.at, bool(row.outgoing)) for row in list(rows.values())[:limit])

    def open(self, reader: Reader, mail_id: int) -> Opened | None:
        """None: there is no such mail, or not for this reader. VaultDamaged."""
        query = (
            select(_mail, _text.c.content)
            .outerjoin(_text, _text.c.mail_id == _mail.c.id)
            .where(_mail.c.id == mail_id, _mail.c.workspace_id == reader.workspace_id, visible_to(reader.person_id))
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            people = _people(connection, reader, (mail_id,), ("reply-to", "to", "cc", "bcc"))[mail_id]
            files = connection.execute(select(_file).where(_file.c.mail_id == mail_id).order_by(_file.c.place)).all() if row.files else ()
            holders = _holders(connection, reader, (mail_id,))[mail_id]
        by_role: defaultdict[str, list[Mailbox]] = defaultdict(list)
        for role, box in people:
            by_role[role].append(box)
        return Opened(
            mail_id=row.id,
            message_id=row.message_id,
            subject=row.subject,
            at=row.at,
            sender=Mailbox(row.sender, row.sender_name),
            reply_to=tuple(by_role["reply-to"]),
            to=tuple(by_role["to"]),
            cc=tuple(by_role["cc"]),
            bcc=tuple(by_role["bcc"]),
            files=tuple(Attachment(one.name, one.mime_type, one.size) for one in files),
            holders=tuple(holders),
            message=None if row.content is None else unpack(self._vault, row.content),
        )

    def by_gmail_id(self, person_id: int, gmail_id: str) -> Message | None:
        """The mail Gmail calls so, if it is in a mailbox of this person with its text. `gmail_id`: hexadecimal, as in Gmail's API.
        One query."""
        if not gmail_id:
            return None
        with self._database.read() as connection:
            content = connection.execute(_BY_GMAIL_ID, {"reader": person_id, "gmail_id": gmail_id}).scalar_one_or_none()
        try:
            return None if content is None else unpack(self._vault, content)
        except VaultDamaged:
            # Gmail has it as well.
            _log.exception("a stored mail cannot be read")
            return None

    def _ranges(self, about: About) -> tuple[Range, ...]:
        """The addresses the record has and had. One it has again counts as one it has."""
        now = current(about.addresses)
        keys = {one.key for one in now}
        former = self._addresses.former(about.org, about.ref)
        return (*now, *(Range(one.key, one.until) for one in former if one.key not in keys))


@lru_cache(maxsize=64)
def _recent(keys: int) -> Select[Any]:
    found = newest_of((False,) * keys, owned=False, later=False).subquery()
    outgoing = (
        select(func.max(case((_copy.c.outgoing, 1), else_=0)))
        .join(_mailbox, _mailbox.c.id == _copy.c.mailbox_id)
        .where(_copy.c.mail_id == _mail.c.id, open_to(READER))
        .scalar_subquery()
    )
    return (
        select(_mail.c.id, _mail.c.subject, _mail.c.at, outgoing.label("outgoing"))
        .join(found, found.c.mail_id == _mail.c.id)
        .order_by(_mail.c.at.desc(), _mail.c.id.desc())
    )


_BY_GMAIL_ID = (
    select(_text.c.content)
    .join(_copy, _copy.c.mail_id == _text.c.mail_id)
    .join(_mailbox, _mailbox.c.id == _copy.c.mailbox_id)
    .where(_mailbox.c.person_id == READER, open_to(READER), _copy.c.gmail_id == bindparam("gmail_id"))
    .limit(1)
)


def _counted(connection: Connection, reader: Reader, of: Sequence[Range], owner: int | None) -> tuple[int | None, tuple[Owner, ...]]:
    """How many mails there are, of one owner or of all; and everybody whose mailboxes have some."""
    newest = Newest(reader, of, MOST_COUNTED + 1)
    ids = select(newest.query.subquery().c.mail_id).distinct().limit(MOST_COUNTED + 1).subquery()
    query = (
        select(_person.c.id, _person.c.name, func.count(ids.c.mail_id.distinct()).label("mails"))
        .join(_mailbox, _mailbox.c.person_id == _person.c.id)
        .join(_copy, _copy.c.mailbox_id == _mailbox.c.id)
        .join(ids, ids.c.mail_id == _copy.c.mail_id)
        .where(open_to(reader.person_id))
        .group_by(_person.c.id, _person.c.name)
        .order_by(_person.c.name, _person.c.id)
    )
    rows = connection.execute(query, newest.values).all()
    owners = tuple(Owner(row.id, row.name) for row in rows)
    if owner is not None:
        total = sum(row.mails for row in rows if row.id == owner)
    elif len(rows) == 1:
        total = rows[0].mails
    else:
        total = connection.execute(select(func.count()).select_from(ids), newest.values).scalar_one()
    return (total if total <= MOST_COUNTED else None), owners


def _lines(connection: Connection, reader: Reader, found: Sequence[Row[Any]]) -> Iterator[Line]:
    ids = [row.mail_id for row in found]
    if not ids:
        return
    mails = {row.id: row for row in connection.execute(select(_mail).where(_mail.c.id.in_(ids)))}
    people = _people(connection, reader, ids, ("to", "cc", "bcc"))
    holders = _holders(connection, reader, ids)
    for one in ids:
        row = mails.get(one)
        if row is None:  # removed at this moment
            continue
        yield Line(
            mail_id=row.id,
            message_id=row.message_id,
            subject=row.subject,
            sender=Mailbox(row.sender, row.sender_name),
            recipients=tuple(box for _role, box in people[one]),
            at=row.at,
            snippet=row.snippet,
            outgoing=any(holder.outgoing for holder in holders[one]),
            files=row.files,
            owners=tuple(dict.fromkeys(holder.owner for holder in holders[one])),
        )


_ROLES = {"from": 0, "reply-to": 1, "to": 2, "cc": 3, "bcc": 4}


def _people(
    connection: Connection, reader: Reader, mail_ids: Sequence[int], roles: Sequence[str]
) -> defaultdict[int, list[tuple[str, Mailbox]]]:
    query = select(_who.c.mail_id, _who.c.role, _who.c.place, _who.c.address, _who.c.name).where(
        _who.c.mail_id.in_(mail_ids), _who.c.role.in_(roles), known_to(reader.person_id)
    )
    people: defaultdict[int, list[tuple[str, Mailbox]]] = defaultdict(list)
    for row in sorted(connection.execute(query), key=lambda row: (_ROLES[row.role], row.place)):
        people[row.mail_id].append((row.role, Mailbox(row.address, row.name)))
    return people


def _holders(connection: Connection, reader: Reader, mail_ids: Sequence[int]) -> defaultdict[int, list[Holder]]:
    """In whose mailboxes the mails are, the reader's own first."""
    query = (
        select(_copy.c.mail_id, _copy.c.outgoing, _mailbox.c.id, _mailbox.c.address, _mailbox.c.person_id, _person.c.name)
        .join(_mailbox, _mailbox.c.id == _copy.c.mailbox_id)
        .join(_person, _person.c.id == _mailbox.c.person_id)
        .where(_copy.c.mail_id.in_(mail_ids), open_to(reader.person_id))
    )
    holders: defaultdict[int, list[Holder]] = defaultdict(list)
    for row in sorted(connection.execute(query), key=lambda row: (row.person_id != reader.person_id, row.id)):
        holders[row.mail_id].append(Holder(row.id, row.address, Owner(row.person_id, row.name), row.outgoing))
    return holders
