"""What was tried and works is kept: the mailbox is connected, its owner's company notes it, and he sees it being fetched."""

from flask import Response

from console.mailboxes.boxes import HERE
from console.mailboxes.desk import MailboxDesk, Owner
from console.pages import MessageView, see_other
from salesinbox.mailboxes import AlreadyConnected, NewMailbox, Secrets, SignIn, State
from salesinbox.servers import Server
from tenants.audit import Action


def keep(
    desk: MailboxDesk,
    owner: Owner,
    *,
    address: str,
    name: str,
    provider: str,
    sign_in: SignIn,
    servers: tuple[Server, Server],
    secrets: Secrets,
) -> Response:
    imap, smtp = servers
    new = NewMailbox(
        person_id=owner.person.id,
        workspace_id=owner.workspace.id,
        address=address,
        name=name or owner.person.name,
        provider=provider,
        sign_in=sign_in,
        imap=imap,
        smtp=smtp,
        secrets=secrets,
        language=desk.pages.language().tag,
    )
    try:
        mailbox = desk.salesinbox.mailboxes.connect(new)
    except AlreadyConnected:
        return _there_already(desk, owner, address)
    desk.audit.note(owner.workspace.id, owner.person, Action.MAILBOX_CONNECTED, mailbox.address)
    return see_other(f"{HERE}/{mailbox.id}?now=connected")


def _there_already(desk: MailboxDesk, owner: Owner, address: str) -> Response:
    language = desk.pages.language()
    mine = next((one for one in desk.salesinbox.mailboxes.of_person(owner.person.id) if one.address == address), None)
    if mine is None or mine.state is State.REMOVING:
        line = language.text("{address} is just being removed. Wait a minute, then connect it again.", address=address)
        return desk.pages.message(MessageView(language.text("Not connected yet"), (line,), (HERE, language.text("My mailboxes"))), 409)
    lines = (
        language.text("You have connected {address} before. Nothing was changed.", address=address),
        language.text("For a new password or other servers, open it and choose “Sign-in and servers”."),
    )
    back = (f"{HERE}/{mine.id}", language.text("Open the mailbox"))
    return desk.pages.message(MessageView(language.text("This mailbox is there already"), lines, back), 409)
