"""A log: its lines, what of them is found, and what is chosen to be seen of it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from screens.drawing.rows import Row, Rows

if TYPE_CHECKING:
    from screens.logs.store import LogStore, Shown

ROLES = {"error": "bad", "warn": "warn", "debug": "quiet", "info": ""}
SOURCE = 6
LEVEL_WORDS = {
    "debug": "",
    "info": "without debug",
    "warn": "warnings and errors",
    "error": "errors",
}


def line_rows(shown: Shown, width: int, pattern: str, *, hit: bool, wrap: bool) -> Rows:
    """Return one line, cut to the width or continued below itself, with how often it was said."""
    line = shown.line
    head = Row("▸" if hit else " ", "key")
    if line.at:
        head.add(f"{line.at} ", "quiet")
    head.add(f"{line.source:<{SOURCE - 1}}", "quiet").add(" ")
    if shown.times > 1:
        # Before the text, whose end may be cut.
        head.add(f"(x{shown.times}) ", "quiet")
    role = ROLES.get(line.level, "")
    room = max(width - 1 - head.width, 8)
    if not wrap:
        return [_found(head, line.text, role, pattern).cut(width - 1)]
    pieces = textwrap.wrap(line.text, room, drop_whitespace=False) or [""]
    heads = [head, *(Row(" " * head.width) for _ in pieces[1:])]
    return [_found(lead, each, role, pattern) for lead, each in zip(heads, pieces, strict=True)]


def _found(row: Row, text: str, role: str, pattern: str) -> Row:
    """Append a text in which what is searched for stands out."""
    at = text.lower().find(pattern) if pattern else -1
    while at >= 0:
        row.add(text[:at], role).add(text[at : at + len(pattern)], "mark")
        text = text[at + len(pattern) :]
        at = text.lower().find(pattern)
    return row.add(text, role)


def log_rule(store: LogStore, title: str, width: int, *, wrap: bool) -> Row:
    """Return the rule above a log, which says what of it is shown."""
    said = [title] if title else []
    if not store.following:
        behind = store.behind
        said.append(f"stopped, {behind} newer" if behind else "stopped")
    if store.source:
        said.append(f"only {store.source}")
    if LEVEL_WORDS[store.level]:
        said.append(LEVEL_WORDS[store.level])
    if store.pattern:
        said.append(f"/{store.pattern}" + ("" if store.hit is not None else " not found"))
    if wrap:
        said.append("wrapped")
    row = Row(" ")
    if said:
        row.add("── ", "rule").add("  ".join(said), "quiet", width - 10).add(" ")
    return row.add("─" * max(width - 1 - row.width, 0), "rule")
