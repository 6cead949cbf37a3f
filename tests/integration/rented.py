"""A Sovereign against a simulated cloud without machines: for what happens while it is rented."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from catalyst_tui.commands.answering import formed, read_answers
from provisioner.attach import cancel, watch
from provisioner.begin import begin, settle_answers
from provisioner.clock import Clock
from provisioner.credentials.preparing import generate_ssh_key, public_key
from provisioner.editing import edit
from provisioner.errors import CatalystError
from provisioner.events import ApplyStarted, Event, OutputsSaved, RunFinished
from provisioner.folding import load
from provisioner.home import Home, SovereignFolder
from provisioner.journal import Journal
from provisioner.process import Identity
from provisioner.rehearsal.hetzner.app import create_app
from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.rehearsal.hetzner.gate import Access, digest
from provisioner.rehearsal.hetzner.model import Settings
from provisioner.rehearsal.hetzner.serving import serving
from provisioner.run import Consent, NetworkChange
from provisioner.runner.order import Command
from provisioner.settings import default_settings
from provisioner.spec import SovereignSpec
from provisioner.tofu.command import Tofu
from provisioner.tofu.environment import Derivation, environment
from provisioner.tofu.workspace import cli_config
from provisioner.view import View
from provisioner.world import World

TOKEN = "sentinel" + "T" * 56
DERIVATION = Derivation(200_000, "sha256")
"""The least that OpenTofu accepts: these tests are about what happens, not about the cipher."""
QUICK = f"state_iterations = {DERIVATION.iterations}\nstate_hash = '{DERIVATION.hash}'\n"
"""The same as settings of the house."""
PASSPHRASE = "sentinel-passphrase-of-the-state"


@dataclass
class Rented:
    """One Sovereign, its folder, the cloud that it is rented in, and what a run needs."""

    home: Home
    folder: SovereignFolder
    cloud: Cloud
    world: World
    tools: Mapping[str, Path]
    secrets: Mapping[str, SecretStr]
    spec: SovereignSpec
    tokens: dict[str, Access]
    """Which tokens the cloud admits, by their hash."""

    async def start(
        self,
        command: Command,
        consent: Consent | None = None,
        networks: NetworkChange | None = None,
    ) -> int:
        """Start a run and return the seq behind which its events follow."""
        begun = await begin(
            self.home,
            self.folder,
            command,
            world=self.world,
            consent=consent or Consent(any_price=True),
            secrets=self.secrets,
            tools=self.tools,
            networks=networks,
        )
        return begun.after

    async def until(self, after: int, seen: Callable[[Event], bool]) -> Event:
        """Return the first event behind ``after`` that is the one looked for."""
        async for batch in watch(self.folder, after):
            for recorded in batch:
                if seen(recorded.event):
                    return recorded.event
        raise AssertionError("the run ended without it")

    async def reached(self, after: int, kind: type[Event]) -> bool:
        """Return whether an event of a kind comes before the run ends, however it ends."""
        try:
            await self.until(after, lambda each: isinstance(each, kind))
        except (AssertionError, CatalystError):
            return False
        return True

    async def ended(self, after: int) -> RunFinished | None:
        """Return how the run behind ``after`` ended; None if its runner was killed."""
        try:
            return await self.finish(after)
        except CatalystError as error:
            if error.code != "runner_lost":
                raise
            return None

    def interrupt(self) -> None:
        """Have the journal say that an apply began, and nothing of its end."""
        journal = Journal(self.folder.journal, self.folder.fqdn, self.world.clock)
        journal.append([ApplyStarted(sha256="0" * 64, total=1)])
        journal.close()

    def revoke(self) -> None:
        """Have the cloud know the token no more."""
        self.tokens.clear()

    def admit(self) -> None:
        """Have the cloud know the token."""
        self.tokens[digest(TOKEN)] = "write"

    def open_tofu(self) -> Tofu:
        """Return OpenTofu in the Sovereign's working directory, for commands that read."""
        config = cli_config(self.folder.tofu)
        env = environment(
            self.world,
            token=self.secrets["hcloud_token"],
            passphrase=self.secrets["state_passphrase"],
            cli_config=config,
            home=self.folder.tofu,
            derivation=DERIVATION,
        )
        folder = self.folder
        return Tofu(program=self.tools["tofu"], directory=folder.tofu, logs=folder.logs, env=env)

    async def finish(self, after: int) -> RunFinished:
        """Return how the run behind ``after`` ended."""
        event = await self.until(after, lambda each: isinstance(each, RunFinished))
        assert isinstance(event, RunFinished)
        return event

    async def run(self, command: Command, consent: Consent | None = None) -> RunFinished:
        """Start a run and return how it ended."""
        return await self.finish(await self.start(command, consent))

    async def apply_only(self) -> None:
        """Rent what the plan wants and end before the machines, which do not exist, are reached."""
        after = await self.start("apply")
        await self.until(after, lambda each: isinstance(each, OutputsSaved))
        cancel(self.folder)
        await self.finish(after)

    async def change(self, *assignments: str) -> SovereignSpec:
        """Change the answers once the last runner, which told its end before, is gone."""
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.runner.pid)
            try:
                await asyncio.to_thread(select.select, [descriptor], [], [])
            finally:
                os.close(descriptor)
        return await edit(self.folder, assignments, default_settings())

    @property
    def view(self) -> View:
        """What a viewer sees now."""
        return load(self.folder.journal, self.folder.fqdn)

    @property
    def runner(self) -> Identity:
        """The process of the newest run."""
        run = self.view.run
        assert run is not None
        return Identity(pid=run.pid, start=run.process_start, boot=run.boot_id)

    def names(self) -> set[str]:
        """Return the names of all that exists in the cloud and has one of its own."""
        state = self.cloud.state
        there = (
            *state.servers.values(),
            *state.networks.values(),
            *state.firewalls.values(),
            *state.load_balancers.values(),
            *state.ssh_keys.values(),
            *state.placement_groups.values(),
        )
        return {each.name for each in there}


