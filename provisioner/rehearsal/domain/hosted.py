"""The zones that a rehearsed project holds itself, as the world's name server serves them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from provisioner.dns.records import Record, Zone
from provisioner.rehearsal.hetzner.model import State
from provisioner.rehearsal.hetzner.seed import Seed, plant

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


def hosted(cloud: Cloud) -> Mapping[str, Zone]:
    """Return the zones of a project by their names; each has its own servers in this world."""
    return {
        zone.name: Zone(
            domain=zone.name,
            ttl=str(zone.ttl),
            records=tuple(
                Record(
                    name="" if held.name == "@" else held.name,
                    type=held.type,
                    value=each["value"],
                    ttl="" if held.ttl is None else str(held.ttl),
                )
                for held in zone.rrsets.values()
                if held.type not in ("SOA", "NS") or held.name != "@"
                for each in held.records
            ),
        )
        for zone in cloud.state.zones.values()
    }


def furnish(cloud: Cloud) -> None:
    """Give a project that was never used the zone of a domain of one's own, from project.toml."""
    if cloud.state.next_id != State().next_id:
        return
    text = files(__package__).joinpath("project.toml").read_text("utf-8")
    plant(cloud, msgspec.convert(tomllib.loads(text)["seed"], list[Seed]))
