"""The simulated cloud as a tool of its own: one process, one folder, one port."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from provisioner.clock import Clock
from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner.app import create_app
from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.rehearsal.hetzner.gate import Access, digest
from provisioner.rehearsal.hetzner.model import Settings
from provisioner.rehearsal.hetzner.plausible import check_settings
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.seed import Seed, plant
from provisioner.rehearsal.hetzner.serving import LOOPBACK, listen, serve
from provisioner.rehearsal.hetzner.store import Store

STATE = "cloud.json"
LOCK = "lock"


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
    read_token: str = ""
    """A second token, which may only read; empty for none."""

    def cloud(self) -> Cloud:
        """Return the cloud of the folder, or a new one; raises RehearsalError.

        The folder must be there.
        """
        store = None
        if self.folder is not None:
            store = Store(self.folder / STATE)
        fresh = store is None or not store.path.exists()
        cloud = Cloud(self.clock, store=store, settings=self.setup.settings)
        if self.scale is not None:
            cloud.state.settings = msgspec.structs.replace(cloud.state.settings, scale=self.scale)
            cloud.touch()
        try:
            check_settings(cloud.catalogue, cloud.state.settings)
            plant(cloud, self.setup.seed if fresh else [])
        except Refused as refused:
            raise RehearsalError("sandbox_seed_refused", reason=refused.said) from refused
        return cloud

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM; ``ready`` is called with the endpoint.

        Raises RehearsalError where the folder or the port cannot be had.
        """
        with _owned(self.folder):
            app = create_app(self.cloud(), self._tokens())
            listener = self._listen()
            task = asyncio.ensure_future(serve(app, listener))
            told = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, told.set)
            ready(f"http://{LOOPBACK}:{listener.getsockname()[1]}/v1")
            ended = asyncio.ensure_future(told.wait())
            await asyncio.wait([task, ended], return_when=asyncio.FIRST_COMPLETED)
            # Once only: a second signal must not interrupt the end that the first one began.
            for each in (task, ended):
                each.cancel()
            await asyncio.wait([task, ended])
            if not task.cancelled():
                task.result()

    def _tokens(self) -> dict[str, Access]:
        tokens: dict[str, Access] = {digest(self.token): "write"}
        return tokens | ({digest(self.read_token): "read"} if self.read_token else {})

    def _listen(self) -> socket.socket:
        try:
            return listen(self.port)
        except OSError as error:
            reason = error.strerror
            raise RehearsalError("sandbox_port_taken", port=self.port, reason=reason) from error


@contextmanager
def _owned(folder: Path | None) -> Iterator[None]:
    """Hold a folder while its cloud is served: two clouds would overwrite each other's memory."""
    if folder is None:
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(folder)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = error.strerror
        raise RehearsalError("sandbox_folder_unusable", path=folder, reason=reason) from error
    try:
        _take(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder of somebody else's: it holds something, and no cloud of ours is among it."""
    held = {each.name for each in folder.iterdir()}
    if STATE not in held and held - {LOCK, f"{STATE}.new"}:
        raise RehearsalError("sandbox_folder_foreign", path=folder)


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RehearsalError("sandbox_folder_taken", path=folder) from error
