"""How fast our module is applied, against two public installers' graphs and the longest chain.

All three are applied from a saved plan, beside each other, each to an empty project of a simulated
cloud of its own whose actions take the listed latencies: ours with the parallelism that the engine
uses, the others as they come. CATALYST_BENCH_SCALES may name other multiples of the latencies.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from benchmarks.chain import longest_chain
from benchmarks.row import Row
from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, create_app, digest
from provisioner.rehearsal.hetzner.serving import Serving, serving
from provisioner.settings import default_settings
from provisioner.tofu.command import PARALLELISM
from provisioner.tofu.environment import Derivation, encryption
from provisioner.toolchain import ensure, provider_mirror
from tests.integration.module import SOURCE, TOKEN, Module, answers, pool

GRAPHS = Path(__file__).parent / "graphs"
THEIRS = ("reference", "kube-hetzner")
SIZES = ((1, 0), (3, 3), (1, 20))
FACTOR, CHAIN_FACTOR, PLAN_FACTOR = 0.7, 1.1, 2.0
ATTEMPTS = 3
OURS: tuple[str, ...] = (f"-parallelism={PARALLELISM}",)


@dataclass(frozen=True)
class Applied:
    """One apply: seconds, requests, and the longest chain of the graph at 1x."""

    seconds: float
    requests: int
    chain: float


async def measure() -> list[Row]:
    """Return the rows of these promises."""
    tools = await _tools()
    scales = [float(each) for each in os.environ.get("CATALYST_BENCH_SCALES", "0.5 1 2").split()]
    rows = [await asyncio.to_thread(_plans, tools)]
    for scale in scales:
        for size in SIZES:
            rows += await asyncio.to_thread(_compared, tools, size, scale)
    return rows


async def _tools() -> dict[str, Path]:
    found = await ensure(["tofu", "terraform-provider-hcloud"])
    mirror = await provider_mirror(found["terraform-provider-hcloud"])
    return {name: tool.path for name, tool in found.items()} | {"provider_mirror": mirror}


def _compared(tools: Mapping[str, Path], size: tuple[int, int], scale: float) -> list[Row]:
    """Apply all three graphs for one size; return a row for each comparison."""
    orders = [(SOURCE, _our_variables(size), OURS)]
    orders += [(GRAPHS / name, _their_variables(size), ()) for name in THEIRS]
    with ThreadPoolExecutor(len(orders)) as beside:
        ours, *others = beside.map(
            lambda each: _apply(tools, each[0], each[1], scale, each[2]), orders
        )
    chain = ours.chain * scale
    what = f"({size[0]},{size[1]}) at {scale:g}x"
    rows = [
        Row(
            what=f"apply {what} against the longest chain",
            promise=f"<= {CHAIN_FACTOR}x",
            measured=f"{ours.seconds / chain:.2f}x ({ours.seconds:.1f} s, {chain:.1f} s)",
            kept=ours.seconds <= CHAIN_FACTOR * chain,
        )
    ]
    for name, other in zip(THEIRS, others, strict=True):
        ratio = ours.seconds / other.seconds
        rows.append(
            Row(
                what=f"apply {what} against {name}",
                promise=f"<= {FACTOR}x",
                measured=f"{ratio:.2f}x ({ours.seconds:.1f} s, {other.seconds:.1f} s; "
                f"chain alone {chain / other.seconds:.2f}x)",
                kept=ratio <= FACTOR,
            )
        )
        rows.append(
            Row(
                what=f"requests of apply {what} against {name}",
                promise="<= 1x",
                measured=f"{ours.requests / other.requests:.2f}x ({ours.requests}, "
                f"{other.requests})",
                kept=ours.requests <= other.requests,
            )
        )
    return rows


def _apply(
    tools: Mapping[str, Path],
    source: Path,
    variables: dict[str, Any],
    scale: float,
    options: tuple[str, ...],
) -> Applied:
    """Apply a module's saved plan to an empty project, and measure it.

    Two services that are asked of one load balancer at once can end in a conflict: such an apply is
    no measurement, and is made anew.
    """
    for _ in range(ATTEMPTS):
        with _project(scale) as cloud, tempfile.TemporaryDirectory() as folder:
            work = Module(Path(folder) / "work", tools, cloud.endpoint).prepare(source=source)
            work.answer(variables)
            work.run("plan", "-input=false", "-out=p")
            chain = longest_chain(work.run("graph", "-type=plan"))
            before = _requests(cloud)
            started = time.monotonic()
            done = work.attempt("apply", "-input=false", *options, "p")
            seconds = time.monotonic() - started
            if done.returncode == 0:
                return Applied(seconds, _requests(cloud) - before, chain)
    raise AssertionError(done.stderr)


@contextmanager
def _project(scale: float) -> Iterator[Serving]:
    cloud = Cloud(Clock(), settings=Settings(scale=scale, rate_limit=1e6))
    with serving(create_app(cloud, {digest(TOKEN): "write"})) as at:
        yield at


def _requests(cloud: Serving) -> int:
    headers = {"authorization": f"Bearer {TOKEN}"}
    total: int = httpx2.get(f"{cloud.control}/requests", headers=headers).json()["total"]
    return total


def _our_variables(size: tuple[int, int], **more: Any) -> dict[str, Any]:
    pools = [pool("web", size[1], ingress=True)] if size[1] else []
    return answers(size[0], *pools, **more)


def _their_variables(size: tuple[int, int]) -> dict[str, Any]:
    key = answers()["ssh_public_key"]
    return {
        "control_planes": size[0],
        "workers": size[1],
        "server_type": "cx33",
        "ssh_public_key": key,
    }


def _plans(tools: Mapping[str, Path]) -> Row:
    """Return how much longer a plan for 90 workers takes than one for 9, both as the engine plans.

    So they are encrypted; what the key's derivation takes is part of every plan.
    """
    shipped = default_settings()
    derivation = Derivation(shipped.state_iterations, shipped.state_hash)
    cipher = encryption(SecretStr("a passphrase of the benchmark"), derivation)
    with _project(0) as cloud, tempfile.TemporaryDirectory() as folder:
        more = {"TF_ENCRYPTION": cipher}
        work = Module(Path(folder) / "work", tools, cloud.endpoint, more).prepare()
        few, many = (min(_plan(work, workers) for _ in range(3)) for workers in (9, 90))
    return Row(
        what="encrypted plan for 90 workers against 9",
        promise=f"<= {PLAN_FACTOR}x",
        measured=f"{many / few:.2f}x ({many:.2f} s, {few:.2f} s)",
        kept=many <= PLAN_FACTOR * few,
    )


def _plan(work: Module, workers: int) -> float:
    work.answer(_our_variables((1, workers), load_balancer_type="lb31"))
    started = time.monotonic()
    work.run("plan", "-input=false", *OURS, "-out=p")
    return time.monotonic() - started
