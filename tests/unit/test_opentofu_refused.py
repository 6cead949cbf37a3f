"""What Hetzner refuses OpenTofu is told at its resource, and the rate limit counts down."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.facts import Change
from provisioner.home import SovereignFolder
from provisioner.phases.overhearing import overheard
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.tofu.traffic import Traffic
from provisioner.world import World
from tests.unit.answers.examples import answers
from tests.unit.test_traffic import ORDER, REFUSAL, newer, older, write

ADDRESS = 'hcloud_server.node["cp1"]'
PLANNED = Change(address=ADDRESS, kind="server", name="cp1", action="create")


@pytest.fixture
def told() -> list[e.Event]:
    return []


@pytest.fixture
def run(tmp_path: Path, told: list[e.Event]) -> Run:
    """Return a run in a world that stands in the year of the answers."""
    spec = SovereignSpec.model_validate(answers())
    place = SovereignFolder(tmp_path / "sovereigns" / spec.fqdn).create()
    return Run(spec=spec, folder=place, world=World(), emit=told.append)


def order(traffic: Traffic, name: str) -> None:
    """Have the provider ask for a server."""
    write(traffic, older("Request", ORDER.format(path="servers", name=name, x="")))


async def test_attempts_are_counted_with_their_reason_where_it_is_clear(
    run: Run, told: list[e.Event]
) -> None:
    """Only of what the plan makes, and with no reason where there are two or none."""
    async with overheard(run, [PLANNED]) as traffic:
        order(traffic, "cp1")
        order(traffic, "of somebody else")
        for answers_between in ([409], [409, 429], []):
            for status in answers_between:
                write(traffic, newer("Response", f"HTTP/2.0 {status} No\r\n\r\n\n"))
            order(traffic, "cp1")
            order(traffic, "of somebody else")
    tries = [each for each in told if isinstance(each, e.ResourceRetried)]
    assert {each.address for each in tries} == {ADDRESS}
    assert [(each.attempt, each.reason) for each in tries] == [
        (1, "409 unknown_error"),
        (2, ""),
        (3, ""),
    ]


async def test_refusals_of_the_rate_limit_are_one_wait_until_the_reset(
    run: Run, told: list[e.Event]
) -> None:
    """Many are told once, until the reset of Hetzner's clock, and the wait ends with OpenTofu."""
    async with overheard(run) as traffic:
        for _ in range(20):
            write(traffic, older("Response", REFUSAL))
    begun, ended = told
    assert isinstance(begun, e.WaitStarted)
    assert begun.until is not None
    assert 7 < (begun.until - run.clock.now()).total_seconds() <= 8
    assert begun.what.startswith("Hetzner's rate limit, 8 s")
    assert isinstance(ended, e.WaitFinished)
    assert ended.key == begun.key
