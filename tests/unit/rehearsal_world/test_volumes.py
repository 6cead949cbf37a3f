"""Volumes that are claimed where storage is rented: what they wait for, and what is refused."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Any

import httpx2

from provisioner.clock import Clock
from provisioner.cluster.ports import Resource
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.driver import RELEASE
from provisioner.rehearsal.actor.helm import Helm
from provisioner.rehearsal.actor.kinds import CHARTS, CLAIMS, PODS, SECRETS, STATEFUL_SETS
from provisioner.rehearsal.actor.manifests import Builder
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.hetzner import Cloud, Settings, create_app, digest
from provisioner.rehearsal.hetzner.serving import serving
from provisioner.rehearsal.scenarios.model import Workload
from tests.unit.rehearsal_world.conftest import NODE, playing
from tests.unit.rehearsal_world.memory_api import MemoryApi

SPEED, TOKEN = 300.0, "t" * 64
LABEL = {"catalyst.openova.io/sovereign": "oman.omani.works"}
CHART = {
    "metadata": {"name": RELEASE.name, "namespace": RELEASE.namespace},
    "spec": {
        "valuesContent": "controller:\n  volumeExtraLabels:\n    "
        "catalyst.openova.io/sovereign: oman.omani.works\n"
    },
}
PLAN = Workload(
    kind="StatefulSet", name="db", image="db:1", claim="12Gi", storage_class_at="disk.class"
)
CLAIM = ("app", "data-db-0")


async def until(true: Callable[[], Any]) -> None:
    """Wait for something that comes by itself."""
    async with asyncio.timeout(60):
        while True:
            if true():
                return
            await asyncio.sleep(0.02)


async def give(api: MemoryApi, token: str) -> None:
    """Put the driver's token into the cluster, as access does."""
    meta = {"name": "hcloud", "namespace": "kube-system"}
    data = {"token": base64.b64encode(token.encode()).decode()}
    await api.apply(SECRETS, {"metadata": meta, "data": data}, "catalyst")


def said(api: MemoryApi, code: str) -> bool:
    """Return whether an event names a refusal's code."""
    events = (seen.object for _, seen in api.history if seen.object.get("kind") == "Event")
    return any(e["reason"] == "ProvisioningFailed" and code in e["message"] for e in events)


def in_phase(api: MemoryApi, kind: Resource, place: tuple[str, str], phase: str) -> bool:
    """Return whether an object has come so far."""
    return ((api.get(kind, *place) or {}).get("status") or {}).get("phase") == phase


async def test_a_claim_waits_for_token_and_quota_and_is_then_rented() -> None:
    """Nothing is rented without a token; a refusal is an event, and is tried again."""
    cloud = Cloud(Clock(SPEED, time.time()), settings=Settings(quota={"volume": 0}))
    with serving(create_app(cloud, {digest(TOKEN): "write"})) as at:
        order = {"name": NODE.name, "server_type": "cx23", "image": "debian-12"}
        headers = {"authorization": f"Bearer {TOKEN}"}
        httpx2.post(f"{at.endpoint}/servers", json=order, headers=headers).raise_for_status()
        script = Script(scenarios.load("happy"))
        async with playing(script, SPEED, f"{at.endpoint}/") as (api, company):
            await api.create(CHARTS, CHART, "k3s")
            await Helm(company.scene).put(RELEASE, RELEASE.namespace, {}, by_flux=False)
            build = Builder(
                Key("app", "db"), "app", "", values={"disk": {"class": "hcloud-volumes"}}
            )
            await api.create(STATEFUL_SETS, build.workload(PLAN), "helm")
            await until(lambda: api.get(CLAIMS, *CLAIM))

            await give(api, "w" * 64)
            await until(lambda: said(api, "unauthorized"))
            await give(api, TOKEN)
            await until(lambda: said(api, "resource_limit_exceeded"))
            assert not cloud.state.volumes

            cloud.state.settings.quota = {}
            await until(lambda: in_phase(api, CLAIMS, CLAIM, "Bound"))
            await until(lambda: in_phase(api, PODS, ("app", "db-0"), "Running"))
    (volume,) = cloud.state.volumes.values()
    (server,) = cloud.state.servers
    assert (volume.size, volume.server, volume.location) == (12, server, "fsn1")
    assert volume.labels.items() >= (LABEL | {"pvc-name": "data-db-0"}).items()
