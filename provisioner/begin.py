"""Beginning a run: the spec and the world are written down, then a runner is started on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from pydantic import SecretStr

from provisioner.answers import save_spec
from provisioner.errors import CatalystError
from provisioner.files import write_private
from provisioner.home import Home, SovereignFolder
from provisioner.lock import is_free
from provisioner.run import Consent, NetworkChange
from provisioner.runner.launch import launch
from provisioner.runner.order import Begun, Command, Order
from provisioner.spec import SovereignSpec
from provisioner.world import World


async def settle_answers(folder: SovereignFolder, spec: SovereignSpec, world: World) -> None:
    """Write down what a Sovereign is to be and where; not while a runner lives."""
    await asyncio.to_thread(folder.create)
    if not await asyncio.to_thread(is_free, folder.lock):
        return
    await asyncio.to_thread(save_spec, folder.spec, spec)
    await asyncio.to_thread(write_private, folder.world, msgspec.json.encode(world))


def world_of(folder: SovereignFolder) -> World:
    """Return the world that a Sovereign lives in; raises CatalystError if it was never begun."""
    try:
        return msgspec.json.decode(folder.world.read_bytes(), type=World)
    except (OSError, msgspec.MsgspecError) as error:
        raise CatalystError("journal_missing", path=folder.world, fqdn=folder.fqdn) from error


async def begin(
    home: Home,
    folder: SovereignFolder,
    command: Command,
    *,
    world: World,
    consent: Consent,
    secrets: Mapping[str, SecretStr],
    tools: Mapping[str, Path],
    networks: NetworkChange | None = None,
    on_wait: Callable[[], None] = lambda: None,
) -> Begun:
    """Start a detached runner on a Sovereign whose answers are settled; raises Locked."""
    order = Order(
        fqdn=folder.fqdn,
        folder=str(folder.path),
        command=command,
        world=world,
        consent=consent,
        networks=networks or NetworkChange(),
        secrets={name: value.get_secret_value() for name, value in secrets.items()},
        tools={name: str(path) for name, path in tools.items()},
    )
    return await launch(home, folder, order, on_wait)
