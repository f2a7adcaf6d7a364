"""Connecting without a password: by its owner's consent at Google or Microsoft, or by his company's delegation.

    POST /mailboxes/consent/<service>          off to the service
    GET  /mailboxes/consent/<service>/back     back, with a code or a refusal
    POST /mailboxes/consent/delegation         nobody has to be asked

The way is good once, for ten minutes, in the browser that set out. Whose account consented is whose mailbox is connected.
"""

import logging
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from console.mailboxes.boxes import CONSENTS, HERE, service_named
from console.mailboxes.connecting import NEW
from console.mailboxes.desk import LARGEST_ID, MailboxDesk, Owner
from console.mailboxes.forms import read_address
from console.mailboxes.keeping import keep
from console.mailboxes.words import Side, Trouble, trouble
from console.pages import MessageView, see_other
from console.prefetch import only_looking
from console.session import MailboxWalk, come_back_for_mailbox, set_out_for_mailbox
from i18n import Language
from salesinbox.faults import Cause, MailboxFault
from salesinbox.mailboxes import Mailbox, Secrets, SignIn
from salesinbox.oauth import Consent, Permitted
from salesinbox.permission import delegated_address
from salesinbox.providers import Provider
from salesinbox.servers import Bearer, Server
from salesinbox.trying import try_servers

_log = logging.getLogger(__name__)


def add_consent_pages(console: Blueprint, desk: MailboxDesk) -> None:
    walks = _Walks(desk)
    console.post(f"{HERE}/consent/{SignIn.DELEGATION}", endpoint="mailbox_delegated")(walks.delegated)
    console.post(f"{HERE}/consent/<service>", endpoint="mailbox_consent")(walks.set_out)
    console.get(f"{HERE}/consent/<service>/back", endpoint="mailbox_consented")(walks.come_back)


