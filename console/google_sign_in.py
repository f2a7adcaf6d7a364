"""Signing in with Google, and letting Google say who administers his company. One way there, one address to come back to.

The way is good once, for ten minutes, in the browser that set out: `state`, `nonce` and the PKCE verifier are in its session.
"""

import logging
from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.administrators import SETUP, ProofDoor
from console.pages import MessageView, Pages, see_other
from console.prefetch import only_looking
from console.session import GoogleWalk, come_back, set_out, signed_in_person, start_session
from console.visitors import HOME, Visitors
from tenants.audit import Action, Audit
from tenants.directory import Directory
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.directory_api import DIRECTORY_SCOPE
from tenants.google.oidc import SIGN_IN_SCOPES, GoogleSignIn, SignedIn
from tenants.people import Caller, NotConnected, NotInstalled, NotTold
from tenants.sign_in import is_local_path

CALLBACK = "/signin/google/callback"

_log = logging.getLogger(__name__)


def add_google_pages(
    console: Blueprint, pages: Pages, visitors: Visitors, directory: Directory, google: GoogleSignIn, proof: ProofDoor, audit: Audit
) -> None:
    walks = _Walks(pages, visitors, directory, google, proof, audit)
    console.post("/signin/google", endpoint="google_sign_in")(walks.sign_in)
    console.post("/setup/proof", endpoint="google_proof")(walks.prove)
    console.get(CALLBACK, endpoint="google_callback")(walks.come_back)


@dataclass(frozen=True, slots=True)
class _Walks:
    pages: Pages
    visitors: Visitors
    directory: Directory
    google: GoogleSignIn
    proof: ProofDoor
    audit: Audit

    def sign_in(self) -> Response:
        walk = set_out(_local(request.form.get("target", ""), HOME))
        return self._onward(self.google.authorize_url(walk.state, walk.nonce, walk.verifier))

    def prove(self) -> Response:
        who = self.visitors.person()
        if isinstance(who, Response):
            return who
        walk = set_out(_local(request.form.get("target", ""), SETUP), who.person.id)
        scopes = (*SIGN_IN_SCOPES, DIRECTORY_SCOPE)
        # No choice of accounts: it has to be the one he is signed in with here.
        return self._onward(self.google.authorize_url(walk.state, walk.nonce, walk.verifier, scopes, who.person.email, prompt=""))

    def _onward(self, address: str) -> Response:
        return self.pages.onward(address, self.pages.language().text("On to Google …"))

    def come_back(self) -> Response:
        if only_looking():
            return Response(status=204, headers=[("Cache-Control", "no-store")])
        walk = come_back(request.args.get("state", ""))
        if walk is None:
            return self._spent()
        again = (SETUP if walk.prove_as else "/signin", self.pages.language().text("Try again"))
        if "error" in request.args or not request.args.get("code"):
            return self._refused(walk, again)
        try:
            signed_in = self.google.exchange(request.args["code"], walk.nonce, walk.verifier)
            return self._prove(walk, signed_in) if walk.prove_as is not None else self._let_in(walk, signed_in)
        except GoogleRefused as error:
            _log.warning("a sign-in with Google came to nothing: %s", error)
            return self._not_believed(again)
        except GoogleUnavailable as error:
            _log.warning("a sign-in with Google came to nothing: %s", error)
            return self.pages.google_silent(again)

    def _let_in(self, walk: GoogleWalk, signed_in: SignedIn) -> Response:
        who = self._known(signed_in)
        if isinstance(who, Response):
            return who
        start_session(who.person.id)
        self.audit.note(who.workspace.id, who.person, Action.SIGNED_IN)
        return see_other(walk.target)

    def _prove(self, walk: GoogleWalk, signed_in: SignedIn) -> Response:
        """GoogleRefused, GoogleUnavailable."""
        who = self._known(signed_in)
        if isinstance(who, Response):
            return who
        if who.person.id != walk.prove_as or signed_in_person() != walk.prove_as:
            return self._other_account(signed_in.identity.email)
        return self.proof.take_in(who, signed_in) or see_other(walk.target)

    def _known(self, signed_in: SignedIn) -> Caller | NotConnected | Response:
        who = self.directory.resolve(signed_in.identity)
        match who:
            case NotInstalled():
                return self.visitors.not_installed(who)
            case NotTold():
                return self.visitors.not_told(who)
            case _:
                return who

    def _spent(self) -> Response:
        language = self.pages.language()
        lines = (
            language.text("It was for one use, for ten minutes, and for the browser it began in."),
            language.text("Begin again. Nothing was changed."),
        )
        view = MessageView(language.text("This sign-in does not work any more"), lines, ("/signin", language.text("To the sign-in")))
        return self.pages.message(view, 410)

    def _refused(self, walk: GoogleWalk, again: tuple[str, str]) -> Response:
        language = self.pages.language()
        if walk.prove_as is not None:
            line = language.text("You did not let Google tell Sidecard whether you are an administrator. Nothing was changed.")
        else:
            line = language.text("You did not sign in with Google. Nothing was changed.")
        return self.pages.message(MessageView(language.text("Cancelled"), (line,), again), 200)

    def _not_believed(self, again: tuple[str, str]) -> Response:
        language = self.pages.language()
        lines = (
            language.text(
                "Google did not confirm who you are. The way back may have been used already, or this service is not set up for it."
            ),
            language.text("Begin again. If it stays so, tell whoever operates this service."),
        )
        return self.pages.message(MessageView(language.text("That did not work"), lines, again), 403)

    def _other_account(self, address: str) -> Response:
        language = self.pages.language()
        lines = (
            language.text(
                "You chose {address} at Google, but you are signed in here as somebody else. Nothing was changed.", address=address
            ),
            language.text("Choose the same account, or sign out here first."),
        )
        return self.pages.message(MessageView(language.text("Another account"), lines, (SETUP, language.text("Try again"))), 403)


def _local(target: str, otherwise: str) -> str:
    return target if is_local_path(target) and not target.startswith("/signin") else otherwise
