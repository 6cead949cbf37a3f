"""OpenTofu for one run: its working directory laid out, its environment built, initialised."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from provisioner.hetzner.catalogue import read_locations
from provisioner.hetzner.client import Hetzner
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.tofu.command import Tofu
from provisioner.tofu.environment import environment
from provisioner.tofu.nodekeys import sensitive_variables
from provisioner.tofu.variables import to_module_variables
from provisioner.tofu.workspace import is_initialised, prepare


async def open_tofu(run: Run, hetzner: Hetzner) -> Tofu:
    """Lay out the working directory from the spec and return OpenTofu, initialised there."""
    zones = await read_locations(hetzner)
    variables = to_module_variables(
        run.spec,
        network_zone=zones[run.spec.sizing.location].network_zone,
        ssh_public_key=run.secrets["ssh_public_key"].get_secret_value(),
        poll_interval=run.world.poll_interval,
    )
    directory = run.folder.tofu
    mirror = run.tools["provider_mirror"]
    config = await asyncio.to_thread(prepare, directory, variables, mirror)
    tofu = Tofu(
        program=run.tools["tofu"],
        directory=directory,
        logs=run.folder.logs,
        env=environment(
            run.world,
            token=run.secrets["hcloud_token"],
            passphrase=run.secrets["state_passphrase"],
            cli_config=config,
            home=directory,
            variables=sensitive_variables(node_keys(run.spec)),
        ),
        lock=run.lock,
        tag=f"{run.number:04}",
    )
    if not await asyncio.to_thread(is_initialised, directory):
        await tofu.run("init", "init", "-input=false")
    return tofu


def node_keys(spec: SovereignSpec) -> Iterable[str]:
    """Return the module's keys of all nodes: ``cp1``…, then ``<pool>1``…."""
    pools = [("cp", spec.sizing.control_plane.count)]
    pools += [(pool.name, pool.count) for pool in spec.sizing.workers]
    return [f"{name}{number}" for name, count in pools for number in range(1, count + 1)]
