"""What surrounds a run: which cloud, which ports, whose clock.

The engine takes a World as an argument and never asks whether it is real. A rehearsal is another
value of this type, made by provisioner.rehearsal.
"""

from __future__ import annotations

import msgspec

from provisioner.clock import Clock

HETZNER = "https://api.hetzner.cloud/v1"
DYNADOT = "https://api.dynadot.com/api3.json"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Endpoints and time of one cloud, real or rehearsed."""

    name: str = "hetzner"
    """Shown to the operator and journaled with each run; ``rehearsal`` for a simulated one."""
    hetzner: str = HETZNER
    """Base URL of the Hetzner Cloud API, with its version and no trailing slash."""
    ssh_port: int = 22
    """Port on which nodes answer SSH."""
    speed: float = 1.0
    """How many times faster than real time this world runs."""
    origin: float = 0.0
    """Unix time from which on this world runs at this speed."""
    offset: float = 0.0
    """Seconds by which its clock was ahead of the machine's at ``origin``."""
    poll_interval: float = 1.0
    """Real seconds between two looks of the provider at a running action."""
    dynadot: str = DYNADOT
    """URL of the API that writes the pools' zones."""
    resolvers: tuple[str, ...] = ("1.1.1.1", "8.8.8.8")
    """Public resolvers, as everybody uses them: an address each, or ``address:port``."""
    dns_port: int = 53
    """Port of the zones' own name servers."""
    http_port: int = 80
    """Port of the load balancer on which browsers begin."""
    https_port: int = 443
    """Port of the load balancer on which browsers end."""
    repositories: tuple[tuple[str, str], ...] = ()
    """Beginnings of repositories' URLs, and what stands in their place in this world."""
    kit: tuple[str, str, str] | None = None
    """A repository of this world that holds the kit: URL, commit and folder."""
    downloads: bool = True
    """Whether its machines download what they install, so that every checksum must be known."""
    authorities: str = ""
    """Certificate authorities, as PEM, that are trusted in this world beside the machine's own."""

    @property
    def clock(self) -> Clock:
        """The clock of this world."""
        return Clock(self.speed, self.origin, self.offset)

    @property
    def rehearsed(self) -> bool:
        """Whether to say REHEARSAL; for labels only, never for a decision."""
        return self.name != "hetzner"


REAL = World()
