"""My mailboxes, and one of them: how much of its mail is here, what is not and why, and whether it needs me."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request

from console.mailboxes.boxes import HERE, BoxView, Gap, box_view, gaps_of, signed_in_by
from console.mailboxes.desk import MailboxDesk, Owner, way_out, why_refused
from console.pages import see_other
from i18n import Language, later
from salesinbox.mailboxes import Mailbox, State

RELOAD_SECONDS = 10
_SAID = {
    "connected": later("Connected. Your mail is being fetched now."),
    "again": later("Signed in again. It goes on now."),
    "sync": later("It is synchronised as soon as a worker is free, mostly within seconds."),
    "gaps": later("What is missing is tried again as soon as a worker is free."),
    "paused": later("Paused. What is here stays; nothing new comes until you go on."),
    "resumed": later("It goes on. What came meanwhile is fetched now."),
}


@dataclass(frozen=True, slots=True)
class MailboxesView:
    """`refused` are the lines that say why this person may connect none; empty where he may."""

    title: str
    boxes: tuple[BoxView, ...]
    refused: tuple[str, ...]
    way_out: tuple[str, str] | None
    removed: bool


@dataclass(frozen=True, slots=True)
class MailboxView:
    """`left_out` names the folders nobody wants here. `writes`: Sidecard can mail its owner. `reload_seconds` is 0
    where the page stands still; `still`: because its reader
    wanted it so."""

    title: str
    box: BoxView
    gaps: tuple[Gap, ...]
    left_out: tuple[str, ...]
    sign_in: str
    imap_host: str
    connected_at: datetime
    compared_at: datetime | None
    paused: bool
    writes: bool
    may_act: bool
    refused: tuple[str, ...]
    said: str
    reload_seconds: int
    still: bool


def add_overview(console: Blueprint, desk: MailboxDesk) -> None:
    @console.get(HERE)
    def mailboxes() -> Response:
        owner = desk.owner()
        if isinstance(owner, Response):
            return owner
        language = desk.pages.language()
        found = desk.salesinbox.mailboxes.of_person(owner.person.id)
        mine = [mailbox for mailbox in found if mailbox.state is not State.REMOVING]
        view = MailboxesView(
            title=language.text("My mailboxes"),
            boxes=tuple(box_view(language, mailbox, desk.standing(mailbox.id)) for mailbox in mine),
            refused=why_refused(language, owner, owner.refusal) if owner.refusal else (),
            way_out=way_out(language, owner, owner.refusal) if owner.refusal else None,
            removed=request.args.get("now") == "removed",
        )
        return desk.pages.show("mailboxes.html", view)

    @console.get(f"{HERE}/<int:mailbox_id>")
    def mailbox(mailbox_id: int) -> Response:
        found = desk.mine(mailbox_id)
        return found if isinstance(found, Response) else _show(desk, *found)

    @console.post(f"{HERE}/<int:mailbox_id>/sync")
    def mailbox_sync(mailbox_id: int) -> Response:
        found = desk.working(mailbox_id)
        if isinstance(found, Response):
            return found
        if "gaps" in request.form:
            desk.salesinbox.gaps.ask_again(mailbox_id)
        desk.salesinbox.mailboxes.ask_for_sync(mailbox_id)
        return see_other(f"{HERE}/{mailbox_id}?now={'gaps' if 'gaps' in request.form else 'sync'}")

    @console.post(f"{HERE}/<int:mailbox_id>/pause")
    def mailbox_pause(mailbox_id: int) -> Response:
        found = desk.working(mailbox_id)
        if isinstance(found, Response):
            return found
        paused = bool(request.form.get("paused"))
        desk.salesinbox.mailboxes.pause(mailbox_id, paused=paused)
        return see_other(f"{HERE}/{mailbox_id}?now={'paused' if paused else 'resumed'}")


def _show(desk: MailboxDesk, owner: Owner, mailbox: Mailbox) -> Response:
    language = desk.pages.language()
    standing = desk.standing(mailbox.id)
    box = box_view(language, mailbox, standing)
    moves = box.running and owner.refusal is None
    still = "still" in request.args
    view = MailboxView(
        title=mailbox.address,
        box=box,
        gaps=gaps_of(language, mailbox, standing),
        left_out=tuple(folder.name for folder in standing.excluded if folder.excluded),
        sign_in=signed_in_by(language, mailbox),
        imap_host=mailbox.imap.host,
        connected_at=mailbox.connected_at,
        compared_at=mailbox.compared_at,
        paused=mailbox.state is State.PAUSED,
        writes=desk.salesinbox.postman is not None,
        may_act=owner.refusal is None,
        refused=why_refused(language, owner, owner.refusal) if owner.refusal else (),
        said=_said(language),
        reload_seconds=RELOAD_SECONDS if moves and not still else 0,
        still=moves and still,
    )
    return desk.pages.show("mailbox.html", view)


def _said(language: Language) -> str:
    now = request.args.get("now", "")
    return language.text(_SAID[now]) if now in _SAID else ""
