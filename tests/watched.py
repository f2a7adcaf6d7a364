"""Mailboxes of a real server, as they stand when their first synchronisation is done: what the watch and the worker start from."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from db import Database, now, table
from salesinbox.access import MailAccess
from salesinbox.mailboxes import Mailbox, Mailboxes, NewMailbox, Secrets, SignIn, State
from salesinbox.servers import Network, Security, Server
from salesinbox.sign_ins import SignIns
from salesinbox.tables import FolderRow, MailboxRow, MailPlaceRow, MailRow
from tenants.policies import Policies
from tenants.policy import DEFAULT, WhoMayConnect
from tenants.tables import WorkspaceRow
from tenants.vault import Vault
from tests.dovecot import PASSWORD, Dovecot
from tests.office import VAULT_KEY, Office

_row, _mail, _place = table(MailboxRow), table(MailRow), table(MailPlaceRow)


class Post:
    """The office's mailboxes at one server."""

    def __init__(self, office: Office, server: Dovecot, network: Network) -> None:
        self.office = office
        self.database: Database = office.database
        self.server = server
        self.mailboxes = Mailboxes(office.database, Vault([VAULT_KEY]))
        with office.database.read() as connection:
            self.workspace_id: int = connection.execute(select(table(WorkspaceRow).c.id)).scalar_one()
        Policies(office.database).save(self.workspace_id, replace(DEFAULT, who_may_connect=WhoMayConnect.EVERYONE), office.people[0])
        self.access = MailAccess(network, SignIns(self.mailboxes, {}, None))

    def new_user(self) -> str:
        user = f"user-{uuid.uuid4().hex[:8]}@northlight.example"
        self.server.add_user(user)
        return user

    def connect(self, user: str = "", state: State = State.IN_STEP, language: str = "en", host: str = "") -> Mailbox:
        """Of the office's first person, and due to nobody where it is in step."""
        user = user or self.new_user()
        person = self.office.people[0]
        imap = Server(host or self.server.host, self.server.tls_port, Security.TLS, user)
        secrets = Secrets(password=PASSWORD)
        new = NewMailbox(person.id, self.workspace_id, user, "Paul", "custom", SignIn.PASSWORD, imap, imap, secrets, language)
        made = self.mailboxes.connect(new)
        if state is State.IN_STEP:
            self.change(
                made.id, state=state.value, due_at=None, first_done_at=now(), synced_at=now(), confirmed_at=now(), compared_at=now()
            )
        return self.read(made.id)

    def subjects(self, mailbox_id: int) -> list[str]:
        """Of the mails that lie in it, as often as they do."""
        query = select(_mail.c.subject).join(_place, _place.c.mail_id == _mail.c.id).where(_place.c.mailbox_id == mailbox_id)
        with self.database.read() as connection:
            return sorted(connection.execute(query).scalars())

    def folders(self, mailbox_id: int, excluded: dict[str, bool], use: str = "") -> None:
        """As the synchronisation found them."""
        zero = dict.fromkeys(("next_uid", "low_uid", "modseq", "on_server", "failures"), 0)
        same = {"mailbox_id": mailbox_id, "use": use, "chosen": False, "state": "in step", "cause": "", **zero}
        with self.database.write() as connection:
            for name, out in excluded.items():
                connection.execute(insert(table(FolderRow)).values(name=name, excluded=out, **same))

    def read(self, mailbox_id: int) -> Mailbox:
        found = self.mailboxes.get(mailbox_id)
        assert found is not None
        return found

    def change(self, mailbox_id: int, **values: object) -> None:
        with self.database.write() as connection:
            connection.execute(update(_row).where(_row.c.id == mailbox_id).values(values))

    def column(self, name: str) -> dict[int, Any]:
        """Of all mailboxes."""
        with self.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(select(_row.c.id, _row.c[name]).order_by(_row.c.id))}

    def due(self, mailbox_id: int) -> bool:
        at: datetime | None = self.column("due_at")[mailbox_id]
        return at is not None and at <= now()
