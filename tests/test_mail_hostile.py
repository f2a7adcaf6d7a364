"""Servers that misbehave: nothing is lost, doubled or stuck silently, and what cannot be had is listed with its reason while the
rest comes in."""

from collections.abc import Iterator

import pytest

from db import Database
from salesinbox.faults import Cause
from salesinbox.gaps import Reason
from salesinbox.mailboxes import Secrets, State
from salesinbox.sync import Progress
from tests.authority import Authority
from tests.imap_script import GMAIL, USER, Folder, ImapScript
from tests.synced_mailbox import SyncedMailbox, raw_mail, synced_mailbox

LETTERS = "abcdefghijkl"


@pytest.fixture
def server(authority: Authority) -> Iterator[ImapScript]:
    """With twelve mails, a to l, in its INBOX: UIDs 1 to 12."""
    with ImapScript(authority) as script:
        script.inbox.put(*(raw_mail(letter, number, size=2_000) for number, letter in enumerate(LETTERS)))
        yield script


@pytest.fixture
def anna(server: ImapScript, database: Database, authority: Authority) -> SyncedMailbox:
    return synced_mailbox(database, authority, server.host, server.port, USER)


def _all(*without: str) -> dict[str, dict[int, str]]:
    return {"INBOX": {uid: letter for uid, letter in enumerate(LETTERS, 1) if letter not in without}}


def _adds_up(anna: SyncedMailbox) -> bool:
    """On the server = in the store + with a reason, and the comparison with the server agrees."""
    compared = anna.salesinbox.proof.compare(anna.mailbox_id)
    standing = anna.standing
    return (
        compared is not None and compared.complete and standing.remaining == 0 and standing.on_server == standing.stored + standing.missing
    )


def _settled(anna: SyncedMailbox, rounds: int = 6) -> Progress:
    """Synchronised again and again, as the clock would: what is tried later has its time come."""
    progress = anna.sync()
    for _ in range(rounds):
        anna.later()
        progress = anna.sync()
    return progress


def test_a_connection_lost_in_the_middle_of_a_mail_is_taken_up_again(server: ImapScript, anna: SyncedMailbox) -> None:
    server.inbox.mails[5].cuts = 1
    server.inbox.mails[9].cuts = 1
    _settled(anna)
    assert anna.held() == _all() and anna.mails() == sorted(LETTERS)
    assert anna.gaps() == {} and _adds_up(anna)


def test_a_mail_on_which_every_connection_breaks_is_listed_and_delays_no_other(server: ImapScript, anna: SyncedMailbox) -> None:
    server.inbox.mails[5].cuts = 1_000_000
    _settled(anna)
    assert anna.held() == _all("e") and anna.gaps() == {("INBOX", 5): Reason.BREAKS_OFF}
    assert anna.mailbox.state is State.IN_STEP and anna.mailbox.cause is None and _adds_up(anna)
    tries = server.fetched["INBOX", 5]
    server.inbox.put(raw_mail("new"))
    anna.later()
    assert anna.sync() is Progress.DONE and anna.held()["INBOX"][13] == "new"
    assert server.fetched["INBOX", 5] == tries, "given up, until its owner asks"
    server.inbox.mails[5].cuts = 0
    anna.salesinbox.gaps.ask_again(anna.mailbox_id)
    anna.sync()
    assert anna.held()["INBOX"][5] == "e" and anna.gaps() == {} and _adds_up(anna)


@pytest.mark.parametrize("said", ["BAD cannot parse this message", "NO [SERVERBUG] internal error", "NO message unavailable"])
def test_a_mail_the_server_refuses_is_listed_and_delays_no_other(server: ImapScript, anna: SyncedMailbox, said: str) -> None:
    server.refuse("FETCH", said, uid=7)
    _settled(anna)
    assert anna.held() == _all("g") and anna.gaps() == {("INBOX", 7): Reason.REFUSED}
    assert anna.mailbox.state is State.IN_STEP and _adds_up(anna)
    server.refusals.clear()
    anna.salesinbox.gaps.ask_again(anna.mailbox_id)
    anna.sync()
    assert anna.held() == _all() and anna.gaps() == {}


