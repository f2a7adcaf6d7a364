"""The forms a mailbox is connected and changed with. What was typed comes back with what is wrong with it; passwords never do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from console.mailboxes.words import Service, Side, Trouble, trouble
from i18n import Language
from salesinbox.faults import MailboxFault
from salesinbox.mailboxes import Secrets
from salesinbox.servers import Security, Server

MAX_ADDRESS = 254
MAX_NAME = 100
MAX_PASSWORD = 1000
MOST_PORT = 65_535
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")
_WITH_PORT = re.compile(r"([^:]+):(\d{1,5})")
_IN_GROUPS = re.compile(r"[a-z]{4}(?: [a-z]{4}){3}")
"""As Google and Yahoo show an app password; the blanks are for the eye."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Typed = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class ServerFields:
    """One server as it stands in the form."""

    host: str = ""
    port: str = ""
    security: str = Security.TLS.value
    user: str = ""


@dataclass(frozen=True, slots=True)
class MailboxForm:
    """`problems` by the name of a field; "form" is for what belongs to none. `same`: one user name and password for both servers."""

    address: str = ""
    name: str = ""
    imap: ServerFields = field(default_factory=ServerFields)
    smtp: ServerFields = field(default_factory=ServerFields)
    same: bool = True
    problems: Mapping[str, Trouble] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The field with the first problem, to be gone to."""
        return next((name for name in _ORDER if name in self.problems), "")


_ORDER = (
    *("address", "name", "imap_host", "imap_port", "imap_security", "imap_user", "password"),
    *("smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password"),
)


@dataclass(frozen=True, slots=True)
class Entered:
    """A form that can be tried."""

    form: MailboxForm
    imap: Server
    smtp: Server
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Standing:
    """How a mailbox is signed in to at present."""

    imap: Server
    smtp: Server
    secrets: Secrets

    def serving(self, imap: Server, smtp: Server, *, same: bool) -> Secrets:
        """The passwords that may be left as they are: none ever goes to another server than the one it was given for."""
        own = self.secrets.smtp_password or self.secrets.password
        to_imap = _one_account(self.imap, imap) and (not same or (_one_account(self.smtp, smtp) and not self.secrets.smtp_password))
        return Secrets(
            password=self.secrets.password if to_imap else "",
            smtp_password=own if _one_account(self.smtp, smtp) else "",
        )


def _one_account(one: Server, other: Server) -> bool:
    return (one.host, one.user) == (other.host, other.user)


def read_address(language: Language, typed: Typed) -> tuple[str, Trouble | None]:
    address = typed.get("address", "").strip().lower()
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address):
        return address[:MAX_ADDRESS], _told(language.text("Write your whole mail address, such as anna@example.com."))
    return address, None


def read_simple(language: Language, typed: Typed, servers: Callable[[str], tuple[Server, Server]]) -> Entered | MailboxForm:
    """Address and password for a provider whose servers are known: `servers` of an address."""
    address, wrong = read_address(language, typed)
    problems = {"address": wrong} if wrong else {}
    password = read_password(language, typed, "password", problems)
    form = MailboxForm(address=address, name=_name(typed), problems=problems)
    if problems:
        return form
    imap, smtp = servers(address)
    return Entered(form, imap, smtp, Secrets(password=password))


def read_whole(language: Language, typed: Typed, *, address: str = "", standing: Standing | None = None) -> Entered | MailboxForm:
    """All of both servers. `address`: it is settled; `standing`: an empty password leaves it as it is."""
    problems: dict[str, Trouble] = {}
    if not address:
        address, wrong = read_address(language, typed)
        if wrong:
            problems["address"] = wrong
    same = "same" in typed
    imap_fields, imap = _read_server(language, typed, Side.IMAP, problems)
    smtp_fields, smtp = _read_server(language, typed, Side.SMTP, problems, imap_fields.user if same else None)
    kept = Secrets() if standing is None else standing.serving(imap, smtp, same=same)
    password = read_password(language, typed, "password", problems, kept.password)
    smtp_password = "" if same else read_password(language, typed, "smtp_password", problems, kept.smtp_password)
    form = MailboxForm(address, _name(typed), imap_fields, smtp_fields, same, problems)
    return form if problems else Entered(form, imap, smtp, Secrets(password=password, smtp_password=smtp_password))


def with_faults(
    language: Language, entered: Entered, service: Service, imap: MailboxFault | None, smtp: MailboxFault | None, *, whole: bool
) -> MailboxForm:
    """What the servers said, at the fields it belongs to. `whole`: the servers' own fields are on the page."""
    problems: dict[str, Trouble] = {}
    for side, server, fault in ((Side.IMAP, entered.imap, imap), (Side.SMTP, entered.smtp, smtp)):
        if fault is None:
            continue
        told = trouble(language, fault.cause, side, server, service, fault.said)
        problems.setdefault(_field(side, told.field, same=entered.form.same, whole=whole), told)
    return replace(entered.form, problems=problems)


