"""What can happen to a Sovereign's nodes and to the cluster on them."""

from __future__ import annotations

from datetime import datetime

from provisioner.event import Event
from provisioner.facts import ExpectedComponent, Rung, State


class NetworksPlanned(Event, frozen=True, kw_only=True):
    """The firewall alone was planned: SSH is then open to ``networks``, and to nobody else."""

    networks: tuple[str, ...]
    opens: tuple[str, ...] = ()
    """Those that the answers did not name before."""
    closes: tuple[str, ...] = ()


class NodeStageChanged(Event, frozen=True, kw_only=True):
    """A node's first boot reached another stage of its stage file."""

    node: str
    stage: str
    index: int
    of: int
    failed: bool = False
    lines: tuple[str, ...] = ()


class AccessEstablished(Event, frozen=True, kw_only=True):
    """SSH holds with the pinned key and the Kubernetes API answers through it."""

    node: str
    fingerprint: str
    kubernetes: str
    """The API server's version."""


class HostKeyPinned(Event, frozen=True, kw_only=True):
    """The first-contact host key was replaced by one made on the node."""

    node: str
    fingerprint: str


class KitApplied(Event, frozen=True, kw_only=True):
    """The manifests of the bootstrap kit were accepted; these components are expected."""

    components: tuple[ExpectedComponent, ...]
    deadline: datetime


class NodeChanged(Event, frozen=True, kw_only=True):
    """A Kubernetes node became ready or stopped being so."""

    node: str
    ready: bool
    reason: str = ""


class SourceChanged(Event, frozen=True, kw_only=True):
    """A Flux source or Kustomization changed."""

    kind: str
    namespace: str
    name: str
    ready: bool
    reason: str = ""
    message: str = ""


class ComponentChanged(Event, frozen=True, kw_only=True):
    """A component moved on the ladder of evidence."""

    component: str
    state: State
    rungs: tuple[Rung, ...] = ()
    """The rungs that hold now."""
    reason: str = ""
    """A short word or two for one cell: ``image``, ``1/2 pods``, ``no answer``."""
    detail: str = ""
    """One sentence with the exact object."""
    waits_on: tuple[str, ...] = ()
    """The components it waits for, root cause first."""
    attempt: int | None = None
    attempts: int | None = None
    code: str = ""
    """The remedy's code, where something is wrong."""


class AllHealthy(Event, frozen=True, kw_only=True):
    """Every expected component has been healthy for the settling time."""

    seconds: float
    """Since the board first looked."""
