"""An IMAP server that misbehaves as it is told to: sockets, TLS and IMAP are real, its mail is a table in memory.

A stand-in for what servers of this world put on the wire, for the cases a well-kept server never shows. One thread per connection.
"""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.authority import NAME, Authority
from tests.dovecot import PASSWORD

USER = "anna@northlight.example"
WHEN = "02-Mar-2026 10:00:00 +0000"
GMAIL = "X-GM-EXT-1"
WORD = r'"(?:[^"\\]|\\.)*"|\(.*?\)|\S+'


@dataclass
class Mail:
    """What the server has, and what it says of it where that is not the same."""

    raw: bytes
    seen: bool = False
    when: str = WHEN
    said_size: int | None = None
    """RFC822.SIZE, if not the truth."""
    cuts: int = 0
    """How often the connection ends in the middle of it."""
    vanishes: bool = False
    """It is expunged while it is being fetched: listed, then not there."""
    stalls: float = 0
    """Seconds it hangs in the middle of it."""
    gmail_id: int = 0
    labels: tuple[str, ...] = ()


@dataclass
class Folder:
    mails: dict[int, Mail] = field(default_factory=dict)
    validity: int = 1
    next_uid: int = 1
    attributes: str = "\\HasNoChildren"
    says_next: bool = True
    """UIDNEXT; some servers keep it to themselves."""

    def put(self, *raws: bytes, **said: object) -> list[int]:
        """Their UIDs. `said`: fields of `Mail`."""
        given = []
        for raw in raws:
            self.mails[self.next_uid] = Mail(raw, **said)  # type: ignore[arg-type]
            given.append(self.next_uid)
            self.next_uid += 1
        return given


@dataclass
class Refusal:
    """What is answered instead, `times` times after `after` proper answers: "NO [LIMIT] Come back later" as the tagged line,
    or "BYE ..." and the end of the connection. `uid`: only to commands that name it; `folder`: as it is on the wire."""

    verb: str
    said: str
    times: int = 1_000_000
    after: int = 0
    uid: int = 0
    folder: str = ""


@dataclass(frozen=True)
class Command:
    tag: str
    verb: str
    """Without UID."""
    rest: str
    words: tuple[str, ...]
    """Of `rest`, without quotes; lists in brackets are one word."""


class _HungUp(Exception):
    pass


class ImapScript:
    """`folders` by their names on the wire; change them at any time. `refusals` are tried in their order.

    `sign_ins` counts tries by their outcome, `asked` is every command in its order without passwords, `fetched` how often each
    (folder, UID) was handed out whole. `between` is said in the middle of every answer to FETCH.
    """

    def __init__(self, authority: Authority, capabilities: str = "UIDPLUS") -> None:
        self.host = NAME
        self.password = PASSWORD
        self.capabilities = f"IMAP4rev1 {capabilities}".strip()
        self.folders: dict[str, Folder] = {"INBOX": Folder()}
        self.refusals: list[Refusal] = []
        self.between: list[str] = []
        self.delimiter = "/"
        self.sign_ins: Counter[str] = Counter()
        self.asked: list[str] = []
        self.fetched: Counter[tuple[str, int]] = Counter()
        self._context = authority.server_context()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    def refuse(self, verb: str, said: str, **when: object) -> None:
        self.refusals.append(Refusal(verb, said, **when))  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()
        self._thread.join()

    def hang_up(self) -> None:
        """On everybody."""
        with self._lock:
            for one in self._open:
                _close(one)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as encrypted:
                with self._lock:
                    self._open.add(encrypted)
                _Session(self, encrypted).run()
        except (OSError, _HungUp):
            return
        finally:
            plain.close()

    def _refused(self, command: Command, folder: str) -> str | None:
        with self._lock:
            for one in self.refusals:
                if one.verb != command.verb or (one.folder and one.folder not in (folder, *command.words)):
                    continue
                if one.uid and one.uid not in _numbers(command.words[0], 2**32 - 1):
                    continue
                if one.after:
                    one.after -= 1
                    continue
                if one.times:
                    one.times -= 1
                    return one.said
        return None


