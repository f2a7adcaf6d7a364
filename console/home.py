"""Where everybody arrives: who I am, which CRM I work with, and where one can go from here."""

from dataclasses import dataclass

from flask import Blueprint, Response

from console.administrators import SETUP, ProofDoor
from console.crm import CRM
from console.mailboxes.boxes import HERE as MAILBOXES
from console.pages import Pages
from console.visitors import HOME, Visitors, is_personal, no_crm_user, no_grant, why_not
from crm_client.errors import AuthExpired, Forbidden, RateLimited, Unavailable
from crm_client.open import CrmKind, Crms
from crm_client.records import Identity
from i18n import Language
from tenants.connect_links import ConnectLinks
from tenants.people import Caller, Missing, NotConnected, Person, Via, Workspace

NOTHING_TO_CONNECT = (Missing.CRM_USER, Missing.ADMINISTRATOR)
"""Only an administrator can help."""


@dataclass(frozen=True, slots=True)
class Way:
    """A link with a sentence on what is there."""

    url: str
    label: str
    line: str


@dataclass(frozen=True, slots=True)
class HomeView:
    """`crm` is None where there is none to tell of; `crm_line` says why then, or by whose permission one works."""

    title: str
    person: Person
    workspace: Workspace
    personal: bool
    crm: Identity | None
    crm_line: str
    connect: str
    ways: tuple[Way, ...]


def add_home_page(console: Blueprint, pages: Pages, visitors: Visitors, crms: Crms, connect_links: ConnectLinks, proof: ProofDoor) -> None:
    @console.get(HOME)
    def home() -> Response:
        who = visitors.person()
        if isinstance(who, Response):
            return who
        language = pages.language()
        crm, line = my_crm(crms, language, who)
        can_connect = isinstance(who, NotConnected) and who.missing not in NOTHING_TO_CONNECT
        view = HomeView(
            title=language.text("Welcome, {name}", name=who.person.name),
            person=who.person,
            workspace=who.workspace,
            personal=is_personal(who.workspace),
            crm=crm,
            crm_line=line or by_whose_permission(language, who),
            connect=connect_links.make(who.person.id) if can_connect else "",
            ways=_ways(language, who, administers=_may_administer(who, crm, proof)),
        )
        return pages.show("home.html", view)


def my_crm(crms: Crms, language: Language, who: Caller | NotConnected) -> tuple[Identity | None, str]:
    """The organisation and its user; or None and a sentence that says why not."""
    if isinstance(who, NotConnected):
        return None, why_not(language, who)
    try:
        return crms.open(who.access, language).whoami(), ""
    except Forbidden:
        return None, no_crm_user(language, who.person.email)
    except AuthExpired:
        # Found out just now: the next page will offer to connect again.
        return None, no_grant(language)
    except (Unavailable, RateLimited):
        return None, language.text("The CRM does not answer at the moment. Nothing is lost.")


def by_whose_permission(language: Language, who: Caller | NotConnected) -> str:
    """A sentence where it is not the person's own."""
    if isinstance(who, Caller) and who.via is Via.SHARED:
        return language.text("You work by your company's connection, with the rights of your user in the CRM.")
    return ""


def _may_administer(who: Caller | NotConnected, crm: Identity | None, proof: ProofDoor) -> bool:
    """Whether the set-up pages are worth a link; they ask for themselves."""
    if is_personal(who.workspace):
        return False
    if proof.by_google or (isinstance(who, NotConnected) and who.missing is Missing.CONNECTION):
        return True
    return crm is not None and crm.user.admin


def _ways(language: Language, who: Caller | NotConnected, *, administers: bool) -> tuple[Way, ...]:
    me = Way("/me", language.text("My account"), language.text("My further addresses, my connection to the CRM."))
    mailboxes = Way(MAILBOXES, language.text("My mailboxes"), language.text("My own mail under the leads and contacts it concerns."))
    ways = [mailboxes, me]
    if isinstance(who, Caller) and who.access.target.kind is CrmKind.EMBEDDED:
        ways.insert(0, Way(CRM, language.text("Leads and contacts"), language.text("Everybody in the CRM, with mails, notes and tasks.")))
    if administers:
        line = language.text("For administrators: connect the CRM, match people, set the rules.")
        ways.append(Way(SETUP, language.text("Set-up"), line))
    return tuple(ways)
