"""SalesInbox under attack: by mail from outside, by a mail server somebody was talked into, by a colleague."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select, update

from db import Database, table
from i18n import ENGLISH
from reading.message import Mailbox
from salesinbox.answers import cleaned
from salesinbox.brake import TRIES
from salesinbox.compose import build_salesinbox
from salesinbox.composing import Draft, NotSendable, check
from salesinbox.emails import Emails, Reader
from salesinbox.faults import Cause, MailboxFault
from salesinbox.from_addresses import CODES, AddressRefused
from salesinbox.incoming import MOST_PEOPLE
from salesinbox.record_addresses import RecordAddresses
from salesinbox.removing import MailboxRemoval
from salesinbox.servers import Network, Password, Security, Server
from salesinbox.session import MOST_FOLDERS
from salesinbox.sync import Progress
from salesinbox.tables import FolderRow, MailCopyRow, MailPersonRow
from salesinbox.trying import try_servers
from salesinbox.watch_line import Ended, Line
from tenants.people import Caller, GoogleIdentity, NotConnected
from tenants.policies import Policies
from tenants.policy import Policy, WhoMayConnect
from tenants.tables import PersonRow
from tenants.vault import Vault
from tests.authority import Authority
from tests.console_site import CLAIRE, KEY, PAUL, ConsoleSite, add_contact, csrf_token
from tests.mail_listener import Talk, imap_refusing, listening
from tests.smtp_sink import Sink
from tests.stored_mail import StoredMailbox, raw_mail, stored_mailbox
from tests.synced_mailbox import synced_mailbox

USER = "anna@northlight.example"
PASSWORD = Password("correct horse")
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what asks nothing new of the database."""


def _server(port: int) -> Server:
    return Server("localhost", port, Security.TLS, USER)