def tried_too_often(language: Language, form: MailboxForm) -> MailboxForm:
    line = language.text("You have tried this too often within an hour.")
    return replace(form, problems={"form": Trouble(line, language.text("Try again in an hour."), "")})


def proposed(address: str, name: str, imap: Server | None = None, smtp: Server | None = None) -> MailboxForm:
    """A form filled in with what is usual for the address's domain, where nothing better is known."""
    domain = address.rpartition("@")[2]
    imap_fields = fields_of(imap) if imap else ServerFields(f"imap.{domain}" if domain else "", "993", Security.TLS.value, address)
    smtp_fields = fields_of(smtp) if smtp else ServerFields(f"smtp.{domain}" if domain else "", "465", Security.TLS.value, address)
    return MailboxForm(address, name, imap_fields, smtp_fields)


def fields_of(server: Server) -> ServerFields:
    return ServerFields(server.host, str(server.port), server.security.value, server.user)


def read_password(language: Language, typed: Typed, name: str, problems: dict[str, Trouble], kept: str = "") -> str:
    password = typed.get(name, "").strip("\r\n\t")
    if _IN_GROUPS.fullmatch(password.strip().replace("\u00a0", " ")):
        password = "".join(password.split())
    if not password and kept:
        return kept
    if not password:
        problems[name] = _told(language.text("The password is missing."))
    elif len(password) > MAX_PASSWORD or _CONTROL.search(password):
        problems[name] = _told(language.text("This cannot be a password: it is too long, or has invisible characters in it."))
    return password


def _read_server(
    language: Language, typed: Typed, side: Side, problems: dict[str, Trouble], user: str | None = None
) -> tuple[ServerFields, Server]:
    """`user`: that of the other server, where it serves for both. The server makes sense only without problems."""
    host, port = typed.get(f"{side}_host", "").strip().lower().rstrip("."), typed.get(f"{side}_port", "").strip()
    if both := _WITH_PORT.fullmatch(host):
        host, port = both[1], both[2]
    security = typed.get(f"{side}_security", "")
    typed_user = typed.get(f"{side}_user", "").strip()
    found = ServerFields(host, port, security if security in set(Security) else Security.TLS.value, typed_user)
    plain = _ascii(host)
    if not plain or len(plain) > MAX_ADDRESS or not _HOST.fullmatch(plain):
        line = language.text("Write the name of the server alone, such as mail.example.com.")
        problems[f"{side}_host"] = _told(line)
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= len(str(MOST_PORT)) else 0
    if not 0 < number <= MOST_PORT:
        problems[f"{side}_port"] = _told(language.text("The port is a number, such as 993."))
    signs_in_as = typed_user if user is None else user
    if user is None and (not typed_user or len(typed_user) > MAX_ADDRESS or _CONTROL.search(typed_user)):
        problems[f"{side}_user"] = _told(language.text("The user name is missing; mostly it is the whole address."))
    return found, Server(plain, number, Security(found.security), signs_in_as)


def _ascii(host: str) -> str:
    """As the network names it: "müller.example" is "xn--mller-kva.example". "" where there is no such name."""
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return ""


def _field(side: Side, field: str, *, same: bool, whole: bool) -> str:
    if field == "password":
        return "smtp_password" if side is Side.SMTP and whole and not same else "password"
    return f"{side}_{field}" if field and whole else "form"


def _name(typed: Typed) -> str:
    return " ".join(_CONTROL.sub(" ", typed.get("name", "")).split())[:MAX_NAME]


def _told(line: str) -> Trouble:
    return Trouble(line, "", "")
