"""Erasure for the company's administrators: of the whole company, of one contact; what was asked for, and the receipts."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.administrators import SETUP, Administrator
from console.erasure import PATH
from console.pages import MessageView, see_other
from console.setup.desk import Desk
from crm_client.errors import CrmError
from crm_client.open import CrmKind
from crm_client.records import Ref
from i18n import Language, later
from linking.contact_erasure import ContactErasure
from tenants.connections import Connected
from tenants.erasure import Erasure, ErasureKind, Erasures
from tenants.people import Workspace
from tenants.uninstalling import remove_company

HERE = f"{SETUP}/erasure"
MAX_ADDRESS = 254

_KINDS = {
    ErasureKind.WORKSPACE: later("The company"),
    ErasureKind.INDIVIDUAL: later("An install of one's own"),
    ErasureKind.PERSON: later("A person"),
    ErasureKind.CONTACT: later("A contact"),
}


@dataclass(frozen=True, slots=True)
class Line:
    erasure: Erasure
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class ErasingView:
    """`embedded`: the company's CRM is our own, so it goes with the company. `problem` is about the domain that was typed."""

    title: str
    here: str
    workspace: Workspace
    lines: tuple[Line, ...]
    embedded: bool
    leaving: str
    days: int
    typed: str
    problem: str


@dataclass(frozen=True, slots=True)
class Found:
    """A record of the CRM with this address, and where it is."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """`embedded`: the records are in our own CRM and can go too."""

    title: str
    here: str
    workspace: Workspace
    address: str
    records: tuple[Found, ...]
    hidden: bool
    embedded: bool


def add_erasing_pages(console: Blueprint, desk: Desk, erasures: Erasures, contacts: ContactErasure) -> None:
    pages = _ErasingPages(desk, erasures, contacts)
    console.get(HERE, endpoint="setup_erasure")(pages.show)
    console.post(f"{HERE}/company", endpoint="setup_erase_company")(pages.company)
    console.get(f"{HERE}/contact", endpoint="setup_contact")(pages.contact)
    console.post(f"{HERE}/contact", endpoint="setup_erase_contact")(pages.erase_contact)


class _ErasingPages:
    def __init__(self, desk: Desk, erasures: Erasures, contacts: ContactErasure) -> None:
        self._desk = desk
        self._erasures = erasures
        self._contacts = contacts

    def show(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        return administrator if isinstance(administrator, Response) else self._page(administrator)

    def company(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        workspace, typed = administrator.workspace, request.form.get("domain", "").strip()[:MAX_ADDRESS]
        if typed.lower() != workspace.domain:
            language = self._desk.pages.language()
            return self._page(administrator, typed, language.text("This is not {domain}: nothing was done.", domain=workspace.domain))
        asked = remove_company(self._desk.installs, self._erasures, workspace, administrator.person)
        return see_other(PATH + asked.id)

    def contact(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        address = request.args.get("address", "").strip().lower()[:MAX_ADDRESS]
        language = self._desk.pages.language()
        if "@" not in address or "\x00" in address:
            return see_other(HERE)
        found = self._in_crm(administrator, address, language)
        if isinstance(found, Response):
            return found
        connected, records, hidden, _refs = found
        title = language.text("Erase what Sidecard holds of {address}?", address=address)
        embedded = connected.target.kind is CrmKind.EMBEDDED
        view = ContactView(title, HERE, administrator.workspace, address, records, hidden, embedded)
        return self._desk.pages.show("setup_contact.html", view)

    def erase_contact(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        address = request.form.get("address", "").strip().lower()[:MAX_ADDRESS]
        if "@" not in address or "\x00" in address:
            return see_other(HERE)
        found = self._in_crm(administrator, address, self._desk.pages.language())
        if isinstance(found, Response):
            return found
        connected, _records, _hidden, refs = found
        done = self._contacts.erase(
            administrator.workspace,
            connected.target,
            address,
            refs,
            administrator.person,
            records_too="records" in request.form and connected.target.kind is CrmKind.EMBEDDED,
        )
        return see_other(PATH + done.id)

    def _in_crm(
        self, administrator: Administrator, address: str, language: Language
    ) -> Response | tuple[Connected, tuple[Found, ...], bool, tuple[Ref, ...]]:
        """The CRM's records with this address: without them we would not know which of our rows are about it."""
        back = (HERE, language.text("Erasure"))
        connected = self._desk.connections.of(administrator.workspace)
        crm = self._desk.company_crm(administrator, connected, language)
        if connected is None or crm is None:
            line = language.text("Sidecard has to ask the CRM which records have this address: connect your own account with it first.")
            return self._desk.pages.message(MessageView(language.text("The CRM cannot be asked"), (line,), back), 409)
        try:
            looked = crm.lookup([address])
        except CrmError:
            line = language.text("The CRM does not answer now, so nothing was erased. Try again in a moment.")
            return self._desk.pages.message(MessageView(language.text("The CRM cannot be asked"), (line,), back), 503)
        records = tuple(match.record for match in looked.matches)
        former = tuple(record.was for record in records if record.was is not None)
        return (
            connected,
            tuple(Found(record.name, record.url) for record in records),
            bool(looked.hidden),
            (*(record.ref for record in records), *former),
        )

    def _page(self, administrator: Administrator, typed: str = "", problem: str = "") -> Response:
        language, workspace = self._desk.pages.language(), administrator.workspace
        pending = self._erasures.pending(ErasureKind.WORKSPACE, workspace.id)
        connected = self._desk.connections.of(workspace)
        view = ErasingView(
            title=language.text("Erasure"),
            here=HERE,
            workspace=workspace,
            lines=tuple(Line(one, language.text(_KINDS[one.kind]), PATH + one.id) for one in self._erasures.of_workspace(workspace.id)),
            embedded=connected is not None and connected.target.kind is CrmKind.EMBEDDED,
            leaving=PATH + pending.id if pending else "",
            days=self._erasures.retention.days,
            typed=typed,
            problem=problem,
        )
        return self._desk.pages.show("setup_erasure.html", view, 422 if problem else 200)
