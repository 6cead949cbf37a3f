"""The reflector through SSH on a real API server: no state missed or doubled, however often cut."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from dataclasses import replace

import pytest

from provisioner.clock import Clock
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.link import Link
from provisioner.cluster.opened import ClusterAccess, opened
from provisioner.cluster.patience import Bound, Patience
from provisioner.cluster.ports import Resource
from provisioner.events import Event
from tests.integration.real_api import RealApi
from tests.integration.real_node import RealNode
from tests.unit.cluster_access.fake_api import Model

MAPS = Resource("", "v1", "configmaps")
SPACE = "reflected"
DISCONNECTS = 100
CLOCK = Clock(speed=50)
PATIENCE = Patience(reconnect=Bound(600, 20))


async def history(direct: KubeClient, chance: random.Random, step: int) -> None:
    """Write or delete one of a few objects."""
    name = f"map-{chance.randrange(5)}"
    if chance.random() < 0.2:
        await direct.delete(f"/api/v1/namespaces/{SPACE}/configmaps/{name}")
        return
    metadata = {"name": name, "namespace": SPACE}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    await direct.apply(body | {"data": {"step": str(step)}})


async def cut_often(direct: KubeClient, cluster: ClusterAccess, node: RealNode) -> None:
    """Change things, and kill the node's connections, in the middle of whatever they say."""
    chance = random.Random(4711)
    cuts = 0
    while cuts < DISCONNECTS:
        await cluster.link.up()
        for step in range(chance.randrange(1, 4)):
            await history(direct, chance, step)
        await asyncio.sleep(chance.random() * 0.1)
        cuts += bool(node.cut())


async def fold(watching: KubeClient, model: Model) -> None:
    """Fold what is told of one namespace, for ever."""
    async with aclosing(watching.watch(MAPS)) as sights:
        async for sight in sights:
            model.take(sight)


async def known(model: Model, truth: dict[str, str] | None = None) -> None:
    """Return when a viewer knows the truth, or anything at all."""
    while not model.snapshots or (truth is not None and model.objects != truth):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("node", ["openssh"], indirect=True)
async def test_a_hundred_disconnects_lose_and_double_nothing(api: RealApi, node: RealNode) -> None:
    """What a cut viewer knows at the end is what is; no change came to it twice or backwards."""
    cut, whole, told = Model(), Model(), list[Event]()
    (node.folder / "k3s.yaml").write_text(api.kubeconfig)
    layout = replace(node.layout, api_port=api.port)
    link = Link([node.node], node.key, CLOCK, told.append, layout, PATIENCE)
    async with asyncio.timeout(180), api.kube() as direct, link, opened(link) as cluster:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
        await direct.apply(space)
        viewers = [
            asyncio.create_task(fold(*pair)) for pair in ((cluster.kube, cut), (direct, whole))
        ]
        await asyncio.gather(known(cut), known(whole))
        await cut_often(direct, cluster, node)
        items = (await direct.get(MAPS.path))["items"]
        truth = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in items}
        await asyncio.gather(known(cut, truth), known(whole, truth))
        for viewer in viewers:
            viewer.cancel()
        await asyncio.gather(*viewers, return_exceptions=True)
    versions = [int(version) for _, version, _ in cut.changes]
    assert versions == sorted(set(versions))
    assert set(cut.changes) <= set(whole.changes)
    assert cut.snapshots > 1 or cut.changes == whole.changes
    assert whole.lost == []
