"""Who is at the door of a page? Either somebody who may go in, or the page that says why not and what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request

from console.pages import MessageView, Pages
from console.session import end_session, signed_in_person
from i18n import Language
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.people import CONSUMER_DOMAINS, Caller, Missing, NotConnected, NotInstalled, NotTold, Workspace
from tenants.sign_in import is_local_path

HOME = "/home"


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody the development trust root lets one act as."""

    label: str
    email: str


@dataclass(frozen=True, slots=True)
class ActAs:
    """The sample people, and how an address of theirs becomes a person id (None if there is no such person)."""

    people: tuple[SamplePerson, ...]
    person_id: Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class SignedOutView:
    """`google`: one can sign in with Google. `sample_people` is empty outside development. `target` is where to go afterwards."""

    title: str
    lines: tuple[str, ...]
    google: bool
    sample_people: tuple[SamplePerson, ...]
    target: str


class Visitors:
    """Loads the person again on every request: whoever lost his rights is out at once. `google`: one can sign in with it."""

    def __init__(
        self, directory: Directory, pages: Pages, connect_links: ConnectLinks, act_as: ActAs | None, *, google: bool = False
    ) -> None:
        self._directory = directory
        self._pages = pages
        self._connect_links = connect_links
        self._act_as = act_as
        self._google = google

    def person(self) -> Caller | NotConnected | Response:
        """Whoever is signed in and belongs to a workspace, connected or not."""
        person_id = signed_in_person()
        if person_id is None:
            return self.signed_out()
        who = self._directory.by_person(person_id)
        if who is None:
            end_session()
            return self.signed_out()
        return self.not_installed(who) if isinstance(who, NotInstalled) else who

    def caller(self) -> Caller | Response:
        """Whoever can work with the CRM."""
        who = self.person()
        return self.not_connected(who) if isinstance(who, NotConnected) else who

    def signed_out(self) -> Response:
        """The page for a browser that is not signed in (any more)."""
        language = self._pages.language()
        from_card = language.text("Open a mail in Gmail and press “View in CRM”. That signs you in here.")
        lines = (language.text("Sign in with the Google account you use Gmail with."),) if self._google else (from_card,)
        return self._entrance(language.text("You are not signed in"), lines, 401)

    def link_spent(self) -> Response:
        """The page for a sign-in link that is used, too old or not ours."""
        language = self._pages.language()
        return self._entrance(
            language.text("This link does not work any more"),
            (
                language.text("It was for one use, and only for two minutes."),
                language.text("Go back to Gmail and press “View in CRM” again."),
            ),
            410,
        )

    def not_installed(self, who: NotInstalled) -> Response:
        language, identity = self._pages.language(), who.identity
        market = language.text("Install it from the Google Workspace Marketplace, then sign in again.")
        if identity.domain in CONSUMER_DOMAINS:
            lines: tuple[str, ...] = (language.text("Sidecard is not installed for {address}.", address=identity.email), market)
        else:
            lines = (
                language.text("Nobody has installed Sidecard for {domain}.", domain=identity.domain),
                language.text("Ask your company's Google Workspace administrator, or install it for yourself."),
                market,
            )
        return self._pages.message(MessageView(language.text("Not installed"), lines, _to_sign_in(language)), 403)

    def not_told(self, who: NotTold) -> Response:
        """Google does not say whether he has installed it."""
        language = self._pages.language()
        line = language.text("Google does not say now whether Sidecard is installed for {address}.", address=who.identity.email)
        lines = (line, language.text("Nothing is lost. Try again in a moment."))
        return self._pages.message(MessageView(language.text("Google does not answer"), lines, _to_sign_in(language)), 503)

    def not_connected(self, who: NotConnected) -> Response:
        language = self._pages.language()
        way, connect = self._connect_links.make(who.person.id), language.text("Connect a CRM")
        match who.missing:
            case Missing.CRM_USER:
                view = MessageView(language.text("No user in the CRM"), (no_crm_user(language, who.person.email),))
            case Missing.GRANT:
                title = language.text("Zoho CRM is not connected")
                view = MessageView(title, (no_grant(language),), (way, language.text("Connect Zoho CRM")))
            case Missing.ADMINISTRATOR:
                set_up = ("/setup", language.text("I am an administrator"))
                view = MessageView(language.text("No CRM connected"), (no_organisation(language, who.workspace),), set_up)
            case Missing.CONNECTION:
                view = MessageView(language.text("No CRM connected"), (no_crm(language, who),), (way, connect))
        return self._pages.message(view, 403)

    def _entrance(self, title: str, lines: tuple[str, ...], status: int) -> Response:
        target = request.full_path.rstrip("?") if request.method == "GET" and status == 401 else HOME  # noqa: PLR2004
        target = target if is_local_path(target) and not target.startswith("/signin") else HOME
        people = self._act_as.people if self._act_as else ()
        view = SignedOutView(title, lines, self._google, people, target)
        return self._pages.show("signed_out.html", view, status)


def is_personal(workspace: Workspace) -> bool:
    """One person's own, not a company's."""
    return "@" in workspace.domain


def why_not(language: Language, who: NotConnected) -> str:
    """Why somebody cannot work with the CRM yet, in a sentence."""
    match who.missing:
        case Missing.CRM_USER:
            return no_crm_user(language, who.person.email)
        case Missing.GRANT:
            return no_grant(language)
        case Missing.ADMINISTRATOR:
            return no_organisation(language, who.workspace)
        case Missing.CONNECTION:
            return no_crm(language, who)


def no_crm_user(language: Language, email: str) -> str:
    return language.text("The CRM has no active user with the address {address}. Ask its administrator to add you.", address=email)


def no_grant(language: Language) -> str:
    return language.text("Your company works with Zoho CRM, and everybody connects their own Zoho account. You have not, or not any more.")


def no_organisation(language: Language, workspace: Workspace) -> str:
    return language.text("The administrator of {domain} has not connected the CRM yet.", domain=workspace.domain)


def no_crm(language: Language, who: NotConnected) -> str:
    return language.text("{domain} has no CRM connected yet.", domain=who.workspace.domain)


def _to_sign_in(language: Language) -> tuple[str, str]:
    return "/signin", language.text("To the sign-in")
