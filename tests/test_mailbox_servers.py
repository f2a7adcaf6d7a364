"""Connections to mail servers: what may be connected to, what is believed, and what each failure is called."""

import logging
import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from db import Database
from outbound import NetworkInsideWrite
from salesinbox.faults import Cause, MailboxFault
from salesinbox.servers import Network, Password, Security, Server
from salesinbox.trying import try_servers
from tests.authority import Authority
from tests.dovecot import PASSWORD, Dovecot
from tests.mail_listener import Talk, imap_refusing, listening, saying, smtp_refusing
from tests.smtp_sink import Sink

USER = "anna@northlight.example"
LOOPBACK = (ip_network("127.0.0.0/8"),)
SECRET = "grüße und küsse"


def fault(connect: Callable[[], Any]) -> MailboxFault:
    with pytest.raises(MailboxFault) as raised:
        connect()
    return raised.value


def imap_at(port: int, security: Security = Security.TLS, host: str = "localhost") -> Server:
    return Server(host, port, security, USER)


@pytest.fixture
def quick(authority: Authority) -> Network:
    """As `network`, and soon out of patience."""
    return Network(LOOPBACK, authority.file, connect_seconds=0.15)


# -- that it works


@pytest.mark.parametrize("security", Security)
def test_a_mailbox_is_signed_in_to(network: Network, dovecot: Dovecot, mail_user: str, security: Security) -> None:
    dovecot.put(mail_user, [b"Subject: one\r\n\r\ntext"], folder="Entw&APw-rfe")
    client = network.imap(
        Server("localhost", dovecot.tls_port if security is Security.TLS else dovecot.port, security, mail_user), Password(PASSWORD)
    )
    try:
        assert "Entwürfe" in {name for _, _, name in client.list_folders()}
        assert isinstance(client.socket(), ssl.SSLSocket)
        assert client.socket().gettimeout() == 60
        client.select_folder("Entwürfe", readonly=True)
        assert client.search() == [1]
    finally:
        client.logout()


@pytest.mark.parametrize("security", Security)
def test_mail_goes_out(network: Network, smtp_sink: Sink, security: Security) -> None:
    port = smtp_sink.tls_port if security is Security.TLS else smtp_sink.port
    client = network.smtp(imap_at(port, security), Password(PASSWORD))
    assert isinstance(client.sock, ssl.SSLSocket)
    client.sendmail(USER, ["ben@harbour.example"], b"Subject: hello\r\n\r\n")
    client.quit()
    assert [(mail.user, mail.recipients) for mail in smtp_sink.delivered] == [(USER, ("ben@harbour.example",))]


def test_a_password_may_have_any_letter(network: Network, dovecot: Dovecot, mail_user: str, smtp_sink: Sink) -> None:
    dovecot.add_user(mail_user, SECRET)
    smtp_sink.users[USER] = SECRET
    network.imap(Server("localhost", dovecot.tls_port, Security.TLS, mail_user), Password(SECRET)).logout()
    network.smtp(imap_at(smtp_sink.tls_port), Password(SECRET)).quit()


def test_nothing_of_a_sign_in_or_a_mail_is_logged(
    network: Network, dovecot: Dovecot, mail_user: str, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.put(mail_user, [b"Subject: private matter\r\n\r\ntext"])
    with caplog.at_level(logging.DEBUG):
        client = network.imap(Server("localhost", dovecot.tls_port, Security.TLS, mail_user), Password(PASSWORD))
        client.select_folder("INBOX", readonly=True)
        assert b"private matter" in client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"]
        client.logout()
    assert PASSWORD not in caplog.text
    assert "private matter" not in caplog.text


# -- where it goes


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1%2", "fc00::1", "ff02::1", "2001:db8::1", "fec0::1"),
        # IPv4 in the clothes of IPv6.
        *("::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "2002:a00:1::1", "::ffff:169.254.169.254"),
    ],
)
def test_a_private_address_is_refused(address: str) -> None:
    network = Network(resolve=lambda _: ["8.8.8.8", address])
    assert fault(lambda: network.imap(imap_at(993, host="mail.harbour.example"), Password(PASSWORD))).cause is Cause.HOST_FORBIDDEN


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])
def test_a_public_address_is_gone_to(address: str) -> None:
    """The tests' own guard stops it there. The name is asked for once: what it says a moment later changes nothing."""
    answers = iter([[address], ["127.0.0.1"]])
    network = Network(resolve=lambda _: next(answers))
    with pytest.raises(RuntimeError, match=f"a test went to {address}"):
        network.imap(imap_at(993, host="mail.harbour.example"), Password(PASSWORD))
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "[::1]"])
def test_an_address_for_a_name_is_no_way_round(dovecot: Dovecot, host: str) -> None:
    cause = fault(lambda: Network().imap(imap_at(dovecot.tls_port, host=host), Password(PASSWORD))).cause
    assert cause in {Cause.HOST_FORBIDDEN, Cause.HOST_UNKNOWN}


