"""Which addresses belong to the open internet. Everything else may be a door into somebody's house."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# What Python counts as global differs between its releases; these are closed whatever it says.
_CLOSED = tuple(
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/3", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20"),
        *("5f00::/16", "fc00::/7", "fe80::/9", "ff00::/8"),
    )
)
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("::ffff:0:0:0/96"))
"""IPv6 addresses whose last four bytes are the IPv4 address that is really reached."""


def is_public(address: Address) -> bool:
    """Whether an address, and the one that it stands for where it stands for another, is one of the open internet."""
    if isinstance(address, IPv6Address):
        meant = address.ipv4_mapped or address.sixtofour or _translated(address)
        if meant is not None:
            return is_public(meant)
        if address.scope_id is not None:
            return False
    closed = any(address in network for network in _CLOSED if network.version == address.version)
    return address.is_global and not address.is_multicast and not closed


def parsed(text: str) -> Address:
    """An address as a resolver gives it."""
    return ip_address(text)


def _translated(address: IPv6Address) -> IPv4Address | None:
    inside = any(address in network for network in _TRANSLATED)
    return IPv4Address(address.packed[-4:]) if inside else None
