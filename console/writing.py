"""Writing mail: a new one or an answer. What was typed comes back with what is wrong with it."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from console.mailboxes.desk import MailboxDesk, Owner
from console.mailboxes.words import Trouble
from console.pages import MessageView, see_other
from console.sending_words import problem_words
from i18n import Language
from reading.message import Mailbox as Correspondent
from salesinbox.answering import Answerable
from salesinbox.composing import MAX_SUBJECT, MAX_TEXT, MAX_TYPED, Draft, Field, NotSendable, answer_to
from salesinbox.emails import Reader
from salesinbox.from_addresses import Sender
from salesinbox.matching import address_key
from salesinbox.outgoing import AlreadySent, State
from salesinbox.permission import may_keep

MAIL = "/mail"
DRAFTS = f"{MAIL}/drafts"
KEY = re.compile(r"[0-9a-f]{32}")
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Choice:
    """An address to send from."""

    address: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WriteForm:
    """What stands in the form. `key` names this drawing of it; `problems` are words by field, "form" for all of it; `first` is the
    field one begins at; `answers_id` is the mail it answers."""

    draft: Draft
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    answers_id: int | None = None
    problems: Mapping[str, Trouble] = field(default_factory=dict)
    first: str = Field.TO.value


@dataclass(frozen=True, slots=True)
class WriteView:
    """`action` is where the form goes. `switch`: address and words of the link between an answer to one and to all.
    `failure`: why it was not sent before, `refused`: the recipients that were not accepted, with the server's words."""

    title: str
    action: str
    form: WriteForm
    senders: tuple[Choice, ...]
    switch: tuple[str, str] | None
    failure: Trouble | None
    refused: tuple[tuple[str, str], ...]
    notice: str
    kept: bool
    most_typed: int = MAX_TYPED
    most_subject: int = MAX_SUBJECT
    most_text: int = MAX_TEXT


