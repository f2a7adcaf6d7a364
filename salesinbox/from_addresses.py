"""The addresses somebody may send from: that of his mailbox, and further ones he has proven to be his.

    ──added──▶ code mailed ──the code comes back──▶ proven ──removed──▶ gone
                  │    ▲
       half an hour, or ▼    │ a new code is asked for
       five wrong ones   worthless

The aliases on somebody's account page are no proof: they only say what is never offered as a lead.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.engine import Row

from db import Database, now, table
from i18n import Language
from reading.addresses import mailbox as parse_address
from reading.headers import one_line
from reading.message import Mailbox as Correspondent
from salesinbox.brake import What, counted
from salesinbox.composing import in_ascii
from salesinbox.mailboxes import Mailbox, Mailboxes, State
from salesinbox.postman import NotSent, Postman
from salesinbox.tables import FromAddressRow, MailboxRow
from tenants.tables import PersonRow
from tenants.vault import Vault

DIGITS = 6
CODE_LIVES = timedelta(minutes=30)
TRIES = 5
CODES = 3
"""A person may have mailed within ..."""
CODES_WITHIN = timedelta(hours=1)
MOST = 20
MAX_NAME = 200
_PURPOSE = "from address code"

_from, _mailbox, _person = table(FromAddressRow), table(MailboxRow), table(PersonRow)


@dataclass(frozen=True, slots=True)
class FromAddress:
    """A further address. `waits`: a code for it is good at the moment."""

    id: int
    address: str
    name: str
    proven: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """An address to send from, and the mailbox whose outgoing server takes it."""

    mailbox: Mailbox
    box: Correspondent


class Refusal(StrEnum):
    NO_ADDRESS = "no address"
    KNOWN = "known"
    """It is the mailbox's own, or was added before."""
    TOO_MANY = "too many"
    TOO_MANY_CODES = "too many codes"
    NO_POSTMAN = "no postman"
    """The operator has set no outgoing server for Sidecard's own mails."""
    NOT_SENT = "not sent"
    """The mail with the code could not be handed over."""


class AddressRefused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Proof(StrEnum):
    PROVEN = "proven"
    WRONG = "wrong"
    SPENT = "spent"
    """Too late, too many wrong ones, or none was mailed."""


