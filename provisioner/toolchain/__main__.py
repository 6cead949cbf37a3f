"""Makes sure that the tools are there, in plain lines: ``python -m provisioner.toolchain``.

Without names it makes all of them. It exits 1 with the remedy when one cannot be had.
"""

from __future__ import annotations

import asyncio
import sys

from provisioner.errors import ToolchainError
from provisioner.remedies import remedy_of
from provisioner.toolchain.progress import Progress, Step
from provisioner.toolchain.workshop import ensure

EVERY = 10.0
"""Seconds between two lines about the same step."""
_WIDTH = 100


class Lines:
    """Turns reports into lines: one when a step begins, then one every ten seconds."""

    def __init__(self) -> None:
        self._step: tuple[str, Step] | None = None
        self._said = 0.0

    def hear(self, progress: Progress) -> None:
        """Print a report if it is time for one."""
        step = (progress.tool, progress.step)
        if step == self._step and progress.elapsed - self._said < EVERY:
            return
        self._step, self._said = step, progress.elapsed
        line = _line(progress)
        whole = progress.step in {Step.READY, Step.REMARK}
        sys.stdout.write((line if whole else line[:_WIDTH]) + "\n")
        sys.stdout.flush()


def _line(progress: Progress) -> str:
    about = f" of about {progress.usual:.0f} s" if progress.usual else " s"
    spent = f" {progress.elapsed:.0f}{about}" if progress.elapsed >= 1 or progress.usual else ""
    heard = f"  {progress.line}" if progress.line else ""
    return f"{progress.tool} {progress.version}: {progress.step}{spent}{heard}"


def main(names: list[str]) -> int:
    """Ensure the named tools, or all; returns the exit code."""
    try:
        asyncio.run(ensure(names or None, Lines().hear))
    except ToolchainError as error:
        remedy = remedy_of(error)
        sys.stderr.write(f"{remedy.what}\n{remedy.means}\n{remedy.action}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Ended on request; what was half made is removed.\n")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
