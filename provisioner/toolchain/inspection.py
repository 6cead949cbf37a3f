"""Tells what was found where, and what is wrong with it: the toolchain's part of ``doctor``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from provisioner.errors import ToolchainError
from provisioner.remedies import Remedy, remedy_of
from provisioner.toolchain.cache import Cache, Source
from provisioner.toolchain.finder import Tool, fault_on_path, find
from provisioner.toolchain.pins import Pin, names, pin_of


class Surveyed(msgspec.Struct, frozen=True, kw_only=True):
    """One tool as it is now."""

    name: str
    title: str
    wanted: str
    """The version that Catalyst would get for itself."""
    needed_by: tuple[str, ...]
    path: str | None = None
    version: str | None = None
    source: Source | None = None
    problem: Remedy | None = None
    """Why there is no tool that may be used, or why the first one found is passed over."""

    @property
    def usable(self) -> bool:
        """Whether there is a tool that may be used."""
        return self.source is not None


async def survey(
    settings: Mapping[str, str] | None = None, cache: Cache | None = None
) -> list[Surveyed]:
    """Return every tool, in the pins' order; looks thoroughly, makes nothing, asks no network."""
    return [await _survey(pin_of(name), settings, cache or Cache()) for name in names()]


async def _survey(pin: Pin, settings: Mapping[str, str] | None, cache: Cache) -> Surveyed:
    try:
        tool = await find(pin.name, settings, cache)
    except ToolchainError as error:
        return _surveyed(pin, None, error)
    if tool is None:
        return _surveyed(pin, None, await _why_none(pin, cache))
    return _surveyed(pin, tool, await _why_not_first(pin, tool, cache))


async def _why_none(pin: Pin, cache: Cache) -> ToolchainError:
    passed_over = await fault_on_path(pin)
    if passed_over:
        return passed_over
    if cache.source(pin):
        return await _damage(pin, cache) or _absent(pin)
    return _absent(pin)


async def _why_not_first(pin: Pin, tool: Tool, cache: Cache) -> ToolchainError | None:
    if tool.source in {Source.SETTING, Source.PATH}:
        return None
    return await _damage(pin, cache) or await fault_on_path(pin)


async def _damage(pin: Pin, cache: Cache) -> ToolchainError | None:
    reason = await asyncio.to_thread(cache.damage, pin, thorough=True)
    if not reason:
        return None
    return ToolchainError(
        "tool_broken", tool=pin.name, title=pin.title, path=cache.path(pin), reason=reason
    )


def _absent(pin: Pin) -> ToolchainError:
    return ToolchainError("tool_absent", tool=pin.name, title=pin.title, version=pin.version)


def _surveyed(pin: Pin, tool: Tool | None, error: ToolchainError | None) -> Surveyed:
    return Surveyed(
        name=pin.name,
        title=pin.title,
        wanted=pin.version,
        needed_by=pin.needed_by,
        path=str(tool.path) if tool else None,
        version=tool.version if tool else None,
        source=tool.source if tool else None,
        problem=remedy_of(error) if error else None,
    )