def _tagged(connected: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """What an IMAP server is asked: tag and command. Signs in whoever wants to."""
    connected.sendall(b"* OK [CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=PLAIN] ready\r\n")
    lines = connected.makefile("rb")
    for line in lines:
        tag, _, command = line.strip().partition(b" ")
        if command.startswith(b"CAPABILITY"):
            connected.sendall(b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n%b OK done\r\n" % tag)
        elif command.startswith(b"AUTHENTICATE"):
            connected.sendall(b"+ \r\n")
            next(lines)
            connected.sendall(b"%b OK signed in\r\n" % tag)
        else:
            yield tag, command


# -- a server that never comes to an end


def _dripping(opening: bytes) -> Talk:
    def talk(connected: socket.socket) -> None:
        connected.sendall(opening)
        with contextlib.suppress(OSError):
            for _ in range(200):
                connected.sendall(b"x")
                time.sleep(0.05)

    return talk


def test_a_letter_now_and_then_holds_no_thread(network: Network, authority: Authority) -> None:
    context = authority.server_context()
    with listening(_dripping(b"* OK "), context) as imap, listening(_dripping(b"220-"), context) as smtp:
        tried = try_servers(network, _server(imap), _server(smtp), PASSWORD, PASSWORD, seconds=0.3)
        assert (tried.imap and tried.imap.cause, tried.smtp and tried.smtp.cause) == (Cause.SILENT, Cause.SILENT)
        until = time.monotonic() + 1
        while (busy := [one for one in threading.enumerate() if one.name.startswith("trying")]) and time.monotonic() < until:
            time.sleep(0.02)
        assert busy == []


def _endless(opening: bytes, line: bytes, sent: list[int]) -> Talk:
    def talk(connected: socket.socket) -> None:
        connected.sendall(opening)
        with contextlib.suppress(OSError):
            while sum(sent) < 40_000_000:
                connected.sendall(line)
                sent.append(len(line))

    return talk


@pytest.mark.parametrize(
    ("imap", "opening", "line"),
    [
        (True, b"* OK hello\r\n", b"* CAPABILITY IMAP4rev1\r\n* OK more of it\r\n" * 200),
        (True, b"* OK hello\r\n* CAPABILITY ", b"x" * 8_000),
        (True, b"* OK hello\r\n* CAPABILITY {9000000000}\r\n", b"x" * 8_000),
        (False, b"220 hello\r\n", b"250-more of it\r\n" * 500),
    ],
    ids=["answers", "a line", "a literal", "an outgoing server"],
)
def test_words_without_end_fill_no_memory(network: Network, authority: Authority, *, imap: bool, opening: bytes, line: bytes) -> None:
    sent: list[int] = []
    with listening(_endless(opening, line, sent), authority.server_context()) as port, pytest.raises(MailboxFault) as raised:
        (network.imap if imap else network.smtp)(_server(port), PASSWORD)
    assert raised.value.cause is Cause.BROKEN_OFF and sum(sent) < 10_000_000


# -- a server that makes us count


def test_a_number_too_long_to_be_read_ends_one_connection_and_not_the_watch(network: Network, authority: Authority) -> None:
    def talk(connected: socket.socket) -> None:
        for tag, command in _tagged(connected):
            if command.startswith(b"EXAMINE"):
                connected.sendall(b"* 1 EXISTS\r\n%b OK done\r\n" % tag)
                time.sleep(0.05)  # it is the watch's to hear
                connected.sendall(b"* %b EXISTS\r\n" % (b"9" * 5_000))
            else:
                connected.sendall(tag + b" OK done\r\n")

    with listening(talk, authority.server_context()) as port:
        line = Line.take_over(network.imap(_server(port), PASSWORD), "INBOX")
        until = time.monotonic() + 1
        with pytest.raises(Ended):
            while time.monotonic() < until:
                line.hear()
        line.close()


@pytest.mark.parametrize("said", ["b'" * 20_000 + "z", "x b'" * 20_000, "[b'" + "\\'b'" * 5_000], ids=["open", "many", "escaped"])
def test_what_a_server_says_is_made_a_line_in_no_time(said: str) -> None:
    started = time.process_time()
    assert len(cleaned(said)) <= 200
    assert time.process_time() - started < 0.2


# -- a colleague with a mail server of his own


@ONE_ENGINE
@pytest.mark.parametrize(
    "forged",
    [
        lambda raw: raw.replace(b"account 111", b"account 666"),
        lambda raw: b"Reply-To: eve@evil.example\n" + raw,
        lambda raw: b"Cc: eve@evil.example\n" + raw,
        lambda raw: raw.replace(b"paul.martin@northlight.example", b"eve@evil.example"),
    ],
    ids=["html", "reply-to", "cc", "to"],
)
def test_nobody_puts_a_forged_copy_in_a_colleagues_place(database: Database, forged: Callable[[bytes], bytes]) -> None:
    """He has got the same mail, and lets his server hand out another one that says the same as text. Nor does he get to see what
    he has only guessed the text of."""
    site = ConsoleSite(database)
    emails = Emails(database, Vault((KEY,)), RecordAddresses(database))
    pauls, claires = (_stored(site, who) for who in (PAUL, CLAIRE))
    true = raw_mail("Invoice", text="See the invoice.", html="<p>Pay to account 111", message_id="<1@roy.example>")
    (forgery,) = pauls.put(forged(true))
    claires.put(true)
    reader = Reader(claires.mailbox.person_id, claires.mailbox.workspace_id)
    copy = table(MailCopyRow)
    with database.read() as connection:
        mail_id = connection.execute(select(copy.c.mail_id).where(copy.c.mailbox_id == claires.mailbox.id)).scalar_one()
    opened = emails.open(reader, mail_id)
    assert opened is not None and opened.message is not None and mail_id != forgery
    assert "account 111" in opened.message.html and opened.reply_to == () and opened.cc == () and opened.to[0].address == PAUL.email
    assert emails.open(Reader(pauls.mailbox.person_id, pauls.mailbox.workspace_id), mail_id) is None


def _stored(site: ConsoleSite, who: GoogleIdentity) -> StoredMailbox:
    known = site.directory.resolve(who)
    assert isinstance(known, Caller | NotConnected)
    return stored_mailbox(site.database, Vault((KEY,)), known.person.id, known.workspace.id, who.email)


# -- what is taken away is away


@ONE_ENGINE
def test_the_mail_of_a_removed_mailbox_is_seen_by_nobody_while_it_is_being_deleted(database: Database) -> None:
    site = ConsoleSite(database)
    pauls = _stored(site, PAUL)
    (mail_id,) = pauls.put(raw_mail("Offer"), gmail_id="18c2")
    emails, reader = Emails(database, Vault((KEY,)), RecordAddresses(database)), Reader(pauls.mailbox.person_id, pauls.mailbox.workspace_id)
    anna = ("anna.roy@ateliers-roy.example",)
    assert emails.open(reader, mail_id) and emails.recent(reader, anna, 3) and emails.by_gmail_id(reader.person_id, "18c2")
    MailboxRemoval(database).begin(pauls.mailbox.id)
    assert emails.open(reader, mail_id) is None
    assert emails.recent(reader, anna, 3) == () and emails.by_gmail_id(reader.person_id, "18c2") is None


# -- a server that talks nonsense


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (b"CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN \xff\xfe\r\n"),
        (b"LIST", b'* LIST (\\HasNoChildren "/" INBOX\r\n'),
        (b"LIST", b"* LIST\r\n"),
        (b"LIST", b'* LIST () "/" {3}\r\nabc\xff\r\n'),
        (b"AUTHENTICATE", b"+ \xff\xff!not base64\r\n"),
    ],
)
def test_nonsense_is_a_fault_with_a_name(network: Network, authority: Authority, asked: bytes, said: bytes) -> None:
    def talk(connected: socket.socket) -> None:
        connected.sendall(b"* OK ready\r\n")
        lines = connected.makefile("rb")
        for line in lines:
            tag, _, command = line.strip().partition(b" ")
            if command.startswith(asked):
                connected.sendall(said)
            elif command.startswith(b"CAPABILITY"):
                connected.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
            elif command.startswith(b"AUTHENTICATE"):
                connected.sendall(b"+ \r\n")
            if command.startswith(b"AUTHENTICATE"):
                next(lines, b"")
            connected.sendall(tag + b" OK done\r\n")

    with listening(talk, authority.server_context()) as port:
        tried = try_servers(network, _server(port), _server(port), PASSWORD, PASSWORD, seconds=2)
    assert tried.imap is None or tried.imap.cause in Cause


