"""A backend that plays a script: the fake that stands in for the engine, in tests and pictures.

Its runs are lists of events, fed at once or one after another; whole recorded runs can be replayed.
Nothing is started, nothing is asked, nothing is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.cluster.actions import Acted
from provisioner.cluster.detail import Container, Detail
from provisioner.drafts import Draft
from provisioner.errors import CatalystError
from provisioner.events import Event, Recorded, RunFinished, RunStarted
from provisioner.folding import fold
from provisioner.handoff import Administrator
from provisioner.remedies import explain
from provisioner.view import View
from screens.ports import (
    Answers,
    Backend,
    Entry,
    RawLines,
    Tools,
)
from screens.scripted_wizard import NOON, Script, ScriptedWizard

if TYPE_CHECKING:
    from provisioner.remedies import Remedy


class ScriptedBackend(ScriptedWizard):
    """Plays a script by a clock that stands still until it is told to move."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        now: datetime = NOON,
        rehearsed: bool = True,
        drafts: Iterable[Draft] = (),
    ) -> None:
        super().__init__(script or Script(), drafts)
        self.time = now
        self.rehearsed = rehearsed
        self.rehearsal: Backend | None = None
        self.journals: dict[str, list[Recorded]] = {}
        self.alive: set[str] = set()
        self._grown = asyncio.Condition()

    def now(self) -> datetime:
        """Return the script's time."""
        return self.time

    def record(self, fqdn: str, events: Iterable[Event], at: datetime | None = None) -> None:
        """Append events to a journal, all at one moment."""
        journal = self.journals.setdefault(fqdn, [])
        for event in events:
            journal.append(Recorded(len(journal) + 1, at or self.time, fqdn, event))

    async def feed(self, fqdn: str, *events: Event, at: datetime | None = None) -> None:
        """Append events and tell those who follow."""
        self.record(fqdn, events, at)
        async with self._grown:
            self._grown.notify_all()

    async def replay(self, fqdn: str, recorded: Iterable[Recorded]) -> None:
        """Append what another journal holds, with its own times."""
        for each in recorded:
            self.time = max(self.time, each.at)
            await self.feed(fqdn, each.event, at=each.at)

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield live Sovereigns, then others, then drafts, then what cannot be read."""
        for fqdn in sorted(self.journals, key=lambda name: (name not in self.alive, name)):
            view = self._view(fqdn)
            yield Entry(
                name=fqdn,
                rehearsed=self.rehearsed,
                view=view,
                rented=view.rented_since is not None,
                alive=fqdn in self.alive,
                now=self.time,
            )
        for draft in self.drafts.values():
            name = str(draft.answers.get("organisation", {}).get("name") or "unnamed")
            yield Entry(name=name, rehearsed=self.rehearsed, draft=draft, now=self.time)
        for name, remedy in self.script.troubles.items():
            yield Entry(name=name, rehearsed=self.rehearsed, trouble=remedy)

    def _view(self, fqdn: str) -> View:
        return fold(View(fqdn=fqdn), self.journals[fqdn])

    async def prepare(self) -> AsyncIterator[Tools]:
        """Yield the script's steps."""
        for each in self.script.tools:
            yield each

    async def forget_sovereign(self, fqdn: str) -> None:
        """Remove a journal."""
        await self._answer("forget_sovereign")
        self.journals.pop(fqdn, None)

    async def plan(self, answers: Answers) -> str:
        """Play the run that plans."""
        await self._answer("plan")
        fqdn = (await self.check(answers)).fqdn
        await self._play(fqdn, "plan", self.script.plan)
        return fqdn

    async def apply(self, fqdn: str, sha256: str) -> None:
        """Play the run that applies."""
        await self._answer("apply")
        await self._play(fqdn, f"apply {sha256[:4]}", self.script.apply)

    async def resume(self, fqdn: str, *, wait_for_stock: bool = False) -> None:
        """Play the run that goes on."""
        command = "resume waiting" if wait_for_stock else "resume"
        await self._play(fqdn, command, self.script.resume)

    async def change(self, _fqdn: str, assignments: Sequence[str]) -> None:
        """Note which answers were changed."""
        self.asked += [f"set {each}" for each in assignments]

    async def look_again(self, fqdn: str) -> None:
        """Play the look from outside."""
        await self._play(fqdn, "dns", self.script.look_again)

    async def destroy(
        self, fqdn: str, *, keep_volumes: bool | None = None, unprotect: bool = False
    ) -> None:
        """Play the run that takes everything down."""
        volumes = {None: "", True: " keeping volumes", False: " with volumes"}[keep_volumes]
        command = f"destroy{volumes}{' unprotected' if unprotect else ''}"
        await self._play(fqdn, command, self.script.destroy)

    async def list_inventory(self, fqdn: str) -> None:
        """Play the look at what there is."""
        if self.script.inventory:
            await self.feed(fqdn, run_started("inventory"), *self.script.inventory)

    async def _play(self, fqdn: str, command: str, events: Sequence[Event]) -> None:
        self.asked.append(command)
        await self.feed(fqdn, run_started(command.split()[0]), *events)

    async def follow(self, fqdn: str) -> AsyncIterator[View]:
        """Yield the fold after each feed, until the newest run has finished."""
        view, seen = View(fqdn=fqdn), 0
        while True:
            journal = self.journals.get(fqdn, [])
            fold(view, journal[seen:])
            seen = len(journal)
            yield view
            # A run beside the road leaves the outcome of the one before as it is.
            beside = view.beside is not None and not isinstance(journal[-1].event, RunFinished)
            if (view.outcome is not None and not beside) or view.interrupted:
                return
            async with self._grown:
                while len(self.journals[fqdn]) == seen:
                    await self._grown.wait()

    async def another_run(self, fqdn: str, after: int) -> None:
        """Wait for a feed with the start of a run."""
        async with self._grown:
            while not any(isinstance(each.event, RunStarted) for each in self._behind(fqdn, after)):
                await self._grown.wait()

    def _behind(self, fqdn: str, after: int) -> Sequence[Recorded]:
        return self.journals.get(fqdn, [])[after:]

    async def logs(self, _fqdn: str) -> AsyncIterator[RawLines]:
        """Yield the script's lines."""
        for each in self.script.logs:
            yield each

    async def cancel(self, _fqdn: str, *, force: bool) -> bool:
        """Note that a run was asked to end."""
        self.asked.append("force" if force else "cancel")
        return True

    async def keep_lines(self, _fqdn: str, lines: Sequence[str]) -> str:
        """Note that lines were to be saved."""
        self.asked.append(f"keep {len(lines)} lines")
        return "./oman.log"

    def cluster(self, _fqdn: str) -> ScriptedCluster:
        """Return the script's cluster."""
        return ScriptedCluster(self.script, self.asked)


