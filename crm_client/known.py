"""How a CRM was last seen set up (field lists, a user's rights), so that forms can be drawn while it does not answer."""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import TypeVar

from cachetools import TTLCache
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, delete, select, tuple_, update

from crm_client.errors import RateLimited, Unavailable
from crm_client.port import Crm
from crm_client.records import Identity, Kind, Layout
from crm_client.tables import KnownSetUpRow
from db import Database, now, table
from i18n import Language

KEPT = timedelta(days=7)
REFRESHED_SECONDS = 3600
_REMEMBERED_WRITES = 20_000

Afterwards = list[Callable[[], None]]
"""What runs when the answer is on its way."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_table = table(KnownSetUpRow)
_layouts = TypeAdapter(Layout)
_identities = TypeAdapter(Identity)

_RECALL = select(_table.c.value).where(
    _table.c.viewer == bindparam("viewer"), _table.c.what == bindparam("what"), _table.c.seen_at > bindparam("oldest")
)


class KnownSetUp:
    """`viewer` is organisation and CRM user: what fields and rights there are is told to each user as the CRM tells him.

    What changed is written when the answer is out, to the caller's `afterwards`; without one, at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written: TTLCache[tuple[str, str], bytes] = TTLCache(maxsize=_REMEMBERED_WRITES, ttl=REFRESHED_SECONDS)
        self._lock = Lock()

    def layout(self, crm: Crm, viewer: str, kind: Kind, language: Language, afterwards: Afterwards | None = None) -> Layout:
        """The fields of this kind; as they were last seen while the CRM does not answer. CrmError."""
        return self._known(_layouts, viewer, f"{kind} {language.tag}", lambda: crm.describe(kind), afterwards)

    def identity(self, crm: Crm, viewer: str, afterwards: Afterwards | None = None) -> Identity:
        """The user with his rights; as they were last seen while the CRM does not answer. CrmError."""
        return self._known(_identities, viewer, "identity", crm.whoami, afterwards)

    def forget(self, viewer: str) -> None:
        """Nothing of what this viewer saw stays."""
        with self._database.write() as connection:
            connection.execute(delete(_table).where(_table.c.viewer == viewer))
        with self._lock:
            for key in [key for key in self._written if key[0] == viewer]:
                del self._written[key]

    def _known(self, adapter: TypeAdapter[_T], viewer: str, what: str, ask: Callable[[], _T], afterwards: Afterwards | None) -> _T:
        try:
            seen = ask()
        except (Unavailable, RateLimited):
            recalled = self._recall(adapter, viewer, what)
            if recalled is None:
                raise
            return recalled
        # Silent about mappings that are no dict: an adapter may hand out rights as any mapping. Reading back is strict.
        text = adapter.dump_json(seen, fallback=dict, warnings=False)
        mark = hashlib.sha256(text).digest()
        with self._lock:
            fresh = self._written.get((viewer, what)) != mark
        if fresh:
            job = partial(self._remember, viewer, what, text.decode(), mark)
            if afterwards is None:
                job()
            else:
                afterwards.append(job)
        return seen

    def _recall(self, adapter: TypeAdapter[_T], viewer: str, what: str) -> _T | None:
        with self._database.read() as connection:
            value = connection.execute(_RECALL, {"viewer": viewer, "what": what, "oldest": now() - KEPT}).scalar_one_or_none()
        if value is None:
            return None
        try:
            return adapter.validate_json(value, strict=True)
        except ValidationError as error:
            # Written by another version of Sidecard: not known, and overwritten at the next answer.
            _log.warning("a last known set-up cannot be read: %d problems", error.error_count())
            return None

    def _remember(self, viewer: str, what: str, value: str, mark: bytes) -> None:
        moment = now()
        with self._database.write() as connection:
            change = update(_table).where(_table.c.viewer == viewer, _table.c.what == what).values(value=value, seen_at=moment)
            if connection.execute(change).rowcount == 0:
                row = {"viewer": viewer, "what": what, "value": value, "seen_at": moment}
                connection.execute(self._database.insert_or_ignore(_table, row))
            # Rows another writer holds are left to him.
            old = select(_table.c.viewer, _table.c.what).where(_table.c.seen_at <= moment - KEPT).with_for_update(skip_locked=True)
            connection.execute(delete(_table).where(tuple_(_table.c.viewer, _table.c.what).in_(old)))
        with self._lock:
            self._written[viewer, what] = mark
