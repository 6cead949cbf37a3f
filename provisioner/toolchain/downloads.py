"""Gets a project's own release of a program, and believes nothing but its pinned SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import httpx2

from provisioner.errors import ToolchainError
from provisioner.toolchain.pins import Pin, Platform, Release

PATIENCE = 30.0
"""Seconds without a byte after which a download is given up."""


async def download(
    pin: Pin,
    release: Release,
    made: Path,
    scratch: Path,
    platform: Platform,
    hear: Callable[[str], None],
) -> None:
    """Put the released program into the folder ``made``.

    Raises ToolchainError: ``tool_unverified`` without asking anybody when no checksum is pinned,
    ``tool_download_failed``, or ``tool_checksum`` when what came is not what is pinned.
    """
    expected = _expected(pin, platform)
    url = pin.fill(release.url, platform)
    archive = scratch / url.rpartition("/")[2]
    try:
        found = await _fetch(url, archive, hear)
    except (httpx2.HTTPError, OSError) as error:
        raise _failed(pin, url, str(error) or type(error).__name__) from error
    if found != expected:
        raise ToolchainError(
            "tool_checksum",
            tool=pin.name,
            title=pin.title,
            url=url,
            expected=expected,
            found=found,
        )
    target = made / pin.file_name(platform)
    try:
        await asyncio.to_thread(unpack, archive, pin.fill(release.member, platform), target)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise _failed(pin, url, f"the archive has no {release.member}") from error


def _expected(pin: Pin, platform: Platform) -> str:
    checksum = pin.checksum(platform)
    if not checksum:
        raise ToolchainError(
            "tool_unverified",
            tool=pin.name,
            title=pin.title,
            version=pin.version,
            platform=platform,
        )
    return checksum


async def _fetch(url: str, target: Path, hear: Callable[[str], None]) -> str:
    """Write what ``url`` has to a file; returns its SHA-256 in hex."""
    told = hashlib.sha256()
    come = 0
    with target.open("wb") as file:
        async with (
            httpx2.AsyncClient(follow_redirects=True, timeout=PATIENCE) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            total = int(response.headers.get("content-length", 0))
            async for chunk in response.aiter_raw():
                told.update(chunk)
                file.write(chunk)
                come += len(chunk)
                hear(_amount(come, total))
    return told.hexdigest()


def unpack(archive: Path, member: str, target: Path) -> None:
    """Write one member of a zip or tar.gz to ``target``, executable; no member: the file itself.

    Only the bytes are taken, never a path or mode of the archive.
    """
    if not member:
        archive.rename(target)
    elif archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as zipped, zipped.open(member) as source:
            _copy(source, target)
    else:
        with tarfile.open(archive) as tarred:
            source_in_tar = tarred.extractfile(member)
            if source_in_tar is None:
                raise KeyError(member)
            _copy(source_in_tar, target)
    target.chmod(0o755)


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(source, file)


def _amount(come: int, total: int) -> str:
    of = f" of {total / 1e6:.0f}" if total else ""
    return f"{come / 1e6:.0f}{of} MB"


def _failed(pin: Pin, url: str, reason: str) -> ToolchainError:
    return ToolchainError(
        "tool_download_failed", tool=pin.name, title=pin.title, url=url, reason=reason
    )
