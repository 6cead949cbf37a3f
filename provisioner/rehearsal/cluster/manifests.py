"""What a node applies at its first boot: the kinds of the Gateway API, and Flux.

The files are sent to the API as they are; only kind and name are read here, for the path.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from provisioner.cluster.ports import Resource
from provisioner.rehearsal.actor.kinds import NAMESPACES, resource_of
from provisioner.rehearsal.cluster.api import HttpApi

CONTROLLERS = ("source", "kustomize", "helm", "notification")
FLUX_NAMESPACE = "flux-system"
MANAGER = "k3s"
_WANTED = (
    "CustomResourceDefinition", "Deployment", "Service", "ServiceAccount", "StorageClass",
)  # fmt: skip
_FIELD = re.compile(r"^(?:(apiVersion|kind): (\S+)|  name: (\S+))", re.MULTILINE)


class Document(NamedTuple):
    """One manifest of a file."""

    resource: Resource
    kind: str
    name: str
    text: bytes


async def apply_text(api: HttpApi, text: str) -> None:
    """Apply a text's manifests of kinds that need no namespace."""
    await asyncio.gather(
        *(api.send(d.resource, "", d.name, d.text, MANAGER) for d in _documents(text))
    )


async def apply_gateway_api(api: HttpApi, folder: Path) -> None:
    """Apply the Gateway API's kinds."""
    documents = await asyncio.to_thread(lambda: _read(sorted(folder.glob("*.yaml"))))
    await asyncio.gather(*(api.send(d.resource, "", d.name, d.text, MANAGER) for d in documents))


async def apply_flux(api: HttpApi, folder: Path) -> None:
    """Apply Flux's kinds, and its controllers in their namespace."""
    files = [folder / f"{name}-controller.yaml" for name in CONTROLLERS]
    documents = await asyncio.to_thread(_read, files)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": FLUX_NAMESPACE}}
    await api.apply(NAMESPACES, namespace, MANAGER)
    await asyncio.gather(
        *(
            api.send(
                d.resource,
                "" if d.kind == "CustomResourceDefinition" else FLUX_NAMESPACE,
                d.name,
                d.text,
                MANAGER,
            )
            for d in documents
        )
    )


def _read(files: list[Path]) -> list[Document]:
    return [d for file in files for d in _documents(file.read_text("utf-8")) if d.kind in _WANTED]


def _documents(text: str) -> Iterator[Document]:
    for part in re.split(r"^---\s*$", text, flags=re.MULTILINE):
        head: dict[str, str] = {}
        for key, told, name in _FIELD.findall(part.partition("\nspec:")[0]):
            head.setdefault(key or "name", told or name)
        if {"apiVersion", "kind", "name"} <= head.keys():
            yield Document(resource_of(head), head["kind"], head["name"], part.encode())
