"""Somebody leaves the company: what he had asked for goes to a colleague, and, if wanted, all that is held of him is erased."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.administrators import SETUP, Administrator
from console.erasure import PATH
from console.pages import see_other
from console.setup.desk import Desk
from linking.handover import Handover
from tenants.erasure import Erasures
from tenants.people import Person, Workspace

HERE = f"{SETUP}/leaver"
_ERASURE = f"{SETUP}/erasure"


@dataclass(frozen=True, slots=True)
class LeaverView:
    """`here` is the tab it is under. `waiting` is how much there is to hand over once somebody was chosen."""

    title: str
    here: str
    workspace: Workspace
    people: tuple[Person, ...]
    leaver: Person | None
    waiting: int
    shares: bool
    said: str
    days: int


def add_leaver_pages(console: Blueprint, desk: Desk, erasures: Erasures) -> None:
    pages = _LeaverPages(desk, erasures)
    console.get(HERE, endpoint="setup_leaver")(pages.show)
    console.post(f"{HERE}/hand-over", endpoint="setup_hand_over")(pages.hand_over)
    console.post(f"{HERE}/erase", endpoint="setup_erase_leaver")(pages.erase)


class _LeaverPages:
    def __init__(self, desk: Desk, erasures: Erasures) -> None:
        self._desk = desk
        self._erasures = erasures
        self._handover = Handover(desk.database)

    def show(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        return self._page(administrator, _chosen(self._handover.people(administrator.workspace), request.args.get("person", "")))

    def hand_over(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        people, workspace, language = self._handover.people(administrator.workspace), administrator.workspace, self._desk.pages.language()
        leaver, colleague = (_chosen(people, request.form.get(name, "")) for name in ("person", "colleague"))
        connected = self._desk.connections.of(workspace)
        if leaver is None or colleague is None or leaver == colleague or connected is None:
            return self._page(administrator, leaver, language.text("Choose two different people. Nothing was changed."), 422)
        handed = self._handover.hand_over(workspace, connected.target, leaver, colleague, administrator.person)
        said = language.plural(
            "{count} thing was handed to {name}.", "{count} things were handed to {name}.", handed.items, name=colleague.name
        )
        if handed.delivering:
            said = f"{said} {language.text('Something is being delivered at this moment: look again in a minute.')}"
        return self._page(administrator, leaver, said)

    def erase(self) -> Response:
        administrator = self._desk.proof.at_the_door()
        if isinstance(administrator, Response):
            return administrator
        leaver = _chosen(self._handover.people(administrator.workspace), request.form.get("person", ""))
        if leaver is None:
            return see_other(HERE)
        # His own install is his own: the company's word ends only what he has by the company.
        asked = self._erasures.ask_person(leaver, administrator.workspace.id, administrator.person)
        return see_other(PATH + asked.id)

    def _page(self, administrator: Administrator, leaver: Person | None, said: str = "", status: int = 200) -> Response:
        connected = self._desk.connections.of(administrator.workspace)
        view = LeaverView(
            title=self._desk.pages.language().text("Somebody leaves"),
            here=_ERASURE,
            workspace=administrator.workspace,
            people=self._handover.people(administrator.workspace),
            leaver=leaver,
            waiting=self._handover.waiting(connected.target, leaver) if connected and leaver else 0,
            shares=leaver is not None and self._erasures.shares(leaver.id),
            said=said,
            days=self._erasures.retention.days,
        )
        return self._desk.pages.show("setup_leaver.html", view, status)


def _chosen(people: tuple[Person, ...], person_id: str) -> Person | None:
    return next((person for person in people if str(person.id) == person_id), None)
