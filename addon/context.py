"""What a handler works with: the services of the process, and one request's caller, CRM, language and event."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from addon.cards.actions import Action, ShowHome, ShowMessage
from addon.cards.barred import Bar
from addon.cards.record import Linking, LinkView, MailView
from addon.cards.trouble import Trouble, TroubleKind
from addon.errors import READ_SCOPE
from addon.event import ButtonPressed, Common, Event, MessageOpened, canonical_message_id
from addon.gmail import Gmail, GmailScopeMissing
from addon.readings import Readings
from addon.rules import Barred, admit, ordered
from crm_client.errors import AuthExpired, RateLimited, Unavailable
from crm_client.known import KnownSetUp
from crm_client.memory import LastKnown
from crm_client.open import Crms
from crm_client.port import Crm
from crm_client.records import EMAIL, SECONDARY_EMAIL, Identity, Kind, Layout, Lookup, Match, Record, Ref
from db import now
from i18n import Language, Languages
from linking.errands import Errand, Work
from linking.ledger import Ledger, Link, LinkState
from linking.outbox import Outbox
from linking.outcomes import Entry, EntryState, Outcome
from linking.undo import Changes
from reading.message import Message
from reading.people import Own, people_of
from salesinbox.compose import SalesInbox
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.people import Caller
from tenants.policy import WhoMayConnect, WhoMayLink
from tenants.recent import RecentRecords
from tenants.sign_in import SignInCodes

FRESH = timedelta(hours=1)
"""So old may be what a card repeats of the other people after a click; the record that was written is always new."""

NoAnswer = Unavailable | RateLimited | AuthExpired


@dataclass(frozen=True, slots=True)
class Services:
    """Built once by the composition root."""

    base_url: str
    directory: Directory
    crms: Crms
    salesinbox: SalesInbox
    gmail: Gmail
    readings: Readings
    ledger: Ledger
    outbox: Outbox
    last_known: LastKnown
    known: KnownSetUp
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
    """One request of somebody who may work. `afterwards` runs when the answer is on its way: what nobody waits for.

    `region` is the reader's country ("FR"), or ""."""

    services: Services
    caller: Caller
    crm: Crm
    language: Language
    region: str
    event: Event
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @property
    def org(self) -> str:
        """The key of the CRM organisation in ledger and caches."""
        return str(self.caller.access.target)

    @property
    def common(self) -> Common:
        return self.event.common

    @property
    def message_id(self) -> str:
        """The open mail's id in its canonical form, or ""."""
        return canonical_message_id(self.raw_message_id)

    @property
    def raw_message_id(self) -> str:
        """The open mail's id as Gmail wrote it, or ""."""
        return raw_message_id(self.event)

    @property
    def own(self) -> Own:
        person = self.caller.person
        return Own(frozenset({person.email, *person.aliases}), self.caller.own_domains)

    @property
    def may_write(self) -> bool:
        """By the company's permission only who is a user of the CRM may change anything, or search."""
        return not self.caller.access.shared or self.caller.access.user_id != ""

    @property
    def root(self) -> Action:
        """What draws the first card of this place anew."""
        return ShowMessage() if self.message_id else ShowHome(again=True)

    @property
    def viewer(self) -> str:
        """The key of what this CRM user saw, in caches."""
        return str(self.caller.access)

    def identity(self) -> Identity:
        """The caller in the CRM, with his rights; as last known while it does not answer. CrmError."""
        return self.services.known.identity(self.crm, self.viewer, self.afterwards)

    def layout(self, kind: Kind) -> Layout:
        """The fields of this kind; as last known while the CRM does not answer. CrmError."""
        return self.services.known.layout(self.crm, self.viewer, kind, self.language, self.afterwards)

    @property
    def offered(self) -> tuple[Kind, ...]:
        """The kinds of record a first card offers to make, the company's usual one first. The form asks the CRM which may be made."""
        return ordered((Kind.LEAD, Kind.CONTACT), self.caller.policy) if self.may_write else ()

    def creatable(self) -> tuple[Kind, ...]:
        """The kinds of record this caller may make, the company's usual one first. CrmError."""
        offered = self.offered
        user = self.identity().user if offered else None
        return tuple(kind for kind in offered if user is not None and user.may(kind).create)

    def demand_user(self) -> None:
        """Barred, if this person may look and not write."""
        if not self.may_write:
            raise Barred(Bar.NO_USER)

    def carry_out(self, errand: Errand, key: str, name: str) -> Outcome:
        """Have it done, now or as soon as the CRM answers. CrmError: it refuses. Barred."""
        self.demand_user()
        return self.services.outbox.carry_out(self.crm, self.org, errand, key, self.caller.person, name=name)

    def message(self, *, contents: bool = False) -> Message:
        """The open mail, as far as the company has it read. `contents`: the files attached to it are about to be fetched from
        Gmail. GmailError, Barred."""
        policy = self.caller.policy
        message = self.headers() if policy.headers_only or policy.excluded_domains else None
        if message is None or not policy.headers_only:
            message = self._read(whole=True, contents=contents)
            admit(message, policy, self.own)
        return message

    def headers(self) -> Message:
        """The open mail without its text: enough to tell whether the company lets it be read. GmailError, Barred."""
        message = self._read(whole=False)
        admit(message, self.caller.policy, self.own)
        return message

    def shown_message(self) -> Message | None:
        """The open mail; None where none is open, or the company keeps it from Sidecard. GmailError."""
        try:
            return self.message() if self.message_id else None
        except Barred:
            return None

    def _read(self, *, whole: bool, contents: bool = False) -> Message:
        """A mail that is synchronised already is not asked of Gmail again; only Gmail's own reading can fetch its files."""
        scopes = self.common.scopes
        if scopes is not None and READ_SCOPE not in scopes:
            # Also of a mail that is kept: the person took the permission back.
            raise GmailScopeMissing("not granted")
        if self.caller.person.mailboxes:
            stored = self.services.salesinbox.emails.by_gmail_id(self.caller.person.id, self.message_id)
            if stored is not None and not (contents and stored.attachments):
                return stored if whole else stored.headers()
        return self.services.gmail.read(self.raw_message_id, self.common.tokens, self.caller.person.sub, whole=whole)

    def forget(self, entry: int) -> None:
        """A returned errand was done again by hand, or is not wanted any more."""
        self.services.outbox.drop(self.org, self.caller.person.id, entry)

    def addresses(self, message: Message) -> tuple[str, ...]:
        """Of everybody in the mail who may be in the CRM."""
        return tuple(person.address for person in people_of(message, self.own).others)

    def look_up(self, addresses: Sequence[str]) -> Found:
        """Ask the CRM; if it does not answer, say so and give what this person last saw. Other CrmErrors are raised."""
        if not addresses:
            return Found(Lookup())
        try:
            lookup = self.crm.lookup(addresses)
        except (Unavailable, RateLimited) as error:
            return self.recalled(addresses, error)
        records = {match.record.ref: match.record for match in lookup.matches}.values()
        for record in records:
            self.follow(record.was, record)
        self.noted(records)
        self.afterwards.append(partial(self.services.last_known.remember, self.viewer, _by_address(addresses, lookup)))
        return Found(lookup)

    def recalled(self, addresses: Sequence[str], error: NoAnswer) -> Found:
        """What this person last saw of the addresses, since the CRM does not answer."""
        recalled = self.services.last_known.recall(self.viewer, addresses) if addresses else None
        if recalled is None:
            return Found(Lookup(), trouble_of(error), known=not addresses)
        remembered, seen_at = recalled
        return Found(remembered, trouble_of(error, age=(now() - seen_at).total_seconds()))

    def look_up_after(self, addresses: Sequence[str], record: Record | None) -> Found:
        """After a click: what the person saw just before, with the record as it was just written. Asks the CRM only where that is
        not known; what was done stays done, so a CRM that does not answer now is told and not raised."""
        recalled = self.services.last_known.recall(self.viewer, addresses)
        if recalled is not None and recalled[1] > now() - FRESH:
            lookup = recalled[0] if record is None else _with(recalled[0], addresses, record)
            if record is not None:
                # Not afterwards: the next click may come at once, and must not draw what was before this one.
                self.services.last_known.remember(self.viewer, _by_address(addresses, lookup))
            return Found(lookup)
        try:
            return self.look_up(addresses)
        except AuthExpired as error:
            return self.recalled(addresses, error)

    def last_seen(self, ref: Ref) -> Record | None:
        """The record as this person last saw it, if it is one of the open mail's people's."""
        message = self.shown_message()
        if message is None:
            return None
        recalled = self.services.last_known.recall(self.viewer, self.addresses(message))
        return None if recalled is None else next((match.record for match in recalled[0].matches if match.record.ref == ref), None)

    def standing(self, message: Message | None = None) -> tuple[MailView, tuple[Entry, ...]]:
        """Where the open mail stands, and what the person asked for earlier: `told` says which of it a card shows. One query."""
        key = message.key if message is not None else ""
        standing = self.services.outbox.standing(self.org, self.caller.person.id, key)
        linking = [entry for entry in standing.entries if key and entry.work is Work.LINK and entry.message_key == key]
        linking = [entry for entry in linking if entry.state is not EntryState.RETURNED]
        waiting = next((entry for entry in linking if entry.state is EntryState.WAITING), None)
        # The mail's own line says these already.
        self.told(linking)
        others = tuple(entry for entry in standing.entries if entry not in linking)
        link = None if standing.link is None else self._link_view(standing.link, waiting)
        return MailView(link, linking=self.linking), others

    @property
    def linking(self) -> Linking:
        """Which records this person may link the open mail to, and how much of it."""
        policy = self.caller.policy
        who = policy.who_may_link if self.may_write else WhoMayLink.NOBODY
        return Linking(who, self.caller.access.user_id, headers_only=policy.headers_only)

    def told(self, entries: Iterable[Entry]) -> None:
        """A card shows these: that they were delivered is told once."""
        delivered = tuple(entry.id for entry in entries if entry.state is EntryState.DELIVERED)
        if delivered:
            self.afterwards.append(partial(self.services.outbox.seen, self.org, self.caller.person.id, delivered))

    def opened(self, ref: Ref) -> None:
        """Remember for the home card that this record was looked at."""
        self.afterwards.append(partial(self.services.recent.opened, self.caller.person.id, ref))

    def noted(self, records: Iterable[Record]) -> None:
        """Mail stays under a record whose address changes: for that somebody has to know which it had."""
        records = tuple(records)
        mail_is_kept = self.caller.person.mailboxes or self.caller.policy.who_may_connect is not WhoMayConnect.NOBODY
        if records and mail_is_kept:
            self.afterwards.append(partial(self.services.salesinbox.addresses.note, self.org, records))

    def follow(self, was: Ref | None, record: Record) -> None:
        """Links of a lead go with it when it has become a contact."""
        if was is not None and was != record.ref:
            self.afterwards.append(partial(self.services.ledger.follow, self.org, was, record.ref))

    def _link_view(self, link: Link, waiting: Entry | None) -> LinkView:
        return LinkView(
            ref=link.ref,
            # Erased on request, both: what is linked stays linked.
            record_name=link.record_name or self.language.text("a record"),
            by=link.person_name or self.language.text("a former colleague"),
            mine=link.person_id == self.caller.person.id,
            made_at=link.made_at,
            waiting=link.state is not LinkState.DONE,
            entry=waiting,
        )


