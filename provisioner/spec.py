"""What the operator decides: every answer, once, with its type, its rule and its default.

The wizard edits it, ``sovereign.yaml`` contains it, checks read it, the module's variables come
from it. A value that passed here needs no second check anywhere. The docstring under a field is
what editors show for it (see json_schema).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic import WithJsonSchema as Schema

from provisioner import rules

LONGEST_PROPOSED = 24
"""Of a label that we propose: short enough to be typed and said."""
LONGEST_SLUG = 32
"""With a prefix, a pool's name and a number, a server's name still fits one DNS label."""

Label = Annotated[
    str, AfterValidator(rules.domain_label), Schema({"type": "string", "pattern": rules.LABEL})
]
Fqdn = Annotated[
    str,
    AfterValidator(rules.fqdn),
    Schema({"type": "string", "maxLength": rules.LONGEST_FQDN, "format": "idn-hostname"}),
]
Email = Annotated[str, AfterValidator(rules.email), Schema({"type": "string", "format": "email"})]
Cidr = Annotated[
    str, AfterValidator(rules.cidr), Schema({"type": "string", "examples": ["203.0.113.7/32"]})
]
CatalogueName = Annotated[
    str, AfterValidator(rules.catalogue_name), Schema({"type": "string", "pattern": rules.NAME})
]
PoolName = Annotated[
    str, AfterValidator(rules.pool_name), Schema({"type": "string", "pattern": rules.POOL_NAME})
]
Commit = Annotated[
    str, AfterValidator(rules.commit), Schema({"type": "string", "pattern": rules.COMMIT})
]
NodeLabels = dict[
    Annotated[str, AfterValidator(rules.node_label_key)],
    Annotated[str, AfterValidator(rules.node_label_value)],
]


class Section(BaseModel):
    """A part of the spec: immutable, exact about types, and closed."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True
    )


class Organisation(Section):
    """Whose platform it is."""

    name: Annotated[str, AfterValidator(rules.organisation)]
    """The organisation's name, as people write it."""
    admin_email: Email
    """Where certificate authorities and the platform write to."""


class Domain(Section):
    """Under which name the Sovereign is reached."""

    mode: Literal["pool", "own"]
    """``pool``: a label under a domain that we manage; ``own``: a domain of one's own."""
    label: Label | None = Field(default=None, validate_default=True)
    """The label under the pool's domain; with mode ``pool``."""
    pool: Fqdn | None = Field(default=None, validate_default=True)
    """The pool's domain; with mode ``pool``."""
    fqdn: Fqdn | None = Field(default=None, validate_default=True)
    """The whole name; with mode ``own``."""

    @field_validator("label", "pool", "fqdn")
    @classmethod
    def _fits_mode(cls, value: str | None, info: ValidationInfo) -> str | None:
        return rules.with_mode(
            value, info.data.get("mode"), "own" if info.field_name == "fqdn" else "pool"
        )

    @field_validator("pool")
    @classmethod
    def _fits_label(cls, value: str | None, info: ValidationInfo) -> str | None:
        label = info.data.get("label")
        if label and value:
            rules.short_enough(f"{label}.{value}")
        return value

    @property
    def name(self) -> str:
        """The Sovereign's full name."""
        return self.fqdn or f"{self.label}.{self.pool}"


class Hetzner(Section):
    """The cloud project; the token itself is a secret and stands elsewhere."""

    project: Annotated[str, AfterValidator(rules.organisation)] | None = None
    """The project's name at Hetzner, for one's own records."""


class ControlPlane(Section):
    """The servers that run the Kubernetes API."""

    type: CatalogueName
    """Server type, as Hetzner names it."""
    count: Annotated[
        int,
        AfterValidator(rules.control_planes),
        Schema({"type": "integer", "enum": list(rules.CONTROL_PLANES)}),
    ] = 1
    """One, or three for high availability."""


class WorkerPool(Section):
    """Servers of one kind that run workloads."""

    name: PoolName
    """Short name; part of the servers' names."""
    type: CatalogueName
    """Server type, as Hetzner names it."""
    location: CatalogueName | None = None
    """Where they stand; the control plane's location when left out."""
    count: Annotated[
        int,
        AfterValidator(rules.workers),
        Schema({"type": "integer", "minimum": 1, "maximum": rules.MOST_WORKERS}),
    ]
    """How many servers."""
    ingress: bool = False
    """Whether these nodes take the load balancer's traffic; else the control planes do."""
    labels: NodeLabels = Field(default_factory=dict)
    """Kubernetes labels of these nodes."""
    taints: Annotated[
        tuple[Annotated[str, AfterValidator(rules.taint)], ...], Field(strict=False)
    ] = ()
    """Kubernetes taints of these nodes, each ``key=value:Effect``."""


