"""What to do now, in a remedy's words: where a page has a key for a command, the key stands there.

The commands are data of the remedy, the keys are those of the page's footer: an ending can name no
key that is not there, and a page that gets another key says so by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from screens.drawing.frame import Key
from screens.drawing.rows import Row, Rows, wrapped

_NAMED = re.compile(
    r"(?P<lead>\b(?:[Rr]un (?:the same )?|[Tt]hen |later, ))?`catalyst (?P<command>[a-z]+)[^`]*`"
    r"(?P<end>(?=[.;,)]))?"
    r"|(?P<same>\b[Rr]un) the same command again"
)
_HASH = re.compile(r"(?P<command>`[^`]*`)|\b(?P<head>[0-9a-f]{12})[0-9a-f]{52}\b")
"""A hash that is read, not pasted: as much of it as tells plans apart."""
SAME = "resume"
"""What the same command again is for a run that has ended."""

Piece = tuple[str, bool]
"""(text, whether it is a key)."""


def keyed(text: str, keys: Sequence[Key]) -> str:
    """Return a sentence with the key in place of each command that one of ``keys`` stands for."""
    return "".join(piece for piece, _ in _pieces(text, keys))


def keyed_rows(
    text: str, keys: Sequence[Key], width: int, *, indent: int = 1, role: str = "", most: int = 9
) -> Rows:
    """Return such a sentence as rows, its keys told apart; see ``wrapped``."""
    pieces = list(_pieces(text, keys))
    plain = "".join(piece for piece, _ in pieces)
    # Wrapping changes blanks alone, so that what else stands there keeps its order.
    marks = iter([is_key for piece, is_key in pieces for each in piece if not each.isspace()])
    rows = []
    for line in wrapped(plain, width, indent=indent, most=most):
        told = [(each, not each.isspace() and next(marks, False)) for each in line.plain]
        row = Row()
        for is_key, group in groupby(told, key=lambda each: each[1]):
            row.add("".join(each for each, _ in group), "key" if is_key else role)
        rows.append(row)
    return rows


def _pieces(text: str, keys: Sequence[Key]) -> Iterator[Piece]:
    known = {command: each.key for each in keys for command in each.commands}
    text = _HASH.sub(lambda found: found["command"] or found["head"], text)
    at = 0
    for found in _NAMED.finditer(text):
        key = known.get(found["command"] or SAME)
        if key is None:
            continue
        yield text[at : found.start()] + _lead(found), False
        yield key, True
        at = found.end()
    yield text[at:], False


def _lead(found: re.Match[str]) -> str:
    """Return what stands before a key: one is pressed, where a command was run or stood alone."""
    verb = found["same"] or found["lead"] or ""
    if verb.lower().startswith("run"):
        return "Press " if verb[0] == "R" else "press "
    return f"{verb}press " if verb and found["end"] is not None else verb
