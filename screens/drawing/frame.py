"""Head and foot of every screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screens.drawing.rows import Row, Rows, fit, width_of, wrapped

PRODUCT = "catalyst"
LABEL = 18
"""Column at which answers begin."""
_STEP_GLYPH = {"done": "✓", "now": "▸", "next": "·", "bad": "✗"}
_STEP_ROLE = {"done": "ok", "now": "title", "next": "quiet", "bad": "bad"}


class Key(NamedTuple):
    """A key and what it does now."""

    key: str
    does: str


class Step(NamedTuple):
    """One step of a trail; ``state`` is ``done``, ``now``, ``next`` or ``bad``."""

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
        role = _STEP_ROLE[step.state]
        row.add("  " if number else "").add(f"{_STEP_GLYPH[step.state]} ", role)
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
    room = width - 2 - (width_of(aside) + 3 if aside else 0)
    for key, does in keys:
        gap = "   " if lower.width > 1 else ""
        if lower.width + len(gap) + width_of(f"{key} {does}") > room:
            continue
        lower.add(gap).add(key, "key").add(f" {does}")
    if aside:
        lower.right(fit(aside, max(width - lower.width - 4, 0)), width - 1, "quiet")
    return [*upper, lower]


def beside_rows(text: str, width: int, height: int) -> Rows:
    """Return a text to stand beside the body, behind an upright rule."""
    rows = [Row(), *wrapped(text, width - 4, indent=2, most=height)]
    lines = [row.plain for row in rows] + [""] * max(height - len(rows), 0)
    return [Row("│", "rule").add(line, "quiet") for line in lines]
