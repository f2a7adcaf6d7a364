"""What a fault of a mail server means to somebody who has never heard of IMAP: what happened, what to do, and at which field."""

from dataclasses import dataclass
from enum import StrEnum

from i18n import Language, later
from salesinbox.faults import Cause
from salesinbox.servers import Server


class Side(StrEnum):
    """Which of a mailbox's two servers. The values begin the names of a form's fields."""

    IMAP = "imap"
    SMTP = "smtp"


@dataclass(frozen=True, slots=True)
class Trouble:
    """`field` is that of the server the sentence belongs to: host, port, password; "" for none. `said`: the server's own words."""

    line: str
    advice: str
    field: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """Whose servers they are. `name` is "" for a provider we know nothing of; `app_passwords`: it has the steps to make one."""

    name: str = ""
    app_passwords: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    line: str
    advice: str
    field: str


_IMAP_PORTS = later("Usual is port 993 with SSL/TLS, or port 143 with STARTTLS.")
_SMTP_PORTS = later("Usual is port 465 with SSL/TLS, or port 587 with STARTTLS.")

_INCOMING = {
    Cause.HOST_UNKNOWN: _Words(
        later("There is no server called {host}."),
        later("See whether it is spelled right. The help pages of your mail provider name their servers."),
        "host",
    ),
    Cause.HOST_FORBIDDEN: _Words(
        later("{host} is inside a private network."),
        later("Sidecard goes to servers on the internet only, unless whoever operates it allows your network."),
        "host",
    ),
    Cause.PORT_FORBIDDEN: _Words(
        later("Port {port} is none of the ports of mail servers, and Sidecard uses no others."), _IMAP_PORTS, "port"
    ),
    Cause.PORT_CLOSED: _Words(later("{host} takes no connections on port {port}."), _IMAP_PORTS, "port"),
    Cause.SILENT: _Words(
        later("{host} gave no answer in time."),
        later("See whether name and port are right. If they are, try again in a moment."),
        "host",
    ),
    Cause.NOT_THIS_PROTOCOL: _Words(
        later("On port {port} of {host} there is no server for incoming mail (IMAP) with this kind of encryption."), _IMAP_PORTS, "port"
    ),
    Cause.CERTIFICATE: _Words(
        later(
            "{host} cannot prove that it is {host}: its certificate has run out, is for another name, or is signed by nobody known here."
        ),
        later(
            "Use the very name your mail provider gives for its server. Your password was not sent. "
            "If it is your company's own server, whoever operates Sidecard can have it trusted."
        ),
        "host",
    ),
    Cause.SIGN_IN: _Words(
        later("{name} does not accept this user name with this password."),
        later("Type both again. If they work on its web page, and that asks you for a code besides, make an app password there."),
        "password",
    ),
    Cause.APP_PASSWORD: _Words(
        later("{name} wants an app password here: your usual password works on its own pages only."),
        later("Look for “app password” in the security settings of your mail account, make one, and paste it here."),
        "password",
    ),
    Cause.CONSENT: _Words(
        later("{name} takes no passwords from other programs any more."),
        later("Sign in on its own pages, with the button for it. If there is none, tell whoever operates Sidecard."),
        "password",
    ),
    Cause.PROTOCOL_OFF: _Words(
        later("{name} lets no other program read this mailbox: IMAP is switched off."),
        later(
            "Switch it on in the settings of your mailbox on the web, wait a minute, try again. In a company its administrator may have to."
        ),
        "password",
    ),
    Cause.PERMISSION_ENDED: _Words(
        later("{name} does not let Sidecard in any more: the permission has run out or was taken back."),
        later("Sign in there again and allow it once more."),
        "password",
    ),
    Cause.THROTTLED: _Words(
        later("{host} asks to come back later: too many programs or visits for this mailbox at once."),
        later("Wait some minutes, then try again."),
        "",
    ),
    Cause.FULL: _Words(
        later("The mailbox is full, says {host}."),
        later("Make room at your mail provider: delete what you do not need, and empty the bin."),
        "",
    ),
    Cause.REFUSED: _Words(later("{host} understood and said no."), later("Whoever looks after that mail server can tell why."), "host"),
    Cause.BROKEN_OFF: _Words(
        later("The connection to {host} broke off."),
        later("Try again in a moment. If it stays so, see whether port and encryption are right."),
        "host",
    ),
    Cause.UNEXPECTED: _Words(
        later("Sidecard made a mistake with this mailbox."),
        later("It tries again by itself. If it stays so, tell whoever operates Sidecard."),
        "",
    ),
}
"""For the server mail comes from; what differs for the one it goes out by is below."""

_OUTGOING = {
    Cause.PORT_FORBIDDEN: _Words(_INCOMING[Cause.PORT_FORBIDDEN].line, _SMTP_PORTS, "port"),
    Cause.PORT_CLOSED: _Words(_INCOMING[Cause.PORT_CLOSED].line, _SMTP_PORTS, "port"),
    Cause.NOT_THIS_PROTOCOL: _Words(
        later("On port {port} of {host} there is no server for outgoing mail (SMTP) with this kind of encryption."), _SMTP_PORTS, "port"
    ),
    Cause.SIGN_IN: _Words(
        later("{name} does not accept this user name with this password for sending."), _INCOMING[Cause.SIGN_IN].advice, "password"
    ),
    Cause.PROTOCOL_OFF: _Words(
        later("{name} lets no other program send from this mailbox: SMTP is switched off."),
        _INCOMING[Cause.PROTOCOL_OFF].advice,
        "password",
    ),
    Cause.REFUSED: _Words(
        _INCOMING[Cause.REFUSED].line,
        later("It may forbid sending from where Sidecard runs. Whoever looks after that mail server can tell."),
        "host",
    ),
}

_WITH_STEPS = {
    Cause.SIGN_IN: later("Most often the app password is missing or incomplete. Make a new one as the steps say, and paste all of it."),
    Cause.APP_PASSWORD: later("Make one as the steps on this page say, and paste it here."),
}
"""Better advice where the provider's own steps are on the page."""


def trouble(language: Language, cause: Cause, side: Side, server: Server, service: Service, said: str = "") -> Trouble:
    words = _INCOMING[cause] if side is Side.IMAP else _OUTGOING.get(cause, _INCOMING[cause])
    advice = _WITH_STEPS.get(cause, words.advice) if service.app_passwords else words.advice
    values = {"host": server.host, "port": str(server.port), "name": service.name or server.host}
    return Trouble(language.text(words.line, **values), language.text(advice), words.field, said)
