"""Where the parts that are not programs to start are: the provider's mirror, and the manifests."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from provisioner.errors import ToolchainError
from provisioner.toolchain.cache import Cache, Source
from provisioner.toolchain.finder import Tool, cached, explicit
from provisioner.toolchain.folders import sha256
from provisioner.toolchain.pins import Pin, pin_of


async def provider_mirror(provider: Tool, cache: Cache | None = None) -> Path:
    """Return a folder for ``filesystem_mirror`` that holds this provider and nothing else."""
    return await asyncio.to_thread(_mirror, provider, cache or Cache())


def flux_distribution(cache: Cache | None = None) -> Path:
    """Return the folder with Flux's controllers and custom resources; raises ToolchainError."""
    return _files("flux", cache or Cache())


def gateway_crds(cache: Cache | None = None) -> Path:
    """Return the folder with the Gateway API's custom resources; raises ToolchainError."""
    return _files("gateway-api", cache or Cache())


def _files(name: str, cache: Cache) -> Path:
    pin = pin_of(name)
    named = explicit(pin, None)
    if named and named.is_dir():
        return named
    tool = cached(pin, cache)
    if tool is None or named:
        raise ToolchainError("tool_absent", tool=name, title=pin.title, version=pin.version)
    return tool.path


def _mirror(provider: Tool, cache: Cache) -> Path:
    pin = pin_of(provider.name)
    if provider.source in {Source.BUILD, Source.DOWNLOAD}:
        return _root_of(pin, cache.folder(pin))
    adopted = cache.root / "adopted" / sha256(provider.path)
    place = adopted / pin.fill(pin.place, cache.platform)
    if not place.is_dir():
        _adopt(provider.path, place)
    return _root_of(pin, place)


def _adopt(program: Path, place: Path) -> None:
    """Copy a provider that stands elsewhere into a mirror of its own, all or nothing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=place.parent))
    shutil.copy2(program, aside / program.name)
    aside.chmod(0o755)
    try:
        aside.rename(place)
    except OSError:
        shutil.rmtree(aside)
        if not place.is_dir():
            raise


def _root_of(pin: Pin, folder: Path) -> Path:
    """Return the mirror's root above a package's folder: the first part of its pinned place."""
    return folder.parents[pin.place.count("/") - 1]
