"""A TCP connection to a host somebody named: only to a mail port, and only where every address of the name is public or allowed.

The address that was checked is the one connected to. IPv6 forms that carry an IPv4 address are judged by that one.
"""

import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from salesinbox.faults import Cause, MailboxFault

MAIL_PORTS = frozenset({143, 465, 587, 993, 2525})
RESOLVE_SECONDS = 5.0
_RESOLVERS = 32

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

Network = IPv4Network | IPv6Network
Resolver = Callable[[str], Sequence[str]]
"""The addresses of a name, best first. OSError."""

_resolving = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolving")


def system_addresses(name: str) -> Sequence[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(where[0]) for *_, where in found))


def dial(host: str, port: int, allowed: Sequence[Network], seconds: float, resolve: Resolver = system_addresses) -> socket.socket:
    """Connected, with the rest of `seconds` as its time-out at most. MailboxFault."""
    until = time.monotonic() + seconds
    addresses = _addresses(host, min(RESOLVE_SECONDS, seconds), resolve)
    for address in addresses:
        if not _is_in(address, allowed):
            if not _is_public(address):
                raise MailboxFault(Cause.HOST_FORBIDDEN)
            if port not in MAIL_PORTS:
                raise MailboxFault(Cause.PORT_FORBIDDEN)
    fault = MailboxFault(Cause.SILENT)
    for place, address in enumerate(addresses):
        # One address that swallows everything leaves time for the others.
        share = max(until - time.monotonic(), 0.1) / (len(addresses) - place)
        try:
            return socket.create_connection((str(address), port), timeout=share)
        except ConnectionRefusedError:
            fault = MailboxFault(Cause.PORT_CLOSED)
        except OSError:
            continue
    raise fault


def a_label(host: str) -> str:
    """The name as it stands in certificates and in DNS. MailboxFault: it is none."""
    try:
        return host.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise MailboxFault(Cause.HOST_UNKNOWN) from None


def _addresses(host: str, seconds: float, resolve: Resolver) -> Sequence[IPv4Address | IPv6Address]:
    if not host:
        raise MailboxFault(Cause.HOST_UNKNOWN)
    try:
        found = _resolving.submit(resolve, host).result(seconds)
    except TooLate:
        raise MailboxFault(Cause.SILENT, "no answer from the name server") from None
    except socket.gaierror as error:
        cause = Cause.SILENT if error.errno == socket.EAI_AGAIN else Cause.HOST_UNKNOWN
        raise MailboxFault(cause) from None
    except (OSError, UnicodeError):
        raise MailboxFault(Cause.HOST_UNKNOWN) from None
    if not found:
        raise MailboxFault(Cause.HOST_UNKNOWN)
    return [ip_address(one) for one in found]


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address within an IPv6 one: mapped, NAT64, 6to4; else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(face in network for face in (address, _carried(address)) for network in networks)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    carried = _carried(address)
    if isinstance(carried, IPv6Address) and carried not in _GLOBAL_UNICAST:
        return False
    return carried.is_global and not carried.is_multicast
