"""The synchronisation against a real Dovecot, with all it can and with next to nothing: the store has what the server has."""

import imaplib
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from sqlalchemy import func, select

from db import Database, now, table
from salesinbox.gaps import Reason
from salesinbox.mailboxes import Mailbox, NewMailbox, Secrets, State
from salesinbox.sync import Progress
from salesinbox.tables import FolderRow, MailboxRow, MailCopyRow, MailFileRow, MailPlaceRow, MailRow
from tenants.people import Person
from tenants.policies import Policies
from tenants.policy import Policy
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.imap_script import USER, ImapScript
from tests.synced_mailbox import SyncedMailbox, raw_mail, synced_mailbox

_mail, _copy, _file = table(MailRow), table(MailCopyRow), table(MailFileRow)


@pytest.fixture(scope="module")
def plain_dovecot(authority: Authority) -> Iterator[Dovecot]:
    """It announces IMAP4rev1 and nothing else: no CONDSTORE, no ESEARCH, no special use."""
    with Dovecot(authority, capability="IMAP4rev1") as server:
        server.add_user(USER)
        yield server


@pytest.fixture
def anna(dovecot: Dovecot, mail_user: str, database: Database, authority: Authority) -> SyncedMailbox:
    return synced_mailbox(database, authority, dovecot.host, dovecot.tls_port, mail_user)


@pytest.fixture(params=["all extensions", "none"])
def either(
    request: pytest.FixtureRequest, dovecot: Dovecot, plain_dovecot: Dovecot, mail_user: str, database: Database, authority: Authority
) -> SyncedMailbox:
    """On one of the two servers."""
    plain_dovecot.add_user(mail_user)
    server = dovecot if request.param == "all extensions" else plain_dovecot
    return synced_mailbox(database, authority, server.host, server.tls_port, mail_user)


@pytest.fixture
def plain(plain_dovecot: Dovecot, mail_user: str, database: Database, authority: Authority) -> SyncedMailbox:
    plain_dovecot.add_user(mail_user)
    return synced_mailbox(database, authority, plain_dovecot.host, plain_dovecot.tls_port, mail_user)


def at(anna: SyncedMailbox, dovecot: Dovecot, plain_dovecot: Dovecot) -> Dovecot:
    return dovecot if anna.mailbox.imap.port == dovecot.tls_port else plain_dovecot


def on_server(server: Dovecot, user: str, folder: str = "INBOX") -> dict[int, bool]:
    """UID -> unread."""
    client = server.client(user)
    try:
        assert client.select(f'"{folder}"', readonly=True)[0] == "OK"
        every, unseen = (client.uid("SEARCH", word)[1][0].split() for word in ("ALL", "UNSEEN"))
        return {int(uid): uid in unseen for uid in every}
    finally:
        client.logout()


def selected(server: Dovecot, user: str, folder: str = "INBOX") -> imaplib.IMAP4_SSL:
    client = server.client(user)
    client.select(f'"{folder}"')
    return client


def unread(anna: SyncedMailbox) -> dict[str, dict[int, bool]]:
    place, folder = table(MailPlaceRow), table(FolderRow)
    query = select(folder.c.name, place.c.uid, place.c.unread).join(folder, folder.c.id == place.c.folder_id)
    found: dict[str, dict[int, bool]] = {}
    with anna.database.read() as connection:
        for row in connection.execute(query.where(place.c.mailbox_id == anna.mailbox_id)):
            found.setdefault(row.name, {})[row.uid] = row.unread
    return found


def ids(anna: SyncedMailbox) -> dict[str, int]:
    with anna.database.read() as connection:
        return {row.subject: row.id for row in connection.execute(select(_mail.c.subject, _mail.c.id))}


