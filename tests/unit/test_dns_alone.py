"""The name tried again alone: only of a Sovereign that is ready, and without making it less so."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from provisioner import events as e
from provisioner.cluster.patience import Bound
from provisioner.dns import wanted
from provisioner.dns.records import Record, Zone
from provisioner.facts import Outcome
from provisioner.home import SovereignFolder
from provisioner.phases import dns
from provisioner.rehearsal.domain.nameserver import serve_dns
from provisioner.remedies import explain
from provisioner.run import Run
from provisioner.runner.road import walk
from provisioner.spec import SovereignSpec
from provisioner.view import View
from provisioner.world import World
from tests.unit.answers.examples import answers

ADDRESS = "127.78.0.1"
OUTPUTS: dict[str, Any] = {"load_balancer": {"ipv4": ADDRESS, "id": 1}}
SILENT = World(resolvers=("127.0.0.1:9",), dns_port=9, hetzner="http://127.0.0.1:9/v1")


def a_run(folder: Path, world: World, told: list[e.Event]) -> Run:
    """Return a run of a Sovereign in a pool whose key nobody has."""
    spec = SovereignSpec.model_validate(answers())
    place = SovereignFolder(folder / "sovereigns" / spec.fqdn).create()
    return Run(spec=spec, folder=place, world=world, emit=told.append)


async def test_a_sovereign_that_is_not_ready_is_refused(tmp_path: Path) -> None:
    """Such a run would end it as ready; nothing is asked and nothing changed."""
    told: list[e.Event] = []
    run = a_run(tmp_path, SILENT, told)
    ending = await walk(run, "dns", View(fqdn=run.fqdn, outputs=OUTPUTS))
    assert ending.outcome is Outcome.FAILED
    assert ending.remedy is not None
    assert ending.remedy.code == "dns_before_ready"
    assert told == []


@pytest.mark.parametrize("right", [True, False])
async def test_a_ready_one_stays_ready_whatever_the_name_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    """Two phases, each with its own end; a name that does not come is a remark."""
    told: list[e.Event] = []
    spec = SovereignSpec.model_validate(answers())
    label, _, pool = spec.fqdn.partition(".")
    records = wanted.addresses(label, ADDRESS) if right else ()
    zone = Zone(domain=pool, records=(Record(name="", type="A", value="192.0.2.1"), *records))
    monkeypatch.setattr(dns, "DEADLINE", Bound(1, 0.2))
    async with serve_dns(lambda: {pool: zone}) as port:
        world = World(
            resolvers=(f"127.0.0.1:{port}",),
            dns_port=port,
            hetzner="http://127.0.0.1:9/v1",
            http_port=9,
            https_port=9,
            speed=500,
            origin=float(int(time.time())),
        )
        run = a_run(tmp_path, world, told)
        view = View(fqdn=run.fqdn, outputs=OUTPUTS, ready=True)
        ending = await walk(run, "dns", view)
    assert ending.outcome is Outcome.READY
    ends = {each.phase: each.ok for each in told if isinstance(each, e.PhaseFinished)}
    assert ends == {"dns": right, "verify": False}
    said = [each.text for each in told if isinstance(each, e.Remarked)]
    assert explain("outside_not_well", {"fqdn": run.fqdn}).action in said[-1]
    assert "Seen from outside" in said[-1]


async def test_without_the_balancers_address_nothing_is_asked(tmp_path: Path) -> None:
    """Both phases say so and end; what is ready stays ready."""
    told: list[e.Event] = []
    run = a_run(tmp_path, SILENT, told)
    view = View(fqdn=run.fqdn, outputs={}, ready=True)
    assert (await walk(run, "dns", view)).outcome is Outcome.READY
    said = [each for each in told if isinstance(each, e.Remarked)]
    assert [each.source for each in said] == ["dns", "verify"]
    assert all(explain("dns_no_address", {"fqdn": run.fqdn}).action in each.text for each in said)
