"""One watched mailbox's connection: it idles in one folder, and asks now and then how all folders are.

A connection that IMAPClient has made and signed in is taken over for good: from then on its socket is read and written here alone,
without waiting, and IMAPClient sees it no more. What the folders say of themselves (UIDVALIDITY, UIDNEXT, MESSAGES, and HIGHESTMODSEQ
or UNSEEN) is not parsed, only compared by a fingerprint: whether anything is new is all there is to know.

    ASKING --whole answer--> SETTLING --"+"--> IDLING --`ask`--> ASKING
    ASKING --whole answer--> RESTING --`ask`--> ASKING             where the server cannot IDLE
"""

import ssl
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from enum import Enum, auto
from functools import lru_cache
from hashlib import blake2b

from imapclient import IMAPClient
from imapclient.imap_utf7 import encode

from salesinbox.answers import faults

_CHUNK = 16 * 1024
_MOST_BYTES = 4 * 1024 * 1024
"""Of one answer. Nobody has that many folders; whoever sends more is no mail server."""

_MOST_DIGITS = 10
"""Of a number of messages (RFC 9051)."""


class _Stage(Enum):
    ASKING = auto()
    SETTLING = auto()
    IDLING = auto()
    RESTING = auto()


class Ended(Exception):
    """The connection is of no use any more."""


