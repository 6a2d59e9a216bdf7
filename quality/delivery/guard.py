"""Which addresses a webhook may be sent to: https, and every address its name has is on the public network.

The check is of what the name resolves to at the moment of sending, and the connection goes to that very address
(`post.py`), so that a name that answers differently a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import urlsplit

from quality.core.errors import FieldProblem
from quality.core.words import _
from quality.delivery.models import LONGEST_URL, Problem

Resolve = Callable[[str, int], Sequence[str]]  # (host, port) -> addresses; OSError where there is none
PORTS = {"https": 443, "http": 80}
LONGEST_HOST = 253
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
NEVER = [  # public by their number, and yet not somebody's server on the internet
    ipaddress.ip_network(net)
    for net in (
        "168.63.129.16/32",  # the platform address of a large cloud
        "192.88.99.0/24",  # relays of 6to4
        "64:ff9b:1::/48",  # RFC 8215: NAT64 inside a network
        "2001::/32",  # Teredo: an IPv4 address behind it
        "::/96",  # IPv4-compatible, given up
        "fec0::/10",  # site-local, given up
    )
]


class Unsafe(Exception):
    """Nothing is sent there."""

    def __init__(self, problem: Problem, found: str = "") -> None:
        super().__init__(problem, found)
        self.problem = problem
        self.found = found  # the address that made it so


class Target(NamedTuple):
    """Where one request goes: by which name it is asked for, and the addresses that were found fit."""

    scheme: str
    host: str  # in ASCII
    port: int
    path: str  # with its query
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def url_at(self, address: str) -> str:
        at = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{at}:{self.port}{self.path}"


class Parts(NamedTuple):
    scheme: str
    host: str
    port: int
    path: str


def problems_with(url: str, *, allow_private: bool) -> list[FieldProblem]:
    """What is wrong with an address as it was typed, before anybody is asked where it leads."""
    parts = parts_of(url)
    if parts is None:
        text = _("Write the whole address, as in https://example.org/notices, without a name or password in it")
        return [FieldProblem("url", "bad_address", text)]
    if parts.scheme != "https" and not allow_private:
        return [FieldProblem("url", "not_https", _("Only https is sent to: write an address with https://"))]
    return []


def parts_of(url: str) -> Parts | None:
    """The parts of an address that a request needs, or None where it is none."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:  # a port that is no number, half an IPv6 address
        return None
    if split.scheme not in PORTS or not host or "@" in split.netloc or split.fragment or "%" in host or port == 0:
        return None
    if len(host) > LONGEST_HOST:
        return None
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return Parts(split.scheme, host, port or PORTS[split.scheme], path)


def checked(url: str, resolve: Resolve, *, allow_private: bool) -> Target:
    """Where to send, or `Unsafe`. One address that is not public makes the whole name unfit."""
    parts = parts_of(url)
    if parts is None or (parts.scheme != "https" and not allow_private):
        raise Unsafe(Problem.NOT_PUBLIC, url[:64])
    try:
        found = tuple(dict.fromkeys(resolve(parts.host, parts.port)))
    except (OSError, UnicodeError) as unknown:
        raise Unsafe(Problem.NO_ADDRESS) from unknown
    if not found:
        raise Unsafe(Problem.NO_ADDRESS)
    for address in found:
        if not (is_public(address) or (allow_private and is_private(address))):
            raise Unsafe(Problem.NOT_PUBLIC, address[:64])
        if parts.scheme == "http" and not is_loopback(address):
            raise Unsafe(Problem.NOT_PUBLIC, address[:64])
    ordered = sorted(found, key=lambda address: ":" in address)  # IPv4 first: more hosts can reach it
    return Target(*parts, tuple(ordered))


def resolve(host: str, port: int) -> Sequence[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


NAMES = ThreadPoolExecutor(8, "asked names")


def within(seconds: float, resolve: Resolve) -> Resolve:
    """The same for whom somebody waits: a name server that does not answer in time knows no such name."""

    def asked(host: str, port: int) -> Sequence[str]:
        return NAMES.submit(resolve, host, port).result(seconds)  # TimeoutError is an OSError

    return asked


def is_public(text: str) -> bool:
    """Whether this is a host on the public network, in whatever form the address comes."""
    address = read(text)
    if address is None:
        return False
    if any(address in net for net in NEVER if net.version == address.version):
        return False
    if isinstance(address, IPv6Address) and (inner := ipv4_within(address)):
        return is_public(str(inner))
    unfit = (
        address.is_multicast
        or address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_reserved
        or address.is_unspecified
    )
    return address.is_global and not unfit


def is_private(text: str) -> bool:
    """Of this machine, or of a network behind it. Only tests are let there."""
    address = read(text)
    return address is not None and (address.is_loopback or (address.is_private and not address.is_link_local))


def is_loopback(text: str) -> bool:
    address = read(text)
    return address is not None and address.is_loopback


def read(text: str) -> IPv4Address | IPv6Address | None:
    """An address without a zone; a scoped one (`fe80::1%eth0`) belongs to this machine alone."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def ipv4_within(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which this one leads: mapped, translated (NAT64) or tunnelled (6to4)."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour if address in SIX_TO_FOUR else None