@pytest.mark.parametrize(
    "said", ["NO [LIMIT] Too many requests", "NO [THROTTLED] Slow down", "BYE Too many simultaneous connections", "BYE shutting down"]
)
@pytest.mark.parametrize("after", [0, 1])
def test_a_throttling_server_is_left_alone_and_asked_again_later(server: ImapScript, anna: SyncedMailbox, said: str, after: int) -> None:
    server.refuse("FETCH", said, after=after, times=3)
    anna.sync()
    _settled(anna)
    assert anna.held() == _all() and anna.mails() == sorted(LETTERS)
    assert anna.mailbox.cause is None and anna.gaps() == {} and _adds_up(anna)


def test_throttled_means_one_sign_in_and_then_peace(server: ImapScript, anna: SyncedMailbox) -> None:
    server.refuse("FETCH", "NO [LIMIT] Too many requests")
    assert anna.sync() is not Progress.DONE
    mailbox = anna.mailbox
    assert mailbox.cause is Cause.THROTTLED and mailbox.state is State.FIRST_SYNC
    assert mailbox.due_at and mailbox.cause_at and (mailbox.due_at - mailbox.cause_at).total_seconds() >= 299
    assert server.sign_ins == {"right": 1}


def test_a_farewell_at_once_is_a_fault_with_a_name(server: ImapScript, anna: SyncedMailbox) -> None:
    server.refuse("LOGIN", "BYE Server is going down", times=1)
    assert anna.sync() is not Progress.DONE
    assert anna.mailbox.cause is not None and anna.mailbox.failures == 1 and anna.held() == {}
    anna.later()
    anna.sync()
    assert anna.mailbox.cause is None and anna.held() == _all()


def test_a_changed_password_stops_every_attempt_until_the_owner_has_acted(server: ImapScript, anna: SyncedMailbox) -> None:
    server.password = "another"
    anna.sync()
    assert anna.mailbox.state is State.NEEDS_OWNER and anna.mailbox.cause is Cause.SIGN_IN and anna.mailbox.due_at is None
    assert server.sign_ins == {"wrong": 1}
    for _ in range(3):
        anna.later()
        anna.sync()
        assert anna.salesinbox.proof.compare(anna.mailbox_id) is None
    assert server.sign_ins == {"wrong": 1}, "a password tried again and again locks the account"
    mailbox = anna.mailbox
    secrets = Secrets(password="another")
    anna.salesinbox.mailboxes.edit(mailbox.id, mailbox.name, mailbox.imap, mailbox.smtp, mailbox.sign_in, secrets)
    anna.sync()
    assert anna.held() == _all() and server.sign_ins == {"wrong": 1, "right": 1}


@pytest.mark.parametrize("said_size", [0, 1, 300_000, 2**40])
def test_a_lie_about_its_size_costs_no_mail(server: ImapScript, anna: SyncedMailbox, said_size: int) -> None:
    server.inbox.mails[3].said_size = said_size
    _settled(anna)
    assert anna.held() == _all() and anna.gaps() == {} and _adds_up(anna)


def test_mails_that_are_no_mails_are_stored_or_listed(server: ImapScript, anna: SyncedMailbox) -> None:
    endless = b"From: jonas@weber.example\r\nX-Endless: " + b"y" * 2_000_000 + b"\r\nSubject: endless\r\n\r\nText\r\n"
    nuls = raw_mail("nuls", body="a\0b\0c").replace(b"Weber", b"We\0ber")
    nothing, noise = b"", bytes(range(256)) * 40
    eight_bit = raw_mail("eight").replace(b"Subject: eight", "Subject: Größe ü".encode("latin-1"))
    undated = raw_mail("undated").replace(b"2 Mar 2026", b"99 Foo 9999")
    uids = server.inbox.put(endless, nuls, nothing, noise, eight_bit, undated)
    _settled(anna)
    held = anna.held()["INBOX"]
    assert set(held) | {uid for _, uid in anna.gaps()} >= {*range(1, 13), *uids}
    assert [held[uid] for uid in range(1, 13)] == list(LETTERS)
    assert held[uids[1]] == "nuls" and "Gr" in held[uids[4]] and held[uids[5]] == "undated"
    assert anna.gaps() == {} and _adds_up(anna)


