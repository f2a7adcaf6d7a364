"""What the owner of a mailbox is written: once, that all its mail is in; at most once a day, that it needs him.

The operator's outgoing server takes these mails (`postman`). Where there is none, the first lies down in the owner's INBOX by APPEND,
and trouble is told on the pages and in the sidebar alone.

That all is in is promised (`mailbox.confirming_at`), then written, then marked (`confirmed_at`). Whoever finds a promise that nobody
has kept for a while looks for the mail in the INBOX, by a Message-ID that is always the same, before he writes again. That there is
trouble is marked first: a mail that dies with its worker is written the next day.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from imapclient import IMAPClient
from sqlalchemy import ColumnElement, false, or_, select, update

from db import Database, now, table
from i18n import Language, Languages, later
from salesinbox.access import MailAccess
from salesinbox.answers import faults
from salesinbox.bounded import within
from salesinbox.faults import Cause, MailboxFault
from salesinbox.mailboxes import Mailbox, Mailboxes, State
from salesinbox.postman import NotSent, Postman, written
from salesinbox.standing import standing
from salesinbox.tables import MailboxRow
from tenants.tables import PersonRow

PATIENCE = timedelta(minutes=10)
"""After which a promise is taken up again."""
BETWEEN = timedelta(days=1)
"""Two mails about trouble."""
LONG = timedelta(days=1)
"""What mends itself mostly has by then."""
_SECONDS = 60.0
"""For a look into one INBOX."""

_mailbox, _person = table(MailboxRow), table(PersonRow)
_log = logging.getLogger(__name__)

_REASONS = {
    Cause.SIGN_IN: later("its password is not accepted any more"),
    Cause.APP_PASSWORD: later("its provider wants an app password now"),
    Cause.CONSENT: later("its provider takes no passwords any more, only a consent"),
    Cause.PROTOCOL_OFF: later("access for other programs (IMAP) is switched off"),
    Cause.PERMISSION_ENDED: later("the permission for Sidecard has ended"),
}
_OTHERWISE = later("its server cannot be reached as it should")


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    text: str


class Notices:
    """Safe to use from many threads and processes."""

    def __init__(
        self,
        database: Database,
        mailboxes: Mailboxes,
        access: MailAccess,
        postman: Postman | None,
        base_url: str,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._database = database
        self._mailboxes = mailboxes
        self._access = access
        self._postman = postman
        self._base_url = base_url
        self._patience = patience
        self._languages = Languages()
        self._domain = postman.domain if postman else str(urlsplit(base_url).hostname)

    def due(self) -> bool:
        """Whether `run` has anything to do."""
        with self._database.read() as connection:
            return connection.execute(select(_mailbox.c.id).where(or_(self._unconfirmed(), self._troubled())).limit(1)).first() is not None

    def run(self) -> None:
        """Everything that is due, until the outgoing server does not answer."""
        try:
            for mailbox in self._found(self._unconfirmed()):
                self._confirm(mailbox)
            for mailbox in self._found(self._troubled()):
                self._tell(mailbox)
        except NotSent as no:
            _log.warning("mail to owners of mailboxes does not go out: %s", no)

    def _found(self, due: ColumnElement[bool]) -> Iterator[Mailbox]:
        with self._database.read() as connection:
            ids = connection.execute(select(_mailbox.c.id).where(due).order_by(_mailbox.c.id)).scalars().all()
        for mailbox_id in ids:
            if mailbox := self._mailboxes.get(mailbox_id):
                yield mailbox

    def _unconfirmed(self) -> ColumnElement[bool]:
        free = or_(_mailbox.c.confirming_at.is_(None), _mailbox.c.confirming_at < now() - self._patience)
        return (_mailbox.c.state == State.IN_STEP.value) & _mailbox.c.first_done_at.is_not(None) & _mailbox.c.confirmed_at.is_(None) & free

    def _troubled(self) -> ColumnElement[bool]:
        needed = _mailbox.c.state == State.NEEDS_OWNER.value
        long = (_mailbox.c.state == State.IN_STEP.value) & (_mailbox.c.cause != "") & (_mailbox.c.cause_at < now() - LONG)
        untold = or_(_mailbox.c.told_at.is_(None), _mailbox.c.told_at < now() - BETWEEN)
        return (needed | long) & untold & ~_mailbox.c.barred if self._postman else false()

    def _confirm(self, mailbox: Mailbox) -> None:
        if not self._promise(mailbox.id):
            return
        message_id = f"<in-step-{mailbox.id}-{mailbox.connected_at:%Y%m%d%H%M%S}@{self._domain}>"
        language = self._languages.pick(mailbox.language)
        words = self._all_is_in(mailbox, language)
        try:
            if self._postman is None:
                self._lay_down(mailbox, words, language, message_id)
            elif not self._lies_there(mailbox, message_id):
                self._postman.send(mailbox.address, words.subject, words.text, language, message_id=message_id)
        except MailboxFault as fault:
            # Its server is asked again when the promise is old.
            self._mailboxes.failed(mailbox.id, fault.cause)
            return
        except NotSent as no:
            if not no.refused:
                raise
            _log.warning("mailbox %d: its owner cannot be written to: %s", mailbox.id, no)
        self._set(mailbox.id, confirmed_at=now())

    def _tell(self, mailbox: Mailbox) -> None:
        if self._postman is None or mailbox.cause is None:
            return
        # Told by one worker, and not by the next one because this one died.
        with self._database.write() as connection:
            same = _mailbox.c.told_at.is_not_distinct_from(mailbox.told_at)
            if connection.execute(update(_mailbox).where(_mailbox.c.id == mailbox.id, same).values(told_at=now())).rowcount == 0:
                return
            owner = connection.execute(select(_person.c.email).where(_person.c.id == mailbox.person_id)).scalar_one()
        language = self._languages.pick(mailbox.language)
        words = self._needs_you(mailbox, mailbox.cause, language)
        try:
            self._postman.send(owner, words.subject, words.text, language)
        except NotSent as no:
            if not no.refused:
                self._set(mailbox.id, told_at=mailbox.told_at)
                raise
            _log.warning("mailbox %d: its owner cannot be written to: %s", mailbox.id, no)

    def _promise(self, mailbox_id: int) -> bool:
        """False: somebody else does it."""
        with self._database.write() as connection:
            mine = update(_mailbox).where(_mailbox.c.id == mailbox_id, self._unconfirmed())
            return connection.execute(mine.values(confirming_at=now())).rowcount == 1

    def _set(self, mailbox_id: int, **values: datetime | None) -> None:
        with self._database.write() as connection:
            connection.execute(update(_mailbox).where(_mailbox.c.id == mailbox_id).values(values))

    def _all_is_in(self, mailbox: Mailbox, language: Language) -> _Words:
        found = standing(self._database, mailbox.id)
        lines = [
            language.plural(
                "{address} is synchronised: {count} mail is in Sidecard.",
                "{address} is synchronised: {count} mails are in Sidecard.",
                found.stored,
                address=mailbox.address,
            )
        ]
        if found.missing:
            lines.append(
                language.plural(
                    "{count} mail is not in it; the page says why.", "{count} mails are not in it; the page says why.", found.missing
                )
            )
        lines.append(language.text("You find them with your leads and contacts. New mail follows by itself, within a minute as a rule."))
        return _Words(language.text("{address} is synchronised", address=mailbox.address), self._letter(mailbox, lines))

    def _needs_you(self, mailbox: Mailbox, cause: Cause, language: Language) -> _Words:
        reason = language.text(_REASONS.get(cause, _OTHERWISE))
        since = language.day(mailbox.cause_at or now())
        lines = [
            language.text("Since {day} Sidecard cannot read {address}: {reason}.", day=since, address=mailbox.address, reason=reason),
            language.text("Nothing is lost: what comes in meanwhile is fetched as soon as it works again."),
            language.text("This page says what to do:"),
        ]
        return _Words(language.text("{address} needs you", address=mailbox.address), self._letter(mailbox, lines))

    def _letter(self, mailbox: Mailbox, lines: list[str]) -> str:
        return "\n\n".join([*lines, f"{self._base_url}/mailboxes/{mailbox.id}"]) + "\n"

    def _lay_down(self, mailbox: Mailbox, words: _Words, language: Language, message_id: str) -> None:
        """MailboxFault."""
        mail = written(mailbox.address, f"no-reply@{self._domain}", words.subject, words.text, language, message_id)
        with self._inbox(mailbox) as client:
            if not client.search(["HEADER", "Message-ID", message_id]):
                client.append("INBOX", mail.as_bytes())

    def _lies_there(self, mailbox: Mailbox, message_id: str) -> bool:
        """MailboxFault."""
        with self._inbox(mailbox) as client:
            return bool(client.search(["HEADER", "Message-ID", message_id]))

    @contextmanager
    def _inbox(self, mailbox: Mailbox) -> Iterator[IMAPClient]:
        with within(_SECONDS):
            client = self._access.imap(mailbox)
            try:
                with faults():
                    client.select_folder("INBOX", readonly=True)
                    yield client
            finally:
                with suppress(OSError):
                    client.shutdown()
