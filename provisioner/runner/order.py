"""What a runner is told, by pipe, when it is started; and what it answers before it works."""

from __future__ import annotations

from typing import Literal

import msgspec

from provisioner.run import Consent, NetworkChange
from provisioner.world import World

Command = Literal["plan", "apply", "resume", "dns", "destroy", "inventory", "access"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One command to one runner. Holds secrets: it is never printed and never stored."""

    fqdn: str
    folder: str
    """Path of the Sovereign's folder."""
    command: Command
    world: World
    consent: Consent = Consent()
    networks: NetworkChange = NetworkChange()
    secrets: dict[str, str] = {}
    tools: dict[str, str] = {}

    def __repr__(self) -> str:
        """Return the order without what must not be seen."""
        return f"Order({self.command} {self.fqdn})"


class Waiting(msgspec.Struct, frozen=True, tag=True):
    """The runner waits for an OpenTofu that outlived its runner."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The runner did not start; code and facts are those of the error."""

    code: str
    facts: dict[str, str] = {}


class Begun(msgspec.Struct, frozen=True, tag=True):
    """The runner owns the Sovereign; its events follow ``after``."""

    after: int
    pid: int


Reply = Waiting | Refused | Begun
"""What the runner writes to its standard output, a line each, until it has begun."""
