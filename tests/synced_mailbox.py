"""A mailbox connected to a server of the tests, synchronised by the engine itself: what the store then holds, beside the server."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update

from db import Database, now, table
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.mailboxes import Mailbox, NewMailbox, Secrets, SignIn
from salesinbox.servers import Security, Server
from salesinbox.standing import Standing
from salesinbox.sync import Progress
from salesinbox.tables import FolderRow, MailboxRow, MailCopyRow, MailGapRow, MailPlaceRow, MailRow
from tenants.tables import PersonRow, WorkspaceRow
from tenants.vault import Vault
from tests.authority import Authority
from tests.dovecot import PASSWORD

LOCAL = "127.0.0.0/8,::1/128"
_folder, _place, _mail, _gap = table(FolderRow), table(MailPlaceRow), table(MailRow), table(MailGapRow)
_copy, _mailbox = table(MailCopyRow), table(MailboxRow)


def raw_mail(subject: str, number: int = 0, body: str = "Good morning, please find our offer for the mast below.", size: int = 0) -> bytes:
    """One that is told from the others by `subject` and `number`, padded to `size`."""
    padding = "x" * 70 + "\r\n"
    text = body + "\r\n" + padding * (max(0, size - 300) // len(padding))
    return (
        f"From: Jonas Weber <jonas@weber.example>\r\nTo: Anna Berg <anna@northlight.example>\r\nSubject: {subject}\r\n"
        f"Date: Mon, 2 Mar 2026 10:{number % 60:02}:00 +0000\r\n"
        f"Message-ID: <{subject.replace(' ', '-')}.{number}@weber.example>\r\n\r\n{text}"
    ).encode()


@dataclass
class SyncedMailbox:
    database: Database
    salesinbox: SalesInbox
    mailbox_id: int

    @property
    def mailbox(self) -> Mailbox:
        found = self.salesinbox.mailboxes.get(self.mailbox_id)
        assert found is not None
        return found

    @property
    def standing(self) -> Standing:
        return self.salesinbox.proof.standing(self.mailbox_id)

    def sync(self, slices: int = 20) -> Progress:
        """Until it has no more to do, or cannot."""
        for _ in range(slices):
            progress = self.salesinbox.sync.run(self.mailbox_id, 10.0)
            if progress is not Progress.MORE:
                return progress
        raise AssertionError(f"still not done after {slices} slices: {self.standing}")

    def later(self) -> None:
        """Whatever is to be tried again has come of age."""
        past = now() - timedelta(seconds=1)
        with self.database.write() as connection:
            connection.execute(update(_folder).where(_folder.c.retry_at.is_not(None)).values(retry_at=past))
            connection.execute(update(_gap).where(_gap.c.retry_at.is_not(None)).values(retry_at=past))
            connection.execute(update(_mailbox).where(_mailbox.c.due_at.is_not(None)).values(due_at=past))

    def held(self) -> dict[str, dict[int, str]]:
        """Folder -> UID -> subject, of folders with mail."""
        query = select(_folder.c.name, _place.c.uid, _mail.c.subject).join(_place, _place.c.folder_id == _folder.c.id)
        query = query.join(_mail, _mail.c.id == _place.c.mail_id).where(_folder.c.mailbox_id == self.mailbox_id)
        found: dict[str, dict[int, str]] = {}
        with self.database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.name, {})[row.uid] = row.subject
        return found

    def mails(self) -> list[str]:
        """The subject of every copy in this mailbox."""
        query = select(_mail.c.subject).join(_copy, _copy.c.mail_id == _mail.c.id).where(_copy.c.mailbox_id == self.mailbox_id)
        with self.database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def gaps(self) -> dict[tuple[str, int], str]:
        """(folder, UID) -> reason."""
        query = select(_folder.c.name, _gap.c.uid, _gap.c.reason).join(_folder, _folder.c.id == _gap.c.folder_id)
        with self.database.read() as connection:
            return {(row.name, row.uid): row.reason for row in connection.execute(query.where(_gap.c.mailbox_id == self.mailbox_id))}


def synced_mailbox(
    database: Database,
    authority: Authority,
    host: str,
    port: int,
    user: str,
    *,
    security: Security = Security.TLS,
    password: str = PASSWORD,
) -> SyncedMailbox:
    """Anna's, connected and not synchronised yet."""
    salesinbox = build_salesinbox(database, Vault(("k" * 40,)), LOCAL, str(authority.file))
    workspaces, people = table(WorkspaceRow), table(PersonRow)
    moment = now()
    with database.write() as connection:
        values = {"domain": "northlight.example", "name": "Northlight", "created_at": moment}
        workspace = connection.execute(insert(workspaces).values(values).returning(workspaces.c.id)).scalar_one()
        anna = {"google_sub": user, "email": user, "name": "Anna Berg", "aliases": [], "covered": True, "mailboxes": 0}
        anna |= {"workspace_id": workspace, "created_at": moment}
        person = connection.execute(insert(people).values(anna).returning(people.c.id)).scalar_one()
    server = Server(host, port, security, user)
    new = NewMailbox(person, workspace, user, "Anna Berg", "custom", SignIn.PASSWORD, server, server, Secrets(password=password), "en")
    return SyncedMailbox(database, salesinbox, salesinbox.mailboxes.connect(new).id)
