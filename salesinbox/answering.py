"""What of a stored mail an answer to it needs, for whoever may see it."""

from dataclasses import dataclass

from sqlalchemy import select

from db import Database, table
from salesinbox.composing import Answered
from salesinbox.emails import Emails, Reader
from salesinbox.tables import MailRow

_mail = table(MailRow)


@dataclass(frozen=True, slots=True)
class Answerable:
    """A mail that can be answered. `mailbox_ids`: the reader's own mailboxes it is in, from which an answer goes first."""

    mail_id: int
    mail: Answered
    mailbox_ids: tuple[int, ...]


def answerable(database: Database, emails: Emails, reader: Reader, mail_id: int) -> Answerable | None:
    """None: there is no such mail, or not for this reader. VaultDamaged."""
    opened = emails.open(reader, mail_id)
    if opened is None:
        return None
    with database.read() as connection:
        thread = connection.execute(select(_mail.c.thread).where(_mail.c.id == mail_id)).scalar_one_or_none()
    mail = Answered(
        message_id=opened.message_id,
        thread=tuple((thread or "").split()),
        subject=opened.subject,
        at=opened.at,
        sender=opened.sender if opened.sender.address else None,
        reply_to=opened.reply_to,
        to=opened.to,
        cc=opened.cc,
        text=opened.message.text if opened.message else "",
    )
    own = tuple(holder.mailbox_id for holder in opened.holders if holder.owner.person_id == reader.person_id)
    return Answerable(mail_id, mail, own)
