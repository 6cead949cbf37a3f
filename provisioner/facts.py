"""The values that events are made of: frozen, plain, and safe to show.

Only these and the events cross from the engine to the screens. Money is a decimal string, net,
in the project's currency; times are seconds of the world's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class PhaseName(StrEnum):
    """The phases of a run, in the order of the road."""

    PREFLIGHT = "preflight"
    PLAN = "plan"
    APPLY = "apply"
    ACCESS = "access"
    DNS = "dns"
    BOOTSTRAP = "bootstrap"
    VERIFY = "verify"
    DESTROY = "destroy"


class Outcome(StrEnum):
    """How a run can end."""

    PLANNED = "planned"
    READY = "ready"
    DESTROYED = "destroyed"
    NEEDS_DECISION = "needs_decision"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    CHANGED = "changed"
    """What a run beside the road was asked to change is changed; all else stands as it did."""


class State(StrEnum):
    """Where a component of the kit stands."""

    WAITING = "waiting"
    FETCHING = "fetching"
    INSTALLING = "installing"
    RETRYING = "retrying"
    INSTALLED = "installed"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    FAILED = "failed"
    SUSPENDED = "suspended"
    MISSING = "missing"


class Rung(StrEnum):
    """One step of the ladder of evidence, lowest first."""

    SOURCE = "source"
    RELEASE = "release"
    WORKLOADS = "workloads"
    PROBE = "probe"


class NameState(StrEnum):
    """How a name stands at one DNS server."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    STALE = "stale"
    """What was right once is still answered."""
    PROXIED = "proxied"
    CNAME = "cname"
    BROKEN = "broken"
    """The server fails: the zone's delegation or its signatures do not hold."""
    SILENT = "silent"


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCKING = "blocking"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that is wrong, or that reality contradicts."""

    field: str
    """Dotted name of the answer, as in sovereign.yaml; empty when no single answer is at fault."""
    value: str
    """What was answered, shortened; never a secret."""
    code: str
    reason: str
    remedy: str
    severity: Severity = Severity.BLOCKING
    line: int | None = None
    """Line in the answers file, where there is one."""


class PriceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of rented thing in a plan and what it costs."""

    kind: str
    """``server``, ``primary_ip``, ``load_balancer`` or ``volume``."""
    type: str
    count: int
    monthly: str
    """Net price of one for a month, as a decimal string."""
    hourly: str


class PartPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What one resource of a plan costs, with all that is rented by it, net."""

    hourly: str
    monthly: str


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What everything in a plan costs, from the live price list."""

    currency: str
    vat_rate: str
    """Percent, as a decimal string."""
    monthly: str
    hourly: str
    lines: tuple[PriceLine, ...] = ()
    parts: Mapping[str, PartPrice] = {}
    """By kind and name, ``server x-cp1``; what has no price is left out."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the plan does with one resource."""

    address: str
    kind: str
    name: str
    action: str
    """``create``, ``update``, ``replace``, ``delete``, ``read``, ``forget`` or ``noop``."""
    reason: str = ""
    rents: str = ""
    """What it is afterwards, where that is rented by type: ``cx43 in fsn1``."""
    rented: str = ""
    """What it is now, likewise."""


class Retyped(msgspec.Struct, frozen=True, kw_only=True):
    """What is rented as another type, or elsewhere, than it was confirmed or stands."""

    kind: str
    names: tuple[str, ...]
    was: str
    """``cx43 in fsn1``: as it stands, or as it was confirmed where it does not exist."""
    becomes: str
    exists: bool = False
    """Whether they exist already, and are changed."""
    monthly_difference: str = ""
    """Net, signed, for all of them; empty where it is not known."""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One HelmRelease of a component."""

    namespace: str
    name: str


class ExpectedWorkload(msgspec.Struct, frozen=True, kw_only=True):
    """One workload that proves a component which has no release."""

    kind: str
    """``Deployment``, ``StatefulSet``, ``DaemonSet`` or ``Job``."""
    namespace: str
    name: str


class ExpectedCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of one object that must be True."""

    group: str
    version: str
    plural: str
    kind: str
    namespace: str
    name: str
    type: str


class ProbeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """The Service that must answer before a component counts as healthy."""

    service: str
    namespace: str
    port: int
    path: str | None = None
    """What to GET; only a connection is made if None."""
    tls: bool = False


class ExpectedComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A component as the kit's manifests promise it."""

    name: str
    releases: tuple[Release, ...] = ()
    depends_on: tuple[str, ...] = ()
    """Names of other components."""
    rungs: tuple[Rung, ...] = ()
    """The rungs that this component has; others are left out."""
    usual: float = 60.0
    """Seconds it usually takes to become healthy once it may start."""
    title: str = ""
    """What it is for, in a few words."""
    timeout: float = 600.0
    """Seconds its releases may take, one after the other, by their own timeouts."""
    retrying: float = 0.0
    """Seconds that the further attempts of its releases may add."""
    memory: int = 0
    """MiB that it needs in a solo Sovereign."""
    workloads: tuple[ExpectedWorkload, ...] = ()
    """Named workloads that belong to it beside those of its releases."""
    conditions: tuple[ExpectedCondition, ...] = ()
    """Conditions that must hold beside the workloads."""
    probe: ProbeTarget | None = None
    versions: tuple[str, ...] = ()
    """What is installed, by its version: each chart of its releases, as the manifests pin it."""
    hosts: dict[str, str] = {}
    """What answers at each host below the Sovereign's name, where this component leads hosts."""
    administrator: str = ""
    """The Secret with the first administrator, ``namespace/name``, where this component has it."""
    authority: str = ""
    """The Secret with the certificate of an authority of one's own, likewise."""


DESTRUCTIVE = frozenset({"delete", "replace"})
"""Actions by which something that exists is lost."""


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One resource that is not as it was left."""

    address: str
    kind: str
    name: str
    gone: bool
    """Whether it does not exist any more."""
    attributes: tuple[str, ...] = ()
    """What of it was changed, by the provider's names."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One way to go on that can be taken now."""

    title: str
    """In a few words: ``cx43 in fsn1``."""
    set: tuple[str, ...]
    """What it changes in the answers, each ``key=value`` as ``catalyst edit --set`` takes it."""
    monthly_difference: str
    """Net, for all servers concerned; positive is dearer."""
    less: str = ""
    """What of it is less than was asked for, in words; empty where nothing is."""
    touches: tuple[str, ...] = ()
    """Addresses of what exists already and would be resized or made anew."""


class ResourceItem(msgspec.Struct, frozen=True, kw_only=True):
    """One rented resource, or one record of a zone, as it was listed."""

    kind: str
    id: str
    name: str
    owner: str
    """How it is known as ours: ``label``, ``state``, ``attached``, ``zone``; else ``foreign``."""
    address: str = ""


class DnsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record as a person would set it."""

    name: str
    """In full, without a final dot."""
    type: str
    value: str
    ttl: int


class DnsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one DNS server says of one name."""

    name: str
    server: str
    authority: bool
    """Whether the server holds the zone; else it is a resolver as everybody uses it."""
    state: NameState
    saw: tuple[str, ...] = ()
    ttl: int = 0
    """Seconds for which the server may go on saying so."""


class OutsideCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the Sovereign from outside."""

    what: str
    """``dns``, ``tcp``, ``tls``, ``http``, ``targets`` or ``issuance``."""
    target: str
    """The host, the address with its port, the load balancer, or the Certificate."""
    ok: bool
    saw: str
    """One sentence without a full stop."""
    code: str = ""
    """The remedy's code, where something is wrong."""
