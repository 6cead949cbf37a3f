"""What several commands do: find a Sovereign, gather programs and secrets, follow a run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from catalyst_tui.commands.finding import find
from catalyst_tui.exits import Exit, exit_of_run
from catalyst_tui.headless.printer import Printer
from provisioner.attach import cancel, watch
from provisioner.begin import begin, world_of
from provisioner.credentials import (
    Credentials,
    check_token,
    open_credentials,
    open_rehearsal_credentials,
)
from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.preparing import prepare_secrets
from provisioner.errors import AnswersRefused
from provisioner.events import RunFinished
from provisioner.home import Home, SovereignFolder
from provisioner.redaction import Redactor, guard_process
from provisioner.run import Consent, NetworkChange
from provisioner.runner.order import Command
from provisioner.spec import SovereignSpec
from provisioner.toolchain import ensure, names, provider_mirror
from provisioner.toolchain.lines import Lines
from provisioner.world import World

__all__ = [
    "credentials_of",
    "find",
    "follow_run",
    "on_interrupt",
    "programs",
    "secrets_of",
    "start_and_follow",
    "world_for",
]

PROVIDER = "terraform-provider-hcloud"
Secrets = Mapping[str, SecretStr]

WAITS = (
    "An OpenTofu of an interrupted run is still at work; waiting for it to finish and save. "
    "`catalyst cancel` asks it to stop."
)
CANCELS = "Cancelling: what is in flight is finished first. Ctrl-C again abandons it."
FORCES = (
    "Abandoning what is in flight; "
    "`catalyst resume {fqdn}` or `catalyst destroy {fqdn}` sorts it out."
)


async def programs(printer: Printer, needed_by: str) -> dict[str, Path]:
    """Return the programs that a ``run`` or a ``rehearsal`` needs, with visible progress.

    ``provider_mirror`` is among them: the folder from which OpenTofu takes the hcloud provider.
    """
    lines = Lines(printer.note, all_ready=False)
    tools = await ensure(names(needed_by), lines.hear)
    found = {name: tool.path for name, tool in tools.items()}
    found["provider_mirror"] = await provider_mirror(tools[PROVIDER])
    return found


async def world_for(
    printer: Printer, home: Home, folder: SovereignFolder
) -> tuple[World, dict[str, Path]]:
    """Return the world that a Sovereign lives in, awake, and the programs for it."""
    world = world_of(folder)
    if not world.rehearsed:
        return world, await programs(printer, "run")
    from provisioner.rehearsal import open_world

    tools = await programs(printer, "rehearsal")
    return await open_world(home, tools=tools, say=printer.note), tools


async def secrets_of(home: Home, folder: SovereignFolder, spec: SovereignSpec) -> Secrets:
    """Return the secrets of a Sovereign, from now on masked in whatever this process says.

    Raises AnswersRefused for a token that cannot be one, CredentialError, AccessError.
    """
    kept = await credentials_of(home, folder)
    if wrong := check_token(await kept.get("hcloud_token")):
        raise AnswersRefused(findings=wrong)
    secrets = await prepare_secrets(kept, spec)
    guard_process(Redactor(secrets.values()))
    return secrets


async def credentials_of(home: Home, folder: SovereignFolder) -> Credentials:
    """Return the stores of the home that a Sovereign lives in; raises CredentialError.

    A rehearsed one has stores of its own and asks nobody.
    """
    if home.rehearses(folder):
        return await open_rehearsal_credentials(home.rehearsal, folder.fqdn, os.environ)
    keyring = await find_keyring(os.environ)
    return open_credentials(home, folder.fqdn, os.environ, keyring=keyring)


async def start_and_follow(
    printer: Printer,
    home: Home,
    folder: SovereignFolder,
    command: Command,
    *,
    world: World,
    consent: Consent,
    secrets: Mapping[str, SecretStr],
    tools: Mapping[str, Path],
    networks: NetworkChange | None = None,
) -> Exit:
    """Start a run and print it to its end; Ctrl-C cancels it."""
    begun = await begin(
        home,
        folder,
        command,
        world=world,
        consent=consent,
        secrets=secrets,
        tools=tools,
        networks=networks,
        on_wait=lambda: printer.note(WAITS),
    )

    def interrupted(times: int) -> None:
        printer.note(CANCELS if times == 1 else FORCES.format(fqdn=folder.fqdn))
        cancel(folder, force=times > 1)

    with on_interrupt(interrupted):
        return await follow_run(printer, folder, begun.after)


async def follow_run(printer: Printer, folder: SovereignFolder, after: int) -> Exit:
    """Print the events behind ``after`` until the run has finished; return its exit code."""
    code = Exit.INFRASTRUCTURE
    async for batch in watch(folder, after):
        for recorded in batch:
            printer.event(recorded)
            if isinstance(recorded.event, RunFinished):
                code = exit_of_run(recorded.event)
    return code


@contextlib.contextmanager
def on_interrupt(act: Callable[[int], None]) -> Iterator[None]:
    """Call ``act`` with the count on each Ctrl-C within the block, instead of dying of it."""
    loop = asyncio.get_running_loop()
    pressed = 0

    def press() -> None:
        nonlocal pressed
        pressed += 1
        act(pressed)

    loop.add_signal_handler(signal.SIGINT, press)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
