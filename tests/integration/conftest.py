"""What several integration tests share: nodes to reach and programs to run."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from provisioner.toolchain import ensure, provider_mirror
from tests.integration.real_api import RealApi, running
from tests.integration.real_node import RealNode
from tests.integration.simulated_node import SimulatedNode

NODES = {"openssh": RealNode, "simulated": SimulatedNode}


@pytest.fixture(params=NODES)
async def node(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RealNode]:
    """Start a node that answers SSH; every kind of node there is passes the same tests."""
    made = NODES[request.param](tmp_path)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="session")
def tools() -> dict[str, Path]:
    """Return the programs that a run uses, by name, and the provider's mirror."""

    async def made() -> dict[str, Path]:
        found = await ensure(["tofu", "terraform-provider-hcloud"])
        mirror = await provider_mirror(found["terraform-provider-hcloud"])
        return {name: tool.path for name, tool in found.items()} | {"provider_mirror": mirror}

    return asyncio.run(made())


@pytest.fixture
def home(tmp_path: Path, tools: dict[str, Path]) -> Iterator[Path]:
    """Yield a home; its rehearsed world ends when it goes."""
    assert tools
    path = tmp_path / "home"
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealApi]:
    """Run etcd and kube-apiserver for the whole session."""
    found = asyncio.run(ensure(["etcd", "kube-apiserver"]))
    programs = {name: tool.path for name, tool in found.items()}
    with running(tmp_path_factory.mktemp("api"), programs) as real:
        yield real


@pytest.fixture(scope="session")
def rehearsal_tools() -> dict[str, Path]:
    """Return what a rehearsed world runs, by name."""
    found = asyncio.run(ensure(["etcd", "kube-apiserver", "pebble", "flux", "gateway-api"]))
    return {name: tool.path for name, tool in found.items()}
