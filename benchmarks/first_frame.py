"""From the start of the program to its first frame, against a bare Textual app.

The bare app has the same number of widgets in the same containers, shows as much text, and imports
nothing else. Runs are taken in turn on a pseudo-terminal; the fastest of each counts.
"""

from __future__ import annotations

import asyncio
import tempfile

from benchmarks.row import Row
from benchmarks.terminal import OnTerminal

RUNS = 9
FACTOR = 1.15
TITLE = "Sovereigns and drafts"
OURS = (
    "import sys; from catalyst_tui.app import run_app; from provisioner.home import Home; "
    "sys.exit(run_app(Home.default(), rehearsal=None))"
)
BARE = f"""
from textual.app import App
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

RULE = "─" * 78

class Front(Screen):
    DEFAULT_CSS = '''
    #head {{ height: 3; }} #foot {{ height: 2; }} #frame {{ height: 1fr; }} #body {{ height: 1fr; }}
    '''
    def compose(self):
        yield Static("catalyst\\n{TITLE}\\n" + RULE, id="head")
        with Horizontal(id="frame"):
            with Vertical(id="body"):
                yield Static("name     state     since     a month")
                yield Static("+ New Sovereign")
                yield Static("Enter asks the first question.")
            yield Static("Help")
        yield Static(RULE + "\\nenter begin   n new   q quit", id="foot")

class Bare(App):
    ENABLE_COMMAND_PALETTE = False
    def get_default_screen(self):
        return Front()
    def on_mount(self):
        self.theme = "ansi-dark"

Bare().run(mouse=False)
"""


async def measure() -> list[Row]:
    """Return the row of this promise."""
    ours, bare = [], []
    for _ in range(RUNS):
        ours.append(await asyncio.to_thread(_seconds, OURS))
        bare.append(await asyncio.to_thread(_seconds, BARE))
    mine, theirs = min(ours), min(bare)
    return [
        Row(
            what="first frame against a bare Textual app, same widgets",
            promise=f"<= {FACTOR}x",
            measured=f"{mine / theirs:.2f}x ({mine * 1000:.0f} ms, {theirs * 1000:.0f} ms)",
            kept=mine <= FACTOR * theirs,
        )
    ]


def _seconds(program: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        places = {"HOME": home, "CATALYST_HOME": f"{home}/state", "CATALYST_CACHE": f"{home}/cache"}
        with OnTerminal(["-c", program], places) as terminal:
            return terminal.until(TITLE)
