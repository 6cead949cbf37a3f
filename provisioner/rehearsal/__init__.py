"""The rehearsed world: a cloud, its machines and their clusters, simulated on real parts.

``open_world`` is all that a command needs. The world is a process of its own, which outlives the
command; the engine is given a provisioner.world.World and does not know that it is rehearsed.
"""

from __future__ import annotations

from provisioner.rehearsal.opening import close_world, open_world

__all__ = ["close_world", "open_world"]
