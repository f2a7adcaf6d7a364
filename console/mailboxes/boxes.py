"""A mailbox in words: how much of its mail is here, what it is doing, what is wrong and what its owner does next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from console.mailboxes.words import Service, Side, Trouble, trouble
from i18n import Language, later
from salesinbox.faults import NEEDS_OWNER, Cause
from salesinbox.gaps import SETTLED, Reason
from salesinbox.mailboxes import Mailbox, SignIn, State
from salesinbox.providers import Provider, provider_named
from salesinbox.standing import Standing

HERE = "/mailboxes"
CONSENTS = {SignIn.GOOGLE: "Google", SignIn.MICROSOFT: "Microsoft"}
"""Where one signs in by consent. The values of `SignIn` are in the addresses of the pages."""
_MANY_MINUTES = 90
_FEW_MINUTES = 10

_STATES = {
    State.FIRST_SYNC: later("Fetching your mail"),
    State.IN_STEP: later("Up to date"),
    State.NEEDS_OWNER: later("Needs you"),
    State.PAUSED: later("Paused"),
    State.REMOVING: later("Being removed"),
}
_PASSING = frozenset({Cause.SILENT, Cause.PORT_CLOSED, Cause.BROKEN_OFF, Cause.THROTTLED, Cause.NOT_THIS_PROTOCOL})
"""What comes and goes on servers that have worked."""
_REASONS = {
    Reason.REFUSED: later("The mail server refuses to hand these out."),
    Reason.BREAKS_OFF: later("The connection breaks off whenever these are asked for."),
    Reason.NOT_SENT: later("The mail server lists these, and does not hand them out."),
    Reason.UNREADABLE: later("These came, and could not be read."),
    Reason.EXCLUDED: later("These carry a label you left out, or are drafts."),
    Reason.TOO_OLD: later("These are older than your company keeps mail."),
    Reason.ERASED: later("These are from or to somebody whose data was erased."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What its owner does next. `by_post`: it leads away from here."""

    label: str
    url: str
    by_post: bool = False


@dataclass(frozen=True, slots=True)
class BoxView:
    """`bad`: something is wrong; `quiet`: nothing happens, as its owner wants. `running`: the mail of before is being fetched;
    `left` says for how long still."""

    id: int
    url: str
    address: str
    service: str
    state: str
    bad: bool
    quiet: bool
    running: bool
    tally: str
    thousandths: int
    left: str
    synced_at: datetime | None
    trouble: Trouble | None
    since: datetime | None
    again_at: datetime | None
    needs_owner: bool
    step: Step | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Mails of a folder that are not here; or, where `count` is None, a folder that lags behind."""

    why: str
    folder: str
    count: int | None
    helps: bool
    """Trying again may."""


def box_view(language: Language, mailbox: Mailbox, standing: Standing) -> BoxView:
    cause = None if mailbox.state is State.PAUSED else mailbox.cause
    running = mailbox.state is State.FIRST_SYNC
    needs_owner = mailbox.state is State.NEEDS_OWNER
    waits = cause is not None and not needs_owner
    return BoxView(
        id=mailbox.id,
        url=f"{HERE}/{mailbox.id}",
        address=mailbox.address,
        service=service_of(mailbox).name,
        state=language.text("Does not work now") if waits else language.text(_STATES[mailbox.state]),
        bad=cause is not None,
        quiet=mailbox.state is State.PAUSED,
        running=running,
        tally=_tally(language, standing, running=running),
        thousandths=int(standing.share * 1000) if standing.folders else 0,
        left="" if cause else _left(language, standing.estimate),
        synced_at=mailbox.synced_at,
        trouble=None if cause is None else told_of(language, mailbox, cause),
        since=mailbox.cause_at if cause else None,
        again_at=mailbox.due_at if waits else None,
        needs_owner=needs_owner,
        step=None if cause is None else _step(language, mailbox, cause),
    )


def gaps_of(language: Language, mailbox: Mailbox, standing: Standing) -> tuple[Gap, ...]:
    lagging = tuple(
        Gap(trouble(language, folder.cause, Side.IMAP, mailbox.imap, service_of(mailbox)).line, folder.name, None, helps=True)
        for folder in standing.folders
        if folder.cause is not None
    )
    return lagging + tuple(
        Gap(language.text(_REASONS[gap.reason]), folder.name, gap.count, helps=gap.reason not in SETTLED) for folder, gap in standing.gaps
    )


def signed_in_by(language: Language, mailbox: Mailbox) -> str:
    match mailbox.sign_in:
        case SignIn.PASSWORD if service_of(mailbox).app_passwords:
            return language.text("with an app password")
        case SignIn.PASSWORD:
            return language.text("with a password")
        case SignIn.DELEGATION:
            return language.text("by your company, without a password")
        case by_consent:
            return language.text("with your permission at {service}", service=CONSENTS[by_consent])


def service_of(mailbox: Mailbox, *, steps: bool = True) -> Service:
    """`steps`: the provider's steps to an app password are on the same page."""
    return service_named(provider_named(mailbox.provider), steps=steps)


def service_named(provider: Provider | None, *, steps: bool = True) -> Service:
    return Service() if provider is None else Service(provider.name, app_passwords=steps and bool(provider.app_passwords))


def told_of(language: Language, mailbox: Mailbox, cause: Cause, said: str = "") -> Trouble:
    """Of a mailbox that has worked: what keeps it from it now. `said` are the server's words."""
    told = trouble(language, cause, Side.IMAP, mailbox.imap, service_of(mailbox, steps=False), said)
    if mailbox.sign_in is SignIn.DELEGATION and cause is Cause.PERMISSION_ENDED:
        return replace(told, advice=language.text("Tell your administrator: it is set under Set-up > Background access."))
    return (
        replace(told, advice=language.text("You need not do anything: it worked before, and goes on by itself."))
        if cause in _PASSING
        else told
    )


def _tally(language: Language, standing: Standing, *, running: bool) -> str:
    whole = max(standing.on_server, standing.stored + standing.missing)
    values = {"stored": language.number(standing.stored), "all": language.number(whole)}
    if not whole:
        return language.text("Looking into your folders …") if running else language.text("There is no mail in it.")
    if not standing.missing:
        return language.text("{stored} of {all} mails are here", **values)
    return language.plural(
        "{stored} of {all} mails are here, {count} is left out",
        "{stored} of {all} mails are here, {count} are left out",
        standing.missing,
        **values,
    )


def _left(language: Language, estimate: timedelta | None) -> str:
    if estimate is None:
        return ""
    minutes = ceil(estimate.total_seconds() / 60)
    if minutes <= 1:
        return language.text("about a minute left")
    if minutes < _MANY_MINUTES:
        rounded = minutes if minutes < _FEW_MINUTES else 5 * round(minutes / 5)
        return language.plural("about {count} minute left", "about {count} minutes left", rounded)
    return language.plural("about {count} hour left", "about {count} hours left", round(minutes / 60))


def _step(language: Language, mailbox: Mailbox, cause: Cause) -> Step | None:
    if cause not in NEEDS_OWNER:
        return None
    if mailbox.sign_in in CONSENTS:
        return Step(language.text("Sign in again"), f"{HERE}/consent/{mailbox.sign_in}", by_post=True)
    if mailbox.sign_in is SignIn.DELEGATION:
        return None
    servers = f"{HERE}/{mailbox.id}/servers"
    if cause is Cause.PROTOCOL_OFF:
        return Step(language.text("I have switched it on"), servers)
    return Step(language.text("Type the new password"), f"{servers}#password")
