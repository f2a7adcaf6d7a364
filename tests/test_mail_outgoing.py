"""Sending, by what comes over the wire and what lies in Sent: once, to all or to none, and nothing typed is lost."""

import email
import re
import socket
import subprocess
import sys
import threading
import uuid
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select, update

from db import Database, now, table
from i18n import ENGLISH
from salesinbox.compose import SalesInbox, build_salesinbox
from salesinbox.composing import Draft, Field, Flaw, NotSendable
from salesinbox.emails import Reader
from salesinbox.faults import Cause
from salesinbox.from_addresses import CODES, TRIES, AddressRefused, Proof, Refusal
from salesinbox.handing_over import Refusal as Refused
from salesinbox.mailboxes import Mailbox, NewMailbox, Secrets, SignIn
from salesinbox.outgoing import AlreadySent, State
from salesinbox.servers import Security, Server
from salesinbox.sync import Progress
from salesinbox.tables import FromAddressRow, MailboxRow, MailCopyRow, MailPlaceRow, OutgoingRow
from tenants.people import Caller, NotConnected, Person
from tenants.vault import Vault
from tests.authority import Authority
from tests.console_site import CLAIRE, KEY, PAUL, ConsoleSite
from tests.dovecot import PASSWORD, Dovecot
from tests.smtp_sink import Sink

_row, _from, _mailbox = table(OutgoingRow), table(FromAddressRow), table(MailboxRow)
_copy, _place = table(MailCopyRow), table(MailPlaceRow)
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ROOT = Path(__file__).parent.parent
ANNA = "anna.roy@ateliers-roy.example"


class Desk:
    """A person with a mailbox on the real servers, and what he sends with."""

    def __init__(
        self, database: Database, inbox: SalesInbox, person: Person, workspace_id: int, address: str, dovecot: Dovecot, sink: Sink
    ) -> None:
        self.database, self.inbox, self.dovecot, self.sink = database, inbox, dovecot, sink
        self.reader = Reader(person.id, workspace_id)
        self.address = address
        self.mailbox: Mailbox = inbox.mailboxes.connect(
            NewMailbox(
                person_id=person.id,
                workspace_id=workspace_id,
                address=address,
                name=person.name,
                provider="custom",
                sign_in=SignIn.PASSWORD,
                imap=Server(dovecot.host, dovecot.tls_port, Security.TLS, address),
                smtp=Server(sink.host, sink.tls_port, Security.TLS, address),
                secrets=Secrets(PASSWORD),
                language="en",
            )
        )

    def draft(self, to: str = ANNA, text: str = "Hello Anna", sender: str = "") -> Draft:
        return Draft(sender or self.address, to, "", "Lights", text)

    def sent_folder(self) -> list[EmailMessage]:
        client = self.dovecot.client(self.address)
        try:
            client.select("Sent", readonly=True)
            mails = []
            for number in client.search(None, "SEEN")[1][0].split():
                content = client.fetch(number, "(BODY.PEEK[])")[1][0]
                assert isinstance(content, tuple)
                mail = email.message_from_bytes(content[1], policy=default)
                assert isinstance(mail, EmailMessage)
                mails.append(mail)
            return mails
        finally:
            client.logout()

    def change(self, key: str, **values: object) -> None:
        with self.database.write() as connection:
            connection.execute(update(_row).where(_row.c.key == key).values(values))

    def change_mailbox(self, **values: object) -> None:
        with self.database.write() as connection:
            connection.execute(update(_mailbox).where(_mailbox.c.id == self.mailbox.id).values(values))

    def places(self) -> int:
        with self.database.read() as connection:
            return len(connection.execute(select(_place).where(_place.c.mailbox_id == self.mailbox.id)).all())

    def copies(self) -> int:
        with self.database.read() as connection:
            return len(connection.execute(select(_copy).where(_copy.c.mailbox_id == self.mailbox.id, _copy.c.outgoing)).all())


@pytest.fixture
def inbox(database: Database, authority: Authority, smtp_sink: Sink) -> SalesInbox:
    server = f"smtps://operator:correct%20horse@{smtp_sink.host}:{smtp_sink.tls_port}"
    return build_salesinbox(database, Vault((KEY,)), "127.0.0.0/8,::1/128", str(authority.file), server, "sidecard@operator.example")


