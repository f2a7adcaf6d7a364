"""A folder that has only been given another name keeps its row, with its mails and its owner's choice.

IMAP does not tell of it. UIDVALIDITY and UIDs stay the same, but a server may number folders made in one second alike: so there must
be one candidate only, and the Message-IDs under the first UIDs must be the known ones.
"""

from collections.abc import Sequence
from itertools import islice

from reading.raw import read_raw
from salesinbox.folders import Folder, Folders
from salesinbox.session import Listed, Refused, Session, Status
from salesinbox.store import MailStore

_PROBES = 5


class Renames:
    """For one session."""

    def __init__(self, folders: Folders, session: Session, store: MailStore) -> None:
        self._folders = folders
        self._session = session
        self._store = store

    def follow(self, vanished: Sequence[Folder], new: Sequence[Listed]) -> set[int]:
        """The ids of those that are there under another name. MailboxFault, Overtaken."""
        followed: set[int] = set()
        known = [folder for folder in vanished if folder.uidvalidity]
        if not known or not new:
            return followed
        statuses = {listed.name: self._status(listed) for listed in new}
        for folder in known:
            alike = [other for other in known if other.uidvalidity == folder.uidvalidity]
            same = [one for one in new if (said := statuses[one.name]) and said.uidvalidity == folder.uidvalidity]
            if len(alike) == len(same) == 1 and self._has_its_mail(folder, same[0]):
                self._folders.renamed(folder, same[0].name)
                followed.add(folder.id)
        return followed

    def _status(self, listed: Listed) -> Status | None:
        try:
            return listed.status or self._session.status(listed.wire)
        except Refused:
            return None

    def _has_its_mail(self, folder: Folder, listed: Listed) -> bool:
        stored = dict(islice(self._store.message_ids(folder.id), _PROBES))
        if not stored:
            # Nothing to go by, and nothing to lose but the owner's choice.
            return folder.chosen
        try:
            self._session.examine(listed.wire)
            there = self._session.outlines(sorted(stored), headers=True)
        except Refused:
            return False
        said = {uid: read_raw(outline.headers).key for uid, outline in there.items()}
        proofs = [stored[uid] == key for uid, key in said.items() if not stored[uid].startswith("sha256:")]
        return bool(proofs) and all(proofs)