class ScriptedCluster:
    """Answers from the script, and notes what it is asked to do."""

    def __init__(self, script: Script, asked: list[str]) -> None:
        self._script = script
        self._asked = asked

    async def details(self, component: str) -> AsyncGenerator[Detail]:
        """Yield what the script says of a component."""
        if component not in self._script.details:
            raise CatalystError("sovereign_not_met", fqdn="the script")
        yield self._script.details[component]

    async def log(self, _container: Container) -> AsyncGenerator[Sequence[str]]:
        """Yield the script's lines."""
        yield self._script.container

    async def reconcile(self, component: str) -> Sequence[Acted]:
        """Note what was asked."""
        self._asked.append(f"reconcile {component}")
        return [Acted(kind="HelmRelease", namespace=component, name=component, asked="reconcile")]

    async def suspend(self, component: str, *, suspended: bool) -> Sequence[Acted]:
        """Note what was asked."""
        asked = "suspend" if suspended else "resume"
        self._asked.append(f"{asked} {component}")
        return [Acted(kind="HelmRelease", namespace=component, name=component, asked=asked)]

    async def administrator(self) -> Administrator:
        """Return the script's first administrator."""
        self._asked.append("administrator")
        if self._script.administrator is None:
            raise CatalystError("handoff_no_administrator", secret="keycloak-admin")  # noqa: S106  a name
        return self._script.administrator


def run_started(command: str, number: int = 1) -> RunStarted:
    """Return the start of a scripted run."""
    return RunStarted(
        run=number,
        command=command,
        world="rehearsal",
        version="0",
        spec_digest="",
        pid=1,
        process_start=1,
        boot_id="",
    )


def trouble(code: str, **facts: str) -> Remedy:
    """Return what an entry that cannot be read says."""
    return explain(code, facts)