@pytest.fixture
def paul(database: Database, inbox: SalesInbox, dovecot: Dovecot, smtp_sink: Sink, mail_user: str) -> Desk:
    return desk_of(ConsoleSite(database), PAUL, database, inbox, dovecot, smtp_sink, mail_user)


def desk_of(site: ConsoleSite, who: object, database: Database, inbox: SalesInbox, dovecot: Dovecot, sink: Sink, user: str) -> Desk:
    known = site.directory.resolve(who)  # type: ignore[arg-type]
    assert isinstance(known, Caller | NotConnected)
    return Desk(database, inbox, known.person, known.workspace.id, user, dovecot, sink)


def key() -> str:
    return uuid.uuid4().hex


def test_a_sent_mail_is_on_the_wire_in_sent_and_in_the_list(paul: Desk) -> None:
    item = paul.inbox.outgoing.send(paul.reader, key(), paul.draft(text="Hello Anna\n.dot\n..two"), None)
    assert item.state is State.FILED
    (mail,) = paul.sink.delivered
    assert (mail.sender, mail.recipients, mail.user) == (paul.address, (ANNA,), paul.address)
    got = email.message_from_bytes(mail.content, policy=default)
    assert isinstance(got, EmailMessage)
    assert got["Message-ID"] == f"<{item.message_id}>"
    assert item.message_id.endswith("@northlight.example")
    assert got.get_content().splitlines() == ["Hello Anna", ".dot", "..two"]
    (filed,) = paul.sent_folder()
    assert filed["Message-ID"] == got["Message-ID"]
    assert paul.copies() == 1
    # What was typed is not kept any longer than needed.
    with paul.database.read() as connection:
        assert "Hello" not in str(Vault((KEY,)).open("outgoing mail", connection.execute(select(_row.c.draft)).scalar_one()))


def test_the_copy_in_sent_is_not_a_second_mail(paul: Desk) -> None:
    """Where the folder is known, APPENDUID says where the copy lies; where not, the synchronisation finds the same mail."""
    for text, before in (("The first", 0), ("The second", 1)):
        paul.inbox.outgoing.send(paul.reader, key(), paul.draft(text=text), None)
        assert (paul.copies(), paul.places()) == (before + 1, before * 2)
        while paul.inbox.sync.run(paul.mailbox.id, 20) is Progress.MORE:
            pass
        assert (paul.copies(), paul.places()) == (before + 1, before + 1)


def test_pressed_twice_it_goes_out_once(paul: Desk) -> None:
    name, presses = key(), threading.Barrier(3)

    def press() -> None:
        presses.wait()
        paul.inbox.outgoing.send(paul.reader, name, paul.draft(), None)

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paul.inbox.outgoing.send(paul.reader, name, paul.draft(), None).state is State.FILED
    assert len(paul.sink.delivered) == 1
    # Gone back to and changed, it is not taken for sent.
    with pytest.raises(AlreadySent):
        paul.inbox.outgoing.send(paul.reader, name, paul.draft(text="Something else"), None)
    with pytest.raises(AlreadySent):
        paul.inbox.outgoing.save(paul.reader, name, paul.draft(text="Something else"), None)
    assert len(paul.sink.delivered) == 1


@ONE_ENGINE
def test_one_refused_recipient_and_nobody_gets_it(paul: Desk) -> None:
    paul.sink.refuse = {"gone@roy.example": "550 5.1.1 no such user"}
    name, draft = key(), paul.draft(to=f"{ANNA}, gone@roy.example")
    item = paul.inbox.outgoing.send(paul.reader, name, draft, None)
    assert (item.state, item.obstacle) == (State.FAILED, Refused.RECIPIENTS)
    assert [(one.address, one.said) for one in item.refused] == [("gone@roy.example", "5.1.1 no such user")]
    assert item.draft == draft
    assert paul.sink.delivered == []
    assert paul.sent_folder() == []
    assert paul.inbox.outgoing.open_ones(paul.reader.person_id) == (item,)
    # Corrected, the same form goes out.
    assert paul.inbox.outgoing.send(paul.reader, name, paul.draft(), None).state is State.FILED
    assert paul.inbox.outgoing.open_ones(paul.reader.person_id) == ()


@ONE_ENGINE
@pytest.mark.parametrize(
    ("answer", "obstacle"), [("554 5.7.1 looks like spam", Refused.MAIL), ("451 4.3.0 come back later", Cause.THROTTLED)]
)
def test_a_refused_mail_is_kept_as_a_draft(paul: Desk, answer: str, obstacle: object) -> None:
    paul.sink.after_data = answer
    item = paul.inbox.outgoing.send(paul.reader, key(), paul.draft(), None)
    assert (item.state, item.obstacle, item.said) == (State.FAILED, obstacle, answer[4:])
    assert item.draft == paul.draft()
    assert paul.copies() == 0


