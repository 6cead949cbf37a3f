"""What is sent to a terminal: only what differs, and never a picture that is not the screen's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from catalyst_tui.painting import Difference, Painting
from tests.integration.pseudo_terminal import PseudoTerminal

WIDTH, HEIGHT = 24, 4
HOME = (
    "import sys; from catalyst_tui.app import run_app; from provisioner.home import Home; "
    "sys.exit(run_app(Home.default(), rehearsal=None))"
)
CONSOLE = Console(color_system="standard", force_terminal=True, width=WIDTH, height=HEIGHT)
LOOKS = ("", "bold", "red", "underline", "reverse", "on blue", "bold yellow", "dim")
TEXTS = st.text(st.sampled_from("ab  ─✓漢é\u0301"), max_size=WIDTH)
PARTS = st.lists(st.tuples(TEXTS, st.sampled_from(LOOKS)), max_size=5)
LINES = st.tuples(st.integers(0, HEIGHT - 1), PARTS)


def _strip(parts: list[tuple[str, str]]) -> Strip:
    # A mark above a letter belongs to it: on its own it has no place on a screen.
    whole = [(text.lstrip("\u0301"), Style.parse(look)) for text, look in parts]
    # Nor behind the last column, where the emulator has gone on to the next line by then.
    return Strip([Segment(*each) for each in whole]).crop(0, WIDTH - 1).adjust_cell_length(WIDTH)


def _frame(rows: list[list[tuple[str, str]]]) -> LayoutUpdate:
    strips: list[Iterable[Strip]] = [[_strip(row)] for row in rows]
    return LayoutUpdate(strips, Region(0, 0, WIDTH, HEIGHT))


def _part(y: int, parts: list[tuple[str, str]]) -> ChopsUpdate:
    chops = [{0: _strip(parts) if line == y else None} for line in range(HEIGHT)]
    return ChopsUpdate(chops, [(y, 0, WIDTH)], [[WIDTH]] * HEIGHT)


class Glass:
    """A terminal to look at."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)

    def show(self, text: str) -> None:
        """Take what a program writes."""
        self._stream.feed(text)

    @property
    def cells(self) -> list[list[Any]]:
        """What is seen in each cell: of a blank, only what a blank can show."""
        rows = [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]
        return [
            [c._replace(fg="default", bold=False) if _is_bare(c) else c for c in row]
            for row in rows
        ]


def _is_bare(cell: Any) -> bool:
    return cell.data == " " and not cell.reverse and not cell.underscore


@given(st.lists(st.lists(PARTS, min_size=HEIGHT, max_size=HEIGHT) | LINES, max_size=6))
def test_a_terminal_shows_what_whole_frames_would_show(drawn: list[Any]) -> None:
    """After any frames and parts of frames, each cell is as if all of it had been sent."""
    painting, spare, whole = Painting(), Glass(), Glass()
    for each in [[[]] * HEIGHT, *drawn]:
        update = _part(*each) if isinstance(each, tuple) else _frame(each)
        spare.show(Difference(painting, update, WIDTH).render_segments(CONSOLE))
        whole.show(update.render_segments(CONSOLE))
        assert spare.cells == whole.cells


def test_nothing_is_sent_for_what_is_there() -> None:
    """The same again is nothing; one word costs its own cells; after forgetting, all is sent."""
    painting = Painting()

    def sent() -> str:
        return Difference(painting, _frame(rows), WIDTH).render_segments(CONSOLE)

    rows = [[("Name  ", "bold"), ("oman", "")], [("─" * WIDTH, "dim")], [], []]
    assert "oman" in sent()
    assert sent() == ""
    rows[0][1] = ("omanx", "")
    assert sent() == "\x1b[1;11Hx"
    painting.forget()
    assert "Name" in sent()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[PseudoTerminal]:
    """Return Home on a terminal."""
    places = {"CATALYST_HOME": f"{tmp_path}/state", "HOME": str(tmp_path)}
    opened = PseudoTerminal([sys.executable, "-c", HOME], {"PATH": os.environ["PATH"]} | places)
    yield opened
    opened.close()


def test_a_terminal_that_lost_its_picture_gets_it_again(terminal: PseudoTerminal) -> None:
    """Ctrl+L draws everything, and so does another size, even one that is gone again at once."""
    terminal.until("New Sovereign")
    terminal.blank()
    terminal.press("\x0c")
    terminal.until("New Sovereign")
    terminal.blank()
    terminal.resize(100, 30)
    terminal.resize(80, 24)
    terminal.until("New Sovereign")
