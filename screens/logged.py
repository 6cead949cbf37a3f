"""What screens with a log have in common: its lines can be copied and saved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from screens.logs.parsing import parse
from screens.sovereign import SovereignScreen
from screens.widgets.log_view import LogView
from screens.widgets.work import begin_work

PORTION = 50
"""Lines that are parsed without a look at the keys: half a millisecond, for a key takes turns."""


class LoggedScreen(SovereignScreen):
    """Says what became of the lines that were copied or saved."""

    async def take(self, log: LogView, source: str, lines: Sequence[str], at: str = "") -> None:
        """Put lines of a source into a log, in small portions, so that no key waits for them.

        A line without a time of its own gets ``at``.
        """
        for start in range(0, len(lines), PORTION):
            portion = lines[start : start + PORTION]
            log.store.add(parse(source, line, at) for line in portion)
            await asyncio.sleep(0)
        log.redraw()

    def on_log_view_changed(self) -> None:
        """Show the keys as they are now."""
        self.redraw()

    def on_log_view_copied(self, event: LogView.Copied) -> None:
        """Say what was copied, and on what it depends."""
        lines = "1 line" if event.count == 1 else f"{event.count} lines"
        self.say(f"{lines} went to the clipboard, if this terminal lets programs.", "quiet")

    def on_log_view_wanted(self, event: LogView.Wanted) -> None:
        """Save the lines that were asked for."""
        begin_work(self, partial(self._keep, event.lines), "save", "save a log")

    async def _keep(self, lines: list[str]) -> None:
        path = await self.face.backend.keep_lines(self.watched.fqdn, lines)
        self.say(f"{len(lines)} lines are in {path}.", "quiet")