@ONE_ENGINE
def test_a_wrong_password_is_a_failure_with_its_cause(paul: Desk) -> None:
    paul.sink.users[paul.address] = "another one"
    item = paul.inbox.outgoing.send(paul.reader, key(), paul.draft(), None)
    assert (item.state, item.obstacle, item.draft) == (State.FAILED, Cause.SIGN_IN, paul.draft())


def test_no_answer_after_the_mail_is_unclear_and_never_sent_again_by_itself(paul: Desk) -> None:
    paul.sink.after_data = "drop"
    name, outgoing = key(), paul.inbox.outgoing
    item = outgoing.send(paul.reader, name, paul.draft(), None)
    assert (item.state, item.draft) == (State.UNCLEAR, paul.draft())
    assert len(paul.sink.delivered) == 1
    paul.sink.after_data = ""
    assert outgoing.send(paul.reader, name, paul.draft(), None).state is State.UNCLEAR
    assert outgoing.due() == ()
    outgoing.deliver(item.id)
    assert outgoing.look_in_sent(paul.reader.person_id, name).state is State.UNCLEAR
    assert len(paul.sink.delivered) == 1
    # Its server has filed it after all: then it was sent.
    paul.dovecot.put(paul.address, [paul.sink.delivered[0].content], "Sent")
    assert outgoing.look_in_sent(paul.reader.person_id, name).state is State.FILED
    assert len(paul.sink.delivered) == 1


def test_sent_again_by_hand_it_has_the_same_message_id(paul: Desk) -> None:
    paul.sink.after_data = "drop"
    name = key()
    first = paul.inbox.outgoing.send(paul.reader, name, paul.draft(), None)
    paul.sink.after_data = ""
    again = paul.inbox.outgoing.send_again(paul.reader.person_id, name)
    assert (again.state, again.message_id) == (State.FILED, first.message_id)
    one, other = paul.sink.delivered
    assert one.content == other.content
    assert paul.copies() == 1
    assert len(paul.sent_folder()) == 1


SENDER = """
import sys
from db import Database
from salesinbox.compose import build_salesinbox
from salesinbox.composing import Draft
from salesinbox.emails import Reader
from tenants.vault import Vault

url, key, authority, person, workspace, name, sender = sys.argv[1:]
inbox = build_salesinbox(Database(url), Vault((key,)), "127.0.0.0/8,::1/128", authority)
inbox.outgoing.send(Reader(int(person), int(workspace)), name, Draft(sender, "anna.roy@ateliers-roy.example", "", "Lights", "Hello"), None)
"""


def test_whoever_dies_while_sending_leaves_it_unclear(paul: Desk, database_url: str, authority: Authority) -> None:
    name, outgoing, me = key(), paul.inbox.outgoing, paul.reader.person_id
    with socket.create_server(("127.0.0.1", 0)) as silent:
        paul.change_mailbox(smtp_port=silent.getsockname()[1])
        told = (database_url, KEY, str(authority.file), str(me), str(paul.reader.workspace_id), name, paul.address)
        child = subprocess.Popen([sys.executable, "-c", SENDER, *told], cwd=ROOT)
        connected, _ = silent.accept()
        item = outgoing.get(me, name)
        child.kill()
        child.wait()
        connected.close()
    assert (item.state, item.draft.text) == (State.SENDING, "Hello")
    paul.change_mailbox(smtp_port=paul.sink.tls_port)
    # Whoever is at it is given his time.
    outgoing.deliver(item.id)
    assert (outgoing.due(), outgoing.get(me, name).state) == ((), State.SENDING)
    paul.change(name, due_at=now() - timedelta(seconds=1))
    assert outgoing.due() == (item.id,)
    outgoing.deliver(item.id)
    assert outgoing.get(me, name).state is State.UNCLEAR
    assert paul.sink.delivered == []
    assert outgoing.send_again(me, name).state is State.FILED
    assert len(paul.sink.delivered) == 1


