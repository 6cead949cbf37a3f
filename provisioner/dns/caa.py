"""Whether a domain lets an authority sign its names: the CAA records above them (RFC 8659).

The closest name that has any decides for all below it; without one, every authority may sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from provisioner.dns.ask import Server, ask
from provisioner.dns.delegation import Authority


class Rule(NamedTuple):
    """The CAA records that decide."""

    name: str
    """Where they stand."""
    issuers: tuple[str, ...]
    """Who may sign; nobody, if there is none."""


async def rule_for(name: str, authority: Authority, resolvers: Sequence[Server]) -> Rule | None:
    """Return what decides for ``name``, or None if nothing does or nobody answers.

    Inside its zone the zone's own servers are asked, above it resolvers: a resolver that is asked
    for a name that is still to come would keep its absence.
    """
    labels = name.split(".")
    for at in range(len(labels) - 1):
        above = ".".join(labels[at:])
        inside = f".{above}".endswith(f".{authority.zone}")
        servers = authority.servers if inside else resolvers
        for server in servers:
            reply = await ask(server, above, "CAA", recursive=not inside)
            if reply.rcode in ("NOERROR", "NXDOMAIN"):
                if issuers := _issuers(reply.values):
                    return Rule(above, tuple(each for each in issuers if each))
                break
    return None


def _issuers(values: Sequence[str]) -> list[str]:
    """Return who may sign, from records such as ``0 issue "letsencrypt.org; account=1"``.

    An empty name is that of nobody; records of other kinds say nothing of it.
    """
    found = []
    for value in values:
        _, tag, told = value.split(" ", 2)
        if tag.lower() == "issue":
            found.append(told.strip('"').partition(";")[0].strip().lower())
    return found
