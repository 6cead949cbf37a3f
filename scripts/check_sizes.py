"""Checks that files and functions stay small enough to be read; prints the medians.

A file may have 400 lines, a function 40, counted from its ``def`` to its last line.
"""

from __future__ import annotations

import ast
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 40
MEDIAN_LINES = 150
ROOT = Path(__file__).resolve().parent.parent
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    """Return every Python file that git knows or would take, except empty ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    paths = [ROOT / name for name in listed]
    return [path for path in paths if path.is_file() and path.stat().st_size]


def breaches(path: Path, text: str) -> Iterator[str]:
    """Yield one line for each thing in a file that is too long."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{path}:1: {lines} lines, at most {FILE_LINES} are allowed"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _Function):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield (
                    f"{path}:{node.lineno}: {node.name} has {length} lines,"
                    f" at most {FUNCTION_LINES} are allowed"
                )


def main() -> int:
    """Print the breaches and the median; returns 1 when something is too long."""
    texts = {path.relative_to(ROOT): path.read_text("utf-8") for path in sources()}
    found = [line for path, text in texts.items() for line in breaches(path, text)]
    code = [text for path, text in texts.items() if path.parts[0] != "tests"]
    median = statistics.median(text.count("\n") for text in code)
    if median >= MEDIAN_LINES:
        found.append(
            f"the median file has {median:.0f} lines, fewer than {MEDIAN_LINES} are wanted"
        )
    for line in found:
        print(line)
    longest = max(text.count("\n") for text in code)
    print(f"sizes: {len(code)} files, median {median:.0f} lines, longest {longest}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
