"""The page behind a card's Connect button: which CRM a workspace works with, decided once, by whoever presses first.

The signed link says who connects, so no session is needed; the form has its CSRF token all the same.
"""

from dataclasses import dataclass

from flask import Blueprint, Response
from sqlalchemy import Connection

from console.pages import MessageView, Pages, see_other
from console.visitors import no_crm_user, no_organisation
from crm_client.embedded.defaults import ADMINISTRATOR, MANAGING_DIRECTOR
from crm_client.embedded.organisation import insert_organisation, insert_user
from crm_client.open import CrmKind
from crm_client.zoho.data_centres import SIGN_UP
from tenants.administrators import Administrators
from tenants.connect_links import PATH, ConnectLinks
from tenants.connections import AdministratorFirst, Connected, Connections, NewOrganisation
from tenants.directory import Directory
from tenants.installs import Installs, Source
from tenants.people import Caller, Missing, NotConnected, Person, Via, Workspace


@dataclass(frozen=True, slots=True)
class ConnectView:
    """`connected` is None while the workspace has no CRM; else it is Zoho's, and this person's permission is missing."""

    title: str
    person: Person
    workspace: Workspace
    connected: Connected | None
    action: str
    zoho_action: str
    zoho: bool
    sign_up: str = SIGN_UP


@dataclass(frozen=True, slots=True)
class ConnectedView:
    """`problem` says why the person cannot work although the workspace is connected; empty if he can.

    `zoho_action` is where he can give Zoho's permission anew; empty where there is none to give.
    """

    title: str
    workspace: Workspace
    connected: Connected
    problem: str
    zoho_action: str


@dataclass(frozen=True, slots=True)
class LinkBearers:
    """Who comes with a link of a card."""

    pages: Pages
    directory: Directory
    links: ConnectLinks
    administrators: Administrators
    installs: Installs

    def bearer(self, token: str) -> Caller | NotConnected | None:
        person_id = self.links.read(token)
        who = None if person_id is None else self.directory.by_person(person_id)
        return who if isinstance(who, Caller | NotConnected) else None

    def may_connect(self, who: Caller | NotConnected) -> bool:
        """Whether he may choose the CRM of a company whose administrator has installed Sidecard."""
        return self.administrators.proven_at(who.workspace.id, who.person.id) is not None

    def company_needs_administrator(self, who: Caller | NotConnected) -> bool:
        """Whether this company installed by the Marketplace: its first connection is its administrator's to make."""
        install = self.installs.of_domain(who.workspace.id)
        return install is not None and install.source is Source.MARKETPLACE

    def administrators_first(self, who: Caller | NotConnected) -> Response:
        language = self.pages.language()
        lines = (
            no_organisation(language, who.workspace),
            language.text("Once that is done, you connect from the card. If you are an administrator, set Sidecard up."),
        )
        view = MessageView(language.text("Your administrator comes first"), lines, ("/setup", language.text("I am an administrator")))
        return self.pages.message(view, 403)

    def link_spent(self) -> Response:
        language = self.pages.language()
        lines = (
            language.text("It is good for ten minutes."),
            language.text("Go back to Gmail, press Refresh in the card's menu, then Connect."),
        )
        return self.pages.message(MessageView(language.text("This link does not work any more"), lines), 410)


def add_connect_pages(
    console: Blueprint, pages: Pages, bearers: LinkBearers, connections: Connections, consent_pages: tuple[str, ...]
) -> None:
    """`consent_pages` are Zoho's, where the button for it may lead; none where Zoho is not offered."""

    @console.get(PATH + "<token>")
    def connect(token: str) -> Response:
        who = bearers.bearer(token)
        if who is None:
            return bearers.link_spent()
        language = pages.language()
        connected = connections.of(who.workspace)
        missing = who.missing if isinstance(who, NotConnected) else None
        if missing is Missing.ADMINISTRATOR and not bearers.may_connect(who):
            return bearers.administrators_first(who)
        shared = isinstance(who, Caller) and who.via is Via.SHARED
        zoho_action = f"{PATH}{token}/zoho"
        if connected is None or missing is Missing.GRANT or shared:
            title = language.text("Connect a CRM") if connected is None else language.text("Connect Zoho CRM")
            choice = ConnectView(title, who.person, who.workspace, connected, PATH + token, zoho_action, zoho=bool(consent_pages))
            return pages.show("connect.html", choice, forms_lead_to=consent_pages)
        again = zoho_action if consent_pages and connected.target.kind is CrmKind.ZOHO else ""
        problem = no_crm_user(language, who.person.email) if missing is Missing.CRM_USER else ""
        view = ConnectedView(language.text("Connected"), who.workspace, connected, problem, again)
        return pages.show("connected.html", view, forms_lead_to=consent_pages)

    @console.post(PATH + "<token>")
    def make_and_connect(token: str) -> Response:
        who = bearers.bearer(token)
        if who is None:
            return bearers.link_spent()
        person, workspace = who.person, who.workspace

        def make(connection: Connection) -> NewOrganisation:
            org_id = insert_organisation(connection, workspace.name)
            user_id = insert_user(connection, org_id, name=person.name, email=person.email, role=MANAGING_DIRECTOR, profile=ADMINISTRATOR)
            return NewOrganisation(org_id=str(org_id), user_id=str(user_id))

        if connections.of(workspace) is None:
            # A press at the same moment may still be first: then this one makes nothing and the page says who it was.
            try:
                connections.connect_embedded(person, workspace, make)
            except AdministratorFirst:
                return bearers.administrators_first(who)
        return see_other(PATH + token)
