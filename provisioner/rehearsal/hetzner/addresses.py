"""Which addresses exist and which are free: public pools, and the ranges of private networks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

from provisioner.rehearsal.hetzner.model import Network, Subnet
from provisioner.rehearsal.hetzner.refusal import Refused, invalid

PRIVATE = tuple(IPv4Network(r) for r in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
RESERVED = IPv4Address("172.31.1.1")
"""The gateway of every server's public interface."""
SMALLEST = 29
"""Prefix length of the smallest subnet."""


def public_ipv4(pool: str, number: int) -> str:
    """Return one address of a pool, counted from 0, leaving out .0 and .255 of each /24.

    Numbers beyond the pool start again at its beginning.
    """
    network = IPv4Network(pool)
    blocks = max(1, network.num_addresses // 256)
    block, host = divmod(number % (blocks * 254), 254)
    return str(network.network_address + block * 256 + host + 1)


def public_ipv6(pool: str, number: int) -> str:
    """Return the /64 number ``number`` of a pool, in CIDR notation."""
    network = ip_network(pool)
    base = int(network.network_address) + (number << 64)
    return f"{ip_address(base)}/64"


def parse_range(text: str, field: str) -> IPv4Network:
    """Parse a CIDR without host bits; raises invalid_input."""
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise invalid(field, f"'{text}' is not a network in CIDR notation") from error


def private_range(text: str, field: str) -> IPv4Network:
    """Parse a range that a private network may have; raises invalid_input."""
    network = parse_range(text, field)
    if not any(network.subnet_of(private) for private in PRIVATE):
        raise invalid(field, "ip range must be within a private range of RFC 1918")
    if network.prefixlen > SMALLEST:
        raise invalid(field, f"ip range must have a size of at least /{SMALLEST}")
    return network


def gateway(network: Network) -> str:
    """Return the address that routes for the whole network: its first one."""
    return str(IPv4Network(network.ip_range).network_address + 1)


def next_subnet(network: Network) -> IPv4Network:
    """Return the first free /24 of a network, for a subnet asked for without a range."""
    whole = IPv4Network(network.ip_range)
    taken = [IPv4Network(subnet.ip_range) for subnet in network.subnets]
    for candidate in whole.subnets(new_prefix=max(24, whole.prefixlen)):
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise Refused("service_error", "no free range left in the network")


def _usable(network: Network, subnet: Subnet, address: IPv4Address) -> bool:
    inside = IPv4Network(subnet.ip_range)
    first = IPv4Network(network.ip_range).network_address + 1
    edges = (inside.network_address, inside.broadcast_address, first, RESERVED)
    return address in inside and address not in edges


def claim(
    network: Network, zone: str, taken: Collection[str], wanted: str | None, ip_range: str | None
) -> str:
    """Choose a private address for a member in ``zone``: the wanted one, or the lowest free one.

    Raises no_subnet_available or ip_not_available.
    """
    subnets = [
        subnet
        for subnet in network.subnets
        if subnet.network_zone == zone and (ip_range is None or subnet.ip_range == ip_range)
    ]
    if not subnets:
        raise Refused("no_subnet_available", "no subnet available in the network", {})
    if wanted is not None:
        return _wanted(network, subnets, taken, wanted)
    for subnet in subnets:
        for address in IPv4Network(subnet.ip_range).hosts():
            if str(address) not in taken and _usable(network, subnet, address):
                return str(address)
    raise Refused("no_subnet_available", "no ip available in the network's subnets", {})


def _wanted(
    network: Network, subnets: Iterable[Subnet], taken: Collection[str], wanted: str
) -> str:
    try:
        address = IPv4Address(wanted)
    except ValueError as error:
        raise invalid("ip", f"'{wanted}' is not an IPv4 address") from error
    if str(address) in taken or not any(_usable(network, s, address) for s in subnets):
        raise Refused("ip_not_available", f"ip {wanted} is not available in the network", {})
    return str(address)
