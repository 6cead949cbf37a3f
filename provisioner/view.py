"""What a viewer knows: a pure fold of the journal.

Whoever folds the same events holds the same view, whenever they attached: screens, headless output,
resume and the bundle all read this and nothing else. ``digest`` proves it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from provisioner.cluster.progress import Progress
from provisioner.events import (
    DecisionOffered,
    KitApplied,
    PlanCompared,
    PlanSaved,
    ResourceRetried,
    RunStarted,
)
from provisioner.facts import (
    DnsAnswer,
    DnsRecord,
    Drift,
    ExpectedComponent,
    Finding,
    Outcome,
    OutsideCheck,
    PhaseName,
    ResourceItem,
    Rung,
    State,
)
from provisioner.meter import Meter
from provisioner.remedies import Remedy

FOLD = "8"
"""The version of this fold: a checkpoint of another version is not used."""
WHOLE_KIT = "bootstrap"
"""The key of the wait for the whole kit."""
REMARKS = 200
"""Remarks that are kept at least; older ones stay in the journal."""


class PhaseLine(msgspec.Struct, kw_only=True):
    """One phase of the newest run."""

    started: datetime
    usual: float | None = None
    seconds: float | None = None
    """How long it took, once it ended."""
    ok: bool | None = None


class ResourceLine(msgspec.Struct, kw_only=True):
    """One resource that OpenTofu changes."""

    kind: str
    name: str
    action: str
    state: str = "waiting"
    """``waiting``, ``going``, ``done`` or ``failed``."""
    since: datetime | None = None
    seconds: float = 0.0
    id: str = ""
    retry: ResourceRetried | None = None
    """The provider's newest attempt after the first."""
    remedy: Remedy | None = None


class WaitLine(msgspec.Struct, kw_only=True):
    """Something the run waits for now."""

    what: str
    since: datetime
    usual: float | None = None
    until: datetime | None = None


class NodeLine(msgspec.Struct, kw_only=True):
    """One machine, from first boot to Ready."""

    stage: str = ""
    index: int = 0
    of: int = 0
    failed: bool = False
    lines: tuple[str, ...] = ()
    fingerprint: str = ""
    ready: bool | None = None
    reason: str = ""


class SourceLine(msgspec.Struct, kw_only=True):
    """One Flux source or Kustomization."""

    kind: str
    ready: bool
    reason: str = ""
    message: str = ""


class ComponentLine(msgspec.Struct, kw_only=True):
    """One component of the kit."""

    expected: ExpectedComponent
    state: State = State.WAITING
    since: datetime
    rungs: tuple[Rung, ...] = ()
    reason: str = ""
    detail: str = ""
    waits_on: tuple[str, ...] = ()
    attempt: int | None = None
    attempts: int | None = None
    code: str = ""
    began: datetime | None = None
    """When it was first seen at work since the kit was applied."""
    took: float | None = None
    """Seconds from then until it was healthy, where nothing went wrong meanwhile."""


class View(msgspec.Struct, kw_only=True):
    """One Sovereign as its journal tells it."""

    fqdn: str
    seq: int = 0
    at: datetime | None = None
    runs: int = 0
    """How many runs were begun, also those beside the road."""
    run: RunStarted | None = None
    """The newest run that walked the road."""
    beside: RunStarted | None = None
    """A run beside the road, while it is the newest; all else here is what the road left."""
    run_started: datetime | None = None
    outcome: Outcome | None = None
    """How the newest run ended; None while it goes on (or died)."""
    stood: Outcome | None = None
    """How the newest run ended that was more than a plan; None where it has not, or died."""
    finished_at: datetime | None = None
    remedy: Remedy | None = None
    cancelling: bool = False
    forced: bool = False
    """Whether the newest run was told to abandon what is in flight."""
    begun: bool = False
    """Whether the newest run began to apply; until then the resources are an earlier one's."""
    interrupted: bool = False
    """Whether the newest run ended without a word."""
    phases: dict[PhaseName, PhaseLine] = {}
    findings: tuple[Finding, ...] = ()
    waits: dict[str, WaitLine] = {}
    plan: PlanSaved | None = None
    """The newest plan that builds."""
    razing: PlanSaved | None = None
    """The plan to take everything down, while no newer one builds."""
    taking_down: bool = False
    """Whether the operator last agreed to a plan that takes everything down."""
    going_down: bool = False
    """Whether the newest run takes everything down: servers may be off, the name given back."""
    drift: tuple[Drift, ...] = ()
    """What the newest plan found changed behind our back."""
    confirmed: PlanSaved | None = None
    """The building plan that was last agreed to: a destroy leaves it, since what stands still has
    its price."""
    compared: PlanCompared | None = None
    """How the newest plan stands to the confirmed one, where a run went on with that."""
    decision: DecisionOffered | None = None
    """What the newest run left to the operator to choose."""
    applied: bool = False
    """Whether a confirmed plan was applied to its end."""
    settled: bool = True
    """Whether state and cloud were known to agree since the last apply began."""
    rented_since: datetime | None = None
    """When the first apply began, or what it rented was found: from then on it costs money."""
    meter: Meter = msgspec.field(default_factory=Meter)
    """What is rented now, part by part, and what was paid for what is no more."""
    destroyed_at: datetime | None = None
    """When the newest destroy proved that nothing was left; None once something was rented."""
    resources: dict[str, ResourceLine] = {}
    outputs: dict[str, Any] = {}
    nodes: dict[str, NodeLine] = {}
    kubernetes: str = ""
    sources: dict[str, SourceLine] = {}
    founded: bool = False
    """Whether a cluster may have been begun, so that new machines join it and begin none."""
    kit: KitApplied | None = None
    components: dict[str, ComponentLine] = {}
    progress: Progress = msgspec.field(default_factory=Progress)
    """How far the newest bootstrap is."""
    all_healthy: bool = False
    ready: bool = False
    """Whether it was ready and nothing of it was changed since, however a mere look ended."""
    ready_at: datetime | None = None
    zone: str = ""
    """The zone that holds the Sovereign's name, once it is known."""
    records: tuple[DnsRecord, ...] = ()
    """What must be in it."""
    records_by: str = ""
    """Who sets them: ``operator``, or the provider's name."""
    dns_owner: str = ""
    """The id by which its label in a pool was marked as its own, or was about to be."""
    records_written: bool = False
    """Whether the provider has read them back to us."""
    answers: tuple[DnsAnswer, ...] = ()
    """What the zone's servers and the resolvers said last."""
    outside: tuple[OutsideCheck, ...] = ()
    """What verify saw last."""
    outside_at: datetime | None = None
    inventory: tuple[ResourceItem, ...] | None = None
    foreign: int = 0
    remarks: list[tuple[datetime, str, str, str]] = []
    """(at, source, level, text), oldest first."""

    @property
    def standing(self) -> Outcome | None:
        """Where the Sovereign stands: ready until it is changed, else as the newest run ended.

        A plan of what is rented is a look: it leaves the word of the run before.
        """
        if self.ready and self.outcome is not None:
            return Outcome.READY
        looked = self.outcome is Outcome.PLANNED and self.rented_since is not None
        return self.stood or self.outcome if looked else self.outcome

    @property
    def priced(self) -> PlanSaved | None:
        """The plan whose price holds: of what is rented the agreed one, else the newest."""
        return (self.confirmed if self.rented_since else None) or self.plan

    def digest(self) -> str:
        """Return a fingerprint that is equal for equal views."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()
