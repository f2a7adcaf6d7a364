"""Connecting a Zoho account: to Zoho's consent page, back, a look at both accounts, and only then are they tied together.

    POST /connect/<token>/zoho                    off to Zoho
    GET  /oauth/zoho/callback                     back, with a code or a refusal
    GET  /oauth/zoho/consent/<state>              these two accounts?
    POST /oauth/zoho/consent/<state>/connect      yes
    POST /oauth/zoho/consent/<state>/cancel       no: what Zoho granted is given back

`state` belongs to one browser and one person. The person is whoever pressed the button in Gmail.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.connect import LinkBearers
from console.pages import MessageView, Pages, see_other
from console.session import browser_id, signed_in_person
from console.zoho_trouble import consent_trouble
from crm_client.errors import CrmError, Unavailable
from crm_client.open import CrmKind, Target
from crm_client.zoho.data_centres import DataCentres
from crm_client.zoho.introduction import administers, introduce
from crm_client.zoho.oauth import Granted, ZohoOAuth
from i18n import Language
from outbound import Http
from tenants.connect_links import PATH
from tenants.connections import AdministratorFirst, Connected, Connections, OtherOrganisation, target_of
from tenants.consents import Consents, Held, Walk
from tenants.grants import Grants
from tenants.people import Caller, NotConnected
from tenants.policies import Policies

CALLBACK = "/oauth/zoho/callback"
_CONSENT = "/oauth/zoho/consent/"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ZohoDoor:
    """What connecting to Zoho needs; made by the composition root where a Zoho client is in the settings."""

    http: Http
    data_centres: DataCentres
    oauth: ZohoOAuth
    grants: Grants
    consents: Consents

    @property
    def consent_pages(self) -> tuple[str, ...]:
        """Zoho sends people on to their own data centre, and a form may lead only where its page says."""
        return tuple(one.accounts for one in self.data_centres.all)


@dataclass(frozen=True, slots=True)
class ConsentView:
    """Both accounts. `differ`: their addresses do; `first`: this decides the CRM of the whole workspace."""

    title: str
    google: str
    domain: str
    held: Held
    data_centre: str
    differ: bool
    first: bool
    action: str


def add_zoho_pages(
    console: Blueprint,
    pages: Pages,
    bearers: LinkBearers,
    connections: Connections,
    door: ZohoDoor,
    policies: Policies,
    connected: Callable[[Target, int], None],
) -> None:
    walks = _Walks(pages, bearers, connections, door, policies, connected)
    console.post(PATH + "<token>/zoho", endpoint="zoho_begin")(walks.begin)
    console.get(CALLBACK, endpoint="zoho_callback")(walks.come_back)
    console.get(_CONSENT + "<state>", endpoint="zoho_consent")(walks.show)
    console.post(_CONSENT + "<state>/connect", endpoint="zoho_connect")(walks.connect)
    console.post(_CONSENT + "<state>/cancel", endpoint="zoho_cancel")(walks.cancel)


class _Walks:
    def __init__(
        self,
        pages: Pages,
        bearers: LinkBearers,
        connections: Connections,
        door: ZohoDoor,
        policies: Policies,
        connected: Callable[[Target, int], None],
    ) -> None:
        self._pages = pages
        self._bearers = bearers
        self._connections = connections
        self._door = door
        self._policies = policies
        self._connected = connected

    def begin(self, token: str) -> Response:
        who = self._bearers.bearer(token)
        if who is None:
            return self._bearers.link_spent()
        if self._somebody_else(who.person.id):
            return self._wrong_account(who)
        connected = self._connections.of(who.workspace)
        if connected is not None and connected.target.kind is not CrmKind.ZOHO:
            return see_other(PATH + token)
        walk = self._door.consents.begin(who.person.id, browser_id())
        response = see_other(self._door.oauth.authorize_url(walk.state, walk.verifier))
        response.call_on_close(self._door.consents.sweep)
        return response

    def come_back(self) -> Response:
        if request.method == "HEAD":
            return Response(status=204, headers=[("Cache-Control", "no-store")])
        state = request.args.get("state", "")
        walk = self._door.consents.take(state, browser_id())
        if walk is None:
            return self._wrong_browser() if self._door.consents.is_under_way(state) else self._spent()
        who = self._bearers.directory.by_person(walk.person_id)
        if not isinstance(who, Caller | NotConnected):
            return self._spent()
        if self._somebody_else(who.person.id):
            return self._wrong_account(who)
        if "error" in request.args or not request.args.get("code"):
            return self._refused(who)
        try:
            return self._take_in(walk, who)
        except CrmError as error:
            _log.warning("a consent came to nothing: %s: %s", type(error).__name__, error)
            view, status = consent_trouble(self._language(), error, self._again(who))
            return self._pages.message(view, status)

    def _take_in(self, walk: Walk, who: Caller | NotConnected) -> Response:
        """The code becomes tokens, the tokens get a name. CrmError, with nothing left behind at Zoho."""
        door = self._door
        data_centre = door.oauth.came_from(request.args.get("location", ""), request.args.get("accounts-server", ""))
        # Zoho keeps twenty permissions of a user and silently drops the oldest: the one to be replaced goes first.
        door.grants.end(who.person.id)
        granted = door.oauth.exchange(request.args["code"], data_centre, walk.verifier)
        try:
            held = Held(walk.person_id, granted, introduce(door.http, granted.api, granted.access_token))
        except CrmError:
            self._give_back(granted)
            raise
        connected = self._connections.of(who.workspace)
        if connected is not None and connected.target != target_of(held) and not self._policies.of(who.workspace.id).other_organisations:
            self._give_back(granted)
            return self._other_organisation(held, connected)
        if connected is None and self._bearers.company_needs_administrator(who) and not self._administers_crm(held):
            self._give_back(granted)
            return self._no_administrator(held)
        if not door.consents.hold(walk, granted, held.introduction):
            self._give_back(granted)
            return self._spent()
        return see_other(_CONSENT + walk.state)

    def show(self, state: str) -> Response:
        held = self._door.consents.held(state, browser_id())
        who = None if held is None else self._bearers.directory.by_person(held.person_id)
        if held is None or not isinstance(who, Caller | NotConnected):
            return self._spent()
        data_centre = held.granted.data_centre
        own = {who.person.email.lower(), *who.person.aliases}
        view = ConsentView(
            title=self._language().text("Connect these two accounts?"),
            google=who.person.email,
            domain=who.workspace.domain,
            held=held,
            data_centre=f"{data_centre.location.upper()} ({data_centre.accounts.partition('://')[2]})",
            differ=held.introduction.user_email not in own,
            first=self._connections.of(who.workspace) is None,
            action=_CONSENT + state,
        )
        return self._pages.show("consent.html", view)

    def connect(self, state: str) -> Response:
        browser, consents = browser_id(), self._door.consents
        held = consents.held(state, browser)
        who = None if held is None else self._bearers.directory.by_person(held.person_id)
        if held is None or not isinstance(who, Caller | NotConnected):
            return self._spent()
        if self._somebody_else(who.person.id):
            return self._wrong_account(who)
        try:
            kept = self._connections.connect_zoho(
                who.person, who.workspace, held, self._door.grants, lambda connection: consents.spend(connection, state, browser)
            )
        except AdministratorFirst:
            self._cancelled(state)
            return self._bearers.administrators_first(who)
        except OtherOrganisation:
            # A colleague was faster, with another organisation.
            self._cancelled(state)
            connected = self._connections.of(who.workspace)
            return self._spent() if connected is None else self._other_organisation(held, connected)
        if not kept:
            return self._spent()
        self._connected(target_of(held), who.person.id)
        return see_other(self._again(who))

    def cancel(self, state: str) -> Response:
        given_back = self._cancelled(state)
        if given_back is None:
            return self._spent()
        language = self._language()
        line = (
            language.text("What you allowed has been given back to Zoho.")
            if given_back
            else language.text("Zoho does not answer. What you allowed will be given back as soon as it does.")
        )
        lines = (line, language.text("Your Zoho account is not connected now. You can close this window."))
        return self._pages.message(MessageView(language.text("Nothing was connected"), lines), 200)

    def _cancelled(self, state: str) -> bool | None:
        """None: there was nothing to cancel. False: Zoho does not know it yet."""
        try:
            return True if self._door.consents.give_back(state, browser_id()) else None
        except Unavailable as error:
            _log.warning("a cancelled consent is given back later: %s", error)
            return False

    def _administers_crm(self, held: Held) -> bool:
        """CrmError."""
        return administers(self._door.http, held.granted.api, held.granted.access_token, held.introduction.user_id)

    def _no_administrator(self, held: Held) -> Response:
        language = self._language()
        lines = (
            language.text("You are not an administrator of {company} in Zoho CRM.", company=held.introduction.org_name),
            language.text("Whoever connects the CRM for the whole company has to be one: in Zoho under Setup > Users > Profile."),
            language.text("Nothing was connected."),
        )
        return self._pages.message(
            MessageView(language.text("One more right is needed"), lines, ("/setup/crm", language.text("Try again"))), 403
        )

    def _give_back(self, granted: Granted) -> None:
        """Of a permission we cannot use. Where Zoho does not answer it stays there, unused, until its user removes it."""
        try:
            self._door.oauth.revoke(granted.data_centre, granted.refresh_token)
        except Unavailable as error:
            _log.warning("an unusable permission stays at Zoho: %s", error)

    def _language(self) -> Language:
        return self._pages.language()

    def _again(self, who: Caller | NotConnected) -> str:
        return self._bearers.links.make(who.person.id)

    @staticmethod
    def _somebody_else(person_id: int) -> bool:
        """Whether this browser is signed in as another person than the one the link was made for: it may have been sent to him."""
        return signed_in_person() not in (None, person_id)

    def _wrong_account(self, who: Caller | NotConnected) -> Response:
        language = self._language()
        lines = (
            language.text("This link connects {address}, but you are signed in here as somebody else.", address=who.person.email),
            language.text("If somebody sent you the link, do not use it. If both accounts are yours, sign out above and try again."),
        )
        return self._pages.message(MessageView(language.text("This link is for another account"), lines), 403)

    def _spent(self) -> Response:
        language = self._language()
        lines = (
            language.text("It was for one use and for ten minutes."),
            language.text("Go back to Gmail, press Refresh in the card's menu, then Connect."),
        )
        return self._pages.message(MessageView(language.text("This page does not work any more"), lines), 410)

    def _wrong_browser(self) -> Response:
        language = self._language()
        lines = (
            language.text("Connecting began in another browser, or the one you are in has forgotten it. Nothing was changed."),
            language.text("Go back to Gmail, press Refresh in the card's menu, then Connect."),
        )
        return self._pages.message(MessageView(language.text("Finish where you began"), lines), 403)

    def _refused(self, who: Caller | NotConnected) -> Response:
        language = self._language()
        lines = (
            language.text("You did not allow Sidecard to use your Zoho CRM. Nothing was changed."),
            language.text("Without it Sidecard cannot show your leads and contacts beside a mail."),
        )
        return self._pages.message(MessageView(language.text("Not connected"), lines, (self._again(who), language.text("Try again"))), 200)

    def _other_organisation(self, held: Held, connected: Connected) -> Response:
        language = self._language()
        lines = (
            language.text(
                "Your company works with {company}; this Zoho account is of {other}.",
                company=connected.organisation or str(connected.target),
                other=held.introduction.org_name,
            ),
            language.text("Nothing was connected. Sign in to Zoho with your company's account and try again."),
        )
        return self._pages.message(MessageView(language.text("Another organisation"), lines), 409)
