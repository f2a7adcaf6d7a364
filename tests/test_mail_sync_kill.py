"""The plug is pulled fifty times during one synchronisation, while mail comes, goes and moves: store and server agree in the end."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db import Database, table
from salesinbox.sync import Progress
from salesinbox.tables import MailCopyRow, MailFileRow, MailPersonRow, MailPlaceRow, MailRow, MailTextRow
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.synced_mailbox import SyncedMailbox, raw_mail, synced_mailbox

MAILS = 2_000
KILLS = {"sqlite": 50, "postgresql": 15}
FIRST_LIFE = 0.1
"""Seconds, at most."""


class Worker:
    """Synchronises in processes of its own."""

    def __init__(self, url: str, authority: Authority, mailbox_id: int) -> None:
        command = [sys.executable, "-m", "tests.killed_sync", url, str(authority.file), str(mailbox_id)]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, bufsize=1)

    def live(self, seconds: float) -> str:
        """For so long. How it ended."""
        self._process.stdin.write(f"{seconds}\n")
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture
def anna(dovecot: Dovecot, mail_user: str, database: Database, authority: Authority) -> SyncedMailbox:
    dovecot.drop(mail_user, [raw_mail(f"mail {number}", number) for number in range(MAILS)])
    return synced_mailbox(database, authority, dovecot.host, dovecot.tls_port, mail_user)


@pytest.fixture
def worker(anna: SyncedMailbox, database_url: str, authority: Authority) -> Iterator[Worker]:
    started = Worker(database_url, authority, anna.mailbox_id)
    yield started
    started.end()


def stir(server: Dovecot, user: str, chance: random.Random, number: int) -> None:
    """New mail, removed mail, moved mail, read mail."""
    server.put(user, [raw_mail(f"new {number}", number)])
    client = server.client(user)
    client.create("Projects")
    client.select("INBOX")
    uids = [uid.decode() for uid in client.uid("SEARCH", "ALL")[1][0].split()]
    moved, removed, read = (",".join(chance.sample(uids, 5)) for _ in range(3))
    client.uid("STORE", read, "+FLAGS", "\\Seen")
    client.uid("COPY", moved, "Projects")
    client.uid("STORE", f"{moved},{removed}", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()


def on_server(server: Dovecot, user: str) -> dict[tuple[str, int], tuple[str, bool]]:
    """(folder, UID) -> (subject, unread)."""
    client = server.client(user)
    found = {}
    for folder in ("INBOX", "Projects"):
        client.select(folder, readonly=True)
        _, answer = client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        for line, header in (one for one in answer if isinstance(one, tuple)):
            uid = int(line.split(b"UID ")[1].split()[0])
            found[folder, uid] = (header.decode().removeprefix("Subject:").strip(), b"\\Seen" not in line)
    client.logout()
    return found


def in_store(anna: SyncedMailbox) -> dict[tuple[str, int], tuple[str, bool]]:
    place = table(MailPlaceRow)
    held = {(folder, uid): subject for folder, mails in anna.held().items() for uid, subject in mails.items()}
    names = {folder.id: folder.name for folder in anna.salesinbox.folders.of(anna.mailbox_id)}
    with anna.database.read() as connection:
        rows = connection.execute(select(place.c.folder_id, place.c.uid, place.c.unread)).all()
    assert len(rows) == len(held)
    return {(names[row.folder_id], row.uid): (held[names[row.folder_id], row.uid], row.unread) for row in rows}


def test_killed_again_and_again(anna: SyncedMailbox, worker: Worker, dovecot: Dovecot, database: Database) -> None:
    chance = random.Random(20260302)
    kills = KILLS["sqlite" if database.is_sqlite else "postgresql"]
    killed, longest = 0, FIRST_LIFE
    reached = [0]
    while killed < kills:
        end = worker.live(chance.uniform(0, longest))
        assert end in {"killed", "done"}
        killed += end == "killed"
        reached.append(len(anna.mails()))
        # However fast this machine is just now: most are killed, and it gets on.
        longest *= 0.8 if end == "done" else 1.2 if reached[-1] == reached[-2] else 1
        if len(reached) % 8 == 0 or end == "done":
            stir(dovecot, anna.mailbox.address, chance, len(reached))
    assert len({count for count in reached if 0 < count < MAILS}) > 2, "it was killed in the middle of it"
    while anna.salesinbox.sync.run(anna.mailbox_id, 5) is not Progress.DONE:
        pass
    there = on_server(dovecot, anna.mailbox.address)
    assert in_store(anna) == there and anna.gaps() == {}
    assert anna.mails() == sorted({subject for subject, _ in there.values()}), "nothing is lost, nothing is there twice"
    mail, copy, text = table(MailRow), table(MailCopyRow), table(MailTextRow)
    with database.read() as connection:
        counts = [connection.execute(select(func.count()).select_from(rows)).scalar_one() for rows in (mail, copy, text)]
        assert counts == [len(anna.mails())] * 3
        for rows in (table(MailPersonRow), table(MailFileRow), copy, text):
            orphans = select(func.count()).where(rows.c.mail_id.not_in(select(mail.c.id)))
            assert connection.execute(orphans).scalar_one() == 0
