"""Who sees which mail. Every list, count, line and page of mail asks here.

Until sharing is chosen per mailbox, a mail is seen by whoever's mailbox it is in, and by nobody else.
"""

from sqlalchemy import ColumnElement, and_, exists, select

from db import table
from salesinbox.mailboxes import State
from salesinbox.tables import MailboxRow, MailCopyRow, MailRow

_mail, _copy, _mailbox = table(MailRow), table(MailCopyRow), table(MailboxRow)


PersonId = int | ColumnElement[int]


def open_to(person_id: PersonId) -> ColumnElement[bool]:
    """The mailboxes whose mail he sees, as a condition on rows of `mailbox`. Not one that is being removed: for whoever removes it,
    its mail is gone at once, however long deleting it takes."""
    return and_(_mailbox.c.person_id == person_id, _mailbox.c.state != State.REMOVING.value)


def visible_to(person_id: PersonId, owner: PersonId | None = None, mail_id: ColumnElement[int] = _mail.c.id) -> ColumnElement[bool]:
    """As a condition on rows of `mail`, or of a table that names the mail as `mail_id`. `owner`: and it is in a mailbox of this
    person."""
    seen = select(_copy.c.mail_id).join(_mailbox, _mailbox.c.id == _copy.c.mailbox_id).where(_copy.c.mail_id == mail_id, open_to(person_id))
    return exists(seen if owner is None else seen.where(_mailbox.c.person_id == owner))
