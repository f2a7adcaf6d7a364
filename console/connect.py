"""The page behind a card's Connect button: ties a workspace to its own embedded CRM, once, whoever presses first.

The signed link says who connects, so no session is needed; the form has its CSRF token all the same.
"""

from dataclasses import dataclass

from flask import Blueprint, Response
from sqlalchemy import Connection

from console.pages import MessageView, Pages, see_other
from console.visitors import no_crm_user
from crm_client.embedded.defaults import ADMINISTRATOR, MANAGING_DIRECTOR
from crm_client.embedded.organisation import insert_organisation, insert_user
from tenants.connect_links import PATH, ConnectLinks
from tenants.connections import Connected, Connections, NewOrganisation
from tenants.directory import Directory
from tenants.people import Caller, Missing, NotConnected, Person, Workspace


@dataclass(frozen=True, slots=True)
class ConnectView:
    title: str
    person: Person
    workspace: Workspace
    action: str


@dataclass(frozen=True, slots=True)
class ConnectedView:
    """`problem` says why the person cannot work although the workspace is connected; empty if he can."""

    title: str
    workspace: Workspace
    connected: Connected
    problem: str


def add_connect_pages(console: Blueprint, pages: Pages, directory: Directory, links: ConnectLinks, connections: Connections) -> None:
    def visitor(token: str) -> Caller | NotConnected | None:
        person_id = links.read(token)
        who = None if person_id is None else directory.by_person(person_id)
        return who if isinstance(who, Caller | NotConnected) else None

    def link_spent() -> Response:
        language = pages.language()
        lines = (
            language.text("It is good for ten minutes."),
            language.text("Go back to Gmail, press Refresh in the card's menu, then Connect."),
        )
        return pages.message(MessageView(language.text("This link does not work any more"), lines), 410)

    @console.get(PATH + "<token>")
    def connect(token: str) -> Response:
        who = visitor(token)
        if who is None:
            return link_spent()
        language = pages.language()
        connected = connections.of(who.workspace)
        if connected is None:
            view = ConnectView(language.text("Connect a CRM"), who.person, who.workspace, PATH + token)
            return pages.show("connect.html", view)
        no_user = isinstance(who, NotConnected) and who.missing is Missing.CRM_USER
        problem = no_crm_user(language, who.person.email) if no_user else ""
        return pages.show("connected.html", ConnectedView(language.text("Connected"), who.workspace, connected, problem))

    @console.post(PATH + "<token>")
    def make_and_connect(token: str) -> Response:
        who = visitor(token)
        if who is None:
            return link_spent()
        person, workspace = who.person, who.workspace

        def make(connection: Connection) -> NewOrganisation:
            org_id = insert_organisation(connection, workspace.name)
            user_id = insert_user(connection, org_id, name=person.name, email=person.email, role=MANAGING_DIRECTOR, profile=ADMINISTRATOR)
            return NewOrganisation(org_id=str(org_id), user_id=str(user_id))

        if connections.of(workspace) is None:
            # A press at the same moment may still be first: then this one makes nothing and the page says who it was.
            connections.connect_embedded(person, workspace, make)
        return see_other(PATH + token)
