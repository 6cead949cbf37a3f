"""All that a world's names hang on, alive: registrar, name server, and an entrance a Sovereign."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

from ruamel.yaml import YAML

from provisioner.dns.records import Zone
from provisioner.rehearsal.domain.entrance import Backend, Behind, Entrance
from provisioner.rehearsal.domain.nameserver import serve_dns
from provisioner.rehearsal.domain.registrar import Registrar

LOOK = 0.5
"""Real seconds between two looks at which load balancers there are."""
log = logging.getLogger(__name__)


@dataclass
class Ports:
    """Where a district listens; 0 takes any."""

    dns: int = 0
    http: int = 0
    https: int = 0


class District:
    """The names of one world; its files lie in ``folder``."""

    def __init__(
        self,
        folder: Path,
        behind: Callable[[str], Behind | None],
        hosted: Callable[[], Mapping[str, Zone]] = dict,
    ) -> None:
        """``behind`` tells the cluster of a Sovereign, by its full name.

        ``hosted`` tells the zones that are served beside the registrar's.
        """
        self._folder = folder
        self._behind = behind
        self._hosted = hosted
        self.registrar = Registrar({})
        self._entrances: dict[str, Entrance] = {}
        self._settling = asyncio.Lock()

    @asynccontextmanager
    async def living(
        self, ports: Ports, balancers: Callable[[], Mapping[str, str]]
    ) -> AsyncIterator[int]:
        """Live while the block runs; yields the port of the name server.

        ``balancers`` tells the address of each Sovereign's load balancer, by full name.
        """
        self.registrar = await asyncio.to_thread(Registrar.opened, self._folder / "registrar.json")
        async with self._named(ports.dns) as port:
            following = asyncio.create_task(self._follow(ports, balancers))
            try:
                yield port
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                for entrance in self._entrances.values():
                    entrance.close()

    @asynccontextmanager
    async def _named(self, wanted: int) -> AsyncIterator[int]:
        try:
            serving = serve_dns(self._zones, port=wanted)
            port = await serving.__aenter__()
        except OSError:
            serving = serve_dns(self._zones)
            port = await serving.__aenter__()
        try:
            yield port
        finally:
            await serving.__aexit__(None, None, None)

    def _zones(self) -> Mapping[str, Zone]:
        return {**self._hosted(), **self.registrar.zones}

    async def _follow(self, ports: Ports, balancers: Callable[[], Mapping[str, str]]) -> None:
        while True:
            await self.settle(ports, balancers())
            await asyncio.sleep(LOOK)

    async def settle(self, ports: Ports, balancers: Mapping[str, str]) -> None:
        """Open and close entrances, so that there is one for each load balancer."""
        async with self._settling:
            await self._settle(ports, balancers)

    async def _settle(self, ports: Ports, balancers: Mapping[str, str]) -> None:
        for fqdn, entrance in list(self._entrances.items()):
            if balancers.get(fqdn) != entrance.address:
                entrance.close()
                del self._entrances[fqdn]
        for fqdn, address in balancers.items():
            if fqdn in self._entrances:
                continue
            entrance = Entrance(fqdn, address, routes(), partial(self._behind, fqdn))
            try:
                await entrance.open(ports.http, ports.https)
            except OSError as error:
                log.warning("no entrance at %s: %s", address, error)
                entrance.close()
            else:
                self._entrances[fqdn] = entrance


@cache
def routes() -> Mapping[str, Backend]:
    """Return the Service behind each host, as the kit's own chart routes them."""
    chart = files("modules") / "bootstrap-kit" / "catalyst-platform" / "chart"
    values = YAML(typ="safe").load((chart / "values.yaml").read_text("utf-8"))
    return {host: (to["namespace"], to["service"]) for host, to in values["hosts"].items()}
