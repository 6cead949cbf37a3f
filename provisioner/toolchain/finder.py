"""Finds tools: a setting, PATH, the cache, in this order. It makes nothing and asks no network."""

from __future__ import annotations

import asyncio
import os
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from provisioner.errors import ToolchainError
from provisioner.home import Home
from provisioner.toolchain.cache import Cache, Source
from provisioner.toolchain.pins import Pin, pin_of
from provisioner.toolchain.probe import checked_version


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that may be used."""

    name: str
    path: Path
    """The program, or the folder of a tool that is only files."""
    version: str
    source: Source


def settings_of(home: Home) -> dict[str, str]:
    """Return the paths by tool in the settings' table ``[tools]``; raises ToolchainError."""
    try:
        text = home.settings.read_text("utf-8")
        return msgspec.convert(tomllib.loads(text).get("tools", {}), dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ToolchainError("tool_settings", path=home.settings, reason=error) from error


def variable(name: str) -> str:
    """Return the environment variable that names a tool's path; it overrides the settings."""
    return "CATALYST_" + name.upper().replace("-", "_")


def explicit(pin: Pin, settings: Mapping[str, str] | None) -> Path | None:
    """Return the path that the operator named for a tool, if any."""
    told = settings if settings is not None else settings_of(Home.default())
    named = os.environ.get(variable(pin.name)) or told.get(pin.name)
    return Path(named).expanduser().absolute() if named else None


async def find(
    name: str, settings: Mapping[str, str] | None = None, cache: Cache | None = None
) -> Tool | None:
    """Return a tool that may be used, or None if it has to be made.

    A tool that the operator named is used or refused, never passed over: raises ToolchainError. A
    broken or unfit one on PATH, or a damaged one in the cache, is passed over; ``survey`` names it.
    """
    pin = pin_of(name)
    named = explicit(pin, settings)
    if named:
        return await _named(pin, named)
    on_path = path_of(pin)
    if on_path:
        try:
            return await _program(pin, on_path, Source.PATH)
        except ToolchainError:
            pass
    return await asyncio.to_thread(cached, pin, cache or Cache())


def path_of(pin: Pin) -> Path | None:
    """Return the program of this name on PATH, whatever it is."""
    found = shutil.which(pin.fill(pin.program, Cache().platform)) if pin.program else None
    return Path(found).absolute() if found else None


async def fault_on_path(pin: Pin) -> ToolchainError | None:
    """Return why the program of this name on PATH may not be used, or None."""
    path = path_of(pin)
    if path is None:
        return None
    try:
        await checked_version(pin, path)
    except ToolchainError as error:
        return error
    return None


def cached(pin: Pin, cache: Cache) -> Tool | None:
    """Return the tool that stands undamaged in the cache."""
    source = cache.source(pin)
    if source is None or cache.damage(pin):
        return None
    return Tool(name=pin.name, path=cache.path(pin), version=pin.version, source=source)


async def _named(pin: Pin, path: Path) -> Tool:
    if pin.program:
        return await _program(pin, path, Source.SETTING)
    if not await asyncio.to_thread(lambda: any(path.glob("*.yaml"))):
        raise ToolchainError(
            "tool_broken",
            tool=pin.name,
            title=pin.title,
            path=path,
            reason="it is no folder with manifests (*.yaml)",
        )
    return Tool(name=pin.name, path=path, version=pin.version, source=Source.SETTING)


async def _program(pin: Pin, path: Path, source: Source) -> Tool:
    version = await checked_version(pin, path)
    return Tool(name=pin.name, path=path, version=version, source=source)
