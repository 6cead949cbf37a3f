"""What kustomize makes of a folder: the manifests that its kustomization names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from provisioner.cluster.ports import Object

FILE = "kustomization.yaml"
_KNOWN = frozenset({"apiVersion", "kind", "resources"})
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class BuildFailed(Exception):
    """Kustomize would not build it; says why, as kustomize-controller does."""


def build(folder: Traversable, substitutes: Mapping[str, str]) -> list[Object]:
    """Return the manifests of a folder, with ``${NAME}`` replaced in their text.

    The text is replaced before it is read, so that a number in it becomes a number. An unknown name
    becomes nothing, as with Flux. Raises BuildFailed.
    """
    return list(_built(folder, substitutes))


def _built(folder: Traversable, substitutes: Mapping[str, str]) -> Iterator[Object]:
    for told in _documents(folder / FILE, {}):
        foreign = set(told) - _KNOWN
        if foreign:
            raise BuildFailed(f"kustomize build failed: unknown field {sorted(foreign)[0]!r}")
        for name in told.get("resources") or ():
            place = folder / str(name)
            if place.is_dir():
                yield from _built(place, substitutes)
            else:
                yield from _documents(place, substitutes)


def _documents(file: Traversable, substitutes: Mapping[str, str]) -> list[Object]:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        told = f"accumulating resources from '{file.name}': no such file or directory"
        raise BuildFailed(f"kustomize build failed: {told}") from error
    filled = _VARIABLE.sub(lambda found: substitutes.get(found[1], ""), text)
    try:
        found = YAML(typ="safe", pure=True).load_all(filled)
        return [each for each in found if isinstance(each, dict)]
    except YAMLError as error:
        told = f"kustomize build failed: MalformedYAMLError in '{file.name}'"
        raise BuildFailed(told) from error
