"""Mailboxes whose owners may not have them any more rest; they go on where they stood when their owners may again.

Whether somebody may depends on his company's rules, his connection to the CRM, his install: it is asked anew every quarter of an
hour, rather than at each of the many places where one of these changes.
"""

from sqlalchemy import select, update

from db import Database, now, table
from salesinbox.mailboxes import Mailboxes, State
from salesinbox.permission import may_keep
from salesinbox.tables import MailboxRow
from tenants.directory import Directory
from tenants.policies import Policies

_mailbox = table(MailboxRow)


class Barring:
    """Any number of processes may call it."""

    def __init__(self, database: Database, mailboxes: Mailboxes, directory: Directory) -> None:
        self._database = database
        self._mailboxes = mailboxes
        self._directory = directory
        self._policies = Policies(database)

    def run(self) -> None:
        """Of all mailboxes."""
        with self._database.read() as connection:
            kept = select(_mailbox.c.id, _mailbox.c.barred).where(_mailbox.c.state != State.REMOVING.value).order_by(_mailbox.c.id)
            rows = connection.execute(kept).all()
        for mailbox_id, barred in rows:
            mailbox = self._mailboxes.get(mailbox_id)
            if mailbox is None:
                continue
            who = self._directory.by_person(mailbox.person_id)
            refused = may_keep(mailbox, who, self._policies.of(mailbox.workspace_id)) is not None
            if refused is not barred:
                self._set(mailbox_id, barred=refused)

    def _set(self, mailbox_id: int, *, barred: bool) -> None:
        mine = update(_mailbox).where(_mailbox.c.id == mailbox_id)
        at_work = _mailbox.c.state.in_((State.FIRST_SYNC.value, State.IN_STEP.value))
        with self._database.write() as connection:
            connection.execute(mine.values(barred=barred))
            if not barred:
                connection.execute(mine.where(at_work).values(due_at=now()))
