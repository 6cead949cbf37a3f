"""Many Sovereigns at once, in one project and on a small machine: all finish, none meets another.

``CATALYST_FAULT_MANY`` says how many; the campaign takes twenty.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from provisioner.attach import cancel
from provisioner.events import OutputsSaved
from provisioner.facts import Outcome
from provisioner.hetzner.inventory import LABEL
from provisioner.run import Consent
from tests.integration.rented import Rented, rented_together

FEW = 3


async def test_many_sovereigns_are_rented_and_taken_down_at_once(
    tmp_path: Path, tools: Mapping[str, Path]
) -> None:
    """Each is rented whole and goes whole, whatever the others in its project do meanwhile."""
    many = int(os.environ.get("CATALYST_FAULT_MANY", FEW))
    async with rented_together(tmp_path, tools, many, speed=50, scale=0.1) as sovereigns:
        state = sovereigns[0].cloud.state
        await asyncio.gather(*map(_rent, sovereigns))
        owners = [each.labels[LABEL] for each in state.servers.values()]
        assert sorted(owners) == sorted(each.folder.fqdn for each in sovereigns)
        half = many // 2 or 1
        await asyncio.gather(*map(_take_down, sovereigns[:half]))
        left = {each.labels[LABEL] for each in state.servers.values()}
        assert left == {each.folder.fqdn for each in sovereigns[half:]}
        await asyncio.gather(*map(_take_down, sovereigns[half:]))
        assert sovereigns[0].names() == set()


async def _rent(sovereign: Rented) -> None:
    after = await sovereign.start("apply")
    await sovereign.until(after, lambda each: isinstance(each, OutputsSaved))
    cancel(sovereign.folder)
    assert (await sovereign.finish(after)).outcome is Outcome.CANCELLED


async def _take_down(sovereign: Rented) -> None:
    ended = await sovereign.run("destroy", Consent(destroy=True))
    assert ended.outcome is Outcome.DESTROYED, ended
