"""What Hetzner says: about a token, about what can be rented, about what is planned.

Catalogue, prices and inventory are read once a project and then kept, so that a whole wizard asks
little; asking for the market again reads them anew.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.checks import project, sizing
from provisioner.checks.access import check_cidrs
from provisioner.checks.live import kit_memory_mib
from provisioner.checks.wanted import chosen_fqdn, chosen_location, wanted_servers
from provisioner.credentials import check_token
from provisioner.errors import HetznerError
from provisioner.facts import Finding, Price
from provisioner.hetzner.catalogue import Catalogue, ServerType, read_catalogue
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Inventory, read_inventory
from provisioner.hetzner.prices import PriceList, Rented, price, read_prices
from provisioner.hetzner.probe import probe_write
from provisioner.remedies import Remedy, remedy_of
from screens.ports import Answers, Market, ServerKind, Site, TokenReport

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend

MIB_PER_GB = 1024


@dataclass(frozen=True)
class Known:
    """What was read of one project."""

    catalogue: Catalogue
    prices: PriceList
    inventory: Inventory


class CloudDesk:
    """Asks Hetzner, with the token that the operator gave."""

    def __init__(self, backend: EngineBackend) -> None:
        self._backend = backend
        self._known: Known | None = None

    @asynccontextmanager
    async def _hetzner(self, fqdn: str) -> AsyncIterator[Hetzner]:
        ladder = await (await self._backend.part_keys()).ladder(fqdn)
        token = await ladder.require("hcloud_token")
        world = await (await self._backend.part_runs()).world()
        async with Hetzner(world, token) as hetzner:
            yield hetzner

    async def probe(self, fqdn: str) -> TokenReport:
        """Return what the kept token may do; raises CredentialError, RehearsalError."""
        ladder = await (await self._backend.part_keys()).ladder(fqdn)
        form = check_token(await ladder.get("hcloud_token"))
        if form:
            return TokenReport(problem=_remedy(form[0]))
        async with self._hetzner(fqdn) as hetzner:
            try:
                await probe_write(hetzner)
                inventory = await read_inventory(hetzner, fqdn)
            except HetznerError as error:
                return TokenReport(problem=remedy_of(error), requests_left=hetzner.remaining)
            servers = sum(1 for _ in inventory.of_kind("server"))
            return TokenReport(servers=servers, requests_left=hetzner.remaining)

    async def market(self, fqdn: str) -> Market:
        """Return what can be rented now; raises HetznerError and what opens it raises."""
        async with self._hetzner(fqdn) as hetzner:
            self._known = await _read(hetzner, fqdn)
            left = hetzner.remaining
        catalogue = self._known.catalogue
        now = self._backend.clock.now()
        sites = [
            Site(name=each.name, city=each.city, country=each.country, zone=each.network_zone)
            for each in catalogue.locations.values()
        ]
        desk = await self._backend.part_answers()
        kinds = [
            _kind(each, frozenset(n for n in catalogue.locations if each.orderable(n, now)))
            for each in catalogue.server_types.values()
            if each.architecture in desk.settings.architectures
        ]
        kit = await asyncio.to_thread(kit_memory_mib)
        return Market(
            sites=tuple(sites),
            kinds=tuple(kinds),
            currency=self._known.prices.currency,
            requests_left=left,
            kit_memory=round(kit / MIB_PER_GB, 1),
        )

    async def estimate(self, answers: Answers) -> Price | None:
        """Return what these answers would rent a month, from the price list that was read."""
        known, servers = self._known, wanted_servers(answers)
        location = chosen_location(answers)
        if known is None or not servers or location is None:
            return None
        desk = await self._backend.part_answers()
        rented: Counter[Rented] = Counter()
        for each in servers:
            rented[Rented("server", each.type, each.location)] += each.number
            rented[Rented("primary_ip", "ipv4", each.location)] += each.number
        rented[Rented("load_balancer", desk.settings.load_balancer_type, location)] += 1
        try:
            return price(+rented, known.prices)
        except HetznerError:
            # A type that this location never has: the check of reality says so.
            return None

    async def reality(self, answers: Answers) -> tuple[Finding, ...]:
        """Return what the catalogue and the project hold against these answers."""
        known = self._known
        if known is None:
            return ()
        settings = (await self._backend.part_answers()).settings
        fqdn = chosen_fqdn(answers)
        kit = await asyncio.to_thread(kit_memory_mib)
        found = check_cidrs(answers)
        found += sizing.check_locations(answers, known.catalogue)
        now = self._backend.clock.now()
        found += sizing.check_types(answers, known.catalogue, settings, now)
        found += sizing.check_memory(answers, known.catalogue, settings, kit)
        found += project.check_limits(answers, known.inventory, settings)
        return found + (project.check_leftovers(fqdn, known.inventory) if fqdn else ())


async def _read(hetzner: Hetzner, fqdn: str) -> Known:
    try:
        async with asyncio.TaskGroup() as tasks:
            catalogue = tasks.create_task(read_catalogue(hetzner))
            prices = tasks.create_task(read_prices(hetzner))
            inventory = tasks.create_task(read_inventory(hetzner, fqdn))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return Known(catalogue.result(), prices.result(), inventory.result())


def _kind(kind: ServerType, stock: frozenset[str]) -> ServerKind:
    return ServerKind(
        name=kind.name,
        cores=kind.cores,
        memory=kind.memory,
        disk=kind.disk,
        cpu=kind.cpu_type,
        architecture=kind.architecture,
        monthly={each.location: each.price_monthly.net for each in kind.prices},
        stock=stock,
        deprecated=all(each.deprecation is not None for each in kind.locations),
    )


def _remedy(found: Finding) -> Remedy:
    return Remedy(code=found.code, what=found.reason, means="", action=found.remedy)
