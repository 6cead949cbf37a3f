"""Verify looks at a real entrance with real certificates, and says what it saw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner import events as e
from provisioner.cluster.patience import Bound
from provisioner.dns import wanted
from provisioner.dns.records import Record
from provisioner.facts import OutsideCheck
from provisioner.outside.budget import FOLDER, Ledger
from provisioner.phases.verify import verify
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.acme import Account, AcmeRefused
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.domain.district import District, Ports
from provisioner.run import Run
from provisioner.world import World
from tests.integration.nameservers import free_port
from tests.integration.simulated import TOKEN, Simulated, simulated
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
        checks = await verify(self.run, self.outputs, issuance=issuance)
        assert self.told.of(e.OutsideChecked)[-1].checks == checks
        return {(each.what, each.target.partition(".")[0]): each for each in checks}


@asynccontextmanager
async def living(folder: Path, cloud: Simulated, program: Path) -> AsyncIterator[Place]:
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
            speed=100,
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


@pytest.fixture
async def place(tmp_path: Path, rehearsal_tools: dict[str, Path]) -> AsyncIterator[Place]:
    """Let a place live."""
    with simulated(speed=100) as cloud:
        async with living(tmp_path, cloud, rehearsal_tools["pebble"]) as made:
            yield made


async def test_what_is_well_is_seen(place: Place) -> None:
    """Names, ports, certificates and pages are real; targets are unknown without a balancer."""
    place.lead()
    await place.certify()
    seen = await place.look()
    assert [key for key, each in seen.items() if not each.ok] == [("targets", "load balancer 1")]
    assert seen["dns", "console"].saw == f"leads to {ADDRESS}"
    assert "signed by Pebble Intermediate CA" in seen["tls", "harbor"].saw
    assert seen["http", "gitea"].saw == "200 OK"
    assert {host for what, host in seen if what == "http"} == {"console", "gitea", "api"}


async def test_without_a_name_each_layer_says_its_own(place: Place) -> None:
    """The ports are open, the names lead nowhere, so there is no certificate, and it is not
    waited for.
    """
    seen = await place.look(Bound(1000, 1000))
    assert not seen["dns", "api"].ok
    assert seen["tcp", "127"].ok
    assert seen["tls", "api"].code == "tls_none"
    assert not seen["http", "api"].ok


async def test_a_name_that_leads_elsewhere_is_told(place: Place) -> None:
    """What resolvers say is shown."""
    place.lead("192.0.2.66")
    seen = await place.look()
    assert seen["dns", "gitea"].code == "outside_name"
    assert "192.0.2.66" in seen["dns", "gitea"].saw


async def test_a_certificate_that_comes_late_is_waited_for(place: Place) -> None:
    """Names lead here, but the certificate is issued a little later."""
    place.lead()
    looking = asyncio.create_task(place.look(Bound(1000, 30)))
    while not place.told.of(e.WaitStarted):  # noqa: ASYNC110  events are only listed
        await asyncio.sleep(0.01)
    await place.certify()
    seen = await looking
    assert seen["tls", "console"].ok
    assert [each.key for each in place.told.of(e.WaitFinished)] == ["certificate"]


async def test_the_acme_server_refuses_a_name_that_leads_elsewhere(place: Place) -> None:
    """A certificate is signed only for what was proved, by HTTP, at the address of the name."""
    place.lead(hosts=("console",))
    with pytest.raises(AcmeRefused, match="oman"):
        await place.certify()
    assert place.cluster.pair is None


async def test_a_component_that_is_down_is_seen_as_its_page(place: Place) -> None:
    """The certificate is well, the page behind it is not, and the others are."""
    place.lead()
    await place.certify()
    place.cluster.down.add("gitea-http")
    seen = await place.look()
    assert seen["tls", "gitea"].ok
    assert (seen["http", "gitea"].saw, seen["http", "gitea"].code) == (
        "503 Service Unavailable",
        "http_failing",
    )
    assert seen["http", "console"].ok


@pytest.mark.parametrize(
    ("names", "days", "code"),
    [
        (wanted.sites(FQDN), -1, "tls_expired"),
        (("somebody.example.org",), 90, "tls_foreign"),
    ],
)
async def test_a_bad_certificate_is_told_apart(
    place: Place, names: tuple[str, ...], days: int, code: str
) -> None:
    """Expired, or for another name: each with its own remedy."""
    place.lead()
    signer = pairs.authority("Some Root")
    place.cluster.pair = pairs.issue(signer, names, timedelta(days=days))
    seen = await place.look()
    assert seen["tls", "console"].code == code


async def test_an_unknown_authority_is_told_unless_it_is_ones_own(place: Place) -> None:
    """What nobody trusts is no certificate, but for whoever chose an authority of their own."""
    place.lead()
    place.cluster.pair = pairs.issue(pairs.authority("Some Root"), wanted.sites(FQDN))
    seen = await place.look()
    assert seen["tls", "api"].code == "tls_untrusted"
    spec = place.run.spec.model_copy(
        update={"certificates": place.run.spec.certificates.model_copy(update={"issuer": "own"})}
    )
    object.__setattr__(place.run, "spec", spec)
    seen = await place.look()
    assert seen["tls", "api"].ok
    assert "your own authority" in seen["tls", "api"].saw


@pytest.mark.parametrize(("signer", "left"), [("Let's Encrypt", 4), ("Rehearsal", 5)])
async def test_certificates_are_counted_once_each(
    place: Place, tmp_path: Path, signer: str, left: int
) -> None:
    """The ledger lies in the home, counts by serial, and only what its authority limits."""
    place.lead()
    place.cluster.pair = pairs.issue(pairs.authority("Root", signer), wanted.sites(FQDN))
    await place.look()
    await place.look()
    ledger = Ledger.of(place.run.folder, wanted.sites(FQDN))
    found = await asyncio.to_thread(ledger.budget, "production", datetime.now(UTC))
    assert found is not None
    assert found.left == left
    assert (tmp_path / "home" / FOLDER).exists() is (left < 5)


async def test_a_port_that_nobody_serves_is_told(place: Place) -> None:
    """Without an entrance connections are refused."""
    place.lead()
    await place.district.settle(place.ports, {})
    checks = await verify(
        place.run, {"load_balancer": {"ipv4": "127.78.0.10", "id": 1}}, issuance=SOON
    )
    closed = [each for each in checks if each.what == "tcp"]
    assert {each.code for each in closed} == {"outside_closed"}
