"""One mail handed to an outgoing server, to all its recipients or to none. Whoever asks learns which of three it was: taken,
certainly not taken, or that nobody can tell."""

import re
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from salesinbox.answers import cleaned, fault_of
from salesinbox.faults import Cause

ANSWER_SECONDS = 25.0
"""Somebody waits for the page."""
_GO_ON = 354
_FINE = range(200, 300)
_LATER = range(400, 500)
"""A no that may be a yes in a while: RFC 5321."""
_SIZE_CODES = frozenset({523, 552})
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class Refusal(StrEnum):
    """What a server did not want of a mail. Said once, another try alone does not help."""

    SENDER = "sender"
    """It sends nothing from this address for this account."""
    RECIPIENTS = "recipients"
    MAIL = "mail"
    """The mail as it is: taken for spam, or too large."""


Obstacle = Cause | Refusal


@dataclass(frozen=True, slots=True)
class Refused:
    """A recipient the server does not take, and why, in its words."""

    address: str
    said: str


class NotTaken(Exception):
    """Certainly not: nobody got anything."""

    def __init__(self, obstacle: Obstacle, said: str = "", refused: tuple[Refused, ...] = ()) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle
        self.said = said
        self.refused = refused


class Unanswered(Exception):
    """All of the mail was handed over, and the connection ended before the server said what it made of it."""


def hand_over(smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], wire: bytes) -> None:
    """Returns when the server has taken it, for every recipient. `wire` has CRLF line ends. NotTaken, Unanswered.

    Not `smtplib.sendmail`: that one sends to the rest where some recipients are refused, and makes one error of a connection
    lost before and after the end of the mail.
    """
    if smtp.sock is not None:
        smtp.sock.settimeout(ANSWER_SECONDS)
    try:
        smtp.ehlo_or_helo_if_needed()
        _expect(smtp.mail(sender, (f"size={len(wire)}",) if smtp.has_extn("size") else ()), Refusal.SENDER)
        answers = [(address, *smtp.rcpt(address)) for address in recipients]
        refused = tuple((address, code, said) for address, code, said in answers if code not in _FINE)
        if refused:
            smtp.rset()
            _refuse(refused)
        _expect(smtp.docmd("DATA"), Refusal.MAIL, fine=range(_GO_ON, _GO_ON + 1))
        # Up to here, and until the final dot is out, a server takes nothing.
        smtp.send(_LEADING_DOT.sub(b"..", wire) + b".\r\n")
    except (smtplib.SMTPException, OSError) as error:
        fault = fault_of(error)
        raise NotTaken(fault.cause, fault.said) from None
    try:
        answer = smtp.getreply()
    except (smtplib.SMTPException, OSError):
        raise Unanswered from None
    _expect(answer, Refusal.MAIL)
    # What happens at the parting changes nothing any more.
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()


def _expect(answer: tuple[int, bytes], refusal: Refusal, fine: range = _FINE) -> None:
    code, said = answer
    if code in fine:
        return
    if refusal is Refusal.SENDER and code in _SIZE_CODES:
        refusal = Refusal.MAIL
    raise NotTaken(Cause.THROTTLED if code in _LATER else refusal, cleaned(said))


def _refuse(answers: Sequence[tuple[str, int, bytes]]) -> None:
    later = all(code in _LATER for _, code, _ in answers)
    refused = tuple(Refused(address, cleaned(said)) for address, _, said in answers)
    raise NotTaken(Cause.THROTTLED if later else Refusal.RECIPIENTS, refused=refused)
