"""Where we may send to: addresses that customers chose, and that must not lead into our own network (INV-29).

`check` is asked when an address is saved, and again whenever something is sent; what it returns names the one IP
address to connect to, because a name may point elsewhere a moment later (`kernel.connections`).
"""

import ipaddress
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

from kernel import settings
from kernel.errors import InvalidInput

RESOLVE_SECONDS = 5.0
PRINTABLE = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,2000}")
"""Visible ASCII without the backslash, which some programs read as a slash."""
UNICAST = ipaddress.ip_network("2000::/3")
"""All that is routed of IPv6; the rest is local, reserved, or leads to IPv4 by another way."""

Address = IPv4Address | IPv6Address


class Refused(ValueError):
    """Nothing is sent there; the message is a rule that the address breaks, and never quotes the address (INV-26)."""


@dataclass(frozen=True)
class Destination:
    """A URL, and the address that its host was found to be at."""

    url: str
    host: str
    address: str

    @property
    def authority(self) -> str:
        """Host and port as the URL writes them: what the `Host` header says."""
        return urlsplit(self.url).netloc


def check(url: str) -> Destination:
    """Where a URL leads, or `Refused`: https only, no credentials, and nothing but addresses of the public internet."""
    if not PRINTABLE.fullmatch(url):
        raise Refused("must be a URL of visible ASCII characters, such as https://chatbot.example.com/tours")
    host, port = _host_and_port(url)
    found = _resolve(host, port)
    if _is_local_exception(url, found):
        return Destination(url, host, str(found[0]))
    if not url.lower().startswith("https://"):
        raise Refused("must start with https://")
    if not all(_is_public(address) for address in found):
        raise Refused("must lead to the public internet; its host has a private, local or reserved address")
    return Destination(url, host, str(found[0]))


def require(field: str, url: str) -> None:
    """Refuse input that names a place nothing may be sent to."""
    try:
        check(url)
    except Refused as refused:
        raise InvalidInput.field(field, str(refused)) from None


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("must be a URL such as https://chatbot.example.com/tours") from None
    if not host or parts.scheme not in ("http", "https"):
        raise Refused("must be a URL such as https://chatbot.example.com/tours")
    if "@" in parts.netloc:
        raise Refused("must not contain a user name or password")
    return host, port if port is not None else _usual_port(parts)


def _usual_port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host, IPv4 first: Lambda has no way out by IPv6."""
    pool = ThreadPoolExecutor(1)
    try:
        found = pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(RESOLVE_SECONDS)
    except (OSError, UnicodeError, TimeoutError):
        raise Refused("has a host that cannot be found") from None
    finally:
        pool.shutdown(wait=False)
    return sorted((_unwrapped(str(socket_address[0])) for *_, socket_address in found), key=lambda one: one.version)


def _unwrapped(text: str) -> Address:
    """An IPv4 address that is written as an IPv6 one is judged as what it is."""
    address = ipaddress.ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and (address not in UNICAST or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def _is_local_exception(url: str, found: list[Address]) -> bool:
    """On a developer's own machine the receiver is a sandbox next door."""
    return settings.is_local() and url.lower().startswith("http://") and all(one.is_loopback for one in found)
