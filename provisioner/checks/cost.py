"""What answers would cost, before there is a plan: for the wizard's total while one chooses.

The plan's own price decides; this one counts what the module rents for such answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from provisioner.checks.wanted import CONTROL_PLANE, chosen_location, wanted_servers
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.cluster.storage import volumes_of
from provisioner.hetzner.prices import Rented
from provisioner.settings import Settings


def rented_by_answers(values: Mapping[str, Any], settings: Settings) -> Counter[Rented]:
    """Return what answers in the shape of sovereign.yaml make one pay for, as far as they say."""
    found: Counter[Rented] = Counter()
    for each in wanted_servers(values):
        found[Rented("server", each.type, each.location)] += each.number
        found[Rented("primary_ip", "ipv4", each.location)] += each.number
    location = chosen_location(values)
    if location is not None:
        found[Rented("load_balancer", settings.load_balancer_type, location)] += 1
        found += _volumes(values, location)
    return +found


def _volumes(values: Mapping[str, Any], location: str) -> Counter[Rented]:
    """Return what the kit claims where storage is rented: with several control planes."""
    planes = [each.number for each in wanted_servers(values) if each.at == CONTROL_PLANE]
    return volumes_of(packaged_kit(), location) if max(planes, default=1) > 1 else Counter()
