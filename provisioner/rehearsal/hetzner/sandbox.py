"""The simulated cloud as a tool of its own: one process, one folder, one port."""

from __future__ import annotations

import asyncio
import signal
import socket
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from provisioner.clock import Clock
from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner.app import create_app
from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.rehearsal.hetzner.gate import digest
from provisioner.rehearsal.hetzner.model import Settings
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.seed import Seed, plant
from provisioner.rehearsal.hetzner.serving import LOOPBACK, listen, serve
from provisioner.rehearsal.hetzner.store import Store

STATE = "cloud.json"


class Setup(msgspec.Struct, forbid_unknown_fields=True):
    """What a set-up file may hold; it counts only for a folder that holds no cloud yet."""

    settings: Settings = msgspec.field(default_factory=Settings)
    seed: list[Seed] = []

    @classmethod
    def read(cls, path: Path) -> Setup:
        """Read a TOML file; raises RehearsalError."""
        try:
            return msgspec.convert(tomllib.loads(path.read_text("utf-8")), cls)
        except (OSError, ValueError) as error:
            raise RehearsalError("sandbox_setup_unreadable", path=path, reason=error) from error


@dataclass(frozen=True)
class Sandbox:
    """One simulated cloud to try tools on."""

    token: str
    folder: Path | None = None
    """Where it is kept; None for a cloud that is forgotten at its end."""
    port: int = 0
    """0 takes any free port."""
    setup: Setup = field(default_factory=Setup)
    clock: Clock = field(default_factory=Clock)
    scale: float | None = None
    """Multiplies every latency from now on; None leaves what the set-up or the folder says."""

    def cloud(self) -> Cloud:
        """Return the cloud of the folder, or a new one; raises RehearsalError."""
        store = None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            store = Store(self.folder / STATE)
        fresh = store is None or not store.path.exists()
        cloud = Cloud(self.clock, store=store, settings=self.setup.settings)
        if self.scale is not None:
            cloud.state.settings = msgspec.structs.replace(cloud.state.settings, scale=self.scale)
            cloud.touch()
        try:
            plant(cloud, self.setup.seed if fresh else [])
        except Refused as refused:
            reason = f"{refused.message}: {refused.details}"
            raise RehearsalError("sandbox_seed_refused", reason=reason) from refused
        return cloud

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM; ``ready`` is called with the endpoint."""
        app = create_app(self.cloud(), {digest(self.token): "write"})
        listener = self._listen()
        task = asyncio.ensure_future(serve(app, listener))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        ready(f"http://{LOOPBACK}:{listener.getsockname()[1]}/v1")
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    def _listen(self) -> socket.socket:
        try:
            return listen(self.port)
        except OSError as error:
            reason = error.strerror
            raise RehearsalError("sandbox_port_taken", port=self.port, reason=reason) from error
