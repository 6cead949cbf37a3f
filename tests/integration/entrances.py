"""A Sovereign's outside without its inside: a name, an entrance, an ACME server, a cloud, a run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner import events as e
from provisioner.cluster.patience import Bound
from provisioner.dns import wanted
from provisioner.dns.records import Record
from provisioner.facts import OutsideCheck
from provisioner.phases.verify import verify
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.acme import Account
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.domain.district import District, Ports
from provisioner.run import Run
from provisioner.world import World
from tests.integration.nameservers import free_port
from tests.integration.simulated import TOKEN, Simulated
from tests.integration.test_dns_phase import POOL, Told, a_run

FQDN, ADDRESS = "oman.omani.works", "127.78.0.9"
SOON = Bound(1, 0.2)


@dataclass
class Cluster:
    """As much of a cluster as an entrance shows."""

    down: set[str] = field(default_factory=set)
    """Services that are not ready."""
    pair: Pair | None = None
    solving: dict[str, str] = field(default_factory=dict)

    def serves(self, namespace: str, name: str) -> bool:
        """Return whether a Service is ready."""
        assert namespace
        return name not in self.down

    def certificate(self) -> Pair | None:
        """Return what the Gateway shows."""
        return self.pair

    def challenge(self, token: str) -> str | None:
        """Return what answers a challenge."""
        return self.solving.get(token)


@dataclass
class Place:
    """A district with an ACME server, a cloud, and a run in all three."""

    district: District
    ports: Ports
    told: Told
    run: Run
    outputs: dict[str, Any]
    cluster: Cluster
    acme: Pebble

    def lead(self, address: str = ADDRESS, hosts: tuple[str, ...] = wanted.HOSTS) -> None:
        """Let hosts lead to an address."""
        records = [Record(name=f"{host}.oman", type="A", value=address) for host in hosts]
        self.district.registrar.write("omani.works", records, append=True)

    async def certify(self) -> None:
        """Have the ACME server sign the five names, proved through the entrance."""
        names, key = wanted.sites(FQDN), pairs.new_key()
        own = pairs.new_key()
        account = Account(self.acme.http, self.acme.directory, own, self.run.clock)
        await account.register("ops@example.org")
        order = await account.order(names)
        for each in await account.challenges(order):
            self.cluster.solving[each.token] = account.answer_for(each)
            await account.prove(each)
        chain = await account.finish(order, pairs.request(key, names))
        self.cluster.pair = Pair(chain, pairs.private(key))

    async def look(self, issuance: Bound = SOON) -> dict[tuple[str, str], OutsideCheck]:
        """Verify, and return what was seen by what was asked."""
        checks = await verify(self.run, self.outputs, patience=issuance)
        assert self.told.of(e.OutsideChecked)[-1].checks == checks
        return {(each.what, each.target.partition(".")[0]): each for each in checks}


@asynccontextmanager
async def living(
    folder: Path, cloud: Simulated, program: Path, speed: float = 100
) -> AsyncIterator[Place]:
    """Yield a place whose load balancer is there, and whose name leads nowhere yet."""
    cluster, acme = Cluster(), Pebble(folder / "acme")
    district = District(folder / "world", lambda fqdn: cluster if fqdn == FQDN else None)
    ports = Ports(0, free_port(), free_port())
    async with district.living(ports, lambda: {FQDN: ADDRESS}) as port:
        await district.settle(ports, {FQDN: ADDRESS})
        await acme.start(program, dns_port=port, http_port=ports.http)
        told = Told()
        world = World(
            name="rehearsal",
            hetzner=cloud.endpoint,
            speed=speed,
            resolvers=(f"127.0.0.1:{port}",),
            dns_port=port,
            http_port=ports.http,
            https_port=ports.https,
            authorities=acme.roots,
        )
        run = a_run(folder / "home" / "sovereigns", world, told, POOL, hcloud_token=TOKEN)
        outputs = {"load_balancer": {"ipv4": ADDRESS, "id": 1}}
        yield Place(district, ports, told, run, outputs, cluster, acme)
    await acme.stop()
