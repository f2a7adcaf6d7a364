"""Who may have mailboxes here. Asked by every page and, for mailboxes that are there already, by the clock."""

from enum import StrEnum

from salesinbox.mailboxes import Mailbox, SignIn
from tenants.people import Caller, Known, NotConnected, NotInstalled, Via
from tenants.policy import Policy, WhoMayConnect


class Refusal(StrEnum):
    """Why somebody may not."""

    SWITCHED_OFF = "switched off"
    """His company's administrator has not switched SalesInbox on."""
    NO_CRM_USER = "no crm user"
    """It is on for users of the company's CRM, and he is none."""
    NOT_HERE = "not here"
    """Sidecard is not installed for him any more, or for another company now."""
    NO_DELEGATION = "no delegation"
    """The mailbox is read by the company's delegation, which its rules do not allow, or not for this address of his."""


def may_connect(who: Known | None, policy: Policy) -> Refusal | None:
    """None: he may. `policy` is that of his workspace, `who` None for somebody who is gone. Whoever installed Sidecard for himself
    decides for himself."""
    if who is None or isinstance(who, NotInstalled):
        return Refusal.NOT_HERE
    if "@" in who.workspace.domain:
        return None
    match policy.who_may_connect:
        case WhoMayConnect.EVERYONE:
            return None
        case WhoMayConnect.CRM_USERS:
            return None if _uses_crm(who) else Refusal.NO_CRM_USER
        case WhoMayConnect.NOBODY:
            return Refusal.SWITCHED_OFF


def may_keep(mailbox: Mailbox, who: Known | None, policy: Policy) -> Refusal | None:
    """The same for a mailbox somebody has. None: it may be synchronised and sent from."""
    if who is None or isinstance(who, NotInstalled) or who.workspace.id != mailbox.workspace_id:
        return Refusal.NOT_HERE
    if mailbox.sign_in is SignIn.DELEGATION and delegated_address(who, policy) != mailbox.address:
        return Refusal.NO_DELEGATION
    return may_connect(who, policy)


def delegated_address(who: Caller | NotConnected, policy: Policy) -> str:
    """Of the one mailbox he may connect by his company's delegation: that of the Google account he is signed in with, for
    delegation opens everybody's. "" for none."""
    address = who.person.email.lower()
    return address if policy.delegation and address.endswith(f"@{who.workspace.domain}") else ""


def _uses_crm(who: Caller | NotConnected) -> bool:
    """By the company's shared connection one may look without being anybody in the CRM."""
    return isinstance(who, Caller) and (who.via is Via.OWN or bool(who.access.user_id))
