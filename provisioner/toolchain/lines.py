"""A toolchain at work, in plain lines."""

from __future__ import annotations

from collections.abc import Callable

from provisioner.toolchain.progress import Progress, Step

EVERY = 10.0
"""Seconds between two lines about the same step."""
_WIDTH = 100


class Lines:
    """Turns reports into lines for ``say``: one when a step begins, then one every ten seconds."""

    def __init__(self, say: Callable[[str], None], *, all_ready: bool = True) -> None:
        self._say = say
        self._all_ready = all_ready
        """Whether to name also those that were ready from the start."""
        self._step: tuple[str, Step] | None = None
        self._said = 0.0

    def hear(self, progress: Progress) -> None:
        """Say a report if it is time for one."""
        step = (progress.tool, progress.step)
        was_ready = self._step is None or self._step[0] != progress.tool
        if progress.step is Step.READY and was_ready and not self._all_ready:
            return
        if step == self._step and progress.elapsed - self._said < EVERY:
            return
        self._step, self._said = step, progress.elapsed
        line = _line(progress)
        whole = progress.step in {Step.READY, Step.REMARK}
        self._say(line if whole else line[:_WIDTH])


def _line(progress: Progress) -> str:
    about = f" of about {progress.usual:.0f} s" if progress.usual else " s"
    spent = f" {progress.elapsed:.0f}{about}" if progress.elapsed >= 1 or progress.usual else ""
    heard = f"  {progress.line}" if progress.line else ""
    return f"{progress.tool} {progress.version}: {progress.step}{spent}{heard}"
