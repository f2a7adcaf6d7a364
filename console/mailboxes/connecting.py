"""Connecting a mailbox: which service it is with, how one signs in there, both servers tried, and only then is anything kept."""

from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from console.mailboxes.boxes import CONSENTS, HERE, service_named
from console.mailboxes.desk import MailboxDesk, Owner
from console.mailboxes.forms import MailboxForm, proposed, read_address, read_simple, read_whole, tried_too_often, with_faults
from console.mailboxes.keeping import keep
from crm_client.open import CrmKind
from i18n import Language
from salesinbox.mailboxes import SignIn
from salesinbox.permission import delegated_address
from salesinbox.providers import CUSTOM, Provider, provider_for
from salesinbox.servers import Password
from salesinbox.trying import try_servers
from tenants.people import Caller

NEW = f"{HERE}/new"
_CLOUDS = {
    "us": "zoho.com",
    "eu": "zoho.eu",
    "in": "zoho.in",
    "au": "zoho.com.au",
    "jp": "zoho.jp",
    "ca": "zohocloud.ca",
    "sa": "zoho.sa",
    "uk": "zoho.uk",
}
"""Zoho's data centres, as the CRM and as mail call them: a company's mail mostly lies where its CRM does."""


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    url: str
    name: str
    line: str


@dataclass(frozen=True, slots=True)
class NewView:
    title: str
    form: MailboxForm
    services: tuple[ServiceChoice, ...]


@dataclass(frozen=True, slots=True)
class ConnectView:
    """`delegated`: the address that can be connected by the company's permission, "" for none. `consent`: the service one can sign
    in at. `steps` to an app password, and `link` to where. `whole`: the servers are asked for, too. `places`: data centres to choose
    from, where there are several. `unset`: there is no way in as long as the operator has not set one up."""

    title: str
    key: str
    service: str
    form: MailboxForm
    domain: str
    delegated: str
    consent: str
    consent_name: str
    steps: tuple[str, ...]
    link: str
    by_password: bool
    whole: bool
    places: tuple[str, ...]
    place: str
    unset: bool


def add_connecting_pages(console: Blueprint, desk: MailboxDesk) -> None:
    @console.get(NEW)
    def mailbox_new() -> Response:
        owner = desk.connecting()
        return owner if isinstance(owner, Response) else _choose(desk, MailboxForm(address=owner.person.email))

    @console.post(NEW)
    def mailbox_recognise() -> Response:
        owner = desk.connecting()
        if isinstance(owner, Response):
            return owner
        address, wrong = read_address(desk.pages.language(), request.form)
        if wrong:
            return _choose(desk, MailboxForm(address=address, problems={"address": wrong}))
        provider = provider_for(address, desk.providers)
        if provider is None and owner.workspace.domain == address.rpartition("@")[2]:
            # A company that installed Sidecard has its mail with Google.
            provider = desk.provider("gmail")
        return open_form(desk, owner, provider, proposed(address, owner.person.name))

    @console.get(f"{NEW}/<key>")
    def mailbox_connect(key: str) -> Response:
        owner = desk.connecting()
        return owner if isinstance(owner, Response) else open_form(desk, owner, _named(desk, key), _empty(owner))

    @console.post(f"{NEW}/<key>")
    def mailbox_try(key: str) -> Response:
        owner = desk.connecting()
        return owner if isinstance(owner, Response) else _try(desk, owner, _named(desk, key))


def _try(desk: MailboxDesk, owner: Owner, provider: Provider | None) -> Response:
    language = desk.pages.language()
    if provider is None:
        entered = read_whole(language, request.form)
    elif provider.takes_passwords:
        place = request.form.get("place", "")
        entered = read_simple(language, request.form, lambda address: provider.servers(address, place))
    else:
        raise NotFound
    if isinstance(entered, MailboxForm):
        return open_form(desk, owner, provider, entered)
    if not desk.salesinbox.tries.take(owner.person.id):
        return open_form(desk, owner, provider, tried_too_often(language, entered.form))
    incoming, outgoing = Password(entered.secrets.password), Password(entered.secrets.smtp_password or entered.secrets.password)
    tried = try_servers(desk.salesinbox.network, entered.imap, entered.smtp, incoming, outgoing)
    if not tried.works:
        form = with_faults(language, entered, service_named(provider), tried.imap, tried.smtp, whole=provider is None)
        return open_form(desk, owner, provider, form)
    return keep(
        desk,
        owner,
        address=entered.form.address,
        name=entered.form.name,
        provider=CUSTOM if provider is None else provider.key,
        sign_in=SignIn.PASSWORD,
        servers=(entered.imap, entered.smtp),
        secrets=entered.secrets,
    )


