"""Which remedy a complaint of git calls for; the patterns are data (failures.toml), in order."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from provisioner.errors import GitError


def failure(complaint: str) -> GitError:
    """Return the error that git's own words mean."""
    reason = " ".join(complaint.split()) or "it gave no reason"
    for code, pattern in _patterns():
        if pattern.search(reason):
            return GitError(code, reason=reason)
    return GitError("git_failed", reason=reason)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    text = files("provisioner.git").joinpath("failures.toml").read_text("utf-8")
    return [
        (row["code"], re.compile(row["pattern"], re.IGNORECASE))
        for row in tomllib.loads(text)["failure"]
    ]
