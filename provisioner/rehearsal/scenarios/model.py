"""What a scenario file and the list of components may say."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, Literal

import msgspec

from provisioner.rehearsal.hetzner.model import Fault


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of everything in these files: a key that nobody reads is an error."""


# --- what charts make -----------------------------------------------------------------------------


class Workload(Part, frozen=True, kw_only=True):
    """One workload of a chart."""

    name: str
    image: str
    kind: Literal["Deployment", "StatefulSet", "DaemonSet", "Job"] = "Deployment"
    replicas: int = 1
    pull: float = 4.0
    """Seconds to pull the image."""
    start: float = 5.0
    """Seconds from the container's start until it is ready (a Job: until it is done)."""
    replicas_at: str = ""
    """Where the release's values say how many there are, such as ``config.cluster.replicas``."""
    claim: str = ""
    """Size of the volume that each pod claims, such as ``8Gi``; empty for none."""
    storage_class_at: str = ""
    """Where the release's values name the storage class of that claim."""


class Port(Part, frozen=True, kw_only=True):
    """One port of a Service."""

    port: int
    name: str = "http"
    tls: bool = False


class ServicePlan(Part, frozen=True, kw_only=True):
    """A Service that a chart makes in front of one of its workloads."""

    name: str
    workload: str
    ports: tuple[Port, ...]


