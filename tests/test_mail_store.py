"""The store: every mail once however it comes, nothing left behind when it goes, whoever else is at it."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from db import Database, now, table
from reading.message import Attachment, Mailbox
from salesinbox.gaps import Gaps, Reason
from salesinbox.incoming import MOST_PEOPLE
from salesinbox.mailboxes import Mailboxes, State
from salesinbox.removing import MailboxRemoval
from salesinbox.retention import Retention
from salesinbox.store import Fetched, Known, MailStore
from salesinbox.tables import (
    FolderRow,
    MailCopyRow,
    MailFileRow,
    MailGapRow,
    MailPersonRow,
    MailPlaceRow,
    MailRow,
    MailTextRow,
)
from salesinbox.turns import Turns
from tenants.people import Person
from tenants.policies import Policies
from tenants.policy import Policy
from tenants.tables import PersonRow, WorkspaceRow
from tenants.vault import Vault
from tests.stored_mail import MORNING, StoredMailbox, raw_mail, stored_mailbox

PAUL, CLAIRE = "paul.martin@northlight.example", "claire.dubois@northlight.example"
MAIL_ROWS = (MailRow, MailPersonRow, MailFileRow, MailTextRow, MailCopyRow, MailPlaceRow)


@pytest.fixture
def boxes(database: Database) -> tuple[StoredMailbox, StoredMailbox]:
    """Paul's and Claire's, of one company."""
    with database.write() as connection:
        made = insert(table(WorkspaceRow)).values(domain="northlight.example", name="Northlight", created_at=now())
        workspace = connection.execute(made.returning(table(WorkspaceRow).c.id)).scalar_one()
        person = {"workspace_id": workspace, "aliases": [], "created_at": now(), "covered": True, "mailboxes": 0}
        ids = [
            connection.execute(
                insert(table(PersonRow)).values(google_sub=email, email=email, name=email, **person).returning(table(PersonRow).c.id)
            ).scalar_one()
            for email in (PAUL, CLAIRE)
        ]
    vault = Vault(("k" * 40,))
    pauls, claires = (stored_mailbox(database, vault, one, workspace, email) for one, email in zip(ids, (PAUL, CLAIRE), strict=True))
    return pauls, claires


def count(database: Database, row: type[SQLModel], *where: Any) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table(row)).where(*where)).scalar_one())


def assert_whole(database: Database) -> None:
    """No mail without a copy, no part of a mail without the mail, no copy a colleague's removing took along."""
    mail, copy = table(MailRow).c, table(MailCopyRow).c
    assert count(database, MailRow, mail.id.not_in(select(copy.mail_id))) == 0
    for row in (MailPersonRow, MailTextRow, MailCopyRow, MailPlaceRow):
        assert count(database, row, table(row).c.mail_id.not_in(select(mail.id))) == 0
        assert count(database, MailRow, mail.id.not_in(select(table(row).c.mail_id))) == 0


