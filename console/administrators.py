"""Who may see the set-up pages: somebody Google says is an administrator of his company's Workspace.

    proof.at_the_door() -> Administrator | Response

Every page of the set-up asks, on GET and on POST, and shows the Response it gets instead. Google's word is asked for again
every few minutes with the permission his browser keeps, so that who is no administrator any more is out within minutes.
Where the operator named the company in the settings and no Google sign-in is configured, the CRM's own administrators count.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from console.pages import MessageView, Pages
from console.session import keep_token, kept_token
from console.visitors import HOME, Visitors, is_personal
from crm_client.open import Crms
from db import now
from tenants.administrators import Administrators
from tenants.audit import Action, Audit
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.directory_api import DIRECTORY_SCOPE, DirectoryApi, DirectoryPerson
from tenants.google.oidc import SignedIn
from tenants.installs import Installs, Source
from tenants.people import Caller, Missing, NotConnected, Person, Via, Workspace
from tenants.vault import Vault, VaultDamaged

ASKED_AGAIN_AFTER = timedelta(minutes=5)
SETUP = "/setup"
_PURPOSE = "directory token"
_NO_ADMINISTRATOR = "forbidden"
"""What Google answers to somebody who asks about administrators without being one."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """Proven, of this workspace and of no other. `by_google`: else it is the CRM's word, for development and operators' domains."""

    person: Person
    workspace: Workspace
    who: Caller | NotConnected
    by_google: bool


@dataclass(frozen=True, slots=True)
class ProofView:
    """`target` is the page to go on to. `again`: it was proven before, and Google is to say it anew."""

    title: str
    person: Person
    workspace: Workspace
    target: str
    again: bool
    unsaved: bool


class ProofDoor:
    """Made once by `create_console`. `directory_api` is None where Google sign-in is not configured."""

    def __init__(
        self,
        pages: Pages,
        visitors: Visitors,
        crms: Crms,
        installs: Installs,
        administrators: Administrators,
        audit: Audit,
        vault: Vault,
        directory_api: DirectoryApi | None,
    ) -> None:
        self._pages = pages
        self._visitors = visitors
        self._crms = crms
        self._installs = installs
        self._administrators = administrators
        self._audit = audit
        self._vault = vault
        self._api = directory_api

    @property
    def by_google(self) -> bool:
        """Whether Google can be asked at all."""
        return self._api is not None

    def at_the_door(self) -> Administrator | Response:
        """The administrator this browser is signed in as, or the page that says why not and what to do."""
        who = self._visitors.person()
        if isinstance(who, Response):
            return who
        if is_personal(who.workspace):
            return self._for_companies(who)
        return self._by_crm(who) if self._api is None else self._by_google(self._api, who)

    def take_in(self, who: Caller | NotConnected, signed_in: SignedIn) -> Response | None:
        """He has come back from Google with his consent. None: he is an administrator. GoogleRefused, GoogleUnavailable."""
        if self._api is None or is_personal(who.workspace):
            return self._for_companies(who)
        if DIRECTORY_SCOPE not in signed_in.scopes:
            return self._unticked()
        try:
            found = self._api.person(signed_in.access_token, signed_in.identity.email)
        except GoogleRefused as error:
            if error.reason != _NO_ADMINISTRATOR:
                raise
            return self._none(who, None)
        if not found.is_admin:
            return self._none(who, found)
        keep_token(self._vault.seal(_PURPOSE, signed_in.access_token))
        if self._administrators.prove(who.workspace.id, who.person.id):
            self._audit.note(who.workspace.id, who.person, Action.ADMINISTRATOR_PROVEN)
        return None

    def token(self) -> str | None:
        """What reads the company's directory, with the administrator's own permission; None where he has to give it anew."""
        sealed = kept_token()
        try:
            return None if sealed is None else self._vault.open(_PURPOSE, sealed)
        except VaultDamaged:
            return None

    def ask(self, who: Caller | NotConnected, *, again: bool = False) -> Response:
        """The page with the button to Google."""
        language = self._pages.language()
        looking = request.method == "GET"
        view = ProofView(
            title=language.text("Prove that you administer {domain}", domain=who.workspace.domain),
            person=who.person,
            workspace=who.workspace,
            target=request.full_path.rstrip("?") if looking else _step(request.path),
            again=again,
            unsaved=not looking,
        )
        return self._pages.show("proof.html", view, 403)

    def _by_google(self, api: DirectoryApi, who: Caller | NotConnected) -> Administrator | Response:
        proven_at = self._administrators.proven_at(who.workspace.id, who.person.id)
        if proven_at is None:
            return self.ask(who)
        proven = Administrator(who.person, who.workspace, who, by_google=True)
        if proven_at > now() - ASKED_AGAIN_AFTER:
            return proven
        token = self.token()
        if token is None:
            return self.ask(who, again=True)
        try:
            found = api.person(token, who.person.email)
        except GoogleUnavailable:
            return self._pages.google_silent((SETUP, self._pages.language().text("Try again")))
        except GoogleRefused as error:
            return self._none(who, None) if error.reason == _NO_ADMINISTRATOR else self.ask(who, again=True)
        if not found.is_admin or found.suspended:
            return self._none(who, found)
        self._administrators.prove(who.workspace.id, who.person.id)
        return proven

    def _by_crm(self, who: Caller | NotConnected) -> Administrator | Response:
        """CrmError."""
        install, language = self._installs.of_domain(who.workspace.id), self._pages.language()
        if install is None or install.source is not Source.OPERATOR:
            line = language.text("This service is not set up to ask Google who administers {domain}.", domain=who.workspace.domain)
            lines = (line, language.text("Tell whoever operates it: it needs a client for “Sign in with Google”."))
            return self._pages.message(MessageView(language.text("Nobody can be proven an administrator"), lines), 503)
        if isinstance(who, NotConnected):
            if who.missing is Missing.CONNECTION:
                # As long as there is no CRM nobody is its administrator: whoever connects it decides.
                return Administrator(who.person, who.workspace, who, by_google=False)
            return self._visitors.not_connected(who)
        if who.via is Via.OWN and self._crms.open(who.access, language).whoami().user.admin:
            return Administrator(who.person, who.workspace, who, by_google=False)
        line = language.text("These pages are for administrators of your CRM. Your profile there is another one.")
        back = (HOME, language.text("To the start page"))
        return self._pages.message(MessageView(language.text("You may not see this"), (line,), back), 403)

    def _none(self, who: Caller | NotConnected, found: DirectoryPerson | None) -> Response:
        self._administrators.end(who.workspace.id, who.person.id)
        language = self._pages.language()
        delegated = found is not None and found.is_delegated_admin
        lines = (
            language.text(
                "Google says that {address} is not a super administrator of {domain}.",
                address=who.person.email,
                domain=who.workspace.domain,
            ),
            language.text("You administer part of it; these pages need a super administrator.")
            if delegated
            else language.text("Ask whoever makes Google accounts in your company: it is one of the super administrators."),
            language.text("In the Admin console: Account > Admin roles > Super Admin lists them."),
        )
        return self._pages.message(
            MessageView(language.text("You are no administrator"), lines, (HOME, language.text("To the start page"))), 403
        )

    def _unticked(self) -> Response:
        language = self._pages.language()
        lines = (
            language.text("Google was not allowed to tell Sidecard who you are in your company's directory."),
            language.text("Try again and leave the box ticked. Sidecard reads the list of people, and changes nothing in it."),
        )
        view = MessageView(language.text("One permission is missing"), lines, (SETUP, language.text("Try again")))
        return self._pages.message(view, 403)

    def _for_companies(self, who: Caller | NotConnected) -> Response:
        language = self._pages.language()
        lines = (
            language.text("You use Sidecard for yourself, as {address}. There is nothing to set up for others.", address=who.person.email),
            language.text("For a whole company, an administrator installs Sidecard from the Google Workspace Marketplace."),
        )
        view = MessageView(language.text("Set-up is for companies"), lines, ("/me", language.text("My account")))
        return self._pages.message(view, 403)


def _step(path: str) -> str:
    """The page of the set-up that a form stood on: "/setup/people" for "/setup/people/import"."""
    return "/".join(path.split("/")[:3]) if path.startswith(f"{SETUP}/") else SETUP
