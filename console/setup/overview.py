"""The set-up at a glance: four steps, what is done and what is missing in each."""

from dataclasses import dataclass

from flask import Blueprint, Response

from console.administrators import SETUP
from console.setup.desk import Desk
from crm_client.open import CrmKind
from i18n import Language
from tenants.connections import Connected
from tenants.installs import Install, InstallState, Source
from tenants.people import Workspace
from tenants.roster import RosterEntry


@dataclass(frozen=True, slots=True)
class Step:
    """`missing` is empty when the step is done."""

    number: int
    title: str
    url: str
    now: str
    missing: str


@dataclass(frozen=True, slots=True)
class OverviewView:
    """`by_google`: the administrator is proven; else the page says by whose word he counts."""

    title: str
    here: str
    workspace: Workspace
    by_google: bool
    done: int
    steps: tuple[Step, ...]


def add_overview(console: Blueprint, desk: Desk) -> None:
    @console.get(SETUP)
    def setup() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = desk.pages.language(), administrator.workspace
        connected = desk.connections.of(workspace)
        steps = (
            _google(language, desk.installs.of_domain(workspace.id)),
            _crm(language, connected),
            _people(language, desk.roster.rows(workspace.id)),
            _policy(language, looked_at=desk.policies.looked_at(workspace.id)),
        )
        done = sum(not step.missing for step in steps)
        title = language.text("Set-up of {domain}", domain=workspace.domain)
        return desk.pages.show("setup.html", OverviewView(title, SETUP, workspace, administrator.by_google, done, steps))


def _google(language: Language, install: Install | None) -> Step:
    title, url = language.text("Google"), f"{SETUP}/health"
    if install is None or install.state is not InstallState.ACTIVE:
        missing = language.text("Install Sidecard for the whole company from the Google Workspace Marketplace.")
        return Step(1, title, url, language.text("Not installed for the company."), missing)
    if install.source is Source.OPERATOR:
        return Step(1, title, url, language.text("Let in by whoever operates this service; no licence is asked for."), "")
    moment = f"{language.moment(install.checked_at)} {language.zone.key}"
    return Step(1, title, url, language.text("Installed; the licence was last asked for {moment}.", moment=moment), "")


def _crm(language: Language, connected: Connected | None) -> Step:
    title, url = language.text("CRM"), f"{SETUP}/crm"
    if connected is None:
        return Step(2, title, url, language.text("Not connected."), language.text("Connect your company's CRM."))
    if connected.target.kind is CrmKind.EMBEDDED:
        return Step(2, title, url, language.text("Sidecard's own CRM."), "")
    name = connected.organisation or str(connected.target)
    if connected.shared_by:
        return Step(2, title, url, language.text("{name} in Zoho CRM, shared by {sharer}.", name=name, sharer=connected.shared_by), "")
    return Step(2, title, url, language.text("{name} in Zoho CRM; everybody connects for themselves.", name=name), "")


def _people(language: Language, rows: tuple[RosterEntry, ...]) -> Step:
    title, url = language.text("People"), f"{SETUP}/people"
    active = [row for row in rows if not row.suspended]
    if not active:
        return Step(3, title, url, language.text("Nobody is listed yet."), language.text("Import your people from Google."))
    matched = sum(row.crm_user_id is not None for row in active)
    values = {"matched": language.number(matched), "all": language.number(len(active))}
    now = language.text("{matched} of {all} people are matched to users of the CRM.", **values)
    # Who is nobody by an administrator's word is settled.
    left = sum(row.crm_user_id is None and not row.by_hand for row in active)
    missing = (
        language.plural("Match {count} person, or leave that person out.", "Match {count} people, or leave them out.", left) if left else ""
    )
    return Step(3, title, url, now, missing)


def _policy(language: Language, *, looked_at: bool) -> Step:
    title, url = language.text("Rules"), f"{SETUP}/policy"
    if looked_at:
        return Step(4, title, url, language.text("Set."), "")
    return Step(4, title, url, language.text("As Sidecard comes."), language.text("Look at the rules and save them once."))
