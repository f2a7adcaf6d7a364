"""The mail services people have most often, from `providers.json`: their servers, how one signs in there, and whose addresses are
theirs. For all others the server details are asked for.

In the file a server is "security://host:port"; "yahoo.{com,fr}" stands for several domains, "*.onmicrosoft.com" for all below one.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from i18n import Language, later
from salesinbox.mailboxes import SignIn
from salesinbox.servers import Security, Server

CUSTOM = "custom"
"""Instead of a provider's key: the servers were entered by hand."""

_SEVERAL = re.compile(r"(.*)\{(.+)\}(.*)")


@dataclass(frozen=True, slots=True)
class Place:
    """One of a provider's data centres; most have one. `own`: the servers for people with a domain of their own, incoming and
    outgoing, where these are others. Servers are without a user."""

    name: str
    domains: frozenset[str]
    imap: Server
    smtp: Server
    own: tuple[Server, Server] | None

    def has(self, domain: str) -> bool:
        return domain in self.domains or f"*.{domain.partition('.')[2]}" in self.domains


@dataclass(frozen=True, slots=True)
class Provider:
    """`sign_ins`: the ways there are, best first. `files_sent`: what goes out through its server stands in Sent by itself."""

    key: str
    name: str
    sign_ins: tuple[SignIn, ...]
    files_sent: bool
    places: tuple[Place, ...]
    app_passwords: str
    """Where one makes an app password; "{place}" in it is the name of the place. "" where there are none."""

    @property
    def takes_passwords(self) -> bool:
        return SignIn.PASSWORD in self.sign_ins

    def place_of(self, address: str, name: str = "") -> Place:
        """The named one, else the one the address belongs to, else the first."""
        named = (place for place in self.places if place.name == name)
        fitting = (place for place in self.places if place.has(_domain(address)))
        return next(itertools.chain(named, fitting, self.places))

    def servers(self, address: str, place: str = "") -> tuple[Server, Server]:
        """Incoming and outgoing; one signs in with the address."""
        where = self.place_of(address, place)
        imap, smtp = (where.imap, where.smtp) if where.own is None or where.has(_domain(address)) else where.own
        return (
            Server(imap.host, imap.port, imap.security, address),
            Server(smtp.host, smtp.port, smtp.security, address),
        )

    def app_password_link(self, place: str = "") -> str:
        return self.app_passwords.replace("{place}", self.place_of("", place).name)

    def app_password_steps(self, language: Language) -> tuple[str, ...]:
        """What its owner does there, one after the other; none where there are no app passwords."""
        return tuple(language.text(step) for step in _STEPS.get(self.key, ()))


_PASTE = later("Copy the password it shows and paste it here. You need it only this once.")
_STEPS = {
    "gmail": (
        later("Turn on 2-Step Verification for your Google Account, if it is not on: without it there are no app passwords."),
        later("Open the page “App passwords” of your Google Account."),
        later("Enter a name, such as Sidecard, and press “Create”."),
        _PASTE,
    ),
    "yahoo": (
        later("Open the page “Security” of your Yahoo account."),
        later("Choose “Generate app password”, or “Manage app passwords”."),
        later("Enter a name, such as Sidecard, and press “Generate password”."),
        _PASTE,
    ),
    "zoho": (
        later("In Zoho Mail open Settings, “Mail Accounts”, your address, and tick “IMAP Access”. Some free plans do not have it."),
        later("If you sign in to Zoho with your password alone, that password works here too."),
        later("Otherwise open the page “App Passwords” of your Zoho account and press “Generate New Password”."),
        later("Enter a name, such as Sidecard, and press “Generate”."),
        _PASTE,
    ),
}


def provider_for(address: str, providers: Sequence[Provider] | None = None) -> Provider | None:
    """By the domain alone, which tells nothing of company domains hosted at one of them."""
    domain = _domain(address)
    among = PROVIDERS if providers is None else providers
    return next((provider for provider in among if any(place.has(domain) for place in provider.places)), None)


def provider_named(key: str) -> Provider | None:
    return next((provider for provider in PROVIDERS if provider.key == key), None)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip().lower()


def _read(path: Path) -> tuple[Provider, ...]:
    return tuple(
        Provider(
            key=told["key"],
            name=told["name"],
            sign_ins=tuple(SignIn(one) for one in told["sign_ins"]),
            files_sent=told["files_sent"],
            places=tuple(_place(one) for one in told["places"]),
            app_passwords=told["app_passwords"],
        )
        for told in orjson.loads(path.read_bytes())
    )


def _place(told: Mapping[str, str]) -> Place:
    own = (_server(told["own_imap"]), _server(told["own_smtp"])) if "own_imap" in told else None
    domains = frozenset(domain for written in told["domains"].split() for domain in _each(written))
    return Place(told["name"], domains, _server(told["imap"]), _server(told["smtp"]), own)


def _server(written: str) -> Server:
    parts = urlsplit(written)
    if not parts.hostname or not parts.port:
        raise ValueError(f"not a server: {written}")
    return Server(parts.hostname, parts.port, Security(parts.scheme), "")


def _each(written: str) -> Iterator[str]:
    match = _SEVERAL.fullmatch(written)
    if match is None:
        yield written
        return
    yield from (f"{match[1]}{end}{match[3]}" for end in match[2].split(","))


PROVIDERS = _read(Path(__file__).with_name("providers.json"))
