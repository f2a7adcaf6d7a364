"""Having Sidecard removed: a person asks for himself, and everybody who asked has a page with the day, and then the receipt.

The page's address is its key, since nobody can sign in any more when he is erased: whoever has it may call the erasing off,
hurry it, and read the receipt, which names nobody.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, abort

from console.pages import MessageView, Pages, see_other
from console.session import end_session, signed_in_person
from console.visitors import HOME, Visitors
from db import now
from i18n import Language, later
from tenants.erasure import Erasure, ErasureKind, Erasures
from tenants.installs import Installs, InstallState
from tenants.people import Person, Workspace
from tenants.receipts import Receipts
from tenants.uninstalling import call_off, remove_person

REMOVE = "/me/remove"
PATH = "/erasure/"
KEY = "/receipts/key"

_TITLES = {
    ErasureKind.WORKSPACE: later("Erasing a company"),
    ErasureKind.INDIVIDUAL: later("Erasing an install of one's own"),
    ErasureKind.PERSON: later("Erasing a person"),
    ErasureKind.CONTACT: later("Erasing a contact"),
}
_WHAT = {
    ErasureKind.WORKSPACE: later("Everything Sidecard holds of the company and its people. Their own installs stay."),
    ErasureKind.INDIVIDUAL: later("Everything of this person's own install. What belongs to his company stays."),
    ErasureKind.PERSON: later("Everything Sidecard holds of this person."),
    ErasureKind.CONTACT: later("Everything Sidecard itself held of this contact."),
}


@dataclass(frozen=True, slots=True)
class RemoveView:
    """`own`: it is his own install that goes; what he has by his company stays then. `shares`: colleagues work through his connection."""

    title: str
    person: Person
    workspace: Workspace
    own: bool
    shares: bool
    days: int


@dataclass(frozen=True, slots=True)
class ErasureView:
    """`days` until it is due; it can be called off while `open`."""

    title: str
    what: str
    erasure: Erasure
    url: str
    open: bool
    days: int


def add_erasure_pages(
    console: Blueprint, pages: Pages, visitors: Visitors, installs: Installs, erasures: Erasures, receipts: Receipts
) -> None:
    leaving = _Leaving(pages, visitors, installs, erasures)
    console.get(REMOVE, endpoint="remove_me_ask")(leaving.ask)
    console.post(REMOVE, endpoint="remove_me")(leaving.remove)
    console.get(f"{PATH}<erasure_id>", endpoint="erasure")(leaving.show)
    console.post(f"{PATH}<erasure_id>/call-off", endpoint="erasure_call_off")(leaving.stay)
    console.post(f"{PATH}<erasure_id>/now", endpoint="erasure_now")(leaving.hurry)
    console.get(f"{PATH}<erasure_id>/receipt", endpoint="erasure_receipt")(leaving.receipt)

    @console.get(KEY, endpoint="receipts_key")
    def key() -> Response:
        """Public: what receipts are checked with."""
        return Response("".join(f"{one}\n" for one in receipts.keys), mimetype="text/plain")


class _Leaving:
    def __init__(self, pages: Pages, visitors: Visitors, installs: Installs, erasures: Erasures) -> None:
        self._pages = pages
        self._visitors = visitors
        self._installs = installs
        self._erasures = erasures

    def ask(self) -> Response:
        who = self._visitors.person()
        if isinstance(who, Response):
            return who
        install = self._installs.of_person(who.person.id)
        own = install is not None and install.state is InstallState.ACTIVE
        view = RemoveView(
            title=self._pages.language().text("Remove Sidecard for me?"),
            person=who.person,
            workspace=who.workspace,
            own=own,
            shares=not own and self._erasures.shares(who.person.id),
            days=self._erasures.retention.days,
        )
        return self._pages.show("remove_me.html", view)

    def remove(self) -> Response:
        who = self._visitors.person()
        if isinstance(who, Response):
            return who
        return see_other(PATH + remove_person(self._installs, self._erasures, who.person, who.workspace, who.person).id)

    def show(self, erasure_id: str) -> Response:
        return self._pages.show("erasure.html", _view(self._pages.language(), self._found(erasure_id)))

    def stay(self, erasure_id: str) -> Response:
        if not call_off(self._installs, self._erasures, self._found(erasure_id)):
            return see_other(PATH + erasure_id)
        language = self._pages.language()
        lines = (language.text("Nothing will be erased. Everything works as before."),)
        return self._pages.message(MessageView(language.text("Called off"), lines, (HOME, language.text("To the start page"))), 200)

    def hurry(self, erasure_id: str) -> Response:
        erasure = self._found(erasure_id)
        self._erasures.hurry(erasure.id)
        if erasure.person_id is not None and erasure.person_id == signed_in_person():
            end_session()
        return see_other(PATH + erasure_id)

    def receipt(self, erasure_id: str) -> Response:
        erasure = self._found(erasure_id)
        if not erasure.receipt:
            return see_other(PATH + erasure_id)
        answer = Response(erasure.receipt, mimetype="application/json", headers=[("Cache-Control", "no-store")])
        answer.headers["Content-Disposition"] = f'attachment; filename="sidecard-erasure-{erasure.done_at:%Y-%m-%d}.json"'
        return answer

    def _found(self, erasure_id: str) -> Erasure:
        erasure = self._erasures.find(erasure_id)
        if erasure is None:
            abort(404)
        return erasure


def _view(language: Language, erasure: Erasure) -> ErasureView:
    left = erasure.due_at - now()
    return ErasureView(
        title=language.text(_TITLES[erasure.kind]),
        what=language.text(_WHAT[erasure.kind]),
        erasure=erasure,
        url=PATH + erasure.id,
        open=erasure.begun_at is None and erasure.done_at is None and left.total_seconds() > 0,
        days=max(left.days + 1, 1),
    )
