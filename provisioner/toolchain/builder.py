"""Builds a program from its pinned Go module, and takes files out of one."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from provisioner.errors import ToolchainError
from provisioner.toolchain import child, modules
from provisioner.toolchain.child import Ended
from provisioner.toolchain.golang import Go
from provisioner.toolchain.pins import Build, Files, Pin, Platform


async def build(
    pin: Pin,
    recipe: Build,
    go: Go,
    made: Path,
    platform: Platform,
    hear: Callable[[str], None],
    keep_open: Sequence[int],
) -> None:
    """Build a program into the folder ``made``; raises ToolchainError ``tool_build_failed``."""
    flags = ["-s", "-w", *(pin.fill(flag, platform) for flag in recipe.ldflags)]
    target = made / pin.file_name(platform)
    ended = await _go(
        pin,
        go,
        go.environment(),
        ["build", "-v", "-ldflags", " ".join(flags), "-o", str(target), recipe.package],
        hear,
        keep_open,
    )
    if ended.code:
        raise _failed(pin, ended)


async def take_files(
    pin: Pin,
    files: Files,
    go: Go,
    made: Path,
    platform: Platform,
    hear: Callable[[str], None],
    keep_open: Sequence[int],
) -> None:
    """Put the pinned files of a Go module into the folder ``made``; raises ToolchainError.

    Go gets the module's zip and says where it is; whether it can be built with this Go does not
    matter. The zip's hash is compared here with the one in go.sum.
    """
    # Otherwise Go would first fetch the newer Go that the module asks for.
    environment = go.environment() | {"GOTOOLCHAIN": "local"}
    told = ["mod", "download", "-json", files.module]
    ended = await _go(pin, go, environment, told, hear, keep_open)
    zipped = _zip_in(ended.out)
    if zipped is None:
        raise _failed(pin, ended)
    folder = pin.fill(files.folder, platform)
    await asyncio.to_thread(modules.take, pin, files.module, zipped, folder, made)


async def _go(
    pin: Pin,
    go: Go,
    environment: dict[str, str],
    arguments: list[str],
    hear: Callable[[str], None],
    keep_open: Sequence[int],
) -> Ended:
    source = Path(environment["GOTMPDIR"]) / pin.name
    await asyncio.to_thread(shutil.copytree, pin.sources, source)
    try:
        return await child.run(
            [str(go.program), *arguments],
            cwd=source,
            env=environment,
            hear=hear,
            keep_open=keep_open,
        )
    except OSError as error:
        raise ToolchainError("go_missing", wanted=error.strerror) from error


def _zip_in(said: str) -> Path | None:
    """Return the zip that ``go mod download -json`` names, if it got one."""
    try:
        named = json.loads(said).get("Zip")
    except ValueError:
        return None
    return Path(named) if named and Path(named).is_file() else None


def _failed(pin: Pin, ended: Ended) -> ToolchainError:
    return ToolchainError(
        "tool_build_failed",
        tool=pin.name,
        title=pin.title,
        version=pin.version,
        line=ended.last,
        lines="\n".join(ended.tail),
    )
