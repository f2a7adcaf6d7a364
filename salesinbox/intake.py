"""Messages of the open folder into the store, a few megabytes at a time, whatever the server or a message is like.

First what they are (size, flags, date), then what the mailbox does not have yet, by the beginning of each. A command that the server
refuses, or breaks the connection at, is asked again for each half, down to the one message that it fails at: that becomes a gap.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, StatementError

from reading.message import Attachment
from salesinbox.faults import Cause, MailboxFault
from salesinbox.folders import Folder
from salesinbox.gaps import Gaps, Reason
from salesinbox.incoming import AHEAD, Fetched
from salesinbox.known import KnownMails
from salesinbox.mailboxes import Mailbox
from salesinbox.session import CUT, Outline, Refused, Session, ranges_of
from salesinbox.store import MailStore

WINDOW = 500
"""Messages asked about in one command."""
GROUP = 200
GROUP_BYTES = 4_000_000
"""Messages, and what they amount to, fetched in one command and stored in one transaction."""
MOST_FAILED = 20
"""In a row, then the folder is left alone for a while: a server in trouble, or a mistake of ours, must not turn a whole mailbox into
gaps."""

_LOST = frozenset({Cause.BROKEN_OFF, Cause.SILENT})
_UNSTORABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, StatementError, TypeError, ValueError)
_DATABASE_DOWN = (InterfaceError, InternalError, OperationalError)
_Said = TypeVar("_Said")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`own`: the owner's addresses, lower case. `not_before`: his company keeps no older mail. `unwanted`: labels of Gmail's."""

    own: frozenset[str]
    headers_only: bool
    not_before: datetime | None = None
    unwanted: frozenset[bytes] = frozenset()


