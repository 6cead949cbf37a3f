"""A strict stand-in for the list and watch of a Kubernetes API, that breaks as it is told.

It keeps a history of one kind. A list is answered in pages; a watch from a version plays what came
after it and then waits; a version older than the compaction is answered 410, one
newer than what is there 504. Before each answer it
takes one fault from its plan: cut the watch after some bytes (or end it, if there are
fewer), answer with a status, refuse.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec

from provisioner.clock import Clock
from provisioner.cluster.api import Api, client
from provisioner.cluster.patience import Patience
from provisioner.cluster.ports import Changed, Lost, Object, Resource, Snapshot

MAPS = Resource("", "v1", "configmaps")


class Standing:
    """A way that always stands."""

    def __init__(self) -> None:
        self.doubts = 0

    async def up(self) -> None:
        """Stand."""

    def doubt(self) -> None:
        """Count."""
        self.doubts += 1


class Hasty(Clock):
    """A clock at which time stands and every sleep is over at once."""

    def monotonic(self) -> float:
        """Return the one moment there is."""
        return 1.0

    async def sleep(self, seconds: float) -> None:
        """Let others run."""
        del seconds
        await asyncio.sleep(0)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk


class FakeApi:
    """One kind, its whole history, and a plan of faults."""

    def __init__(self, page: int = 2) -> None:
        self.faults: deque[str] = deque()
        self.requests: list[str] = []
        self.way = Standing()
        self._page = page
        self._version = 10
        self._compacted = 0
        self._history: list[tuple[int, str, Object]] = []
        self._objects: dict[str, Object] = {}
        self._grown = asyncio.Event()

    def api(self) -> Api:
        """Return the engine's client of it, in a world where no pause takes time."""
        transport = httpx2.MockTransport(self._answer)
        return Api(client(transport), self.way, Hasty(), Patience())

    @property
    def objects(self) -> dict[str, str]:
        """Name and version of all that is."""
        return {name: item["metadata"]["resourceVersion"] for name, item in self._objects.items()}

    def write(self, name: str) -> None:
        """Create or change an object."""
        kind = "MODIFIED" if name in self._objects else "ADDED"
        self._objects[name] = self._record(kind, name)

    def remove(self, name: str) -> None:
        """Delete an object, if it is there."""
        if self._objects.pop(name, None):
            self._record("DELETED", name)

    def compact(self) -> None:
        """Forget the history up to now."""
        self._compacted = self._version

    def restore(self) -> None:
        """Go back in time, as an API server does whose store was restored: nothing is left."""
        self._version, self._history, self._objects = 1, [], {}
        self._grown.set()

    def _record(self, kind: str, name: str) -> Object:
        self._version += 1
        made: Object = {"metadata": {"name": name, "resourceVersion": str(self._version)}}
        self._history.append((self._version, kind, made))
        self._grown.set()
        return made

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        params = request.url.params
        fault = self.faults.popleft() if self.faults else ""
        self.requests.append(
            ("watch" if "watch" in params else "list") + (f" {fault}" * bool(fault))
        )
        if fault == "hang":
            raise httpx2.ReadTimeout("nothing comes")
        if fault == "refuse":
            raise httpx2.ConnectError("refused")
        if fault.isdigit():
            return _status(int(fault))
        if int(params.get("resourceVersion") or 0) > self._version:
            return _status(504)
        if "watch" in params:
            return self._watch(int(params["resourceVersion"]), fault)
        return self._list(params.get("continue"))

    def _list(self, following: str | None) -> httpx2.Response:
        start, version = map(int, (following or f"0.{self._version}").split("."))
        if following and version < self._compacted:
            return _status(410)
        names = sorted(self._at(version))
        page = names[start : start + self._page]
        more = f"{start + self._page}.{version}" if len(names) > start + self._page else ""
        content = {
            "apiVersion": "v1",
            "kind": "ConfigMapList",
            "metadata": {"resourceVersion": str(version), "continue": more},
            "items": [self._at(version)[name] for name in page],
        }
        return httpx2.Response(200, content=msgspec.json.encode(content))

    def _at(self, version: int) -> dict[str, Object]:
        state: dict[str, Object] = {}
        for at, kind, item in self._history:
            if at <= version:
                name = item["metadata"]["name"]
                state.pop(name, None)
                if kind != "DELETED":
                    state[name] = item
        return state

    def _watch(self, version: int, fault: str) -> httpx2.Response:
        if version < self._compacted:
            return _status(410)
        cut = int(fault.removeprefix("cut ")) if fault.startswith("cut") else None
        return httpx2.Response(200, stream=_Stream(self._played(version, cut)))

    async def _played(self, version: int, cut: int | None) -> AsyncIterator[bytes]:
        sent = 0
        while True:
            self._grown.clear()
            if version > self._version:
                raise httpx2.ReadError("restored")
            for at, kind, item in [each for each in self._history if each[0] > version]:
                line = _line(kind, {"apiVersion": "v1", "kind": "ConfigMap"} | item)
                if cut is not None and sent + len(line) > cut:
                    yield line[: cut - sent]
                    raise httpx2.ReadError("cut")
                sent, version = sent + len(line), at
                yield line
            if cut is not None:
                bookmark = {"metadata": {"resourceVersion": str(version)}}
                yield _line("BOOKMARK", bookmark)
                return
            await self._grown.wait()


def _line(kind: str, item: Any) -> bytes:
    return msgspec.json.encode({"type": kind, "object": item}) + b"\n"


def _status(code: int) -> httpx2.Response:
    return httpx2.Response(code, content=msgspec.json.encode({"kind": "Status", "code": code}))


class Model:
    """What a viewer of the reflector knows, and whether it was ever told a thing twice."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.changes: list[tuple[str, str, bool]] = []
        self.lost: list[str] = []
        self.snapshots = 0

    def take(self, sight: Snapshot | Changed | Lost) -> None:
        """Fold one sight."""
        if isinstance(sight, Lost):
            self.lost.append(sight.reason)
        elif isinstance(sight, Snapshot):
            self.snapshots += 1
            self.objects = dict(map(_identity, sight.objects))
        else:
            name, version = _identity(sight.object)
            self.changes.append((name, version, sight.gone))
            self.objects[name] = version
            if sight.gone:
                del self.objects[name]


def _identity(item: Object) -> tuple[str, str]:
    return item["metadata"]["name"], item["metadata"]["resourceVersion"]
