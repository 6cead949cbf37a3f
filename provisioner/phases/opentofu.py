"""OpenTofu for one run: its working directory laid out, its environment built, initialised."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from provisioner.errors import TofuError
from provisioner.hetzner.catalogue import read_locations
from provisioner.hetzner.client import Hetzner
from provisioner.run import Run
from provisioner.spec import SovereignSpec
from provisioner.tofu.backend import backend_variables, lay_backend
from provisioner.tofu.command import Tofu, first_error
from provisioner.tofu.environment import Derivation, environment
from provisioner.tofu.nodekeys import kept_variables
from provisioner.tofu.variables import to_module_variables
from provisioner.tofu.workspace import cli_config, initialised_with, mark_initialised, prepare


async def lay_out(run: Run, hetzner: Hetzner, *, first: bool) -> Tofu:
    """Write module and variables for this run's spec and return OpenTofu, initialised there.

    ``first`` says that no cluster exists yet, so that the first control plane begins one.
    """
    locations = await read_locations(hetzner)
    variables = to_module_variables(
        run.spec,
        network_zone=locations[run.spec.sizing.location].network_zone,
        ssh_public_key=run.secrets["ssh_public_key"].get_secret_value(),
        poll_interval=run.world.poll_interval,
        settings=run.settings,
    )
    variables["cluster_init"] = first
    mirror = run.tools["provider_mirror"]
    names = {"fqdn": run.fqdn, "slug": run.spec.slug}
    await asyncio.to_thread(lay_backend, run.folder.tofu, run.settings.state, names)
    digest = await asyncio.to_thread(prepare, run.folder.tofu, variables, mirror)
    tofu = open_tofu(run, await secret_variables(run))
    if not await asyncio.to_thread(initialised_with, run.folder.tofu, digest):
        await _initialise(run, tofu)
        await asyncio.to_thread(mark_initialised, run.folder.tofu, digest)
    return tofu


async def _initialise(run: Run, tofu: Tofu) -> None:
    """Initialise; where another backend was chosen, what the old one holds moves to it."""
    backend = run.settings.state.backend
    running = await tofu.start(
        "init", "init", "-input=false", "-migrate-state", "-force-copy", typed=False
    )
    async with running.attended():
        code = await running.wait()
    if not code:
        return
    if backend == "local":
        raise await running.failure()
    reason = first_error(await asyncio.to_thread(running.log.read_bytes))
    raise TofuError("tofu_backend", backend=backend, reason=reason)


async def secret_variables(run: Run) -> Mapping[str, Any]:
    """Return the module's sensitive variables; raises TofuError and HomeError.

    A run opens them once: the seal takes its time, and the run's answers do not change.
    """
    if not run.first_contact:
        passphrase, nodes = run.secrets["state_passphrase"], node_keys(run.spec)
        path = run.folder.first_contact
        run.first_contact.update(await asyncio.to_thread(kept_variables, path, passphrase, nodes))
    return run.first_contact


def open_tofu(run: Run, variables: Mapping[str, Any] | None = None) -> Tofu:
    """Return OpenTofu in the working directory as it is, which a plan has laid out.

    Commands that read the configuration (plan, import) need the sensitive ``variables``; applying
    a saved plan and reading the state do not.
    """
    return Tofu(
        program=run.tools["tofu"],
        directory=run.folder.tofu,
        logs=run.folder.logs,
        env=environment(
            run.world,
            token=run.secrets["hcloud_token"],
            passphrase=run.secrets["state_passphrase"],
            cli_config=cli_config(run.folder.tofu),
            home=run.folder.tofu,
            derivation=Derivation(run.settings.state_iterations, run.settings.state_hash),
            variables=variables,
            backend=backend_variables(run.settings.state, run.secrets),
        ),
        lock=run.lock,
        tag=f"{run.number:04}",
    )


def node_keys(spec: SovereignSpec) -> list[str]:
    """Return the module's keys of all nodes: ``cp1``…, then ``<pool>1``…."""
    pools = [("cp", spec.sizing.control_plane.count)]
    pools += [(pool.name, pool.count) for pool in spec.sizing.workers]
    return [f"{name}{number}" for name, count in pools for number in range(1, count + 1)]
