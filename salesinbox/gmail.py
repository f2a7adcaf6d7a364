"""Gmail's own way of keeping mail: every mail once, in All Mail, with labels that other programs are shown as folders.

So All Mail alone is synchronised and the other folders are covered by it, except Spam and Trash, whose mail it lacks. X-GM-LABELS
says which mail lies in a label its owner excluded, and which is a draft; X-GM-MSGID what Gmail's API, and so the sidebar, calls it.
Where the owner has hidden All Mail from IMAP, or excluded it, each folder is synchronised like anybody's, and X-GM-MSGID still has
each mail fetched and stored once.
"""

from collections.abc import Iterable, Mapping

from salesinbox.folders import Folder
from salesinbox.session import Listed
from salesinbox.uses import Use

_OF_USE = {Use.INBOX: b"\\Inbox", Use.SENT: b"\\Sent", Use.DRAFTS: b"\\Draft", Use.JUNK: b"\\Spam", Use.TRASH: b"\\Trash"}
_OF_FLAG = {"\\flagged": b"\\Starred", "\\important": b"\\Important"}
_APART = frozenset({Use.ALL, Use.JUNK, Use.TRASH})


def all_mail(folders: Iterable[Folder]) -> Folder | None:
    """The folder that has the others' mail, if it may be used."""
    return next((folder for folder in folders if folder.use is Use.ALL and not folder.excluded), None)


def is_covered(folder: Folder) -> bool:
    """By All Mail."""
    return folder.use not in _APART


def label_of(folder: Folder, listed: Listed) -> bytes:
    """How X-GM-LABELS calls it."""
    flagged = next((label for flag, label in _OF_FLAG.items() if flag in listed.flags), None)
    return _OF_USE.get(folder.use) or flagged or listed.wire


def unwanted(folders: Iterable[Folder], listed: Mapping[str, Listed]) -> frozenset[bytes]:
    """Labels whose mail is not synchronised: drafts, and what the owner excluded. That starred mail is left out as a folder by
    itself says nothing of the mail."""
    left_out = (folder for folder in folders if folder.excluded and (folder.chosen or folder.use is Use.DRAFTS) and is_covered(folder))
    return frozenset(label_of(folder, listed[folder.name]) for folder in left_out if folder.name in listed)
