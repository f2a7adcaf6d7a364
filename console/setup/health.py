"""Whether everything runs: the install, people's permissions, calls left, what waits, what came back, the worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response

from console.administrators import SETUP, Administrator
from console.setup.desk import Desk
from crm_client.errors import CrmError
from crm_client.open import CrmKind
from db import now
from i18n import Language, later
from linking.errands import Work
from linking.outcomes import Reason
from linking.waiting import ReturnedErrand, Waiting, waiting_of
from tenants.connections import Connected
from tenants.installs import Install
from tenants.people import Workspace
from tenants.permissions import Permission, permissions_of

HERE = f"{SETUP}/health"
WORKER_SILENT_AFTER = timedelta(minutes=1)

_WORKS = {
    Work.ADD: later("Add a record"),
    Work.UPDATE: later("Change a record"),
    Work.LINK: later("Link a mail"),
    Work.NOTE: later("Add a note"),
    Work.TASK: later("Add a task"),
}
_REASONS = {
    Reason.REJECTED: later("The CRM does not take the values."),
    Reason.DUPLICATE: later("Somebody with this address is in the CRM already."),
    Reason.CHANGED: later("Somebody else changed the same fields meanwhile."),
    Reason.GONE: later("The record is no longer in the CRM."),
    Reason.FORBIDDEN: later("The person's profile in the CRM does not allow it."),
    Reason.ELSEWHERE: later("The mail belongs to another record already."),
    Reason.TOO_LATE: later("It could not be delivered for a week."),
}


@dataclass(frozen=True, slots=True)
class Back:
    """Something that came back undone, in words."""

    errand: ReturnedErrand
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class HealthView:
    """`calls_left` is None while more than half are left, or nobody can say. `worker_seen` None: no worker has ever said a word."""

    title: str
    here: str
    workspace: Workspace
    install: Install | None
    zoho: bool
    permissions: tuple[Permission, ...]
    calls_left: int | None
    waiting: Waiting
    back: tuple[Back, ...]
    worker_seen: datetime | None
    worker_alive: bool


def add_health_page(console: Blueprint, desk: Desk) -> None:
    @console.get(HERE, endpoint="setup_health")
    def health() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = desk.pages.language(), administrator.workspace
        connected, waiting, seen = desk.connections.of(workspace), waiting_of(desk.database, workspace.id), desk.worker_seen()
        view = HealthView(
            title=language.text("Health"),
            here=HERE,
            workspace=workspace,
            install=desk.installs.of_domain(workspace.id),
            zoho=connected is not None and connected.target.kind is CrmKind.ZOHO,
            permissions=permissions_of(desk.database, workspace.id),
            calls_left=_calls_left(desk, administrator, connected),
            waiting=waiting,
            back=tuple(_in_words(language, errand) for errand in waiting.returned),
            worker_seen=seen,
            worker_alive=seen is not None and seen > now() - WORKER_SILENT_AFTER,
        )
        return desk.pages.show("setup_health.html", view)


def _calls_left(desk: Desk, administrator: Administrator, connected: Connected | None) -> int | None:
    grant_id = None if connected is None else desk.own_permission(administrator, connected.target)
    try:
        return None if grant_id is None else desk.calls_left(grant_id)
    except CrmError:
        # Its permission does not serve now; the list of permissions on the same page says so.
        return None


def _in_words(language: Language, errand: ReturnedErrand) -> Back:
    why = language.text(_REASONS[errand.reason]) if errand.reason else language.text("Nobody wrote down why.")
    return Back(errand, language.text(_WORKS[errand.work]), why)