def test_a_mail_expunged_while_it_is_fetched_is_no_gap_for_ever(server: ImapScript, anna: SyncedMailbox) -> None:
    server.inbox.mails[4].vanishes = True
    _settled(anna)
    assert anna.held() == _all("d") and anna.gaps() == {} and _adds_up(anna)


def test_news_in_the_middle_of_an_answer_are_no_answer(server: ImapScript, anna: SyncedMailbox) -> None:
    server.between = ["* 13 EXISTS", "* 1 RECENT", "* 2 FETCH (FLAGS (\\Seen))", "* OK [ALERT] maintenance tonight", "* 12 EXPUNGE"]
    _settled(anna)
    assert anna.held() == _all() and anna.gaps() == {}


def test_a_folder_the_server_refuses_or_names_badly_holds_up_no_other(server: ImapScript, anna: SyncedMailbox) -> None:
    server.folders["Locked"], server.folders["A&b"], server.folders["Gr&APYA3w-e"] = Folder(), Folder(), Folder()
    for folder in ("Locked", "A&b", "Gr&APYA3w-e"):
        server.folders[folder].put(raw_mail(f"in {folder}"))
    for verb in ("SELECT", "EXAMINE"):
        server.refuse(verb, "NO [NOPERM] not yours", folder="Locked")
    _settled(anna)
    assert anna.held() == {**_all(), "A&b": {1: "in A&b"}, "Größe": {1: "in Gr&APYA3w-e"}}
    locked = next(line for line in anna.standing.folders if line.name == "Locked")
    assert locked.cause is not None and locked.stored == 0
    compared = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert compared is not None and compared.skipped == ("Locked",) and not compared.complete
    server.refusals.clear()
    _settled(anna)
    assert anna.held()["Locked"] == {1: "in Locked"} and _adds_up(anna)


def test_a_server_that_keeps_uidnext_and_dates_to_itself(server: ImapScript, anna: SyncedMailbox) -> None:
    server.inbox.says_next = False
    for mail, when in zip(server.inbox.mails.values(), ("yesterday", "32-Foo-2026 99:00:00 +9900", "", "1"), strict=False):
        mail.when = when
    anna.sync()
    server.inbox.put(raw_mail("new"))
    _settled(anna, 1)
    assert anna.held() == {"INBOX": {**_all()["INBOX"], 13: "new"}} and _adds_up(anna)


def test_uids_that_begin_anew_double_nothing(server: ImapScript, anna: SyncedMailbox) -> None:
    anna.sync()
    kept = [mail for mail in server.inbox.mails.values() if b"Subject: c" not in mail.raw]
    server.inbox.mails = dict(enumerate(kept, 101))
    server.inbox.validity, server.inbox.next_uid = 2, 101 + len(kept)
    _settled(anna, 2)
    assert anna.mails() == sorted(LETTERS.replace("c", ""))
    assert anna.held() == {"INBOX": dict(enumerate(LETTERS.replace("c", ""), 101))} and _adds_up(anna)


def test_a_slow_server_is_waited_for(server: ImapScript, anna: SyncedMailbox) -> None:
    server.inbox.mails[2].stalls = 0.2
    assert anna.sync() is Progress.DONE and anna.held() == _all()


def test_gmail_keeps_a_mail_once_however_many_labels_it_has(server: ImapScript, anna: SyncedMailbox) -> None:
    server.capabilities = f"IMAP4rev1 SPECIAL-USE {GMAIL}"
    every = server.folders["[Gmail]/All Mail"] = Folder(attributes="\\HasNoChildren \\All")
    server.folders["Customers"] = Folder()
    for uid, mail in server.inbox.mails.items():
        every.put(mail.raw, gmail_id=0x1000 + uid, labels=("\\Inbox",))
        mail.gmail_id = 0x1000 + uid
    server.folders["Customers"].put(server.inbox.mails[1].raw, gmail_id=0x1001, labels=("Customers",))
    _settled(anna)
    assert anna.mails() == sorted(LETTERS)
    assert set(anna.held()) == {"[Gmail]/All Mail"} and _adds_up(anna)
    assert sum(server.fetched.values()) == len(LETTERS), "each was fetched once"