class FromAddresses:
    """Safe to use from many threads and processes. Every call of a person's is a LookupError where the mailbox is not his."""

    def __init__(self, database: Database, vault: Vault, mailboxes: Mailboxes, postman: Postman | None) -> None:
        self._database = database
        self._vault = vault
        self._mailboxes = mailboxes
        self._postman = postman

    @property
    def can_prove(self) -> bool:
        return self._postman is not None

    def senders(self, person_id: int) -> tuple[Sender, ...]:
        """What he may send from now, each address once; those of his mailboxes first."""
        working = tuple(one for one in self._mailboxes.of_person(person_id) if one.state not in (State.PAUSED, State.REMOVING))
        found: dict[str, Sender] = {}
        for one in working:
            found.setdefault(one.address, Sender(one, Correspondent(one.address, one.name)))
        by_id = {one.id: one for one in working}
        proven = select(_from).where(_from.c.mailbox_id.in_(by_id), _from.c.proven_at.is_not(None)).order_by(_from.c.id)
        with self._database.read() as connection:
            for row in connection.execute(proven):
                found.setdefault(row.address, Sender(by_id[row.mailbox_id], Correspondent(row.address, row.name)))
        return tuple(found.values())

    def own(self, person_id: int) -> frozenset[str]:
        return own_addresses(self._database, person_id)

    def of(self, person_id: int, mailbox_id: int) -> tuple[FromAddress, ...]:
        """Oldest first."""
        self.owned(person_id, mailbox_id)
        with self._database.read() as connection:
            rows = connection.execute(select(_from).where(_from.c.mailbox_id == mailbox_id).order_by(_from.c.id)).all()
        return tuple(_read(row) for row in rows)

    def owned(self, person_id: int, mailbox_id: int) -> Mailbox:
        mailbox = self._mailboxes.get(mailbox_id)
        if mailbox is None or mailbox.person_id != person_id:
            raise LookupError(f"mailbox {mailbox_id}")
        return mailbox

    def add(self, person_id: int, mailbox_id: int, typed: str, name: str, language: Language) -> None:
        """Kept, and a code mailed to it. AddressRefused; after NOT_SENT it is kept nevertheless, for another try."""
        mailbox = self.owned(person_id, mailbox_id)
        parsed = parse_address(typed)
        address = in_ascii(parsed.address) if parsed else None
        if address is None or "." not in address.rpartition("@")[2]:
            raise AddressRefused(Refusal.NO_ADDRESS)
        if address == mailbox.address:
            raise AddressRefused(Refusal.KNOWN)
        if self._postman is None:
            raise AddressRefused(Refusal.NO_POSTMAN)
        values = {"mailbox_id": mailbox_id, "address": address, "name": one_line(name, MAX_NAME) or mailbox.name}
        with self._database.write() as connection:
            self._database.take_turns(connection, _turn(person_id))
            known = connection.execute(select(func.count()).where(_from.c.mailbox_id == mailbox_id)).scalar_one()
            if known >= MOST:
                raise AddressRefused(Refusal.TOO_MANY)
            made = connection.execute(self._database.insert_or_ignore(_from, values).returning(_from.c.id)).scalar_one_or_none()
            if made is None:
                raise AddressRefused(Refusal.KNOWN)
            code = self._new_code(connection, mailbox, made, address)
        self._mail(mailbox, address, code, language)

    def send_code(self, person_id: int, mailbox_id: int, address_id: int, language: Language) -> None:
        """A new code; the one before is worth nothing any more. AddressRefused."""
        mailbox = self.owned(person_id, mailbox_id)
        if self._postman is None:
            raise AddressRefused(Refusal.NO_POSTMAN)
        with self._database.write() as connection:
            self._database.take_turns(connection, _turn(person_id))
            address = connection.execute(select(_from.c.address).where(*_this(mailbox_id, address_id))).scalar_one_or_none()
            if address is None:
                raise LookupError(f"from-address {address_id}")
            code = self._new_code(connection, mailbox, address_id, address)
        self._mail(mailbox, address, code, language)

    def prove(self, person_id: int, mailbox_id: int, address_id: int, typed: str) -> Proof:
        """The try is counted before it is looked at: trying many at once is no way around the five."""
        self.owned(person_id, mailbox_id)
        this, moment = _this(mailbox_id, address_id), now()
        with self._database.write() as connection:
            tried = connection.execute(
                update(_from)
                .where(*this, _from.c.proven_at.is_(None), _from.c.code_hash != "", _from.c.code_until > moment, _from.c.wrong < TRIES)
                .values(wrong=_from.c.wrong + 1)
            )
            row = connection.execute(select(_from).where(*this)).one_or_none()
            if row is None:
                raise LookupError(f"from-address {address_id}")
            if row.proven_at is not None:
                return Proof.PROVEN
            if tried.rowcount != 1:
                return Proof.SPENT
            given = "".join(typed.split())
            if not any(hmac.compare_digest(row.code_hash, one) for one in self._hashes(address_id, row.address, given)):
                return Proof.SPENT if row.wrong >= TRIES else Proof.WRONG
            connection.execute(update(_from).where(*this).values(proven_at=moment, code_hash="", code_until=None))
        return Proof.PROVEN

    def remove(self, person_id: int, mailbox_id: int, address_id: int) -> None:
        self.owned(person_id, mailbox_id)
        with self._database.write() as connection:
            connection.execute(delete(_from).where(*_this(mailbox_id, address_id)))

    def _new_code(self, connection: Connection, mailbox: Mailbox, address_id: int, address: str) -> str:
        """Counted for the person, whichever mailbox it is for: removing an address, or a mailbox, brings no further codes."""
        if not counted(connection, mailbox.person_id, What.CODES, CODES, CODES_WITHIN):
            raise AddressRefused(Refusal.TOO_MANY_CODES)
        moment = now()
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        kept = {"code_hash": self._hashes(address_id, address, code)[0], "code_until": moment + CODE_LIVES, "wrong": 0}
        connection.execute(update(_from).where(_from.c.id == address_id).values(kept))
        return code

    def _mail(self, mailbox: Mailbox, address: str, code: str, language: Language) -> None:
        lines = (
            language.text("{address} wants to send mail from this address with Sidecard.", address=mailbox.address),
            language.text(
                "If that is you, type this code on the page you came from, within {minutes} minutes:",
                minutes=language.number(CODE_LIVES // timedelta(minutes=1)),
            ),
            code,
            language.text("If it is not you, nothing has to be done: without the code nobody sends anything from this address."),
        )
        if self._postman is None:
            raise AddressRefused(Refusal.NO_POSTMAN)
        try:
            self._postman.send(address, language.text("Your code for Sidecard"), "\n\n".join(lines) + "\n", language)
        except NotSent as error:
            raise AddressRefused(Refusal.NOT_SENT) from error

    def _hashes(self, address_id: int, address: str, code: str) -> tuple[str, ...]:
        """Keyed, because a million codes are quickly tried on a plain hash; one for each of the vault's keys, newest first."""
        said = f"{address_id} {address} {code}".encode("utf-8", "replace")
        return tuple(hmac.new(key, said, hashlib.sha256).hexdigest() for key in self._vault.secrets(_PURPOSE))


def own_addresses(database: Database, person_id: int) -> frozenset[str]:
    """All that are this person's, lower case: what comes from one of them he sent, what goes to one he got."""
    further = (
        select(_from.c.address)
        .join(_mailbox, _mailbox.c.id == _from.c.mailbox_id)
        .where(_mailbox.c.person_id == person_id, _from.c.proven_at.is_not(None))
    )
    with database.read() as connection:
        person = connection.execute(select(_person.c.email, _person.c.aliases).where(_person.c.id == person_id)).one()
        mailboxes = connection.execute(select(_mailbox.c.address).where(_mailbox.c.person_id == person_id)).scalars().all()
        proven = connection.execute(further).scalars().all()
    return frozenset(address.lower() for address in (person.email, *person.aliases, *mailboxes, *proven))


def _turn(person_id: int) -> str:
    return f"from-address {person_id}"


def _this(mailbox_id: int, address_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _from.c.id == address_id, _from.c.mailbox_id == mailbox_id


def _read(row: Row[tuple[object, ...]]) -> FromAddress:
    waits = row.code_hash != "" and row.code_until is not None and row.code_until > now() and row.wrong < TRIES
    return FromAddress(row.id, row.address, row.name, row.proven_at is not None, waits)
