"""What mail servers say when they say no, and what is meant by it.

Response codes say it exactly where they are used: RFC 5530 and RFC 9051 for IMAP; RFC 3463, RFC 4954 and RFC 5321 for SMTP. Most of
what people meet is said in a provider's own words, which stand in `WORDS` with where they are documented.
"""

import ast
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from imaplib import IMAP4

from salesinbox.faults import Cause, MailboxFault

SAID_LENGTH = 200
_LOOKED_AT = 2_000
_SHORTEST_SECRET = 4
_HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Words:
    """A regular expression for what is said in small letters, what it means, and who says so."""

    pattern: str
    cause: Cause
    source: str


WORDS = (
    # The first that fits counts: "basic authentication is disabled" is no protocol switched off, Google's OVERQUOTA no full mailbox.
    Words(
        r"basic auth(entication)? is disabled", Cause.CONSENT, "learn.microsoft.com: deprecation of Basic authentication in Exchange Online"
    ),
    Words(
        r"app(lication)?-specific password|\bapp password", Cause.APP_PASSWORD, "support.google.com/accounts/answer/185833, Apple HT204397"
    ),
    Words(r"web login required|log ?in (via|with) your web browser", Cause.APP_PASSWORD, "support.google.com/mail/answer/78754"),
    Words(r"security defaults policy", Cause.CONSENT, "learn.microsoft.com: authenticated client SMTP submission"),
    Words(r"smtpclientauthentication is disabled", Cause.PROTOCOL_OFF, "learn.microsoft.com: aka.ms/smtp_auth_disabled"),
    Words(
        r"not enabled for imap|yet to enable imap",
        Cause.PROTOCOL_OFF,
        "support.google.com/mail/answer/7126229, zoho.com/mail/help/imap-access.html",
    ),
    Words(r"\b(imap|smtp)\b.{0,40}\b(is |are |been )?(disabled|not enabled|switched off|turned off)", Cause.PROTOCOL_OFF, "the same"),
    Words(
        r"too many|throttl|rate limit|concurrent connections|temporarily (blocked|locked|unavailable)",
        Cause.THROTTLED,
        "support.google.com/mail/answer/7126229",
    ),
    Words(
        r"(bandwidth|sending|command)[\w ]{0,20} limits?|daily user sending", Cause.THROTTLED, "support.google.com/a/answer/1071518, 166852"
    ),
    Words(r"\[(limit|unavailable|inuse|throttled|serverbug)\b", Cause.THROTTLED, "RFC 5530"),
    Words(r"temporary authentication failure|try again later", Cause.THROTTLED, "RFC 4954, 454 4.7.0"),
    Words(r"\[overquota\b|over ?quota|quota exceeded|mailbox (is )?full", Cause.FULL, "RFC 9208, RFC 5530"),
    Words(r"authenticated but not connected", Cause.REFUSED, "learn.microsoft.com: the token is good, the mailbox is not to be had now"),
    Words(r"\[(authenticationfailed|authorizationfailed|expired)\b", Cause.SIGN_IN, "RFC 5530"),
)
_WORDS = tuple((re.compile(words.pattern), words.cause) for words in WORDS)

_SMTP_CODES = {
    421: Cause.THROTTLED,
    432: Cause.THROTTLED,
    450: Cause.THROTTLED,
    451: Cause.THROTTLED,
    454: Cause.THROTTLED,
    452: Cause.FULL,
    552: Cause.FULL,
    534: Cause.APP_PASSWORD,
    535: Cause.SIGN_IN,
}
_NO_CODE = -1

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError)
"""What imaplib and IMAPClient raise on what is no IMAP, beside errors of their own."""


def cleaned(said: object, hidden: Collection[str] = ()) -> str:
    """As a line for people: without control characters, and without what we sent where a server repeats that."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if written := _bytes_in(text):
        with suppress(ValueError, SyntaxError, AttributeError):
            text = ast.literal_eval(written).decode("utf-8", "replace")
    for secret in sorted(hidden, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, _HIDDEN)
    text = "".join(" " if unicodedata.category(char).startswith("C") else char for char in text[:_LOOKED_AT])
    return " ".join(text.split())[:SAID_LENGTH]


def _bytes_in(text: str) -> str:
    """imaplib puts what came into its errors as Python writes bytes, after words of its own: "...: [b'NO']". "" for none. No regular
    expression: a server may say a megabyte of b'b'b'."""
    written = text.removesuffix("]")
    start = written.find(f"b{written[-1]}") if written.endswith(("'", '"')) else -1
    return written[start:] if start >= 0 else ""


def meant_by(said: str) -> Cause | None:
    """None where nobody has written down what these words mean."""
    low = said.lower()
    return next((cause for pattern, cause in _WORDS if pattern.search(low)), None)


def fault_of(error: Exception, hidden: Collection[str] = ()) -> MailboxFault:
    """What an error of imaplib, IMAPClient, smtplib or the connection under them is to us."""
    match error:
        case MailboxFault():
            return error
        case ssl.SSLCertVerificationError():
            return MailboxFault(Cause.CERTIFICATE, cleaned(error.verify_message))
        case TimeoutError():
            return MailboxFault(Cause.SILENT)
        case smtplib.SMTPResponseException():
            said = cleaned(error.smtp_error, hidden)
            otherwise = Cause.NOT_THIS_PROTOCOL if error.smtp_code == _NO_CODE else _SMTP_CODES.get(error.smtp_code, Cause.REFUSED)
            return MailboxFault(meant_by(said) or otherwise, said)
        case smtplib.SMTPServerDisconnected():
            # smtplib makes one error of a time-out and of an end.
            return MailboxFault(Cause.SILENT if isinstance(error.__context__, TimeoutError) else Cause.BROKEN_OFF)
        case IMAP4.abort():
            said = cleaned(error.args[0] if error.args else "", hidden)
            return MailboxFault(meant_by(said) or Cause.BROKEN_OFF, said)
        case IMAP4.error() if isinstance(error.__context__, IMAP4.abort):
            # IMAPClient makes a failed sign-in of a connection that ended during it.
            return fault_of(error.__context__, hidden)
        case IMAP4.error() | smtplib.SMTPException():
            said = cleaned(error.args[0] if error.args else "", hidden)
            return MailboxFault(meant_by(said) or Cause.REFUSED, said)
        case _:
            return MailboxFault(Cause.BROKEN_OFF)


@contextmanager
def faults(hidden: Collection[str] = ()) -> Iterator[None]:
    """What goes wrong within is a MailboxFault. For every use of a connection, not only for making it."""
    try:
        yield
    except (IMAP4.error, smtplib.SMTPException, OSError, *UNREADABLE) as error:
        raise fault_of(error, hidden) from None
