"""The engine against another implementation than Dovecot: one that offers next to nothing of what makes synchronising easy."""

from collections.abc import Iterator

import pytest

from db import Database
from salesinbox.servers import Security
from salesinbox.sync import Progress
from tests.authority import Authority
from tests.second_imap import USER, SecondImap
from tests.synced_mailbox import raw_mail, synced_mailbox

FOLDER = "Angebote & Entwürfe"
WIRE = '"Angebote &- Entw&APw-rfe"'


@pytest.fixture
def server(authority: Authority) -> Iterator[SecondImap]:
    with SecondImap(authority) as running:
        yield running


def test_first_synchronisation_new_mail_removal_and_a_server_that_forgot_everything(
    server: SecondImap, database: Database, authority: Authority
) -> None:
    anna = synced_mailbox(database, authority, server.host, server.port, USER, security=Security.STARTTLS)
    client = server.client()
    for number in range(12):
        client.append("INBOX", "\\Seen" if number % 2 else "", "", raw_mail(f"Mail {number:02}", number))
    client.create(WIRE)
    client.append(WIRE, "", "", raw_mail("Offer"))
    assert anna.sync() is Progress.DONE
    assert anna.mails() == sorted(["Offer", *(f"Mail {number:02}" for number in range(12))])
    assert list(anna.held()[FOLDER].values()) == ["Offer"]
    client.select("INBOX")
    assert len(client.search(None, "SEEN")[1][0].split()) == 6, "nobody's mail was marked as read"

    client.append("INBOX", "", "", raw_mail("Late"))
    first = min(anna.held()["INBOX"])
    client.uid("STORE", str(first), "+FLAGS", "(\\Deleted)")
    client.expunge()
    client.append("INBOX", "", "", raw_mail("Later"))
    anna.later()
    assert anna.sync() is Progress.DONE
    names = {"Late", "Later", "Offer", *(f"Mail {number:02}" for number in range(1, 12))}
    assert set(anna.mails()) == names and len(anna.mails()) == len(names)
    compared = anna.salesinbox.proof.compare(anna.mailbox_id)
    assert compared is not None and compared.complete and anna.standing.on_server == anna.standing.stored == 14

    server.stop()
    anna.later()
    anna.sync()
    assert anna.mailbox.cause is not None and set(anna.mails()) == names
    server.start()
    client = server.client()
    client.append("INBOX", "", "", raw_mail("Late"))
    anna.later()
    anna.sync()
    anna.later()
    anna.sync()
    assert anna.mails() == ["Late"] and anna.mailbox.cause is None
