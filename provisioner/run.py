"""What every phase of a run is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import SecretStr

from provisioner.cancellation import Cancellation
from provisioner.clock import Clock
from provisioner.errors import CatalystError
from provisioner.events import Event, Remarked
from provisioner.home import SovereignFolder
from provisioner.remedies import Remedy, remedy_of
from provisioner.settings import Settings, default_settings
from provisioner.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from provisioner.spec import SovereignSpec


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator agreed to before the run began; nothing means: plan and stop."""

    plan: str | None = None
    """SHA-256 of the saved plan that may be applied."""
    max_monthly: Decimal | None = None
    """Any plan that destroys nothing may be applied up to this net price a month."""
    any_price: bool = False
    """Any plan that destroys nothing may be applied; a rehearsal rents nothing."""
    wait_for_stock: bool = False
    """What has no stock is waited for, instead of asking what to take in its place."""
    destroy: bool = False
    """The Sovereign's name was typed to confirm that it may be destroyed."""
    unprotect: bool = False
    """What is protected from deletion may lose its protection, to be destroyed."""
    networks: bool = False
    """The firewall may be changed as the order asks."""
    keep_volumes: bool | None = None
    """Whether volumes outlive a destroy; None means that this must be asked where there are any."""


class NetworkChange(msgspec.Struct, frozen=True, kw_only=True):
    """Which networks shall be let in from now on, and which no more."""

    allow: tuple[str, ...] = ()
    withdraw: tuple[str, ...] = ()


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
    cancellation: Cancellation = field(default_factory=Cancellation)
    """How the operator ends the run; see ``deferred`` for stretches that must not be cut."""
    lock: int | None = None
    """Descriptor of the Sovereign's lock, for OpenTofu to inherit."""
    settings: Settings = field(default_factory=default_settings)
    """What all Sovereigns of the operator's home share."""
    consent: Consent = field(default_factory=Consent)
    networks: NetworkChange = field(default_factory=NetworkChange)
    """What a change of the firewall alone is asked for."""
    number: int = 1
    """Counts the runs of this Sovereign."""
    first_contact: dict[str, Any] = field(default_factory=dict, repr=False)
    """The module's sensitive variables, once they were opened (provisioner.phases.opentofu)."""

    @property
    def fqdn(self) -> str:
        """The Sovereign's name."""
        return self.folder.fqdn

    @property
    def clock(self) -> Clock:
        """The world's clock: the only one a phase may ask."""
        return self.world.clock

    def warn(self, error: CatalystError, source: str = "dns") -> Remedy:
        """Say what went wrong beside the road and what to do, and return it; the run goes on."""
        remedy = remedy_of(error, self.fqdn)
        self.emit(Remarked(source=source, text=remedy.brief, level="warning"))
        return remedy
