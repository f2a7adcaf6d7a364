"""A company keeps synchronised mail for so many days: what is older goes, from the store only."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from db import Database, now, table
from salesinbox.gaps import Reason
from salesinbox.mailboxes import State
from salesinbox.removing import BATCH, in_turn, take_out
from salesinbox.tables import MailboxRow, MailCopyRow, MailGapRow, MailRow, MailTextRow
from tenants.policies import Policies

_mailbox, _copy, _gap = table(MailboxRow), table(MailCopyRow), table(MailGapRow)
_mail, _text = table(MailRow), table(MailTextRow)


class Retention:
    """Any number of processes may call it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies = Policies(database)

    def sweep(self) -> int:
        """Once an hour: of every company what its policy says. How many mails went."""
        with self._database.read() as connection:
            workspaces = connection.execute(select(_mailbox.c.workspace_id).distinct().order_by(_mailbox.c.workspace_id)).scalars().all()
        gone = 0
        for one in workspaces:
            policy = self._policies.of(one)
            gone += self.clear(one, policy.mail_days)
            if policy.headers_only:
                self.forget_texts(one)
        return gone

    def forget_texts(self, workspace_id: int) -> None:
        """What was read before the company decided that only headers are kept."""
        texts = select(_text.c.mail_id).join(_mail, _mail.c.id == _text.c.mail_id).where(_mail.c.workspace_id == workspace_id)
        while True:
            with self._database.write() as connection:
                in_turn(self._database, connection, workspace_id)
                mail_ids = connection.execute(texts.limit(BATCH)).scalars().all()
                connection.execute(delete(_text).where(_text.c.mail_id.in_(mail_ids)))
                connection.execute(update(_mail).where(_mail.c.id.in_(mail_ids)).values(snippet=""))
            if len(mail_ids) < BATCH:
                return

    def clear(self, workspace_id: int, days: int) -> int:
        """How many mails went; 0 days: mail is kept. A gap stays for each message, so that it is not fetched again."""
        if not days:
            return 0
        gone = 0
        old = select(_copy.c.mail_id).join(_mailbox, _mailbox.c.id == _copy.c.mailbox_id).distinct().limit(BATCH)
        while True:
            with self._database.write() as connection:
                in_turn(self._database, connection, workspace_id)
                before = now() - timedelta(days=days)
                query = old.where(_mailbox.c.workspace_id == workspace_id, _copy.c.at < before)
                mail_ids = connection.execute(query).scalars().all()
                take_out(connection, mail_ids, Reason.TOO_OLD)
            gone += len(mail_ids)
            if len(mail_ids) < BATCH:
                return gone

    def reopen(self, workspace_id: int) -> None:
        """Mail is kept longer from now on: what was too old is looked at again."""
        theirs = select(_mailbox.c.id).where(_mailbox.c.workspace_id == workspace_id)
        with self._database.write() as connection:
            old = (_gap.c.reason == Reason.TOO_OLD.value) & _gap.c.mailbox_id.in_(theirs)
            connection.execute(update(_gap).where(old).values(tries=0, retry_at=now()))
            at_work = _mailbox.c.due_at.is_(None) & _mailbox.c.state.in_((State.FIRST_SYNC.value, State.IN_STEP.value))
            connection.execute(update(_mailbox).where(_mailbox.c.workspace_id == workspace_id, at_work).values(due_at=now()))
