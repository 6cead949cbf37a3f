"""The phase as a run has it: written, watched, said, given up; over real sockets and servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from provisioner import events as e
from provisioner.dns import wanted
from provisioner.dns.own import records
from provisioner.dns.owner import FILE
from provisioner.dns.pool import Standing, leads_to, standing
from provisioner.dns.records import Record, Zone
from provisioner.errors import DnsError
from provisioner.facts import NameState
from provisioner.home import SovereignFolder
from provisioner.phases.dns import dns, held_names, release_name, take_up_name
from provisioner.rehearsal.domain.dynadot import create_dynadot
from provisioner.rehearsal.domain.nameserver import serve_dns
from provisioner.rehearsal.domain.registrar import Registrar, digest, usual
from provisioner.rehearsal.hetzner.serving import listen, serve
from provisioner.remedies import explain
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.world import World
from tests.integration.nameservers import name_servers
from tests.integration.simulated import TOKEN, simulated
from tests.unit.answers.examples import answers

ADDRESS = "127.78.0.1"
OUTPUTS: dict[str, Any] = {"load_balancer": {"ipv4": ADDRESS}}
KEY, SECRET = "key-of-the-account", "secret-of-the-account"


class Told:
    """A run's journal, in memory."""

    def __init__(self) -> None:
        self.events: list[e.Event] = []

    def of(self, kind: type[e.Event]) -> list[Any]:
        """Return the events of one kind."""
        return [each for each in self.events if isinstance(each, kind)]


def a_run(folder: Path, world: World, told: Told, domain: dict[str, str], **secrets: str) -> Run:
    """Return a run of one Sovereign in this world."""
    spec = SovereignSpec.model_validate(answers(domain=domain))
    place = SovereignFolder(folder / spec.fqdn).create()
    held = {name: SecretStr(value) for name, value in secrets.items()}
    return Run(spec=spec, folder=place, world=world, emit=told.events.append, secrets=held)


@asynccontextmanager
async def domain_world(registrar: Registrar, **fields: Any) -> AsyncIterator[World]:
    """Yield a fast world with a registrar and a name server."""
    listener = listen()
    app = create_dynadot(registrar, {digest(KEY, SECRET)})
    serving = asyncio.create_task(serve(app, listener))
    try:
        async with serve_dns(lambda: registrar.zones) as port:
            yield World(
                name="rehearsal",
                speed=100,
                dynadot=f"http://127.0.0.1:{listener.getsockname()[1]}/api3.json",
                resolvers=(f"127.0.0.1:{port}", f"127.0.0.1:{port}"),
                dns_port=port,
                **fields,
            )
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


POOL = {"mode": "pool", "label": "oman", "pool": "omani.works"}


async def test_a_label_is_claimed_watched_and_given_back(tmp_path: Path) -> None:
    """The whole way in the pool's zone, and nothing of the others has changed at its end."""
    registrar = Registrar(usual())
    before = registrar.zones["omani.works"]
    told = Told()
    async with domain_world(registrar) as world:
        run = a_run(tmp_path, world, told, POOL, dynadot_key=KEY, dynadot_secret=SECRET)
        await dns(run, OUTPUTS)
        wanted_, written = told.of(e.DnsRecordsWanted)[0], told.of(e.DnsRecordsWritten)[0]
        assert (wanted_.zone, wanted_.by) == ("omani.works", "Dynadot")
        assert written.records == len(before.records) + 7
        last = told.of(e.DnsRecordsChecked)[-1].answers
        assert {each.state for each in last} == {NameState.RIGHT}
        assert {each.authority for each in last} == {True, False}
        assert [each.key for each in told.of(e.WaitFinished)] == ["dns"]
        told.events.clear()
        await dns(run, OUTPUTS)
        assert registrar.zones["omani.works"].lacks(before.records) == ()
        held = await held_names(run)
        assert {each.name for each in held} > set(wanted.names(run.fqdn))
        assert {(each.kind, each.owner) for each in held} == {("dns_record", "zone")}
        await release_name(run)
        assert await held_names(run) == ()
        assert told.of(e.DnsRecordsReleased)[0].zone == "omani.works"
    assert registrar.zones["omani.works"] == before


@pytest.mark.parametrize(
    ("rented", "given_back"),
    [({ADDRESS}, True), ({ADDRESS, "127.78.0.2"}, True), ({"127.78.0.2"}, False), (set(), False)],
)
async def test_a_label_whose_owners_file_was_lost_is_known_by_where_it_leads(
    tmp_path: Path, rented: set[str], given_back: bool
) -> None:
    """Who rents the address takes it up; without that proof it may be another's, and stays."""
    registrar = Registrar(usual())
    before = registrar.zones["omani.works"]
    told = Told()
    async with domain_world(registrar) as world:
        run = a_run(tmp_path, world, told, POOL, dynadot_key=KEY, dynadot_secret=SECRET)
        await dns(run, OUTPUTS)
        claimed = registrar.zones["omani.works"]
        (run.folder.path / FILE).unlink()
        await take_up_name(run, rented)
        assert bool(await held_names(run)) is given_back
        await release_name(run)
    assert registrar.zones["omani.works"] == (before if given_back else claimed)
    said = [each.text for each in told.of(e.Remarked) if "_catalyst.oman" in each.text]
    assert len(said) == (not given_back)


