"""Makes sure that the tools are there, in plain lines: ``python -m provisioner.toolchain``.

Without names it makes all of them. It exits 1 with the remedy when one cannot be had.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from provisioner.errors import ToolchainError
from provisioner.remedies import remedy_of
from provisioner.toolchain.lines import Lines
from provisioner.toolchain.workshop import ensure


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _ensure(names: list[str]) -> None:
    """Ensure the tools; the signals that end a command cancel it, so that it clears up."""
    task = asyncio.current_task()
    assert task is not None, "a coroutine that runs has a task"  # noqa: S101
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await ensure(names or None, Lines(_say).hear)


def main(names: list[str]) -> int:
    """Ensure the named tools, or all; returns the exit code."""
    try:
        asyncio.run(_ensure(names))
    except ToolchainError as error:
        remedy = remedy_of(error)
        sys.stderr.write(f"{remedy.what}\n{remedy.means}\n{remedy.action}\n")
        return 1
    except asyncio.CancelledError:
        sys.stderr.write("Ended on request; what was half made is removed.\n")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
