"""Applies the bootstrap kit: what is to be installed is told to Flux, and Flux installs it.

Everything is applied server-side and can be applied again: a run that is resumed repeats it. What
is random in a Secret is made once and kept, and never leaves this process but for the cluster.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from provisioner.cluster.graph import expected_components, longest
from provisioner.cluster.kitfiles import Adopted, Kit, SecretSheet
from provisioner.cluster.kitsource import credentials_of, flux_objects, kit_of, leave_repository
from provisioner.cluster.ports import Cluster, Kube, Object
from provisioner.cluster.storage import token_secret
from provisioner.cluster.variables import Value, filled, variables
from provisioner.durations import with_usual
from provisioner.errors import CatalystError, ClusterError
from provisioner.events import KitApplied
from provisioner.facts import ExpectedComponent
from provisioner.run import Run

UNMANAGED = {"helmcharts.helm.cattle.io/unmanaged": "true"}
"""Tells k3s to leave a chart's release alone (k3s-io/helm-controller)."""
SECRET_BYTES = 24


async def apply_kit(
    run: Run, cluster: Cluster, outputs: Mapping[str, Any]
) -> tuple[ExpectedComponent, ...]:
    """Apply the kit for this Sovereign and return what is to be expected of it.

    Raises KitError or GitError before anything is applied if the kit cannot be right or cannot be
    read, ClusterError if the API refuses something.
    """
    kit = await kit_of(run)
    promised = expected_components(kit)
    expected = await asyncio.to_thread(with_usual, run.folder.durations, promised)
    known = variables(run.spec, outputs)
    namespaces, sources, releases = _in_order(manifests_of(kit, known))
    kube = cluster.kube
    await _apply(kube, namespaces)
    if run.spec.is_highly_available:
        await kube.apply(token_secret(run.secrets["hcloud_token"]))
    for part in kit.parts:
        for sheet in part.sheet.secrets:
            await _keep_secret(kube, sheet)
        if part.sheet.adopts is not None:
            await _adopt(kube, part.sheet.adopts)
    if run.spec.source.mode == "git":
        for each in flux_objects(run, kit, known, await credentials_of(run)):
            await kube.apply(each)
    else:
        await leave_repository(kube, kit.sheet.flux.namespace)
        await _apply(kube, sources)
        await _apply(kube, releases)
    deadline = run.clock.now() + timedelta(seconds=longest(expected))
    run.emit(KitApplied(components=expected, deadline=deadline))
    return expected


def manifests_of(kit: Kit, known: Mapping[str, Value]) -> list[Object]:
    """Return every manifest with its variables filled in; raises KitError for an unknown one."""
    return [
        filled(each, known, f"{part.name}, {each['kind']} {each['metadata']['name']}")
        for part in kit.parts
        for each in part.objects
    ]


def _in_order(manifests: Iterable[Object]) -> tuple[list[Object], list[Object], list[Object]]:
    """Return namespaces, then what is neither, then releases."""
    namespaces, others, releases = [], [], []
    for each in manifests:
        if each["kind"] == "Namespace":
            namespaces.append(each)
        elif each["kind"] == "HelmRelease":
            releases.append(each)
        else:
            others.append(each)
    return namespaces, others, releases


async def _apply(kube: Kube, manifests: Sequence[Object]) -> None:
    """Apply manifests that do not need each other; raises the first ClusterError."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in manifests:
                group.create_task(kube.apply(each))
    except BaseExceptionGroup as failures:
        known, _ = failures.split(CatalystError)
        raise (known or failures).exceptions[0] from failures


async def _keep_secret(kube: Kube, sheet: SecretSheet) -> None:
    """Make a Secret whole: what is there stays, what is missing is made."""
    held = await _held(kube, sheet)
    wanted = {key: value.encode() for key, value in sheet.values.items()}
    missing = [key for key in (*wanted, *sheet.generated) if key not in held]
    if not missing:
        return
    for key in sheet.generated:
        wanted[key] = secrets.token_urlsafe(SECRET_BYTES).encode()
    data = {key: base64.b64encode(value).decode() for key, value in wanted.items()} | held
    await kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": sheet.name, "namespace": sheet.namespace},
            "type": "Opaque",
            "data": data,
        }
    )


async def _held(kube: Kube, sheet: SecretSheet) -> dict[str, str]:
    """Return what a Secret holds already, still encoded."""
    try:
        found = await kube.get(f"/api/v1/namespaces/{sheet.namespace}/secrets/{sheet.name}")
    except ClusterError as error:
        if error.code == "cluster_not_found":
            return {}
        raise
    return dict(found.get("data") or {})


async def _adopt(kube: Kube, chart: Adopted) -> None:
    """Have k3s leave a release alone that Flux takes over; what k3s did not make is no matter."""
    path = f"/apis/helm.cattle.io/v1/namespaces/{chart.namespace}/helmcharts/{chart.name}"
    try:
        await kube.patch(path, {"metadata": {"annotations": UNMANAGED}})
    except ClusterError as error:
        if error.code != "cluster_not_found":
            raise
