"""Run inside a small filesystem that is full before a run begins. Prints what is said of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from provisioner.errors import CatalystError
from provisioner.toolchain import ensure, provider_mirror
from tests.integration.full_disk import fill
from tests.integration.rented import rented


async def main(folder: Path) -> None:
    """Plan, fill the disk, try to plan again, make room, and plan."""
    found = await ensure(["tofu", "terraform-provider-hcloud"])
    tools = {name: tool.path for name, tool in found.items()}
    tools["provider_mirror"] = await provider_mirror(found["terraform-provider-hcloud"])
    async with rented(folder, tools, speed=6) as sovereign:
        with sovereign.home.settings.open("a") as settings:
            settings.write("minimum_disk_mib = 1\n")
        await sovereign.run("plan")
        await asyncio.to_thread(fill, folder)
        try:
            await sovereign.start("plan")
        except CatalystError as error:
            sys.stdout.write(f"{error.code}\n")
        (folder / "filler").unlink()
        ended = await sovereign.run("plan")
        sys.stdout.write(f"then {ended.outcome}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
