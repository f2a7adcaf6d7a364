"""What erasing means for mail: the rules for its tables, and who is told and held off meanwhile.

A mail goes when nobody who stays has a copy of it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, delete, exists, false, select, tuple_, update

from db import Database, table
from linking.contact_erasure import Contact, Forget
from linking.erasing import Beside
from linking.erasure_registry import REGISTRY, Rule, Scope
from salesinbox.faults import MailboxFault
from salesinbox.gaps import Reason
from salesinbox.mailboxes import Mailbox, Mailboxes, SignIn, State
from salesinbox.matching import address_key
from salesinbox.outgoing import PURPOSE as OUTGOING
from salesinbox.removing import in_turn, mailboxes_of_person, take_out
from salesinbox.store import tombstone_text
from salesinbox.tables import (
    FolderRow,
    FromAddressRow,
    MailboxRow,
    MailCopyRow,
    MailFileRow,
    MailGapRow,
    MailPersonRow,
    MailPlaceRow,
    MailRow,
    MailTextRow,
    OutgoingRow,
    RecordAddressRow,
)
from tenants.receipts import Said
from tenants.tables import PersonRow
from tenants.tombstones import Buried, Tombstones
from tenants.vault import Vault, VaultDamaged

_CONSENTED = (SignIn.GOOGLE.value, SignIn.MICROSOFT.value)

_mail, _mailer, _file, _text = table(MailRow), table(MailPersonRow), table(MailFileRow), table(MailTextRow)
_copy, _place, _gap, _folder = table(MailCopyRow), table(MailPlaceRow), table(MailGapRow), table(FolderRow)
_mailbox, _from, _outgoing, _address = table(MailboxRow), table(FromAddressRow), table(OutgoingRow), table(RecordAddressRow)
_person = table(PersonRow)

_log = logging.getLogger(__name__)


def going_mailboxes(scope: Scope) -> ColumnElement[bool]:
    """Of who goes, of what goes, and of who stays on his own those that were his company's."""
    of_company = [(workspace_id, person_id) for workspace_id, person_id, _address in scope.members]
    left = tuple_(_mailbox.c.workspace_id, _mailbox.c.person_id).in_(of_company) if of_company else false()
    return _mailbox.c.person_id.in_(scope.people) | _mailbox.c.workspace_id.in_(scope.workspaces) | left


def _of_mailbox(mailbox_id: ColumnElement[int]) -> Callable[[Scope], ColumnElement[bool]]:
    return lambda scope: mailbox_id.in_(select(_mailbox.c.id).where(going_mailboxes(scope)))


def _nobodys(mail_id: ColumnElement[int]) -> Callable[[Scope], ColumnElement[bool]]:
    """While the copies are still there: of mails that are in going mailboxes only."""

    def where(scope: Scope) -> ColumnElement[bool]:
        going = select(_mailbox.c.id).where(going_mailboxes(scope))
        other = _copy.alias("other")
        stays = exists(select(other.c.mail_id).where(other.c.mail_id == _copy.c.mail_id, other.c.mailbox_id.not_in(going)))
        return mail_id.in_(select(_copy.c.mail_id).where(_copy.c.mailbox_id.in_(going), ~stays))

    return where


def _without_copy(scope: Scope) -> ColumnElement[bool]:
    """Once the copies are gone. The mailboxes still tell in which workspaces to look."""
    workspaces = select(_mailbox.c.workspace_id).where(going_mailboxes(scope))
    return _mail.c.workspace_id.in_(workspaces) & ~exists(select(_copy.c.mail_id).where(_copy.c.mail_id == _mail.c.id))


def _people(scope: Scope) -> ColumnElement[bool]:
    return _nobodys(_mailer.c.mail_id)(scope) | _of_mailbox(_mailer.c.mailbox_id)(scope)


_KEPT = "while they are in a mailbox; at most as many days as the company says"
_GOES = "with the last mailbox they are in"
_WITH_MAILBOX = "with its mailbox"

MAIL_RULES = (
    Rule(
        "outgoing_mail",
        "mails being written or sent (sealed)",
        "until sent and filed, then a week without the text",
        "the person's own; with its mailbox",
        lambda scope: _outgoing.c.person_id.in_(scope.people) | _of_mailbox(_outgoing.c.mailbox_id)(scope),
    ),
    Rule(
        "mail_text",
        "synchronised mails: the text (sealed)",
        f"{_KEPT}; never where only headers are kept",
        _GOES,
        _nobodys(_text.c.mail_id),
    ),
    Rule("mail_file", "names and sizes of their attachments", _KEPT, _GOES, _nobodys(_file.c.mail_id)),
    Rule("mail_person", "who they are from and to: addresses, names", _KEPT, f"{_GOES}; blind copies with the sender's", _people),
    Rule(
        "mail_place", "in which folder of a mailbox they lie", "as long as they lie there", _WITH_MAILBOX, _of_mailbox(_place.c.mailbox_id)
    ),
    Rule("mail_copy", "in whose mailbox they are", _KEPT, _WITH_MAILBOX, _of_mailbox(_copy.c.mailbox_id)),
    Rule("mail", "their subject, sender, date, the first 200 characters", _KEPT, _GOES, _without_copy),
    Rule(
        "mail_gap",
        "messages of a mailbox that are not kept here: number, reason",
        "as long as they are on the server",
        _WITH_MAILBOX,
        _of_mailbox(_gap.c.mailbox_id),
    ),
    Rule(
        "mail_folder",
        "a mailbox's folders: name, how far it is synchronised",
        "as long as they are on the server",
        _WITH_MAILBOX,
        _of_mailbox(_folder.c.mailbox_id),
    ),
    Rule(
        "from_address",
        "further addresses somebody sends from; hashes of codes",
        "until removed",
        _WITH_MAILBOX,
        _of_mailbox(_from.c.mailbox_id),
    ),
    Rule(
        "mailbox",
        "connected mailboxes: address, servers, passwords or tokens (sealed)",
        "until disconnected",
        "a consent is given back to Google; then with the person or the workspace",
        going_mailboxes,
    ),
    Rule(
        "record_address",
        "addresses a record has and had (no names)",
        "until nobody uses the organisation",
        "with the last workspace of an organisation",
        lambda scope: _address.c.org.in_(scope.orgs),
    ),
)


