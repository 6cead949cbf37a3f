"""A cluster full of objects on a real kube-apiserver, and somebody who changes them."""

from __future__ import annotations

import asyncio
import copy
import itertools
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from provisioner.clock import Clock
from provisioner.cluster import tls
from provisioner.cluster.api import Api, client
from provisioner.cluster.evidence import kinds
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.kubeconfig import Identity
from provisioner.cluster.ports import Object, Resource
from provisioner.facts import ExpectedComponent
from tests.integration.real_api import definition
from tests.unit.cluster.objects import component, deployment, done, pod

RELEASES = 500
PODS_EACH = 10
AT_ONCE = 24
"""Requests that are under way together while the cluster is filled."""
_CUSTOM = (
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("source.toolkit.fluxcd.io/v1", "HelmChart"),
    ("source.toolkit.fluxcd.io/v1", "HelmRepository"),
    ("source.toolkit.fluxcd.io/v1", "OCIRepository"),
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
)
_WORKING = ("make", "ready", "busy", "calm")


def name_of(number: int) -> str:
    """Return the name of a component, of its namespace and of everything in it."""
    return f"c{number:03}"


def expected(count: int = RELEASES) -> list[ExpectedComponent]:
    """Return a component for each release."""
    return [component(name_of(number)) for number in range(count)]


class Standing:
    """A way that is always up."""

    async def up(self) -> None:
        """Return at once."""

    def doubt(self) -> None:
        """Believe in it all the same."""


@asynccontextmanager
async def connected(identity: Identity, port: int) -> AsyncIterator[Api]:
    """Yield the API server on a port of this machine, as one of its administrators."""
    with tempfile.TemporaryDirectory() as name:
        verify = tls.context(identity, Path(name))
    async with client(httpx2.AsyncHTTPTransport(verify=verify)) as http:
        http.base_url = httpx2.URL(f"https://127.0.0.1:{port}")
        yield Api(http, Standing(), Clock())


class Busy:
    """Fills a cluster and keeps it busy."""

    def __init__(self, api: Api, count: int = RELEASES) -> None:
        self._api = api
        self._kube = KubeClient(api)
        self._count = count
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._random = random.Random(7)

    async def fill(self) -> None:
        """Make every object; takes a minute or two."""
        await self._all(self._kube.apply(definition(*each)) for each in _CUSTOM)
        for version, kind in _CUSTOM:
            while not await self._kube.serves(version, kind):  # noqa: ASYNC110  (no event tells)
                await asyncio.sleep(0.2)
        await self._all(self._component(number) for number in range(self._count))

    async def _component(self, number: int) -> None:
        name = name_of(number)
        await self._make(Resource("", "v1", "namespaces"), {"metadata": {"name": name}})
        account = {"metadata": {"name": "default", "namespace": name}}
        await self._make(Resource("", "v1", "serviceaccounts"), account)
        await self._make(kinds.HELM_RELEASES, _release(name))
        made: dict[str, Any] = copy.deepcopy(dict(deployment(name, PODS_EACH, PODS_EACH)))
        status = made.pop("status")
        made["metadata"].pop("generation")
        made["spec"]["template"] = {"metadata": {"labels": {"app": name}}, "spec": _pod_spec(name)}
        await self._make(kinds.DEPLOYMENTS, made)
        # The API keeps the status of what it knows apart from the rest.
        path = kinds.DEPLOYMENTS.object_path(name, name)
        status |= {"replicas": PODS_EACH, "readyReplicas": PODS_EACH}
        await self._kube.patch(f"{path}/status", {"status": status})
        for each in range(PODS_EACH):
            await self._make(kinds.PODS, _pod(name, each))

    async def _make(self, resource: Resource, item: Object) -> None:
        path = resource.path
        if namespace := item["metadata"].get("namespace"):
            path = resource.object_path(namespace, "").rstrip("/")
        await self._api.send("POST", path, body=item)

    async def _all(self, tasks: Iterable[Any]) -> None:
        async def one(task: Any) -> None:
            async with self._limit:
                await task

        await asyncio.gather(*map(one, tasks))

    async def change(self, a_second: float, until: asyncio.Event) -> int:
        """Change random pods, so many times a second, until told to stop; returns how many."""
        began, under_way = time.monotonic(), set[asyncio.Task[Any]]()
        for number in itertools.count():
            wait = began + number / a_second - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if until.is_set():
                await asyncio.gather(*under_way)
                return number
            task = asyncio.create_task(self._touch(number))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        raise AssertionError("counting does not end")

    async def _touch(self, number: int) -> None:
        name = name_of(self._random.randrange(self._count))
        path = kinds.PODS.object_path(name, f"{name}-5f7-{number % PODS_EACH}")
        message = f"{_WORKING[number % 4]} {number}"
        condition = {"type": "Ready", "status": "True", "message": message}
        await self._kube.patch(f"{path}/status", {"status": {"conditions": [condition]}})

    async def show(self, component: int, there: int) -> None:
        """Let so many pods of a component be available: its row on the board says so."""
        name = name_of(component)
        path = kinds.DEPLOYMENTS.object_path(name, name)
        status = {"status": {"availableReplicas": there, "updatedReplicas": PODS_EACH}}
        await self._kube.patch(f"{path}/status", status)


def _release(name: str) -> Object:
    made: dict[str, Any] = copy.deepcopy(dict(done(name)))
    made["metadata"] = {"namespace": name, "name": name}
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", **made}


def _pod_spec(name: str) -> Object:
    return {"containers": [{"name": "main", "image": f"example.org/{name}:1"}]}


def _pod(name: str, number: int) -> Object:
    meta = copy.deepcopy(pod(name)["metadata"])
    owner = {"apiVersion": "apps/v1", "controller": True, "uid": f"{name}-uid"}
    meta["ownerReferences"][0] |= owner
    return {"metadata": meta | {"name": f"{name}-5f7-{number}"}, "spec": _pod_spec(name)}
