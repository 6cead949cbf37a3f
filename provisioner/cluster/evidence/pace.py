"""How patiently evidence is read: Flux writes one result in several steps."""

from __future__ import annotations

import msgspec

from provisioner.clock import Clock


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of the world's clock; each was measured on real controllers, or is our choice."""

    quiet: float = 0.3
    """One result of a Flux controller comes in 2 to 4 writes, at most 200 ms apart."""
    brief: float = 0.05
    """Workloads and pods do not contradict themselves; only bursts are joined."""
    longest: float = 1.0
    """What never falls silent is shown after this."""
    stalled: float = 1.0
    """Stalled comes and goes for 100 ms at every look of the controller."""
    queued: float = 2.0
    """A controller that is awake begins within 0.8 s."""
    silent: float = 60.0
    """A controller that does nothing for so long while somebody waits is suspect."""
    dead: float = 600.0
    """After this it will not come back by itself."""
    unmoved: float = 300.0
    """What is installed but not healthy, and unchanged for so long, moves no more."""
    settle: float = 30.0
    """How long everything must be healthy, or hopeless, until that is the end."""

    @classmethod
    def of(cls, clock: Clock) -> Pace:
        """Return the pace of a world: real programs take real milliseconds in a fast one, too."""
        least = clock.speed / 20
        return cls(
            quiet=max(0.3, least),
            brief=max(0.05, least / 2),
            longest=max(1.0, 3 * least),
            stalled=max(1.0, 3 * least),
            queued=max(2.0, 5 * least),
            silent=max(60.0, 40 * least),
            unmoved=max(300.0, 40 * least),
            settle=max(30.0, 5 * least),
        )
