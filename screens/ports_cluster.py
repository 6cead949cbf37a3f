"""What the screens ask of a running cluster: details, logs, and wishes to Flux."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from provisioner.cluster.actions import Acted
    from provisioner.cluster.detail import Container, Detail
    from provisioner.handoff import Administrator


class ClusterPort(Protocol):
    """The cluster of one Sovereign, visited beside its run or long after it.

    The way in is opened when it is first needed, and closed a while after the last use. Everything
    may raise CatalystError.
    """

    def details(self, component: str) -> AsyncGenerator[Detail]:
        """Yield what the cluster says of a component, now and every few seconds, for ever."""
        ...

    def log(self, container: Container) -> AsyncGenerator[Sequence[str]]:
        """Yield a container's last lines, then new ones four times a second at most.

        When the container ends, the log of its next run follows.
        """
        ...

    async def reconcile(self, component: str) -> Sequence[Acted]:
        """Have Flux look at a component again, and at what it is made from."""
        ...

    async def suspend(self, component: str, *, suspended: bool) -> Sequence[Acted]:
        """Have Flux leave a component as it is, or take it up again."""
        ...

    async def administrator(self) -> Administrator:
        """Return the first administrator, read from the cluster now; it is kept nowhere."""
        ...
