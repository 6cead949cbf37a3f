"""The whole phase: from the module's outputs to an API that serves Flux's kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from provisioner.cluster.kube import KubeClient
from provisioner.cluster.patience import Bound, Patience
from provisioner.errors import AccessError, ClusterError
from provisioner.events import AccessEstablished, Event, HostKeyPinned, WaitFinished, WaitStarted
from provisioner.home import SovereignFolder
from provisioner.phases.access import FLUX_KINDS, access
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.world import World
from tests.integration.real_api import RealApi, definition
from tests.integration.real_node import RealNode
from tests.unit.answers.examples import answers

PATIENCE = Patience(first_boot=Bound(60, 3), flux=Bound(60, 20))


def outputs(*nodes: RealNode) -> dict[str, Any]:
    """Describe nodes as the module does."""
    described = {
        node.name: {
            "name": node.name,
            "id": node.port,
            "ipv4": "127.0.0.1",
            "private_ipv4": "10.0.1.2",
            "host_key": node.first_contact,
        }
        for node in nodes
    }
    return {"control_planes": described, "workers": {}, "load_balancer": {}}


def run_of(node: RealNode, folder: Path, events: list[Event]) -> Run:
    """Return a run in a fast world whose nodes answer at the port of ``node``."""
    return Run(
        SovereignSpec.model_validate(answers()),
        SovereignFolder(folder / "oman.omani.works").create(),
        World(name="test", ssh_port=node.port, speed=20),
        events.append,
        {"ssh_private_key": SecretStr(node.private_key)},
    )


def ready(node: RealNode, api: RealApi) -> None:
    """Let the node have finished its first boot."""
    (node.folder / "k3s.yaml").write_text(api.kubeconfig)
    node.stage("ready", 3, "done")


@pytest.fixture
async def flux(api: RealApi) -> AsyncIterator[KubeClient]:
    """Open the API for whoever plays Flux's installer, and take away what it defined."""
    async with api.kube() as direct:
        yield direct
        for version, kind in FLUX_KINDS:
            name = definition(version, kind)["metadata"]["name"]
            await removed(direct, f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")


async def removed(direct: KubeClient, path: str) -> None:
    """Delete an object and return when it is gone, after its finalizers."""
    await direct.delete(path)
    for _ in range(200):
        try:
            await direct.get(path)
        except ClusterError:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{path} does not go")


async def install(flux: KubeClient) -> None:
    """Define Flux's kinds, as the node does."""
    for version, kind in FLUX_KINDS:
        await flux.apply(definition(version, kind))


async def test_access_ends_when_flux_is_served(
    node: RealNode, api: RealApi, flux: KubeClient, tmp_path: Path
) -> None:
    """The node is followed and gets its own key, the API answers, and Flux is waited for."""
    ready(node, api)
    events: list[Event] = []
    awaited = asyncio.Event()

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, WaitStarted) and event.key == "flux":
            awaited.set()

    async def node_installs() -> None:
        await awaited.wait()
        await install(flux)

    run = replace(run_of(node, tmp_path, events), emit=emit)
    layout = replace(node.layout, api_port=api.port)
    installing = asyncio.create_task(node_installs())
    async with access(run, outputs(node), layout=layout, patience=PATIENCE) as cluster:
        await installing
        assert (await cluster.kube.get("/version"))["major"] == "1"
    pinned = next(event for event in events if isinstance(event, HostKeyPinned))
    established = events[-1]
    assert isinstance(established, AccessEstablished)
    assert (established.node, established.fingerprint) == ("cp-1", pinned.fingerprint)
    waits = {event.key for event in events if isinstance(event, WaitStarted)}
    assert waits == {event.key for event in events if isinstance(event, WaitFinished)}
    assert {"boot:cp-1", "rotate:cp-1", "link", "kubeconfig", "api", "flux"} <= waits


async def test_access_can_be_repeated(
    node: RealNode, api: RealApi, flux: KubeClient, tmp_path: Path
) -> None:
    """A resumed run meets the node with its own key, rotates nothing, and opens the same API."""
    ready(node, api)
    await install(flux)
    layout = replace(node.layout, api_port=api.port)
    first: list[Event] = []
    second: list[Event] = []
    for events in (first, second):
        run = run_of(node, tmp_path, events)
        async with access(run, outputs(node), layout=layout, patience=PATIENCE):
            pass
    assert any(isinstance(event, HostKeyPinned) for event in first)
    assert not any(isinstance(event, HostKeyPinned) for event in second)
    assert first[-1] == second[-1]


async def test_a_failed_node_ends_the_phase(node: RealNode, tmp_path: Path) -> None:
    """One node's failed stage is the phase's error, not a group of errors."""
    node.stage("k3s", 2, "failed", lines=["no checksum is pinned"])
    run = run_of(node, tmp_path, [])
    with pytest.raises(AccessError, match="node_stage_failed"):
        async with access(run, outputs(node), layout=node.layout, patience=PATIENCE):
            pass


async def test_a_cluster_without_flux_is_named(
    node: RealNode, api: RealApi, tmp_path: Path
) -> None:
    """When the node did not install Flux, the error names what is missing, within its bound."""
    ready(node, api)
    run = run_of(node, tmp_path, [])
    layout = replace(node.layout, api_port=api.port)
    patience = replace(PATIENCE, flux=Bound(1, 0.5))
    with pytest.raises(ClusterError, match=r"flux_missing.*HelmRelease"):
        async with access(run, outputs(node), layout=layout, patience=patience):
            pass
