"""SalesInbox as its users have it: the whole service, real workers, a real IMAP server, a sink, people who fill in forms."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from imaplib import IMAP4_SSL
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select, update

from crm_client.embedded.tables import AddressRow, RecordRow
from db import now, table
from linking.erasing import QUIET
from salesinbox.tables import FolderRow, MailboxRow, MailPlaceRow, MailRow, OutgoingRow
from tenants.tables import ErasureRow
from tests.authority import Authority
from tests.dovecot import PASSWORD, Dovecot
from tests.form_browser import Visitor
from tests.site import Site, running
from tests.smtp_sink import Sink

ROOT = Path(__file__).parent.parent
VAULT_KEY = "v" * 40
PAUL = "paul.martin@northlight.example"
CLAIRE = "claire.dubois@northlight.example"
NADIA = "nadia.keller@northlight.example"
OPERATOR = "sidecard@operator.example"
MARK = "Zwirbelmais"
"""A word in the text of every mail, and in nothing else."""
TOPIC = "Parquet"
"""The first word of every subject."""
LEFT_OUT = ("Junk", "Trash")
_ADDRESS = re.compile(r"[^\s<>,]+@[^\s<>,]+")
_LONG_AGO = timedelta(days=800)


@dataclass(frozen=True)
class Posted:
    """`addresses`: everybody's but the owner's."""

    subject: str
    message_id: str
    addresses: frozenset[str]
    folder: str
    raw: bytes
    old: bool


@dataclass
class Correspondence:
    """A rep's mail of the past year, each with a subject of its own: the word, a number from `first` on, the topic."""

    owner: str
    topic: str
    first: int = 0
    posted: list[Posted] = field(default_factory=list)

    def write(
        self,
        sender: str,
        *to: str,
        folder: str = "INBOX",
        files: Iterable[tuple[str, bytes]] = (),
        topic: str = "",
        html: str = "",
        old: bool = False,
        **headers: str,
    ) -> Posted:
        number = self.first + len(self.posted)
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = f"{TOPIC} {number:04} {topic or self.topic}", sender, ", ".join(to)
        mail["Date"] = format_datetime(now() - timedelta(hours=20 * (400 - number)) - (_LONG_AGO if old else timedelta()))
        message_id = f"<{number}.{self.topic.lower().replace(' ', '-')}@mail.example>"
        mail["Message-ID"] = message_id
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(f"Good morning,\n\nthe {MARK} number {number} is ready.\n")
        if html:
            mail.add_alternative(html, subtype="html")
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        everybody = " ".join((sender, *to, headers.get("Cc", ""))).lower()
        addresses = frozenset(_ADDRESS.findall(everybody)) - {self.owner}
        posted = Posted(str(mail["Subject"]), message_id, addresses, folder, mail.as_bytes(), old)
        self.posted.append(posted)
        return posted

    def of(self, addresses: Iterable[str]) -> list[str]:
        """The subjects in the list of a record with these addresses, sorted."""
        asked = set(addresses)
        return sorted(one.subject for one in self.posted if one.addresses & asked and one.folder not in LEFT_OUT and not one.old)

    def deliver(self, server: Dovecot) -> None:
        for folder in sorted({one.folder for one in self.posted}):
            server.drop(self.owner, [one.raw for one in self.posted if one.folder == folder], "" if folder == "INBOX" else folder)


