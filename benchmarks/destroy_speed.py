"""How long a solo Sovereign's destroy takes, against the chain of latencies that it must wait for.

The chain begins with the server going off, which comes before all else, and goes on along the graph
of the deletion. Everything counts: listing, planning, deleting, and listing again.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks.apply_overhead import find_tools
from benchmarks.chain import DELETIONS, longest_chain
from benchmarks.row import Row
from provisioner.facts import PhaseName
from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.run import Consent
from tests.integration.rented import Rented, rented

TIMES = 3
FACTOR = 1.2


async def measure() -> list[Row]:
    """Return the row of this promise."""
    tools = await find_tools()
    ratios, took, chain = [], [], 0.0
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as folder:
            async with rented(Path(folder), tools, speed=1) as sovereign:
                await sovereign.apply_only()
                chain = _chain(sovereign)
                took.append(await _destroyed(sovereign))
                ratios.append(took[-1] / chain)
    ratio = statistics.median(ratios)
    return [
        Row(
            what="destroy of a solo Sovereign against the deletion chain",
            promise=f"<= {FACTOR}x",
            measured=f"{ratio:.2f}x ({statistics.median(took):.1f} s, {chain:.1f} s)",
            kept=ratio <= FACTOR,
        )
    ]


def _chain(sovereign: Rented) -> float:
    tofu = sovereign.open_tofu()
    drawn = subprocess.run(
        [tofu.program, "graph", "-type=plan-destroy"],
        cwd=tofu.directory,
        env=dict(tofu.env),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    off = Catalogue.default().latencies["stop_server"]
    return off + longest_chain(drawn, DELETIONS)


async def _destroyed(sovereign: Rented) -> float:
    await sovereign.run("destroy", Consent(destroy=True))
    seconds = sovereign.view.phases[PhaseName.DESTROY].seconds
    if seconds is None or sovereign.names():
        raise RuntimeError("it was not destroyed")
    return seconds
