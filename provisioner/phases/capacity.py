"""When Hetzner cannot rent out what was planned: what else would do, from live stock and prices."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

from provisioner.answers_findings import dotted
from provisioner.checks.alternatives import Alternative, alternatives
from provisioner.checks.live import kit_memory_mib
from provisioner.checks.reality import Reality
from provisioner.checks.wanted import Servers, wanted_servers
from provisioner.errors import DecisionNeeded, TofuError
from provisioner.events import DecisionOffered
from provisioner.facts import Choice
from provisioner.hetzner.catalogue import Catalogue, read_catalogue
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.machines import read_machines
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.view import View

_KEY = re.compile(r'^hcloud_server\.node\["(?P<key>[^"]+)"\]$')
_BALANCER = "hcloud_load_balancer.ingress"


def servers_of(spec: SovereignSpec, address: str) -> Servers | None:
    """Return which of the wanted servers an address is one of; None for anything else."""
    found = _KEY.match(address)
    if found is None:
        return None
    for servers in wanted_servers(spec.model_dump(mode="json")):
        if found["key"] in _keys(servers):
            return servers
    return None


async def decision(
    run: Run, view: View, error: TofuError, wanted: Servers | None
) -> DecisionNeeded:
    """Journal what else would do, best first, and return the error that ends the run."""
    address = error.facts.get("address", "")
    value = f"{wanted.type} in {wanted.location}" if wanted else address
    choices: tuple[Choice, ...] = ()
    if wanted is not None:
        async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
            reality = await look(run, hetzner)
        exists = _existing(view)
        if error.code == "hetzner_resource_limit_exceeded":
            choices = tuple(_fewer(wanted, exists, reality.catalogue))
        else:
            choices = tuple(_others(run.spec, wanted, exists, reality))
    plan = view.plan
    run.emit(
        DecisionOffered(
            question=error.code,
            address=address,
            value=value,
            currency=plan.price.currency if plan else "",
            choices=choices,
        )
    )
    return DecisionNeeded(error.code, **error.facts)


async def look(run: Run, hetzner: Hetzner) -> Reality:
    """Read what could be rented now, and what is; raises HetznerError."""
    catalogue = await read_catalogue(hetzner)
    there = await read_machines(hetzner, run.fqdn)
    kit_mib = await asyncio.to_thread(kit_memory_mib)
    return Reality(catalogue, run.settings, run.clock.now(), kit_mib, there)


def _others(
    spec: SovereignSpec, wanted: Servers, exists: frozenset[str], reality: Reality
) -> Iterator[Choice]:
    """Yield another type or location for all servers of the kind."""
    for each in alternatives(spec.model_dump(mode="json"), wanted.at, reality):
        yield Choice(
            title=f"{each.type} in {each.location}",
            set=tuple(_assignments(wanted, each)),
            monthly_difference=f"{each.monthly_difference:+.2f}",
            less=each.less,
            touches=_touched(spec, wanted, each, exists),
        )


def _fewer(wanted: Servers, exists: frozenset[str], catalogue: Catalogue) -> Iterator[Choice]:
    """Yield as many workers as there are: control planes come by one or three, never fewer."""
    have = [key for key in _keys(wanted) if _server(key) in exists]
    kept = list(_keys(wanted))[: len(have)]
    kind = catalogue.server_types.get(wanted.type)
    price = kind.price(wanted.location) if kind else None
    if have and have == kept and price is not None and wanted.at[1] == "workers":
        less = price.price_monthly.net * (len(have) - wanted.number)
        yield Choice(
            title=f"{len(have)} of {wanted.number} servers",
            set=(f"{dotted(wanted.at)}.count={len(have)}",),
            monthly_difference=f"{less:+.2f}",
        )


def _assignments(wanted: Servers, each: Alternative) -> Iterator[str]:
    if each.type != wanted.type:
        yield f"{dotted(wanted.at)}.type={each.type}"
    if each.location != wanted.location:
        pool = wanted.at[1] == "workers"
        at = f"{dotted(wanted.at)}.location" if pool else dotted(wanted.location_at)
        yield f"{at}={each.location}"


def _touched(
    spec: SovereignSpec, wanted: Servers, each: Alternative, exists: frozenset[str]
) -> tuple[str, ...]:
    """Return what exists and would be resized, or made anew elsewhere."""
    moved = {_server(key) for key in _keys(wanted)}
    if each.location != wanted.location and wanted.at[1] != "workers":
        moved.add(_BALANCER)
        for servers in wanted_servers(spec.model_dump(mode="json")):
            if servers.location_at == wanted.location_at:
                moved |= {_server(key) for key in _keys(servers)}
    return tuple(sorted(moved & exists))


def _existing(view: View) -> frozenset[str]:
    """Return the addresses of what is rented, as the last plan and what came after it tell."""
    settled = view.plan.changes if view.plan else ()
    there = {each.address for each in settled if each.action in {"noop", "update"}}
    done = {address for address, line in view.resources.items() if line.state == "done"}
    return frozenset(there | done)


def _keys(servers: Servers) -> Iterator[str]:
    return (f"{servers.pool}{number + 1}" for number in range(servers.number))


def _server(key: str) -> str:
    return f'hcloud_server.node["{key}"]'
