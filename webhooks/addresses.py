"""Which addresses may be called: the internet's, not this machine's or its neighbours'."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from .refusals import NotCalled

Place = tuple[socket.AddressFamily, str]
"""The family and the numeric address of a host."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out of IPv6 for the internet."""


def looked_up(host: str) -> list[Place]:
    """Where a host is, each place once; takes as long as the system's resolver does. Raises NotCalled."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotCalled(f"{host} has no address: {error}") from error
    return list(dict.fromkeys((family, str(place[0])) for family, _, _, _, place in found))


def check(host: str, found: list[Place], *, private: bool) -> None:
    """Raises NotCalled where a host leads to any place that may not be called, even if only among others.

    private: neighbours and this machine itself may be called too.
    """
    for _, address in found:
        if not may_call(address, private=private):
            raise NotCalled(f"{host} leads to {address}, which isn't on the internet and may not be called.")


def may_call(text: str, *, private: bool = False) -> bool:
    """Whether this numeric address may be called."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        address = _inner(address)
    if address.is_multicast or address.is_unspecified:
        return False
    return private or _is_public(address)


def _inner(address: IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address within, where one is written as IPv6 or a translator makes one of it."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global
    tunnelled = address.sixtofour is not None or address.teredo is not None
    return address in _UNICAST and address.is_global and not tunnelled