class Intake:
    """For one session."""

    def __init__(self, session: Session, store: MailStore, gaps: Gaps, known: KnownMails, mailbox: Mailbox) -> None:
        self._session = session
        self._store = store
        self._gaps = gaps
        self._known = known
        self._mailbox = mailbox
        self._refused_in_a_row = self._unstored_in_a_row = 0
        self.wanted = Wanted(frozenset(), headers_only=True)

    def take(self, folder: Folder, uids: Sequence[int], *, look_for_known: bool = True, retry: bool = False) -> Iterator[int]:
        """In the order given. Yields a UID when everything up to it is in the store, a gap, or no longer on the server. What is a
        gap already is passed over, but for a `retry`. MailboxFault, Refused."""
        gaps = set() if retry else self._gaps.uids(folder.id)
        for start in range(0, len(uids), WINDOW):
            window = uids[start : start + WINDOW]
            outlines = self._outlines(folder, [uid for uid in window if uid not in gaps], headers=look_for_known)
            outlines = self._without_old(folder, self._without_unwanted(folder, outlines))
            if look_for_known:
                placed = self._store.place_known(folder.id, self._known.among(outlines)) if outlines else frozenset()
                outlines = [one for one in outlines if one.uid not in placed]
            for group in _groups(outlines):
                self._fetch(folder, group)
                yield group[-1].uid
            yield window[-1]

    def _outlines(self, folder: Folder, uids: Sequence[int], *, headers: bool) -> list[Outline]:
        if not uids:
            return []
        found, refused = self._asked(folder, uids, partial(self._session.outlines, headers=headers))
        self._unsent(folder, [uid for uid in uids if uid not in found and uid not in refused])
        return [found[uid] for uid in uids if uid in found]

    def _without_unwanted(self, folder: Folder, outlines: list[Outline]) -> list[Outline]:
        unwanted = {one.uid for one in outlines if not self.wanted.unwanted.isdisjoint(one.labels)}
        if unwanted:
            self._gaps.note(self._mailbox.id, folder.id, unwanted, Reason.EXCLUDED)
        return [one for one in outlines if one.uid not in unwanted]

    def _without_old(self, folder: Folder, outlines: list[Outline]) -> list[Outline]:
        """No mail is sorted later than a day after it was received; of the others the store looks at the date that is written."""
        before = self.wanted.not_before
        old = {one.uid for one in outlines if before is not None and one.received_at < before - AHEAD}
        if old:
            self._gaps.note(self._mailbox.id, folder.id, old, Reason.TOO_OLD)
        return [one for one in outlines if one.uid not in old]

    def _fetch(self, folder: Folder, group: Sequence[Outline]) -> None:
        uids = [one.uid for one in group]
        ask = partial(self._session.beginnings, headers_only=self.wanted.headers_only)
        raws, refused = self._asked(folder, uids, ask)
        self._unsent(folder, [uid for uid in uids if uid not in raws and uid not in refused])
        self._keep(folder, [self._fetched(one, raws[one.uid]) for one in group if one.uid in raws])

    def _fetched(self, outline: Outline, raw: bytes) -> Fetched:
        cut = len(raw) >= CUT and not self.wanted.headers_only
        files = self._files(outline.uid) if cut else None
        return Fetched(outline.uid, outline.received_at, outline.size, outline.unread, raw, cut, outline.gmail_id, files)

    def _files(self, uid: int) -> tuple[Attachment, ...] | None:
        """None where the server cannot say: then those count that stand in what was fetched."""
        try:
            return self._session.files(uid)
        except Refused:
            return None
        except MailboxFault as fault:
            if fault.cause not in _LOST:
                raise
            self._session.reopen()
            return None

    def _keep(self, folder: Folder, fetched: Sequence[Fetched]) -> None:
        if not fetched:
            return
        try:
            self._store.add(
                self._mailbox,
                self.wanted.own,
                folder.id,
                fetched,
                headers_only=self.wanted.headers_only,
                not_before=self.wanted.not_before,
            )
        except _DATABASE_DOWN:
            raise
        except _UNSTORABLE as error:
            if len(fetched) > 1:
                self._keep(folder, fetched[: len(fetched) // 2])
                self._keep(folder, fetched[len(fetched) // 2 :])
                return
            _log.warning("folder %d, UID %d: not stored, %s", folder.id, fetched[0].uid, type(error).__name__)
            self._gaps.note(self._mailbox.id, folder.id, [fetched[0].uid], Reason.UNREADABLE)
            self._unstored_in_a_row += 1
            if self._unstored_in_a_row >= MOST_FAILED:
                raise
        else:
            self._unstored_in_a_row = 0

    def _asked(
        self, folder: Folder, uids: Sequence[int], ask: Callable[[Sequence[int]], Mapping[int, _Said]], *, once_more: bool = True
    ) -> tuple[dict[int, _Said], set[int]]:
        """What is said of each, and those that are gaps now. MailboxFault, Refused."""
        try:
            found = dict(ask(uids))
        except Refused as refused:
            reason, said = Reason.REFUSED, refused.said
        except MailboxFault as fault:
            if fault.cause not in _LOST:
                raise
            self._session.reopen()
            if once_more:
                return self._asked(folder, uids, ask, once_more=False)
            reason, said = Reason.BREAKS_OFF, fault.said
        else:
            self._refused_in_a_row = 0 if found else self._refused_in_a_row
            return found, set()
        if len(uids) > 1:
            half = len(uids) // 2
            found, refused_ones = self._asked(folder, uids[:half], ask, once_more=False)
            more, refused_too = self._asked(folder, uids[half:], ask, once_more=False)
            return {**found, **more}, refused_ones | refused_too
        if not self._on_server(uids):
            return {}, set()
        _log.warning("folder %d, UID %d: %s, %s", folder.id, uids[0], reason, said)
        self._gaps.note(self._mailbox.id, folder.id, uids, reason)
        self._refused_in_a_row += 1
        if self._refused_in_a_row >= MOST_FAILED:
            raise Refused(said)
        return {}, set(uids)

    def _unsent(self, folder: Folder, uids: Sequence[int]) -> None:
        """Not in the answer: mostly removed in between, and nothing is missing."""
        if not uids:
            return
        there = self._on_server(uids)
        if there:
            self._gaps.note(self._mailbox.id, folder.id, there, Reason.NOT_SENT)
        self._gaps.close(folder.id, set(uids) - there)

    def _on_server(self, uids: Sequence[int]) -> set[int]:
        return set(uids).intersection(self._session.search(f"UID {ranges_of(uids)}"))


def _groups(outlines: Sequence[Outline]) -> Iterator[list[Outline]]:
    group: list[Outline] = []
    size = 0
    for one in outlines:
        group.append(one)
        size += min(one.size, CUT)
        if size >= GROUP_BYTES or len(group) >= GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group
