"""Background access to the company's mailboxes (domain-wide delegation): what to enter where, and a test that says what is missing."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.administrators import SETUP, Administrator
from console.setup.desk import Desk
from i18n import Language, later
from tenants.google.apis import GoogleRefused, GoogleUnavailable
from tenants.google.delegation import Delegation, DelegationReason, DelegationWorks
from tenants.people import Workspace

HERE = f"{SETUP}/delegation"
SCOPES = ("https://mail.google.com/",)
"""Reading and filing mail over IMAP: Google knows no narrower one for that."""
MAX_ADDRESS = 254

_REASONS = {
    DelegationReason.NOT_ENTERED: later(
        "Google does not know this client ID with these scopes. Enter both as they stand below; it can take an hour until Google knows, "
        "at worst a day."
    ),
    DelegationReason.NO_SUCH_PERSON: later("Google knows nobody with this address who can sign in. Try another address of your company."),
    DelegationReason.DENIED: later(
        "Your company's rules forbid it for this person. See whether Gmail is switched on for them: Apps > Google Workspace > Gmail."
    ),
}


@dataclass(frozen=True, slots=True)
class DelegationView:
    """`client_id` is empty where this service has no service account. `works` is None before a test."""

    title: str
    here: str
    workspace: Workspace
    client_id: str
    scopes: tuple[str, ...]
    allowed: bool
    subject: str
    works: bool | None
    result: str


def add_delegation_page(console: Blueprint, desk: Desk) -> None:
    def show(administrator: Administrator, subject: str = "", works: bool | None = None, result: str = "", status: int = 200) -> Response:
        view = DelegationView(
            title=desk.pages.language().text("Background access"),
            here=HERE,
            workspace=administrator.workspace,
            client_id="" if desk.delegation is None else desk.delegation.client_id,
            scopes=SCOPES,
            allowed=desk.policies.of(administrator.workspace.id).delegation,
            subject=subject or administrator.person.email,
            works=works,
            result=result,
        )
        return desk.pages.show("setup_delegation.html", view, status)

    @console.get(HERE, endpoint="setup_delegation")
    def page() -> Response:
        administrator = desk.proof.at_the_door()
        return administrator if isinstance(administrator, Response) else show(administrator)

    @console.post(HERE, endpoint="setup_delegation_test")
    def test() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = desk.pages.language(), administrator.workspace
        subject = request.form.get("subject", "").strip().lower()[:MAX_ADDRESS]
        if desk.delegation is None or not desk.policies.of(workspace.id).delegation:
            return show(administrator)
        if not subject.endswith("@" + workspace.domain):
            # Nobody tries the doors of another company here.
            line = language.text("This is not an address of {domain}.", domain=workspace.domain)
            return show(administrator, subject, works=False, result=line, status=422)
        works, result = tested(language, desk.delegation, subject)
        return show(administrator, subject, works, result)


def tested(language: Language, delegation: Delegation, subject: str) -> tuple[bool, str]:
    """Whether Google lets us in as this person right now, and what that means."""
    try:
        answer = delegation.test(subject, SCOPES)
    except GoogleUnavailable:
        return False, language.text("Google does not answer. Try again in a moment.")
    except GoogleRefused:
        return False, language.text(
            "Google does not accept this service's own key. Tell whoever operates it; you need not change anything."
        )
    if isinstance(answer, DelegationWorks):
        return True, language.text("It works: Google lets Sidecard in as {address}.", address=subject)
    return False, language.text(_REASONS[answer.reason])
