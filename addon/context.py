"""What a handler works with: the services of the process, and one request's caller, CRM, language and event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from addon.cards.actions import Action, ShowHome, ShowMessage
from addon.cards.record import LinkView, MailView
from addon.cards.trouble import Trouble, TroubleKind
from addon.event import ButtonPressed, Common, Event, MessageOpened, canonical_message_id
from addon.gmail import Gmail
from addon.readings import Readings
from crm_client.errors import RateLimited, Unavailable
from crm_client.memory import LastKnown
from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.records import Kind, Lookup, Ref
from db import now
from i18n import Language, Languages
from linking.adding import Adding
from linking.ledger import Ledger, Link, LinkState
from linking.undo import Changes
from reading.message import Message
from reading.people import Own
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.people import Caller
from tenants.recent import RecentRecords
from tenants.sign_in import SignInCodes


@dataclass(frozen=True, slots=True)
class Services:
    """Built once by the composition root."""

    base_url: str
    directory: Directory
    crms: Crms
    gmail: Gmail
    readings: Readings
    ledger: Ledger
    adding: Adding
    last_known: LastKnown
    recent: RecentRecords
    changes: Changes
    codes: SignInCodes
    connect_links: ConnectLinks
    languages: Languages


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM says of some addresses. `trouble`: it did not answer, and `lookup` is what was last known, if anything."""

    lookup: Lookup
    trouble: Trouble | None = None
    known: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """One request of somebody who may work. `afterwards` runs when the answer is on its way: what nobody waits for."""

    services: Services
    caller: Caller
    crm: Crm
    language: Language
    event: Event
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def org(self) -> str:
        """The key of the CRM organisation in ledger and caches."""
        return str(self.caller.target)

    @property
    def common(self) -> Common:
        return self.event.common

    @property
    def message_id(self) -> str:
        """The open mail's id in its canonical form, or ""."""
        return canonical_message_id(raw_message_id(self.event))

    @property
    def own(self) -> Own:
        person = self.caller.person
        return Own(frozenset({person.email, *person.aliases}), frozenset({self.caller.workspace.domain}))

    @property
    def root(self) -> Action:
        """What draws the first card of this place anew."""
        return ShowMessage() if self.message_id else ShowHome(again=True)

    def creatable(self) -> tuple[Kind, ...]:
        """The kinds of record this caller may make. One call to the CRM. CrmError."""
        user = self.crm.whoami().user
        return tuple(kind for kind in (Kind.LEAD, Kind.CONTACT) if user.may(kind).create)

    def message(self) -> Message:
        """The open mail. GmailError."""
        return self.services.gmail.read(raw_message_id(self.event), self.common.tokens, self.caller.person.sub)

    def look_up(self, addresses: Sequence[str]) -> Found:
        """Ask the CRM; if it does not answer, say so and give what this person last saw. Other CrmErrors are raised."""
        if not addresses:
            return Found(Lookup())
        viewer = f"{self.org}/{self.caller.crm_user_id}"
        try:
            lookup = self.crm.lookup(addresses)
        except (Unavailable, RateLimited) as error:
            recalled = self.services.last_known.recall(viewer, addresses)
            if recalled is None:
                return Found(Lookup(), trouble_of(error), known=False)
            remembered, seen_at = recalled
            return Found(remembered, trouble_of(error, age=(now() - seen_at).total_seconds()))
        by_address = {address: Lookup(lookup.of(address), lookup.hidden_of(address)) for address in addresses}
        self.afterwards.append(partial(self.services.last_known.remember, viewer, by_address))
        return Found(lookup)

    def mail_view(self, message: Message) -> MailView:
        link = self.services.ledger.find(self.org, message.key)
        return MailView(None if link is None else self._link_view(link))

    def opened(self, ref: Ref) -> None:
        """Remember for the home card that this record was looked at."""
        self.afterwards.append(partial(self.services.recent.opened, self.caller.person.id, ref))

    def _link_view(self, link: Link) -> LinkView:
        return LinkView(
            ref=link.ref,
            record_name=link.record_name,
            by=link.person_name,
            mine=link.person_id == self.caller.person.id,
            made_at=link.made_at,
            waiting=link.state is not LinkState.DONE,
        )


def raw_message_id(event: Event) -> str:
    """The open mail's id as Gmail wrote it, or ""."""
    return event.message_id or "" if isinstance(event, MessageOpened | ButtonPressed) else ""


def trouble_of(error: Unavailable | RateLimited, age: float | None = None) -> Trouble:
    if isinstance(error, RateLimited):
        return Trouble(TroubleKind.LIMIT, wait=error.retry_after, age=age)
    return Trouble(TroubleKind.OUTAGE, age=age)
