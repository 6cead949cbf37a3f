"""Runs: the programs they need, the world they happen in, and starting their detached runner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from provisioner.begin import begin, settle_answers
from provisioner.credentials.preparing import prepare_secrets
from provisioner.editing import edit
from provisioner.errors import AnswersRefused, CatalystError
from provisioner.home import SovereignFolder
from provisioner.kept_answers import spec_for
from provisioner.remedies import remedy_of
from provisioner.run import Consent
from provisioner.runner.order import Command
from provisioner.settings import load_settings
from provisioner.spec import SovereignSpec
from provisioner.toolchain import Progress, Step, ensure, names, provider_mirror
from provisioner.world import REAL, World
from screens.ports import Answers, Tools
from screens.words import duration

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend

PROVIDER = "terraform-provider-hcloud"
NO_TOOLS: Mapping[str, Path] = {}


class RunDesk:
    """Starts the runs of one home."""

    def __init__(self, backend: EngineBackend) -> None:
        self._backend = backend
        self._tools: Mapping[str, Path] | None = None
        self._making: asyncio.Lock = asyncio.Lock()
        self._heard: asyncio.Queue[Progress] = asyncio.Queue()

    async def prepare(self) -> AsyncIterator[Tools]:
        """Make the programs ready, and yield how far that is; a failure is the last word."""
        making = asyncio.ensure_future(self.programs())
        try:
            while not making.done():
                hearing = asyncio.ensure_future(self._heard.get())
                await asyncio.wait({making, hearing}, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    yield Tools(line=said(hearing.result()))
                hearing.cancel()
            yield _outcome(making)
        finally:
            making.cancel()

    async def programs(self) -> Mapping[str, Path]:
        """Return the programs by name, found or made once; raises ToolchainError."""
        async with self._making:
            if self._tools is None:
                needed_by = "rehearsal" if self._backend.rehearsed else "run"
                found = await ensure(names(needed_by), self._heard.put_nowait)
                tools = {name: tool.path for name, tool in found.items()}
                tools["provider_mirror"] = await provider_mirror(found[PROVIDER])
                self._tools = tools
            return self._tools

    async def world(self, tools: Mapping[str, Path] = NO_TOOLS) -> World:
        """Return the world of this home, awake; raises RehearsalError."""
        options = self._backend.options
        if options is None:
            return REAL
        from provisioner.rehearsal import open_world

        world = await open_world(
            self._backend.top, speed=options.speed, scenario=options.scenario, tools=tools
        )
        self._backend.clock = world.clock
        return world

    async def plan(self, answers: Answers) -> str:
        """Write the answers down and start a runner that plans; returns the Sovereign's name."""
        judged = await self._backend.check(answers)
        if judged.spec is None:
            raise AnswersRefused(findings=judged.findings)
        folder = self._backend.home.sovereign(judged.spec.fqdn)
        world = await self.world(await self.programs())
        await settle_answers(folder, judged.spec, world)
        await self._begin(folder, judged.spec, "plan", Consent(), world)
        return folder.fqdn

    async def apply(self, fqdn: str, sha256: str) -> None:
        """Start a runner that applies exactly this plan."""
        ladder = await (await self._backend.part_keys()).ladder(fqdn)
        await ladder.require_kept_passphrase()
        await self._go(fqdn, "apply", Consent(plan=sha256))

    async def resume(self, fqdn: str, *, wait_for_stock: bool = False) -> None:
        """Start a runner that goes on from what exists."""
        await self._go(fqdn, "resume", Consent(wait_for_stock=wait_for_stock))

    async def change(self, fqdn: str, assignments: Sequence[str]) -> None:
        """Put each ``key=value`` into the answers; raises AnswersRefused, Locked."""
        settings = await asyncio.to_thread(load_settings, self._backend.top)
        await edit(self._backend.home.sovereign(fqdn), assignments, settings)

    async def look_again(self, fqdn: str) -> None:
        """Start a runner that looks at the name, and from outside, once more."""
        await self._go(fqdn, "dns", Consent())

    async def destroy(self, fqdn: str, *, keep_volumes: bool | None, unprotect: bool) -> None:
        """Start a runner that takes everything down; its name was typed."""
        consent = Consent(destroy=True, keep_volumes=keep_volumes, unprotect=unprotect)
        await self._go(fqdn, "destroy", consent)

    async def list_inventory(self, fqdn: str) -> None:
        """Start a runner that lists what a destroy would take down."""
        await self._go(fqdn, "inventory", Consent())

    async def _go(self, fqdn: str, command: Command, consent: Consent) -> None:
        folder = self._backend.home.sovereign(fqdn)
        spec, _ = await asyncio.to_thread(spec_for, folder, command)
        world = await self.world(await self.programs())
        await self._begin(folder, spec, command, consent, world)

    async def _begin(
        self,
        folder: SovereignFolder,
        spec: SovereignSpec,
        command: Command,
        consent: Consent,
        world: World,
    ) -> None:
        await begin(
            self._backend.top,
            folder,
            command,
            world=world,
            consent=consent,
            secrets=await self._secrets(spec),
            tools=await self.programs(),
        )

    async def _secrets(self, spec: SovereignSpec) -> Mapping[str, SecretStr]:
        ladder = await (await self._backend.part_keys()).ladder(spec.fqdn)
        return await prepare_secrets(ladder, spec)


def _outcome(making: asyncio.Future[Mapping[str, Path]]) -> Tools:
    error = making.exception()
    if error is None:
        return Tools(ready=True)
    if not isinstance(error, CatalystError):
        raise error
    remedy = remedy_of(error)
    return Tools(line=remedy.brief, trouble=remedy)


def said(progress: Progress) -> str:
    """Return a report of the toolchain in one short line."""
    if progress.step is Step.READY:
        return f"{progress.tool} ready"
    line = f"{progress.step} {progress.tool} {duration(progress.elapsed)}"
    return f"{line}, usually {duration(progress.usual)}" if progress.usual else line