class _Session:
    def __init__(self, script: ImapScript, encrypted: ssl.SSLSocket) -> None:
        self._script = script
        self._socket = encrypted
        self._lines = encrypted.makefile("rb")
        self._name = ""

    @property
    def _folder(self) -> Folder:
        return self._script.folders[self._name]

    def run(self) -> None:
        self._say(f"* OK [CAPABILITY {self._script.capabilities}] ready")
        while True:
            command = self._command()
            verb = command.verb
            with self._script._lock:
                self._script.asked.append(f"{verb} {command.rest}" if verb != "LOGIN" else verb)
            refused = self._script._refused(command, self._name)
            if refused is not None:
                if refused.startswith("BYE"):
                    self._say(f"* {refused}")
                    raise _HungUp
                self._say(f"{command.tag} {refused}")
            else:
                answer = getattr(self, f"_{verb.lower()}", None)
                said = "BAD no such command" if answer is None else answer(command)
                self._say(f"{command.tag} {said or f'OK {verb} done'}")
            if verb == "LOGOUT":
                raise _HungUp

    def _command(self) -> Command:
        line = self._lines.readline()
        while line.endswith(b"}\r\n"):
            size = int(line[line.rindex(b"{") + 1 : -3].rstrip(b"+"))
            self._say("+ go on")
            line = line[: line.rindex(b"{")] + b'"' + self._lines.read(size) + b'"' + self._lines.readline()
        if not line:
            raise _HungUp
        tag, _, rest = line.decode("latin-1").strip().partition(" ")
        verb, _, rest = rest.partition(" ")
        if verb.upper() == "UID":
            verb, _, rest = rest.partition(" ")
        words = tuple(one.strip('"').replace("\\\\", "\\") for one in re.findall(WORD, rest))
        return Command(tag, verb.upper(), rest, words)

    def _say(self, line: str | bytes) -> None:
        self._socket.sendall((line if isinstance(line, bytes) else line.encode("latin-1")) + b"\r\n")

    def _login(self, command: Command) -> str:
        right = command.words == (USER, self._script.password)
        with self._script._lock:
            self._script.sign_ins["right" if right else "wrong"] += 1
        return "" if right else "NO [AUTHENTICATIONFAILED] Invalid credentials"

    def _capability(self, command: Command) -> None:
        self._say(f"* CAPABILITY {self._script.capabilities}")

    def _logout(self, command: Command) -> None:
        self._say("* BYE see you")

    def _noop(self, command: Command) -> None:
        if self._name:
            self._say(f"* {len(self._folder.mails)} EXISTS")

    _check = _noop

    def _close(self, command: Command) -> None:
        self._name = ""

    _unselect = _close

    def _namespace(self, command: Command) -> None:
        self._say(f'* NAMESPACE (("" "{self._script.delimiter}")) NIL NIL')

    def _list(self, command: Command) -> None:
        for name, folder in list(self._script.folders.items()):
            self._say(f'* LIST ({folder.attributes}) "{self._script.delimiter}" "{name}"')

    def _status(self, command: Command) -> str:
        folder = self._script.folders.get(command.words[0])
        if folder is None:
            return "NO [NONEXISTENT] no such folder"
        unseen = sum(not mail.seen for mail in folder.mails.values())
        says = {"MESSAGES": len(folder.mails), "UIDVALIDITY": folder.validity, "UNSEEN": unseen, "RECENT": 0}
        if folder.says_next:
            says["UIDNEXT"] = folder.next_uid
        asked = command.words[1].strip("()").upper().split()
        self._say(f'* STATUS "{command.words[0]}" ({" ".join(f"{one} {says[one]}" for one in asked if one in says)})')
        return ""

    def _select(self, command: Command) -> str:
        self._name = ""
        if command.words[0] not in self._script.folders:
            return "NO [NONEXISTENT] no such folder"
        self._name = command.words[0]
        self._say("* FLAGS (\\Seen \\Deleted)")
        self._say(f"* {len(self._folder.mails)} EXISTS")
        self._say("* 0 RECENT")
        self._say(f"* OK [UIDVALIDITY {self._folder.validity}] valid")
        if self._folder.says_next:
            self._say(f"* OK [UIDNEXT {self._folder.next_uid}] next")
        return "OK [READ-ONLY] selected"

    _examine = _select

    def _append(self, command: Command) -> None:
        self._script.folders[command.words[0]].put(command.words[-1].encode("latin-1"))

    def _store(self, command: Command) -> None:
        for uid in self._named(command):
            self._folder.mails[uid].seen = "\\Seen" in command.rest

    def _search(self, command: Command) -> None:
        """ALL, SEEN, UNSEEN, UID and a set, a set of sequence numbers: what a synchroniser asks."""
        every = sorted(self._folder.mails)
        found, criteria = set(every), iter(command.rest.upper().strip("()").split())
        for one in criteria:
            if one == "UID":
                named = _numbers(next(criteria), max(every, default=1))
                found &= {uid for uid in every if uid in named}
            elif one in ("SEEN", "UNSEEN"):
                found &= {uid for uid in every if self._folder.mails[uid].seen is (one == "SEEN")}
            elif one != "ALL":
                named = _numbers(one, len(every))
                found &= {uid for number, uid in enumerate(every, 1) if number in named}
        self._say(" ".join(["* SEARCH", *map(str, sorted(found))]))

    def _fetch(self, command: Command) -> None:
        for line in self._script.between:
            self._say(line)
        for uid in self._named(command):
            mail = self._folder.mails.get(uid)
            if mail is None or mail.vanishes:
                self._folder.mails.pop(uid, None)
                continue
            self._hand_out(uid, mail, command.rest.split(" ", 1)[1])

    def _named(self, command: Command) -> list[int]:
        named = _numbers(command.words[0], max(self._folder.mails, default=1))
        return [uid for uid in sorted(self._folder.mails) if uid in named]

    def _hand_out(self, uid: int, mail: Mail, items: str) -> None:
        said = [f"UID {uid}".encode()]
        plain = {
            "FLAGS": "(\\Seen)" if mail.seen else "()",
            "INTERNALDATE": f'"{mail.when}"',
            "RFC822.SIZE": str(len(mail.raw) if mail.said_size is None else mail.said_size),
            "X-GM-MSGID": str(mail.gmail_id),
            "X-GM-LABELS": f"({' '.join(mail.labels)})",
            "BODYSTRUCTURE": f'("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "8BIT" {len(mail.raw)} 1 NIL NIL NIL NIL)',
        }
        said += [f"{name} {value}".encode() for name, value in plain.items() if re.search(rf"(?<![\w-]){re.escape(name)}\b", items)]
        for section, start, length in re.findall(r"BODY(?:\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?", items):
            content = _section(mail.raw, section)
            if length:
                content = content[int(start) : int(start) + int(length)]
            label = f"BODY[{section}]<{start}>" if length else f"BODY[{section}]"
            said.append(f"{label} {{{len(content)}}}\r\n".encode() + content)
            if not section:
                with self._script._lock:
                    self._script.fetched[self._name, uid] += 1
        number = sorted(self._folder.mails).index(uid) + 1
        line = b"* %d FETCH (%b)" % (number, b" ".join(said))
        if mail.cuts and "BODY" in items:
            mail.cuts -= 1
            self._socket.sendall(line[: len(line) // 2])
            _close(self._socket)
            raise _HungUp
        if mail.stalls and "BODY" in items:
            self._socket.sendall(line[:50])
            time.sleep(mail.stalls)
            line = line[50:]
        self._say(line)


def _section(raw: bytes, section: str) -> bytes:
    head, end, _ = raw.partition(b"\r\n\r\n")
    fields = re.fullmatch(r"HEADER\.FIELDS \((.*)\)", section, re.IGNORECASE)
    if fields is not None:
        wanted = {one.strip('"').lower() for one in fields[1].split()}
        kept = [line for line in re.split(rb"\r\n(?![ \t])", head) if line.split(b":")[0].decode("latin-1").lower() in wanted]
        return b"".join(line + b"\r\n" for line in kept) + b"\r\n"
    return head + end if section == "HEADER" else raw


def _numbers(named: str, highest: int) -> "_Ranges":
    """ "1:3,7,9:*" and its like. An asterisk means the highest there is."""
    ends = [tuple(highest if end == "*" else int(end) for end in one.split(":")) for one in named.split(",")]
    return _Ranges([(min(one), max(one)) for one in ends])


@dataclass(frozen=True)
class _Ranges:
    ranges: list[tuple[int, int]]

    def __contains__(self, number: int) -> bool:
        return any(low <= number <= high for low, high in self.ranges)

    def __iter__(self) -> Iterator[int]:
        return (number for low, high in self.ranges for number in range(low, high + 1))


def _close(one: socket.socket) -> None:
    """Under TLS, as a broken network does; also under a thread that reads from it, which then ends."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(one, socket.SHUT_RDWR)