class Sizing(Section):
    """How much is rented, and where."""

    location: CatalogueName
    """Location of the control plane and the load balancer."""
    control_plane: ControlPlane
    workers: Annotated[tuple[WorkerPool, ...], Field(strict=False)] = ()
    """Pools of workers; none means that the control plane runs everything."""

    @field_validator("workers")
    @classmethod
    def _distinct_and_few(cls, pools: tuple[WorkerPool, ...]) -> tuple[WorkerPool, ...]:
        if len(pools) > rules.MOST_POOLS:
            rules.refuse("too_many_pools", total=len(pools), most=rules.MOST_POOLS)
        total = sum(pool.count for pool in pools)
        if total > rules.MOST_WORKERS:
            rules.refuse("too_many_workers", total=total, most=rules.MOST_WORKERS)
        # A pool "a" of 11 and a pool "a1" of 1 differ in name, yet both have a server "a11".
        nodes = [f"{pool.name}{number + 1}" for pool in pools for number in range(pool.count)]
        if len(set(nodes)) < len(nodes):
            rules.refuse("duplicate_pool", names=", ".join(pool.name for pool in pools))
        return pools


class Access(Section):
    """Who may come in, and with which key."""

    operator_cidrs: Annotated[tuple[Cidr, ...], Field(strict=False)]
    """Networks that may open SSH to the nodes; nobody else can."""
    ssh_key: Annotated[str, AfterValidator(rules.ssh_key)] = "generated"
    """``generated``, ``agent``, or the path of a private key."""

    @field_validator("operator_cidrs")
    @classmethod
    def _some_and_few(cls, cidrs: tuple[str, ...]) -> tuple[str, ...]:
        if not cidrs:
            rules.refuse("no_operator_cidrs")
        if len(cidrs) > rules.MOST_CIDRS:
            rules.refuse("too_many_cidrs", total=len(cidrs), most=rules.MOST_CIDRS)
        return tuple(dict.fromkeys(cidrs))


class Source(Section):
    """Where the cluster takes its bootstrap kit from."""

    mode: Literal["direct", "git"] = "direct"
    """``direct``: through SSH, from this release; ``git``: from a repository."""
    url: Annotated[str, AfterValidator(rules.git_url)] | None = Field(
        default=None, validate_default=True
    )
    """The repository; with mode ``git``."""
    commit: Commit | None = Field(default=None, validate_default=True)
    """The commit to install, in full; with mode ``git``."""
    path: Annotated[str, AfterValidator(rules.git_path)] = "."
    """The kit's folder inside the repository; with mode ``git``."""

    @field_validator("url", "commit")
    @classmethod
    def _fits_mode(cls, value: str | None, info: ValidationInfo) -> str | None:
        return rules.with_mode(value, info.data.get("mode"), "git")


class Certificates(Section):
    """Who signs the Sovereign's certificate."""

    issuer: Literal["production", "staging", "own"] = "production"
    """Let's Encrypt for real, its staging twin, or a certificate authority of one's own."""


class Protection(Section):
    """What guards the rented resources against a slip."""

    delete: bool = False
    """Whether Hetzner refuses to delete them until the protection is lifted."""


class SovereignSpec(Section):
    """Every decision about one Sovereign."""

    version: Annotated[
        int,
        AfterValidator(rules.schema_version),
        Schema({"type": "integer", "const": rules.SCHEMA_VERSION}),
    ] = rules.SCHEMA_VERSION
    """Version of this schema."""
    organisation: Organisation
    domain: Domain
    hetzner: Hetzner = Hetzner()
    sizing: Sizing
    access: Access
    source: Source = Source()
    certificates: Certificates = Certificates()
    protection: Protection = Protection()

    @property
    def fqdn(self) -> str:
        """The Sovereign's full name."""
        return self.domain.name

    @property
    def slug(self) -> str:
        """A short name for resources: one DNS label, the same for the same fqdn."""
        return slug_of(self.fqdn)

    @property
    def is_highly_available(self) -> bool:
        """Whether several control planes keep the Kubernetes API alive."""
        return self.sizing.control_plane.count > 1

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON of all answers."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def slug_of(fqdn: str) -> str:
    """Return the slug of a full name: its dots as dashes, shortened with a hash where too long."""
    dashed = fqdn.replace(".", "-")
    if len(dashed) <= LONGEST_SLUG:
        return dashed
    mark = hashlib.sha256(fqdn.encode()).hexdigest()[:8]
    return f"{dashed[: LONGEST_SLUG - 9].rstrip('-')}-{mark}"


def label_of(name: str) -> str:
    """Return an organisation's name as a label could be: ``sultanate-of-oman``; empty if none.

    Letters are taken without their accents; what has no Latin letter makes no label.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    dashed = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).lstrip("-0123456789")
    return dashed[:LONGEST_PROPOSED].rstrip("-")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the answers, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SovereignSpec.model_json_schema(),
    }
