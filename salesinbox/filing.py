"""What was sent is put into the Sent folder, once, and is in the lists at once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from imaplib import IMAP4

from imapclient import SEEN, IMAPClient
from imapclient.imapclient import SENT
from sqlalchemy import select

from db import Database, table
from salesinbox.access import MailAccess
from salesinbox.answers import faults
from salesinbox.bounded import within
from salesinbox.from_addresses import own_addresses
from salesinbox.mailboxes import Mailbox
from salesinbox.providers import PROVIDERS
from salesinbox.store import MailStore
from salesinbox.tables import FolderRow
from tenants.policies import Policies

SECONDS = 25.0
"""For every answer: somebody may wait for the page."""
ALL_SECONDS = 60.0
"""For all of them."""
_CLOCKS_DIFFER = timedelta(days=1)
_APPENDED = re.compile(rb"\[APPENDUID (\d+) (\d+)\]", re.IGNORECASE)
FILE_BY_THEMSELVES = frozenset(provider.key for provider in PROVIDERS if provider.files_sent)

_folder = table(FolderRow)


class Filing:
    """Safe to use from many threads and processes."""

    def __init__(self, database: Database, access: MailAccess, store: MailStore) -> None:
        self._database = database
        self._access = access
        self._store = store
        self._policies = Policies(database)

    def file(self, mailbox: Mailbox, message_id: str, wire: bytes, sent_at: datetime) -> None:
        """Done twice it is filed once. MailboxFault: it is in the lists, and not in the folder."""
        headers_only = self._policies.of(mailbox.workspace_id).headers_only
        own = own_addresses(self._database, mailbox.person_id)
        mail_id = self._store.keep_sent(mailbox, own, wire, headers_only=headers_only)
        if mailbox.provider in FILE_BY_THEMSELVES:
            return
        with self._connected(mailbox) as client:
            folder = client.find_special_folder(SENT) or _made(client)
            # An attempt of before may have got through, and a server may file by itself without our knowing.
            if _lies_in(client, folder, message_id, sent_at):
                return
            appended = _APPENDED.search(client.append(folder, wire, (SEEN,), sent_at))
        if appended:
            self._place(mailbox, folder, int(appended[1]), int(appended[2]), mail_id)

    def lies_in_sent(self, mailbox: Mailbox, message_id: str, since: datetime) -> bool:
        """MailboxFault."""
        with self._connected(mailbox) as client:
            folder = client.find_special_folder(SENT)
            return folder is not None and _lies_in(client, folder, message_id, since)

    def _place(self, mailbox: Mailbox, name: str, uidvalidity: int, uid: int, mail_id: int) -> None:
        """So that the synchronisation need not fetch what was sent from here."""
        this = (_folder.c.mailbox_id == mailbox.id, _folder.c.name == name, _folder.c.uidvalidity == uidvalidity)
        with self._database.read() as connection:
            folder_id = connection.execute(select(_folder.c.id).where(*this, _folder.c.excluded.is_(False))).scalar_one_or_none()
        if folder_id is not None:
            self._store.place(folder_id, uid, mail_id, unread=False)

    @contextmanager
    def _connected(self, mailbox: Mailbox) -> Iterator[IMAPClient]:
        with within(ALL_SECONDS):
            client = self._access.imap(mailbox)
            try:
                with faults():
                    client.socket().settimeout(SECONDS)
                    yield client
            finally:
                with suppress(IMAP4.error, OSError):
                    client.logout()


def _lies_in(client: IMAPClient, folder: str, message_id: str, since: datetime) -> bool:
    client.select_folder(folder, readonly=True)
    return bool(client.search(["SINCE", (since - _CLOCKS_DIFFER).date(), "HEADER", "Message-ID", f"<{message_id}>"]))


def _made(client: IMAPClient) -> str:
    """Where the server has none: under the name mail programs look for."""
    personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
    folder = f"{personal[0][0] if personal else ''}Sent"
    client.create_folder(folder)
    return folder
