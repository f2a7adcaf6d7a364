"""Who is at the door of a page? Either somebody who may go in, or the page that says why not and what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request

from console.pages import MessageView, Pages
from console.session import end_session, signed_in_person
from i18n import Language
from tenants.connect_links import ConnectLinks
from tenants.directory import Directory
from tenants.people import Caller, Missing, NotConnected, NotInstalled
from tenants.sign_in import is_local_path

HOME = "/crm"


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
    """`sample_people` is empty outside development; `target` is where to go after acting as one of them."""

    title: str
    lines: tuple[str, ...]
    sample_people: tuple[SamplePerson, ...]
    target: str


class Visitors:
    """Loads the person again on every request: whoever lost his rights is out at once."""

    def __init__(self, directory: Directory, pages: Pages, connect_links: ConnectLinks, act_as: ActAs | None) -> None:
        self._directory = directory
        self._pages = pages
        self._connect_links = connect_links
        self._act_as = act_as

    def person(self) -> Caller | NotConnected | Response:
        """Whoever is signed in and belongs to a workspace, connected or not."""
        person_id = signed_in_person()
        if person_id is None:
            return self.signed_out()
        who = self._directory.by_person(person_id)
        if who is None:
            end_session()
            return self.signed_out()
        return self._not_installed(who) if isinstance(who, NotInstalled) else who

    def caller(self) -> Caller | Response:
        """Whoever can work with the CRM."""
        who = self.person()
        return self._not_connected(who) if isinstance(who, NotConnected) else who

    def signed_out(self) -> Response:
        """The page for a browser that is not signed in (any more)."""
        language = self._pages.language()
        return self._entrance(
            language.text("You are not signed in"),
            (language.text("Open a mail in Gmail and press “View in CRM”. That signs you in here."),),
            401,
        )

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

    def _entrance(self, title: str, lines: tuple[str, ...], status: int) -> Response:
        target = request.full_path.rstrip("?") if request.method == "GET" and status == 401 else HOME  # noqa: PLR2004
        people = self._act_as.people if self._act_as else ()
        view = SignedOutView(title, lines, people, target if is_local_path(target) else HOME)
        return self._pages.show("signed_out.html", view, status)

    def _not_installed(self, who: NotInstalled) -> Response:
        language = self._pages.language()
        line = language.text("Nobody has installed Sidecard for {domain}.", domain=who.identity.domain)
        return self._pages.message(MessageView(language.text("Not installed"), (line,)), 403)

    def _not_connected(self, who: NotConnected) -> Response:
        language = self._pages.language()
        if who.missing is Missing.CRM_USER:
            view = MessageView(language.text("No user in the CRM"), (no_crm_user(language, who.person.email),))
        elif who.missing is Missing.GRANT:
            view = MessageView(
                language.text("Zoho CRM is not connected"),
                (no_grant(language),),
                (self._connect_links.make(who.person.id), language.text("Connect Zoho CRM")),
            )
        else:
            view = MessageView(
                language.text("No CRM connected"),
                (language.text("{domain} has no CRM connected yet.", domain=who.workspace.domain),),
                (self._connect_links.make(who.person.id), language.text("Connect a CRM")),
            )
        return self._pages.message(view, 403)


def no_crm_user(language: Language, email: str) -> str:
    return language.text("The CRM has no active user with the address {address}. Ask its administrator to add you.", address=email)


def no_grant(language: Language) -> str:
    return language.text("Your company works with Zoho CRM, and everybody connects their own Zoho account. You have not, or not any more.")
