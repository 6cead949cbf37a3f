"""Adopt: what the confirmed plan made and no state knows is taken into the state.

All of it at once where a plan can promise that nothing else changes; one after another, with its
own answer for each, where it cannot.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from provisioner.errors import TofuError
from provisioner.events import ResourceReconciled
from provisioner.facts import ResourceItem
from provisioner.files import write_private
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Inventory
from provisioner.hetzner.sweep import delete
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.adoption import Adoptable
from provisioner.tofu.command import PARALLELISM, Tofu
from provisioner.tofu.workspace import IMPORTS
from provisioner.view import View

FEW = 3
"""Fewer are imported one after another: a plan, a look at it and an apply take as long."""
Ids = frozenset[tuple[str, str]]
"""(kind, id) of resources."""


@dataclass(frozen=True)
class Adoption:
    """Takes into the state what the cloud has and the state lacks."""

    run: Run
    tofu: Tofu
    view: View
    hetzner: Hetzner
    found: Inventory
    """What the cloud has."""

    async def take_in(self, wanted: Sequence[Adoptable]) -> Ids:
        """Import what is ``wanted``, and journal it; return what is accounted for.

        Raises TofuError for what exists, may hold data, and cannot be imported.
        """
        # A runner that was killed while it adopted leaves it.
        (self.tofu.directory / IMPORTS).unlink(missing_ok=True)
        together = [each for each in wanted if not each.alone]
        done = together if await _together(self.tofu, together) else []
        for each in done:
            self._tell(each, "imported")
        accounted = await self._one_by_one([each for each in wanted if each not in done])
        return accounted | {(each.kind, each.id) for each in done}

    async def _one_by_one(self, wanted: Sequence[Adoptable]) -> Ids:
        accounted: set[tuple[str, str]] = set()
        removed = False
        for number, each in enumerate(wanted):
            how = "imported"
            options = ("-input=false", each.address, each.id)
            try:
                await self.tofu.run(f"import-{number}", "import", *options)
            except TofuError as error:
                if error.code != "tofu_failed":
                    raise
                if each.item is None and removed:
                    continue  # a part goes with what it belongs to
                if each.item is None or not self._holds_nothing(each.item):
                    facts = {**error.facts, "kind": each.kind, "name": each.name}
                    raise TofuError("tofu_not_adopted", **facts) from error
                await delete(self.hetzner, each.item)
                how, removed = "removed", True
            accounted.add((each.kind, each.id))
            self._tell(each, how)
        return frozenset(accounted)

    def _holds_nothing(self, item: ResourceItem) -> bool:
        """Return whether a resource is surely of an attempt that came to nothing.

        Two witnesses must agree, since each can be lost with its file: the journal knows of no
        cluster yet, and Hetzner says that the resource is younger than the first apply.
        """
        made, since = self.found.made.get((item.kind, item.id)), self.view.rented_since
        if self.view.kit is not None or since is None or not made:
            return False
        return datetime.fromisoformat(made) >= since

    def _tell(self, what: Adoptable, how: str) -> None:
        event = ResourceReconciled(kind=what.kind, id=what.id, name=what.name, how=how)
        self.run.emit(event)


async def _together(tofu: Tofu, wanted: Sequence[Adoptable]) -> bool:
    """Import all at once; returns False, and has changed nothing, where that is not safe.

    Raises TofuError when the state refuses what was planned: some of it may be in there already, so
    that only a new look can tell what is left.
    """
    if len(wanted) < FEW:
        return False
    plan = tofu.directory / f"{Path(IMPORTS).stem}.tofuplan"
    with _asked_for(tofu.directory / IMPORTS, wanted):
        try:
            if not await _only_imports(tofu, plan, wanted):
                return False
            parallel = f"-parallelism={PARALLELISM}"
            await tofu.run("adopt-apply", "apply", "-input=false", parallel, str(plan))
        finally:
            plan.unlink(missing_ok=True)
    return True


async def _only_imports(tofu: Tofu, plan: Path, wanted: Sequence[Adoptable]) -> bool:
    """Plan the imports; return whether they can be had, and nothing else comes with them."""
    targets = [f"-target={each.address}" for each in wanted]
    try:
        await tofu.run("adopt-plan", "plan", "-input=false", f"-out={plan}", *targets)
    except TofuError as error:
        # One that cannot be imported spoils the plan of all: each is asked for by itself then.
        if error.code != "tofu_failed":
            raise
        return False
    return planfile.only_imports(await tofu.show(plan))


@contextlib.contextmanager
def _asked_for(path: Path, wanted: Sequence[Adoptable]) -> Iterator[None]:
    """Have the configuration ask for these imports while the block lasts."""
    blocks = [{"to": each.address, "id": each.id} for each in wanted]
    write_private(path, msgspec.json.encode({"import": blocks}))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
