"""What the simulated cloud remembers. Every struct here is part of the saved snapshot.

Times are seconds since the Unix epoch on the world's clock. References between resources are ids;
nothing is stored twice that can be looked up.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

NotLess = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]


class Ref(msgspec.Struct, frozen=True):
    """A resource as actions name it."""

    type: str
    id: int


class Record(msgspec.Struct, kw_only=True):
    """What all resources have."""

    id: int
    name: str
    created: float
    labels: dict[str, str] = {}
    protected: bool = False
    """Whether deleting is refused."""


class Attachment(msgspec.Struct):
    """A place in a private network."""

    network: int
    ip: str
    alias_ips: list[str] = []
    mac: str = ""


class SshKey(Record, kw_only=True):
    """A public key."""

    public_key: str
    fingerprint: str


class Certificate(Record, kw_only=True):
    """A certificate that was uploaded; its private key is not kept."""

    certificate: str
    """The chain in PEM format."""
    fingerprint: str
    domain_names: list[str]
    not_before: float
    not_after: float
    type: str = "uploaded"


class PlacementGroup(Record, kw_only=True):
    """A promise that its servers do not share a host."""

    type: str = "spread"


class Server(Record, kw_only=True):
    """A rented machine."""

    status: str = "initializing"
    type: str
    location: str
    image: int
    disk: int
    keys: list[str] = []
    """The public keys that its first boot was given."""
    user_data: str = ""
    ipv4: int | None = None
    """Ids of its primary IPs."""
    ipv6: int | None = None
    nets: list[Attachment] = []
    placement_group: int | None = None
    protected_rebuild: bool = False
    backup_window: str | None = None
    rescue: bool = False


class PrimaryIp(Record, kw_only=True):
    """A public address that outlives its server, if it is told to."""

    type: Literal["ipv4", "ipv6"]
    ip: str
    location: str
    assignee: int | None = None
    auto_delete: bool = False
    dns_ptr: dict[str, str] = {}


class FloatingIp(Record, kw_only=True):
    """A public address that leads to one server after the other."""

    type: Literal["ipv4", "ipv6"]
    ip: str
    location: str
    """Where it was rented; it can lead to any server of that network zone."""
    description: str = ""
    server: int | None = None
    dns_ptr: dict[str, str] = {}


class Subnet(msgspec.Struct):
    """A range of a network in which addresses are given out."""

    type: str
    ip_range: str
    network_zone: str
    vswitch_id: int | None = None


class RouteEntry(msgspec.Struct):
    """A static route of a network."""

    destination: str
    gateway: str


class Network(Record, kw_only=True):
    """A private network."""

    ip_range: str
    subnets: list[Subnet] = []
    routes: list[RouteEntry] = []
    expose_routes_to_vswitch: bool = False


class Application(msgspec.Struct):
    """To what a firewall is applied: one server, or all that match a selector."""

    server: int | None = None
    selector: str | None = None
    matched: list[int] = []
    """The servers the selector matched when it was last evaluated."""
    pending: bool = False


class Firewall(Record, kw_only=True):
    """Rules for the public interface of servers."""

    rules: list[dict[str, Any]] = []
    applied: list[Application] = []


class Target(msgspec.Struct):
    """Where a load balancer sends traffic."""

    type: str
    since: float
    server: int | None = None
    selector: str | None = None
    ip: str | None = None
    use_private_ip: bool = False
    matched: list[int] = []


class LoadBalancer(Record, kw_only=True):
    """A load balancer."""

    type: str
    location: str
    ipv4: str
    ipv6: str
    algorithm: str = "round_robin"
    services: list[dict[str, Any]] = []
    targets: list[Target] = []
    net: Attachment | None = None
    public: bool = True
    dns_ptr: dict[str, str] = {}


class Volume(Record, kw_only=True):
    """A block device."""

    size: int
    location: str
    server: int | None = None
    format: str | None = None
    status: str = "creating"


class RecordSet(msgspec.Struct, kw_only=True):
    """All DNS records of one name and type."""

    name: str
    type: str
    ttl: int | None = None
    labels: dict[str, str] = {}
    records: list[dict[str, str]] = []
    protected: bool = False


class Zone(Record, kw_only=True):
    """A DNS zone."""

    ttl: int = 3600
    mode: str = "primary"
    primary_nameservers: list[dict[str, Any]] = []
    rrsets: dict[str, RecordSet] = {}
    """By ``name/type``."""


class ActionError(msgspec.Struct, frozen=True):
    """Why an action failed."""

    code: str
    message: str


class Action(msgspec.Struct, kw_only=True):
    """Something that takes time."""

    id: int
    command: str
    resources: list[Ref]
    started: float
    ends: float | None
    """When it ends; None for one that never does."""
    status: Literal["running", "success", "error"] = "running"
    finished: float | None = None
    error: ActionError | None = None
    locks: list[Ref] = []
    after: int | None = None
    """The action that must succeed first."""
    hidden: bool = False
    """Whether it is nobody's to see: something that happens inside a machine."""
    effect: str | None = None
    """What happens when it succeeds, where that is not the command's own effect."""
    data: dict[str, Any] = {}
    """What the effect needs to know."""


