"""Makes what is missing: downloads a verified release, else builds from the pinned Go module."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioner.clock import Clock
from provisioner.errors import ToolchainError
from provisioner.remedies import remedy_of
from provisioner.toolchain import builder, folders
from provisioner.toolchain.cache import Cache, Source
from provisioner.toolchain.finder import Tool, cached, fault_on_path, find
from provisioner.toolchain.golang import find_go
from provisioner.toolchain.pins import Pin, names, pin_of
from provisioner.toolchain.probe import checked_version
from provisioner.toolchain.progress import Report, Reporter, Step, unheard

POLL = 0.5
"""Seconds between two tries for the lock."""
_PASSED_OVER = {"tool_unverified", "tool_download_failed", "go_missing", "go_too_old"}
"""Failures of one way to get a tool after which the next way is tried."""


@dataclass(frozen=True)
class Workshop:
    """What making a tool needs: the locked cache, a private folder, somebody to tell."""

    cache: Cache
    workspace: Path
    lock: int
    """Descriptor of the held lock; a compiler inherits it, and so holds the lock while it lives."""
    clock: Clock


async def ensure(
    wanted: Iterable[str] | None = None,
    report: Report = unheard,
    *,
    settings: Mapping[str, str] | None = None,
    cache: Cache | None = None,
    clock: Clock | None = None,
) -> dict[str, Tool]:
    """Return the wanted tools (all by default), making those that are not there.

    One process makes tools in a cache at a time; another waits and then finds them. Cancelling
    kills the compiler and removes its folders. Raises ToolchainError.
    """
    told = tuple(wanted if wanted is not None else names())
    kept, time = cache or Cache(), clock or Clock()
    found = {name: await find(name, settings, kept) for name in told}
    tools = {name: tool for name, tool in found.items() if tool is not None}
    for tool in tools.values():
        _say_ready(tool, report, time)
    missing = [pin_of(name) for name, tool in found.items() if tool is None]
    if missing:
        waiting = Reporter(missing[0], report, time)
        async with _locked(kept, waiting, time) as lock, _workspace(kept) as workspace:
            workshop = Workshop(kept, workspace, lock, time)
            for pin in missing:
                tools[pin.name] = await _made(pin, workshop, Reporter(pin, report, time))
                _say_ready(tools[pin.name], report, time)
    return {name: tools[name] for name in found}


def _say_ready(tool: Tool, report: Report, clock: Clock) -> None:
    Reporter(pin_of(tool.name), report, clock).say(Step.READY, str(tool.path))


async def _made(pin: Pin, shop: Workshop, reporter: Reporter) -> Tool:
    """Return a tool from the cache, making it unless another process just did."""
    there = await asyncio.to_thread(cached, pin, shop.cache)
    if there:
        return there
    fault = await fault_on_path(pin)
    if fault:
        reporter.say(Step.REMARK, f"passed over: {remedy_of(fault).what}")
    if shop.cache.source(pin):
        damage = await asyncio.to_thread(shop.cache.damage, pin)
        reporter.say(Step.REMARK, f"made anew: {damage}")
    source, made = await _by_some_way(pin, shop, reporter)
    async with reporter.during(Step.CHECKING):
        if pin.program:
            await checked_version(pin, made / pin.file_name(shop.cache.platform))
        try:
            await asyncio.to_thread(shop.cache.put, pin, made, source)
        except OSError as error:
            raise shop.cache.unusable(error) from error
    return Tool(name=pin.name, path=shop.cache.path(pin), version=pin.version, source=source)


async def _by_some_way(pin: Pin, shop: Workshop, reporter: Reporter) -> tuple[Source, Path]:
    """Return how the tool was made and the folder with it; the first way that works is taken."""
    tried = []
    for source, way in ((Source.DOWNLOAD, _download), (Source.BUILD, _build)):
        made = Path(tempfile.mkdtemp(dir=shop.workspace)) / "made"
        made.mkdir()
        try:
            if await way(pin, shop, made, reporter):
                return source, made
        except ToolchainError as error:
            if error.code not in _PASSED_OVER:
                raise
            tried.append(remedy_of(error).what)
    raise ToolchainError(
        "tool_missing", tool=pin.name, title=pin.title, version=pin.version, tried=" ".join(tried)
    )


async def _download(pin: Pin, shop: Workshop, made: Path, reporter: Reporter) -> bool:
    if pin.release is None:
        return False
    # Only a download needs the HTTP client, and loading it would delay every start.
    from provisioner.toolchain import downloads

    async with reporter.during(Step.DOWNLOADING) as hear:
        await downloads.download(pin, pin.release, made, made.parent, shop.cache.platform, hear)
    return True


async def _build(pin: Pin, shop: Workshop, made: Path, reporter: Reporter) -> bool:
    _check_room(pin, shop.cache)
    go = await find_go(shop.workspace, shop.cache.platform, os.environ)
    surroundings = (go, made, shop.cache.platform)
    async with reporter.during(Step.BUILDING, pin.usual) as hear:
        if pin.build:
            await builder.build(pin, pin.build, *surroundings, hear, (shop.lock,))
        elif pin.files:
            await builder.take_files(pin, pin.files, *surroundings, hear, (shop.lock,))
    return True


def _check_room(pin: Pin, cache: Cache) -> None:
    free = shutil.disk_usage(cache.root).free // 1_000_000
    if free < pin.room:
        raise ToolchainError(
            "toolchain_disk_full",
            tool=pin.name,
            title=pin.title,
            path=cache.root,
            room=pin.room,
            free=free,
        )


@contextlib.asynccontextmanager
async def _locked(cache: Cache, reporter: Reporter, clock: Clock) -> AsyncIterator[int]:
    """Hold the cache's lock; tells the reporter while another process has it."""
    try:
        cache.root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(cache.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cache.unusable(error) from error
    try:
        if not _try_lock(descriptor):
            async with reporter.during(Step.WAITING) as hear:
                hear("another process is making tools in this cache")
                while not _try_lock(descriptor):
                    await clock.sleep(POLL)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.asynccontextmanager
async def _workspace(cache: Cache) -> AsyncIterator[Path]:
    """Hold a folder to make things in; it is gone afterwards, whatever happens."""
    workspace = await asyncio.to_thread(cache.workspace)
    try:
        yield workspace
    finally:
        await asyncio.to_thread(folders.remove, cache.making)
