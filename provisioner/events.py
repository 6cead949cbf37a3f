"""What can happen to a Sovereign: the closed union of events that its journal holds.

An event is a fact in the past, immutable, and holds no secret. The journal stamps it with ``seq``
(from 1, without gaps, over all its runs), ``at`` (UTC, the world's clock) and ``fqdn``; ``--json``
prints exactly that. Times are seconds of that clock; money is net in the project's currency.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from provisioner.event import AnswersRefused as AnswersRefused
from provisioner.event import Event as Event
from provisioner.event import Recorded as Recorded
from provisioner.events_cluster import AccessEstablished as AccessEstablished
from provisioner.events_cluster import AllHealthy as AllHealthy
from provisioner.events_cluster import ComponentChanged as ComponentChanged
from provisioner.events_cluster import HostKeyPinned as HostKeyPinned
from provisioner.events_cluster import KitApplied as KitApplied
from provisioner.events_cluster import NetworksPlanned as NetworksPlanned
from provisioner.events_cluster import NodeChanged as NodeChanged
from provisioner.events_cluster import NodeStageChanged as NodeStageChanged
from provisioner.events_cluster import SourceChanged as SourceChanged
from provisioner.facts import (
    Change,
    Choice,
    DnsAnswer,
    DnsRecord,
    Drift,
    Finding,
    Outcome,
    OutsideCheck,
    PhaseName,
    Price,
    ResourceItem,
    Retyped,
)
from provisioner.remedies import Remedy

# --- the run ------------------------------------------------------------------------------------


class RunStarted(Event, frozen=True, kw_only=True):
    """A runner took the lock."""

    run: int
    """Counts the runs of one Sovereign from 1."""
    command: str
    """``plan``, ``apply``, ``resume``, ``dns``, ``destroy``, ``inventory`` or ``access``."""
    world: str
    version: str
    spec_digest: str
    pid: int
    process_start: int
    boot_id: str


class RunFinished(Event, frozen=True, kw_only=True):
    """The run ended and said how."""

    outcome: Outcome
    remedy: Remedy | None = None
    phase: PhaseName | None = None
    """The phase in which it ended, where that matters."""
    seconds: float = 0.0


class RunInterrupted(Event, frozen=True, kw_only=True):
    """A later runner found that an earlier one had died without a word."""

    run: int


class CancelRequested(Event, frozen=True, kw_only=True):
    """The operator or the system asked the run to end; ``forced`` is the second, confirmed step."""

    forced: bool = False
    by: str = "operator"


# --- phases -------------------------------------------------------------------------------------


class PhaseStarted(Event, frozen=True, kw_only=True):
    """A phase began by looking at what exists."""

    phase: PhaseName
    usual: float | None = None


class PhaseFinished(Event, frozen=True, kw_only=True):
    """A phase reached its end."""

    phase: PhaseName
    seconds: float
    ok: bool = True


class FindingReported(Event, frozen=True, kw_only=True):
    """Preflight found something that the operator should know or must change."""

    finding: Finding


class WaitStarted(Event, frozen=True, kw_only=True):
    """The run waits, and says for what."""

    key: str
    what: str
    usual: float | None = None
    until: datetime | None = None
    """When the wait ends by itself, where that is known (a rate limit's reset)."""


class WaitFinished(Event, frozen=True, kw_only=True):
    """A wait is over."""

    key: str
    seconds: float


class Remarked(Event, frozen=True, kw_only=True):
    """Something worth a line that changes no state."""

    source: str
    text: str
    level: str = "info"


# --- plan and apply -----------------------------------------------------------------------------


class DriftFound(Event, frozen=True, kw_only=True):
    """A plan looked at the cloud and found this changed behind our back; empty: nothing was."""

    items: tuple[Drift, ...]


class PlanSaved(Event, frozen=True, kw_only=True):
    """A plan was written, encrypted, and priced."""

    sha256: str
    changes: tuple[Change, ...]
    price: Price
    destroys: bool = False
    """Whether anything is deleted or replaced."""
    spec_digest: str = ""
    """Of the answers that it was made from."""
    for_destroy: bool = False


class PlanConfirmed(Event, frozen=True, kw_only=True):
    """The operator agreed to one plan."""

    sha256: str
    by: str
    """``hash`` (named by SHA-256), ``budget`` (--yes --max-monthly) or ``continuation``."""
    max_monthly: str | None = None


class PlanCompared(Event, frozen=True, kw_only=True):
    """A plan that goes on with an interrupted run was held against the confirmed one."""

    left: int
    """How many of the confirmed changes are still to be made."""
    of: int
    """How many changes were confirmed."""
    beyond: tuple[Change, ...] = ()
    """What the plan does that was not agreed to; whatever is deleted or made anew is among it."""
    retyped: tuple[Retyped, ...] = ()
    """What it rents as another type than was agreed to, or elsewhere."""
    monthly_difference: str = ""
    """Net, signed; empty where the currencies differ."""
    currency: str = ""


class StateFound(Event, frozen=True, kw_only=True):
    """The state holds what the journal knows nothing of: the journal that did was lost."""

    resources: int
    servers: int
    """How many of them are servers, which may have begun a cluster."""


class ApplyStarted(Event, frozen=True, kw_only=True):
    """OpenTofu began to apply the confirmed plan."""

    sha256: str
    total: int


class ResourceStarted(Event, frozen=True, kw_only=True):
    """OpenTofu began to change one resource."""

    address: str
    kind: str
    name: str
    action: str


class ResourceProgressed(Event, frozen=True, kw_only=True):
    """OpenTofu still works on a resource."""

    address: str
    seconds: float


class ResourceRetried(Event, frozen=True, kw_only=True):
    """The provider asks again that a resource be made, by itself."""

    address: str
    kind: str
    name: str
    attempt: int
    """1 when it asks for the second time."""
    of: int
    """After so many it gives up."""
    reason: str = ""
    """``429 rate_limit_exceeded``; empty where no answer came, or it is not clear which was its."""


class ResourceFinished(Event, frozen=True, kw_only=True):
    """A resource is as planned."""

    address: str
    kind: str
    name: str
    action: str
    id: str = ""
    seconds: float = 0.0


class ResourceFailed(Event, frozen=True, kw_only=True):
    """A resource could not be changed."""

    address: str
    kind: str
    name: str
    code: str
    message: str
    remedy: Remedy


class ResourceReconciled(Event, frozen=True, kw_only=True):
    """After an interruption, a resource outside the state was adopted or removed."""

    kind: str
    id: str
    name: str
    how: str
    """``imported``, ``untainted`` or ``removed``."""


class DecisionOffered(Event, frozen=True, kw_only=True):
    """The run cannot go on as planned; these ways can be taken now, best first."""

    question: str
    """The remedy's code: ``hetzner_resource_unavailable``."""
    address: str
    """The resource that could not be rented."""
    value: str
    """What was asked for, as in a choice's title."""
    currency: str
    choices: tuple[Choice, ...] = ()


class OutputsSaved(Event, frozen=True, kw_only=True):
    """The module's outputs, sensitive ones left out."""

    outputs: dict[str, Any]


# --- the name and the outside ---------------------------------------------------------------------


class DnsRecordsWanted(Event, frozen=True, kw_only=True):
    """These records must be in the zone; somebody sets them, this program or a person."""

    zone: str
    records: tuple[DnsRecord, ...]
    by: str
    """Who sets them: ``operator``, or the provider's name."""
    owner: str = ""
    """The id by which a pool's label is marked as ours, where this program sets them."""


class DnsRecordsWritten(Event, frozen=True, kw_only=True):
    """The zone holds what is wanted, as its provider read it back: so many records in all."""

    zone: str
    records: int


class DnsRecordsReleased(Event, frozen=True, kw_only=True):
    """Nothing of this Sovereign is in the zone any more."""

    zone: str


class DnsRecordsChecked(Event, frozen=True, kw_only=True):
    """What the zone's servers and the resolvers say has changed."""

    answers: tuple[DnsAnswer, ...]


class OutsideChecked(Event, frozen=True, kw_only=True):
    """The Sovereign was looked at from outside."""

    checks: tuple[OutsideCheck, ...]
    seconds: float


# --- destroy --------------------------------------------------------------------------------------


class DestroyStarted(Event, frozen=True, kw_only=True):
    """Everything was agreed to, and the Sovereign is taken down from here on."""


class InventoryListed(Event, frozen=True, kw_only=True):
    """What exists at the cloud for this Sovereign now."""

    when: str
    """``before`` or ``after`` the destroy, or ``cancel``."""
    items: tuple[ResourceItem, ...]
    foreign: int = 0
    """How many resources of the project belong to others and are not touched."""


EVENTS: tuple[type[Event], ...] = tuple(Event.__subclasses__())
"""Every event type there is; the journal's decoder is built from it."""