class Either(Part, frozen=True, kw_only=True):
    """Objects of a chart that depend on one of its values."""

    value: str
    objects: dict[str, tuple[dict[str, Any], ...]]
    """By what the value may be; ``else`` for everything that is not listed."""

    def objects_for(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """Return the objects that the chart makes with these values."""
        told = str(values.get(self.value, ""))
        return self.objects.get(told, self.objects.get("else", ()))

    @property
    def all(self) -> tuple[dict[str, Any], ...]:
        """The objects of every case."""
        return tuple(item for objects in self.objects.values() for item in objects)


class Chart(Part, frozen=True, kw_only=True):
    """What one release puts into the cluster."""

    workloads: tuple[Workload, ...] = ()
    services: tuple[ServicePlan, ...] = ()
    objects: tuple[dict[str, Any], ...] = ()
    """Further objects, as manifests, in which ``{fqdn}`` is the release's value of that name; their
    status is written as it stands, at the end.
    """
    either: tuple[Either, ...] = ()
    """Objects that its values choose; they come behind the others."""
    render: float = 0.3
    """Seconds before the first object appears."""
    app_version: str = "1.0"
    adopted: bool = False
    """Whether the node has installed this release before Flux takes it over."""


# --- what can go wrong ----------------------------------------------------------------------------


class PodFault(Part, frozen=True, kw_only=True):
    """The pods of a workload go another way than the usual one."""

    release: str
    workload: str = ""
    """Empty for all of the release's workloads."""
    lifecycle: str
    """A name from lifecycles.yaml."""
    pods: int | None = None
    """How many of them, from the first; all by default."""


class SlowStart(Part, frozen=True, kw_only=True):
    """The workloads of a release take their time."""

    release: str
    start: float


class ReleaseFault(Part, frozen=True, kw_only=True):
    """Helm refuses a release's values or templates."""

    release: str
    message: str


class SourceFault(Part, frozen=True, kw_only=True):
    """A source cannot be fetched."""

    name: str
    reason: str = "Failed"
    message: str


class ChartFault(Part, frozen=True, kw_only=True):
    """A repository is there, but has no such chart or version."""

    release: str
    message: str


class NodeFault(Part, frozen=True, kw_only=True):
    """A node does not become ready, or stops being so."""

    node: str = ""
    """Its name, or the end of it; empty for every node."""
    after: float = 0.0
    """Seconds after it would have become ready."""
    reason: str
    message: str


class BootFault(Part, frozen=True, kw_only=True):
    """A node's first boot fails in one stage."""

    stage: str
    lines: tuple[str, ...]


class ControllerFault(Part, frozen=True, kw_only=True):
    """A Flux controller dies without a word."""

    controller: str
    after: float
    """Seconds after Flux was installed."""


class Interruption(Part, frozen=True, kw_only=True):
    """The Kubernetes API is away for a while."""

    after: float
    """Seconds after Flux was installed."""
    seconds: float


class AuthorityFault(Part, frozen=True, kw_only=True):
    """The certificate authority takes no order."""

    message: str
    """What it says, as an ACME problem: its status, its type and a sentence."""


# --- what must be seen ----------------------------------------------------------------------------


class Sight(Part, frozen=True, kw_only=True):
    """What the board must show of one component."""

    state: str
    says: tuple[str, ...] = ()
    """Words that its reason, detail or code must hold."""
    waits_on: tuple[str, ...] = ()
    """The components it must be drawn as waiting for, root cause first."""


class Expectation(Part, frozen=True, kw_only=True):
    """How a run in this scenario must end, and what the board must show by then."""

    outcome: tuple[str, ...]
    """Any one of these outcomes is right; all others are wrong."""
    within: float
    """Seconds of the world's clock from the kit's acceptance to the end."""
    components: dict[str, Sight] = {}
    others: str = ""
    """The state of every component that is not named; empty if it does not matter."""
    passing: dict[str, tuple[str, ...]] = {}
    """States that a component must have been in on the way."""
    nodes: tuple[str, ...] = ()
    """Words that must have been told of some node that was not ready."""
    outside: tuple[str, ...] = ()
    """Words that verify must have seen of what is not well."""


class Scenario(Part, frozen=True, kw_only=True):
    """One way in which a rehearsal can go."""

    title: str
    fastest: float = inf
    """The speed above which real programs on a busy machine blur what it is about."""
    pods: tuple[PodFault, ...] = ()
    slow: tuple[SlowStart, ...] = ()
    releases: tuple[ReleaseFault, ...] = ()
    charts: tuple[ChartFault, ...] = ()
    sources: tuple[SourceFault, ...] = ()
    nodes: tuple[NodeFault, ...] = ()
    boot: tuple[BootFault, ...] = ()
    controllers: tuple[ControllerFault, ...] = ()
    api: tuple[Interruption, ...] = ()
    authority: AuthorityFault | None = None
    cloud: tuple[Fault, ...] = ()
    """Which calls of Hetzner's API go wrong, or what happens after them."""
    expect: Expectation


# --- how a pod can fare ---------------------------------------------------------------------------


class PodEvent(Part, frozen=True, kw_only=True):
    """An Event that kubelet or scheduler writes about a pod."""

    reason: str
    message: str
    type: Literal["Normal", "Warning"] = "Normal"
    source: str = "kubelet"


class Step(Part, frozen=True, kw_only=True):
    """One change of a pod; texts may name {pod}, {namespace}, {container}, {image} and others."""

    after: float | Literal["pull", "start"] = 0.0
    """Seconds since the step before; ``pull`` and ``start`` are the workload's own."""
    phase: Literal["Pending", "Running", "Succeeded", "Failed"] = "Pending"
    scheduled: bool = True
    unscheduled: str = ""
    """Why the scheduler finds no node."""
    state: dict[str, Any] = {}
    """The container's state as the API has it: ``waiting``, ``running`` or ``terminated``."""
    last: dict[str, Any] = {}
    """The container's last state."""
    ready: bool = False
    restarts: int = 0
    """How many restarts this step adds."""
    events: tuple[PodEvent, ...] = ()
    log: tuple[str, ...] = ()
    """Lines that the container writes; may name what the events' texts may."""


class Again(Part, frozen=True, kw_only=True):
    """The last steps of a lifecycle repeat with a growing pause, as kubelet's back-off does."""

    step: int
    """Index of the step to go back to."""
    pause: float
    factor: float = 2.0
    most: float = 300.0


class Lifecycle(Part, frozen=True, kw_only=True):
    """How a pod fares from its creation on."""

    steps: tuple[Step, ...]
    again: Again | None = None