@asynccontextmanager
async def rented(
    tmp_path: Path,
    tools: Mapping[str, Path],
    *,
    speed: float,
    scale: float = 1.0,
    poll: float = 0.1,
) -> AsyncIterator[Rented]:
    """Yield a Sovereign that was never begun, in a cloud of its own.

    ``scale`` multiplies the listed latencies of the cloud's actions; the provider asks for each of
    them again every ``poll`` real seconds.
    """
    alone = rented_together(tmp_path, tools, 1, speed=speed, scale=scale, poll=poll)
    async with alone as (made,):
        yield made


@asynccontextmanager
async def rented_together(
    tmp_path: Path,
    tools: Mapping[str, Path],
    count: int,
    *,
    speed: float,
    scale: float,
    poll: float = 0.1,
) -> AsyncIterator[tuple[Rented, ...]]:
    """Yield Sovereigns of one home that were never begun and share a project."""
    home = Home(tmp_path / "home").create()
    home.settings.write_text(QUICK)
    origin = time.time()
    cloud = Cloud(Clock(speed, origin), settings=Settings(scale=scale))
    tokens: dict[str, Access] = {digest(TOKEN): "write"}
    with serving(create_app(cloud, tokens)) as where:
        world = World(
            hetzner=where.endpoint,
            speed=speed,
            origin=origin,
            poll_interval=poll,
            downloads=False,
        )
        made = []
        for number in range(count):
            spec = _spec(home, number)
            folder = home.sovereign(spec.fqdn)
            await settle_answers(folder, spec, world)
            secrets = await _secrets(spec.fqdn)
            made.append(Rented(home, folder, cloud, world, tools, secrets, spec, tokens))
        try:
            yield tuple(made)
        finally:
            _end(home)


def _spec(home: Home, number: int) -> SovereignSpec:
    """Return the example's answers, for the first Sovereign or, under other names, for more."""
    raw = read_answers(None)
    if number:
        raw.values["domain"]["label"] += str(number)
    spec, findings = formed(home, raw)
    assert spec is not None, findings
    return spec


async def _secrets(fqdn: str) -> dict[str, SecretStr]:
    secrets = {
        "hcloud_token": SecretStr(TOKEN),
        "state_passphrase": SecretStr(PASSPHRASE),
        "ssh_private_key": generate_ssh_key(fqdn),
    }
    public = await public_key("generated", secrets)
    return secrets | {"ssh_public_key": SecretStr(public)}


def _end(home: Home) -> None:
    """Leave no runner and no OpenTofu of this test behind."""
    for stat in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if stat.readlink().is_relative_to(home.path):
                os.kill(int(stat.parent.name), 9)
        except OSError:
            continue
