"""Folders: found, named, left out, chosen, renamed, deleted, whatever they are called."""

import pytest
from imapclient.response_parser import parse_response

from db import Database
from salesinbox.folders import FolderState
from salesinbox.responses import fields_of, pairs
from salesinbox.session import Listed
from salesinbox.sync import Progress
from salesinbox.uses import Use, uses_of
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.imap_script import GMAIL, USER, Folder, ImapScript
from tests.synced_mailbox import SyncedMailbox, raw_mail, synced_mailbox


@pytest.fixture
def anna(dovecot: Dovecot, mail_user: str, database: Database, authority: Authority) -> SyncedMailbox:
    return synced_mailbox(database, authority, dovecot.host, dovecot.tls_port, mail_user)


def folder_id(anna: SyncedMailbox, name: str) -> int:
    return next(folder.id for folder in anna.salesinbox.folders.of(anna.mailbox_id) if folder.name == name)


def test_names_of_every_kind(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    names = {
        "Entw&APw-rfe 2026": "Entwürfe 2026",
        "Angebote &- Auftr&AOQ-ge": "Angebote & Aufträge",
        "&Ti1lhw-/&ZeVnLIqe-": "中文/日本語",
        "2026": "2026",
        'He said "no"': 'He said "no"',
        "back\\slash": "back\\slash",
        "100% (new) [x] {3}": "100% (new) [x] {3}",
        "NIL": "NIL",
    }
    for number, wire in enumerate(names):
        dovecot.put(anna.mailbox.address, [raw_mail(f"in {wire}", number)], wire)
    assert anna.sync() is Progress.DONE
    assert {name: list(held.values()) for name, held in anna.held().items()} == {name: [f"in {wire}"] for wire, name in names.items()}
    assert not any(folder.cause for folder in anna.salesinbox.folders.of(anna.mailbox_id))


def test_names_that_are_no_utf_7_survive(authority: Authority, database: Database) -> None:
    with ImapScript(authority) as server:
        for number, name in enumerate(["caf\xe9", "&broken", "&AAA-", "a&-b", "tab\there"]):
            server.folders[name] = Folder()
            server.folders[name].put(raw_mail("odd", number))
        anna = synced_mailbox(database, authority, server.host, server.port, USER)
        assert anna.sync() is Progress.DONE
        assert sorted(anna.held()) == ["&AAA-", "&broken", "a&b", "caf\xe9", "tab\there"]


def test_a_renamed_folder_keeps_its_row_and_what_was_chosen(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    user = anna.mailbox.address
    dovecot.put(user, [raw_mail("offer", number) for number in range(3)], "Offers")
    dovecot.put(user, [raw_mail("private")], "Private")
    anna.sync()
    offers, private = folder_id(anna, "Offers"), folder_id(anna, "Private")
    anna.salesinbox.folders.choose(anna.mailbox_id, {private: True})
    assert "private" not in anna.mails()
    anna.sync()
    client = dovecot.client(user)
    client.rename("Offers", '"Offers 2026"')
    client.rename("Private", "Personal")
    client.logout()
    assert anna.sync() is Progress.DONE
    assert folder_id(anna, "Offers 2026") == offers and folder_id(anna, "Personal") == private
    assert sorted(anna.held()) == ["Offers 2026"] and len(anna.mails()) == 3


def test_the_owner_chooses(anna: SyncedMailbox, dovecot: Dovecot) -> None:
    user, folders = anna.mailbox.address, anna.salesinbox.folders
    dovecot.put(user, [raw_mail("deleted")], "Trash")
    dovecot.put(user, [raw_mail("both")], "Lists")
    dovecot.put(user, [raw_mail("both"), raw_mail("new", 1)])
    anna.sync()
    assert anna.mails() == ["both", "new"]
    folders.choose(anna.mailbox_id, {folder_id(anna, "Trash"): False, folder_id(anna, "Lists"): True, folder_id(anna, "INBOX"): False})
    assert sorted(anna.held()) == ["INBOX"] and anna.mailbox.due_at is not None
    anna.sync()
    assert anna.mails() == ["both", "deleted", "new"] and sorted(anna.held()) == ["INBOX", "Trash"]
    folders.choose(anna.mailbox_id, {folder_id(anna, "Lists"): False})
    anna.sync()
    assert sorted(anna.held()) == ["INBOX", "Lists", "Trash"] and anna.mails() == ["both", "deleted", "new"]


def test_a_list_without_folders_is_not_believed(authority: Authority, database: Database) -> None:
    with ImapScript(authority) as server:
        server.inbox.put(raw_mail("kept"))
        anna = synced_mailbox(database, authority, server.host, server.port, USER)
        anna.sync()
        inbox = server.folders.pop("INBOX")
        assert anna.sync() is Progress.FAULT and anna.mails() == ["kept"]
        server.folders["INBOX"] = inbox
        assert anna.sync() is Progress.DONE and anna.mails() == ["kept"]


def test_gmail_labels(authority: Authority, database: Database) -> None:
    with ImapScript(authority, f"UIDPLUS {GMAIL}") as server:
        every = server.folders["[Gmail]/All Mail"] = Folder(attributes="\\HasNoChildren \\All")
        server.folders["[Gmail]/Drafts"] = Folder(attributes="\\HasNoChildren \\Drafts")
        server.folders["Offers"] = Folder()
        every.put(raw_mail("plain"), gmail_id=0x1A, labels=('"\\\\Inbox"',))
        every.put(raw_mail("offer"), gmail_id=0x1B, labels=('"\\\\Inbox"', "Offers"))
        every.put(raw_mail("draft"), gmail_id=0x1C, labels=('"\\\\Draft"',))
        server.inbox.put(raw_mail("plain"), raw_mail("offer"))
        anna = synced_mailbox(database, authority, server.host, server.port, USER)
        assert anna.sync() is Progress.DONE
        assert anna.mails() == ["offer", "plain"] and list(anna.held()) == ["[Gmail]/All Mail"]
        assert not [folder for folder, _ in server.fetched if folder != "[Gmail]/All Mail"]
        states = {folder.name: folder.state for folder in anna.salesinbox.folders.of(anna.mailbox_id)}
        assert states["INBOX"] is states["Offers"] is FolderState.COVERED
        anna.salesinbox.folders.choose(anna.mailbox_id, {folder_id(anna, "[Gmail]/Drafts"): False})
        assert anna.sync() is Progress.DONE and anna.mails() == ["draft", "offer", "plain"]


@pytest.mark.parametrize(
    ("name", "flags", "delimiter", "use"),
    [
        ("Inbox", "", "/", Use.INBOX),
        ("INBOX.Gesendete Objekte", "", ".", Use.SENT),
        ("[Gmail]/Spam", "", "/", Use.JUNK),
        ("Corbeille", "", "/", Use.TRASH),
        ("Elsewhere", "\\sent", "/", Use.SENT),
        ("Projects/Trash", "", "/", Use.OTHER),
        ("Trash", "", "", Use.TRASH),
        ("Starred", "\\flagged", "/", Use.VIRTUAL),
    ],
)
def test_uses(name: str, flags: str, delimiter: str, use: Use) -> None:
    assert uses_of([Listed(name, name.encode(), frozenset(flags.split()), delimiter, None)]) == {name: use}


def test_a_name_counts_only_where_the_server_has_not_said_it_of_another() -> None:
    own = Listed("Sent", b"Sent", frozenset(), "/", None)
    theirs = Listed("Outbound", b"Outbound", frozenset({"\\sent"}), "/", None)
    assert uses_of([own, theirs]) == {"Sent": Use.OTHER, "Outbound": Use.SENT}


@pytest.mark.parametrize(
    "response",
    [
        [rb'1 (UID 5 RFC822.SIZE 12 FLAGS (\Seen $Later) INTERNALDATE " 2-Mar-2026 10:00:00 +0000")'],
        [rb'1 (FLAGS () UID 5 X-GM-LABELS ("\\Inbox" "a (b) [c]" plain))'],
        [(b"2 (UID 7 BODY[]<0> {3}", b"a)b"), b")"],
        [(b"2 (UID 7 BODY[HEADER.FIELDS (MESSAGE-ID DATE)] {3}", b"abc"), b")"],
        [(b"2 (BODY[] {3}", b"abc"), b" UID 7)"],
        [(b'2 (UID 7 FLAGS ("literal" {3}', b"abc"), b"))"],
        [b'2 (UID 7 BODY[] "short")'],
    ],
)
def test_the_short_way_through_an_answer_comes_out_where_the_long_one_does(response: list) -> None:
    assert fields_of(response) == pairs(parse_response(list(response))[1])
