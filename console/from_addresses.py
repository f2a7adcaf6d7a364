"""The addresses one sends from: that of the mailbox, and further ones, each proven by a code mailed to it."""

from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from console.mailboxes.boxes import HERE
from console.mailboxes.desk import LARGEST_ID, MailboxDesk
from console.mailboxes.words import Trouble
from console.pages import see_other
from i18n import Language, later
from salesinbox.from_addresses import CODES, MAX_NAME, MOST, TRIES, AddressRefused, FromAddress, Proof, Refusal
from salesinbox.mailboxes import Mailbox

MAX_TYPED = 254
_NOTICES = {
    "sent": later("A code is on its way to that address. Type it below."),
    "proven": later("That address is proven. You can send from it now."),
    "removed": later("That address is removed."),
}


@dataclass(frozen=True, slots=True)
class AddressForm:
    """What stands in the form for a new address; `problems` by field, those of a code under "code-" and its address's id."""

    address: str
    name: str
    problems: dict[str, Trouble]
    first: str = ""


@dataclass(frozen=True, slots=True)
class AddressesView:
    """`can_prove`: the operator has set an outgoing server for Sidecard's own mails."""

    title: str
    id: int
    address: str
    name: str
    further: tuple[FromAddress, ...]
    form: AddressForm
    can_prove: bool
    may_act: bool
    notice: str
    most_name: int = MAX_NAME


def add_from_address_pages(console: Blueprint, desk: MailboxDesk) -> None:
    addresses = desk.salesinbox.from_addresses

    @console.get(f"{HERE}/<int:mailbox_id>/addresses")
    def mailbox_addresses(mailbox_id: int) -> Response:
        found = desk.mine(mailbox_id)
        if isinstance(found, Response):
            return found
        owner, mailbox = found
        return _show(desk, mailbox, AddressForm("", mailbox.name, {}), may_act=owner.refusal is None)

    @console.post(f"{HERE}/<int:mailbox_id>/addresses")
    def mailbox_addresses_add(mailbox_id: int) -> Response:
        found = desk.working(mailbox_id)
        if isinstance(found, Response):
            return found
        typed, name = request.form.get("address", "")[: MAX_TYPED + 1], request.form.get("name", "")[:MAX_NAME]
        try:
            addresses.add(found[1].person_id, mailbox_id, typed, name, desk.pages.language())
        except AddressRefused as refused:
            told = _words(desk.pages.language(), refused.refusal)
            return _show(desk, found[1], AddressForm(typed, name, {"address": told}, "address"))
        return see_other(f"{HERE}/{mailbox_id}/addresses?did=sent")

    @console.post(f"{HERE}/<int:mailbox_id>/addresses/<int:address_id>")
    def mailbox_addresses_change(mailbox_id: int, address_id: int) -> Response:
        """One form for each address, with three buttons: type the code, have another one, remove it."""
        found = desk.working(mailbox_id)
        if isinstance(found, Response):
            return found
        try:
            did = _change(desk, found[1], address_id)
        except LookupError:
            raise NotFound from None
        if isinstance(did, Trouble):
            name = f"code-{address_id}"
            return _show(desk, found[1], AddressForm("", found[1].name, {name: did}, name))
        return see_other(f"{HERE}/{mailbox_id}/addresses?did={did}")


def _change(desk: MailboxDesk, mailbox: Mailbox, address_id: int) -> str | Trouble:
    """What was done, or what is wrong with the code. LookupError."""
    if address_id > LARGEST_ID:
        raise LookupError("from-address")
    addresses, language = desk.salesinbox.from_addresses, desk.pages.language()
    match request.form.get("do"):
        case "remove":
            addresses.remove(mailbox.person_id, mailbox.id, address_id)
            return "removed"
        case "code":
            try:
                addresses.send_code(mailbox.person_id, mailbox.id, address_id, language)
            except AddressRefused as refused:
                return _words(language, refused.refusal)
            return "sent"
        case _:
            proof = addresses.prove(mailbox.person_id, mailbox.id, address_id, request.form.get("code", "")[:100])
            return "proven" if proof is Proof.PROVEN else _wrong(language, proof)


def _show(desk: MailboxDesk, mailbox: Mailbox, form: AddressForm, *, may_act: bool = True) -> Response:
    language, addresses = desk.pages.language(), desk.salesinbox.from_addresses
    notice = _NOTICES.get(request.args.get("did", ""), "")
    view = AddressesView(
        title=language.text("Addresses of {address}", address=mailbox.address),
        id=mailbox.id,
        address=mailbox.address,
        name=mailbox.name,
        further=addresses.of(mailbox.person_id, mailbox.id),
        form=form,
        can_prove=addresses.can_prove,
        may_act=may_act,
        notice=language.text(notice) if notice and not form.problems else "",
    )
    return desk.pages.show("mailbox_addresses.html", view, 422 if form.problems else 200)


def _wrong(language: Language, proof: Proof) -> Trouble:
    if proof is Proof.WRONG:
        return Trouble(language.text("This is not the code."), language.text("See whether you typed the one of the newest mail."), "")
    line = language.text(
        "This code is worth nothing any more: it is too old, or {count} wrong ones were typed.", count=language.number(TRIES)
    )
    return Trouble(line, language.text("Have a new one mailed."), "")


def _words(language: Language, refusal: Refusal) -> Trouble:
    match refusal:
        case Refusal.NO_ADDRESS:
            return Trouble(language.text("This is not a mail address."), "", "")
        case Refusal.KNOWN:
            return Trouble(language.text("You have this address already."), "", "")
        case Refusal.TOO_MANY:
            return Trouble(language.text("At most {limit} addresses are possible.", limit=language.number(MOST)), "", "")
        case Refusal.TOO_MANY_CODES:
            line = language.text("At most {count} codes an hour are mailed.", count=language.number(CODES))
            return Trouble(line, language.text("Try again in an hour."), "")
        case Refusal.NO_POSTMAN:
            return Trouble(_no_postman(language), "", "")
        case Refusal.NOT_SENT:
            line = language.text("The mail with the code could not be sent.")
            return Trouble(
                line, language.text("See whether the address is spelled right. If it is, have another code mailed in a moment."), ""
            )


def _no_postman(language: Language) -> str:
    return language.text("Codes cannot be mailed: whoever operates Sidecard has to set an outgoing server for its own mails first.")
