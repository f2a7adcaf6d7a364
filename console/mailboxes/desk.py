"""What the pages on mailboxes share: who is at the door, whether he may have mailboxes, and whether this one is his."""

from dataclasses import dataclass

from flask import Response
from werkzeug.exceptions import NotFound

from console.pages import MessageView, Pages
from console.visitors import Visitors, is_personal, why_not
from i18n import Language
from salesinbox.compose import SalesInbox
from salesinbox.mailboxes import Mailbox, State
from salesinbox.permission import Refusal, may_connect, may_keep
from salesinbox.providers import Provider
from salesinbox.standing import Standing
from tenants.audit import Audit
from tenants.people import Caller, NotConnected, Person, Workspace
from tenants.policies import Policies
from tenants.policy import Policy

LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Owner:
    """Whoever is signed in, connected to a CRM or not. `refusal`: why he may connect no mailbox, or why the one at hand stands
    still; None where nothing is in the way."""

    who: Caller | NotConnected
    policy: Policy
    refusal: Refusal | None

    @property
    def person(self) -> Person:
        return self.who.person

    @property
    def workspace(self) -> Workspace:
        return self.who.workspace


@dataclass(frozen=True, slots=True)
class MailboxDesk:
    """Made once by `create_console`. `providers` are the mail services whose servers are known; `delegates`: there is a
    service account a company can let into its mailboxes."""

    pages: Pages
    visitors: Visitors
    policies: Policies
    audit: Audit
    salesinbox: SalesInbox
    providers: tuple[Provider, ...]
    delegates: bool

    def owner(self) -> Owner | Response:
        who = self.visitors.person()
        if isinstance(who, Response):
            return who
        policy = self.policies.of(who.workspace.id)
        return Owner(who, policy, may_connect(who, policy))

    def connecting(self) -> Owner | Response:
        """Somebody who may connect a mailbox; else the page that says why not."""
        owner = self.owner()
        return owner if isinstance(owner, Response) or owner.refusal is None else self.refused(owner, owner.refusal)

    def mine(self, mailbox_id: int) -> tuple[Owner, Mailbox] | Response:
        """His own mailbox, also while it has to stand still: he can always look at it and remove it. NotFound."""
        owner = self.owner()
        if isinstance(owner, Response):
            return owner
        mailbox = self.salesinbox.mailboxes.get(mailbox_id) if mailbox_id <= LARGEST_ID else None
        if mailbox is None or mailbox.person_id != owner.person.id or mailbox.state is State.REMOVING:
            raise NotFound
        return Owner(owner.who, owner.policy, may_keep(mailbox, owner.who, owner.policy)), mailbox

    def working(self, mailbox_id: int) -> tuple[Owner, Mailbox] | Response:
        """As `mine`, for what only those may do who may have it."""
        found = self.mine(mailbox_id)
        if isinstance(found, Response) or found[0].refusal is None:
            return found
        return self.refused(found[0], found[0].refusal)

    def standing(self, mailbox_id: int) -> Standing:
        """NotFound: it was removed in this very moment."""
        try:
            return self.salesinbox.proof.standing(mailbox_id)
        except LookupError:
            raise NotFound from None

    def provider(self, key: str) -> Provider | None:
        return next((provider for provider in self.providers if provider.key == key), None)

    def refused(self, owner: Owner, refusal: Refusal) -> Response:
        language = self.pages.language()
        title = language.text("No mailboxes here yet") if refusal is Refusal.SWITCHED_OFF else language.text("You may not do this")
        return self.pages.message(MessageView(title, why_refused(language, owner, refusal), way_out(language, owner, refusal)), 403)


def why_refused(language: Language, owner: Owner, refusal: Refusal) -> tuple[str, ...]:
    domain = owner.workspace.domain
    match refusal:
        case Refusal.SWITCHED_OFF:
            return (
                language.text("The administrator of {domain} has not switched SalesInbox on.", domain=domain),
                language.text("With it, the mail of your own mailbox stands under the leads and contacts it concerns. Ask for it."),
            )
        case Refusal.NO_CRM_USER:
            line = language.text("At {domain}, users of the CRM may connect their mailboxes, and you are none at present.", domain=domain)
            return (line, why_not(language, owner.who)) if isinstance(owner.who, NotConnected) else (line,)
        case Refusal.NOT_HERE:
            return (language.text("This mailbox was connected while you were with another company. You can only remove it."),)
        case Refusal.NO_DELEGATION:
            return (
                language.text("This mailbox is read by your company's permission, which the rules of {domain} do not give.", domain=domain),
            )


def way_out(language: Language, owner: Owner, refusal: Refusal) -> tuple[str, str] | None:
    """Only the set-up pages know who is an administrator, and they ask for themselves."""
    if refusal in (Refusal.SWITCHED_OFF, Refusal.NO_DELEGATION) and not is_personal(owner.workspace):
        return "/setup/policy", language.text("I am an administrator")
    return None
