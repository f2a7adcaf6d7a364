"""What one signs in to a mailbox's servers with: its password, or an access token by consent or delegation.

Access tokens are kept in this process only. One thread renews one; the others wait for it.
"""

import logging
import time
from collections.abc import Mapping
from threading import Lock

from cachetools import LRUCache, TLRUCache

from salesinbox.faults import Cause, MailboxFault
from salesinbox.mailboxes import Mailbox, Mailboxes, Secrets, SignIn
from salesinbox.oauth import GOOGLE_MAIL_SCOPE, Consent, Renewed
from salesinbox.servers import Bearer, Password, Secret
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.delegation import Delegation, DelegationReason
from tenants.vault import VaultDamaged

SPARE_SECONDS = 300
"""A token is not handed out in its last five minutes."""
WAIT_SECONDS = 20.0
_MOST_KEPT = 10_000

_log = logging.getLogger(__name__)


class SignIns:
    """One per process. Thread-safe. `consents` has those services an operator has set up."""

    def __init__(self, mailboxes: Mailboxes, consents: Mapping[SignIn, Consent], delegation: Delegation | None = None) -> None:
        self.consents = consents
        self._mailboxes = mailboxes
        self._delegation = delegation
        self._kept: TLRUCache[int, Renewed] = TLRUCache(_MOST_KEPT, ttu=lambda _, kept, __: kept.until - SPARE_SECONDS, timer=time.time)
        self._turns: LRUCache[int, Lock] = LRUCache(_MOST_KEPT)
        self._lock = Lock()

    def secrets_for(self, mailbox: Mailbox) -> tuple[Secret, Secret]:
        """For its incoming and its outgoing server. MailboxFault."""
        match mailbox.sign_in:
            case SignIn.PASSWORD:
                secrets = self._secrets(mailbox)
                return Password(secrets.password), Password(secrets.smtp_password or secrets.password)
            case SignIn.DELEGATION:
                token = self.by_delegation(mailbox.address)
            case SignIn.GOOGLE | SignIn.MICROSOFT:
                token = Bearer(self._by_consent(mailbox))
        return token, token

    def by_delegation(self, address: str) -> Bearer:
        """Of somebody whose company delegates his mail to us. MailboxFault."""
        if self._delegation is None:
            raise MailboxFault(Cause.REFUSED, "no service account")
        try:
            return Bearer(self._delegation.token(address, (GOOGLE_MAIL_SCOPE,)))
        except GoogleUnavailable:
            raise MailboxFault(Cause.SILENT, "Google's token service") from None
        except GoogleRefused as refused:
            # Anything else is about our own key.
            theirs = refused.reason in set(DelegationReason)
            raise MailboxFault(Cause.PERMISSION_ENDED if theirs else Cause.REFUSED, refused.reason) from None

    def forget(self, mailbox_id: int) -> None:
        """The token kept for it was not taken."""
        with self._lock:
            self._kept.pop(mailbox_id, None)

    def give_back(self, mailbox: Mailbox) -> None:
        """Its owner's consent, where there is a way, and nobody else lives by it. MailboxFault: the service did not answer, and
        still knows it."""
        consent = self.consents.get(mailbox.sign_in)
        if consent is not None and not self._mailboxes.others_with(mailbox):
            consent.give_back(self._secrets(mailbox).refresh_token)
            self.forget(mailbox.id)

    def _by_consent(self, mailbox: Mailbox) -> str:
        with self._lock:
            kept = self._kept.get(mailbox.id)
            turn = self._turns.setdefault(mailbox.id, Lock())
        if kept is not None:
            return kept.access_token
        if not turn.acquire(timeout=WAIT_SECONDS):
            raise MailboxFault(Cause.SILENT, "another thread has been renewing the token for too long")
        try:
            with self._lock:
                kept = self._kept.get(mailbox.id)
            return kept.access_token if kept is not None else self._renewed(mailbox)
        finally:
            turn.release()

    def _renewed(self, mailbox: Mailbox) -> str:
        consent = self.consents.get(mailbox.sign_in)
        if consent is None:
            raise MailboxFault(Cause.REFUSED, f"{mailbox.sign_in} is not set up")
        old = self._secrets(mailbox).refresh_token
        brought = consent.renew(old)
        if brought.refresh_token != old:
            self._mailboxes.keep_refresh_token(mailbox.id, brought.refresh_token, instead_of=old)
        with self._lock:
            self._kept[mailbox.id] = brought
        return brought.access_token

    def _secrets(self, mailbox: Mailbox) -> Secrets:
        ended = Cause.SIGN_IN if mailbox.sign_in is SignIn.PASSWORD else Cause.PERMISSION_ENDED
        try:
            return self._mailboxes.secrets(mailbox.id)
        except LookupError:
            raise MailboxFault(ended, "the mailbox was removed") from None
        except VaultDamaged:
            # The key may come back, so the row stays; meanwhile its owner may sign in again.
            _log.exception("the secrets of mailbox %d are unreadable", mailbox.id)
            raise MailboxFault(ended) from None
