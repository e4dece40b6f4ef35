"""Visitors' addresses: what attempts are counted by, and the part that may be written down."""

from ipaddress import IPv6Address, ip_address, ip_network

COUNTED_BITS = {4: 32, 6: 64}
"""Whoever has one address of IPv6 has the 2**64 beside it."""
WRITTEN_BITS = {4: 24, 6: 48}
"""A provider or a town, not a household."""


def counted(address: str) -> str:
    """The network that counts as one visitor. What is no address counts as it is."""
    return _network(address, COUNTED_BITS)


def written(address: str) -> str:
    """As it may stand in logs and tables: 192.0.2.0/24, 2001:db8:1::/48. "" for what is no address."""
    return _network(address, WRITTEN_BITS) if "/" in _network(address, COUNTED_BITS) else ""


def _network(address: str, bits: dict[int, int]) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, bits[found.version]), strict=False))
