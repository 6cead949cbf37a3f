"""What the world around the cloud is told: machines that start, change, stop and go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Happening = Literal["server_started", "server_changed", "server_stopped", "server_deleted"]


@dataclass(frozen=True)
class Machine:
    """A server as whoever simulates it must know it."""

    id: int
    name: str
    ipv4: str | None
    ipv6: str | None
    """The /64 in CIDR notation."""
    private_ips: tuple[str, ...]
    """In the order in which the networks were attached."""
    labels: dict[str, str]
    user_data: str
    ssh_keys: tuple[str, ...]
    """Public keys in OpenSSH's format."""
    server_type: str
    location: str
    image: str


class Hooks(Protocol):
    """Callbacks in the order of what happens; each is awaited before the next.

    After a restart of the world, ``server_started`` may come again for a machine that runs already;
    Cloud.machines() lists those that should.
    """

    async def server_started(self, machine: Machine) -> None:
        """Hear that the machine was powered on."""
        ...

    async def server_changed(self, machine: Machine) -> None:
        """Hear that addresses, name or labels of the machine are others now."""
        ...

    async def server_stopped(self, machine: Machine) -> None:
        """Hear that the machine was powered off or shut itself down."""
        ...

    async def server_deleted(self, machine: Machine) -> None:
        """Hear that the machine is gone, and its disk with it."""
        ...


class NoHooks:
    """Nobody is told anything."""

    async def server_started(self, machine: Machine) -> None:
        """Do nothing."""

    async def server_changed(self, machine: Machine) -> None:
        """Do nothing."""

    async def server_stopped(self, machine: Machine) -> None:
        """Do nothing."""

    async def server_deleted(self, machine: Machine) -> None:
        """Do nothing."""