# -- a company that has only headers kept


@ONE_ENGINE
def test_text_of_before_is_nowhere_where_only_headers_are_kept(database: Database) -> None:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    anna = add_contact(site.crm(PAUL), "Roy", "anna.roy@ateliers-roy.example")
    (mail_id,) = _stored(site, PAUL).put(raw_mail("Offer", text="Of long ago"))
    caller = site.caller(PAUL)
    Policies(database).save(caller.workspace.id, Policy(headers_only=True, who_may_connect=WhoMayConnect.EVERYONE), caller.person)
    browser = site.signed_in(PAUL)
    for path in (f"/mail/of/contact/{anna.ref.id}", f"/crm/contact/{anna.ref.id}", f"/mail/{mail_id}", f"/mail/{mail_id}/reply"):
        page = browser.get(path)
        assert page.status_code == 200 and "Offer" in page.text and "Of long ago" not in page.text, path


# -- addresses of pages somebody has made up


def test_no_number_or_key_breaks_a_page(database: Database) -> None:
    site = ConsoleSite(database)
    site.connect(PAUL, "Northlight")
    caller = site.caller(PAUL)
    Policies(database).save(caller.workspace.id, Policy(who_may_connect=WhoMayConnect.EVERYONE), caller.person)
    mailbox_id = _stored(site, PAUL).mailbox.id
    browser, huge = site.signed_in(PAUL), "9" * 30
    token = csrf_token(browser.get("/mailboxes/new").text)
    pages = (f"/mailboxes/{huge}", f"/mail/{huge}", f"/mail/{huge}/files/{huge}", "/mail/drafts/%00", f"/mail/of/contact/{huge}?of={huge}")
    for path in pages:
        assert browser.get(path).status_code == 404, path
    for path in (f"/mailboxes/{mailbox_id}/addresses/{huge}", f"/mailboxes/{huge}/sync", "/mail/drafts/%00/drop", f"/mail/{huge}/reply"):
        assert browser.post(path, data={"csrf_token": token, "do": "code"}).status_code == 404, path
    assert browser.post(f"/mailboxes/{mailbox_id}/addresses/{huge}", data={"csrf_token": token, "do": "remove"}).status_code == 404


