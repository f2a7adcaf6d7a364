"""Addresses: what a usable one is, and the mailboxes of an address header.

The lists are taken apart here and not by `email.utils.getaddresses`, because that one recurses with every "(" (a hostile
header ends it) and makes two people of an unquoted "Doe, John <j@x.example>"."""

import re
from functools import lru_cache

from reading.headers import decode_words, one_line
from reading.message import Mailbox

MAX_ADDRESS = 254
MAX_NAME = 200

_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*")
_NOT_IN_LOCAL = frozenset('"(),:;<>[]\\')
# Every alternative ends at the next character of its own kind, so that the whole is linear.
_TOKEN = re.compile(
    r"""
    (?P<text>[^"(<>,;:\\]+) | "(?P<quoted>(?:[^"\\]|\\.)*+)" | \((?P<comment>[^()]*+)\) | <(?P<angle>[^<>]*+)>
    | (?P<pair>\\.) | (?P<mark>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_PAIR = re.compile(r"\\(.)", re.DOTALL)


def mailbox(address: str, name: str = "") -> Mailbox | None:
    """A mailbox in the one form all rooms compare, None where the address is not usable. `name` may hold encoded words."""
    # The same few people are in most mails of a mailbox.
    return _known_mailbox(address, name) if len(address) + len(name) <= MAX_ADDRESS else _mailbox(address, name)


def _mailbox(address: str, name: str) -> Mailbox | None:
    lowered = address.strip().lower()
    local, at, domain = lowered.rpartition("@")
    usable = (
        len(local) > 0
        and at
        and len(lowered) <= MAX_ADDRESS
        and "@" not in local
        and " " not in local
        and local.isprintable()
        and _NOT_IN_LOCAL.isdisjoint(local)
        and _DOMAIN.fullmatch(domain)
    )
    return Mailbox(lowered, _display_name(name)) if usable else None


_known_mailbox = lru_cache(maxsize=4_096)(_mailbox)


def _display_name(name: str) -> str:
    shown = one_line(decode_words(name), MAX_NAME)
    if len(shown) > 1 and shown[0] == shown[-1] and shown[0] in "'\"":
        return shown[1:-1].strip()
    return shown


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """The usable mailboxes of an address header, in order. Groups are opened; "Doe, John <j@x.example>" without quotes is one."""
    if not value:
        return ()
    found = _Reader().read(value)
    if not found and "=?" in value:
        # some senders encode name and address together
        found = _Reader().read(decode_words(value))
    return tuple(found)


class _Reader:
    """Takes one header value apart: a mailbox ends at a comma, a semicolon or the end."""

    def __init__(self) -> None:
        self.found: list[Mailbox] = []
        self.before_comma = ""
        self._clear()

    def _clear(self) -> None:
        self.phrase: list[str] = []
        self.comment = ""
        self.angle: str | None = None
        self.quoted_local_part = False
        self.encoded_word = False
        self.words_before = 0

    def read(self, value: str) -> list[Mailbox]:
        for token in _TOKEN.finditer(value):
            kind = token.lastgroup
            text = token[kind] if kind else ""
            if kind == "quoted":
                self.phrase.append(_PAIR.sub(r"\1", text))
            elif kind == "comment":
                self.comment = self.comment or text
            elif kind == "angle":
                self._address(text)
            elif kind == "mark":
                self._mark(text)
            else:
                self.quoted_local_part |= text[0] == "@" and value[token.start() - 1 : token.start()] == '"'
                self.encoded_word |= "=?" in text
                self.phrase.append(text[1] if kind == "pair" else text)
        self._end()
        return self.found

    def _address(self, angle: str) -> None:
        if self.angle is not None:  # a comma was forgotten: what stands between two addresses belongs to the second
            between = self.phrase[self.words_before :]
            del self.phrase[self.words_before :]
            self._end()
            self.phrase = between
        self.angle = angle
        self.words_before = len(self.phrase)

    def _mark(self, mark: str) -> None:
        if mark in ",;":
            self._end(comma=mark == ",")
        elif mark == ":":
            self._open_group()

    def _open_group(self) -> None:
        """What stood before the colon was a group's name, unless an encoded word goes on."""
        if not self.encoded_word:
            self._clear()

    def _end(self, *, comma: bool = False) -> None:
        phrase = "".join(self.phrase).strip()
        if self.angle is not None:
            name = f"{self.before_comma}, {phrase}" if self.before_comma and phrase else phrase or self.comment
            # "<mailto:a@b>", and the route of old mails "<@a,@b:c@d>"
            self._add(self.angle.rpartition(":")[2], name)
            self.before_comma = ""
        elif "@" in phrase and not self.quoted_local_part:
            words = phrase.split()
            address = next(word for word in reversed(words) if "@" in word)
            words.remove(address)
            self._add(address, " ".join(words) or self.comment)
            self.before_comma = ""
        else:
            self.before_comma = phrase if comma else ""
        self._clear()

    def _add(self, address: str, name: str) -> None:
        # folding may have put blanks into a long address
        box = mailbox("".join(address.split()), name)
        if box is not None:
            self.found.append(box)
