"""The longest chain of API latencies in a module's graph: no apply can take less."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from provisioner.rehearsal.hetzner.catalogue import Catalogue

ACTIONS = Path(__file__).parent / "graphs" / "actions.toml"
DELETIONS = ACTIONS.with_name("deletions.toml")
_EDGE = re.compile(r'"([^"]+)" -> "([^"]+)"')
_RESOURCE = re.compile(r"\b(hcloud_[a-z_]+)\.[a-z_]+")


def longest_chain(drawn: str, actions: Path = ACTIONS) -> float:
    """Return the seconds of the longest chain in what ``tofu graph`` draws, at 1x.

    ``actions`` says which latencies each resource waits for.
    """
    needs: dict[str, list[str]] = {}
    for later, sooner in _EDGE.findall(drawn):
        needs.setdefault(later, []).append(sooner)
    cost = _costs(actions)

    @cache
    def until(node: str) -> float:
        before = max((until(each) for each in needs.get(node, ())), default=0.0)
        return before + _cost(node, cost)

    return max(until(node) for node in needs)


def _cost(node: str, costs: Mapping[str, float]) -> float:
    found = _RESOURCE.search(node)
    return costs.get(found[0], costs.get(found[1], 0.0)) if found else 0.0


def _costs(actions: Path) -> dict[str, float]:
    latencies = Catalogue.default().latencies
    waited: dict[str, list[str]] = tomllib.loads(actions.read_text())
    return {kind: sum(latencies[name] for name in names) for kind, names in waited.items()}
