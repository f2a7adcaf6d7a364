"""What remains of who was erased: keyed hashes, so that no list and no job brings him back. The database alone tells nobody whose
they are. Who uses Sidecard again himself comes back, with nothing of before.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, delete, select

from db import Database, now, table
from tenants.people import GoogleIdentity
from tenants.tables import TombstoneRow
from tenants.vault import Vault

_PURPOSE = "tombstone"

_tombstone = table(TombstoneRow)


class Buried(StrEnum):
    """What a tombstone remembers: a Google account, an address, a company's domain; a contact's address in one company's mail."""

    SUB = "sub"
    ADDRESS = "address"
    DOMAIN = "domain"
    CONTACT = "contact"


class Tombstones:
    """Whoever makes rows of people from a list asks here first."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._keys = vault.secrets(_PURPOSE)

    def hash(self, kind: Buried, text: str) -> str:
        return self._hashes(kind, text)[0]

    def lay(self, connection: Connection, kind: Buried, text: str) -> None:
        """In the transaction that begins to erase him; once."""
        row = {"subject_hash": self.hash(kind, text), "kind": kind.value, "erased_at": now()}
        connection.execute(self._database.insert_or_ignore(_tombstone, row))

    def laid_at(self, kind: Buried, text: str) -> datetime | None:
        """None: he was never erased, or has come back himself."""
        with self._database.read() as connection:
            found = connection.execute(
                select(_tombstone.c.erased_at).where(_tombstone.c.subject_hash.in_(self._hashes(kind, text)))
            ).scalars()
            return min(found, default=None)

    def lies(self, kind: Buried, text: str) -> bool:
        return self.laid_at(kind, text) is not None

    def without_erased(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of a list who may be taken in."""
        asked = frozenset(addresses)
        with self._database.read() as connection:
            known = connection.execute(select(_tombstone.c.subject_hash).where(_tombstone.c.kind == Buried.ADDRESS.value))
            hashes = frozenset(known.scalars())
        return asked if not hashes else frozenset(one for one in asked if hashes.isdisjoint(self._hashes(Buried.ADDRESS, one)))

    def among(self, connection: Connection, kind: Buried, texts: Iterable[str]) -> frozenset[str]:
        """Those of the texts that lie here. Next to nothing where nobody of that kind was ever erased."""
        if connection.execute(select(_tombstone.c.kind).where(_tombstone.c.kind == kind.value).limit(1)).one_or_none() is None:
            return frozenset()
        asked = {one: text for text in texts for one in self._hashes(kind, text)}
        lie = connection.execute(select(_tombstone.c.subject_hash).where(_tombstone.c.subject_hash.in_(asked))).scalars()
        return frozenset(asked[one] for one in lie)

    def come_back(self, connection: Connection, identity: GoogleIdentity) -> None:
        """He is here himself, and something is installed for him."""
        for kind, text in ((Buried.SUB, identity.sub), (Buried.ADDRESS, identity.email), (Buried.DOMAIN, identity.domain)):
            self.clear(connection, kind, text)

    def clear(self, connection: Connection, kind: Buried, text: str) -> None:
        """Nothing is known of him any more, not even that he was here."""
        connection.execute(delete(_tombstone).where(_tombstone.c.subject_hash.in_(self._hashes(kind, text))))

    def _hashes(self, kind: Buried, text: str) -> tuple[str, ...]:
        """Under the newest key first; under the older ones for tombstones of before."""
        said = f"{kind} {text.strip().lower()}".encode()
        return tuple(hmac.new(key, said, sha256).hexdigest() for key in self._keys)