def test_the_life_of_a_mailbox(either: SyncedMailbox, dovecot: Dovecot, plain_dovecot: Dovecot) -> None:
    anna, user = either, either.mailbox.address
    server = at(anna, dovecot, plain_dovecot)
    server.put(user, [raw_mail("read", 1)], flags="\\Seen")
    server.put(user, [raw_mail(f"old {number}", number) for number in range(12)])
    server.put(user, [raw_mail("sent")], "Sent")
    server.put(user, [raw_mail("thrown away")], "Trash")
    server.put(user, [raw_mail("unfinished")], "Drafts")
    assert anna.sync() is Progress.DONE
    before = on_server(server, user)
    assert unread(anna)["INBOX"] == before and sum(before.values()) == 12, "nothing was marked as read"
    assert set(anna.held()) == {"INBOX", "Sent"} and anna.mailbox.state is State.IN_STEP
    assert anna.mailbox.first_done_at is not None and anna.mailbox.synced_at is not None

    server.put(user, [raw_mail("new")])
    client = selected(server, user)
    client.create("Offers")
    client.uid("STORE", "1", "-FLAGS", "\\Seen")
    client.uid("STORE", "2:4", "+FLAGS", "\\Seen")
    client.uid("STORE", "5", "+FLAGS", "\\Deleted")
    client.expunge()
    client.uid("COPY", "6,7", "Offers")
    client.uid("STORE", "6,7", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()
    kept = ids(anna)
    assert anna.sync() is Progress.DONE
    assert unread(anna)["INBOX"] == on_server(server, user) and sorted(anna.held()["Offers"].values()) == ["old 4", "old 5"]
    assert "old 3" not in anna.mails() and "new" in anna.mails() and len(anna.mails()) == 14
    assert all(number == kept.get(subject, number) for subject, number in ids(anna).items()), "what was moved is the same mail"

    client = server.client(user)
    client.delete("Offers")
    client.logout()
    assert anna.sync() is Progress.DONE
    assert "Offers" not in anna.held() and "old 4" not in anna.mails()
    assert anna.sync() is Progress.DONE and anna.salesinbox.proof.compare(anna.mailbox_id).complete


def test_slices_of_no_length_come_to_an_end_and_new_mail_goes_first(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    user = anna.mailbox.address
    dovecot.drop(user, [raw_mail("old", number, size=20_000) for number in range(900)])
    while not anna.held():
        assert anna.salesinbox.sync.run(anna.mailbox_id, 0) is Progress.MORE
    first = set(anna.held()["INBOX"])
    assert max(first) == 900 and min(first) > 400, "the newest first"
    assert anna.mailbox.first_done_at is None
    dovecot.put(user, [raw_mail("new")])
    anna.salesinbox.sync.run(anna.mailbox_id, 0)
    now_there = set(anna.held()["INBOX"])
    assert 901 in now_there and 1 not in now_there
    slices = 0
    while anna.salesinbox.sync.run(anna.mailbox_id, 0) is Progress.MORE:
        slices += 1
    assert slices >= 3 and set(anna.held()["INBOX"]) == set(range(1, 902))
    assert anna.mailbox.first_done_at is not None


def test_a_server_that_goes_away_and_comes_back_in_the_middle(plain: SyncedMailbox, plain_dovecot: Dovecot) -> None:
    anna, user = plain, plain.mailbox.address
    plain_dovecot.drop(user, [raw_mail("old", number, size=20_000) for number in range(500)])
    assert anna.salesinbox.sync.run(anna.mailbox_id, 0) is Progress.MORE
    held = anna.held()
    plain_dovecot.stop()
    try:
        assert anna.salesinbox.sync.run(anna.mailbox_id, 10) is Progress.FAULT
        assert anna.mailbox.cause is not None and anna.mailbox.due_at is not None and anna.held() == held
    finally:
        plain_dovecot.start()
    assert anna.sync() is Progress.DONE
    assert anna.mailbox.cause is None and len(anna.held()["INBOX"]) == 500 and len(anna.mails()) == 500


def test_uids_counted_anew_double_and_lose_nothing(plain: SyncedMailbox, plain_dovecot: Dovecot) -> None:
    anna, user = plain, plain.mailbox.address
    nameless = raw_mail("nameless").replace(b"Message-ID: <nameless.0@weber.example>\r\n", b"")
    plain_dovecot.put(user, [*(raw_mail("mail", number) for number in range(40)), nameless])
    client = selected(plain_dovecot, user)
    client.uid("STORE", "1:9", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()
    anna.sync()
    kept, before = ids(anna), anna.mails()
    plain_dovecot.count_anew(user)
    plain_dovecot.put(user, [raw_mail("new")])
    assert anna.sync() is Progress.DONE
    assert set(anna.held()) == {"INBOX"} and set(anna.held()["INBOX"]) == set(on_server(plain_dovecot, user)) == set(range(1, 34))
    assert anna.mails() == sorted([*before, "new"]) and all(ids(anna)[subject] == number for subject, number in kept.items())


def test_what_is_counted_anew_is_not_fetched_anew(authority: Authority, database: Database) -> None:
    with ImapScript(authority) as server:
        server.inbox.put(*(raw_mail("mail", number) for number in range(20)))
        anna = synced_mailbox(database, authority, server.host, server.port, USER)
        anna.sync()
        mails = [mail.raw for mail in server.inbox.mails.values()]
        server.inbox.mails.clear()
        server.inbox.validity += 1
        server.inbox.put(*mails[5:], raw_mail("another", 1))
        server.fetched.clear()
        assert anna.sync() is Progress.DONE
        assert list(server.fetched) == [("INBOX", server.inbox.next_uid - 1)], "only the one nobody knew"
        assert len(anna.mails()) == 16 and set(anna.held()["INBOX"]) == set(server.inbox.mails)


def test_mails_of_every_kind(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    user = anna.mailbox.address
    nameless = b"From: anna@weber.example\r\nSubject: nameless\r\n\r\nNo Message-ID, no date\r\n"
    eight_bit = "From: Jürgen <j@weber.example>\r\nSubject: Grüße\r\nMessage-ID: <eight@weber.example>\r\n\r\nGrüße".encode("latin-1")
    nul = raw_mail("nul", body="before\0after").replace(b"Subject: nul", b"Subject: nul\0 byte")
    no_date = raw_mail("wrong date").replace(b"Mon, 2 Mar 2026", b"Mon, 99 Foo 19999")
    far = raw_mail("far date").replace(b"Mon, 2 Mar 2026", b"Fri, 31 Dec 9999")
    endless = raw_mail("endless").replace(b"Subject: endless", b"Subject: endless\r\nX-Endless: " + b"y" * 2_000_000)
    dovecot.drop(user, [nameless, eight_bit, nul, no_date, far, endless, b"", b"\xff\xfe\0", b"From: nobody\r\n"])
    assert anna.sync() is Progress.DONE
    assert len(anna.held()["INBOX"]) == 9 and anna.gaps() == {}
    assert anna.salesinbox.proof.compare(anna.mailbox_id).complete
    dovecot.put(user, [nameless])
    anna.sync()
    assert len(anna.held()["INBOX"]) == 10 and anna.mails().count("nameless") == 1, "the same mail twice in a folder is one mail"


def test_a_large_mail_is_not_fetched_whole_and_its_files_are_known(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    line = b"QUJD" * 19 + b"\r\n"
    file = (
        b'--xyz\r\nContent-Type: application/pdf; name="=?utf-8?q?Pl=C3=A4ne?="\r\nContent-Disposition: attachment;'
        b" filename*=utf-8''Pl%C3%A4ne.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + line * (30_000_000 // len(line)) + b"\r\n"
    )
    last = b'--xyz\r\nContent-Type: image/png; name="b.png"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--xyz--\r\n'
    header = raw_mail("large").partition(b"\r\n\r\n")[0]
    large = header + b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="xyz"\r\n\r\n'
    large += b"--xyz\r\nContent-Type: text/plain\r\n\r\nThe plans.\r\n" + file + last
    dovecot.drop(anna.mailbox.address, [large])
    tracemalloc.start()
    try:
        assert anna.sync() is Progress.DONE
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    with anna.database.read() as connection:
        files = connection.execute(select(_file.c.name, _file.c.mime_type, _file.c.size).order_by(_file.c.place)).all()
        assert connection.execute(select(_mail.c.size, _mail.c.snippet)).one() == (len(large), "The plans.")
    assert [(file.name, file.mime_type) for file in files] == [("Pläne.pdf", "application/pdf"), ("b.png", "image/png")]
    assert files[0].size == pytest.approx(30_000_000 * 76 * 3 / (78 * 4), rel=0.001) and files[1].size == 3


def test_the_same_mail_in_two_mailboxes_is_one_mail_with_two_owners(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    first = anna.mailbox
    other = f"ben-{first.address}"
    dovecot.add_user(other)
    ben = anna.salesinbox.mailboxes.connect(_like(first, other))
    for user in (first.address, other):
        dovecot.put(user, [b"Received: for " + user.encode() + b"\r\n" + raw_mail("shared")])
    assert anna.sync() is anna.salesinbox.sync.run(ben.id, 10) is Progress.DONE
    with anna.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(_mail)).scalar_one() == 1
        assert sorted(connection.execute(select(_copy.c.mailbox_id)).scalars()) == [first.id, ben.id]


def _like(mailbox: Mailbox, address: str) -> NewMailbox:
    server = type(mailbox.imap)(mailbox.imap.host, mailbox.imap.port, mailbox.imap.security, address)
    return NewMailbox(
        mailbox.person_id, mailbox.workspace_id, address, "Ben", "custom", mailbox.sign_in, server, server, Secrets("correct horse"), "en"
    )


def test_two_workers_at_one_mailbox_do_no_harm(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    user = anna.mailbox.address
    dovecot.drop(user, [raw_mail("old", number, size=10_000) for number in range(600)])
    said: list[Progress | Exception] = []
    anna.salesinbox.sync.run(anna.mailbox_id, 0)  # Dovecot may cut off one of two connections that make a user's folders at once

    def work() -> None:
        try:
            said.extend(anna.salesinbox.sync.run(anna.mailbox_id, 0.05) for _ in range(20))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            said.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {*said} <= {Progress.MORE, Progress.DONE}, said
    assert anna.sync() is Progress.DONE and len(anna.mails()) == 600 and len(anna.held()["INBOX"]) == 600
    assert anna.salesinbox.proof.compare(anna.mailbox_id).complete and anna.gaps() == {}


def test_where_only_headers_are_kept_no_text_is_fetched(authority: Authority, database: Database) -> None:
    with ImapScript(authority) as server:
        server.inbox.put(raw_mail("quiet", body="A secret."))
        anna = synced_mailbox(database, authority, server.host, server.port, USER)
        Policies(database).save(anna.mailbox.workspace_id, Policy(headers_only=True), Person(anna.mailbox.person_id, USER, USER, "Anna"))
        assert anna.sync() is Progress.DONE and anna.mails() == ["quiet"]
        assert not [line for line in server.asked if "BODY.PEEK[]" in line or "BODY[]" in line]
    with database.read() as connection:
        assert connection.execute(select(_mail.c.snippet)).scalar_one() == ""


def test_what_is_too_old_for_the_company_is_not_fetched(database: Database, authority: Authority) -> None:
    moment = now()
    with ImapScript(authority) as server:
        for days in (400, 10):
            when = moment - timedelta(days=days)
            dated = raw_mail(f"{days} days").replace(b"Mon, 2 Mar 2026 10:00:00 +0000", format_datetime(when).encode())
            server.inbox.put(dated, when=when.strftime("%d-%b-%Y %H:%M:%S +0000"))
        anna = synced_mailbox(database, authority, server.host, server.port, USER)
        Policies(database).save(anna.mailbox.workspace_id, Policy(mail_days=90), Person(anna.mailbox.person_id, USER, USER, "Anna"))
        assert anna.sync() is Progress.DONE and anna.mails() == ["10 days"]
        assert [(gap.reason, gap.count) for _, gap in anna.standing.gaps] == [(Reason.TOO_OLD, 1)]
        assert not [line for line in server.asked if "UID FETCH 1 " in line and "BODY" in line]


def test_paused_and_removed_mailboxes_rest(anna: SyncedMailbox) -> None:
    anna.salesinbox.mailboxes.pause(anna.mailbox_id, paused=True)
    assert anna.sync() is Progress.RESTING and anna.salesinbox.sync.run(anna.mailbox_id + 1, 1) is Progress.RESTING
    with anna.database.read() as connection:
        assert connection.execute(select(table(MailboxRow).c.state)).scalar_one() == State.PAUSED
