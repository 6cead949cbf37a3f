"""The kit against a real API server that holds Flux's own kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from provisioner.cluster.evidence import kinds
from provisioner.cluster.kit import apply_kit, manifests_of
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.ports import Snapshot
from provisioner.cluster.variables import variables
from provisioner.events import ComponentChanged, Event
from provisioner.facts import State
from provisioner.phases.bootstrap import bootstrap
from provisioner.toolchain import ensure, flux_distribution
from tests.integration.real_api import RealApi
from tests.unit.cluster.test_kit import OUTPUTS, run, spec


def _definitions() -> list[dict[str, Any]]:
    """Return the kinds of Flux's controllers, without the controllers."""
    found = []
    for name in ("source", "helm", "kustomize"):
        text = (flux_distribution() / f"{name}-controller.yaml").read_text("utf-8")
        for part in text.split("\n---\n"):
            if "kind: CustomResourceDefinition" in part:
                found.append(YAML(typ="safe", pure=True).load(part))
    return found


@pytest.fixture
async def kube(api: RealApi) -> AsyncIterator[KubeClient]:
    """Open an API that serves Flux's kinds."""
    await ensure(["flux"])
    async with api.kube() as kube:
        for each in await asyncio.to_thread(_definitions):
            await kube.apply(each)
        yield kube


async def test_flux_accepts_every_manifest_and_a_second_time_nothing_changes(
    kube: KubeClient,
) -> None:
    """The real schemas take the whole kit as it is; no field of ours is dropped or changed."""
    cluster: Any = SimpleNamespace(kube=kube)
    await apply_kit(run([]), cluster, OUTPUTS)
    sent = manifests_of(packaged_kit(), variables(spec(), OUTPUTS))
    first = {}
    for each in sent:
        if each["kind"] != "Namespace":
            kept = await kube.apply(each)
            assert _within(each["spec"], kept["spec"])
            first[each["kind"], kept["metadata"]["name"]] = kept["metadata"]["generation"]
    await apply_kit(run([]), cluster, OUTPUTS)
    assert set(first.values()) == {1}
    secret = await kube.get("/api/v1/namespaces/keycloak/secrets/keycloak-admin")
    assert set(secret["data"]) == {"username", "password"}


async def test_the_phase_watches_a_real_api_and_tells_what_is_there(kube: KubeClient) -> None:
    """With nobody to install it, every release is drawn as waiting, and Flux as missing."""
    cluster: Any = SimpleNamespace(kube=kube)
    lines: dict[str, ComponentChanged] = {}
    all_told = asyncio.Event()

    def hear(event: Event) -> None:
        if isinstance(event, ComponentChanged):
            lines[event.component] = event
        if len(lines) == 11:
            all_told.set()

    here = replace(run([]), emit=hear)
    expected = await apply_kit(here, cluster, OUTPUTS)
    task = asyncio.create_task(bootstrap(here, cluster, expected))
    await asyncio.wait_for(all_told.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lines.pop("flux").state is State.MISSING
    assert {line.state for line in lines.values()} == {State.WAITING}
    async for seen in kube.watch(kinds.HELM_RELEASES):
        assert isinstance(seen, Snapshot)
        assert len(seen.objects) == 12
        break


def _within(part: Any, whole: Any) -> bool:
    """Return whether everything that was sent came back."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _within(value, whole[key]) for key, value in part.items()
        )
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(_within, part, whole))
    return bool(part == whole)
