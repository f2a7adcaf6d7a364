"""A mail from its bytes (RFC 5322), as IMAP or a file gives it.

The parts are cut here in one pass and not by the standard library's parser: that one goes line by line through every open
level and recurses, so that a mail nested a thousand deep ends it and a long one nested a hundred deep takes seconds."""

import re
from collections.abc import Iterator
from itertools import islice

from reading.build import message_from
from reading.headers import Headers, content_of, from_block
from reading.message import Message
from reading.parts import MAX_DEPTH, MAX_PARTS, Part

_MAX_HEADER_BLOCK = 400_000
_MAX_PART_HEADER_BLOCK = 16_000
_MAX_DASHED_LINES = 200_000
_TOKEN = re.compile(rb"--([^\r\n]+)")
_LINE_END = re.compile(rb"\r?\n?")
_OPAQUE = frozenset({"base64", "quoted-printable"})


def read_raw(data: bytes, *, with_contents: bool = False) -> Message:
    """The mail of these bytes, whatever they are: what cannot be read is left empty. Never raises. `with_contents`: its attachments
    hold what is in them."""
    return message_from(_PartCutter(data, with_contents).cut(), with_contents=with_contents)


class _PartCutter:
    """Walks over the lines that may part a multipart, keeping the boundaries that are open, outermost first."""

    def __init__(self, data: bytes, with_contents: bool) -> None:
        self.data = data
        self.with_contents = with_contents
        self.multiparts: list[tuple[bytes, Part, int]] = []
        """Their boundaries, and where their bodies start."""
        self.level_of: dict[bytes, int] = {}
        self.count = 0
        self.leaf: tuple[Part, int] | None = None
        """The part whose body is being passed, and where that starts."""
        self.messages: list[tuple[int, Part, int]] = []
        """Attached mails still open: how many multiparts were open around each, the part, its start."""
        self.position = 0
        """Nothing before it can part anything: header blocks already read."""

    def cut(self) -> Part:
        start = _after_mbox_line(self.data)
        root = self._begin(start, [], _MAX_HEADER_BLOCK)
        if self.multiparts:
            for line in islice(_dashed_lines(self.data, 0, len(self.data)), _MAX_DASHED_LINES):
                if line.start() >= self.position:
                    self._at_line(line[1].rstrip(), line.start(), line.end())
                    if not self.multiparts or self.count >= MAX_PARTS:
                        break
        self._end(0, len(self.data))
        return root

    def _at_line(self, token: bytes, start: int, end: int) -> None:
        level, closing = self.level_of.get(token), False
        if level is None and token.endswith(b"--"):
            level, closing = self.level_of.get(token[:-2]), True
        if level is None:
            return
        self._end(level + 1, start)
        if closing:
            del self.level_of[self.multiparts.pop()[0]]
        else:
            after = _LINE_END.match(self.data, end)
            self._begin(after.end() if after else end, self.multiparts[level][1].parts, _MAX_PART_HEADER_BLOCK)

    def _end(self, level: int, end: int) -> None:
        """The multiparts from `level` inwards end here, and whatever they hold."""
        body_end = end
        if end < len(self.data):  # the line end before a boundary belongs to the boundary
            body_end -= self.data[end - 1 : end] == b"\n"
            body_end -= self.data[body_end - 1 : body_end] == b"\r"
        if self.leaf is not None:
            part, start = self.leaf
            part.body = self.data[start : max(start, body_end)]
            self.leaf = None
        while self.messages and self.messages[-1][0] >= level:
            _, part, start = self.messages.pop()
            part.size = max(0, body_end - start)
            if self.with_contents and not self.messages:
                part.body = self.data[start : start + part.size]
        for boundary, part, start in self.multiparts[level:]:
            del self.level_of[boundary]
            if not part.parts:  # its boundary never came: all of it is text
                part.body = self.data[start : max(start, body_end)]
        del self.multiparts[level:]

    def _begin(self, start: int, siblings: list[Part], max_header_block: int) -> Part:
        """The part whose headers start here becomes the last of `siblings`; an attached mail is entered at once."""
        first: Part | None = None
        while True:
            headers, start = self._headers(start, max_header_block)
            part = Part(headers, content_of(headers), encoding=headers.get("content-transfer-encoding", "").strip().lower())
            first = first or part
            siblings.append(part)
            self.count += 1
            self.position = start
            may_nest = part.encoding not in _OPAQUE and len(self.multiparts) + len(self.messages) < MAX_DEPTH
            if not (part.is_message and may_nest):
                break
            self.messages.append((len(self.multiparts), part, start))
            siblings = part.parts
        boundary = part.content.boundary.encode("utf-8", "replace")
        if part.content.mime_type.startswith("multipart/") and boundary and boundary not in self.level_of and may_nest:
            self.level_of[boundary] = len(self.multiparts)
            self.multiparts.append((boundary, part, start))
        else:
            self.leaf = (part, start)
        return first

    def _headers(self, start: int, limit: int) -> tuple[Headers, int]:
        """The headers at `start`, and where the body begins."""
        data = self.data
        blank = _LINE_END.match(data, start)
        if blank and blank.end() > start:
            return {}, blank.end()
        end, body = _blank_line(data, start, min(len(data), start + limit))
        # a part of headers only, without the blank line, ends at the next boundary
        if self.level_of:
            for line in _dashed_lines(data, start, end):
                token = line[1].rstrip()
                if token in self.level_of or token.removesuffix(b"--") in self.level_of:
                    end = body = line.start()
                    break
        return from_block(data[start:end]), body


def _dashed_lines(data: bytes, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """The lines between these places that begin with two dashes and go on. The bytes are searched for them, most have none."""
    first = None if start else _TOKEN.match(data, 0, end)
    if first is not None:
        yield first
    at = max(0, start - 1)
    while at := data.find(b"\n--", at, end) + 1:
        line = _TOKEN.match(data, at, end)
        if line is not None:
            yield line


def _blank_line(data: bytes, start: int, limit: int) -> tuple[int, int]:
    """Start and end of the first empty line; both `limit` where there is none before it."""
    bare = data.find(b"\n\n", start, limit)
    with_return = data.find(b"\n\r\n", start, bare if bare >= 0 else limit)
    if with_return >= 0:
        return with_return, with_return + 3
    return (bare, bare + 2) if bare >= 0 else (limit, limit)


def _after_mbox_line(data: bytes) -> int:
    """Where the headers start: after the "From " line a mailbox file may have put before them."""
    if not data.startswith((b"From ", b">From ")):
        return 0
    end = data.find(b"\n")
    return end + 1 if end >= 0 else len(data)
