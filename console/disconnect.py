"""Taking back what a person allowed at Zoho: asked once more, revoked there, forgotten here."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response

from console.pages import MessageView, Pages, see_other
from console.visitors import Visitors
from crm_client.errors import Unavailable
from crm_client.open import Access, CrmKind
from tenants.audit import Action, Audit
from tenants.grants import Grants
from tenants.people import Caller


@dataclass(frozen=True, slots=True)
class DisconnectView:
    title: str
    google: str


def add_disconnect_pages(
    console: Blueprint, pages: Pages, visitors: Visitors, grants: Grants, audit: Audit, forget: Callable[[Access], None]
) -> None:
    def zoho_caller() -> Caller | Response:
        """Somebody with something to disconnect; nobody else has business here."""
        who = visitors.person()
        if isinstance(who, Caller):
            return who if who.access.target.kind is CrmKind.ZOHO else see_other("/me")
        return who if isinstance(who, Response) else see_other("/me")

    @console.get("/me/disconnect")
    def ask() -> Response:
        who = zoho_caller()
        if isinstance(who, Response):
            return who
        return pages.show("disconnect.html", DisconnectView(pages.language().text("Disconnect from Zoho CRM?"), who.person.email))

    @console.post("/me/disconnect")
    def disconnect() -> Response:
        who = zoho_caller()
        if isinstance(who, Response):
            return who
        language = pages.language()
        to_me = ("/me", language.text("My account"))
        try:
            grants.end(who.person.id)
        except Unavailable:
            lines = (
                language.text("Zoho does not answer, so nothing was changed. Try again in a moment."),
                language.text("You can also remove Sidecard in your Zoho account: Sessions > Connected Apps."),
            )
            return pages.message(MessageView(language.text("Still connected"), lines, to_me), 503)
        forget(who.access)
        audit.note(who.workspace.id, who.person, Action.DISCONNECTED, str(who.access.target))
        lines = (
            language.text("Sidecard can no longer use your Zoho CRM. Leads, contacts and mails there stay as they are."),
            language.text("To connect again, open a mail in Gmail and press Connect."),
        )
        return pages.message(MessageView(language.text("Disconnected"), lines, to_me), 200)
