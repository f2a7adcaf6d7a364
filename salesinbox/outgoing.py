"""Mails on their way out: drafts, what is being sent, what was. Nothing goes out twice by itself, nothing typed is lost.

    ──save──▶ draft ──send──▶ sending ──the server took it──▶ sent ──it lies in Sent──▶ filed
                                │  ▲                            │ ▲
          not taken, for a      ▼  │ sent by hand               ▼ │ due again, by the worker
          reason           failed ─┘                         (stays sent)

    sending ──the connection ended after all was handed over, or whoever sent it must be dead──▶ unclear
    unclear ──found in Sent──▶ filed        ──sent by hand, under the same Message-ID──▶ sending

The row with its Message-ID and the mail's very bytes is committed as *sending* under (person, key) before the outgoing server is
spoken to: a form pressed twice is one mail. Every end of a try counts only while the row is at that try.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.engine import Row

from db import Database, now, table
from salesinbox.access import MailAccess
from salesinbox.answering import Answerable, answerable
from salesinbox.bounded import within
from salesinbox.composing import Answered, Draft, Field, Flaw, NotSendable, Problem, Ready, check, compose, new_message_id
from salesinbox.emails import Emails, Reader
from salesinbox.faults import Cause, MailboxFault
from salesinbox.filing import Filing
from salesinbox.from_addresses import FromAddresses, Sender
from salesinbox.handing_over import NotTaken, Obstacle, Refusal, Refused, Unanswered, hand_over
from salesinbox.mailboxes import Mailbox, Mailboxes
from salesinbox.tables import OutgoingRow
from tenants.vault import Vault

PURPOSE = "outgoing mail"
"""Of the vault."""
LONGEST_TRY = timedelta(minutes=5)
"""After this whoever was at it is taken for dead."""
SENDING_SECONDS = 120.0
"""For all the outgoing server says to one mail."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
MOST_FILINGS = 20
"""Tries, over some four days; then its sender has it in the list, and his Sent folder stays without it."""
DONE_KEPT = timedelta(days=7)
"""So long a form that was sent is known to be."""
MOST_LISTED = 100
_DUE_AT_ONCE = 100

_row = table(OutgoingRow)
_log = logging.getLogger(__name__)


class State(StrEnum):
    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"
    FILED = "filed"
    FAILED = "failed"
    UNCLEAR = "unclear"


_EDITABLE = (State.DRAFT.value, State.FAILED.value)
_OPEN = (*_EDITABLE, State.SENDING.value, State.UNCLEAR.value)


@dataclass(frozen=True, slots=True)
class Outgo:
    """A row of `outgoing_mail`. `draft` is empty once it is filed. `obstacle`, `said` and `refused`: why it was not taken, or is
    not filed; in the server's words where it had some."""

    id: int
    person_id: int
    mailbox_id: int
    key: str
    message_id: str
    answers_id: int | None
    state: State
    obstacle: Obstacle | None
    said: str
    refused: tuple[Refused, ...]
    draft: Draft
    tries: int
    changed_at: datetime
    due_at: datetime | None
    sent_at: datetime | None


class AlreadySent(Exception):
    """This form was sent before, with something else in it. Nothing was done."""

    def __init__(self, item: Outgo) -> None:
        super().__init__(item.key)
        self.item = item


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lies sealed in the row. `wire` are the mail's bytes, which are ASCII; `digest` tells one draft from another."""

    draft: Draft
    digest: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    wire: str = ""
    said: str = ""
    refused: tuple[Refused, ...] = ()