class Charge(msgspec.Struct):
    """The rent of one resource; ``ended`` is None while it runs."""

    kind: str
    id: int
    name: str
    type: str
    location: str
    hourly: str
    """Net, as a decimal string."""
    monthly: str
    started: float
    ended: float | None = None


class Settled(msgspec.Struct):
    """Rents of long ago, of which only the sum is kept."""

    count: int = 0
    cost: str = "0"
    """Net, as a decimal string."""


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One misbehaviour: what it does when the nth call that matches arrives.

    ``path`` is matched by segments below ``/v1``: ``*`` is one segment, a final ``**`` any number.
    """

    method: Literal["*", "GET", "POST", "PUT", "DELETE"] = "*"
    path: str = "/**"
    body: str = ""
    """A text that the request's body must contain."""
    nth: Annotated[int, Meta(ge=1)] = 1
    times: Count = 1
    """How many calls in a row; 0 for all that follow."""
    do: Literal[
        "answer", "reset", "hang", "half", "action_error", "action_stuck", "sell_out", "vanish"
    ] = "answer"
    code: str = "unavailable"
    message: str = "injected fault"
    details: Any = None
    status: Annotated[int, Meta(ge=400, le=599)] | None = None
    json: bool = True
    """Whether an ``answer`` has the error envelope, or is plain text as a proxy's."""
    server_type: str | None = None
    """What ``sell_out`` takes away; None for all types, or all locations."""
    location: str | None = None
    kind: str = ""
    """What ``vanish`` deletes, after the call was answered."""
    name: str = ""
    seen: int = 0
    """Calls that matched so far."""


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a scenario decides about the cloud; changed while it runs through the control API."""

    scale: NotLess = 1.0
    """Multiplies every latency; 0 lets actions be done when they are asked for."""
    rate_limit: NotLess = 3600
    rate_per_second: NotLess = 1.0
    quota: dict[str, Count] = {}
    """By kind of resource: how many the project may hold."""
    stock: dict[str, dict[str, Literal["here", "few", "none"]]] = {}
    """By type and location."""
    dedicated_ips: list[str] = []
    """Ranges of the account's dedicated servers, which alone can be targets by their address."""
    faults: list[Fault] = []


class State(msgspec.Struct, kw_only=True):
    """Everything, as it is saved."""

    version: int = 1
    settings: Settings = msgspec.field(default_factory=Settings)
    next_id: int = 10001
    next_ipv4: dict[str, int] = {}
    """By pool: the number of the next address to give out."""
    next_ipv6: int = 1
    bucket: float = 0.0
    """Calls left before the rate limit, at ``bucket_at``."""
    bucket_at: float = 0.0
    selectors_due: float | None = None
    """When label selectors are evaluated next."""
    actions: dict[int, Action] = {}
    charges: list[Charge] = []
    settled: Settled = msgspec.field(default_factory=Settled)
    ssh_keys: dict[int, SshKey] = {}
    certificates: dict[int, Certificate] = {}
    placement_groups: dict[int, PlacementGroup] = {}
    servers: dict[int, Server] = {}
    primary_ips: dict[int, PrimaryIp] = {}
    floating_ips: dict[int, FloatingIp] = {}
    networks: dict[int, Network] = {}
    firewalls: dict[int, Firewall] = {}
    load_balancers: dict[int, LoadBalancer] = {}
    volumes: dict[int, Volume] = {}
    zones: dict[int, Zone] = {}
