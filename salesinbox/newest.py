"""The newest mails with some addresses, as far as the reader may see them: the query under every list of mail.

One range of one index for each address, read from the newest on: a page costs the same whether there are a hundred mails or a
million.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, bindparam, or_, select, tuple_, union_all

from db import BIG_KEY, UtcDateTime, table
from salesinbox.matching import address_key
from salesinbox.sharing import PersonId, visible_to
from salesinbox.tables import MailboxRow, MailPersonRow

_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

_mailbox, _who = table(MailboxRow), table(MailPersonRow)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks."""

    person_id: int
    workspace_id: int


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a list that is sorted by date; text in addresses of pages."""

    at: datetime
    mail_id: int

    def __str__(self) -> str:
        return f"{(self.at - _SINCE) // _TICK}-{self.mail_id}"

    @staticmethod
    def read(text: str) -> "Position | None":
        """None where the text is no position."""
        ticks, _, mail_id = text.rpartition("-")
        if not (text.isascii() and ticks.removeprefix("-").isdigit() and mail_id.isdigit() and len(text) < 40):  # noqa: PLR2004
            return None
        try:
            return Position(_SINCE + int(ticks) * _TICK, min(int(mail_id), 2**63 - 1))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Range:
    """Mails with this address, up to then."""

    key: str
    until: datetime | None = None


def current(addresses: Sequence[str]) -> tuple[Range, ...]:
    return tuple(Range(key) for key in dict.fromkeys(address_key(address) for address in addresses))


def known_to(person_id: PersonId) -> ColumnElement[bool]:
    """Whoever stands in a mail's open headers; a blind copy is the sender's secret."""
    own = select(_mailbox.c.id).where(_mailbox.c.person_id == person_id)
    return or_(_who.c.mailbox_id.is_(None), _who.c.mailbox_id.in_(own))


@dataclass(frozen=True, slots=True)
class Newest:
    """A question for the newest mails with some addresses. `mail_id` and `at` of at least `limit` different ones, if there are so
    many, and maybe more: an address of theirs may stand in a mail with another."""

    reader: Reader
    of: Sequence[Range]
    limit: int
    owner: int | None = None
    after: Position | None = None

    @property
    def query(self) -> Select[Any]:
        """The same object for all questions of one form: what SQLAlchemy makes of it is kept."""
        return newest_of(tuple(one.until is not None for one in self.of), self.owner is not None, self.after is not None)

    @property
    def values(self) -> dict[str, object]:
        values: dict[str, object] = {"reader": self.reader.person_id, "workspace": self.reader.workspace_id, "limit": self.limit}
        for place, one in enumerate(self.of):
            values[f"key{place}"] = one.key
            if one.until is not None:
                values[f"until{place}"] = one.until
        if self.owner is not None:
            values["owner"] = self.owner
        if self.after is not None:
            values |= {"at": self.after.at, "mail": self.after.mail_id}
        return values


READER: BindParameter[int] = bindparam("reader", type_=Integer)


@lru_cache(maxsize=64)
def newest_of(former: tuple[bool, ...], owned: bool, later: bool) -> Select[Any]:
    parts = []
    owner = bindparam("owner", type_=Integer) if owned else None
    for place, is_former in enumerate(former):
        newest = select(_who.c.mail_id, _who.c.at).where(
            _who.c.workspace_id == bindparam("workspace"),
            _who.c.address_key == bindparam(f"key{place}"),
            known_to(READER),
            visible_to(READER, owner, mail_id=_who.c.mail_id),
        )
        if is_former:
            newest = newest.where(_who.c.at <= bindparam(f"until{place}", type_=UtcDateTime()))
        if later:
            bound = tuple_(bindparam("at", type_=UtcDateTime()), bindparam("mail", type_=BIG_KEY))
            newest = newest.where(tuple_(_who.c.at, _who.c.mail_id) < bound)
        newest = newest.distinct().order_by(_who.c.at.desc(), _who.c.mail_id.desc()).limit(bindparam("limit", type_=Integer))
        parts.append(select(newest.subquery()))
    both = union_all(*parts).subquery()
    return select(both.c.mail_id, both.c.at)