def _choose(desk: MailboxDesk, form: MailboxForm) -> Response:
    language = desk.pages.language()
    known = tuple(ServiceChoice(f"{NEW}/{one.key}", one.name, _way_in(desk, language, one)) for one in desk.providers)
    other = ServiceChoice(f"{NEW}/{CUSTOM}", language.text("Another service"), language.text("By its servers (IMAP and SMTP)"))
    view = NewView(language.text("Connect a mailbox"), form, (*known, other))
    return desk.pages.show("mailboxes_new.html", view, 422 if form.problems else 200)


def _way_in(desk: MailboxDesk, language: Language, provider: Provider) -> str:
    name = _consent_name(desk, provider)
    if name:
        return language.text("Sign in at {service}", service=name)
    return language.text("With an app password") if provider.app_passwords else language.text("With its own sign-in")


def open_form(desk: MailboxDesk, owner: Owner, provider: Provider | None, form: MailboxForm) -> Response:
    """The page of a provider, None for another service."""
    language = desk.pages.language()
    name = "" if provider is None else provider.name
    consent_name = _consent_name(desk, provider)
    delegated = _delegated(desk, owner, provider)
    by_password = provider is None or provider.takes_passwords
    place = _place(owner, provider, form)
    view = ConnectView(
        title=language.text("Connect {service}", service=name) if name else language.text("Connect another service"),
        key=CUSTOM if provider is None else provider.key,
        service=name,
        form=form,
        domain=owner.workspace.domain,
        delegated=delegated,
        consent=consent_name.lower(),
        consent_name=consent_name,
        steps=() if provider is None else provider.app_password_steps(language),
        link="" if provider is None else provider.app_password_link(place),
        by_password=by_password,
        whole=provider is None,
        places=tuple(one.name for one in provider.places) if provider is not None and len(provider.places) > 1 else (),
        place=place,
        unset=not (consent_name or delegated or by_password),
    )
    return desk.pages.show("mailboxes_connect.html", view, 422 if form.problems else 200)


def _consent_name(desk: MailboxDesk, provider: Provider | None) -> str:
    """Of the service whose consent opens this provider's mailboxes here."""
    ways = () if provider is None else provider.sign_ins
    return next((CONSENTS[way] for way in ways if way in CONSENTS and way in desk.salesinbox.sign_ins.consents), "")


def _delegated(desk: MailboxDesk, owner: Owner, provider: Provider | None) -> str:
    if provider is None or SignIn.DELEGATION not in provider.sign_ins or not desk.delegates:
        return ""
    return delegated_address(owner.who, owner.policy)


def _place(owner: Owner, provider: Provider | None, form: MailboxForm) -> str:
    """The data centre that was chosen, else the address's own, else the one of the person's CRM."""
    if provider is None:
        return ""
    names = {one.name for one in provider.places}
    chosen = request.form.get("place", "")
    if chosen in names:
        return chosen
    domain = form.address.rpartition("@")[2]
    if not any(one.has(domain) for one in provider.places) and isinstance(owner.who, Caller):
        target = owner.who.access.target
        cloud = _CLOUDS.get(target.org_id.partition(".")[0], "") if target.kind is CrmKind.ZOHO else ""
        if cloud in names:
            return cloud
    return provider.place_of(form.address).name


def _named(desk: MailboxDesk, key: str) -> Provider | None:
    """None for servers of one's own. NotFound."""
    provider = desk.provider(key)
    if provider is None and key != CUSTOM:
        raise NotFound
    return provider


def _empty(owner: Owner) -> MailboxForm:
    return proposed(owner.person.email, owner.person.name)