def test_other_ports_are_for_networks_the_operator_allows() -> None:
    network = Network((ip_network("127.0.0.0/8"),), resolve=lambda _: ["8.8.8.8"])
    for port in (22, 25, 80, 443, 3306):
        assert (
            fault(lambda port=port: network.smtp(imap_at(port, host="mail.harbour.example"), Password("x"))).cause is Cause.PORT_FORBIDDEN
        )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "", "a..b", "x" * 80 + ".example", "https://mail.example"])
def test_a_name_that_leads_nowhere(host: str) -> None:
    def nobody(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert fault(lambda: Network(resolve=nobody).imap(imap_at(993, host=host), Password(PASSWORD))).cause is Cause.HOST_UNKNOWN


def test_a_name_server_that_does_not_answer() -> None:
    def slow(_: str) -> list[str]:
        time.sleep(0.3)
        return ["8.8.8.8"]

    network = Network(resolve=slow, connect_seconds=0.1)
    assert fault(lambda: network.imap(imap_at(993), Password(PASSWORD))).cause is Cause.SILENT


def test_a_name_in_other_letters_is_asked_for_as_dns_has_it() -> None:
    asked: list[str] = []

    def nobody(name: str) -> list[str]:
        asked.append(name)
        return []

    network = Network(resolve=nobody)
    fault(lambda: network.imap(imap_at(993, host=" Mail.Müller.Example. "), Password(PASSWORD)))
    assert asked == ["mail.xn--mller-kva.example"]


def test_of_several_addresses_one_that_answers_is_enough(authority: Authority, dovecot: Dovecot, mail_user: str) -> None:
    """As of a server whose IPv6 address leads nowhere."""
    network = Network((*LOOPBACK, ip_network("::1/128")), authority.file, resolve=lambda _: ["::1", "127.0.0.1"])
    network.imap(Server("localhost", dovecot.tls_port, Security.TLS, mail_user), Password(PASSWORD)).logout()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_mail_server_is_called_inside_a_write_transaction(network: Network, database: Database) -> None:
    with database.write(), pytest.raises(NetworkInsideWrite):
        network.imap(imap_at(993), Password(PASSWORD))


# -- who answers there


def test_nobody_listens(network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert fault(lambda: network.imap(imap_at(port), Password(PASSWORD))).cause is Cause.PORT_CLOSED


@pytest.mark.parametrize(
    ("name", "expired", "said"), [("localhost", True, "expired"), ("mail.harbour.example", False, "localhost")], ids=["expired", "another"]
)
def test_a_certificate_that_proves_nothing(authority: Authority, network: Network, name: str, *, expired: bool, said: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(name, expired=expired))
    with listening(saying(b"* OK ready\r\n"), context) as port:
        told = fault(lambda: network.imap(imap_at(port), Password(PASSWORD)))
    assert told.cause is Cause.CERTIFICATE
    assert said in told.said


@pytest.mark.parametrize("security", Security)
def test_an_authority_nobody_here_knows(dovecot: Dovecot, smtp_sink: Sink, security: Security) -> None:
    network, tls = Network(LOOPBACK), security is Security.TLS
    for connect, port in (
        (network.imap, dovecot.tls_port if tls else dovecot.port),
        (network.smtp, smtp_sink.tls_port if tls else smtp_sink.port),
    ):
        assert fault(lambda c=connect, p=port: c(imap_at(p, security), Password(PASSWORD))).cause is Cause.CERTIFICATE


def test_tls_where_none_was_expected_and_the_other_way_round(quick: Network, dovecot: Dovecot, smtp_sink: Sink) -> None:
    tries = (
        (quick.imap, dovecot.port, Security.TLS),
        (quick.imap, dovecot.tls_port, Security.STARTTLS),
        (quick.smtp, smtp_sink.port, Security.TLS),
        (quick.smtp, smtp_sink.tls_port, Security.STARTTLS),
    )
    for connect, port, security in tries:
        assert fault(lambda c=connect, p=port, s=security: c(imap_at(p, s), Password(PASSWORD))).cause is Cause.NOT_THIS_PROTOCOL


def test_the_other_kind_of_mail_server(network: Network, dovecot: Dovecot, smtp_sink: Sink) -> None:
    for security, imap_port, smtp_port in (
        (Security.TLS, dovecot.tls_port, smtp_sink.tls_port),
        (Security.STARTTLS, dovecot.port, smtp_sink.port),
    ):
        for connect, port in ((network.imap, smtp_port), (network.smtp, imap_port)):
            told = fault(lambda c=connect, p=port, s=security: c(imap_at(p, s), Password(PASSWORD)))
            assert told.cause is Cause.NOT_THIS_PROTOCOL, (security, port, told)


@pytest.mark.parametrize(
    ("talk", "security", "cause"),
    [
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Security.TLS, Cause.NOT_THIS_PROTOCOL),
        (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Security.STARTTLS, Cause.NOT_THIS_PROTOCOL),
        (saying(b""), Security.TLS, Cause.SILENT),
        (saying(b""), Security.STARTTLS, Cause.SILENT),
        (lambda connected: connected.shutdown(socket.SHUT_RDWR), Security.TLS, Cause.BROKEN_OFF),
        (lambda connected: connected.shutdown(socket.SHUT_RDWR), Security.STARTTLS, Cause.BROKEN_OFF),
    ],
    ids=["web", "web as STARTTLS", "nothing", "nothing as STARTTLS", "hangs up", "hangs up as STARTTLS"],
)
def test_something_that_is_no_mail_server(quick: Network, talk: Talk, security: Security, cause: Cause) -> None:
    with listening(talk) as port:
        for connect in (quick.imap, quick.smtp):
            assert fault(lambda c=connect: c(imap_at(port, security), Password(PASSWORD))).cause is cause


def test_without_starttls_nothing_is_sent_in_the_open(network: Network) -> None:
    heard: list[bytes] = []
    with listening(imap_refusing("OK", heard=heard)) as port:
        assert fault(lambda: network.imap(imap_at(port, Security.STARTTLS), Password(PASSWORD))).cause is Cause.NOT_THIS_PROTOCOL
    with listening(smtp_refusing("235 come in")) as port:
        assert fault(lambda: network.smtp(imap_at(port, Security.STARTTLS), Password(PASSWORD))).cause is Cause.NOT_THIS_PROTOCOL
    assert [line.split()[1] for line in heard] == [b"CAPABILITY"]


def test_a_greeting_that_claims_to_be_signed_in_already(network: Network) -> None:
    """What somebody in between would say to have it all in the open."""
    with listening(saying(b"* PREAUTH welcome\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\n")) as port:
        fault(lambda: Network(LOOPBACK, connect_seconds=0.2).imap(imap_at(port, Security.STARTTLS), Password(PASSWORD)))


# -- what it says to a sign-in


def test_a_wrong_password(network: Network, dovecot: Dovecot, mail_user: str, smtp_sink: Sink) -> None:
    told = fault(lambda: network.imap(Server("localhost", dovecot.tls_port, Security.TLS, mail_user), Password("wrong password")))
    assert (told.cause, told.needs_owner, "wrong" in str(told)) == (Cause.SIGN_IN, True, False)
    told = fault(lambda: network.smtp(imap_at(smtp_sink.tls_port), Password("wrong password")))
    assert (told.cause, told.said) == (Cause.SIGN_IN, "5.7.8 Authentication credentials invalid")


IMAP_ANSWERS = [
    ("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", Cause.SIGN_IN),
    ("NO LOGIN failed.", Cause.SIGN_IN),
    ("NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)", Cause.APP_PASSWORD),
    ("NO [WEBALERT https://accounts.google.com/signin] Web login required.", Cause.APP_PASSWORD),
    ("NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page (Failure)", Cause.PROTOCOL_OFF),
    ("NO [ALERT] IMAP access is disabled for your domain. Please contact your domain administrator (Failure)", Cause.PROTOCOL_OFF),
    ("NO [ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)", Cause.PROTOCOL_OFF),
    ("NO [ALERT] Too many simultaneous connections. (Failure)", Cause.THROTTLED),
    ("NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", Cause.THROTTLED),
    ("NO [UNAVAILABLE] Temporary authentication failure. [mx:2026-11-23 10:00:00]", Cause.THROTTLED),
    ("NO [LIMIT] LOGIN Rate limit hit.", Cause.THROTTLED),
    ("BAD User is authenticated but not connected.", Cause.REFUSED),
]
SMTP_ANSWERS = [
    (
        "535-5.7.8 Username and Password not accepted. For more information, go to\r\n535 5.7.8 https://support.google.com/mail",
        Cause.SIGN_IN,
    ),
    ("534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9 https://support", Cause.APP_PASSWORD),
    ("534-5.7.14 <https://accounts.google.com/signin> Please log in via your web browser\r\n534 5.7.14 and then try", Cause.APP_PASSWORD),
    ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [AM0PR01]", Cause.CONSENT),
    ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", Cause.PROTOCOL_OFF),
    ("454 4.7.0 Too many login attempts, please try again later.", Cause.THROTTLED),
    ("421 4.7.0 Try again later, closing connection.", Cause.THROTTLED),
    ("432 4.3.2 Concurrent connections limit exceeded.", Cause.THROTTLED),
    ("554 5.7.1 We do not like you", Cause.SIGN_IN),
]


@pytest.mark.parametrize(("said", "cause"), IMAP_ANSWERS, ids=lambda value: str(value)[:40])
def test_an_incoming_server_that_says_no(authority: Authority, network: Network, said: str, cause: Cause) -> None:
    with listening(imap_refusing(said), authority.server_context()) as port:
        told = fault(lambda: network.imap(imap_at(port), Password(PASSWORD)))
    assert (told.cause, told.said) == (cause, said.partition(" ")[2])


@pytest.mark.parametrize(("said", "cause"), SMTP_ANSWERS, ids=lambda value: str(value)[:40])
def test_an_outgoing_server_that_says_no(authority: Authority, network: Network, said: str, cause: Cause) -> None:
    with listening(smtp_refusing(said), authority.server_context()) as port:
        told = fault(lambda: network.smtp(imap_at(port), Password(PASSWORD)))
    assert (told.cause, "\n" in told.said, len(told.said) <= 200) == (cause, False, True)


def test_a_server_that_is_busy_from_the_first_word(authority: Authority, network: Network) -> None:
    with listening(saying(b"* BYE Too many connections from your address\r\n"), authority.server_context()) as port:
        assert fault(lambda: network.imap(imap_at(port), Password(PASSWORD))).cause is Cause.THROTTLED
    with listening(saying(b"421 4.3.2 Service not available\r\n"), authority.server_context()) as port:
        assert fault(lambda: network.smtp(imap_at(port), Password(PASSWORD))).cause is Cause.THROTTLED


@pytest.mark.parametrize("offers", ["AUTH=PLAIN", ""], ids=["PLAIN", "LOGIN"])
def test_a_server_that_repeats_what_it_was_sent(authority: Authority, network: Network, offers: str) -> None:
    with listening(imap_refusing("BAD what is {secret}?\x07\x1b[0m", offers), authority.server_context()) as port:
        told = fault(lambda: network.imap(imap_at(port), Password("hunter2hunter2")))
    assert told.cause is Cause.SIGN_IN
    assert "hunter2" not in str(told)
    assert "aHVudGVy" not in str(told)
    assert told.said.startswith("what is")
    assert told.said.isprintable()


def test_a_refused_password_is_tried_once(authority: Authority, network: Network) -> None:
    """Trying it in other ways counts as further attempts, and locks the account."""
    heard: list[bytes] = []
    with listening(imap_refusing("NO", heard=heard), authority.server_context()) as port:
        fault(lambda: network.imap(imap_at(port), Password(PASSWORD)))
    assert [line.split()[1] for line in heard if b" " in line] == [b"CAPABILITY", b"AUTHENTICATE"]


def test_a_server_without_any_sign_in(authority: Authority, network: Network) -> None:
    with listening(smtp_refusing("", offers=""), authority.server_context()) as port:
        assert fault(lambda: network.smtp(imap_at(port), Password(PASSWORD))).cause is Cause.REFUSED
    with listening(imap_refusing("OK", "LOGINDISABLED"), authority.server_context()) as port:
        assert fault(lambda: network.imap(imap_at(port), Password(PASSWORD))).cause is Cause.REFUSED


# -- both at once


def test_both_servers_are_tried_even_if_one_fails(network: Network, dovecot: Dovecot, mail_user: str, smtp_sink: Sink) -> None:
    imap = Server("localhost", dovecot.tls_port, Security.TLS, mail_user)
    good = try_servers(network, imap, imap_at(smtp_sink.port, Security.STARTTLS), Password(PASSWORD), Password(PASSWORD))
    assert (good.works, {"IDLE", "QRESYNC", "SPECIAL-USE"} <= good.can) == (True, True)
    assert smtp_sink.delivered == []
    half = try_servers(network, imap, imap_at(smtp_sink.port, Security.STARTTLS), Password(PASSWORD), Password("wrong"))
    assert (half.imap, half.smtp and half.smtp.cause, half.works) == (None, Cause.SIGN_IN, False)
    none = try_servers(network, imap, imap_at(dovecot.tls_port), Password("wrong"), Password("wrong"))
    assert (none.imap and none.imap.cause, none.smtp and none.smtp.cause, none.can) == (
        Cause.SIGN_IN,
        Cause.NOT_THIS_PROTOCOL,
        frozenset(),
    )


def test_a_trial_ends_in_time(network: Network, smtp_sink: Sink) -> None:
    with listening(saying(b"")) as port:
        started = time.monotonic()
        tried = try_servers(network, imap_at(port), imap_at(smtp_sink.tls_port), Password(PASSWORD), Password(PASSWORD), seconds=0.3)
        assert time.monotonic() - started < 2
    assert (tried.imap and tried.imap.cause, tried.smtp) == (Cause.SILENT, None)
