"""Addresses: public pools that real programs can listen on, and private ranges."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.rehearsal.hetzner.addresses import claim, private_range, public_ipv4, public_ipv6
from provisioner.rehearsal.hetzner.model import Network, Subnet
from provisioner.rehearsal.hetzner.refusal import Refused


def network(ip_range: str, *subnets: str) -> Network:
    """Return a network in the central zone."""
    made = [Subnet("cloud", each, "eu-central") for each in subnets]
    return Network(id=1, name="n", created=0, ip_range=ip_range, subnets=made)


@given(st.lists(st.integers(0, 254 * 256 - 1), min_size=2, unique=True, max_size=50))
def test_public_addresses_are_distinct_and_in_their_pool(numbers: list[int]) -> None:
    """Within a pool no two numbers share an address, and none is a network's edge."""
    given_out = [public_ipv4("127.77.0.0/16", number) for number in numbers]
    assert len(set(given_out)) == len(numbers)
    assert all(ip_address(a) in ip_network("127.77.0.0/16") for a in given_out)
    assert not any(a.endswith((".0", ".255")) for a in given_out)


def test_ipv6_networks_are_documentation_addresses() -> None:
    """Each server has a /64 of its own."""
    assert [public_ipv6("2001:db8::/32", n) for n in (1, 2)] == [
        "2001:db8:0:1::/64",
        "2001:db8:0:2::/64",
    ]


@given(st.integers(20, 29), st.integers(0, 40))
def test_private_addresses_are_given_out_once_until_none_is_left(bits: int, asked: int) -> None:
    """Every claim is inside, free and not reserved; then the range is exhausted."""
    home = network("10.0.0.0/16", f"10.0.0.0/{bits}")
    inside = ip_network(f"10.0.0.0/{bits}")
    usable = inside.num_addresses - 3
    taken: list[str] = []
    for _ in range(min(asked, usable)):
        taken.append(claim(home, "eu-central", taken, None, None))
    assert len(set(taken)) == len(taken)
    assert all(ip_address(a) in inside for a in taken)
    assert not {"10.0.0.0", "10.0.0.1", str(inside.broadcast_address)} & set(taken)
    if asked >= usable:
        with pytest.raises(Refused, match="no ip available"):
            claim(home, "eu-central", taken, None, None)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("10.0.1.5", "ip_not_available"),
        ("10.0.0.1", "ip_not_available"),
        ("10.0.1.0", "ip_not_available"),
        ("10.0.1.255", "ip_not_available"),
        ("10.9.1.5", "ip_not_available"),
        ("10.0.1", "invalid_input"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused(wanted: str, code: str) -> None:
    """Taken, reserved, outside or no address at all: each is refused."""
    home = network("10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24")
    with pytest.raises(Refused) as caught:
        claim(home, "eu-central", ["10.0.1.5"], wanted, None)
    assert caught.value.code == code


def test_the_gateway_of_public_interfaces_is_reserved() -> None:
    """172.31.1.1 belongs to every server's public interface and so to no private one."""
    home = network("172.16.0.0/12", "172.31.1.0/24")
    with pytest.raises(Refused):
        claim(home, "eu-central", [], "172.31.1.1", None)


def test_a_member_needs_a_subnet_in_its_zone() -> None:
    """Without one, even a wanted address cannot be had."""
    for home in (network("10.0.0.0/16"), network("10.0.0.0/16", "10.0.1.0/24")):
        with pytest.raises(Refused, match="no subnet"):
            claim(home, "us-east", [], "10.0.1.7", None)


@given(st.text(max_size=30))
def test_any_text_is_a_private_range_or_refused(text: str) -> None:
    """No text breaks the parser."""
    with suppress(Refused):
        assert private_range(text, "ip_range").is_private