def add_writing_pages(console: Blueprint, desk: MailboxDesk) -> None:
    @console.get(f"{MAIL}/new")
    def mail_new() -> Response:
        writer = Writer.at_the_door(desk)
        if isinstance(writer, Response):
            return writer
        to = " ".join(request.args.get("to", "").split())[:MAX_TYPED]
        draft = Draft(sender=writer.senders[0].box.address, to=to)
        return writer.show(WriteForm(draft, first=Field.SUBJECT.value if to else Field.TO.value), f"{MAIL}/new")

    @console.post(f"{MAIL}/new")
    def mail_new_send() -> Response:
        writer = Writer.at_the_door(desk)
        return writer if isinstance(writer, Response) else writer.take(f"{MAIL}/new", None)

    @console.get(f"{MAIL}/<int:mail_id>/reply")
    def mail_reply(mail_id: int) -> Response:
        writer = Writer.at_the_door(desk)
        if isinstance(writer, Response):
            return writer
        found = writer.answerable(mail_id)
        everybody = "all" in request.args
        own, here = desk.salesinbox.from_addresses.own(writer.owner.person.id), f"{MAIL}/{mail_id}/reply"
        language, sender = desk.pages.language(), writer.sender_for(found)
        draft = answer_to(found.mail, own, sender, language, everybody=everybody)
        switch = None
        if everybody:
            switch = here, language.text("Reply to the sender alone")
        elif answer_to(found.mail, own, sender, language, everybody=True).cc:
            switch = f"{here}?all=1", language.text("Reply to all")
        first = Field.TEXT if draft.to else Field.TO
        return writer.show(WriteForm(draft, answers_id=mail_id, first=first.value), here, switch=switch)

    @console.post(f"{MAIL}/<int:mail_id>/reply")
    def mail_reply_send(mail_id: int) -> Response:
        writer = Writer.at_the_door(desk)
        if isinstance(writer, Response):
            return writer
        writer.answerable(mail_id)
        return writer.take(f"{MAIL}/{mail_id}/reply", mail_id)


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who may send, from at least one address."""

    desk: MailboxDesk
    owner: Owner
    senders: tuple[Sender, ...]

    @classmethod
    def at_the_door(cls, desk: MailboxDesk) -> "Writer | Response":
        """Else the page that says why not."""
        owner = desk.connecting()
        if isinstance(owner, Response):
            return owner
        every = desk.salesinbox.from_addresses.senders(owner.person.id)
        senders = tuple(one for one in every if may_keep(one.mailbox, owner.who, owner.policy) is None)
        if senders:
            return cls(desk, owner, senders)
        language = desk.pages.language()
        line = language.text("Mail goes out through your own mailbox, and you have none connected that may send.")
        return desk.pages.message(
            MessageView(language.text("Connect a mailbox first"), (line,), ("/mailboxes", language.text("My mailboxes"))), 403
        )

    @property
    def reader(self) -> Reader:
        return Reader(self.owner.person.id, self.owner.workspace.id)

    def may_send_from(self, address: str) -> bool:
        return any(one.box.address == address for one in self.senders)

    def answerable(self, mail_id: int) -> Answerable:
        """NotFound."""
        found = self.desk.salesinbox.outgoing.answerable(self.reader, mail_id) if mail_id <= _LARGEST_ID else None
        if found is None:
            raise NotFound
        # Also of a mail that came while the company had texts kept.
        return replace(found, mail=replace(found.mail, text="")) if self.owner.policy.headers_only else found

    def sender_for(self, found: Answerable) -> str:
        """The address the mail came to, if one may send from it; else that of the mailbox it is in."""
        addressed = {address_key(box.address) for box in (*found.mail.to, *found.mail.cc)}
        if found.mail.sender is not None:
            addressed.add(address_key(found.mail.sender.address))
        near = [one for one in self.senders if one.mailbox.id in found.mailbox_ids] or list(self.senders)
        chosen = next((one for one in near if address_key(one.box.address) in addressed), near[0])
        return chosen.box.address

    def take(self, action: str, answers_id: int | None, key: str = "") -> Response:
        """What the form brought: sent or saved, or back with what is wrong with it."""
        draft, language, outgoing = read_draft(), self.desk.pages.language(), self.desk.salesinbox.outgoing
        key = key or read_key()
        if not self.may_send_from(draft.sender):
            draft = replace(draft, sender="")
        try:
            if request.form.get("do") == "send":
                outgoing.send(self.reader, key, draft, answers_id)
                return see_other(f"{DRAFTS}/{key}")
            outgoing.save(self.reader, key, draft, answers_id)
            return see_other(f"{DRAFTS}/{key}?saved=1")
        except NotSendable as error:
            # One sentence a field, in the order of the form.
            told = {problem.field: problem_words(language, problem) for problem in reversed(error.problems)}
            problems = {one.value: told[one] for one in Field if one in told}
            return self.show(WriteForm(draft, key, answers_id, problems, next(iter(problems))), action)
        except AlreadySent as error:
            # Sent, gone back to and changed: it is another mail, if that is what was meant.
            form = WriteForm(draft, answers_id=answers_id, problems={"form": _sent_before(language, error)}, first="")
            return self.show(form, f"{MAIL}/new" if answers_id is None else f"{MAIL}/{answers_id}/reply")

    def show(
        self,
        form: WriteForm,
        action: str,
        *,
        switch: tuple[str, str] | None = None,
        failure: Trouble | None = None,
        refused: tuple[tuple[str, str], ...] = (),
        notice: str = "",
        kept: bool = False,
    ) -> Response:
        language = self.desk.pages.language()
        view = WriteView(
            title=form.draft.subject.strip() or language.text("New mail"),
            action=action,
            form=form,
            senders=tuple(_choice(one.box, form.draft.sender) for one in self.senders),
            switch=switch,
            failure=failure,
            refused=refused,
            notice=notice,
            kept=kept,
        )
        return self.desk.pages.show("write.html", view, 422 if form.problems else 200)


def read_draft() -> Draft:
    """Cut a little beyond what is possible, so that too much is told and not silently dropped."""
    typed = request.form
    return Draft(
        sender=typed.get("sender", "")[:MAX_TYPED],
        to=typed.get("to", "")[: MAX_TYPED + 1],
        cc=typed.get("cc", "")[: MAX_TYPED + 1],
        subject=typed.get("subject", "")[: MAX_SUBJECT + 1],
        text=typed.get("text", "").replace("\r\n", "\n")[: MAX_TEXT + 1],
    )


def read_key() -> str:
    """A form without the key of its drawing is a mail of its own."""
    given = request.form.get("key", "")
    return given if KEY.fullmatch(given) else uuid.uuid4().hex


def _sent_before(language: Language, error: AlreadySent) -> Trouble:
    if error.item.state in (State.SENT, State.FILED):
        line = language.text("This mail was sent already, with another text. What stands here now was not sent.")
    else:
        line = language.text("This mail is on its way already, with another text. What stands here now was not sent.")
    return Trouble(line, language.text("Send it if you want it to go out as a further mail."), "form")


def _choice(box: Correspondent, chosen: str) -> Choice:
    return Choice(box.address, f"{box.name} <{box.address}>" if box.name else box.address, box.address == chosen)
