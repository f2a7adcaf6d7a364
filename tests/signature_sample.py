"""A signature as the tests of the fields have it: its text, whose it is, and what a reader would take from it."""

from dataclasses import dataclass, field

from reading.proposal import Line, Sender


@dataclass(frozen=True)
class Signature:
    text: str
    sender: Sender
    language: str
    expected: dict[str, str] = field(default_factory=dict)

    def lines(self) -> tuple[Line, ...]:
        return lines_of(self.text)


def lines_of(text: str, first: int = 3) -> tuple[Line, ...]:
    """The lines of a text as a mail's lines from `first` on."""
    lines, start = [], 100
    for number, line in enumerate(text.strip("\n").split("\n"), start=first):
        lines.append(Line(number, start, line))
        start += len(line) + 1
    return tuple(lines)


def signature(text: str, address: str, name: str, language: str, **expected: str) -> Signature:
    first, _, last = name.partition(" ")
    return Signature(text, Sender(address, first, last), language, expected)