def test_a_mail_in_two_mailboxes_is_one(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, claires = boxes
    both = f"{PAUL}, {CLAIRE}"
    sent = raw_mail("Offer", f"Paul <{PAUL}>", both, text="Dear all", Bcc="boss@northlight.example", files=(("a.pdf", b"12345"),))
    (mail_id,) = pauls.put(sent)
    assert claires.put(sent.replace(b"Bcc: boss@northlight.example\n", b"")) == [mail_id]
    pauls.uid = 0
    pauls.put(sent)
    assert [count(database, row) for row in (MailRow, MailTextRow, MailFileRow, MailCopyRow, MailPlaceRow)] == [1, 1, 1, 2, 2]
    with database.read() as connection:
        copies = {row.mailbox_id: row.outgoing for row in connection.execute(select(table(MailCopyRow)))}
    assert copies == {pauls.mailbox.id: True, claires.mailbox.id: False}
    read = pauls.store.read(mail_id, (pauls.mailbox.id,))
    assert read is not None
    assert (read.text.strip(), read.to, read.sent_at) == ("Dear all", (Mailbox(PAUL), Mailbox(CLAIRE)), MORNING)
    assert read.attachments == (Attachment("a.pdf", "application/octet-stream", 5),)
    assert read.bcc == (Mailbox("boss@northlight.example"),), "his own copy names whom he told of it"
    for hers in (pauls.store.read(mail_id, (claires.mailbox.id,)), pauls.store.read(mail_id)):
        assert hers is not None and hers.bcc == ()
    with database.read() as connection:
        stored = connection.execute(select(table(MailTextRow).c.content)).scalar_one()
    assert b"Dear all" not in stored and b"boss" not in stored
    pauls.store.remove(pauls.folder_id, [1])
    assert count(database, MailPersonRow, table(MailPersonRow).c.role == "bcc") == 0
    assert_whole(database)
    claires.store.remove_folder(claires.folder_id)
    assert [count(database, row) for row in MAIL_ROWS] == [0] * len(MAIL_ROWS)


def test_what_was_sent_is_there_at_once_and_found_again(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, _ = boxes
    raw, lost = raw_mail("Offer", PAUL, "anna@roy.example", Bcc="x@y.example"), raw_mail("Never filed", PAUL, "anna@roy.example")
    own = frozenset({PAUL})
    mail_id = pauls.store.keep_sent(pauls.mailbox, own, raw)
    assert pauls.store.keep_sent(pauls.mailbox, own, raw) == mail_id
    assert pauls.put(raw.replace(b"\n", b"\r\n"), gmail_id="18f") == [mail_id]
    assert pauls.store.find_gmail(pauls.mailbox.id, ["18f", ""]) == {"18f": mail_id}
    pauls.store.keep_sent(pauls.mailbox, own, lost)
    assert (count(database, MailRow), count(database, MailPlaceRow)) == (2, 1)
    assert pauls.store.drop_unplaced(pauls.mailbox.id, now() - timedelta(minutes=1)) == 0
    assert pauls.store.drop_unplaced(pauls.mailbox.id, now() + timedelta(minutes=1)) == 1
    assert count(database, MailRow) == 1
    assert_whole(database)


HOSTILE = {
    "nothing": b"",
    "zero bytes": b'From: a\x00b <a@b.example>\nSubject: a\x00b\nContent-Type: text/\x00html; name="\x00.txt"\n\na\x00b',
    "half characters": b"Subject: =?utf-7?q?+2AA-?=\nContent-Type: text/html; charset=utf-7\n\n<p>+2AA-</p>",
    "no end": b"Subject: "
    + b"x" * 300_000
    + b"\nTo: "
    + b", ".join(b"%d@b.example" % one for one in range(2_000))
    + b"\n\n"
    + b"y" * 300_000,
    "long names": b'From: "'
    + b"n" * 5_000
    + b'" <a@b.example>\nMessage-ID: <'
    + b"i" * 5_000
    + b">\nReferences: <"
    + b"r" * 90_000
    + b">\n\nx",
    "eight bits": "From: Grüße <a@b.example>\nSubject: Grüße\n\nGrüße".encode("latin-1"),
}


def test_whatever_comes_is_stored(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, _ = boxes
    files = (Attachment("\x00a\n" * 500, "a/\x00b", 2**40), Attachment("", "", -1))
    fetched = [
        Fetched(2**32 - 1 - place, MORNING, 2**40, unread=False, raw=raw, cut=True, files=files)
        for place, raw in enumerate(HOSTILE.values())
    ]
    assert pauls.store.add(pauls.mailbox, frozenset({PAUL}), pauls.folder_id, fetched, headers_only=False) == len(HOSTILE)
    assert list(pauls.store.uids(pauls.folder_id)) == sorted(one.uid for one in fetched)
    with database.read() as connection:
        ids = connection.execute(select(table(MailRow).c.id)).scalars().all()
    assert all(pauls.store.read(one) is not None for one in ids) and len(ids) == len(HOSTILE)
    assert count(database, MailPersonRow, table(MailPersonRow).c.role == "to") == MOST_PEOPLE


def test_all_of_a_batch_or_nothing(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, _ = boxes
    fetched = [Fetched(one, MORNING, 1, unread=True, raw=raw_mail(f"Mail {one}")) for one in (1, 2)]
    with pytest.raises(IntegrityError) as refused:
        pauls.store.add(pauls.mailbox, frozenset(), 999, fetched, headers_only=False)
    assert "Mail 1" not in str(refused.value)
    assert [count(database, row) for row in MAIL_ROWS] == [0] * len(MAIL_ROWS)
    assert pauls.store.add(pauls.mailbox, frozenset(), pauls.folder_id, fetched, headers_only=False) == 2


def test_of_headers_only_no_word_is_kept(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, claires = boxes
    raw = raw_mail("Offer", text="Secret", Cc=CLAIRE, In_Reply_To="<0@a.example>", files=(("a.pdf", b"1"),))
    mail_id = pauls.store.keep_sent(pauls.mailbox, frozenset({PAUL}), raw, headers_only=True)
    fetched = raw[: raw.index(b"\n\n") + 2]
    assert pauls.put(fetched, headers_only=True) == claires.put(fetched, headers_only=True) == [mail_id]
    assert (count(database, MailRow), count(database, MailTextRow)) == (1, 0)
    read = pauls.store.read(mail_id)
    assert read is not None and read.sender is not None
    assert (read.key, read.subject, read.text, read.cc) == ("offer@mail.example", "Offer", "", (Mailbox(CLAIRE),))
    assert (read.references, read.attachments[0].name) == (("<0@a.example>",), "a.pdf")
    with database.read() as connection:
        assert connection.execute(select(table(MailRow).c.snippet)).scalar_one() == ""


def test_mails_that_move(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, claires = boxes
    store, folder = pauls.store, pauls.folder_id
    ids = pauls.put(*(raw_mail(f"Mail {number}", minutes=number) for number in range(4)))
    double = raw_mail("Mail 3", text="of somebody else", minutes=9)
    pauls.put(double)
    assert store.find(pauls.mailbox.id, ["mail-0@mail.example", "mail-3@mail.example", "nobody"]) == {"mail-0@mail.example": ids[0]}
    assert store.find(claires.mailbox.id, ["mail-0@mail.example"]) == {}
    assert list(store.message_ids(folder))[:2] == [(1, "mail-0@mail.example"), (2, "mail-1@mail.example")]
    store.mark(folder, unread=[], read=[1, 2])
    store.mark(folder, unread=[2], read=[])
    unread = table(MailPlaceRow).c.unread
    assert count(database, MailPlaceRow, unread) == 4
    Gaps(database).note(pauls.mailbox.id, folder, [90], Reason.NOT_SENT)
    store.remove(folder, [4, 5, 77])
    assert list(store.message_ids(folder)) == [(1, "mail-0@mail.example"), (2, "mail-1@mail.example"), (3, "mail-2@mail.example")]
    assert (count(database, MailRow), count(database, MailGapRow)) == (3, 1)
    with database.write() as connection:
        columns = {column.name: column for column in table(FolderRow).c if column.name not in {"id", "name"}}
        copied = select(*columns.values(), (table(FolderRow).c.name + "/Archive").label("name")).where(table(FolderRow).c.id == folder)
        made = insert(table(FolderRow)).from_select([*columns, "name"], copied).returning(table(FolderRow).c.id)
        archive = connection.execute(made).scalar_one()
    Gaps(database).note(pauls.mailbox.id, archive, [5], Reason.NOT_SENT)
    assert store.place_known(archive, [Known(5, ids[0], unread=False), Known(6, ids[1], unread=True), Known(7, 10**9, unread=True)]) == {
        5,
        6,
    }
    assert store.place(archive, 5, ids[0], unread=True) and not store.place(claires.folder_id, 1, ids[0], unread=True)
    store.remove_folder(folder)
    assert (count(database, MailRow), count(database, MailPlaceRow), count(database, MailGapRow)) == (2, 2, 0)
    assert_whole(database)


def test_several_at_the_same_mails_at_once(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    raws = [raw_mail(f"Mail {number}", minutes=number) for number in range(40)]
    rng = random.Random(6)
    orders = [rng.sample(range(40), 40) for _ in range(6)]

    def work(place: int) -> None:
        box = boxes[place % 2]
        store = MailStore(database, Vault(("k" * 40,)))
        for start in range(0, 40, 10):
            part = orders[place][start : start + 10]
            fetched = [Fetched(one + 1, MORNING, 1, unread=True, raw=raws[one]) for one in part]
            store.add(box.mailbox, frozenset({PAUL}), box.folder_id, fetched, headers_only=False)
            if place >= 2:
                store.remove(box.folder_id, [one + 1 for one in part[:5]])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert_whole(database)
    places = count(database, MailPlaceRow)
    assert places == count(database, MailCopyRow) and places == sum(len(box.store.uids(box.folder_id)) for box in boxes)
    for box in boxes:
        fetched = [Fetched(one + 1, MORNING, 1, unread=True, raw=raw) for one, raw in enumerate(raws)]
        box.store.add(box.mailbox, frozenset({PAUL}), box.folder_id, fetched, headers_only=False)
    assert (count(database, MailRow), count(database, MailCopyRow), count(database, MailPersonRow)) == (40, 80, 80)


def test_what_is_too_old_goes_and_stays_away(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, claires = boxes
    for box in boxes:
        box.put(*(raw_mail(f"Mail {number}", minutes=-60 * 24 * 100 * number) for number in range(3)))
    retention, days = Retention(database), (now() - MORNING).days
    assert (retention.clear(pauls.mailbox.workspace_id, 0), retention.clear(pauls.mailbox.workspace_id, days + 150)) == (0, 1)
    assert [Gaps(database).uids(box.folder_id, Reason.TOO_OLD) for box in boxes] == [{3}, {3}]
    assert Gaps(database).due(claires.mailbox.id) == {}
    assert (count(database, MailRow), len(claires.store.uids(claires.folder_id))) == (2, 2)
    again = [Fetched(uid, MORNING, 1, unread=True, raw=raw_mail(f"Mail {uid}", minutes=-60 * 24 * 100 * uid)) for uid in (3, 4)]
    arguments: dict[str, Any] = {"headers_only": False, "not_before": MORNING - timedelta(days=350)}
    assert pauls.store.add(pauls.mailbox, frozenset(), pauls.folder_id, again, **arguments) == 1
    assert Gaps(database).uids(pauls.folder_id) == {4} and list(pauls.store.uids(pauls.folder_id)) == [1, 2, 3]
    retention.reopen(claires.mailbox.workspace_id)
    assert Gaps(database).due(claires.mailbox.id) == {claires.folder_id: [3]}
    assert_whole(database)


def test_texts_of_before_go_when_only_headers_are_to_be_kept(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, _ = boxes
    (mail_id,) = pauls.put(raw_mail("Offer", text="A secret."))
    Policies(database).save(pauls.mailbox.workspace_id, Policy(headers_only=True), Person(pauls.mailbox.person_id, PAUL, PAUL, "Paul"))
    assert Retention(database).sweep() == 0
    with database.read() as connection:
        assert connection.execute(select(table(MailRow).c.snippet)).scalar_one() == ""
    read = pauls.store.read(mail_id)
    assert read is not None and (read.subject, read.text) == ("Offer", "")


def test_a_mailbox_is_disconnected_though_somebody_dies_over_it(boxes: tuple[StoredMailbox, StoredMailbox], database: Database) -> None:
    pauls, claires = boxes
    raws = [raw_mail(f"Mail {number}", PAUL, CLAIRE, minutes=number, Bcc="x@y.example") for number in range(30)]
    pauls.put(*raws)
    claires.put(*raws[:10])
    removal, mailboxes = MailboxRemoval(database), Mailboxes(database, Vault(("k" * 40,)))
    removal.begin(pauls.mailbox.id)
    assert removal.pending() == (pauls.mailbox.id,)
    assert (
        pauls.store.add(pauls.mailbox, frozenset(), pauls.folder_id, [Fetched(99, MORNING, 1, unread=True, raw=b"")], headers_only=False)
        == 0
    )
    mailboxes.pause(pauls.mailbox.id, paused=True)
    mailboxes.ask_for_sync(pauls.mailbox.id)
    begun = mailboxes.get(pauls.mailbox.id)
    assert begun is not None and begun.state is State.REMOVING
    assert Turns(database).due(State.FIRST_SYNC, 10) == (claires.mailbox.id,)
    pauls.store.remove(pauls.folder_id, range(1, 7))  # so far somebody came
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(removal.finish, [pauls.mailbox.id] * 3))
    assert mailboxes.get(pauls.mailbox.id) is None and removal.pending() == ()
    assert (count(database, MailRow), count(database, MailCopyRow), count(database, FolderRow)) == (10, 10, 1)
    assert count(database, MailPersonRow, table(MailPersonRow).c.role == "bcc") == 0
    with database.read() as connection:
        assert {row.email: row.mailboxes for row in connection.execute(select(table(PersonRow)))} == {PAUL: 0, CLAIRE: 1}
    assert_whole(database)
