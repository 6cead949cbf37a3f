"""What every phase of a run is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import SecretStr

from provisioner.clock import Clock
from provisioner.events import Event
from provisioner.home import SovereignFolder
from provisioner.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from provisioner.spec import SovereignSpec


@dataclass(frozen=True)
class Run:
    """One run of one Sovereign: its answers, its world, its secrets and its journal.

    A phase is a coroutine that takes a Run. It starts by looking at what exists, reports with
    ``emit``, and either returns, or raises a CatalystError whose code has a remedy. It is cancelled
    like any task when the operator cancels; only apply and destroy treat that specially.
    """

    spec: SovereignSpec
    folder: SovereignFolder
    world: World
    emit: Callable[[Event], None]
    """Appends to the journal, in order, without waiting; the runner syncs it to disk."""
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    """By name, as in provisioner.credentials; they reached the runner by pipe."""
    tools: Mapping[str, Path] = field(default_factory=dict)
    """Programs by name, as provisioner.toolchain found them."""

    @property
    def fqdn(self) -> str:
        """The Sovereign's name."""
        return self.folder.fqdn

    @property
    def clock(self) -> Clock:
        """The world's clock: the only one a phase may ask."""
        return self.world.clock