# -- strangers bombarded from here


@ONE_ENGINE
def test_connecting_a_mailbox_anew_brings_no_further_codes(database: Database, smtp_sink: Sink, authority: Authority) -> None:
    server = f"smtps://operator:correct%20horse@{smtp_sink.host}:{smtp_sink.tls_port}"
    inbox = build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file), server, "sidecard@operator.example")
    site = ConsoleSite(database)
    for number in range(CODES):
        paul = _stored(site, PAUL).mailbox
        inbox.from_addresses.add(paul.person_id, paul.id, f"stranger{number}@elsewhere.example", "", ENGLISH)
        inbox.removal.remove(paul.id)
    paul = _stored(site, PAUL).mailbox
    with pytest.raises(AddressRefused):
        inbox.from_addresses.add(paul.person_id, paul.id, "stranger@elsewhere.example", "", ENGLISH)
    assert len(smtp_sink.delivered) == CODES


@ONE_ENGINE
def test_nobodys_password_is_guessed_from_here(database: Database, authority: Authority) -> None:
    inbox = build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file))
    site = ConsoleSite(database, salesinbox=inbox)
    paul = site.directory.resolve(PAUL)
    assert isinstance(paul, NotConnected)
    Policies(database).save(paul.workspace.id, Policy(who_may_connect=WhoMayConnect.EVERYONE), paul.person)
    heard: list[bytes] = []
    browser = site.signed_in(PAUL)
    token = csrf_token(browser.get("/mailboxes/new").text)
    with listening(imap_refusing("NO [AUTHENTICATIONFAILED] no", heard=heard), authority.server_context()) as port:
        form = {"address": USER, "imap_host": "localhost", "imap_port": str(port), "imap_security": "tls", "imap_user": USER, "same": "1"}
        form |= {"smtp_host": "localhost", "smtp_port": "1", "smtp_security": "tls", "csrf_token": token}
        answer = browser.post("/mailboxes/new/custom", data={**form, "password": "guess"})
        assert "AUTHENTICATE" in str(heard) and "too often" not in answer.text
        with database.write() as connection:
            connection.execute(update(table(PersonRow)).where(table(PersonRow).c.tries == 1).values(tries=TRIES - 1))
        for number in range(3):
            answer = browser.post("/mailboxes/new/custom", data={**form, "password": f"guess {number}"})
            assert answer.status_code == 422
    assert sum(b"AUTHENTICATE" in line for line in heard) == 2 and "too often" in answer.text


# -- too much of everything


@ONE_ENGINE
def test_ten_thousand_recipients_are_no_ten_thousand_rows(database: Database) -> None:
    pauls = _stored(ConsoleSite(database), PAUL)
    to = b"To: " + b",".join(b"a%d@elsewhere.example" % number for number in range(4_000)) + b"\n"
    pauls.put(to + raw_mail("Offer").replace(b"To: ", b"X-To: "))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(MailPersonRow))).scalar_one() == 1 + MOST_PEOPLE


@ONE_ENGINE
def test_folders_without_end_are_no_folders(database: Database, authority: Authority) -> None:
    lines = b"".join(b'* LIST () "/" f%d\r\n' % number for number in range(MOST_FOLDERS)) + b'* LIST () "/" INBOX\r\n'

    def talk(connected: socket.socket) -> None:
        for tag, command in _tagged(connected):
            connected.sendall((lines if command.startswith(b"LIST") else b"") + tag + b" OK done\r\n")

    with listening(talk, authority.server_context()) as port:
        anna = synced_mailbox(database, authority, "localhost", port, USER)
        assert anna.sync() is Progress.FAULT and anna.mailbox.cause is Cause.BROKEN_OFF
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(table(FolderRow))).scalar_one() == 0


def test_a_field_of_nothing_but_quotes_is_read_in_no_time() -> None:
    started = time.process_time()
    with pytest.raises(NotSendable):
        check(Draft(USER, '"' + '\\"' * 9_999, "", "Offer", "Text"), (Mailbox(USER),))
    assert time.process_time() - started < 0.2
