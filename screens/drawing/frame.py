"""Head and foot of every screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screens.drawing.rows import Row, Rows, fit, width_of, wrapped

PRODUCT = "catalyst"
LABEL = 18
"""Column at which answers begin."""
_GAPS = ("   ", "  ")
_HELP = ("?", "F1")
STOPPED = "■"
"""What somebody ended, which is no failure."""
STEP_MARKS = {
    "done": ("✓", "ok"),
    "now": ("▸", "title"),
    "next": ("·", "quiet"),
    "bad": ("✗", "bad"),
    "stopped": (STOPPED, "warn"),
    "asks": ("!", "warn"),
}
"""The glyph and the role of each state of a step."""


class Key(NamedTuple):
    """A key and what it does now."""

    key: str
    does: str
    commands: tuple[str, ...] = ()
    """The commands in whose place an ending names this key."""
    at_length: str = ""
    """What it does, where there is room to say more of it."""


class Step(NamedTuple):
    """One step of a trail; ``state`` is one of ``STEP_MARKS``."""

    title: str
    state: str


def rule(width: int) -> Row:
    """Return a line across."""
    return Row(" ").add("─" * (width - 2), "rule")


def head_rows(identity: str, trail: Row, width: int, *, rehearsed: bool) -> Rows:
    """Return the identity, the trail and the upper rule."""
    mark = "REHEARSAL" if rehearsed else ""
    first = Row(" ").add(PRODUCT, "title")
    if identity:
        first.add(" · ", "quiet").add(identity, "strong", width - len(mark) - 16)
    first.right(mark, width - 1, "warn")
    return [first, trail.cut(width - 1), rule(width)]


def trail_row(steps: Sequence[Step]) -> Row:
    """Return the steps of a road with a glyph each."""
    row = Row(" ")
    for number, step in enumerate(steps):
        glyph, role = STEP_MARKS[step.state]
        row.add("  " if number else "").add(f"{glyph} ", role)
        row.add(step.title, "" if step.state == "done" else role)
    return row


def foot_rows(notice: tuple[str, str], keys: Sequence[Key], aside: str, width: int) -> Rows:
    """Return the lower rule, which carries a short notice, a long one, and the keys."""
    text, role = notice
    upper = [rule(width)]
    if text and width_of(text) <= width - 8:
        row = Row(" ").add("── ", "rule").add(text, role).add(" ")
        upper = [row.add("─" * (width - 1 - row.width), "rule")]
    elif text:
        upper += [*wrapped(text, width - 2, role=role, most=3), rule(width)]
    lower = Row(" ")
    room = width - 3 - (width_of(aside) + 3 if aside else 0)
    shown, gap = _fitting(keys, room)
    for number, each in enumerate(shown):
        lower.add(gap if number else "").add(each.key, "key").add(f" {each.does}")
    if aside:
        lower.right(fit(aside, max(width - lower.width - 4, 0)), width - 1, "quiet")
    return [*upper, lower]


def _fitting(keys: Sequence[Key], room: int) -> tuple[list[Key], str]:
    """Return the keys that there is room for, and the gap between them.

    Help always is: it names those that there is no room for. They stand closer before one goes.
    """
    for gap in _GAPS:
        taken: set[Key] = set()
        left = room + len(gap)
        for each in sorted(keys, key=lambda each: each.key not in _HELP):
            needs = len(gap) + width_of(f"{each.key} {each.does}")
            if needs <= left:
                taken.add(each)
                left -= needs
        if len(taken) == len(keys):
            break
    return [each for each in keys if each in taken], gap


def beside_rows(text: str, width: int, height: int) -> Rows:
    """Return a text to stand beside the body, behind an upright rule."""
    rows = [Row(), *wrapped(text, width - 4, indent=2, most=height)]
    lines = [row.plain for row in rows] + [""] * max(height - len(rows), 0)
    return [Row("│", "rule").add(line, "quiet") for line in lines]