def _counted(rule: Rule) -> Rule:
    """Of who stays: how many mailboxes he has left."""
    return replace(
        rule, blank=(*rule.blank, (lambda _scope: _person.c.mailboxes != mailboxes_of_person(), {"mailboxes": mailboxes_of_person()}))
    )


FULL_REGISTRY = (*MAIL_RULES, *(_counted(rule) if rule.table == _person.name else rule for rule in REGISTRY))
"""Every table there is."""


class MailBeside(Beside):
    """`give_back`: a mailbox's consent at Google or Microsoft; MailboxFault where it does not answer."""

    def __init__(self, database: Database, mailboxes: Mailboxes, give_back: Callable[[Mailbox], None]) -> None:
        self._database = database
        self._mailboxes = mailboxes
        self._give_back = give_back

    def shut(self, connection: Connection, scope: Scope) -> None:
        ended = {"state": State.PAUSED.value, "due_at": None}
        connection.execute(update(_mailbox).where(going_mailboxes(scope), _mailbox.c.state != State.REMOVING.value).values(**ended))

    def revoke(self, scope: Scope) -> bool:
        """Each that answered has its secrets taken away, so that it is told once."""
        held = going_mailboxes(scope) & _mailbox.c.sign_in.in_(_CONSENTED) & (_mailbox.c.secrets != "")
        with self._database.read() as connection:
            ids = connection.execute(select(_mailbox.c.id).where(held).order_by(_mailbox.c.id)).scalars().all()
        told = True
        for mailbox_id in ids:
            mailbox = self._mailboxes.get(mailbox_id)
            if mailbox is None:
                continue
            try:
                self._give_back(mailbox)
            except MailboxFault as fault:
                _log.warning("a consent to read mail cannot be given back: %s", fault.cause)
                told = False
                continue
            with self._database.write() as connection:
                connection.execute(update(_mailbox).where(_mailbox.c.id == mailbox_id).values(secrets=""))
        return told

    def hold(self, connection: Connection, scope: Scope) -> None:
        query = select(_mailbox.c.workspace_id).where(going_mailboxes(scope)).distinct().order_by(_mailbox.c.workspace_id)
        for workspace_id in connection.execute(query).scalars().all():
            in_turn(self._database, connection, workspace_id)

    def said(self, connection: Connection, scope: Scope) -> Sequence[Said]:
        held = going_mailboxes(scope) & _mailbox.c.sign_in.in_(_CONSENTED)
        rows = connection.execute(select(_mailbox.c.sign_in, _mailbox.c.secrets).where(held).order_by(_mailbox.c.id)).all()
        return [_told(row.sign_in, ended=not row.secrets) for row in rows]


def forget_contact(database: Database, vault: Vault) -> Forget:
    """For `ContactErasure`: mails from or to him leave the store, and none comes in any more. They stay on the mail servers."""
    tombstones = Tombstones(database, vault)

    def forget(connection: Connection, contact: Contact) -> Mapping[str, int]:
        key = address_key(contact.address)
        in_turn(database, connection, contact.workspace_id)
        tombstones.lay(connection, Buried.CONTACT, tombstone_text(contact.workspace_id, key))
        its = (_mailer.c.workspace_id == contact.workspace_id) & (_mailer.c.address_key == key)
        mail_ids = connection.execute(select(_mailer.c.mail_id).where(its).distinct().order_by(_mailer.c.mail_id)).scalars().all()
        gone = take_out(connection, mail_ids, Reason.ERASED)
        drafts = _outgoing.c.id.in_(_naming(connection, vault, contact))
        gone[_outgoing.name] += connection.execute(delete(_outgoing).where(drafts)).rowcount
        of_records = _address.c.address_key == key
        if contact.refs:
            of_records |= tuple_(_address.c.kind, _address.c.record_id).in_([(ref.kind.value, ref.id) for ref in contact.refs])
        gone[_address.name] += connection.execute(delete(_address).where(_address.c.org == str(contact.target), of_records)).rowcount
        return gone

    return forget


def _naming(connection: Connection, vault: Vault, contact: Contact) -> list[int]:
    """What is being written or sent is sealed: every one is opened to see whether it names him."""
    query = select(_outgoing.c.id, _outgoing.c.draft).join(_mailbox, _mailbox.c.id == _outgoing.c.mailbox_id)
    rows = connection.execute(query.where(_mailbox.c.workspace_id == contact.workspace_id)).all()
    return [row.id for row in rows if contact.address in _text_of(vault, row.draft).lower()]


def _text_of(vault: Vault, draft: str) -> str:
    """ "" where nobody can read it any more."""
    try:
        return vault.open(OUTGOING, draft) if draft else ""
    except VaultDamaged:
        return ""


def _told(sign_in: str, *, ended: bool) -> Said:
    if sign_in == SignIn.MICROSOFT.value:
        return {"at": "Microsoft (mail)", "result": "the token was deleted here; the account's own page ends the permission", "when": None}
    return {"at": "Google (mail)", "result": "ended" if ended else "Google did not answer; the token was deleted here", "when": None}
