"""Asks a program which version it is, without letting it do anything else."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from provisioner.clock import Clock
from provisioner.errors import ToolchainError
from provisioner.toolchain import child
from provisioner.toolchain.pins import Pin, Platform

PATIENCE = 20.0
"""Seconds until a program that does not say its version counts as broken."""


async def checked_version(pin: Pin, path: Path) -> str:
    """Return the version of a program that may be used.

    Raises ToolchainError: ``tool_broken`` if it does not say its version, ``tool_wrong_version`` if
    it is not one of those that the pin allows.
    """
    if not _is_executable(path):
        raise _broken(pin, path, "it is not an executable file")
    version = await _asked(pin, path) if pin.asks else _named(pin, path)
    if not pin.fits(version):
        raise ToolchainError(
            "tool_wrong_version",
            tool=pin.name,
            title=pin.title,
            path=path,
            found=version,
            wanted=pin.wanted,
        )
    return version


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


async def _asked(pin: Pin, path: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="catalyst-") as nowhere:
        env = {"PATH": os.defpath, "HOME": nowhere, "TF_CLI_CONFIG_FILE": os.devnull}
        try:
            async with Clock().timeout(PATIENCE):
                said = await child.run([str(path), *pin.asks], cwd=Path(nowhere), env=env)
        except TimeoutError as error:
            reason = f"it did not say its version in {PATIENCE:.0f} seconds"
            raise _broken(pin, path, reason) from error
        except OSError as error:
            raise _broken(pin, path, error.strerror or "it cannot be started") from error
    found = re.search(pin.says, said.out)
    if said.code or not found:
        raise _broken(pin, path, f"asked for its version it said: {said.last}")
    return found.group(1)


def _named(pin: Pin, path: Path) -> str:
    """Return the version in the file's name, for a program that cannot be asked."""
    pattern = re.escape(pin.fill(pin.program, Platform.here())).replace(
        re.escape(pin.version), r"(\d+\.\d+\.\d+[^/]*)"
    )
    found = re.fullmatch(pattern, path.name)
    if not found:
        raise _broken(pin, path, f"its file name must be {pin.file_name(Platform.here())}")
    return found.group(1)


def _broken(pin: Pin, path: Path, reason: str) -> ToolchainError:
    return ToolchainError("tool_broken", tool=pin.name, title=pin.title, path=path, reason=reason)
