"""Access: from rented servers to an API that answers, safely.

Every node is followed through its first boot and gets a host key of its own; then one control plane
carries the Kubernetes API, and the phase ends when that API serves Flux's kinds, which the node
itself installed. Repeating it is safe: what was rotated stays pinned, what is done is found done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from provisioner.cluster.link import Link
from provisioner.cluster.node import Follower
from provisioner.cluster.opened import ClusterAccess, opened
from provisioner.cluster.operator_key import OperatorKey, operator_key
from provisioner.cluster.patience import Patience, pause, waiting
from provisioner.cluster.pins import Pins, public_key
from provisioner.cluster.rotation import Rotation
from provisioner.cluster.ssh import Node, NodeLayout
from provisioner.errors import AccessError, CatalystError, ClusterError
from provisioner.events import AccessEstablished
from provisioner.run import Run

FLUX_KINDS = (
    ("source.toolkit.fluxcd.io/v1", "HelmRepository"),
    ("source.toolkit.fluxcd.io/v1", "OCIRepository"),
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
)
"""What the kit is written in, or may be: apiVersion and kind."""

REFUSALS = frozenset({"cluster_unauthorized", "cluster_forbidden"})
"""Answers to which waiting is no remedy."""


@dataclass(frozen=True)
class Entrance:
    """What every step of access needs."""

    run: Run
    key: OperatorKey
    pins: Pins
    layout: NodeLayout = field(default_factory=NodeLayout)
    patience: Patience = field(default_factory=Patience)


@asynccontextmanager
async def access(
    run: Run,
    outputs: Mapping[str, Any],
    *,
    layout: NodeLayout | None = None,
    patience: Patience | None = None,
) -> AsyncIterator[ClusterAccess]:
    """Yield the cluster that ``outputs`` of the module describe; raises AccessError, ClusterError.

    The way in stays open, and repairs itself, until the block ends.
    """
    planes, workers = nodes_of(outputs, run.world.ssh_port)
    entrance = Entrance(
        run,
        await operator_key(run.spec.access.ssh_key, run.secrets),
        Pins(run.folder.path / "known_hosts"),
        layout or NodeLayout(),
        patience or Patience(),
    )
    pinned = await _met(entrance, [*planes, *workers])
    link = Link(
        pinned[: len(planes)], entrance.key, run.clock, run.emit, entrance.layout, entrance.patience
    )
    async with link, opened(link) as cluster:
        version = await _kubernetes(entrance, cluster)
        await _flux_served(entrance, cluster)
        node = cluster.node
        run.emit(
            AccessEstablished(node=node.name, fingerprint=node.fingerprint, kubernetes=version)
        )
        yield cluster


def nodes_of(outputs: Mapping[str, Any], port: int) -> tuple[list[Node], list[Node]]:
    """Return control planes and workers, each by name; raises AccessError if outputs lack them."""
    try:
        planes = _nodes(outputs["control_planes"], port)
        workers = _nodes(outputs.get("workers") or {}, port)
    except (KeyError, TypeError, AttributeError) as error:
        raise AccessError("outputs_incomplete", missing=error) from error
    if not planes:
        raise AccessError("outputs_incomplete", missing="control_planes")
    return planes, workers


def _nodes(entries: Mapping[str, Mapping[str, Any]], port: int) -> list[Node]:
    made = [
        Node(
            name=entry["name"],
            server=str(entry["id"]),
            address=entry["ipv4"],
            port=port,
            host_key=public_key(entry["host_key"]),
        )
        for entry in entries.values()
    ]
    return sorted(made, key=lambda node: node.name)


async def _met(entrance: Entrance, nodes: Sequence[Node]) -> list[Node]:
    """Follow and pin all nodes at once; the first failure ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_pinned(entrance, node)) for node in nodes]
    except BaseExceptionGroup as failures:
        raise _first(failures) from failures
    return [task.result() for task in tasks]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    expected, _ = failures.split(CatalystError)
    group: BaseExceptionGroup[BaseException] = expected or failures
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _pinned(entrance: Entrance, first_contact: Node) -> Node:
    """Follow one node's first boot and return it with a key of its own."""
    run, patience, layout = entrance.run, entrance.patience, entrance.layout
    rotation = Rotation(
        first_contact, entrance.key, entrance.pins, run.clock, run.emit, layout, patience
    )
    met_before = entrance.pins.find(first_contact.address, first_contact.port, first_contact.server)
    node = await rotation.rotate() if met_before else first_contact
    follower = Follower(
        node, entrance.key, run.clock, run.emit, layout, patience, first_contact=not met_before
    )
    await follower.follow()
    return await rotation.rotate()


async def _kubernetes(entrance: Entrance, cluster: ClusterAccess) -> str:
    """Return the API server's version as soon as it answers."""
    run, patience = entrance.run, entrance.patience
    what, usual, bound = "the Kubernetes API", patience.api_usual, patience.api
    try:
        async with waiting(run.emit, run.clock, "api", what, usual, bound):
            while True:
                try:
                    return str((await cluster.kube.get("/version"))["gitVersion"])
                except ClusterError as error:
                    if error.code in REFUSALS:
                        raise
                    await pause(run.clock, patience.poll)
    except TimeoutError as error:
        raise ClusterError("cluster_unreachable", node=cluster.node.name) from error


async def _flux_served(entrance: Entrance, cluster: ClusterAccess) -> None:
    """Return when the API serves every kind of Flux."""
    run, patience = entrance.run, entrance.patience
    what, usual, bound = "Flux, which the node installs", patience.flux_usual, patience.flux
    missing = list(FLUX_KINDS)
    try:
        async with waiting(run.emit, run.clock, "flux", what, usual, bound):
            while missing := [kind for kind in missing if not await cluster.kube.serves(*kind)]:
                await pause(run.clock, patience.poll)
    except TimeoutError as error:
        kinds = ", ".join(kind for _, kind in missing)
        raise ClusterError("flux_missing", kinds=kinds) from error