class Outgoing:
    """Safe to use from many threads and processes. What is another person's is a LookupError, as what is not there."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        mailboxes: Mailboxes,
        access: MailAccess,
        emails: Emails,
        addresses: FromAddresses,
        filing: Filing,
    ) -> None:
        self._database = database
        self._vault = vault
        self._mailboxes = mailboxes
        self._access = access
        self._emails = emails
        self._addresses = addresses
        self._filing = filing

    def answerable(self, reader: Reader, mail_id: int) -> Answerable | None:
        """Looked up again whenever it counts: it may have gone, and what is not there any more has no thread. VaultDamaged."""
        return answerable(self._database, self._emails, reader, mail_id)

    def save(self, reader: Reader, key: str, draft: Draft, answers_id: int | None) -> Outgo:
        """As a draft. What is on its way or was sent stays as it is. LookupError: he has no mailbox. AlreadySent."""
        senders = self._addresses.senders(reader.person_id)
        found = None if answers_id is None else self.answerable(reader, answers_id)
        values = {
            "mailbox_id": _chosen(senders, draft.sender).mailbox.id,
            "answers_id": found.mail_id if found else None,
            "draft": self._sealed(_Kept(draft)),
            "state": State.DRAFT.value,
            "cause": "",
            "changed_at": now(),
        }
        if not self._enter(reader.person_id, key, values):
            return self._as_sent(reader.person_id, key, draft)
        return self.get(reader.person_id, key)

    def send(self, reader: Reader, key: str, draft: Draft, answers_id: int | None) -> Outgo:
        """The row as it stands after the try: sent or filed, failed, unclear. NotSendable; AlreadySent."""
        senders = self._addresses.senders(reader.person_id)
        ready = check(draft, (one.box for one in senders))
        mailbox = _chosen(senders, draft.sender).mailbox
        found = None if answers_id is None else self.answerable(reader, answers_id)
        moment, message_id = now(), new_message_id(ready.sender.address)
        values = {
            "mailbox_id": mailbox.id,
            "message_id": message_id,
            "answers_id": found.mail_id if found else None,
            "draft": self._sealed(self._composed(draft, ready, message_id, moment, found.mail if found else None)),
            "state": State.SENDING.value,
            "cause": "",
            "tries": 1,
            "changed_at": moment,
            "due_at": moment + LONGEST_TRY,
        }
        if not self._enter(reader.person_id, key, values):
            return self._as_sent(reader.person_id, key, draft)
        return self._try(mailbox, self.get(reader.person_id, key).id, 1)

    def send_again(self, person_id: int, key: str) -> Outgo:
        """By the explicit wish of its writer: what nobody knows the end of, under the same Message-ID, so that whoever has it already
        can tell. NotSendable: it may not be sent from this address any more."""
        item, moment = self.get(person_id, key), now()
        sender = next((one for one in self._addresses.senders(person_id) if one.box.address == item.draft.sender), None)
        if sender is None or sender.mailbox.id != item.mailbox_id:
            raise NotSendable((Problem(Field.SENDER, Flaw.NOT_YOURS, item.draft.sender),))
        values = {"state": State.SENDING.value, "tries": item.tries + 1, "changed_at": moment, "due_at": moment + LONGEST_TRY}
        if not self._change(item.id, values, _row.c.state == State.UNCLEAR.value, _row.c.tries == item.tries):
            return self.get(person_id, key)
        return self._try(sender.mailbox, item.id, item.tries + 1)

    def look_in_sent(self, person_id: int, key: str) -> Outgo:
        """Whether what nobody knows the end of lies in Sent: then it was sent. MailboxFault."""
        item = self.get(person_id, key)
        if item.state is State.UNCLEAR:
            self._look(item)
        return self.get(person_id, key)

    def get(self, person_id: int, key: str) -> Outgo:
        """LookupError."""
        mine = (_row.c.person_id == person_id, _row.c.key == key)
        with self._database.read() as connection:
            row = connection.execute(select(_row).where(*mine)).one_or_none()
        if row is None:
            raise LookupError("outgoing mail")
        return self._read(row)

    def open_ones(self, person_id: int) -> tuple[Outgo, ...]:
        """What its writer may want to do something about, newest first: drafts, failed and unclear ones, sent ones that are not filed."""
        unfiled = (_row.c.state == State.SENT.value) & (_row.c.cause != "")
        mine = (_row.c.person_id == person_id, _row.c.state.in_(_OPEN) | unfiled)
        query = select(_row).where(*mine).order_by(_row.c.changed_at.desc(), _row.c.id.desc()).limit(MOST_LISTED)
        with self._database.read() as connection:
            return tuple(self._read(row) for row in connection.execute(query))

    def drop(self, person_id: int, key: str) -> None:
        """A draft, or a mail that was not sent or of which nobody knows."""
        droppable = _row.c.state.in_((*_EDITABLE, State.UNCLEAR.value))
        with self._database.write() as connection:
            connection.execute(delete(_row).where(_row.c.person_id == person_id, _row.c.key == key, droppable))

    def due(self) -> tuple[int, ...]:
        """The ids of what the worker is to take up, the longest due first."""
        query = select(_row.c.id).where(_row.c.due_at <= now(), _row.c.state.in_((State.SENDING.value, State.SENT.value)))
        with self._database.read() as connection:
            return tuple(connection.execute(query.order_by(_row.c.due_at).limit(_DUE_AT_ONCE)).scalars())

    def deliver(self, item_id: int) -> None:
        """The worker's part: files what is sent, says of what nobody is at any more that it is unclear. Sends nothing. Any number of
        workers may try, one does it."""
        if not self._change(item_id, {"due_at": now() + LONGEST_TRY}, _row.c.due_at <= now()):
            return
        with self._database.read() as connection:
            row = connection.execute(select(_row).where(_row.c.id == item_id)).one_or_none()
        if row is None:
            return
        item = self._read(row)
        if item.state is State.SENT:
            self._file(item)
        elif item.state is State.SENDING:
            self._end(item.id, item.tries, State.UNCLEAR, self._kept(item.id))
            try:
                self._look(item)
            except MailboxFault as fault:
                # Its writer can look himself.
                _log.info("could not look for an unclear mail: %s", fault.cause)

    def clear_old(self) -> None:
        """What is filed is known for a week."""
        with self._database.write() as connection:
            connection.execute(delete(_row).where(_row.c.state == State.FILED.value, _row.c.changed_at < now() - DONE_KEPT))

    def _composed(self, draft: Draft, ready: Ready, message_id: str, moment: datetime, answers: Answered | None) -> _Kept:
        wire = compose(ready, message_id, moment, answers).as_bytes().decode("ascii")
        return _Kept(draft, _digest(draft), ready.sender.address, ready.recipients, wire)

    def _enter(self, person_id: int, key: str, values: Mapping[str, object]) -> bool:
        """Whether the row is ours now: it is new, or was a draft or failed."""
        new = {"person_id": person_id, "key": key, "message_id": "", "tries": 0, "made_at": values["changed_at"], **values}
        with self._database.write() as connection:
            if connection.execute(self._database.insert_or_ignore(_row, new)).rowcount == 1:
                return True
            editable = (_row.c.person_id == person_id, _row.c.key == key, _row.c.state.in_(_EDITABLE))
            return connection.execute(update(_row).where(*editable).values(values)).rowcount == 1

    def _as_sent(self, person_id: int, key: str, draft: Draft) -> Outgo:
        """AlreadySent."""
        item = self.get(person_id, key)
        if self._kept(item.id).digest != _digest(draft):
            raise AlreadySent(item)
        return item

    def _try(self, mailbox: Mailbox, item_id: int, attempt: int) -> Outgo:
        kept = self._kept(item_id)
        try:
            with within(SENDING_SECONDS), closing(self._access.smtp(mailbox)) as smtp:
                hand_over(smtp, kept.sender, kept.recipients, kept.wire.encode("ascii"))
        except MailboxFault as fault:
            self._end(item_id, attempt, State.FAILED, replace(kept, said=fault.said), fault.cause)
        except NotTaken as no:
            self._end(item_id, attempt, State.FAILED, replace(kept, said=no.said, refused=no.refused), no.obstacle)
        except Unanswered:
            self._end(item_id, attempt, State.UNCLEAR, kept)
        else:
            self._end(item_id, attempt, State.SENT, kept)
            self._file(self._by_id(item_id))
        return self._by_id(item_id)

    def _end(self, item_id: int, attempt: int, state: State, kept: _Kept, obstacle: Obstacle | None = None) -> bool:
        """Of a try, if it is still this one that counts. An answer that came late is better than none."""
        moment = now()
        values = {
            "state": state.value,
            "cause": obstacle.value if obstacle else "",
            "draft": self._sealed(kept),
            "changed_at": moment,
            **({"tries": 0, "sent_at": moment, "due_at": moment + LONGEST_TRY} if state is State.SENT else {"due_at": None}),
        }
        counts = _row.c.state.in_((State.SENDING.value, State.UNCLEAR.value))
        return self._change(item_id, values, counts, _row.c.tries == attempt)

    def _file(self, item: Outgo) -> None:
        """What is sent."""
        mailbox, kept, sent_at = self._mailboxes.get(item.mailbox_id), self._kept(item.id), item.sent_at
        if mailbox is None or sent_at is None or item.state is not State.SENT:
            return
        try:
            self._filing.file(mailbox, item.message_id, kept.wire.encode("ascii"), sent_at)
        except MailboxFault as fault:
            tries = item.tries + 1
            pause = min(FIRST_PAUSE * 2 ** min(tries, 10), LONGEST_PAUSE)
            values = {
                "tries": tries,
                "cause": fault.cause.value,
                "draft": self._sealed(replace(kept, said=fault.said)),
                "due_at": now() + pause if tries < MOST_FILINGS else None,
            }
            self._change(item.id, values, _row.c.state == State.SENT.value)
        else:
            self._filed(item, kept)

    def _look(self, item: Outgo) -> None:
        """MailboxFault."""
        mailbox, kept = self._mailboxes.get(item.mailbox_id), self._kept(item.id)
        if mailbox is not None and self._filing.lies_in_sent(mailbox, item.message_id, item.changed_at):
            self._filed(item, kept)

    def _filed(self, item: Outgo, kept: _Kept) -> None:
        values = {
            "state": State.FILED.value,
            "cause": "",
            "draft": self._sealed(_Kept(Draft(), kept.digest)),
            "due_at": None,
            "sent_at": item.sent_at or item.changed_at,
            "changed_at": now(),
        }
        self._change(item.id, values, _row.c.state.in_((State.SENT.value, State.UNCLEAR.value)))

    def _change(self, item_id: int, values: Mapping[str, object], *where: ColumnElement[bool]) -> bool:
        with self._database.write() as connection:
            return connection.execute(update(_row).where(_row.c.id == item_id, *where).values(values)).rowcount == 1

    def _by_id(self, item_id: int) -> Outgo:
        with self._database.read() as connection:
            return self._read(connection.execute(select(_row).where(_row.c.id == item_id)).one())

    def _kept(self, item_id: int) -> _Kept:
        with self._database.read() as connection:
            return self._opened(connection.execute(select(_row.c.draft).where(_row.c.id == item_id)).scalar_one())

    def _sealed(self, kept: _Kept) -> str:
        return self._vault.seal(PURPOSE, orjson.dumps(kept).decode())

    def _opened(self, sealed: str) -> _Kept:
        """VaultDamaged."""
        read = orjson.loads(self._vault.open(PURPOSE, sealed))
        return _Kept(
            Draft(**read["draft"]),
            read["digest"],
            read["sender"],
            tuple(read["recipients"]),
            read["wire"],
            read["said"],
            tuple(Refused(**one) for one in read["refused"]),
        )

    def _read(self, row: Row[Any]) -> Outgo:
        kept = self._opened(row.draft)
        return Outgo(
            id=row.id,
            person_id=row.person_id,
            mailbox_id=row.mailbox_id,
            key=row.key,
            message_id=row.message_id,
            answers_id=row.answers_id,
            state=State(row.state),
            obstacle=_obstacle(row.cause),
            said=kept.said,
            refused=kept.refused,
            draft=kept.draft,
            tries=row.tries,
            changed_at=row.changed_at,
            due_at=row.due_at,
            sent_at=row.sent_at,
        )


def _obstacle(cause: str) -> Obstacle | None:
    if not cause:
        return None
    return Refusal(cause) if cause in set(Refusal) else Cause(cause)


def _chosen(senders: Sequence[Sender], address: str) -> Sender:
    """LookupError: there is none at all."""
    if not senders:
        raise LookupError("no mailbox to send from")
    return next((one for one in senders if one.box.address == address), senders[0])


def _digest(draft: Draft) -> str:
    """Browsers write line ends in their own way."""
    return hashlib.sha256(orjson.dumps(replace(draft, text=draft.text.replace("\r\n", "\n")))).hexdigest()
