"""The reflector on a real API server: a hundred disconnects, and no state missed or doubled."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from provisioner.cluster.kube import KubeClient
from provisioner.cluster.ports import Resource
from tests.integration.real_api import RealApi
from tests.unit.cluster_access.fake_api import Model

MAPS = Resource("", "v1", "configmaps")
SPACE = "reflected"
DISCONNECTS = 100


class Cutter:
    """A unix socket that leads to the API, and cuts all its connections when told."""

    def __init__(self, path: Path, port: int) -> None:
        self.path = path
        self.cuts = 0
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self) -> asyncio.Server:
        """Start to listen."""
        return await asyncio.start_unix_server(self._accept, self.path)

    def cut(self) -> None:
        """Break every connection at once, in the middle of whatever it says."""
        self.cuts += bool(self._writers)
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, back}
        with suppress(ConnectionError):
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._writers -= {writer, back}
        writer.close()
        back.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def cutter(api: RealApi, tmp_path: Path) -> AsyncIterator[Cutter]:
    """Put a cutter in front of the API."""
    made = Cutter(tmp_path / "api", api.port)
    async with await made.serve():
        yield made
        made.cut()


async def history(direct: KubeClient, cutter: Cutter | None, rounds: int) -> None:
    """Write and delete, and cut the connections now and then."""
    chance = random.Random(4711)
    for step in range(rounds):
        name = f"map-{chance.randrange(5)}"
        if chance.random() < 0.2:
            await direct.delete(f"/api/v1/namespaces/{SPACE}/configmaps/{name}")
        else:
            metadata = {"name": name, "namespace": SPACE}
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
            await direct.apply(body | {"data": {"step": str(step)}})
        if cutter:
            await asyncio.sleep(0.03)
            cutter.cut()


async def fold(watching: KubeClient, model: Model) -> None:
    """Fold what is told of one namespace, for ever."""
    async with aclosing(watching.watch(MAPS)) as sights:
        async for sight in sights:
            model.take(sight)


async def known(model: Model, truth: dict[str, str] | None = None) -> None:
    """Return when a viewer knows the truth, or anything at all."""
    while not model.snapshots or (truth is not None and model.objects != truth):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_a_hundred_disconnects_lose_and_double_nothing(api: RealApi, cutter: Cutter) -> None:
    """What a cut viewer knows at the end is what is; no change came to it twice or backwards."""
    cut, whole = Model(), Model()
    async with (
        asyncio.timeout(90),
        api.kube() as direct,
        api.kube(cutter.path) as broken,
    ):
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
        await direct.apply(space)
        viewers = [asyncio.create_task(fold(*pair)) for pair in ((broken, cut), (direct, whole))]
        await asyncio.gather(known(cut), known(whole))
        while cutter.cuts < DISCONNECTS:
            await history(direct, cutter, 20)
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
