"""The company's CRM: connect its organisation, lend one's own connection to colleagues, disconnect."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.administrators import SETUP, Administrator
from console.pages import MessageView, see_other
from console.setup.desk import Desk
from crm_client.errors import Unavailable
from crm_client.open import CrmKind
from i18n import Language
from tenants.audit import Action
from tenants.connections import Connected
from tenants.disconnecting import disconnect_company
from tenants.people import Workspace

HERE = f"{SETUP}/crm"


@dataclass(frozen=True, slots=True)
class CrmView:
    """`cannot_share` says why this administrator cannot lend his, empty if he can."""

    title: str
    here: str
    workspace: Workspace
    connected: Connected | None
    zoho: bool
    own: bool
    cannot_share: str
    said: str


@dataclass(frozen=True, slots=True)
class DisconnectCompanyView:
    title: str
    here: str
    workspace: Workspace
    connected: Connected


def add_crm_pages(console: Blueprint, desk: Desk) -> None:
    pages = _CrmPages(desk)
    console.get(HERE, endpoint="setup_crm")(pages.show)
    console.post(f"{HERE}/connect", endpoint="setup_connect")(pages.connect)
    console.post(f"{HERE}/share", endpoint="setup_share")(pages.share)
    console.post(f"{HERE}/unshare", endpoint="setup_unshare")(pages.unshare)
    console.get(f"{HERE}/disconnect", endpoint="setup_disconnect_ask")(pages.ask)
    console.post(f"{HERE}/disconnect", endpoint="setup_disconnect")(pages.disconnect)


class _CrmPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = self._desk.pages.language(), administrator.workspace
        connected = self._desk.connections.of(workspace)
        zoho = connected is not None and connected.target.kind is CrmKind.ZOHO
        said = {"shared": language.text("Your connection now serves your colleagues."), "own": language.text("Nothing is shared any more.")}
        view = CrmView(
            title=language.text("The company's CRM"),
            here=HERE,
            workspace=workspace,
            connected=connected,
            zoho=zoho,
            own=connected is not None and self._desk.own_permission(administrator, connected.target) is not None,
            cannot_share=self._cannot_share(administrator, connected, language) if zoho else "",
            said=said.get(request.args.get("now", ""), ""),
        )
        return self._desk.pages.show("setup_crm.html", view)

    def connect(self) -> Response:
        """On to the page that connects; a fresh link, since it is good for ten minutes."""
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        return see_other(self._desk.connect_links.make(administrator.person.id))

    def share(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = self._desk.pages.language(), administrator.workspace
        connected = self._desk.connections.of(workspace)
        why = self._cannot_share(administrator, connected, language)
        grant_id = None if connected is None else self._desk.own_permission(administrator, connected.target)
        if why or grant_id is None or not self._desk.connections.share(workspace.id, grant_id):
            why = why or language.text("Your permission has ended. Connect again.")
            return self._desk.pages.message(MessageView(language.text("Not shared"), (why,), _back(language)), 403)
        self._desk.audit.note(
            workspace.id, administrator.person, Action.SHARED_CONNECTION, str(connected.target if connected else ""), "on"
        )
        return see_other(f"{HERE}?now=shared")

    def unshare(self) -> Response:
        """Every administrator may take a loan back, whatever he is in the CRM: whoever lent may be gone."""
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        workspace = administrator.workspace
        if self._desk.connections.unshare(workspace.id):
            self._desk.audit.note(workspace.id, administrator.person, Action.SHARED_CONNECTION, detail="off")
        return see_other(f"{HERE}?now=own")

    def ask(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        connected = self._desk.connections.of(administrator.workspace)
        if connected is None or connected.target.kind is not CrmKind.ZOHO:
            return see_other(HERE)
        title = self._desk.pages.language().text("Disconnect the whole company?")
        view = DisconnectCompanyView(title, HERE, administrator.workspace, connected)
        return self._desk.pages.show("setup_disconnect.html", view)

    def disconnect(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = self._desk.pages.language(), administrator.workspace
        connected = self._desk.connections.of(workspace)
        if connected is None or connected.target.kind is not CrmKind.ZOHO or self._desk.grants is None:
            return see_other(HERE)
        try:
            ended = disconnect_company(self._desk.database, self._desk.grants, workspace.id, connected.target)
        except Unavailable:
            lines = (
                language.text("Zoho does not answer. Some permissions may have been given back already, the others stand."),
                language.text("Wait a moment, then disconnect again: it goes on where it stopped."),
            )
            return self._desk.pages.message(MessageView(language.text("Not disconnected yet"), lines, _back(language)), 503)
        for access in ended:
            self._desk.forget(access)
        self._desk.audit.note(workspace.id, administrator.person, Action.DISCONNECTED, str(connected.target))
        line = language.plural(
            "{count} permission was given back to Zoho. Leads, contacts and mails there stay as they are.",
            "{count} permissions were given back to Zoho. Leads, contacts and mails there stay as they are.",
            len(ended),
        )
        return self._desk.pages.message(MessageView(language.text("Disconnected"), (line,), _back(language)), 200)

    def _cannot_share(self, administrator: Administrator, connected: Connected | None, language: Language) -> str:
        """CrmError."""
        if connected is None or connected.target.kind is not CrmKind.ZOHO:
            return language.text("There is nothing to share: only connections to Zoho CRM are personal.")
        if self._desk.own_permission(administrator, connected.target) is None:
            return language.text("Connect your own Zoho account first: it is your connection that would be shared.")
        crm = self._desk.company_crm(administrator, connected, language)
        if crm is None or not crm.whoami().user.admin:
            return language.text("You are not an administrator in Zoho CRM. Only the connection of somebody who is can be shared.")
        return ""


def _back(language: Language) -> tuple[str, str]:
    return HERE, language.text("Back to the CRM step")
