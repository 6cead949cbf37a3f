"""What the terminal shows by now, so that only the cells that differ are sent to it.

Textual sends whole lines of each widget that is painted, and the whole screen whenever something is
laid out anew: over SSH, moving to the next question would cost three to six kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

NEAR = 10
"""Equal cells between two that differ: sending fewer costs less than moving the cursor."""
_SEEN_ON_BLANKS = ("underline", "underline2", "overline", "strike", "reverse")
_BLANK = (" ", None)

Cell = tuple[str, Style | None]
"""What stands in one cell. Where characters have other widths than one, the first cell of their
segment holds all of its text and the others hold none."""


class Run(NamedTuple):
    """Cells side by side that the terminal does not show yet."""

    x: int
    y: int
    cells: list[Cell]
    erases: bool
    """Whether nothing stands behind it to the end of the line."""


class Difference(CompositorUpdate):
    """What an update changes, as what is written to the terminal."""

    def __init__(self, painting: Painting, update: LayoutUpdate | ChopsUpdate, width: int) -> None:
        self._painting, self._update, self._width = painting, update, width

    def render_segments(self, console: Console) -> str:
        """Return the cells that differ; called only for what is then written, and once for it."""
        runs = self._painting.take(self._update, self._width)
        return "".join(_written(run, console) for run in runs)


class Painting:
    """The terminal as it is by now."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Cell | None]] = {}
        self._width = 0

    def forget(self) -> None:
        """Take nothing for granted: whatever is painted next is sent."""
        self._lines = {}

    def take(self, update: LayoutUpdate | ChopsUpdate, width: int) -> list[Run]:
        """Return what an update changes on a terminal of that width, and take it for written."""
        if width != self._width:
            self._width, self._lines = width, {}
        runs: list[Run] = []
        for y, parts in _by_line(update).items():
            before = self._lines.setdefault(y, [None] * width)
            now = before.copy()
            whole = False
            for x, strip in parts:
                cells, odd = _cells(strip)
                now[x : x + len(cells)] = cells
                whole = whole or odd
            del now[width:]
            if now != before:
                runs += _whole(y, now) if whole or "" in _texts(before) else _runs(y, before, now)
                self._lines[y] = now
        return runs


def _by_line(update: LayoutUpdate | ChopsUpdate) -> dict[int, list[tuple[int, Strip]]]:
    """Return the strips of an update by line, each with its first column."""
    found: dict[int, list[tuple[int, Strip]]] = {}
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            found[y], x = [], update.region.x
            for strip in line:
                found[y].append((x, strip))
                x += strip.cell_length
        return found
    for y, first, last in update.spans:
        for end, (x, part) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if part is not None and x <= last and end > first:
                found.setdefault(y, []).append((x, part))
    return found


def _cells(strip: Strip) -> tuple[list[Cell], bool]:
    """Return a strip cell by cell, and whether a character in it is not one cell wide."""
    cells: list[Cell] = []
    odd = False
    for text, style, control in strip:
        if control:
            continue
        worn = _worn(style)
        if text.isascii() or all(cell_len(each) == 1 for each in set(text)):
            cells += [(each, worn) if each != " " else (" ", _on_blank(worn)) for each in text]
            continue
        odd = True
        width = cell_len(text)
        if width:
            cells += [(text, worn), *[("", worn)] * (width - 1)]
        elif cells:
            # It changes the character before it.
            cells[-1] = (cells[-1][0] + text, cells[-1][1])
    return cells, odd


@lru_cache(1024)
def _worn(style: Style | None) -> Style | None:
    """Return a style without what a terminal does not show."""
    return (style.clear_meta_and_links() or None) if style else None


@lru_cache(1024)
def _on_blank(style: Style | None) -> Style | None:
    """Return what of a style is seen where nothing stands."""
    if style is None or any(getattr(style, name) for name in _SEEN_ON_BLANKS):
        return style
    return None if style.bgcolor is None or style.bgcolor.is_default else style


def _texts(line: Iterable[Cell | None]) -> Iterator[str]:
    return (cell[0] for cell in line if cell is not None)


def _whole(y: int, now: list[Cell | None]) -> Iterator[Run]:
    """Yield all that is known of a line: terminals do not agree on how wide its characters are."""
    known = [at for at, cell in enumerate(now) if cell is not None]
    if known:
        cells = [cell or _BLANK for cell in now[known[0] : known[-1] + 1]]
        yield Run(known[0], y, cells, erases=False)


def _runs(y: int, before: list[Cell | None], now: list[Cell | None]) -> Iterator[Run]:
    """Yield the parts of a line that differ, those that are near each other as one."""
    ends = len(now)
    while ends and now[ends - 1] == _BLANK:
        ends -= 1
    start = end = -1
    for at in range(len(now)):
        if now[at] == before[at]:
            continue
        if start >= 0 and at - end > NEAR:
            yield _run(y, now, start, end, ends)
            start = -1
        start, end = at if start < 0 else start, at + 1
    if start >= 0:
        yield _run(y, now, start, end, ends)


def _run(y: int, now: list[Cell | None], start: int, end: int, ends: int) -> Run:
    erases = end > ends
    last = max(ends, start) if erases else end
    return Run(start, y, [cell or _BLANK for cell in now[start:last]], erases)


def _written(run: Run, console: Console) -> str:
    segments: list[Segment] = []
    text, style = "", None
    for each, worn in run.cells:
        if (each, worn) == _BLANK and _on_blank(style) is None:
            # It looks the same in this style, which need not end for it.
            text += each
            continue
        if worn != style and text:
            segments.append(Segment(text, style))
            text = ""
        text, style = text + each, worn
    segments.append(Segment(text, style))
    end = "\x1b[K" if run.erases else ""
    return f"\x1b[{run.y + 1};{run.x + 1}H{Strip(segments).render(console)}{end}"
