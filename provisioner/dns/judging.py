"""What an answer means for a name that must be at one address: right, or wrong in a known way."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from provisioner.dns.ask import Reply
from provisioner.facts import NameState


def judge(
    address: str, reply: Reply, *, ipv6: Reply | None = None, former: Collection[str] = ()
) -> NameState:
    """Return how a name stands by the reply to its A question, and to that for AAAA if asked.

    ``former`` are addresses that were right once: one of them makes an answer stale, not wrong.
    """
    if not reply.rcode or reply.rcode == "REFUSED":
        return NameState.SILENT
    if reply.rcode not in ("NOERROR", "NXDOMAIN"):
        return NameState.BROKEN
    seen = set(reply.values)
    strange = set(ipv6.values) if ipv6 is not None else set()
    if seen == {address} and not strange:
        return NameState.RIGHT
    if any(_is_proxied(each) for each in seen | strange):
        return NameState.PROXIED
    if reply.cname:
        return NameState.CNAME
    if not seen and not strange:
        return NameState.MISSING
    if not strange and (address in seen or seen <= set(former)):
        return NameState.STALE
    return NameState.WRONG


@cache
def _proxies() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    text = files(__package__).joinpath("proxies.toml").read_text("utf-8")
    known = tomllib.loads(text)
    return tuple(ipaddress.ip_network(each) for nets in known.values() for each in nets["nets"])


def _is_proxied(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return any(address in net for net in _proxies() if net.version == address.version)
