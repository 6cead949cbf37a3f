"""What Hetzner says: about a token, about what can be rented, about what is planned.

What a token may do, what its project holds, catalogue and prices are each asked for once and then
kept, so that a whole wizard asks little; only a fresh market is read anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from provisioner.checks import project, sizing
from provisioner.checks.access import check_cidrs
from provisioner.checks.alternatives import alternatives
from provisioner.checks.cost import rented_by_answers
from provisioner.checks.live import kit_memory_mib
from provisioner.checks.memory import MIB_PER_GB, check_memory
from provisioner.checks.reality import Reality
from provisioner.checks.wanted import CONTROL_PLANE, chosen_fqdn, wanted_servers
from provisioner.credentials import check_token
from provisioner.errors import HetznerError
from provisioner.facts import Finding, Price
from provisioner.hetzner.catalogue import Catalogue, ServerType, read_catalogue
from provisioner.hetzner.client import Hetzner, Json
from provisioner.hetzner.inventory import Inventory, list_project, sort_out
from provisioner.hetzner.machines import machines
from provisioner.hetzner.prices import PriceList, price, read_prices
from provisioner.hetzner.probe import probe_write
from provisioner.remedies import Remedy, remedy_of
from provisioner.spec import slug_of
from screens.ports import Alternative, Answers, Market, ServerKind, Site, TokenReport

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend

DEADLINE = 10.0
"""Real seconds for one request: a person waits for it, and can ask again."""


@dataclass
class Known:
    """What was read of one project, with one token."""

    token: SecretStr
    writes: bool = False
    listing: dict[str, list[Json]] | None = None
    """Everything in the project by kind, as the API lists it."""
    catalogue: Catalogue | None = None
    prices: PriceList | None = None
    remaining: int | None = None

    def inventory(self, fqdn: str) -> Inventory:
        """Return whose everything in the project is."""
        return sort_out(self.listing or {}, fqdn)


class CloudDesk:
    """Asks Hetzner, with the token that the operator gave; an answer is asked for once."""

    def __init__(self, backend: EngineBackend) -> None:
        self._backend = backend
        self._known: Known | None = None
        self.requests = 0
        """How many requests were sent, retries included."""

    @asynccontextmanager
    async def _hetzner(self, known: Known) -> AsyncIterator[Hetzner]:
        world = await (await self._backend.part_runs()).world()
        async with Hetzner(world, known.token, attempts=1, deadline=DEADLINE) as hetzner:
            try:
                yield hetzner
            finally:
                self.requests += hetzner.requests
                known.remaining = hetzner.remaining or known.remaining

    async def _of_token(self, fqdn: str) -> Known:
        """Return what is known by the token that is kept now; another one begins anew."""
        token = await (await (await self._backend.part_keys()).ladder(fqdn)).require("hcloud_token")
        if self._known is None or self._known.token != token:
            self._known = Known(token)
        return self._known

    async def probe(self, fqdn: str) -> TokenReport:
        """Return what the kept token may do; raises CredentialError, RehearsalError."""
        ladder = await (await self._backend.part_keys()).ladder(fqdn)
        form = check_token(await ladder.get("hcloud_token"))
        if form:
            return TokenReport(problem=_remedy(form[0]))
        known = await self._of_token(fqdn)
        try:
            if not known.writes or known.listing is None:
                async with self._hetzner(known) as hetzner:
                    await probe_write(hetzner)
                    known.writes = True
                    known.listing = await list_project(hetzner)
        except HetznerError as error:
            return TokenReport(problem=remedy_of(error), requests_left=known.remaining)
        return _report(known, self._in_the_way(fqdn, known))

    async def market(self, fqdn: str, *, fresh: bool) -> Market:
        """Return what can be rented; raises HetznerError and what opens it raises."""
        known = await self._of_token(fqdn)
        if fresh or known.catalogue is None or known.prices is None or known.listing is None:
            async with self._hetzner(known) as hetzner:
                await _read(hetzner, known, fresh=fresh)
        assert known.catalogue is not None and known.prices is not None  # noqa: S101, PT018
        return await self._market(known, known.catalogue, known.prices)

    async def _market(self, known: Known, catalogue: Catalogue, prices: PriceList) -> Market:
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
            currency=prices.currency,
            requests_left=known.remaining,
            kit_memory=round(kit / MIB_PER_GB, 1),
            overhead=desk.settings.node_overhead_mib / MIB_PER_GB,
        )

    async def estimate(self, answers: Answers) -> Price | None:
        """Return what these answers would rent a month, from the price list that was read."""
        known = self._known
        if known is None or known.prices is None or not wanted_servers(answers):
            return None
        settings = (await self._backend.part_answers()).settings
        rented = rented_by_answers(answers, settings)
        try:
            return price(rented, known.prices)
        except HetznerError:
            # A type that this location never has: the check of reality says so.
            return None

    async def reality(self, answers: Answers) -> tuple[Finding, ...]:
        """Return what the catalogue and the project hold against these answers."""
        known = self._known
        reality = await self._reality(answers)
        if known is None or reality is None:
            return ()
        catalogue, settings = reality.catalogue, reality.settings
        fqdn = chosen_fqdn(answers) or ""
        found = check_cidrs(answers)
        found += sizing.check_locations(answers, catalogue)
        found += sizing.check_types(answers, reality)
        found += check_memory(answers, catalogue, settings, reality.kit_mib)
        found += project.check_limits(answers, known.inventory(fqdn), settings)
        return found + self._in_the_way(fqdn, known)

    async def _reality(self, answers: Answers) -> Reality | None:
        """Return what the sizing is held against, as far as it was read."""
        known = self._known
        if known is None or known.catalogue is None:
            return None
        return Reality(
            known.catalogue,
            (await self._backend.part_answers()).settings,
            self._backend.clock.now(),
            await asyncio.to_thread(kit_memory_mib),
            machines((known.listing or {}).get("server", ()), chosen_fqdn(answers) or ""),
        )

    def _in_the_way(self, fqdn: str, known: Known) -> tuple[Finding, ...]:
        """Return what in the project a Sovereign that is to begin would meet."""
        if not fqdn or self._backend.home.sovereign(fqdn).journal.exists():
            # What its own run has rented is no leftover.
            return ()
        inventory = known.inventory(fqdn)
        found = project.check_leftovers(fqdn, inventory)
        return found + project.check_names(slug_of(fqdn), inventory)

    async def alternatives(self, answers: Answers) -> tuple[Alternative, ...]:
        """Return what could be rented instead of the control planes' type, best first."""
        reality = await self._reality(answers)
        if reality is None:
            return ()
        return tuple(
            Alternative(
                type=each.type,
                location=each.location,
                difference=each.monthly_difference,
                less=each.less,
                lost=each.lost,
            )
            for each in alternatives(answers, CONTROL_PLANE, reality)
        )


async def _read(hetzner: Hetzner, known: Known, *, fresh: bool) -> None:
    """Read what is not known yet, or all of it, at once; raises HetznerError."""
    try:
        async with asyncio.TaskGroup() as tasks:
            catalogue = tasks.create_task(read_catalogue(hetzner))
            prices = tasks.create_task(read_prices(hetzner))
            listing = None
            if fresh or known.listing is None:
                listing = tasks.create_task(list_project(hetzner))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    known.catalogue, known.prices = catalogue.result(), prices.result()
    if listing is not None:
        known.listing = listing.result()


def _report(known: Known, findings: tuple[Finding, ...]) -> TokenReport:
    held = {kind: len(each) for kind, each in (known.listing or {}).items() if each}
    return TokenReport(
        servers=held.get("server", 0),
        held=held,
        findings=findings,
        requests_left=known.remaining,
    )


def _kind(kind: ServerType, stock: frozenset[str]) -> ServerKind:
    going = {each.name: each.deprecation for each in kind.locations if each.deprecation is not None}
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
        going={name: f"{each.unavailable_after:%Y-%m-%d}" for name, each in going.items()},
    )


def _remedy(found: Finding) -> Remedy:
    return Remedy(code=found.code, what=found.reason, means="", action=found.remedy)
