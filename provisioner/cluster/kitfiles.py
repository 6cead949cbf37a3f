"""The bootstrap kit as it stands in its folder: one folder a component, read but not yet judged.

A folder holds Kustomize resources (namespace, sources, releases) and ``component.yaml``, our own
sheet about it. Only what ``kit.yaml`` names is read, and all of that must be there: a kit that is
silently empty would make an empty cluster look healthy.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from provisioner.cluster.ports import Object
from provisioner.errors import KitError
from provisioner.facts import ExpectedCondition, ExpectedWorkload, ProbeTarget

T = TypeVar("T")
FORMAT = 1


class Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``component.yaml`` says of its component."""

    title: str
    usual: float
    """Seconds it usually takes to become healthy once it may start."""
    memory: int
    """MiB it needs in a solo Sovereign; our estimate."""
    volumes: tuple[int, ...] = ()
    """Size in GiB of each volume it claims with several control planes."""
    probe: ProbeTarget | None = None
    workloads: tuple[ExpectedWorkload, ...] = ()
    conditions: tuple[ExpectedCondition, ...] = ()
    secrets: tuple[SecretSheet, ...] = ()
    hosts: dict[str, str] = {}
    """What answers at each host that the component leads to somebody."""
    administrator: str = ""
    """The Secret with the platform's first administrator, ``namespace/name``."""
    authority: str = ""
    """The Secret with the certificate of an authority of one's own, ``namespace/name``."""
    adopts: Adopted | None = None


class SecretSheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Secret that must exist before the component's releases."""

    name: str
    namespace: str
    values: dict[str, str] = {}
    """What is no secret in it."""
    generated: tuple[str, ...] = ()
    """Keys whose values are made once, at random, and kept."""


class Adopted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A HelmChart object of k3s whose release Flux takes over."""

    namespace: str
    name: str


class FluxPin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where Flux lives, and which release of it the kit is written for."""

    namespace: str
    version: str


class KitSheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``kit.yaml`` says of the kit as a whole."""

    format: int
    flux: FluxPin
    gateway_api: str = msgspec.field(name="gatewayApi")
    components: tuple[str, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One component's folder."""

    name: str
    sheet: Sheet
    objects: tuple[Object, ...]
    """Its manifests, variables not yet filled in."""


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """The whole kit."""

    sheet: KitSheet
    parts: tuple[Part, ...]


@cache
def packaged_kit() -> Kit:
    """Return the kit that came with this release; blocks on the disk, raises KitError."""
    return read_kit(files("modules") / "bootstrap-kit")


def read_kit(root: Traversable) -> Kit:
    """Return the kit in a folder; blocks on the disk, raises KitError."""
    sheet = _read(root / "kit.yaml", KitSheet)
    if sheet.format != FORMAT or not sheet.components:
        raise KitError("kit_unreadable", file="kit.yaml", reason="an empty kit, or a newer format")
    return Kit(sheet=sheet, parts=tuple(_part(root / name, name) for name in sheet.components))


def _part(folder: Traversable, name: str) -> Part:
    sheet = _read(folder / "component.yaml", Sheet)
    resources = _read(folder / "kustomization.yaml", dict[str, Any]).get("resources") or []
    objects = tuple(found for file in resources for found in _manifests(folder / str(file)))
    return Part(name=name, sheet=sheet, objects=objects)


def _read(file: Traversable, kind: type[T]) -> T:
    documents = _documents(file)
    try:
        return msgspec.convert(documents[0] if documents else None, kind)
    except msgspec.ValidationError as error:
        raise KitError("kit_unreadable", file=_place(file), reason=error) from error


def _manifests(file: Traversable) -> list[Object]:
    """Return the objects in a file; each must have a kind and a name."""
    documents = [each for each in _documents(file) if each is not None]
    for each in documents:
        named = isinstance(each, dict) and isinstance(each.get("metadata"), dict)
        if not named or not each.get("kind") or not each["metadata"].get("name"):
            raise KitError("kit_unreadable", file=_place(file), reason="no kind or no name")
    return documents


def _documents(file: Traversable) -> list[Any]:
    try:
        return list(YAML(typ="safe", pure=True).load_all(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        reason = " ".join(str(error).split())
        raise KitError("kit_unreadable", file=_place(file), reason=reason) from error


def _place(file: Traversable) -> str:
    """Return folder and name: enough to find it, wherever the kit is installed."""
    return "/".join(str(file).replace("\\", "/").split("/")[-2:])