@dataclass
class Journey:
    """Everything the workers said is in `log`. `password` is Paul's at the servers."""

    site: Site
    server: Dovecot
    sink: Sink
    authority: Authority
    log: Path
    password: str = PASSWORD

    # what people do

    def visitor(self, email: str) -> Visitor:
        """Signed in to the console."""
        visitor = Visitor(self.site.base_url)
        visitor.visit("/signin").press(email)
        return visitor

    def switch_on(self, **rules: str) -> None:
        """Nadia, the administrator, on her page."""
        nadia = self.visitor(NADIA).visit("/setup/policy").press("Save", who_may_connect="everyone", **rules)
        assert "Saved." in nadia.text, nadia.text

    def connect(self, visitor: Visitor, user: str) -> str:
        """The path of the mailbox's page."""
        servers = {
            "imap_host": self.server.host,
            "imap_port": str(self.server.tls_port),
            "imap_user": user,
            "password": PASSWORD,
            "smtp_host": self.sink.host,
            "smtp_port": str(self.sink.port),
            "smtp_security": "starttls",
        }
        visitor.visit("/mailboxes/new/custom").press("Try and connect", address=user, **servers)
        assert "Connected. Your mail is being fetched now." in visitor.text, visitor.text
        return visitor.path.partition("?")[0]

    def new_password(self, password: str) -> None:
        """At both of Paul's servers."""
        self.server.add_user(PAUL, password)
        self.sink.users = {PAUL: password, CLAIRE: PASSWORD, "operator": PASSWORD}
        self.password = password

    @contextmanager
    def client(self) -> Iterator[IMAP4_SSL]:
        """Paul's other mail program."""
        client = self.server.client(PAUL, self.password)
        try:
            yield client
        finally:
            client.logout()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        settings = {
            "base_url": self.site.base_url,
            "trust_root": "development",
            "vault_keys": VAULT_KEY,
            "database_url": self.site.settings.database_url,
            **mail_settings(self.sink, self.authority),
        }
        environment = {"PATH": os.environ["PATH"], **{f"SIDECARD_{name.upper()}": value for name, value in settings.items()}}
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "jobs", "--silence", "2"], cwd=ROOT, env=environment, stdout=log, stderr=log)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    # time passes

    def put_off_is_due(self) -> None:
        """What waits to be filed."""
        self._change(update(table(OutgoingRow)).where(table(OutgoingRow).c.due_at.is_not(None)).values(due_at=now()))

    def quiet_is_over(self) -> None:
        """In which what is under way may end before somebody is erased."""
        self._change(update(table(ErasureRow)).values(begun_at=now() - 2 * QUIET))

    def _change(self, statement: Any) -> None:
        with self.site.database.write() as connection:
            connection.execute(statement)

    # what there is

    def records(self) -> dict[str, set[str]]:
        """The path of each record of the sample company, and its addresses."""
        record, address = table(RecordRow), table(AddressRow)
        found: dict[str, set[str]] = {}
        with self.site.database.read() as connection:
            joined = select(record.c.kind, record.c.id, address.c.address).join(address, address.c.record_id == record.c.id)
            for row in connection.execute(joined):
                found.setdefault(f"/crm/{row.kind}/{row.id}", set()).add(row.address)
        return found

    def record(self, address: str) -> str:
        return next(path for path, addresses in self.records().items() if address in addresses)

    def notices(self, subject: str) -> int:
        """How often Sidecard itself has written this."""
        return sum(one.sender == OPERATOR and f"Subject: {subject}\r\n".encode() in one.content for one in self.sink.delivered)

    def mails(self, subject: str = "") -> list[int]:
        """The ids of all in the store."""
        mail = table(MailRow)
        query = select(mail.c.id).order_by(mail.c.id)
        return self._column(query.where(mail.c.subject == subject) if subject else query)

    def mailboxes(self) -> list[str]:
        return self._column(select(table(MailboxRow).c.address))

    def outgoing(self, name: str) -> list[Any]:
        return self._column(select(table(OutgoingRow).c[name]))

    def being_filed(self) -> bool:
        row = table(OutgoingRow)
        return bool(self._column(select(row.c.id).where((row.c.state == "filed") | (row.c.due_at > now()))))

    def _column(self, query: Select[Any]) -> list[Any]:
        with self.site.database.read() as connection:
            return list(connection.execute(query).scalars())

    def stored(self) -> dict[str, set[int]]:
        """Folder -> UIDs."""
        folder, place = table(FolderRow), table(MailPlaceRow)
        found: dict[str, set[int]] = {}
        with self.site.database.read() as connection:
            for row in connection.execute(select(folder.c.name, place.c.uid).join(place, place.c.folder_id == folder.c.id)):
                found.setdefault(row.name, set()).add(row.uid)
        return found

    def on_server(self, *folders: str) -> dict[str, set[int]]:
        """The same, asked of Paul's server."""
        with self.client() as client:
            return {folder: set(uids(client, folder)) for folder in folders}

    def in_sent(self, message_id: str) -> int:
        with self.client() as client:
            return len(uids(client, "Sent", "HEADER", "Message-ID", message_id))


def uids(client: IMAP4_SSL, folder: str, *criteria: str) -> list[int]:
    client.select(folder)
    _, (found,) = client.uid("SEARCH", *(criteria or ("ALL",)))
    return [int(one) for one in found.split()]


def ours(subjects: Sequence[str]) -> list[str]:
    """Those of a `Correspondence`, and not the CRM's own sample, sorted."""
    return sorted(one for one in subjects if one.startswith(TOPIC))


def mail_settings(sink: Sink, authority: Authority) -> dict[str, Any]:
    return {
        "mailbox_networks": "127.0.0.0/8,::1/128",
        "mailbox_authority": str(authority.file),
        "mail_server": f"smtps://operator:correct%20horse@{sink.host}:{sink.tls_port}",
        "mail_from": OPERATOR,
    }


@contextmanager
def journey(database_url: str, directory: Path, server: Dovecot, sink: Sink, authority: Authority) -> Iterator[Journey]:
    with running(database_url, directory / "playground", vault_keys=VAULT_KEY, **mail_settings(sink, authority)) as site:
        yield Journey(site, server, sink, authority, directory / "workers.log")
