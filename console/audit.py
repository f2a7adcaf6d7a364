"""The audit log for the company's administrators: searched, filtered, taken along as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from console.administrators import SETUP
from console.setup.desk import Desk
from i18n import Language, later
from tenants.audit import Action, AuditLine
from tenants.people import Workspace

HERE = f"{SETUP}/audit"
MAX_QUERY = 200
_LARGEST_ID = 2**31 - 1
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

_WORDS = {
    Action.SIGNED_IN: later("Signed in"),
    Action.INSTALLED: later("Installed"),
    Action.UNINSTALLED: later("Uninstalled"),
    Action.CONNECTED: later("Connected the CRM"),
    Action.DISCONNECTED: later("Disconnected the CRM"),
    Action.SHARED_CONNECTION: later("Shared connection set"),
    Action.ADDED: later("Added a record"),
    Action.UPDATED: later("Changed a record"),
    Action.LINKED: later("Linked a mail"),
    Action.NOTED: later("Added a note"),
    Action.TASKED: later("Added a task"),
    Action.POLICY_CHANGED: later("Changed the rules"),
    Action.PERSON_MATCHED: later("Matched people"),
    Action.EXPORTED: later("Downloaded a list"),
    Action.ERASED: later("Erased"),
    Action.HANDED_OVER: later("Handed over"),
    Action.ADMINISTRATOR_PROVEN: later("Proven an administrator"),
    Action.MAILBOX_CONNECTED: later("Connected a mailbox"),
    Action.MAILBOX_REMOVED: later("Removed a mailbox"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    line: AuditLine
    action: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """`next_url` is None on the last page, `first_url` on the first."""

    title: str
    here: str
    workspace: Workspace
    query: str
    choices: tuple[Choice, ...]
    lines: tuple[Line, ...]
    filtered: bool
    csv_url: str
    first_url: str | None
    next_url: str | None


def add_audit_pages(console: Blueprint, desk: Desk) -> None:
    @console.get(HERE, endpoint="setup_audit")
    def show() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        language, workspace = desk.pages.language(), administrator.workspace
        query, action, before = _asked()
        page = desk.audit.search(workspace.id, query, action, before)
        view = AuditView(
            title=language.text("Audit log"),
            here=HERE,
            workspace=workspace,
            query=query,
            choices=_choices(language, action),
            lines=tuple(Line(line, language.text(_WORDS[line.action])) for line in page.lines),
            filtered=bool(query or action),
            csv_url=_url(f"{HERE}.csv", query, action),
            first_url=None if before is None else _url(HERE, query, action),
            next_url=None if page.next_before is None else _url(HERE, query, action, page.next_before),
        )
        return desk.pages.show("setup_audit.html", view)

    @console.get(f"{HERE}.csv", endpoint="setup_audit_csv")
    def download() -> Response:
        administrator = desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        workspace = administrator.workspace
        query, action, _before = _asked()
        desk.audit.note(workspace.id, administrator.person, Action.EXPORTED, "audit log")
        answer = Response(_csv(desk.audit.rows(workspace.id, query, action)), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="sidecard-audit-{workspace.domain}.csv"'
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _csv(lines: Iterable[AuditLine]) -> Iterator[str]:
    """As spreadsheets read it: UTF-8 with its mark, and nothing that they would calculate."""
    yield "\ufeff"
    yield _written(("time", "actor", "action", "subject", "detail"))
    for line in lines:
        cells = (line.at.isoformat(timespec="seconds"), line.actor, line.action.value, line.subject, line.detail)
        yield _written(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells)


def _written(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _choices(language: Language, chosen: Action | None) -> tuple[Choice, ...]:
    of_actions = (Choice(action.value, language.text(_WORDS[action]), action is chosen) for action in Action)
    return (Choice("", language.text("Everything"), chosen is None), *sorted(of_actions, key=lambda choice: choice.label))


def _asked() -> tuple[str, Action | None, int | None]:
    action, before = request.args.get("action", ""), request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) <= len(str(_LARGEST_ID)) else None
    return (
        request.args.get("q", "").strip()[:MAX_QUERY].replace("\x00", ""),
        Action(action) if action in set(Action) else None,
        number if number is not None and number <= _LARGEST_ID else None,
    )


def _url(page: str, query: str, action: Action | None, before: int | None = None) -> str:
    asked = {"q": query, "action": action.value if action else "", "before": "" if before is None else str(before)}
    given = {name: value for name, value in asked.items() if value}
    return f"{page}?{urlencode(given)}" if given else page
