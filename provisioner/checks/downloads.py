"""Whether everything that a node downloads can be verified: a node refuses what has no checksum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from provisioner.answers_findings import finding
from provisioner.facts import Finding


@cache
def pinned() -> Mapping[str, Any]:
    """Return what the module has nodes download: version and SHA-256 sums by name."""
    text = (files("modules") / "hetzner" / "versions.json").read_bytes()
    found: Mapping[str, Any] = msgspec.json.decode(text)
    return found


def check_downloads(pins: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return a finding for each download that has no checksum."""
    return tuple(
        finding("download_unverified", (), name, {"name": name, "version": pins[part]["version"]})
        for part in pins
        for name in _unverified(part, pins[part]["sha256"])
    )


def _unverified(part: str, sums: str | Mapping[str, str]) -> Iterator[str]:
    """Yield what lacks a sum: the part, or the part for one architecture."""
    if isinstance(sums, str):
        sums = {"": sums}
    for architecture, told in sums.items():
        if not told:
            yield f"{part} for {architecture}" if architecture else part