def test_what_is_sent_and_not_filed_is_filed_later_and_once(paul: Desk) -> None:
    paul.change_mailbox(imap_port=1)
    name, outgoing = key(), paul.inbox.outgoing
    item = outgoing.send(paul.reader, name, paul.draft(), None)
    assert (item.state, item.obstacle) == (State.SENT, Cause.PORT_CLOSED)
    assert paul.copies() == 1
    paul.change_mailbox(imap_port=paul.dovecot.tls_port)
    for _ in range(2):
        paul.change(name, state=State.SENT.value, due_at=now())
        assert outgoing.due() == (item.id,)
        threads = [threading.Thread(target=outgoing.deliver, args=(item.id,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # As if the worker had died after the server had filed it.
        if outgoing.get(paul.reader.person_id, name).state is State.FILED:
            break
    assert outgoing.get(paul.reader.person_id, name).state is State.FILED
    assert len(paul.sent_folder()) == 1
    assert (len(paul.sink.delivered), paul.copies()) == (1, 1)


@ONE_ENGINE
def test_a_provider_that_files_by_itself_is_left_to_it(paul: Desk) -> None:
    paul.change_mailbox(provider="gmail")
    assert paul.inbox.outgoing.send(paul.reader, key(), paul.draft(), None).state is State.FILED
    assert paul.sent_folder() == []
    assert paul.copies() == 1


def test_an_answer_is_threaded_and_only_to_mail_one_may_see(paul: Desk, database: Database, dovecot: Dovecot, smtp_sink: Sink) -> None:
    headers = (f"From: {ANNA}", f"To: {paul.address}", "Subject: Lights", "Message-ID: <m2@roy.example>", "References: <m1@roy.example>")
    raw = "\r\n".join((*headers, "", "Hi", ""))
    mail_id = paul.inbox.store.keep_sent(paul.mailbox, frozenset(), raw.encode())
    found = paul.inbox.outgoing.answerable(paul.reader, mail_id)
    assert found is not None
    assert (found.mail.text.strip(), found.mailbox_ids) == ("Hi", (paul.mailbox.id,))
    paul.inbox.outgoing.send(paul.reader, key(), paul.draft(), mail_id)
    sent = email.message_from_bytes(paul.sink.delivered[0].content, policy=default)
    assert (sent["In-Reply-To"], sent["References"]) == ("<m2@roy.example>", "<m1@roy.example> <m2@roy.example>")

    other = f"claire-{uuid.uuid4().hex[:8]}@northlight.example"
    dovecot.add_user(other)
    claire = desk_of(ConsoleSite(database), CLAIRE, database, paul.inbox, dovecot, smtp_sink, other)
    assert paul.inbox.outgoing.answerable(claire.reader, mail_id) is None
    claire.inbox.outgoing.send(claire.reader, key(), claire.draft(), mail_id)
    assert b"m2@roy.example" not in smtp_sink.delivered[1].content
    with pytest.raises(NotSendable) as caught:
        claire.inbox.outgoing.send(claire.reader, key(), claire.draft(sender=paul.address), None)
    assert [(one.field, one.flaw) for one in caught.value.problems] == [(Field.SENDER, Flaw.NOT_YOURS)]
    assert len(smtp_sink.delivered) == 2


def test_drafts_are_kept_changed_and_thrown_away(paul: Desk) -> None:
    name, outgoing, me = key(), paul.inbox.outgoing, paul.reader.person_id
    half = Draft(paul.address, "nobody yet", "", "", "")
    assert outgoing.save(paul.reader, name, half, None).draft == half
    assert outgoing.save(paul.reader, name, paul.draft(), None).state is State.DRAFT
    assert [item.draft for item in outgoing.open_ones(me)] == [paul.draft()]
    with pytest.raises(LookupError):
        outgoing.get(me + 1, name)
    outgoing.drop(me + 1, name)
    assert outgoing.send(paul.reader, name, outgoing.get(me, name).draft, None).state is State.FILED
    outgoing.drop(me, name)
    assert outgoing.get(me, name).state is State.FILED
    other = key()
    outgoing.save(paul.reader, other, half, None)
    outgoing.drop(me, other)
    assert outgoing.open_ones(me) == ()
    paul.change(name, changed_at=now() - timedelta(days=8))
    outgoing.clear_old()
    with pytest.raises(LookupError):
        outgoing.get(me, name)


@ONE_ENGINE
def test_a_further_address_is_proven_by_a_code(paul: Desk) -> None:
    addresses, me, mailbox_id = paul.inbox.from_addresses, paul.reader.person_id, paul.mailbox.id
    addresses.add(me, mailbox_id, " Sales@Northlight-Lights.example ", "Northlight sales", ENGLISH)
    mail = paul.sink.delivered[0]
    assert mail.recipients == ("sales@northlight-lights.example",)
    (waiting,) = addresses.of(me, mailbox_id)
    assert (waiting.address, waiting.proven, waiting.waits) == ("sales@northlight-lights.example", False, True)
    with pytest.raises(NotSendable):
        paul.inbox.outgoing.send(paul.reader, key(), paul.draft(sender=waiting.address), None)
    code = _code(paul.sink)
    assert addresses.prove(me, mailbox_id, waiting.id, "000000" if code != "000000" else "111111") is Proof.WRONG
    assert addresses.prove(me, mailbox_id, waiting.id, f" {code[:3]} {code[3:]} ") is Proof.PROVEN
    assert [one.box.address for one in addresses.senders(me)] == [paul.address, waiting.address]
    assert waiting.address in addresses.own(me)
    item = paul.inbox.outgoing.send(paul.reader, key(), paul.draft(sender=waiting.address), None)
    assert item.message_id.endswith("@northlight-lights.example")
    sent = email.message_from_bytes(paul.sink.delivered[-1].content, policy=default)
    assert sent["From"] == "Northlight sales <sales@northlight-lights.example>"
    addresses.remove(me, mailbox_id, waiting.id)
    assert [one.box.address for one in addresses.senders(me)] == [paul.address]


def _code(sink: Sink) -> str:
    mail = email.message_from_bytes(sink.delivered[-1].content, policy=default)
    assert isinstance(mail, EmailMessage)
    found = re.search(r"\b\d{6}\b", mail.get_content())
    assert found
    return found[0]


def test_codes_run_out(paul: Desk) -> None:
    addresses, me, mailbox_id = paul.inbox.from_addresses, paul.reader.person_id, paul.mailbox.id
    addresses.add(me, mailbox_id, "a@lights.example", "", ENGLISH)
    (one,) = addresses.of(me, mailbox_id)
    code = _code(paul.sink)
    wrong = "000000" if code != "000000" else "111111"
    assert [addresses.prove(me, mailbox_id, one.id, wrong) for _ in range(TRIES)] == [Proof.WRONG] * (TRIES - 1) + [Proof.SPENT]
    assert addresses.prove(me, mailbox_id, one.id, code) is Proof.SPENT
    addresses.send_code(me, mailbox_id, one.id, ENGLISH)
    newer = _code(paul.sink)
    with paul.database.write() as connection:
        connection.execute(update(_from).values(code_until=now() - timedelta(seconds=1)))
    assert addresses.prove(me, mailbox_id, one.id, newer) is Proof.SPENT
    # Removing it brings no further codes.
    addresses.remove(me, mailbox_id, one.id)
    for number in range(CODES):
        if number < CODES - 2:
            addresses.add(me, mailbox_id, f"b{number}@lights.example", "", ENGLISH)
        else:
            with pytest.raises(AddressRefused) as caught:
                addresses.add(me, mailbox_id, f"b{number}@lights.example", "", ENGLISH)
            assert caught.value.refusal is Refusal.TOO_MANY_CODES
    assert len(paul.sink.delivered) == CODES


@ONE_ENGINE
def test_what_is_not_taken_as_a_further_address(paul: Desk) -> None:
    addresses, me, mailbox_id = paul.inbox.from_addresses, paul.reader.person_id, paul.mailbox.id
    paul.sink.refuse = {"gone@lights.example": "550 no"}
    for typed, refusal in {
        "nobody": Refusal.NO_ADDRESS,
        "a@lights.example\r\nBcc: x@y.example": Refusal.NO_ADDRESS,
        "zoë@lights.example": Refusal.NO_ADDRESS,
        paul.address.upper(): Refusal.KNOWN,
        "gone@lights.example": Refusal.NOT_SENT,
        "Gone@lights.example": Refusal.KNOWN,
    }.items():
        with pytest.raises(AddressRefused) as caught:
            addresses.add(me, mailbox_id, typed, "", ENGLISH)
        assert caught.value.refusal is refusal, typed
    with pytest.raises(LookupError):
        addresses.of(me + 1, mailbox_id)
    with pytest.raises(LookupError):
        addresses.add(me + 1, mailbox_id, "a@lights.example", "", ENGLISH)
    assert paul.sink.delivered == []
