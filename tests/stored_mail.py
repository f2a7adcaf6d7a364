"""Mails in the store, as the synchronisation would have put them there: what tests of reading them start from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import insert, select

from db import Database, table
from reading.raw import read_raw
from salesinbox.mailboxes import Mailbox, Mailboxes, NewMailbox, Secrets, SignIn
from salesinbox.servers import Security, Server
from salesinbox.store import Fetched, MailStore
from salesinbox.tables import FolderRow, MailRow
from tenants.vault import Vault

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass
class StoredMailbox:
    """A connected mailbox with one folder."""

    store: MailStore
    database: Database
    mailbox: Mailbox
    folder_id: int
    uid: int = 0

    def put(self, *raws: bytes, gmail_id: str = "", headers_only: bool = False) -> list[int]:
        """The mails' ids, in order."""
        fetched = []
        for raw in raws:
            self.uid += 1
            fetched.append(Fetched(self.uid, read_raw(raw).sent_at or MORNING, len(raw), unread=True, raw=raw, gmail_id=gmail_id))
        self.store.add(self.mailbox, frozenset({self.mailbox.address}), self.folder_id, fetched, headers_only=headers_only)
        with self.database.read() as connection:
            return list(connection.execute(select(table(MailRow).c.id).order_by(table(MailRow).c.id)).scalars())[-len(raws) :]


def stored_mailbox(
    database: Database,
    vault: Vault,
    person_id: int,
    workspace_id: int,
    address: str,
    imap: Server | None = None,
    folder: str = "INBOX",
    uidvalidity: int | None = None,
    password: str = "correct horse",
    name: str = "Paul Martin",
) -> StoredMailbox:
    server = imap or Server("imap.northlight.example", 993, Security.TLS, address)
    new = NewMailbox(
        person_id,
        workspace_id,
        address,
        name,
        "custom",
        SignIn.PASSWORD,
        server,
        server,
        Secrets(password=password),
        "en",
    )
    mailbox = Mailboxes(database, vault).connect(new)
    with database.write() as connection:
        made = connection.execute(
            insert(table(FolderRow))
            .values(
                mailbox_id=mailbox.id,
                name=folder,
                use="",
                excluded=False,
                chosen=False,
                state="in step",
                uidvalidity=uidvalidity,
                next_uid=0,
                low_uid=0,
                modseq=0,
                on_server=0,
                cause="",
                failures=0,
            )
            .returning(table(FolderRow).c.id)
        )
        folder_id = made.scalar_one()
    return StoredMailbox(MailStore(database, vault), database, mailbox, folder_id)


def raw_mail(
    subject: str,
    sender: str = "Anna Roy <anna.roy@ateliers-roy.example>",
    to: str = "Paul Martin <paul.martin@northlight.example>",
    *,
    minutes: float = 0,
    text: str = "Good morning",
    html: str = "",
    files: tuple[tuple[str, bytes], ...] = (),
    message_id: str = "",
    **headers: str,
) -> bytes:
    """`minutes` after MORNING."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, sender, to
    mail["Date"] = format_datetime(MORNING + timedelta(minutes=minutes))
    mail["Message-ID"] = message_id or f"<{subject.lower().replace(' ', '-')}@mail.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()
