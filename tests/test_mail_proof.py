"""The proof of completeness: whatever has happened to the store behind its back, the next comparison finds it and mends it."""

import random
from array import array
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from db import Database, now, table
from salesinbox.gaps import Reason
from salesinbox.proof import _only_in_first
from salesinbox.sync import Progress
from salesinbox.tables import FolderRow, MailboxRow, MailGapRow, MailPlaceRow
from tests.authority import Authority
from tests.imap_script import USER, Folder, ImapScript
from tests.synced_mailbox import SyncedMailbox, raw_mail, synced_mailbox

_place, _folder, _gap, _mailbox = table(MailPlaceRow), table(FolderRow), table(MailGapRow), table(MailboxRow)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server(authority: Authority) -> Iterator[ImapScript]:
    with ImapScript(authority) as script:
        script.inbox.put(*(raw_mail(f"Mail {number}", number) for number in range(30)))
        script.folders["Trash"] = Folder(attributes="\\HasNoChildren \\Trash")
        script.folders["Trash"].put(raw_mail("thrown away"))
        script.folders["Projects"] = Folder()
        script.folders["Projects"].put(*(raw_mail(f"Project {number}", number) for number in range(5)))
        yield script


@pytest.fixture
def anna(server: ImapScript, database: Database, authority: Authority) -> SyncedMailbox:
    return synced_mailbox(database, authority, server.host, server.port, USER)


def test_the_numbers_before_during_and_after_the_first_synchronisation(server: ImapScript, anna: SyncedMailbox) -> None:
    before = anna.standing
    assert (before.on_server, before.stored, before.remaining, before.estimate, before.share) == (0, 0, 0, None, 1.0)
    server.refuse("FETCH", "NO [SERVERBUG] broken", uid=9)
    anna.sync()
    for _ in range(3):
        anna.later()
        anna.sync()
    after = anna.standing
    assert (after.on_server, after.stored, after.missing, after.remaining, after.share) == (35, 34, 1, 0, 1.0)
    assert [(folder.name, gap.reason, gap.count) for folder, gap in after.gaps] == [("INBOX", Reason.REFUSED, 1)]
    assert [(line.name, line.on_server, line.stored) for line in after.folders] == [("INBOX", 30, 29), ("Projects", 5, 5)]
    assert after.synced_at is not None and after.compared_at is None and after.estimate is None
    found = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert found is not None and found.complete and (found.on_server, found.stored, found.reasons) == (35, 34, 1)
    assert [(line.name, line.use, line.on_server, line.remaining) for line in anna.standing.excluded] == [("Trash", "trash", 1, 0)]


def test_what_is_left_is_estimated_from_the_pace_so_far(anna: SyncedMailbox, server: ImapScript) -> None:
    anna.sync()
    with anna.database.write() as connection:
        folder_id = connection.execute(select(_folder.c.id).where(_folder.c.name == "INBOX")).scalar_one()
        connection.execute(_folder.update().where(_folder.c.id == folder_id).values(on_server=30 + 70, low_uid=2))
        connection.execute(_mailbox.update().values(first_done_at=None, connected_at=now() - MINUTE * 35))
    standing = anna.standing
    assert (standing.remaining, round(standing.share, 2)) == (70, round(35 / 105, 2))
    assert standing.estimate is not None and abs(standing.estimate - MINUTE * 70) < MINUTE


@pytest.mark.parametrize("seed", range(4))
def test_every_difference_is_found_and_mended(server: ImapScript, anna: SyncedMailbox, seed: int) -> None:
    anna.sync()
    chance = random.Random(seed)
    everything = anna.held()
    gone = [uid for uid in chance.sample(sorted(server.inbox.mails), 5) if uid != 3]
    with anna.database.write() as connection:
        places = connection.execute(select(_place.c.id, _place.c.uid).where(_place.c.uid.not_in([3, *gone]))).all()
        lost = chance.sample(places, 1 + 6 * seed)
        connection.execute(delete(_place).where(_place.c.id.in_([row.id for row in lost])))
        mailbox_id, inbox = connection.execute(select(_folder.c.mailbox_id, _folder.c.id).where(_folder.c.name == "INBOX")).one()
        stray = {"mailbox_id": mailbox_id, "folder_id": inbox, "tries": 3, "since": now(), "reason": Reason.REFUSED}
        connection.execute(insert(_gap), [{**stray, "uid": uid} for uid in (3, 31)])
    for uid in gone:
        del server.inbox.mails[uid]
        everything["INBOX"].pop(uid)
    server.inbox.next_uid = 32  # 31 was there, and is expunged
    (new,) = server.inbox.put(raw_mail("New"))
    everything["INBOX"][new] = "New"

    found = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert found is not None and not found.complete and (found.lost, found.waiting, found.gone) == (len(lost), 1, len(gone))
    there = 36 - len(gone)
    assert found.on_server == found.stored + found.reasons + found.waiting + found.lost == there
    anna.sync()
    assert anna.held() == everything
    again = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert again is not None and again.complete and anna.gaps() == {}
    standing = anna.standing
    assert standing.on_server == standing.stored == there and standing.compared_at is not None


def test_comparing_before_anything_is_fetched_removes_and_invents_nothing(server: ImapScript, anna: SyncedMailbox) -> None:
    found = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert found is not None and found.on_server == 0 and not found.complete
    assert anna.sync() is Progress.DONE and anna.standing.stored == 35


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)))
def test_differences_of_ascending_numbers(first: set[int], second: set[int]) -> None:
    assert list(_only_in_first(array("q", sorted(first)), array("q", sorted(second)))) == sorted(first - second)


def test_an_answer_that_cannot_be_true_removes_nothing(server: ImapScript, anna: SyncedMailbox) -> None:
    anna.sync()
    everything = anna.held()
    server.refuse("SEARCH", "OK found nothing, which is a lie")
    found = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert found is not None and found.skipped == ("INBOX", "Projects") and found.gone == 0 and anna.held() == everything
    del server.inbox.mails[7]
    anna.later()
    anna.sync()
    assert anna.held() == everything and anna.standing.folders[0].cause is not None
    server.refusals.clear()
    anna.later()
    anna.sync()
    del everything["INBOX"][7]
    assert anna.held() == everything and anna.standing.folders[0].cause is None