def test_a_label_that_leads_elsewhere_too_is_left() -> None:
    """One host of another's is enough; so is a claim that leads nowhere yet."""
    ours = wanted.addresses("oman", ADDRESS)
    theirs = wanted.addresses("oman", "127.78.0.2")
    mark = wanted.claim("oman", "0" * 32)
    for records_ in ((mark,), (mark, *ours[:3], *theirs[3:]), (mark, *ours, theirs[0])):
        zone = Zone(domain="omani.works", records=records_)
        assert not leads_to(zone, "oman", {ADDRESS})


async def test_another_sovereigns_label_ends_the_phase_and_stays(tmp_path: Path) -> None:
    """The label is told as taken, and its records are what they were."""
    registrar = Registrar(usual())
    before = registrar.zones["omani.works"]
    domain = POOL | {"label": "omantel"}
    async with domain_world(registrar) as world:
        run = a_run(tmp_path, world, Told(), domain, dynadot_key=KEY, dynadot_secret=SECRET)
        with pytest.raises(DnsError) as refused:
            await dns(run, OUTPUTS)
        assert refused.value.code == "dns_label_claimed"
        await release_name(run)
    assert registrar.zones["omani.works"] == before
    assert standing(before, "omantel", "x") is Standing.CLAIMED


async def test_without_a_key_it_says_what_to_set_and_sees_when_it_is(tmp_path: Path) -> None:
    """Whoever holds the zone sets the records by hand; the phase looks until they are there."""
    registrar = Registrar(usual())
    told = Told()
    async with domain_world(registrar) as world:
        run = a_run(tmp_path, world, told, POOL)
        phase = asyncio.create_task(dns(run, OUTPUTS))
        async with asyncio.timeout(90):
            while not told.of(e.DnsRecordsChecked):  # noqa: ASYNC110  # the list tells nothing
                await asyncio.sleep(0.02)
        shown = told.of(e.DnsRecordsWanted)[0]
        assert shown.by == "operator"
        assert {each.name for each in shown.records} == set(wanted.names(run.fqdn))
        below = [
            Record(name=each.name.removesuffix(".omani.works"), type="A", value=each.value)
            for each in shown.records
        ]
        registrar.write("omani.works", below, append=True)
        async with asyncio.timeout(90):
            await phase
    assert {each.state for each in told.of(e.DnsRecordsChecked)[-1].answers} == {NameState.RIGHT}


async def test_a_healthy_cluster_does_not_wait_long_for_its_name(tmp_path: Path) -> None:
    """Once nothing else is missing, the phase gives up soon and says what is wrong, and where."""
    told = Told()
    healthy = asyncio.Event()
    healthy.set()
    async with domain_world(Registrar(usual())) as world:
        run = a_run(tmp_path, world, told, POOL)
        async with asyncio.timeout(90):
            with pytest.raises(DnsError) as late:
                await dns(run, OUTPUTS, healthy=healthy)
    assert late.value.code == "dns_not_resolving"
    assert late.value.facts["count"] == "6"
    assert "192.0.2.128" in late.value.facts["first"]


async def test_an_own_domain_is_shown_looked_for_and_judged(tmp_path: Path) -> None:
    """With the zone in nobody's API, real servers tell when the operator has set the records."""
    fqdn = "cloud.plain.test"
    lines = [f"{each.name}. 300 IN A {each.value}" for each in records(fqdn, ADDRESS)]
    told = Told()
    with simulated(speed=100) as cloud:
        async with name_servers(tmp_path, {"plain.test": [lines[1]]}) as servers:
            world = World(
                name="rehearsal",
                hetzner=cloud.endpoint,
                speed=100,
                resolvers=(f"127.0.0.1:{servers.resolver_port}",),
                dns_port=servers.port,
            )
            domain = {"mode": "own", "fqdn": fqdn}
            run = a_run(tmp_path, world, told, domain, hcloud_token=TOKEN)
            phase = asyncio.create_task(dns(run, OUTPUTS))
            async with asyncio.timeout(90):
                while not told.of(e.DnsRecordsChecked):  # noqa: ASYNC110  # as above
                    await asyncio.sleep(0.02)
            facts = {"fqdn": fqdn, "zone": "plain.test", "count": "6"}
            assert explain("dns_set_by_hand", facts).what in told.of(e.Remarked)[0].text
            first = told.of(e.DnsRecordsChecked)[0].answers
            assert {each.authority for each in first} == {True}
            await servers.change("plain.test", lines)
            async with asyncio.timeout(90):
                await phase
    assert {each.state for each in told.of(e.DnsRecordsChecked)[-1].answers} == {NameState.RIGHT}