def _by_address(addresses: Sequence[str], lookup: Lookup) -> dict[str, Lookup]:
    return {address: Lookup(lookup.of(address), lookup.hidden_of(address)) for address in addresses}


def _with(seen: Lookup, addresses: Sequence[str], record: Record) -> Lookup:
    """What was seen, with this record as it is now, under those of the addresses it carries now."""
    before = next((match.record for match in seen.matches if match.record.ref == record.ref), None)
    # A CRM that answers a write with the record alone says nothing of its deals.
    current = record if record.open_deals or before is None else replace(record, open_deals=before.open_deals)
    fields = {current.value(name).lower(): name for name in (SECONDARY_EMAIL, EMAIL) if current.value(name)}
    matches = [match for match in seen.matches if match.record.ref != current.ref]
    matches += [Match(address, fields[address], current) for address in addresses if address in fields]
    matches.sort(key=lambda match: (match.record.ref.kind is not Kind.CONTACT, match.field != EMAIL))
    return Lookup(tuple(matches), seen.hidden)


def raw_message_id(event: Event) -> str:
    """The open mail's id as Gmail wrote it, or ""."""
    return event.message_id or "" if isinstance(event, MessageOpened | ButtonPressed) else ""


def trouble_of(error: NoAnswer, age: float | None = None) -> Trouble:
    if isinstance(error, RateLimited):
        return Trouble(TroubleKind.LIMIT, wait=error.retry_after, age=age)
    return Trouble(TroubleKind.RECONNECT if isinstance(error, AuthExpired) else TroubleKind.OUTAGE, age=age)
