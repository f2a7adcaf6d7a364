"""What its owner changes on a mailbox: sign-in and servers, tried again before they are saved; or he removes it."""

import logging
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from console.mailboxes.boxes import CONSENTS, HERE, service_of
from console.mailboxes.desk import MailboxDesk, Owner
from console.mailboxes.forms import MailboxForm, Standing, fields_of, read_whole, tried_too_often, with_faults
from console.pages import see_other
from salesinbox.faults import MailboxFault
from salesinbox.mailboxes import Mailbox, Secrets, SignIn
from salesinbox.servers import Password, Security, Server
from salesinbox.trying import try_servers
from tenants.audit import Action
from tenants.vault import VaultDamaged

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServersView:
    """`form` is None where there is nothing to type: one signs in at `consent`, or the company lets Sidecard in."""

    title: str
    id: int
    address: str
    form: MailboxForm | None
    consent: str
    consent_name: str
    service: str
    steps: tuple[str, ...]
    link: str
    imap: str
    smtp: str
    saved: bool


@dataclass(frozen=True, slots=True)
class RemoveView:
    """`app_password`: there is probably one to be taken back."""

    title: str
    id: int
    address: str
    stored: int
    app_password: bool


def add_settings_pages(console: Blueprint, desk: MailboxDesk) -> None:
    @console.get(f"{HERE}/<int:mailbox_id>/servers")
    def mailbox_servers(mailbox_id: int) -> Response:
        found = desk.working(mailbox_id)
        return found if isinstance(found, Response) else _show(desk, found[1], _standing_form(desk, found[1]))

    @console.post(f"{HERE}/<int:mailbox_id>/servers")
    def mailbox_servers_save(mailbox_id: int) -> Response:
        found = desk.working(mailbox_id)
        if isinstance(found, Response):
            return found
        if found[1].sign_in is not SignIn.PASSWORD:
            raise NotFound
        return _save(desk, found[1])

    @console.get(f"{HERE}/<int:mailbox_id>/remove")
    def mailbox_remove(mailbox_id: int) -> Response:
        found = desk.mine(mailbox_id)
        if isinstance(found, Response):
            return found
        _, mailbox = found
        view = RemoveView(
            title=desk.pages.language().text("Remove {address}", address=mailbox.address),
            id=mailbox.id,
            address=mailbox.address,
            stored=desk.standing(mailbox.id).stored,
            app_password=mailbox.sign_in is SignIn.PASSWORD and service_of(mailbox).app_passwords,
        )
        return desk.pages.show("mailbox_remove.html", view)

    @console.post(f"{HERE}/<int:mailbox_id>/remove")
    def mailbox_remove_now(mailbox_id: int) -> Response:
        found = desk.mine(mailbox_id)
        return found if isinstance(found, Response) else _remove(desk, *found)


def _save(desk: MailboxDesk, mailbox: Mailbox) -> Response:
    language, salesinbox = desk.pages.language(), desk.salesinbox
    secrets = _secrets(desk, mailbox)
    entered = read_whole(
        language, request.form, address=mailbox.address, standing=Standing(mailbox.imap, mailbox.smtp, secrets) if secrets else None
    )
    if isinstance(entered, MailboxForm):
        return _show(desk, mailbox, entered)
    if not salesinbox.tries.take(mailbox.person_id):
        return _show(desk, mailbox, tried_too_often(language, entered.form))
    incoming, outgoing = Password(entered.secrets.password), Password(entered.secrets.smtp_password or entered.secrets.password)
    tried = try_servers(salesinbox.network, entered.imap, entered.smtp, incoming, outgoing)
    if not tried.works:
        return _show(desk, mailbox, with_faults(language, entered, service_of(mailbox), tried.imap, tried.smtp, whole=True))
    name = entered.form.name or mailbox.name
    salesinbox.mailboxes.edit(mailbox.id, name, entered.imap, entered.smtp, SignIn.PASSWORD, entered.secrets)
    return see_other(f"{HERE}/{mailbox.id}/servers?saved=1")


def _show(desk: MailboxDesk, mailbox: Mailbox, form: MailboxForm | None) -> Response:
    language, provider = desk.pages.language(), desk.provider(mailbox.provider)
    steps = () if form is None or provider is None else provider.app_password_steps(language)
    view = ServersView(
        title=language.text("Sign-in and servers of {address}", address=mailbox.address),
        id=mailbox.id,
        address=mailbox.address,
        form=form,
        consent=mailbox.sign_in.value if mailbox.sign_in in CONSENTS else "",
        consent_name=CONSENTS.get(mailbox.sign_in, ""),
        service=service_of(mailbox).name,
        steps=steps,
        link=provider.app_password_link(provider.place_of(mailbox.address).name) if provider is not None and steps else "",
        imap=_written(mailbox.imap),
        smtp=_written(mailbox.smtp),
        saved="saved" in request.args,
    )
    return desk.pages.show("mailbox_servers.html", view, 422 if form is not None and form.problems else 200)


def _standing_form(desk: MailboxDesk, mailbox: Mailbox) -> MailboxForm | None:
    if mailbox.sign_in is not SignIn.PASSWORD:
        return None
    secrets = _secrets(desk, mailbox)
    same = mailbox.imap.user == mailbox.smtp.user and not (secrets and secrets.smtp_password)
    return MailboxForm(mailbox.address, mailbox.name, fields_of(mailbox.imap), fields_of(mailbox.smtp), same)


def _secrets(desk: MailboxDesk, mailbox: Mailbox) -> Secrets | None:
    """None where nobody can read them any more: then they are typed again."""
    try:
        return desk.salesinbox.mailboxes.secrets(mailbox.id)
    except (LookupError, VaultDamaged):
        return None


def _remove(desk: MailboxDesk, owner: Owner, mailbox: Mailbox) -> Response:
    """From the answer on it is gone for everybody; its mail is deleted behind it, by the worker if this process dies."""
    salesinbox = desk.salesinbox
    try:
        salesinbox.sign_ins.give_back(mailbox)
    except MailboxFault as fault:
        # No reason to keep his mail: what he allowed stays at the service, unused, until he takes it back there.
        _log.warning("a permission stays at the mail service: %s", fault)
    salesinbox.removal.begin(mailbox.id)
    desk.audit.note(owner.workspace.id, owner.person, Action.MAILBOX_REMOVED, mailbox.address)
    response = see_other(f"{HERE}?now=removed")
    response.call_on_close(lambda: salesinbox.removal.finish(mailbox.id))
    return response


def _written(server: Server) -> str:
    return f"{server.host}:{server.port}, {'SSL/TLS' if server.security is Security.TLS else 'STARTTLS'}"
