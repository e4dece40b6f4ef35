"""Which IP addresses may be called: the internet's, not this machine's or its neighbours'."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_DOCUMENTATION = IPv6Network("3fff::/20")
"""RFC 9637; older Pythons take it for the internet."""
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA has given out of IPv6 for the internet."""


def may_call(text: str, *, private: bool = False) -> bool:
    """Whether this numeric address may be called. private: also where it isn't on the internet."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        address = _embedded_ipv4(address) or address
    if address.is_multicast or address.is_unspecified:
        return False
    return private or _is_public(address)


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that this leads to, where one is written as IPv6 or a translator makes one of it."""
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else address.ipv4_mapped


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global
    tunnelled = address.sixtofour is not None or address.teredo is not None
    return address in _GLOBAL_UNICAST and address not in _DOCUMENTATION and address.is_global and not tunnelled
