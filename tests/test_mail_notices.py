"""What owners of mailboxes are written: over a real outgoing server, or into a real INBOX; once, whoever dies over it."""

import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

from db import Database, now
from i18n import ENGLISH
from salesinbox.faults import Cause
from salesinbox.mailboxes import Mailbox
from salesinbox.notices import Notices
from salesinbox.postman import NotSent, OutgoingServer, Postman
from salesinbox.servers import Network
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.office import BASE_URL, open_office
from tests.smtp_sink import Sink
from tests.watched import Post

AT_ONCE = timedelta(0)


@pytest.fixture
def post(database: Database, dovecot: Dovecot, network: Network) -> Post:
    return Post(open_office(database), dovecot, network)


@pytest.fixture
def postman(smtp_sink: Sink, authority: Authority) -> Postman:
    smtp_sink.users["sidecard"] = "p@ss:word"
    return Postman(server(smtp_sink), "sidecard@northlight.example", authority.file)


def server(sink: Sink) -> OutgoingServer:
    return OutgoingServer.parse(f"smtps://sidecard:p%40ss%3Aword@{sink.host}:{sink.tls_port}")


def notices(post: Post, postman: Postman | None, patience: timedelta = AT_ONCE) -> Notices:
    return Notices(post.database, post.mailboxes, post.access, postman, BASE_URL, patience)


def finished(post: Post, language: str = "en") -> Mailbox:
    """Its first synchronisation has just ended."""
    mailbox = post.connect(language=language)
    post.change(mailbox.id, confirmed_at=None)
    return post.read(mailbox.id)


def sent(sink: Sink) -> list[EmailMessage]:
    return [read(one.content) for one in sink.delivered]


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def inbox(post: Post, mailbox: Mailbox) -> Iterator[EmailMessage]:
    client = post.server.client(mailbox.address)
    client.select("INBOX", readonly=True)
    for number in client.search(None, "ALL")[1][0].split():
        yield read(bytes(client.fetch(number, "(BODY.PEEK[])")[1][0][1]))
    client.logout()


def test_that_all_is_in_is_written_once(post: Post, postman: Postman, smtp_sink: Sink) -> None:
    mailbox, french = finished(post), finished(post, language="fr")
    clock = notices(post, postman)
    assert clock.due()
    clock.run()
    clock.run()
    assert not clock.due()
    mail, other = sent(smtp_sink)
    assert (smtp_sink.delivered[0].user, smtp_sink.delivered[0].recipients) == ("sidecard", (mailbox.address,))
    assert mail["Subject"] == f"{mailbox.address} is synchronised"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"{BASE_URL}/mailboxes/{mailbox.id}" in mail.get_content().splitlines()
    assert other["Content-Language"] == "fr"
    assert other["Subject"] == f"{french.address} est synchronisée"


def test_a_mail_nobody_knows_the_end_of_is_not_written_twice(post: Post, postman: Postman, smtp_sink: Sink) -> None:
    mailbox = finished(post)
    smtp_sink.after_data = "drop"
    notices(post, postman).run()
    assert post.read(mailbox.id).confirmed_at is None
    assert not notices(post, postman, timedelta(minutes=1)).due(), "somebody may still be at it"
    # The server had taken it, and delivers it as servers do.
    post.server.put(mailbox.address, [smtp_sink.delivered[0].content])
    smtp_sink.after_data = ""
    notices(post, postman).run()
    assert post.read(mailbox.id).confirmed_at is not None
    assert len(smtp_sink.delivered) == 1


def test_a_promise_nobody_kept_is_kept_by_the_next(post: Post, postman: Postman, smtp_sink: Sink) -> None:
    mailbox = finished(post)
    post.change(mailbox.id, confirming_at=now() - timedelta(hours=1))
    smtp_sink.after_data = "451 later"
    notices(post, postman).run()
    assert post.read(mailbox.id).confirmed_at is None
    smtp_sink.after_data = ""
    notices(post, postman).run()
    assert post.read(mailbox.id).confirmed_at is not None
    assert len(smtp_sink.delivered) == 1


def test_without_an_outgoing_server_it_lies_in_the_inbox(post: Post) -> None:
    mailbox = finished(post)
    notices(post, None).run()
    # As if the worker had died before it could say that it was done.
    post.change(mailbox.id, confirmed_at=None)
    notices(post, None).run()
    (mail,) = inbox(post, mailbox)
    assert mail["Subject"] == f"{mailbox.address} is synchronised"
    assert mail["From"] == "Sidecard <no-reply@sidecard.example>"
    post.mailboxes.failed(mailbox.id, Cause.SIGN_IN)
    assert not notices(post, None).due(), "who needs to be told is told on the pages"


def test_trouble_is_told_once_a_day(post: Post, postman: Postman, smtp_sink: Sink) -> None:
    mailbox, shaky = post.connect(), post.connect()
    clock = notices(post, postman)
    post.mailboxes.failed(mailbox.id, Cause.SIGN_IN)
    post.mailboxes.failed(shaky.id, Cause.SILENT)
    for _ in range(2):
        clock.run()
    (mail,) = sent(smtp_sink)
    assert smtp_sink.delivered[0].recipients == (post.office.people[0].email,)
    assert mail["Subject"] == f"{mailbox.address} needs you"
    assert "its password is not accepted any more" in mail.get_content()
    post.change(mailbox.id, told_at=now() - timedelta(hours=25))
    post.change(shaky.id, cause_at=now() - timedelta(hours=25))
    clock.run()
    assert [one["Subject"] for one in sent(smtp_sink)][1:] == [f"{mailbox.address} needs you", f"{shaky.address} needs you"]
    post.mailboxes.worked(shaky.id)
    smtp_sink.after_data = "451 later"
    post.mailboxes.failed(shaky.id, Cause.APP_PASSWORD)
    clock.run()
    smtp_sink.after_data = ""
    clock.run()
    assert len(smtp_sink.delivered) == 4, "what did not go out is written again"


def test_the_postman_says_what_went_wrong_and_nothing_else(postman: Postman, smtp_sink: Sink, authority: Authority) -> None:
    smtp_sink.refuse["nobody@mail.example"] = "550 no such user"
    with pytest.raises(NotSent) as refused:
        postman.send("nobody@mail.example", "A code", "123456", ENGLISH)
    assert refused.value.refused
    wrong = OutgoingServer.parse(f"smtp://sidecard:wrong@{smtp_sink.host}:{smtp_sink.port}")
    with pytest.raises(NotSent, match="535") as denied:
        Postman(wrong, "sidecard@northlight.example", authority.file).send("anna@mail.example", "A code", "123456", ENGLISH)
    assert not denied.value.refused
    with pytest.raises(NotSent, match="SSLCertVerificationError"):
        Postman(server(smtp_sink), "sidecard@northlight.example").send("anna@mail.example", "A code", "123456", ENGLISH)
    assert smtp_sink.delivered == []
    starttls = OutgoingServer.parse(f"smtp://sidecard:p%40ss%3Aword@{smtp_sink.host}:{smtp_sink.port}")
    Postman(starttls, "sidecard@northlight.example", authority.file).send("anna@mail.example", "A code", "123456", ENGLISH)
    assert len(smtp_sink.delivered) == 1


@pytest.mark.parametrize("url", ["mail.example.com", "http://user:secret@mail", "smtps://user:secret@:465", "smtp://user:secret@mail:x"])
def test_an_outgoing_server_must_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="SIDECARD_MAIL_SERVER must look like") as wrong:
        OutgoingServer.parse(url)
    assert "secret" not in str(wrong.value)
