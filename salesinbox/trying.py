"""The live test of a mailbox before it is saved: both servers, signed in to at the same time, nothing sent and nothing changed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from smtplib import SMTPException

from imapclient.exceptions import IMAPClientError

from salesinbox.answers import faults
from salesinbox.bounded import within
from salesinbox.faults import Cause, MailboxFault
from salesinbox.servers import Network, Secret, Server

TOTAL_SECONDS = 25.0
READ_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What is wrong with each server, None for nothing. `can`: what the incoming one offers, as it writes it in CAPABILITY."""

    imap: MailboxFault | None
    smtp: MailboxFault | None
    can: frozenset[str] = frozenset()

    @property
    def works(self) -> bool:
        return self.imap is None and self.smtp is None


def try_servers(
    network: Network, imap: Server, smtp: Server, incoming: Secret, outgoing: Secret, *, seconds: float = TOTAL_SECONDS
) -> Tried:
    """Both, even if one fails. What has not ended after `seconds` counts as silent, and ends by itself soon."""
    can: set[str] = set()
    pool = ThreadPoolExecutor(2, thread_name_prefix="trying")
    try:
        tries = pool.submit(_imap, network, imap, incoming, can.update, seconds), pool.submit(_smtp, network, smtp, outgoing, seconds)
        wait(tries, timeout=seconds)
    finally:
        pool.shutdown(wait=False)
    of_imap, of_smtp = (_outcome(one) for one in tries)
    return Tried(of_imap, of_smtp, frozenset() if of_imap else frozenset(can))


def _imap(network: Network, server: Server, secret: Secret, found: Callable[[set[str]], None], seconds: float) -> None:
    with within(seconds):
        client = network.imap(server, secret, read_seconds=READ_SECONDS)
        try:
            with faults():
                # Some sign people in whose mailbox they then do not open.
                client.list_folders("", "INBOX")
                found({capability.decode("ascii", "replace") for capability in client.capabilities()})
        finally:
            with suppress(IMAPClientError, OSError):
                client.logout()


def _smtp(network: Network, server: Server, secret: Secret, seconds: float) -> None:
    with within(seconds):
        client = network.smtp(server, secret, read_seconds=READ_SECONDS)
        with suppress(SMTPException, OSError):
            client.quit()


def _outcome(tried: Future[None]) -> MailboxFault | None:
    if not tried.done():
        return MailboxFault(Cause.SILENT)
    try:
        tried.result()
    except MailboxFault as fault:
        return fault
    return None