@dataclass(frozen=True, slots=True)
class _Walks:
    desk: MailboxDesk

    def set_out(self, service: str) -> Response:
        consent = self._consent(service)
        mailbox_id = _number(request.form.get("mailbox", ""))
        if mailbox_id is not None:
            found = self.desk.working(mailbox_id)
            if isinstance(found, Response):
                return found
            owner, mailbox = found
            provider, hint = mailbox.provider, mailbox.address
        else:
            asked = self.desk.connecting()
            if isinstance(asked, Response):
                return asked
            owner, provider = asked, self._provider(request.form.get("provider", ""), service).key
            address, wrong = read_address(self._language, request.form)
            hint = "" if wrong else address
        walk = set_out_for_mailbox(service, provider, owner.person.id, mailbox_id)
        title = self._language.text("On to {service} …", service=CONSENTS[SignIn(service)])
        return self.desk.pages.onward(consent.authorisation_url(walk.state, walk.verifier, hint), title)

    def come_back(self, service: str) -> Response:
        consent = self._consent(service)
        if only_looking():
            return Response(status=204, headers=[("Cache-Control", "no-store")])
        walk = come_back_for_mailbox(service, request.args.get("state", ""))
        if walk is None:
            return self._spent()
        found = self.desk.connecting() if walk.mailbox_id is None else self.desk.working(walk.mailbox_id)
        if isinstance(found, Response):
            return found
        owner, mailbox = found if isinstance(found, tuple) else (found, None)
        if owner.person.id != walk.person_id:
            return self._spent()
        provider = self._provider(walk.provider, service)
        if "error" in request.args or not request.args.get("code"):
            return self._refused(service, walk)
        try:
            permitted = consent.exchange(request.args["code"], walk.verifier)
        except MailboxFault as fault:
            return self._not_permitted(service, walk, fault)
        return self._take_in(owner, mailbox, provider, service, consent, permitted)

    def _take_in(
        self, owner: Owner, mailbox: Mailbox | None, provider: Provider, service: str, consent: Consent, permitted: Permitted
    ) -> Response:
        """With this permission both servers are tried; where they do not work it goes back."""
        mine = self.desk.salesinbox.mailboxes.of_person(owner.person.id)
        there = next((one for one in mine if one.address == permitted.address), None)
        if mailbox is not None and permitted.address != mailbox.address:
            if there is None:
                _give_back(consent, permitted)
            return self._other_account(service, mailbox, permitted)
        name = there.name if there else owner.person.name
        imap, smtp = _signed_in_as(provider.servers(permitted.address), permitted.user)
        token = Bearer(permitted.access_token)
        tried = try_servers(self.desk.salesinbox.network, imap, smtp, token, token)
        if not tried.works:
            if there is None:
                _give_back(consent, permitted)
            return self._not_working(provider, permitted.address, ((Side.IMAP, imap, tried.imap), (Side.SMTP, smtp, tried.smtp)))
        secrets = Secrets(refresh_token=permitted.refresh_token)
        if there is not None:
            # Somebody who connects what he has connected before wants it to work again.
            self.desk.salesinbox.mailboxes.edit(there.id, name, imap, smtp, SignIn(service), secrets)
            self.desk.salesinbox.sign_ins.forget(there.id)
            return see_other(f"{HERE}/{there.id}?now=again")
        return keep(
            self.desk,
            owner,
            address=permitted.address,
            name=name,
            provider=provider.key,
            sign_in=SignIn(service),
            servers=(imap, smtp),
            secrets=secrets,
        )

    def delegated(self) -> Response:
        owner = self.desk.connecting()
        if isinstance(owner, Response):
            return owner
        provider = self.desk.provider(request.form.get("provider", ""))
        address = delegated_address(owner.who, owner.policy)
        if not address or not self.desk.delegates or provider is None or SignIn.DELEGATION not in provider.sign_ins:
            raise NotFound
        imap, smtp = provider.servers(address)
        try:
            token = self.desk.salesinbox.sign_ins.by_delegation(address)
        except MailboxFault as fault:
            return self._not_delegated(provider, fault)
        tried = try_servers(self.desk.salesinbox.network, imap, smtp, token, token)
        if not tried.works:
            return self._not_working(provider, address, ((Side.IMAP, imap, tried.imap), (Side.SMTP, smtp, tried.smtp)))
        return keep(
            self.desk,
            owner,
            address=address,
            name=owner.person.name,
            provider=provider.key,
            sign_in=SignIn.DELEGATION,
            servers=(imap, smtp),
            secrets=Secrets(),
        )

    @property
    def _language(self) -> Language:
        return self.desk.pages.language()

    def _consent(self, service: str) -> Consent:
        """NotFound where the operator has not set it up."""
        consents = self.desk.salesinbox.sign_ins.consents
        sign_in = next((one for one in consents if one.value == service), None)
        if sign_in is None:
            raise NotFound
        return consents[sign_in]

    def _provider(self, key: str, service: str) -> Provider:
        """NotFound where its mailboxes are not opened by this service's consent."""
        provider = self.desk.provider(key)
        if provider is None or SignIn(service) not in provider.sign_ins:
            raise NotFound
        return provider

    def _message(self, title: str, lines: tuple[str, ...], again: str, status: int) -> Response:
        return self.desk.pages.message(MessageView(title, lines, (again, self._language.text("Try again"))), status)

    def _spent(self) -> Response:
        language = self._language
        lines = (
            language.text("It was for one use, for ten minutes, and for the browser it began in."),
            language.text("Begin again. Nothing was changed."),
        )
        return self._message(language.text("This way back does not work any more"), lines, HERE, 410)

    def _refused(self, service: str, walk: MailboxWalk) -> Response:
        language = self._language
        line = language.text("You did not let Sidecard into your mailbox at {service}. Nothing was changed.", service=_name(service))
        return self._message(language.text("Cancelled"), (line,), _back(walk), 200)

    def _not_permitted(self, service: str, walk: MailboxWalk, fault: MailboxFault) -> Response:
        language, name = self._language, _name(service)
        _log.warning("a consent to read mail came to nothing: %s", fault)
        match fault.cause:
            case Cause.PERMISSION_ENDED:
                lines = (
                    language.text("{service} gave no permission to read and send mail.", service=name),
                    language.text("Try again, and leave every box ticked. Sidecard needs all of it: reading, sending, and doing so later."),
                )
                return self._message(language.text("One permission is missing"), lines, _back(walk), 403)
            case Cause.REFUSED:
                lines = (
                    language.text("{service} does not accept this service. Tell whoever operates Sidecard.", service=name),
                    language.text("Nothing was changed."),
                )
                return self._message(language.text("That did not work"), lines, _back(walk), 502)
            case _:
                lines = (language.text("Nothing was changed."), language.text("Wait a moment, then try again."))
                return self._message(language.text("{service} does not answer", service=name), lines, _back(walk), 503)

    def _other_account(self, service: str, mailbox: Mailbox, permitted: Permitted) -> Response:
        language = self._language
        lines = (
            language.text(
                "You signed in at {service} as {other}, but this mailbox is {address}. Nothing was changed.",
                service=_name(service),
                other=permitted.address,
                address=mailbox.address,
            ),
            language.text("Try again and choose the right account there. The other one can be connected as a mailbox of its own."),
        )
        return self._message(language.text("Another account"), lines, f"{HERE}/{mailbox.id}/servers", 409)

    def _not_working(self, provider: Provider, address: str, tried: tuple[tuple[Side, Server, MailboxFault | None], ...]) -> Response:
        language, service = self._language, service_named(provider, steps=False)
        told: list[Trouble] = [trouble(language, fault.cause, side, server, service, fault.said) for side, server, fault in tried if fault]
        lines = (
            language.text("You let Sidecard in as {address}, but the mail servers do not. Nothing was kept.", address=address),
            *dict.fromkeys(f"{one.line} {one.advice}" for one in told),
        )
        return self._message(language.text("Not connected yet"), lines, f"{NEW}/{provider.key}", 502)

    def _not_delegated(self, provider: Provider, fault: MailboxFault) -> Response:
        language = self._language
        _log.warning("a delegated mailbox could not be opened: %s", fault)
        lines: tuple[str, ...] = (language.text("Google does not answer. Try again in a moment."),)
        if fault.cause is not Cause.SILENT:
            lines = (
                language.text("Google does not let Sidecard into your mailbox yet."),
                language.text("Your administrator finds out why under Set-up > Background access. Until then, sign in for yourself."),
            )
        return self._message(language.text("Not connected yet"), lines, f"{NEW}/{provider.key}", 502)


def _signed_in_as(servers: tuple[Server, Server], user: str) -> tuple[Server, Server]:
    imap, smtp = servers
    return Server(imap.host, imap.port, imap.security, user), Server(smtp.host, smtp.port, smtp.security, user)


def _give_back(consent: Consent, permitted: Permitted) -> None:
    """A permission nothing is done with. Where the service does not answer it stays there, unused, until its owner takes it back."""
    try:
        consent.give_back(permitted.refresh_token)
    except MailboxFault as fault:
        _log.warning("an unused permission stays at the mail service: %s", fault)


def _back(walk: MailboxWalk) -> str:
    return f"{NEW}/{walk.provider}" if walk.mailbox_id is None else f"{HERE}/{walk.mailbox_id}/servers"


def _name(service: str) -> str:
    return CONSENTS[SignIn(service)]


def _number(typed: str) -> int | None:
    """NotFound: it is none."""
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit() or len(typed) > len(str(LARGEST_ID)):
        raise NotFound
    return int(typed)
