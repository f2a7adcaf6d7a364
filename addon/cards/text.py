"""Text that comes from mails and from the CRM, made safe for cards.

Google reads a little HTML in some text fields and calls the others plain. `rich` is for the former, `plain` for the latter.
"""

import re

from markupsafe import Markup, escape

SHORT = 120
"""Characters of a name or subject that a card shows; longer ones end in an ellipsis."""

# Control characters, and those that turn the direction of what follows: they could make a name read as another.
_UNSAFE = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# French sets no-break spaces before its punctuation and inside its numbers: those stay.
_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
# Some clients read HTML in fields that are documented as plain: nothing that looks like a tag or an entity goes out.
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›"})
_ENTITY = re.compile(r"&(?=#?\w{1,10};)")


def clean(text: str, limit: int = SHORT) -> str:
    """One line without control characters, at most `limit` characters."""
    # Cut first: what is dropped need not be searched. Runs of spaces cannot use up more than this.
    line = _SPACE.sub(" ", _UNSAFE.sub("", text[: limit * 4])).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def typeable(text: str) -> str:
    """What can stand in an input: as it comes back from there, apart from spaces at its ends."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain(text: str, limit: int = SHORT) -> str:
    """For fields without HTML: titles, labels, button texts."""
    return _ENTITY.sub("＆", clean(text, limit).translate(_LOOKALIKES))


def rich(text: str, limit: int = 400) -> Markup:
    """For fields with HTML: the text, escaped."""
    return escape(clean(text, limit))


def bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(clean(text))


def warning(text: str) -> Markup:
    """A sentence in the colour of errors, readable in the light and the dark theme."""
    return Markup('<font color="#d93025">{}</font>').format(clean(text, 400))


def lines(*parts: Markup | str) -> Markup:
    """Parts one under the other; empty ones left out."""
    return Markup("<br>").join(part for part in parts if part)
