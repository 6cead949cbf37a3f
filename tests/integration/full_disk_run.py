"""Run inside a small filesystem that fills up in the middle of an apply. Prints what follows."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from provisioner import events as e
from provisioner.attach import cancel
from provisioner.facts import Outcome
from provisioner.run import Consent
from provisioner.toolchain import ensure, provider_mirror
from tests.integration.rented import Rented, rented


async def main(folder: Path) -> None:
    """Rent until the disk is full, make room, go on, and take everything down."""
    found = await ensure(["tofu", "terraform-provider-hcloud"])
    tools = {name: tool.path for name, tool in found.items()}
    tools["provider_mirror"] = await provider_mirror(found["terraform-provider-hcloud"])
    async with rented(folder, tools, speed=6) as sovereign:
        with sovereign.home.settings.open("a") as settings:
            settings.write("minimum_disk_mib = 1\n")
        after = await sovereign.start("apply")
        await sovereign.until(
            after, lambda each: isinstance(each, e.ResourceStarted) and each.kind == "server"
        )
        await asyncio.to_thread(_fill, folder)
        ended = await sovereign.finish(after)
        # Whichever meets the full disk first: the guard, or OpenTofu.
        known = ended.outcome is Outcome.CANCELLED or _code(ended) == "disk_full"
        _say("ended in order", known or ended)
        _say("reserve given up", not sovereign.folder.ballast.exists())
        (folder / "filler").unlink()
        made = sovereign.names()
        _say("goes on", await _goes_on(sovereign))
        _say("kept what was made", made <= sovereign.names())
        _say("servers", len(sovereign.cloud.state.servers))
        ended = await sovereign.run("destroy", Consent(destroy=True))
        _say("then", ended.outcome, len(sovereign.names()))


def _fill(folder: Path) -> None:
    """Take what is free now, at one stroke: what is given back later is not ours."""
    status = os.statvfs(folder)
    with (folder / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize)


def _code(ended: e.RunFinished) -> str:
    return ended.remedy.code if ended.remedy else ""


async def _goes_on(sovereign: Rented) -> bool:
    after = await sovereign.start("resume", Consent())
    rented_all = await sovereign.reached(after, e.OutputsSaved)
    cancel(sovereign.folder)
    ended = await sovereign.finish(after)
    return rented_all and ended.outcome is Outcome.CANCELLED


def _say(*what: object) -> None:
    sys.stdout.write(" ".join(str(each) for each in what) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
