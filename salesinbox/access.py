"""A mailbox's servers, connected and signed in to, whichever way it signs in."""

import smtplib
from collections.abc import Callable
from typing import TypeVar

from imapclient import IMAPClient

from salesinbox.faults import Cause, MailboxFault
from salesinbox.mailboxes import Mailbox, SignIn
from salesinbox.servers import Network, Secret
from salesinbox.sign_ins import SignIns

Client = TypeVar("Client", IMAPClient, smtplib.SMTP)


class MailAccess:
    """One per process. Thread-safe."""

    def __init__(self, network: Network, sign_ins: SignIns) -> None:
        self._network = network
        self._sign_ins = sign_ins

    def imap(self, mailbox: Mailbox) -> IMAPClient:
        """Connected and signed in. Whoever gets it ends it. MailboxFault."""
        return self._signed_in(mailbox, lambda incoming, _: self._network.imap(mailbox.imap, incoming))

    def smtp(self, mailbox: Mailbox) -> smtplib.SMTP:
        """Connected and signed in. Whoever gets it ends it. MailboxFault."""
        return self._signed_in(mailbox, lambda _, outgoing: self._network.smtp(mailbox.smtp, outgoing))

    def _signed_in(self, mailbox: Mailbox, connect: Callable[[Secret, Secret], Client]) -> Client:
        incoming, outgoing = self._sign_ins.secrets_for(mailbox)
        try:
            return connect(incoming, outgoing)
        except MailboxFault as fault:
            if fault.cause is not Cause.PERMISSION_ENDED or mailbox.sign_in not in (SignIn.GOOGLE, SignIn.MICROSOFT):
                raise
        # The token we had kept may have ended before its time: what a fresh one is answered counts.
        self._sign_ins.forget(mailbox.id)
        return connect(*self._sign_ins.secrets_for(mailbox))
