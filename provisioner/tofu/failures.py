"""Which remedy an OpenTofu error calls for.

The patterns are data (failures.toml), tried in order. The hcloud provider ends its messages with
the API's code in brackets, which names the remedy directly where there is one.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from provisioner import remedies

_API_CODE = re.compile(r"\((?P<code>[a-z][a-z0-9_]+)(?:, [0-9a-f]+)?\)")
HETZNER_PREFIX = "hetzner_"


@cache
def _rows() -> list[dict[str, str]]:
    text = files("provisioner.tofu").joinpath("failures.toml").read_text("utf-8")
    rows: list[dict[str, str]] = tomllib.loads(text)["failure"]
    return rows


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(row["code"], re.compile(row["pattern"], re.IGNORECASE | re.DOTALL)) for row in _rows()]


def classify(text: str) -> tuple[str, dict[str, str]]:
    """Return the remedy's code for an error's summary and detail, and the facts found in it.

    What it says first is always the ``reason``, unless the pattern knows better.
    """
    said = {"reason": next(iter(text.splitlines()), "")}
    for code, pattern in _patterns():
        if found := pattern.search(text):
            return code, said | {name: value or "?" for name, value in found.groupdict().items()}
    for found in _API_CODE.finditer(text):
        code = HETZNER_PREFIX + found["code"]
        if code in remedies.catalogue():
            return code, said
    return "tofu_error", said
