"""How a role looks: the terminal's own sixteen colours, so that every terminal theme fits.

Glyphs have ASCII stand-ins of the same width, for consoles and locales that lack them.
"""

from __future__ import annotations

from rich.style import Style

NOTHING = Style()
ROLES = {
    "": NOTHING,
    "ok": Style(color="green"),
    "going": Style(color="cyan"),
    "warn": Style(color="yellow"),
    "bad": Style(color="red", bold=True),
    "quiet": Style(dim=True),
    "strong": Style(bold=True),
    "title": Style(bold=True),
    "key": Style(color="cyan"),
    "mark": Style(reverse=True, bold=True),
    "rule": Style(dim=True),
}
"""The style of each role. Every role also has a glyph or a word beside it."""

STAND_INS = str.maketrans(
    {
        "✓": "+",
        "✗": "x",
        "■": "#",
        "▸": ">",
        "·": ".",
        "●": "*",
        "◐": "o",
        "○": "-",
        "▰": "#",
        "▱": ".",
        "─": "-",
        "…": "~",
        "↑": "^",
        "↓": "v",
        "←": "<",
        "→": ">",
        "•": "*",
        "│": "|",
        "“": '"',
        "”": '"',
        "\u2018": "'",
        "\u2019": "'",
        "\u2013": "-",
        "\u2014": "-",
    }
)
