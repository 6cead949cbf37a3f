"""What our journal, detached runner and events cost on top of OpenTofu itself.

Ours is the time from the start of the plan phase to the end of the apply phase. Theirs is the same
OpenTofu commands, one after the other, with the same encryption, against the same simulated cloud,
none of whose actions takes time. Each pair is measured in turn; the median ratio counts.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.row import Row
from provisioner import events as e
from provisioner.attach import cancel
from provisioner.facts import PhaseName
from provisioner.journal import JournalReader
from provisioner.phases.opentofu import node_keys
from provisioner.run import Consent
from provisioner.spec import SovereignSpec
from provisioner.tofu.environment import environment
from provisioner.tofu.nodekeys import sensitive_variables
from provisioner.toolchain import ensure, provider_mirror
from tests.integration.rented import DERIVATION, Rented, rented

PAIRS = 3
FACTOR = 1.05
GRACE = 0.3


async def measure() -> list[Row]:
    """Return the row of this promise."""
    tools = await find_tools()
    ours, theirs = [], []
    for _ in range(1 + PAIRS):
        with tempfile.TemporaryDirectory() as folder:
            async with rented(Path(folder), tools, speed=1, scale=0) as sovereign:
                ours.append(await _ours(sovereign))
                await sovereign.run("destroy", Consent(destroy=True))
                theirs.append(await _theirs(sovereign, Path(folder) / "bare"))
    # The first pair only warms the disk's cache.
    ours, theirs = ours[1:], theirs[1:]
    mine, bare = statistics.median(ours), statistics.median(theirs)
    return [
        Row(
            what="headless apply against the same tofu commands, zero latency",
            promise=f"<= {FACTOR}x + {GRACE} s",
            measured=f"{mine / bare:.2f}x ({mine:.2f} s, {bare:.2f} s)",
            kept=mine <= FACTOR * bare + GRACE,
        )
    ]


async def find_tools() -> dict[str, Path]:
    """Return what a run starts, by name, and the provider's mirror."""
    found = await ensure(["tofu", "terraform-provider-hcloud"])
    mirror = await provider_mirror(found["terraform-provider-hcloud"])
    return {name: tool.path for name, tool in found.items()} | {"provider_mirror": mirror}


async def _ours(sovereign: Rented) -> float:
    after = await sovereign.start("apply")
    await sovereign.until(
        after, lambda each: isinstance(each, e.PhaseFinished) and each.phase is PhaseName.APPLY
    )
    cancel(sovereign.folder)
    await sovereign.finish(after)
    moments = {}
    with JournalReader(sovereign.folder.journal, sovereign.folder.fqdn) as reader:
        for each in reader.read_all(after):
            if isinstance(each.event, e.PhaseStarted | e.PhaseFinished):
                moments[type(each.event), each.event.phase] = each.at
    began = moments[e.PhaseStarted, PhaseName.PLAN]
    ended = moments[e.PhaseFinished, PhaseName.APPLY]
    return (ended - began).total_seconds()


async def _theirs(sovereign: Rented, directory: Path) -> float:
    """Return how long the bare commands take in a copy of the working directory."""
    shutil.copytree(
        sovereign.folder.tofu,
        directory,
        ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tofuplan"),
    )
    env = _environment(sovereign, directory)
    commands = (
        ("init", "-input=false"),
        ("plan", "-input=false", "-parallelism=40", "-out=bare.tofuplan"),
        ("show", "-json", "bare.tofuplan"),
        ("apply", "-input=false", "-parallelism=40", "bare.tofuplan"),
    )
    started = time.monotonic()
    for command in commands:
        process = await asyncio.create_subprocess_exec(
            sovereign.tools["tofu"],
            *command,
            cwd=directory,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError(f"tofu {command[0]} failed")
    return time.monotonic() - started


def _environment(sovereign: Rented, directory: Path) -> Mapping[str, str]:
    spec: SovereignSpec = sovereign.spec
    return environment(
        sovereign.world,
        token=sovereign.secrets["hcloud_token"],
        passphrase=sovereign.secrets["state_passphrase"],
        cli_config=directory / "cli.tfrc",
        home=directory,
        derivation=DERIVATION,
        variables=sensitive_variables(node_keys(spec)),
    )
