"""A simulated Hetzner Cloud, faithful on the wire: for rehearsals, and for others' tools as well.

``Cloud`` is the state machine, ``create_app`` its HTTP face, ``Hooks`` what the world is told.
"""

from provisioner.rehearsal.hetzner.app import create_app
from provisioner.rehearsal.hetzner.cloud import Cloud, Pools
from provisioner.rehearsal.hetzner.gate import digest
from provisioner.rehearsal.hetzner.hooks import Hooks, Machine
from provisioner.rehearsal.hetzner.model import Fault, Settings
from provisioner.rehearsal.hetzner.store import Store

__all__ = [
    "Cloud",
    "Fault",
    "Hooks",
    "Machine",
    "Pools",
    "Settings",
    "Store",
    "create_app",
    "digest",
]
