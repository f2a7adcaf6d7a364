"""Mail servers any test may ask for: a Dovecot shared by all tests of a process (each takes users of its own), and a sink."""

import uuid
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from salesinbox.servers import Network
from tests.authority import Authority
from tests.dovecot import Dovecot
from tests.smtp_sink import Sink, SmtpSink


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def dovecot(authority: Authority) -> Iterator[Dovecot]:
    """With all it can: QRESYNC, CONDSTORE, IDLE, LIST-STATUS, MOVE."""
    with Dovecot(authority) as server:
        yield server


@pytest.fixture
def mail_user(dovecot: Dovecot) -> str:
    """A new user of that server, with an empty mailbox."""
    name = f"user-{uuid.uuid4().hex[:8]}@northlight.example"
    dovecot.add_user(name)
    return name


@pytest.fixture
def smtp_sink(authority: Authority) -> Iterator[Sink]:
    with SmtpSink(authority) as sink:
        yield sink


@pytest.fixture(scope="session")
def network(authority: Authority) -> Network:
    """May connect to this machine, and knows the tests' authority."""
    return Network((ip_network("127.0.0.0/8"), ip_network("::1/128")), authority.file)
