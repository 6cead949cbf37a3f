"""The ways a rehearsal can go, as data: one YAML file a scenario, beside this one.

``components.yaml`` says what each release makes, ``lifecycles.yaml`` how pods fare, and
``latencies.toml`` how long things take, with sources. Every other YAML file is a scenario.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from provisioner.errors import Misnamed, RehearsalError
from provisioner.rehearsal.scenarios.model import Chart, Lifecycle, Scenario

T = TypeVar("T")
DEFAULT = "happy"
_NOT_SCENARIOS = frozenset({"components.yaml", "lifecycles.yaml"})


def names() -> list[str]:
    """Return the names of all scenarios, in order."""
    entries = (entry.name for entry in files(__name__).iterdir())
    return sorted(
        name.removesuffix(".yaml")
        for name in entries
        if name.endswith(".yaml") and name not in _NOT_SCENARIOS
    )


def load(name: str) -> Scenario:
    """Return a scenario by name; raises Misnamed, and RehearsalError if it is malformed."""
    if name not in names():
        raise Misnamed("scenario_unknown", scenario=name, known=", ".join(names()))
    return read(files(__name__) / f"{name}.yaml", Scenario)


@cache
def charts() -> dict[str, Chart]:
    """Return what each release makes, by ``namespace/release`` or plain release name."""
    return read(files(__name__) / "components.yaml", dict[str, Chart])


@cache
def lifecycles() -> dict[str, Lifecycle]:
    """Return how pods can fare, by name."""
    return read(files(__name__) / "lifecycles.yaml", dict[str, Lifecycle])


@cache
def latencies() -> dict[str, dict[str, Any]]:
    """Return how long things take, in seconds of the world's clock."""
    return tomllib.loads((files(__name__) / "latencies.toml").read_text("utf-8"))


def read(path: Traversable, kind: type[T]) -> T:
    """Return the content of one of these YAML files; raises RehearsalError that names the place."""
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        return msgspec.convert(content, kind)
    except (YAMLError, msgspec.ValidationError) as error:
        reason = " ".join(str(error).split())
        raise RehearsalError("scenario_malformed", file=path.name, reason=reason) from error