class Line:
    """Used by one thread, which waits until `socket` can be read, and asks in time.

    `fingerprint` is of the last whole answer, "" before the first. `stirred`: something has come into the folder it idles in, ask
    now. `certain`: that was why it was last asked, so there is news whatever the fingerprint says.
    """

    __slots__ = (
        "_at_once",
        "_buffer",
        "_exists",
        "_heard",
        "_ignored",
        "_items",
        "_number",
        "_one_by_one",
        "_stage",
        "_taken",
        "certain",
        "fingerprint",
        "idles",
        "socket",
        "stirred",
    )

    def __init__(self, socket: ssl.SSLSocket, can: Collection[bytes], exists: int) -> None:
        self.socket = socket
        self.idles = b"IDLE" in can
        self.fingerprint = ""
        self.stirred = self.certain = False
        self._items = b"(UIDVALIDITY UIDNEXT MESSAGES %b)" % (b"HIGHESTMODSEQ" if b"CONDSTORE" in can else b"UNSEEN")
        self._at_once = b"LIST-STATUS" in can
        self._one_by_one: Sequence[bytes] = ()
        self._ignored: tuple[bytes, ...] = ()
        self._exists = exists
        self._stage = _Stage.RESTING
        self._number = 0
        self._buffer = b""
        self._heard: list[bytes] = []
        self._taken = 0

    @classmethod
    def take_over(cls, client: IMAPClient, folder: str) -> "Line":
        """`folder` is the one to idle in. MailboxFault."""
        with faults():
            can = {bytes(one).upper() for one in client.capabilities()}
            # Where it cannot idle no folder is open: some servers tell of an open one only what was so when it was opened.
            exists = int(client.select_folder(folder, readonly=True)[b"EXISTS"]) if b"IDLE" in can else 0
        socket = client.socket()
        socket.settimeout(0)
        return cls(socket, can, exists)

    @property
    def quiet(self) -> bool:
        """It may be asked."""
        return self._stage in (_Stage.IDLING, _Stage.RESTING)

    def know(self, counting: Iterable[str], others: Iterable[str]) -> None:
        """Folders: what happens in the `others` is no news. Those that are in neither are new, and they are."""
        self._ignored = _beginnings(tuple(sorted(others)))
        self._one_by_one = tuple(b"STATUS %b %b" % (_quoted(name), self._items) for name in counting)

    def ask(self) -> None:
        """Ended: also where it has not answered yet what it was asked before."""
        if not self.quiet:
            raise Ended
        self._number += 1
        said = [b"DONE" if self._stage is _Stage.IDLING else b"W%d NOOP" % self._number]
        everything = b'LIST "" "*"'
        for command in (b"%b RETURN (STATUS %b)" % (everything, self._items),) if self._at_once else (everything, *self._one_by_one):
            self._number += 1
            said.append(b"W%d %b" % (self._number, command))
        self.certain, self.stirred = self.stirred, False
        self._stage = _Stage.ASKING
        self._heard = []
        self._taken = 0
        self._send(b"\r\n".join(said))

    def hear(self) -> bool:
        """Takes what has come in; True: the answer is whole. Ended."""
        *lines, self._buffer = (self._buffer + self._received()).split(b"\r\n")
        whole = False
        for line in lines:
            if line.startswith(b"* "):
                self._told(line)
            elif self._stage in (_Stage.SETTLING, _Stage.IDLING):
                self._settled(line)
            elif self._stage is _Stage.ASKING:
                if line.startswith(b"W%d " % self._number):
                    whole = self._answered(line)
                elif not line.startswith(b"W"):
                    # A name that came as a literal goes on on a line of its own.
                    self._heard.append(line)
        return whole

    def leave(self) -> None:
        """Says good-bye where that can be said at once."""
        with suppress(Ended):
            self._send(b"%bW%d LOGOUT" % (b"DONE\r\n" if self._stage is _Stage.IDLING else b"", self._number + 1))
        self.close()

    def close(self) -> None:
        self.socket.close()

    def _told(self, line: bytes) -> None:
        if line.endswith(b" EXISTS"):
            number = line[2:-7]
            if len(number) > _MOST_DIGITS:
                raise Ended
            count = int(number) if number.isdigit() else 0
            self.stirred = self.stirred or count > self._exists
            self._exists = count
        elif line.endswith(b" EXPUNGE"):
            self._exists -= 1
        elif line.startswith(b"* BYE"):
            raise Ended
        elif self._stage is _Stage.ASKING:
            if line.startswith(b"* STATUS "):
                self._heard.append(line)
            elif line.startswith(b"* LIST ") and not self._at_once:
                # A folder that is new or gone. Its attributes come and go with every mail.
                self._heard.append(line.partition(b")")[2])

    def _answered(self, line: bytes) -> bool:
        if self._at_once and line.split(b" ", 2)[1] != b"OK":
            # It has promised to tell of all folders at once, and does not.
            self._at_once = False
            self._stage = _Stage.RESTING
            self.ask()
            return False
        told = sorted(line for line in self._heard if not line.startswith(self._ignored))
        self.fingerprint = blake2b(b"\n".join(told), digest_size=8).hexdigest()
        self._heard = []
        if self.idles:
            self._number += 1
            self._stage = _Stage.SETTLING
            self._send(b"W%d IDLE" % self._number)
        else:
            self._stage = _Stage.RESTING
        return True

    def _settled(self, line: bytes) -> None:
        if line.startswith(b"+"):
            self._stage = _Stage.IDLING
        elif line.startswith(b"W%d " % self._number):
            # It will not, after all, or not for longer.
            self.idles = self._stage is _Stage.IDLING
            self._stage = _Stage.RESTING

    def _received(self) -> bytes:
        parts = []
        try:
            while part := self.socket.recv(_CHUNK):
                parts.append(part)
                if not self.socket.pending():
                    break
            else:
                raise Ended
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            raise Ended from None
        data = b"".join(parts)
        self._taken += len(data)
        if self._taken > _MOST_BYTES:
            raise Ended
        return data

    def _send(self, said: bytes) -> None:
        rest = said + b"\r\n"
        try:
            while rest:
                rest = rest[self.socket.send(rest) :]
        except OSError:
            # Also where it cannot be sent at once: the other side has not read our last question.
            raise Ended from None


def _quoted(folder: str) -> bytes:
    return b'"%b"' % encode(folder).replace(b"\\", b"\\\\").replace(b'"', b'\\"')


@lru_cache(4096)
def _beginnings(folders: tuple[str, ...]) -> tuple[bytes, ...]:
    """Of the lines about these folders: servers quote names or do not. Many mailboxes have the same ones."""
    return tuple(b"* STATUS %b (" % name for folder in folders for name in (_quoted(folder), encode(folder)))
