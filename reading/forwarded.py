"""Who wrote the mail that was forwarded? From the first block of headers quoted in the text, in the words and layouts of the
usual mail programs in English, French, German, Spanish, Italian, Portuguese and Dutch. A reply quotes too, and is no forward."""

import re
from dataclasses import dataclass

from reading.headers import one_line
from reading.message import Mailbox, Original, OriginalSource
from reading.quoting import DASHES, MAX_LINE, QuotedHeader, introduces_reply, is_forward_marker, mailbox_in, quoted_header

_MAX_LINES = 500
"""Lines of own text, signature and disclaimers under which a quoted mail is still looked for."""
_MAX_BLOCK_LINES = 40
_MAX_LINES_TO_BLOCK = 8
_MAX_TRIES = 30
"""Places that look like the start of quoted headers and are none, before the search ends."""
_MIN_HEADERS = 3

_SUBJECT_PREFIX = re.compile(r"\s{0,9}(?:\[[^\[\]]{1,40}\]\s{0,9})?(?:fwd?|tr|wg|rv|i|enc|doorst)\s?(?:\[\d{1,3}\])?\s?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Block:
    """Quoted headers: which were there, and the values that matter."""

    headers: frozenset[QuotedHeader]
    sender: Mailbox | None
    subject: str


def quoted_original(text: str, subject: str) -> Original | None:
    """The sender in the outermost forwarded block of `text`; None where the mail is no forward or the block names no address.

    `subject` decides where a block of headers stands without a marker: forwarded with "Fwd:" and its like, else a reply."""
    if ":" not in text and not any(dashes in text for dashes in DASHES):
        return None
    # French puts an unbreakable blank before a colon
    return _outermost(text.replace("\u00a0", " ").replace("\u202f", " ").split("\n", _MAX_LINES)[:_MAX_LINES], subject)


def _outermost(lines: list[str], subject: str) -> Original | None:
    tries = 0
    for number, line in enumerate(lines):
        stripped = line.strip()[:MAX_LINE]
        if not stripped or stripped.startswith(">"):
            continue
        if is_forward_marker(stripped):
            block = _block_after(lines, number + 1)
        elif quoted_header(stripped) is not None:
            block = _block_at(lines, number)
            if block and len(block.headers) < _MIN_HEADERS:
                block = None
            if block and not _SUBJECT_PREFIX.match(subject):
                return None
        elif introduces_reply(lines, number):
            return None
        else:
            continue
        if block:
            return Original(block.sender, OriginalSource.QUOTED_HEADER, block.subject) if block.sender else None
        tries += 1
        if tries == _MAX_TRIES:
            break
    return None


def _block_after(lines: list[str], start: int) -> _Block | None:
    """The block that follows a marker within a few lines. Apple Mail quotes it with ">"."""
    for number in range(start, min(len(lines), start + _MAX_LINES_TO_BLOCK)):
        if quoted_header(_unquoted(lines[number])) is not None:
            block = _block_at(lines, number)
            if block:
                return block
    return None


def _unquoted(line: str) -> str:
    return line[:MAX_LINE].lstrip("> \t").rstrip()


def _block_at(lines: list[str], start: int) -> _Block | None:
    """The block of headers that starts at this line, None where no From is among them."""
    values: dict[QuotedHeader, str] = {}
    last: QuotedHeader | None = None
    for number in range(start, min(len(lines), start + _MAX_BLOCK_LINES)):
        line = _unquoted(lines[number])
        found = quoted_header(line)
        if found:
            last = found[0]
            values.setdefault(last, found[1])
        elif line and last is not None:
            # a long value goes on in the next line; of HTML the mail's own text may follow without an empty line
            if lines[number].startswith((" ", "\t", ">  ")) or (last is QuotedHeader.FROM and "@" not in values[last]):
                values[last] = f"{values[last]} {line}"[:MAX_LINE]
        elif not line and not _goes_on(lines, number + 1):
            break
    if QuotedHeader.FROM not in values:
        return None
    subject = one_line(values.get(QuotedHeader.SUBJECT, ""), MAX_LINE)
    return _Block(frozenset(values), mailbox_in(values[QuotedHeader.FROM]), subject)


def _goes_on(lines: list[str], number: int) -> bool:
    """Some programs leave an empty line between the quoted headers."""
    return number < len(lines) and quoted_header(_unquoted(lines[number])) is not None
