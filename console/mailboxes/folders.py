"""Which folders of a mailbox are synchronised: a list with ticks."""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from console.mailboxes.boxes import HERE, service_of
from console.mailboxes.desk import MailboxDesk, Owner
from console.mailboxes.words import Side, trouble
from console.pages import see_other
from i18n import Language, later
from salesinbox.folders import Folder
from salesinbox.mailboxes import Mailbox
from salesinbox.uses import Use

_USES = {
    Use.SENT: later("sent mail"),
    Use.DRAFTS: later("drafts"),
    Use.TRASH: later("bin"),
    Use.JUNK: later("spam"),
    Use.ARCHIVE: later("archive"),
    Use.ALL: later("all mail"),
    Use.VIRTUAL: later("starred or important"),
}


@dataclass(frozen=True, slots=True)
class FolderLine:
    """`use` in words, "" for a folder like any other; `count` is None where nobody has counted; `trouble`: why it lags behind."""

    id: int
    name: str
    use: str
    count: int | None
    ticked: bool
    trouble: str


@dataclass(frozen=True, slots=True)
class FoldersView:
    title: str
    id: int
    address: str
    folders: tuple[FolderLine, ...]
    may_act: bool
    saved: bool


def add_folders_page(console: Blueprint, desk: MailboxDesk) -> None:
    @console.get(f"{HERE}/<int:mailbox_id>/folders")
    def mailbox_folders(mailbox_id: int) -> Response:
        found = desk.mine(mailbox_id)
        return found if isinstance(found, Response) else _show(desk, *found)

    @console.post(f"{HERE}/<int:mailbox_id>/folders")
    def mailbox_folders_choose(mailbox_id: int) -> Response:
        found = desk.working(mailbox_id)
        if isinstance(found, Response):
            return found
        # Folders that came after the page was drawn are not on it: nothing is said of them.
        listed, ticked = set(request.form.getlist("listed")), set(request.form.getlist("folder"))
        folders = desk.salesinbox.folders.of(mailbox_id)
        wanted = {one.id: str(one.id) in ticked for one in folders if str(one.id) in listed}
        changed = {one.id: not wanted[one.id] for one in folders if one.id in wanted and wanted[one.id] == one.excluded}
        desk.salesinbox.folders.choose(mailbox_id, changed)
        return see_other(f"{HERE}/{mailbox_id}/folders?saved=1")


def _show(desk: MailboxDesk, owner: Owner, mailbox: Mailbox) -> Response:
    language = desk.pages.language()
    view = FoldersView(
        title=language.text("Folders of {address}", address=mailbox.address),
        id=mailbox.id,
        address=mailbox.address,
        folders=tuple(_line(language, mailbox, folder) for folder in desk.salesinbox.folders.of(mailbox.id)),
        may_act=owner.refusal is None,
        saved="saved" in request.args,
    )
    return desk.pages.show("mailbox_folders.html", view)


def _line(language: Language, mailbox: Mailbox, folder: Folder) -> FolderLine:
    told = ""
    if folder.cause is not None and folder.syncs:
        told = trouble(language, folder.cause, Side.IMAP, mailbox.imap, service_of(mailbox)).line
    use = language.text(_USES[folder.use]) if folder.use in _USES else ""
    name = language.text("Inbox") if folder.use is Use.INBOX else folder.name
    count = folder.on_server if folder.syncs or folder.on_server else None
    return FolderLine(folder.id, name, use, count, not folder.excluded, told)
